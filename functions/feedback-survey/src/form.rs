//! What a browser sends: the query and the form of one question.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use data_encoding::HEXLOWER;
use domain::{phone::Pepper, survey::Link, text::clean};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Problem;

/// Largest form that is looked at: a text of a thousand characters, each of three bytes, each byte as `%xx`.
pub const FORM_BYTES_MAX: usize = 16 * 1024;

/// The fields of a form or of a query, decoded and in NFC.
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

    /// Every field of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).collect()
    }
}

/// The fields of the query.
pub(crate) fn query(request: &ApiGatewayV2httpRequest) -> Fields {
    Fields::read(request.raw_query_string.as_deref().unwrap_or_default().as_bytes())
}

/// The fields of the body.
pub(crate) fn form(request: &ApiGatewayV2httpRequest) -> Result<Fields, Problem> {
    let text = request.body.as_deref().unwrap_or_default();
    // Base64 takes four characters for three bytes: nothing larger is decoded at all.
    if text.len() > FORM_BYTES_MAX / 3 * 4 + 4 {
        return Err(Problem::TooLarge);
    }
    let body = if request.is_base64_encoded {
        data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| Problem::NotOurs)?
    } else {
        text.as_bytes().to_vec()
    };
    if body.len() > FORM_BYTES_MAX {
        return Err(Problem::TooLarge);
    }
    Ok(Fields::read(&body))
}

/// What a form of ours carries: it belongs to one link and one question, and nobody else can make it.
pub(crate) fn seal(pepper: &Pepper, link: &Link, question: &str) -> String {
    HEXLOWER.encode(&mac(pepper, link, question).finalize().into_bytes())
}

/// Whether a form is one that was made here for this link and question.
pub(crate) fn is_ours(pepper: &Pepper, link: &Link, question: &str, seal: &str) -> bool {
    let Ok(seal) = HEXLOWER.decode(seal.as_bytes()) else { return false };
    mac(pepper, link, question).verify_slice(&seal).is_ok()
}

fn mac(pepper: &Pepper, link: &Link, question: &str) -> Hmac<Sha256> {
    let key = pepper.derive("survey-form");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key may have any length");
    mac.update(format!("{} {question}", link.key()).as_bytes());
    mac
}
