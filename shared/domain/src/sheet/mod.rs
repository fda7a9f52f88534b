//! Points as tables of a spreadsheet: opening balances that come in as CSV, statements that go out as CSV.
//!
//! Files are RFC 4180 in UTF-8 with a header. What comes in is read row by row: a bad row is said by its line and stops no
//! other. What goes out never begins a cell with what a spreadsheet would take for a formula.
//!
//! Not here: whose an identity is, and the posting itself.

mod opening;
mod statement;

pub use opening::{BadExpiry, BadRow, BadSheet, Opening, Openings, Whose, earned_at};
pub use statement::{Statement, guarded};
