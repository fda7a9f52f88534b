//! The lists of what a person has to look at: stuck records and conflicting events.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Customers, Item, StoreError, corrupt, key_of, row, text};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which function met it; empty for a conflict.
    pub function: String,
    /// The record or the event.
    pub record: String,
    /// A stable code.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// A page of a list, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPage {
    /// In the order of their keys.
    pub lines: Vec<Listed>,
    /// What to ask for next; `None` at the end.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct ListedRow {
    sk: String,
    at: i64,
    why: String,
    record: String,
}

impl Customers {
    /// CU33: A page of a list, `stuck` or `conflict`, in the order of its keys, after the one that `after` names.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn listed(
        &self,
        tenant: &str,
        list: &str,
        limit: i32,
        after: Option<&str>,
    ) -> Result<ListedPage, StoreError> {
        let pk = format!("{tenant}#{list}");
        let start =
            after.map(|sk| Item::from([("pk".to_owned(), text(&pk)), ("sk".to_owned(), text(sk))]));
        let query = self.client.query().table_name(&self.table);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&pk))
            .set_exclusive_start_key(start)
            .limit(limit);
        let answer = query.send().await.map_err(|e| StoreError::database("listed", e))?;
        let next =
            answer.last_evaluated_key.and_then(|key| Some(key.get("sk")?.as_s().ok()?.clone()));
        let mut lines = Vec::new();
        for found in answer.items.unwrap_or_default() {
            let key = key_of(&found);
            let stored: ListedRow = row("listed", found)?;
            let at = Timestamp::from_millisecond(stored.at);
            let function = stored.sk.strip_suffix(&stored.record).map(|f| f.trim_end_matches('#'));
            lines.push(Listed {
                function: function.unwrap_or_default().to_owned(),
                record: stored.record,
                why: stored.why,
                at: at.map_err(|_| corrupt("listed", &key, "at"))?,
            });
        }
        Ok(ListedPage { lines, next })
    }
}
