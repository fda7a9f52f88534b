#![doc = include_str!("TABLE.md")]

mod due;
mod erasure;
mod row;
mod rule;

use aws_sdk_dynamodb::{
    Client,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    event::{Rank, Tracking},
    id::EffectId,
    notification::Notification,
};
use serde::Deserialize;

use super::{Item, ROW_VERSION, StoreError, corrupt, item, key_of, number, row, text};
use due::due_partition;
use row::Row;

pub use due::{DueCursor, DueKey, DuePage};
pub use rule::{RuleCursor, RulePage, RulePlace};

/// The `notifications` table.
#[derive(Clone, Debug)]
pub struct Notifications {
    client: Client,
    table: String,
}

/// Whether a plan was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// It is stored now.
    New,
    /// It was planned before.
    Already,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// It is stored.
    Done,
    /// Somebody else changed the row meanwhile: here it is.
    Superseded(Box<Notification>),
}

/// Both sides of a message id, as far as they have come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meeting {
    /// Which attempt got this id from Zalo.
    pub sender: Option<Tracking>,
    /// How far the message came.
    pub rank: Option<Rank>,
}

#[derive(Deserialize)]
struct MeetingRow {
    sender: Option<String>,
    rank: Option<u8>,
}

impl Notifications {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// NO1: Stores a new notification, if there is none of its id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn plan(&self, new: &Notification) -> Result<Planned, StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("plan", &Row::of(new))?))
            .condition_expression("attribute_not_exists(pk)");
        let Err(error) = put.send().await else { return Ok(Planned::New) };
        match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => Ok(Planned::Already),
            Some(_) | None => Err(StoreError::database("plan", error)),
        }
    }

    /// NO2: Looks at one; `None` when there is none.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn find(
        &self,
        tenant: &str,
        id: &EffectId,
    ) -> Result<Option<Notification>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = answer.key("pk", text(key(tenant, id))).send().await;
        let answer = answer.map_err(|e| StoreError::database("find", e))?;
        answer.item.map(|found| read("find", found)).transpose()
    }

    /// NO3: Stores a change of the row that was read as `changed.revision`, and counts it up.
    ///
    /// # Errors
    /// When the database does not answer: the revision is then as before, and the same call finds its own effect if there was
    /// one. When the row is gone or corrupt.
    pub async fn save(&self, changed: &mut Notification) -> Result<Saved, StoreError> {
        let read_as = changed.revision;
        changed.revision += 1;
        let saved = self.put_changed(changed, read_as).await;
        if saved.is_err() {
            changed.revision = read_as;
        }
        saved
    }

    async fn put_changed(&self, changed: &Notification, read_as: u32) -> Result<Saved, StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("save", &Row::of(changed))?))
            .condition_expression("revision = :read_as")
            .expression_attribute_values(":read_as", number(read_as))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(Saved::Done) };
        let pk = key(&changed.tenant, &changed.id);
        let present = match error.as_service_error() {
            Some(
                aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(e),
            ) => e.item.clone(),
            Some(_) | None => return Err(StoreError::database("save", error)),
        };
        let present = read("save", present.ok_or_else(|| corrupt("save", &pk, "it is gone"))?)?;
        if Row::of(&present) == Row::of(changed) {
            return Ok(Saved::Done);
        }
        Ok(Saved::Superseded(Box::new(present)))
    }

    /// NO5: Says which attempt was given `message_id`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn meet_as_sender(
        &self,
        tenant: &str,
        message_id: &str,
        sender: &Tracking,
    ) -> Result<Meeting, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(meeting_key(tenant, message_id)))
            .update_expression("SET sender = :sender, v = :v")
            .expression_attribute_values(":v", number(ROW_VERSION))
            .expression_attribute_values(":sender", text(sender.to_string()))
            .return_values(ReturnValue::AllNew);
        let answer = update.send().await.map_err(|e| StoreError::database("meet_as_sender", e))?;
        read_meeting("meet_as_sender", message_id, answer.attributes)
    }

    /// NO6: Says how far the message `message_id` came; the highest rank stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn meet_as_receipt(
        &self,
        tenant: &str,
        message_id: &str,
        rank: Rank,
    ) -> Result<Meeting, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(meeting_key(tenant, message_id)))
            .update_expression("SET #rank = :rank, v = :v")
            .expression_attribute_values(":v", number(ROW_VERSION))
            .condition_expression("attribute_not_exists(#rank) OR #rank < :rank")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":rank", number(rank_number(rank)))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let attributes = match update.send().await {
            Ok(answer) => answer.attributes,
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(e)) => {
                    e.item.clone()
                }
                Some(_) | None => return Err(StoreError::database("meet_as_receipt", error)),
            },
        };
        read_meeting("meet_as_receipt", message_id, attributes)
    }
}

fn read(operation: &'static str, found: Item) -> Result<Notification, StoreError> {
    let key = key_of(&found);
    let stored: Row = row(operation, found)?;
    stored.read().ok_or_else(|| corrupt(operation, &key, "a field is not of its kind"))
}

fn read_meeting(
    operation: &'static str,
    message_id: &str,
    attributes: Option<Item>,
) -> Result<Meeting, StoreError> {
    let no_row = || corrupt(operation, &format!("sent:{message_id}"), "no row came back");
    let attributes = attributes.ok_or_else(no_row)?;
    let key = key_of(&attributes);
    let MeetingRow { sender, rank } = row(operation, attributes)?;
    let rank = match rank {
        None => None,
        Some(number) => Some(
            [Rank::Delivered, Rank::Seen, Rank::Clicked]
                .into_iter()
                .find(|rank| rank_number(*rank) == number)
                .ok_or_else(|| corrupt(operation, &key, "rank"))?,
        ),
    };
    let sender = match sender {
        None => None,
        Some(text) => {
            Some(Tracking::parse(&text).ok_or_else(|| corrupt(operation, &key, "sender"))?)
        }
    };
    Ok(Meeting { sender, rank })
}

fn rank_number(rank: Rank) -> u8 {
    match rank {
        Rank::Delivered => 1,
        Rank::Seen => 2,
        Rank::Clicked => 3,
    }
}

fn key(tenant: &str, id: &EffectId) -> String {
    format!("{tenant}#{id}")
}

fn meeting_key(tenant: &str, message_id: &str) -> String {
    format!("{tenant}#sent:{message_id}")
}
