//! What becomes of a message: its states, who may get it when, and what an answer of Zalo means for it.
//!
//! ```text
//! planned -> held(reason) -> claimed(owner, attempt, lease) -> sent -> delivered -> seen -> clicked
//!                               |-> unknown -> sent | planned | failed
//!                               |-> held (retry) | planned (next channel) | failed | expired | suppressed | cancelled
//! ```
//!
//! [`state`] says which moves there are, [`when`] when a message may go, and [`Notification`] carries them out on one row.
//! [`reason`] has the words for why, [`Pauses`] what people have stopped. Nothing here sends or stores.

mod alarm;
mod brake;
mod by_hand;
mod class;
pub mod reason;
mod settle;
mod state;
mod when;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

pub use alarm::{Alarm, OWN_RULE};
pub use brake::{BY_ZALO, Pause, Pauses, Scope, Stop};
pub use class::{Broken, Class, Until};
pub use reason::ALL as REASONS;
pub use settle::{Answer, Verdict};
pub use state::{IllegalMove, Input, State, next};
pub use when::{
    Hold, MUTE_PAUSE, Mute, PAUSE_PAUSE, Permission, STOP_PAUSE, Standing, Window, ZONE,
    next_morning,
};

use crate::{
    channel::Channel,
    consent::Purpose,
    event::{Rank, Tracking},
    id::{CustomerId, EffectId, EventId},
    phone::Phone,
    rule::OnUnknown,
};

/// Most outside calls for one notification. After that a person has to look.
pub const ATTEMPTS_MAX: usize = 8;

/// A planned notification is looked at again after this, should the stream lose its record.
pub const SAFETY_NET: SignedDuration = SignedDuration::from_mins(2);

/// How long a message whose outcome is not known waits for a receipt before it is judged. A phone that is switched on
/// answers within seconds; a customer who waits for "payment received" does not wait longer than this.
pub const UNKNOWN_GRACE: SignedDuration = SignedDuration::from_mins(15);

/// One intent to tell one customer one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// That of the effect which planned it.
    pub id: EffectId,
    /// The business that sends.
    pub tenant: String,
    /// Who is told, or whom it is about; `None` when no customer is concerned.
    pub customer: Option<CustomerId>,
    /// Why: the event, and the rule with its version and step.
    pub cause: Cause,
    /// What kind of message it is.
    pub purpose: Purpose,
    /// What is said.
    pub content: Content,
    /// What one accepted message costs in đồng, by channel; a channel that is not named is free.
    pub price_vnd: BTreeMap<Channel, u64>,
    /// The permitted channels, in the order in which they are tried.
    pub channels: Vec<Channel>,
    /// The Official Account that sends it.
    pub oa: String,
    /// Where it goes.
    pub recipient: Recipient,
    /// When it was decided.
    pub planned_at: Timestamp,
    /// After this it is no longer worth sending.
    pub deadline: Option<Timestamp>,
    /// What follows when its outcome stays unknown.
    pub on_unknown: OnUnknown,
    /// Where it stands.
    pub state: State,
    /// Why it is held, failed or suppressed.
    pub reason: Option<String>,
    /// When it must be looked at again; `None` when nothing more is to be done.
    pub due_at: Option<Timestamp>,
    /// The outside calls so far, at most [`ATTEMPTS_MAX`].
    pub attempts: Vec<Attempt>,
    /// How many of `channels` are used up.
    pub channels_used: usize,
    /// Counts writes: a write is conditional on the number that it read.
    pub revision: u32,
}

/// What brought a notification about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The event.
    pub event: EventId,
    /// The rule.
    pub rule: String,
    /// The version of the rule set that decided.
    pub version: u32,
    /// The rule's step.
    pub step: String,
}

impl Cause {
    /// Whether a rule set of this version, with these steps (`rule/step`), still has the step. A newer one that the reader has
    /// not heard of has it: nothing is called off by what is out of date.
    pub fn stands_in(&self, version: u32, steps: &BTreeSet<String>) -> bool {
        let own = self.rule == OWN_RULE;
        own || self.version > version || steps.contains(&format!("{}/{}", self.rule, self.step))
    }
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An approved template.
    Template {
        /// Which.
        template: TemplateRef,
        /// Its parameters, filled.
        params: BTreeMap<String, String>,
    },
    /// Free text, where the channel takes it: an answer to a customer, a word to the business's own people.
    Text(String),
    /// What one of the business's own systems is told.
    Fact {
        /// The system, by the name that the tenant's secrets have for it.
        to: String,
        /// A body of Standard Webhooks, as JSON.
        body: String,
    },
}

/// A template by our name and by Zalo's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRef {
    /// As the tenant's files call it.
    pub name: String,
    /// As Zalo calls it.
    pub zalo_id: String,
}

/// Where a notification can go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// The number; forgotten once the message is sent.
    pub phone: Option<Phone>,
    /// The person's id under the sending Official Account.
    pub user: Option<String>,
}

/// One outside call.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// By which way.
    pub channel: Channel,
    /// When it was claimed.
    pub at: Timestamp,
    /// The invocation that claimed it.
    pub owner: String,
    /// Until then the owner may be alive: its own deadline and 30 s.
    pub lease_until: Timestamp,
    /// What came of it; `None` while nobody has said.
    pub outcome: Option<AttemptOutcome>,
    /// Zalo's id of the message.
    pub message_id: Option<String>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Zalo took it.
    Accepted,
    /// The request never left.
    NotSent,
    /// Zalo refused it with this code.
    Refused(i64),
    /// Nobody can say.
    Unknown,
}

impl Notification {
    /// What Zalo is given to name the attempt that runs now.
    pub fn tracking(&self) -> Tracking {
        let attempt = u8::try_from(self.attempts.len()).expect("at most eight attempts");
        Tracking { notification: self.id.clone(), attempt }
    }

    /// The template that it is made from, if it is.
    pub fn template(&self) -> Option<&TemplateRef> {
        match &self.content {
            Content::Template { template, .. } => Some(template),
            Content::Text(_) | Content::Fact { .. } => None,
        }
    }

    /// The value of one of its template's parameters.
    pub fn param(&self, name: &str) -> Option<&str> {
        match &self.content {
            Content::Template { params, .. } => params.get(name).map(String::as_str),
            Content::Text(_) | Content::Fact { .. } => None,
        }
    }

    /// The channel that goes next; `None` when all are used up.
    pub fn channel(&self) -> Option<Channel> {
        self.channels.get(self.channels_used).copied()
    }

    /// Starts an attempt on behalf of `owner`, who may live until `lease_until`.
    ///
    /// # Errors
    /// When this state cannot be claimed: somebody else was faster, or it is over.
    pub fn claim(
        &mut self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Channel, IllegalMove> {
        let state = next(self.state, Input::Claim)?;
        let exhausted = IllegalMove { state: self.state, input: Input::Claim };
        let channel = self.channel().filter(|_| self.attempts.len() < ATTEMPTS_MAX);
        let channel = channel.ok_or(exhausted)?;
        self.state = state;
        self.reason = None;
        self.attempts.push(Attempt {
            channel,
            at: now,
            owner: owner.to_owned(),
            lease_until,
            outcome: None,
            message_id: None,
        });
        Ok(channel)
    }

    /// Whether the owner of the running attempt can no longer be alive.
    pub fn lease_is_over(&self, now: Timestamp) -> bool {
        self.state == State::Claimed && self.attempts.last().is_some_and(|a| a.lease_until < now)
    }

    /// Puts it off until `hold.until`.
    ///
    /// # Errors
    /// When it is over already, or an owner is sending it: only the owner's own answer puts it off then.
    pub fn hold(&mut self, hold: &Hold) -> Result<(), IllegalMove> {
        self.unclaimed(Input::Hold)?;
        self.put_off(hold)
    }

    fn put_off(&mut self, hold: &Hold) -> Result<(), IllegalMove> {
        self.state = next(self.state, Input::Hold)?;
        self.reason = Some(hold.reason.to_owned());
        self.due_at = Some(hold.until);
        Ok(())
    }

    /// Puts it off because `scope` is paused by people, or stopped by Zalo.
    ///
    /// # Errors
    /// When it is over already.
    pub fn pause(
        &mut self,
        scope: &Scope,
        stop: Option<&Stop>,
        now: Timestamp,
    ) -> Result<(), IllegalMove> {
        let (until, reason) = match stop {
            None => (now + PAUSE_PAUSE, reason::PAUSED),
            // Not before now: a probe that is under way has moved its instant.
            Some(stop) => {
                ((now + STOP_PAUSE).min(stop.probe_at.max(now + PAUSE_PAUSE)), reason::STOPPED)
            }
        };
        self.hold(&Hold { until, reason })?;
        self.reason = Some(format!("{reason}({scope})"));
        Ok(())
    }

    /// Ends it without a message.
    ///
    /// # Errors
    /// When it is over already, an owner is sending it, or nobody knows whether one has sent it.
    pub fn end(&mut self, input: Input, reason: &str) -> Result<(), IllegalMove> {
        self.unclaimed(input)?;
        self.finish(input, reason)
    }

    /// What was decided on a row that nobody had claimed holds for no other.
    fn unclaimed(&self, input: Input) -> Result<(), IllegalMove> {
        match self.state {
            State::Claimed | State::Unknown => Err(IllegalMove { state: self.state, input }),
            State::Planned
            | State::Held
            | State::Sent
            | State::Delivered
            | State::Seen
            | State::Clicked
            | State::Failed
            | State::Expired
            | State::Suppressed
            | State::Cancelled
            | State::Shadow => Ok(()),
        }
    }

    fn finish(&mut self, input: Input, reason: &str) -> Result<(), IllegalMove> {
        self.state = next(self.state, input)?;
        self.reason = Some(reason.to_owned());
        self.over();
        Ok(())
    }

    /// Takes in what a receipt says. `attempt` is counted from 1 and must have been made; an earlier or equal rank changes
    /// nothing.
    ///
    /// Returns whether anything changed.
    pub fn receive(&mut self, attempt: u8, message_id: &str, rank: Rank) -> bool {
        let Some(made) = usize::from(attempt).checked_sub(1).and_then(|n| self.attempts.get_mut(n))
        else {
            return false;
        };
        let Ok(state) = next(self.state, Input::Received(rank)) else { return false };
        made.message_id.get_or_insert_with(|| message_id.to_owned());
        made.outcome = Some(AttemptOutcome::Accepted);
        if state == self.state {
            return false;
        }
        self.state = state;
        self.reason = None;
        self.over();
        true
    }

    /// Nothing more is to be done, and nobody needs the number any longer.
    fn over(&mut self) {
        self.due_at = None;
        self.recipient.phone = None;
    }
}
