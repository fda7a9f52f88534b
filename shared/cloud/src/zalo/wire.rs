//! What goes over the wire to Zalo and back, with Zalo's own field names.
//!
//! Source: Zalo ZBS "send by phone", "send by UID" and OA "consultation message", read 2026-11. Answers are read leniently:
//! sources disagree about strings or numbers, `msg_id` or `message_id`, and what stands inside `data`.

use std::collections::BTreeMap;

use domain::source::ListedRating;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Body of `POST /message/template` on the business host.
#[derive(Serialize)]
pub(super) struct PhoneTemplate<'a> {
    pub(super) phone: &'a str,
    pub(super) template_id: &'a str,
    pub(super) template_data: &'a BTreeMap<String, String>,
    pub(super) tracking_id: String,
}

/// Body of `POST /v3.0/oa/message/template`. A tracking id has no place in it: the answer's message id is all there is.
#[derive(Serialize)]
pub(super) struct UserTemplate<'a> {
    pub(super) user_id: &'a str,
    pub(super) template_id: &'a str,
    pub(super) template_data: &'a BTreeMap<String, String>,
}

/// Body of `POST /v3.0/oa/message/cs`.
#[derive(Serialize)]
pub(super) struct Reply<'a> {
    pub(super) recipient: User<'a>,
    pub(super) message: Text<'a>,
}

#[derive(Serialize)]
pub(super) struct User<'a> {
    pub(super) user_id: &'a str,
}

#[derive(Serialize)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
}

/// An answer of Zalo: JSON with a whole number `error`.
pub(super) struct Answer {
    pub(super) error: i64,
    body: Value,
}

impl Answer {
    /// `None` for everything that is not such an answer: HTML, an empty body, JSON of a gateway.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(bytes).ok()?;
        Some(Self { error: whole(body.get("error")?)?, body })
    }

    /// The id of the accepted message; `None` when there is none that a key could hold.
    pub(super) fn message_id(&self) -> Option<String> {
        ["msg_id", "message_id"].into_iter().find_map(|name| domain::subject::id(&self.text(name)?))
    }

    /// When Zalo sent it on.
    pub(super) fn sent_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(whole(self.field("sent_time")?)?).ok()
    }

    /// What is left, by the first of `names` that the answer's quota has as a number.
    pub(super) fn quota(&self, names: [&str; 2]) -> Option<u64> {
        let quota = self.field("quota")?;
        names
            .into_iter()
            .find_map(|name| whole(quota.get(name)?).and_then(|n| u64::try_from(n).ok()))
    }

    /// What is listed: `data.data`, or `data` itself.
    pub(super) fn list(&self) -> &[Value] {
        let data = self.body.get("data");
        let inner = data.and_then(|data| data.get("data")).or(data);
        inner.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// What stands inside; nothing where it is no object.
    pub(super) fn data(self) -> Value {
        self.body.get("data").cloned().unwrap_or_default()
    }

    fn text(&self, name: &str) -> Option<String> {
        scalar(self.field(name)?)
    }

    fn field(&self, name: &str) -> Option<&Value> {
        let inner = self.body.get("data").and_then(|data| data.get(name));
        inner.or_else(|| self.body.get(name)).filter(|value| !value.is_null())
    }
}

/// One rating of a list; `None` when it has not what a hook would have.
pub(super) fn rating(row: &Value) -> Option<ListedRating> {
    let text = |name: &str| row.get(name).and_then(scalar).filter(|text| !text.is_empty());
    let chosen = row.get("feedbacks").and_then(Value::as_array);
    Some(ListedRating {
        message_id: domain::subject::id(&text("msgId")?)?,
        tracking: text("trackingId"),
        stars: u8::try_from(whole(row.get("rate")?)?).ok()?,
        note: text("note").unwrap_or_default(),
        feedbacks: chosen.into_iter().flatten().filter_map(scalar).collect(),
        submitted: whole(row.get("submitDate")?)?.to_string(),
    })
}

/// A text, or a number's digits.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, quoted or not.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
