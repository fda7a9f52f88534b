//! What many labelled sentences have taught: weights of words, pairs of words, shapes and what the rules say, added up for each intent.
//!
//! A multinomial logistic regression. Its weights stand in `weights.tsv`, which `tests/learn.rs` makes from `fixtures/intents`: a
//! feature, then each name with its weight in hundredths. A word that is typed with marks counts as typed; how it reads without marks
//! counts too when the marked word was ever seen, so that wrong marks are no evidence.
//! Bounds: the time is linear in the text.

use std::collections::{BTreeMap, HashMap};

use super::{Intent, fold::Token, shape::shape};

/// The intents in the order of [`Intent::ALL`], and none of them.
pub(super) const NAMES: usize = Intent::ALL.len() + 1;

/// Where "none" stands.
pub(super) const NONE: usize = Intent::ALL.len();

/// A part of a word counts half.
const PART: f64 = 0.5;

/// Letters of a part of a word, its ends counted.
const PART_LETTERS: [usize; 2] = [3, 4];

/// Pieces of a sentence's shape that are looked at together.
const SHAPE_PIECES: [usize; 2] = [2, 3];

/// Words that make one step of length, and the longest step.
const LENGTH_STEP: (usize, usize) = (3, 6);

/// The least chance at which an intent is believed. To give a voucher to somebody who asked something else costs money, so `price` has to
/// be surer.
pub(super) fn least_chance(intent: Intent) -> f64 {
    match intent {
        Intent::Price => 0.8,
        Intent::Tier => 0.6,
        Intent::OrderStatus
        | Intent::Points
        | Intent::Voucher
        | Intent::Person
        | Intent::Stop
        | Intent::DeleteData
        | Intent::Greeting => 0.5,
    }
}

/// What a sentence shows, and how much of it.
pub(super) type Features = BTreeMap<String, f64>;

/// What the rules make of a sentence.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// The first intent that was found and not excepted, and the pattern that found it.
    pub(super) first: Option<(Intent, &'static str)>,
    /// Every such intent.
    pub(super) all: Vec<Intent>,
    /// The classes of words that occur.
    pub(super) classes: Vec<&'static str>,
}

/// The features of a sentence; `knows` says whether a word with its marks was seen when the weights were learnt.
pub(super) fn features(
    tokens: &[Token],
    text: &str,
    verdict: &Verdict,
    knows: impl Fn(&str) -> bool,
) -> Features {
    let mut found = Features::new();
    // Each token without marks, and with them where it was typed so. A word with marks that nobody knows has no other form.
    let forms: Vec<(String, Option<String>)> = tokens
        .iter()
        .map(|token| match token {
            Token::Word(word) if word.is_bare() => (word.plain().to_owned(), None),
            Token::Word(word) if knows(word.marked()) => {
                (word.plain().to_owned(), Some(word.marked().to_owned()))
            }
            Token::Word(word) => (word.marked().to_owned(), None),
            Token::Number => ("#".to_owned(), None),
            Token::Comma => (",".to_owned(), None),
            Token::Stop => (".".to_owned(), None),
            Token::Masked => ("_".to_owned(), None),
        })
        .collect();
    for (plain, marked) in &forms {
        found.insert(format!("u:{plain}"), 1.0);
        if let Some(marked) = marked {
            found.insert(format!("U:{marked}"), 1.0);
        }
        parts(plain, &mut found);
    }
    let start = ("^".to_owned(), None);
    let end = ("$".to_owned(), None);
    let line: Vec<_> = std::iter::once(&start).chain(&forms).chain([&end]).collect();
    for pair in line.windows(2) {
        let (left, right) = (pair[0], pair[1]);
        found.insert(format!("b:{} {}", left.0, right.0), 1.0);
        if left.1.is_some() || right.1.is_some() {
            let of = |form: &(String, Option<String>)| form.1.clone().unwrap_or(form.0.clone());
            found.insert(format!("B:{} {}", of(left), of(right)), 1.0);
        }
    }
    let shape = shape(tokens);
    for length in SHAPE_PIECES {
        found.extend(shape.windows(length).map(|pieces| (format!("s:{}", pieces.join(" ")), 1.0)));
    }
    found.insert(format!("n:{}", (forms.len() / LENGTH_STEP.0).min(LENGTH_STEP.1)), 1.0);
    if text.contains('?') {
        found.insert("q".to_owned(), 1.0);
    }
    found.extend(verdict.classes.iter().map(|class| (format!("k:{class}"), 1.0)));
    found
}

/// What the rules say, as features.
pub(super) fn features_of_rules(verdict: &Verdict) -> Features {
    let first = verdict.first.map_or("none", |(intent, _)| intent.as_str());
    let all = verdict.all.iter().map(|intent| (format!("A:{}", intent.as_str()), 1.0));
    all.chain([(format!("P:{first}"), 1.0)]).collect()
}

fn parts(word: &str, found: &mut Features) {
    if !word.starts_with(char::is_alphabetic) {
        return;
    }
    let letters: Vec<char> = format!("<{word}>").chars().collect();
    for length in PART_LETTERS {
        for part in letters.windows(length) {
            found.entry(format!("c:{}", part.iter().collect::<String>())).or_insert(PART);
        }
    }
}

/// The learnt weights.
pub(super) struct Weights {
    of: HashMap<&'static str, Vec<(usize, f64)>>,
}

impl Weights {
    /// # Panics
    /// When the file is none of ours: it is compiled in, and a test reads it.
    pub(super) fn read(file: &'static str) -> Self {
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        let of = lines.map(|line| {
            let mut cells = line.split('\t');
            let feature = cells.next().expect("a line has a feature");
            let weights = cells.map(|cell| {
                let (name, hundredths) = cell.split_once('=').expect("a name and its weight");
                let place = name.parse().expect("a name is a place");
                let hundredths: i32 = hundredths.parse().expect("a weight is a whole number");
                (place, f64::from(hundredths) / 100.0)
            });
            (feature, weights.collect())
        });
        Self { of: of.collect() }
    }

    /// Whether a word with its marks was seen.
    pub(super) fn knows(&self, marked: &str) -> bool {
        self.of.contains_key(format!("U:{marked}").as_str())
    }

    /// The chance of each intent and of none; together they are 1.
    pub(super) fn chances(&self, features: &Features) -> [f64; NAMES] {
        let mut sums = [0.0; NAMES];
        for (feature, value) in features {
            for (place, weight) in self.of.get(feature.as_str()).into_iter().flatten() {
                sums[*place] += weight * value;
            }
        }
        softmax(sums)
    }

    /// The features that speak most for a name against "none", the strongest first.
    pub(super) fn strongest(&self, features: &Features, place: usize, most: usize) -> Vec<String> {
        let mut speaking: Vec<(f64, &String)> = features
            .iter()
            .filter_map(|(feature, value)| {
                let weights = self.of.get(feature.as_str())?;
                let of = |wanted| {
                    weights.iter().find(|(place, _)| *place == wanted).map_or(0.0, |(_, w)| *w)
                };
                Some(((of(place) - of(NONE)) * value, feature)).filter(|(sum, _)| *sum > 0.0)
            })
            .collect();
        speaking.sort_by(|a, b| b.0.total_cmp(&a.0));
        speaking.into_iter().take(most).map(|(_, feature)| feature.clone()).collect()
    }
}

/// Sums to chances.
pub(super) fn softmax(sums: [f64; NAMES]) -> [f64; NAMES] {
    let most = sums.iter().copied().fold(f64::MIN, f64::max);
    let raised = sums.map(|sum| (sum - most).exp());
    let all: f64 = raised.iter().sum();
    raised.map(|one| one / all)
}
