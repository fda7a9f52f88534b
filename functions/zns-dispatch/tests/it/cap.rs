//! How much one customer gets in a day.

use std::collections::BTreeMap;

use domain::{
    consent::Purpose,
    notification::{Notification, State},
    tenant::Limits,
};
use jiff::Timestamp;

use crate::setup::*;

async fn desk(most: u32) -> Desk {
    let per_customer_a_day = BTreeMap::from([(Purpose::Promotion, most)]);
    let desk = Desk::with(Limits { per_customer_a_day, ..Limits::default() }).await;
    desk.agrees().await;
    desk
}

#[tokio::test]
async fn of_two_at_once_the_second_waits_for_the_next_morning() {
    let mut desk = desk(1).await;
    let offers = many(&offer(), 2);
    let batches = desk.plan_all(&offers).await;
    let other = dispatcher(&desk.state, &desk.zalo.url());
    let records = batches[0]["Records"].as_array().unwrap();
    let [one, two] = [0, 1].map(|n| serde_json::json!({"Records": [records[n]]}));
    tokio::join!(
        stream(&desk.state, &desk.dispatch, &one, "one", start()),
        stream(&desk.state, &other, &two, "two", start()),
    );
    assert_eq!(desk.reached(), 1);
    assert_eq!(desk.count(&offers, State::Sent, None).await, 1);
    assert_eq!(desk.count(&offers, State::Held, Some("cap")).await, 1);
    for found in &offers {
        let found = desk.find(found).await;
        if found.state != State::Held {
            continue;
        }
        let due = found.due_at.unwrap();
        let opens: Timestamp = "2026-11-21T06:00:00+07:00".parse().unwrap();
        assert!((0..1_800).contains(&due.duration_since(opens).as_secs()), "{due}");
        desk.tick(due).await;
    }
    assert_eq!(desk.reached(), 2);
}

#[tokio::test]
async fn other_purposes_and_other_days_have_room_of_their_own() {
    let mut desk = desk(2).await;
    for (n, one) in many(&offer(), 3).iter().enumerate() {
        let reason = (n == 2).then_some("cap");
        assert_eq!(desk.send(one, start()).await.reason.as_deref(), reason, "{n}");
    }
    let care = Notification { purpose: Purpose::Care, ..planned("care") };
    assert_eq!(desk.send(&care, start()).await.state, State::Sent);
    assert_eq!(desk.send(&planned("tell"), start()).await.state, State::Sent);
    let tomorrow = Notification { id: planned("x").id, ..offer() };
    assert_eq!(desk.send(&tomorrow, at(24 * 60)).await.state, State::Sent);
}

/// A place that was taken before the owner died is the notification's own when it comes again.
#[tokio::test]
async fn a_notification_that_comes_again_the_same_day_finds_its_own_place() {
    let mut desk = desk(1).await;
    desk.zalo.plan(1, testkit::stand_in::ZaloFault::Refuse(-129));
    let told = desk.send(&offer(), start()).await;
    assert_eq!(told.reason.as_deref(), Some("backoff"));
    desk.tick(at(1)).await;
    assert_eq!(desk.find(&told).await.state, State::Sent);
    let markers = desk.state.rows_of(&desk.state.table("CUSTOMERS_TABLE"));
    let markers = markers.iter().filter(|row| row["sk"]["S"].as_str().unwrap().starts_with("cap#"));
    assert_eq!(markers.count(), 1);
}
