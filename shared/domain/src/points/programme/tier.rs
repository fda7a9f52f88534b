//! Tiers by what was earned in a window of months: never by the balance, so that who spends does not fall.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Currency, Points};
use crate::points::{Month, Tail};

/// The tiers of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers {
    /// Whose points count.
    pub currency: Currency,
    /// How many months count, this one included.
    pub window_months: u16,
    /// How long a tier stays after it is not earned any more.
    pub grace_days: u32,
    /// Ascending; the first begins at 0.
    pub levels: Vec<Level>,
}

/// One tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Unique in the programme.
    pub id: String,
    /// As customers know it: `Bạc`.
    pub name: String,
    /// So much has to be earned to get here.
    pub from: Points,
    /// So much has to be earned to stay.
    pub retain: Points,
}

/// The tier that a customer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The id of the tier.
    pub tier: String,
    /// Since when.
    pub since: Timestamp,
    /// Since when it is not earned any more: it stays until the grace is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below_since: Option<Timestamp>,
}

/// What may become of a tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Projection {
    /// What was earned in the window.
    pub earned: Points,
    /// The next tier, and how many points it takes.
    pub next: Option<(String, Points)>,
    /// When the tier is lost if nothing more is earned; `None` for the first one.
    pub lost_at: Option<Timestamp>,
}

impl Tiers {
    /// The tier of this id, by its place from below.
    pub fn rank(&self, id: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.id == id)
    }

    /// The tier of this id.
    pub fn level(&self, id: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.id == id)
    }

    /// What a customer has at `now`, who had `before`; the first tier when there was none.
    pub fn standing(&self, tail: &Tail, before: Option<&Standing>, now: Timestamp) -> Standing {
        let earned = tail.earned_in(self.window_months, now);
        let reached = self.levels.iter().rposition(|level| level.from <= earned).unwrap_or(0);
        let at = |rank: usize, since| Standing {
            tier: self.levels.get(rank).map(|level| level.id.clone()).unwrap_or_default(),
            since,
            below_since: None,
        };
        let Some((before, rank)) = before.and_then(|b| Some((b, self.rank(&b.tier)?))) else {
            return at(reached, now);
        };
        if reached > rank {
            return at(reached, now);
        }
        let retains = self.levels[rank].retain <= earned;
        if reached == rank || retains {
            return Standing { below_since: None, ..before.clone() };
        }
        let below_since = before.below_since.unwrap_or(now);
        if now >= self.after_grace(below_since) {
            // What is kept by less than it took to get there counts on the way down too.
            let kept = self.levels[..rank].iter().rposition(|level| level.retain <= earned);
            return at(kept.unwrap_or(reached).max(reached), now);
        }
        Standing { below_since: Some(below_since), ..before.clone() }
    }

    /// When this standing may change by time alone: the window moves with the month, and grace ends.
    pub fn next_change(&self, standing: &Standing, now: Timestamp) -> Option<Timestamp> {
        if self.rank(&standing.tier).is_none_or(|rank| rank == 0) {
            return None;
        }
        let month = Month::of(now).end();
        let grace = standing.below_since.map(|since| self.after_grace(since));
        Some(grace.map_or(month, |grace| grace.min(month)))
    }

    /// What may become of a tier.
    pub fn projection(&self, tail: &Tail, standing: &Standing, now: Timestamp) -> Projection {
        let earned = tail.earned_in(self.window_months, now);
        let rank = self.rank(&standing.tier).unwrap_or(0);
        let next = self
            .levels
            .get(rank + 1)
            .map(|level| (level.id.clone(), level.from.minus(earned).unwrap_or_default()));
        let lost_at = (rank > 0).then(|| self.lost_at(tail, standing, now)).flatten();
        Projection { earned, next, lost_at }
    }

    /// Walks the months to come until the tier is not earned any more, and its grace after that.
    fn lost_at(&self, tail: &Tail, standing: &Standing, now: Timestamp) -> Option<Timestamp> {
        let retain = self.level(&standing.tier)?.retain;
        let below = |at: &Timestamp| tail.earned_in(self.window_months, *at) < retain;
        let mut at = now;
        for _ in 0..=self.window_months {
            if below(&at) {
                let since = standing.below_since.filter(|_| at == now).unwrap_or(at);
                return Some(self.after_grace(since));
            }
            at = Month::of(at).end();
        }
        None
    }

    fn after_grace(&self, since: Timestamp) -> Timestamp {
        let grace = SignedDuration::from_hours(24 * i64::from(self.grace_days));
        since.checked_add(grace).unwrap_or(Timestamp::MAX)
    }
}
