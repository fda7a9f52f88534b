//! A batch of stream records, one by one: what nobody can handle is listed and passed over, what may work later comes again.
//!
//! A record can come twice, late and in any order. Records before the one that failed are done; that one and all after it come
//! again, which is what Lambda does with the lowest reported sequence number.

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{
    invocation::Invocation,
    table::{Customers, StoreError},
};

/// What a record may need at most: none is begun when the invocation has less left.
const RECORD_TIME: SignedDuration = SignedDuration::from_secs(5);

/// What wakes a function that has a stream and a schedule.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Trigger {
    /// New rows.
    Stream(Event),
    /// The clock.
    Tick(Tick),
}

/// The schedule's input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// `minute` or `hour`.
    pub tick: String,
}

/// Why a record was not handled.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The infrastructure failed: the record must come again.
    #[error("the record has to come again")]
    Later(#[source] StoreError),
    /// It will never work: it is listed as stuck.
    #[error("nobody can handle the record: {code}")]
    Never {
        /// A stable word.
        code: &'static str,
        /// What is wrong with it.
        #[source]
        source: Option<StoreError>,
    },
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        if error.is_infrastructure() {
            Self::Later(error)
        } else {
            Self::Never { code: error.code(), source: Some(error) }
        }
    }
}

/// Handles the records of one batch in their order; `function` names who lists what is stuck.
pub async fn each(
    event: &Event,
    function: &'static str,
    customers: &Customers,
    invocation: &Invocation,
    handle: impl AsyncFn(&EventRecord) -> Result<(), RecordError>,
) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    for record in &event.records {
        let handled = if invocation.time_for(RECORD_TIME) {
            match handle(record).await {
                Err(RecordError::Never { code, source }) => {
                    tracing::error!(
                        record.id = record.event_id,
                        code,
                        cause = source.as_ref().map(tracing::field::display),
                        "stuck"
                    );
                    list(function, customers, record, code, invocation).await
                }
                other => other,
            }
        } else {
            tracing::warn!(record.id = record.event_id, "no time left for this record");
            response.batch_item_failures.push(failure(record));
            return response;
        };
        if let Err(error) = handled {
            tracing::warn!(record.id = record.event_id, error = chain(&error), "comes again");
            response.batch_item_failures.push(failure(record));
            return response;
        }
    }
    response
}

async fn list(
    function: &str,
    customers: &Customers,
    record: &EventRecord,
    code: &str,
    invocation: &Invocation,
) -> Result<(), RecordError> {
    let tenant = tenant_of(record).unwrap_or_else(|| "-".to_owned());
    let listed = customers.stick(&tenant, function, &record.event_id, code, invocation.now()).await;
    listed.map_err(RecordError::Later)
}

/// The tenant in the record's partition key.
fn tenant_of(record: &EventRecord) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Keys {
        pk: String,
    }
    let keys: Keys = serde_dynamo::from_item(record.change.keys.clone()).ok()?;
    keys.pk.split_once('#').map(|(tenant, _)| tenant.to_owned())
}

fn failure(record: &EventRecord) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier.clone_from(&record.change.sequence_number);
    failure
}

/// An error with its causes, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        line.push_str(": ");
        line.push_str(&next.to_string());
        cause = next.source();
    }
    line
}
