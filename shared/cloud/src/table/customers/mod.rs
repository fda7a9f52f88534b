#![doc = include_str!("TABLE.md")]

mod attach;
mod cap;
mod erasure;
mod identity;
mod judgement;
mod list;
mod name;
mod thing;
mod unreachable;
mod wait;
mod word;

pub use attach::{Attach, Attached, Ownerless, OwnerlessPage, OwnerlessPlace};
pub use domain::notification::Mute;
pub use identity::{About, LastOrder, Link, Linked, Merged};
pub(crate) use judgement::Once;
pub use judgement::{EffectRow, FirstEvaluation, Judged, TimelineRow, Won};
pub use list::{Listed, ListedPage};
pub use name::Named;
pub(crate) use name::name_keys;
pub use thing::{Parked, Thing, ThingRow, ThingSaved};
pub use wait::{DueKind, DueRow, Overdue, Wait};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Item, ROW_VERSION, StoreError, corrupt, item, key_of, number, row, text};

/// The `customers` table.
#[derive(Clone, Debug)]
pub struct Customers {
    client: Client,
    table: String,
}

/// What one query gives: at most 1 MB of rows, or the limit that was asked for.
struct Page {
    items: Vec<Item>,
    more: bool,
}

impl Customers {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        pk: &str,
        sk: &str,
    ) -> Result<Option<T>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = answer.key("pk", text(pk)).key("sk", text(sk)).send().await;
        let answer = answer.map_err(|e| StoreError::database(operation, e))?;
        answer.item.map(|found| row(operation, found)).transpose()
    }

    /// Puts a row that may be put again: it says the same.
    async fn put(&self, operation: &'static str, new: &impl Serialize) -> Result<(), StoreError> {
        let new = item(operation, new)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(new)).send().await;
        put.map(drop).map_err(|e| StoreError::database(operation, e))
    }

    /// Puts a row if its key is free; else gives back the row that is there.
    async fn put_if_absent(
        &self,
        operation: &'static str,
        new: &impl Serialize,
    ) -> Result<Option<Item>, StoreError> {
        let new = item(operation, new)?;
        let key = key_of(&new);
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(new))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(None) };
        match error.as_service_error() {
            Some(
                aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(e),
            ) => {
                let present = e.item.clone();
                present.map(Some).ok_or_else(|| corrupt(operation, &key, "no old row came back"))
            }
            Some(_) | None => Err(StoreError::database(operation, error)),
        }
    }

    /// The rows of one partition whose sort key begins so, one page: in order and consistent, or the last ones first.
    async fn begins(
        &self,
        operation: &'static str,
        pk: &str,
        prefix: &str,
        newest_first: Option<i32>,
    ) -> Result<Page, StoreError> {
        self.begins_before(operation, pk, prefix, newest_first, None).await
    }

    /// The same, with only what stands before `sk` when the last ones come first.
    async fn begins_before(
        &self,
        operation: &'static str,
        pk: &str,
        prefix: &str,
        newest_first: Option<i32>,
        before: Option<&str>,
    ) -> Result<Page, StoreError> {
        let start =
            before.map(|sk| Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]));
        let query = self.client.query().table_name(&self.table);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
        let query = query.set_exclusive_start_key(start);
        let query = match newest_first {
            Some(limit) => query.scan_index_forward(false).limit(limit),
            None => query.consistent_read(true),
        };
        let answer = query.send().await.map_err(|e| StoreError::database(operation, e))?;
        let more = answer.last_evaluated_key.is_some();
        Ok(Page { items: answer.items.unwrap_or_default(), more })
    }
}
