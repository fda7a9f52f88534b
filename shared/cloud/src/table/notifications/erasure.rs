//! Forgetting what a person was told.

use super::{Notifications, StoreError};
use crate::table::stored::{RowKey, StoredRow, delete_rows, rows_under};

impl Notifications {
    /// NO9: The row of a notification's id, or of `sent:<message id>`; nothing when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rows_under(
        &self,
        tenant: &str,
        under: &str,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let pk = format!("{tenant}#{under}");
        let all = |item| Some(StoredRow::of(item));
        rows_under(&self.client, &self.table, "rows_under", pk, all).await
    }

    /// NO10: Deletes rows.
    ///
    /// # Errors
    /// When the database does not answer, or put a part off time and again: the same call goes on.
    pub async fn delete_rows(&self, keys: &[RowKey]) -> Result<(), StoreError> {
        delete_rows(&self.client, &self.table, "delete_rows", keys).await
    }
}
