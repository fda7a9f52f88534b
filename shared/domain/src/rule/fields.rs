//! The fields of one entry of a file, and the shapes of what stands in them: ids, event kinds, durations.

use jiff::SignedDuration;

use super::document::{Key, Node, Problems};

/// Longest duration, in days: a year and a day, so that a yearly gate fits.
pub const DAYS_MAX: i64 = 366;

/// Reads `30m`, `24h`, `7d`: a whole number above zero and a unit.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let (digits, seconds) = match text.as_bytes().last()? {
        b'm' => (text.strip_suffix('m')?, 60),
        b'h' => (text.strip_suffix('h')?, 3_600),
        b'd' => (text.strip_suffix('d')?, 86_400),
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: i64 = digits.parse().ok()?;
    let seconds = count.checked_mul(seconds)?;
    (1..=DAYS_MAX * 86_400).contains(&seconds).then(|| SignedDuration::from_secs(seconds))
}

/// The fields of one entry, taken by name; what stands there besides is a problem.
pub struct Fields<'n> {
    /// Where the entry begins.
    pub line: usize,
    what: &'static str,
    entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    /// Opens an entry that may have the fields `known`.
    pub fn of(
        node: &'n Node,
        what: &'static str,
        known: &[&str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let entries = node.map(what, problems)?;
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            let name = problems.stray(&key.name);
            let message = format!("{what} has no field {name}; it has {}", known.join(", "));
            problems.add("unknown_field", key.line, message);
        }
        Some(Self { line: node.line, what, entries })
    }

    /// A field that may be left out.
    pub fn optional(&self, name: &str) -> Option<&'n Node> {
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        Some(node)
    }

    /// A field that may be left out, read by `read`: `Some(None)` when it is, `None` when it is there and wrong.
    pub fn optional_as<T>(
        &self,
        name: &str,
        read: impl FnOnce(&'n Node) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.optional(name) {
            None => Some(None),
            Some(node) => read(node).map(Some),
        }
    }

    /// A field that must be there.
    pub fn required(&self, name: &str, problems: &mut Problems) -> Option<&'n Node> {
        let node = self.optional(name);
        if node.is_none() {
            problems.add("missing_field", self.line, format!("{} needs `{name}`", self.what));
        }
        node
    }

    /// A text field that must be there.
    pub fn required_text(&self, name: &str, problems: &mut Problems) -> Option<&'n str> {
        self.required(name, problems)?.text(&format!("`{name}`"), problems)
    }

    /// An id that must be there: lower-case letters, digits and dashes.
    pub fn id(&self, name: &str, problems: &mut Problems) -> Option<&'n str> {
        let node = self.required(name, problems)?;
        let id = node.text(&format!("`{name}`"), problems)?;
        if !is_id(id) {
            let message = format!(
                "`{name}` must be 1 to {ID_CHARS_MAX} lower-case letters, digits and single dashes"
            );
            problems.add("bad_id", node.line, message);
            return None;
        }
        Some(id)
    }
}

/// Longest id that a person gives to a rule, step, template or tenant; two of them and a date make a key.
const ID_CHARS_MAX: usize = 48;

/// Whether `text` can stand in keys and URLs: `delivered-guide`.
pub fn is_id(text: &str) -> bool {
    let sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= ID_CHARS_MAX
        && text.split('-').all(|part| !part.is_empty() && part.bytes().all(sign))
}

/// Longest event kind.
const KIND_CHARS_MAX: usize = 64;

/// Whether `text` is a well-formed event kind: `shipment.out_for_delivery`.
pub fn is_kind(text: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
    };
    text.len() <= KIND_CHARS_MAX
        && text.split_once('.').is_some_and(|(noun, verb)| word(noun) && word(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_and_have_a_unit() {
        for (text, seconds) in [
            ("30m", Some(1_800)),
            ("24h", Some(86_400)),
            ("366d", Some(31_622_400)),
            ("367d", None),
            ("0h", None),
            ("-1h", None),
            ("+1h", None),
            ("1.5h", None),
            ("1 h", None),
            ("h", None),
            ("", None),
            ("90", None),
            ("1giờ", None),
            ("99999999999999999999d", None),
            ("9223372036854775807d", None),
        ] {
            assert_eq!(duration(text).map(|d| d.as_secs()), seconds, "{text}");
        }
    }

    #[test]
    fn ids_and_kinds_have_their_signs() {
        for (text, fits) in [
            ("delivered-guide", true),
            ("a1", true),
            ("", false),
            ("-a", false),
            ("a--b", false),
            ("Giao", false),
            ("a#b", false),
            (&"a".repeat(49), false),
        ] {
            assert_eq!(is_id(text), fits, "{text}");
        }
        for (text, fits) in [
            ("shipment.out_for_delivery", true),
            ("customer.tier_changed", true),
            ("shipment", false),
            ("a.b.c", false),
            (".b", false),
            ("A.b", false),
            ("1.b", false),
        ] {
            assert_eq!(is_kind(text), fits, "{text}");
        }
    }
}
