//! What a customer's chat message wants, by rules that can be read.
//!
//! Text is folded to tokens (`fold`), terms that only look like an intent are masked (`masks`), and the groups of
//! patterns (`rules`) are tried in order of priority; `pattern` says how a pattern is written.
//! Marks are optional, but where a word has any, all must be right: `gia` may be `giá`, and `giã` is not.
//!
//! Source: `fixtures/intents`, sentences with their labels; half of them serve only to score.
//! Bounds: the first [`CHARS_MAX`] characters; the time is linear in them.
//! Not here: product names and other things that a shop knows, and what to answer.

mod fold;
mod masks;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;
mod words;

use std::sync::LazyLock;

pub use fold::CHARS_MAX;

use fold::{Vocabulary, tokens};
use masks::MASKS;
use pattern::{Pattern, Sentence};
use rules::GROUPS;
use words::{asks, classes, is_courtesy};

/// What a message wants. A message has one intent at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intent {
    /// Asks what something costs.
    Price,
    /// Asks where an order is that was made.
    OrderStatus,
    /// Asks for points: how many, what for, why some are missing.
    Points,
    /// Asks for the tier of membership, or the way to the next.
    Tier,
    /// Asks for a voucher, a code or a discount.
    Voucher,
    /// Wants a human being, or a call by one.
    Person,
    /// Wants no more messages.
    Stop,
    /// Wants what is kept about them deleted.
    DeleteData,
    /// Greets or calls, and says nothing else.
    Greeting,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 9] = [
        Self::Price,
        Self::OrderStatus,
        Self::Points,
        Self::Tier,
        Self::Voucher,
        Self::Person,
        Self::Stop,
        Self::DeleteData,
        Self::Greeting,
    ];

    /// The name in rules and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::OrderStatus => "order_status",
            Self::Points => "points",
            Self::Tier => "tier",
            Self::Voucher => "voucher",
            Self::Person => "person",
            Self::Stop => "stop",
            Self::DeleteData => "delete_data",
            Self::Greeting => "greeting",
        }
    }

    /// The inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.as_str() == name)
    }
}

/// The intent of a message, if it has one.
pub fn intent(text: &str) -> Option<Intent> {
    because(text).map(|(intent, _)| intent)
}

/// The intent of a message and the pattern by which it was found.
pub fn because(text: &str) -> Option<(Intent, &'static str)> {
    let rules = &*RULES;
    let read = tokens(text, &rules.vocabulary);
    let mut sentence = Sentence::new(read, is_courtesy, asks);
    rules.masks.iter().for_each(|mask| mask.mask(&mut sentence));
    rules.groups.iter().find_map(|group| {
        let mut sentence = sentence.clone();
        group.masks.iter().for_each(|mask| mask.mask(&mut sentence));
        let ask = group.asks.iter().find(|ask| ask.find(&sentence, 0).is_some())?;
        let excepted = group.unless.iter().any(|except| except.find(&sentence, 0).is_some());
        if excepted { None } else { Some((group.intent, ask.written)) }
    })
}

/// The tables, read.
static RULES: LazyLock<Rules> = LazyLock::new(Rules::read);

struct Rules {
    masks: Vec<Pattern>,
    groups: Vec<Group>,
    vocabulary: Vocabulary,
}

struct Group {
    intent: Intent,
    masks: Vec<Pattern>,
    asks: Vec<Pattern>,
    unless: Vec<Pattern>,
}

impl Rules {
    fn read() -> Self {
        let classes = classes();
        let each = |patterns: &[&'static str]| {
            patterns.iter().map(|pattern| Pattern::new(pattern, &classes)).collect::<Vec<_>>()
        };
        let masks = each(MASKS);
        let groups: Vec<Group> = GROUPS
            .iter()
            .map(|group| Group {
                intent: group.intent,
                masks: each(group.masks),
                asks: each(group.asks),
                unless: each(group.unless),
            })
            .collect();
        let patterns = groups
            .iter()
            .flat_map(|group| group.masks.iter().chain(&group.asks).chain(&group.unless));
        let words = masks.iter().chain(patterns).flat_map(Pattern::words).cloned();
        let vocabulary = Vocabulary::new(words.chain(words::courtesy()).chain(words::asking()));
        Self { masks, groups, vocabulary }
    }
}
