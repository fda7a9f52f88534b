//! One notification: what the customer gets, what was tried, what it cost, and why.

use std::collections::BTreeMap;

use askama::Template;
use domain::{
    explain::{self, Label, Language, clock, dong},
    id::EffectId,
    notification::{Attempt, AttemptOutcome, Content, Notification, State},
};

use super::{Act, acts, tone};
use crate::{Console, Problem, Visit, ui::Ui, written};

#[derive(Template)]
#[template(path = "notification.html")]
struct NotificationPage<'a> {
    ui: &'a Ui,
    id: &'a EffectId,
    why: String,
    state: &'static str,
    tone: &'static str,
    text: Option<String>,
    template: Option<String>,
    purpose: &'static str,
    channels: String,
    cost: String,
    deadline: Option<String>,
    planned: String,
    rule: &'a str,
    step: &'a str,
    version: u32,
    event: String,
    customer: Option<String>,
    attempts: Vec<Tried>,
    acts: Vec<Act>,
}

struct Tried {
    at: String,
    channel: &'static str,
    outcome: String,
}

pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    id: &EffectId,
) -> Result<String, Problem> {
    let language = visit.language();
    let found = console.notifications.find(&visit.tenant, id).await?;
    let n = found.ok_or(Problem::NotFound("unknown_notification"))?;
    let channels = n.channels.iter().map(|channel| explain::channel(*channel, language));
    written(&NotificationPage {
        ui: &visit.ui,
        id,
        why: explain::notification(&n, language),
        state: explain::state(n.state, language),
        tone: tone(n.state),
        text: console.text(visit, &n).await?,
        template: n.template().map(|template| template.name.clone()),
        purpose: explain::consent(n.purpose, language),
        channels: channels.collect::<Vec<_>>().join(", "),
        cost: dong(cost(&n)),
        deadline: n.deadline.map(clock),
        planned: clock(n.planned_at),
        rule: &n.cause.rule,
        step: &n.cause.step,
        version: n.cause.version,
        event: n.cause.event.to_string(),
        customer: n.customer.as_ref().map(ToString::to_string),
        attempts: n.attempts.iter().map(|attempt| tried(attempt, language)).collect(),
        acts: acts(&n),
    })
}

/// What it has cost: the price of each accepted attempt.
pub(crate) fn cost(n: &Notification) -> u64 {
    let accepted = n.attempts.iter().filter(|a| a.outcome == Some(AttemptOutcome::Accepted));
    let prices = accepted.map(|a| n.price_vnd.get(&a.channel).copied().unwrap_or_default());
    prices.fold(0, u64::saturating_add)
}

/// Whether it went out.
pub(crate) fn is_sent(state: State) -> bool {
    match state {
        State::Sent | State::Delivered | State::Seen | State::Clicked => true,
        State::Planned
        | State::Held
        | State::Claimed
        | State::Unknown
        | State::Failed
        | State::Expired
        | State::Suppressed
        | State::Cancelled
        | State::Shadow => false,
    }
}

fn tried(attempt: &Attempt, language: Language) -> Tried {
    let code = match attempt.outcome {
        None => "running".to_owned(),
        Some(AttemptOutcome::Accepted) => "accepted".to_owned(),
        Some(AttemptOutcome::NotSent) => "not_sent".to_owned(),
        Some(AttemptOutcome::Refused(code)) => format!("refused({code})"),
        Some(AttemptOutcome::Unknown) => "unknown".to_owned(),
    };
    Tried {
        at: clock(attempt.at),
        channel: explain::channel(attempt.channel, language),
        outcome: explain::outcome_of_call(&code, language),
    }
}

impl Console {
    /// The text as the customer gets it; `None` when its template is no longer known.
    async fn text(&self, visit: &Visit, n: &Notification) -> Result<Option<String>, Problem> {
        let (template, params): (_, &BTreeMap<String, String>) = match &n.content {
            Content::Text(text) | Content::Fact { body: text, .. } => {
                return Ok(Some(text.clone()));
            }
            Content::Template { template, params } => (template, params),
        };
        let source = self.tenants.source(&visit.tenant, n.cause.version).await?;
        let templates = source.into_iter().flat_map(|source| source.templates);
        let known = templates.into_iter().find(|known| known.name == template.name);
        Ok(known.map(|known| known.text(params)))
    }
}
