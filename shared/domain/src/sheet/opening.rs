//! Opening balances: what customers had in the system before, one row each.

use std::{collections::BTreeSet, fmt};

use jiff::{
    Span, Timestamp,
    civil::Date,
    tz::{self, Offset},
};

use super::{BadRow, BadSheet, Lines};
use crate::{
    id::CustomerId,
    phone::{Pepper, Phone},
    points::{Currency, Month, Points, Policy},
    subject::Subject,
    text::clean,
};

/// Longest reference, in characters: as long as what an order is about.
const REFERENCE_CHARS_MAX: usize = 48;

/// Vietnam's clock, as the ledger's months have it.
const VIETNAM: Offset = tz::offset(7);

/// The columns, in the order in which they are named.
const COLUMNS: [&str; 6] = ["subject", "customer", "currency", "points", "expires", "ref"];

/// One balance that is to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its line in the file, from 1 on.
    pub line: u64,
    /// Whose it is.
    pub whose: Whose,
    /// Of which currency.
    pub currency: Currency,
    /// How many, never none.
    pub points: Points,
    /// The first day of the last month in which they can be spent; as the currency has it when `None`.
    pub expires: Option<Date>,
    /// What the file calls the row: once in the file, and the same when it is sent again.
    pub reference: String,
}

/// Whose a balance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Cham's own id.
    Customer(CustomerId),
    /// An identity, or another system's id; numbers are keys already.
    Subject(Subject),
}

/// The rows of a file: each is in one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Openings {
    /// Those that can be posted, in the order of the file.
    pub good: Vec<Opening>,
    /// The others.
    pub bad: Vec<BadRow>,
}

/// Why points cannot be given until the month that a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadExpiry {
    /// The currency's points have no end.
    #[error("points of this currency do not expire")]
    Never,
    /// Points that are earned now end before.
    #[error("what is earned now expires earlier; leave `expires` empty")]
    TooLate,
}

impl BadExpiry {
    /// A stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Never => "never_expires",
            Self::TooLate => "expires_too_late",
        }
    }
}

impl fmt::Display for Whose {
    /// As a subject prints; a customer as `customer:<id>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(id) => write!(f, "customer:{id}"),
            Self::Subject(subject) => subject.fmt(f),
        }
    }
}

impl Opening {
    /// The row in the one way that it can be written, so that another one under the same reference is seen to be another.
    pub fn canonical(&self) -> String {
        let Self { whose, currency, points, expires, .. } = self;
        let expires =
            expires.map_or_else(|| "-".to_owned(), |day| Month::of(start(day)).to_string());
        format!("opening {whose} {currency} {points} {expires}")
    }

    /// The key of its posting. No key of an order has a space, so that none is ever the same.
    pub fn key(&self) -> String {
        format!("import {}", self.reference)
    }

    /// The row refused, in the words of whoever cannot post it.
    pub fn refused(&self, code: &'static str, detail: impl fmt::Display) -> BadRow {
        BadRow { line: self.line, code, detail: detail.to_string() }
    }
}

impl Openings {
    /// Reads a file of at most `rows_max` rows.
    ///
    /// # Errors
    /// Another header, or too many rows: then nothing is to be posted.
    pub fn read(file: &[u8], pepper: &Pepper, rows_max: usize) -> Result<Self, BadSheet> {
        let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
        let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        let mut record = csv::ByteRecord::new();
        // Reading from memory does not fail; a record of any bytes is one.
        if !csv.read_byte_record(&mut record).is_ok_and(|is_there| is_there) {
            return Err(BadSheet::Columns);
        }
        let columns = Columns::of(&record)?;
        let mut rows = Self::default();
        let mut references = BTreeSet::new();
        let mut lines = Lines::of(file);
        while csv.read_byte_record(&mut record).is_ok_and(|is_there| is_there) {
            if rows.good.len() + rows.bad.len() == rows_max {
                return Err(BadSheet::TooManyRows(rows_max));
            }
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            let read = columns.row(&record, line, pepper).and_then(|row| {
                let is_new = references.insert(row.reference.clone());
                is_new.then_some(row).ok_or(("ref_twice", "an earlier row has this `ref`"))
            });
            match read {
                Ok(row) => rows.good.push(row),
                Err((code, detail)) => {
                    rows.bad.push(BadRow { line, code, detail: detail.to_owned() });
                }
            }
        }
        Ok(rows)
    }
}

/// When points were earned that can be spent until the end of the month of `expires`: its beginning, so many months before. Now
/// for those that live as long as the currency has it.
///
/// # Errors
/// No time up to now gives them that month.
pub fn earned_at(
    expires: Option<Date>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Timestamp, BadExpiry> {
    let Some(expires) = expires else { return Ok(now) };
    let months = policy.expiry_months.ok_or(BadExpiry::Never)?;
    let first = expires.saturating_sub(Span::new().months(months));
    let earned = start(first);
    if earned > now { Err(BadExpiry::TooLate) } else { Ok(earned) }
}

/// The instant at which a day begins in Vietnam.
fn start(day: Date) -> Timestamp {
    VIETNAM.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

/// Where each column stands.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    count: usize,
}

/// What is wrong with a row: a stable word, and a sentence.
type Wrong = (&'static str, &'static str);

impl Columns {
    fn of(header: &csv::ByteRecord) -> Result<Self, BadSheet> {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate() {
            let name = std::str::from_utf8(name).map_err(|_| BadSheet::Columns)?.trim();
            let column = COLUMNS.iter().position(|column| *column == name);
            let column = column.ok_or(BadSheet::Columns)?;
            if places[column].replace(place).is_some() {
                return Err(BadSheet::Columns);
            }
        }
        let [subject, customer, currency, points, _, reference] = places;
        let is_whole = subject.or(customer).and(currency).and(points).and(reference).is_some();
        if is_whole { Ok(Self { places, count: header.len() }) } else { Err(BadSheet::Columns) }
    }

    fn row(&self, record: &csv::ByteRecord, line: u64, pepper: &Pepper) -> Result<Opening, Wrong> {
        // First what a quote that is not closed has swallowed: none of it is to be taken for a row.
        if record.iter().any(|cell| cell.contains(&b'\n') || cell.contains(&b'\r')) {
            return Err((
                "several_lines",
                "the row goes on in the next line: a quote is not closed",
            ));
        }
        if record.len() != self.count {
            return Err(("bad_row", "the row has not as many cells as the header"));
        }
        let mut cells = COLUMNS.map(|_| String::new());
        for (cell, place) in cells.iter_mut().zip(self.places) {
            let bytes = place.and_then(|place| record.get(place)).unwrap_or_default();
            let text = std::str::from_utf8(bytes)
                .map_err(|_| ("not_utf8", "the row is not UTF-8"))?
                .trim();
            if text.chars().any(char::is_control) {
                return Err(("bad_character", "a cell has a control character"));
            }
            *cell = clean(text);
        }
        let [subject, customer, currency, points, expires, reference] = cells;
        Ok(Opening {
            line,
            whose: whose(&subject, &customer, pepper)?,
            currency: Currency::parse(&currency)
                .ok_or(("unknown_currency", "the programme has no such currency"))?,
            points: amount(&points)
                .ok_or(("bad_points", "`points` is a whole number from 1 to 10,000,000,000"))?,
            expires: month(&expires)
                .ok_or(("bad_month", "`expires` is a month such as 2027-01, or empty"))?,
            reference: (1..=REFERENCE_CHARS_MAX)
                .contains(&reference.chars().count())
                .then_some(reference)
                .ok_or(("bad_ref", "`ref` has 1 to 48 characters"))?,
        })
    }
}

fn whose(subject: &str, customer: &str, pepper: &Pepper) -> Result<Whose, Wrong> {
    match (subject, customer) {
        ("", "") => Err(("nobody", "neither `subject` nor `customer` says whose it is")),
        ("", id) => CustomerId::parse(id)
            .map(Whose::Customer)
            .ok_or(("bad_customer", "a customer is named by 26 characters of lower-case base32")),
        (text, "") => identity(text, pepper).map(Whose::Subject).ok_or((
            "bad_subject",
            "`subject` is `phone:<number>`, `zalo:<oa>:<user>` or `ext:<system>:<id>`",
        )),
        _ => Err(("two_owners", "only one of `subject` and `customer` says whose it is")),
    }
}

/// A person's identity, or their id in another system. A number becomes its key here, and goes no further.
fn identity(text: &str, pepper: &Pepper) -> Option<Subject> {
    if let Some(number) = text.strip_prefix("phone:") {
        let phone = Phone::parse(number).ok()?;
        return Some(Subject::Phone(pepper.key(&phone)));
    }
    match Subject::parse(text)? {
        found @ (Subject::Zalo { .. } | Subject::Ext { .. }) => Some(found),
        Subject::Phone(_)
        | Subject::Order(_)
        | Subject::Shipment { .. }
        | Subject::Payment { .. }
        | Subject::Oa(_)
        | Subject::Template(_)
        | Subject::Sent(_) => None,
    }
}

/// Digits and nothing else: what a spreadsheet made of a number is not guessed at.
fn amount(text: &str) -> Option<Points> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit());
    let points = Points::new(text.parse().ok().filter(|_| is_plain)?)?;
    (!points.is_zero()).then_some(points)
}

/// `2027-01`; `Some(None)` for nothing.
fn month(text: &str) -> Option<Option<Date>> {
    if text.is_empty() {
        return Some(None);
    }
    let (year, month) = text.split_once('-')?;
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if (year.len(), month.len(), is_plain) != (4, 2, true) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok().map(Some)
}

#[cfg(test)]
mod tests;
