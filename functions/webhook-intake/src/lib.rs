//! The door: bytes -> proof -> event -> one write. Nothing else happens while a sender waits.
//!
//! A sender gets its own success code for everything authentic, also for what is not understood: a refusal makes Zalo withdraw
//! the webhook. Only the business's own `/v1` is told about its mistakes.

mod answer;
mod config;
mod route;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cloud::table::{
    Events, StoreError, Tenants,
    events::{Arrived, Recorded},
};
use domain::{
    source::{Arrival, BadHook, Reading, Source},
    verify::{Headers, Refusal, Request},
};
use jiff::Timestamp;

pub use config::Config;
use route::Route;

/// Largest body that is looked at; Zalo's and the carriers' are a few KB.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// What the function keeps between requests.
#[derive(Debug)]
pub struct Intake {
    events: Events,
    tenants: Tenants,
    config: Config,
}

/// Why a hook is not stored.
#[derive(Debug, thiserror::Error)]
enum Rejection {
    #[error("there is nothing here")]
    NoRoute,
    #[error("this tenant is not known")]
    UnknownTenant,
    #[error("this source is not known")]
    UnknownSource,
    #[error("the body is larger than {BODY_BYTES_MAX} bytes")]
    BodyTooLarge,
    #[error("the body is not base64 as announced")]
    BodyEncoding,
    #[error("the hook is not proven")]
    Unproven(#[source] Refusal),
    #[error("the event is not well-formed")]
    Bad(#[source] BadHook),
    #[error("this id was used for another event")]
    OtherBody,
    #[error("the hook could not be stored; send it again")]
    Store(#[from] StoreError),
}

impl Intake {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: Config) -> Self {
        Self {
            events: Events::new(client, &config.events_table),
            tenants: Tenants::new(client, &config.tenants_table),
            config,
        }
    }
}

/// Answers one HTTP request. Never fails: what goes wrong is an answer too.
pub async fn handle(
    intake: &Intake,
    request: &ApiGatewayV2httpRequest,
    now: Timestamp,
) -> ApiGatewayV2httpResponse {
    let answered = match Route::of(request) {
        Route::Hook { tenant, source, secret } => {
            let stored = store(intake, request, &tenant, &source, secret.as_deref(), now).await;
            stored.map(answer::accepted)
        }
        Route::Page(page) => {
            answer::page(&page, &intake.config.zalo_verifiers).ok_or(Rejection::NoRoute)
        }
        Route::Nowhere => Err(Rejection::NoRoute),
    };
    answered.unwrap_or_else(|rejection| answer::rejected(&rejection))
}

/// The way of a hook, one line per step.
async fn store(
    intake: &Intake,
    request: &ApiGatewayV2httpRequest,
    tenant: &str,
    source: &str,
    path_secret: Option<&str>,
    now: Timestamp,
) -> Result<Source, Rejection> {
    let body = body_of(request)?;
    let source = Source::parse(source).ok_or(Rejection::UnknownSource)?;
    if !route::can_be_tenant(tenant) {
        return Err(Rejection::UnknownTenant);
    }
    let settings = intake.tenants.settings(tenant, now).await?.ok_or(Rejection::UnknownTenant)?;
    let headers = headers_of(request);
    let received = Request { headers: &headers, path_secret, body: &body };
    let hook = source
        .verify(&received, &settings.secrets(source), &settings.tenant, now)
        .map_err(Rejection::Unproven)?;
    let reading = Reading { tenant: &settings.tenant, pepper: &settings.pepper };
    let head = match source.head(&hook, &reading, now).map_err(Rejection::Bad)? {
        Arrival::Store(head) => head,
        Arrival::Ignore => return Ok(source),
    };
    let keep_until = now + intake.config.raw_for;
    let arrived = Arrived { tenant, source, head: &head, body: &body, received: now, keep_until };
    let recorded = intake.events.record(&arrived).await?;
    match (recorded, source) {
        (Recorded::New, _) => tracing::info!(event.id = %head.id, event.kind = head.kind, "stored"),
        (Recorded::Duplicate, _) => tracing::info!(event.id = %head.id, "stored before"),
        (Recorded::OtherBody, Source::Standard) => return Err(Rejection::OtherBody),
        (Recorded::OtherBody, Source::ZaloOa | Source::Sepay | Source::Ghn | Source::Own) => {
            tracing::warn!(event.id = %head.id, "stored before with another body");
            intake.events.record_variant(&arrived).await?;
        }
    }
    Ok(source)
}

fn body_of(request: &ApiGatewayV2httpRequest) -> Result<Vec<u8>, Rejection> {
    let text = request.body.as_deref().unwrap_or_default();
    // Base64 takes four characters for three bytes: nothing larger is decoded at all.
    if text.len() > BODY_BYTES_MAX / 3 * 4 + 4 {
        return Err(Rejection::BodyTooLarge);
    }
    let body = if request.is_base64_encoded {
        data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| Rejection::BodyEncoding)?
    } else {
        text.as_bytes().to_vec()
    };
    if body.len() > BODY_BYTES_MAX {
        return Err(Rejection::BodyTooLarge);
    }
    Ok(body)
}

fn headers_of(request: &ApiGatewayV2httpRequest) -> Headers {
    let readable = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    Headers::new(request.headers.iter().filter_map(readable))
}
