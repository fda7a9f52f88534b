//! The pages for the people who run it: who a customer is, what happened, why it was sent and why not, and what can be done.
//!
//! Everything is rendered here and works without script. A page asks the tables by key; nothing is counted or searched that
//! their charts do not offer, and a number that covers only the newest rows says so. Actions are forms: each carries a token,
//! is made through the same moves as the machine's own, and leads back by a redirect, so that a reload repeats nothing.

mod act;
mod answer;
mod attach;
mod case;
mod config;
mod cursor;
mod form;
mod page;
mod route;
mod session;
mod ui;

use std::sync::Arc;

use askama::Template;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cloud::{
    stream::chain,
    table::{
        Customers, Notifications, Points, Rewards, Standings, StoreError, SurveyResults, Surveys,
        Tenants, tenants::Settings,
    },
};
use domain::{
    explain::{Label, Language, problem},
    points::Broken,
};
use http::Method;
use jiff::Timestamp;

pub use config::Config;
pub use form::FORM_BYTES_MAX;
use route::Route;
use session::Claim;
pub use session::{SESSION_COOKIE, SESSION_FOR};
use ui::{Ui, Visitor};

/// The scope that an API key needs for the console.
pub const SCOPE: &str = "console";

/// The name of the cookie that keeps the language.
const LANGUAGE_COOKIE: &str = "cham_lang";

/// How long the language is kept: a year.
const LANGUAGE_FOR_S: i64 = 365 * 86_400;

/// What the function keeps between requests.
#[derive(Debug)]
pub struct Console {
    customers: Customers,
    notifications: Notifications,
    points: Points,
    rewards: Rewards,
    standings: Standings,
    survey_results: SurveyResults,
    surveys: Surveys,
    tenants: Tenants,
}

/// Why a request is not answered with its page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is nothing here")]
    NotFound(&'static str),
    #[error("the business or the key is not right")]
    KeyRefused,
    #[error("nobody is logged in")]
    SessionOver,
    #[error("the form is not ours")]
    NotOurs,
    #[error("the form is larger than {FORM_BYTES_MAX} bytes")]
    BodyTooLarge,
    #[error("the form is not base64 as announced")]
    BodyEncoding,
    #[error("the page has no such place")]
    BadCursor,
    #[error("there is no such move")]
    NotPossible(&'static str),
    #[error("somebody else was faster, again and again")]
    Raced,
    #[error("the account cannot be trusted")]
    Broken(#[from] Broken),
    #[error("a table did not do it")]
    Store(#[from] StoreError),
    #[error("the page could not be written")]
    Page(#[from] askama::Error),
}

impl Problem {
    /// The status and the stable code.
    fn told(&self) -> (u16, &'static str) {
        match self {
            Self::NotFound(code) => (404, code),
            Self::KeyRefused => (401, "key_refused"),
            Self::SessionOver => (401, "session_over"),
            Self::NotOurs => (403, "csrf_mismatch"),
            Self::BodyTooLarge => (413, "body_too_large"),
            Self::BodyEncoding => (400, "body_encoding"),
            Self::BadCursor => (400, "bad_cursor"),
            Self::NotPossible(code) => (409, code),
            Self::Raced => (409, "raced"),
            Self::Store(error) if error.is_infrastructure() => (503, "try_again"),
            Self::Store(_) | Self::Broken(_) | Self::Page(_) => (500, "corrupt"),
        }
    }
}

/// Somebody who is logged in, with what their pages need.
pub(crate) struct Visit {
    pub(crate) tenant: String,
    pub(crate) settings: Arc<Settings>,
    pub(crate) claim: Claim,
    pub(crate) now: Timestamp,
    pub(crate) ui: Ui,
}

impl Visit {
    pub(crate) fn language(&self) -> Language {
        self.ui.language
    }
}

impl Console {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: &Config) -> Self {
        let customers = Customers::new(client, &config.customers_table);
        Self {
            rewards: Rewards::new(client, &config.rewards_table, &customers),
            customers,
            points: Points::new(client, &config.points_table),
            standings: Standings::new(client, &config.standings_table),
            survey_results: SurveyResults::new(client, &config.survey_results_table),
            surveys: Surveys::new(client, &config.surveys_table),
            notifications: Notifications::new(client, &config.notifications_table),
            tenants: Tenants::new(client, &config.tenants_table),
        }
    }
}

/// Answers one HTTP request. Never fails: what goes wrong is an answer too.
pub async fn handle(
    console: &Console,
    request: &ApiGatewayV2httpRequest,
    now: Timestamp,
) -> ApiGatewayV2httpResponse {
    let query = form::query(request);
    let asked = Language::parse(query.get("lang"));
    let kept = form::cookie(request, LANGUAGE_COOKIE).and_then(Language::parse);
    let language = asked.or(kept).unwrap_or_default();
    let path = request.raw_path.as_deref().unwrap_or("/console");
    let ui = Ui::new(language, path, &query);
    let answered = match Route::of(request) {
        Route::Style => return answer::style(),
        Route::Slash => return answer::moved(&form::target("/console", request)),
        Route::LoginForm => page::login(&ui, "").map(|html| answer::page(200, html)),
        Route::Login => log_in(console, request, now).await,
        route => visit(console, request, route, ui.clone(), now).await,
    };
    let mut response = answered.unwrap_or_else(|problem| refused(request, &ui, &problem));
    if let Some(language) = asked {
        let kept =
            answer::cookie(LANGUAGE_COOKIE, language.as_str(), LANGUAGE_FOR_S, is_tls(request));
        response.cookies.push(kept);
    }
    response
}

/// Exchanges an API key for a cookie. Who is refused is not told which of the two was wrong.
async fn log_in(
    console: &Console,
    request: &ApiGatewayV2httpRequest,
    now: Timestamp,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let form = form::form(request)?;
    let (tenant, presented) = (form.get("tenant"), form.get("key"));
    if is_cross_site(request) {
        return Err(Problem::NotOurs);
    }
    if !is_tenant(tenant) || presented.is_empty() {
        return Err(Problem::KeyRefused);
    }
    let settings = console.tenants.settings(tenant, now).await?.ok_or(Problem::KeyRefused)?;
    let key = console.tenants.key(tenant, presented).await?.ok_or(Problem::KeyRefused)?;
    if !key.allows(SCOPE) {
        return Err(Problem::KeyRefused);
    }
    tracing::info!(tenant, key = key.name, "logged in");
    let cookie = session::issue(&settings.pepper, tenant, &key.name, now);
    let mut response = answer::see("/console");
    let seconds = SESSION_FOR.as_secs();
    response.cookies.push(answer::cookie(SESSION_COOKIE, &cookie, seconds, is_tls(request)));
    Ok(response)
}

/// The way of everything that needs somebody to be logged in.
async fn visit(
    console: &Console,
    request: &ApiGatewayV2httpRequest,
    route: Route,
    ui: Ui,
    now: Timestamp,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let visit = console.who(request, ui, now).await?;
    if request.request_context.http.method == Method::POST {
        let form = form::form(request)?;
        if !visit.claim.owns(&visit.settings.pepper, form.get("token")) {
            return Err(Problem::NotOurs);
        }
        return Box::pin(act::act(console, &visit, route, &form)).await;
    }
    let html = Box::pin(page::show(console, &visit, route, &form::query(request))).await?;
    Ok(answer::page(200, html))
}

impl Console {
    /// Who is looking: a cookie of ours, not over, whose key is still there.
    async fn who(
        &self,
        request: &ApiGatewayV2httpRequest,
        mut ui: Ui,
        now: Timestamp,
    ) -> Result<Visit, Problem> {
        let claim = form::cookie(request, SESSION_COOKIE).and_then(Claim::read);
        let claim = claim.ok_or(Problem::SessionOver)?;
        let settings = self.tenants.settings(&claim.tenant, now).await?;
        let settings = settings.ok_or(Problem::SessionOver)?;
        if !claim.is_proven(&settings.pepper, now) {
            return Err(Problem::SessionOver);
        }
        let key = self.tenants.key_named(&claim.tenant, &claim.key).await?;
        let key = key.filter(|key| key.allows(SCOPE)).ok_or(Problem::SessionOver)?;
        ui.visitor = Some(Visitor {
            business: settings.tenant.name.clone(),
            key: key.name,
            token: claim.token(&settings.pepper),
        });
        Ok(Visit { tenant: claim.tenant.clone(), settings, claim, now, ui })
    }
}

/// What is said when something is wrong: a page with a sentence and its code, or the way to the login.
fn refused(
    request: &ApiGatewayV2httpRequest,
    ui: &Ui,
    wrong: &Problem,
) -> ApiGatewayV2httpResponse {
    let (status, code) = wrong.told();
    if status >= 500 {
        tracing::error!(code, error = chain(wrong), "no page");
    } else {
        tracing::warn!(code, "refused");
    }
    let is_page = request.request_context.http.method == Method::GET;
    if matches!(wrong, Problem::SessionOver) && is_page {
        return answer::see("/console/login");
    }
    let said = problem(code, ui.language).unwrap_or(ui.say(Label::Problem));
    let html = match wrong {
        Problem::KeyRefused => page::login(ui, said),
        _ => page::problem(ui, said, code),
    };
    match html {
        Ok(html) => answer::page(status, html),
        Err(error) => {
            tracing::error!(error = chain(&error), "no page for a problem");
            answer::page(status, String::new())
        }
    }
}

/// Longest name of a tenant, in bytes, as its file is checked.
const TENANT_BYTES_MAX: usize = 48;

/// Whether a tenant could have this name: lower-case letters, digits and single dashes.
pub(crate) fn is_tenant(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.len() <= TENANT_BYTES_MAX && name.split('-').all(word)
}

/// API Gateway speaks TLS alone; what comes over plain HTTP comes from this very machine.
fn is_tls(request: &ApiGatewayV2httpRequest) -> bool {
    let host = request.request_context.domain_name.as_deref().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    !["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// Whether a browser says that another site has sent the form.
fn is_cross_site(request: &ApiGatewayV2httpRequest) -> bool {
    let from = request.headers.get("sec-fetch-site").and_then(|from| from.to_str().ok());
    from.is_some_and(|from| !["same-origin", "none"].contains(&from))
}

/// Writes a page.
pub(crate) fn written(page: &impl Template) -> Result<String, Problem> {
    Ok(page.render()?)
}
