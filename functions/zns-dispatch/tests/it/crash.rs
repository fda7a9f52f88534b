//! A dispatcher that dies anywhere sends nothing twice without counting it, and leaves nothing undone.
//!
//! Method: a crash before and after every call of the database and of Zalo; then the record again and the ticks of the next hour,
//! by a fresh dispatcher.

use domain::{
    channel::Channel,
    notification::{AttemptOutcome, Notification, State},
    rule::OnUnknown,
};
use testkit::{fault::Fault, stand_in::ZaloFault};

use crate::setup::*;

/// What is crashed.
#[derive(Clone, Copy, Debug)]
enum Death {
    Database(u64, Fault),
    Zalo(ZaloFault),
}

async fn survives(told: &Notification, death: Death) {
    let mut desk = Desk::open().await;
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
    for channel in [Channel::ZnsPhone, Channel::ZnsUid] {
        for on_unknown in [OnUnknown::Drop, OnUnknown::Resend] {
            let told = Notification { on_unknown, ..by(&[channel]) };
            let mut undisturbed = Desk::open().await;
            undisturbed.send(&told, start()).await;
            let calls = u64::try_from(undisturbed.state.faults.calls().len()).unwrap();
            assert!(calls >= 4);
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
