//! SU12 to SU18: a case is opened once, one at a time for a customer, and closed for good.

use cloud::table::{
    StoreError,
    surveys::{Asked, CaseSaved, OpenedCase, StoredCase},
};
use domain::{
    id::EffectId,
    survey::{Case, CaseKey, CaseState},
};
use jiff::{SignedDuration, Timestamp};
use testkit::fault::Units;

use crate::stage::{Stage, TENANT, customer_id, event_id, minute, start};

fn effect(n: i64) -> EffectId {
    EffectId::of(&event_id(n), "unhappy", "open")
}

/// The nth complaint, of whom, opened at `at`.
fn complaint(n: i64, name: &str, at: Timestamp) -> StoredCase {
    let due_at = at + SignedDuration::from_hours(24);
    StoredCase::new(
        TENANT,
        Case {
            key: CaseKey::of(&effect(n), at),
            customer: customer_id(name),
            event: event_id(n),
            rule: "unhappy".to_owned(),
            about: "DH0001".to_owned(),
            text: "Giao trễ quá".to_owned(),
            state: CaseState::Open,
            owner: None,
            opened_at: at,
            due_at,
            remind_at: Some(due_at),
            reminded: 0,
            notes: Vec::new(),
            closed_at: None,
            done: None,
        },
    )
}

/// What the patterns act on: Minh has an open case, and Hoa has another.
pub async fn prepare(stage: &Stage) {
    for (n, name) in [(60, "minh"), (61, "hoa")] {
        let opened = stage.surveys().open_case(&complaint(n, name, start()), &effect(n)).await;
        assert_eq!(opened.unwrap(), OpenedCase::Yes);
    }
}

async fn read(stage: &Stage, key: &CaseKey) -> StoredCase {
    stage.without_faults().surveys().case(TENANT, key).await.unwrap().unwrap()
}

/// Runs one pattern, always with the same words, as those do who call it: they read first.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let surveys = stage.surveys();
    let minh = complaint(60, "minh", start()).case.key;
    let yes = || Ok(format!("{:?}", CaseSaved::Yes));
    match id {
        "SU12" => {
            let lan = complaint(62, "lan", minute(1));
            Ok(format!("{:?}", surveys.open_case(&lan, &effect(62)).await?))
        }
        "SU13" => {
            let mut found = read(stage, &minh).await;
            found.case.note("unhappy", "Vẫn chưa thấy", minute(2)).unwrap();
            let saved = surveys.join_case(&found, &customer_id("minh"), &effect(63)).await?;
            Ok(format!("{saved:?}"))
        }
        "SU14" => {
            let found = surveys.case(TENANT, &minh).await?;
            Ok(format!("{:?}", found.map(|found| found.case.state)))
        }
        "SU15" => {
            let cases = surveys.cases(TENANT, start(), None, 10).await?;
            Ok(format!("{}", cases.cases.len()))
        }
        "SU16" => {
            let mut found = read(stage, &minh).await;
            if found.case.state == CaseState::Taken {
                return yes();
            }
            found.case.take("Mai").unwrap();
            Ok(format!("{:?}", surveys.save_case(&found).await?))
        }
        "SU17" => {
            let mut found = read(stage, &minh).await;
            if found.case.state == CaseState::Closed {
                return yes();
            }
            found.case.close("mai", "Đã gửi máy mới", minute(3)).unwrap();
            Ok(format!("{:?}", surveys.close_case(&found).await?))
        }
        "SU18" => {
            let day = start() + SignedDuration::from_hours(24);
            Ok(format!("{}", surveys.overdue(day).await?.len()))
        }
        other => panic!("{other} has no call here"),
    }
}

#[tokio::test]
async fn a_customer_has_one_open_case_and_what_comes_meanwhile_joins_it() {
    let stage = Stage::new();
    let surveys = stage.surveys();
    let (first, second) = (complaint(1, "lan", start()), complaint(2, "lan", minute(1)));
    let open = async |n, of: &StoredCase| surveys.open_case(of, &effect(n)).await.unwrap();
    assert_eq!(open(1, &first).await, OpenedCase::Yes);
    assert_eq!(open(2, &second).await, OpenedCase::Joins(first.case.key.clone()));
    let asked = surveys.asked(TENANT, &customer_id("lan")).await.unwrap();
    assert_eq!(asked, Asked { last: None, open_case: Some(first.case.key.clone()) });

    let mut found = read(&stage, &first.case.key).await;
    found.case.note("unhappy", "Lại trễ", minute(1)).unwrap();
    let join = async |found: &StoredCase| {
        surveys.join_case(found, &customer_id("lan"), &effect(2)).await.unwrap()
    };
    assert_eq!(join(&found).await, CaseSaved::Yes);
    // The same complaint again: it is there once, however often it comes.
    let mut again = read(&stage, &first.case.key).await;
    again.case.note("unhappy", "Lại trễ", minute(1)).unwrap();
    assert_eq!(join(&again).await, CaseSaved::Yes);
    assert_eq!(read(&stage, &first.case.key).await.case.notes.len(), 1);

    let mut found = read(&stage, &first.case.key).await;
    found.case.close("mai", "Đã đổi", minute(9)).unwrap();
    assert_eq!(surveys.close_case(&found).await.unwrap(), CaseSaved::Yes);
    assert_eq!(surveys.asked(TENANT, &customer_id("lan")).await.unwrap(), Asked::default());
    // Both come once more when all is done: neither opens anything.
    assert_eq!(open(1, &first).await, OpenedCase::Yes);
    assert_eq!(open(2, &second).await, OpenedCase::Joined(first.case.key.clone()));
    assert_eq!(read(&stage, &first.case.key).await.case.state, CaseState::Closed);
    assert_eq!(surveys.cases(TENANT, start(), None, 10).await.unwrap().cases.len(), 1);
    // What comes afterwards is another one.
    let third = complaint(3, "lan", minute(20));
    assert_eq!(open(3, &third).await, OpenedCase::Yes);
}

#[tokio::test]
async fn who_has_read_an_older_case_changes_nothing() {
    let stage = Stage::new();
    let surveys = stage.surveys();
    let new = complaint(1, "lan", start());
    surveys.open_case(&new, &effect(1)).await.unwrap();
    let (mut mine, mut theirs) =
        (read(&stage, &new.case.key).await, read(&stage, &new.case.key).await);
    mine.case.close("mai", "Đã đổi", minute(1)).unwrap();
    theirs.case.note("hoa", "Đang gọi", minute(1)).unwrap();
    assert_eq!(surveys.close_case(&mine).await.unwrap(), CaseSaved::Yes);
    assert_eq!(surveys.save_case(&theirs).await.unwrap(), CaseSaved::Raced);
    let joined = surveys.join_case(&theirs, &customer_id("lan"), &effect(2)).await.unwrap();
    assert_eq!(joined, CaseSaved::Raced);
    // What stands is its own earlier try.
    assert_eq!(surveys.close_case(&mine).await.unwrap(), CaseSaved::Yes);
    assert_eq!(read(&stage, &new.case.key).await.case, mine.case);
}

#[tokio::test]
async fn cases_are_listed_from_the_newest_and_reminded_of_until_they_are_closed() {
    let stage = Stage::new();
    let surveys = stage.surveys();
    let day = SignedDuration::from_hours(24);
    for n in 1..=5 {
        let new = complaint(n, &format!("c{n}"), minute(n));
        surveys.open_case(&new, &effect(n)).await.unwrap();
    }
    let about = |page: &[StoredCase]| -> Vec<Timestamp> {
        page.iter().map(|stored| stored.case.opened_at).collect()
    };
    let page = surveys.cases(TENANT, minute(2), None, 3).await.unwrap();
    assert_eq!(about(&page.cases), [minute(5), minute(4), minute(3)]);
    let page = surveys.cases(TENANT, minute(2), page.next.as_ref(), 3).await.unwrap();
    assert_eq!((about(&page.cases), page.next), (vec![minute(2)], None));

    let due = async |at| {
        let due = surveys.overdue(at).await.unwrap();
        due.into_iter().map(|(_, key)| key).collect::<Vec<_>>()
    };
    let keys: Vec<CaseKey> = (1..=2).map(|n| complaint(n, "x", minute(n)).case.key).collect();
    assert_eq!(due(minute(2) + day).await, keys);
    let mut first = read(&stage, &keys[0]).await;
    first.case.remind(minute(2) + day);
    surveys.save_case(&first).await.unwrap();
    let mut second = read(&stage, &keys[1]).await;
    second.case.close("mai", "Xong", minute(3) + day).unwrap();
    surveys.close_case(&second).await.unwrap();
    assert_eq!(due(minute(2) + day).await, []);
    assert!(due(minute(2) + day + day).await.contains(&keys[0]));
}

#[tokio::test]
async fn a_case_costs_what_the_chart_says() {
    let stage = Stage::new();
    let surveys = stage.surveys();
    let new = complaint(1, "lan", start());
    let mut costs = Vec::new();
    let mut note = |what: &'static str, units: Units| costs.push((what, units.write, units.read));
    note("open", stage.units(surveys.open_case(&new, &effect(1))).await.1);
    let mut found = read(&stage, &new.case.key).await;
    found.case.note("unhappy", "Lại trễ", minute(1)).unwrap();
    let (lan, second) = (customer_id("lan"), effect(2));
    let join = surveys.join_case(&found, &lan, &second);
    note("join", stage.units(join).await.1);
    let mut found = read(&stage, &new.case.key).await;
    found.case.take("Mai").unwrap();
    note("change", stage.units(surveys.save_case(&found)).await.1);
    let mut found = read(&stage, &new.case.key).await;
    found.case.remind(minute(1500));
    note("remind", stage.units(surveys.save_case(&found)).await.1);
    note("a look", stage.units(surveys.case(TENANT, &new.case.key)).await.1);
    note("a list", stage.units(surveys.cases(TENANT, start(), None, 100)).await.1);
    let mut found = read(&stage, &new.case.key).await;
    found.case.close("mai", "Xong", minute(1501)).unwrap();
    note("close", stage.units(surveys.close_case(&found)).await.1);
    assert_eq!(
        costs,
        [
            ("open", 7.0, 0.0),
            ("join", 4.0, 0.0),
            ("change", 1.0, 0.0),
            ("remind", 3.0, 0.0),
            ("a look", 0.0, 1.0),
            ("a list", 0.0, 0.5),
            ("close", 5.0, 0.0),
        ]
    );
}
