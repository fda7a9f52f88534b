#![doc = include_str!("TABLE.md")]

use std::io::{Read, Write};

use aws_sdk_dynamodb::{Client, types::ReturnValuesOnConditionCheckFailure};
use domain::{
    event::Head,
    id::EventId,
    source::{Source, Stored},
    subject::Subject,
};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item, ROW_VERSION, StoreError, corrupt, fields, item, key_of, number, row,
    stored::{self, RowKey, StoredRow},
    text,
};

/// Raw bodies above this are stored compressed, in bytes.
const PLAIN_BODY_BYTES_MAX: usize = 16 * 1024;

/// The `events` table.
#[derive(Clone, Debug)]
pub struct Events {
    client: Client,
    table: String,
}

/// A proven hook on its way into the table.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// Whose it is.
    pub tenant: &'a str,
    /// Where it came from.
    pub source: Source,
    /// What intake read of it.
    pub head: &'a Head,
    /// The bytes that were proven.
    pub body: &'a [u8],
    /// When it reached us.
    pub received: Timestamp,
    /// When it may go.
    pub keep_until: Timestamp,
}

/// What became of a hook that was to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is stored now.
    New,
    /// It was stored before, byte for byte.
    Duplicate,
    /// Its key was stored before with another body, which stays.
    OtherBody,
}

/// One stored hook.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Whose it is.
    pub tenant: String,
    /// What it is about.
    pub subject: Subject,
    /// When it happened.
    pub time: Timestamp,
    /// Its id.
    pub id: EventId,
    /// Set on a row whose id was taken by another body: kept, without effect.
    pub variant: Option<String>,
    /// Set on a row that was stored again, to be followed again.
    pub again: bool,
    /// Where it came from.
    pub source: Source,
    /// What it was read as when it was stored.
    pub kind: String,
    /// When it reached us.
    pub received: Timestamp,
    /// The bytes that were proven.
    pub body: Vec<u8>,
    /// When it may go, in seconds.
    pub keep_until: Timestamp,
}

/// Whether a row was stored again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It is, and the stream carries it.
    Stored,
    /// It was before, at the same instant.
    Already,
}

/// Some of the rows that were received since a time, in no order.
#[derive(Clone, Debug)]
pub struct ReceivedPage {
    /// The rows.
    pub rows: Vec<EventRow>,
    /// Rows that nobody can read, by key.
    pub unreadable: Vec<String>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<EventKey>,
}

impl EventRow {
    /// Reads the row that a stream record carries.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is not a row of this table.
    pub fn from_image(image: serde_dynamo::Item) -> Result<Self, StoreError> {
        Self::from_item("a record of the events stream", image.into())
    }

    /// What a reader needs of it.
    pub fn stored(&self) -> Stored<'_> {
        Stored { id: self.id.clone(), received: self.received, body: &self.body }
    }

    /// Its key, to find it again; for a row that was stored again that of the first one.
    pub fn key(&self) -> EventKey {
        let sk = sort_key(self.time, &self.id, self.variant.as_deref());
        EventKey { pk: partition_key(&self.tenant, &self.subject), sk }
    }

    fn from_item(operation: &'static str, item: Item) -> Result<Self, StoreError> {
        let stored: Row = row(operation, item)?;
        let key = format!("{} {}", stored.pk, stored.sk);
        let bad = |why: &str| corrupt(operation, &key, why);
        let (tenant, subject) = stored.pk.split_once('#').ok_or_else(|| bad("pk"))?;
        let (millisecond, id) = stored.sk.split_once('#').ok_or_else(|| bad("sk"))?;
        let (id, again) = match id.split_once('+') {
            Some((id, _)) => (id, true),
            None => (id, false),
        };
        let (id, variant) = match id.split_once('~') {
            Some((id, hash)) => (id, Some(hash.to_owned())),
            None => (id, None),
        };
        let millisecond = millisecond.parse().map_err(|_| bad("the time in sk"))?;
        let body = match (stored.raw, stored.packed) {
            (Some(raw), None) => raw.into_bytes(),
            (None, Some(packed)) => {
                unpack(packed.as_slice()).map_err(|_| bad("the packed body"))?
            }
            (None, None) | (Some(_), Some(_)) => return Err(bad("neither raw nor packed")),
        };
        Ok(Self {
            tenant: tenant.to_owned(),
            subject: Subject::parse(subject).ok_or_else(|| bad("the subject in pk"))?,
            time: Timestamp::from_millisecond(millisecond).map_err(|_| bad("the time in sk"))?,
            id: EventId::parse(id).ok_or_else(|| bad("the id in sk"))?,
            variant,
            again,
            source: Source::parse_stored(&stored.source).ok_or_else(|| bad("source"))?,
            kind: stored.kind,
            received: Timestamp::from_millisecond(stored.received).map_err(|_| bad("received"))?,
            body,
            keep_until: Timestamp::from_second(stored.ttl).map_err(|_| bad("ttl"))?,
        })
    }
}

impl<'a> Arrived<'a> {
    /// What Cham itself has found out, to be stored as a hook is.
    pub fn own(
        tenant: &'a str,
        head: &'a Head,
        body: &'a [u8],
        now: Timestamp,
        keep_for: SignedDuration,
    ) -> Self {
        let (source, keep_until) = (Source::Own, now + keep_for);
        Self { tenant, source, head, body, received: now, keep_until }
    }
}

/// Where one event stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventKey {
    pk: String,
    sk: String,
}

impl EventKey {
    /// Where the event of this id stands.
    pub fn of(tenant: &str, subject: &Subject, time: Timestamp, id: &EventId) -> Self {
        Self { pk: partition_key(tenant, subject), sk: sort_key(time, id, None) }
    }

    /// What the event is about.
    pub fn subject(&self) -> Option<Subject> {
        Subject::parse(self.pk.split_once('#')?.1)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    v: u8,
    source: String,
    kind: String,
    received: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed: Option<ByteBuf>,
    ttl: i64,
}

impl Events {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// EV1: Stores a proven hook, if nothing stands at its key.
    ///
    /// # Errors
    /// The hook is not stored; the sender has to come again.
    pub async fn record(&self, arrived: &Arrived<'_>) -> Result<Recorded, StoreError> {
        self.put("record", arrived, None).await
    }

    /// EV2: Stores a hook whose key another body holds, beside it and without effect.
    ///
    /// # Errors
    /// The hook is not stored; the sender has to come again.
    pub async fn record_variant(&self, arrived: &Arrived<'_>) -> Result<Recorded, StoreError> {
        self.put("record_variant", arrived, Some(&body_hash(arrived.body))).await
    }

    /// EV3: Finds one event again, for what was parked.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn find(&self, key: &EventKey) -> Result<Option<EventRow>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = answer.key("pk", text(&key.pk)).key("sk", text(&key.sk)).send().await;
        let answer = answer.map_err(|e| StoreError::database("find", e))?;
        answer.item.map(|item| EventRow::from_item("find", item)).transpose()
    }

    /// EV4: Every row under a subject that `keep` wants, each with its body as `raw`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rows_under(
        &self,
        tenant: &str,
        subject: &Subject,
        keep: impl Fn(&StoredRow) -> bool,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let pk = partition_key(tenant, subject);
        let read = |item| Some(unpacked(item)).filter(&keep);
        stored::rows_under(&self.client, &self.table, "rows_under", pk, read).await
    }

    /// EV5: Deletes rows.
    ///
    /// # Errors
    /// When the database does not answer, or put a part off time and again: the same call goes on.
    pub async fn delete_rows(&self, keys: &[RowKey]) -> Result<(), StoreError> {
        stored::delete_rows(&self.client, &self.table, "delete_rows", keys).await
    }

    /// EV6: Deletes one hook; gone already is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete(&self, key: &EventKey) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("pk", text(&key.pk)).key("sk", text(&key.sk)).send().await;
        delete.map(drop).map_err(|e| StoreError::database("delete", e))
    }

    /// EV7: What was received since a time and is not a variant, of one tenant or of all: reads the whole table, page by page.
    ///
    /// # Errors
    /// When the database does not answer: the same page can be read again.
    pub async fn received_since(
        &self,
        tenant: Option<&str>,
        since: Timestamp,
        page: Option<EventKey>,
    ) -> Result<ReceivedPage, StoreError> {
        let start = page.map(|key| {
            Item::from([("pk".to_owned(), text(key.pk)), ("sk".to_owned(), text(key.sk))])
        });
        let scan = self.client.scan().table_name(&self.table).set_exclusive_start_key(start);
        let received = "received >= :since AND NOT contains(sk, :variant)";
        let scan = scan
            .expression_attribute_values(":since", number(since.as_millisecond()))
            .expression_attribute_values(":variant", text("~"));
        let scan = match tenant {
            None => scan.filter_expression(received),
            Some(tenant) => scan
                .filter_expression(format!("{received} AND begins_with(pk, :tenant)"))
                .expression_attribute_values(":tenant", text(format!("{tenant}#"))),
        };
        let answer = scan.send().await;
        let answer = answer.map_err(|e| StoreError::database("received_since", e))?;
        let mut found = ReceivedPage { rows: Vec::new(), unreadable: Vec::new(), next: None };
        for item in answer.items.unwrap_or_default() {
            let key = key_of(&item);
            match EventRow::from_item("received_since", item) {
                Ok(row) => found.rows.push(row),
                Err(_) => found.unreadable.push(key),
            }
        }
        let next = answer.last_evaluated_key.map(|last| fields("received_since", last));
        found.next = next.transpose()?;
        Ok(found)
    }

    /// EV8: Stores a row again beside itself, as `kind`, so that the stream brings it once more.
    ///
    /// # Errors
    /// When the database does not answer; calling again with the same instant stores it once.
    pub async fn again(
        &self,
        known: &EventRow,
        kind: &str,
        at: Timestamp,
    ) -> Result<Again, StoreError> {
        let EventKey { pk, sk } = known.key();
        let (raw, packed) = stored_body(&known.body);
        let new = Row {
            pk,
            sk: format!("{sk}+{}", at.as_millisecond()),
            v: ROW_VERSION,
            source: known.source.as_str().to_owned(),
            kind: kind.to_owned(),
            received: known.received.as_millisecond(),
            raw,
            packed,
            ttl: known.keep_until.as_second(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("again", &new)?))
            .condition_expression("attribute_not_exists(pk)");
        let Err(error) = put.send().await else { return Ok(Again::Stored) };
        match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => Ok(Again::Already),
            Some(_) | None => Err(StoreError::database("again", error)),
        }
    }

    async fn put(
        &self,
        operation: &'static str,
        arrived: &Arrived<'_>,
        variant: Option<&str>,
    ) -> Result<Recorded, StoreError> {
        let Arrived { tenant, source, head, body, received, keep_until } = *arrived;
        let (raw, packed) = stored_body(body);
        let new = Row {
            pk: partition_key(tenant, &head.subject),
            sk: sort_key(head.time, &head.id, variant),
            v: ROW_VERSION,
            source: source.as_str().to_owned(),
            kind: head.kind.clone(),
            received: received.as_millisecond(),
            raw,
            packed,
            ttl: keep_until.as_second(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item(operation, &new)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(Recorded::New) };
        let refused = match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => error.into_service_error(),
            Some(_) | None => return Err(StoreError::database(operation, error)),
        };
        let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
            refused,
        ) = refused
        else {
            return Ok(Recorded::Duplicate);
        };
        let present = refused.item.ok_or_else(|| {
            corrupt(operation, &format!("{} {}", new.pk, new.sk), "no old row came back")
        })?;
        let present = EventRow::from_item(operation, present)?;
        Ok(if present.body == body { Recorded::Duplicate } else { Recorded::OtherBody })
    }
}

/// The hash that tells two bodies under one id apart: 16 hex characters of SHA-256.
pub fn body_hash(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    data_encoding::HEXLOWER.encode(&Sha256::digest(body)[..8])
}

fn partition_key(tenant: &str, subject: &Subject) -> String {
    format!("{tenant}#{subject}")
}

fn sort_key(time: Timestamp, id: &EventId, variant: Option<&str>) -> String {
    let key = format!("{:013}#{id}", time.as_millisecond());
    match variant {
        Some(hash) => format!("{key}~{hash}"),
        None => key,
    }
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut body)?;
    Ok(body)
}

/// A row with its body as text; a packed one that cannot be read stays as it is.
fn unpacked(mut item: Item) -> StoredRow {
    let packed = item.get("packed").and_then(|packed| packed.as_b().ok());
    if let Some(Ok(body)) = packed.map(|packed| unpack(packed.as_ref())) {
        item.remove("packed");
        item.insert("raw".to_owned(), text(String::from_utf8_lossy(&body)));
    }
    StoredRow::of(item)
}

/// A body as `raw` or as `packed`.
fn stored_body(body: &[u8]) -> (Option<String>, Option<ByteBuf>) {
    match std::str::from_utf8(body) {
        Ok(plain) if body.len() <= PLAIN_BODY_BYTES_MAX => (Some(plain.to_owned()), None),
        Ok(_) | Err(_) => (None, Some(ByteBuf::from(pack(body)))),
    }
}

fn pack(body: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    packed.write_all(body).expect("memory takes every byte");
    packed.finish().expect("memory takes every byte")
}
