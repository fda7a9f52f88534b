//! A text as words: lower case, NFC, with what people shorten written out and stretched letters as one.

use unicode_normalization::UnicodeNormalization;

use super::CHARS_MAX;
use crate::text::without_marks;

/// One word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Without marks.
    pub(super) plain: String,
    /// As typed, in lower case.
    pub(super) marked: String,
}

impl Word {
    fn of(marked: &str) -> Self {
        Self { plain: without_marks(marked), marked: marked.to_owned() }
    }

    /// Whether it has marks.
    pub(super) fn is_marked(&self) -> bool {
        self.plain != self.marked
    }
}

/// What people shorten, and what it stands for, without marks.
const SHORT: &[(&str, &str)] = &[
    ("k", "khong"),
    ("ko", "khong"),
    ("kh", "khong"),
    ("kg", "khong"),
    ("khg", "khong"),
    ("hok", "khong"),
    ("hong", "khong"),
    ("hông", "khong"),
    ("hổng", "khong"),
    ("hem", "khong"),
    ("đc", "duoc"),
    ("dc", "duoc"),
    ("oke", "ok"),
    ("okie", "ok"),
    ("okla", "ok"),
    ("sp", "san pham"),
    ("nv", "nhan vien"),
    ("thik", "thich"),
    ("iu", "yeu"),
    ("ntn", "nhu the nao"),
    ("ch", "chua"),
    ("cg", "cung"),
    ("cx", "cung"),
    ("vs", "voi"),
    ("mn", "moi nguoi"),
    ("wa", "qua"),
    ("wá", "qua"),
    ("qá", "qua"),
    ("z", "vay"),
    ("j", "gi"),
    ("tl", "tra loi"),
    ("bt", "binh thuong"),
    ("bth", "binh thuong"),
    ("bthg", "binh thuong"),
];

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Word> {
    let lower: Vec<char> =
        text.chars().take(CHARS_MAX).nfc().collect::<String>().to_lowercase().chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < lower.len() {
        let first = lower[at];
        let is_same: fn(char) -> bool = if first.is_alphabetic() {
            char::is_alphabetic
        } else if first.is_numeric() {
            |c| c.is_numeric() || matches!(c, '.' | ',')
        } else if matches!(first, '!' | '?' | '.' | ',' | '…') {
            |c| matches!(c, '!' | '?' | '.' | ',' | '…')
        } else if first.is_whitespace() {
            char::is_whitespace
        } else {
            |_| false
        };
        let end = (at + 1..lower.len()).find(|n| !is_same(lower[*n])).unwrap_or(lower.len());
        let piece: String = lower[at..end].iter().collect();
        at = end;
        if first.is_whitespace() || matches!(first, '\u{fe0f}' | '\u{200d}') {
            continue;
        }
        if first.is_alphabetic() {
            let word = unstretched(&piece);
            match SHORT.iter().find(|(short, _)| *short == word) {
                Some((_, long)) => words.extend(long.split(' ').map(Word::of)),
                None => words.push(Word::of(&word)),
            }
        } else if first.is_numeric() {
            words.push(Word::of("#"));
        } else {
            let sign = match piece.as_str() {
                "," | "." => piece,
                _ if first == '!' || first == '?' => first.to_string(),
                _ if first == '.' || first == '…' || first == ',' => "..".to_owned(),
                _ => piece,
            };
            words.push(Word::of(&sign));
        }
    }
    words
}

/// Three or more of a letter are one.
fn unstretched(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut short = String::new();
    let mut at = 0;
    while at < letters.len() {
        let run = letters[at..].iter().take_while(|letter| **letter == letters[at]).count();
        let kept = if run >= 3 { 1 } else { run };
        short.extend(std::iter::repeat_n(letters[at], kept));
        at += run;
    }
    short
}
