//! The score on the labelled sentences. Of the held half nothing is ever printed but counts.

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _};

use super::*;

pub(super) const OPEN: &str = include_str!("../../../fixtures/intents/open.tsv");
/// Written by the matcher's side, to learn from.
pub(super) const MORE: &str = include_str!("../../../fixtures/intents/more.tsv");
/// Written to learn weights from; of the rules only the class `measure` was fitted to some of it.
pub(super) const LEARN: &str = include_str!("../../../fixtures/intents/learn.tsv");
const HELD: &str = include_str!("../../../fixtures/intents/held.tsv");
const HELD_2: &str = include_str!("../../../fixtures/intents/held-2.tsv");

/// Counts by label and by what was found. Every name of [`Intent`] occurs, and `none`.
struct Score {
    counts: BTreeMap<(&'static str, &'static str), u32>,
}

/// The intents' names, then `none`.
fn names() -> Vec<&'static str> {
    Intent::ALL.map(Intent::as_str).into_iter().chain(["none"]).collect()
}

fn score(sentences: &str) -> Score {
    let mut counts = BTreeMap::new();
    for line in sentences.lines().filter(|line| !line.starts_with('#')) {
        let (label, sentence) = line.split_once('\t').expect("a label and a sentence");
        let label = Intent::parse(label).map_or("none", Intent::as_str);
        let found = intent(sentence).map_or("none", Intent::as_str);
        *counts.entry((label, found)).or_default() += 1;
    }
    Score { counts }
}

impl Score {
    fn sum(&self, of: impl Fn(&str, &str) -> bool) -> u32 {
        let of =
            |((label, found), count): (&(&str, &str), &u32)| of(label, found).then_some(*count);
        self.counts.iter().filter_map(of).sum()
    }

    /// In whole thousandths, rounded down.
    fn precision(&self, name: &str) -> u32 {
        let right = self.sum(|label, found| label == name && found == name);
        right * 1000 / self.sum(|_, found| found == name).max(1)
    }

    /// In whole thousandths, rounded down.
    fn recall(&self, name: &str) -> u32 {
        let right = self.sum(|label, found| label == name && found == name);
        right * 1000 / self.sum(|label, _| label == name).max(1)
    }

    fn tell(&self, title: &str) {
        let names = names();
        let mut table = format!("{title}: rows are labels, columns what was found\n{:14}", "");
        for name in &names {
            write!(table, "{:>9.8}", name).unwrap();
        }
        table += "   precision recall\n";
        for label in &names {
            write!(table, "{label:14}").unwrap();
            for found in &names {
                write!(table, "{:9}", self.sum(|l, f| l == *label && f == *found)).unwrap();
            }
            writeln!(table, "{:12}{:7}", self.precision(label), self.recall(label)).unwrap();
        }
        // Past the capture of tests that pass.
        writeln!(std::io::stderr(), "{table}").unwrap();
    }
}

#[test]
fn on_the_open_half_every_intent_has_95_of_100() {
    let open = score(OPEN);
    open.tell("open");
    for intent in Intent::ALL {
        let name = intent.as_str();
        assert!(open.precision(name) >= 950 && open.recall(name) >= 950, "{name}");
    }
}

/// What was learnt is kept; it says nothing about sentences that are new.
#[test]
fn of_the_sentences_learnt_from_97_of_100_are_right() {
    let more = score(MORE);
    more.tell("more");
    let right = more.sum(|label, found| label == found);
    assert!(right * 100 >= more.sum(|_, _| true) * 97);
}

/// The least precision and recall in thousandths on the held files, sentences that nobody who worked on the rules or the weights has
/// seen: 900 each, as wanted. Where it is not reached, and for the precision of `price`, of which 970 is wanted since a wrong
/// voucher costs money, what was reached; such a figure is raised, never lowered.
const LEAST: [(Intent, [(u32, u32); 2]); 9] = [
    (Intent::Price, [(956, 900), (970, 900)]),
    (Intent::OrderStatus, [(900, 900), (900, 900)]),
    (Intent::Points, [(900, 900), (900, 900)]),
    (Intent::Tier, [(900, 900), (885, 900)]),
    (Intent::Voucher, [(900, 900), (900, 900)]),
    (Intent::Person, [(900, 900), (900, 900)]),
    (Intent::Stop, [(900, 900), (900, 900)]),
    (Intent::DeleteData, [(900, 900), (900, 900)]),
    (Intent::Greeting, [(900, 900), (900, 900)]),
];

/// The second file is by another author, written when the rules had been scored on the first several times.
#[test]
fn on_the_held_files_every_intent_has_90_of_100_and_price_what_was_reached() {
    assert_eq!(LEAST.map(|(intent, _)| intent), Intent::ALL);
    let mut fallen = Vec::new();
    for (file, (title, sentences)) in [("held", HELD), ("held, second", HELD_2)].iter().enumerate()
    {
        let held = score(sentences);
        held.tell(title);
        for (intent, least) in LEAST {
            let name = intent.as_str();
            let now = (held.precision(name), held.recall(name));
            if now.0 < least[file].0 || now.1 < least[file].1 {
                fallen.push(format!("{title}: {name} {now:?}, at least {:?}", least[file]));
            }
        }
    }
    assert!(fallen.is_empty(), "{fallen:#?}");
}
