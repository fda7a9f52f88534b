//! A time-out after Zalo has taken the message, on each channel: what stands in the row, and how it ends.

use domain::{
    channel::Channel,
    event::Rank,
    notification::{AttemptOutcome, Notification, State, UNKNOWN_GRACE},
    rule::OnUnknown,
};
use local::demo::state::DEMO;
use testkit::stand_in::ZaloFault;

use crate::setup::*;

/// A message by `channel` that Zalo has taken, and of which nobody has heard.
async fn unheard(channel: Channel, on_unknown: OnUnknown) -> (Desk, Notification) {
    let mut desk = Desk::open().await;
    desk.zalo.plan(1, ZaloFault::TimeoutWithEffect);
    let one = match channel {
        Channel::OaCs => Notification { on_unknown, ..reply() },
        _ => Notification { on_unknown, ..by(&[channel]) },
    };
    let told = desk.send(&one, start()).await;
    let grace = UNKNOWN_GRACE.as_mins();
    assert_eq!(stands(&told), (State::Unknown, Some("outcome_unknown"), Some(grace)), "{channel}");
    let attempt = &told.attempts[0];
    assert_eq!(attempt.outcome, Some(AttemptOutcome::Unknown), "{channel}");
    assert_eq!((told.attempts.len(), &attempt.message_id), (1, &None), "{channel}");
    assert_eq!(desk.messages().len(), 1, "{channel}");
    (desk, told)
}

const CHANNELS: [Channel; 3] = [Channel::ZnsPhone, Channel::ZnsUid, Channel::OaCs];

#[tokio::test]
async fn nobody_looks_at_it_before_its_grace_is_over() {
    for channel in CHANNELS {
        let (desk, told) = unheard(channel, OnUnknown::Resend).await;
        for minute in [1, 5, 14] {
            desk.tick(at(minute)).await;
        }
        assert_eq!(desk.find(&told).await, told, "{channel}");
        assert_eq!(desk.messages().len(), 1, "{channel}");
    }
}

#[tokio::test]
async fn what_must_not_come_twice_is_given_up_after_the_grace_and_says_so() {
    for channel in CHANNELS {
        let (desk, told) = unheard(channel, OnUnknown::Drop).await;
        desk.tick(at(15)).await;
        let told = desk.find(&told).await;
        assert_eq!(stands(&told), (State::Failed, Some("outcome_unknown"), None), "{channel}");
        desk.tick(at(60)).await;
        assert_eq!((desk.messages().len(), told.attempts.len()), (1, 1), "{channel}");
        assert!(told.recipient.phone.is_none(), "{channel}");
    }
}

#[tokio::test]
async fn what_must_come_goes_a_second_time_which_is_counted() {
    for channel in CHANNELS {
        let (desk, told) = unheard(channel, OnUnknown::Resend).await;
        desk.tick(at(15)).await;
        let told = desk.find(&told).await;
        assert_eq!((told.state, told.attempts.len()), (State::Sent, 2), "{channel}");
        desk.tick(at(60)).await;
        assert_eq!(desk.messages().len(), 2, "{channel}");
    }
}

#[tokio::test]
async fn by_phone_its_receipt_settles_it_within_the_grace_and_after() {
    for (minute, before) in [(5, State::Unknown), (20, State::Failed)] {
        let (desk, told) = unheard(Channel::ZnsPhone, OnUnknown::Drop).await;
        desk.tick(at(minute)).await;
        assert_eq!(desk.find(&told).await.state, before);
        let message_id = desk.messages()[0].message_id.clone();
        desk.receive(&told, 1, &message_id, Rank::Delivered).await;
        desk.tick(at(60)).await;
        let told = desk.find(&told).await;
        assert_eq!(stands(&told), (State::Delivered, None, None));
        assert_eq!(told.attempts[0].message_id.as_ref(), Some(&message_id));
        assert_eq!(desk.messages().len(), 1);
    }
}

/// The receipt of a message by Zalo id names nothing of ours, and the sender has not heard its id: the receipt waits at the meeting,
/// where nobody comes, and is kept.
#[tokio::test]
async fn by_zalo_id_its_receipt_is_kept_and_the_row_is_judged_without_it() {
    for channel in [Channel::ZnsUid, Channel::OaCs] {
        let (desk, told) = unheard(channel, OnUnknown::Drop).await;
        let message_id = desk.messages()[0].message_id.clone();
        for _ in 0..2 {
            let met = desk.table().meet_as_receipt(DEMO, &message_id, Rank::Delivered).await;
            assert_eq!(met.unwrap().sender, None, "{channel}");
        }
        desk.tick(at(15)).await;
        assert_eq!(desk.find(&told).await.state, State::Failed, "{channel}");
        assert_eq!(desk.messages().len(), 1, "{channel}");
    }
}
