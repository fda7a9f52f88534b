//! From an event to what follows: activation, age, windows, shadow, failure.

use domain::{
    consent::Purpose,
    notification::{SAFETY_NET, State},
    survey::Link,
};
use local::demo::state;

use crate::setup::*;

const ONE_A_WEEK: &str = "
- id: weekly
  on: customer.wrote
  then:
    - {id: first, invite: {survey: over}}
    - {id: once, once_per: 7d}
    - {id: tell, notify: {template: tier-up, channels: [zns-uid], params: {tier: x}}}
    - {id: ask, invite: {survey: over}}
";

both_ways! {
    async fn a_notification_is_planned_with_all_that_sending_needs(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(1)).await;
        let told = journey.notifications().await.remove(0);
        assert_eq!((told.state, told.purpose), (State::Planned, Purpose::Transaction));
        assert_eq!((told.planned_at, told.due_at), (at(1), Some(at(1) + SAFETY_NET)));
        assert_eq!(told.customer, Some(journey.id(&phone(PHONE)).await));
        assert_eq!((told.template().unwrap().zalo_id.as_str(), told.cause.version), ("433002", 1));
        let line = journey.lines(&phone(PHONE)).await.pop().unwrap();
        assert_eq!(line, format!("payment.received payment-received: tell=notify({}); points-for-purchase: points=awarded(350.diem)", told.id));
    }

    async fn the_second_time_in_a_window_stops_at_the_gate(journey) {
        journey.rules(ONE_A_WEEK).await;
        journey.takes(&wrote(LAN, "m1", at(0)), at(0)).await;
        journey.takes(&wrote(LAN, "m2", at(1)), at(1)).await;
        assert_eq!(journey.planned().await, ["weekly/tell"]);
        let lines = journey.lines(&zalo(LAN)).await;
        assert_eq!(lines[1], "customer.wrote weekly: first=refused(survey_closed) once=once");
        // Somebody else has a window of their own, and the next one is for everybody.
        journey.takes(&wrote(MINH, "m3", at(2)), at(2)).await;
        let week = 7 * 24 * 60;
        journey.takes(&wrote(LAN, "m4", at(week)), at(week)).await;
        assert_eq!(journey.planned().await.len(), 3);
    }

    async fn a_survey_that_is_over_is_kept_as_refused(journey) {
        journey.rules("[{id: ask, on: customer.followed, then: [{id: x, invite: {survey: over}}]}]").await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let effects = journey.rows("effect#");
        assert_eq!(effects.len(), 1);
        assert_eq!(effects[0]["outcome"]["S"], "refused(survey_closed)");
        assert!(journey.planned().await.is_empty());
    }

    async fn an_invitation_is_stored_and_its_message_brings_the_link(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&identified("d1", LAN, PHONE, at(1)), at(1)).await;
        journey.takes(&ordered("d2", "DH0001", 350_000, at(2)), at(2)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "delivered", at(3)), at(3)).await;
        journey.tick(at(123)).await;
        assert_eq!(journey.rows("effect#"), Vec::<serde_json::Value>::new());
        let mut invited = journey.notifications().await;
        invited.retain(|planned| planned.cause.step == "ask");
        let [invited] = &invited[..] else { panic!("{invited:?}") };
        let pepper = state::secrets().pepper().unwrap();
        let link = Link::of(&pepper, &invited.id);
        let address = invited.param("link").unwrap();
        assert_eq!(address, format!("http://127.0.0.1:9400/s/{}", link.as_str()));
        let responses = journey.responses();
        let [response] = &responses[..] else { panic!("{responses:?}") };
        assert_eq!(response["hidden"]["M"]["order"]["S"], "DH0001");
        assert_eq!(response["customer"]["S"], journey.id(&phone(PHONE)).await.as_str());
        assert_eq!(response["invited_at"]["N"], crate::setup::ms(at(123)));
        assert!(!serde_json::to_string(&responses).unwrap().contains(link.as_str()));
    }

    async fn what_happened_before_the_activation_or_too_long_ago_sends_nothing(journey) {
        let yesterday = -24 * 60;
        journey.takes(&followed(LAN, at(yesterday)), at(0)).await;
        assert_eq!(journey.lines(&zalo(LAN)).await, ["customer.followed welcome: before_activation"]);
        journey.apply(state::rules("
- {id: fresh, on: customer.wrote, within: 1h, then: [{id: x, invite: {survey: over}}]}
", at(-1_000_000))).await;
        journey.takes(&wrote(LAN, "m1", at(-61)), at(0)).await;
        assert_eq!(journey.lines(&zalo(LAN)).await[1], "customer.wrote fresh: too_old");
        assert!(journey.rows("effect#").is_empty());
    }

    async fn a_rule_that_fails_is_seen_and_harms_no_other(journey) {
        journey.rules("
- {id: broken, on: customer.wrote, when: 'event.data.nothing.more == 1', then: [{id: x, invite: {survey: over}}]}
- {id: sound, on: customer.wrote, then: [{id: x, invite: {survey: over}}]}
").await;
        journey.takes(&wrote(LAN, "m1", at(0)), at(0)).await;
        let line = journey.lines(&zalo(LAN)).await.remove(0);
        assert!(line.contains("broken: failed(") && line.contains("sound: x=refused"), "{line}");
        assert_eq!(journey.rows("effect#").len(), 1);
        assert!(journey.is_tidy());
    }

    async fn a_tenant_without_rules_still_has_timelines(journey) {
        let rules = serde_json::json!({
            "TableName": journey.state.table("TENANTS_TABLE"),
            "Key": {"pk": {"S": state::DEMO}, "sk": {"S": "rules"}},
        });
        journey.state.engine.run("DeleteItem", &rules).unwrap();
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        assert_eq!(journey.lines(&zalo(LAN)).await, ["customer.followed "]);
    }

    /// The rules change between the first evaluation and the last: the first one's stand.
    async fn a_parked_event_is_judged_by_the_rules_that_saw_it_first(journey) {
        journey.takes(&paid(1, "DH0001", 350_000, at(0)), at(0)).await;
        let silent = state::rules("[]", midnight());
        journey.apply(silent).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        let told = journey.notifications().await;
        assert_eq!((told.len(), told[0].cause.version), (1, 1));
    }
}
