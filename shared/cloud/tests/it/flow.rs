//! Lan's day through every table: what the rows hold and what they do not.

use cloud::table::{
    customers::{EffectRow, FirstEvaluation, Thing, TimelineRow},
    events::EventRow,
    tenants::Applied,
};
use domain::{
    consent::{Consent, Purpose},
    event::{Head, Rank, Strength},
    id::EffectId,
    notification::Answer,
    thing::Order,
};
use serde_json::Value;
use testkit::stream::StreamReader;

use crate::{
    events::arrived,
    notifications::{claim, planned},
    stage::{
        LAN, LAN_PHONE, Stage, TENANT, customer_id, event_id, minute, order, phone, start, zalo,
    },
    tenants,
};

/// Every spelling in which Lan's number could slip into a key, and her name.
const NEVER_IN_KEYS: [&str; 5] = ["84912345678", "0912345678", "912345678", "Lan", "Nguyễn"];

const TABLES: [&str; 4] = ["EventsTable", "CustomersTable", "NotificationsTable", "TenantsTable"];

/// A customer follows, gives her number, orders, pays and is told so; something is parked, stuck and in conflict.
async fn lans_day(stage: &Stage) {
    let (customers, notifications) = (stage.customers(), stage.notifications());
    let (lan, once_lan, lans_phone) = (customer_id("lan"), customer_id("phone"), phone(LAN_PHONE));
    assert_eq!(tenants::apply(&stage.tenants(), 1).await.unwrap(), Applied::Done);
    let subjects = [zalo(LAN).subject, lans_phone.subject.clone(), order()];
    for (n, subject) in (1..).zip(subjects) {
        let kind = "customer.shared_info".to_owned();
        let head = Head { id: event_id(n), kind, subject: subject.clone(), time: minute(n) };
        let body = format!(r#"{{"name":"Nguyễn Thị Lan","phone":"{LAN_PHONE}"}}"#);
        stage.events().record(&arrived(&head, body.as_bytes())).await.unwrap();
        stage.events().record_variant(&arrived(&head, b"{}")).await.unwrap();
        let seen = FirstEvaluation {
            at: minute(n),
            version: Some(1),
            subject: subject.clone(),
            time: minute(n),
            body_hash: "2c26b46b68ffc68f".to_owned(),
        };
        customers.evaluate_first(TENANT, &event_id(n), &seen).await.unwrap();
        let line = TimelineRow {
            time: minute(n),
            event: event_id(n),
            kind: head.kind,
            subject,
            line: "Nguyễn Thị Lan".to_owned(),
            decisions: vec!["welcome: greet=shadow".to_owned()],
        };
        customers.note(TENANT, &lan, &line).await.unwrap();
    }
    customers.link_first(TENANT, &zalo(LAN), &lan, Strength::Proven).await.unwrap();
    customers.link_first(TENANT, &lans_phone, &once_lan, Strength::Claimed).await.unwrap();
    let proven = Strength::Proven;
    customers.note_identity(TENANT, &once_lan, &lans_phone.subject, proven).await.unwrap();
    customers.merge(TENANT, &lan, &once_lan).await.unwrap();
    customers.name(TENANT, &lan, "Nguyễn Thị Lan", start(), None).await.unwrap();
    let word = Consent { given: true, event: event_id(1), at: start() };
    customers.consent(TENANT, &lan, Purpose::Care, &word).await.unwrap();
    customers.win_once(TENANT, &lan, &[once_lan], "welcome#once", &event_id(1)).await.unwrap();

    let mut reader = StreamReader::from_position(&stage.engine, stage.table("EventsTable"), None)
        .unwrap()
        .unwrap();
    let stored: aws_lambda_events::dynamodb::EventRecord =
        serde_json::from_value(reader.read().remove(0)).unwrap();
    let key = EventRow::from_image(stored.change.new_image).unwrap().key();
    customers.park(TENANT, &order(), &event_id(9), start(), &key, minute(60)).await.unwrap();
    let mut thing = customers.thing(TENANT, &order()).await.unwrap();
    thing.owner = Some(lans_phone.subject);
    thing.thing = Some(Thing::Order(Order { amount_vnd: Some(350_000), ..Order::default() }));
    customers.save_thing(TENANT, &order(), &thing).await.unwrap();
    customers.stick(TENANT, "journey-runner", "record", "corrupt_row", start()).await.unwrap();
    customers.list_conflict(TENANT, &event_id(1), "2c26b46b", "other_body", start()).await.unwrap();
    let effect = EffectRow {
        id: EffectId::of(&event_id(1), "welcome", "greet"),
        event: event_id(1),
        rule: "welcome".to_owned(),
        step: "greet".to_owned(),
        kind: "notify".to_owned(),
        detail: "welcome".to_owned(),
        outcome: "shadow".to_owned(),
        about: "DH0001".to_owned(),
        planned_for_ms: 0,
    };
    customers.record_effect(TENANT, lan.as_str(), &effect).await.unwrap();

    notifications.plan(&planned(7)).await.unwrap();
    let mut n = planned(8);
    notifications.plan(&n).await.unwrap();
    claim(&mut n, start());
    notifications.save(&mut n).await.unwrap();
    notifications.meet_as_sender(TENANT, "8f0a3e2c", &n.tracking()).await.unwrap();
    n.settle(
        n.tracking().attempt,
        &Answer::Accepted { message_id: "8f0a3e2c".to_owned() },
        &domain::tenant::Limits::default(),
        start(),
    )
    .unwrap();
    notifications.save(&mut n).await.unwrap();
    notifications.meet_as_receipt(TENANT, "8f0a3e2c", Rank::Delivered).await.unwrap();
}

fn text(row: &Value, name: &str) -> String {
    let value = &row[name];
    value["S"].as_str().or(value["N"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn no_number_and_no_name_stands_in_any_key_of_any_row() {
    let stage = Stage::new();
    lans_day(&stage).await;
    let mut keys = 0;
    for table in TABLES {
        // The attributes of the table's own key and of its indexes, by the template's word.
        let attributes: Vec<String> = stage.key_attributes(table);
        for row in stage.rows(table) {
            for attribute in &attributes {
                let key = text(&row, attribute);
                keys += usize::from(!key.is_empty());
                for word in NEVER_IN_KEYS {
                    assert!(!key.contains(word), "{table} {attribute} {key}");
                }
            }
        }
    }
    assert!(keys > 60, "{keys}");
}

/// The scan above would find a number if there were one: the flow has numbers, and they stand where they may.
#[tokio::test]
async fn numbers_stand_in_the_raw_body_in_the_link_and_in_unsent_notifications_alone() {
    let stage = Stage::new();
    lans_day(&stage).await;
    let mut places = Vec::new();
    for table in TABLES {
        for row in stage.rows(table) {
            for (name, value) in row.as_object().unwrap() {
                if value.to_string().contains(&LAN_PHONE[2..]) {
                    places.push(format!("{table} {name}"));
                }
            }
        }
    }
    places.sort();
    places.dedup();
    assert_eq!(places, ["CustomersTable phone", "EventsTable raw", "NotificationsTable phone"]);
    let sent = stage.row("NotificationsTable", planned(8).id.as_str(), "");
    assert!(sent.get("phone").is_none(), "a sent notification has forgotten it");
}

#[tokio::test]
async fn every_row_says_the_version_of_its_shape() {
    let stage = Stage::new();
    lans_day(&stage).await;
    for table in TABLES {
        for row in stage.rows(table) {
            assert_eq!(row["v"]["N"], "1", "{table} {row}");
        }
    }
}
