//! Sends what is planned, when it may be sent, and finds out what became of it.
//!
//! Woken by the stream when a notification is planned, and every minute by the clock for what is held, lost by the stream, or
//! left behind by a dead owner. `dispatch` is the way of one notification.
//!
//! What may go is asked at that moment: consent, mutes, hours, pauses (`domain::notification`), then the limits (`brake`), which
//! a run leases in slices (`run`).
//!
//! A message whose outcome nobody knows is neither sent nor failed: it waits for its receipt, and is judged once.

mod brake;
mod config;
mod dispatch;
mod run;

use std::sync::atomic::AtomicU64;

use aws_lambda_events::{dynamodb::EventRecord, streams::DynamoDbEventResponse};
use cloud::{
    alert::Alerts,
    invocation::Invocation,
    stream::{RecordError, chain, each},
    table::{Customers, Notifications, StoreError, Tenants, notifications::DueKey},
    zalo::Zalo,
};
use domain::{consent::Purpose, id::EffectId};
use jiff::SignedDuration;
use serde::Deserialize;

pub use cloud::stream::{Tick, Trigger};
pub use config::Config;

use run::Run;

/// What one notification may need at most: none is begun when the invocation has less left.
const DISPATCH_TIME: SignedDuration = SignedDuration::from_secs(15);

/// The classes in the order in which a tick serves them; replies and staff stand with the transactions.
const CLASSES: [Purpose; 4] =
    [Purpose::Otp, Purpose::Transaction, Purpose::Care, Purpose::Promotion];

/// What the function keeps between invocations.
#[derive(Debug)]
pub struct ZnsDispatch {
    notifications: Notifications,
    customers: Customers,
    tenants: Tenants,
    zalo: Zalo,
    alerts: Alerts,
    /// How many leases this process has asked for.
    leases: AtomicU64,
}

#[derive(Deserialize)]
struct Key {
    pk: String,
}

impl ZnsDispatch {
    /// Works on the tables that `config` names, and sends through `zalo`.
    pub fn new(client: &aws_sdk_dynamodb::Client, zalo: Zalo, config: &Config) -> Self {
        Self {
            notifications: Notifications::new(client, &config.notifications_table),
            customers: Customers::new(client, &config.customers_table),
            tenants: Tenants::new(client, &config.tenants_table),
            alerts: Alerts::new(zalo.http()),
            zalo,
            leases: AtomicU64::new(0),
        }
    }
}

/// Handles one wake-up.
///
/// # Errors
/// A tick fails when the database does not answer; the next one comes in a minute. A stream batch reports its failures.
pub async fn handle(
    dispatch: &ZnsDispatch,
    trigger: &Trigger,
    invocation: &Invocation,
) -> Result<DynamoDbEventResponse, StoreError> {
    match trigger {
        Trigger::Stream(event) => {
            let run = Run::stream(invocation, event);
            // Boxed: the way of a notification is a deep future.
            let one = async |record: &EventRecord| Box::pin(dispatch.record(record, &run)).await;
            Ok(each(event, "zns-dispatch", &dispatch.customers, invocation, one).await)
        }
        Trigger::Tick(_) => {
            Box::pin(dispatch.tick(invocation)).await?;
            Ok(DynamoDbEventResponse::default())
        }
    }
}

impl ZnsDispatch {
    async fn record(&self, record: &EventRecord, run: &Run<'_>) -> Result<(), RecordError> {
        let bad_key = RecordError::Never { code: "bad_key", source: None };
        let Ok(Key { pk }) = serde_dynamo::from_item(record.change.keys.clone()) else {
            return Err(bad_key);
        };
        let Some((tenant, id)) = pk.split_once('#') else { return Err(bad_key) };
        let Some(id) = EffectId::parse(id) else { return Err(bad_key) };
        self.dispatch(tenant, &id, run).await
    }

    /// Looks after everything that is due, as long as there is time. One row that cannot be read does not stop the others.
    async fn tick(&self, invocation: &Invocation) -> Result<(), StoreError> {
        let run = &Run::tick(invocation);
        for (rank, class) in CLASSES.into_iter().enumerate() {
            let mut after = None;
            loop {
                let page = self.notifications.due(class, invocation.now(), after).await?;
                self.serve(page.keys, run).await?;
                let Some(next) = page.next else { break };
                if !invocation.time_for(DISPATCH_TIME) {
                    return Ok(());
                }
                // A morning's offers take minutes: what goes before them and has become due meanwhile does not wait for their end.
                for above in CLASSES.into_iter().take(rank) {
                    let page = self.notifications.due(above, invocation.now(), None).await?;
                    self.serve(page.keys, run).await?;
                }
                after = Some(next);
            }
        }
        Ok(())
    }

    async fn serve(&self, keys: Vec<DueKey>, run: &Run<'_>) -> Result<(), StoreError> {
        let invocation = run.invocation;
        for key in keys {
            if !invocation.time_for(DISPATCH_TIME) {
                return Ok(());
            }
            match self.dispatch(&key.tenant, &key.id, run).await {
                Ok(()) => {}
                Err(RecordError::Later(error)) => return Err(error),
                Err(RecordError::Never { code, source }) => {
                    let cause = source.as_ref().map(|source| chain(source));
                    tracing::error!(notification.id = %key.id, code, cause, "stuck");
                    let (id, now) = (key.id.as_str(), invocation.now());
                    self.customers.stick(&key.tenant, "zns-dispatch", id, code, now).await?;
                }
            }
        }
        Ok(())
    }
}
