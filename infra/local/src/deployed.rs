//! The recorded day against functions that run elsewhere: rebuilt for the present, sent to their URL, with the stand-in as their Zalo.
//!
//! Their clock cannot be turned. What is due at once must reach the stand-in; what waits must stand as a row with the right time:
//! the two hours before the survey, and what the real hour puts into the night.

use std::{collections::BTreeMap, time::Duration};

use admin::{Failure, stage::Stage};
use cloud::{
    http::client,
    table::{StoreError, customers::DueKind},
};
use domain::{
    channel::Channel,
    consent::Purpose,
    id::EffectId,
    notification::{Content, Notification, State, next_morning},
};
use jiff::{SignedDuration, Timestamp};
use testkit::{
    present::Present,
    sign::{Recorded, Secrets, SignError},
    stand_in::{NothingToRate, PhoneMessage, Rating, StandIn},
};

use crate::{
    demo::Business,
    replay::{Day, Expected, Line, What},
};

/// How long the squeezed day lasts.
const DAY_LASTS: SignedDuration = SignedDuration::from_secs(60);

/// Between the clock of this process and the first hook, so that the rules are active before.
const BEFORE: SignedDuration = SignedDuration::from_secs(2);

/// How long what is due at once may take: two ticks, for what a stream did not bring.
const SLACK: SignedDuration = SignedDuration::from_secs(150);

/// How often the stand-in's receipts are looked for.
const PULSE: Duration = Duration::from_millis(200);

/// How long nothing more may come after the last message.
const QUIET: Duration = Duration::from_secs(5);

/// How long one hook may take, the start of a function included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// From the delivery to the survey, as the demo tenant's rule says.
const SURVEY_AFTER: SignedDuration = SignedDuration::from_hours(2);

/// Where the functions are.
#[derive(Debug)]
pub struct Deployment {
    /// The API's address without a final slash.
    pub api: String,
    /// What the API is called in the `Host` header, when its address is not its name.
    pub host: Option<String>,
    /// The database's address.
    pub database: String,
    /// The stage.
    pub stage: String,
    /// The port that the functions know as Zalo.
    pub zalo_port: u16,
}

/// Why the day could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum DeployedError {
    /// The stand-in's port is taken.
    #[error("the stand-in: {0}")]
    StandIn(#[from] std::io::Error),
    /// The API does not answer.
    #[error("the API: {0}")]
    Api(#[from] reqwest::Error),
    /// A recorded hook cannot be signed.
    #[error("a recorded hook cannot be signed: {0}")]
    Sign(#[from] SignError),
    /// The database does not answer.
    #[error("the database: {}", cloud::stream::chain(.0))]
    Store(#[from] StoreError),
    /// The stage cannot be reached.
    #[error("the stage: {0}")]
    Stage(#[from] Failure),
}

/// What came of the day elsewhere.
#[derive(Debug)]
pub struct Came {
    /// What reached somebody.
    pub messages: Vec<PhoneMessage>,
    /// How many wait for the morning.
    pub held: usize,
    /// What is not as expected, a sentence each.
    pub problems: Vec<String>,
}

/// A run.
struct Run<'a> {
    deployment: &'a Deployment,
    http: reqwest::Client,
    stand_in: StandIn,
    present: Present,
    secrets: Secrets,
}

impl Deployment {
    /// Sends `day` and waits for what must come of it.
    ///
    /// # Errors
    /// When something does not answer at all; what differs from the expected is in [`Came::problems`].
    pub async fn play(
        &self,
        business: &Business,
        day: &Day,
        expected: &Expected,
    ) -> Result<Came, DeployedError> {
        let variables = |_: &str| None;
        let stage = Stage::connect(&self.stage, Some(&self.database), variables)?;
        let (first, last) = (day.lines[0].at, day.lines[day.lines.len() - 1].at);
        let now = Timestamp::now();
        let run = Run {
            deployment: self,
            http: client(REQUEST_TIMEOUT),
            stand_in: StandIn::start(business.stand_in(now), self.zalo_port).await?,
            present: Present::new(first, last, now + BEFORE, DAY_LASTS),
            secrets: secrets(business),
        };
        let mut problems = Vec::new();
        for (number, line) in (1..).zip(&day.lines) {
            run.until(run.present.at(line.at)).await?;
            problems.extend(run.send(number, line).await?);
        }
        let invited = day.lines.iter().find_map(delivered).map(|at| at + SURVEY_AFTER);
        let expected = expected.without(invited).made_present(&run.present, last, SLACK);
        let latest = run.present.at(last) + SLACK;
        let (mut wrong, mut quiet) = (Vec::new(), Duration::ZERO);
        while Timestamp::now() < latest && quiet < QUIET {
            run.pulse().await?;
            let mut all = run.stand_in.messages();
            let held = held(&stage, business).await?;
            all.extend(held.iter().map(|held| held.as_message(business)));
            let still_wrong = expected.problems_of(&all);
            let settled = still_wrong.is_empty() && run.stand_in.next_hook_at().is_none();
            quiet = if settled { quiet + PULSE } else { Duration::ZERO };
            wrong = still_wrong;
        }
        problems.extend(wrong);
        let held = held(&stage, business).await?;
        problems.extend(held.iter().filter_map(Held::problem));
        problems.extend(survey(&stage, invited, &run.present).await?);
        Ok(Came { messages: run.stand_in.messages(), held: held.len(), problems })
    }
}

fn secrets(business: &Business) -> Secrets {
    let of = |source: &str| {
        let pair = business.secrets.sources.get(source)?;
        Some(pair.current.expose().to_owned())
    };
    Secrets {
        zalo: of("zalo-oa").map(|secret| (business.tenant.zalo.app_id.clone(), secret)),
        sepay: of("sepay"),
        standard: of("standard"),
    }
}

impl Run<'_> {
    /// Delivers receipts until `at`.
    async fn until(&self, at: Timestamp) -> Result<(), DeployedError> {
        while Timestamp::now() < at {
            let left = at.duration_since(Timestamp::now()).unsigned_abs();
            self.receipts().await?;
            tokio::time::sleep(PULSE.min(left)).await;
        }
        Ok(())
    }

    async fn pulse(&self) -> Result<(), DeployedError> {
        self.receipts().await?;
        tokio::time::sleep(PULSE).await;
        Ok(())
    }

    async fn receipts(&self) -> Result<(), DeployedError> {
        let now = Timestamp::now();
        self.stand_in.set_now(now);
        for hook in self.stand_in.take_due_hooks(now) {
            let status = self.post(&hook.path, &hook.headers, hook.body).await?;
            if (200..300).contains(&status) {
                self.stand_in.hook_done(hook.id)?;
            }
        }
        Ok(())
    }

    async fn send(&self, number: usize, line: &Line) -> Result<Option<String>, DeployedError> {
        let (method, path, headers, body) = match &line.what {
            What::Request { method, path, headers, body } => (method, path, headers, body),
            What::StandIn { rate } => return self.rate(number, line, rate).await,
            What::Page(_) | What::Staff(_) => {
                return Ok(Some(format!("line {number} ({}) is not played here", line.came())));
            }
        };
        let mut recorded = Recorded {
            at: line.at,
            method: method.clone(),
            path: path.clone(),
            headers: headers.clone(),
            body: body.clone(),
        };
        self.present.rebuild(&mut recorded, &self.secrets)?;
        let status = self.post(&recorded.path, &recorded.headers, recorded.body).await?;
        let right = match line.expect_status {
            Some(0) => status < 500,
            expected => expected.is_none_or(|expected| expected == status),
        };
        println!("{status} {}", line.came());
        Ok((!right).then(|| format!("line {number} ({}) is answered {status}", line.came())))
    }

    /// Gives stars as soon as the message is there: in squeezed time that may be later than the line says. The hook goes out with the
    /// receipts.
    async fn rate(
        &self,
        number: usize,
        line: &Line,
        rating: &Rating,
    ) -> Result<Option<String>, DeployedError> {
        let latest = self.present.at(line.at) + SLACK;
        loop {
            self.stand_in.set_now(Timestamp::now());
            match self.stand_in.rate(rating) {
                Ok(_) => {
                    println!("    {}", line.came());
                    return Ok(None);
                }
                Err(NothingToRate::Message) if Timestamp::now() < latest => self.pulse().await?,
                Err(error) => {
                    return Ok(Some(format!("line {number} ({}): {error}", line.came())));
                }
            }
        }
    }

    async fn post(
        &self,
        path: &str,
        headers: &BTreeMap<String, String>,
        body: String,
    ) -> Result<u16, DeployedError> {
        let mut request = self.http.post(format!("{}{path}", self.deployment.api)).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(host) = &self.deployment.host {
            request = request.header("host", host);
        }
        Ok(request.send().await?.status().as_u16())
    }
}

/// What waits for the morning.
struct Held {
    notification: Notification,
    spread: SignedDuration,
}

/// Everything that still stands on `due` and is held.
async fn held(stage: &Stage, business: &Business) -> Result<Vec<Held>, DeployedError> {
    let mut held = Vec::new();
    for class in [Purpose::Otp, Purpose::Transaction, Purpose::Care, Purpose::Promotion] {
        let mut after = None;
        loop {
            let page = stage.notifications.due(class, Timestamp::MAX, after).await?;
            for key in page.keys {
                held.extend(found(stage, business, &key.id).await?);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(held)
}

async fn found(
    stage: &Stage,
    business: &Business,
    id: &EffectId,
) -> Result<Option<Held>, DeployedError> {
    let spread = business.tenant.limits.morning_spread;
    let found = stage.notifications.find(&business.tenant.id, id).await?;
    let held = found.filter(|notification| notification.state == State::Held);
    Ok(held.map(|notification| Held { notification, spread }))
}

impl Held {
    /// As what it will be in the morning.
    fn as_message(&self, business: &Business) -> PhoneMessage {
        let n = &self.notification;
        let channel = n.channel().unwrap_or(Channel::Alert);
        let to = match channel {
            Channel::ZnsPhone => {
                n.recipient.phone.as_ref().map(|p| format!("phone:{}", p.digits()))
            }
            Channel::ZnsUid | Channel::OaCs => {
                n.recipient.user.as_ref().map(|user| format!("zalo:{user}"))
            }
            Channel::Alert | Channel::Webhook => Some("staff".to_owned()),
        };
        let text = match &n.content {
            Content::Text(text) | Content::Fact { body: text, .. } => text.clone(),
            Content::Template { template, params } => {
                let known = business.templates.iter().find(|known| known.name == template.name);
                known.map(|known| known.text(params)).unwrap_or_default()
            }
        };
        PhoneMessage {
            at: n.planned_at,
            to: to.unwrap_or_default(),
            channel: channel.as_str().to_owned(),
            text,
            template: None,
            message_id: String::new(),
            tracking_id: None,
            price_vnd: 0,
        }
    }

    fn problem(&self) -> Option<String> {
        let n = &self.notification;
        let morning = next_morning(n.planned_at, n, self.spread);
        let right = n.reason.as_deref() == Some("night") && n.due_at == Some(morning);
        let (rule, due) = (&n.cause.rule, n.due_at);
        (!right).then(|| format!("{rule} is held ({:?}) until {due:?}, not {morning}", n.reason))
    }
}

/// The wait before the survey, which is real: one row, two hours after the delivery was evaluated. In the day it is over when the
/// customer is `invited`.
async fn survey(
    stage: &Stage,
    invited: Option<Timestamp>,
    present: &Present,
) -> Result<Option<String>, DeployedError> {
    let wanted = invited.map(|at| present.at(at - SURVEY_AFTER) + SURVEY_AFTER);
    let mut waits = Vec::new();
    for due in stage.customers.due(DueKind::Wait, Timestamp::MAX).await? {
        waits.extend(stage.customers.waiting(&due).await?.map(|(_, until)| until));
    }
    let right = matches!((wanted, &waits[..]), (Some(wanted), [until])
        if (wanted..wanted + SLACK).contains(until));
    Ok((!right).then(|| format!("the survey should wait until {wanted:?}, and there is {waits:?}")))
}

/// When the carrier delivered, if this is the hook that says so.
fn delivered(line: &Line) -> Option<Timestamp> {
    let What::Request { body, .. } = &line.what else { return None };
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    (body["Status"] == "delivered").then(|| body["Time"].as_str()?.parse().ok())?
}
