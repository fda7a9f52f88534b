//! SR1 to SR6: every response is counted and listed, and none twice.

use cloud::table::{
    StoreError, SurveyResults,
    survey_results::{Ended, Listed},
};
use domain::{
    sentiment::{Sentiment, felt, topics},
    survey::{Answers, Tally},
};
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::stage::{Stage, TENANT, start};

const SURVEY: &str = "csat";

fn day() -> Date {
    jiff::civil::date(2026, 11, 20)
}

/// Responses that end one after the other, so many in a second.
fn ended(numbers: std::ops::Range<i64>, a_second: i64) -> Vec<Ended> {
    let at = |n: i64| start() + SignedDuration::from_secs(n / a_second);
    numbers.map(|n| Ended { key: format!("{n:064x}").chars().rev().collect(), at: at(n) }).collect()
}

async fn count(stage: &Stage, ended: &[Ended]) -> Result<(), StoreError> {
    let add = |tally: &mut Tally, _| tally.answered += 1;
    stage.survey_results().count(TENANT, SURVEY, day(), ended, add).await
}

async fn counted(stage: &Stage) -> u64 {
    let days = stage.without_faults().survey_results();
    let days = days.days(TENANT, SURVEY, day(), day()).await.unwrap();
    days.first().map_or(0, |(_, tally)| tally.answered)
}

/// The nth response of the list.
fn listed(n: i64) -> Listed {
    Listed {
        at: start() + SignedDuration::from_secs(n),
        key: format!("{n:064}"),
        customer: None,
        about: "DH0001".to_owned(),
        answers: Answers::default(),
        score: Some(2),
        text: "Giao trễ".to_owned(),
        felt: felt("Giao trễ", None),
        topics: topics("Giao trễ"),
        flags: Default::default(),
    }
}

/// What the patterns act on: two responses are listed.
pub async fn prepare(stage: &Stage) {
    for n in 1..=2 {
        stage.survey_results().list(TENANT, SURVEY, &listed(n)).await.unwrap();
    }
}

/// Runs one pattern, always with the same words.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    match id {
        "SR1" => count(stage, &ended(0..3, 1)).await.map(|()| String::new()),
        "SR2" => {
            let days = stage.survey_results().days(TENANT, SURVEY, day(), day()).await?;
            Ok(format!("{}", days.len()))
        }
        "SR3" => {
            stage.survey_results().list(TENANT, SURVEY, &listed(7)).await.map(|()| String::new())
        }
        "SR4" => {
            let table = stage.survey_results();
            let (from, until) = (start(), start() + SignedDuration::from_mins(1));
            let page = table.listed(TENANT, SURVEY, from, until, None, 10).await?;
            Ok(format!("{}", page.responses.len()))
        }
        "SR5" => {
            let place = listed(1).place();
            let judged =
                stage.survey_results().judge(TENANT, SURVEY, &place, Sentiment::Neutral).await?;
            Ok(format!("{judged}"))
        }
        "SR6" => {
            let one = listed(2);
            let key = SurveyResults::listed_key(TENANT, SURVEY, one.at, &one.key);
            stage.survey_results().unlist(&[key]).await.map(|()| String::new())
        }
        other => panic!("{other} has no call here"),
    }
}

#[tokio::test]
async fn what_comes_again_in_other_company_is_counted_once() {
    let stage = Stage::new();
    for (from, until) in [(0, 10), (0, 10), (5, 20), (0, 1), (19, 21), (3, 9)] {
        count(&stage, &ended(from..until, 4)).await.unwrap();
    }
    assert_eq!(counted(&stage).await, 21);
    // Twice in one batch.
    let twice: Vec<Ended> = ended(21..22, 4).into_iter().chain(ended(21..22, 4)).collect();
    count(&stage, &twice).await.unwrap();
    assert_eq!(counted(&stage).await, 22);
}

#[tokio::test]
async fn many_who_count_at_once_lose_nothing() {
    let stage = Stage::new();
    let set = tokio::task::LocalSet::new();
    set.run_until(async {
        let tasks: Vec<_> = (0..16)
            .map(|n| {
                let stage = stage.without_faults();
                // Each batch overlaps the one before it.
                tokio::task::spawn_local(async move {
                    while count(&stage, &ended(n * 5..n * 5 + 10, 3)).await.is_err() {}
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    })
    .await;
    assert_eq!(counted(&stage).await, 85);
}

#[tokio::test]
async fn a_hundred_answers_in_a_second_cost_less_than_a_tenth_of_a_unit_each() {
    let stage = Stage::new();
    // A day that has begun, so that the tally is not empty.
    count(&stage, &ended(0..90, 90)).await.unwrap();
    let at = start() + SignedDuration::from_secs(5);
    let hundred: Vec<Ended> =
        ended(1_000..1_100, 100).into_iter().map(|one| Ended { at, ..one }).collect();
    let (done, units) = stage.units(count(&stage, &hundred)).await;
    done.unwrap();
    println!("a hundred answers: {} write and {} read units", units.write, units.read);
    assert!(units.write + units.read <= 10.0, "{units:?}");
    assert_eq!(counted(&stage).await, 190);
}

#[tokio::test]
async fn days_are_given_from_the_first_to_the_last() {
    let stage = Stage::new();
    let results = stage.survey_results();
    for n in 1..=3 {
        let day = jiff::civil::date(2026, 11, n);
        let ended = [Ended { key: format!("{n:0<64}"), at: Timestamp::UNIX_EPOCH }];
        results.count(TENANT, SURVEY, day, &ended, |tally, _| tally.unopened += 1).await.unwrap();
    }
    let (first, last) = (jiff::civil::date(2026, 11, 2), jiff::civil::date(2026, 11, 30));
    let days = results.days(TENANT, SURVEY, first, last).await.unwrap();
    let days: Vec<i8> = days.iter().map(|(day, _)| day.day()).collect();
    assert_eq!(days, [2, 3]);
    assert!(results.days(TENANT, "other", first, last).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_response_is_listed_once_and_what_a_person_says_of_it_stays() {
    let stage = Stage::new();
    let results = stage.survey_results();
    for n in [1, 2, 3, 1, 2] {
        results.list(TENANT, SURVEY, &listed(n)).await.unwrap();
    }
    let all = async |after: Option<&str>, limit| {
        let until = start() + SignedDuration::from_mins(1);
        results.listed(TENANT, SURVEY, start(), until, after, limit).await.unwrap()
    };
    let first = all(None, 2).await;
    let keys = |page: &[Listed]| page.iter().map(|one| one.at).collect::<Vec<_>>();
    assert_eq!(keys(&first.responses), [listed(3).at, listed(2).at]);
    let second = all(first.next.as_deref(), 2).await;
    assert_eq!((keys(&second.responses), second.next), (vec![listed(1).at], None));

    let place = listed(2).place();
    assert!(results.judge(TENANT, SURVEY, &place, Sentiment::Positive).await.unwrap());
    results.list(TENANT, SURVEY, &listed(2)).await.unwrap();
    let judged = &all(None, 2).await.responses[1];
    assert_eq!(judged.felt.unwrap().sentiment, Sentiment::Positive);
    assert!(judged.felt.unwrap().is_sure());
    assert!(!results.judge(TENANT, SURVEY, "0000000000001#x", Sentiment::Neutral).await.unwrap());
    let key = SurveyResults::listed_key(TENANT, SURVEY, listed(2).at, &listed(2).key);
    results.unlist(&[key]).await.unwrap();
    assert_eq!(all(None, 9).await.responses.len(), 2);
}
