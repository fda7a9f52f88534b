//! Learns the weights: `CHAM_WRITE=1 cargo test --workspace learnt` writes `weights.tsv` anew, after a change of the sentences, the rules or
//! the features.
//!
//! Plain stochastic gradient with AdaGrad's steps and a pull towards zero, in an order that a fixed number draws: the same files give the
//! same weights. The held files are not read here.

use std::{collections::HashMap, fmt::Write as _, path::Path};

use sha2::{Digest, Sha256};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    score::{LEARN, MORE, OPEN},
    *,
};
use crate::intent::learned::{Features, NAMES, NONE, softmax};

/// Goes up when features are made otherwise: the weights are then learnt anew.
const VERSION: &str = "5";

/// How often every sentence is looked at.
const ROUNDS: usize = 60;

/// The first step of a weight.
const STEP: f64 = 0.3;

/// How strongly all weights are pulled towards zero.
const PULL: f64 = 0.25;

/// A sentence whose marks were taken off counts this much: it says what its like without marks mean.
const WITHOUT_MARKS: f64 = 0.3;

/// A weight below this says nothing.
const LEAST: f64 = 0.08;

struct Row {
    /// Places among all features, and how much of each.
    shown: Vec<(usize, f64)>,
    label: usize,
    weight: f64,
}

/// Files, and whether the rules have never been fitted to them: only then is what the rules say of them worth learning.
const FILES: [(&str, bool); 3] = [(OPEN, false), (MORE, false), (LEARN, true)];

fn fingerprint() -> String {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    FILES.iter().for_each(|(file, _)| hash.update(file));
    hash.update(include_str!("../masks.rs"));
    hash.update(include_str!("../shape.rs"));
    hash.update(include_str!("../words.rs"));
    for rules in [
        include_str!("../rules/club.rs"),
        include_str!("../rules/talk.rs"),
        include_str!("../rules/trade.rs"),
    ] {
        hash.update(rules);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
}

fn shown(text: &str, with_rules: bool) -> Features {
    let (read, verdict) = by_rules(text);
    let mut shown = features(&read, text, &verdict, |_| true);
    if with_rules {
        shown.extend(features_of_rules(&verdict));
    }
    shown
}

fn without_marks(text: &str) -> String {
    let letters = text.nfd().filter(|c| !is_combining_mark(*c));
    letters
        .map(|c| {
            if c == 'đ' {
                'd'
            } else if c == 'Đ' {
                'D'
            } else {
                c
            }
        })
        .collect()
}

fn rows() -> (Vec<String>, Vec<Row>) {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut rows = Vec::new();
    for (file, with_rules) in FILES {
        for (label, text) in file.lines().filter_map(label_of) {
            let mut add = |text: &str, weight: f64| {
                let row = shown(text, with_rules).into_iter().map(|(feature, value)| {
                    let next = places.len();
                    (*places.entry(feature).or_insert(next), value)
                });
                let shown = row.collect();
                rows.push(Row { shown, label, weight });
            };
            add(text, 1.0);
            let bare = without_marks(text);
            if label != NONE && bare != text.nfc().collect::<String>() {
                add(&bare, WITHOUT_MARKS);
            }
        }
    }
    weigh_labels(&mut rows);
    let mut features = vec![String::new(); places.len()];
    places.into_iter().for_each(|(feature, place)| features[place] = feature);
    (features, rows)
}

/// The hands wrote more of what is hard to tell than customers do: each label weighs as if it were half way, by factors, to the share
/// that it has in `open.tsv`.
fn weigh_labels(rows: &mut [Row]) {
    let mut open = [0.0; NAMES];
    OPEN.lines().filter_map(label_of).for_each(|(label, _)| open[label] += 1.0);
    let mut all = [0.0; NAMES];
    rows.iter().for_each(|row| all[row.label] += row.weight);
    let sums = (open.iter().sum::<f64>(), all.iter().sum::<f64>());
    for row in rows {
        row.weight *= ((open[row.label] / sums.0) / (all[row.label] / sums.1)).sqrt();
    }
}

/// The place of a line's label, and its sentence; nothing for a comment.
fn label_of(line: &str) -> Option<(usize, &str)> {
    let (label, text) = line.strip_prefix('#').is_none().then(|| line.split_once('\t'))??;
    let label = Intent::parse(label);
    let place = label.and_then(|of| Intent::ALL.iter().position(|one| *one == of));
    Some((place.unwrap_or(NONE), text))
}

fn learn(features: usize, rows: &[Row]) -> Vec<[f64; NAMES]> {
    let mut weights = vec![[0.0; NAMES]; features];
    let mut squares = vec![[1e-6; NAMES]; features];
    let mut seen = vec![0.0; features];
    rows.iter().flat_map(|row| &row.shown).for_each(|(place, _)| seen[*place] += 1.0);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut drawn: u64 = 42;
    for _ in 0..ROUNDS {
        for left in (1..order.len()).rev() {
            drawn = drawn
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(drawn >> 33).unwrap() % (left + 1);
            order.swap(left, other);
        }
        for row in order.iter().map(|number| &rows[*number]) {
            let mut sums = [0.0; NAMES];
            for (place, value) in &row.shown {
                sums.iter_mut().zip(&weights[*place]).for_each(|(sum, w)| *sum += w * value);
            }
            let mut off = softmax(sums);
            off[row.label] -= 1.0;
            for (place, value) in &row.shown {
                for name in 0..NAMES {
                    let pull = PULL * weights[*place][name] / seen[*place];
                    let slope = row.weight * off[name] * value + pull;
                    squares[*place][name] += slope * slope;
                    weights[*place][name] -= STEP * slope / squares[*place][name].sqrt();
                }
            }
        }
    }
    weights
}

fn printed(features: &[String], weights: &[[f64; NAMES]]) -> String {
    let mut lines: Vec<String> = features
        .iter()
        .zip(weights)
        .filter_map(|(feature, weights)| {
            let mut line = feature.clone();
            for (name, weight) in weights.iter().enumerate().filter(|(_, w)| w.abs() >= LEAST) {
                write!(line, "\t{name}={:.0}", weight * 100.0).unwrap();
            }
            // A word with marks stands there even without weight: it is known.
            (line.len() > feature.len() || feature.starts_with("U:")).then_some(line)
        })
        .collect();
    lines.sort();
    format!("# {} made by tests/learn.rs\n{}\n", fingerprint(), lines.join("\n"))
}

#[test]
fn the_weights_are_learnt_from_the_sentences_that_are_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/intent/weights.tsv");
    if std::env::var_os("CHAM_WRITE").is_some() {
        let (features, rows) = rows();
        let weights = learn(features.len(), &rows);
        std::fs::write(&path, printed(&features, &weights)).unwrap();
        return;
    }
    let first = include_str!("../weights.tsv").lines().next().unwrap_or_default();
    assert!(
        first.contains(&fingerprint()),
        "learn them anew: CHAM_WRITE=1 cargo test --workspace learnt"
    );
}
