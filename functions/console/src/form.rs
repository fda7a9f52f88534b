//! What a browser sends: a query, a form, cookies. Values come out decoded and in NFC.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::text::clean;

use crate::Problem;

/// Largest form that is looked at: an API key, a search, a note of a thousand letters at nine bytes each.
pub const FORM_BYTES_MAX: usize = 16 * 1024;

/// The fields of a form or of a query.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(bytes: &[u8]) -> Self {
        let fields = form_urlencoded::parse(bytes);
        Self(fields.map(|(name, value)| (name.into_owned(), clean(&value))).collect())
    }

    /// The first field of this name; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// The fields of the query.
pub(crate) fn query(request: &ApiGatewayV2httpRequest) -> Fields {
    Fields::read(request.raw_query_string.as_deref().unwrap_or_default().as_bytes())
}

/// `path` with the query of the request, field by field.
pub(crate) fn target(path: &str, request: &ApiGatewayV2httpRequest) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(self::query(request).0);
    match query.finish() {
        none if none.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The fields of the body.
pub(crate) fn form(request: &ApiGatewayV2httpRequest) -> Result<Fields, Problem> {
    let text = request.body.as_deref().unwrap_or_default();
    // Base64 takes four characters for three bytes: nothing larger is decoded at all.
    if text.len() > FORM_BYTES_MAX / 3 * 4 + 4 {
        return Err(Problem::BodyTooLarge);
    }
    let body = if request.is_base64_encoded {
        data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| Problem::BodyEncoding)?
    } else {
        text.as_bytes().to_vec()
    };
    if body.len() > FORM_BYTES_MAX {
        return Err(Problem::BodyTooLarge);
    }
    Ok(Fields::read(&body))
}

/// The value of a cookie. API Gateway gives each on its own.
pub(crate) fn cookie<'r>(request: &'r ApiGatewayV2httpRequest, name: &str) -> Option<&'r str> {
    let cookies = request.cookies.iter().flatten();
    let mut pairs = cookies.filter_map(|cookie| cookie.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A value as it stands in a query.
pub(crate) fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
