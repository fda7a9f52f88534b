//! How what a customer writes sounds: content, not content, or neither; and what it is about.
//!
//! Text is folded to words (`words`), a lexicon of words that praise and blame is looked up with what negates them (`features`), and
//! weights that were learnt from labelled sentences add it all up (`learned`), with the stars that were given beside it. A sentence
//! that is hard to tell has a low confidence: a person should look at it.
//!
//! Source: `fixtures/sentiment`, sentences with their labels; some of them serve only to score.
//! Bounds: the first [`CHARS_MAX`] characters; the time is linear in them.

mod features;
#[expect(clippy::float_arithmetic, reason = "chances are no money")]
mod learned;
#[cfg(test)]
mod tests;
mod topic;
mod words;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use learned::Weights;

pub use topic::{Topic, topics};

/// Longest text that is read, in characters.
pub const CHARS_MAX: usize = 1_000;

/// How a text sounds to the business that gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Something displeases.
    Negative,
    /// Neither.
    Neutral,
    /// It praises, thanks, or is content.
    Positive,
}

impl Sentiment {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// As it stands in rows, rules and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }

    /// Reads one as it prints.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// What a text sounds like, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Felt {
    /// The likeliest.
    pub sentiment: Sentiment,
    /// Its chance, in whole percent: 33 to 100.
    pub confidence_percent: u8,
}

impl Felt {
    /// From this confidence on nobody has to look.
    pub const SURE_PERCENT: u8 = 70;

    /// Whether it can be relied on.
    pub fn is_sure(&self) -> bool {
        self.confidence_percent >= Self::SURE_PERCENT
    }
}

/// How `text` sounds, with what was given beside it: `(4, 5)` are four of five stars. `None` of a text without a word or a sign.
pub fn felt(text: &str, stars: Option<(u8, u8)>) -> Option<Felt> {
    static WEIGHTS: LazyLock<Weights> =
        LazyLock::new(|| Weights::read(include_str!("weights.tsv")));
    let words = words::words(text);
    if words.is_empty() {
        return None;
    }
    Some(WEIGHTS.felt(&features::features(&words), stars))
}
