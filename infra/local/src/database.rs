//! The database on a port of its own, so that `cham --local` and any AWS SDK can work on it.
//!
//! Source: AWS DynamoDB developer guide, "DynamoDB low-level API", read 2026-11: every operation is `POST /` with its name in
//! `X-Amz-Target`, its request and answer are JSON, and an error has its name in `__type`. Signatures are not looked at: whoever
//! reaches the port is on this machine.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use testkit::engine::Engine;

use crate::http::{PlainRequest, PlainResponse};

/// What stands before an operation's name.
const TARGET: &str = "DynamoDB_20120810.";

/// Runs one request on the engine.
pub fn answer(engine: &Engine, request: &PlainRequest) -> PlainResponse {
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix(TARGET));
    let (status, body) = match operation.filter(|_| request.method == Method::POST) {
        Some(operation) => engine.answer(operation, &request.body),
        None => {
            let error = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#UnknownOperationException",
                "message": format!("this is DynamoDB: POST / with X-Amz-Target: {TARGET}<operation>"),
            });
            (StatusCode::BAD_REQUEST.as_u16(), error.to_string())
        }
    };
    let kind = HeaderValue::from_static("application/x-amz-json-1.0");
    PlainResponse {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
        body: body.into_bytes(),
    }
}
