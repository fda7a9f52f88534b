//! SU1 to SU11: who is invited, what is answered, and a quota that is never passed.

use std::collections::BTreeMap;

use cloud::table::{
    RowKey, StoreError,
    surveys::{Asked, Completed, Freshness, Invitation, Invited, Response, Saved, State},
};
use domain::{
    explain::Language,
    id::{CustomerId, EffectId},
    survey::{Answer, Answers, Link},
};
use jiff::{SignedDuration, Timestamp};
use testkit::fault::Units;

use crate::{
    cases,
    stage::{Stage, TENANT, customer_id, event_id, minute, pepper, start},
};

const TABLE: &str = "SurveysTable";
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

pub fn invitation(n: i64, name: &str, at: Timestamp) -> Invitation {
    let id = EffectId::of(&event_id(n), "delivered", "ask");
    Invitation {
        tenant: TENANT.to_owned(),
        survey: "csat".to_owned(),
        version: 1,
        link: Link::of(&pepper(), &id),
        id,
        customer: customer_id(name),
        event: event_id(n),
        about: "DH0001".to_owned(),
        hidden: BTreeMap::from([("carrier".to_owned(), "ghn".to_owned())]),
        at,
        open_until: at + SignedDuration::from_hours(24),
        is_anonymous: false,
    }
}

/// What the patterns act on: Lan was invited, Minh answered to his, and one of two was counted.
pub async fn prepare(stage: &Stage) {
    for (n, name) in [(50, "lan"), (51, "minh")] {
        let invited = stage.surveys().invite(&invitation(n, name, start()), MONTH).await.unwrap();
        assert_eq!(invited, Invited::Yes);
    }
    let minh = invitation(51, "minh", start());
    assert_eq!(complete(stage, &minh, Some(2), start()).await.unwrap(), Completed::Yes);
    cases::prepare(stage).await;
}

/// Runs one pattern, always with the same words.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let (surveys, lan) = (stage.surveys(), invitation(50, "lan", start()));
    let shown = |text: String| Ok(text);
    match id {
        "SU1" => {
            shown(format!("{:?}", surveys.invite(&invitation(52, "hoa", start()), MONTH).await?))
        }
        "SU2" => {
            let read = surveys.response(&lan.link, Freshness::Consistent).await?;
            shown(format!("{:?}", read.map(|read| read.state)))
        }
        "SU3" => {
            let saved = surveys.answer(&lan.link, "stars", &Answer::Place(5), minute(1)).await?;
            shown(format!("{:?}", matches!(saved, Saved::Yes(_))))
        }
        // Who is told that many end at once comes again.
        "SU4" => loop {
            match complete(stage, &lan, Some(2), minute(1)).await? {
                Completed::Busy => {}
                ended => return shown(format!("{ended:?}")),
            }
        },
        "SU5" => shown(format!("{}", surveys.count(TENANT, "csat").await?)),
        "SU9" => shown(format!("{:?}", surveys.over(lan.open_until).await?)),
        "SU11" => {
            let one = surveys.one_over(&lan.link.key()).await?;
            shown(format!("{:?}", one.map(|one| one.state)))
        }
        "SU10" => shown(format!("{:?}", surveys.expire(&lan.link.key()).await?)),
        "SU8" => shown(format!("{:?}", surveys.asked(TENANT, &lan.customer).await?)),
        "SU19" => {
            let alone = invitation(53, "hoa", minute(1));
            shown(format!("{:?}", surveys.answered(&alone, &five_stars()).await?))
        }
        "SU20" => {
            let last = surveys.last_invitations(TENANT, &lan.customer).await?;
            shown(format!("{last:?}"))
        }
        "SU6" => shown(format!("{:?}", surveys.asked_of(TENANT, &customer_id("minh")).await?)),
        "SU7" => {
            let found = stage.without_faults().surveys();
            let found = found.asked_of(TENANT, &customer_id("minh")).await?;
            let keys: Vec<RowKey> = found.into_iter().map(|row| row.key).collect();
            surveys.delete(&keys).await?;
            shown(String::new())
        }
        other => cases::run(stage, other).await,
    }
}

async fn read(stage: &Stage, link: &Link) -> Response {
    let read = stage.without_faults().surveys().response(link, Freshness::Consistent).await;
    read.unwrap().unwrap()
}

fn five_stars() -> Answers {
    let given = BTreeMap::from([("stars".to_owned(), Answer::Place(5))]);
    Answers { given, hidden: BTreeMap::new() }
}

/// Ends a response as whoever has seen it before anything was answered.
async fn complete(
    stage: &Stage,
    invitation: &Invitation,
    quota: Option<u32>,
    now: Timestamp,
) -> Result<Completed, StoreError> {
    let mut seen = read(stage, &invitation.link).await;
    seen.answers.given.clear();
    let surveys = stage.surveys();
    surveys.complete(&invitation.link, &seen, &five_stars(), Language::Vi, quota, now).await
}

#[tokio::test]
async fn who_was_asked_is_not_asked_again_before_the_time_is_over() {
    let stage = Stage::new();
    let invite = async |n, name: &str, at| {
        stage.surveys().invite(&invitation(n, name, at), MONTH).await.unwrap()
    };
    assert_eq!(invite(1, "lan", start()).await, Invited::Yes);
    // The same again, as after a crash.
    assert_eq!(invite(1, "lan", start()).await, Invited::Yes);
    assert_eq!(invite(2, "lan", minute(1)).await, Invited::TooSoon);
    assert_eq!(invite(3, "minh", minute(1)).await, Invited::Yes);
    let month = start() + MONTH;
    assert_eq!(invite(4, "lan", month - SignedDuration::from_millis(1)).await, Invited::TooSoon);
    assert_eq!(invite(5, "lan", month).await, Invited::Yes);
    let asked = stage.surveys().asked(TENANT, &customer_id("lan")).await.unwrap().last;
    assert_eq!(asked, Some((month, invitation(5, "lan", month).id)));
    assert_eq!(stage.surveys().asked(TENANT, &customer_id("hoa")).await.unwrap(), Asked::default());
}

#[tokio::test]
async fn nothing_of_an_anonymous_response_names_the_customer() {
    let stage = Stage::new();
    let mut hidden = invitation(1, "lan", start());
    hidden.is_anonymous = true;
    stage.surveys().invite(&hidden, MONTH).await.unwrap();
    complete(&stage, &hidden, None, minute(1)).await.unwrap();
    let rows = stage.rows(TABLE);
    let (responses, marks): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row["sk"]["S"] == "response");
    assert_eq!((responses.len(), marks.len()), (1, 1));
    let said = format!("{responses:?}");
    for word in [customer_id("lan").as_str(), event_id(1).as_str(), "DH0001", "ghn"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    assert_eq!(marks[0]["sk"]["S"], "asked");
}

#[tokio::test]
async fn the_word_of_a_link_stands_in_no_row() {
    let stage = Stage::new();
    let lan = invitation(1, "lan", start());
    stage.surveys().invite(&lan, MONTH).await.unwrap();
    assert!(!format!("{:?}", stage.rows(TABLE)).contains(lan.link.as_str()));
    let other = Link::parse("aaaaaaaaaaa")
        .unwrap_or_else(|| Link::of(&pepper(), &invitation(9, "x", start()).id));
    assert_eq!(stage.surveys().response(&other, Freshness::Consistent).await.unwrap(), None);
}

#[tokio::test]
async fn an_answer_is_kept_until_the_response_is_over_and_then_no_more() {
    let stage = Stage::new();
    let lan = invitation(1, "lan", start());
    stage.surveys().invite(&lan, MONTH).await.unwrap();
    let answer = async |place, now| {
        stage.surveys().answer(&lan.link, "stars", &Answer::Place(place), now).await.unwrap()
    };
    let Saved::Yes(saved) = answer(4, minute(1)).await else { panic!("it is open") };
    assert_eq!(saved.answers.given["stars"], Answer::Place(4));
    assert_eq!(answer(5, lan.open_until).await, Saved::Over);
    assert!(matches!(answer(5, minute(2)).await, Saved::Yes(_)));

    let seen = read(&stage, &lan.link).await;
    assert!(seen.is_open(minute(2)) && !seen.is_open(lan.open_until));
    let surveys = stage.surveys();
    let end = async |now| {
        surveys.complete(&lan.link, &seen, &five_stars(), Language::En, None, now).await.unwrap()
    };
    assert_eq!(end(minute(3)).await, Completed::Yes);
    // The same try again, and another one.
    assert_eq!((end(minute(3)).await, end(minute(4)).await), (Completed::Yes, Completed::Raced));
    assert_eq!(answer(1, minute(5)).await, Saved::Over);
    let ended = read(&stage, &lan.link).await;
    assert_eq!((ended.state, ended.answered_at), (State::Answered, Some(minute(3))));
    assert_eq!(ended.language, Some(Language::En));
    let unknown = invitation(2, "lan", start());
    let saved = stage.surveys().answer(&unknown.link, "stars", &Answer::Place(1), minute(1)).await;
    assert_eq!(saved.unwrap(), Saved::Over);
    assert_eq!(stage.rows(TABLE).len(), 3);
}

#[tokio::test]
async fn who_ends_what_another_device_has_changed_has_to_read_again() {
    let stage = Stage::new();
    let lan = invitation(1, "lan", start());
    stage.surveys().invite(&lan, MONTH).await.unwrap();
    let (seen, answers) = (read(&stage, &lan.link).await, five_stars());
    stage.surveys().answer(&lan.link, "why", &Answer::Skipped, minute(1)).await.unwrap();
    for quota in [None, Some(5)] {
        let surveys = stage.surveys();
        let ended = surveys.complete(&lan.link, &seen, &answers, Language::Vi, quota, minute(2));
        assert_eq!(ended.await.unwrap(), Completed::Raced);
    }
    assert_eq!(stage.surveys().count(TENANT, "csat").await.unwrap(), 0);
    assert!(seen.mark() != read(&stage, &lan.link).await.mark());
}

#[tokio::test]
async fn of_two_hundred_who_end_at_once_a_hundred_are_counted() {
    let stage = Stage::new();
    let customers: Vec<CustomerId> = (0..200).map(|n| customer_id(&n.to_string())).collect();
    for (n, customer) in (0..).zip(&customers) {
        let one = Invitation { customer: customer.clone(), ..invitation(n, "x", start()) };
        stage.surveys().invite(&one, MONTH).await.unwrap();
    }
    let ends = (0..200).map(|n| {
        let (stage, one) = (stage.without_faults(), invitation(n, "x", start()));
        async move {
            loop {
                match complete(&stage, &one, Some(100), minute(1)).await.unwrap() {
                    Completed::Busy => {}
                    ended => return ended,
                }
            }
        }
    });
    let ended = futures_of(ends).await;
    let of = |what| ended.iter().filter(|ended| **ended == what).count();
    assert_eq!((of(Completed::Yes), of(Completed::Full)), (100, 100));
    assert_eq!(stage.surveys().count(TENANT, "csat").await.unwrap(), 100);
    let answered = stage.rows(TABLE);
    let answered = answered.iter().filter(|row| row["state"]["S"] == "answered");
    assert_eq!(answered.count(), 100);
}

/// Runs all of them at once.
async fn futures_of<T: 'static>(
    all: impl Iterator<Item = impl Future<Output = T> + 'static>,
) -> Vec<T> {
    let set = tokio::task::LocalSet::new();
    let tasks: Vec<_> = all.map(|one| set.spawn_local(one)).collect();
    set.run_until(async {
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await.unwrap());
        }
        done
    })
    .await
}

#[tokio::test]
async fn pages_cost_what_the_chart_says() {
    let stage = Stage::new();
    let (surveys, answers) = (stage.surveys(), five_stars());
    let (lan, minh) = (invitation(1, "lan", start()), invitation(2, "minh", start()));
    let mut costs = Vec::new();
    let mut note = |what: &'static str, units: Units| costs.push((what, units.write, units.read));
    note("invite", stage.units(surveys.invite(&lan, MONTH)).await.1);
    note("a look", stage.units(surveys.response(&lan.link, Freshness::Eventual)).await.1);
    let answer = surveys.answer(&lan.link, "why", &Answer::Skipped, minute(1));
    note("an answer", stage.units(answer).await.1);
    let (seen, units) = stage.units(surveys.response(&lan.link, Freshness::Consistent)).await;
    note("a look that must know", units);
    let (seen, vi) = (seen.unwrap().unwrap(), Language::Vi);
    let ended = surveys.complete(&lan.link, &seen, &answers, vi, Some(9), minute(2));
    note("the end, with a quota", stage.units(ended).await.1);
    note("how many", stage.units(surveys.count(TENANT, "csat")).await.1);
    surveys.invite(&minh, MONTH).await.unwrap();
    let seen = surveys.response(&minh.link, Freshness::Eventual).await.unwrap().unwrap();
    let ended = surveys.complete(&minh.link, &seen, &answers, vi, None, minute(2));
    note("the end, without", stage.units(ended).await.1);
    let alone = invitation(3, "hoa", minute(3));
    note("said elsewhere", stage.units(surveys.answered(&alone, &answers)).await.1);
    note("last ones", stage.units(surveys.last_invitations(TENANT, &alone.customer)).await.1);
    note("when last", stage.units(surveys.asked(TENANT, &minh.customer)).await.1);
    assert_eq!(
        costs,
        [
            ("invite", 7.0, 0.0),
            ("a look", 0.0, 0.5),
            ("an answer", 1.0, 0.0),
            ("a look that must know", 0.0, 1.0),
            ("the end, with a quota", 4.0, 0.0),
            ("how many", 0.0, 0.5),
            ("the end, without", 1.0, 0.0),
            ("said elsewhere", 5.0, 0.0),
            ("last ones", 0.0, 1.0),
            ("when last", 0.0, 1.0),
        ]
    );
}
