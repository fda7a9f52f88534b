//! Waits: the rest of a rule comes when its time has come, once, whatever happens in between.

use domain::notification::State;
use jiff::SignedDuration;
use testkit::fault::Fault;

use crate::setup::{
    Delivery, FUNCTION, Journey, LAN, PHONE, at, both_ways, followed, ordered, paid, parcel, phone,
    runner, said, zalo,
};

const RESTING: &str = "
- id: rest
  on: customer.followed
  then:
    - {id: one, notify: {template: tier-up, channels: [zns-uid], params: {tier: một}}}
    - {id: pause, wait: 2h}
    - {id: two, notify: {template: tier-up, channels: [zns-uid], params: {tier: hai}}}
    - {id: longer, wait: 1d}
    - {id: three, notify: {template: tier-up, channels: [zns-uid], params: {tier: ba}}}
";

both_ways! {
    async fn each_stretch_of_a_rule_comes_at_its_time_and_once(journey) {
        journey.rules(RESTING).await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        assert_eq!(journey.planned().await, ["rest/one"]);
        journey.tick(at(119)).await;
        assert_eq!(journey.planned().await, ["rest/one"]);
        for (minutes, planned) in [(120, 2), (121, 2), (120 + 1_439, 2), (120 + 1_440, 3), (9_999, 3)] {
            journey.tick(at(minutes)).await;
            assert_eq!(journey.planned().await.len(), planned, "{minutes}");
        }
        assert_eq!(journey.planned().await, ["rest/one", "rest/three", "rest/two"]);
        assert!(journey.rows("wait#").is_empty());
        let kinds = journey.kinds(&zalo(LAN)).await;
        assert_eq!(kinds, ["customer.followed", "rule.resumed", "rule.resumed"]);
        assert!(journey.is_tidy());
    }

    async fn the_rest_follows_the_version_that_decided_first(journey) {
        journey.rules(RESTING).await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.rules("[]").await;
        journey.tick(at(120)).await;
        let two = journey.notifications().await.pop().unwrap();
        assert_eq!((two.cause.step.as_str(), two.cause.version), ("two", 2));
    }

    async fn the_rest_sees_things_as_they_stand_by_then(journey) {
        journey.rules("
- id: remind
  on: order.created
  then:
    - {id: pause, wait: 1h}
    - {id: tell, alert: \"{{ order.id }} {{ order.status }}\"}
").await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(1)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "delivering", at(2)), at(2)).await;
        journey.tick(at(60)).await;
        let told = journey.notifications().await.remove(0);
        let domain::notification::Content::Text(text) = told.content else { panic!("it is text") };
        assert_eq!(text, "DH0001 đang được giao đến bạn");
    }

    async fn a_rule_about_nobody_waits_too(journey) {
        journey.rules("
- id: quota
  on: oa.quota_changed
  then:
    - {id: pause, wait: 1h}
    - {id: tell, alert: \"Hạn mức mới: {{ event.data.new }}\"}
").await;
        let hook = local::demo::hook::DemoHook::zalo(serde_json::json!({
            "event_name": "change_oa_daily_quota", "oa_id": crate::setup::OA,
            "quota": {"prev_value": 500, "new_value": 5000}, "timestamp": crate::setup::ms(at(0)),
        }));
        journey.takes(&hook, at(0)).await;
        assert!(journey.planned().await.is_empty());
        journey.tick(at(60)).await;
        let told = journey.notifications().await.remove(0);
        assert_eq!((told.customer, told.state), (None, State::Planned));
        assert!(journey.rows("wait#").is_empty());
    }

    /// Goal: a wait whose event is gone blocks neither the tick nor the waits behind it.
    async fn a_wait_whose_event_is_gone_is_listed_and_the_next_one_follows(journey) {
        journey.rules(RESTING).await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&followed("1111111111111111111", at(1)), at(1)).await;
        let events = journey.state.table("EVENTS_TABLE");
        let row = journey.state.rows_of(&events).into_iter()
            .find(|row| row["pk"]["S"].as_str().unwrap().ends_with(LAN)).unwrap();
        let key = serde_json::json!({"pk": row["pk"], "sk": row["sk"]});
        let delete = serde_json::json!({"TableName": events, "Key": key});
        journey.state.engine.run("DeleteItem", &delete).unwrap();
        journey.tick(at(121)).await;
        assert_eq!(journey.listed("stuck").len(), 1);
        assert_eq!(journey.planned().await, ["rest/one", "rest/one", "rest/two"]);
    }

    async fn what_stays_parked_for_a_day_is_told_to_people_once_and_waits_on(journey) {
        journey.takes(&paid(1, "DH0001", 350_000, at(0)), at(0)).await;
        let day = 24 * 60;
        journey.tick(at(day - 1)).await;
        assert!(journey.planned().await.is_empty());
        journey.tick(at(day)).await;
        journey.tick(at(day + 1)).await;
        assert_eq!(journey.planned().await, ["cham/parked"]);
        assert_eq!(journey.rows("parked#").len(), 1);
        journey.takes(&ordered("d1", "DH0001", 350_000, at(day + 2)), at(day + 2)).await;
        assert!(journey.is_tidy());
        let kinds = journey.kinds(&phone(PHONE)).await;
        assert_eq!(kinds, ["payment.received", "order.created"]);
    }
}

/// Goal: after a crash at any call of the minute, the next minute ends in the same rows. Method: every call, before and after
/// its effect; the second run has a fresh runner.
#[tokio::test]
async fn a_minute_that_dies_anywhere_is_made_good_by_the_next() {
    let mut journey = Journey::begin(Delivery::Once).await;
    journey.rules(RESTING).await;
    journey.takes(&followed(LAN, at(0)), at(0)).await;
    journey.takes(&said("d9", "customer.tagged", serde_json::json!({}), at(0)), at(0)).await;
    journey.takes(&paid(1, "DH0009", 1, at(0)), at(0)).await;
    let snapshot = journey.state.engine.snapshot().unwrap();
    let tick = serde_json::from_value(serde_json::json!({"tick": "minute"})).unwrap();
    let day = at(0) + SignedDuration::from_hours(25);
    let open = || local::demo::state::DemoState::over(snapshot.open().unwrap());
    let run = async |state: &local::demo::state::DemoState| {
        let invocation = state.invocation(FUNCTION, "run", day);
        journey_runner::handle(&runner(state), &tick, &invocation).await.unwrap();
    };
    let undisturbed = open();
    run(&undisturbed).await;
    let calls = u64::try_from(undisturbed.faults.calls().len()).unwrap();
    assert!(calls > 10, "{calls}");
    let expected = undisturbed.rows();
    for nth in 1..=calls {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let state = open();
            state.faults.plan(nth, fault);
            tokio::select! {
                () = run(&state) => panic!("{fault:?} {nth} of {calls} did not happen"),
                () = state.faults.crashed() => {}
            }
            run(&state).await;
            assert_eq!(state.rows(), expected, "{fault:?} at call {nth} of {calls}");
        }
    }
}
