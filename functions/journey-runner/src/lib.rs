//! Follows each stored event to its person, applies what it changes, and carries out what the rules make of it.
//!
//! The files in the order of the way: [`journey`](self) is this one's `follow`, `whose` finds the person, `change` applies
//! what the event changes, `effect` carries out what the rules decide.
//!
//! Every step can be repeated: a record that comes twice, or again after a crash in the middle, ends in the same rows.

mod change;
mod config;
mod effect;
mod journey;
mod whose;

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::DynamoDbEventResponse,
};
use cloud::{
    invocation::Invocation,
    stream::{RecordError, each},
    table::{Customers, Events, Notifications, StoreError, Tenants, events::EventRow},
};

pub use config::Config;

/// What the function keeps between batches.
#[derive(Debug)]
pub struct JourneyRunner {
    events: Events,
    customers: Customers,
    notifications: Notifications,
    tenants: Tenants,
}

impl JourneyRunner {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: &Config) -> Self {
        Self {
            events: Events::new(client, &config.events_table),
            customers: Customers::new(client, &config.customers_table),
            notifications: Notifications::new(client, &config.notifications_table),
            tenants: Tenants::new(client, &config.tenants_table),
        }
    }
}

/// Handles one batch of the events stream.
pub async fn handle(
    runner: &JourneyRunner,
    event: &Event,
    invocation: &Invocation,
) -> DynamoDbEventResponse {
    let follow = async |record: &EventRecord| -> Result<(), RecordError> {
        let row = EventRow::from_image(record.change.new_image.clone())?;
        // Boxed: the way of an event is a deep future.
        Box::pin(runner.follow(&row, invocation.now())).await
    };
    each(event, "journey-runner", &runner.customers, invocation, follow).await
}

/// A row that is busy time and again is a passing trouble: the record comes again.
fn raced(operation: &'static str) -> RecordError {
    RecordError::Later(StoreError::Database { operation, source: "raced too often".into() })
}
