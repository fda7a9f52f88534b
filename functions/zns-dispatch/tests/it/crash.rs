//! A dispatcher that dies anywhere sends nothing twice without counting it, and leaves nothing undone.
//!
//! Method: a crash before and after every call of the database and of Zalo; then the record again and the ticks of the next hour,
//! by a fresh dispatcher.

use std::collections::BTreeMap;

use domain::{
    channel::Channel,
    consent::Purpose,
    notification::{AttemptOutcome, Notification, State},
    rule::OnUnknown,
    tenant::Limits,
};
use testkit::{fault::Fault, stand_in::ZaloFault};

use crate::setup::*;

/// What is crashed.
#[derive(Clone, Copy, Debug)]
enum Death {
    Database(u64, Fault),
    Zalo(ZaloFault),
}

/// A desk at which every limit is asked, with room for one message and a second try.
async fn desk() -> Desk {
    let limits = Limits {
        daily_budget_vnd: Some(1_000),
        per_customer_a_day: BTreeMap::from([(Purpose::Promotion, 1)]),
        ..Limits::default()
    };
    let desk = Desk::with(limits).await;
    desk.agrees().await;
    desk
}

async fn survives(told: &Notification, death: Death) {
    let mut desk = desk().await;
    let batch = desk.plan(told).await;
    match death {
        Death::Database(nth, fault) => desk.state.faults.plan(nth, fault),
        Death::Zalo(fault) => desk.zalo.plan(1, fault),
    }
    tokio::select! {
        () = desk.stream(&batch, start()) => panic!("{death:?} did not happen"),
        () = desk.state.faults.crashed() => {}
        () = desk.zalo.crashed() => {}
    }
    desk.dispatch = dispatcher(&desk.state, &desk.zalo.url());
    desk.stream(&batch, start()).await;
    for minute in [1, 2, 3, 18, 30, 60] {
        desk.tick(at(minute)).await;
    }
    let told = desk.find(told).await;
    let unknown = |a: &&domain::notification::Attempt| a.outcome == Some(AttemptOutcome::Unknown);
    let unknown = told.attempts.iter().filter(unknown).count();
    let sent = desk.messages().len();
    assert_eq!(told.due_at, None, "{death:?}");
    assert!(sent <= 1 + unknown, "{death:?}: {sent} messages");
    match told.on_unknown {
        OnUnknown::Drop => {
            assert!(sent <= 1, "{death:?}");
            assert!([State::Sent, State::Failed].contains(&told.state), "{death:?}");
        }
        OnUnknown::Resend => assert_eq!(told.state, State::Sent, "{death:?}"),
    }
}

#[tokio::test]
async fn at_every_call() {
    let offer = Notification { channels: vec![Channel::ZnsUid], ..offer() };
    for told in [planned("tell"), by(&[Channel::ZnsUid]), offer] {
        for on_unknown in [OnUnknown::Drop, OnUnknown::Resend] {
            let told = Notification { on_unknown, ..told.clone() };
            let mut undisturbed = desk().await;
            let mark = undisturbed.state.faults.mark();
            undisturbed.send(&told, start()).await;
            let calls = undisturbed.state.faults.calls_since(mark);
            let asks = |table: &str, operation: &str| {
                let table = undisturbed.state.table(table);
                calls.iter().any(|c| c.operation == operation && c.tables.contains(&table))
            };
            assert!(asks("TENANTS_TABLE", "Query") && asks("TENANTS_TABLE", "UpdateItem"));
            let capped = told.purpose == Purpose::Promotion;
            assert_eq!(asks("CUSTOMERS_TABLE", "PutItem"), capped, "a place in the day");
            let calls = u64::try_from(calls.len()).unwrap();
            for nth in 1..=calls {
                for fault in [Fault::CrashBefore, Fault::CrashAfter] {
                    survives(&told, Death::Database(nth, fault)).await;
                }
            }
            for fault in [ZaloFault::CrashBefore, ZaloFault::CrashAfter] {
                survives(&told, Death::Zalo(fault)).await;
            }
        }
    }
}
