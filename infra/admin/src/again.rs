//! `cham redrive` and `cham reread`: stored hooks once more through the stream.
//!
//! Redrive: hooks that nobody has evaluated, because the stream lost them. Reread: hooks that a reader did not understand and
//! that a mended one does. Both put a copy of the row beside it; what was done the first time is found by its ids and not done
//! twice.

use std::collections::BTreeSet;

use cloud::table::events::{Again, EventRow};
use domain::source::Reading;
use jiff::Timestamp;

use crate::{Failure, stage::Stage};

/// Which hooks are stored again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those without a first evaluation.
    Unevaluated,
    /// Those that were read as this kind.
    Kind(String),
}

/// Whose hooks, and since when.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// Of one business; of all when `None`.
    pub tenant: Option<&'a str>,
    /// When they were received, at the earliest.
    pub since: Timestamp,
    /// Which of them.
    pub which: Which,
    /// Only looks.
    pub dry_run: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows looked at.
    pub seen: usize,
    /// Of these, to be stored again.
    pub found: usize,
    /// Stored again.
    pub stored: usize,
    /// Rows that nobody can read.
    pub unreadable: usize,
}

/// Looks through the table and stores again what is asked for.
///
/// # Errors
/// The database: what was stored again before stays so, and calling again leaves out what has been evaluated meanwhile.
pub async fn run(
    stage: &Stage,
    search: &Search<'_>,
    now: Timestamp,
    mut progress: impl FnMut(&Progress),
) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    let mut done = BTreeSet::new();
    let mut count = Progress::default();
    let mut next = None;
    loop {
        let page = stage.events.received_since(search.tenant, search.since, next).await?;
        for key in page.unreadable {
            count.unreadable += 1;
            lines.push(format!("{key} cannot be read"));
        }
        for row in page.rows {
            count.seen += 1;
            // Stored again before, it stands in the table twice.
            if !done.insert((row.tenant.clone(), row.id.clone())) {
                continue;
            }
            let Some(kind) = wanted(stage, search, &row, now).await? else { continue };
            count.found += 1;
            let change =
                if kind == row.kind { kind.clone() } else { format!("{} -> {kind}", row.kind) };
            lines.push(format!("{} {} {change}", row.tenant, row.id));
            if !search.dry_run {
                match stage.events.again(&row, &kind, now).await? {
                    Again::Stored | Again::Already => count.stored += 1,
                }
            }
        }
        progress(&count);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let Progress { seen, found, stored, unreadable } = count;
    lines.push(format!(
        "{seen} looked at, {found} found, {stored} stored again, {unreadable} unreadable"
    ));
    Ok(lines)
}

/// What a row is stored again as; `None` when it is not wanted.
async fn wanted(
    stage: &Stage,
    search: &Search<'_>,
    row: &EventRow,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    match &search.which {
        Which::Unevaluated => {
            let first = stage.customers.first_evaluation(&row.tenant, &row.id).await?;
            Ok(first.is_none().then(|| row.kind.clone()))
        }
        Which::Kind(kind) if row.kind == *kind => {
            let Some(settings) = stage.tenants.settings(&row.tenant, now).await? else {
                return Ok(None);
            };
            let reading = Reading { tenant: &settings.tenant, pepper: &settings.pepper };
            let read = row.source.read(&row.stored(), &reading);
            Ok(Some(read.first().map_or_else(|| row.kind.clone(), |event| event.kind.clone())))
        }
        Which::Kind(_) => Ok(None),
    }
}
