//! SR1 and SR2: every response is counted, and none twice.

use cloud::table::{StoreError, survey_results::Ended};
use domain::survey::Tally;
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

/// Runs one pattern, always with the same words.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    match id {
        "SR1" => count(stage, &ended(0..3, 1)).await.map(|()| String::new()),
        "SR2" => {
            let days = stage.survey_results().days(TENANT, SURVEY, day(), day()).await?;
            Ok(format!("{}", days.len()))
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
