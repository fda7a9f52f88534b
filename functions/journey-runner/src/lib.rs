//! Follows each stored event to its person, applies what it changes, and carries out what the rules make of it.
//!
//! The files in the order of the way: `journey` is the way of one event, `erased` drops what comes too late about somebody who was
//! erased, `whose` finds the person, `behind` the order behind a message of ours,
//! `change` applies what the event changes, `facts` gathers what rules see, `effect` carries out
//! what they decide, `plan` makes the notifications, `award` posts points, `invite` asks surveys, `progress` counts for badges and streaks.
//! `later` is the minute: the rest of rules whose wait is over, and what is
//! parked for too long; `attach` is the part of it that follows what people say by hand.
//!
//! Every step can be repeated: a record that comes twice, or again after a crash in the middle, ends in the same rows.

mod attach;
mod award;
mod behind;
mod case;
mod change;
mod config;
mod effect;
mod elsewhere;
mod erased;
mod facts;
mod invite;
mod journey;
mod later;
mod plan;
mod progress;
mod whose;

use aws_lambda_events::{dynamodb::EventRecord, streams::DynamoDbEventResponse};
use cloud::{
    invocation::Invocation,
    stream::{RecordError, each},
    table::{
        Customers, Events, Notifications, Points, Rewards, Standings, StoreError, Surveys, Tenants,
        events::EventRow,
    },
};

use jiff::SignedDuration;

pub use cloud::stream::{Tick, Trigger};
pub use config::Config;

/// What the function keeps between batches.
#[derive(Debug)]
pub struct JourneyRunner {
    events: Events,
    customers: Customers,
    notifications: Notifications,
    points: Points,
    rewards: Rewards,
    standings: Standings,
    surveys: Surveys,
    public_url: String,
    tenants: Tenants,
    raw_for: SignedDuration,
}

impl JourneyRunner {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: &Config) -> Self {
        let customers = Customers::new(client, &config.customers_table);
        let rewards = Rewards::new(client, &config.rewards_table, &customers);
        Self {
            events: Events::new(client, &config.events_table),
            points: Points::new(client, &config.points_table),
            rewards,
            customers,
            notifications: Notifications::new(client, &config.notifications_table),
            raw_for: config.raw_for,
            standings: Standings::new(client, &config.standings_table),
            surveys: Surveys::new(client, &config.surveys_table),
            public_url: config.public_url.clone(),
            tenants: Tenants::new(client, &config.tenants_table),
        }
    }
}

/// Handles one wake-up.
///
/// # Errors
/// A tick fails when the database does not answer; the next one comes in a minute. A stream batch reports its failures.
pub async fn handle(
    runner: &JourneyRunner,
    trigger: &Trigger,
    invocation: &Invocation,
) -> Result<DynamoDbEventResponse, StoreError> {
    match trigger {
        Trigger::Stream(event) => {
            let follow = async |record: &EventRecord| -> Result<(), RecordError> {
                let row = EventRow::from_image(record.change.new_image.clone())?;
                // Boxed: the way of an event is a deep future.
                Box::pin(runner.follow(&row, invocation.now())).await
            };
            Ok(each(event, "journey-runner", &runner.customers, invocation, follow).await)
        }
        Trigger::Tick(_) => {
            Box::pin(runner.tick(invocation)).await?;
            Ok(DynamoDbEventResponse::default())
        }
    }
}

/// A row that is busy time and again is a passing trouble: the record comes again.
fn raced(operation: &'static str) -> RecordError {
    RecordError::Later(StoreError::Database { operation, source: "raced too often".into() })
}
