//! Answers: pages, redirects, the style; each with the headers that keep a page to itself.

use aws_lambda_events::{apigw::ApiGatewayV2httpResponse, encodings::Body};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Nothing but our own style and forms: no script runs, and nothing is fetched from anybody.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The one style.
const STYLE: &str = include_str!("../templates/style.css");

/// A page.
pub(crate) fn page(status: u16, html: String) -> ApiGatewayV2httpResponse {
    response(status, "text/html; charset=utf-8", "no-store", html)
}

/// The style: a day in the browser, since its address carries its hash.
pub(crate) fn style() -> ApiGatewayV2httpResponse {
    response(200, "text/css; charset=utf-8", "public, max-age=86400", STYLE.to_owned())
}

/// The address of the style, which changes with it.
pub(crate) fn style_address() -> String {
    let sum = STYLE.bytes().fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    format!("/s/style.css?v={sum:08x}")
}

/// Another page, to be got anew: what was posted is not posted again by a reload.
pub(crate) fn see(path: &str) -> ApiGatewayV2httpResponse {
    let mut response = response(303, "text/plain; charset=utf-8", "no-store", String::new());
    // Made here of a link, ids and numbers.
    let place = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/s/"));
    response.headers.insert(header::LOCATION, place);
    response
}

fn response(
    status: u16,
    kind: &'static str,
    cache: &'static str,
    body: String,
) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    let headers: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address is what opens the response: nobody else is to see it.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    response.headers = headers
        .into_iter()
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect::<HeaderMap>();
    response.body = Some(Body::Text(body));
    response
}
