//! One owner at a time, and what is left when an owner dies.

use domain::{
    event::Rank,
    notification::{AttemptOutcome, State, UNKNOWN_GRACE},
    rule::OnUnknown,
};
use jiff::SignedDuration;
use testkit::stand_in::ZaloFault;

use crate::setup::*;

#[tokio::test]
async fn a_planned_message_goes_out_and_the_number_is_forgotten() {
    let mut desk = Desk::open().await;
    let told = desk.send(&planned("tell"), start()).await;
    assert_eq!(stands(&told), (State::Sent, None, None));
    let messages = desk.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].to, "phone:84912345678");
    assert_eq!(messages[0].tracking_id, Some(format!("{}01", told.id)));
    assert_eq!(told.attempts[0].message_id.as_ref(), Some(&messages[0].message_id));
    assert!(!row(&desk, &told).to_string().contains("912345678"));
}

#[tokio::test]
async fn a_message_by_phone_costs_seven_units_up_to_its_receipt_and_a_slice() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    let mark = desk.state.faults.mark();
    desk.stream(&batch, start()).await;
    assert_eq!(
        desk.state.faults.units_since(mark).write,
        4.0,
        "slice 1, claim 1, sent 2; the plan was 3"
    );
}

#[tokio::test]
async fn the_same_record_again_sends_nothing() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    for minute in 0..3 {
        desk.stream(&batch, at(minute)).await;
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.messages().len(), 1);
}

#[tokio::test]
async fn of_two_invocations_at_once_one_sends() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    let other = dispatcher(&desk.state, &desk.zalo.url());
    let now = at(3);
    tokio::join!(
        stream(&desk.state, &desk.dispatch, &batch, "one", now),
        stream(&desk.state, &other, &batch, "two", now),
        tick(&desk.state, &other, now),
    );
    assert_eq!(desk.messages().len(), 1);
    assert_eq!(desk.find(&planned("tell")).await.state, State::Sent);
}

#[tokio::test]
async fn a_live_lease_is_left_alone() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    let mut told = desk.find(&planned("tell")).await;
    told.claim("somebody", start(), at(5)).unwrap();
    desk.keep(&mut told).await;
    for minute in [1, 4, 5] {
        desk.stream(&batch, at(minute)).await;
        desk.tick(at(minute)).await;
        assert_eq!(desk.find(&told).await, told, "{minute}");
    }
    assert!(desk.messages().is_empty());
}

/// A notification whose owner died before anybody heard of an answer, judged unknown at minute 6.
async fn left_behind(on_unknown: OnUnknown) -> (Desk, domain::notification::Notification) {
    let mut desk = Desk::open().await;
    let mut told = planned("tell");
    told.on_unknown = on_unknown;
    desk.plan(&told).await;
    told.claim("the dead", start(), at(5)).unwrap();
    desk.keep(&mut told).await;
    desk.tick(at(6)).await;
    let told = desk.find(&told).await;
    let grace = UNKNOWN_GRACE.as_mins();
    assert_eq!(stands(&told), (State::Unknown, Some("outcome_unknown"), Some(6 + grace)));
    (desk, told)
}

#[tokio::test]
async fn what_a_dead_owner_left_is_settled_by_its_receipt() {
    let (desk, told) = left_behind(OnUnknown::Resend).await;
    desk.receive(&told, 1, "z1", Rank::Delivered).await;
    desk.tick(at(60)).await;
    let told = desk.find(&told).await;
    assert_eq!(stands(&told), (State::Delivered, None, None));
    assert!(desk.messages().is_empty());
}

#[tokio::test]
async fn without_a_receipt_it_is_sent_once_more_after_the_grace_and_counted() {
    let (desk, told) = left_behind(OnUnknown::Resend).await;
    desk.tick(at(20)).await;
    assert!(desk.messages().is_empty(), "the grace is not over");
    desk.tick(at(21)).await;
    let told = desk.find(&told).await;
    assert_eq!((told.state, told.attempts.len()), (State::Sent, 2));
    assert_eq!(told.attempts[0].outcome, Some(AttemptOutcome::Unknown));
    assert_eq!(desk.messages()[0].tracking_id, Some(format!("{}02", told.id)));
    desk.tick(at(60)).await;
    assert_eq!(desk.messages().len(), 1);
}

#[tokio::test]
async fn or_dropped_where_the_template_says_so() {
    let (desk, told) = left_behind(OnUnknown::Drop).await;
    desk.tick(at(21)).await;
    let told = desk.find(&told).await;
    assert_eq!(stands(&told), (State::Failed, Some("outcome_unknown"), None));
    assert!(told.recipient.phone.is_none() && desk.messages().is_empty());
}

#[tokio::test]
async fn a_receipt_after_the_judgement_still_tells_the_truth() {
    let (desk, told) = left_behind(OnUnknown::Drop).await;
    desk.tick(at(21)).await;
    desk.receive(&told, 1, "z1", Rank::Seen).await;
    assert_eq!(desk.find(&told).await.state, State::Seen);
}

#[tokio::test]
async fn a_receipt_between_claim_and_answer_is_not_undone_by_the_answer() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    desk.zalo.plan(1, ZaloFault::ReceiptBeforeAnswer);
    let receipt = async {
        desk.zalo.receipt_goes_first().await;
        let message_id = desk.messages()[0].message_id.clone();
        desk.receive(&planned("tell"), 1, &message_id, Rank::Delivered).await;
        for hook in desk.zalo.take_due_hooks(at(1)) {
            desk.zalo.hook_done(hook.id).unwrap();
        }
    };
    tokio::join!(desk.stream(&batch, start()), receipt);
    let told = desk.find(&planned("tell")).await;
    assert_eq!(stands(&told), (State::Delivered, None, None));
    assert_eq!(told.attempts[0].outcome, Some(AttemptOutcome::Accepted));
    assert_eq!(desk.messages().len(), 1);
}

/// Goal: whoever was thought dead does not write over its successor. Method: while an answer is held back, the row goes through
/// unknown to a second attempt by hand.
#[tokio::test]
async fn a_late_answer_does_not_settle_another_owners_attempt() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    desk.zalo.plan(1, ZaloFault::ReceiptBeforeAnswer);
    let successor = async {
        desk.zalo.receipt_goes_first().await;
        let mut told = desk.find(&planned("tell")).await;
        told.settle(
            1,
            &domain::notification::Answer::Unknown,
            &domain::tenant::Limits::default(),
            at(2),
        )
        .unwrap();
        told.judge_unknown(at(17)).unwrap();
        told.claim("successor", at(17), at(19)).unwrap();
        desk.keep(&mut told).await;
        for hook in desk.zalo.take_due_hooks(at(1)) {
            desk.zalo.hook_done(hook.id).unwrap();
        }
    };
    tokio::join!(desk.stream(&batch, start()), successor);
    let told = desk.find(&planned("tell")).await;
    assert_eq!((told.state, told.attempts.len()), (State::Claimed, 2));
    assert_eq!((told.attempts[1].outcome, &told.attempts[1].message_id), (None, &None));
}

#[tokio::test]
async fn by_zalo_id_a_receipt_before_the_answer_waits_at_the_meeting() {
    let mut desk = Desk::open().await;
    let uid = by(&[domain::channel::Channel::ZnsUid]);
    let batch = desk.plan(&uid).await;
    desk.zalo.plan(1, ZaloFault::ReceiptBeforeAnswer);
    let receipt = async {
        desk.zalo.receipt_goes_first().await;
        let message_id = desk.messages()[0].message_id.clone();
        let table = desk.table();
        let met = table.meet_as_receipt(local::demo::state::DEMO, &message_id, Rank::Seen).await;
        assert_eq!(met.unwrap().sender, None);
        for hook in desk.zalo.take_due_hooks(at(1)) {
            desk.zalo.hook_done(hook.id).unwrap();
        }
    };
    tokio::join!(desk.stream(&batch, start()), receipt);
    assert_eq!(desk.find(&uid).await.state, State::Seen);
}

#[tokio::test]
async fn by_zalo_id_a_receipt_after_the_answer_finds_the_sender() {
    let mut desk = Desk::open().await;
    let uid = by(&[domain::channel::Channel::ZnsUid]);
    let told = desk.send(&uid, start()).await;
    assert_eq!(told.state, State::Sent);
    let message = desk.messages().remove(0);
    assert_eq!((message.to, message.tracking_id), (format!("zalo:{LAN}"), None));
    let table = desk.table();
    let met = table.meet_as_receipt(local::demo::state::DEMO, &message.message_id, Rank::Delivered);
    let sender = met.await.unwrap().sender.unwrap();
    assert_eq!((sender.notification, sender.attempt), (told.id, 1));
}

/// The answer is known; a meeting row that cannot be written must not turn it into a second message.
#[tokio::test]
async fn an_accepted_message_is_booked_even_when_its_meeting_fails() {
    let mut desk = Desk::open().await;
    let uid = by(&[domain::channel::Channel::ZnsUid]);
    let batch = desk.plan(&uid).await;
    // Calls: find, settings, the active steps, pauses, token, slice, claim, and three tries of the meeting.
    for call in 8..=10 {
        desk.state.faults.plan(call, testkit::fault::Fault::Throttle);
    }
    let event = serde_json::from_value(batch.clone()).unwrap();
    let invocation = desk.state.invocation(FUNCTION, "run", start());
    let trigger = zns_dispatch::Trigger::Stream(event);
    let response = zns_dispatch::handle(&desk.dispatch, &trigger, &invocation).await.unwrap();
    assert_eq!(response.batch_item_failures.len(), 1, "the database was in trouble");
    assert_eq!(desk.state.faults.waiting(), 0);
    assert_eq!(desk.find(&uid).await.state, State::Sent);
    for minute in [1, 5, 30, 60] {
        desk.stream(&batch, at(minute)).await;
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.messages().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_that_might_not_be_answered_in_time() {
    let mut desk = Desk::open().await;
    let batch = desk.plan(&planned("tell")).await;
    let event = serde_json::from_value(batch).unwrap();
    let deadline = desk.state.invocation(FUNCTION, "run", start()).deadline;
    let late = cloud::invocation::Invocation::new(
        "late",
        u64::try_from(deadline.as_millisecond()).unwrap(),
        std::sync::Arc::new(move || deadline - SignedDuration::from_secs(14)),
    );
    zns_dispatch::handle(&desk.dispatch, &zns_dispatch::Trigger::Stream(event), &late)
        .await
        .unwrap();
    assert!(desk.zalo.calls().is_empty());
    desk.tick(at(2)).await;
    assert_eq!(desk.messages().len(), 1);
}
