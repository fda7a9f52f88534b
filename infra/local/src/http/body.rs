//! Bodies as text or base64, as API Gateway decides it.

use aws_lambda_events::encodings::Body;
use data_encoding::BASE64;

/// Whether API Gateway passes a body of this content type on as text.
pub(super) fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
}

/// The body of an event, and whether it is base64. Bytes that are no text are base64 whatever the sender calls them:
/// what AWS makes of them is not documented, and this way a signature over the bytes still holds.
pub(super) fn received(body: Vec<u8>, is_text: bool) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match String::from_utf8(body) {
        Ok(text) if is_text => (Some(text), false),
        Ok(text) => (Some(BASE64.encode(text.as_bytes())), true),
        Err(not_text) => (Some(BASE64.encode(not_text.as_bytes())), true),
    }
}

/// The bytes of an answer; `None` when it says base64 and is not. A binary body crosses to API Gateway as base64, so
/// without the flag that is what the client gets.
pub(super) fn sent(body: Option<Body>, is_base64: bool) -> Option<Vec<u8>> {
    match body {
        Some(Body::Text(text)) if is_base64 => BASE64.decode(text.as_bytes()).ok(),
        Some(Body::Text(text)) => Some(text.into_bytes()),
        Some(Body::Binary(bytes)) if is_base64 => Some(bytes),
        Some(Body::Binary(bytes)) => Some(BASE64.encode(&bytes).into_bytes()),
        Some(Body::Empty | _) | None => Some(Vec::new()),
    }
}
