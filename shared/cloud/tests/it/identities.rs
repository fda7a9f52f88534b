//! CU2 to CU8: links, persons, consent and names.

use cloud::table::customers::{About, Link, Linked, Merged};
use domain::{
    consent::{Consent, Purpose},
    event::Strength::{Claimed, Proven},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::stage::{
    LAN, LAN_PHONE, Stage, TENANT, assert_corrupt, customer_id, event_id, minute, phone, start,
    zalo,
};

const TABLE: &str = "CustomersTable";

fn word(given: bool, event: i64, at: Timestamp) -> Consent {
    Consent { given, event: event_id(event), at }
}

async fn about(stage: &Stage, name: &str) -> About {
    stage.customers().person(TENANT, &customer_id(name)).await.unwrap().1
}

#[tokio::test]
async fn an_identity_is_linked_with_its_number_in_one_transaction_of_four_units() {
    let stage = Stage::new();
    let (customers, lan, lans_phone) = (stage.customers(), customer_id("lan"), phone(LAN_PHONE));
    let (link, units) = stage.units(customers.link(TENANT, &lans_phone.subject)).await;
    assert_eq!((link.unwrap(), units.read, units.calls), (None, 1.0, 1));

    let (linked, units) =
        stage.units(customers.link_first(TENANT, &lans_phone, &lan, Proven)).await;
    assert_eq!(linked.unwrap(), Linked::New);
    assert_eq!((units.write, units.read, units.calls), (4.0, 0.0, 1));

    let link = Link { customer: lan, strength: Proven, phone: lans_phone.phone.clone() };
    let (found, units) = stage.units(customers.link(TENANT, &lans_phone.subject)).await;
    assert_eq!((found.unwrap(), units.read), (Some(link), 1.0));
    let known = about(&stage, "lan").await.identities;
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [(lans_phone.subject, Proven)]);
}

#[tokio::test]
async fn a_second_customer_gets_the_link_that_is_there_and_nothing_of_it() {
    let stage = Stage::new();
    let (customers, lan, minh) = (stage.customers(), customer_id("lan"), customer_id("minh"));
    customers.link_first(TENANT, &zalo(LAN), &lan, Proven).await.unwrap();
    let there = Linked::Already(Link { customer: lan.clone(), strength: Proven, phone: None });
    for customer in [&lan, &minh] {
        let (again, units) =
            stage.units(customers.link_first(TENANT, &zalo(LAN), customer, Claimed)).await;
        assert_eq!(again.unwrap(), there);
        assert_eq!((units.write, units.read, units.calls), (0.0, 1.0, 2));
    }
    assert_eq!(about(&stage, "minh").await, About::default());
    assert_eq!(about(&stage, "lan").await.identities[&zalo(LAN).subject], Proven);
}

#[tokio::test]
async fn of_two_customers_at_once_one_gets_the_identity_and_both_know_who() {
    for names in [["lan", "minh"], ["minh", "lan"]] {
        let stage = Stage::new();
        let (customers, one, two) =
            (stage.customers(), customer_id(names[0]), customer_id(names[1]));
        let id = zalo(LAN);
        let (first, second) = tokio::join!(biased;
            customers.link_first(TENANT, &id, &one, Claimed),
            customers.link_first(TENANT, &id, &two, Proven)
        );
        assert_eq!(first.unwrap(), Linked::New);
        let link = Link { customer: one, strength: Claimed, phone: None };
        assert_eq!(second.unwrap(), Linked::Already(link));
        assert_eq!(about(&stage, names[1]).await.identities.len(), 0);
    }
}

#[tokio::test]
async fn an_identity_is_noted_without_a_link_and_a_later_claim_does_not_weaken_it() {
    let stage = Stage::new();
    let (customers, lan, id) = (stage.customers(), customer_id("lan"), zalo(LAN).subject);
    for strength in [Claimed, Claimed, Proven, Claimed] {
        let (noted, units) =
            stage.units(customers.note_identity(TENANT, &lan, &id, strength)).await;
        noted.unwrap();
        assert_eq!((units.read, units.calls), (0.0, 1));
    }
    assert_eq!(customers.link(TENANT, &id).await.unwrap(), None);
    assert_eq!(about(&stage, "lan").await.identities[&id], Proven);
}

#[tokio::test]
async fn two_customers_become_one_by_the_word_of_both_rows() {
    let stage = Stage::new();
    let customers = stage.customers();
    let (lan, lans_phone) = (customer_id("lan"), customer_id("lan's phone"));
    customers.link_first(TENANT, &zalo(LAN), &lan, Proven).await.unwrap();
    customers.link_first(TENANT, &phone(LAN_PHONE), &lans_phone, Proven).await.unwrap();
    customers.name(TENANT, &lans_phone, "Nguyễn Thị Lan", start(), None).await.unwrap();
    for _ in 0..2 {
        let (merged, units) = stage.units(customers.merge(TENANT, &lan, &lans_phone)).await;
        assert_eq!(merged.unwrap(), Merged::Done);
        assert_eq!((units.write, units.read, units.calls), (6.0, 0.0, 1));
    }
    let ((id, about), units) = {
        let (person, units) = stage.units(customers.person(TENANT, &lans_phone)).await;
        (person.unwrap(), units)
    };
    assert_eq!((units.read, units.calls), (3.0, 3), "the loser, the winner, and the merged one");
    assert_eq!(id, lan);
    assert_eq!(about.name.as_deref(), Some("Nguyễn Thị Lan"));
    assert_eq!(about.merged, [lans_phone]);
    assert_eq!(about.identities.len(), 2);
}

#[tokio::test]
async fn of_two_merges_that_would_make_a_circle_the_second_looks_again() {
    for names in [["a", "b"], ["b", "a"]] {
        let stage = Stage::new();
        let customers = stage.customers();
        let (one, two) = (customer_id(names[0]), customer_id(names[1]));
        let (first, second) = tokio::join!(biased;
            customers.merge(TENANT, &one, &two),
            customers.merge(TENANT, &two, &one)
        );
        assert_eq!((first.unwrap(), second.unwrap()), (Merged::Done, Merged::Moved));
        assert_eq!(customers.person(TENANT, &two).await.unwrap().0, one);
        assert_eq!(customers.person(TENANT, &one).await.unwrap().0, one);
    }
}

#[tokio::test]
async fn a_customer_that_is_another_one_already_is_not_given_away_again() {
    let stage = Stage::new();
    let customers = stage.customers();
    let [a, b, c] = ["a", "b", "c"].map(customer_id);
    assert_eq!(customers.merge(TENANT, &a, &b).await.unwrap(), Merged::Done);
    assert_eq!(customers.merge(TENANT, &c, &b).await.unwrap(), Merged::Moved);
    assert_eq!(customers.merge(TENANT, &b, &c).await.unwrap(), Merged::Moved);
    assert_eq!(customers.merge(TENANT, &c, &a).await.unwrap(), Merged::Done);
    for customer in [&a, &b, &c] {
        let (id, about) = customers.person(TENANT, customer).await.unwrap();
        assert_eq!((id, about.merged), (c.clone(), vec![a.clone(), b.clone()]));
    }
}

#[tokio::test]
async fn aliases_and_merged_customers_are_followed_to_their_bounds_and_no_further() {
    let name = |n: i32| customer_id(&n.to_string());
    for (links, ok) in [(7, true), (8, false)] {
        let stage = Stage::new();
        let customers = stage.customers();
        for n in 0..links {
            customers.merge(TENANT, &name(n + 1), &name(n)).await.unwrap();
        }
        let person = customers.person(TENANT, &name(0)).await;
        if ok {
            assert_eq!(person.unwrap().0, name(links));
        } else {
            assert_corrupt(person, &[TENANT, name(0).as_str()]);
        }
    }
    for (merged, ok) in [(10, true), (11, false)] {
        let stage = Stage::new();
        let customers = stage.customers();
        for n in 1..=merged {
            customers.merge(TENANT, &name(0), &name(n)).await.unwrap();
        }
        let person = customers.person(TENANT, &name(0)).await;
        if ok {
            assert_eq!(person.unwrap().1.merged.len(), 10);
        } else {
            assert_corrupt(person, &[TENANT, name(0).as_str()]);
        }
    }
}

#[tokio::test]
async fn the_later_word_counts_withdrawal_wins_a_tie_and_every_order_ends_alike() {
    let words = [
        word(true, 1, minute(1)),
        word(false, 2, minute(3)),
        word(true, 3, minute(3)),
        word(true, 4, minute(2)),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let stage = Stage::new();
        let (customers, lan) = (stage.customers(), customer_id("lan"));
        for n in order {
            customers.consent(TENANT, &lan, Purpose::Care, &words[n]).await.unwrap();
        }
        let about = about(&stage, "lan").await;
        assert_eq!(about.consents[&Purpose::Care], words[1], "{order:?}");
        assert!(!about.consents_to(Purpose::Care) && !about.consents_to(Purpose::Promotion));
    }
}

#[tokio::test]
async fn a_word_is_one_unit_and_its_repetition_changes_nothing() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let yes = word(true, 1, minute(1));
    let (booked, units) =
        stage.units(customers.consent(TENANT, &lan, Purpose::Promotion, &yes)).await;
    booked.unwrap();
    assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    customers.consent(TENANT, &lan, Purpose::Promotion, &yes).await.unwrap();
    assert!(about(&stage, "lan").await.consents_to(Purpose::Promotion));

    let no = word(false, 2, minute(1));
    let (one, two) = tokio::join!(biased;
        customers.consent(TENANT, &lan, Purpose::Promotion, &no),
        customers.consent(TENANT, &lan, Purpose::Promotion, &yes)
    );
    one.and(two).unwrap();
    assert_eq!(about(&stage, "lan").await.consents[&Purpose::Promotion], no);
}

#[tokio::test]
async fn a_withdrawal_at_a_merged_customer_counts_for_the_person() {
    let stage = Stage::new();
    let customers = stage.customers();
    let (winner, loser) = (customer_id("a"), customer_id("b"));
    customers.consent(TENANT, &winner, Purpose::Care, &word(true, 1, minute(1))).await.unwrap();
    customers.consent(TENANT, &loser, Purpose::Care, &word(false, 2, minute(1))).await.unwrap();
    customers.merge(TENANT, &winner, &loser).await.unwrap();
    assert!(!about(&stage, "a").await.consents_to(Purpose::Care));
}

#[tokio::test]
async fn the_name_that_was_given_last_is_kept_whatever_comes_first() {
    for order in [[1, 2], [2, 1]] {
        let stage = Stage::new();
        let (customers, lan) = (stage.customers(), customer_id("lan"));
        for n in order {
            let name = ["", "Lan", "Nguyễn Thị Lan"][n];
            let at = minute(i64::try_from(n).unwrap());
            let (named, units) = stage.units(customers.name(TENANT, &lan, name, at, None)).await;
            named.unwrap();
            assert!(units.write <= 8.0 && units.calls == 1, "2 and 2 per word");
        }
        customers.name(TENANT, &lan, "Lan again", minute(2), None).await.unwrap();
        assert_eq!(about(&stage, "lan").await.name.as_deref(), Some("Nguyễn Thị Lan"));
    }
}

#[tokio::test]
async fn a_person_whose_rows_do_not_fit_a_page_is_named_and_not_judged_by_half() {
    let stage = Stage::new();
    let lan = customer_id("lan");
    stage.customers().name(TENANT, &lan, "Lan", start(), None).await.unwrap();
    let pk = format!("{TENANT}#{lan}");
    for n in 0..4 {
        stage.put(
            TABLE,
            &json!({
                "pk": {"S": pk}, "sk": {"S": format!("about#id#zalo:{n}:1")}, "v": {"N": "1"},
                "strength": {"S": "claimed"}, "weight": {"S": "x".repeat(300_000)},
            }),
        );
    }
    assert_corrupt(stage.customers().person(TENANT, &lan).await, &[&pk]);
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_named_by_every_pattern_that_meets_it() {
    let spoiled: Vec<(&str, Value)> = vec![
        ("v", json!({"N": "2"})),
        ("v", Value::Null),
        ("strength", json!({"S": "rumoured"})),
        ("customer", Value::Null),
        ("phone", json!({"S": "12"})),
    ];
    for (attribute, value) in spoiled {
        let stage = Stage::new();
        let (customers, lan, minh) = (stage.customers(), customer_id("lan"), customer_id("minh"));
        let lans_phone = phone(LAN_PHONE);
        customers.link_first(TENANT, &lans_phone, &lan, Proven).await.unwrap();
        stage.spoil(TABLE, "", "link", attribute, value);
        let key = format!("{TENANT}#{} link", lans_phone.subject);
        assert_corrupt(customers.link(TENANT, &lans_phone.subject).await, &[&key]);
        assert_corrupt(customers.link_first(TENANT, &lans_phone, &minh, Proven).await, &[&key]);
    }
    let care = ("about#consent#care", "at", json!({"N": "99999999999999999"}));
    for (sk, attribute, value) in [
        ("about#profile", "name", Value::Null),
        ("about#profile", "v", json!({"N": "2"})),
        ("about#consent#care", "given", json!({"S": "yes"})),
        ("about#consent#care", "sk", json!({"S": "about#consent#fax"})),
        ("about#consent#care", "sk", json!({"S": "about#fax"})),
        ("about#consent#care", "sk", json!({"S": "about#id#fax:1"})),
        care,
    ] {
        let stage = Stage::new();
        let (customers, lan) = (stage.customers(), customer_id("lan"));
        customers.name(TENANT, &lan, "Lan", start(), None).await.unwrap();
        customers.consent(TENANT, &lan, Purpose::Care, &word(true, 1, start())).await.unwrap();
        stage.spoil(TABLE, "", sk, attribute, value.clone());
        let pk = format!("{TENANT}#{lan}");
        let sk = if attribute == "sk" { value["S"].as_str().unwrap() } else { sk };
        assert_corrupt(customers.person(TENANT, &lan).await, &[&pk, sk]);
    }
}
