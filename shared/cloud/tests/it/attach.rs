//! CU41 to CU44: what people attach by hand, and the list of what waits for that.

use cloud::table::customers::{Attach, Attached, DueKind, Ownerless, OwnerlessPlace};
use domain::subject::Subject;
use serde_json::json;

use crate::stage::{
    LAN, Stage, TENANT, assert_corrupt, customer_id, event_id, minute, order, zalo,
};

const TABLE: &str = "CustomersTable";

fn attach(by: &str, at: i64) -> Attach {
    Attach {
        event: event_id(1),
        customer: customer_id("lan"),
        identity: zalo(LAN).subject,
        by: by.to_owned(),
        at: minute(at),
    }
}

#[tokio::test]
async fn a_thing_is_attached_once_and_due_at_once() {
    let stage = Stage::new();
    let customers = stage.customers();
    assert_eq!(customers.to_attach(TENANT, &order()).await.unwrap(), None);
    let first = attach("till", 1);
    let (new, units) = stage.units(customers.attach(TENANT, &order(), &first)).await;
    assert_eq!((new.unwrap(), units.write, units.index), (Attached::New, 2.0, 1.0));
    let again = customers.attach(TENANT, &order(), &attach("minh", 2)).await;
    assert_eq!(again.unwrap(), Attached::Already(first.clone()));
    let due = customers.due(DueKind::Attach, minute(1)).await.unwrap();
    assert_eq!((due[0].under.clone(), due.len()), (order().to_string(), 1));
    let (said, units) = stage.units(customers.to_attach(TENANT, &order())).await;
    assert_eq!((said.unwrap(), units.read), (Some(first), 1.0));
    for write in [2.0, 1.0] {
        let (done, units) = stage.units(customers.attached(TENANT, &order())).await;
        done.unwrap();
        assert_eq!(units.write, write);
    }
    assert_eq!(stage.rows(TABLE).len(), 0);
}

#[tokio::test]
async fn of_two_at_once_one_is_told_of_the_other() {
    let stage = Stage::new();
    let (customers, order) = (stage.customers(), order());
    let (a, b) = (attach("a", 1), attach("b", 1));
    let (one, two) =
        tokio::join!(customers.attach(TENANT, &order, &a), customers.attach(TENANT, &order, &b));
    let answers = [one.unwrap(), two.unwrap()];
    assert_eq!(answers.iter().filter(|answer| **answer == Attached::New).count(), 1);
    let stored = customers.to_attach(TENANT, &order).await.unwrap().unwrap();
    assert!(answers.contains(&Attached::Already(stored)));
}

#[tokio::test]
async fn what_people_were_told_of_is_listed_page_by_page_for_its_own_business() {
    let stage = Stage::new();
    let customers = stage.customers();
    let park = async |tenant: &str, n: i64| {
        let thing = Subject::Order(format!("DH.{n}"));
        let key = json!({"pk": format!("{tenant}#{thing}"), "sk": "a"});
        let key = serde_json::from_value(key).unwrap();
        let (time, until) = (minute(n), minute(60 + n));
        customers.park(tenant, &thing, &event_id(n), time, &key, until).await.unwrap();
    };
    for n in 0..7 {
        park(TENANT, n).await;
    }
    park("tra-sua", 8).await;
    assert_eq!(customers.ownerless(TENANT, 9, None).await.unwrap().events, []);
    for due in customers.due(DueKind::Parked, minute(999)).await.unwrap() {
        if due.under != "order:DH.6" {
            customers.told_of(&due).await.unwrap();
            customers.told_of(&due).await.unwrap();
        }
    }
    let (mut found, mut place, mut pages) = (Vec::new(), None, 0);
    loop {
        let look = customers.ownerless(TENANT, 4, place.as_ref());
        let (page, units) = stage.units(look).await;
        let page = page.unwrap();
        assert_eq!((units.read, units.calls), (0.5, 1));
        found.extend(page.events);
        pages += 1;
        let Some(next) = page.next else { break };
        // A place survives being printed into an address.
        place = OwnerlessPlace::parse(&next.to_string());
        assert_eq!(place.as_ref(), Some(&next));
    }
    let expected = |n: i64| Ownerless {
        event: event_id(n),
        thing: Subject::Order(format!("DH.{n}")),
        time: minute(n),
    };
    assert_eq!((found, pages), ((0..6).map(expected).collect(), 2));
    let thing = Subject::Order("DH.3".to_owned());
    let parked = customers.parked(TENANT, &thing).await.unwrap().remove(0);
    assert_eq!((parked.time, parked.key.subject()), (minute(3), Some(thing.clone())));
    customers.unpark(TENANT, &thing, &parked).await.unwrap();
    assert_eq!(customers.ownerless(TENANT, 9, None).await.unwrap().events.len(), 5);
    for text in ["", "1", "x.parked#1#y.order:a", "1.wait#1.order:a", "1.parked#1#x.order:a"] {
        assert_eq!(OwnerlessPlace::parse(text), None, "{text}");
    }
}

#[tokio::test]
async fn a_spoilt_row_is_named_and_not_guessed_at() {
    let stage = Stage::new();
    let customers = stage.customers();
    customers.attach(TENANT, &order(), &attach("till", 1)).await.unwrap();
    stage.spoil(TABLE, "order:DH0001", "attach", "identity", json!({"S": "fax:1"}));
    let key = "ca-phe-som#order:DH0001 attach";
    assert_corrupt(customers.to_attach(TENANT, &order()).await, &[key]);
    let again = customers.attach(TENANT, &order(), &attach("till", 1)).await;
    assert_corrupt(again, &[key]);
    let told = json!({
        "pk": {"S": "ca-phe-som#order:DH0001"}, "sk": {"S": "parked#x"},
        "due_shard": {"S": "told#ca-phe-som"}, "due_at": {"N": "1"},
    });
    stage.put(TABLE, &told);
    assert_corrupt(customers.ownerless(TENANT, 9, None).await, &["ca-phe-som#order:DH0001"]);
}
