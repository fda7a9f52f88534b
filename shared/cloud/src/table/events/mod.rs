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
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Item, ROW_VERSION, StoreError, corrupt, item, row, text};

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
    /// Where it came from.
    pub source: Source,
    /// When it reached us.
    pub received: Timestamp,
    /// The bytes that were proven.
    pub body: Vec<u8>,
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

    /// Its key, to find it again.
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
        let (id, variant) = match id.split_once('~') {
            Some((id, hash)) => (id, Some(hash.to_owned())),
            None => (id, None),
        };
        let millisecond = millisecond.parse().map_err(|_| bad("the time in sk"))?;
        let body = match (stored.raw, stored.packed) {
            (Some(raw), None) => raw.into_bytes(),
            (None, Some(packed)) => {
                let mut body = Vec::new();
                let mut plain = DeflateDecoder::new(packed.as_slice());
                plain.read_to_end(&mut body).map_err(|_| bad("the packed body"))?;
                body
            }
            (None, None) | (Some(_), Some(_)) => return Err(bad("neither raw nor packed")),
        };
        Ok(Self {
            tenant: tenant.to_owned(),
            subject: Subject::parse(subject).ok_or_else(|| bad("the subject in pk"))?,
            time: Timestamp::from_millisecond(millisecond).map_err(|_| bad("the time in sk"))?,
            id: EventId::parse(id).ok_or_else(|| bad("the id in sk"))?,
            variant,
            source: Source::parse(&stored.source).ok_or_else(|| bad("source"))?,
            received: Timestamp::from_millisecond(stored.received).map_err(|_| bad("received"))?,
            body,
        })
    }
}

/// Where one event stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventKey {
    pk: String,
    sk: String,
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

    async fn put(
        &self,
        operation: &'static str,
        arrived: &Arrived<'_>,
        variant: Option<&str>,
    ) -> Result<Recorded, StoreError> {
        let Arrived { tenant, source, head, body, received, keep_until } = *arrived;
        let (raw, packed) = match std::str::from_utf8(body) {
            Ok(plain) if body.len() <= PLAIN_BODY_BYTES_MAX => (Some(plain.to_owned()), None),
            Ok(_) | Err(_) => (None, Some(ByteBuf::from(pack(body)))),
        };
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

fn pack(body: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    packed.write_all(body).expect("memory takes every byte");
    packed.finish().expect("memory takes every byte")
}
