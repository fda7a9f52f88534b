//! Boards: who stands where by a score, read at a cost that does not grow with the number of members.
//!
//! A board counts its members in a tree whose shape never changes ([`Path`]): a rank is read from the [`LEVELS`] nodes of one
//! path, at a thousand members as at ten million. When a score changes, only the nodes from the first different digit on change
//! ([`deltas`]): three as a rule, [`DELTAS_MAX`] at most, and the root only for who comes, goes or passes a hundred million.
//!
//! Rules: a rank is one more than there are members with a higher score, so that equals share it and the next ranks are left
//! out (1, 2, 2, 4). Equals are listed by who came first, then by account. Who has a score of 0 is on no board. A new season is
//! a new tree: nothing is ever set back.
//!
//! Units: whole points; times in milliseconds. Bounds: scores up to [`super::POINTS_MAX`], as many as the paths of the tree.
//!
//! Not here: what a board counts, where its nodes are kept.

mod place;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{POINTS_MAX, Points};
use crate::text;

pub use place::{Ladder, Place};
pub use tree::{Counts, DELTAS_MAX, Delta, FANOUT, LEVELS, Node, Path, Rank, deltas, rank_from};

/// Most boards that one member is on at once: with all of them in one transaction it stays below a hundred items.
pub const BOARDS_MAX: usize = 8;

/// What is shown for who has chosen no name.
pub const ANONYMOUS: &str = "Khách ****";

/// Longest name of a board and longest season, in bytes: with both, a full node stays below 1 KB.
const BOARD_BYTES_MAX: usize = 24;
const SEASON_BYTES_MAX: usize = 12;

/// Longest name that a member may show, in characters.
const ALIAS_CHARS_MAX: usize = 24;

/// From so many digits on a name may be a phone number, and is refused.
const ALIAS_DIGITS_MAX: usize = 6;

/// A score that is on a board: at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u64);

/// A board of one season: `thang.2026-11`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BoardId(String);

/// The name that a member has chosen to be shown with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias(String);

impl Score {
    /// So many points; `None` for none, which are on no board.
    pub fn new(points: Points) -> Option<Self> {
        (!points.is_zero()).then(|| Self(points.get()))
    }

    /// As a number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl BoardId {
    /// A board and its season: letters in lower case, digits and dashes, up to 24 and 12 of them.
    pub fn new(board: &str, season: &str) -> Option<Self> {
        let fits = |part: &str, max: usize| {
            let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=max).contains(&part.len()) && part.bytes().all(known)
        };
        let fits = fits(board, BOARD_BYTES_MAX) && fits(season, SEASON_BYTES_MAX);
        fits.then(|| Self(format!("{board}.{season}")))
    }

    /// The board's name.
    pub fn board(&self) -> &str {
        self.0.split_once('.').map_or("", |(board, _)| board)
    }

    /// The season's name.
    pub fn season(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, season)| season)
    }

    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (board, season) = text.split_once('.')?;
        Self::new(board, season)
    }
}

impl fmt::Display for BoardId {
    /// `<board>.<season>`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BoardId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a board is named `board.season`")
    }
}

impl From<BoardId> for String {
    fn from(board: BoardId) -> Self {
        board.0
    }
}

impl Alias {
    /// Reads a name: 1 to 24 characters of one line, and not a number that somebody could call.
    pub fn parse(raw: &str) -> Option<Self> {
        let name = text::clean(raw);
        let fits = (1..=ALIAS_CHARS_MAX).contains(&name.chars().count())
            && !name.chars().any(char::is_control)
            && name.chars().filter(|c| c.is_numeric()).count() <= ALIAS_DIGITS_MAX;
        fits.then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is shown of a member.
    pub fn shown(alias: Option<&Self>) -> &str {
        alias.map_or(ANONYMOUS, Self::as_str)
    }
}

impl TryFrom<String> for Alias {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a shown name has 1 to 24 characters and at most 6 digits")
    }
}

impl From<Alias> for String {
    fn from(alias: Alias) -> Self {
        alias.0
    }
}
