//! What is due: the index of all rows that still need something from us.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{consent::Purpose, id::EffectId};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Notifications, StoreError};
use crate::table::{Item, corrupt, fields, number, text};

/// Shards of each class on `due`. One takes a thousand writes a second; every row carries its shard, so a larger number can
/// be set at any time.
const DUE_SHARDS: u8 = 1;

/// Most keys of one class that one look at `due` takes; the next look goes on behind them.
const DUE_KEYS_MAX: i32 = 100;

/// A row on `due`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueKey {
    /// Whose it is.
    pub tenant: String,
    /// The notification.
    pub id: EffectId,
}

/// What one look found.
#[derive(Clone, Debug, PartialEq)]
pub struct DuePage {
    /// The oldest first.
    pub keys: Vec<DueKey>,
    /// Where the next look goes on; `None` when this was all.
    pub next: Option<DueCursor>,
}

/// A place on `due` behind which a look goes on, whatever has become of the rows before it.
#[derive(Clone, Debug, PartialEq)]
pub struct DueCursor {
    shard: u8,
    after: Option<HashMap<String, AttributeValue>>,
}

#[derive(Deserialize)]
struct KeyRow {
    pk: String,
}

impl Notifications {
    /// NO4: What of one class is due, the oldest first: from the beginning, or behind an earlier look.
    ///
    /// # Errors
    /// When the database does not answer or a key is corrupt.
    pub async fn due(
        &self,
        class: Purpose,
        now: Timestamp,
        after: Option<DueCursor>,
    ) -> Result<DuePage, StoreError> {
        let DueCursor { shard, after } = after.unwrap_or(DueCursor { shard: 0, after: None });
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(due_partition(class, shard)))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(DUE_KEYS_MAX)
            .set_exclusive_start_key(after);
        let answer = query.send().await.map_err(|e| StoreError::database("due", e))?;
        let keys = answer.items.unwrap_or_default().into_iter().map(|found| read_key("due", found));
        let keys = keys.collect::<Result<_, _>>()?;
        let next = match answer.last_evaluated_key {
            Some(last) => Some(DueCursor { shard, after: Some(last) }),
            None if shard + 1 < DUE_SHARDS => Some(DueCursor { shard: shard + 1, after: None }),
            None => None,
        };
        Ok(DuePage { keys, next })
    }
}

/// Reads what an index carries of a row.
pub(super) fn read_key(operation: &'static str, found: Item) -> Result<DueKey, StoreError> {
    let KeyRow { pk } = fields(operation, found)?;
    let read = pk.split_once('#').and_then(|(tenant, id)| {
        Some(DueKey { tenant: tenant.to_owned(), id: EffectId::parse(id)? })
    });
    read.ok_or_else(|| corrupt(operation, &pk, "pk"))
}

/// The partition of `due`: purposes that wait for each other share one.
pub(super) fn due_partition(class: Purpose, shard: u8) -> String {
    let class = match class {
        Purpose::Otp => "otp",
        Purpose::Transaction | Purpose::Reply | Purpose::Staff => "transaction",
        Purpose::Care => "care",
        Purpose::Promotion => "promotion",
    };
    format!("{class}#{shard}")
}
