//! Surveys as staff see them: scores beside their intervals, bars, and where people stopped.

use cloud::table::{
    SurveyResults,
    survey_results::{Ended, Listed},
};
use domain::{
    moderation::flags,
    sentiment::{Felt, felt, topics},
    survey::{Answer, Answers, Survey, Tally},
};
use jiff::civil::{Date, date};
use local::demo::state::DEMO;

use crate::setup::*;

const SURVEY: &str = "csat-delivery";

async fn count(browser: &Browser, day: Date, n: usize, add: impl Fn(&mut Tally, &Survey)) {
    let rules = browser.tenants().rule_set(DEMO, 1).await.unwrap();
    let survey = rules.surveys().unwrap().get(SURVEY).unwrap().clone();
    let table = browser.state.table("SURVEY_RESULTS_TABLE");
    let results = SurveyResults::new(&browser.state.client(), &table);
    let ended = [Ended { key: format!("{n:0>12}"), at: start() }];
    results.count(DEMO, SURVEY, day, &ended, |tally, _| add(tally, &survey)).await.unwrap();
}

async fn answered(browser: &Browser, day: Date, n: usize, stars: u8, carrier: &str) {
    let mut answers = Answers::default();
    answers.given.insert("stars".to_owned(), Answer::Place(stars));
    answers.given.insert("words".to_owned(), Answer::Skipped);
    if stars <= 3 {
        answers.given.insert("wrong".to_owned(), Answer::Choices(vec!["late".to_owned()]));
    }
    answers.hidden.insert("carrier".to_owned(), carrier.to_owned());
    count(browser, day, n, |tally, survey| tally.answer(survey, &answers)).await;
}

/// Two rules that ask the survey, each with a goal of its own.
const WITH_GOALS: &str = "
- id: content
  goal: {metric: rating_mean, target: 4.5}
  on: order.created
  then: [{id: ask, invite: {survey: csat-delivery}}]
- id: heard
  goal: {metric: response_rate, target: 0.3}
  on: order.created
  then: [{id: ask, invite: {survey: csat-delivery}}]
";

#[tokio::test]
async fn a_goal_is_measured_on_the_answers_to_the_survey_that_the_rule_asks() {
    let mut browser = Browser::logged_in().await;
    browser.rules(WITH_GOALS).await;
    for n in 0..4 {
        answered(&browser, date(2026, 11, 20), n, 5, "ghn").await;
    }
    let few = browser.get("/console/rules/content?lang=en").await.body;
    assert!(few.contains("not enough answers in the last 30 days"), "{few}");
    answered(&browser, date(2026, 11, 19), 4, 3, "ghn").await;
    // Too long ago to count.
    answered(&browser, date(2026, 9, 1), 5, 1, "ghn").await;
    count(&browser, date(2026, 11, 20), 30, |tally, _| {
        tally.left.insert("words".to_owned(), 3);
        tally.unopened += 6;
    })
    .await;
    for (rule, now) in [("content", "mean 4.60, of 5"), ("heard", "<b>35.7 %</b>")] {
        let page = browser.get(&format!("/console/rules/{rule}?lang=en")).await.body;
        assert!(page.contains(now), "{now}: {page}");
    }
}

#[tokio::test]
async fn a_survey_shows_what_was_answered_and_where_people_stopped() {
    let mut browser = Browser::logged_in().await;
    let today = date(2026, 11, 20);
    for (n, stars) in [5, 5, 4, 5, 1, 3].into_iter().enumerate() {
        answered(&browser, today, n, stars, if n == 4 { "<b>ghtk</b>" } else { "ghn" }).await;
    }
    answered(&browser, date(2026, 11, 1), 20, 5, "ghn").await;
    count(&browser, today, 30, |tally, _| {
        tally.left.insert("words".to_owned(), 2);
        tally.unopened += 3;
    })
    .await;

    let all = browser.get("/console/surveys").await;
    assert!(
        all.body.contains("href=\"/console/surveys/csat-delivery\"")
            && all.body.contains("Ý kiến của bạn")
    );
    assert!(all.body.contains("71 % hài lòng"), "{}", all.body);
    let page = browser.get("/console/surveys/csat-delivery").await;
    assert_eq!(page.status, 200);
    for said in [
        "<b>7</b>Đã trả lời hết",
        "<b>2</b>Bỏ dở",
        "<b>3</b>Không mở",
        "Bạn hài lòng với đơn hàng này thế nào?",
        "71 % hài lòng (từ 36 đến 92), trung bình 4,00, 7 câu trả lời",
        "Giao hàng chậm",
        "Dừng ở câu này",
        "So sánh theo carrier",
        "1 câu trả lời, chưa đủ để tính điểm",
        "&#60;b&#62;ghtk",
        "20/11/2026",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("<b>ghtk") && !page.body.contains("style="));
    let week = browser.get("/console/surveys/csat-delivery?days=7&lang=en").await;
    for said in
        ["<b>6</b>Answered to the end", "67 % content (30 to 90), mean 3.83, of 6", "It came late"]
    {
        assert!(week.body.contains(said), "{said}: {}", week.body);
    }
}

#[tokio::test]
async fn a_survey_without_answers_says_so_and_one_that_is_none_is_not_found() {
    let mut browser = Browser::logged_in().await;
    let page = browser.get("/console/surveys/store-visit?days=x").await;
    assert!(page.status == 200 && page.body.contains("Chưa có câu trả lời nào"), "{}", page.body);
    let got = browser.get("/console/surveys/nothing").await;
    assert_eq!((got.status, got.code()), (404, "unknown_survey"));
}

#[tokio::test]
async fn answers_are_read_one_by_one_and_what_is_unsure_is_judged_by_a_person() {
    let mut browser = Browser::logged_in().await;
    let table = browser.state.table("SURVEY_RESULTS_TABLE");
    let results = SurveyResults::new(&browser.state.client(), &table);
    let texts = ["Giao trễ quá, gọi 0912345678 cho mình", "", "<b>đm</b> ship lâu quá"];
    for (n, text) in texts.into_iter().enumerate() {
        let felt = felt(text, None).map(|felt| Felt { confidence_percent: 50, ..felt });
        let listed = Listed {
            at: later(i64::try_from(n).unwrap()),
            key: format!("{n:064}"),
            customer: (n == 0).then(lan),
            about: "DH0001".to_owned(),
            answers: Answers::default(),
            score: Some(2),
            felt,
            topics: topics(text),
            flags: flags(text),
            text: text.to_owned(),
        };
        results.list(DEMO, SURVEY, &listed).await.unwrap();
    }
    let path = "/console/surveys/csat-delivery/answers";
    let page = browser.get(path).await;
    assert_eq!(page.status, 200);
    for said in [
        "Giao trễ quá, gọi 0912345678",
        "có số điện thoại",
        "lời thô tục",
        "&#60;b&#62;đm",
        "giao hàng",
        "cần người xem",
        &format!("/console/customers/{}", lan()),
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let place = page.body.split(&format!("{path}/")).nth(1).unwrap();
    let place = place.split('"').next().unwrap().to_owned();
    for _ in 0..2 {
        let got = browser.act(&format!("{path}/{place}"), &[("sentiment", "positive")]).await;
        assert_eq!(got.place, format!("{path}?done=judged"));
    }
    let page = browser.get(path).await.body;
    assert_eq!(page.matches("cần người xem").count(), 1, "{page}");
    for (place, sentiment, code) in
        [(place.as_str(), "happy", "not_found"), ("1-x", "neutral", "unknown_answer")]
    {
        let got = browser.act(&format!("{path}/{place}"), &[("sentiment", sentiment)]).await;
        assert_eq!((got.status, got.code()), (404, code), "{place}");
    }
    assert_eq!(browser.get("/console/surveys/nothing/answers").await.status, 404);
}
