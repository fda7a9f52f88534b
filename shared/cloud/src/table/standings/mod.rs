#![doc = include_str!("TABLE.md")]

mod board;
mod close;
mod progress;
mod row;

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnValue, TransactWriteItem},
};
use domain::{
    id::CustomerId,
    points::{AccountId, Member, Shift},
};
use jiff::Timestamp;

pub use board::{PLACES_MAX, Page};
pub use progress::{Progress, Progressed};

use super::{Item, StoreError, corrupt, fields, number, row as read_row, text};
use row::{DUE_SHARD, KeyRow, MemberRow, member_pk};

/// In how many parts each node is kept: of many who move at once fewer meet, and a rank reads each part.
pub const PARTS: u8 = 4;

/// Most rows of one page of what is due.
const DUE_ROWS_MAX: i32 = 100;

/// The `standings` table.
#[derive(Clone, Debug)]
pub struct Standings {
    client: Client,
    table: String,
}

/// A member as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadMember {
    /// What is known.
    pub member: Member,
    /// When something changes by itself.
    pub due_at: Option<Timestamp>,
    revision: u64,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It stands.
    Yes,
    /// Somebody else changed the member, or moved on the same nodes at the same time: read again.
    Raced,
}

impl Standings {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// ST1: Reads a member; one that nobody has seen has nothing.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn member(&self, tenant: &str, id: &AccountId) -> Result<ReadMember, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(member_pk(tenant, id))).key("sk", text("member"));
        let answer = get.send().await.map_err(|e| StoreError::database("member", e))?;
        let Some(found) = answer.item else { return Ok(ReadMember::default()) };
        let stored: MemberRow = read_row("member", found)?;
        let due_at = stored.due_at.map(Timestamp::from_millisecond).transpose();
        let due_at = due_at.map_err(|_| corrupt("member", &stored.pk, "due_at"))?;
        Ok(ReadMember { member: stored.member, due_at, revision: stored.revision })
    }

    /// ST2: Stores what became of a member, and moves it on its boards: all in one transaction, if nobody was faster.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save(
        &self,
        tenant: &str,
        id: &AccountId,
        read: &ReadMember,
        member: &Member,
        due_at: Option<Timestamp>,
        shifts: &[Shift],
    ) -> Result<Moved, StoreError> {
        let stored = MemberRow::new(tenant, id, read.revision + 1, member.clone(), due_at);
        let put =
            Put::builder().table_name(&self.table).set_item(Some(super::item("save", &stored)?));
        let put = if read.revision == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("revision = :read")
                .expression_attribute_values(":read", number(read.revision))
        };
        let put = put.build().expect("every part is set");
        let mut items = vec![TransactWriteItem::builder().put(put).build()];
        for shift in shifts {
            items.extend(self.moves(tenant, shift)?);
        }
        let transaction = self.client.transact_write_items().set_transact_items(Some(items));
        let Err(error) = transaction.send().await else { return Ok(Moved::Yes) };
        let raced = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let known = ["None", "ConditionalCheckFailed", "TransactionConflict"];
                let reasons = cancelled.cancellation_reasons();
                reasons.iter().all(|reason| known.contains(&reason.code().unwrap_or("None")))
            }
            Some(_) | None => false,
        };
        if raced { Ok(Moved::Raced) } else { Err(StoreError::database("save", error)) }
    }

    /// ST3: The members of all businesses of which something has changed by itself by `now`, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer, or a key cannot be read.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<(String, AccountId)>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(DUE_SHARD))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(DUE_ROWS_MAX);
        let answer = query.send().await.map_err(|e| StoreError::database("due", e))?;
        let read = |found: Item| {
            let KeyRow { pk } = fields("due", found)?;
            let account = pk
                .split_once('#')
                .and_then(|(tenant, id)| Some((tenant.to_owned(), AccountId::parse(id)?)));
            account.ok_or_else(|| corrupt("due", &pk, "pk"))
        };
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    /// ST4: What is kept about a customer beside the accounts goes: progress to badges and streaks. Whether there was some.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget(&self, tenant: &str, customer: &CustomerId) -> Result<bool, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text("progress"))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let deleted = delete.map_err(|e| StoreError::database("forget", e))?;
        Ok(deleted.attributes.is_some_and(|old| !old.is_empty()))
    }
}

/// A key of two texts.
fn key(pk: String, sk: String) -> Item {
    Item::from([("pk".to_owned(), AttributeValue::S(pk)), ("sk".to_owned(), AttributeValue::S(sk))])
}
