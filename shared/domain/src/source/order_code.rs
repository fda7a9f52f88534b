//! Finds the shop's order codes in what a customer typed into a bank transfer.
//!
//! Banks change case, drop marks and punctuation and add their own words, so all of that is ignored. Whole words are tried
//! first, then neighbouring words joined (`DH 0001`), and only then codes inside longer words (`ckDH0001`); the first way
//! that finds something wins, since a code too many could settle somebody else's order. Nothing is ever taken out of the
//! middle of a longer number.

use regex::{Regex, RegexBuilder};

use crate::text::without_marks;

/// Most codes that one transfer is taken to name.
const CODES_MAX: usize = 3;

/// A bank passes on 210 characters at most; the rest would be somebody's game.
const TEXT_CHARS_MAX: usize = 500;

/// How many neighbouring words a code may have been torn into.
const JOINED_WORDS_MAX: usize = 4;

/// Bytes of a compiled pattern: a hundred times what an order code needs.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// The order codes in `text` by the tenant's `pattern`, distinct, in order. A pattern that is no regular expression finds
/// nothing.
pub(super) fn find(pattern: &str, text: &str) -> Vec<String> {
    let Some(codes) = Codes::new(pattern) else { return Vec::new() };
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let text = without_marks(&text).to_uppercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let whole = (1..=JOINED_WORDS_MAX).map(|n| codes.among(&words, n, Codes::is));
    let inside = (1..=JOINED_WORDS_MAX).map(|n| codes.among(&words, n, Codes::inside));
    whole.chain(inside).find(|found| !found.is_empty()).unwrap_or_default()
}

struct Codes {
    /// In any case, anywhere.
    loose: Regex,
    /// In any case, the whole text.
    whole: Regex,
    /// In the pattern's own case, the whole text.
    exact: Regex,
}

impl Codes {
    fn new(pattern: &str) -> Option<Self> {
        let build = |pattern: &str, any_case: bool| {
            RegexBuilder::new(pattern)
                .case_insensitive(any_case)
                .size_limit(PATTERN_BYTES_MAX)
                .build()
                .ok()
        };
        // On its own first: a pattern may not close our brackets.
        let loose = build(pattern, true)?;
        let anchored = format!("^(?:{pattern})$");
        Some(Self { loose, whole: build(&anchored, true)?, exact: build(&anchored, false)? })
    }

    /// The distinct codes that `look` sees in every run of `n` neighbouring words.
    fn among(
        &self,
        words: &[&str],
        n: usize,
        look: impl Fn(&Self, &str) -> Vec<String>,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for code in words.windows(n).flat_map(|run| look(self, &run.concat())) {
            let code = self.in_its_case(code);
            if found.len() < CODES_MAX && !found.contains(&code) {
                found.push(code);
            }
        }
        found
    }

    fn is(&self, text: &str) -> Vec<String> {
        if self.whole.is_match(text) { vec![text.to_owned()] } else { Vec::new() }
    }

    fn inside(&self, text: &str) -> Vec<String> {
        let cuts_a_number = |at: usize| {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            digit(text[..at].chars().next_back()) && digit(text[at..].chars().next())
        };
        self.loose
            .find_iter(text)
            .filter(|m| !m.is_empty() && !cuts_a_number(m.start()) && !cuts_a_number(m.end()))
            .map(|m| m.as_str().to_owned())
            .collect()
    }

    /// The text was made upper-case to be searched; a shop whose codes are lower-case gets them so.
    fn in_its_case(&self, code: String) -> String {
        let lower = code.to_lowercase();
        if !self.exact.is_match(&code) && self.exact.is_match(&lower) { lower } else { code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_was_typed() {
        for (text, codes) in [
            ("DH0001 thanh toan", vec!["DH0001"]),
            ("dh0001", vec!["DH0001"]),
            ("đh0001 cảm ơn shop", vec!["DH0001"]),
            ("DH 0001", vec!["DH0001"]),
            ("D H 0001 tien hang", vec!["DH0001"]),
            ("DH-0001.", vec!["DH0001"]),
            ("MBVCB.3278907687.DH0001.CT tu 0123499999", vec!["DH0001"]),
            ("ckDH0001", vec!["DH0001"]),
            ("DH0001thanhtoan", vec!["DH0001"]),
            ("thanh toanDH 0001 2 sp", vec!["DH0001"]),
            ("DH0001 2 san pham", vec!["DH0001"]),
            ("DH 0001 2 san pham", vec!["DH0001"]),
            ("DH0001 va DH0002, DH0001", vec!["DH0001", "DH0002"]),
            ("DH0001 DH0002 DH0003 DH0004", vec!["DH0001", "DH0002", "DH0003"]),
            ("FTDH9999X DH 0001", vec!["DH0001"]),
            ("rut tien", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(find(r"DH\d{4,}", text), codes, "{text}");
        }
    }

    #[test]
    fn a_longer_number_is_not_cut() {
        assert_eq!(find(r"DH\d{4}", "DH00012"), Vec::<String>::new());
        assert_eq!(find(r"\d{4}", "chuyen tu 0123499999"), Vec::<String>::new());
        assert_eq!(find(r"\d{6}", "don 123456 tu 0123499999"), ["123456"]);
    }

    #[test]
    fn a_shop_with_lower_case_codes_gets_them_so() {
        assert_eq!(find(r"dh\d{4}", "DH0001"), ["dh0001"]);
        assert_eq!(find(r"(?i)dh\d{4}", "dh0001"), ["DH0001"]);
    }

    #[test]
    fn a_pattern_that_does_not_compile_or_matches_nothing_finds_nothing() {
        for pattern in ["(", ")(", "", "a{1000}{1000}{1000}", "x*", r"DH\d{4})|(.*"] {
            assert_eq!(find(pattern, "DH0001 abc"), Vec::<String>::new(), "{pattern}");
        }
    }
}
