//! A Vietnamese phone number in every spelling that sources use, kept as `84…`.
//!
//! Source: Zalo's phone channel takes `84987654321` or `+84987654321`, so everything is normalised (ZBS "send by phone",
//! read 2026-11). Mobile: `84` and nine digits that begin with 3, 5, 7, 8 or 9. Fixed: `84`, `2` and nine digits (area code
//! and number). Not here: numbers of other countries, and the eleven-digit mobiles that were renumbered in 2018.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::subject::Subject;

/// A valid Vietnamese number. `Debug` hides all but the last three digits; only [`Phone::digits`] tells the whole.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    digits: String,
}

/// What kind of line it is: Zalo accounts live on mobiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Can have a Zalo account.
    Mobile,
    /// A land line: no Zalo, no SMS.
    Fixed,
}

/// Why a text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    /// A letter or another sign that no spelling uses.
    #[error("a phone number holds digits, spaces, dots, dashes and brackets")]
    Sign,
    /// Another country's number.
    #[error("not a Vietnamese number: it must begin with 0, 84 or +84")]
    Country,
    /// Too few or too many digits, or a prefix that is not in use.
    #[error("neither a mobile nor a fixed Vietnamese number")]
    Shape,
}

/// Longest text that is looked at: a number with generous punctuation.
const SPELLING_MAX: usize = 40;

impl Phone {
    /// Reads one of the usual spellings: `0912 345 678`, `+84 912.345.678`, `84912345678`, `(028) 3823-4567`, `0084…`,
    /// `912345678`.
    ///
    /// # Errors
    /// Says which rule the text breaks, without quoting it.
    pub fn parse(text: &str) -> Result<Self, BadPhone> {
        if text.len() > SPELLING_MAX {
            return Err(BadPhone::Shape);
        }
        let text = text.trim();
        let (plus, rest) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut digits = String::new();
        for sign in rest.chars() {
            match sign {
                '0'..='9' => digits.push(sign),
                ' ' | '.' | '-' | '(' | ')' | '\u{a0}' => {}
                _ => return Err(BadPhone::Sign),
            }
        }
        let national = if plus {
            digits.strip_prefix("84").ok_or(BadPhone::Country)?
        } else if let Some(rest) = digits.strip_prefix("0084") {
            rest
        } else if let Some(rest) = digits.strip_prefix('0') {
            rest
        } else if digits.len() > 9 {
            digits.strip_prefix("84").ok_or(BadPhone::Country)?
        } else {
            &digits
        };
        // `+84 (0)912…` keeps the trunk zero.
        let national = national.strip_prefix('0').unwrap_or(national);
        match (national.len(), national.as_bytes().first()) {
            (9, Some(b'3' | b'5' | b'7' | b'8' | b'9')) | (10, Some(b'2')) => {
                Ok(Self { digits: format!("84{national}") })
            }
            _ => Err(BadPhone::Shape),
        }
    }

    /// The number as Zalo wants it: `84` and the national digits. Never to be logged or put into a key.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Mobile or fixed.
    pub fn line(&self) -> Line {
        match self.digits.as_bytes()[2] {
            b'2' => Line::Fixed,
            _ => Line::Mobile,
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone(…{})", &self.digits[self.digits.len() - 3..])
    }
}

/// What stands in the place of a number that is taken out of a text.
const MASK: &str = "***";

/// `text` with the numbers of phones in it taken out, in every spelling that [`Phone::parse`] reads. A few other numbers of nine
/// digits go with them.
pub fn masked(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let begins = matches!(first, '0'..='9' | '+' | '(')
            && !before.is_some_and(|sign: char| sign.is_ascii_digit());
        if let Some(bytes) = begins.then(|| number_bytes(rest)).flatten() {
            clean.push_str(MASK);
            rest = &rest[bytes..];
            before = Some('*');
        } else {
            clean.push(first);
            rest = &rest[first.len_utf8()..];
            before = Some(first);
        }
    }
    clean
}

/// How many bytes of a number `text` begins with; the longest that is one.
fn number_bytes(text: &str) -> Option<usize> {
    let is_part =
        |sign: char| matches!(sign, '0'..='9' | ' ' | '.' | '-' | '(' | ')' | '+' | '\u{a0}');
    // A sign has two bytes at most.
    let near = text.char_indices().take(SPELLING_MAX + 1).find(|(_, sign)| !is_part(*sign));
    let far = text.char_indices().nth(SPELLING_MAX + 1);
    let run = near.or(far).map_or(text.len(), |(at, _)| at);
    let mut ends: Vec<usize> = text[..run]
        .char_indices()
        .filter(|(_, sign)| sign.is_ascii_digit())
        .map(|(at, _)| at + 1)
        .take_while(|end| *end <= SPELLING_MAX)
        .filter(|end| !text.as_bytes().get(*end).is_some_and(u8::is_ascii_digit))
        .collect();
    ends.reverse();
    ends.into_iter().find(|end| Phone::parse(&text[..*end]).is_ok())
}

/// A tenant's secret for turning numbers into keys. Changing it makes every known number a stranger.
#[derive(Clone)]
pub struct Pepper(Vec<u8>);

impl Pepper {
    /// Fewest bytes of a pepper: as many as the key has.
    pub const BYTES_MIN: usize = 16;

    /// Takes the secret; `None` when it is shorter than [`Pepper::BYTES_MIN`].
    pub fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::BYTES_MIN).then(|| Self(secret.to_vec()))
    }

    /// A key of its own for another use of the secret, so that what is signed for one is worth nothing for another.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(b"derive ");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The number's key: the first 32 hex characters of HMAC-SHA256 over `84…`.
    pub fn key(&self, phone: &Phone) -> PhoneKey {
        PhoneKey(data_encoding::HEXLOWER.encode(&self.mac(&phone.digits)[..16]))
    }

    /// What stands for a subject that has been erased: 64 hex characters of HMAC-SHA256 over the subject as it prints. It tells
    /// who comes again, and nobody who it was.
    pub fn seal(&self, subject: &Subject) -> String {
        data_encoding::HEXLOWER.encode(&self.mac(&subject.to_string()))
    }

    /// What stands for a subject where something outlives its erasure: 64 hex characters. Not to be had from the subject without the
    /// secret, nor from the [`seal`](Self::seal) that an erasure leaves.
    pub fn pseudonym(&self, subject: &Subject) -> String {
        data_encoding::HEXLOWER.encode(&self.derive(&format!("pseudonym {subject}")))
    }

    fn mac(&self, text: &str) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

/// What stands for a number in keys and logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneKey(String);

impl PhoneKey {
    /// Reads a key back; `None` unless it is 32 lower-case hex characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_mobile_is_the_same_number() {
        for spelling in [
            "0912345678",
            "0912 345 678",
            "0912.345.678",
            "0912-345-678",
            "(091) 234 5678",
            "84912345678",
            "+84912345678",
            "+84 912 345 678",
            "+84 (0)912 345 678",
            "0084912345678",
            "912345678",
            " 0912345678 ",
            "0912\u{a0}345\u{a0}678",
        ] {
            let phone = Phone::parse(spelling).unwrap_or_else(|e| panic!("{spelling}: {e}"));
            assert_eq!(phone.digits(), "84912345678", "{spelling}");
            assert_eq!(phone.line(), Line::Mobile);
        }
    }

    #[test]
    fn a_number_in_a_text_is_masked_and_other_numbers_stay() {
        for (text, clean) in [
            ("gọi 0912 345 678 nhé", "gọi *** nhé"),
            ("0912345678", "***"),
            ("sdt0912.345.678.", "sdt***."),
            ("5 sao, +84 (0)912 345 678!", "5 sao, ***!"),
            ("(028) 3823-4567 hoặc 84912345678", "*** hoặc ***"),
            ("2 0912345678 3", "2 *** 3"),
            ("đơn DH0001 giá 350000, 5*", "đơn DH0001 giá 350000, 5*"),
            ("20912345678901234", "20912345678901234"),
            ("", ""),
        ] {
            assert_eq!(masked(text), clean, "{text}");
            assert_eq!(masked(clean), clean, "once is enough: {text}");
        }
    }

    #[test]
    fn a_land_line_is_told_apart() {
        for spelling in ["028 3823 4567", "+84 28 3823 4567", "842838234567", "(028) 3823-4567"] {
            let phone = Phone::parse(spelling).unwrap();
            assert_eq!((phone.digits(), phone.line()), ("842838234567", Line::Fixed), "{spelling}");
        }
    }

    #[test]
    fn what_is_not_a_vietnamese_number_is_refused_with_its_reason() {
        for (text, why) in [
            ("", BadPhone::Shape),
            ("091234567", BadPhone::Shape),
            ("09123456789", BadPhone::Shape),
            ("0112345678", BadPhone::Shape),
            ("0612345678", BadPhone::Shape),
            ("+1 212 555 0100", BadPhone::Country),
            ("12125550100", BadPhone::Country),
            ("0912345abc", BadPhone::Sign),
            ("0912345678; drop", BadPhone::Sign),
            ("٠٩١٢٣٤٥٦٧٨", BadPhone::Sign),
            (&"0".repeat(500), BadPhone::Shape),
        ] {
            assert_eq!(Phone::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn debug_shows_three_digits_only() {
        assert_eq!(format!("{:?}", Phone::parse("0912345678").unwrap()), "Phone(…678)");
    }

    #[test]
    fn a_key_hangs_on_the_pepper_and_says_nothing_of_the_number() {
        let phone = Phone::parse("0912345678").unwrap();
        let key = |secret: &[u8]| Pepper::new(secret).unwrap().key(&phone);
        assert_eq!(key(b"0123456789abcdef"), key(b"0123456789abcdef"));
        assert_ne!(key(b"0123456789abcdef"), key(b"0123456789abcdeF"));
        assert_eq!(
            PhoneKey::parse(key(b"0123456789abcdef").as_str()),
            Some(key(b"0123456789abcdef"))
        );
        assert!(Pepper::new(b"short").is_none());
    }

    #[test]
    fn each_use_of_a_pepper_has_a_key_of_its_own() {
        let derived = |secret: &[u8], purpose| Pepper::new(secret).unwrap().derive(purpose);
        assert_eq!(derived(b"0123456789abcdef", "a"), derived(b"0123456789abcdef", "a"));
        assert_ne!(derived(b"0123456789abcdef", "a"), derived(b"0123456789abcdef", "b"));
        assert_ne!(derived(b"0123456789abcdef", "a"), derived(b"0123456789abcdeF", "a"));
    }

    #[test]
    fn a_seal_hangs_on_the_pepper_and_on_the_whole_subject() {
        let seal = |secret: &[u8], subject: &str| {
            Pepper::new(secret).unwrap().seal(&Subject::parse(subject).unwrap())
        };
        let one = seal(b"0123456789abcdef", "order:DH0001");
        assert_eq!(one.len(), 64);
        assert_eq!(one, seal(b"0123456789abcdef", "order:DH0001"));
        assert_ne!(one, seal(b"0123456789abcdeF", "order:DH0001"));
        assert_ne!(one, seal(b"0123456789abcdef", "order:DH0002"));
    }

    #[test]
    fn a_pseudonym_hangs_on_the_pepper_and_cannot_be_had_from_the_seal() {
        let pepper = |secret: &[u8]| Pepper::new(secret).unwrap();
        let subject = Subject::parse("order:DH0001").unwrap();
        let one = pepper(b"0123456789abcdef").pseudonym(&subject);
        assert_eq!(one.len(), 64);
        assert_eq!(one, pepper(b"0123456789abcdef").pseudonym(&subject));
        assert_ne!(one, pepper(b"0123456789abcdeF").pseudonym(&subject));
        assert_ne!(one, pepper(b"0123456789abcdef").seal(&subject));
    }
}
