//! Forgetting a person: whatever stands under a key, taking it away, and the seals of what has been erased.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use domain::{id::EventId, phone::Pepper, subject::Subject};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Customers, ROW_VERSION, StoreError, corrupt, identity::is_refused, number, text};
use crate::table::stored::{RowKey, StoredRow, delete_rows, rows_under};

/// Most rows of one transaction (AWS, DynamoDB API reference, read 2026-11).
const TRANSACTION_ROWS_MAX: usize = 100;

#[derive(Deserialize)]
struct ErasedRow {
    at: i64,
}

impl Customers {
    /// CU34: Every row under a customer, a subject, an event or a list.
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

    /// CU35: Deletes rows.
    ///
    /// # Errors
    /// When the database does not answer, or put a part off time and again: the same call goes on.
    pub async fn delete_rows(&self, keys: &[RowKey]) -> Result<(), StoreError> {
        delete_rows(&self.client, &self.table, "delete_rows", keys).await
    }

    /// CU36: Deletes rows that lead to each other, all of them or none; more than a transaction takes go in their order.
    ///
    /// # Errors
    /// When the database does not answer, or was busy with one of them.
    pub async fn delete_together(&self, keys: &[RowKey]) -> Result<(), StoreError> {
        for keys in keys.chunks(TRANSACTION_ROWS_MAX) {
            let delete = |key: &RowKey| {
                let delete = Delete::builder().table_name(&self.table);
                let delete = delete.set_key(Some(key.clone().into_item())).build();
                let delete = delete.expect("every part is set");
                TransactWriteItem::builder().delete(delete).build()
            };
            let deletes = keys.iter().map(delete).collect();
            let transaction = self.client.transact_write_items().set_transact_items(Some(deletes));
            transaction.send().await.map_err(|e| StoreError::database("delete_together", e))?;
        }
        Ok(())
    }

    /// CU37: Notes that a subject has been erased; the later time stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_erased(
        &self,
        tenant: &str,
        pepper: &Pepper,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(format!("{tenant}#erased")))
            .key("sk", text(sealed(pepper, subject)))
            .update_expression("SET #at = :at, v = :v")
            .condition_expression("attribute_not_exists(pk) OR #at < :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", number(at.as_millisecond()))
            .expression_attribute_values(":v", number(ROW_VERSION));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(StoreError::database("note_erased", e)),
        }
    }

    /// CU38: When a subject was erased; `None` when it never was.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn erased_at(
        &self,
        tenant: &str,
        pepper: &Pepper,
        subject: &Subject,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (pk, sk) = (format!("{tenant}#erased"), sealed(pepper, subject));
        let stored: Option<ErasedRow> = self.get("erased_at", &pk, &sk).await?;
        let Some(ErasedRow { at }) = stored else { return Ok(None) };
        let bad = |_| corrupt("erased_at", &format!("{pk} {sk}"), "at");
        Timestamp::from_millisecond(at).map(Some).map_err(bad)
    }

    /// CU39: Forgets that an event was ever judged; gone already is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_event(&self, tenant: &str, event: &EventId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key("pk", text(format!("{tenant}#event#{event}")))
            .key("sk", text("first"))
            .send()
            .await;
        delete.map(drop).map_err(|e| StoreError::database("forget_event", e))
    }
}

fn sealed(pepper: &Pepper, subject: &Subject) -> String {
    format!("erased#{}", pepper.seal(subject))
}
