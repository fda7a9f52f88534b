//! What Zalo sends back: receipts and ratings, signed, and sent again until somebody takes them.
//!
//! Source: OA webhook and ZNS "user receives message" documents, read 2026-11. A phone receipt names the caller's `tracking_id`; a
//! UID receipt is the ordinary OA event, which does not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    settings::StandInSettings,
    state::{Entry, PhoneMessage, State},
};
use crate::sign;

/// Waits between deliveries, in seconds. Source: OA webhook document; after the last one Zalo gives up.
const RETRY_STEPS_S: [i64; 5] = [30, 300, 900, 1_800, 3_600];

/// From the arrival on the phone to Zalo's own time stamp, in milliseconds: the distance in Zalo's sample.
const STAMP_AFTER_MS: i64 = 10;

/// One request to our intake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hook {
    /// For [`super::StandIn::hook_done`].
    pub id: u64,
    /// When it was due.
    pub at: Timestamp,
    /// `POST`.
    pub method: String,
    /// The path that the account's webhook points to.
    pub path: String,
    /// Names in lower case; `num_retry` on redeliveries.
    pub headers: BTreeMap<String, String>,
    /// The signed text, byte for byte the same at each delivery.
    pub body: String,
}

/// Stars that a customer gives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rating {
    /// `phone:84912345678`.
    pub to: String,
    /// The name of the message's template; the latest such message is rated.
    pub message: String,
    /// 1 to 5.
    pub stars: u8,
    /// In the customer's words.
    #[serde(default)]
    pub note: String,
    /// Chosen answers.
    #[serde(default)]
    pub feedbacks: Vec<String>,
    /// Sends the earlier rating of this message once more, unchanged.
    #[serde(default)]
    pub repeat: bool,
}

/// Why a rating cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum NothingToRate {
    /// No message of that template reached that phone.
    #[error("no such message reached that phone")]
    Message,
    /// A repetition without a first time.
    #[error("the message was not rated before")]
    NotYet,
    /// The log cannot be written.
    #[error("the rating could not be kept")]
    Log(#[source] std::io::Error),
}

/// A hook that is to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NewHook {
    pub due: Timestamp,
    server: String,
    body: String,
    /// The message that it rates.
    rates: Option<String>,
}

#[derive(Default)]
pub(super) struct Hooks {
    added: u64,
    pending: BTreeMap<u64, Pending>,
    ratings: BTreeMap<String, NewHook>,
    /// Those that an answer waits for and that nobody took yet.
    first: BTreeSet<u64>,
}

struct Pending {
    hook: NewHook,
    deliveries: usize,
    /// `None` when Zalo has given up.
    next: Option<Timestamp>,
}

impl Hooks {
    /// What customers gave: the message, and the `message` of its hook.
    pub fn ratings(&self) -> impl Iterator<Item = (&str, Value)> {
        self.ratings.iter().map(|(message_id, hook)| {
            let mut body: Value = serde_json::from_str(&hook.body).unwrap_or_default();
            (message_id.as_str(), body["message"].take())
        })
    }

    pub fn add(&mut self, hook: NewHook) {
        self.added += 1;
        if let Some(message_id) = &hook.rates {
            self.ratings.insert(message_id.clone(), hook.clone());
        }
        let next = Some(hook.due);
        self.pending.insert(self.added, Pending { hook, deliveries: 0, next });
    }

    pub fn done(&mut self, id: u64) {
        self.first.remove(&id);
        self.pending.remove(&id);
    }

    pub fn go_first(&mut self, ids: &[u64]) {
        self.first.extend(ids);
    }

    pub fn one_goes_first(&self) -> bool {
        !self.first.is_empty()
    }

    pub fn is_pending(&self, id: u64) -> bool {
        self.pending.contains_key(&id)
    }

    /// How many were ever added: the id of the last one.
    pub fn last_id(&self) -> u64 {
        self.added
    }

    pub fn next_at(&self) -> Option<Timestamp> {
        self.pending.values().filter_map(|pending| pending.next).min()
    }

    pub fn given_up(&self) -> usize {
        self.pending.values().filter(|pending| pending.next.is_none()).count()
    }

    pub fn take_due(&mut self, settings: &StandInSettings, now: Timestamp) -> Vec<Hook> {
        let mut due: Vec<Hook> = Vec::new();
        for (id, pending) in &mut self.pending {
            let Some(at) = pending.next.filter(|at| *at <= now) else { continue };
            due.push(delivery(settings, *id, at, pending));
            pending.next = RETRY_STEPS_S
                .get(pending.deliveries)
                .map(|step_s| now + SignedDuration::from_secs(*step_s));
            pending.deliveries += 1;
            self.first.remove(id);
        }
        due.sort_by_key(|hook| (hook.at, hook.id));
        due
    }
}

fn delivery(settings: &StandInSettings, id: u64, at: Timestamp, pending: &Pending) -> Hook {
    let NewHook { server, body, .. } = &pending.hook;
    let signature = sign::zalo_oa(&settings.app_id, &settings.oa_secret, body.as_bytes())
        .expect("our own hooks have a timestamp");
    let mut headers = BTreeMap::from([
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), "ZaloWebhook".to_owned()),
        ("x-zevent-server".to_owned(), server.clone()),
        ("x-zevent-signature".to_owned(), signature),
    ]);
    if pending.deliveries > 0 {
        headers.insert("num_retry".to_owned(), pending.deliveries.to_string());
    }
    Hook {
        id,
        at,
        method: "POST".to_owned(),
        path: settings.hook_path.clone(),
        headers,
        body: body.clone(),
    }
}

fn millis(time: Timestamp) -> String {
    time.as_millisecond().to_string()
}

/// The receipt of a message that arrives at `due`; staff alerts have none.
pub(super) fn receipt(
    settings: &StandInSettings,
    message: &PhoneMessage,
    due: Timestamp,
) -> Option<NewHook> {
    let (server, recipient, mut told) = match message.to.split_once(':')? {
        ("phone", number) => {
            let told = json!({
                "delivery_time": millis(due),
                "msg_id": message.message_id,
                "tracking_id": message.tracking_id,
            });
            ("ZNS", number, told)
        }
        (_, user) => ("OA OpenAPI", user, json!({"msg_id": message.message_id})),
    };
    if let Some(told) = told.as_object_mut() {
        told.retain(|_, value| !value.is_null());
    }
    let body = json!({
        "sender": {"id": settings.oa_id},
        "recipient": {"id": recipient},
        "event_name": "user_received_message",
        "message": told,
        "app_id": settings.app_id,
        "timestamp": millis(due + SignedDuration::from_millis(STAMP_AFTER_MS)),
    });
    Some(NewHook { due, server: server.to_owned(), body: body.to_string(), rates: None })
}

/// The `user_feedback` of a rating.
pub(super) fn rated(
    settings: &StandInSettings,
    state: &State,
    rating: &Rating,
) -> Result<Entry, NothingToRate> {
    let is_meant = |message: &&PhoneMessage| {
        let template = message.template.as_deref().and_then(|id| settings.template(id));
        message.to == rating.to && template.is_some_and(|t| t.name == rating.message)
    };
    let message = state.messages.iter().rev().find(is_meant).ok_or(NothingToRate::Message)?;
    let due = state.now + SignedDuration::from_secs(settings.receipt_delay_s);
    if rating.repeat {
        let first = state.hooks.ratings.get(&message.message_id).ok_or(NothingToRate::NotYet)?;
        return Ok(Entry::Hook(NewHook { due, ..first.clone() }));
    }
    let mut told: Value = json!({
        "rating_type": "csat",
        "option": "five_emotions",
        "note": rating.note,
        "rate": rating.stars,
        "submit_time": millis(state.now),
        "msg_id": message.message_id,
        "feedbacks": rating.feedbacks,
    });
    if let Some(tracking_id) = &message.tracking_id {
        told["tracking_id"] = json!(tracking_id);
    }
    let body = json!({
        "event_name": "user_feedback",
        "message": told,
        "app_id": settings.app_id,
        "oa_id": settings.oa_id,
        "timestamp": millis(state.now + SignedDuration::from_millis(STAMP_AFTER_MS)),
    });
    Ok(Entry::Hook(NewHook {
        due,
        server: "OA OpenAPI".to_owned(),
        body: body.to_string(),
        rates: Some(message.message_id.clone()),
    }))
}
