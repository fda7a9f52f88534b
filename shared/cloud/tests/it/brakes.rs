//! TE6 to TE9, TE31 to TE33, CU30: pauses, stops, slices of limits, places in a customer's day.

use std::collections::BTreeMap;

use cloud::table::{
    StoreError,
    tenants::{Counted, Slice},
};
use domain::{
    channel::Channel,
    consent::Purpose,
    id::EffectId,
    notification::{Pause, Pauses, Scope, Window},
};
use serde_json::json;

use crate::{
    failures::shown,
    stage::{Stage, TENANT, assert_corrupt, customer_id, event_id, minute, start},
};

const BURST: Counted<'_> = Counted::Burst { rule: "guide" };

fn one_by_one(lease: &str, units: u64, limit: u64) -> Slice<'_> {
    Slice { lease, unit: 1, units, limit }
}

#[tokio::test]
async fn what_is_paused_is_read_whole_and_who_came_first_stays() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let scopes = [Scope::Tenant, Scope::Rule("guide".to_owned()), Scope::Channel(Channel::ZnsUid)];
    for scope in &scopes {
        let (paused, units) = stage.units(tenants.pause(TENANT, scope, "minh", start())).await;
        paused.unwrap();
        assert_eq!((units.write, units.calls), (1.0, 1));
    }
    tenants.pause(TENANT, &Scope::Tenant, "hoa", minute(5)).await.unwrap();
    tenants.pause("tra-sua", &Scope::Template("welcome".to_owned()), "hoa", start()).await.unwrap();
    let (found, units) = stage.units(tenants.pauses(TENANT)).await;
    let first = Pause { by: "minh".to_owned(), at: start(), stop: None };
    let all: BTreeMap<_, _> = scopes.iter().map(|scope| (scope.clone(), first.clone())).collect();
    assert_eq!(found.unwrap(), Pauses(all));
    assert_eq!((units.read, units.write, units.calls), (1.0, 0.0, 1));

    let (resumed, units) = stage.units(tenants.resume(TENANT, &Scope::Tenant)).await;
    resumed.unwrap();
    assert_eq!((units.write, units.calls), (1.0, 1));
    tenants.resume(TENANT, &Scope::Template("welcome".to_owned())).await.unwrap();
    assert_eq!(tenants.pauses(TENANT).await.unwrap().0.len(), 2);
    assert_eq!(tenants.pauses("tra-sua").await.unwrap().0.len(), 1);
    assert_eq!(tenants.pauses("nobody").await.unwrap(), Pauses::default());
}

#[tokio::test]
async fn a_pause_that_nobody_can_read_is_named() {
    for (attribute, value) in [
        ("v", json!({"N": "2"})),
        ("at", json!({"N": "99999999999999999"})),
        ("by", json!({"N": "1"})),
    ] {
        let stage = Stage::new();
        stage.tenants().pause(TENANT, &Scope::Tenant, "minh", start()).await.unwrap();
        stage.spoil("TenantsTable", TENANT, "brake#pause#tenant", attribute, value);
        assert_corrupt(stage.tenants().pauses(TENANT).await, &["brake#pause#tenant"]);
    }
    let stage = Stage::new();
    let row = json!({
        "pk": {"S": TENANT}, "sk": {"S": "brake#pause#moon"}, "v": {"N": "1"}, "by": {"S": "a"}, "at": {"N": "1"},
    });
    stage.put("TenantsTable", &row);
    assert_corrupt(stage.tenants().pauses(TENANT).await, &["brake#pause#moon"]);
}

/// A template that Zalo takes nothing of.
pub fn stopped() -> Scope {
    Scope::TemplateOn("welcome".to_owned(), Channel::ZnsPhone)
}

/// Another, of which that is known.
pub fn before() -> Scope {
    Scope::AccountOn("1".to_owned(), Channel::ZnsUid)
}

pub fn stop() -> Pause {
    Pause::by_zalo(-131, start())
}

#[tokio::test]
async fn a_stop_stands_among_the_pauses_and_the_first_to_meet_it_counts() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let (first, units) = stage.units(tenants.stop(TENANT, &stopped(), stop())).await;
    assert_eq!(first.unwrap(), stop());
    assert_eq!((units.write, units.calls), (1.0, 1));
    let later = Pause::by_zalo(-146, minute(1));
    assert_eq!(tenants.stop(TENANT, &stopped(), later.clone()).await.unwrap(), stop());
    // What people have paused is no stop, and stays theirs.
    tenants.pause(TENANT, &before(), "minh", start()).await.unwrap();
    assert_eq!(tenants.stop(TENANT, &before(), later).await.unwrap().stop, None);
    let pauses = tenants.pauses(TENANT).await.unwrap().0;
    assert_eq!((pauses.len(), &pauses[&stopped()]), (2, &stop()));
    tenants.resume(TENANT, &stopped()).await.unwrap();
    assert_eq!(tenants.pauses(TENANT).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn of_two_who_want_a_probe_one_has_it_and_only_its_own_success_lifts_the_stop() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    tenants.stop(TENANT, &stopped(), stop()).await.unwrap();
    let seen = stop().stop.unwrap();
    let mine = seen.probed(minute(15));
    let (taken, units) = stage.units(tenants.take_probe(TENANT, &stopped(), &seen, &mine)).await;
    assert!(taken.unwrap());
    assert_eq!((units.write, units.calls), (1.0, 1));
    assert!(
        !tenants.take_probe(TENANT, &stopped(), &seen, &seen.probed(minute(16))).await.unwrap()
    );
    assert_eq!(tenants.pauses(TENANT).await.unwrap().0[&stopped()].stop, Some(mine));
    // Somebody has let it go by hand, and it was stopped anew: the old probe says nothing of that.
    tenants.lift(TENANT, &stopped(), &seen).await.unwrap();
    assert_eq!(tenants.pauses(TENANT).await.unwrap().0.len(), 1);
    let (lifted, units) = stage.units(tenants.lift(TENANT, &stopped(), &mine)).await;
    lifted.unwrap();
    assert_eq!((units.write, units.calls), (1.0, 1));
    assert_eq!(tenants.pauses(TENANT).await.unwrap(), Pauses::default());
    // A probe of what is no longer stopped is nobody's.
    assert!(
        !tenants.take_probe(TENANT, &stopped(), &mine, &mine.probed(minute(17))).await.unwrap()
    );
}

#[tokio::test]
async fn a_stop_that_is_not_whole_is_named() {
    let key = format!("brake#pause#{}", stopped());
    for (attribute, value) in
        [("code", json!({"S": "a"})), ("probe_at", json!({"N": "99999999999999999"}))]
    {
        let stage = Stage::new();
        stage.tenants().stop(TENANT, &stopped(), stop()).await.unwrap();
        stage.spoil("TenantsTable", TENANT, &key, attribute, value);
        assert_corrupt(stage.tenants().pauses(TENANT).await, &[&key]);
    }
}

#[tokio::test]
async fn slices_are_given_until_the_limit_and_then_what_is_left() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let hour = Window::hour(start());
    let take = async |lease: &str, units: u64| {
        let slice = one_by_one(lease, units, 60);
        let (granted, units) = stage.units(tenants.take_slice(TENANT, BURST, &hour, slice)).await;
        (granted.unwrap(), units.write, units.calls)
    };
    assert_eq!(take("a", 25).await, (25, 1.0, 1));
    assert_eq!(take("b", 25).await, (25, 1.0, 1));
    assert_eq!(take("c", 25).await, (10, 1.0, 2), "refused, and what is left");
    assert_eq!(take("d", 1).await, (0, 0.0, 1));
    let next = Window::hour(minute(60));
    let granted = tenants.take_slice(TENANT, BURST, &next, one_by_one("e", 25, 60)).await;
    assert_eq!(granted.unwrap(), 25, "the next hour is another");
    let other = Counted::Burst { rule: "guide-2" };
    let granted = tenants.take_slice(TENANT, other, &hour, one_by_one("f", 25, 60)).await;
    assert_eq!(granted.unwrap(), 25, "another rule is another");
    let none = tenants.take_slice(TENANT, other, &hour, one_by_one("g", 25, 0)).await;
    assert_eq!(none.unwrap(), 0);
    let row = stage.row("TenantsTable", TENANT, "brake#burst#guide#2026-11-20T08");
    let kept_until = (hour.ends + jiff::SignedDuration::from_hours(48)).as_second();
    assert_eq!(
        (&row["taken"]["N"], &row["ttl"]["N"]),
        (&json!("60"), &json!(kept_until.to_string()))
    );
}

#[tokio::test]
async fn money_is_given_in_whole_prices() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let day = Window::day(start());
    let take = async |lease: &str, unit: u64, units: u64| {
        let slice = Slice { lease, unit, units, limit: 1_000 };
        tenants.take_slice(TENANT, Counted::Budget, &day, slice).await.unwrap()
    };
    assert_eq!(take("a", 300, 2).await, 600);
    assert_eq!(take("b", 300, 25).await, 300);
    assert_eq!(take("c", 165, 1).await, 0);
    assert_eq!(take("d", 100, 25).await, 100);
    assert_eq!(take("e", 1, 1).await, 0);
}

/// A request that is repeated because its reply was lost must not take twice; a lease that comes again finds itself.
#[tokio::test]
async fn the_same_lease_takes_nothing_twice() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let hour = Window::hour(start());
    for _ in 0..3 {
        let granted = tenants.take_slice(TENANT, BURST, &hour, one_by_one("a", 25, 60)).await;
        assert_eq!(granted.unwrap(), 25);
    }
    let granted = tenants.take_slice(TENANT, BURST, &hour, one_by_one("b", 60, 60)).await;
    assert_eq!(granted.unwrap(), 35);
}

#[tokio::test]
async fn two_who_lease_at_once_get_no_more_than_there_is() {
    for first in [0, 1] {
        let stage = Stage::new();
        let tenants = stage.tenants();
        let hour = Window::hour(start());
        let mut slices = [one_by_one("a", 25, 30), one_by_one("b", 25, 30)];
        slices.rotate_left(first);
        let (one, two) = tokio::join!(biased;
            tenants.take_slice(TENANT, BURST, &hour, slices[0]),
            tenants.take_slice(TENANT, BURST, &hour, slices[1]),
        );
        assert_eq!((one.unwrap(), two.unwrap()), (25, 5));
    }
}

#[tokio::test]
async fn a_counter_that_nobody_can_read_is_named() {
    let stage = Stage::new();
    let hour = Window::hour(start());
    let slice = one_by_one("a", 25, 30);
    stage.tenants().take_slice(TENANT, BURST, &hour, slice).await.unwrap();
    let sk = "brake#burst#guide#2026-11-20T08";
    stage.spoil("TenantsTable", TENANT, sk, "granted", json!({"S": "many"}));
    let slice = one_by_one("b", 25, 30);
    assert_corrupt(stage.tenants().take_slice(TENANT, BURST, &hour, slice).await, &[sk]);
}

#[tokio::test]
async fn a_day_has_so_many_places_and_each_is_found_again() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let take = async |n: i64, purpose: Purpose, at: i64| {
        let own = EffectId::of(&event_id(n), "guide", "tell");
        let day = Window::day(minute(at));
        let taken = customers.take_place(TENANT, &lan, purpose, &day, 2, &own);
        let (taken, units) = stage.units(taken).await;
        (taken.unwrap(), units.write, units.calls)
    };
    assert_eq!(take(1, Purpose::Care, 0).await, (true, 1.0, 1));
    assert_eq!(take(2, Purpose::Care, 0).await, (true, 1.0, 2));
    assert_eq!(take(3, Purpose::Care, 0).await, (false, 0.0, 2));
    assert_eq!(take(2, Purpose::Care, 0).await, (true, 0.0, 2), "its own");
    assert_eq!(take(3, Purpose::Promotion, 0).await, (true, 1.0, 1));
    assert_eq!(take(3, Purpose::Care, 24 * 60).await, (true, 1.0, 1));
}

/// One of the patterns of stops, for the faults.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let tenants = stage.tenants();
    let seen = stop().stop.unwrap();
    match id {
        "TE31" => shown(tenants.stop(TENANT, &stopped(), stop()).await),
        "TE32" => {
            let next = seen.probed(seen.probe_at);
            shown(tenants.take_probe(TENANT, &before(), &seen, &next).await)
        }
        "TE33" => shown(tenants.lift(TENANT, &before(), &seen).await),
        other => panic!("{other} is not here"),
    }
}
