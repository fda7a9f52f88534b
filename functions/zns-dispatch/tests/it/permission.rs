//! Who may be told what, when: asked at the moment of sending.

use cloud::table::customers::Mute;
use domain::{
    channel::Channel,
    consent::Purpose,
    id::EventId,
    notification::{Notification, Recipient, State},
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state;
use serde_json::json;
use testkit::fault::Faults;

use crate::setup::*;

fn clock(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_offer_at_night_waits_for_the_morning() {
    for evening in
        ["2026-11-20T22:00:00+07:00", "2026-11-20T23:59:00+07:00", "2026-11-21T05:59:59+07:00"]
    {
        let mut desk = Desk::open().await;
        desk.agrees().await;
        let told = desk.send(&offer(), clock(evening)).await;
        assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("night")), "{evening}");
        let due = told.due_at.unwrap();
        let opens = clock("2026-11-21T06:00:00+07:00");
        let spread = due.duration_since(opens);
        assert!((0..1_800).contains(&spread.as_secs()), "{evening}: {due}");
        desk.tick(due - SignedDuration::from_secs(1)).await;
        assert!(desk.messages().is_empty());
        desk.tick(due).await;
        assert_eq!(desk.find(&told).await.state, State::Sent);
        assert_eq!(desk.messages().len(), 1);
    }
}

#[tokio::test]
async fn a_transaction_goes_at_any_hour() {
    let mut desk = Desk::open().await;
    let told = desk.send(&planned("tell"), clock("2026-11-21T02:00:00+07:00")).await;
    assert_eq!(told.state, State::Sent);
}

#[tokio::test]
async fn without_consent_an_offer_is_suppressed_for_good() {
    let mut desk = Desk::open().await;
    let told = desk.send(&offer(), start()).await;
    assert_eq!(stands(&told), (State::Suppressed, Some("no_consent"), None));
    assert!(told.recipient.phone.is_none());
    desk.agrees().await;
    desk.tick(at(10)).await;
    assert!(desk.zalo.calls().is_empty());
}

#[tokio::test]
async fn consent_is_asked_at_the_moment_of_sending() {
    let mut desk = Desk::open().await;
    desk.agrees().await;
    let told = desk.send(&offer(), clock("2026-11-20T23:00:00+07:00")).await;
    let client = desk.state.engine.client(&Faults::new());
    let customers = cloud::table::Customers::new(&client, &desk.state.table("CUSTOMERS_TABLE"));
    let word = domain::consent::Consent {
        given: false,
        event: domain::id::EventId::of("t", "s", "no"),
        at: at(900),
    };
    let purpose = domain::consent::Purpose::Promotion;
    customers.consent(state::DEMO, &lan(), purpose, &word).await.unwrap();
    desk.tick(told.due_at.unwrap()).await;
    assert_eq!(desk.find(&told).await.state, State::Suppressed);
    assert!(desk.zalo.calls().is_empty());
}

#[tokio::test]
async fn after_its_deadline_it_is_not_worth_sending() {
    let mut desk = Desk::open().await;
    let told = Notification { deadline: Some(at(5)), ..planned("tell") };
    let batch = desk.plan(&told).await;
    desk.stream(&batch, at(6)).await;
    assert_eq!(stands(&desk.find(&told).await), (State::Expired, Some("deadline"), None));
    assert!(desk.zalo.calls().is_empty());
    let in_time = Notification { deadline: Some(at(5)), ..planned("again") };
    assert_eq!(desk.send(&in_time, at(5)).await.state, State::Sent);
}

#[tokio::test]
async fn who_has_no_address_is_told_nothing() {
    for (channels, recipient) in [
        (vec![Channel::ZnsPhone], Recipient { phone: None, user: Some(LAN.to_owned()) }),
        (vec![Channel::ZnsUid, Channel::OaCs], Recipient::default()),
        (Vec::new(), planned("tell").recipient),
    ] {
        let mut desk = Desk::open().await;
        let told = Notification { channels, recipient, ..planned("tell") };
        let told = desk.send(&told, start()).await;
        assert_eq!(stands(&told), (State::Failed, Some("no_address"), None));
        assert!(desk.zalo.calls().is_empty());
    }
}

#[tokio::test]
async fn a_channel_without_an_address_is_passed_over() {
    let mut desk = Desk::open().await;
    let mut told = by(&[Channel::ZnsPhone, Channel::ZnsUid]);
    told.recipient.phone = None;
    let told = desk.send(&told, start()).await;
    assert_eq!((told.state, told.attempts.len()), (State::Sent, 1));
    assert_eq!(desk.messages()[0].channel, "zns-uid");
}

#[tokio::test]
async fn until_its_account_is_connected_it_is_held() {
    let mut desk = Desk::open().await;
    let account = json!({
        "TableName": desk.state.table("TENANTS_TABLE"),
        "Key": {"pk": {"S": state::DEMO}, "sk": {"S": format!("oa#{OA}")}},
    });
    desk.state.engine.run("DeleteItem", &account).unwrap();
    let told = desk.send(&planned("tell"), start()).await;
    assert_eq!(stands(&told), (State::Held, Some("not_connected"), Some(15)));
    assert!(told.attempts.is_empty() && desk.zalo.calls().is_empty());
    let rules = state::rules("[]", start());
    desk.state.apply(&state::tenant(), &state::secrets(), rules).await;
    desk.tick(at(15)).await;
    assert_eq!(desk.find(&told).await.state, State::Sent);
}

/// A desk whose customer agrees to everything and talks with a person until minute `until`.
async fn muted(until: i64) -> Desk {
    let desk = Desk::open().await;
    desk.agrees().await;
    let event = EventId::of(state::DEMO, "zalo-oa", "hand-off");
    let mute = Mute { until: at(until), event };
    desk.customers().mute(state::DEMO, &lan(), &mute).await.unwrap();
    desk
}

#[tokio::test]
async fn while_a_person_talks_with_the_customer_replies_are_dropped_and_offers_wait() {
    let mut desk = muted(90).await;
    let told = desk.send(&reply(), start()).await;
    assert_eq!(stands(&told), (State::Suppressed, Some("muted"), None));
    let offer = desk.send(&offer(), start()).await;
    assert_eq!(stands(&offer), (State::Held, Some("muted"), Some(60)));
    desk.tick(at(60)).await;
    assert_eq!(stands(&desk.find(&offer).await), (State::Held, Some("muted"), Some(90)));
    assert!(desk.messages().is_empty());
    desk.tick(at(90)).await;
    assert_eq!(desk.find(&offer).await.state, State::Sent);
}

#[tokio::test]
async fn a_mute_keeps_back_nothing_that_a_person_has_to_be_told() {
    let mut desk = muted(90).await;
    for (step, purpose) in [("a", Purpose::Otp), ("b", Purpose::Transaction)] {
        let told = Notification { purpose, ..planned(step) };
        let mark = desk.state.faults.mark();
        assert_eq!(desk.send(&told, start()).await.state, State::Sent, "{purpose:?}");
        let customers = desk.state.table("CUSTOMERS_TABLE");
        let calls = desk.state.faults.calls_since(mark);
        // But for whether the number has Zalo at all.
        let mut calls = calls.iter().filter(|call| call.tables.contains(&customers));
        let is_of_the_number = |call: &testkit::fault::Call| {
            purpose == Purpose::Transaction && call.operation == "GetItem"
        };
        assert!(calls.all(is_of_the_number), "{purpose:?}");
    }
}

#[tokio::test]
async fn what_the_mutes_own_event_says_passes() {
    let mut desk = muted(90).await;
    let mut told = reply();
    told.cause.event = EventId::of(state::DEMO, "zalo-oa", "hand-off");
    assert_eq!(desk.send(&told, start()).await.state, State::Sent);
    assert_eq!(desk.messages().len(), 1);
}

#[tokio::test]
async fn consent_and_mute_are_one_read() {
    let mut desk = muted(90).await;
    let batch = desk.plan(&offer()).await;
    let mark = desk.state.faults.mark();
    desk.stream(&batch, start()).await;
    let customers = desk.state.table("CUSTOMERS_TABLE");
    let calls = desk.state.faults.calls_since(mark);
    assert_eq!(calls.iter().filter(|call| call.tables.contains(&customers)).count(), 1);
}

#[tokio::test]
async fn a_notification_of_a_business_that_is_gone_is_listed() {
    let mut desk = Desk::open().await;
    let told = Notification { tenant: "nobody".to_owned(), ..planned("tell") };
    desk.table().plan(&told).await.unwrap();
    let batch = desk.state.batch(FUNCTION);
    desk.stream(&batch, start()).await;
    let stuck = desk.state.rows_of(&desk.state.table("CUSTOMERS_TABLE"));
    assert_eq!((stuck.len(), stuck[0]["why"]["S"].as_str()), (1, Some("unknown_tenant")));
    assert!(desk.zalo.calls().is_empty());
}

/// A step that its rule no longer has is called off; one that is there, or that is newer than what is known, goes.
#[tokio::test]
async fn what_a_rule_no_longer_says_is_called_off() {
    let with = |rule: &str, step: &str, version: u32| {
        let mut n = planned("tell");
        n.cause.rule = rule.to_owned();
        n.cause.step = step.to_owned();
        n.cause.version = version;
        n
    };
    for (n, state, reason) in [
        (with("payment-received", "tell", 1), State::Sent, None),
        (with("payment-received", "thank", 1), State::Cancelled, Some("rule_removed")),
        (with("gone", "tell", 1), State::Cancelled, Some("rule_removed")),
        (with("gone", "tell", 2), State::Sent, None),
        (with("cham", "parked", 0), State::Sent, None),
    ] {
        let mut desk = Desk::open().await;
        let told = desk.send(&n, start()).await;
        assert_eq!((told.state, told.reason.as_deref()), (state, reason), "{:?}", n.cause);
        assert_eq!(desk.zalo.messages().len(), usize::from(state == State::Sent));
    }
}
