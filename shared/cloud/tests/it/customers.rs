//! CU1 and CU14 to CU20: what was judged, and what nobody could handle.

use cloud::table::customers::{EffectRow, FirstEvaluation, Judged, TimelineRow, Won};
use domain::{
    event::Strength,
    id::{CustomerId, EffectId},
};
use serde_json::{Value, json};

use crate::stage::{
    LAN, Stage, TENANT, assert_corrupt, customer_id, event_id, minute, order, start, zalo,
};

const TABLE: &str = "CustomersTable";
const WINDOW: &str = "welcome#once#2026-11-20";

fn seen(n: i64) -> FirstEvaluation {
    FirstEvaluation {
        at: minute(n),
        version: Some(12),
        subject: order(),
        time: start(),
        body_hash: "2c26b46b68ffc68f".to_owned(),
    }
}

fn line(n: i64) -> TimelineRow {
    let effect = EffectId::of(&event_id(n), "payment-received", "tell");
    TimelineRow {
        time: minute(n),
        event: event_id(n),
        kind: "customer.wrote".to_owned(),
        subject: zalo(LAN).subject,
        line: "Máy pha Sớm Mini giá bao nhiêu vậy quán ơi? ".repeat(3).chars().take(120).collect(),
        decisions: vec![format!("payment-received: tell=notify({effect})")],
    }
}

fn effect(n: i64) -> EffectRow {
    EffectRow {
        id: EffectId::of(&event_id(n), "delivered-guide", "ask"),
        event: event_id(n),
        rule: "delivered-guide".to_owned(),
        step: "ask".to_owned(),
        kind: "invite".to_owned(),
        detail: "csat-delivery".to_owned(),
        outcome: "refused(cool_down)".to_owned(),
        about: "DH0001".to_owned(),
        planned_for_ms: minute(120).as_millisecond(),
    }
}

#[tokio::test]
async fn the_first_evaluation_is_one_unit_and_every_later_one_judges_by_it() {
    let stage = Stage::new();
    let customers = stage.customers();
    let (judged, units) =
        stage.units(customers.evaluate_first(TENANT, &event_id(1), &seen(1))).await;
    assert_eq!(judged.unwrap(), Judged::First);
    assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    let (judged, units) =
        stage.units(customers.evaluate_first(TENANT, &event_id(1), &seen(9))).await;
    assert_eq!(judged.unwrap(), Judged::Before(seen(1)));
    assert_eq!((units.write, units.read, units.calls), (0.0, 0.0, 1));

    let (found, units) = stage.units(customers.first_evaluation(TENANT, &event_id(1))).await;
    assert_eq!((found.unwrap(), units.read, units.calls), (Some(seen(1)), 1.0, 1));
    assert_eq!(customers.first_evaluation(TENANT, &event_id(3)).await.unwrap(), None);

    let without_rules = FirstEvaluation { version: None, ..seen(1) };
    for judged in [Judged::First, Judged::Before(without_rules.clone())] {
        let now = customers.evaluate_first(TENANT, &event_id(2), &without_rules).await;
        assert_eq!(now.unwrap(), judged);
    }
}

#[tokio::test]
async fn of_two_evaluations_at_once_one_is_the_first_and_the_other_judges_by_it() {
    for (first, second) in [(1, 2), (2, 1)] {
        let stage = Stage::new();
        let customers = stage.customers();
        let id = event_id(1);
        let (mine, other) = (seen(first), seen(second));
        let (one, two) = tokio::join!(biased;
            customers.evaluate_first(TENANT, &id, &mine),
            customers.evaluate_first(TENANT, &id, &other)
        );
        assert_eq!((one.unwrap(), two.unwrap()), (Judged::First, Judged::Before(mine)));
    }
}

#[tokio::test]
async fn a_full_line_is_one_unit_and_the_timeline_shows_the_newest_first_up_to_its_limit() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    assert_eq!(customers.timeline(TENANT, &lan, None, 10).await.unwrap(), []);
    for n in [2, 1, 3, 3] {
        let (noted, units) = stage.units(customers.note(TENANT, &lan, &line(n))).await;
        noted.unwrap();
        assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    }
    let (newest, units) = stage.units(customers.timeline(TENANT, &lan, None, 2)).await;
    assert_eq!(newest.unwrap(), [line(3), line(2)]);
    assert_eq!((units.read, units.calls), (0.5, 1));
    let all = customers.timeline(TENANT, &lan, None, 10).await.unwrap();
    assert_eq!(all, [line(3), line(2), line(1)]);
    assert_eq!(customers.timeline(TENANT, &customer_id("minh"), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_redelivery_with_another_time_is_a_line_of_its_own() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let again = TimelineRow { time: minute(5), ..line(1) };
    let (first, second) = (line(1), again.clone());
    let (one, two) = tokio::join!(biased;
        customers.note(TENANT, &lan, &first),
        customers.note(TENANT, &lan, &second)
    );
    one.and(two).unwrap();
    assert_eq!(customers.timeline(TENANT, &lan, None, 10).await.unwrap(), [again, line(1)]);
}

#[tokio::test]
async fn a_window_is_won_once_and_again_by_who_holds_it() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let win = async |event: i64| {
        let (won, units) =
            stage.units(customers.win_once(TENANT, &lan, &[], WINDOW, &event_id(event))).await;
        (won.unwrap(), units.write, units.calls)
    };
    assert_eq!(win(1).await, (Won::Yes, 1.0, 1));
    assert_eq!(win(1).await, (Won::Yes, 0.0, 1));
    assert_eq!(win(2).await, (Won::No, 0.0, 1));
    let next = customers.win_once(TENANT, &lan, &[], "welcome#once#2027-11-20", &event_id(2)).await;
    assert_eq!(next.unwrap(), Won::Yes);
}

#[tokio::test]
async fn of_two_events_at_once_one_wins_the_window() {
    for order in [[1, 2], [2, 1]] {
        for merged in [vec![], vec![customer_id("merged")]] {
            let stage = Stage::new();
            let (customers, lan) = (stage.customers(), customer_id("lan"));
            let [one, two] = order.map(event_id);
            let (first, second) = tokio::join!(biased;
                customers.win_once(TENANT, &lan, &merged, WINDOW, &one),
                customers.win_once(TENANT, &lan, &merged, WINDOW, &two)
            );
            assert_eq!((first.unwrap(), second.unwrap()), (Won::Yes, Won::No));
        }
    }
}

#[tokio::test]
async fn a_window_that_a_merged_customer_holds_is_lost_unless_the_event_is_the_same() {
    let stage = Stage::new();
    let customers = stage.customers();
    let [lan, once_lan, never] = ["lan", "once lan", "never"].map(customer_id);
    let won = async |merged: &[CustomerId], event: i64| {
        let (won, units) =
            stage.units(customers.win_once(TENANT, &lan, merged, WINDOW, &event_id(event))).await;
        (won.unwrap(), units.write, units.calls)
    };
    customers.win_once(TENANT, &once_lan, &[], WINDOW, &event_id(1)).await.unwrap();
    let merged = [once_lan, never];
    // A refused transaction is reported without units here; AWS bills it as if it had gone through.
    assert_eq!(won(&merged, 2).await.0, Won::No);
    assert_eq!(won(&merged, 1).await, (Won::Yes, 6.0, 1), "2 for each of three rows");
    assert_eq!(won(&merged, 1).await.0, Won::Yes);
    assert_eq!(won(&[], 3).await.0, Won::No);
}

#[tokio::test]
async fn an_effect_is_one_unit_however_often_it_is_recorded() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    for n in [1, 2, 2] {
        let (kept, units) =
            stage.units(customers.record_effect(TENANT, lan.as_str(), &effect(n))).await;
        kept.unwrap();
        assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    }
    let (found, units) = stage.units(customers.effects(TENANT, &lan, 10)).await;
    let mut found = found.unwrap();
    found.sort_by_key(|effect| effect.event != event_id(1));
    assert_eq!(found, [effect(1), effect(2)]);
    assert_eq!((units.read, units.calls), (0.5, 1));
    assert_eq!(customers.effects(TENANT, &lan, 1).await.unwrap().len(), 1);

    let nobodys = order().to_string();
    customers.record_effect(TENANT, &nobodys, &effect(3)).await.unwrap();
    stage.row(TABLE, "order:DH0001", effect(3).id.as_str());
}

#[tokio::test]
async fn two_recordings_of_one_effect_at_once_are_one_row() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let same = effect(1);
    let (one, two) = tokio::join!(biased;
        customers.record_effect(TENANT, lan.as_str(), &same),
        customers.record_effect(TENANT, lan.as_str(), &same)
    );
    one.and(two).unwrap();
    assert_eq!(stage.rows(TABLE).len(), 1);
}

#[tokio::test]
async fn what_is_stuck_or_conflicts_is_listed_once_for_each_record() {
    let stage = Stage::new();
    let customers = stage.customers();
    let stick = async |record: &'static str| {
        let stuck = customers.stick(TENANT, "zns-dispatch", record, "corrupt_row", start());
        let (stuck, units) = stage.units(stuck).await;
        stuck.unwrap();
        (units.write, units.read, units.calls)
    };
    for record in ["a", "b", "a"] {
        assert_eq!(stick(record).await, (1.0, 0.0, 1));
    }
    let conflict = async |hash: &'static str| {
        let id = event_id(1);
        let listed = customers.list_conflict(TENANT, &id, hash, "other_body", start());
        let (listed, units) = stage.units(listed).await;
        listed.unwrap();
        (units.write, units.read, units.calls)
    };
    for hash in ["aa", "bb", "aa"] {
        assert_eq!(conflict(hash).await, (1.0, 0.0, 1));
    }

    let stuck = stage.row(TABLE, "#stuck", "zns-dispatch#a");
    assert_eq!(stuck["why"]["S"], "corrupt_row");
    let conflicting = stage.row(TABLE, "#conflict", &format!("{}#bb", event_id(1)));
    assert_eq!(conflicting["why"]["S"], "other_body");
    assert_eq!(stage.rows(TABLE).len(), 4);
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_named_by_every_pattern_that_meets_it() {
    for (attribute, value) in [
        ("v", json!({"N": "2"})),
        ("v", Value::Null),
        ("subject", json!({"S": "fax:1"})),
        ("at", json!({"N": "99999999999999999"})),
        ("body", Value::Null),
    ] {
        let stage = Stage::new();
        let customers = stage.customers();
        customers.evaluate_first(TENANT, &event_id(1), &seen(1)).await.unwrap();
        stage.spoil(TABLE, "", "first", attribute, value);
        let judged = customers.evaluate_first(TENANT, &event_id(1), &seen(1)).await;
        assert_corrupt(judged, &[&format!("{TENANT}#event#{} first", event_id(1))]);
    }

    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    let pk = format!("{TENANT}#{lan}");
    customers.win_once(TENANT, &lan, &[], WINDOW, &event_id(1)).await.unwrap();
    stage.spoil(TABLE, "", WINDOW, "event", json!({"N": "1"}));
    let won = customers.win_once(TENANT, &lan, &[], WINDOW, &event_id(1)).await;
    assert_corrupt(won, &[&pk, WINDOW]);

    customers.note(TENANT, &lan, &line(1)).await.unwrap();
    stage.spoil(TABLE, "", event_id(1).as_str(), "subject", json!({"S": "fax:1"}));
    let timeline = customers.timeline(TENANT, &lan, None, 10).await;
    assert_corrupt(timeline, &[&pk, event_id(1).as_str()]);
    stage.spoil(TABLE, "", event_id(1).as_str(), "subject", json!({"S": "order:1"}));
    stage.spoil(TABLE, "", event_id(1).as_str(), "sk", json!({"S": "t#now#nothing"}));
    assert_corrupt(customers.timeline(TENANT, &lan, None, 1).await, &[&pk, "t#now#nothing"]);

    customers.record_effect(TENANT, lan.as_str(), &effect(1)).await.unwrap();
    stage.spoil(TABLE, "", effect(1).id.as_str(), "rule", Value::Null);
    let effects = customers.effects(TENANT, &lan, 10).await;
    assert_corrupt(effects, &[&pk, effect(1).id.as_str()]);
}

#[tokio::test]
async fn rows_of_other_kinds_under_one_customer_do_not_meet() {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    customers.note(TENANT, &lan, &line(1)).await.unwrap();
    customers.record_effect(TENANT, lan.as_str(), &effect(1)).await.unwrap();
    customers.win_once(TENANT, &lan, &[], WINDOW, &event_id(1)).await.unwrap();
    customers.link_first(TENANT, &zalo(LAN), &lan, Strength::Proven).await.unwrap();
    assert_eq!(customers.timeline(TENANT, &lan, None, 10).await.unwrap(), [line(1)]);
    assert_eq!(customers.effects(TENANT, &lan, 10).await.unwrap(), [effect(1)]);
    assert_eq!(customers.person(TENANT, &lan).await.unwrap().1.identities.len(), 1);
}
