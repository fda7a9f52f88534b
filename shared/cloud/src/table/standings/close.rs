//! Seasons that will be over: what contests give is given then.

use domain::points::board::BoardId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DUE_ROWS_MAX, Standings, row::board_pk};
use crate::table::{ROW_VERSION, StoreError, corrupt, fields, item, number, text};

/// The partition of the `due` index.
const CLOSE_SHARD: &str = "close#0";

#[derive(Serialize)]
struct CloseRow {
    pk: String,
    sk: String,
    v: u8,
    due_shard: String,
    due_at: i64,
}

#[derive(Deserialize)]
struct KeyRow {
    pk: String,
}

impl Standings {
    /// ST10: Notes when a season of a board is to be looked at; the first word stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_close(
        &self,
        tenant: &str,
        board: &BoardId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let stored = CloseRow {
            pk: board_pk(tenant, board),
            sk: "close".to_owned(),
            v: ROW_VERSION,
            due_shard: CLOSE_SHARD.to_owned(),
            due_at: at.as_millisecond(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("note_close", &stored)?))
            .condition_expression("attribute_not_exists(pk)");
        let Err(error) = put.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => Ok(()),
            Some(_) | None => Err(StoreError::database("note_close", error)),
        }
    }

    /// ST11: The seasons of all businesses that are to be looked at by `now`, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer, or a key cannot be read.
    pub async fn closing(&self, now: Timestamp) -> Result<Vec<(String, BoardId)>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(CLOSE_SHARD))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(DUE_ROWS_MAX);
        let answer = query.send().await.map_err(|e| StoreError::database("closing", e))?;
        let mut closing = Vec::new();
        for found in answer.items.unwrap_or_default() {
            let KeyRow { pk } = fields("closing", found)?;
            let board = pk
                .split_once("#board#")
                .and_then(|(tenant, board)| Some((tenant.to_owned(), BoardId::parse(board)?)));
            closing.push(board.ok_or_else(|| corrupt("closing", &pk, "pk"))?);
        }
        Ok(closing)
    }

    /// ST12: A season was looked at, and is not again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn closed(&self, tenant: &str, board: &BoardId) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(board_pk(tenant, board)))
            .key("sk", text("close"))
            .update_expression("REMOVE due_shard, due_at")
            .send()
            .await;
        update.map(drop).map_err(|e| StoreError::database("closed", e))
    }
}
