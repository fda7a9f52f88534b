//! What senders are told: each vendor its own success, and everybody a stable code and a sentence otherwise.

use aws_lambda_events::{apigw::ApiGatewayV2httpResponse, encodings::Body};
use cloud::stream::chain;
use domain::source::Source;
use http::{HeaderMap, HeaderValue, header};

use crate::Rejection;

/// A hook was authentic and is stored, or was stored before.
///
/// Source: GHN wants exactly 200 (GHN webhook document 47), SePay `{"success":true}` (quick start), Zalo 200 with any body
/// (OA webhook), all read 2026-11. The business's own door answers 202: what follows happens later.
pub(crate) fn accepted(source: Source) -> ApiGatewayV2httpResponse {
    match source {
        Source::ZaloOa | Source::Ghn => json(200, "{}".to_owned()),
        Source::Sepay => json(200, r#"{"success":true}"#.to_owned()),
        Source::Standard | Source::Own => json(202, r#"{"accepted":true}"#.to_owned()),
    }
}

/// Zalo's domain check: the tag on the root page, or in the file that Zalo names; only for codes that are ours.
pub(crate) fn page(file: &str, verifiers: &[String]) -> Option<ApiGatewayV2httpResponse> {
    let asked = file.strip_prefix("zalo_verifier").and_then(|rest| rest.strip_suffix(".html"));
    let codes: Vec<&String> = match (file, asked) {
        ("", _) => verifiers.iter().collect(),
        (_, Some(code)) => verifiers.iter().filter(|ours| *ours == code).collect(),
        (_, None) => Vec::new(),
    };
    if codes.is_empty() && !file.is_empty() {
        return None;
    }
    let plain =
        |code: &&&String| code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let tags: String = codes
        .iter()
        .filter(plain)
        .map(|code| format!(r#"<meta name="zalo-platform-site-verification" content="{code}" />"#))
        .collect();
    let page = format!(
        "<!doctype html><html><head><title>Cham</title>{tags}</head><body>Cham</body></html>"
    );
    Some(response(200, "text/html; charset=utf-8", page))
}

/// A hook was not stored.
pub(crate) fn rejected(rejection: &Rejection) -> ApiGatewayV2httpResponse {
    let (status, code) = match rejection {
        Rejection::NoRoute => (404, "not_found"),
        Rejection::UnknownTenant => (404, "unknown_tenant"),
        Rejection::UnknownSource => (404, "unknown_source"),
        Rejection::BodyTooLarge => (413, "body_too_large"),
        Rejection::BodyEncoding => (400, "body_encoding"),
        Rejection::Unproven(refusal) => (refusal.status(), refusal.code()),
        Rejection::Bad(bad) => (400, bad.code()),
        Rejection::OtherBody => (409, "id_reused"),
        Rejection::Store(_) => (503, "try_again"),
    };
    if status >= 500 {
        tracing::error!(code, error = chain(rejection), "not stored");
    } else {
        tracing::warn!(code, "refused");
    }
    let body = serde_json::json!({"error": {"code": code, "message": rejection.to_string()}});
    json(status, body.to_string())
}

fn json(status: u16, body: String) -> ApiGatewayV2httpResponse {
    response(status, "application/json", body)
}

fn response(status: u16, kind: &'static str, body: String) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response.headers =
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    response.body = Some(Body::Text(body));
    response
}
