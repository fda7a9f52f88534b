//! The loop over the records of a stream, with batches as the engine's own stream hands them out.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::DynamoDbEventResponse,
};
use cloud::{
    invocation::Invocation,
    stream::{RecordError, each},
    table::{StoreError, events::EventRow},
};
use domain::event::Head;
use jiff::Timestamp;
use serde_json::json;
use testkit::{fault::Fault, stream::StreamReader};

use crate::{
    events::{arrived, head},
    stage::{Stage, TENANT, event_id, minute, start},
};

const FUNCTION: &str = "journey-runner";

/// Four stored hooks as one batch.
async fn batch(stage: &Stage) -> Event {
    for n in 1..=4 {
        let head = Head { id: event_id(n), time: minute(n), ..head() };
        stage.events().record(&arrived(&head, b"{}")).await.unwrap();
    }
    let mut reader = StreamReader::from_position(&stage.engine, stage.table("EventsTable"), None)
        .unwrap()
        .unwrap();
    let event: Event = serde_json::from_value(json!({"Records": reader.read()})).unwrap();
    assert_eq!(event.records.len(), 4);
    event
}

/// A run that ends in one minute by a clock that stands.
fn invocation() -> Invocation {
    Invocation::new("request-1", ms(minute(1)), Arc::new(start))
}

fn ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap()
}

/// What the loop handled, by the place in the batch, when place `bad` fails like this.
async fn run(
    stage: &Stage,
    batch: &Event,
    invocation: &Invocation,
    bad: usize,
    failure: impl Fn() -> RecordError,
) -> (Vec<usize>, DynamoDbEventResponse) {
    let handled = RefCell::new(Vec::new());
    let customers = stage.customers();
    let handle = async |record: &EventRecord| {
        let place = batch.records.iter().position(|r| r.event_id == record.event_id).unwrap();
        if place == bad {
            return Err(failure());
        }
        handled.borrow_mut().push(place);
        Ok(())
    };
    let response = each(batch, FUNCTION, &customers, invocation, handle).await;
    (handled.into_inner(), response)
}

fn never() -> RecordError {
    RecordError::Never { code: "unknown_tenant", source: None }
}

fn later() -> RecordError {
    let source = "throttled".into();
    RecordError::Later(StoreError::Database { operation: "find", source })
}

/// Asserts that the batch comes again from this place on, and as Lambda reads it.
#[track_caller]
fn assert_again(response: &DynamoDbEventResponse, batch: &Event, place: usize) {
    let sequence = batch.records[place].change.sequence_number.as_deref().unwrap();
    let failures = json!([{"itemIdentifier": sequence}]);
    assert_eq!(serde_json::to_value(response).unwrap()["batchItemFailures"], failures);
}

#[tokio::test]
async fn one_bad_record_is_listed_and_does_not_harm_the_others() {
    let stage = Stage::new();
    let batch = batch(&stage).await;
    for _ in 0..2 {
        let (handled, response) = run(&stage, &batch, &invocation(), 1, never).await;
        assert_eq!(handled, [0, 2, 3]);
        assert!(response.batch_item_failures.is_empty());
    }
    let stuck = stage.rows("CustomersTable");
    assert_eq!(stuck.len(), 1, "the second time is the same row");
    let record = &batch.records[1].event_id;
    assert_eq!(
        stuck[0],
        json!({
            "pk": {"S": format!("{TENANT}#stuck")},
            "sk": {"S": format!("{FUNCTION}#{record}")},
            "v": {"N": "1"},
            "at": {"N": start().as_millisecond().to_string()},
            "why": {"S": "unknown_tenant"},
            "record": {"S": record},
        })
    );
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_stuck_and_a_database_that_does_not_answer_is_not() {
    let stage = Stage::new();
    let batch = batch(&stage).await;
    let spoiled = || {
        let image = serde_dynamo::to_item(json!({"pk": "ca-phe-som#order:1", "sk": "1", "v": 1}));
        RecordError::from(EventRow::from_image(image.unwrap()).unwrap_err())
    };
    let (handled, response) = run(&stage, &batch, &invocation(), 0, spoiled).await;
    assert_eq!((handled.len(), response.batch_item_failures.len()), (3, 0));
    assert_eq!(stage.rows("CustomersTable")[0]["why"]["S"], "corrupt_row");

    stage.fail_three_times(Fault::TimeoutWithoutEffect);
    let timeout =
        stage.customers().timeline(TENANT, &crate::stage::customer_id("lan"), None, 1).await;
    let timeout = RecordError::from(timeout.unwrap_err());
    assert!(matches!(timeout, RecordError::Later(_)), "{timeout:?}");
}

#[tokio::test]
async fn after_an_infrastructure_error_the_batch_comes_again_from_that_very_record() {
    for place in 0..4 {
        let stage = Stage::new();
        let batch = batch(&stage).await;
        let (handled, response) = run(&stage, &batch, &invocation(), place, later).await;
        assert_eq!(handled, (0..place).collect::<Vec<_>>());
        assert_again(&response, &batch, place);
        assert!(stage.rows("CustomersTable").is_empty());
    }
}

#[tokio::test]
async fn what_there_is_no_time_for_comes_again() {
    for done in 0..4 {
        let stage = Stage::new();
        let batch = batch(&stage).await;
        let clock = Arc::new(AtomicI64::new(start().as_millisecond()));
        let tells = clock.clone();
        let now = move || Timestamp::from_millisecond(tells.load(Ordering::Relaxed)).unwrap();
        // Every record takes ten seconds, and none begins with five or fewer left.
        let deadline = ms(start()) + 10_000 * done + 5_000;
        let invocation = Invocation::new("request-1", deadline, Arc::new(now));
        let count = RefCell::new(0);
        let handle = async |_: &EventRecord| {
            *count.borrow_mut() += 1;
            clock.fetch_add(10_000, Ordering::Relaxed);
            Ok(())
        };
        let response = each(&batch, FUNCTION, &stage.customers(), &invocation, handle).await;
        assert_eq!(count.into_inner(), done);
        assert_again(&response, &batch, usize::try_from(done).unwrap());
    }
}

#[tokio::test]
async fn a_record_that_cannot_even_be_listed_comes_again() {
    let stage = Stage::new();
    let batch = batch(&stage).await;
    for fault in [Fault::TimeoutWithoutEffect, Fault::TimeoutWithEffect, Fault::Throttle] {
        stage.fail_three_times(fault);
        let (handled, response) = run(&stage, &batch, &invocation(), 2, never).await;
        assert_eq!(handled, [0, 1]);
        assert_again(&response, &batch, 2);
    }
    stage.faults.plan(1, Fault::Conflict);
    let (_, response) = run(&stage, &batch, &invocation(), 2, never).await;
    assert_again(&response, &batch, 2);
}

#[tokio::test]
async fn a_record_whose_key_names_no_tenant_is_listed_all_the_same() {
    let stage = Stage::new();
    for (place, keys) in [(0, json!({"pk": {"S": "nothing"}})), (1, json!({"pk": {"N": "1"}}))] {
        let mut batch = batch(&stage).await;
        let keys: std::collections::HashMap<String, serde_dynamo::AttributeValue> =
            serde_json::from_value(keys).unwrap();
        batch.records[place].change.keys = keys.into();
        let (handled, _) = run(&stage, &batch, &invocation(), place, never).await;
        assert_eq!(handled.len(), 3);
        stage.row("CustomersTable", "-#stuck", &batch.records[place].event_id);
    }
}

#[tokio::test]
async fn an_empty_batch_is_done() {
    let stage = Stage::new();
    let (handled, response) = run(&stage, &Event::default(), &invocation(), 0, never).await;
    assert!(handled.is_empty() && response.batch_item_failures.is_empty());
}
