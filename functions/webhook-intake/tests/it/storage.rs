//! What a hook costs, and what is remembered between two.

use local::demo::hook::DemoHook;
use testkit::fault::Units;

use crate::setup::*;

/// Goal: the numbers that the price of Cham stands on. Method: the engine's own capacity.
#[tokio::test]
async fn a_hook_is_one_write_unit_and_with_a_warm_cache_no_read() {
    for (n, (hook, _, _)) in one_of_each().into_iter().enumerate() {
        let door = door().await;
        let cold = door.faults.mark();
        door.post(&hook, start()).await;
        let units = door.faults.units_since(cold);
        assert_eq!((units.write, units.calls), (1.0, 2), "{n}: {units:?}");

        let duplicate = door.faults.mark();
        door.post(&hook, later(1)).await;
        let calls = door.faults.calls_since(duplicate);
        assert_eq!(calls.len(), 1, "one refused put: {calls:?}");
        assert_eq!(calls[0].operation, "PutItem");
    }
    let door = door().await;
    door.post(&wrote("a", "m1"), start()).await;
    let warm = door.faults.mark();
    door.post(&wrote("b", "m2"), later(59)).await;
    let one_put = Units { write: 1.0, read: 0.0, index: 0.0, calls: 1 };
    assert_eq!(door.faults.units_since(warm), one_put);
}

#[tokio::test]
async fn a_refused_hook_writes_nothing_and_with_a_warm_cache_asks_nothing() {
    let door = door().await;
    door.post(&wrote("a", "m1"), start()).await;
    let warm = door.faults.mark();
    for hook in [
        wrote("b", "m2").without("x-zevent-signature"),
        DemoHook::bare(&hooks("ghn/guess"), "{}"),
        DemoHook::bare(&hooks("facebook"), "{}"),
        DemoHook::bare("/nothing", "{}"),
    ] {
        assert!(door.post(&hook, start()).await.status >= 400);
    }
    assert!(door.faults.calls_since(warm).is_empty());
}

#[tokio::test]
async fn an_unknown_tenant_is_asked_for_once_a_minute() {
    let door = door().await;
    let hook = DemoHook::bare("/hooks/nobody/ghn/x", "{}");
    for second in [0, 1, 59] {
        assert_eq!(door.post(&hook, later(second)).await.code(), "unknown_tenant");
    }
    assert_eq!(door.faults.calls().len(), 1);
    door.post(&hook, later(60)).await;
    assert_eq!(door.faults.calls().len(), 2);
}

#[tokio::test]
async fn names_that_nobody_can_have_are_not_even_asked_for() {
    let door = door().await;
    for name in ["A", "a_b", "a%20b", "-a", "a-", "a--b", "cà", &"a".repeat(49)] {
        let hook = DemoHook::bare(&format!("/hooks/{name}/ghn/x"), "{}");
        assert_eq!(door.post(&hook, start()).await.code(), "unknown_tenant", "{name}");
    }
    assert!(door.faults.calls().is_empty());
}

/// Goal: made-up names cannot fill the memory for good. Method: more of them than the cache keeps; the known tenant is then
/// read again, which shows that everything was forgotten.
#[tokio::test]
async fn the_memory_for_tenants_is_bounded() {
    let door = door().await;
    door.post(&wrote("a", "m1"), start()).await;
    for n in 0..1_000 {
        door.post(&DemoHook::bare(&format!("/hooks/nobody-{n}/ghn/x"), "{}"), start()).await;
    }
    let full = door.faults.mark();
    door.post(&wrote("b", "m2"), start()).await;
    assert_eq!(door.faults.calls_since(full).len(), 2);
}
