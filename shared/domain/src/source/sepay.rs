//! SePay: a notice per bank transfer on the shop's account.
//!
//! Source: developer.sepay.vn, sepay-webhooks (authentication, security, error handling, quick start), read 2026-11. The
//! header names and the tolerance are the vendor's; that `timestamp.body` is signed is by two implementations.
//! Units: whole đồng; `transactionDate` is Vietnam's local time. Retries: by SePay, and by hand days later with the same `id`.

use jiff::{Timestamp, civil::DateTime, tz};
use serde_json::json;

use super::{
    Reading, Stored, amount_vnd, bounded, dedupe_key, json::Object, key_of_bytes, order_code,
    outside_id, sane, subject_of_hook, unrecognised,
};
use crate::{
    event::{About, Change, Event, Head, ordering_time},
    id::EventId,
    subject::Subject,
    verify::{Encoding, KeyForm, Part, Profile, TimestampHeader},
};

pub(super) const NAME: &str = "sepay";

pub(super) const PROFILE: Profile = Profile {
    signature: "x-sepay-signature",
    prefix: "sha256=",
    list: false,
    key: KeyForm::Text,
    signed: &[Part::Timestamp, Part::Text("."), Part::Body],
    encoding: Encoding::Hex,
    timestamp: Some(TimestampHeader { name: "x-sepay-timestamp", tolerance_s: 300 }),
    delivery_id: None,
};

/// Vietnam has had no other offset since 1975.
const VIETNAM: tz::Offset = tz::offset(7);

/// Longest text of a transfer that is kept, in characters.
const CONTENT_CHARS_MAX: usize = 500;

/// One notice, parsed as far as it can be.
pub(super) struct Hook<'a> {
    key: String,
    /// SePay's id of the transfer, or the bank's reference.
    id: Option<String>,
    time: Option<Timestamp>,
    transfer: Option<Transfer>,
    fields: Object<'a>,
}

struct Transfer {
    direction: Direction,
    amount_vnd: u64,
}

#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

impl<'a> Hook<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Self {
        let fields = Object::parse(body).unwrap_or_else(|_| Object::empty());
        let own = fields.id("id");
        let reference = fields.id("referenceCode");
        let kind = fields.text("transferType").unwrap_or_default();
        let amount = fields.text("transferAmount").unwrap_or_default();
        let key = match (&own, &reference) {
            (Some(id), _) => dedupe_key(&["id", id]),
            (None, Some(reference)) => dedupe_key(&["reference", reference, &kind, &amount]),
            (None, None) => key_of_bytes(body),
        };
        let direction = match kind.as_str() {
            "in" => Some(Direction::In),
            "out" => Some(Direction::Out),
            _ => None,
        };
        let id = own.or(reference);
        // Without an id there is nothing that a payment could be told from another by.
        let transfer = id
            .as_ref()
            .and(direction)
            .and_then(|direction| Some(Transfer { direction, amount_vnd: amount_vnd(&amount)? }));
        let time = fields.text("transactionDate").and_then(|text| local_time(&text));
        Self { key, id, time, transfer, fields }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn head(&self, id: EventId, received: Timestamp) -> Head {
        let kind = match &self.transfer {
            Some(Transfer { direction: Direction::In, .. }) => "payment.received".to_owned(),
            Some(Transfer { direction: Direction::Out, .. }) => "payment.sent".to_owned(),
            None => unrecognised(NAME),
        };
        let subject = match &self.id {
            Some(id) => Subject::Payment { source: NAME.to_owned(), id: id.clone() },
            None => subject_of_hook(NAME, &id),
        };
        Head { id, kind, subject, time: ordering_time(self.time, received) }
    }

    pub(super) fn event(&self, hook: &Stored<'_>, reading: &Reading<'_>) -> Event {
        let head = self.head(hook.id.clone(), hook.received);
        let Some(Transfer { direction, amount_vnd }) = self.transfer else {
            return Event::of_nobody(head);
        };
        let field = |key: &str| {
            self.fields.text(key).map(|text| bounded(&text, CONTENT_CHARS_MAX)).unwrap_or_default()
        };
        let data = json!({
            "amount_vnd": amount_vnd,
            "content": field("content"),
            "gateway": field("gateway"),
            "reference": field("referenceCode"),
        });
        match direction {
            Direction::Out => Event::with_head(head, About::Nobody, Change::None, data),
            Direction::In => {
                let orders = self.orders(&reading.tenant.order_code);
                let about = if orders.is_empty() { About::Nobody } else { About::Owner(orders) };
                Event::with_head(head, about, Change::Payment { amount_vnd }, data)
            }
        }
    }

    /// The orders that the transfer may be for: `code`, which SePay fills where the shop told it its pattern, else `content`.
    fn orders(&self, pattern: &str) -> Vec<Subject> {
        ["code", "content"]
            .into_iter()
            .filter_map(|key| self.fields.text(key))
            .map(|text| order_code::find(pattern, &text))
            .find(|codes| !codes.is_empty())
            .unwrap_or_default()
            .iter()
            .filter_map(|code| outside_id(code))
            .map(Subject::Order)
            .collect()
    }
}

/// `2026-11-20 08:29:58`, Vietnam's local time.
fn local_time(text: &str) -> Option<Timestamp> {
    let local = DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok()?;
    sane(VIETNAM.to_timestamp(local).ok()?)
}
