//! A tenant's loyalty programme as its file `programme.yaml` says: currencies, what earns points, tiers, badges, streaks,
//! boards, contests and rewards.
//!
//! The file is checked whole before it is stored and belongs to a version of the rules, so that a retry earns what the first
//! evaluation earned. Everything that is computed here is a function of its arguments.
//!
//! Units: whole points; factors in hundredths. Days, weeks and months are those of Vietnam's clock. Bounds:
//! [`PROGRAMME_BYTES_MAX`], and a constant for each list. Not here: who posts points, and where progress is kept.

mod badge;
mod board;
mod currency;
mod earning;
mod hours;
mod read;
mod reward;
mod streak;
#[cfg(test)]
mod tests;
mod tier;

use std::sync::Arc;

use crate::{
    points::Currency,
    rule::{Fields, Node, Problem, Problems, RuleChange},
};

pub use badge::{Badge, BadgeProgress, EVENTS_KEPT};
pub use board::{Board, Contest, Prize, Season};
pub use currency::CurrencyTerms;
pub use earning::{Earning, Rounding};
pub use reward::Reward;
pub use streak::{Every, PERIODS_KEPT, Streak, StreakProgress};
pub use tier::{Level, NextLevel, Projection, Standing, Tiers};

/// Longest file, in bytes: with rules and templates of 128 KB each it stays below the 400 KB of one stored item.
pub const PROGRAMME_BYTES_MAX: usize = 64 * 1_024;

/// The lists of a programme: what they are called in the file, and what one entry of them is.
const LISTS: [(&str, &str); 7] = [
    ("currencies", "currency"),
    ("earnings", "earning"),
    ("badges", "badge"),
    ("streaks", "streak"),
    ("boards", "board"),
    ("contests", "contest"),
    ("rewards", "reward"),
];

/// A programme, checked.
#[derive(Debug, Default)]
pub struct Programme {
    /// The kinds of points.
    pub currencies: Vec<CurrencyTerms>,
    /// What earns them.
    pub earnings: Vec<Arc<Earning>>,
    /// The levels of customers.
    pub tiers: Option<Tiers>,
    /// What is given for a number of events.
    pub badges: Vec<Badge>,
    /// What counts days or weeks in a row.
    pub streaks: Vec<Streak>,
    /// Who has earned the most.
    pub boards: Vec<Board>,
    /// What the first of a board get.
    pub contests: Vec<Contest>,
    /// What points are spent on.
    pub rewards: Vec<Reward>,
    parts: Vec<Part>,
}

/// One entry of the file, as it is compared with another version's.
#[derive(Debug)]
struct Part {
    kind: &'static str,
    id: String,
    said: String,
}

/// What became of one entry from one version of a programme to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartChange {
    /// `currency`, `earning`, `tiers` ...
    pub kind: &'static str,
    /// Its id; the currency of `tiers`.
    pub id: String,
    /// What became of it.
    pub change: RuleChange,
}

impl Programme {
    /// Reads `programme.yaml`.
    ///
    /// # Errors
    /// Everything that is wrong with the file, by line; nothing of it may be stored.
    pub fn read(yaml: &str) -> Result<Self, Vec<Problem>> {
        if yaml.len() > PROGRAMME_BYTES_MAX {
            let message = format!("the file has more than {PROGRAMME_BYTES_MAX} bytes");
            return Err(vec![Problem { code: "too_long", line: 1, message }]);
        }
        let node = Node::read(yaml)?;
        let mut problems = Problems::default();
        let programme = programme(&node, &mut problems);
        problems.none_or(programme.unwrap_or_default())
    }

    /// The earning of that id.
    pub fn earning(&self, id: &str) -> Option<&Arc<Earning>> {
        self.earnings.iter().find(|earning| earning.id == id)
    }

    /// What is said about a currency.
    pub fn currency(&self, id: &Currency) -> Option<&CurrencyTerms> {
        self.currencies.iter().find(|terms| terms.id == *id)
    }

    /// What became of each entry since `previous`, in the order of the kinds and of the file; what is gone comes last.
    pub fn changes_since(&self, previous: Option<&Self>) -> Vec<PartChange> {
        let before = previous.map(|programme| programme.parts.as_slice()).unwrap_or_default();
        let same = |one: &Part, other: &Part| (one.kind, &one.id) == (other.kind, &other.id);
        let made =
            |part: &Part, change| PartChange { kind: part.kind, id: part.id.clone(), change };
        let here = self.parts.iter().map(|part| {
            let change = match before.iter().find(|other| same(part, other)) {
                None => RuleChange::New,
                Some(other) if other.said == part.said => RuleChange::Unchanged,
                Some(_) => RuleChange::Changed,
            };
            made(part, change)
        });
        let gone = before.iter().filter(|part| !self.parts.iter().any(|other| same(part, other)));
        here.chain(gone.map(|part| made(part, RuleChange::Removed))).collect()
    }
}

fn programme(node: &Node, problems: &mut Problems) -> Option<Programme> {
    let known: Vec<&str> = LISTS.map(|(list, _)| list).into_iter().chain(["tiers"]).collect();
    let fields = Fields::of(node, "a programme", &known, problems)?;
    let currencies = currency::read(&fields, problems);
    let earnings = earning::read(&fields, &currencies, problems);
    let tiers = fields.optional("tiers").and_then(|node| tier::read(node, &currencies, problems));
    let badges = badge::read(&fields, problems);
    let streaks = streak::read(&fields, problems);
    let boards = board::read(&fields, &currencies, problems);
    let rewards = reward::read(&fields, &currencies, problems);
    let names = board::Names { boards: &ids(&fields, "boards"), rewards: &ids(&fields, "rewards") };
    let contests = board::read_contests(&fields, names, problems);
    let parts = parts(&fields);
    let earnings = earnings.into_iter().map(Arc::new).collect();
    Some(Programme {
        currencies,
        earnings,
        tiers,
        badges,
        streaks,
        boards,
        contests,
        rewards,
        parts,
    })
}

/// The ids that a list gives, also those of entries that are wrong otherwise: they are not unknown.
fn ids<'n>(fields: &Fields<'n>, list: &str) -> Vec<&'n str> {
    entries(fields, list).iter().filter_map(|entry| named(entry, "id")).collect()
}

fn entries<'n>(fields: &Fields<'n>, list: &str) -> &'n [Node] {
    // What is wrong here was said when the list was read.
    fields.optional(list).map(|node| node.list("", &mut Problems::quiet())).unwrap_or_default()
}

fn named<'n>(entry: &'n Node, field: &str) -> Option<&'n str> {
    let quiet = &mut Problems::quiet();
    let (_, node) = entry.map("", quiet)?.iter().find(|(key, _)| key.name == field)?;
    node.text("", quiet)
}

fn parts(fields: &Fields<'_>) -> Vec<Part> {
    let part = |kind, id: Option<&str>, node: &Node| {
        Some(Part { kind, id: id?.to_owned(), said: node.canonical() })
    };
    let tiers = fields.optional("tiers");
    let tiers = tiers.and_then(|node| part("tiers", named(node, "currency"), node));
    let lists = LISTS.into_iter().flat_map(|(list, kind)| {
        entries(fields, list).iter().filter_map(move |node| part(kind, named(node, "id"), node))
    });
    lists.chain(tiers).collect()
}
