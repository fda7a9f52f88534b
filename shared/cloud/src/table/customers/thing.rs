//! Orders and parcels, whom they belong to, and the events that wait for that.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure,
};
use domain::{
    id::EventId,
    subject::Subject,
    thing::{Order, Shipment},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Customers, Ownerless, ROW_VERSION, StoreError, corrupt, item, key_of, number, row, text,
    wait::parked_due,
};
use crate::table::events::EventKey;

/// A thing as stored, with its revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThingRow {
    /// Whose it is: an identity, or another thing that knows; `None` until an event says so.
    pub owner: Option<Subject>,
    /// What kind of thing it is and where it stands; `None` before the first event about it.
    pub thing: Option<Thing>,
    revision: u32,
}

/// Where a thing stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// An order.
    Order(Order),
    /// A parcel.
    Shipment(Shipment),
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThingSaved {
    /// It is stored.
    Done,
    /// Somebody changed it meanwhile: read and apply again.
    Moved,
}

/// An event that waits for its thing to have an owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked {
    /// The event.
    pub event: EventId,
    /// When it happened.
    pub time: Timestamp,
    /// Where its row stands.
    pub key: EventKey,
    sk: String,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct StoredThing {
    pk: String,
    sk: String,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thing: Option<Thing>,
    revision: u32,
}

#[derive(Serialize, Deserialize)]
struct ParkedRow {
    pk: String,
    sk: String,
    v: u8,
    event: EventId,
    key: EventKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
}

impl Customers {
    /// CU9: Where a thing stands; an empty row when nobody has spoken of it.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn thing(&self, tenant: &str, thing: &Subject) -> Result<ThingRow, StoreError> {
        let stored: Option<StoredThing> =
            self.get("thing", &format!("{tenant}#{thing}"), "thing").await?;
        Ok(stored.map_or_else(ThingRow::default, |stored| ThingRow {
            owner: stored.owner,
            thing: stored.thing,
            revision: stored.revision,
        }))
    }

    /// CU10: Stores a thing that was read as `changed`'s revision.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn save_thing(
        &self,
        tenant: &str,
        thing: &Subject,
        changed: &ThingRow,
    ) -> Result<ThingSaved, StoreError> {
        let new = StoredThing {
            pk: format!("{tenant}#{thing}"),
            sk: "thing".to_owned(),
            v: ROW_VERSION,
            owner: changed.owner.clone(),
            thing: changed.thing.clone(),
            revision: changed.revision + 1,
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("save_thing", &new)?))
            .condition_expression("attribute_not_exists(pk) OR revision = :read_as")
            .expression_attribute_values(":read_as", number(changed.revision))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(ThingSaved::Done) };
        let present = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(e)) => e.item.clone(),
            Some(_) | None => return Err(StoreError::database("save_thing", error)),
        };
        let present = present.map(|found| row::<StoredThing>("save_thing", found)).transpose()?;
        // A write whose reply was lost meets itself.
        let ours = present.is_some_and(|present| present == new);
        Ok(if ours { ThingSaved::Done } else { ThingSaved::Moved })
    }

    /// CU11: Lets an event wait under the thing whose owner it needs; people are told when it still waits at `until`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn park(
        &self,
        tenant: &str,
        thing: &Subject,
        event: &EventId,
        time: Timestamp,
        key: &EventKey,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let (due_shard, due_at) = parked_due(until);
        let parked = ParkedRow {
            pk: format!("{tenant}#{thing}"),
            sk: format!("parked#{:013}#{event}", time.as_millisecond()),
            v: ROW_VERSION,
            event: event.clone(),
            key: key.clone(),
            due_shard: Some(due_shard),
            due_at: Some(due_at),
        };
        self.put("park", &parked).await
    }

    /// CU12: What waits for this thing, the oldest first, at most a page: the rest comes when these are taken up.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn parked(&self, tenant: &str, thing: &Subject) -> Result<Vec<Parked>, StoreError> {
        let found = self.begins("parked", &format!("{tenant}#{thing}"), "parked#", None).await?;
        found
            .items
            .into_iter()
            .map(|found| {
                let key = key_of(&found);
                let stored: ParkedRow = row("parked", found)?;
                let time = Ownerless::of(&thing.to_string(), &stored.sk).map(|known| known.time);
                let time = time.ok_or_else(|| corrupt("parked", &key, "sk"))?;
                Ok(Parked { event: stored.event, time, key: stored.key, sk: stored.sk })
            })
            .collect()
    }

    /// CU13: It waits no longer; gone already is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unpark(
        &self,
        tenant: &str,
        thing: &Subject,
        parked: &Parked,
    ) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key("pk", text(format!("{tenant}#{thing}")))
            .key("sk", text(&parked.sk))
            .send()
            .await;
        delete.map(drop).map_err(|e| StoreError::database("unpark", e))
    }
}
