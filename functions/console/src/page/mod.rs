//! The pages: each reads what it shows and writes itself.

mod answers;
mod attach;
mod case;
mod customer;
mod goal;
mod list;
mod notification;
mod overview;
mod points;
mod rule;
mod search;
mod survey;
mod walk;

use askama::Template;
use domain::{
    explain::{self, Label, Language},
    notification::{Notification, Pauses, Scope, State},
};

use crate::{
    Console, Problem, Visit,
    form::Fields,
    route::{Route, Verb},
    ui::Ui,
    written,
};

pub(crate) use attach::find;
pub(crate) use customer::number;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    ui: &'a Ui,
    wrong: &'a str,
}

/// The form that asks for a key; with a sentence when the last one was refused.
pub(crate) fn login(ui: &Ui, wrong: &str) -> Result<String, Problem> {
    written(&LoginPage { ui, wrong })
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    ui: &'a Ui,
    said: &'a str,
    code: &'a str,
}

/// What went wrong, as a page.
pub(crate) fn problem(ui: &Ui, said: &str, code: &str) -> Result<String, Problem> {
    written(&ProblemPage { ui, said, code })
}

/// The page that a route leads to.
pub(crate) async fn show(
    console: &Console,
    visit: &Visit,
    route: Route,
    query: &Fields,
) -> Result<String, Problem> {
    match route {
        Route::Overview => overview::show(console, visit).await,
        Route::Search => search::show(console, visit, query.get("q")).await,
        Route::Customer(id) => customer::show(console, visit, &id, query.get("cursor")).await,
        Route::Surveys => survey::all(console, visit).await,
        Route::Survey(id) => survey::show(console, visit, &id, query.get("days")).await,
        Route::Answers(id) => answers::show(console, visit, &id, query.get("cursor")).await,
        Route::Cases => case::all(console, visit, query.get("cursor")).await,
        Route::Case(key) => case::show(console, visit, &key).await,
        Route::Programme => points::programme(console, visit).await,
        Route::Board(name) => points::board(console, visit, &name, query.get("cursor")).await,
        Route::Account(id, currency) => {
            points::show(console, visit, &id, &currency, query.get("cursor")).await
        }
        Route::Explain(id, currency) => points::explain(console, visit, &id, &currency).await,
        Route::Attach(thing) => attach::show(console, visit, &thing).await,
        Route::Notification(id) => notification::show(console, visit, &id).await,
        Route::List(list) => list::show(console, visit, list, query.get("cursor")).await,
        Route::Rules => rule::all(console, visit).await,
        Route::Rule(id) => rule::show(console, visit, &id, query.get("cursor")).await,
        Route::Nowhere(code) => Err(Problem::NotFound(code)),
        Route::Style
        | Route::Slash
        | Route::LoginForm
        | Route::Login
        | Route::Logout
        | Route::Number(_)
        | Route::Unmute(_)
        | Route::Find(_)
        | Route::Act(..)
        | Route::ActOnCase(..)
        | Route::Judge(..)
        | Route::Pause
        | Route::Resume => Err(Problem::NotFound("not_found")),
    }
}

/// A notification as one row of a table.
pub(crate) struct Row {
    id: String,
    at: String,
    what: String,
    state: &'static str,
    tone: &'static str,
    why: String,
    rule: String,
    customer: Option<String>,
    acts: Vec<Act>,
}

impl Row {
    pub(crate) fn of(n: &Notification, language: Language) -> Self {
        let what = n.template().map(|template| template.name.clone());
        let purpose = explain::consent(n.purpose, language);
        Self {
            id: n.id.to_string(),
            at: explain::clock(n.planned_at),
            what: what.unwrap_or_else(|| purpose.to_owned()),
            state: explain::state(n.state, language),
            tone: tone(n.state),
            why: explain::notification(n, language),
            rule: n.cause.rule.clone(),
            customer: n.customer.as_ref().map(ToString::to_string),
            acts: acts(n),
        }
    }
}

/// Something that can be paused, and whether it is.
pub(crate) struct Brake {
    scope: String,
    name: String,
    /// Who has paused it, and when.
    paused: Option<(String, String)>,
}

impl Brake {
    pub(crate) fn of(scope: &Scope, pauses: &Pauses, language: Language) -> Self {
        let paused = pauses.0.get(scope).map(|pause| {
            let by = match pause.stop {
                Some(stop) => explain::by_zalo(stop.code, language),
                None => pause.by.clone(),
            };
            (by, explain::clock(pause.at))
        });
        Self { scope: scope.to_string(), name: explain::scope(scope, language), paused }
    }
}

/// Something that can be done with a notification, as a button.
pub(crate) struct Act {
    verb: &'static str,
    label: Label,
}

/// What its state permits.
pub(crate) fn acts(n: &Notification) -> Vec<Act> {
    let verbs = [
        (Verb::Release, Label::Release, n.can_be_released()),
        (Verb::Cancel, Label::Cancel, n.can_be_cancelled()),
        (Verb::Resend, Label::Resend, n.can_be_resent()),
    ];
    let permitted = verbs.into_iter().filter(|(_, _, permitted)| *permitted);
    permitted.map(|(verb, label, _)| Act { verb: verb.as_str(), label }).collect()
}

/// The colour of a state, which always stands beside its name.
pub(crate) fn tone(state: State) -> &'static str {
    match state {
        State::Sent | State::Delivered | State::Seen | State::Clicked => "good",
        State::Failed | State::Expired => "bad",
        State::Planned | State::Held | State::Claimed | State::Unknown => "wait",
        State::Suppressed | State::Cancelled | State::Shadow => "",
    }
}
