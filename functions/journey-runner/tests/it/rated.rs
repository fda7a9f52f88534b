//! Ratings find whoever got the message, and the order behind it; none is lost.

use domain::{event::Tracking, notification::State};
use jiff::Timestamp;
use local::demo::{hook::DemoHook, state::DEMO};
use serde_json::{Value, json};

use crate::setup::*;

const RULES: &str = r#"
- id: payment-received
  on: payment.matched
  then:
    - {id: tell, notify: {template: payment-received, channels: [zns-phone], params: {customer_name: "{{ customer.name }}", order_id: "{{ order.id }}", amount_vnd: "{{ payment.amount_vnd }}"}}}
- id: stars
  on: notification.rated
  when: event.data.stars <= 2
  then:
    - {id: tell, alert: "{{ customer.name }} {{ order.id }}: {{ event.data.stars }} {{ event.data.note }}"}
"#;

fn rated(message: Value, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "event_name": "user_feedback", "message": message, "oa_id": OA, "timestamp": ms(time),
    }))
}

pub fn stars(stars: u8, msg_id: &str, tracking: Option<&str>, time: Timestamp) -> DemoHook {
    let mut message = json!({
        "rating_type": "csat", "option": "five_emotions", "rate": stars, "msg_id": msg_id,
        "note": "Giao chậm, gọi 0912 345 678", "feedbacks": ["Chậm"], "submit_time": ms(time),
    });
    if let Some(tracking) = tracking {
        message["tracking_id"] = json!(tracking);
    }
    rated(message, time)
}

/// A message to Lan's phone about the first of two orders, and what Zalo echoes of it.
pub async fn told(journey: &mut Journey) -> Tracking {
    journey.rules(RULES).await;
    journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
    journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(1)).await;
    journey.takes(&ordered("d2", "DH0002", 100_000, at(2)), at(2)).await;
    let mut told = journey.notifications().await.remove(0);
    told.claim("owner", at(2), at(4)).unwrap();
    journey.notifications_table().save(&mut told).await.unwrap();
    told.tracking()
}

async fn ratings(journey: &Journey) -> Vec<String> {
    let lines = journey.timeline(&phone(PHONE)).await.into_iter();
    let lines = lines.filter(|line| line.kind == "notification.rated");
    lines.map(|line| format!("{} {}", line.line, line.decisions.join("; "))).collect()
}

async fn alerts(journey: &Journey) -> Vec<String> {
    let found = journey.notifications().await.into_iter();
    let found = found.filter(|n| n.cause.rule == "stars");
    let text = |n: domain::notification::Notification| match n.content {
        domain::notification::Content::Text(text) => text,
        domain::notification::Content::Template { .. }
        | domain::notification::Content::Fact { .. } => panic!("an alert is a text"),
    };
    found.map(text).collect()
}

both_ways! {
    async fn a_rating_lands_with_the_customer_and_shows_the_order_of_the_message(journey) {
        let tracking = told(journey).await;
        let hook = stars(2, "z1", Some(&tracking.to_string()), at(5));
        journey.takes(&hook, at(6)).await;
        // The same hook again, as Zalo sends it when nobody answered.
        journey.takes(&hook, at(7)).await;
        let lines = ratings(journey).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("★2 Giao chậm, gọi *** stars"), "{lines:?}");
        assert_eq!(alerts(journey).await, ["Nguyễn Thị Lan DH0001: 2 Giao chậm, gọi ***"]);
        let line = journey.timeline(&phone(PHONE)).await.pop().unwrap();
        assert_eq!((line.time, line.subject.to_string()), (at(5), "sent:z1".to_owned()));
        assert!(journey.is_tidy());
    }

    async fn two_ratings_of_one_message_are_two_events(journey) {
        let tracking = told(journey).await.to_string();
        journey.takes(&stars(2, "z1", Some(&tracking), at(5)), at(5)).await;
        journey.takes(&stars(5, "z1", Some(&tracking), at(9)), at(9)).await;
        assert_eq!(ratings(journey).await.len(), 2);
        assert_eq!(alerts(journey).await.len(), 1, "five stars alarm nobody");
    }

    async fn a_rating_without_an_echo_finds_its_message_by_the_meeting(journey) {
        let tracking = told(journey).await;
        journey.notifications_table().meet_as_sender(DEMO, "z1", &tracking).await.unwrap();
        journey.takes(&stars(1, "z1", None, at(5)), at(5)).await;
        assert_eq!(alerts(journey).await, ["Nguyễn Thị Lan DH0001: 1 Giao chậm, gọi ***"]);
        assert!(journey.is_tidy());
    }

    async fn stars_settle_a_message_that_no_receipt_spoke_of(journey) {
        let tracking = told(journey).await;
        journey.takes(&stars(4, "z1", Some(&tracking.to_string()), at(5)), at(5)).await;
        assert_eq!(journey.notifications().await.remove(0).state, State::Seen);
    }

    async fn a_rating_of_a_message_that_is_not_ours_is_recorded_for_nobody(journey) {
        told(journey).await;
        let event = domain::id::EventId::of(DEMO, "x", "y");
        let gone = format!("{}01", domain::id::EffectId::of(&event, "r", "s"));
        for (n, tracking) in [(5, "ord-88213"), (6, gone.as_str())] {
            journey.takes(&stars(5, "z1", Some(tracking), at(n)), at(n)).await;
        }
        assert_eq!(ratings(journey).await, Vec::<String>::new());
        assert!(journey.is_tidy());
        assert_eq!(journey.census()["first"], 5, "each was evaluated once");
    }

}
