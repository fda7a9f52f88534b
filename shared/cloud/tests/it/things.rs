//! CU9 to CU13: orders and parcels, and the events that wait for them.

use cloud::table::{
    customers::{Parked, Thing, ThingRow, ThingSaved},
    events::EventKey,
};
use domain::{
    subject::Subject,
    thing::{Order, PAYMENTS_MAX, Shipment, ShipmentState, Word},
};
use serde_json::{Value, json};
use testkit::fault::Fault;

use crate::stage::{
    LAN_PHONE, Stage, TENANT, assert_corrupt, assert_infrastructure, event_id, minute, order,
    phone, start,
};

const TABLE: &str = "CustomersTable";

fn key(n: i64) -> EventKey {
    let pk = format!("{TENANT}#payment:sepay:{n}");
    let sk = format!("{:013}#{}", minute(n).as_millisecond(), event_id(n));
    serde_json::from_value(json!({"pk": pk, "sk": sk})).unwrap()
}

/// Lan's order, as the demo's shop describes it.
fn lans_order() -> Order {
    let mut order = Order::default();
    let facts = [
        ("customer_name", json!("Nguyễn Thị Lan")),
        ("product_name", json!("Máy pha Sớm Mini")),
        ("product_type", json!("coffee-machine")),
        ("weight_kg", json!(1.5)),
    ];
    let facts = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
    let word = Word { at: start(), event: event_id(1) };
    order.describe(&word, Some(350_000), &facts);
    order
}

async fn read(stage: &Stage) -> ThingRow {
    stage.customers().thing(TENANT, &order()).await.unwrap()
}

async fn save(stage: &Stage, row: &ThingRow) -> ThingSaved {
    stage.customers().save_thing(TENANT, &order(), row).await.unwrap()
}

async fn parked(stage: &Stage) -> Vec<Parked> {
    stage.customers().parked(TENANT, &order()).await.unwrap()
}

#[tokio::test]
async fn a_thing_is_empty_before_anybody_speaks_of_it_and_then_what_was_said() {
    let stage = Stage::new();
    let (found, units) = stage.units(read(&stage)).await;
    assert_eq!((found.clone(), units.read, units.calls), (ThingRow::default(), 1.0, 1));

    let mut row = found;
    row.thing = Some(Thing::Order(lans_order()));
    row.owner = Some(phone(LAN_PHONE).subject);
    let (saved, units) = stage.units(save(&stage, &row)).await;
    assert_eq!((saved, units.write, units.read, units.calls), (ThingSaved::Done, 1.0, 0.0, 1));
    let found = read(&stage).await;
    assert_eq!((&found.owner, &found.thing), (&row.owner, &row.thing));
}

#[tokio::test]
async fn an_order_with_all_the_payments_that_it_keeps_is_two_units_and_a_parcel_with_all_its_states_one()
 {
    let stage = Stage::new();
    let mut full = lans_order();
    for n in 0..i64::try_from(PAYMENTS_MAX).unwrap() {
        full.pay(&event_id(n), 1_000);
    }
    let mut row = read(&stage).await;
    row.thing = Some(Thing::Order(full));
    assert_eq!(stage.units(save(&stage, &row)).await.1.write, 2.0);

    let mut parcel = Shipment::default();
    let way = [
        ShipmentState::Created,
        ShipmentState::Picking,
        ShipmentState::Picked,
        ShipmentState::InTransit,
        ShipmentState::OutForDelivery,
        ShipmentState::AttemptFailed,
        ShipmentState::Delivered,
        ShipmentState::Returning,
        ShipmentState::Returned,
    ];
    for (n, state) in (0..).zip(way) {
        parcel.apply(state, &event_id(n), minute(n));
    }
    let code = Subject::Shipment { carrier: "ghn".to_owned(), code: "GHN8K3L9".to_owned() };
    let mut row = ThingRow::default();
    row.thing = Some(Thing::Shipment(parcel));
    row.owner = Some(order());
    let customers = stage.customers();
    let (saved, units) = stage.units(customers.save_thing(TENANT, &code, &row)).await;
    assert_eq!((saved.unwrap(), units.write), (ThingSaved::Done, 1.0));
    assert_eq!(customers.thing(TENANT, &code).await.unwrap().thing, row.thing);
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_reads_and_applies_again() {
    for is_new in [true, false] {
        let stage = Stage::new();
        let mut row = read(&stage).await;
        if !is_new {
            row.thing = Some(Thing::Order(lans_order()));
            save(&stage, &row).await;
            row = read(&stage).await;
        }
        let with = |event: i64| {
            let mut order = lans_order();
            order.pay(&event_id(event), 100_000);
            let mut changed = row.clone();
            changed.thing = Some(Thing::Order(order));
            changed
        };
        let (mine, other) = (with(1), with(2));
        let (one, two) = tokio::join!(biased; save(&stage, &mine), save(&stage, &other));
        assert_eq!((one, two), (ThingSaved::Done, ThingSaved::Moved));

        let mut again = read(&stage).await;
        assert_eq!(again.thing, mine.thing);
        let Some(Thing::Order(order)) = &mut again.thing else { panic!("{again:?}") };
        order.pay(&event_id(2), 100_000);
        assert_eq!(save(&stage, &again).await, ThingSaved::Done);
    }
}

#[tokio::test]
async fn a_change_whose_reply_was_lost_is_done_and_not_somebody_elses() {
    for fault in [Fault::LostReply, Fault::TimeoutWithEffect] {
        let stage = Stage::new();
        let mut row = read(&stage).await;
        let mut order = lans_order();
        order.facts.remove("weight_kg");
        row.thing = Some(Thing::Order(order));
        stage.faults.plan(1, fault);
        assert_eq!(save(&stage, &row).await, ThingSaved::Done);
        assert_eq!(save(&stage, &row).await, ThingSaved::Done, "and so is its repetition");
        assert_eq!(read(&stage).await.thing, row.thing);
    }
}

#[tokio::test]
async fn what_waits_is_found_oldest_first_until_it_is_taken_up() {
    let stage = Stage::new();
    let customers = stage.customers();
    assert_eq!(parked(&stage).await, []);
    for (n, write) in [(2, 2.0), (1, 2.0), (1, 1.0)] {
        let (done, units) = stage
            .units(customers.park(
                TENANT,
                &order(),
                &event_id(n),
                minute(n),
                &key(n),
                minute(n + 60),
            ))
            .await;
        done.unwrap();
        assert_eq!((units.write, units.read, units.calls), (write, 0.0, 1));
    }
    let (waiting, units) = stage.units(parked(&stage)).await;
    assert_eq!((units.read, units.calls), (1.0, 1));
    let events: Vec<_> = waiting.iter().map(|parked| (parked.event.clone(), &parked.key)).collect();
    assert_eq!(events, [(event_id(1), &key(1)), (event_id(2), &key(2))]);

    let first = &waiting[0];
    let thing = order();
    let (one, two) = tokio::join!(biased;
        customers.unpark(TENANT, &thing, first),
        customers.unpark(TENANT, &thing, first)
    );
    one.and(two).unwrap();
    assert_eq!(parked(&stage).await, waiting[1..]);
    let (gone, units) = stage.units(customers.unpark(TENANT, &order(), &waiting[1])).await;
    gone.unwrap();
    assert_eq!((units.write, units.read, units.calls), (2.0, 0.0, 1));
}

#[tokio::test]
async fn more_than_a_page_of_waiting_events_is_taken_up_page_by_page() {
    let stage = Stage::new();
    let customers = stage.customers();
    for n in 0..4 {
        customers
            .park(TENANT, &order(), &event_id(n), minute(n), &key(n), minute(n + 60))
            .await
            .unwrap();
        let weight = json!({"S": "x".repeat(300_000)});
        stage.spoil(TABLE, "order:DH0001", event_id(n).as_str(), "weight", weight);
    }
    let first = parked(&stage).await;
    assert!(first.len() < 4 && first[0].event == event_id(0), "{}", first.len());
    for waiting in &first {
        customers.unpark(TENANT, &order(), waiting).await.unwrap();
    }
    let rest = parked(&stage).await;
    assert_eq!(rest.len() + first.len(), 4);
    assert_eq!(rest.last().unwrap().event, event_id(3));
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_named_by_every_pattern_that_meets_it() {
    let spoiled: Vec<(&str, Value)> = vec![
        ("v", json!({"N": "2"})),
        ("revision", Value::Null),
        ("owner", json!({"S": "fax:1"})),
        ("thing", json!({"M": {"invoice": {"M": {}}}})),
    ];
    for (attribute, value) in spoiled {
        let stage = Stage::new();
        let mut row = read(&stage).await;
        row.thing = Some(Thing::Order(lans_order()));
        save(&stage, &row).await;
        stage.spoil(TABLE, "order:DH0001", "thing", attribute, value);
        let key = "ca-phe-som#order:DH0001 thing";
        assert_corrupt(stage.customers().thing(TENANT, &order()).await, &[key]);
        let saved = stage.customers().save_thing(TENANT, &order(), &row).await;
        assert_corrupt(saved, &[key]);
    }
    for (attribute, value) in [("v", Value::Null), ("event", Value::Null), ("key", Value::Null)] {
        let stage = Stage::new();
        let customers = stage.customers();
        customers.park(TENANT, &order(), &event_id(1), start(), &key(1), minute(60)).await.unwrap();
        stage.spoil(TABLE, "order:DH0001", event_id(1).as_str(), attribute, value);
        let found = customers.parked(TENANT, &order()).await;
        assert_corrupt(found, &["ca-phe-som#order:DH0001 parked#", event_id(1).as_str()]);
    }
}

#[tokio::test]
async fn a_thing_that_the_database_did_not_store_is_not_there() {
    let stage = Stage::new();
    let mut row = read(&stage).await;
    row.thing = Some(Thing::Order(lans_order()));
    stage.fail_three_times(Fault::TimeoutWithoutEffect);
    assert_infrastructure(stage.customers().save_thing(TENANT, &order(), &row).await);
    assert_eq!(read(&stage).await, ThingRow::default());
}
