//! What responses come to, as people read it.

use admin::{
    survey::{Asked, Form, answers, results},
    tenant::{self, Activate},
};
use cloud::table::survey_results::{Ended, Listed};
use domain::{
    id::CustomerId,
    moderation::flags,
    sentiment::{felt, topics},
    survey::{Answer, Answers},
};
use jiff::civil::date;

use crate::setup::{TENANT, demo, engine, lan, minute, refusal, stage};

const SURVEY: &str = "csat-delivery";

#[tokio::test]
async fn scores_stand_beside_their_intervals_and_small_samples_have_none() {
    let engine = engine();
    let stage = stage(&engine);
    tenant::apply(&stage.tenants, &demo(), &Activate::All, &lan(0)).await.unwrap();
    let asked = Asked { tenant: TENANT, survey: SURVEY, from: None, until: None };
    let none = results(&stage, &asked, Form::Lines, minute(1)).await.unwrap();
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
    insta::assert_snapshot!(
        results(&stage, &asked, Form::Lines, minute(1)).await.unwrap().join("\n")
    );
    let csv = results(&stage, &asked, Form::Csv, minute(1)).await.unwrap();
    insta::assert_snapshot!(csv.join("\n"));
    let json = results(&stage, &asked, Form::Json, minute(1)).await.unwrap();
    let json: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
    assert_eq!((&json["sum"]["answered"], &json["survey"]), (&6.into(), &SURVEY.into()));
    assert!(json["score"].as_str().unwrap().contains("content"), "{json}");
    let today = Asked { from: Some(date(2026, 11, 20)), ..asked.clone() };
    let today = results(&stage, &today, Form::Lines, minute(1)).await.unwrap();
    assert!(today[0].ends_with("6 answered, 0 left in the middle, 0 never begun"), "{}", today[0]);
    let other = Asked { survey: "nothing", ..asked };
    assert!(
        refusal(results(&stage, &other, Form::Lines, minute(1)).await)
            .contains("no survey nothing")
    );
}

#[tokio::test]
async fn answers_are_told_one_by_one_and_without_what_reaches_somebody() {
    let engine = engine();
    let stage = stage(&engine);
    tenant::apply(&stage.tenants, &demo(), &Activate::All, &lan(0)).await.unwrap();
    for (n, text) in
        ["Giao trễ, gọi mình 0912 345 678 nhé", "=HYPERLINK(\"http://evil.example/x\"), \"ngon\""]
            .into_iter()
            .enumerate()
    {
        let mut given = Answers::default();
        given.given.insert("stars".to_owned(), Answer::Place(2));
        given.given.insert("words".to_owned(), Answer::Text(text.to_owned()));
        given
            .given
            .insert("wrong".to_owned(), Answer::Choices(vec!["late".into(), "staff".into()]));
        let listed = Listed {
            at: minute(i64::try_from(n).unwrap()),
            key: format!("{n:064}"),
            customer: Some(CustomerId::of(TENANT, "lan")),
            about: "DH0001".to_owned(),
            answers: given,
            score: Some(2),
            felt: felt(text, Some((2, 5))),
            topics: topics(text),
            flags: flags(text),
            text: text.to_owned(),
        };
        for _ in 0..2 {
            stage.survey_results.list(TENANT, SURVEY, &listed).await.unwrap();
        }
    }
    let asked = Asked { tenant: TENANT, survey: SURVEY, from: None, until: None };
    let told = async |form, unmasked| {
        answers(&stage, &asked, form, unmasked, minute(9)).await.unwrap().join("\n")
    };
    let csv = told(Form::Csv, false).await;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("at,about,score,sentiment,topics,flags,stars,wrong,words,recommend"));
    assert!(csv.contains("gọi mình *** nhé") && csv.contains(",2,late staff,"), "{csv}");
    assert!(csv.contains("'=HYPERLINK") && !csv.contains("evil.example"), "{csv}");
    let json = told(Form::Json, false).await;
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["flags"], &last["topics"]),
        (&serde_json::json!(["phone"]), &serde_json::json!(["delivery"]))
    );
    assert!(last["customer"].is_null() && !json.contains("0912"), "{json}");
    let whole = told(Form::Json, true).await;
    assert!(
        whole.contains("0912 345 678") && whole.contains(CustomerId::of(TENANT, "lan").as_str())
    );
    let before =
        Asked { until: Some(date(2026, 11, 1)), from: Some(date(2026, 10, 1)), ..asked.clone() };
    assert!(answers(&stage, &before, Form::Json, false, minute(9)).await.unwrap().is_empty());
}
