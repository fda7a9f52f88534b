//! The order of a board, and the ranks of a stretch of it.

use std::{cmp::Reverse, fmt};

use jiff::Timestamp;

use super::{POINTS_MAX, Points, Rank, Score};
use crate::points::AccountId;

/// Where a member stands in the list of a board. Orders as the list does, and so does what it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The score; higher ones come first.
    pub score: Score,
    /// When the member came to it; of equals, who came first comes first.
    pub reached_at: Timestamp,
    /// Whose; at the same millisecond the smaller one comes first.
    pub account: AccountId,
}

/// Counts ranks down a list without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    at: Option<Score>,
    /// The rank of those with the score `at`.
    rank: u64,
    /// How many of them there are, or have been listed so far.
    tied: u64,
    /// Whether `tied` are all of them.
    is_whole: bool,
}

impl Place {
    /// The place after a score was told again: who keeps a score keeps the time at which it was reached.
    pub fn told(self, score: Score, at: Timestamp) -> Self {
        if score == self.score { self } else { Self { score, reached_at: at, ..self } }
    }

    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '#');
        let below_max: u64 = parts.next()?.parse().ok()?;
        let score = Score::new(Points::new(POINTS_MAX.checked_sub(below_max)?)?)?;
        let reached_at = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
        let place = Self { score, reached_at, account: AccountId::parse(parts.next()?)? };
        (place.to_string() == text).then_some(place)
    }

    fn order(&self) -> (Reverse<Score>, i64, &AccountId) {
        (Reverse(self.score), self.reached_at.as_millisecond(), &self.account)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl fmt::Display for Place {
    /// `<what is missing from the highest score>#<ms>#<account>`, the numbers filled up, so that texts order as places do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { score, reached_at, account } = self;
        let below_max = POINTS_MAX.saturating_sub(score.get());
        write!(f, "{below_max:011}#{:013}#{account}", reached_at.as_millisecond().max(0))
    }
}

impl Ladder {
    /// Above the first member of a board.
    pub fn top() -> Self {
        Self { at: None, rank: 1, tied: 0, is_whole: false }
    }

    /// Before or among those with this score, whose rank was read.
    pub fn at(score: Score, rank: Rank) -> Self {
        Self { at: Some(score), rank: rank.rank, tied: rank.tied.max(1), is_whole: true }
    }

    /// The rank of the next member down the list.
    pub fn next(&mut self, score: Score) -> u64 {
        if self.at != Some(score) {
            let rank = self.rank + self.tied;
            *self = Self { at: Some(score), rank, tied: 1, is_whole: false };
        } else if !self.is_whole {
            self.tied += 1;
        }
        self.rank
    }

    /// The rank of the last member, and how many of its score have been listed: what a next page has to know.
    pub fn so_far(self) -> (u64, u64) {
        (self.rank, self.tied)
    }

    /// Goes on where [`Ladder::so_far`] stopped, at this score.
    pub fn from(score: Score, (rank, tied): (u64, u64)) -> Self {
        Self { at: Some(score), rank, tied, is_whole: false }
    }
}
