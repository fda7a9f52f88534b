//! What a text shows: its words and pairs of them, what a negation stands before, and what the lexicon says of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use super::words::{Word, words};
#[cfg(test)]
use crate::text::without_marks;

/// What a text shows, and how much of it.
pub(super) type Features = BTreeMap<String, f64>;

/// A part of a word, a word not next to its neighbour, and a place in the text say less than a word.
const PART: f64 = 0.3;
const APART: f64 = 0.5;
const PLACED: f64 = 0.7;
const PHRASE: f64 = 0.5;

/// What a word that a negation stands before still says by itself.
const TURNED: f64 = 0.3;

/// Letters of a part of a word, its ends counted.
const PART_LETTERS: [usize; 2] = [3, 4];

/// Words that turn what follows.
const NEGATIONS: &[&str] = &["khong", "chang", "cha", "chua", "dung", "dau"];
/// Words before a phrase of the lexicon that turn it.
const TURNS: &[&str] = &["khong", "chang", "cha", "chua", "dung", "het", "do", "bot"];
/// How many words a negation reaches.
const REACH: usize = 4;
/// Words after which something else is said.
const CONTRASTS: &[&str] = &["nhung", "ma", "moi", "tuy", "song", "bu", "chi", "con"];
/// Those that weigh praise against blame.
const BUTS: &[&str] = &["nhung", "nhma", "song", "bu", "chi", "tuy", "mac"];

/// What the lexicon says of a phrase.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Praise,
    Blame,
    Neither,
}

struct Lexicon {
    marked: HashMap<Vec<String>, Says>,
    plain: HashMap<Vec<String>, Says>,
    longest: usize,
}

impl Lexicon {
    fn read(file: &str) -> Self {
        let mut lexicon = Self { marked: HashMap::new(), plain: HashMap::new(), longest: 1 };
        for (sign, phrase) in file.lines().filter_map(|line| line.split_once('\t')) {
            let says = match sign {
                "+" => Says::Praise,
                "-" => Says::Blame,
                _ => Says::Neither,
            };
            let words = words(phrase);
            let marked: Vec<String> = words.iter().map(|word| word.marked.clone()).collect();
            let plain: Vec<String> = words.into_iter().map(|word| word.plain).collect();
            lexicon.longest = lexicon.longest.max(marked.len());
            lexicon.marked.entry(marked).or_insert(says);
            lexicon.plain.entry(plain).or_insert(says);
        }
        lexicon
    }

    /// The longest phrase that begins at a place. Without marks it is believed where nothing has any, or when it has several words.
    fn find(&self, words: &[Word], is_marked: bool) -> Option<(usize, Says)> {
        (1..=self.longest.min(words.len())).rev().find_map(|length| {
            let some = &words[..length];
            let marked: Vec<String> = some.iter().map(|word| word.marked.clone()).collect();
            let known = self.marked.get(&marked).copied();
            let may_be_plain =
                !is_marked || length > 1 && some.iter().all(|word| !word.is_marked());
            let plain = || some.iter().map(|word| word.plain.clone()).collect::<Vec<_>>();
            let known =
                known.or_else(|| may_be_plain.then(|| self.plain.get(&plain()).copied()).flatten());
            known.map(|says| (length, says))
        })
    }
}

/// The features of a text.
pub(super) fn features(words: &[Word]) -> Features {
    let mut found = Features::new();
    let plain: Vec<&str> = words.iter().map(|word| word.plain.as_str()).collect();
    for word in words {
        found.insert(format!("u:{}", word.plain), 1.0);
        if word.is_marked() {
            found.insert(format!("U:{}", word.marked), 1.0);
        }
        parts(&word.plain, &mut found);
    }
    let ends = |form: fn(&Word) -> &str| -> Vec<String> {
        let line = words.iter().map(|word| form(word).to_owned());
        std::iter::once("^".to_owned()).chain(line).chain(["$".to_owned()]).collect()
    };
    let (bare, typed) = (ends(|word| &word.plain), ends(|word| &word.marked));
    for (bare, typed) in bare.windows(2).zip(typed.windows(2)) {
        found.insert(format!("b:{} {}", bare[0], bare[1]), 1.0);
        if bare != typed {
            found.insert(format!("B:{} {}", typed[0], typed[1]), 1.0);
        }
    }
    for three in plain.windows(3) {
        found.insert(format!("k:{}_{}", three[0], three[2]), APART);
    }
    turned(&plain, &mut found);
    for word in words {
        if found.contains_key(&format!("m:{}", word.plain)) {
            for own in [format!("u:{}", word.plain), format!("U:{}", word.marked)] {
                found.entry(own).and_modify(|value| *value = TURNED);
            }
        }
    }
    for contrast in CONTRASTS {
        if let Some(at) = plain.iter().rposition(|word| word == contrast) {
            for word in plain[at + 1..].iter().take(6) {
                found.insert(format!("a:{word}"), PLACED);
            }
        }
    }
    found.extend(plain.iter().rev().take(4).map(|word| (format!("e:{word}"), PLACED)));
    found.extend(plain.iter().take(3).map(|word| (format!("s:{word}"), PLACED)));
    found.insert(format!("n:{}", (words.len() / 3).min(6)), 1.0);
    for (sign, name) in [("?", "q"), ("!", "x")] {
        if plain.contains(&sign) {
            found.insert(name.to_owned(), 1.0);
        }
    }
    judged(words, &plain, &mut found);
    found
}

/// What a negation stands before.
fn turned(plain: &[&str], found: &mut Features) {
    let mut left = 0;
    for word in plain {
        if NEGATIONS.contains(word) {
            left = REACH;
            continue;
        }
        if matches!(*word, "," | "." | ".." | "!" | "?" | "nhung" | "ma") {
            left = 0;
        }
        if left > 0 {
            found.insert(format!("m:{word}"), 1.0);
            left -= 1;
        }
    }
}

/// What the lexicon says: of each phrase, how often, first and last, and after a contrast.
fn judged(words: &[Word], plain: &[&str], found: &mut Features) {
    static LEXICON: LazyLock<Lexicon> =
        LazyLock::new(|| Lexicon::read(include_str!("lexicon.tsv")));
    let is_marked = words.iter().any(Word::is_marked);
    let but = plain.iter().rposition(|word| BUTS.contains(word));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut first, mut last) = (None, None);
    let mut at = 0;
    while at < words.len() {
        let Some((length, says)) = LEXICON.find(&words[at..], is_marked) else {
            at += 1;
            continue;
        };
        let is_turned = plain[at.saturating_sub(2)..at].iter().any(|word| TURNS.contains(word));
        let told = match (says, is_turned) {
            (Says::Praise, false) => "+",
            (Says::Praise, true) => "+~",
            (Says::Blame, false) => "-",
            (Says::Blame, true) => "-~",
            (Says::Neither, _) => "0",
        };
        *counts.entry(told).or_default() += 1;
        if let Some(but) = but {
            let side = if at > but { "A" } else { "B" };
            found.insert(format!("L{side}:{told}"), 1.0);
        }
        found.insert(format!("l:{told}{}", plain[at..at + length].join(" ")), PHRASE);
        first = first.or(Some(told));
        last = Some(told);
        at += length;
    }
    for (told, count) in &counts {
        let many = (*count).min(3);
        found.insert(format!("L:{told}"), [0.0, 1.0, 2.0, 3.0][many]);
        found.insert(format!("L{many}:{told}"), 1.0);
    }
    let count = |told: &str| counts.get(told).copied().unwrap_or_default();
    let (praise, blame) = (count("+") + count("-~"), count("-") + count("+~"));
    found.insert(format!("Lf:{}", first.unwrap_or("")), 1.0);
    found.insert(format!("Ll:{}", last.unwrap_or("")), 1.0);
    found.insert(
        format!(
            "Lb:{}/{}",
            praise.saturating_sub(blame).min(3),
            blame.saturating_sub(praise).min(3)
        ),
        1.0,
    );
    found.insert(format!("Lc:{}{}", praise.min(2), blame.min(2)), 1.0);
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

/// A text without its marks, for what is learnt of those who type none.
#[cfg(test)]
pub(super) fn bare(text: &str) -> String {
    without_marks(text)
}
