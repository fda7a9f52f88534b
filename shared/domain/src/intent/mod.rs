//! What a customer's chat message wants: rules that can be read, and weights learnt from labelled sentences.
//!
//! Text is folded to tokens (`fold`), terms that only look like an intent are masked (`masks`), and the groups of patterns (`rules`) are
//! tried in order of priority; `pattern` says how a pattern is written. What they say is one piece of evidence among the words
//! themselves, and `learned` weighs all of it: an intent is found when its chance is the greatest and great enough.
//! Marks are optional, but where a word has any, all must be right: `gia` may be `giá`, and `giã` is not.
//!
//! Source: `fixtures/intents`, sentences with their labels; some of them serve only to score.
//! Bounds: the first [`CHARS_MAX`] characters; the time is linear in them.
//! Not here: product names and other things that a shop knows, and what to answer.

mod fold;
#[expect(clippy::float_arithmetic, reason = "chances are no money")]
mod learned;
mod masks;
mod pattern;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod words;

use std::sync::LazyLock;

pub use fold::CHARS_MAX;

use fold::{Token, Vocabulary, tokens};
use learned::{Verdict, Weights, features, features_of_rules, least_chance};
use masks::MASKS;
use pattern::{Pattern, Sentence};
use rules::GROUPS;
use words::{asks, classes, is_courtesy};

/// How many pieces of evidence explain an intent.
const REASONS_MAX: usize = 5;

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

/// The intent of a message, and what speaks for it: the pattern that found it, if one did, then the strongest of `u:` and `U:` a word
/// without marks and with them, `b:` and `B:` a pair of words, `c:` a part of a word, `k:` a class of words, `s:` two or three
/// pieces of the sentence's shape, `A:` and `P:` what the rules found, `n:` the length, `q` a question mark.
pub fn because(text: &str) -> Option<(Intent, Vec<String>)> {
    let (read, verdict) = by_rules(text);
    let mut shown = features(&read, text, &verdict, |word| WEIGHTS.knows(word));
    shown.extend(features_of_rules(&verdict));
    let chances = WEIGHTS.chances(&shown);
    let (place, chance) = chances.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let intent = *Intent::ALL.get(place)?;
    let sure = *chance >= least_chance(intent);
    sure.then(|| {
        let pattern = verdict.first.filter(|(found, _)| *found == intent);
        let pattern = pattern.map(|(_, written)| written.to_owned());
        let weighed = WEIGHTS.strongest(&shown, place, REASONS_MAX);
        (intent, pattern.into_iter().chain(weighed).collect())
    })
}

/// The tokens of a message, and what the rules alone make of it.
fn by_rules(text: &str) -> (Vec<Token>, Verdict) {
    let rules = &*RULES;
    let read = tokens(text, &rules.vocabulary);
    let mut sentence = Sentence::new(read.clone(), is_courtesy, asks);
    rules.masks.iter().for_each(|mask| mask.mask(&mut sentence));
    let occurs = |(_, class): &&(&'static str, Pattern)| class.find(&sentence, 0).is_some();
    let classes = rules.classes.iter().filter(occurs).map(|(name, _)| *name).collect();
    let mut verdict = Verdict { classes, ..Verdict::default() };
    for group in &rules.groups {
        let mut sentence = sentence.clone();
        group.masks.iter().for_each(|mask| mask.mask(&mut sentence));
        let Some(ask) = group.asks.iter().find(|ask| ask.find(&sentence, 0).is_some()) else {
            continue;
        };
        if group.unless.iter().any(|except| except.find(&sentence, 0).is_some()) {
            continue;
        }
        verdict.first = verdict.first.or(Some((group.intent, ask.written)));
        verdict.all.push(group.intent);
    }
    (read, verdict)
}

/// The learnt weights, read.
static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::read(include_str!("weights.tsv")));

/// The tables, read.
static RULES: LazyLock<Rules> = LazyLock::new(Rules::read);

struct Rules {
    classes: Vec<(&'static str, Pattern)>,
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
        let by_name = words::names().map(|name| (name, Pattern::of_class(name, &classes)));
        let by_name = by_name.collect();
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
        Self { classes: by_name, masks, groups, vocabulary }
    }
}
