//! What callers are told: what they asked for as JSON, and what went wrong as a problem with a stable code (RFC 9457).

use aws_lambda_events::{apigw::ApiGatewayV2httpResponse, encodings::Body};
use cloud::{stream::chain, table::points::PostError};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use crate::Problem;

pub(crate) fn json(body: &impl Serialize) -> Result<ApiGatewayV2httpResponse, Problem> {
    let body = serde_json::to_string(body).map_err(Problem::Written)?;
    Ok(response(200, "application/json", body))
}

pub(crate) fn text(kind: &'static str, body: String) -> ApiGatewayV2httpResponse {
    response(200, kind, body)
}

/// The answer to a request that was not carried out.
pub(crate) fn problem(problem: &Problem) -> ApiGatewayV2httpResponse {
    let (status, code) = told(problem);
    if status >= 500 {
        tracing::error!(code, error = chain(problem), "not answered");
    } else {
        tracing::warn!(code, "refused");
    }
    let body = serde_json::json!({
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "code": code,
        "detail": problem.to_string(),
    });
    let mut answer = response(status, "application/problem+json", body.to_string());
    if status == 401 {
        answer.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// The status and the stable code. Nothing else knows of statuses.
fn told(problem: &Problem) -> (u16, &'static str) {
    match problem {
        Problem::NoRoute => (404, "not_found"),
        Problem::UnknownTenant | Problem::KeyRefused => (401, "key_refused"),
        Problem::OutOfScope(_) => (403, "out_of_scope"),
        Problem::BadCustomer => (400, "bad_customer"),
        Problem::UnknownCustomer => (404, "unknown_customer"),
        Problem::UnknownCurrency => (404, "unknown_currency"),
        Problem::UnknownReward => (404, "unknown_reward"),
        Problem::UnknownBoard => (404, "unknown_board"),
        Problem::Busy => (503, "try_again"),
        Problem::BadOperation => (400, "bad_operation"),
        Problem::BadQuery(_) => (400, "bad_query"),
        Problem::BadBody(_) => (400, "bad_body"),
        Problem::BodyTooLarge => (413, "body_too_large"),
        Problem::BodyEncoding => (400, "body_encoding"),
        Problem::NotCsv => (415, "not_csv"),
        Problem::Sheet(sheet) => (400, sheet.code()),
        Problem::NoKey => (400, "idempotency_key_missing"),
        Problem::BadKey => (400, "bad_idempotency_key"),
        Problem::Post(error) => (post_status(error), error.code()),
        Problem::Store(error) if error.is_infrastructure() => (503, "try_again"),
        Problem::Store(error) => (500, error.code()),
        Problem::Broken(_) | Problem::Written(_) => (500, "corrupt"),
    }
}

fn post_status(error: &PostError) -> u16 {
    match error {
        PostError::Refused(_) => 422,
        PostError::OtherBody | PostError::SoldOut | PostError::BudgetUsedUp => 409,
        PostError::NoSuchOperation => 404,
        PostError::SameAccount => 400,
        PostError::Store(error) if error.is_infrastructure() => 503,
        PostError::Store(_) => 500,
    }
}

fn title(status: u16) -> &'static str {
    let status = http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Error")
}

fn response(status: u16, kind: &'static str, body: String) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response.headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]);
    response.body = Some(Body::Text(body));
    response
}
