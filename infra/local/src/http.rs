//! The HTTP front: a plain request becomes the event that API Gateway sends to a function, its answer a plain response.
//!
//! Source: AWS API Gateway developer guide, "AWS Lambda proxy integrations for HTTP APIs", payload format 2.0, read 2026-11.
//! What it leaves open was taken from captures of the real service (ministackorg/ministack#766, middleapi/
//! standard-server#93): a body is text only for `text/*`, `application/json`, `application/xml` and
//! `application/javascript`, and base64 for everything else, forms and absent types included; `rawPath` is percent-decoded.
//! Bounds: a body of at most [`BODY_BYTES_MAX`].
//! Not here: throttling, CORS, custom domains.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lambda_events::apigw::{
    ApiGatewayV2httpRequest, ApiGatewayV2httpRequestContext,
    ApiGatewayV2httpRequestContextHttpDescription, ApiGatewayV2httpResponse,
};
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};

use crate::template::{ACCOUNT, Route};

mod body;
mod percent;

/// The payload quota of an HTTP API (AWS API Gateway quotas, read 2026-11).
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainRequest {
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without the question mark; empty when there is none.
    pub query: String,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The body as sent.
    pub body: Vec<u8>,
    /// Who sent it.
    pub source_ip: IpAddr,
}

/// An answer as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those of the transport.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl PlainResponse {
    /// What API Gateway itself answers: a sentence in JSON.
    fn gateway(status: StatusCode, message: &str) -> Self {
        let json = HeaderValue::from_static("application/json");
        let body = serde_json::json!({"message": message}).to_string().into_bytes();
        Self { status, headers: HeaderMap::from_iter([(header::CONTENT_TYPE, json)]), body }
    }

    /// The answer when a function failed, ran out of time or gave no HTTP answer.
    pub fn internal_error() -> Self {
        Self::gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }

    /// The answer of a function.
    pub fn from_function(answer: ApiGatewayV2httpResponse) -> Self {
        let status = u16::try_from(answer.status_code).ok();
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let body = body::sent(answer.body, answer.is_base64_encoded);
        let (Some(status), Some(body)) = (status, body) else {
            return Self::internal_error();
        };
        let mut headers = answer.headers;
        for cookie in answer.cookies {
            let Ok(cookie) = HeaderValue::try_from(cookie) else { return Self::internal_error() };
            headers.append(header::SET_COOKIE, cookie);
        }
        // The body went through as a whole: its length and framing are the transport's own.
        for own in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
            headers.remove(own);
        }
        Self { status, headers, body }
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Routed<'f> {
    /// This function, by folder name, is to be called.
    Call {
        /// As in [`Route::function`].
        function: &'f str,
        /// Its payload.
        event: Box<ApiGatewayV2httpRequest>,
    },
    /// API Gateway answers by itself: no such route, or too large.
    Answer(PlainResponse),
}

/// The HTTP API of a template.
#[derive(Debug)]
pub struct Front {
    routes: Vec<Route>,
    requests: AtomicU64,
}

impl Front {
    /// An API with the routes of [`Template::routes`](crate::template::Template::routes).
    pub fn new(routes: Vec<Route>) -> Self {
        Self { routes, requests: AtomicU64::new(0) }
    }

    /// Finds the function for a request that comes at `now`, and its event.
    pub fn route(&self, request: PlainRequest, now: Timestamp) -> Routed<'_> {
        if request.body.len() > BODY_BYTES_MAX {
            return Routed::Answer(too_large());
        }
        let method = request.method.as_str();
        // The first that matches is the most exact one.
        let found = self.routes.iter().find_map(|route| {
            let parameters = route.matches(method, &request.path)?.into_iter();
            let decoded = parameters.map(|(name, value)| (name.to_owned(), percent::decode(value)));
            Some((route, decoded.collect()))
        });
        let Some((route, parameters)) = found else {
            return Routed::Answer(PlainResponse::gateway(StatusCode::NOT_FOUND, "Not Found"));
        };
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut event = event(request, route.key(), now);
        event.path_parameters = parameters;
        event.request_context.request_id = Some(format!("local-{number}"));
        Routed::Call { function: &route.function, event: Box::new(event) }
    }
}

fn too_large() -> PlainResponse {
    PlainResponse::gateway(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
}

fn event(request: PlainRequest, key: String, now: Timestamp) -> ApiGatewayV2httpRequest {
    let path = percent::decode(&request.path);
    let text = |name: HeaderName| {
        let value = request.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };

    let mut http = ApiGatewayV2httpRequestContextHttpDescription::default();
    http.method = request.method.clone();
    http.path = Some(path.clone());
    http.protocol = Some("HTTP/1.1".to_owned());
    http.source_ip = Some(request.source_ip.to_string());
    http.user_agent = text(header::USER_AGENT);

    let mut context = ApiGatewayV2httpRequestContext::default();
    context.route_key = Some(key.clone());
    context.account_id = Some(ACCOUNT.to_owned());
    context.stage = Some("$default".to_owned());
    context.apiid = Some("local".to_owned());
    context.domain_name = text(header::HOST);
    context.domain_prefix = Some("local".to_owned());
    let utc = now.to_zoned(TimeZone::UTC);
    context.time = Some(utc.strftime("%d/%b/%Y:%H:%M:%S %z").to_string());
    context.time_epoch = now.as_millisecond();
    context.http = http;

    let is_text = text(header::CONTENT_TYPE).is_some_and(|kind| body::is_text(&kind));
    let (body, is_base64_encoded) = body::received(request.body, is_text);

    let mut event = ApiGatewayV2httpRequest::default();
    event.version = Some("2.0".to_owned());
    event.route_key = Some(key);
    event.raw_path = Some(path);
    event.query_string_parameters = percent::query(&request.query).into();
    event.raw_query_string = Some(request.query);
    event.cookies = cookies(&request.headers);
    event.headers = headers(&request.headers, request.source_ip);
    event.request_context = context;
    event.body = body;
    event.is_base64_encoded = is_base64_encoded;
    event
}

/// Each cookie on its own; `None` without any.
fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(|line| line.split(';').map(|one| one.trim().to_owned()));
    Some(cookies.collect::<Vec<_>>()).filter(|cookies| !cookies.is_empty())
}

/// One line a name, repeated ones joined by commas, cookies taken out, who sent it added.
fn headers(sent: &HeaderMap, source_ip: IpAddr) -> HeaderMap {
    let mut joined = HeaderMap::new();
    for name in sent.keys().filter(|name| **name != header::COOKIE) {
        let values: Vec<_> = sent.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        let value = HeaderValue::from_bytes(&values.join(&b','));
        joined.insert(name, value.expect("valid values joined by a comma are valid"));
    }
    let forwarded_for = HeaderName::from_static("x-forwarded-for");
    let mut path = joined.get(&forwarded_for).map(|before| before.as_bytes().to_vec());
    let path = path.get_or_insert_default();
    if !path.is_empty() {
        path.extend(b", ");
    }
    path.extend(source_ip.to_string().bytes());
    let path = HeaderValue::from_bytes(path).expect("an address is a valid value");
    joined.insert(forwarded_for, path);
    joined
}

/// Answers every request on `listener` with `call`, until the process ends.
///
/// # Errors
///
/// The listener fails.
pub async fn serve<C, A>(listener: tokio::net::TcpListener, call: C) -> std::io::Result<()>
where
    C: Fn(PlainRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = PlainResponse> + Send + 'static,
{
    let router = Router::new().fallback(async move |request: Request| match plain(request).await {
        Ok(request) => answered(call(request).await),
        Err(refused) => answered(refused),
    });
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
}

async fn plain(request: Request) -> Result<PlainRequest, PlainResponse> {
    let (parts, body) = request.into_parts();
    // An announced length is judged at once; without one, reading stops at the quota.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|least| least > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large())?;
    let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    Ok(PlainRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.into(),
        source_ip: from.map_or(Ipv4Addr::LOCALHOST.into(), |from| from.0.ip()),
    })
}

fn answered(answer: PlainResponse) -> Response {
    (answer.status, answer.headers, Body::from(answer.body)).into_response()
}

#[cfg(test)]
mod tests;
