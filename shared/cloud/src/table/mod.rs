//! The tables. Each is written through its one module only, whose methods are its access patterns (`TABLE.md` beside it).
//!
//! Rows are private to their module and carry `v`, the version of their shape; what goes in and out are words of the domain.
//! Every read that decides about money or sending is consistent and by key.

pub mod customers;
pub mod events;
pub mod notifications;
pub mod points;
pub mod rewards;
pub mod standings;
mod stored;
pub mod survey_results;
pub mod surveys;
pub mod tenants;

use std::{collections::HashMap, error::Error as StdError, fmt};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use serde::{Serialize, de::DeserializeOwned};

pub use customers::Customers;
pub use events::Events;
pub use notifications::Notifications;
pub use points::Points;
pub use rewards::Rewards;
pub use standings::Standings;
pub use stored::{RowKey, StoredRow};
pub use survey_results::SurveyResults;
pub use surveys::Surveys;
pub use tenants::Tenants;

/// A row as DynamoDB gives and takes it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The version of every row's shape. A row of another version is not guessed at.
pub(crate) const ROW_VERSION: u8 = 1;

/// Why a table did not do what was asked. Conditions that failed are outcomes, not errors.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, throttled, or was busy with the same row: trying again later may do.
    #[error("{operation}: the database did not do it")]
    Database {
        /// The access pattern.
        operation: &'static str,
        /// What the client said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The database will never do it: a row too large, a key too long. Trying again will not do.
    #[error("{operation}: the database refuses it for ever")]
    Refused {
        /// The access pattern.
        operation: &'static str,
        /// What the client said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A stored row is not what its table holds: trying again will not do.
    #[error("{operation}: the row {key} cannot be read")]
    Corrupt {
        /// The access pattern.
        operation: &'static str,
        /// Its key, which is safe to log.
        key: String,
        /// What is wrong with it.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody mending anything.
    pub fn is_infrastructure(&self) -> bool {
        match self {
            Self::Database { .. } => true,
            Self::Refused { .. } | Self::Corrupt { .. } => false,
        }
    }

    /// A stable word for lists and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database { .. } => "database",
            Self::Refused { .. } => "refused_row",
            Self::Corrupt { .. } => "corrupt_row",
        }
    }

    pub(crate) fn database<E>(operation: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let is_ours = error.code() == Some("ValidationException");
        let source = Box::new(error);
        if is_ours {
            Self::Refused { operation, source }
        } else {
            Self::Database { operation, source }
        }
    }
}

/// A field that is missing or not of its kind.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadRow(pub(crate) String);

/// Text, as an attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A whole number, as an attribute.
pub(crate) fn number(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Writes a row. Rows are plain structs, so that this fails only on a mistake in them.
pub(crate) fn item(operation: &'static str, row: &impl Serialize) -> Result<Item, StoreError> {
    serde_dynamo::to_item(row).map_err(|error| StoreError::Corrupt {
        operation,
        key: "(a new row)".to_owned(),
        source: Box::new(error),
    })
}

/// Reads a row of the shape that is known here.
pub(crate) fn row<T: DeserializeOwned>(
    operation: &'static str,
    item: Item,
) -> Result<T, StoreError> {
    let version = item.get("v").and_then(|v| v.as_n().ok());
    if version.is_none_or(|version| *version != ROW_VERSION.to_string()) {
        return Err(corrupt(operation, &key_of(&item), "its version is not known"));
    }
    fields(operation, item)
}

/// Reads what an index carries of a row: keys alone, without its version.
pub(crate) fn fields<T: DeserializeOwned>(
    operation: &'static str,
    item: Item,
) -> Result<T, StoreError> {
    let key = key_of(&item);
    serde_dynamo::from_item(item).map_err(|error| StoreError::Corrupt {
        operation,
        key,
        source: Box::new(error),
    })
}

pub(crate) fn corrupt(operation: &'static str, key: &str, why: impl Into<String>) -> StoreError {
    StoreError::Corrupt { operation, key: key.to_owned(), source: Box::new(BadRow(why.into())) }
}

/// Where a row stands, as it is named in errors and logs.
pub(crate) fn key_of(item: &Item) -> String {
    let part = |name: &str| item.get(name).and_then(|v| v.as_s().ok());
    let pk = part("pk").map_or("-", String::as_str);
    part("sk").map_or_else(|| pk.to_owned(), |sk| format!("{pk} {sk}"))
}
