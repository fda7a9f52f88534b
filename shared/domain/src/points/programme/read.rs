//! What the entries of a programme have in common: ids, names, numbers within bounds, dates.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::CurrencyTerms;
use crate::{
    points::{Currency, POINTS_MAX, Points},
    rule::{Condition, Fields, Node, Problems, is_kind, quoted},
    text::clean,
};

/// Longest name that customers see, in characters.
const NAME_CHARS_MAX: usize = 60;

/// Reads a list that may be left out.
pub fn each<'n, T>(
    fields: &Fields<'n>,
    name: &str,
    max: usize,
    problems: &mut Problems,
    mut read: impl FnMut(&'n Node, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let Some(node) = fields.optional(name) else { return Vec::new() };
    let entries = node.list(&format!("`{name}`"), problems);
    if entries.len() > max {
        problems.add("too_long", node.line, format!("`{name}` has at most {max} entries"));
    }
    entries.iter().filter_map(|entry| read(entry, problems)).collect()
}

/// The id of an entry, which no other of its list has.
pub fn id<'n>(
    fields: &Fields<'n>,
    ids: &mut Vec<&'n str>,
    problems: &mut Problems,
) -> Option<&'n str> {
    let id = fields.id("id", problems)?;
    once(id, fields.line, ids, problems);
    Some(id)
}

/// Notes a word that may stand once.
pub fn once<'n>(word: &'n str, line: usize, words: &mut Vec<&'n str>, problems: &mut Problems) {
    if words.contains(&word) {
        problems.add("duplicate_id", line, format!("{} stands here twice", quoted(word)));
    }
    words.push(word);
}

/// A name that customers see.
pub fn name(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let node = fields.required("name", problems)?;
    let name = clean(node.text("`name`", problems)?);
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        let message = format!("`name` must have 1 to {NAME_CHARS_MAX} characters");
        problems.add("too_long", node.line, message);
        return None;
    }
    Some(name)
}

/// A whole number within bounds.
pub fn whole(
    node: &Node,
    what: &str,
    range: RangeInclusive<u32>,
    problems: &mut Problems,
) -> Option<u32> {
    let number = node.whole_number(what, problems)?;
    let number = u32::try_from(number).ok().filter(|number| range.contains(number));
    if number.is_none() {
        let message = format!("{what} must be {} to {}", range.start(), range.end());
        problems.add("bad_number", node.line, message);
    }
    number
}

/// A number of points, `least` or more.
pub fn points(node: &Node, what: &str, least: u64, problems: &mut Problems) -> Option<Points> {
    let number = node.whole_number(what, problems)?;
    let points = Points::new(number).filter(|points| points.get() >= least);
    if points.is_none() {
        let message = format!("{what} must be {least} to {POINTS_MAX} points");
        problems.add("bad_number", node.line, message);
    }
    points
}

/// A number of points that may be left out.
pub fn optional_points(
    fields: &Fields<'_>,
    name: &str,
    problems: &mut Problems,
) -> Option<Option<Points>> {
    fields.optional_as(name, |node| points(node, &format!("`{name}`"), 1, problems))
}

/// A whole number that may be left out.
pub fn optional_whole(
    fields: &Fields<'_>,
    name: &str,
    range: RangeInclusive<u32>,
    problems: &mut Problems,
) -> Option<Option<u32>> {
    fields.optional_as(name, |node| whole(node, &format!("`{name}`"), range, problems))
}

/// A yes or no that may be left out, for no.
pub fn flag(fields: &Fields<'_>, name: &str, problems: &mut Problems) -> Option<bool> {
    let read = fields.optional_as(name, |node| node.truth(&format!("`{name}`"), problems))?;
    Some(read.unwrap_or(false))
}

/// A day of the calendar: `2026-11-20`.
pub fn date(node: &Node, what: &str, problems: &mut Problems) -> Option<Date> {
    let text = node.text(what, problems)?;
    let date = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
    if date.is_none() {
        problems.add("bad_date", node.line, format!("{what} must be a day such as 2026-11-20"));
    }
    date
}

/// That a stretch of days does not end before it begins.
pub fn in_order(from: Date, until: Date, line: usize, problems: &mut Problems) {
    if until < from {
        problems.add("bad_date", line, "`until` is the last day and cannot be before `from`");
    }
}

/// A currency that the programme has.
pub fn currency(
    fields: &Fields<'_>,
    known: &[CurrencyTerms],
    problems: &mut Problems,
) -> Option<Currency> {
    let node = fields.required("currency", problems)?;
    let name = node.text("`currency`", problems)?;
    let found = known.iter().find(|terms| terms.id.as_str() == name);
    if found.is_none() {
        let message = format!("there is no currency {}", quoted(name));
        problems.add("unknown_currency", node.line, message);
    }
    found.map(|terms| terms.id.clone())
}

/// The event kind that an entry waits for.
pub fn kind(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let node = fields.required("on", problems)?;
    let kind = node.text("`on`", problems)?;
    if !is_kind(kind) {
        let message = "`on` must be an event kind such as payment.matched";
        problems.add("bad_kind", node.line, message);
        return None;
    }
    Some(kind.to_owned())
}

/// A condition on the facts of an event of `kind`.
pub fn condition(node: &Node, kind: &str, problems: &mut Problems) -> Option<Condition> {
    let source = node.text("`when`", problems)?;
    match Condition::compile(source, kind) {
        Ok(condition) => Some(condition),
        Err(wrong) => {
            for (code, message) in wrong {
                problems.add(code, node.line, format!("`when`: {message}"));
            }
            None
        }
    }
}
