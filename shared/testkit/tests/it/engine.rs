//! The engine answers the SDK as DynamoDB does, and hands out its streams, its state and copies of itself.

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use jiff::Timestamp;
use serde_json::json;
use testkit::{
    engine::Engine,
    fault::{Faults, Hit, Outcome},
    stream::StreamReader,
};

pub fn start() -> Timestamp {
    "2026-11-20T08:00:00+07:00".parse().unwrap()
}

pub fn definition(name: &str) -> serde_json::Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "due_shard", "AttributeType": "S"},
            {"AttributeName": "due_at", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "due_shard", "KeyType": "HASH"},
                {"AttributeName": "due_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": true},
    })
}

/// An engine with the tables `one` and `two`.
pub fn engine() -> Engine {
    let engine = Engine::memory(start()).unwrap();
    engine.create_table(definition("one")).unwrap();
    engine.create_table(definition("two")).unwrap();
    engine
}

pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn put(table: &str, pk: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(table)
        .item("pk", text(pk))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap();
    TransactWriteItem::builder().put(put).build()
}

pub async fn put_new(
    client: &Client,
    table: &str,
    pk: &str,
) -> Result<(), aws_sdk_dynamodb::Error> {
    client
        .put_item()
        .table_name(table)
        .item("pk", text(pk))
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_is_put_is_read_and_a_second_put_is_refused_by_type() {
    let faults = Faults::new();
    let client = engine().client(&faults);
    put_new(&client, "one", "a").await.unwrap();
    let again = put_new(&client, "one", "a").await.unwrap_err();
    assert_eq!(again.code(), Some("ConditionalCheckFailedException"));
    let got = client.get_item().table_name("one").key("pk", text("a")).send().await.unwrap();
    assert_eq!(got.item.unwrap()["pk"], text("a"));
}

#[tokio::test]
async fn a_cancelled_transaction_says_why_by_position_and_does_nothing() {
    let faults = Faults::new();
    let engine = engine();
    let client = engine.client(&faults);
    put_new(&client, "two", "b").await.unwrap();
    let error = client
        .transact_write_items()
        .transact_items(put("one", "a"))
        .transact_items(put("two", "b"))
        .send()
        .await
        .unwrap_err();
    let SdkError::ServiceError(error) = error else { panic!("{error:?}") };
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(cancelled) = error.into_err() else { panic!() };
    let reasons = cancelled.cancellation_reasons();
    assert_eq!(reasons[0].code(), Some("None"));
    assert_eq!(reasons[1].code(), Some("ConditionalCheckFailed"));
    assert_eq!(reasons[1].item().unwrap()["pk"], text("b"));
    assert_eq!(engine.scan_all("one").unwrap(), Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn every_call_is_logged_with_its_exact_capacity() {
    let faults = Faults::new();
    let client = engine().client(&faults);
    put_new(&client, "one", "a").await.unwrap();
    let mark = faults.mark();
    put_new(&client, "one", "a").await.unwrap_err();
    client
        .put_item()
        .table_name("one")
        .item("pk", text("indexed"))
        .item("due_shard", text("care#0"))
        .item("due_at", AttributeValue::N("1".to_owned()))
        .send()
        .await
        .unwrap();
    for _ in 0..2 {
        client
            .transact_write_items()
            .client_request_token("token")
            .transact_items(put("one", "c"))
            .transact_items(put("two", "c"))
            .send()
            .await
            .unwrap();
    }
    client.get_item().table_name("one").key("pk", text("a")).send().await.unwrap();
    client.scan().table_name("one").consistent_read(true).send().await.unwrap();

    let calls = faults.calls_since(mark);
    let row = |n: usize| {
        let c = &calls[n];
        (c.operation.as_str(), c.write_units, c.read_units, c.index_units, c.items)
    };
    assert_eq!(calls[0].outcome, Outcome::Refused("ConditionalCheckFailedException".to_owned()));
    assert_eq!(row(0), ("PutItem", 0.0, 0.0, 0.0, 1));
    assert_eq!(row(1), ("PutItem", 2.0, 0.0, 1.0, 1));
    assert_eq!(row(2), ("TransactWriteItems", 4.0, 0.0, 0.0, 2));
    assert_eq!(row(3), ("TransactWriteItems", 0.0, 4.0, 0.0, 2), "a replay reads");
    assert_eq!(row(4), ("GetItem", 0.0, 0.5, 0.0, 1));
    assert_eq!(row(5), ("Scan", 0.0, 1.0, 0.0, 3));
    assert_eq!(calls[2].tables, ["one", "two"]);
    assert_eq!(calls[2].token.as_deref(), Some("token"));
    assert!(calls.iter().all(|call| call.hit == Hit::Spared));
    let units = faults.units_since(mark);
    assert_eq!((units.write, units.read, units.index, units.calls), (6.0, 5.5, 1.0, 6));
}

#[tokio::test]
async fn a_stream_is_read_on_from_a_stored_position() {
    let faults = Faults::new();
    let engine = engine();
    let client = engine.client(&faults);
    let mut reader = StreamReader::from_position(&engine, "one", None).unwrap().unwrap();
    assert_eq!((reader.read().len(), reader.position()), (0, None));
    put_new(&client, "one", "a").await.unwrap();
    put_new(&client, "one", "b").await.unwrap();
    let records = reader.read();
    let position = reader.position().unwrap().to_owned();
    put_new(&client, "one", "c").await.unwrap();

    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["dynamodb"]["NewImage"]["pk"]["S"], "b");
    assert_eq!(records[1]["eventSourceARN"], reader.arn());
    let mut resumed =
        StreamReader::from_position(&engine, "one", Some(&position)).unwrap().unwrap();
    let later = resumed.read();
    assert_eq!(later.len(), 1);
    assert_eq!(later[0]["dynamodb"]["Keys"]["pk"]["S"], "c");
    assert_eq!(resumed.read().len(), 0);
    let all: Vec<usize> = engine.streams().unwrap().iter_mut().map(|r| r.read().len()).collect();
    assert_eq!(all, [3, 0]);
}

#[tokio::test]
async fn a_stream_record_is_one_that_lambda_functions_read() {
    let engine = engine();
    put_new(&engine.client(&Faults::new()), "one", "a").await.unwrap();
    let record = engine.streams().unwrap()[0].read().remove(0);
    let record: aws_lambda_events::event::dynamodb::EventRecord =
        serde_json::from_value(record).unwrap();
    assert_eq!(record.event_name, "INSERT");
    assert_eq!(record.change.approximate_creation_date_time.timestamp(), start().as_second());
}

#[tokio::test]
async fn what_is_past_its_time_to_live_goes_when_the_clock_says_so() {
    let engine = engine();
    let client = engine.client(&Faults::new());
    let ttl = AttributeValue::N((start().as_second() + 60).to_string());
    client
        .put_item()
        .table_name("one")
        .item("pk", text("a"))
        .item("ttl", ttl)
        .send()
        .await
        .unwrap();
    assert_eq!(engine.sweep_ttl().unwrap(), 0);
    engine.set_now(start() + jiff::SignedDuration::from_secs(61));
    assert_eq!(engine.sweep_ttl().unwrap(), 1);
    let records = engine.streams().unwrap()[0].read();
    assert_eq!(records[1]["userIdentity"]["principalId"], "dynamodb.amazonaws.com");
}

#[tokio::test]
async fn a_fork_goes_its_own_way_from_the_same_state_and_stream_position() {
    let engine = engine();
    let faults = Faults::new();
    put_new(&engine.client(&faults), "one", "a").await.unwrap();
    let mut reader = StreamReader::from_position(&engine, "one", None).unwrap().unwrap();
    assert_eq!(reader.read().len(), 1);

    let snapshot = engine.snapshot().unwrap();
    let forks = [snapshot.open().unwrap(), snapshot.open().unwrap(), engine.fork().unwrap()];
    for (n, fork) in forks.iter().enumerate() {
        let client = fork.client(&faults);
        put_new(&client, "one", "a").await.unwrap_err();
        put_new(&client, "one", &format!("fork {n}")).await.unwrap();
        let mut resumed =
            StreamReader::from_position(fork, "one", reader.position()).unwrap().unwrap();
        assert_eq!(resumed.read().len(), 1);
        assert_eq!(fork.scan_all("one").unwrap().len(), 2);
    }
    assert_eq!(reader.read().len(), 0);
    assert_eq!(engine.scan_all("one").unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_outlives_its_engine_and_is_stamped_with_our_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cham.db");
    let killed = Engine::file(&path, start()).unwrap();
    killed.create_table(definition("one")).unwrap();
    put_new(&killed.client(&Faults::new()), "one", "a").await.unwrap();
    // Never closed, as a killed process closes nothing.
    std::mem::forget(killed);
    let engine = Engine::file(&path, start()).unwrap();
    assert_eq!(engine.tables().unwrap(), ["one"]);
    assert_eq!(engine.scan_all("one").unwrap(), [json!({"pk": {"S": "a"}})]);
    let record = engine.streams().unwrap()[0].read().remove(0);
    assert_eq!(record["dynamodb"]["ApproximateCreationDateTime"], start().as_second());
    assert!(engine.sweep_ttl().is_err());
}

#[tokio::test]
async fn an_operation_that_the_engine_lacks_is_refused_by_name() {
    let client = engine().client(&Faults::new());
    let error = aws_sdk_dynamodb::Error::from(client.list_backups().send().await.unwrap_err());
    assert!(format!("{error:?}").contains("ListBackups"), "{error:?}");
}

#[tokio::test]
async fn two_callers_on_one_thread_interleave_at_every_call() {
    let faults = Faults::new();
    let client = engine().client(&faults);
    let caller = async |name: &str| {
        for n in 0..3 {
            put_new(&client, name, &n.to_string()).await.unwrap();
        }
    };
    tokio::join!(caller("one"), caller("two"));
    let order: Vec<String> = faults.calls().into_iter().map(|c| c.tables[0].clone()).collect();
    for round in order.chunks(2) {
        assert_ne!(round[0], round[1], "{order:?}");
    }
}
