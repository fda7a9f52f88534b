//! Badges: what a customer gets for a number of events.
//!
//! Bounds: of what was counted the newest [`EVENTS_KEPT`] events are remembered. One that comes again is known by them, and one
//! that is older than all that were forgotten is not counted, since nobody could say whether it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::read::{condition, each, id, kind, name, whole};
use crate::{
    id::EventId,
    rule::{Condition, ConditionFacts, Facts, Fields, Node, Problems},
};

/// So many events are remembered while a badge is not earned.
pub const EVENTS_KEPT: usize = 16;

/// Most badges of a programme.
const BADGES_MAX: usize = 50;
/// Most events for one badge.
const COUNT_MAX: u32 = 10_000;
/// Characters of an event's id that are remembered: 40 bits, which together with the millisecond tell events apart.
const ID_CHARS_KEPT: usize = 8;

/// One badge.
#[derive(Debug)]
pub struct Badge {
    /// Unique among them.
    pub id: String,
    /// What customers call it.
    pub name: String,
    /// The event kind that counts.
    pub on: String,
    /// So many are needed.
    pub count: u32,
    when: Option<Condition>,
}

/// How far a customer is with one badge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadgeProgress {
    /// So many events have counted.
    pub count: u32,
    /// When the last one that was needed happened.
    pub earned_at: Option<Timestamp>,
    seen: Vec<Seen>,
    forgotten: Option<Seen>,
}

/// An event that has counted: its time in ms, and the begin of its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Seen(i64, String);

impl Badge {
    /// Whether an event of `kind` with these facts counts.
    ///
    /// # Errors
    /// The stable code of what kept the condition from being worked out.
    pub fn counts(&self, kind: &str, facts: &Facts) -> Result<bool, &'static str> {
        if kind != self.on {
            return Ok(false);
        }
        let Some(when) = &self.when else { return Ok(true) };
        let holds = ConditionFacts::new(facts).and_then(|facts| when.holds(&facts));
        holds.map_err(|failure| failure.code)
    }
}

impl BadgeProgress {
    /// How far it is after an event that counts. The same one again changes nothing, and neither does any after the badge is
    /// earned.
    #[must_use]
    pub fn after(&self, badge: &Badge, at: Timestamp, event: &EventId) -> Self {
        let begin = event.as_str().get(..ID_CHARS_KEPT).unwrap_or(event.as_str());
        let event = Seen(at.as_millisecond(), begin.to_owned());
        let too_old = self.forgotten.as_ref().is_some_and(|forgotten| event <= *forgotten);
        if self.earned_at.is_some() || too_old {
            return self.clone();
        }
        let mut after = self.clone();
        let Err(place) = after.seen.binary_search(&event) else { return after };
        after.seen.insert(place, event);
        after.count = after.count.saturating_add(1);
        if after.count >= badge.count {
            let last = after.seen.last().map_or(at.as_millisecond(), |seen| seen.0);
            after.earned_at = Some(Timestamp::from_millisecond(last).unwrap_or(at));
            (after.seen, after.forgotten) = (Vec::new(), None);
        } else if after.seen.len() > EVENTS_KEPT {
            after.forgotten = Some(after.seen.remove(0));
        }
        after
    }
}

pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Vec<Badge> {
    let mut ids = Vec::new();
    each(fields, "badges", BADGES_MAX, problems, |node, problems| badge(node, &mut ids, problems))
}

fn badge<'n>(node: &'n Node, ids: &mut Vec<&'n str>, problems: &mut Problems) -> Option<Badge> {
    let known = ["id", "name", "on", "when", "count"];
    let fields = Fields::of(node, "a badge", &known, problems)?;
    let id = id(&fields, ids, problems);
    let name = name(&fields, problems);
    let on = kind(&fields, problems);
    let sample = on.as_deref().unwrap_or("a.b");
    let when = fields.optional_as("when", |node| condition(node, sample, problems));
    let count = fields.required("count", problems);
    let count = count.and_then(|node| whole(node, "`count`", 1..=COUNT_MAX, problems));
    Some(Badge { id: id?.to_owned(), name: name?, on: on?, count: count?, when: when? })
}
