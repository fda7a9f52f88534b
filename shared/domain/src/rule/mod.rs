//! What follows from an event: a tenant's rules, checked when they are stored and decided when something happens.
//!
//! A rule is `on` (which event), `when` (a condition in CEL), `within` (how old it may be) and `then` (steps). Deciding is a
//! function of the rule set's version, the occurrence and the facts: whoever decides again gets the same effects with the same
//! ids. Steps carry ids of their own, so moving or adding one changes no other's effect.
//!
//! Not here: whether a message may be sent now (that is asked when it is sent), and who holds a marker.

mod check;
mod condition;
mod decide;
mod document;
mod expression;
mod facts;
mod fields;
mod template;
mod trace;
mod version;
mod wording;

#[cfg(test)]
mod demo_tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    check::METRICS,
    condition::CONDITION_BYTES_MAX,
    document::{DOCUMENT_BYTES_MAX, Problem},
    facts::{ENTRIES_MAX, Facts},
    template::{OnUnknown, Template, read_templates},
    trace::{Came, Said, Trace},
    version::RuleChange,
    wording::WORDING_BYTES_MAX,
};
pub(crate) use self::{
    check::{Message, Reader},
    condition::{Condition, ConditionFacts},
    document::{Node, Problems, quoted},
    fields::{Fields, is_id, is_kind},
    wording::{Wording, WordingFacts, Wordings},
};
use crate::{
    channel::Channel,
    consent::Purpose,
    id::{EffectId, EventId},
    points::programme::Programme,
    points::{Currency, Points, Policy, RuleCap},
    survey::Surveys,
};

/// One version of a tenant's rules as stored: never changed, so that a retry decides as the first evaluation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSource {
    /// Counted from 1 for each tenant.
    pub version: u32,
    /// `rules.yaml` as the tenant wrote it.
    pub yaml: String,
    /// The templates that it was checked against.
    pub templates: Vec<Template>,
    /// `programme.yaml` as the tenant wrote it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// `surveys.yaml` as the tenant wrote it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surveys: Option<String>,
    /// Since when each rule acts. A rule that is not named is in shadow mode: it decides and sends nothing.
    pub activated: BTreeMap<String, Timestamp>,
}

/// A rule set ready to decide: conditions and texts are parsed.
pub struct RuleSet {
    /// The version of its source.
    pub version: u32,
    rules: Vec<Rule>,
    activated: BTreeMap<String, Timestamp>,
    wordings: wording::Wordings,
    programme: Option<Arc<Programme>>,
    surveys: Option<Arc<Surveys>>,
}

/// One rule.
pub struct Rule {
    /// Unique in the set.
    pub id: String,
    /// The event kind that it waits for.
    pub on: String,
    /// What it is there to achieve.
    pub goal: Option<Goal>,
    /// How old an event may be at its first evaluation.
    pub within: Option<SignedDuration>,
    /// Tells whether it says the same as in another version: 64 hex characters.
    pub fingerprint: String,
    when: Option<condition::Condition>,
    steps: Vec<check::Step>,
}

/// What a rule is there to achieve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// One of the metrics that Cham knows.
    pub metric: String,
    /// The value that is good enough.
    pub target: f64,
}

/// Something that happened, as rules meet it.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// The event; every effect hangs on its id.
    pub event: &'a EventId,
    /// The kind that it fires as: a payment is `payment.matched` by what it did to its order.
    pub kind: &'a str,
    /// When it happened, by the vendor's clock.
    pub time: Timestamp,
    /// When it was first evaluated: the same in every retry. Steps, waits and windows count from here.
    pub first_seen: Timestamp,
}

/// What one rule makes of an occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The rule's id.
    pub rule: String,
    /// Decided to be looked at: the caller records it, writes no marker and sends nothing.
    pub shadow: bool,
    /// What follows.
    pub outcome: Outcome,
}

/// What follows, or why nothing does.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The effects in the order of the steps, up to the first that the rest has to wait for: a [`What::Wait`] or a
    /// [`What::Voucher`]. [`RuleSet::go_on`] gives the rest. Where a [`What::OncePer`] is lost, those after it are dropped.
    Fires(Vec<Effect>),
    /// The condition says no.
    ConditionFalse,
    /// Older than `within` when it was first seen.
    TooOld,
    /// Happened before the rule was activated.
    BeforeActivation,
    /// The condition or a text could not be worked out; the rule does nothing, visibly.
    Failed {
        /// Stable.
        code: &'static str,
        /// A sentence that quotes no fact.
        message: String,
    },
}

/// One step to carry out.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Hash of the event, the rule and the step.
    pub id: EffectId,
    /// The step's id.
    pub step: String,
    /// The first evaluation, and the waits before this step.
    pub planned_for: Timestamp,
    /// What to do.
    pub what: What,
}

/// What an effect does.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A gate: the steps after it are only for the event that holds this marker of the customer.
    OncePer {
        /// `<rule>#<step>#<first day of the window>`.
        marker: String,
    },
    /// A message to the customer.
    Notify(Notify),
    /// An answer to what the customer wrote.
    Reply {
        /// What is said.
        text: String,
    },
    /// A word to the business's own people.
    Alert {
        /// What is said.
        text: String,
    },
    /// Tells one of the business's own systems.
    Webhook {
        /// Which, by its name.
        to: String,
        /// A body of Standard Webhooks.
        body: String,
    },
    /// The rest follows then.
    Wait {
        /// When.
        until: Timestamp,
    },
    /// A code for the customer; the rest may name it.
    Voucher {
        /// Of which pool.
        pool: String,
        /// Whose holder gets the one code.
        marker: String,
        /// What the customer is told when the pool is empty.
        empty: Option<String>,
    },
    /// A person takes over.
    HandOff {
        /// For how long the automation is silent; the tenant's own time when `None`.
        mute_for: Option<SignedDuration>,
        /// What the customer is told.
        text: Option<String>,
    },
    /// A mark on the customer.
    Tag {
        /// The mark.
        tag: String,
    },
    /// Points for the customer.
    Award(Award),
    /// A survey for the customer, by the message that [`RuleSet::surveys`] says.
    Invite {
        /// The survey's id.
        survey: String,
    },
    /// Something that the customer has said elsewhere is an answer to a survey.
    Answer {
        /// The survey's id.
        survey: String,
        /// The answer to the question that is its score.
        score: u8,
        /// What was said beside it, for its first question that takes a text.
        text: Option<String>,
        /// Whether it ends the invitation that the customer has open, and is nothing without one.
        invited: bool,
    },
    /// Something that a person of the business is to see to.
    OpenCase {
        /// Who is meant to.
        owner: Option<String>,
        /// What displeases.
        text: String,
        /// Until when.
        due_at: Timestamp,
    },
    /// A step that is recorded and not carried out.
    Refused {
        /// `award`, `answer`.
        kind: &'static str,
        /// The earning, or the survey.
        detail: String,
        /// Why.
        why: Refusal,
    },
}

/// Why a step is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The earning comes to no point.
    NoPoints,
    /// The earning comes to more points than an account may have.
    TooManyPoints,
    /// The fact that the earning counts is not there, or is no whole number.
    NoAmount,
    /// The event happened before the earning's first day or after its last.
    OutsideDates,
    /// The fact that is to be the answer is not there, or is no place of the question's scale.
    NoScore,
}

impl Refusal {
    /// As it stands in rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPoints => "no_points",
            Self::TooManyPoints => "too_many_points",
            Self::NoAmount => "no_amount",
            Self::OutsideDates => "outside_dates",
            Self::NoScore => "no_score",
        }
    }
}

/// One message, ready to be planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notify {
    /// What is sent.
    pub template: Template,
    /// The channels that the rule permits.
    pub channels: Vec<Channel>,
    /// A value for each of the template's parameters, in NFC.
    pub params: BTreeMap<String, String>,
    /// After this it is not worth sending.
    pub deadline: Option<Timestamp>,
}

/// Points of one earning, ready to be posted under the id of their effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// The earning's id.
    pub earning: String,
    /// Of which points.
    pub currency: Currency,
    /// How many, before any limit.
    pub points: Points,
    /// The earning's own limit of a day.
    pub cap: Option<RuleCap>,
    /// Whether a customer gets it one time only.
    pub once: bool,
    /// Most points that the earning gives to all customers together.
    pub budget: Option<Points>,
    /// What the account needs to know of the currency.
    pub policy: Policy,
}

impl Notify {
    /// Why it is sent.
    pub fn purpose(&self) -> Purpose {
        self.template.purpose
    }
}

/// What is wrong with a condition or a text of a file: a stable code and a sentence.
type Wrong = (&'static str, String);

/// Why a condition or a text could not be worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable.
    pub code: &'static str,
    message: String,
}

impl Failure {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl RuleSet {
    /// Checks a source and makes it ready to decide.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line; such a source must not be stored.
    pub fn compile(source: &RuleSource) -> Result<Self, Vec<Problem>> {
        let programme = source.programme.as_deref().map(Programme::read).transpose()?.map(Arc::new);
        let surveys = source.surveys.as_deref();
        let surveys = surveys.map(|yaml| Surveys::read(yaml, &source.templates)).transpose()?;
        let surveys = surveys.map(Arc::new);
        let (rules, wordings) = check::read_rules(
            &source.yaml,
            &source.templates,
            programme.as_deref(),
            surveys.as_deref(),
        )?;
        let activated = source.activated.clone();
        Ok(Self { version: source.version, rules, activated, wordings, programme, surveys })
    }

    /// The surveys of the same version, where there are any.
    pub fn surveys(&self) -> Option<&Arc<Surveys>> {
        self.surveys.as_ref()
    }

    /// The loyalty programme of the same version, where there is one.
    pub fn programme(&self) -> Option<&Arc<Programme>> {
        self.programme.as_ref()
    }

    /// The systems of the business that some step tells, by name, with the rule.
    pub fn webhooks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().flat_map(|rule| {
            let told = rule.steps.iter().filter_map(check::Step::webhook);
            told.map(|to| (rule.id.as_str(), to))
        })
    }

    /// The event kinds that some rule waits for.
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|rule| rule.on.as_str()).collect()
    }

    /// The rules in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        f.debug_struct("RuleSet").field("version", &self.version).field("rules", &ids).finish()
    }
}

impl Rule {
    /// The ids of its steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.id.as_str())
    }

    /// The first survey that it asks, or takes an answer for.
    pub fn survey(&self) -> Option<&str> {
        self.steps.iter().find_map(check::Step::survey)
    }

    /// The pools that its steps give codes of.
    pub fn pools(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(check::Step::pool)
    }
}
