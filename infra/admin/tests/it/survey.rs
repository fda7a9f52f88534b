//! What responses come to, as people read it.

use admin::{
    survey::{Asked, results},
    tenant::{self, Activate},
};
use cloud::table::survey_results::Ended;
use domain::survey::{Answer, Answers};
use jiff::civil::date;

use crate::setup::{TENANT, demo, engine, lan, minute, refusal, stage};

const SURVEY: &str = "csat-delivery";

#[tokio::test]
async fn scores_stand_beside_their_intervals_and_small_samples_have_none() {
    let engine = engine();
    let stage = stage(&engine);
    tenant::apply(&stage.tenants, &demo(), &Activate::All, &lan(0)).await.unwrap();
    let asked = Asked { tenant: TENANT, survey: SURVEY, from: None, until: None, is_csv: false };
    let none = results(&stage, &asked, minute(1)).await.unwrap();
    assert_eq!(
        none[0],
        "csat-delivery from 2026-10-21 to 2026-11-20: 0 answered, 0 left in the middle, 0 never begun"
    );

    let rules = stage.tenants.rule_set(TENANT, 1).await.unwrap();
    let survey = rules.surveys().unwrap().get(SURVEY).unwrap().clone();
    for (n, (stars, carrier)) in
        [(5, "ghn"), (5, "ghn"), (4, "ghn"), (5, "ghn"), (1, "ghtk"), (3, "ghn")]
            .into_iter()
            .enumerate()
    {
        let mut answers = Answers::default();
        answers.given.insert("stars".to_owned(), Answer::Place(stars));
        answers.given.insert("recommend".to_owned(), Answer::Place(stars * 2));
        answers.hidden.insert("carrier".to_owned(), carrier.to_owned());
        let ended = [Ended { key: format!("{n:0>12}"), at: minute(0) }];
        let count =
            stage.survey_results.count(TENANT, SURVEY, date(2026, 11, 20), &ended, |tally, _| {
                tally.answer(&survey, &answers);
            });
        count.await.unwrap();
    }
    let gone = [Ended { key: "gone00000000".to_owned(), at: minute(0) }];
    let count =
        stage.survey_results.count(TENANT, SURVEY, date(2026, 11, 19), &gone, |tally, _| {
            tally.expire(&survey, &Answers::default());
        });
    count.await.unwrap();
    insta::assert_snapshot!(results(&stage, &asked, minute(1)).await.unwrap().join("\n"));
    let csv = Asked { is_csv: true, ..asked.clone() };
    insta::assert_snapshot!(results(&stage, &csv, minute(1)).await.unwrap().join("\n"));
    let today = Asked { from: Some(date(2026, 11, 20)), ..asked.clone() };
    let today = results(&stage, &today, minute(1)).await.unwrap();
    assert!(today[0].ends_with("6 answered, 0 left in the middle, 0 never begun"), "{}", today[0]);
    let other = Asked { survey: "nothing", ..asked };
    assert!(refusal(results(&stage, &other, minute(1)).await).contains("no survey nothing"));
}
