//! What the clock finds, and what does not stop it.

use domain::notification::State;
use local::demo::state::DEMO;
use serde_json::json;
use testkit::fault::Fault;

use crate::setup::*;

#[tokio::test]
async fn what_the_stream_lost_is_found_after_two_minutes() {
    let mut desk = Desk::open().await;
    desk.plan(&planned("tell")).await;
    desk.tick(at(1)).await;
    assert!(desk.messages().is_empty());
    desk.tick(at(2)).await;
    assert_eq!(desk.messages().len(), 1);
}

#[tokio::test]
async fn a_tick_with_nothing_due_only_asks() {
    let mut desk = Desk::open().await;
    desk.send(&planned("tell"), start()).await;
    let mut later = planned("later");
    later.due_at = Some(at(30));
    desk.plan(&later).await;
    let mark = desk.state.faults.mark();
    desk.tick(at(29)).await;
    let calls = desk.state.faults.calls_since(mark);
    assert!(calls.iter().all(|call| call.operation == "Query") && calls.len() == 4, "{calls:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_listed_and_the_others_go() {
    let mut desk = Desk::open().await;
    for step in ["a", "b", "c"] {
        desk.plan(&planned(step)).await;
    }
    let mut broken = row(&desk, &planned("b"));
    broken["channels"] = json!({"S": "pigeon"});
    let table = desk.state.table("NOTIFICATIONS_TABLE");
    desk.state.engine.run("PutItem", &json!({"TableName": table, "Item": broken})).unwrap();
    for minute in [2, 3] {
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.messages().len(), 2);
    let stuck = desk.state.rows_of(&desk.state.table("CUSTOMERS_TABLE"));
    assert_eq!(stuck.len(), 1);
    assert_eq!(stuck[0]["pk"]["S"], format!("{DEMO}#stuck"));
    assert_eq!(stuck[0]["sk"]["S"], format!("zns-dispatch#{}", planned("b").id));
    assert_eq!(stuck[0]["why"]["S"], "corrupt_row");
}

#[tokio::test]
async fn a_broken_record_of_the_stream_is_listed_and_the_others_go() {
    let mut desk = Desk::open().await;
    desk.plan(&planned("a")).await;
    desk.table().plan(&planned("b")).await.unwrap();
    let mut again = desk.state.batch(FUNCTION);
    let mut broken = again["Records"][0].clone();
    broken["eventID"] = json!("broken");
    broken["dynamodb"]["Keys"]["pk"]["S"] = json!("ca-phe-som#not-an-id");
    again["Records"].as_array_mut().unwrap().insert(0, broken);
    desk.stream(&again, start()).await;
    assert_eq!(desk.find(&planned("b")).await.state, State::Sent);
    let stuck = desk.state.rows_of(&desk.state.table("CUSTOMERS_TABLE"));
    assert_eq!(stuck.len(), 1);
    assert_eq!(stuck[0]["why"]["S"], "bad_key");
}

#[tokio::test]
async fn a_tick_that_the_database_fails_is_made_good_by_the_next() {
    let mut desk = Desk::open().await;
    desk.plan(&planned("tell")).await;
    for call in 1..=3 {
        desk.state.faults.plan(call, Fault::Throttle);
    }
    let invocation = desk.state.invocation(FUNCTION, "tick", at(2));
    let minute = zns_dispatch::Trigger::Tick(zns_dispatch::Tick { tick: "minute".to_owned() });
    assert!(zns_dispatch::handle(&desk.dispatch, &minute, &invocation).await.is_err());
    desk.tick(at(3)).await;
    assert_eq!(desk.messages().len(), 1);
}

#[test]
fn the_schedules_input_and_a_batch_are_told_apart() {
    let tick = serde_json::from_value(json!({"tick": "minute"}));
    assert!(matches!(tick.unwrap(), zns_dispatch::Trigger::Tick(_)));
    let batch = serde_json::from_value(json!({"Records": []}));
    assert!(matches!(batch.unwrap(), zns_dispatch::Trigger::Stream(_)));
    assert!(serde_json::from_value::<zns_dispatch::Trigger>(json!({"tock": 1})).is_err());
}
