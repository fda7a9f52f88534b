//! One customer: who it is, what was agreed, what happened and what the rules made of it.

use askama::Template;
use cloud::table::customers::{About, TimelineRow};
use domain::{
    consent::Purpose,
    event::Strength,
    explain::{self, Label, Language, clock},
    id::{CustomerId, EventId},
    phone::Phone,
    rule::Trace,
    subject::Subject,
};
use jiff::Timestamp;

use super::Row;
use crate::{Console, Problem, Visit, cursor::Kind, ui::Ui, written};

/// Lines of one page of a timeline.
const LINES: i32 = 20;

/// Steps that sent nothing, on the first page.
const EFFECTS: i32 = 20;

#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerPage<'a> {
    ui: &'a Ui,
    id: &'a CustomerId,
    name: String,
    /// The whole number, on the one page that was asked for it.
    number: Option<String>,
    identities: Vec<Identity>,
    consents: Vec<(&'static str, Label)>,
    muted_until: Option<String>,
    /// The case of theirs that is open.
    open_case: Option<String>,
    tags: Vec<String>,
    /// Accounts of points: where each is shown, and what can be spent.
    accounts: Vec<(String, String)>,
    lines: Vec<Line>,
    effects: Vec<Effect>,
    path: String,
    next: Option<String>,
    paged: bool,
}

struct Identity {
    what: String,
    /// The last digits of a number.
    ending: String,
    sure: Label,
    /// Whose it is, when it is only claimed here: looking is not sharing.
    owner: Option<CustomerId>,
}

struct Line {
    at: String,
    kind: String,
    about: String,
    said: Vec<Said>,
}

/// What a rule said, and the notifications that came of it.
struct Said {
    sentence: String,
    sent: Vec<Row>,
}

struct Effect {
    at: String,
    what: String,
    why: String,
}

pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    id: &CustomerId,
    cursor: &str,
) -> Result<String, Problem> {
    console.customer(visit, id, cursor, None).await
}

/// The page with the whole number: shown once, and logged.
pub(crate) async fn number(
    console: &Console,
    visit: &Visit,
    id: &CustomerId,
) -> Result<String, Problem> {
    let (_, about) = console.customers.person(&visit.tenant, id).await?;
    let mut numbers = Vec::new();
    for identity in about.identities.keys() {
        if let Some(phone) = console.phone(visit, identity).await? {
            numbers.push(format!("+{}", phone.digits()));
        }
    }
    tracing::info!(customer.id = %id, key = visit.claim.key, "a number was shown");
    console.customer(visit, id, "", Some(numbers.join(", "))).await
}

impl Console {
    async fn customer(
        &self,
        visit: &Visit,
        asked: &CustomerId,
        cursor: &str,
        number: Option<String>,
    ) -> Result<String, Problem> {
        let (tenant, language) = (&visit.tenant, visit.language());
        let (id, about) = self.customers.person(tenant, asked).await?;
        let before = Kind::Timeline.read(cursor, read_place)?;
        let at = before.as_ref().map(|(time, event)| (*time, event));
        let rows = self.customers.timeline(tenant, &id, at, LINES).await?;
        if about == About::default() && rows.is_empty() && before.is_none() {
            return Err(Problem::NotFound("unknown_customer"));
        }
        let full = i32::try_from(rows.len()) == Ok(LINES);
        let next = rows.last().filter(|_| full).map(|row| Kind::Timeline.write(&place(row)));
        let mut lines = Vec::new();
        for row in rows {
            lines.push(self.line(visit, row).await?);
        }
        let effects = match before {
            Some(_) => Vec::new(),
            None => self.customers.effects(tenant, &id, EFFECTS).await?,
        };
        let effects = effects.into_iter().map(|effect| Effect {
            at: Timestamp::from_millisecond(effect.planned_for_ms).map(clock).unwrap_or_default(),
            what: format!("{}: {} {}", effect.rule, effect.kind, effect.detail),
            why: explain::effect(&effect.outcome, language),
        });
        let mut identities = Vec::new();
        for (identity, sure) in &about.identities {
            let link = match sure {
                Strength::Proven => None,
                Strength::Claimed => self.customers.link(tenant, identity).await?,
            };
            identities.push(Identity {
                owner: link.map(|link| link.customer).filter(|owner| *owner != id),
                what: explain::subject(identity, language),
                ending: self.phone(visit, identity).await?.map(|p| ending(&p)).unwrap_or_default(),
                sure: match sure {
                    Strength::Proven => Label::Proven,
                    Strength::Claimed => Label::Claimed,
                },
            });
        }
        let mut open_case = None;
        for one in std::iter::once(&id).chain(&about.merged) {
            open_case = open_case.or(self.surveys.asked(tenant, one).await?.open_case);
        }
        let muted = about.mute.as_ref().filter(|mute| mute.until > visit.now);
        written(&CustomerPage {
            ui: &visit.ui,
            id: &id,
            name: about.name.clone().unwrap_or_default(),
            number,
            identities,
            consents: consents(&about, language),
            muted_until: muted.map(|mute| clock(mute.until)),
            open_case: open_case.map(|key| key.to_string()),
            tags: about.tags.iter().cloned().collect(),
            accounts: self.accounts(visit, &id, &about.merged).await?,
            lines,
            effects: effects.collect(),
            path: format!("/console/customers/{id}"),
            next,
            paged: before.is_some(),
        })
    }

    /// The number of an identity that is proven to be a phone's.
    async fn phone(&self, visit: &Visit, identity: &Subject) -> Result<Option<Phone>, Problem> {
        let Subject::Phone(_) = identity else { return Ok(None) };
        let link = self.customers.link(&visit.tenant, identity).await?;
        Ok(link.and_then(|link| link.phone))
    }

    async fn line(&self, visit: &Visit, row: TimelineRow) -> Result<Line, Problem> {
        let language = visit.language();
        let mut said = Vec::new();
        for decision in &row.decisions {
            let Some(trace) = Trace::parse(decision) else {
                said.push(Said { sentence: decision.clone(), sent: Vec::new() });
                continue;
            };
            let mut sent = Vec::new();
            for id in trace.notifications() {
                if let Some(found) = self.notifications.find(&visit.tenant, id).await? {
                    sent.push(Row::of(&found, language));
                }
            }
            said.push(Said { sentence: explain::trace(&trace, language), sent });
        }
        let about = explain::subject(&row.subject, language);
        // The line of an event without words of its own is its subject.
        let words = match row.kind.as_str() {
            // Who has attached what.
            "thing.attached" => format!("{about} ({})", row.line),
            _ if row.line == row.subject.to_string() => about,
            _ => row.line,
        };
        Ok(Line {
            at: clock(row.time),
            kind: explain::kind(&row.kind, language),
            about: words,
            said,
        })
    }
}

fn consents(about: &About, language: Language) -> Vec<(&'static str, Label)> {
    let said = |purpose: &Purpose| match about.consents.get(purpose) {
        Some(word) if word.given => Label::Yes,
        Some(_) => Label::No,
        None => Label::NotSaid,
    };
    Purpose::ASKED
        .iter()
        .map(|purpose| (explain::consent(*purpose, language), said(purpose)))
        .collect()
}

/// The last three digits: enough to ask a caller for, too few to call anybody.
fn ending(phone: &Phone) -> String {
    phone.digits().chars().skip(phone.digits().len() - 3).collect()
}

fn place(row: &TimelineRow) -> String {
    format!("{}.{}", row.time.as_millisecond(), row.event)
}

fn read_place(text: &str) -> Option<(Timestamp, EventId)> {
    let (time, event) = text.split_once('.')?;
    Some((Timestamp::from_millisecond(time.parse().ok()?).ok()?, EventId::parse(event)?))
}
