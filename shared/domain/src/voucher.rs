//! Codes of vouchers: what a customer types at the till or into a shop's page.

use std::fmt;

use crate::text::clean;

/// Longest code, in characters: more is not typed by anybody.
const CODE_CHARS_MAX: usize = 40;

/// One code of a pool, in NFC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Nothing is there.
    #[error("a code has at least one character")]
    Empty,
    /// It is too long.
    #[error("a code has at most {CODE_CHARS_MAX} characters")]
    TooLong,
    /// A space, a control character or `#`.
    #[error("a code has neither spaces nor `#`")]
    BadCharacter,
}

impl BadCode {
    /// A stable word for lists and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty_code",
            Self::TooLong => "long_code",
            Self::BadCharacter => "bad_code",
        }
    }
}

impl Code {
    /// Reads a code; spaces around it are no part of it.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadCode> {
        let code = clean(text);
        match code.chars().count() {
            0 => Err(BadCode::Empty),
            1..=CODE_CHARS_MAX if code.contains(|c: char| c.is_whitespace() || c == '#') => {
                Err(BadCode::BadCharacter)
            }
            1..=CODE_CHARS_MAX => Ok(Self(code)),
            _ => Err(BadCode::TooLong),
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_what_a_person_can_type() {
        for (text, code) in [
            (" SOM-0001\r", Ok("SOM-0001")),
            ("giảm10%", Ok("giảm10%")),
            ("gia\u{0309}m", Ok("giảm")),
            ("", Err(BadCode::Empty)),
            (" \t", Err(BadCode::Empty)),
            ("A B", Err(BadCode::BadCharacter)),
            ("A#B", Err(BadCode::BadCharacter)),
            ("A\u{a0}B", Err(BadCode::BadCharacter)),
            (&"A".repeat(41), Err(BadCode::TooLong)),
        ] {
            let read = Code::parse(text);
            assert_eq!(read.as_ref().map(Code::as_str), code.as_ref().copied(), "{text:?}");
        }
    }
}
