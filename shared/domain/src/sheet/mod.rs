//! Tables of a spreadsheet: opening balances of points and events that come in as CSV, statements of points that go out as CSV.
//!
//! Files are RFC 4180 in UTF-8 with a header. What comes in is read row by row: a bad row is said by its line and stops no
//! other. What goes out never begins a cell with what a spreadsheet would take for a formula.
//!
//! Not here: whose an identity is, and the posting itself.

mod events;
mod opening;
mod statement;

pub use events::{EventRow, EventRows};
pub use opening::{BadExpiry, Opening, Openings, Whose, earned_at};
pub use statement::{Statement, guarded};

/// A row that cannot be taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its line in the file, from 1 on.
    pub line: u64,
    /// A stable word.
    pub code: &'static str,
    /// What is wrong, without what stands in the row: it may be somebody's number.
    pub detail: String,
}

/// Why a file is not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSheet {
    /// The first line is not a header of these columns.
    #[error(
        "the first line names, with commas: `currency`, `points`, `ref`, and `subject` or `customer` or both, and `expires` where wanted"
    )]
    Columns,
    /// The first line is no header of events.
    #[error(
        "the first line names, with commas: `id`, `time` where wanted, and fields of `data` in lower-case letters, digits and `_`, each once, `:number` behind those of whole numbers"
    )]
    EventColumns,
    /// More than one file may have.
    #[error("a file has at most {0} rows")]
    TooManyRows(usize),
}

impl BadSheet {
    /// A stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Columns | Self::EventColumns => "bad_columns",
            Self::TooManyRows(_) => "too_many_rows",
        }
    }
}

/// Lines of a file, counted as a person's editor does: the reader takes the second half of CRLF for the row after it.
struct Lines<'f> {
    file: &'f [u8],
    at: usize,
    line: u64,
}

impl<'f> Lines<'f> {
    fn of(file: &'f [u8]) -> Self {
        Self { file, at: 0, line: 1 }
    }

    /// The line of the row that begins at a byte, or after the line ends that stand there. Bytes only go on.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(sign) = self.file.get(self.at) {
            let next = self.file.get(self.at + 1);
            let is_end = *sign == b'\n' || (*sign == b'\r' && next != Some(&b'\n'));
            if self.at >= byte && !matches!(sign, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(is_end);
            self.at += 1;
        }
        self.line
    }
}
