//! A case: something that a customer was not content with, and that a person of the business sees to.
//!
//! A rule opens it. Whoever sees to it takes it, notes what happens, and closes it by saying what was done, which is what the
//! customer is told. A customer has at most one open case: what displeases them meanwhile joins it.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    id::{CustomerId, EffectId, EventId},
    text::{clean, shortened},
};

/// Longest text of a case, in characters: what a customer may write into an answer.
pub const CASE_TEXT_MAX: usize = 1_000;
/// Longest word on what was done, in characters: it has to fit into a message.
pub const DONE_MAX: usize = 200;
/// Longest name of who sees to it, in characters.
pub const OWNER_MAX: usize = 80;
/// Most notes; what joins a case beyond them is not kept apart.
pub const NOTES_MAX: usize = 50;
/// How long after a deadline, or after the last time that it was said, staff is reminded again.
pub const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Nobody sees to it yet.
    Open,
    /// Somebody sees to it.
    Taken,
    /// It is done.
    Closed,
}

impl CaseState {
    /// As it stands in rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseState::Open => "open",
            CaseState::Taken => "taken",
            CaseState::Closed => "closed",
        }
    }
}

/// What a case is found by: when it was opened, and the effect that opened it. It orders cases by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseKey {
    opened_ms: i64,
    id: EffectId,
}

/// A text that is no key of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key of a case")]
pub struct BadCaseKey;

impl CaseKey {
    /// The key of the case that the effect `id` opens at `at`.
    pub fn of(id: &EffectId, at: Timestamp) -> Self {
        Self { opened_ms: at.as_millisecond(), id: id.clone() }
    }

    /// The effect that opened it: the same however late it was carried out.
    pub fn id(&self) -> &EffectId {
        &self.id
    }
}

impl fmt::Display for CaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:013}-{}", self.opened_ms, self.id)
    }
}

impl FromStr for CaseKey {
    type Err = BadCaseKey;

    fn from_str(text: &str) -> Result<Self, BadCaseKey> {
        let (ms, id) = text.split_once('-').ok_or(BadCaseKey)?;
        let is_ms = ms.len() == 13 && ms.bytes().all(|b| b.is_ascii_digit());
        let opened_ms = ms.parse().ok().filter(|_| is_ms).ok_or(BadCaseKey)?;
        Ok(Self { opened_ms, id: EffectId::parse(id).ok_or(BadCaseKey)? })
    }
}

impl TryFrom<String> for CaseKey {
    type Error = BadCaseKey;

    fn try_from(text: String) -> Result<Self, BadCaseKey> {
        text.parse()
    }
}

impl From<CaseKey> for String {
    fn from(key: CaseKey) -> Self {
        key.to_string()
    }
}

/// Something that was said about a case after it was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who says it: a name of an API key, or the rule that brought it.
    pub by: String,
    /// What.
    pub text: String,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What it is found by.
    pub key: CaseKey,
    /// Who is not content.
    pub customer: CustomerId,
    /// The event that opened it.
    pub event: EventId,
    /// The rule that opened it.
    pub rule: String,
    /// What it is about, for people: `DH0001`.
    pub about: String,
    /// What displeases, as the rule words it.
    pub text: String,
    /// How far it is.
    pub state: CaseState,
    /// Who sees to it, or is meant to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Until when it should be closed.
    pub due_at: Timestamp,
    /// When staff is to be reminded next; `None` once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Timestamp>,
    /// How often staff was reminded.
    #[serde(default)]
    pub reminded: u32,
    /// What was said since, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// What was done, as the customer is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
}

/// Why a case does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseUnchanged {
    /// It is closed.
    #[error("the case is closed")]
    Closed,
    /// Nothing was said.
    #[error("a word is missing")]
    Empty,
    /// What was done is longer than a message takes.
    #[error("a word on what was done has at most {DONE_MAX} characters")]
    TooLong,
    /// It has as many notes as it can keep.
    #[error("a case has at most {NOTES_MAX} notes")]
    Full,
}

impl CaseUnchanged {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            CaseUnchanged::Closed => "case_closed",
            CaseUnchanged::Empty => "case_word_missing",
            CaseUnchanged::TooLong => "case_word_too_long",
            CaseUnchanged::Full => "case_full",
        }
    }
}

impl Case {
    /// Somebody sees to it from now on.
    ///
    /// # Errors
    /// When it is closed, or nobody is named.
    pub fn take(&mut self, owner: &str) -> Result<(), CaseUnchanged> {
        self.is_open()?;
        self.owner = Some(shortened(said(owner)?.as_str(), OWNER_MAX));
        self.state = CaseState::Taken;
        Ok(())
    }

    /// Somebody says something about it.
    ///
    /// # Errors
    /// When it is closed or has enough notes, or nothing is said.
    pub fn note(&mut self, by: &str, text: &str, at: Timestamp) -> Result<(), CaseUnchanged> {
        self.is_open()?;
        let text = shortened(said(text)?.as_str(), CASE_TEXT_MAX);
        if self.notes.len() >= NOTES_MAX {
            return Err(CaseUnchanged::Full);
        }
        self.notes.push(Note { at, by: by.to_owned(), text });
        Ok(())
    }

    /// It is done; `done` is what the customer is told.
    ///
    /// # Errors
    /// When it is closed already, or what was done is nothing, or too long to tell.
    pub fn close(&mut self, by: &str, done: &str, at: Timestamp) -> Result<(), CaseUnchanged> {
        self.is_open()?;
        let done = said(done)?;
        if done.chars().count() > DONE_MAX {
            return Err(CaseUnchanged::TooLong);
        }
        self.done = Some(done);
        self.owner.get_or_insert_with(|| shortened(by, OWNER_MAX));
        self.state = CaseState::Closed;
        self.closed_at = Some(at);
        self.remind_at = None;
        Ok(())
    }

    /// Staff was reminded at `now`: the next time is a day later.
    pub fn remind(&mut self, now: Timestamp) {
        if self.state != CaseState::Closed {
            self.reminded += 1;
            self.remind_at = now.checked_add(REMIND_AFTER).ok();
        }
    }

    /// How long it was open; `None` while it is.
    pub fn took(&self) -> Option<SignedDuration> {
        Some(self.closed_at?.duration_since(self.opened_at))
    }

    fn is_open(&self) -> Result<(), CaseUnchanged> {
        if self.state == CaseState::Closed { Err(CaseUnchanged::Closed) } else { Ok(()) }
    }
}

/// What somebody says, cleaned.
fn said(text: &str) -> Result<String, CaseUnchanged> {
    Some(clean(text)).filter(|text| !text.is_empty()).ok_or(CaseUnchanged::Empty)
}

/// How the loop is closed, over some cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loop {
    /// How many were opened.
    pub opened: usize,
    /// How many of them are closed.
    pub closed: usize,
    /// How many of them were closed within their deadline.
    pub in_time: usize,
    /// How long the one in the middle was open, of those that are closed; the earlier of two.
    pub median: Option<SignedDuration>,
}

impl Loop {
    /// Counts.
    pub fn of<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Self {
        let (mut all, mut took) = (Self::default(), Vec::new());
        for case in cases {
            all.opened += 1;
            let (Some(closed_at), Some(open)) = (case.closed_at, case.took()) else { continue };
            all.closed += 1;
            all.in_time += usize::from(closed_at <= case.due_at);
            took.push(open);
        }
        took.sort_unstable();
        all.median = took.get(took.len().saturating_sub(1) / 2).copied();
        all
    }

    /// The share of the opened ones that are closed, in whole percent; `None` of none.
    pub fn percent(&self) -> Option<usize> {
        (self.closed * 100).checked_div(self.opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minute * 60).unwrap()
    }

    fn case() -> Case {
        let event = EventId::of("t", "s", "k");
        let id = EffectId::of(&event, "unhappy", "open");
        Case {
            key: CaseKey::of(&id, at(0)),
            customer: CustomerId::of("t", "lan"),
            event,
            rule: "unhappy".to_owned(),
            about: "DH0001".to_owned(),
            text: "Giao trễ".to_owned(),
            state: CaseState::Open,
            owner: None,
            opened_at: at(0),
            due_at: at(60),
            remind_at: Some(at(60)),
            reminded: 0,
            notes: Vec::new(),
            closed_at: None,
            done: None,
        }
    }

    #[test]
    fn a_case_is_taken_noted_and_closed_and_then_stays_as_it_is() {
        let mut case = case();
        case.take(" Mai ").unwrap();
        case.note("mai", "Đã gọi", at(5)).unwrap();
        case.take("Hoa").unwrap();
        case.close("mai", "Đã đổi máy mới", at(90)).unwrap();
        assert_eq!((case.state, case.owner.as_deref()), (CaseState::Closed, Some("Hoa")));
        assert_eq!((case.took(), case.remind_at), (Some(SignedDuration::from_mins(90)), None));
        let closed = case.clone();
        assert_eq!(case.take("Lan"), Err(CaseUnchanged::Closed));
        assert_eq!(case.note("lan", "x", at(99)), Err(CaseUnchanged::Closed));
        assert_eq!(case.close("lan", "x", at(99)), Err(CaseUnchanged::Closed));
        case.remind(at(99));
        assert_eq!(case, closed);
    }

    #[test]
    fn whoever_closes_what_nobody_took_has_seen_to_it() {
        let mut case = case();
        case.close("mai", "Đã xin lỗi", at(1)).unwrap();
        assert_eq!(case.owner.as_deref(), Some("mai"));
    }

    #[test]
    fn nothing_said_and_too_much_to_tell_changes_nothing() {
        let mut case = case();
        let before = case.clone();
        assert_eq!(case.take(" \u{0}"), Err(CaseUnchanged::Empty));
        assert_eq!(case.note("mai", "", at(1)), Err(CaseUnchanged::Empty));
        assert_eq!(case.close("mai", "  ", at(1)), Err(CaseUnchanged::Empty));
        let long = "ạ".repeat(DONE_MAX + 1);
        assert_eq!(case.close("mai", &long, at(1)), Err(CaseUnchanged::TooLong));
        assert_eq!(case, before);
    }

    #[test]
    fn what_is_long_is_cut_and_notes_have_an_end() {
        let mut case = case();
        for _ in 0..NOTES_MAX {
            case.note("mai", &"ạ".repeat(CASE_TEXT_MAX + 1), at(1)).unwrap();
        }
        assert_eq!(case.note("mai", "x", at(1)), Err(CaseUnchanged::Full));
        assert_eq!(case.notes[0].text.chars().count(), CASE_TEXT_MAX + 1, "with its mark");
        case.close("mai", "Xong", at(2)).unwrap();
    }

    #[test]
    fn staff_is_reminded_at_the_deadline_and_every_day_after() {
        let mut case = case();
        case.remind(at(61));
        assert_eq!((case.reminded, case.remind_at), (1, Some(at(61 + 24 * 60))));
    }

    #[test]
    fn a_key_is_read_as_it_prints_and_orders_by_time() {
        let key = case().key;
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let later = CaseKey { opened_ms: key.opened_ms + 1, ..key.clone() };
        assert!(key.to_string() < later.to_string());
        for wrong in ["", "-", "1-x", "1795000000000", "1795000000000-", "+795000000000-aa"] {
            assert_eq!(wrong.parse::<CaseKey>(), Err(BadCaseKey), "{wrong}");
        }
    }

    #[test]
    fn the_loop_counts_what_is_closed_and_how_fast() {
        assert_eq!(Loop::of(&[]), Loop::default());
        assert_eq!(Loop::default().percent(), None);
        let closed = |minute: i64| {
            let mut case = case();
            case.close("mai", "Xong", at(minute)).unwrap();
            case
        };
        let cases = [case(), closed(10), closed(60), closed(61), closed(600)];
        let all = Loop::of(&cases);
        let median = Some(SignedDuration::from_mins(60));
        assert_eq!(all, Loop { opened: 5, closed: 4, in_time: 2, median });
        assert_eq!(all.percent(), Some(80));
    }
}
