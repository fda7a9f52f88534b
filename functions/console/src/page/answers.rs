//! The answers to a survey, one by one: how each sounds, what it is about, and what should be looked at.

use askama::Template;
use cloud::table::survey_results::Listed;
use domain::{
    explain::{self, Label, Language, clock},
    sentiment::{Felt, Sentiment},
};
use jiff::Timestamp;

use crate::{Console, Problem, Visit, cursor::Kind, ui::Ui, written};

/// Answers of one page.
const ROWS: i32 = 20;

#[derive(Template)]
#[template(path = "answers.html")]
struct AnswersPage<'a> {
    ui: &'a Ui,
    title: String,
    path: String,
    back: String,
    rows: Vec<Row>,
    /// Each sentiment: the word that a form sends, and what people read.
    sentiments: Vec<(&'static str, &'static str)>,
    next: Option<String>,
    paged: bool,
}

struct Row {
    place: String,
    at: String,
    about: String,
    customer: Option<String>,
    score: String,
    lines: Vec<String>,
    felt: Option<(&'static str, &'static str)>,
    /// Nobody can rely on it: a person should look.
    is_unsure: bool,
    topics: Vec<&'static str>,
    flags: Vec<&'static str>,
}

/// The newest answers.
pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    id: &str,
    cursor: &str,
) -> Result<String, Problem> {
    let surveys = console.surveys(visit).await?;
    let survey = surveys.as_ref().and_then(|surveys| surveys.get(id)).cloned();
    let survey = survey.ok_or(Problem::NotFound("unknown_survey"))?;
    let language = visit.language();
    let after = Kind::Answers.read(cursor, |text| Some(text.to_owned()))?;
    let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let (tenant, place) = (&visit.tenant, after.as_deref());
    let page = console.survey_results.listed(tenant, id, from, until, place, ROWS).await?;
    let path = format!("/console/surveys/{}", survey.id);
    written(&AnswersPage {
        ui: &visit.ui,
        title: survey.title(language),
        path: format!("{path}/answers"),
        back: path,
        rows: page.responses.iter().map(|one| Row::of(one, language)).collect(),
        sentiments: Sentiment::ALL
            .map(|one| (one.as_str(), explain::sentiment(one, language)))
            .to_vec(),
        next: page.next.map(|next| Kind::Answers.write(&next)),
        paged: after.is_some(),
    })
}

impl Row {
    fn of(response: &Listed, language: Language) -> Self {
        let tone = |felt: &Felt| match felt.sentiment {
            Sentiment::Negative => "bad",
            Sentiment::Neutral => "",
            Sentiment::Positive => "good",
        };
        let felt = response.felt.as_ref();
        Self {
            place: response.place().replacen('#', "-", 1),
            at: clock(response.at),
            about: response.about.clone(),
            customer: response.customer.as_ref().map(ToString::to_string),
            score: response.score.map(|score| score.to_string()).unwrap_or_default(),
            lines: response.text.lines().map(str::to_owned).collect(),
            felt: felt.map(|felt| (explain::sentiment(felt.sentiment, language), tone(felt))),
            is_unsure: felt.is_some_and(|felt| !felt.is_sure()),
            topics: response.topics.iter().map(|one| explain::topic(*one, language)).collect(),
            flags: response.flags.iter().map(|one| explain::flag(*one, language)).collect(),
        }
    }
}

impl AnswersPage<'_> {
    fn say(&self, label: Label) -> &'static str {
        self.ui.say(label)
    }
}
