//! An answered survey is told once and counted once; a link that is over is counted as such.

use domain::{
    id::CustomerId,
    survey::{OTHER, Score},
};
use local::demo::state::{DEMO, DemoState};
use serde_json::json;
use testkit::fault::Fault;

use crate::setup::*;

#[tokio::test]
async fn an_answered_survey_becomes_an_event_and_a_count() {
    let mut office = Office::new().await;
    let link = office.invite(1, false).await;
    office.answer(&link, 5, minutes(10)).await;
    office.stream(minutes(11)).await;
    let told = office.told();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&told["kind"], &told["time"]), (&json!("survey.answered"), &json!(minutes(10))));
    assert_eq!(told["customer"], CustomerId::of(DEMO, "1").as_str());
    assert_eq!(told["data"]["score"], 5);
    assert_eq!(told["data"]["text"], "Cà phê thơm");
    assert_eq!(
        told["data"]["answers"],
        json!({"stars": 5, "words": "Cà phê thơm", "recommend": 9})
    );
    assert_eq!(
        (&told["data"]["survey"], &told["data"]["about"]),
        (&json!(SURVEY), &json!("DH0001"))
    );
    let tally = office.tally(day(20)).await;
    assert_eq!((tally.answered, tally.by["carrier"]["ghn"]["5"]), (1, 1));
    let survey = domain::survey::score(&domain::survey::Kind::Nps, &tally.questions["recommend"]);
    assert!(matches!(survey, Some(Score::Nps(_))));
}

#[tokio::test]
async fn records_that_come_again_alone_or_in_other_company_change_nothing() {
    let mut office = Office::new().await;
    let mut batches = Vec::new();
    for n in 1..=5 {
        let link = office.invite(n, false).await;
        office.answer(&link, 4, minutes(i64::from(n))).await;
        batches.push(office.stream(minutes(20)).await);
    }
    let (told, tally) = (office.told(), office.tally(day(20)).await);
    assert_eq!((told.len(), tally.answered), (5, 5));
    let mut all = batches[0].clone();
    for batch in &batches[1..] {
        let records = batch["Records"].as_array().unwrap().clone();
        all["Records"].as_array_mut().unwrap().extend(records);
    }
    for batch in [&batches[3], &all, &batches[0]] {
        assert!(bring(&office.state, batch, minutes(30)).await.is_empty());
    }
    assert_eq!((office.told(), office.tally(day(20)).await), (told, tally));
}

#[tokio::test]
async fn a_link_that_is_over_is_counted_by_where_it_was_left() {
    let mut office = Office::new().await;
    let (opened, unopened, done) = (
        office.invite(1, false).await,
        office.invite(2, false).await,
        office.invite(3, false).await,
    );
    let surveys = office.surveys();
    let answer = domain::survey::Answer::Place(2);
    surveys.answer(&opened, "stars", &answer, minutes(1)).await.unwrap();
    office.answer(&done, 3, minutes(2)).await;
    office.stream(minutes(3)).await;
    office.tick(minutes(24 * 60 - 1)).await;
    assert!(!office.stream(minutes(24 * 60 - 1)).await["Records"].is_array());
    for _ in 0..2 {
        office.tick(minutes(24 * 60)).await;
        office.stream(minutes(24 * 60)).await;
    }
    let tally = office.tally(day(21)).await;
    assert_eq!((tally.unopened, tally.left["wrong"], tally.left.get(OTHER)), (1, 1, None));
    assert_eq!((office.tally(day(20)).await.answered, tally.answered), (1, 0));
    assert_eq!(office.told().len(), 1);
    // What is over takes no answer any more, and nothing is due.
    let saved = surveys.answer(&unopened, "stars", &answer, minutes(1)).await.unwrap();
    assert_eq!(saved, cloud::table::surveys::Saved::Over);
    assert!(surveys.over(minutes(99_999)).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_that_the_stream_has_lost_is_found_when_its_link_is_over() {
    let mut office = Office::new().await;
    let (seen, lost) = (office.invite(1, false).await, office.invite(2, false).await);
    office.answer(&seen, 5, minutes(5)).await;
    office.stream(minutes(6)).await;
    office.answer(&lost, 4, minutes(7)).await;
    drop(office.state.batch(FUNCTION));
    for _ in 0..2 {
        office.tick(minutes(24 * 60)).await;
        office.stream(minutes(24 * 60)).await;
    }
    assert_eq!((office.told().len(), office.tally(day(20)).await.answered), (2, 2));
    assert!(office.surveys().over(minutes(99_999)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_response_that_nobody_can_count_is_listed_and_the_next_one_goes_on() {
    let mut office = Office::new().await;
    let (broken, sound) = (office.invite(1, false).await, office.invite(2, false).await);
    let change = json!({
        "TableName": office.state.table("SURVEYS_TABLE"),
        "Key": {"pk": {"S": format!("link#{}", broken.key())}, "sk": {"S": "response"}},
        "UpdateExpression": "SET survey = :gone",
        "ExpressionAttributeValues": {":gone": {"S": "gone"}},
    });
    office.state.engine.run("UpdateItem", &change).unwrap();
    for link in [&broken, &sound] {
        office.answer(link, 5, minutes(5)).await;
    }
    office.stream(minutes(6)).await;
    assert_eq!((office.told().len(), office.tally(day(20)).await.answered), (1, 1));
    let stuck = office.state.rows_of(&office.state.table("CUSTOMERS_TABLE"));
    assert_eq!(stuck.len(), 1, "{stuck:?}");
    assert!(serde_json::to_string(&stuck).unwrap().contains("no_survey"));
}

#[tokio::test]
async fn an_anonymous_answer_is_counted_and_tells_of_nobody() {
    let mut office = Office::new().await;
    let link = office.invite(1, true).await;
    office.answer(&link, 1, minutes(5)).await;
    office.stream(minutes(6)).await;
    assert!(office.told().is_empty());
    let tally = office.tally(day(20)).await;
    let by: Vec<&str> = tally.by.keys().map(String::as_str).collect();
    assert_eq!(
        (tally.answered, by),
        (1, vec!["sentiment", "topic"]),
        "nothing that was carried along"
    );
}

/// Goal: after a fault at any call the next try has told and counted all, and nothing twice. Method: from one snapshot, time
/// standing still.
#[tokio::test]
async fn whatever_fails_is_mended_by_the_next_try() {
    let mut office = Office::new().await;
    for n in 1..=3 {
        let link = office.invite(n, false).await;
        office.answer(&link, 5, minutes(5)).await;
    }
    let batch = office.state.batch(FUNCTION);
    let snapshot = office.state.engine.snapshot().unwrap();
    let open = || Office { state: DemoState::over(snapshot.open().unwrap()) };
    let undisturbed = open();
    assert!(bring(&undisturbed.state, &batch, minutes(6)).await.is_empty());
    let (told, tally) = (undisturbed.told(), undisturbed.tally(day(20)).await);
    assert_eq!((told.len(), tally.answered), (3, 3));
    let calls = u64::try_from(undisturbed.state.faults.calls().len()).unwrap();
    assert!(calls >= 5, "{calls}");
    for nth in 1..=calls {
        for fault in Fault::ALL {
            let office = open();
            office.state.faults.plan(nth, fault);
            tokio::select! {
                _ = bring(&office.state, &batch, minutes(6)) => {}
                () = office.state.faults.crashed() => {}
            }
            let failed = bring(&office.state, &batch, minutes(6)).await;
            assert!(failed.is_empty(), "{fault:?} at call {nth} of {calls}");
            let now = (office.told(), office.tally(day(20)).await);
            assert_eq!(now, (told.clone(), tally.clone()), "{fault:?} at call {nth} of {calls}");
        }
    }
}
