//! What an erasure takes with it and what it leaves, where the recorded day does not go: merged customers, things that have become
//! somebody else's, claims, hooks that nobody recognised, lists, and persons of many rows.

use cloud::{
    privacy::{Erased, Ledger, Privacy, Progress},
    table::customers::{Merged, Thing, ThingRow, TimelineRow},
};
use domain::{
    event::{Head, Strength},
    id::{CustomerId, EffectId, EventId},
    notification::OWN_RULE,
    rule::{Came, Said, Trace},
    subject::Subject,
    thing::{Order, Shipment},
};
use serde_json::Value;
use testkit::fault::Fault;

use crate::{
    events::arrived,
    notifications::planned,
    stage::{
        LAN, LAN_PHONE, OA, Stage, TENANT, customer_id, event_id, minute, order, pepper, phone,
        start, zalo,
    },
};

const TABLES: [&str; 3] = ["EventsTable", "CustomersTable", "NotificationsTable"];
const MINH: &str = "2468458835291979999";

impl Stage {
    fn privacy(&self) -> Privacy {
        let (points, standings) = (self.points(), self.standings());
        let currencies = vec![crate::points::account_id("lan").currency];
        let ledger = Ledger { points, standings, currencies };
        let (customers, events) = (self.customers(), self.events());
        Privacy::new(
            customers,
            events,
            self.notifications(),
            self.surveys(),
            self.survey_results(),
            ledger,
        )
    }

    async fn erase(&self, customer: &CustomerId) -> Erased {
        let privacy = self.privacy();
        privacy.erase(TENANT, &pepper(), customer, minute(600), |_| {}).await.unwrap()
    }

    /// All rows, but the seals.
    fn left(&self) -> Vec<Value> {
        let rows = TABLES.iter().flat_map(|table| self.rows(table));
        rows.filter(|row| row["pk"]["S"] != "ca-phe-som#erased").collect()
    }

    async fn hook(&self, n: i64, subject: Subject, body: &str) {
        let head = Head { id: event_id(n), kind: "k.k".to_owned(), subject, time: minute(n) };
        self.events().record(&arrived(&head, body.as_bytes())).await.unwrap();
    }

    async fn line(&self, customer: &CustomerId, n: i64, subject: Subject, decisions: &[Trace]) {
        let line = TimelineRow {
            time: minute(n),
            event: event_id(n),
            kind: "k.k".to_owned(),
            subject,
            line: "dòng".to_owned(),
            decisions: decisions.iter().map(Trace::to_string).collect(),
        };
        self.customers().note(TENANT, customer, &line).await.unwrap();
    }

    async fn thing(&self, thing: &Subject, owner: &Subject, stands: Thing) {
        let mut row = ThingRow::default();
        (row.owner, row.thing) = (Some(owner.clone()), Some(stands));
        self.customers().save_thing(TENANT, thing, &row).await.unwrap();
    }

    async fn linked(&self, customer: &CustomerId, user: &str) {
        let (customers, identity) = (self.customers(), zalo(user));
        let linked = customers.link_first(TENANT, &identity, customer, Strength::Proven);
        linked.await.unwrap();
    }
}

fn parcel(code: &str) -> Subject {
    Subject::Shipment { carrier: "ghn".to_owned(), code: code.to_owned() }
}

#[tokio::test]
async fn nobody_is_erased_without_a_trace() {
    let stage = Stage::new();
    assert_eq!(stage.erase(&customer_id("nobody")).await, Erased::default());
    assert!(stage.rows("CustomersTable").is_empty(), "and without a seal");
}

/// Whichever of a person's customers is named, all go.
#[tokio::test]
async fn merged_customers_are_one_person() {
    for asked in ["one", "two", "three"] {
        let stage = Stage::new();
        let mut ids = ["one", "two", "three"].map(customer_id);
        ids.sort();
        for (n, id) in (1..).zip(&ids) {
            stage.linked(id, &n.to_string()).await;
            stage.line(id, n, order(), &[]).await;
        }
        for (winner, loser) in [(1, 2), (0, 1)] {
            let merged = stage.customers().merge(TENANT, &ids[winner], &ids[loser]).await;
            assert_eq!(merged.unwrap(), Merged::Done);
        }
        stage.erase(&customer_id(asked)).await;
        assert_eq!(stage.left(), Vec::<Value>::new(), "{asked}");
    }
}

#[tokio::test]
async fn who_claims_a_number_does_not_take_its_owner_along() {
    let stage = Stage::new();
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    let number = phone(LAN_PHONE);
    stage.customers().link_first(TENANT, &number, &lan, Strength::Proven).await.unwrap();
    stage.line(&lan, 1, number.subject.clone(), &[]).await;
    stage.hook(1, number.subject.clone(), "của Lan").await;
    let before = stage.left();
    stage.linked(&minh, MINH).await;
    let customers = stage.customers();
    customers.note_identity(TENANT, &minh, &number.subject, Strength::Claimed).await.unwrap();
    assert_eq!(stage.erase(&minh).await.customers, 3);
    assert_eq!(stage.left(), before);
    let sealed = customers.erased_at(TENANT, &pepper(), &number.subject).await.unwrap();
    assert_eq!(sealed, None);
}

/// Goal: an order that the business has given to somebody else stays that person's. Method: it stands on both timelines.
#[tokio::test]
async fn a_thing_that_has_become_somebody_elses_stays_without_the_hooks_of_the_first() {
    let stage = Stage::new();
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    stage.linked(&lan, LAN).await;
    stage.linked(&minh, MINH).await;
    stage.thing(&order(), &zalo(MINH).subject, Thing::Order(Order::default())).await;
    stage.thing(&parcel("Z1"), &order(), Thing::Shipment(Shipment::default())).await;
    stage.hook(1, order(), "đơn của Lan").await;
    stage.hook(2, order(), "đơn của Minh").await;
    stage.hook(3, parcel("Z1"), "giao cho Minh").await;
    stage.line(&lan, 1, order(), &[]).await;
    stage.line(&minh, 2, order(), &[]).await;
    stage.line(&minh, 3, parcel("Z1"), &[]).await;
    let erased = stage.erase(&lan).await;
    assert_eq!((erased.events, erased.customers), (1, 3), "a hook; a line, an identity, a link");
    let left = format!("{:?}", stage.left());
    assert!(left.contains("đơn của Minh") && left.contains("giao cho Minh"), "{left}");
    let customers = stage.customers();
    assert_eq!(customers.erased_at(TENANT, &pepper(), &order()).await.unwrap(), None);

    // And then the other one.
    stage.erase(&minh).await;
    assert_eq!(stage.left(), Vec::<Value>::new());
    assert!(customers.erased_at(TENANT, &pepper(), &parcel("Z1")).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_parked_and_never_came_to_the_timeline_goes_by_its_thing() {
    let stage = Stage::new();
    let (lan, customers) = (customer_id("lan"), stage.customers());
    stage.linked(&lan, LAN).await;
    stage.thing(&order(), &zalo(LAN).subject, Thing::Order(Order::default())).await;
    stage.line(&lan, 1, order(), &[]).await;
    stage.hook(2, parcel("Z1"), "chờ").await;
    let pk = "ca-phe-som#shipment:ghn:Z1";
    let key = serde_json::json!({
        "pk": pk, "sk": format!("{:013}#{}", minute(2).as_millisecond(), event_id(2)),
    });
    let key = serde_json::from_value(key).unwrap();
    customers.park(TENANT, &order(), &event_id(2), minute(2), &key, minute(9)).await.unwrap();
    // The staff was told of it.
    let mut told = planned(3);
    told.id = EffectId::of(&event_id(2), OWN_RULE, "parked");
    stage.notifications().plan(&told).await.unwrap();
    let erased = stage.erase(&lan).await;
    assert_eq!((erased.events, erased.notifications), (1, 1));
    assert_eq!(stage.left(), Vec::<Value>::new());
}

#[tokio::test]
async fn lists_lose_what_names_the_person_and_nothing_else() {
    let stage = Stage::new();
    let (lan, customers) = (customer_id("lan"), stage.customers());
    stage.linked(&lan, LAN).await;
    let id = planned(1).id;
    let trace = Trace {
        rule: "r".to_owned(),
        said: Said::Steps(vec![("a".to_owned(), Came::Notify(id.clone()))]),
    };
    stage.line(&lan, 1, order(), &[trace]).await;
    stage.notifications().plan(&planned(1)).await.unwrap();
    let waiting = format!("{lan} wait#{}", EffectId::of(&event_id(1), "r", "w"));
    let parked = format!("order:DH0001 parked#1#{}", event_id(8));
    for record in [event_id(1).as_str(), id.as_str(), &waiting, &parked] {
        customers.stick(TENANT, "f", record, "why", start()).await.unwrap();
    }
    customers.list_conflict(TENANT, &event_id(1), "abc", "why", start()).await.unwrap();
    customers.stick(TENANT, "f", event_id(7).as_str(), "why", start()).await.unwrap();
    customers.stick(TENANT, "f", "order:DH00010 parked#1#x", "why", start()).await.unwrap();
    customers.list_conflict(TENANT, &event_id(7), "abc", "why", start()).await.unwrap();
    stage.erase(&lan).await;
    assert_eq!(stage.left().len(), 3, "{:?}", stage.left());
}

/// A picture is not read yet, so it stands under the Official Account and nobody's timeline.
#[tokio::test]
async fn a_hook_that_nobody_recognised_goes_by_the_id_or_the_number_in_its_body() {
    let stage = Stage::new();
    let (lan, number) = (customer_id("lan"), phone(LAN_PHONE));
    stage.linked(&lan, LAN).await;
    stage.customers().link_first(TENANT, &number, &lan, Strength::Proven).await.unwrap();
    let account = Subject::Oa(OA.to_owned());
    let bodies = [
        format!(r#"{{"sender":{{"id":"{LAN}"}},"event_name":"user_send_image"}}"#),
        r#"{"to":"0912345678"}"#.to_owned(),
        r#"{"to":"+84 912345678"}"#.to_owned(),
    ];
    for (n, body) in (1..).zip(&bodies) {
        stage.hook(n, account.clone(), body).await;
    }
    for (n, other) in [(8, format!(r#"{{"id":"{LAN}0"}}"#)), (9, "{\"id\":1}".to_owned())] {
        stage.hook(n, account.clone(), &other).await;
    }
    assert_eq!(stage.erase(&lan).await.events, 3);
    assert_eq!(stage.rows("EventsTable").len(), 2);
}

#[tokio::test]
async fn a_person_of_many_rows_goes_whole_and_the_progress_is_told() {
    let stage = Stage::new();
    let lan = customer_id("lan");
    for n in 0..60 {
        stage.linked(&lan, &format!("9{n:03}")).await;
    }
    for n in 0..130 {
        stage.line(&lan, n, order(), &[]).await;
        stage.hook(n, order(), "x").await;
    }
    let mut told: Vec<Progress> = Vec::new();
    let privacy = stage.privacy();
    let tell = |progress| told.push(progress);
    let erased = privacy.erase(TENANT, &pepper(), &lan, minute(600), tell).await.unwrap();
    assert_eq!(erased, Erased { customers: 130 + 120, events: 130, ..Erased::default() });
    assert_eq!(stage.left(), Vec::<Value>::new());
    assert_eq!(told.first(), Some(&Progress { done: 0, of: 380 }));
    assert_eq!(told.last(), Some(&Progress { done: 380, of: 380 }));
    assert!(told.is_sorted_by_key(|progress| progress.done));
    assert_eq!(stage.erase(&lan).await, Erased::default());
}

/// A row that cannot be read keeps nobody from being forgotten.
#[tokio::test]
async fn a_corrupt_row_goes_like_the_others() {
    let stage = Stage::new();
    let lan = customer_id("lan");
    stage.linked(&lan, LAN).await;
    stage.line(&lan, 1, order(), &[]).await;
    stage.spoil(
        "CustomersTable",
        lan.as_str(),
        event_id(1).as_str(),
        "v",
        serde_json::json!({"N": "99"}),
    );
    stage.spoil("CustomersTable", LAN, "link", "customer", serde_json::json!({"N": "1"}));
    assert!(stage.privacy().export(TENANT, &lan).await.is_ok());
    stage.erase(&lan).await;
    assert_eq!(stage.left(), Vec::<Value>::new());
}

/// Goal: at no moment of an erasure is the person out of reach while rows are left. Method: every call fails for good, and the
/// person is looked for by the identity, as who runs the erasure again would.
#[tokio::test]
async fn whenever_it_stops_the_identity_leads_to_the_rest() {
    let prepared = async || {
        let stage = Stage::new();
        let lan = CustomerId::of(TENANT, &zalo(LAN).subject.to_string());
        stage.linked(&lan, LAN).await;
        stage
            .customers()
            .link_first(TENANT, &phone(LAN_PHONE), &lan, Strength::Proven)
            .await
            .unwrap();
        stage.thing(&order(), &zalo(LAN).subject, Thing::Order(Order::default())).await;
        stage.line(&lan, 1, order(), &[]).await;
        stage.hook(1, order(), "x").await;
        (stage, lan)
    };
    let (stage, lan) = prepared().await;
    let mark = stage.faults.mark();
    stage.erase(&lan).await;
    let calls = u64::try_from(stage.faults.calls_since(mark).len()).unwrap();
    for nth in 1..=calls {
        for fault in [Fault::TimeoutWithEffect, Fault::TimeoutWithoutEffect] {
            let (stage, lan) = prepared().await;
            stage.faults.plan(nth, fault);
            (1..3).for_each(|more| stage.faults.plan(nth + more, Fault::TimeoutWithoutEffect));
            let privacy = stage.privacy();
            let stopped = privacy.erase(TENANT, &pepper(), &lan, minute(600), |_| {}).await;
            assert!(stopped.unwrap_err().is_infrastructure());
            for identity in [zalo(LAN).subject, phone(LAN_PHONE).subject] {
                let link = stage.customers().link(TENANT, &identity).await.unwrap();
                assert!(link.is_some() || stage.left().is_empty(), "{fault:?} {nth}: {identity}");
            }
            stage.erase(&lan).await;
            assert_eq!(stage.left(), Vec::<Value>::new(), "{fault:?} {nth}");
        }
    }
    assert!(calls > 20, "{calls}");
}

#[tokio::test]
async fn an_export_holds_documents_and_nothing_of_the_tables() {
    let stage = Stage::new();
    let (lan, number) = (customer_id("lan"), phone(LAN_PHONE));
    let customers = stage.customers();
    customers.link_first(TENANT, &number, &lan, Strength::Proven).await.unwrap();
    customers.name(TENANT, &lan, "Nguyễn Thị Lan", start(), None).await.unwrap();
    customers.tag(TENANT, &lan, "vip", &event_id(1)).await.unwrap();
    stage.line(&lan, 2, order(), &[]).await;
    stage.line(&lan, 1, order(), &[]).await;
    stage.hook(1, order(), "{\"order_id\":\"DH0001\"}").await;
    let export = stage.privacy().export(TENANT, &lan).await.unwrap();
    assert_eq!(export.customers, [lan]);
    assert_eq!(export.profile[0]["name"], "Nguyễn Thị Lan");
    assert_eq!(export.identities[0]["phone"], LAN_PHONE);
    assert_eq!(export.identities[0]["identity"], number.subject.to_string());
    let times: Vec<&Value> = export.timeline.iter().map(|line| &line["time"]).collect();
    assert_eq!(times, ["2026-11-20T01:01:00Z", "2026-11-20T01:02:00Z"]);
    assert_eq!(export.timeline[0]["event"], event_id(1).as_str());
    assert_eq!(export.events[0]["raw"], "{\"order_id\":\"DH0001\"}");
    assert_eq!(export.events[0]["subject"], "order:DH0001");
    assert_eq!(export.notes[0]["note"], "about#tag#vip");
    let text = serde_json::to_string(&export).unwrap();
    for inner in ["\"v\":", "\"pk\":", "due_shard", "\"revision\""] {
        assert!(!text.contains(inner), "{inner}: {text}");
    }
    let read: Value = serde_json::from_str(&text).unwrap();
    assert!(EventId::parse(read["timeline"][0]["event"].as_str().unwrap()).is_some());
}
