//! What a customer's own words hold that somebody should see before others do, and the same words without personal data.
//!
//! Found by shape and by the words beside it, never by meaning: a person decides. In doubt a number is taken out and a word
//! is let pass. Vulgar words and their innocent neighbours are listed in `moderation/words.txt`.
//! Source: citizen ids are Decree 137/2015 (12 digits: province, century and sex, year, serial), cards ISO/IEC 7812.
//! Bounds: made for the 2,000 characters of an answer. A round takes time in proportion to the text, but for long runs of
//! digits and spaces, of which [`phone::masked`] looks for the end at every group. A further round follows only where a mask
//! has uncovered something, and each takes away a letter or a digit. Nothing is cut off: the rest would not be looked at.
//! Not here: numbers and addresses in words (`không chín một hai`, `shop chấm vn`), names, street addresses, passports.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::LazyLock,
};

use regex::{Captures, Match, Regex};
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{phone, text::without_marks};

#[cfg(test)]
mod tests;

/// What a text holds. Prints as it stands in rows and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// A phone number, in every spelling that [`phone::masked`] takes out.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address, with or without `https://`. A number within it (`zalo.me/0912…`) is part of it.
    Link,
    /// A vulgar word or an insult to people, in Vietnamese or English, spelled out or not. Mild anger is none.
    Profanity,
    /// The number of a citizen: 12 digits that are one, or 9 or 12 after a word such as `cccd`.
    IdNumber,
    /// The number of a payment card (13 to 19 digits with a right check digit, as some devices have one too), or of a bank
    /// account after a word such as `stk` (6 to 19 digits).
    CardNumber,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 6] =
        [Self::Phone, Self::Email, Self::Link, Self::Profanity, Self::IdNumber, Self::CardNumber];

    /// As it stands in rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Link => "link",
            Self::Profanity => "profanity",
            Self::IdNumber => "id_number",
            Self::CardNumber => "card_number",
        }
    }
}

/// Everything that `text` holds, in any normal form. Empty for a text that can be shown as it is; beside
/// [`Flag::Profanity`] always empty for what [`masked`] returns.
pub fn flags(text: &str) -> BTreeSet<Flag> {
    let (clean, mut found) = taken_out(text);
    if is_profane(&clean) {
        found.insert(Flag::Profanity);
    }
    found
}

/// `text` in NFC with `***` for each phone number, e-mail address, link, citizen id, card and account number. Vulgar words
/// stay. Masking twice changes nothing more.
pub fn masked(text: &str) -> String {
    taken_out(text).0
}

/// As in [`phone::masked`].
const MASK: &str = "***";

/// A mask can uncover what stood against the masked: it ends when a round finds nothing.
fn taken_out(text: &str) -> (String, BTreeSet<Flag>) {
    let mut clean: String = text.nfc().collect();
    let mut found = BTreeSet::new();
    loop {
        let before = clean.clone();
        for (flag, without) in [
            (Flag::Email, without_emails as fn(&str) -> String),
            (Flag::Link, without_links),
            (Flag::IdNumber, |text| without_numbers(text, id_bytes)),
            (Flag::CardNumber, |text| without_numbers(text, card_bytes)),
            (Flag::Phone, without_phones),
        ] {
            let rest = without(&clean);
            if rest != clean {
                found.insert(flag);
                clean = rest;
            }
        }
        if clean == before {
            return (clean, found);
        }
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this module, which its tests compile")
}

/// The large providers are often named without their ending or with a space before.
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi) [\w.%+-]+ @ (?:[a-z0-9-]+\.)+ [a-z]{2,}
        | [\w.%+-]+ \ ?(?:@|\(at\)|\[at\])\ ? (?:gmail|yahoo|hotmail|outlook|icloud)
          (?:\.com(?:\.vn)?)? \b",
    )
});

fn without_emails(text: &str) -> String {
    EMAIL.replace_all(text, MASK).into_owned()
}

/// With a scheme or `www`: whatever follows.
static URL: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(?:(?:https?|hxxps?|ftp)://|\bwww\.[a-z0-9])\S*"));

/// Endings that are no words of a sentence. In small or capital letters: `tốt.Shop` begins a sentence.
const ENDINGS: &str = "com|net|org|vn|io|xyz|gl|asia|biz";

/// Endings that are words too (`ngon.to quá`, `đẹp.shop ơi`): what stands before has to look like a name.
const WORD_ENDINGS: &str = "me|ly|info|shop|store|app|online|link|club|top|site|page|to|co|ee";

/// Hosts of links to people and of short links.
const HOSTS: [&str; 11] = [
    "zalo.me",
    "m.me",
    "t.me",
    "wa.me",
    "fb.me",
    "bit.ly",
    "ow.ly",
    "cutt.ly",
    "t.co",
    "linktr.ee",
    "shp.ee",
];

/// Words that end a sentence, before a word that begins the next without a space between: `ngon.com tam` is rice.
const LAST_WORDS: [&str; 25] = [
    "a", "ah", "day", "dc", "dep", "duoc", "good", "hay", "k", "ko", "lam", "ngon", "nha", "nhanh",
    "nhe", "nice", "no", "ok", "oke", "on", "qua", "r", "re", "roi", "tot",
];

/// No syllable of Vietnamese is as long.
const NAME_LETTERS_MIN: usize = 8;

fn domain(endings: &str) -> Regex {
    let capitals = endings.to_uppercase();
    regex(&format!(
        r"\b(?<labels>(?:[A-Za-z0-9_][A-Za-z0-9_-]*\.)+)(?:{endings}|{capitals})\b(?<path>(?::[0-9]+)?[/?\#]\S*)?",
    ))
}

static DOMAIN: LazyLock<Regex> = LazyLock::new(|| domain(ENDINGS));

static WORD_DOMAIN: LazyLock<Regex> = LazyLock::new(|| domain(WORD_ENDINGS));

fn without_links(text: &str) -> String {
    let text = URL.replace_all(text, |link: &Captures<'_>| link_masked(&link[0]));
    let text = DOMAIN.replace_all(&text, |link: &Captures<'_>| {
        let name = link["labels"].trim_end_matches('.').to_lowercase();
        let has_letter = name.contains(|sign: char| sign.is_ascii_alphabetic());
        let is_link = has_letter && !LAST_WORDS.contains(&name.as_str());
        if is_link || link.name("path").is_some() {
            link_masked(&link[0])
        } else {
            link[0].to_owned()
        }
    });
    let text = WORD_DOMAIN.replace_all(&text, |link: &Captures<'_>| {
        let host = link[0].to_lowercase();
        let is_name = |label: &str| {
            label.starts_with(|sign: char| sign.is_ascii_alphabetic())
                && (label.len() >= NAME_LETTERS_MIN
                    || label.contains(|sign: char| !sign.is_ascii_alphabetic()))
        };
        if link.name("path").is_some()
            || HOSTS.contains(&host.as_str())
            || link["labels"].split('.').any(is_name)
        {
            link_masked(&link[0])
        } else {
            link[0].to_owned()
        }
    });
    text.into_owned()
}

/// What ends the sentence is no part of its last word.
fn link_masked(link: &str) -> String {
    let is_sentence = |sign: char| {
        matches!(sign, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '"' | '\'' | '…' | '”' | '»')
    };
    let end = link.trim_end_matches(is_sentence).len();
    format!("{MASK}{}", &link[end..])
}

/// One way to read digits at a place: `digits` are written in the first `bytes`, in groups of the given lengths.
struct Reading<'a> {
    before: &'a str,
    digits: String,
    groups: Vec<usize>,
    bytes: usize,
    after: &'a str,
}

/// The longest number that is looked for: of a card.
const DIGITS_MAX: usize = 19;

fn without_numbers(text: &str, found: fn(&[Reading<'_>]) -> Option<usize>) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(step) = text[at..].find(|sign: char| sign.is_ascii_digit()) {
        let start = at + step;
        clean.push_str(&text[at..start]);
        if let Some(bytes) = found(&readings(text, start)) {
            clean.push_str(MASK);
            at = start + bytes;
        } else {
            at = start + digits_at(&text[start..]);
            clean.push_str(&text[start..at]);
        }
    }
    clean.push_str(&text[at..]);
    clean
}

fn digits_at(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The longest first. Groups are parted by one sign; one that a letter follows (`500k`) is read only as the first.
fn readings(text: &str, start: usize) -> Vec<Reading<'_>> {
    let mut list = Vec::new();
    let (mut digits, mut groups, mut end) = (String::new(), Vec::new(), start);
    loop {
        let group = digits_at(&text[end..]);
        if group == 0 || digits.len() + group > DIGITS_MAX {
            break;
        }
        digits.push_str(&text[end..end + group]);
        groups.push(group);
        end += group;
        let (before, after) = (&text[..start], &text[end..]);
        if groups.len() == 1 || !after.starts_with(char::is_alphanumeric) {
            let (digits, groups) = (digits.clone(), groups.clone());
            list.push(Reading { before, digits, groups, bytes: end - start, after });
        }
        match after.chars().next() {
            Some(sign @ (' ' | '.' | '-' | '\u{a0}')) => end += sign.len_utf8(),
            _ => break,
        }
    }
    list.reverse();
    list
}

impl Reading<'_> {
    /// Not a part of a word, such as of an order's number.
    fn is_apart(&self) -> bool {
        !self.before.ends_with(char::is_alphanumeric)
            && !self.after.starts_with(char::is_alphanumeric)
    }

    fn is_amount(&self) -> bool {
        let in_thousands = self.groups.len() > 1 && self.groups[1..].iter().all(|len| *len == 3);
        CURRENCY.is_match(self.after)
            || (in_thousands && !self.digits.starts_with('0') && self.digits.ends_with("000"))
    }
}

static CURRENCY: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^\s?(?:đ|₫|vnd|vnđ|đồng|dong|k|tr|triệu|trieu|nghìn|nghin|ngàn|ngan)(?:\W|$)")
});

/// Words are looked for in as many characters before a number.
const NEAR_CHARS: usize = 48;

fn near(before: &str) -> String {
    let mut last: Vec<char> = before.chars().rev().take(NEAR_CHARS).collect();
    last.reverse();
    without_marks(&String::from_iter(last).to_lowercase())
}

static ID_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x) (?:^|[^a-z]) (?:cccd|cmnd|cmtnd|cmt|can\ cuoc|chung\ minh|dinh\ danh)
        (?: [\s:=\#(.,-] | \b(?:cong|dan|nhan|thu|nd|so|la|cua|toi|minh|em|anh|chi|tui|the|gan|chip|cu|moi|ca)\b )* $",
    )
});

/// A citizen id: 12 digits, or the older 9, which only a word beside tells from other numbers.
fn id_bytes(readings: &[Reading<'_>]) -> Option<usize> {
    let fits = |reading: &&Reading<'_>| match reading.digits.len() {
        9 => !reading.is_amount() && ID_WORD.is_match(&near(reading.before)),
        12 => is_citizen(reading) || ID_WORD.is_match(&near(reading.before)),
        _ => false,
    };
    readings.iter().find(fits).map(|reading| reading.bytes)
}

/// Province 001 to 096, then 0 to 3 for the century and the sex, in one group or equal ones and not within a longer number.
fn is_citizen(reading: &Reading<'_>) -> bool {
    let mut before = reading.before.chars().rev();
    let is_rest = matches!(before.next(), Some('.' | '-' | ' '))
        && before.next().is_some_and(|sign| sign.is_ascii_digit());
    reading.is_apart()
        && !is_rest
        && matches!(reading.groups.as_slice(), [12] | [3, 3, 3, 3] | [4, 4, 4])
        && ("001"..="096").contains(&&reading.digits[..3])
        && matches!(reading.digits.as_bytes()[3], b'0'..=b'3')
}

/// After these any few words may stand: `stk vcb nguyen van a 0123…`.
static ACCOUNT_NUMBER_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x) (?:^|[^a-z]) (?:stk|so\ ?tk|so\ tai\ khoan)
        (?: [\s:=\#(.,-]* | (?:[\s:=\#(.,-]+[a-z]+){1,6} [\s:=\#(.,-]+ ) $",
    )
});

/// After these only a bank or whose account it is: `tài khoản bị trừ 350000` names an amount.
static ACCOUNT_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x) (?:^|[^a-z]) (?:tai\ khoan|tk)
        (?: [\s:=\#(.,-] | \b(?:so|la|cua|toi|minh|em|anh|chi|shop|tui|ngan|hang|nh|bank|momo|zalopay|vietcombank|vcb
        |techcombank|tcb|mbbank|mb|bidv|acb|vpbank|tpbank|agribank|vietinbank|sacombank|vib|shb|hdbank|ocb|msb|scb)\b )* $",
    )
});

/// A card or an account.
fn card_bytes(readings: &[Reading<'_>]) -> Option<usize> {
    let near = near(readings.first()?.before);
    let account_digits_min = if ACCOUNT_NUMBER_WORD.is_match(&near) {
        6
    } else if ACCOUNT_WORD.is_match(&near) {
        8
    } else {
        usize::MAX
    };
    let fits = |reading: &&Reading<'_>| {
        let is_account = reading.digits.len() >= account_digits_min
            && !reading.is_amount()
            && !reading.digits.ends_with("000");
        is_account || is_card(reading)
    };
    readings.iter().find(fits).map(|reading| reading.bytes)
}

/// Begins as the numbers of banks do (2 to 6, NAPAS 9704), so that few numbers of orders and parcels go with them.
fn is_card(reading: &Reading<'_>) -> bool {
    let is_banks =
        matches!(reading.digits.as_bytes()[0], b'2'..=b'6') || reading.digits.starts_with("9704");
    reading.is_apart()
        && reading.digits.len() >= 13
        && is_banks
        && (reading.groups.len() == 1 || reading.groups[0] == 4)
        && is_luhn(&reading.digits)
}

fn is_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Dates and amounts in thousands.
static DATE_OR_AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x) [0-3]?[0-9][./-][01]?[0-9][./-](?:19|20)[0-9]{2}
        | (?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]
        | [1-9][0-9]{0,2}(?:[.,][0-9]{3})+",
    )
});

/// Dates and amounts are kept from being read as phone numbers with what follows them: `350.000-500.000`,
/// `3.10.2026 15:30`.
fn without_phones(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for number in DATE_OR_AMOUNT.find_iter(text) {
        if stays(&text[from..number.start()], number, &text[number.end()..]) {
            clean.push_str(&phone::masked(&text[from..number.start()]));
            clean.push_str(number.as_str());
            from = number.end();
        }
    }
    clean.push_str(&phone::masked(&text[from..]));
    clean
}

/// No longer than the longest spelling that [`phone::masked`] reads.
const PHONE_CHARS: usize = 40;

/// A whole number by itself, neither the rest of a phone number nor one in thousands (`912.345.678`).
fn stays(before: &str, number: Match<'_>, after: &str) -> bool {
    let goes_on = |mut signs: std::str::Chars<'_>, back: bool| {
        let mut next = || if back { signs.next_back() } else { signs.next() };
        match next() {
            Some('.' | ',') => next().is_some_and(|sign| sign.is_ascii_digit()),
            Some(sign) => sign.is_ascii_digit(),
            None => false,
        }
    };
    if goes_on(before.chars(), true) || goes_on(after.chars(), false) {
        return false;
    }
    let is_part =
        |sign: char| matches!(sign, '0'..='9' | ' ' | '.' | '-' | '(' | ')' | '+' | '\u{a0}');
    let run_start = before.char_indices().rev().take(PHONE_CHARS).take_while(|(_, c)| is_part(*c));
    let run = &before[run_start.last().map_or(before.len(), |(at, _)| at)..];
    let begins_phone = |group: &str| group.starts_with('0') || group.starts_with("84");
    if run.contains('+') || run.split(|sign: char| !sign.is_ascii_digit()).any(begins_phone) {
        return false;
    }
    let digits = number.as_str().bytes().filter(u8::is_ascii_digit).count();
    !matches!(digits, 9 | 11) || number.as_str().ends_with("000") || CURRENCY.is_match(after)
}

/// A word of a text, or a number, in every form that it can be meant in.
struct Token {
    forms: Vec<String>,
    /// Begins or ends a clause.
    begins: bool,
    ends: bool,
    /// A letter by itself as it was typed, and the one sign before it.
    letter: Option<char>,
    sign_before: Option<char>,
}

/// What stands for any number among the words of a text.
const NUMBER: &str = "0";

/// A star or two stand for letters (`f**k`); three are a mask.
static WORD: LazyLock<Regex> = LazyLock::new(|| regex(r"[\w@]+(?:\*{1,2}[\w@]+)*"));

fn is_profane(text: &str) -> bool {
    let tokens = tokens(text);
    let said: HashSet<&str> =
        tokens.iter().flat_map(|token| &token.forms).map(String::as_str).collect();
    let words = &*WORDS;
    let mut innocent = vec![false; tokens.len()];
    for at in 0..tokens.len() {
        if let Some(count) = words.innocent.matching(&tokens, at, &said).max() {
            innocent[at..at + count].fill(true);
        }
    }
    let is_vulgar = |at| {
        words
            .vulgar
            .matching(&tokens, at, &said)
            .any(|count| !innocent[at..at + count].iter().any(|innocent| *innocent))
    };
    (0..tokens.len()).any(is_vulgar)
        || spelled(&tokens).any(|word| words.vulgar.matching(&[word], 0, &said).next().is_some())
}

fn tokens(text: &str) -> Vec<Token> {
    let mut list: Vec<Token> = Vec::new();
    let mut end = 0;
    for found in WORD.find_iter(text) {
        let word = found.as_str().trim_start_matches(['_', '@']);
        let start = found.end() - word.len();
        let word = word.trim_end_matches(['_', '@']);
        if word.is_empty() {
            continue;
        }
        let gap = &text[end..start];
        end = start + word.len();
        let begins = list.is_empty()
            || gap.contains(MASK)
            || gap.contains(['.', ',', '!', '?', ';', ':', '(', ')', '…', '\n']);
        if let Some(last) = list.last_mut() {
            last.ends = begins;
        }
        let mut signs = gap.chars();
        let sign_before = signs.next().filter(|_| signs.next().is_none());
        let rest = word.trim_start_matches(|sign: char| sign.is_ascii_digit());
        if rest.len() < word.len() {
            let forms = vec![NUMBER.to_owned()];
            list.push(Token { forms, begins, ends: false, letter: None, sign_before });
        }
        if !rest.is_empty() {
            let apart = rest.len() == word.len();
            let first = rest.chars().next().filter(|sign| sign.is_alphabetic());
            list.push(Token {
                forms: forms(rest),
                begins: begins && apart,
                ends: false,
                letter: first.filter(|first| rest.chars().all(|sign| sign == *first)),
                sign_before: sign_before.filter(|_| apart),
            });
        }
    }
    if let Some(last) = list.last_mut() {
        last.ends = true;
    }
    list
}

/// As typed, without signs between the letters, with `0`, `1` and `@` as letters, and with letters held down let go.
fn forms(word: &str) -> Vec<String> {
    let typed: String = word.to_lowercase().nfc().collect();
    let mut list = vec![typed.replace(['*', '_'], ""), typed];
    for at in 0..list.len() {
        list.push(list[at].replace('0', "o").replace('1', "i").replace('@', "a"));
    }
    for at in 0..list.len() {
        list.push(held(&list[at], 1));
        list.push(held(&list[at], 2));
    }
    for form in &mut list {
        *form = letters(form);
    }
    list.sort();
    list.dedup();
    list
}

/// `word` with no letter more than `count` times in a row.
fn held(word: &str, count: usize) -> String {
    let mut last = None;
    let mut times = 0;
    word.chars()
        .filter(|sign| {
            times = if last == Some(*sign) { times + 1 } else { 1 };
            last = Some(*sign);
            times <= count
        })
        .collect()
}

/// Words that are typed as single letters (`đ.m`, `đ m`). Not `350.000 đ m ơi`, and not the `Đ.M.` of a name.
fn spelled(tokens: &[Token]) -> impl Iterator<Item = Token> {
    let joins = |at: usize| {
        at > 0
            && at < tokens.len()
            && tokens[at - 1].letter.is_some()
            && tokens[at].letter.is_some()
            && matches!(tokens[at].sign_before, Some(' ' | '.' | '-'))
    };
    (0..tokens.len()).filter(move |at| !joins(*at) && joins(at + 1)).filter_map(move |start| {
        let count = (start + 1..=tokens.len()).find(|at| !joins(*at))? - start;
        let row = &tokens[start..start + count];
        let is_price = start > 0
            && !row[0].begins
            && tokens[start - 1].forms.iter().any(|form| form == NUMBER);
        let letters_typed: Vec<char> = row.iter().filter_map(|token| token.letter).collect();
        let sign = row[1].sign_before?;
        let is_name = sign == '.' && letters_typed.iter().all(|letter| letter.is_uppercase());
        let small: Vec<String> =
            letters_typed.iter().map(|letter| letter.to_lowercase().collect()).collect();
        let forms = vec![letters(&small.concat()), letters(&small.join(&sign.to_string()))];
        (!is_price && !is_name).then_some(Token {
            forms,
            begins: false,
            ends: false,
            letter: None,
            sign_before: None,
        })
    })
}

/// Letters and marks apart; `đ` is a `d` with a mark, so that a word can be typed with some of its marks.
fn letters(word: &str) -> String {
    word.replace('đ', "d\u{335}").nfd().collect()
}

fn plain(letters: &str) -> String {
    letters.chars().filter(|sign| !is_combining_mark(*sign)).collect()
}

/// A word of a pattern.
struct Written {
    letters: String,
    /// Means the word with all its marks.
    is_exact: bool,
}

impl Written {
    fn read(text: &str) -> Self {
        let word = text.strip_prefix('\'');
        Self { letters: letters(word.unwrap_or(text)), is_exact: word.is_some() }
    }

    fn is(&self, token: &Token) -> bool {
        token.forms.iter().any(|form| {
            *form == self.letters || (!self.is_exact && has_fewer_marks(form, &self.letters))
        })
    }
}

fn has_fewer_marks(form: &str, full: &str) -> bool {
    let mut rest = form.chars().peekable();
    full.chars().all(|sign| rest.next_if_eq(&sign).is_some() || is_combining_mark(sign))
        && rest.next().is_none()
}

/// A line of `words.txt`, which says how to read it.
struct Pattern {
    begins: bool,
    words: Vec<Vec<Written>>,
    ends: bool,
    /// As they are typed with their marks and without any.
    unless: Vec<String>,
}

impl Pattern {
    fn read(line: &str) -> Self {
        let (line, unless) = line.split_once('~').unwrap_or((line, ""));
        let mut parts: Vec<&str> = line.split_whitespace().collect();
        let begins = parts.first() == Some(&"^");
        let ends = parts.last() == Some(&"$");
        parts.retain(|part| !matches!(*part, "^" | "$"));
        let alternatives = |part: &str| part.split('|').map(Written::read).collect::<Vec<_>>();
        Self {
            begins,
            words: parts.into_iter().map(alternatives).collect(),
            ends,
            unless: unless
                .trim()
                .split('|')
                .filter(|word| !word.is_empty())
                .flat_map(|word| [letters(word), plain(&letters(word))])
                .collect(),
        }
    }

    fn matches(&self, tokens: &[Token], at: usize, said: &HashSet<&str>) -> bool {
        let Some(row) = tokens.get(at..at + self.words.len()) else {
            return false;
        };
        (!self.begins || row.first().is_some_and(|token| token.begins))
            && (!self.ends || row.last().is_some_and(|token| token.ends))
            && row.iter().skip(1).all(|token| !token.begins)
            && row.iter().zip(&self.words).all(|(token, words)| words.iter().any(|w| w.is(token)))
            && !self.unless.iter().any(|word| said.contains(word.as_str()))
    }
}

/// Patterns under the letters of their first words.
#[derive(Default)]
struct Index(HashMap<String, Vec<Pattern>>);

impl Index {
    fn add(&mut self, line: &str) {
        let mut firsts: Vec<String> =
            Pattern::read(line).words[0].iter().map(|word| plain(&word.letters)).collect();
        firsts.sort();
        firsts.dedup();
        for first in firsts {
            self.0.entry(first).or_default().push(Pattern::read(line));
        }
    }

    /// How many words each pattern that matches at a place is long.
    fn matching(
        &self,
        tokens: &[Token],
        at: usize,
        said: &HashSet<&str>,
    ) -> impl Iterator<Item = usize> {
        tokens[at]
            .forms
            .iter()
            .filter_map(|form| self.0.get(&plain(form)))
            .flatten()
            .filter(move |pattern| pattern.matches(tokens, at, said))
            .map(|pattern| pattern.words.len())
    }
}

struct Words {
    vulgar: Index,
    innocent: Index,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words { vulgar: Index::default(), innocent: Index::default() };
    for line in include_str!("moderation/words.txt").lines() {
        match line.strip_prefix("- ") {
            Some(line) => words.innocent.add(line),
            None if line.is_empty() || line.starts_with('#') => {}
            None => words.vulgar.add(line),
        }
    }
    words
});
