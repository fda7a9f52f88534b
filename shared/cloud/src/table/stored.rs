//! Rows as they stand in their tables: for who gives them back to the person that they are about, or takes them away.
//!
//! Reading is lenient, since a row that nobody can read must not keep a person from being forgotten.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, DeleteRequest, WriteRequest},
};
use data_encoding::BASE64;
use serde_json::{Map, Number, Value};

use super::{BadRow, Item, StoreError, text};

/// Most rows of one BatchWriteItem (AWS, DynamoDB API reference, read 2026-11).
pub(crate) const BATCH_ROWS_MAX: usize = 25;

/// Most calls for one batch: what is still put off then is so because the database is overloaded.
const BATCH_CALLS_MAX: usize = 5;

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    pub(crate) pk: String,
    pub(crate) sk: Option<String>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// Where it stands.
    pub key: RowKey,
    /// Everything else that it says.
    pub fields: Map<String, Value>,
}

impl RowKey {
    /// The partition without the tenant: a customer, a subject, `event#<event id>` ...
    pub fn under(&self) -> &str {
        self.pk.split_once('#').map_or(self.pk.as_str(), |(_, under)| under)
    }

    /// The hash of a link's word, if the row is its response.
    pub(crate) fn link(&self) -> Option<&str> {
        self.pk.strip_prefix("link#")
    }

    /// The sort key; empty where a table has none.
    pub fn sort(&self) -> &str {
        self.sk.as_deref().unwrap_or_default()
    }

    pub(crate) fn into_item(self) -> Item {
        let sk = self.sk.map(|sk| ("sk".to_owned(), text(sk)));
        HashMap::from_iter([("pk".to_owned(), text(self.pk))].into_iter().chain(sk))
    }
}

impl StoredRow {
    /// A field that is a text; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn of(mut item: Item) -> Self {
        let mut key = |name: &str| match item.remove(name) {
            Some(AttributeValue::S(text)) => Some(text),
            Some(_) | None => None,
        };
        let key = RowKey { pk: key("pk").unwrap_or_default(), sk: key("sk") };
        let fields = item.into_iter().map(|(name, value)| (name, plain(value))).collect();
        Self { key, fields }
    }
}

/// An attribute in plain JSON; bytes as base64.
fn plain(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::N(digits) => match digits.parse::<Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(digits),
        },
        AttributeValue::Bool(bool) => Value::Bool(bool),
        AttributeValue::B(bytes) => Value::String(BASE64.encode(bytes.as_ref())),
        AttributeValue::L(list) => Value::Array(list.into_iter().map(plain).collect()),
        AttributeValue::M(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        AttributeValue::Ss(list) | AttributeValue::Ns(list) => {
            Value::Array(list.into_iter().map(Value::String).collect())
        }
        // No row of ours has any other kind.
        _ => Value::Null,
    }
}

/// Every row of one partition that `keep` wants, to the last page, consistently.
pub(crate) async fn rows_under(
    client: &Client,
    table: &str,
    operation: &'static str,
    pk: String,
    mut keep: impl FnMut(Item) -> Option<StoredRow>,
) -> Result<Vec<StoredRow>, StoreError> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let query = client.query().table_name(table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&pk))
            .set_exclusive_start_key(after);
        let answer = query.send().await.map_err(|e| StoreError::database(operation, e))?;
        rows.extend(answer.items.unwrap_or_default().into_iter().filter_map(&mut keep));
        after = answer.last_evaluated_key;
        if after.is_none() {
            return Ok(rows);
        }
    }
}

/// Deletes rows, in their order as far as batches go; gone already is gone.
pub(crate) async fn delete_rows(
    client: &Client,
    table: &str,
    operation: &'static str,
    keys: &[RowKey],
) -> Result<(), StoreError> {
    for batch in keys.chunks(BATCH_ROWS_MAX) {
        let request = |key: &RowKey| {
            let delete = DeleteRequest::builder().set_key(Some(key.clone().into_item())).build();
            let delete = delete.expect("the key is set");
            WriteRequest::builder().delete_request(delete).build()
        };
        let mut requests: Vec<WriteRequest> = batch.iter().map(request).collect();
        for _ in 0..BATCH_CALLS_MAX {
            let batch = client.batch_write_item().request_items(table, requests);
            let answer = batch.send().await.map_err(|e| StoreError::database(operation, e))?;
            let left = answer.unprocessed_items.unwrap_or_default();
            requests = left.into_values().flatten().collect();
            if requests.is_empty() {
                break;
            }
        }
        if !requests.is_empty() {
            let source = Box::new(BadRow(format!("{} rows were put off", requests.len())));
            return Err(StoreError::Database { operation, source });
        }
    }
    Ok(())
}
