//! The score on the labelled sentences. Of the held half nothing is ever printed but counts.

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _};

use super::*;

pub(super) const OPEN: &str = include_str!("../../../fixtures/intents/open.tsv");
/// Written by the matcher's side, to learn from.
pub(super) const MORE: &str = include_str!("../../../fixtures/intents/more.tsv");
/// Written to learn weights from; no rule was ever fitted to it.
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

/// Precision and recall in thousandths on sentences that nobody who worked on the rules or the weights has seen, as reached. What is
/// wanted is 900 for each, and 970 for the precision of `price`: a wrong voucher costs money. A figure is raised, never lowered.
const REACHED: [(Intent, [(u32, u32); 2]); 9] = [
    (Intent::Price, [(931, 872), (927, 914)]),
    (Intent::OrderStatus, [(950, 926), (955, 977)]),
    (Intent::Points, [(937, 1000), (947, 1000)]),
    (Intent::Tier, [(962, 928), (888, 1000)]),
    (Intent::Voucher, [(1000, 939), (950, 950)]),
    (Intent::Person, [(1000, 969), (942, 916)]),
    (Intent::Stop, [(909, 967), (937, 937)]),
    (Intent::DeleteData, [(964, 1000), (1000, 964)]),
    (Intent::Greeting, [(965, 965), (1000, 933)]),
];

/// The second file is by another author, written when the rules had been scored on the first several times.
#[test]
fn on_the_held_files_no_intent_falls_below_what_was_reached() {
    assert_eq!(REACHED.map(|(intent, _)| intent), Intent::ALL);
    for (file, (title, sentences)) in [("held", HELD), ("held, second", HELD_2)].iter().enumerate()
    {
        let held = score(sentences);
        held.tell(title);
        for (intent, reached) in REACHED {
            let (name, (precision_min, recall_min)) = (intent.as_str(), reached[file]);
            assert!(held.precision(name) >= precision_min, "{title}: precision of {name}");
            assert!(held.recall(name) >= recall_min, "{title}: recall of {name}");
        }
    }
}
