//! Asks a customer the questions of a survey, one page each, and keeps each answer at once.
//!
//! The link in the message is all that opens a response, and whoever has it may answer: there is no login and no cookie. Every
//! page is computed of the stored answers alone, so that closing the page, a second device, a step back and a form that is sent
//! twice all meet the same response. The last answer ends it, within the quota if there is one.

mod answer;
mod config;
mod form;
mod page;
mod words;

use std::{sync::Arc, time::Duration};

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cloud::table::{
    StoreError, Surveys, Tenants,
    surveys::{Completed, Freshness, Response, Saved, State},
    tenants::Settings,
};
use domain::{
    explain::Language,
    survey::{Answer, Answers, Link, Question, Survey},
};
use http::Method;
use jiff::Timestamp;

pub use config::Config;
pub use form::FORM_BYTES_MAX;
use form::{Fields, form, is_ours, query};
use page::Entered;

/// How often a last answer is tried again when many end at once, and how long is waited before, each time longer.
const TRIES_MAX: u32 = 20;
const WAIT: Duration = Duration::from_millis(5);

/// The mark of no response: whoever is led on with it reads what stands now.
const FRESH: &str = "now";

/// What the function keeps between requests.
#[derive(Debug)]
pub struct FeedbackSurvey {
    surveys: Surveys,
    tenants: Tenants,
}

/// Why a page is not the next question.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("no link leads here")]
    Unknown,
    #[error("the link is over")]
    Expired,
    #[error("the survey has enough responses")]
    Full,
    #[error("the survey is there no more")]
    Closed,
    #[error("the form is none of ours")]
    NotOurs,
    #[error("the form is larger than {FORM_BYTES_MAX} bytes")]
    TooLarge,
    #[error("too many answer at once")]
    Busy,
    #[error("a table did not do it")]
    Store(#[from] StoreError),
    #[error("the page could not be written")]
    Written(#[from] askama::Error),
}

/// An open response, with what it takes to go on.
struct Opened {
    link: Link,
    response: Response,
    survey: Arc<Survey>,
    settings: Arc<Settings>,
}

impl FeedbackSurvey {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: &Config) -> Self {
        Self {
            surveys: Surveys::new(client, &config.surveys_table),
            tenants: Tenants::new(client, &config.tenants_table),
        }
    }
}

/// Answers one HTTP request. Never fails: what goes wrong is a page too.
pub async fn handle(
    door: &FeedbackSurvey,
    request: &ApiGatewayV2httpRequest,
    now: Timestamp,
) -> ApiGatewayV2httpResponse {
    let word = request.path_parameters.get("link").map_or("", String::as_str);
    if word == "style.css" {
        return answer::style();
    }
    let query = query(request);
    let language = Language::parse(query.get("lang")).unwrap_or_default();
    let is_form = request.request_context.http.method == Method::POST;
    let answered = match Link::parse(word) {
        None => Err(Problem::Unknown),
        Some(link) if is_form => Box::pin(door.take(request, link, now)).await,
        Some(link) => Box::pin(door.show(link, &query, language, now)).await,
    };
    answered.unwrap_or_else(|problem| page::problem(&problem, language))
}

impl FeedbackSurvey {
    /// The page of a question: the next one, or one before it that is asked for.
    async fn show(
        &self,
        link: Link,
        query: &Fields,
        language: Language,
        now: Timestamp,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        // Who comes from a form says how the response stood then: what is at hand is enough when it stands so.
        let mark = query.get("r");
        let opened = self.open(&link, |found| mark.is_empty() || found.mark() == mark).await?;
        let Opened { response, survey, settings, .. } = &opened;
        if response.state == State::Answered {
            return page::thanks(survey, settings, response, language);
        }
        if !response.is_open(now) {
            return Err(Problem::Expired);
        }
        if response.answers.given.is_empty() {
            self.not_full(&opened).await?;
        }
        let question = asked(survey, &response.answers, query.get("q"));
        let question = question.ok_or(Problem::Closed)?;
        let entered = Entered::kept(response.answers.given.get(&question.id));
        page::question(&opened.link, settings, survey, response, question, language, &entered)
    }

    /// Keeps the answer to a question, and leads to the next.
    async fn take(
        &self,
        request: &ApiGatewayV2httpRequest,
        link: Link,
        now: Timestamp,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        if is_cross_site(request) {
            return Err(Problem::NotOurs);
        }
        let form = form(request)?;
        let language = Language::parse(form.get("lang")).unwrap_or_default();
        let opened = self.open(&link, |_| true).await?;
        let Opened { response, survey, settings, .. } = &opened;
        if !is_ours(&settings.pepper, &link, form.get("q"), form.get("f")) {
            return Err(Problem::NotOurs);
        }
        if response.state == State::Answered {
            return Ok(answer::see(&address(&link, None, &response.mark(), language)));
        }
        if !response.is_open(now) {
            return Err(Problem::Expired);
        }
        let question = survey.path(&response.answers).into_iter().find(|q| q.id == form.get("q"));
        // Another device has taken another way.
        let Some(question) = question else {
            return Ok(answer::see(&address(&link, None, FRESH, language)));
        };
        let given = match question.answer(|name| form.all(name)) {
            Ok(given) => given,
            Err(why) => {
                let entered = Entered::Refused(form, why);
                return page::question(
                    &link, settings, survey, response, question, language, &entered,
                );
            }
        };
        let place = self.keep(opened, &form, given, language, now).await?;
        Ok(answer::see(&place))
    }

    /// Keeps an answer; where to go on.
    async fn keep(
        &self,
        opened: Opened,
        form: &Fields,
        given: Answer,
        language: Language,
        now: Timestamp,
    ) -> Result<String, Problem> {
        let Opened { link, mut response, survey, .. } = opened;
        let id = form.get("q");
        for attempt in 1..=TRIES_MAX {
            let mut answers = response.answers.clone();
            answers.given.insert(id.to_owned(), given.clone());
            if survey.next(&answers).is_some() {
                return match self.surveys.answer(&link, id, &given, now).await? {
                    Saved::Yes(saved) => {
                        let next = survey.next(&saved.answers).map(|question| question.id.as_str());
                        Ok(address(&link, next, &saved.mark(), language))
                    }
                    Saved::Over => Ok(address(&link, None, FRESH, language)),
                };
            }
            let whole = survey.kept(&answers);
            let quota = survey.quota;
            let ended = self.surveys.complete(&link, &response, &whole, language, quota, now);
            match ended.await? {
                Completed::Yes => {
                    let mark = Response::mark_of(State::Answered, &whole);
                    return Ok(address(&link, None, &mark, language));
                }
                Completed::Full => return Err(Problem::Full),
                // Somebody else answers the same questions: on from what is there now.
                Completed::Raced => {
                    let fresh = self.surveys.response(&link, Freshness::Consistent).await?;
                    response = fresh.ok_or(Problem::Unknown)?;
                    if !response.is_open(now) {
                        let mark = Response::mark_of(State::Answered, &whole);
                        return Ok(address(&link, None, &mark, language));
                    }
                }
                Completed::Busy => tokio::time::sleep(WAIT * attempt).await,
            }
        }
        Err(Problem::Busy)
    }

    /// The response behind a link: as it is at hand, if that will do.
    async fn open(
        &self,
        link: &Link,
        will_do: impl Fn(&Response) -> bool,
    ) -> Result<Opened, Problem> {
        let mut response = self.surveys.response(link, Freshness::Eventual).await?;
        if !response.as_ref().is_some_and(will_do) {
            response = self.surveys.response(link, Freshness::Consistent).await?;
        }
        let response = response.ok_or(Problem::Unknown)?;
        let settings = self.tenants.settings(&response.tenant, response.invited_at).await?;
        let settings = settings.ok_or(Problem::Closed)?;
        let rules = self.tenants.rule_set(&response.tenant, response.version).await?;
        let survey = rules.surveys().and_then(|surveys| surveys.get(&response.survey)).cloned();
        let survey = survey.ok_or(Problem::Closed)?;
        Ok(Opened { link: link.clone(), response, survey, settings })
    }

    /// Nobody begins what cannot be ended.
    async fn not_full(&self, opened: &Opened) -> Result<(), Problem> {
        let Opened { response, survey, .. } = opened;
        let Some(quota) = survey.quota else { return Ok(()) };
        let responses = self.surveys.count(&response.tenant, &response.survey).await?;
        if responses >= quota { Err(Problem::Full) } else { Ok(()) }
    }
}

/// The question that is shown: the one that is asked for, if it is answered or the next one, else the next one, or the last when
/// none is left but the end has not been written.
fn asked<'s>(survey: &'s Survey, answers: &Answers, wanted: &str) -> Option<&'s Question> {
    let path = survey.path(answers);
    let next = survey.next(answers).map(|question| question.id.as_str());
    let upto = path.iter().position(|question| Some(question.id.as_str()) == next);
    let reachable = &path[..upto.map_or(path.len(), |place| place + 1)];
    reachable.iter().find(|question| question.id == wanted).or(reachable.last()).copied()
}

/// Where a question stands: of a link, an id and a mark, so that nothing has to be encoded.
fn address(link: &Link, question: Option<&str>, mark: &str, language: Language) -> String {
    let mut address = format!("/s/{}?lang={}", link.as_str(), language.as_str());
    if let Some(question) = question {
        address += &format!("&q={question}");
    }
    address + "&r=" + mark
}

/// Whether a browser says that another site has sent the form.
fn is_cross_site(request: &ApiGatewayV2httpRequest) -> bool {
    let from = request.headers.get("sec-fetch-site").and_then(|from| from.to_str().ok());
    from.is_some_and(|from| !["same-origin", "none"].contains(&from))
}

impl Problem {
    /// The status of its page and a stable code.
    fn told(&self) -> (u16, &'static str) {
        match self {
            Self::Unknown => (404, "unknown_link"),
            Self::Expired => (410, "link_over"),
            Self::Full => (410, "survey_full"),
            Self::Closed => (410, "survey_closed"),
            Self::NotOurs => (403, "form_not_ours"),
            Self::TooLarge => (413, "form_too_large"),
            Self::Busy => (503, "busy"),
            Self::Store(_) => (503, "store"),
            Self::Written(_) => (500, "page"),
        }
    }
}
