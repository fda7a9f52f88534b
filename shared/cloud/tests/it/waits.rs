//! CU21 to CU29: who has taken over, tags, the last order, waits, and what is parked for too long.

use cloud::table::customers::{DueKind, DueRow, LastOrder, Mute, Overdue, Wait};
use domain::id::EffectId;
use jiff::Timestamp;
use serde_json::json;

use crate::stage::{Stage, TENANT, assert_corrupt, customer_id, event_id, minute, order, start};

const TABLE: &str = "CustomersTable";

fn wait(n: i64) -> Wait {
    let event = event_id(n);
    let sk = format!("{:013}#{event}", start().as_millisecond());
    Wait {
        id: EffectId::of(&event, "rule", "rest"),
        event,
        key: serde_json::from_value(json!({"pk": "ca-phe-som#order:DH0001", "sk": sk})).unwrap(),
        kind: "shipment.delivered".to_owned(),
        rule: "delivered-guide".to_owned(),
        version: 12,
        step: "rest".to_owned(),
        about: "DH0001".to_owned(),
        code: None,
    }
}

async fn due(stage: &Stage, kind: DueKind, now: Timestamp) -> Vec<DueRow> {
    stage.customers().due(kind, now).await.unwrap()
}

#[tokio::test]
async fn a_wait_is_due_at_its_time_and_until_it_is_carried_out() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    for n in [2, 1] {
        let wait = wait(n);
        let waits = customers.wait(TENANT, lan.as_str(), &wait, minute(120 + n));
        let (waits, units) = stage.units(waits).await;
        waits.unwrap();
        assert_eq!((units.write, units.index, units.calls), (2.0, 1.0, 1));
    }
    assert_eq!(due(&stage, DueKind::Wait, minute(120)).await, []);
    assert_eq!(due(&stage, DueKind::Parked, minute(999)).await, []);
    let found = due(&stage, DueKind::Wait, minute(122)).await;
    let under = |row: &DueRow| (row.tenant.clone(), row.under.clone());
    assert!(found.iter().all(|row| under(row) == (TENANT.to_owned(), lan.to_string())));
    let (waiting, units) = stage.units(customers.waiting(&found[0])).await;
    assert_eq!(waiting.unwrap(), Some((wait(1), minute(121))), "the oldest first");
    assert_eq!((units.read, units.calls), (1.0, 1));
    for write in [2.0, 1.0] {
        let (waited, units) = stage.units(customers.waited(&found[0])).await;
        waited.unwrap();
        assert_eq!((units.write, units.calls), (write, 1));
    }
    assert_eq!(customers.waiting(&found[0]).await.unwrap(), None);
    assert_eq!(due(&stage, DueKind::Wait, minute(999)).await, found[1..]);
}

#[tokio::test]
async fn what_is_parked_is_due_until_people_know_of_it_and_waits_on() {
    let stage = Stage::new();
    let (customers, wait) = (stage.customers(), wait(1));
    let thing = order();
    let park = customers.park(TENANT, &thing, &wait.event, start(), &wait.key, minute(60));
    let (parked, units) = stage.units(park).await;
    parked.unwrap();
    assert_eq!((units.write, units.index, units.calls), (2.0, 1.0, 1));
    let found = due(&stage, DueKind::Parked, minute(60)).await;
    let (overdue, units) = stage.units(customers.overdue(&found[0])).await;
    let known = Overdue { event: wait.event.clone(), thing: order() };
    assert_eq!((overdue.unwrap(), units.read), (Some(known), 1.0));
    let (told, units) = stage.units(customers.told_of(&found[0])).await;
    told.unwrap();
    assert_eq!((units.write, units.index, units.calls), (3.0, 2.0, 1));
    assert_eq!(customers.overdue(&found[0]).await.unwrap(), None);
    assert_eq!(due(&stage, DueKind::Parked, minute(999)).await, []);
    let parked = customers.parked(TENANT, &order()).await.unwrap().remove(0);
    let (unparked, units) = stage.units(customers.unpark(TENANT, &order(), &parked)).await;
    unparked.unwrap();
    assert_eq!(units.write, 2.0);
    customers.told_of(&found[0]).await.unwrap();
    assert_eq!(stage.rows(TABLE).len(), 0, "nothing is made of what is gone");
}

#[tokio::test]
async fn a_mute_that_lasts_longer_stays() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let mute = |until: i64, event: i64| Mute { until: minute(until), event: event_id(event) };
    for (new, stays) in
        [(mute(60, 1), mute(60, 1)), (mute(30, 2), mute(60, 1)), (mute(90, 3), mute(90, 3))]
    {
        let (muted, units) = stage.units(customers.mute(TENANT, &lan, &new)).await;
        muted.unwrap();
        assert_eq!(units.calls, 1);
        assert_eq!(customers.person(TENANT, &lan).await.unwrap().1.mute, Some(stays));
    }
}

#[tokio::test]
async fn merged_customers_are_silent_together_and_share_their_tags() {
    let stage = Stage::new();
    let (customers, lan, minh) = (stage.customers(), customer_id("lan"), customer_id("minh"));
    let mute = Mute { until: minute(60), event: event_id(1) };
    for (customer, tag) in [(&lan, "vip"), (&minh, "đại lý"), (&minh, "vip")] {
        customers.tag(TENANT, customer, tag, &event_id(1)).await.unwrap();
    }
    customers.mute(TENANT, &minh, &mute).await.unwrap();
    customers.merge(TENANT, &lan, &minh).await.unwrap();
    let (id, about) = customers.person(TENANT, &minh).await.unwrap();
    assert_eq!((id, about.mute), (lan, Some(mute)));
    assert_eq!(about.tags.into_iter().collect::<Vec<_>>(), ["vip", "đại lý"]);
}

#[tokio::test]
async fn of_two_orders_the_later_one_is_the_last() {
    let stage = Stage::new();
    let (customers, lan, minh) = (stage.customers(), customer_id("lan"), customer_id("minh"));
    let last = |n: i64| {
        let order = domain::subject::Subject::Order(format!("DH{n}"));
        LastOrder { order, at: minute(n) }
    };
    for (customer, n) in [(&lan, 2), (&lan, 1), (&minh, 3)] {
        let last = last(n);
        let (noted, units) = stage.units(customers.ordered(TENANT, customer, &last)).await;
        noted.unwrap();
        assert_eq!(units.calls, 1);
    }
    assert_eq!(customers.person(TENANT, &lan).await.unwrap().1.order, Some(last(2)));
    customers.merge(TENANT, &lan, &minh).await.unwrap();
    assert_eq!(customers.person(TENANT, &lan).await.unwrap().1.order, Some(last(3)));
}

#[tokio::test]
async fn a_tag_is_put_once_for_one_unit() {
    let stage = Stage::new();
    for write in [1.0, 0.0] {
        let lan = customer_id("lan");
        let customers = stage.customers();
        let (tagged, units) = stage.units(customers.tag(TENANT, &lan, "vip", &event_id(1))).await;
        tagged.unwrap();
        assert_eq!((units.write, units.calls), (write, 1));
    }
}

#[tokio::test]
async fn a_spoilt_wait_is_named_and_not_guessed_at() {
    let stage = Stage::new();
    let lan = customer_id("lan");
    stage.customers().wait(TENANT, lan.as_str(), &wait(1), minute(1)).await.unwrap();
    let found = due(&stage, DueKind::Wait, minute(1)).await;
    stage.spoil(TABLE, lan.as_str(), wait(1).id.as_str(), "rule", json!({"N": "1"}));
    assert_corrupt(stage.customers().waiting(&found[0]).await, &[lan.as_str(), "wait#"]);
}
