//! What goes on later: the waits of rules, and what is parked for too long. Both stand on the index `due`; so does what people
//! attach by hand.

use domain::{
    id::{EffectId, EventId},
    subject::Subject,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Customers, ROW_VERSION, StoreError, corrupt, number, text};
use crate::table::{events::EventKey, fields};

/// Most rows of one kind that one look at `due` takes; the rest is there at the next look.
const DUE_ROWS_MAX: i32 = 100;

/// What stands on `due`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueKind {
    /// The rest of a rule.
    Wait,
    /// An event that waits for its owner.
    Parked,
    /// A thing that somebody has given to a customer.
    Attach,
}

impl DueKind {
    /// The partition on `due`. One takes a thousand writes a second; every row carries its own, so that more can be added.
    pub(super) fn partition(self) -> &'static str {
        match self {
            Self::Wait => "wait#0",
            Self::Parked => "parked#0",
            Self::Attach => "attach#0",
        }
    }
}

/// The rest of a rule, to be carried out later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The id of the wait's own effect.
    pub id: EffectId,
    /// The event that the rule fired for.
    pub event: EventId,
    /// Where its row stands.
    pub key: EventKey,
    /// The kind that it fired as.
    pub kind: String,
    /// The rule.
    pub rule: String,
    /// The version of the rule set that decided.
    pub version: u32,
    /// The step that waits; what follows it is to be done.
    pub step: String,
    /// What it is about, for people: `DH0001`.
    pub about: String,
    /// A voucher's code that a step before it brought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A row on `due`, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueRow {
    /// Whose it is.
    pub tenant: String,
    /// A customer's id, or the subject of an event that concerns nobody, or a thing.
    pub under: String,
    /// The rest of the key.
    pub sk: String,
}

/// An event that has been parked for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// The event.
    pub event: EventId,
    /// Under which thing it waits.
    pub thing: Subject,
}

#[derive(Serialize, Deserialize)]
struct WaitRow {
    pk: String,
    sk: String,
    v: u8,
    due_shard: String,
    due_at: i64,
    #[serde(flatten)]
    wait: Wait,
}

#[derive(Deserialize)]
struct KeyRow {
    pk: String,
    sk: String,
}

#[derive(Deserialize)]
struct ParkedRow {
    event: EventId,
    due_shard: Option<String>,
}

impl Customers {
    /// CU23: Lets the rest of a rule wait until `until`, under its customer or under the subject of an event that concerns nobody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wait(
        &self,
        tenant: &str,
        under: &str,
        wait: &Wait,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let stored = WaitRow {
            pk: format!("{tenant}#{under}"),
            sk: format!("wait#{}", wait.id),
            v: ROW_VERSION,
            due_shard: DueKind::Wait.partition().to_owned(),
            due_at: until.as_millisecond(),
            wait: wait.clone(),
        };
        self.put("wait", &stored).await
    }

    /// CU24: What of one kind is due, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a key is corrupt.
    pub async fn due(&self, kind: DueKind, now: Timestamp) -> Result<Vec<DueRow>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(kind.partition()))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(DUE_ROWS_MAX);
        let answer = query.send().await.map_err(|e| StoreError::database("due", e))?;
        let mut due = Vec::new();
        for found in answer.items.unwrap_or_default() {
            let KeyRow { pk, sk } = fields("due", found)?;
            let (tenant, under) = pk.split_once('#').ok_or_else(|| corrupt("due", &pk, "pk"))?;
            due.push(DueRow { tenant: tenant.to_owned(), under: under.to_owned(), sk });
        }
        Ok(due)
    }

    /// CU25: The wait that a row on `due` names, with its time; `None` when it is over.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn waiting(&self, due: &DueRow) -> Result<Option<(Wait, Timestamp)>, StoreError> {
        let pk = format!("{}#{}", due.tenant, due.under);
        let stored: Option<WaitRow> = self.get("waiting", &pk, &due.sk).await?;
        let Some(stored) = stored else { return Ok(None) };
        let key = format!("{} {}", stored.pk, stored.sk);
        let until = Timestamp::from_millisecond(stored.due_at);
        let until = until.map_err(|_| corrupt("waiting", &key, "due_at"))?;
        Ok(Some((stored.wait, until)))
    }

    /// CU26: A wait is over; gone already is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waited(&self, due: &DueRow) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key("pk", text(format!("{}#{}", due.tenant, due.under)))
            .key("sk", text(&due.sk))
            .send()
            .await;
        delete.map(drop).map_err(|e| StoreError::database("waited", e))
    }

    /// CU27: The parked event that a row on `due` names; `None` when it waits no longer or people know of it.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn overdue(&self, due: &DueRow) -> Result<Option<Overdue>, StoreError> {
        let pk = format!("{}#{}", due.tenant, due.under);
        let stored: Option<ParkedRow> = self.get("overdue", &pk, &due.sk).await?;
        let waits =
            |stored: &ParkedRow| stored.due_shard.as_deref() == Some(DueKind::Parked.partition());
        let Some(event) = stored.filter(waits).map(|row| row.event) else { return Ok(None) };
        let thing = Subject::parse(&due.under).ok_or_else(|| corrupt("overdue", &pk, "pk"))?;
        Ok(Some(Overdue { event, thing }))
    }

    /// CU28: People know of a parked event: it waits on, due no longer, on the list of its business.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn told_of(&self, due: &DueRow) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(format!("{}#{}", due.tenant, due.under)))
            .key("sk", text(&due.sk))
            .update_expression("SET due_shard = :told")
            .expression_attribute_values(":told", text(told_shard(&due.tenant)))
            .condition_expression("attribute_exists(pk)")
            .send()
            .await;
        match update {
            Ok(_) => Ok(()),
            Err(e) if super::identity::is_refused(&e) => Ok(()),
            Err(e) => Err(StoreError::database("told_of", e)),
        }
    }
}

/// The partition on `due` of what people of a business were told of: nothing is due there, it is a list.
pub(super) fn told_shard(tenant: &str) -> String {
    format!("told#{tenant}")
}

/// The partition and time on `due` of an event that was parked.
pub(super) fn parked_due(until: Timestamp) -> (String, i64) {
    (DueKind::Parked.partition().to_owned(), until.as_millisecond())
}
