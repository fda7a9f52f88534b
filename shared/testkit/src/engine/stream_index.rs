//! An index that dynoxide's records of streams lack: it looks for the last number of a stream at each write, and for all after
//! a number at each read, among all records that there are. Thousands of rows would take time by their square.
//!
//! Source: dynoxide 3.2, `next_stream_sequence_number` and `stream_records_with_event_ids`, whose expression the index repeats.
//! It is made past dynoxide, by the same SQLite: another release may have another table, so its version is an exact one.

use std::{path::Path, sync::OnceLock};

use dynoxide::Database;
use rusqlite::Connection;

use super::EngineError;

const INDEX: &str = "CREATE INDEX IF NOT EXISTS stream_records_by_number \
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// Adds the index to the database in this file, which dynoxide has made.
pub(super) fn add_to(path: &Path) -> Result<(), EngineError> {
    Connection::open(path)
        .and_then(|connection| connection.execute_batch(INDEX))
        .map_err(EngineError::Index)
}

/// Adds the index to an empty database in memory, which nobody else can open: by way of a file that is taken in whole.
pub(super) fn add_to_empty(db: &Database) -> Result<(), EngineError> {
    static PREPARED: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("prepared");
    let name = path.to_string_lossy();
    let refused = |source| EngineError::Refused { operation: "prepare".to_owned(), source };
    if let Some(prepared) = PREPARED.get() {
        std::fs::write(&path, prepared)?;
    } else {
        db.vacuum_into(&name).map_err(refused)?;
        add_to(&path)?;
        let prepared = std::fs::read(&path)?;
        PREPARED.get_or_init(|| prepared);
    }
    db.restore_from(&name).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite would look for what dynoxide asks at each write and at each read.
    fn plans(path: &Path) -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let asked = [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1",
            "SELECT event_name FROM _stream_records \
             WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3 \
             ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT ?4",
        ];
        let plan = |asked: &&str| {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {asked}")).unwrap();
            let parameters = plan.parameter_count();
            let steps = plan
                .query_map(rusqlite::params_from_iter(0..parameters), |row| row.get::<_, String>(3))
                .unwrap();
            steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
        };
        asked.iter().map(plan).collect()
    }

    #[test]
    fn neither_a_write_nor_a_read_looks_through_all_records() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        drop(Database::new(&file.to_string_lossy()).unwrap());
        add_to(&file).unwrap();
        let mut kept = vec![file];
        // The first one makes what the second one takes.
        for name in ["first", "second"] {
            let db = Database::memory().unwrap();
            add_to_empty(&db).unwrap();
            kept.push(folder.path().join(name));
            db.vacuum_into(&kept.last().unwrap().to_string_lossy()).unwrap();
        }
        for path in kept {
            let plans = plans(&path);
            assert_eq!(plans.len(), 2);
            let is_indexed = |plan: &String| plan.contains("INDEX stream_records_by_number");
            assert!(plans.iter().all(is_indexed), "{path:?}: {plans:?}");
        }
    }
}
