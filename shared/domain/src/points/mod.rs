//! Points as a ledger: an account is one chain of entries, and its last entry is its balance.
//!
//! Who posts reads the last entry, asks [`post()`] what the next one is, and writes it where nothing stands yet: two at once
//! cannot both win, and nothing is ever changed afterwards. Every leg of an entry names both sides, so that what an account
//! holds and what was issued, spent and expired can be added up apart from each other ([`Books`]).
//!
//! Units: whole points. Days and months are those of Vietnam's clock. Bounds: [`LOTS_MAX`] and its neighbours; with all of
//! them at once an entry stays below [`ENTRY_BYTES_MAX`].
//!
//! Not here: what a purchase earns, where entries are kept.

mod account;
pub mod board;
mod books;
mod calendar;
mod entry;
mod leg;
mod member;
mod post;
pub mod programme;
mod refusal;
mod replay;
mod reverse;
mod settle;
mod tail;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use account::{Account, AccountId, Currency, View};
pub use books::Books;
pub use calendar::{Day, Month};
pub use entry::{Digest, Entry, Unreadable};
pub use leg::{Kind, Leg, Side};
pub use member::{Earnings, Followed, Member, SEASONS_KEPT, Shift};
pub use post::{Next, Policy, Posting, Request, RuleCap, post};
pub use refusal::Refusal;
pub use replay::{Broken, Move, Replay};
pub use reverse::Original;
pub use tail::{Cap, Earned, Hold, Lot, Part, Pending, Tail};

/// Most points of one posting, of one balance, and of what one month brought: ten billion, five bytes as stored.
pub const POINTS_MAX: u64 = 10_000_000_000;

/// Most lots: what is earned lives at most a year, and the months that may be open then are thirteen.
pub const LOTS_MAX: usize = 13;

/// Most different days and lots that pending points wait for.
pub const PENDING_MAX: usize = 8;

/// Most holds at once.
pub const HOLDS_MAX: usize = 8;

/// Most parts of lots that all holds name together.
pub const HOLD_PARTS_MAX: usize = 24;

/// Most months that are remembered for tiers.
pub const EARNED_MAX: usize = 13;

/// Most limits of one day that are remembered: the account's own and three rules'.
pub const CAPS_MAX: usize = 4;

/// Most legs of one entry.
pub const LEGS_MAX: usize = 24;

/// Longest hold: a year and a day.
pub const HOLD_DAYS_MAX: u32 = 366;

/// Largest entry with keys and names, in bytes as DynamoDB counts them: one write unit.
pub const ENTRY_BYTES_MAX: usize = 1_024;

/// A number of points, at most [`POINTS_MAX`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Points(u64);

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);

    /// So many; `None` above [`POINTS_MAX`].
    pub const fn new(points: u64) -> Option<Self> {
        if points <= POINTS_MAX { Some(Self(points)) } else { None }
    }

    /// As a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether there are none.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` above [`POINTS_MAX`].
    pub const fn plus(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0)
    }

    /// What is left; `None` when it is less than nothing.
    pub const fn minus(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(left) => Some(Self(left)),
            None => None,
        }
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
