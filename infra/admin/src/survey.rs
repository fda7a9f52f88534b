//! `cham survey results`: what the responses to a survey come to, as lines for people or as CSV.
//!
//! A score stands beside the interval in which it lies in 95 of 100 such surveys. Of fewer than [`SAMPLE_MIN`] responses no score is
//! told.
//!
//! [`SAMPLE_MIN`]: domain::survey::SAMPLE_MIN

use std::fmt::Write as _;

use domain::{
    explain::{self, Language},
    survey::{Counts, Score, Survey, Tally, score},
};
use jiff::{Timestamp, ToSpan, civil::Date, tz};

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
    /// Counts alone, as CSV.
    pub is_csv: bool,
}

/// Tells the results.
///
/// # Errors
/// There is no such business or survey; or the database.
pub async fn results(
    stage: &Stage,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let Asked { tenant, survey, .. } = asked;
    let version = stage.tenants.active_version(tenant, now).await?;
    let version =
        version.ok_or_else(|| Failure::refused(format!("{tenant}: there are no rules")))?;
    let rules = stage.tenants.rule_set(tenant, version).await?;
    let found = rules.surveys().and_then(|surveys| surveys.get(survey)).cloned();
    let survey =
        found.ok_or_else(|| Failure::refused(format!("{tenant}: there is no survey {survey}")))?;
    let until = asked.until.unwrap_or_else(|| tz::offset(7).to_datetime(now).date());
    let from = asked.from.unwrap_or_else(|| until.saturating_sub(30.days()));
    let days = stage.survey_results.days(tenant, &survey.id, from, until).await?;
    if asked.is_csv {
        return Ok(csv(&days));
    }
    let mut sum = Tally::default();
    days.iter().for_each(|(_, tally)| sum.add(tally));
    Ok(lines(&survey, from, until, &sum))
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
