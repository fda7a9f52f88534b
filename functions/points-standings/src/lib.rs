//! Follows each entry of the ledger to where its member stands: the level, the places on boards, what falls due next.
//!
//! Woken by the stream when an entry is written, and every hour by the clock for what changes by itself: lots that end, pending
//! points that come, levels that are lost. `follow` is the way of one account, `settle` that of one that is due,
//! `close` that of a season that is over.
//!
//! A record is a hint: what is counted is read from the ledger, from the last entry that the member knows on. So a record that
//! comes twice, late or after a crash changes nothing, and one that never comes is made good by the next.

mod close;
mod config;
mod follow;
mod settle;

use std::collections::HashSet;

use aws_lambda_events::{dynamodb::EventRecord, streams::DynamoDbEventResponse};
use cloud::{
    invocation::Invocation,
    stream::{RecordError, chain, each},
    table::{Customers, Events, Points, Standings, StoreError, Tenants},
};
use domain::points::AccountId;
use jiff::SignedDuration;
use serde::Deserialize;

pub use cloud::stream::{Tick, Trigger};
pub use config::Config;

/// What one account may need at most: none is begun when the invocation has less left.
const ACCOUNT_TIME: SignedDuration = SignedDuration::from_secs(10);

/// What the function keeps between batches.
#[derive(Debug)]
pub struct PointsStandings {
    customers: Customers,
    events: Events,
    points: Points,
    standings: Standings,
    tenants: Tenants,
    raw_for: SignedDuration,
}

#[derive(Deserialize)]
struct Keys {
    pk: String,
    sk: String,
}

impl PointsStandings {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: &Config) -> Self {
        let customers = Customers::new(client, &config.customers_table);
        Self {
            events: Events::new(client, &config.events_table),
            points: Points::new(client, &config.points_table),
            standings: Standings::new(client, &config.standings_table),
            tenants: Tenants::new(client, &config.tenants_table),
            customers,
            raw_for: config.raw_for,
        }
    }
}

/// Handles one wake-up.
///
/// # Errors
/// A tick fails when the database does not answer; the next one comes in an hour. A stream batch reports its failures.
pub async fn handle(
    standings: &PointsStandings,
    trigger: &Trigger,
    invocation: &Invocation,
) -> Result<DynamoDbEventResponse, StoreError> {
    match trigger {
        Trigger::Stream(event) => {
            // Boxed: the way of an account is a deep future.
            let one =
                async |record: &EventRecord| Box::pin(standings.record(record, invocation)).await;
            Ok(each(event, "points-standings", &standings.customers, invocation, one).await)
        }
        Trigger::Tick(_) => {
            Box::pin(standings.tick(invocation)).await?;
            Ok(DynamoDbEventResponse::default())
        }
    }
}

impl PointsStandings {
    async fn record(
        &self,
        record: &EventRecord,
        invocation: &Invocation,
    ) -> Result<(), RecordError> {
        let bad_key = RecordError::Never { code: "bad_key", source: None };
        let Ok(Keys { pk, sk }) = serde_dynamo::from_item(record.change.keys.clone()) else {
            return Err(bad_key);
        };
        let seq = sk.strip_prefix("e#").and_then(|seq| seq.parse().ok());
        let account =
            pk.split_once('#').and_then(|(tenant, id)| Some((tenant, AccountId::parse(id)?)));
        let (Some(seq), Some((tenant, id))) = (seq, account) else { return Err(bad_key) };
        self.follow(tenant, &id, seq, invocation.now()).await
    }

    /// Looks after every member that is due, as long as there is time. One that cannot be read does not stop the others.
    async fn tick(&self, invocation: &Invocation) -> Result<(), StoreError> {
        for (tenant, board) in self.standings.closing(invocation.now()).await? {
            if !invocation.time_for(ACCOUNT_TIME) {
                return Ok(());
            }
            self.close(&tenant, &board, invocation.now()).await?;
        }
        let mut seen = HashSet::new();
        loop {
            let mut due = self.standings.due(invocation.now()).await?;
            // What could not be settled comes with the next hour.
            due.retain(|one| seen.insert(one.clone()));
            if due.is_empty() {
                return Ok(());
            }
            for (tenant, id) in due {
                if !invocation.time_for(ACCOUNT_TIME) {
                    return Ok(());
                }
                if let Err(error) = self.settle(&tenant, &id, invocation.now()).await {
                    tracing::error!(account.id = %id, error = chain(&error), "stuck");
                    if let RecordError::Later(error) = error {
                        return Err(error);
                    }
                }
            }
        }
    }
}
