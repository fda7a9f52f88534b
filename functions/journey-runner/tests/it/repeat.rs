//! What comes again, and what only looks as if it did.

use local::demo::hook::DemoHook;
use serde_json::json;

use crate::setup::*;

both_ways! {
    async fn the_same_record_much_later_changes_nothing(journey) {
        journey.arrives(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.arrives(&paid(1, "DH0001", 350_000, at(0)), at(0)).await;
        let batch = journey.state.batch(FUNCTION);
        journey.follow(&batch, at(0)).await;
        let before = journey.state.rows();
        journey.follow(&batch, at(600)).await;
        assert_eq!(journey.state.rows(), before);
    }

    /// An event that tells no time is ordered by its receipt, so that a redelivery stands at another place.
    async fn a_redelivery_with_another_time_is_one_more_line_and_nothing_else(journey) {
        journey.rules("
- id: hello
  on: customer.called
  then:
    - {id: once, once_per: 1d}
    - {id: tell, notify: {template: tier-up, params: {tier: x}}}
    - {id: ask, invite: {survey: over}}
").await;
        let body = json!({"type": "customer.called", "data": {"phone": PHONE, "customer_name": "Lan"}});
        let called = |minute| DemoHook::standard("d1", body.to_string(), at(minute));
        journey.takes(&called(0), at(0)).await;
        // In between she is called by another name.
        let renamed = json!({"phone": PHONE, "customer_name": "Chị Lan"});
        journey.takes(&said("d2", "customer.renamed", renamed, at(1)), at(1)).await;
        let notifications = journey.notifications().await;
        let mut expected = journey.census();
        journey.takes(&called(2), at(2)).await;
        *expected.get_mut("t").unwrap() += 1;
        assert_eq!(journey.census(), expected);
        assert_eq!(journey.notifications().await, notifications);
        let (_, about) = journey.person(&phone(PHONE)).await.unwrap();
        assert_eq!(about.name.as_deref(), Some("Chị Lan"));
        assert!(journey.is_tidy());
    }

    async fn a_known_id_about_something_else_is_a_conflict_without_effect(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        let expected = journey.census();
        journey.takes(&ordered("d1", "DH0002", 350_000, at(0)), at(1)).await;
        assert_eq!(journey.listed("conflict").len(), 1);
        assert_eq!(journey.census().get("t"), expected.get("t"));
        assert_eq!(journey.rows("thing").len(), 1);
    }

    async fn a_known_id_in_other_words_is_a_conflict_without_effect(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 100_000, at(1)), at(1)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(2)).await;
        assert_eq!(journey.listed("conflict").len(), 1);
        assert!(journey.planned().await.is_empty());
        assert_eq!(journey.kinds(&phone(PHONE)).await.len(), 2);
    }

    async fn several_facts_in_one_hook_are_several_lines(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let seen = receipt("user_seen_message", json!({"msg_ids": ["a", "b", "c"]}), LAN, at(1));
        journey.takes(&seen, at(1)).await;
        let kinds = journey.kinds(&zalo(LAN)).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "notification.seen").count(), 3);
    }

    async fn a_message_that_two_hooks_call_seen_is_no_conflict(journey) {
        for (minute, message) in [
            (1, json!({"msg_id": "a"})),
            (2, json!({"msg_ids": ["a", "b"]})),
            (3, json!({"msg_ids": ["b"]})),
            (4, json!({"msg_ids": ["b", "a", "c"]})),
        ] {
            journey.takes(&receipt("user_seen_message", message, LAN, at(minute)), at(minute)).await;
        }
        assert!(journey.is_tidy(), "{:?}", journey.listed("conflict"));
    }
}
