//! CU31 to CU36, EV4 to EV6, NO9, NO10: everything under a key, taking it away, and the seals of what was erased.

use cloud::table::{
    RowKey, StoredRow,
    customers::{FirstEvaluation, Judged, TimelineRow},
};
use domain::{event::Head, id::CustomerId};
use serde_json::json;

use crate::{
    events::{arrived, head},
    notifications::planned,
    stage::{
        LAN, Stage, TENANT, assert_corrupt, customer_id, event_id, minute, order, pepper, start,
        zalo,
    },
};

fn keys(rows: Vec<StoredRow>) -> Vec<RowKey> {
    rows.into_iter().map(|row| row.key).collect()
}

/// Lines of a kilobyte: a thousand of them are more than one page.
async fn lines(stage: &Stage, customer: &CustomerId, n: i64) {
    for n in 0..n {
        let line = TimelineRow {
            time: minute(n),
            event: event_id(n),
            kind: "customer.wrote".to_owned(),
            subject: order(),
            line: "á".repeat(400),
            decisions: Vec::new(),
        };
        stage.customers().note(TENANT, customer, &line).await.unwrap();
    }
}

#[tokio::test]
async fn everything_under_a_key_is_read_to_the_last_page_and_nothing_beside_it() {
    let stage = Stage::new();
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    lines(&stage, &lan, 1_200).await;
    lines(&stage, &minh, 1).await;
    let customers = stage.customers();
    let (rows, units) = stage.units(customers.rows_under(TENANT, lan.as_str())).await;
    let rows = rows.unwrap();
    assert_eq!((rows.len(), units.calls), (1_200, 2), "two pages");
    assert!(rows.iter().all(|row| row.key.under() == lan.as_str()));
    assert_eq!(rows[0].text("kind"), "customer.wrote");
    assert_eq!(rows[0].key.sort(), format!("t#{:013}#{}", start().as_millisecond(), event_id(0)));
    assert_eq!(customers.rows_under(TENANT, "nobody").await.unwrap(), []);
}

#[tokio::test]
async fn rows_go_by_twenty_five_a_call_and_what_is_gone_already_is_gone() {
    let stage = Stage::new();
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    lines(&stage, &lan, 51).await;
    lines(&stage, &minh, 1).await;
    let customers = stage.customers();
    let rows = keys(customers.rows_under(TENANT, lan.as_str()).await.unwrap());
    let (deleted, units) = stage.units(customers.delete_rows(&rows)).await;
    deleted.unwrap();
    assert_eq!((units.write, units.read, units.calls), (51.0, 0.0, 3));
    customers.delete_rows(&rows).await.unwrap();
    assert_eq!(stage.rows("CustomersTable").len(), 1, "the other customer's line");
    let (nothing, units) = stage.units(customers.delete_rows(&[])).await;
    nothing.unwrap();
    assert_eq!(units.calls, 0);
}

#[tokio::test]
async fn rows_that_lead_to_each_other_go_together() {
    let stage = Stage::new();
    let lan = customer_id("lan");
    lines(&stage, &lan, 3).await;
    let customers = stage.customers();
    let rows = keys(customers.rows_under(TENANT, lan.as_str()).await.unwrap());
    let (deleted, units) = stage.units(customers.delete_together(&rows)).await;
    deleted.unwrap();
    assert_eq!((units.write, units.calls), (6.0, 1), "twice the price of single deletes");
    customers.delete_together(&rows).await.unwrap();
    assert_eq!(stage.rows("CustomersTable").len(), 0);
}

#[tokio::test]
async fn what_was_erased_is_known_by_its_seal_and_the_later_time_stays() {
    let stage = Stage::new();
    let (customers, identity, pepper) = (stage.customers(), zalo(LAN).subject, pepper());
    assert_eq!(customers.erased_at(TENANT, &pepper, &identity).await.unwrap(), None);
    for (noted, stays) in [(5, 5), (3, 5), (5, 5), (9, 9)] {
        let noting = customers.note_erased(TENANT, &pepper, &identity, minute(noted));
        let (noted, units) = stage.units(noting).await;
        noted.unwrap();
        assert_eq!(units.calls, 1);
        let (at, units) = stage.units(customers.erased_at(TENANT, &pepper, &identity)).await;
        assert_eq!((at.unwrap(), units.read, units.calls), (Some(minute(stays)), 1.0, 1));
    }
    assert_eq!(customers.erased_at(TENANT, &pepper, &order()).await.unwrap(), None);
    let row = stage.row("CustomersTable", "#erased", "");
    assert!(!row.to_string().contains(LAN), "{row}");
    stage.spoil("CustomersTable", "#erased", "", "at", json!({"S": "soon"}));
    assert_corrupt(customers.erased_at(TENANT, &pepper, &identity).await, &["#erased"]);
}

#[tokio::test]
async fn an_event_that_is_forgotten_is_judged_first_again() {
    let stage = Stage::new();
    let (customers, event) = (stage.customers(), event_id(1));
    let seen = FirstEvaluation {
        at: start(),
        version: None,
        subject: order(),
        time: start(),
        body_hash: "a".to_owned(),
    };
    customers.evaluate_first(TENANT, &event, &seen).await.unwrap();
    let (forgotten, units) = stage.units(customers.forget_event(TENANT, &event)).await;
    forgotten.unwrap();
    assert_eq!((units.write, units.calls), (1.0, 1));
    customers.forget_event(TENANT, &event).await.unwrap();
    assert_eq!(customers.evaluate_first(TENANT, &event, &seen).await.unwrap(), Judged::First);
}

#[tokio::test]
async fn hooks_are_read_with_their_bodies_packed_or_not_and_go_one_by_one_or_all() {
    let stage = Stage::new();
    let events = stage.events();
    let long = format!("{{\"text\":\"{}\"}}", "cà phê ".repeat(4_000));
    for (n, body) in [(1, "{}"), (2, long.as_str())] {
        let head = Head { id: event_id(n), ..head() };
        events.record(&arrived(&head, body.as_bytes())).await.unwrap();
    }
    let rows = events.rows_under(TENANT, &order(), |_| true).await.unwrap();
    let mut bodies: Vec<&str> = rows.iter().map(|row| row.text("raw")).collect();
    bodies.sort_by_key(|body| body.len());
    assert_eq!(bodies, ["{}", long.as_str()]);
    let short = events.rows_under(TENANT, &order(), |row| row.text("raw") == "{}").await.unwrap();
    assert_eq!(short.len(), 1);

    let key = format!("{:013}#{}", start().as_millisecond(), event_id(1));
    let key = serde_json::from_value(json!({"pk": "ca-phe-som#order:DH0001", "sk": key})).unwrap();
    let (deleted, units) = stage.units(events.delete(&key)).await;
    deleted.unwrap();
    assert_eq!((units.write, units.calls), (1.0, 1));
    events.delete(&key).await.unwrap();
    assert_eq!(stage.rows("EventsTable").len(), 1, "the other hook");
    events.delete_rows(&keys(rows)).await.unwrap();
    assert_eq!(stage.rows("EventsTable").len(), 0);
}

/// What cannot be unpacked must not stand in the way of its deletion.
#[tokio::test]
async fn a_row_that_nobody_can_read_can_be_taken_away() {
    let stage = Stage::new();
    let events = stage.events();
    events.record(&arrived(&head(), b"{}")).await.unwrap();
    stage.spoil("EventsTable", "", "", "raw", json!(null));
    stage.spoil("EventsTable", "", "", "packed", json!({"B": "AAAA"}));
    stage.spoil("EventsTable", "", "", "v", json!({"N": "99"}));
    let rows = events.rows_under(TENANT, &order(), |_| true).await.unwrap();
    assert_eq!(rows.len(), 1);
    events.delete_rows(&keys(rows)).await.unwrap();
    assert_eq!(stage.rows("EventsTable").len(), 0);
}

#[tokio::test]
async fn a_notification_goes_with_its_places_on_the_indexes() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    for n in [1, 2] {
        notifications.plan(&planned(n)).await.unwrap();
    }
    let first = planned(1).id;
    let (rows, units) = stage.units(notifications.rows_under(TENANT, first.as_str())).await;
    let rows = rows.unwrap();
    assert_eq!((rows.len(), units.read, units.calls), (1, 1.0, 1));
    assert_eq!((rows[0].key.under(), rows[0].key.sort()), (first.as_str(), ""));
    let (deleted, units) = stage.units(notifications.delete_rows(&keys(rows))).await;
    deleted.unwrap();
    assert_eq!((units.write, units.calls), (3.0, 1), "the row and two indexes");
    assert_eq!(stage.rows("NotificationsTable").len(), 1);
    assert_eq!(notifications.rows_under(TENANT, first.as_str()).await.unwrap(), []);
}
