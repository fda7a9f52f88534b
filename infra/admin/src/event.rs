//! `cham events import`: the rows of a CSV file as events of the business, through the same table as hooks: people to be asked, reviews
//! that another tool has gathered, customers of before. What follows of them, the rules say.
//!
//! Bounds: [`ROWS_MAX`] rows of a file. Importing again goes on where it stopped, since an event that is there stays as it is.

use cloud::table::events::{Arrived, Recorded};
use domain::{
    sheet::{BadRow, EventRow, EventRows},
    source::{Reading, Source},
};
use jiff::{SignedDuration, Timestamp};

use crate::{Failure, stage::Stage};

/// Most rows of one file: they are held in memory.
pub const ROWS_MAX: usize = 100_000;

/// Events between two words on how far it is.
const PROGRESS_EVERY: usize = 1_000;

/// Most rows of a file that are said to be bad.
const BAD_ROWS_SHOWN: usize = 50;

/// Longest name of an import, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// What is imported.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The business.
    pub tenant: &'a str,
    /// What happened: `review.received`.
    pub kind: &'a str,
    /// What the file is called: the same rows of this kind under the same name are the same events.
    pub name: &'a str,
    /// When what the file tells of happened, for rows that do not say.
    pub at: Option<Timestamp>,
    /// Imports the good rows of a file that has bad ones.
    pub skip_bad: bool,
    /// How long the events are kept.
    pub keep_for: SignedDuration,
}

/// Imports a file. `progress` hears how far it is, every thousand events.
///
/// # Errors
/// Bad rows, unless they are to be skipped: then nothing at all was imported. The database: calling again goes on.
pub async fn import(
    stage: &Stage,
    file: &[u8],
    import: &Import<'_>,
    now: Timestamp,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<String>, Failure> {
    let Import { tenant, kind, name, at, skip_bad, keep_for } = import;
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !is_name {
        return Err(Failure::Misuse(format!(
            "a name has 1 to {NAME_BYTES_MAX} letters, digits, `-`, `_` and `.`"
        )));
    }
    let settings = stage.tenants.settings(tenant, now).await?;
    let settings =
        settings.ok_or_else(|| Failure::refused(format!("{tenant}: there is no such tenant")))?;
    let reading = Reading { tenant: &settings.tenant, pepper: &settings.pepper };
    let at = at.map(|at| at.to_string());
    let read = EventRows::read(file, kind, &format!("csv:{kind}:{name}"), at.as_deref(), ROWS_MAX)
        .map_err(|bad| Failure::refused(format!("line 1: {bad} ({})", bad.code())))?;
    let EventRows { good, mut bad } = read;
    let held = |row: EventRow| match Source::head_of_row(&row.body, &reading, now) {
        Ok(head) => Some((row, head)),
        Err(wrong) => {
            bad.push(row.refused(wrong.code(), wrong));
            None
        }
    };
    let good: Vec<_> = good.into_iter().filter_map(held).collect();
    let mut lines = told(&mut bad);
    if !bad.is_empty() && !skip_bad {
        lines.push("nothing was imported; mend these lines, or say --skip-bad".to_owned());
        return Err(Failure::Refused(lines));
    }
    let (mut added, mut known, mut differ) = (0_usize, 0_usize, 0_usize);
    for (row, head) in &good {
        let arrived = Arrived {
            tenant,
            source: Source::Standard,
            head,
            body: &row.body,
            received: now,
            keep_until: now + *keep_for,
        };
        match stage.events.record(&arrived).await? {
            Recorded::New => added += 1,
            Recorded::Duplicate => known += 1,
            Recorded::OtherBody => {
                differ += 1;
                lines.push(format!(
                    "line {}: was imported before and said something else, which stays (id_conflict)",
                    row.line
                ));
            }
        }
        let done = added + known + differ;
        if done.is_multiple_of(PROGRESS_EVERY) || done == good.len() {
            progress(done, good.len());
        }
    }
    lines.push(format!(
        "{tenant}: {added} {kind} added, {known} known, {differ} known otherwise, {} bad",
        bad.len()
    ));
    Ok(lines)
}

fn told(bad: &mut [BadRow]) -> Vec<String> {
    bad.sort_by_key(|row| row.line);
    let shown = bad.iter().take(BAD_ROWS_SHOWN);
    let mut lines: Vec<String> =
        shown.map(|row| format!("line {}: {} ({})", row.line, row.detail, row.code)).collect();
    if bad.len() > BAD_ROWS_SHOWN {
        lines.push(format!("and {} more", bad.len() - BAD_ROWS_SHOWN));
    }
    lines
}
