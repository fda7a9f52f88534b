//! `cham survey results`: what the responses to a survey come to, as lines for people, as CSV or as JSON; `cham survey answers`: the
//! answers one by one, without what would name or reach somebody unless it is asked for.
//!
//! A score stands beside the interval in which it lies in 95 of 100 such surveys. Of fewer than [`SAMPLE_MIN`] responses no score is
//! told.
//!
//! [`SAMPLE_MIN`]: domain::survey::SAMPLE_MIN

use std::{fmt::Write as _, sync::Arc};

use cloud::table::survey_results::Listed;

use domain::{
    explain::{self, Language},
    moderation::masked,
    survey::{Answer, Counts, Score, Survey, Tally, score},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{self, Date},
    tz,
};
use serde_json::json;

use crate::{Failure, stage::Stage};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The business.
    pub tenant: &'a str,
    /// The survey.
    pub survey: &'a str,
    /// The first day, in Vietnam; thirty days before the last when `None`.
    pub from: Option<Date>,
    /// The last day; today when `None`.
    pub until: Option<Date>,
}

/// In which form it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Lines,
    /// Comma-separated values.
    Csv,
    /// One line of JSON, or one for each answer.
    Json,
}

impl Asked<'_> {
    fn days(&self, now: Timestamp) -> (Date, Date) {
        let until = self.until.unwrap_or_else(|| VIETNAM.to_datetime(now).date());
        (self.from.unwrap_or_else(|| until.saturating_sub(30.days())), until)
    }

    async fn survey(&self, stage: &Stage, now: Timestamp) -> Result<Arc<Survey>, Failure> {
        let Asked { tenant, survey, .. } = self;
        let version = stage.tenants.active_version(tenant, now).await?;
        let none = || Failure::refused(format!("{tenant}: there are no rules"));
        let rules = stage.tenants.rule_set(tenant, version.ok_or_else(none)?).await?;
        let found = rules.surveys().and_then(|surveys| surveys.get(survey)).cloned();
        found.ok_or_else(|| Failure::refused(format!("{tenant}: there is no survey {survey}")))
    }
}

const VIETNAM: tz::Offset = tz::offset(7);

/// Answers of one read.
const PAGE: i32 = 200;

/// Tells the results.
///
/// # Errors
/// There is no such business or survey; or the database.
pub async fn results(
    stage: &Stage,
    asked: &Asked<'_>,
    form: Form,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let survey = asked.survey(stage, now).await?;
    let (from, until) = asked.days(now);
    let days = stage.survey_results.days(asked.tenant, &survey.id, from, until).await?;
    let mut sum = Tally::default();
    days.iter().for_each(|(_, tally)| sum.add(tally));
    Ok(match form {
        Form::Csv => csv(&days),
        Form::Lines => lines(&survey, from, until, &sum),
        Form::Json => {
            let score = sum.score(&survey).and_then(|score| told(Some(score)));
            let days: serde_json::Map<_, _> =
                days.iter().map(|(day, tally)| (day.to_string(), json!(tally))).collect();
            let all = json!({
                "survey": survey.id, "from": from, "until": until, "score": score, "sum": sum,
                "days": days,
            });
            vec![all.to_string()]
        }
    })
}

/// Tells the answers one by one, the newest first.
///
/// # Errors
/// There is no such business or survey; or the database.
pub async fn answers(
    stage: &Stage,
    asked: &Asked<'_>,
    form: Form,
    is_unmasked: bool,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let survey = asked.survey(stage, now).await?;
    let (from, until) = asked.days(now);
    let midnight = |day: Date| VIETNAM.to_timestamp(day.to_datetime(civil::Time::midnight()));
    let (from, until) = (midnight(from), midnight(until.saturating_add(1.day())));
    let from = from.unwrap_or(Timestamp::UNIX_EPOCH);
    let until = until.unwrap_or(Timestamp::MAX);
    let questions: Vec<&str> = survey.questions.iter().map(|one| one.id.as_str()).collect();
    let mut told = Vec::new();
    if form == Form::Csv {
        let fixed = ["at", "about", "score", "sentiment", "topics", "flags"];
        told.push(row(fixed.into_iter().chain(questions.iter().copied())));
    }
    let mut after = None;
    loop {
        let (tenant, id, after_that) = (asked.tenant, &survey.id, after.as_deref());
        let listed = stage.survey_results.listed(tenant, id, from, until, after_that, PAGE);
        let page = listed.await?;
        for one in &page.responses {
            let shown = |text: &str| if is_unmasked { text.to_owned() } else { masked(text) };
            told.push(if form == Form::Csv {
                line(one, &questions, shown)
            } else {
                object(one, is_unmasked, shown)
            });
        }
        after = page.next;
        if after.is_none() {
            return Ok(told);
        }
    }
}

fn line(one: &Listed, questions: &[&str], shown: impl Fn(&str) -> String) -> String {
    let topics: Vec<&str> = one.topics.iter().map(|topic| topic.as_str()).collect();
    let flags: Vec<&str> = one.flags.iter().map(|flag| flag.as_str()).collect();
    let fixed = [
        one.at.to_string(),
        one.about.clone(),
        one.score.map(|score| score.to_string()).unwrap_or_default(),
        one.felt.map(|felt| felt.sentiment.as_str().to_owned()).unwrap_or_default(),
        topics.join(" "),
        flags.join(" "),
    ];
    let answer = |id: &&str| match one.answers.given.get(*id) {
        None | Some(Answer::Skipped) => String::new(),
        Some(Answer::Text(text)) => shown(text),
        Some(Answer::Choice(id)) => id.clone(),
        Some(Answer::Choices(ids)) => ids.join(" "),
        Some(other) => other.to_json().to_string(),
    };
    row(fixed.into_iter().chain(questions.iter().map(answer)))
}

fn object(one: &Listed, is_unmasked: bool, shown: impl Fn(&str) -> String) -> String {
    let answers = one.answers.given.iter().map(|(id, answer)| match answer {
        Answer::Text(text) => (id.clone(), json!(shown(text))),
        other => (id.clone(), other.to_json()),
    });
    let answers: serde_json::Map<_, _> = answers.collect();
    let customer = one.customer.as_ref().filter(|_| is_unmasked);
    json!({
        "at": one.at, "about": one.about, "score": one.score, "answers": answers,
        "hidden": one.answers.hidden, "felt": one.felt, "topics": one.topics,
        "flags": one.flags, "customer": customer,
    })
    .to_string()
}

/// One record of CSV. What a spreadsheet would take for a formula is a text.
fn row(cells: impl Iterator<Item = impl AsRef<str>>) -> String {
    let cells = cells.map(|cell| {
        let cell = cell.as_ref();
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if is_formula { format!("'{cell}") } else { cell.to_owned() }
    });
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).expect("a list of bytes takes everything");
    let bytes = writer.into_inner().expect("a list of bytes takes everything");
    String::from_utf8(bytes).expect("of texts").trim_end().to_owned()
}

/// One line for each day, question and answer.
fn csv(days: &[(Date, Tally)]) -> Vec<String> {
    let mut lines = vec!["day,question,answer,count".to_owned()];
    for (day, tally) in days {
        for (question, counts) in &tally.questions {
            let line =
                |(answer, count): (&String, &u64)| format!("{day},{question},{answer},{count}");
            lines.extend(counts.iter().map(line));
        }
    }
    lines
}

fn lines(survey: &Survey, from: Date, until: Date, sum: &Tally) -> Vec<String> {
    let left: u64 = sum.left.values().sum();
    let mut lines = vec![format!(
        "{} from {from} to {until}: {} answered, {left} left in the middle, {} never begun",
        survey.id, sum.answered, sum.unopened
    )];
    for question in &survey.questions {
        let none = Counts::new();
        let counts = sum.questions.get(&question.id).unwrap_or(&none);
        let mut line = format!("{} ({})", question.id, question.kind.as_str());
        if let Some(said) = told(score(&question.kind, counts)) {
            write!(line, ": {said}").expect("a text takes every word");
        }
        lines.push(line);
        let stopped = sum.left.get(&question.id).copied().unwrap_or_default();
        let said = counts.iter().map(|(answer, count)| format!("    {count:7} {answer}"));
        lines.extend(said);
        if stopped > 0 {
            lines.push(format!("    {stopped:7} stopped here"));
        }
    }
    let kind = survey.score.as_ref().and_then(|id| survey.question(id)).map(|one| &one.kind);
    for (field, values) in &sum.by {
        lines.push(format!("by {field}"));
        for (value, counts) in values {
            let told = kind.and_then(|kind| told(score(kind, counts)));
            lines.push(format!("    {value}: {}", told.unwrap_or_default()));
        }
    }
    lines
}

/// A score in words; `None` where there is none.
fn told(score: Option<Score>) -> Option<String> {
    score.map(|score| explain::score(&score, Language::En))
}
