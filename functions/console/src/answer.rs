//! Answers: pages, redirects, the style; each with the headers that keep a page to itself.

use aws_lambda_events::{apigw::ApiGatewayV2httpResponse, encodings::Body};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Nothing but our own style and forms: no script runs, whatever stands in a name or a message.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The one style, by a name that changes with it.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// A page.
pub(crate) fn page(status: u16, html: String) -> ApiGatewayV2httpResponse {
    response(status, "text/html; charset=utf-8", "no-store", html)
}

/// The style: a day in the browser, since its address carries its hash.
pub(crate) fn style() -> ApiGatewayV2httpResponse {
    response(200, "text/css; charset=utf-8", "public, max-age=86400", STYLE.to_owned())
}

/// Another page, to be got anew: what was posted is not posted again by a reload.
pub(crate) fn see(path: &str) -> ApiGatewayV2httpResponse {
    let mut response = response(303, "text/plain; charset=utf-8", "no-store", String::new());
    // Paths are made here of ids and percent-encoded values; what is none of these leads to the overview.
    let place = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/console"));
    response.headers.insert(header::LOCATION, place);
    response
}

/// The same page at its one address, for good.
pub(crate) fn moved(path: &str) -> ApiGatewayV2httpResponse {
    let mut response = see(path);
    response.status_code = 308;
    response
}

/// A cookie for the console alone. Browsers take a `Secure` one on plain HTTP only from this very machine, and not all do.
pub(crate) fn cookie(name: &str, value: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/console; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn response(
    status: u16,
    kind: &'static str,
    cache: &'static str,
    body: String,
) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    let headers: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    response.headers = headers
        .into_iter()
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect::<HeaderMap>();
    response.body = Some(Body::Text(body));
    response
}
