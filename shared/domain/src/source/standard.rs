//! The business's own systems: Standard Webhooks, with a plain body or a CloudEvents one.
//!
//! Source: Standard Webhooks 1.0.0 and CloudEvents 1.0 (HTTP binding, structured mode), read 2026-11.
//! `{"type":"order.created","timestamp":"2026-11-20T01:20:00Z","data":{…}}`; a body with `specversion` is a CloudEvent and
//! has `id`, `source` and `time`. The sender can mend what is wrong, so it is told: see [`BadHook`].
//! Units: `amount_vnd` in whole đồng. Bounds: below. Not here: `data_base64`, the binary mode, batches.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Reading, Stored, amount_vnd, bounded, dedupe_key,
    json::{BadJson, Object},
    name, phone_identity, sane, subject_of_hook, unrecognised, zalo_identity,
};
use crate::{
    event::{About, Change, Event, Head, Identity, Strength, ordering_time},
    id::EventId,
    phone::{BadPhone, Phone},
    subject::Subject,
    tenant::Tenant,
    verify::{Encoding, KeyForm, Part, Profile, TimestampHeader},
};

pub(super) const NAME: &str = "standard";

pub(super) const PROFILE: Profile = Profile {
    signature: "webhook-signature",
    prefix: "v1,",
    list: true,
    key: KeyForm::Base64AfterWhsec,
    signed: &[Part::DeliveryId, Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body],
    encoding: Encoding::Base64,
    timestamp: Some(TimestampHeader { name: "webhook-timestamp", tolerance_s: 300 }),
    delivery_id: Some("webhook-id"),
};

/// Longest event type, in bytes: it stands in keys, rules and logs.
const KIND_BYTES_MAX: usize = 64;

/// Longest `data`, in bytes. Standard Webhooks advises bodies below 20 KB.
const DATA_BYTES_MAX: usize = 20_000;

/// Deepest nesting of `data`: what a condition or a text can reach for.
const DATA_DEPTH_MAX: usize = 8;

/// Most facts that an order keeps, and the longest text among them in characters: they are stored with the order.
const FACTS_MAX: usize = 32;
const FACT_CHARS_MAX: usize = 200;

/// Longest `source` and `id` of a CloudEvent, in bytes.
const ATTRIBUTE_BYTES_MAX: usize = 256;

/// Kinds that only Cham itself derives: a rule may trust them.
const RESERVED: [&str; 11] = [
    "payment.",
    "shipment.",
    "notification.",
    "survey.",
    "case.",
    "tier.",
    "badge.",
    "streak.",
    "contest.",
    "template.",
    "oa.",
];

/// Why an authentic event of the business is refused (400). The sender mends it and sends it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHook {
    /// The body cannot be parsed.
    #[error("the body is not JSON")]
    BodyNotJson,
    /// The body is JSON and not an object.
    #[error("the body is not a JSON object")]
    BodyNotObject,
    /// A key stands twice in the body or in `data`.
    #[error("a key stands twice")]
    KeyRepeated,
    /// A CloudEvent of another version.
    #[error("`specversion` must be \"1.0\"")]
    SpecversionUnknown,
    /// A CloudEvent without `id`, or with an overlong one; a plain event without a delivery id.
    #[error("the event needs an `id` of at most {ATTRIBUTE_BYTES_MAX} bytes")]
    IdInvalid,
    /// A CloudEvent without `source`, or with an overlong one.
    #[error("a CloudEvent needs a `source` of at most {ATTRIBUTE_BYTES_MAX} bytes")]
    SourceInvalid,
    /// There is no `type`.
    #[error("`type` is missing")]
    TypeMissing,
    /// The `type` is not of the form `noun.verb`.
    #[error("`type` must be lower-case words joined by dots, at most {KIND_BYTES_MAX} bytes")]
    TypeInvalid,
    /// The `type` is one that Cham derives itself.
    #[error("this `type` is derived by Cham and cannot be sent")]
    TypeReserved,
    /// The time is not RFC 3339 with an offset, or lies before 1970.
    #[error("the time must be RFC 3339 with an offset")]
    TimeInvalid,
    /// `data` is there and not an object.
    #[error("`data` must be an object")]
    DataNotObject,
    /// `data` is too long, too deep, or holds a number out of range.
    #[error("`data` may have {DATA_BYTES_MAX} bytes and {DATA_DEPTH_MAX} levels")]
    DataTooLarge,
    /// The kind of event is about a person, and no number is given.
    #[error("`data.phone` is missing")]
    PhoneMissing,
    /// A number is given that is none.
    #[error("`data.phone` is not a Vietnamese phone number")]
    PhoneInvalid,
    /// The kind of event is about a Zalo user, and none is given.
    #[error("`data.zalo_user_id` is missing")]
    ZaloUserIdMissing,
    /// A Zalo id is given that cannot be one.
    #[error("`data.zalo_user_id` is not an id")]
    ZaloUserIdInvalid,
    /// `oa_id` is not one of the tenant's accounts, or it has none.
    #[error("`data.oa_id` is not an Official Account of this tenant")]
    OaUnknown,
    /// An order event that names no order.
    #[error("`data.order_id` is missing")]
    OrderIdMissing,
    /// An order's id that is empty, overlong or unprintable.
    #[error("`data.order_id` is not an id")]
    OrderIdInvalid,
    /// An amount that is not a whole number of đồng.
    #[error("`data.amount_vnd` must be a whole number of đồng, not negative")]
    AmountInvalid,
}

impl BadHook {
    /// The stable name that clients and metrics see.
    pub fn code(self) -> &'static str {
        match self {
            Self::BodyNotJson => "body_not_json",
            Self::BodyNotObject => "body_not_object",
            Self::KeyRepeated => "key_repeated",
            Self::SpecversionUnknown => "specversion_unknown",
            Self::IdInvalid => "id_invalid",
            Self::SourceInvalid => "source_invalid",
            Self::TypeMissing => "type_missing",
            Self::TypeInvalid => "type_invalid",
            Self::TypeReserved => "type_reserved",
            Self::TimeInvalid => "time_invalid",
            Self::DataNotObject => "data_not_object",
            Self::DataTooLarge => "data_too_large",
            Self::PhoneMissing => "phone_missing",
            Self::PhoneInvalid => "phone_invalid",
            Self::ZaloUserIdMissing => "zalo_user_id_missing",
            Self::ZaloUserIdInvalid => "zalo_user_id_invalid",
            Self::OaUnknown => "oa_unknown",
            Self::OrderIdMissing => "order_id_missing",
            Self::OrderIdInvalid => "order_id_invalid",
            Self::AmountInvalid => "amount_invalid",
        }
    }
}

impl From<BadJson> for BadHook {
    fn from(bad: BadJson) -> Self {
        match bad {
            BadJson::NotJson => Self::BodyNotJson,
            BadJson::NotObject => Self::BodyNotObject,
            BadJson::KeyRepeated => Self::KeyRepeated,
        }
    }
}

/// One event of the business, checked whole.
pub(super) struct Hook {
    kind: String,
    time: Option<Timestamp>,
    /// Source and id, when it is a CloudEvent.
    cloud_event: Option<(String, String)>,
    family: Family,
    phone: Option<Phone>,
    zalo: Option<Zalo>,
    order: Option<String>,
    amount_vnd: Option<u64>,
    data: Map<String, Value>,
}

struct Zalo {
    oa: String,
    user: String,
}

/// What decides subject and change.
#[derive(Clone, Copy, PartialEq)]
enum Family {
    Order,
    Identified,
    Other,
}

/// Reads a stored event; one that could not be sent any more today is kept as unrecognised.
pub(super) fn event(hook: &Stored<'_>, reading: &Reading<'_>) -> Event {
    match Hook::parse(hook.body, reading.tenant) {
        Ok(parsed) => parsed.event(hook, reading),
        Err(_) => Event::of_nobody(Head {
            id: hook.id.clone(),
            kind: unrecognised(NAME),
            subject: subject_of_hook(NAME, &hook.id),
            time: hook.received,
        }),
    }
}

impl Hook {
    pub(super) fn parse(bytes: &[u8], tenant: &Tenant) -> Result<Self, BadHook> {
        let body = Object::parse(bytes)?;
        let cloud_event = cloud_event(&body)?;
        let kind = kind(&body)?;
        let time = time(&body, if cloud_event.is_some() { "time" } else { "timestamp" })?;
        let (fields, data) = data(&body)?;
        let family = match kind.as_str() {
            "customer.identified" => Family::Identified,
            kind if kind.starts_with("order.") => Family::Order,
            _ => Family::Other,
        };
        let phone = phone(&fields)?;
        let zalo = zalo(&fields, tenant)?;
        let order = order_id(&fields, family)?;
        let amount_vnd = fields
            .raw("amount_vnd")
            .map(|raw| amount_vnd(raw).ok_or(BadHook::AmountInvalid))
            .transpose()?;
        match family {
            Family::Order if order.is_none() => return Err(BadHook::OrderIdMissing),
            Family::Identified if phone.is_none() => return Err(BadHook::PhoneMissing),
            Family::Identified if zalo.is_none() => return Err(BadHook::ZaloUserIdMissing),
            Family::Order | Family::Identified | Family::Other => {}
        }
        Ok(Self { kind, time, cloud_event, family, phone, zalo, order, amount_vnd, data })
    }

    /// The sender's own name for the event. `source` and `id` name a CloudEvent; anything else is named by its delivery.
    pub(super) fn key(&self, delivery_id: Option<&str>) -> Result<String, BadHook> {
        match &self.cloud_event {
            Some((source, id)) => Ok(dedupe_key(&["cloudevents", source, id])),
            None => {
                let id = delivery_id.ok_or(BadHook::IdInvalid)?;
                Ok(dedupe_key(&["webhook-id", id]))
            }
        }
    }

    pub(super) fn head(&self, id: EventId, reading: &Reading<'_>, received: Timestamp) -> Head {
        let identities = self.identities(reading);
        let subject = match (self.family, &self.order, identities.into_iter().next()) {
            (Family::Order, Some(order), _)
            | (Family::Identified | Family::Other, Some(order), None) => {
                Subject::Order(order.clone())
            }
            (_, _, Some(identity)) => identity.subject,
            (_, None, None) => subject_of_hook(NAME, &id),
        };
        Head { id, kind: self.kind.clone(), subject, time: ordering_time(self.time, received) }
    }

    fn event(self, hook: &Stored<'_>, reading: &Reading<'_>) -> Event {
        let head = self.head(hook.id.clone(), reading, hook.received);
        let identities = self.identities(reading);
        let about = match (identities.is_empty(), &self.order) {
            (false, _) => {
                About::Person { identities, strength: Strength::Proven, name: self.name() }
            }
            (true, Some(order)) => About::Owner(vec![Subject::Order(order.clone())]),
            (true, None) => About::Nobody,
        };
        let change = match (self.family, &self.order) {
            (Family::Order, Some(order)) => Change::Order {
                order: Subject::Order(order.clone()),
                amount_vnd: self.amount_vnd,
                facts: self.facts(order),
            },
            (Family::Order, None) | (Family::Identified | Family::Other, _) => Change::None,
        };
        Event::with_head(head, about, change, Value::Object(self.data))
    }

    /// The identities of the person, first the one that the event is about. The business signs, so they are proven to be one.
    fn identities(&self, reading: &Reading<'_>) -> Vec<Identity> {
        let phone = self.phone.clone().map(|phone| phone_identity(phone, reading.pepper));
        let zalo = self.zalo.as_ref().map(|Zalo { oa, user }| zalo_identity(oa, user));
        match self.family {
            Family::Identified => [zalo, phone],
            Family::Order | Family::Other => [phone, zalo],
        }
        .into_iter()
        .flatten()
        .collect()
    }

    fn name(&self) -> Option<String> {
        name(self.data.get("customer_name")?.as_str()?)
    }

    /// What is worth keeping with the order: short scalars. What does not fit stays in the event.
    fn facts(&self, order: &str) -> BTreeMap<String, Value> {
        let own = ["id", "order_id", "amount_vnd", "customer_name", "oa_id", "zalo_user_id"];
        let short = |value: &Value| match value {
            Value::String(text) => text.chars().count() <= FACT_CHARS_MAX,
            Value::Number(_) | Value::Bool(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        let mut facts: BTreeMap<String, Value> = self
            .data
            .iter()
            .filter(|(key, value)| {
                !own.contains(&key.as_str()) && key.len() <= KIND_BYTES_MAX && short(value)
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .take(FACTS_MAX)
            .collect();
        facts.insert("id".to_owned(), order.into());
        facts.extend(self.amount_vnd.map(|amount| ("amount_vnd".to_owned(), amount.into())));
        facts.extend(self.name().map(|name| ("customer_name".to_owned(), name.into())));
        facts
    }
}

/// Source and id of a CloudEvent; `None` for a plain body.
fn cloud_event(body: &Object<'_>) -> Result<Option<(String, String)>, BadHook> {
    if body.raw("specversion").is_none() {
        return Ok(None);
    }
    if body.text("specversion").as_deref() != Some("1.0") {
        return Err(BadHook::SpecversionUnknown);
    }
    let attribute = |key: &str| {
        body.text(key).filter(|text| !text.is_empty() && text.len() <= ATTRIBUTE_BYTES_MAX)
    };
    let source = attribute("source").ok_or(BadHook::SourceInvalid)?;
    let id = attribute("id").ok_or(BadHook::IdInvalid)?;
    Ok(Some((source, id)))
}

fn kind(body: &Object<'_>) -> Result<String, BadHook> {
    let kind = body.raw("type").ok_or(BadHook::TypeMissing)?;
    let kind: String = serde_json::from_str(kind).map_err(|_| BadHook::TypeInvalid)?;
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    if kind.len() > KIND_BYTES_MAX || !kind.contains('.') || !kind.split('.').all(word) {
        return Err(BadHook::TypeInvalid);
    }
    if RESERVED.iter().any(|prefix| kind.starts_with(prefix)) || kind.ends_with(".unrecognised") {
        return Err(BadHook::TypeReserved);
    }
    Ok(kind)
}

fn time(body: &Object<'_>, key: &str) -> Result<Option<Timestamp>, BadHook> {
    let Some(raw) = body.raw(key) else { return Ok(None) };
    let text: String = serde_json::from_str(raw).map_err(|_| BadHook::TimeInvalid)?;
    let time = text.parse().ok().and_then(sane).ok_or(BadHook::TimeInvalid)?;
    Ok(Some(time))
}

/// `data` unread, and as rules see it.
fn data<'a>(body: &Object<'a>) -> Result<(Object<'a>, Map<String, Value>), BadHook> {
    if body.raw("data_base64").is_some() {
        return Err(BadHook::DataNotObject);
    }
    let Some(raw) = body.raw("data") else { return Ok((Object::empty(), Map::new())) };
    if raw.len() > DATA_BYTES_MAX {
        return Err(BadHook::DataTooLarge);
    }
    let fields = Object::parse(raw.as_bytes()).map_err(|bad| match bad {
        BadJson::NotJson | BadJson::NotObject => BadHook::DataNotObject,
        BadJson::KeyRepeated => BadHook::KeyRepeated,
    })?;
    let values: Map<String, Value> =
        serde_json::from_str(raw).map_err(|_| BadHook::DataTooLarge)?;
    let cleaned = cleaned_fields(values, 1).ok_or(BadHook::DataTooLarge)?;
    Ok((fields, cleaned))
}

/// Texts cleaned, phone numbers left out; `None` when nested too deeply.
fn cleaned_fields(fields: Map<String, Value>, depth: usize) -> Option<Map<String, Value>> {
    fields
        .into_iter()
        .filter(|(key, _)| key != "phone" && !key.ends_with("_phone"))
        .map(|(key, value)| Some((key, cleaned(value, depth)?)))
        .collect()
}

fn cleaned(value: Value, depth: usize) -> Option<Value> {
    let deeper = Some(depth + 1).filter(|depth| *depth <= DATA_DEPTH_MAX);
    Some(match value {
        Value::String(text) => Value::String(bounded(&text, DATA_BYTES_MAX)),
        Value::Array(items) => {
            let depth = deeper?;
            Value::Array(items.into_iter().map(|item| cleaned(item, depth)).collect::<Option<_>>()?)
        }
        Value::Object(fields) => Value::Object(cleaned_fields(fields, deeper?)?),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => scalar,
    })
}

fn phone(data: &Object<'_>) -> Result<Option<Phone>, BadHook> {
    if data.raw("phone").is_none() {
        return Ok(None);
    }
    let text = data.text("phone").ok_or(BadHook::PhoneInvalid)?;
    let phone: Result<Phone, BadPhone> = Phone::parse(&text);
    phone.map(Some).map_err(|_| BadHook::PhoneInvalid)
}

fn zalo(data: &Object<'_>, tenant: &Tenant) -> Result<Option<Zalo>, BadHook> {
    if data.raw("zalo_user_id").is_none() {
        return Ok(None);
    }
    let user = data.id("zalo_user_id").ok_or(BadHook::ZaloUserIdInvalid)?;
    let oas = &tenant.zalo.oas;
    let oa = match data.raw("oa_id") {
        None => oas.first().cloned(),
        Some(_) => data.id("oa_id").filter(|oa| oas.contains(oa)),
    };
    Ok(Some(Zalo { oa: oa.ok_or(BadHook::OaUnknown)?, user }))
}

/// `order_id`, or plain `id` in an `order.*` event.
fn order_id(data: &Object<'_>, family: Family) -> Result<Option<String>, BadHook> {
    let key = match family {
        Family::Order if data.raw("order_id").is_none() => "id",
        Family::Order | Family::Identified | Family::Other => "order_id",
    };
    if data.raw(key).is_none() {
        return Ok(None);
    }
    data.id(key).map(Some).ok_or(BadHook::OrderIdInvalid)
}
