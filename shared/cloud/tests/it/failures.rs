//! What each failure of AWS becomes, for every pattern of every table.
//!
//! Every pattern meets every fault on each of its calls. What the SDK repeats must end as if nothing had happened: a write that
//! meets its own effect is the writer's and not somebody else's. What reaches the caller says that a later try may do, and that
//! try must leave the very rows that an undisturbed one leaves.

use cloud::table::{
    RowKey, StoreError,
    customers::{
        Attach, DueKind, DueRow, EffectRow, FirstEvaluation, LastOrder, Mute, Thing, ThingRow,
        TimelineRow, Wait,
    },
    events::EventKey,
    notifications::RulePlace,
    tenants::{Applied, Counted, Slice},
};
use domain::{
    consent::{Consent, Purpose},
    event::{Head, Rank, Strength, Tracking},
    id::EffectId,
    notification::{Hold, Scope, Window},
    thing::Order,
};
use serde_json::{Value, json};
use testkit::fault::Fault;
use tokio::sync::OnceCell;

use crate::{
    accounts, brakes, chart,
    events::{self, arrived, head},
    notifications::planned,
    points,
    rewards::codes,
    stage::{
        Kept, LAN, LAN_PHONE, OA, Stage, TENANT, customer_id, event_id, minute, order, pepper,
        phone, start, zalo,
    },
    standings, survey_results, surveys, tenants, unreachable,
};

/// The tables of the template, of which every row is compared.
const TABLES: [&str; 9] = [
    "EventsTable",
    "CustomersTable",
    "NotificationsTable",
    "PointsTable",
    "RewardsTable",
    "StandingsTable",
    "SurveyResultsTable",
    "SurveysTable",
    "TenantsTable",
];

/// A pattern that runs another way when the customer has merged ones.
const WIN_ONCE_MERGED: &str = "CU15 merged";

/// What the patterns act on: a tenant, Lan with a claimed Zalo id, a notification, a parked event.
async fn prepared() -> Stage {
    static PREPARED: OnceCell<Kept> = OnceCell::const_new();
    PREPARED.get_or_init(async || prepare().await.keep()).await.open()
}

async fn prepare() -> Stage {
    let stage = Stage::new();
    let (customers, lan) = (stage.customers(), customer_id("lan"));
    assert_eq!(tenants::apply(&stage.tenants(), 1).await.unwrap(), Applied::Done);
    stage.tenants().put_key(TENANT, "a", &tenants::api_key("till")).await.unwrap();
    customers.link_first(TENANT, &zalo(LAN), &lan, Strength::Claimed).await.unwrap();
    customers.park(TENANT, &order(), &event_id(9), start(), &event_key(), minute(9)).await.unwrap();
    customers.wait(TENANT, lan.as_str(), &wait(), minute(9)).await.unwrap();
    stage.notifications().plan(&planned(1)).await.unwrap();
    let hook = Head { id: event_id(9), ..head() };
    stage.events().record(&arrived(&hook, b"{}")).await.unwrap();
    stage.rewards().import(TENANT, "hoi-gia", &codes(0..1)).await.unwrap();
    points::prepare(&stage).await;
    standings::prepare(&stage).await;
    surveys::prepare(&stage).await;
    accounts::prepare(&stage.tenants()).await;
    survey_results::prepare(&stage).await;
    let welcome = Scope::Rule("welcome".to_owned());
    stage.tenants().pause(TENANT, &welcome, "minh", start()).await.unwrap();
    stage.tenants().stop(TENANT, &brakes::before(), brakes::stop()).await.unwrap();
    let day = Window::day(start());
    let other = planned(1).id;
    customers.take_place(TENANT, &lan, Purpose::Care, &day, 1, &other).await.unwrap();
    stage
}

fn event_key() -> EventKey {
    let sk = format!("{:013}#{}", start().as_millisecond(), event_id(9));
    serde_json::from_value(json!({"pk": "ca-phe-som#order:DH0001", "sk": sk})).unwrap()
}

async fn lans_rows(stage: &Stage) -> Result<Vec<RowKey>, StoreError> {
    let calm = stage.without_faults().customers();
    let rows = calm.rows_under(TENANT, customer_id("lan").as_str()).await?;
    Ok(rows.into_iter().map(|row| row.key).collect())
}

fn wait() -> Wait {
    let event = event_id(9);
    Wait {
        id: EffectId::of(&event, "rule", "rest"),
        event,
        key: event_key(),
        kind: "order.created".to_owned(),
        rule: "rule".to_owned(),
        version: 1,
        step: "rest".to_owned(),
        about: "DH0001".to_owned(),
        code: None,
    }
}

fn due_wait() -> DueRow {
    let sk = format!("wait#{}", wait().id);
    DueRow { tenant: TENANT.to_owned(), under: customer_id("lan").to_string(), sk }
}

fn due_parked() -> DueRow {
    let sk = format!("parked#{:013}#{}", start().as_millisecond(), event_id(9));
    DueRow { tenant: TENANT.to_owned(), under: order().to_string(), sk }
}

/// What an answer shows, as text.
pub fn shown<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Result<String, StoreError> {
    answer.map(|answer| format!("{answer:?}"))
}

/// Runs one pattern, always with the same words.
async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let (lan, minh, event) = (customer_id("lan"), customer_id("minh"), event_id(1));
    let (customers, notifications) = (stage.customers(), stage.notifications());
    match id {
        "EV1" => shown(stage.events().record(&arrived(&head(), b"{}")).await),
        "EV2" => shown(stage.events().record_variant(&arrived(&head(), b"{}")).await),
        "EV3" => shown(stage.events().find(&event_key()).await),
        "EV4" => shown(stage.events().rows_under(TENANT, &order(), |_| true).await),
        "EV5" => {
            let calm = stage.without_faults().events();
            let rows = calm.rows_under(TENANT, &order(), |_| true).await?;
            let keys: Vec<RowKey> = rows.into_iter().map(|row| row.key).collect();
            shown(stage.events().delete_rows(&keys).await)
        }
        "EV6" => shown(stage.events().delete(&event_key()).await),
        "EV7" => shown(stage.events().received_since(Some(TENANT), start(), None).await),
        "EV8" => {
            let row = events::row(&head(), b"{}");
            shown(stage.events().again(&row, "payment.received", minute(9)).await)
        }
        "CU1" => {
            let seen = FirstEvaluation {
                at: start(),
                version: None,
                subject: order(),
                time: start(),
                body_hash: "a".to_owned(),
            };
            shown(customers.evaluate_first(TENANT, &event, &seen).await)
        }
        "CU2" => shown(customers.link(TENANT, &zalo(LAN).subject).await),
        "CU3" => {
            let lans_phone = phone(LAN_PHONE);
            shown(customers.link_first(TENANT, &lans_phone, &lan, Strength::Proven).await)
        }
        "CU4" => {
            let identity = zalo(LAN).subject;
            shown(customers.note_identity(TENANT, &lan, &identity, Strength::Claimed).await)
        }
        "CU5" => shown(customers.person(TENANT, &lan).await),
        "CU6" => shown(customers.merge(TENANT, &minh, &lan).await),
        "CU7" => {
            let word = Consent { given: true, event, at: start() };
            shown(customers.consent(TENANT, &lan, Purpose::Care, &word).await)
        }
        "CU8" => {
            let (name, before) = ("Nguyễn Thị Lan", Some("Lan Anh"));
            shown(customers.name(TENANT, &lan, name, start(), before).await)
        }
        "CU9" => shown(customers.thing(TENANT, &order()).await),
        "CU10" => {
            let mut row = ThingRow::default();
            row.owner = Some(zalo(LAN).subject);
            row.thing = Some(Thing::Order(Order { amount_vnd: Some(350_000), ..Order::default() }));
            shown(customers.save_thing(TENANT, &order(), &row).await)
        }
        "CU11" => {
            shown(customers.park(TENANT, &order(), &event, start(), &event_key(), minute(9)).await)
        }
        "CU12" => shown(customers.parked(TENANT, &order()).await),
        "CU13" => {
            let mark = stage.faults.calls().len();
            let parked = stage.without_faults().customers().parked(TENANT, &order()).await?;
            assert_eq!(stage.faults.calls().len(), mark, "looking is not part of the pattern");
            match parked.first() {
                Some(parked) => shown(customers.unpark(TENANT, &order(), parked).await),
                None => shown(Ok(())),
            }
        }
        "CU14" => {
            let line = TimelineRow {
                time: start(),
                event,
                kind: "customer.wrote".to_owned(),
                subject: order(),
                line: "chào quán".to_owned(),
                decisions: Vec::new(),
            };
            shown(customers.note(TENANT, &lan, &line).await)
        }
        "CU15" => shown(customers.win_once(TENANT, &lan, &[], "welcome#once", &event).await),
        WIN_ONCE_MERGED => {
            shown(customers.win_once(TENANT, &lan, &[minh], "welcome#once", &event).await)
        }
        "CU16" => {
            let effect = EffectRow {
                id: EffectId::of(&event, "rule", "step"),
                event,
                rule: "rule".to_owned(),
                step: "step".to_owned(),
                kind: "wait".to_owned(),
                detail: String::new(),
                outcome: "refused(cool_down)".to_owned(),
                about: "DH0001".to_owned(),
                planned_for_ms: 0,
            };
            shown(customers.record_effect(TENANT, lan.as_str(), &effect).await)
        }
        "CU17" => shown(customers.stick(TENANT, "zns-dispatch", "a", "why", start()).await),
        "CU18" => shown(customers.list_conflict(TENANT, &event, "a", "why", start()).await),
        "CU19" => shown(customers.timeline(TENANT, &lan, None, 9).await),
        "CU20" => shown(customers.effects(TENANT, &lan, 9).await),
        "CU21" => {
            let mute = Mute { until: minute(9), event };
            shown(customers.mute(TENANT, &lan, &mute).await)
        }
        "CU22" => shown(customers.tag(TENANT, &lan, "vip", &event).await),
        "CU23" => {
            let wait = Wait { id: EffectId::of(&event, "rule", "rest"), ..wait() };
            shown(customers.wait(TENANT, lan.as_str(), &wait, minute(9)).await)
        }
        "CU24" => shown(customers.due(DueKind::Parked, minute(9)).await),
        "CU25" => shown(customers.waiting(&due_wait()).await),
        "CU26" => shown(customers.waited(&due_wait()).await),
        "CU27" => shown(customers.overdue(&due_parked()).await),
        "CU28" => shown(customers.told_of(&due_parked()).await),
        "CU29" => {
            let last = LastOrder { order: order(), at: start() };
            shown(customers.ordered(TENANT, &lan, &last).await)
        }
        "CU30" => {
            let (day, own) = (Window::day(start()), planned(2).id);
            shown(customers.take_place(TENANT, &lan, Purpose::Care, &day, 2, &own).await)
        }
        "CU31" => shown(customers.named(TENANT, "lan").await),
        "CU32" => shown(customers.unmute(TENANT, &lan).await),
        "CU33" => shown(customers.listed(TENANT, "stuck", 9, None).await),
        "CU34" => shown(customers.rows_under(TENANT, lan.as_str()).await),
        "CU35" => shown(customers.delete_rows(&lans_rows(stage).await?).await),
        "CU36" => shown(customers.delete_together(&lans_rows(stage).await?).await),
        "CU37" => shown(customers.note_erased(TENANT, &pepper(), &order(), start()).await),
        "CU38" => shown(customers.erased_at(TENANT, &pepper(), &order()).await),
        "CU39" => shown(customers.forget_event(TENANT, &event).await),
        "NO1" => shown(notifications.plan(&planned(2)).await),
        "NO2" => shown(notifications.find(TENANT, &planned(1).id).await),
        "NO3" => {
            let mut n = planned(1);
            n.hold(&Hold { until: minute(60), reason: "window" }).unwrap();
            shown(notifications.save(&mut n).await)
        }
        "NO4" => shown(notifications.due(Purpose::Transaction, minute(9), None).await),
        "NO5" => {
            let sender = Tracking { notification: planned(1).id, attempt: 1 };
            shown(notifications.meet_as_sender(TENANT, "8f0a3e2c", &sender).await)
        }
        "NO6" => shown(notifications.meet_as_receipt(TENANT, "8f0a3e2c", Rank::Seen).await),
        "RE1" => shown(stage.rewards().import(TENANT, "gia", &codes(0..2)).await),
        "RE2" => shown(stage.rewards().take(TENANT, "hoi-gia", &lan, &[], "m", &event).await),
        "RE3" => shown(stage.rewards().count(TENANT, "gia").await),
        "NO7" => {
            shown(notifications.of_rule(TENANT, "payment-received", 9, &RulePlace::Newest).await)
        }
        "NO8" => shown(notifications.find_many(TENANT, &[planned(1).id]).await),
        "NO9" => shown(notifications.rows_under(TENANT, planned(1).id.as_str()).await),
        "NO10" => {
            let calm = stage.without_faults().notifications();
            let rows = calm.rows_under(TENANT, planned(1).id.as_str()).await?;
            let keys: Vec<RowKey> = rows.into_iter().map(|row| row.key).collect();
            shown(notifications.delete_rows(&keys).await)
        }
        "CU40" => shown(customers.first_evaluation(TENANT, &event).await),
        "CU41" => {
            let attach = Attach {
                event,
                customer: lan,
                identity: zalo(LAN).subject,
                by: "till".to_owned(),
                at: start(),
            };
            shown(customers.attach(TENANT, &order(), &attach).await)
        }
        "CU42" => shown(customers.to_attach(TENANT, &order()).await),
        "CU43" => shown(customers.attached(TENANT, &order()).await),
        "CU44" => shown(customers.ownerless(TENANT, 9, None).await),
        // Boxed: all these calls together are more than a test's stack holds.
        "CU45" | "CU46" => Box::pin(unreachable::run(stage, id)).await,
        po if po.starts_with("PO") => points::run(stage, po).await,
        st if st.starts_with("ST") => standings::run(stage, st).await,
        su if su.starts_with("SU") => surveys::run(stage, su).await,
        sr if sr.starts_with("SR") => survey_results::run(stage, sr).await,
        "TE1" => shown(stage.tenants().settings(TENANT, start()).await),
        "TE2" => shown(stage.tenants().active_version(TENANT, start()).await),
        "TE3" => {
            let set = stage.tenants().rule_set(TENANT, 1).await;
            shown(set.map(|set| set.rules().len()))
        }
        "TE4" => shown(stage.tenants().access_token(TENANT, OA, start()).await),
        "TE6" => shown(stage.tenants().pause(TENANT, &Scope::Tenant, "minh", start()).await),
        "TE7" => shown(stage.tenants().resume(TENANT, &Scope::Rule("welcome".to_owned())).await),
        "TE8" => shown(stage.tenants().pauses(TENANT).await),
        "TE9" => {
            let slice = Slice { lease: "run.1", unit: 1, units: 25, limit: 30 };
            let (counted, hour) = (Counted::Burst { rule: "welcome" }, Window::hour(start()));
            shown(stage.tenants().take_slice(TENANT, counted, &hour, slice).await)
        }
        "TE5" => shown(tenants::apply(&stage.tenants(), 2).await),
        "TE10" => shown(stage.tenants().active(TENANT, start()).await),
        "TE11" => shown(stage.tenants().versions(TENANT, 9).await),
        "TE12" => shown(stage.tenants().source(TENANT, 1).await),
        "TE13" => shown(stage.tenants().rollback(TENANT, 1, "lan", start()).await),
        "TE14" => shown(tenants::differences(&stage.tenants()).await),
        "TE15" => shown(stage.tenants().put_key(TENANT, "b", &tenants::api_key("new")).await),
        "TE16" => shown(stage.tenants().key(TENANT, "a").await),
        "TE17" => shown(stage.tenants().keys(TENANT).await),
        "TE18" => shown(stage.tenants().key_named(TENANT, "till").await),
        // How many there were is what a second call cannot know.
        "TE19" => shown(stage.tenants().revoke_key(TENANT, "till").await.map(drop)),
        "TE20" => shown(stage.tenants().rated_tenants().await),
        "TE31" | "TE32" | "TE33" => Box::pin(brakes::run(stage, id)).await,
        te if te.starts_with("TE") => accounts::run(stage, te).await,
        other => panic!("{other} has no call here"),
    }
}

/// The patterns whose answer tells a writer that its own row was there before: to it that is a success like the other.
const SEES_ITSELF: [&str; 13] = [
    "EV1", "EV2", "EV8", "CU1", "NO1", "ST4", "ST9", "TE22", "TE23", "TE24", "TE25", "TE30", "TE32",
];

fn rows(stage: &Stage) -> Vec<Vec<Value>> {
    TABLES.iter().map(|table| stage.rows(table)).collect()
}

/// What an undisturbed run answers and leaves, and what the next one answers.
struct Undisturbed {
    answer: String,
    repeated: String,
    calls: u64,
    rows: Vec<Vec<Value>>,
}

impl Undisturbed {
    async fn of(id: &str) -> Self {
        let stage = prepared().await;
        let before = stage.faults.calls().len();
        let answer = run(&stage, id).await.unwrap();
        let calls = stage.faults.calls().len() - before;
        let rows = rows(&stage);
        let repeated = run(&stage, id).await.unwrap();
        assert_eq!(self::rows(&stage), rows, "{id}: a repetition changes nothing");
        Self { answer, repeated, calls: u64::try_from(calls).unwrap(), rows }
    }

    /// Asserts that a run which came through is this one: by its answer and by its rows.
    #[track_caller]
    fn assert_same(&self, case: &str, stage: &Stage, answer: &str, met_itself: bool) {
        assert_eq!(answer, if met_itself { &self.repeated } else { &self.answer }, "{case}");
        assert_eq!(rows(stage), self.rows, "{case}");
    }
}

fn ids() -> Vec<String> {
    let mut ids = chart::pattern_ids();
    ids.push(WIN_ONCE_MERGED.to_owned());
    ids
}

#[tokio::test]
async fn what_the_sdk_repeats_ends_as_if_nothing_had_happened() {
    let faults =
        [Fault::Throttle, Fault::TimeoutWithoutEffect, Fault::TimeoutWithEffect, Fault::LostReply];
    for id in ids() {
        let undisturbed = Undisturbed::of(&id).await;
        for fault in faults {
            for nth in 1..=undisturbed.calls {
                let case = format!("{id} {fault:?} {nth}");
                let stage = prepared().await;
                stage.faults.plan(nth, fault);
                let answer = run(&stage, &id).await.unwrap_or_else(|e| panic!("{case}: {e:?}"));
                let has_effect = matches!(fault, Fault::TimeoutWithEffect | Fault::LostReply);
                let met_itself = has_effect && SEES_ITSELF.contains(&id.as_str());
                undisturbed.assert_same(&case, &stage, &answer, met_itself);
            }
        }
    }
}

#[tokio::test]
async fn a_conflict_is_told_and_the_next_try_leaves_the_rows_of_an_undisturbed_one() {
    let mut told = 0;
    for id in ids() {
        let undisturbed = Undisturbed::of(&id).await;
        for nth in 1..=undisturbed.calls {
            let case = format!("{id} {nth}");
            let stage = prepared().await;
            stage.faults.plan(nth, Fault::Conflict);
            let answer = match run(&stage, &id).await {
                // Reads do not conflict.
                Ok(answer) => answer,
                Err(error) => {
                    told += 1;
                    assert!(error.is_infrastructure(), "{case}: {error:?}");
                    run(&stage, &id).await.unwrap()
                }
            };
            undisturbed.assert_same(&case, &stage, &answer, false);
        }
    }
    assert!(told >= 35, "calls that write are told: {told}");
}

#[tokio::test]
async fn three_failures_are_told_and_the_next_try_leaves_the_rows_of_an_undisturbed_one() {
    let without = [Fault::TimeoutWithoutEffect; 3];
    let with = [Fault::TimeoutWithEffect, Fault::TimeoutWithoutEffect, Fault::Throttle];
    for id in ids() {
        let undisturbed = Undisturbed::of(&id).await;
        for faults in [without, with] {
            for first in 1..=undisturbed.calls {
                let case = format!("{id} {faults:?} {first}");
                let stage = prepared().await;
                for (nth, fault) in (first..).zip(faults) {
                    stage.faults.plan(nth, fault);
                }
                let error = run(&stage, &id).await.expect_err(&case);
                assert!(error.is_infrastructure(), "{case}: {error:?}");
                let answer = run(&stage, &id).await.unwrap_or_else(|e| panic!("{case}: {e:?}"));
                let there = faults == with;
                // After a lost transaction the next one has a token of its own, and meets what the first has left.
                let meets = ["CU3", "RE1", "ST2", "TE26"].contains(&id.as_str())
                    || SEES_ITSELF.contains(&id.as_str());
                undisturbed.assert_same(&case, &stage, &answer, there && meets);
            }
        }
    }
}

/// The same value is saved again, not a new one made of the row: what dispatch does when a batch comes again in one process.
#[tokio::test]
async fn a_change_that_could_not_be_stored_can_be_stored_with_the_same_value() {
    for first in [Fault::TimeoutWithEffect, Fault::TimeoutWithoutEffect] {
        let stage = prepared().await;
        let mut n = planned(1);
        n.hold(&Hold { until: minute(60), reason: "window" }).unwrap();
        stage.fail_three_times(Fault::TimeoutWithoutEffect);
        stage.faults.plan(1, first);
        stage.notifications().save(&mut n).await.unwrap_err();
        assert_eq!(n.revision, 0);
        let saved = stage.notifications().save(&mut n).await.unwrap();
        assert_eq!((saved, n.revision), (cloud::table::notifications::Saved::Done, 1));
    }
}

/// A key of more than 1 KB is not a passing trouble: trying for ever would block what comes after it.
#[tokio::test]
async fn what_the_database_refuses_for_ever_is_not_tried_again() {
    let stage = Stage::new();
    let record = "r".repeat(1_100);
    let refused = stage.customers().stick(TENANT, "f", &record, "code", start()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    assert!(!refused.is_infrastructure());
    assert_eq!(refused.code(), "refused_row");
}
