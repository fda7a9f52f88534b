//! `cham points import`: opening balances of a CSV file, each row once.
//!
//! Bounds: [`ROWS_MAX`] rows of a file. Importing again goes on where it stopped, since a row that was posted stays as it is.

use cloud::opening::{Imported, Importer, TRY_AGAIN};
use domain::sheet::Openings;
use jiff::Timestamp;

use super::programme;
use crate::{Failure, stage::Stage};

/// Most rows of one file: they are held in memory, and each takes four write units.
pub const ROWS_MAX: usize = 100_000;

/// Rows between two words on how far it is.
const PROGRESS_EVERY: usize = 1_000;

/// Most rows that are said to be refused.
const REFUSED_SHOWN: usize = 50;

/// Posts the rows of a file. `progress` hears how far it is, every thousand rows.
///
/// # Errors
/// The file is none of opening balances; rows were refused: then the others are posted. The database: calling again goes on.
pub async fn import(
    stage: &Stage,
    tenant: &str,
    file: &[u8],
    by: &str,
    now: Timestamp,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<String>, Failure> {
    let settings = stage.tenants.settings(tenant, now).await?;
    let settings =
        settings.ok_or_else(|| Failure::refused(format!("there is no business {tenant}")))?;
    let programme = programme(stage, tenant, now).await?;
    let rows = Openings::read(file, &settings.pepper, ROWS_MAX)
        .map_err(|bad| Failure::refused(format!("{bad} ({})", bad.code())))?;
    let importer = Importer {
        customers: &stage.customers,
        points: &stage.points,
        tenant,
        pepper: &settings.pepper,
        programme: &programme,
        actor: by,
        now,
    };
    let Openings { good, bad } = rows;
    let mut all = Imported { refused: bad.into_iter().map(Into::into).collect(), ..<_>::default() };
    let (mut done, mut stopped) = (0, false);
    for chunk in good.chunks(PROGRESS_EVERY) {
        let rows = Openings { good: chunk.to_vec(), bad: Vec::new() };
        let imported = importer.post(rows).await;
        stopped = imported.refused.iter().any(|row| row.code == TRY_AGAIN);
        done += chunk.len();
        all.posted += imported.posted;
        all.repeated += imported.repeated;
        all.refused.extend(imported.refused.into_iter().filter(|row| row.code != TRY_AGAIN));
        if stopped {
            break;
        }
        progress(done, good.len());
    }
    all.refused.sort_by_key(|row| row.line);
    let mut lines: Vec<String> =
        all.refused.iter().take(REFUSED_SHOWN).map(ToString::to_string).collect();
    if all.refused.len() > REFUSED_SHOWN {
        lines.push(format!("and {} more", all.refused.len() - REFUSED_SHOWN));
    }
    let Imported { posted, repeated, refused } = all;
    lines
        .push(format!("{tenant}: {posted} posted, {repeated} repeated, {} refused", refused.len()));
    if stopped {
        lines.push("the database did not answer; import the file again".to_owned());
    }
    if refused.is_empty() && !stopped { Ok(lines) } else { Err(Failure::Refused(lines)) }
}
