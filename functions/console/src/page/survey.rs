//! Surveys, to be looked at: what was answered, where people stopped, how it compares.

use std::sync::Arc;

use askama::Template;
use domain::{
    explain::{self, Label, Language},
    survey::{Answers, Counts, Kind, OTHER, Question, Score, Survey, Surveys, Tally, score},
};
use jiff::{ToSpan, civil::Date, tz};

use crate::{Console, Problem, Visit, ui::Ui, written};

/// The spans that can be looked at, in days.
const SPANS: [(u16, Label); 3] =
    [(7, Label::Last7Days), (30, Label::Last30Days), (365, Label::Last365Days)];

/// The span unless another is asked for.
pub(super) const SPAN: u16 = 30;

/// How wide a whole bar is.
const WIDTH: u64 = 1_000;

#[derive(Template)]
#[template(path = "surveys.html")]
struct SurveysPage<'a> {
    ui: &'a Ui,
    rows: Vec<SurveyRow>,
}

struct SurveyRow {
    id: String,
    title: String,
    answered: u64,
    score: String,
}

#[derive(Template)]
#[template(path = "survey.html")]
struct SurveyPage<'a> {
    ui: &'a Ui,
    title: String,
    path: String,
    spans: &'static [(u16, Label)],
    shown: u16,
    sum: Tally,
    left: u64,
    parts: Vec<Part>,
}

/// A table of bars under a heading.
struct Part {
    title: String,
    score: Option<String>,
    head: Label,
    last: Label,
    bars: Vec<Bar>,
}

struct Bar {
    name: String,
    count: u64,
    said: String,
    width: u64,
}

/// The surveys of the rules that are active, with the score of the last thirty days.
pub(crate) async fn all(console: &Console, visit: &Visit) -> Result<String, Problem> {
    let mut rows = Vec::new();
    if let Some(surveys) = console.surveys(visit).await? {
        for survey in surveys.iter() {
            let (_, sum) = console.tallies(visit, survey, SPAN).await?;
            let told = sum.score(survey).map(|score| explain::score(&score, visit.language()));
            rows.push(SurveyRow {
                id: survey.id.clone(),
                title: survey.title(visit.language()),
                answered: sum.answered,
                score: told.unwrap_or_default(),
            });
        }
    }
    written(&SurveysPage { ui: &visit.ui, rows })
}

/// One survey, over the last so many days.
pub(crate) async fn show(
    console: &Console,
    visit: &Visit,
    id: &str,
    days: &str,
) -> Result<String, Problem> {
    let surveys = console.surveys(visit).await?;
    let survey = surveys.as_ref().and_then(|surveys| surveys.get(id)).cloned();
    let survey = survey.ok_or(Problem::NotFound("unknown_survey"))?;
    let spans = SPANS.iter().map(|(days, _)| *days);
    let shown = spans.into_iter().find(|span| span.to_string() == days).unwrap_or(SPAN);
    let (each, sum) = console.tallies(visit, &survey, shown).await?;
    let language = visit.language();
    let mut parts: Vec<Part> = survey
        .questions
        .iter()
        .filter_map(|question| of_question(&survey, question, &sum, language))
        .collect();
    let scored = survey.score.as_ref().and_then(|id| survey.question(id)).map(|one| &one.kind);
    for (field, values) in &sum.by {
        let title = format!("{} {field}", Label::ByWhat.of(language));
        let told = |counts: &Counts| scored.and_then(|kind| score(kind, counts));
        let bars = values.iter().map(|(value, counts)| {
            of_score(named(value, language), counts.values().sum(), told(counts), language)
        });
        let bars = bars.collect();
        parts.push(Part { title, score: None, head: Label::Name, last: Label::SurveyScore, bars });
    }
    if !each.is_empty() {
        let bars = each.iter().map(|(day, tally)| {
            of_score(
                day.strftime("%d/%m/%Y").to_string(),
                tally.answered,
                tally.score(&survey),
                language,
            )
        });
        let title = Label::DayByDay.of(language).to_owned();
        let bars = bars.collect();
        parts.push(Part { title, score: None, head: Label::Day, last: Label::SurveyScore, bars });
    }
    written(&SurveyPage {
        ui: &visit.ui,
        title: survey.title(language),
        path: format!("/console/surveys/{}", survey.id),
        spans: &SPANS,
        shown,
        left: sum.left.values().sum(),
        sum,
        parts,
    })
}

/// What was answered to a question; `None` when nothing was, and nobody stopped there.
fn of_question(
    survey: &Survey,
    question: &Question,
    sum: &Tally,
    language: Language,
) -> Option<Part> {
    let none = Counts::new();
    let counts = sum.questions.get(&question.id).unwrap_or(&none);
    let stopped = sum.left.get(&question.id).copied().unwrap_or_default();
    if counts.is_empty() && stopped == 0 {
        return None;
    }
    let all: u64 = counts.values().sum::<u64>() + stopped;
    let bar = |name: String, count: u64| Bar {
        name,
        count,
        said: format!("{} %", (100 * count + all / 2) / all.max(1)),
        width: WIDTH * count / all.max(1),
    };
    let mut bars: Vec<Bar> = order(survey, question, counts, language)
        .into_iter()
        .map(|(name, count)| bar(name, count))
        .collect();
    if stopped > 0 {
        bars.push(bar(Label::StoppedHere.of(language).to_owned(), stopped));
    }
    let told = score(&question.kind, counts).map(|score| explain::score(&score, language));
    let title = survey.asks(question, language, &Answers::default());
    Some(Part { title, score: told, head: Label::Answer, last: Label::Share, bars })
}

/// The answers in the order of the survey, each as people read it.
fn order(
    survey: &Survey,
    question: &Question,
    counts: &Counts,
    language: Language,
) -> Vec<(String, u64)> {
    let none = Answers::default();
    let mut known: Vec<(String, String)> = match &question.kind {
        Kind::Nps | Kind::Csat(_) | Kind::Ces => {
            let places = question.kind.scale().into_iter().flatten();
            places.map(|place| (place.to_string(), place.to_string())).collect()
        }
        Kind::Choice(options) | Kind::Choices { options, .. } => {
            let option = options.iter();
            option.map(|one| (one.id.clone(), survey.names(one, language, &none))).collect()
        }
        Kind::Text(_) => Vec::new(),
        Kind::Matrix { rows, scale } => {
            let cell = |row: &domain::survey::Choice,
                        (n, place): (usize, &domain::survey::Choice)| {
                let (row_said, said) =
                    (survey.names(row, language, &none), survey.names(place, language, &none));
                (format!("{}={}", row.id, n + 1), format!("{row_said}: {said}"))
            };
            let cells = rows.iter().flat_map(|row| scale.iter().enumerate().map(move |p| (row, p)));
            cells.map(|(row, place)| cell(row, place)).collect()
        }
    };
    // What an older version of the survey had besides.
    for said in counts.keys() {
        if known.iter().all(|(id, _)| id != said) {
            known.push((said.clone(), named(said, language)));
        }
    }
    known
        .into_iter()
        .map(|(id, name)| (name, counts.get(&id).copied().unwrap_or_default()))
        .collect()
}

/// What stands for itself, and the words that stand for something else.
fn named(said: &str, language: Language) -> String {
    match said {
        "skipped" => Label::SkippedAnswer.of(language).to_owned(),
        "text" => Label::TextAnswer.of(language).to_owned(),
        OTHER => Label::OtherValue.of(language).to_owned(),
        other => other.to_owned(),
    }
}

/// A bar as long as the score is high, on its own scale.
fn of_score(name: String, count: u64, score: Option<Score>, language: Language) -> Bar {
    let width = score.as_ref().map_or(0, |score| score.height(WIDTH));
    let said = score.map(|score| explain::score(&score, language)).unwrap_or_default();
    Bar { name, count, said, width }
}

impl Console {
    /// The surveys of the rules that are active.
    pub(crate) async fn surveys(&self, visit: &Visit) -> Result<Option<Arc<Surveys>>, Problem> {
        let version = self.tenants.active_version(&visit.tenant, visit.now).await?;
        let Some(version) = version else { return Ok(None) };
        Ok(self.tenants.rule_set(&visit.tenant, version).await?.surveys().cloned())
    }

    /// The tallies of the last so many days, and their sum.
    pub(super) async fn tallies(
        &self,
        visit: &Visit,
        survey: &Survey,
        days: u16,
    ) -> Result<(Vec<(Date, Tally)>, Tally), Problem> {
        let until = tz::offset(7).to_datetime(visit.now).date();
        let from = until.saturating_sub(i32::from(days).days());
        let each = self.survey_results.days(&visit.tenant, &survey.id, from, until).await?;
        let mut sum = Tally::default();
        each.iter().for_each(|(_, tally)| sum.add(tally));
        Ok((each, sum))
    }
}
