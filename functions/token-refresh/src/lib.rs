//! Keeps the token pairs of all connected accounts: refreshed before they are old, and connected by an admin's consent.
//!
//! Woken every hour by the clock (`tick`), and by an admin who follows a link of ours to Zalo and comes back (`consent`). How a pair
//! is refreshed without ever being lost is `cloud::custody`; zns-dispatch refreshes by the same code what is over when it sends.

mod answer;
mod config;
mod consent;
mod tick;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cloud::{
    custody::Custody,
    invocation::Invocation,
    stream::Tick,
    table::{Notifications, StoreError, Tenants},
    zalo::Zalo,
};
use serde::Deserialize;

pub use config::Config;

/// What wakes the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Trigger {
    /// The clock.
    Tick(Tick),
    /// An admin.
    Http(Box<ApiGatewayV2httpRequest>),
}

/// What the function keeps between invocations.
#[derive(Debug)]
pub struct TokenRefresh {
    notifications: Notifications,
    tenants: Tenants,
    zalo: Zalo,
    public_url: String,
}

impl TokenRefresh {
    /// Works on the tables that `config` names, and asks `zalo`.
    pub fn new(client: &aws_sdk_dynamodb::Client, zalo: Zalo, config: Config) -> Self {
        Self {
            notifications: Notifications::new(client, &config.notifications_table),
            tenants: Tenants::new(client, &config.tenants_table),
            zalo,
            public_url: config.public_url,
        }
    }

    fn custody(&self) -> Custody<'_> {
        Custody::new(&self.tenants, &self.zalo)
    }
}

/// Handles one wake-up; an admin gets an answer.
///
/// # Errors
/// A tick fails when the database does not answer; the next one comes in an hour. An admin is told on a page.
pub async fn handle(
    refresh: &TokenRefresh,
    trigger: &Trigger,
    invocation: &Invocation,
) -> Result<Option<ApiGatewayV2httpResponse>, StoreError> {
    match trigger {
        Trigger::Tick(_) => {
            // Boxed: the way of a refresh is a deep future.
            Box::pin(refresh.tick(invocation)).await?;
            Ok(None)
        }
        Trigger::Http(request) => Ok(Some(http(refresh, request, invocation).await)),
    }
}

/// Answers an admin.
pub async fn http(
    refresh: &TokenRefresh,
    request: &ApiGatewayV2httpRequest,
    invocation: &Invocation,
) -> ApiGatewayV2httpResponse {
    Box::pin(refresh.answer(request, invocation)).await
}
