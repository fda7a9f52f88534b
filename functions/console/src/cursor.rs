//! Where the next page of a list begins, as it stands in an address: opaque, and good for lists of its kind alone.

use data_encoding::BASE64URL_NOPAD;

use crate::Problem;

/// Longest cursor that is looked at, in characters.
const CURSOR_CHARS_MAX: usize = 1_024;

/// A kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of the lines of a timeline.
    Timeline,
    /// Of the notifications of one rule.
    Rule,
    /// Of notifications in some states, of all rules.
    States,
    /// Of a list that is kept row by row.
    Listed,
    /// Of the events that wait for their customer.
    Parked,
    /// Of the entries of an account.
    Entries,
    /// Of the places of a board.
    Places,
    /// Of cases.
    Cases,
    /// Of answers to a survey.
    Answers,
}

impl Kind {
    fn letter(self) -> &'static str {
        match self {
            Self::Timeline => "t",
            Self::Rule => "r",
            Self::States => "s",
            Self::Listed => "l",
            Self::Parked => "p",
            Self::Entries => "e",
            Self::Places => "b",
            Self::Cases => "c",
            Self::Answers => "a",
        }
    }

    /// A place of such a list, for an address.
    pub(crate) fn write(self, place: &str) -> String {
        BASE64URL_NOPAD.encode(format!("{}{place}", self.letter()).as_bytes())
    }

    /// The place that an address names; `None` when it names none, which is the beginning.
    pub(crate) fn read<T>(
        self,
        cursor: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        if cursor.is_empty() {
            return Ok(None);
        }
        let bytes = Some(cursor).filter(|cursor| cursor.len() <= CURSOR_CHARS_MAX);
        let bytes = bytes.and_then(|cursor| BASE64URL_NOPAD.decode(cursor.as_bytes()).ok());
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text.as_deref().and_then(|text| parse(text.strip_prefix(self.letter())?));
        place.map(Some).ok_or(Problem::BadCursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_cursor_is_good_for_its_own_kind_alone_and_the_empty_one_is_the_beginning() {
        let cursor = Kind::Rule.write("1795137600000.x");
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert_eq!(Kind::Rule.read(&cursor, any).unwrap().as_deref(), Some("1795137600000.x"));
        assert_eq!(Kind::Rule.read("", any).unwrap(), None);
        for (kind, text) in [
            (Kind::Listed, cursor.as_str()),
            (Kind::Rule, "x"),
            (Kind::Rule, "1795137600000.x"),
            (Kind::Rule, "____"),
            (Kind::Rule, &"A".repeat(CURSOR_CHARS_MAX + 4)),
        ] {
            assert!(matches!(kind.read(text, any), Err(Problem::BadCursor)), "{text}");
        }
        let refused = Kind::Rule.read(&cursor, |_| None::<String>);
        assert!(matches!(refused, Err(Problem::BadCursor)));
    }
}
