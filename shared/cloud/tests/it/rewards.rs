//! RE1 to RE3: codes come in once, each goes out once, and both are counted.

use cloud::table::rewards::{Counted, Imported, PoolCount, Taken};
use domain::{
    id::{CustomerId, EventId},
    voucher::Code,
};
use testkit::fault::Fault;

use crate::stage::{Stage, TENANT, customer_id, event_id};

const TABLE: &str = "RewardsTable";
const POOL: &str = "hoi-gia";
const MARKER: &str = "price-asked#code#2026-11-03";

pub fn codes(numbers: impl IntoIterator<Item = usize>) -> Vec<Code> {
    numbers.into_iter().map(|n| Code::parse(&format!("SOM-{n:06}")).unwrap()).collect()
}

async fn stage_with(free: usize) -> Stage {
    let stage = Stage::new();
    stage.rewards().import(TENANT, POOL, &codes(0..free)).await.unwrap();
    stage
}

async fn take(stage: &Stage, customer: &CustomerId, event: &EventId) -> Taken {
    stage.rewards().take(TENANT, POOL, customer, &[], MARKER, event).await.unwrap()
}

/// How many codes are free and used.
fn counts(stage: &Stage) -> (usize, usize) {
    let rows = stage.rows(TABLE);
    let of = |prefix: &str| {
        rows.iter().filter(|row| row["sk"]["S"].as_str().unwrap().starts_with(prefix)).count()
    };
    (of("free#"), of("used#"))
}

#[tokio::test]
async fn the_same_codes_again_add_nothing_however_they_lie() {
    let stage = Stage::new();
    let import = async |codes: &[Code]| stage.rewards().import(TENANT, POOL, codes).await.unwrap();
    assert_eq!(import(&codes(0..120)).await, Imported { added: 120, known: 0 });
    assert_eq!(import(&codes(0..120)).await, Imported { added: 0, known: 120 });
    assert_eq!(import(&codes(110..130)).await, Imported { added: 10, known: 10 });
    assert_eq!(import(&codes([130, 130, 131])).await, Imported { added: 2, known: 1 });
    assert_eq!(counts(&stage), (132, 0));
}

#[tokio::test]
async fn a_code_that_was_used_does_not_come_back() {
    let stage = stage_with(3).await;
    for n in 0..3 {
        take(&stage, &customer_id(&n.to_string()), &event_id(n)).await;
    }
    assert_eq!(counts(&stage), (0, 3));
    let again = stage.rewards().import(TENANT, POOL, &codes(0..3)).await.unwrap();
    assert_eq!((again, counts(&stage)), (Imported { added: 0, known: 3 }, (0, 3)));
}

#[tokio::test]
async fn a_code_costs_four_units_to_bring_and_six_to_give() {
    let stage = Stage::new();
    let new = codes(0..10);
    let (imported, units) = stage.units(stage.rewards().import(TENANT, POOL, &new)).await;
    imported.unwrap();
    assert_eq!((units.write, units.calls), (40.0, 1));
    let (taken, units) = stage.units(take(&stage, &customer_id("lan"), &event_id(1))).await;
    assert!(matches!(taken, Taken::Code(_)), "{taken:?}");
    assert_eq!((units.write, units.read, units.calls), (6.0, 2.0, 3));
    let (again, units) = stage.units(take(&stage, &customer_id("lan"), &event_id(1))).await;
    assert_eq!((again, units.write, units.calls), (taken, 0.0, 1));
}

#[tokio::test]
async fn a_pool_is_counted_page_by_page_and_up_to_a_bound() {
    let stage = stage_with(1_000).await;
    let counted = |rows| Counted { rows, more: false };
    for n in 0..3 {
        take(&stage, &customer_id(&n.to_string()), &event_id(n)).await;
    }
    let (count, units) = stage.units(stage.rewards().count(TENANT, POOL)).await;
    assert_eq!(count.unwrap(), PoolCount { free: counted(997), used: counted(3) });
    assert_eq!((units.write, units.calls), (0.0, 2));
    assert!((5.0..8.0).contains(&units.read), "{}", units.read);
    let nothing = stage.rewards().count("tra-sua", POOL).await.unwrap();
    assert_eq!(nothing, PoolCount::default());

    let stage = stage_with(20).await;
    for code in codes(0..20) {
        let weight = serde_json::json!({"S": "x".repeat(300_000)});
        stage.spoil(TABLE, POOL, &format!("free#{code}"), "weight", weight);
    }
    let (count, units) = stage.units(stage.rewards().count(TENANT, POOL)).await;
    let PoolCount { free, used } = count.unwrap();
    assert!(free.more && (4..20).contains(&free.rows), "{free:?}");
    assert_eq!((used, units.calls), (counted(0), 5));
}

#[tokio::test]
async fn a_window_gives_one_code_and_to_one_event() {
    let stage = stage_with(5).await;
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    let first = take(&stage, &lan, &event_id(1)).await;
    assert_eq!(take(&stage, &lan, &event_id(1)).await, first);
    assert_eq!(take(&stage, &lan, &event_id(2)).await, Taken::Held);
    let of_minh = take(&stage, &minh, &event_id(2)).await;
    assert!(matches!(&of_minh, Taken::Code(_)) && of_minh != first);
    assert_eq!(counts(&stage), (3, 2));
}

#[tokio::test]
async fn customers_that_are_one_have_one_window() {
    let stage = stage_with(5).await;
    let (lan, minh) = (customer_id("lan"), customer_id("minh"));
    let of_minh = take(&stage, &minh, &event_id(1)).await;
    stage.customers().merge(TENANT, &lan, &minh).await.unwrap();
    let as_lan = async |event: i64| {
        let rewards = stage.rewards();
        let merged = [minh.clone()];
        rewards.take(TENANT, POOL, &lan, &merged, MARKER, &event_id(event)).await.unwrap()
    };
    assert_eq!(as_lan(2).await, Taken::Held);
    assert_eq!(as_lan(1).await, of_minh, "it is the same event's code");
    assert_eq!(counts(&stage), (4, 1));
}

#[tokio::test]
async fn an_empty_pool_writes_nothing() {
    let stage = Stage::new();
    let (taken, units) = stage.units(take(&stage, &customer_id("lan"), &event_id(1))).await;
    assert_eq!((taken, units.write), (Taken::Empty, 0.0));
    assert!(stage.rows("CustomersTable").is_empty());
}

#[tokio::test]
async fn of_fifty_at_once_one_gets_the_last_code() {
    let stage = stage_with(1).await;
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..50 {
        let rewards = stage.rewards();
        asked.spawn(async move {
            let customer = customer_id(&n.to_string());
            rewards.take(TENANT, POOL, &customer, &[], MARKER, &event_id(n)).await.unwrap()
        });
    }
    let taken = asked.join_all().await;
    let given = taken.iter().filter(|taken| matches!(taken, Taken::Code(_))).count();
    let empty = taken.iter().filter(|taken| **taken == Taken::Empty).count();
    assert_eq!((given, empty, counts(&stage)), (1, 49, (0, 1)));
}

#[tokio::test]
async fn fifty_at_once_get_fifty_codes() {
    let stage = stage_with(60).await;
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..50 {
        let rewards = stage.rewards();
        asked.spawn(async move {
            let customer = customer_id(&n.to_string());
            rewards.take(TENANT, POOL, &customer, &[], MARKER, &event_id(n)).await.unwrap()
        });
    }
    let mut given: Vec<String> = Vec::new();
    for taken in asked.join_all().await {
        let Taken::Code(code) = taken else { panic!("{taken:?}") };
        given.push(code);
    }
    given.sort();
    given.dedup();
    assert_eq!((given.len(), counts(&stage)), (50, (10, 50)));
}

/// Goal: whatever fails, an event has one code in the end and the pool lost one. Method: every fault at every call, three times
/// over and once, then the same call again.
#[tokio::test]
async fn no_failure_gives_an_event_a_second_code_or_loses_one() {
    let prepared = stage_with(3).await.keep();
    let (lan, event) = (customer_id("lan"), event_id(1));
    let faults = [
        Fault::Conflict,
        Fault::Throttle,
        Fault::TimeoutWithoutEffect,
        Fault::TimeoutWithEffect,
        Fault::LostReply,
        Fault::CrashBefore,
        Fault::CrashAfter,
    ];
    let mut cases = 0;
    for fault in faults {
        for nth in 1..=3 {
            for times in [1, 3] {
                let stage = prepared.open();
                (nth..nth + times).for_each(|n| stage.faults.plan(n, fault));
                let rewards = stage.rewards();
                tokio::select! {
                    biased;
                    _ = rewards.take(TENANT, POOL, &lan, &[], MARKER, &event) => {}
                    () = stage.faults.crashed() => {}
                }
                let again = stage.without_faults();
                let taken = take(&again, &lan, &event).await;
                let case = format!("{fault:?} {nth} x{times}");
                assert!(matches!(taken, Taken::Code(_)), "{case}: {taken:?}");
                assert_eq!(counts(&again), (2, 1), "{case}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 42);
}
