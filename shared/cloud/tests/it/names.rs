//! What staff look for: customers by name (CU8, CU31), older lines (CU19), a mute that is over (CU32), lists (CU33), keys and
//! rules (TE10 to TE13).

use std::collections::BTreeSet;

use cloud::table::{
    customers::{Mute, TimelineRow},
    tenants::ApiKey,
};

use crate::stage::{Stage, TENANT, customer_id, event_id, minute, order, start};
use crate::tenants;

async fn found(stage: &Stage, asked: &str) -> BTreeSet<String> {
    let named = stage.customers().named(TENANT, asked).await.unwrap();
    named.customers.into_iter().map(|(_, name)| name).collect()
}

#[tokio::test]
async fn a_name_is_found_by_its_words_for_a_unit_each() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let name = "Nguyễn Thị Lan";
    let (indexed, units) = stage.units(customers.name(TENANT, &lan, name, start(), None)).await;
    indexed.unwrap();
    assert_eq!((units.write, units.read, units.calls), (8.0, 0.0, 1));
    let rows = stage.rows("CustomersTable");
    customers.name(TENANT, &lan, name, start(), Some(name)).await.unwrap();
    assert_eq!(stage.rows("CustomersTable"), rows, "the same name again");
    let (one, units) = stage.units(customers.named(TENANT, "thi nguyen")).await;
    assert_eq!(one.unwrap().customers, [(lan, name.to_owned())]);
    assert_eq!((units.read, units.calls), (0.5, 1));
    for asked in ["lan", "LAN nguyễn", "nguyen th l"] {
        assert_eq!(found(&stage, asked).await.len(), 1, "{asked}");
    }
    for nobody in ["", "!", "ngu", "lan anh", "nguyen x", "phone", "#"] {
        assert!(found(&stage, nobody).await.is_empty(), "{nobody}");
    }
}

#[tokio::test]
async fn a_customer_with_a_new_name_is_no_longer_found_by_the_old_one() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    customers.name(TENANT, &lan, "Trần Lan", start(), None).await.unwrap();
    for _ in 0..2 {
        customers.name(TENANT, &lan, "Lê Lan Anh", minute(1), Some("Trần Lan")).await.unwrap();
        assert!(found(&stage, "tran").await.is_empty());
        assert_eq!(found(&stage, "lan").await, ["Lê Lan Anh".to_owned()].into());
    }
    let rows = stage.rows("CustomersTable");
    customers.name(TENANT, &lan, "Hoa", start(), Some("Lê Lan Anh")).await.unwrap();
    assert_eq!(stage.rows("CustomersTable"), rows, "an earlier event changes nothing");
}

#[tokio::test]
async fn two_of_one_name_are_both_found_and_many_are_said_to_be_more() {
    let stage = Stage::new();
    let customers = stage.customers();
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    let (one, two) = tokio::join!(biased;
        customers.name(TENANT, &lan, "Lan", start(), None),
        customers.name(TENANT, &minh, "Lan", start(), None)
    );
    one.and(two).unwrap();
    let named = customers.named(TENANT, "lan").await.unwrap();
    assert_eq!((named.customers.len(), named.more), (2, false));
    for n in 0..30 {
        let id = customer_id(&format!("lan{n}"));
        customers.name(TENANT, &id, "Lan", start(), None).await.unwrap();
    }
    let named = customers.named(TENANT, "lan").await.unwrap();
    assert_eq!((named.customers.len(), named.more), (25, true));
}

#[tokio::test]
async fn a_timeline_goes_on_before_a_line() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    for n in 1..=5 {
        let row = TimelineRow {
            time: minute(n),
            event: event_id(n),
            kind: "customer.wrote".to_owned(),
            subject: order(),
            line: String::new(),
            decisions: Vec::new(),
        };
        customers.note(TENANT, &lan, &row).await.unwrap();
    }
    for (before, times) in [(4, vec![minute(3), minute(2)]), (2, vec![minute(1)]), (1, Vec::new())]
    {
        let event = event_id(before);
        let place = Some((minute(before), &event));
        let rows = customers.timeline(TENANT, &lan, place, 2).await.unwrap();
        assert_eq!(rows.into_iter().map(|row| row.time).collect::<Vec<_>>(), times);
    }
}

#[tokio::test]
async fn a_mute_is_lifted_for_a_unit_and_may_be_lifted_again() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let mute = Mute { until: minute(60), event: event_id(1) };
    customers.mute(TENANT, &lan, &mute).await.unwrap();
    for write in [1.0, 1.0] {
        let (lifted, units) = stage.units(customers.unmute(TENANT, &lan)).await;
        lifted.unwrap();
        assert_eq!((units.write, units.calls), (write, 1));
        assert_eq!(customers.person(TENANT, &lan).await.unwrap().1.mute, None);
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let stage = Stage::new();
    let customers = stage.customers();
    for n in 0..5 {
        customers
            .stick(TENANT, "zns-dispatch", &format!("r{n}"), "bad_key", minute(n))
            .await
            .unwrap();
    }
    let mut records = Vec::new();
    let mut after = None;
    loop {
        let listed = customers.listed(TENANT, "stuck", 2, after.as_deref());
        let (page, units) = stage.units(listed).await;
        let page = page.unwrap();
        assert_eq!((units.read, units.calls), (0.5, 1));
        for line in &page.lines {
            assert_eq!((line.function.as_str(), line.why.as_str()), ("zns-dispatch", "bad_key"));
            records.push(line.record.clone());
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(records, ["r0", "r1", "r2", "r3", "r4"]);
    assert!(customers.listed(TENANT, "conflict", 2, None).await.unwrap().lines.is_empty());
}

#[tokio::test]
async fn a_key_is_found_by_what_is_presented_and_by_its_name_and_is_not_stored() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let key = ApiKey {
        name: "quay".to_owned(),
        scopes: ["console".to_owned()].into(),
        created: start(),
        by: "lan".to_owned(),
    };
    let (stored, units) = stage.units(tenants.put_key(TENANT, "cham_a_secret", &key)).await;
    stored.unwrap();
    assert_eq!((units.write, units.calls), (1.0, 1));
    let (known, units) = stage.units(tenants.key(TENANT, "cham_a_secret")).await;
    assert_eq!(known.unwrap().as_ref(), Some(&key));
    assert_eq!((units.read, units.calls), (1.0, 1));
    let (named, units) = stage.units(tenants.key_named(TENANT, "quay")).await;
    assert_eq!(named.unwrap().as_ref(), Some(&key));
    assert_eq!((units.read, units.calls), (1.0, 1));
    assert_eq!(tenants.key(TENANT, "cham_a_secreT").await.unwrap(), None);
    assert_eq!(tenants.key("other", "cham_a_secret").await.unwrap(), None);
    assert_eq!(tenants.key_named(TENANT, "kho").await.unwrap(), None);
    assert!(!stage.rows("TenantsTable")[0].to_string().contains("cham_a_secret"));
}

#[tokio::test]
async fn rules_are_read_as_they_were_written() {
    let stage = Stage::new();
    tenants::apply(&stage.tenants(), 1).await.map(drop).unwrap();
    let tenants = stage.tenants();
    let written = tenants.source(TENANT, 1).await.unwrap().unwrap();
    assert!(written.yaml.contains("- id: payment-received") && !written.templates.is_empty());
    assert_eq!(tenants.source(TENANT, 2).await.unwrap(), None);
}
