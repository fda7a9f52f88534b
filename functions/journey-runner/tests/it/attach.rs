//! What people attach by hand: the thing is the customer's, and what waited for it is followed once.

use cloud::table::customers::{Attach, Attached};
use domain::{id::EventId, subject::Subject};
use jiff::SignedDuration;
use local::demo::state::{DEMO, DemoState};
use testkit::fault::Fault;

use crate::setup::*;

/// A day and a bit later.
const LATER: i64 = 25 * 60;

fn order(code: &str) -> Subject {
    Subject::Order(code.to_owned())
}

impl Journey {
    /// Somebody says that `thing` belongs to who has `identity`.
    async fn attach(&self, thing: &Subject, identity: &Subject, now: i64) -> Attached {
        let event = match self.customers().parked(DEMO, thing).await.unwrap().first() {
            Some(parked) => parked.event.clone(),
            None => EventId::of(DEMO, "test", "gone"),
        };
        let attach = Attach {
            event,
            customer: self.id(identity).await,
            identity: identity.clone(),
            by: "quay".to_owned(),
            at: at(now),
        };
        self.customers().attach(DEMO, thing, &attach).await.unwrap()
    }
}

const THANKS: &str = "
- {id: thanks, on: payment.unmatched, then: [{id: x, tag: paid}]}
- {id: moves, on: shipment.picked, then: [{id: x, notify: {template: tier-up, channels: [zns-uid], params: {tier: một}}}]}
";

both_ways! {
    async fn what_waited_is_followed_for_the_customer_that_people_name(journey) {
        journey.rules(THANKS).await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0009", 350_000, at(1)), at(1)).await;
        journey.takes(&paid(2, "DH0009", 50_000, at(2)), at(2)).await;
        journey.tick(at(LATER)).await;
        assert_eq!(journey.rows("parked#").len(), 2);
        assert_eq!(journey.attach(&order("DH0009"), &zalo(LAN), LATER).await, Attached::New);
        let again = journey.attach(&order("DH0009"), &zalo(LAN), LATER + 1).await;
        assert!(matches!(again, Attached::Already(_)), "{again:?}");
        journey.tick(at(LATER + 1)).await;
        assert!(journey.is_tidy() && journey.rows("attach").is_empty());
        let lines = journey.kinds(&zalo(LAN)).await;
        assert_eq!(
            lines,
            ["customer.followed", "payment.received", "payment.received", "thing.attached"]
        );
        let timeline = journey.timeline(&zalo(LAN)).await;
        let line = timeline.last().unwrap();
        assert_eq!((line.line.as_str(), line.time), ("quay", at(LATER)));
        let (_, about) = journey.person(&zalo(LAN)).await.unwrap();
        assert!(about.tags.contains("paid"), "{about:?}");
        // What comes later needs nobody any more.
        journey.takes(&paid(3, "DH0009", 1, at(LATER + 2)), at(LATER + 2)).await;
        assert!(journey.is_tidy());
        assert_eq!(journey.timeline(&zalo(LAN)).await.len(), 5);
    }

    async fn a_parcel_that_names_only_itself_is_attached_and_moves(journey) {
        journey.rules(THANKS).await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let nameless = serde_json::json!({
            "OrderCode": "Z82BS", "Status": "picked", "Time": at(1).to_string(), "Type": "switch_status",
        });
        journey.takes(&local::demo::hook::DemoHook::ghn(nameless.to_string()), at(1)).await;
        let parcel = Subject::Shipment { carrier: "ghn".to_owned(), code: "Z82BS".to_owned() };
        assert_eq!(journey.attach(&parcel, &zalo(LAN), 2).await, Attached::New);
        journey.tick(at(2)).await;
        assert!(journey.is_tidy());
        assert_eq!(journey.planned().await, ["moves/x"]);
    }

    /// Goal: what an event has said meanwhile stands, and the hand changes nothing.
    async fn an_owner_that_an_event_has_named_stays(journey) {
        journey.takes(&followed(MINH, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(1)).await;
        assert_eq!(journey.attach(&order("DH0001"), &zalo(MINH), 2).await, Attached::New);
        journey.takes(&ordered("d1", "DH0001", 350_000, at(3)), at(3)).await;
        journey.tick(at(4)).await;
        assert!(journey.is_tidy() && journey.rows("attach").is_empty());
        let kinds = journey.kinds(&phone(PHONE)).await;
        assert_eq!(kinds, ["payment.received", "order.created"]);
        assert_eq!(journey.kinds(&zalo(MINH)).await, ["customer.followed"]);
    }

    async fn things_that_own_each_other_are_listed_and_block_nothing(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let customers = journey.customers();
        for (thing, owner) in [("A", "B"), ("B", "A")] {
            let mut row = customers.thing(DEMO, &order(thing)).await.unwrap();
            row.owner = Some(order(owner));
            customers.save_thing(DEMO, &order(thing), &row).await.unwrap();
        }
        journey.attach(&order("A"), &zalo(LAN), 1).await;
        journey.tick(at(1)).await;
        assert_eq!(journey.listed("stuck").len(), 1);
        assert!(journey.rows("attach").is_empty());
    }
}

#[tokio::test]
async fn who_was_erased_meanwhile_gets_nothing() {
    let mut journey = Journey::begin(Delivery::Once).await;
    journey.takes(&followed(LAN, at(0)), at(0)).await;
    journey.takes(&paid(1, "DH0009", 1, at(1)), at(1)).await;
    journey.attach(&order("DH0009"), &zalo(LAN), 2).await;
    let table = journey.state.table("CUSTOMERS_TABLE");
    for row in journey.rows("link") {
        let key =
            serde_json::json!({"TableName": table, "Key": {"pk": row["pk"], "sk": row["sk"]}});
        journey.state.engine.run("DeleteItem", &key).unwrap();
    }
    journey.tick(at(3)).await;
    assert!(journey.rows("attach").is_empty());
    assert_eq!(journey.rows("parked#").len(), 1);
    assert!(journey.rows("thing").is_empty());
}

/// Goal: after a crash at any call of the minute, the next minute ends in the same rows.
#[tokio::test]
async fn an_attachment_that_dies_anywhere_is_made_good_by_the_next_minute() {
    let mut journey = Journey::begin(Delivery::Once).await;
    journey.takes(&followed(LAN, at(0)), at(0)).await;
    journey.takes(&paid(1, "DH0009", 1, at(1)), at(1)).await;
    journey.takes(&paid(2, "DH0009", 2, at(2)), at(2)).await;
    journey.attach(&order("DH0009"), &zalo(LAN), 3).await;
    let snapshot = journey.state.engine.snapshot().unwrap();
    let tick = serde_json::from_value(serde_json::json!({"tick": "minute"})).unwrap();
    let minute = at(3) + SignedDuration::from_mins(1);
    let open = || DemoState::over(snapshot.open().unwrap());
    let run = async |state: &DemoState| {
        let invocation = state.invocation(FUNCTION, "run", minute);
        journey_runner::handle(&runner(state), &tick, &invocation).await.unwrap();
    };
    let undisturbed = open();
    run(&undisturbed).await;
    let calls = u64::try_from(undisturbed.faults.calls().len()).unwrap();
    assert!(calls > 15, "{calls}");
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
