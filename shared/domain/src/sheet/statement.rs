//! Statements: the entries of an account, one row each, the oldest first.

use std::borrow::Cow;

use crate::points::Entry;

/// The columns of a statement.
const HEADS: [&str; 7] =
    ["seq", "recorded_at", "occurred_at", "operation", "change", "balance", "legs"];

/// A statement that is being written.
#[derive(Debug)]
pub struct Statement(csv::Writer<Vec<u8>>);

impl Statement {
    /// With its header and no entry.
    pub fn new() -> Self {
        let mut builder = csv::WriterBuilder::new();
        let mut file = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        // Writing to memory does not fail, here and below.
        let _ = file.write_record(HEADS);
        Self(file)
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        let legs: Vec<String> =
            entry.legs.iter().map(|leg| format!("{} {}", leg.kind(), leg.amount())).collect();
        let cells = [
            entry.seq.to_string(),
            entry.recorded_at.to_string(),
            entry.occurred_at.to_string(),
            entry.operation.to_string(),
            entry.change().to_string(),
            entry.tail.balance().to_string(),
            legs.join(", "),
        ];
        let _ = self.0.write_record(cells.iter().map(|cell| guarded(cell).into_owned()));
    }

    /// The file, with CRLF at the end of each line.
    pub fn into_text(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl Default for Statement {
    fn default() -> Self {
        Self::new()
    }
}

/// A cell that no spreadsheet takes for a formula: what begins like one has `'` before it (OWASP, "CSV Injection", read
/// 2026-11). Whole numbers stay numbers.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    let is_number = cell.parse::<i128>().is_ok();
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula_and_numbers_stay_numbers() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+84912345678x", "'+84912345678x"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("-12", "-12"),
            ("-", "'-"),
            ("spend 12", "spend 12"),
            ("", ""),
        ] {
            assert_eq!(guarded(cell), written);
        }
    }

    #[test]
    fn an_empty_statement_is_its_header() {
        let text = Statement::new().into_text();
        assert_eq!(text, "seq,recorded_at,occurred_at,operation,change,balance,legs\r\n");
    }
}
