//! What no event brings together: things that people give to a customer by hand, and the list of what waits for that.

use std::fmt;

use domain::{
    id::{CustomerId, EventId},
    subject::Subject,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Customers, Item, ROW_VERSION, StoreError, corrupt, number, row, text,
    wait::{DueKind, told_shard},
};
use crate::table::fields;

/// The sort key of what is to be attached: one thing belongs to one customer.
const ATTACH: &str = "attach";

/// A thing that somebody has given to a customer by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The event that waited the longest.
    pub event: EventId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The identity that the thing will belong to.
    pub identity: Subject,
    /// Who says so, by the name of the API key.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a thing that was to be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// It will be, within a minute.
    New,
    /// Somebody has said so before.
    Already(Attach),
}

/// An event that waits for its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownerless {
    /// The event.
    pub event: EventId,
    /// The thing that it waits under.
    pub thing: Subject,
    /// When it happened.
    pub time: Timestamp,
}

impl Ownerless {
    /// Reads the key of a parked row.
    pub fn of(under: &str, sk: &str) -> Option<Self> {
        let (time, event) = read_sk(sk)?;
        Some(Self { event, thing: Subject::parse(under)?, time })
    }
}

/// A page of the events that wait for their customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerlessPage {
    /// Those first that people were told of first.
    pub events: Vec<Ownerless>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<OwnerlessPlace>,
}

/// A place on that list. Prints as `1795137600000.parked#1795051200000#<event id>.order:DH0001`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerlessPlace {
    due_ms: i64,
    sk: String,
    under: String,
}

impl OwnerlessPlace {
    /// Reads a place as it prints.
    pub fn parse(place: &str) -> Option<Self> {
        let mut parts = place.splitn(3, '.');
        let due_ms = parts.next()?.parse().ok()?;
        let (sk, under) = (parts.next()?, parts.next()?);
        Ownerless::of(under, sk)?;
        Some(Self { due_ms, sk: sk.to_owned(), under: under.to_owned() })
    }
}

impl fmt::Display for OwnerlessPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.due_ms, self.sk, self.under)
    }
}

#[derive(Serialize, Deserialize)]
struct AttachRow {
    pk: String,
    sk: String,
    v: u8,
    due_shard: String,
    due_at: i64,
    #[serde(flatten)]
    attach: Attach,
}

/// A key of the index.
#[derive(Deserialize)]
struct IndexRow {
    pk: String,
    sk: String,
    due_at: i64,
}

impl Customers {
    /// CU41: Somebody says whose a thing is; the minute brings it to that customer, with all that waits for it.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt; calling again says it once.
    pub async fn attach(
        &self,
        tenant: &str,
        thing: &Subject,
        attach: &Attach,
    ) -> Result<Attached, StoreError> {
        let new = AttachRow {
            pk: format!("{tenant}#{thing}"),
            sk: ATTACH.to_owned(),
            v: ROW_VERSION,
            due_shard: DueKind::Attach.partition().to_owned(),
            due_at: attach.at.as_millisecond(),
            attach: attach.clone(),
        };
        let Some(present) = self.put_if_absent("attach", &new).await? else {
            return Ok(Attached::New);
        };
        let present: AttachRow = row("attach", present)?;
        // A write whose reply was lost meets itself.
        Ok(if present.attach == *attach {
            Attached::New
        } else {
            Attached::Already(present.attach)
        })
    }

    /// CU42: What somebody has said of a thing and nobody has carried out yet.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn to_attach(
        &self,
        tenant: &str,
        thing: &Subject,
    ) -> Result<Option<Attach>, StoreError> {
        let stored: Option<AttachRow> =
            self.get("to_attach", &format!("{tenant}#{thing}"), ATTACH).await?;
        Ok(stored.map(|stored| stored.attach))
    }

    /// CU43: It is carried out; gone already is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attached(&self, tenant: &str, thing: &Subject) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("pk", text(format!("{tenant}#{thing}"))).key("sk", text(ATTACH));
        delete.send().await.map(drop).map_err(|e| StoreError::database("attached", e))
    }

    /// CU44: The events that people were told of and that still wait for their customer, `limit` of them, from a place on.
    ///
    /// # Errors
    /// When the database does not answer or a key is corrupt.
    pub async fn ownerless(
        &self,
        tenant: &str,
        limit: i32,
        from: Option<&OwnerlessPlace>,
    ) -> Result<OwnerlessPage, StoreError> {
        let start = from.map(|place| {
            let parts = [
                ("pk", text(format!("{tenant}#{}", place.under))),
                ("sk", text(&place.sk)),
                ("due_shard", text(told_shard(tenant))),
                ("due_at", number(place.due_ms)),
            ];
            parts.map(|(name, value)| (name.to_owned(), value)).into()
        });
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard")
            .expression_attribute_values(":shard", text(told_shard(tenant)))
            .limit(limit)
            .set_exclusive_start_key(start);
        let answer = query.send().await.map_err(|e| StoreError::database("ownerless", e))?;
        let mut events = Vec::new();
        for found in answer.items.unwrap_or_default() {
            let place = read_place(tenant, found)?;
            let bad = || corrupt("ownerless", &format!("{tenant}#{}", place.under), "the key");
            events.push(Ownerless::of(&place.under, &place.sk).ok_or_else(bad)?);
        }
        let next = answer.last_evaluated_key.map(|last| read_place(tenant, last)).transpose()?;
        Ok(OwnerlessPage { events, next })
    }
}

fn read_place(tenant: &str, found: Item) -> Result<OwnerlessPlace, StoreError> {
    let IndexRow { pk, sk, due_at } = fields("ownerless", found)?;
    let under = pk.strip_prefix(tenant).and_then(|rest| rest.strip_prefix('#'));
    let under = under.ok_or_else(|| corrupt("ownerless", &pk, "pk"))?.to_owned();
    Ok(OwnerlessPlace { due_ms: due_at, sk, under })
}

/// The time and the event of `parked#1795137600000#<event id>`.
fn read_sk(sk: &str) -> Option<(Timestamp, EventId)> {
    let (ms, event) = sk.strip_prefix("parked#")?.split_once('#')?;
    Some((Timestamp::from_millisecond(ms.parse().ok()?).ok()?, EventId::parse(event)?))
}
