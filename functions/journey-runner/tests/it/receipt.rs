//! Receipts find their notification, whoever is first.

use domain::{
    event::{Rank, Tracking},
    notification::{Answer, Notification, State},
};
use local::demo::state::DEMO;
use serde_json::json;

use crate::setup::*;

/// A notification to Lan's phone, claimed as an owner would.
async fn claimed(journey: &mut Journey) -> (Notification, Tracking) {
    journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
    journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(1)).await;
    claim(journey).await
}

async fn claim(journey: &Journey) -> (Notification, Tracking) {
    let mut told = journey.notifications().await.remove(0);
    told.claim("owner", at(2), at(4)).unwrap();
    journey.notifications_table().save(&mut told).await.unwrap();
    let tracking = told.tracking();
    (told, tracking)
}

async fn accepted(journey: &Journey, mut told: Notification, message_id: &str) {
    let answer = Answer::Accepted { message_id: message_id.to_owned() };
    told.settle(1, &answer, &domain::tenant::Limits::default(), at(2)).unwrap();
    journey.notifications_table().save(&mut told).await.unwrap();
}

async fn state(journey: &Journey) -> State {
    journey.notifications().await.remove(0).state
}

fn delivered(message_id: &str, minute: i64) -> local::demo::hook::DemoHook {
    receipt("user_received_message", json!({"msg_id": message_id}), LAN, at(minute))
}

fn seen(message_id: &str, minute: i64) -> local::demo::hook::DemoHook {
    receipt("user_seen_message", json!({"msg_ids": [message_id]}), LAN, at(minute))
}

both_ways! {
    async fn a_phone_receipt_names_its_attempt(journey) {
        let (told, tracking) = claimed(journey).await;
        accepted(journey, told, "z1").await;
        journey.takes(&arrived("z1", &tracking.to_string(), at(3)), at(3)).await;
        let told = journey.notifications().await.remove(0);
        assert_eq!((told.state, told.due_at, told.recipient.phone), (State::Delivered, None, None));
        assert_eq!(journey.kinds(&phone(PHONE)).await.last().unwrap(), "notification.delivered");
    }

    async fn a_phone_receipt_before_the_answer_settles_it(journey) {
        let (_, tracking) = claimed(journey).await;
        journey.takes(&arrived("z1", &tracking.to_string(), at(2)), at(2)).await;
        let told = journey.notifications().await.remove(0);
        assert_eq!(told.state, State::Delivered);
        assert_eq!(told.attempts[0].message_id.as_deref(), Some("z1"));
    }

    async fn a_receipt_for_an_attempt_that_was_never_made_changes_nothing(journey) {
        let (_, tracking) = claimed(journey).await;
        let other = Tracking { attempt: 7, ..tracking };
        journey.takes(&arrived("z1", &other.to_string(), at(2)), at(2)).await;
        assert_eq!(state(journey).await, State::Claimed);
    }

    async fn a_receipt_that_comes_twice_with_other_times_counts_once(journey) {
        let (told, tracking) = claimed(journey).await;
        accepted(journey, told, "z1").await;
        for minute in [3, 4] {
            journey.takes(&arrived("z1", &tracking.to_string(), at(minute)), at(minute)).await;
        }
        let told = journey.notifications().await.remove(0);
        assert_eq!((told.state, told.revision), (State::Delivered, 3));
        assert!(journey.is_tidy(), "{:?}", journey.listed("conflict"));
    }

    async fn a_message_id_meets_its_sender_in_both_orders(journey) {
        for receipt_first in [true, false] {
            let mut journey = Journey::begin(journey.delivery).await;
            journey.takes(&followed(LAN, at(0)), at(0)).await;
            let (mut told, tracking) = claim(&journey).await;
            if receipt_first {
                journey.takes(&delivered("z1", 3), at(3)).await;
                assert_eq!(state(&journey).await, State::Claimed);
            }
            let met = journey.notifications_table().meet_as_sender(DEMO, "z1", &tracking).await;
            let met = met.unwrap();
            assert_eq!(met.rank, receipt_first.then_some(Rank::Delivered));
            told.settle(1, &Answer::Accepted { message_id: "z1".to_owned() }, &domain::tenant::Limits::default(), at(3)).unwrap();
            if let Some(rank) = met.rank {
                told.receive(tracking.attempt, "z1", rank);
            }
            journey.notifications_table().save(&mut told).await.unwrap();
            if !receipt_first {
                assert_eq!(state(&journey).await, State::Sent);
                journey.takes(&delivered("z1", 3), at(3)).await;
            }
            assert_eq!(state(&journey).await, State::Delivered, "{receipt_first}");
        }
    }

    async fn seen_before_delivered_stays_seen(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let (told, tracking) = claim(journey).await;
        journey.notifications_table().meet_as_sender(DEMO, "z1", &tracking).await.unwrap();
        accepted(journey, told, "z1").await;
        journey.takes(&seen("z1", 4), at(4)).await;
        assert_eq!(state(journey).await, State::Seen);
        journey.takes(&delivered("z1", 3), at(5)).await;
        assert_eq!(state(journey).await, State::Seen);
    }

    async fn seen_before_delivered_waits_with_the_higher_rank(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let (_, tracking) = claim(journey).await;
        journey.takes(&seen("z1", 4), at(4)).await;
        journey.takes(&delivered("z1", 3), at(5)).await;
        let met = journey.notifications_table().meet_as_sender(DEMO, "z1", &tracking).await;
        assert_eq!(met.unwrap().rank, Some(Rank::Seen));
    }

    async fn a_receipt_for_an_unknown_message_is_kept_not_dropped(journey) {
        journey.takes(&delivered("nobodys", 0), at(0)).await;
        journey.takes(&arrived("theirs", "ord-88213-shipped", at(1)), at(1)).await;
        let table = journey.state.table("NOTIFICATIONS_TABLE");
        let kept: Vec<_> = journey.state.rows_of(&table).iter().map(|row| row["pk"]["S"].clone()).collect();
        assert_eq!(kept, [json!("ca-phe-som#sent:nobodys"), json!("ca-phe-som#sent:theirs")]);
        assert_eq!(journey.kinds(&zalo(LAN)).await, ["notification.delivered"]);
        assert!(journey.is_tidy());
    }

    async fn a_receipt_for_a_notification_that_is_not_ours_harms_nothing(journey) {
        let event = domain::id::EventId::of(DEMO, "x", "y");
        let tracking = format!("{}01", domain::id::EffectId::of(&event, "r", "s"));
        journey.takes(&arrived("z1", &tracking, at(0)), at(0)).await;
        assert!(journey.is_tidy() && journey.notifications().await.is_empty());
    }
}
