//! What happens to a case is told once; staff is reminded until it is closed.

use cloud::table::surveys::{CaseSaved, OpenedCase, StoredCase};
use domain::{
    id::{CustomerId, EffectId, EventId},
    survey::{Answer, Answers, Case, CaseKey, CaseState, Link},
};
use jiff::SignedDuration;
use local::demo::state::{DEMO, DemoState, secrets};
use serde_json::{Value, json};
use testkit::fault::Fault;

use crate::setup::*;

const DAY: i64 = 24 * 60;

/// Opens the nth case, due in a day.
async fn open(office: &Office, n: u32) -> CaseKey {
    let event = EventId::of(DEMO, "test", &n.to_string());
    let id = EffectId::of(&event, "unhappy", "open");
    let due_at = start() + SignedDuration::from_hours(24);
    let case = Case {
        key: CaseKey::of(&id, start()),
        customer: CustomerId::of(DEMO, &n.to_string()),
        event,
        rule: "unhappy".to_owned(),
        about: "DH0001".to_owned(),
        text: "2★ Giao trễ".to_owned(),
        state: CaseState::Open,
        owner: None,
        opened_at: start(),
        due_at,
        remind_at: Some(due_at),
        reminded: 0,
        notes: Vec::new(),
        closed_at: None,
        done: None,
    };
    let key = case.key.clone();
    let opened = office.surveys().open_case(&StoredCase::new(DEMO, case), &id).await.unwrap();
    assert_eq!(opened, OpenedCase::Yes);
    key
}

async fn close(office: &Office, key: &CaseKey, minute: i64) {
    let mut found = office.surveys().case(DEMO, key).await.unwrap().unwrap();
    found.case.close("mai", "Đã đổi máy mới", minutes(minute)).unwrap();
    assert_eq!(office.surveys().close_case(&found).await.unwrap(), CaseSaved::Yes);
}

fn kinds(office: &Office) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut kinds: Vec<_> =
        office.told().iter().map(|told| (text(&told["time"]), text(&told["kind"]))).collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn a_case_is_told_of_when_it_is_opened_and_when_it_is_closed() {
    let mut office = Office::new().await;
    let key = open(&office, 1).await;
    let opened = office.stream(minutes(1)).await;
    let mut taken = office.surveys().case(DEMO, &key).await.unwrap().unwrap();
    taken.case.take("Mai").unwrap();
    office.surveys().save_case(&taken).await.unwrap();
    assert!(!office.stream(minutes(2)).await["Records"].is_array(), "nobody has to know");
    close(&office, &key, 90).await;
    let closed = office.stream(minutes(91)).await;
    for batch in [&opened, &closed] {
        assert!(bring(&office.state, batch, minutes(99)).await.is_empty());
    }
    let told = office.told();
    assert_eq!(told.len(), 2, "{told:?}");
    let of = |kind: &str| told.iter().find(|told| told["kind"] == kind).unwrap();
    assert_eq!(of("case.opened")["time"], json!(start()));
    let done = &of("case.closed")["data"];
    assert_eq!(
        (&done["done"], &done["owner"], &done["about"], &done["case"]),
        (&json!("Đã đổi máy mới"), &json!("Mai"), &json!("DH0001"), &json!(key)),
    );
    assert_eq!(of("case.closed")["customer"], CustomerId::of(DEMO, "1").as_str());
}

#[tokio::test]
async fn staff_is_reminded_at_the_deadline_and_each_day_until_the_case_is_closed() {
    let mut office = Office::new().await;
    let (late, done) = (open(&office, 1).await, open(&office, 2).await);
    close(&office, &done, 10).await;
    office.stream(minutes(11)).await;
    let before = kinds(&office).len();
    office.tick(minutes(DAY - 1)).await;
    assert_eq!(kinds(&office).len(), before);
    for now in [DAY, DAY + 60, DAY + 120, 2 * DAY, 2 * DAY + 60] {
        office.tick(minutes(now)).await;
    }
    let reminded: Vec<_> =
        kinds(&office).into_iter().filter(|(_, kind)| kind == "case.overdue").collect();
    assert_eq!(reminded.len(), 2, "{reminded:?}");
    close(&office, &late, 2 * DAY + 61).await;
    office.tick(minutes(9 * DAY)).await;
    assert_eq!(kinds(&office).iter().filter(|(_, kind)| kind == "case.overdue").count(), 2);
    assert!(office.surveys().overdue(minutes(99 * DAY)).await.unwrap().is_empty());
}

/// Goal: whatever fails while staff is reminded, the next hour has told once. Method: from one snapshot, time standing still.
#[tokio::test]
async fn whatever_fails_while_staff_is_reminded_the_next_hour_has_told_once() {
    let office = Office::new().await;
    open(&office, 1).await;
    open(&office, 2).await;
    let snapshot = office.state.engine.snapshot().unwrap();
    let fresh = || Office { state: DemoState::over(snapshot.open().unwrap()) };
    let undisturbed = fresh();
    undisturbed.tick(minutes(DAY)).await;
    let expected = undisturbed.state.rows();
    assert_eq!(kinds(&undisturbed).len(), 2);
    let calls = u64::try_from(undisturbed.state.faults.calls().len()).unwrap();
    assert!(calls >= 6, "{calls}");
    for nth in 1..=calls {
        for fault in Fault::ALL {
            let office = fresh();
            office.state.faults.plan(nth, fault);
            tokio::select! {
                _ = tick(&office) => {}
                () = office.state.faults.crashed() => {}
            }
            office.tick(minutes(DAY)).await;
            assert_eq!(office.state.rows(), expected, "{fault:?} at call {nth} of {calls}");
        }
    }
}

/// A tick that may fail.
async fn tick(office: &Office) {
    let invocation = office.state.invocation(FUNCTION, "tick", minutes(DAY));
    let hour = survey_results::Trigger::Tick(survey_results::Tick { tick: "hour".to_owned() });
    drop(survey_results::handle(&function(&office.state), &hour, &invocation).await);
}

#[tokio::test]
async fn a_response_from_another_door_is_told_and_counted_like_one_from_a_page() {
    let mut office = Office::new().await;
    let event = EventId::of(DEMO, "test", "stars");
    let id = EffectId::of(&event, "stars", "answer");
    let said = cloud::table::surveys::Invitation {
        tenant: DEMO.to_owned(),
        survey: "zalo-stars".to_owned(),
        version: 1,
        link: Link::of(&secrets().pepper().unwrap(), &id),
        id,
        customer: CustomerId::of(DEMO, "1"),
        event,
        about: "DH0001".to_owned(),
        hidden: [("door".to_owned(), "notification.rated".to_owned())].into(),
        at: start(),
        open_until: start(),
        is_anonymous: false,
    };
    let given = [("stars".to_owned(), Answer::Place(2))].into();
    let answers = Answers { given, ..Answers::default() };
    for _ in 0..2 {
        office.surveys().answered(&said, &answers).await.unwrap();
        office.stream(minutes(1)).await;
        office.tick(minutes(60)).await;
        office.stream(minutes(61)).await;
    }
    let told = office.told();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (&told["data"]["score"], &told["data"]["door"]),
        (&json!(2), &json!("notification.rated"))
    );
    let tally = office.results().days(DEMO, "zalo-stars", day(20), day(20)).await.unwrap();
    assert_eq!((tally[0].1.answered, tally[0].1.questions["stars"]["2"]), (1, 1));
    assert!(office.surveys().over(minutes(99_999)).await.unwrap().is_empty());
}
