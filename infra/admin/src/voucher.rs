//! `cham vouchers import`: codes of a CSV file into a pool.
//!
//! Bounds: [`CODES_MAX`] codes of a file. Importing again goes on where it stopped, since a code that is there stays as it is.

use std::io::Read;

use cloud::table::{Rewards, rewards::Imported};
use domain::voucher::Code;

use crate::Failure;

/// Most codes of one file: they are held in memory, and at 4 write units each it is a day's work of a table.
pub const CODES_MAX: usize = 1_000_000;

/// Codes between two words on how far it is.
const PROGRESS_EVERY: usize = 1_000;

/// Most lines of a file that are said to be bad.
const BAD_LINES_SHOWN: usize = 50;

/// The codes of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// The good ones, in the order of the file.
    pub good: Vec<Code>,
    /// What is wrong with the others, by line.
    pub bad: Vec<String>,
}

/// Reads a CSV file whose only column is `code`.
///
/// # Errors
/// Another column, no such column, too many codes, or a file that is no CSV.
pub fn read(file: impl Read) -> Result<Codes, Failure> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let not_csv = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        Failure::refused(format!("line {line}: this is no line of a CSV file in UTF-8"))
    };
    let header = csv.headers().map_err(|error| not_csv(&error))?.clone();
    let column = |name: &str| name.trim_start_matches('\u{feff}').to_owned();
    let columns: Vec<String> = header.iter().map(column).collect();
    if let Some(other) = columns.iter().find(|name| *name != "code") {
        return Err(Failure::refused(format!("line 1: there is no column `{other}`, only `code`")));
    }
    if columns.len() != 1 {
        return Err(Failure::refused("line 1: the file has one column, `code`"));
    }
    let mut codes = Codes::default();
    let mut record = csv::StringRecord::new();
    loop {
        match csv.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let text = record.get(0).unwrap_or_default();
                match Code::parse(text) {
                    Ok(code) => codes.good.push(code),
                    Err(wrong) => {
                        codes.bad.push(format!("line {line}: {wrong} ({})", wrong.code()));
                    }
                }
            }
            Err(error) => match error.kind() {
                csv::ErrorKind::UnequalLengths { pos, len, .. } => {
                    let line = pos.as_ref().map_or(0, csv::Position::line);
                    codes.bad.push(format!("line {line}: {len} columns instead of 1 (columns)"));
                }
                _ => return Err(not_csv(&error)),
            },
        }
        if codes.good.len() > CODES_MAX {
            return Err(Failure::refused(format!("a file has at most {CODES_MAX} codes")));
        }
    }
    Ok(codes)
}

/// Imports the codes of a file. `progress` hears how far it is, every thousand codes.
///
/// # Errors
/// Bad lines, unless they are to be skipped: then nothing at all was imported. The database: calling again goes on.
pub async fn import(
    rewards: &Rewards,
    tenant: &str,
    pool: &str,
    codes: &Codes,
    skip_bad: bool,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<String>, Failure> {
    let mut lines: Vec<String> = codes.bad.iter().take(BAD_LINES_SHOWN).cloned().collect();
    if codes.bad.len() > BAD_LINES_SHOWN {
        lines.push(format!("and {} more", codes.bad.len() - BAD_LINES_SHOWN));
    }
    if !codes.bad.is_empty() && !skip_bad {
        lines.push("nothing was imported; mend these lines, or say --skip-bad".to_owned());
        return Err(Failure::Refused(lines));
    }
    let mut all = Imported::default();
    for chunk in codes.good.chunks(PROGRESS_EVERY) {
        let Imported { added, known } = rewards.import(tenant, pool, chunk).await?;
        all.added += added;
        all.known += known;
        progress(all.added + all.known, codes.good.len());
    }
    let Imported { added, known } = all;
    lines.push(format!("{tenant}/{pool}: {added} added, {known} known, {} bad", codes.bad.len()));
    Ok(lines)
}
