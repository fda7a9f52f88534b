//! What each answer of Zalo leads to.

use domain::{
    channel::Channel,
    consent::Purpose,
    notification::{ATTEMPTS_MAX, AttemptOutcome, Notification, State},
    rule::OnUnknown,
};
use testkit::stand_in::{Misbehaviour, ZaloFault};

use crate::setup::*;

/// Sends one whose first call is refused with `code`.
async fn refused(n: &Notification, code: i32) -> (Desk, Notification) {
    let mut desk = Desk::open().await;
    desk.zalo.plan(1, ZaloFault::Refuse(code));
    let told = desk.send(n, start()).await;
    (desk, told)
}

#[tokio::test]
async fn every_class_has_its_next_step() {
    for (code, state, reason, due) in [
        (-124, State::Held, "token", Some(0)),
        (-129, State::Held, "backoff", Some(0)),
        (-117, State::Held, "config", Some(15)),
        (-118, State::Failed, "recipient", None),
        (-1121, State::Failed, "payload", None),
        (-100, State::Unknown, "outcome_unknown", Some(15)),
        (-999_999, State::Unknown, "outcome_unknown", Some(15)),
    ] {
        let (desk, told) = refused(&planned("tell"), code).await;
        assert_eq!(stands(&told), (state, Some(reason), due), "{code}");
        assert_eq!(told.recipient.phone.is_some(), due.is_some(), "{code}");
        assert!(desk.messages().is_empty());
    }
    let (_, told) = refused(&planned("tell"), -144).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("deferred")));
    let minutes = told.due_at.unwrap().duration_since(start()).as_mins();
    assert!((15 * 60 + 30..16 * 60).contains(&minutes), "the next day: {minutes}");
}

#[tokio::test]
async fn what_is_held_goes_when_it_is_due_and_not_before() {
    for (code, minute) in [(-124, 1), (-129, 1), (-117, 15)] {
        let (desk, told) = refused(&planned("tell"), code).await;
        desk.tick(at(minute - 1)).await;
        assert!(desk.messages().is_empty(), "{code}");
        desk.tick(at(minute)).await;
        assert_eq!(desk.messages().len(), 1, "{code}");
        let told = desk.find(&told).await;
        assert_eq!((told.state, told.attempts.len()), (State::Sent, 2), "{code}");
        assert_eq!(told.attempts[0].outcome, Some(AttemptOutcome::Refused(code.into())));
    }
}

#[tokio::test]
async fn a_refused_connection_is_tried_again() {
    let mut desk = Desk::open().await;
    let url = desk.zalo.url();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    desk.dispatch = dispatcher(&desk.state, &format!("http://{closed}"));
    let told = desk.send(&planned("tell"), start()).await;
    assert_eq!(stands(&told), (State::Held, Some("not_sent"), Some(0)));
    assert_eq!(told.attempts[0].outcome, Some(AttemptOutcome::NotSent));
    desk.dispatch = dispatcher(&desk.state, &url);
    desk.tick(at(1)).await;
    assert_eq!(desk.find(&told).await.state, State::Sent);
    assert_eq!(desk.messages().len(), 1);
}

/// Goal: with `drop` no trouble of Zalo's makes two messages; with `resend` a second one is counted. Method: every fault on the
/// first call, then ticks until nothing moves.
#[tokio::test]
async fn no_fault_makes_a_message_that_is_not_counted() {
    let faults = ZaloFault::ALL.into_iter().filter(|fault| {
        !matches!(
            fault,
            ZaloFault::CrashBefore | ZaloFault::CrashAfter | ZaloFault::ReceiptBeforeAnswer
        )
    });
    for fault in faults {
        for on_unknown in [OnUnknown::Drop, OnUnknown::Resend] {
            let mut desk = Desk::open().await;
            desk.zalo.plan(1, fault);
            let told = Notification { on_unknown, ..planned("tell") };
            desk.send(&told, start()).await;
            for minute in [1, 3, 16, 40] {
                desk.tick(at(minute)).await;
            }
            let told = desk.find(&told).await;
            let unknown =
                told.attempts.iter().filter(|a| a.outcome == Some(AttemptOutcome::Unknown));
            let (sent, unknown) = (desk.messages().len(), unknown.count());
            assert!(sent <= 1 + unknown, "{fault:?} {on_unknown:?}: {sent} messages");
            match on_unknown {
                OnUnknown::Drop => assert!(sent <= 1, "{fault:?}"),
                OnUnknown::Resend => assert_eq!(told.state, State::Sent, "{fault:?}"),
            }
            assert_eq!(told.due_at, None, "{fault:?} {on_unknown:?}");
        }
    }
}

#[tokio::test]
async fn the_next_channel_takes_over_where_the_recipient_cannot_be_reached() {
    let both = by(&[Channel::ZnsPhone, Channel::ZnsUid]);
    let (desk, told) = refused(&both, -118).await;
    assert_eq!((told.state, told.attempts.len()), (State::Sent, 2));
    assert_eq!(told.attempts[0].outcome, Some(AttemptOutcome::Refused(-118)));
    assert_eq!((told.attempts[1].channel, told.channels_used), (Channel::ZnsUid, 1));
    let messages = desk.messages();
    assert_eq!((messages.len(), messages[0].channel.as_str()), (1, "zns-uid"));
}

#[tokio::test]
async fn a_channel_that_cannot_take_this_content_is_not_followed_by_another() {
    let both = by(&[Channel::ZnsPhone, Channel::ZnsUid]);
    let (desk, told) = refused(&both, -1121).await;
    assert_eq!(told.state, State::Failed);
    assert_eq!(desk.zalo.calls().len(), 1);
}

#[tokio::test]
async fn attempts_are_bounded_with_longer_and_longer_pauses() {
    let mut desk = Desk::open().await;
    desk.zalo.misbehave(Misbehaviour::TokensRevoked);
    let mut told = desk.send(&planned("tell"), start()).await;
    let mut pauses = Vec::new();
    let mut now = start();
    while let Some(due) = told.due_at {
        pauses.push(due.duration_since(now).as_secs());
        now = due;
        desk.tick(now).await;
        told = desk.find(&told).await;
    }
    for (pause, longest) in pauses.iter().zip([30, 60, 120, 240, 480, 960, 1_920]) {
        assert!((longest / 2..=longest).contains(pause), "{pauses:?}");
    }
    assert_eq!(pauses.len(), 7);
    assert_eq!((told.state, told.reason.as_deref()), (State::Failed, Some("attempts_exhausted")));
    assert_eq!((told.attempts.len(), desk.zalo.calls().len()), (ATTEMPTS_MAX, ATTEMPTS_MAX));
    assert!(told.recipient.phone.is_none());
}

#[tokio::test]
async fn the_last_attempt_is_not_followed_by_another_channel() {
    let mut desk = Desk::open().await;
    for call in 1..8 {
        desk.zalo.plan(call, ZaloFault::Refuse(-129));
    }
    desk.zalo.plan(8, ZaloFault::Refuse(-118));
    let mut told = desk.send(&by(&[Channel::ZnsPhone, Channel::ZnsUid]), start()).await;
    while let Some(due) = told.due_at.filter(|_| told.attempts.len() < ATTEMPTS_MAX) {
        desk.tick(due).await;
        told = desk.find(&told).await;
    }
    assert_eq!(stands(&told), (State::Failed, Some("attempts_exhausted"), None));
}

#[tokio::test]
async fn a_number_without_zalo_is_asked_once_in_thirty_days_but_for_passwords() {
    let both = by(&[Channel::ZnsPhone, Channel::ZnsUid]);
    let (mut desk, _) = refused(&both, -118).await;
    let calls = |desk: &Desk| {
        let calls = desk.zalo.calls();
        calls.iter().filter(|call| call.path == "/message/template").count()
    };
    assert_eq!(calls(&desk), 1);
    let other = Notification { id: planned("other").id, ..both.clone() };
    let told = desk.send(&other, start()).await;
    assert_eq!((told.state, told.channels_used, told.attempts.len()), (State::Sent, 1, 1));
    let told = desk.send(&planned("alone"), start()).await;
    assert_eq!(stands(&told), (State::Failed, Some("recipient"), None));
    assert!(told.recipient.phone.is_none() && told.attempts.is_empty());
    assert_eq!(calls(&desk), 1);
    let password = Notification { purpose: Purpose::Otp, ..planned("code") };
    assert_eq!(desk.send(&password, start()).await.state, State::Sent);
    let later = at(30 * 24 * 60);
    let told = desk.send(&planned("later"), later).await;
    assert_eq!((told.state, calls(&desk)), (State::Sent, 3));
}
