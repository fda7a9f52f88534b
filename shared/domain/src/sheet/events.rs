//! Events of the business as rows of a file: reviews that another tool has gathered, people who are to be asked.
//!
//! Each row becomes the CloudEvent that the business's own system would send, so that everything behind the door is the same. A column is
//! a field of `data`, but for `id`, which names the row once and for ever, and `time`, RFC 3339 with an offset; a file without it happened at one time. A
//! column
//! `score:number` holds whole numbers. An empty cell says nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{BadRow, BadSheet, Lines};
use crate::text::clean;

/// Longest name of a column, in bytes.
const COLUMN_BYTES_MAX: usize = 64;

/// Most columns: facts of one event.
const COLUMNS_MAX: usize = 40;

/// Longest `id` of a row, in characters.
const ID_CHARS_MAX: usize = 100;

/// Most lines of a cell: what has more was swallowed by a quote that is not closed.
const LINES_MAX: usize = 20;

/// Ends the name of a column of whole numbers.
const NUMBER: &str = ":number";

/// One event that is to be stored. No `Debug`: a body names people.
#[derive(Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its line in the file, from 1 on.
    pub line: u64,
    /// A CloudEvent as JSON.
    pub body: Vec<u8>,
}

/// The rows of a file: each is in one of the two.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EventRows {
    /// Those that are events, in the order of the file.
    pub good: Vec<EventRow>,
    /// The others.
    pub bad: Vec<BadRow>,
}

impl EventRow {
    /// The row refused, in the words of whoever cannot store it.
    pub fn refused(&self, code: &'static str, detail: impl std::fmt::Display) -> BadRow {
        BadRow { line: self.line, code, detail: detail.to_string() }
    }
}

impl EventRows {
    /// Reads a file of at most `rows_max` events of a `kind`. `from` names what the ids are of: the same rows under the same name are the
    /// same events. What has no `time` happened at `at`: were that the moment of reading, reading again would make others.
    ///
    /// # Errors
    /// No `id` among the columns, a column twice or of no name, or too many rows: then nothing is to be stored.
    pub fn read(
        file: &[u8],
        kind: &str,
        from: &str,
        at: Option<&str>,
        rows_max: usize,
    ) -> Result<Self, BadSheet> {
        let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
        let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        let mut record = csv::ByteRecord::new();
        // Reading from memory does not fail; a record of any bytes is one.
        if !csv.read_byte_record(&mut record).is_ok_and(|is_there| is_there) {
            return Err(BadSheet::EventColumns);
        }
        let columns = columns(&record)?;
        let mut rows = Self::default();
        let mut ids = BTreeSet::new();
        let mut lines = Lines::of(file);
        while csv.read_byte_record(&mut record).is_ok_and(|is_there| is_there) {
            if rows.good.len() + rows.bad.len() == rows_max {
                return Err(BadSheet::TooManyRows(rows_max));
            }
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            let read = row(&record, &columns).and_then(|(id, time, data)| {
                if !ids.insert(id.clone()) {
                    return Err(("id_twice", "an earlier row has this `id`"));
                }
                let time = time
                    .or_else(|| at.map(str::to_owned))
                    .ok_or(("no_time", "neither the row nor the import says when it happened"))?;
                let event = json!({
                    "specversion": "1.0", "type": kind, "source": from, "id": id, "time": time,
                    "data": data,
                });
                Ok(EventRow { line, body: event.to_string().into_bytes() })
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

/// What a column holds.
enum Column {
    Id,
    Time,
    Text(String),
    Number(String),
}

fn columns(header: &csv::ByteRecord) -> Result<Vec<Column>, BadSheet> {
    let mut names = BTreeSet::new();
    let mut columns = Vec::new();
    for cell in header {
        let cell = std::str::from_utf8(cell).map_err(|_| BadSheet::EventColumns)?.trim();
        let name = cell.strip_suffix(NUMBER).unwrap_or(cell);
        let is_name =
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                && name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.len() <= COLUMN_BYTES_MAX;
        if !is_name || !names.insert(name.to_owned()) {
            return Err(BadSheet::EventColumns);
        }
        columns.push(match (name, cell == name) {
            ("id", true) => Column::Id,
            ("time", true) => Column::Time,
            ("id" | "time", false) => return Err(BadSheet::EventColumns),
            (_, true) => Column::Text(name.to_owned()),
            (_, false) => Column::Number(name.to_owned()),
        });
    }
    let is_whole = names.contains("id") && columns.len() <= COLUMNS_MAX;
    if is_whole { Ok(columns) } else { Err(BadSheet::EventColumns) }
}

/// What is wrong with a row: a stable word, and a sentence.
type Wrong = (&'static str, &'static str);

type Row = (String, Option<String>, Map<String, Value>);

fn row(record: &csv::ByteRecord, columns: &[Column]) -> Result<Row, Wrong> {
    if record.len() != columns.len() {
        return Err(("bad_row", "the row has not as many cells as the header"));
    }
    let (mut id, mut time, mut data) = (None, None, BTreeMap::new());
    for (cell, column) in record.iter().zip(columns) {
        let text = std::str::from_utf8(cell).map_err(|_| ("not_utf8", "the row is not UTF-8"))?;
        let text = clean(text.trim());
        if text.is_empty() {
            continue;
        }
        if text.lines().count() > LINES_MAX {
            return Err(("several_lines", "a cell has too many lines: a quote is not closed"));
        }
        match column {
            Column::Id => id = Some(text).filter(|id| id.chars().count() <= ID_CHARS_MAX),
            Column::Time => time = Some(text),
            Column::Text(name) => {
                data.insert(name.clone(), Value::from(text));
            }
            Column::Number(name) => {
                let number: i64 = text
                    .parse()
                    .ok()
                    .filter(|number: &i64| number.to_string() == text)
                    .ok_or(("bad_number", "a cell of a column of numbers is no whole number"))?;
                data.insert(name.clone(), Value::from(number));
            }
        }
    }
    let id = id.ok_or(("bad_id", "`id` has 1 to 100 characters"))?;
    Ok((id, time, data.into_iter().collect()))
}

#[cfg(test)]
mod tests;
