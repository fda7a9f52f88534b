//! Zalo Official Account: follows, messages, shared details, receipts and notices.
//!
//! Source: Zalo OA webhook and ZBS template documentation and public captures, read 2026-11. Ids and times are strings, in
//! some events numbers: both are taken, by their digits. Where sources disagree (who is `sender` in `user_seen_message`, one
//! `msg_id` or `msg_ids`), both forms are read. Times are milliseconds since 1970.
//! Bounds: [`SEEN_MAX`] ids in one hook. Retries: by Zalo, about two hours; a hook that is refused costs the webhook, so
//! everything authentic is kept.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Reading, Stored, TEXT_CHARS_MAX, bounded, dedupe_key, epoch_ms, json::Object, key_of_bytes,
    name, phone_identity, subject_of_hook, unrecognised, zalo_identity,
};
use crate::{
    event::{
        About, Change, Event, Head, Identity, Rank, Receipt, Sent, Strength, Tracking,
        ordering_time,
    },
    id::EventId,
    intent::{Intent, intent},
    phone::{Phone, masked},
    subject::Subject,
    survey::stars_said,
    tenant::{Tenant, ZaloApp},
};

pub(super) const NAME: &str = "zalo-oa";

/// Most ids that one `user_seen_message` may carry; a hook with more is kept as unrecognised for a person to look at.
const SEEN_MAX: usize = 500;

/// What a customer may give.
const STARS: std::ops::RangeInclusive<u8> = 1..=5;

/// Most chosen answers of a rating that are kept.
const FEEDBACKS_MAX: usize = 20;

/// Longest chosen answer, in characters: they are one-line texts of the template.
const FEEDBACK_CHARS_MAX: usize = 200;

/// Stars as Zalo lists them when it is asked, for those whose hook never came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRating {
    /// The message.
    pub message_id: String,
    /// What we had named it by, where Zalo says.
    pub tracking: Option<String>,
    /// 1 to 5.
    pub stars: u8,
    /// In the customer's words.
    pub note: String,
    /// Chosen answers.
    pub feedbacks: Vec<String>,
    /// When, in milliseconds since 1970, as Zalo writes it.
    pub submitted: String,
}

impl ListedRating {
    /// The hook that should have come: what it is stored under, and its body. It is the same event as the hook, should that come after
    /// all. `None` when no hook could say so.
    pub fn hook(&self, tenant: &Tenant, oa: &str, received: Timestamp) -> Option<(Head, Vec<u8>)> {
        let mut message = json!({
            "note": self.note,
            "rate": self.stars,
            "submit_time": self.submitted,
            "msg_id": self.message_id,
            "feedbacks": self.feedbacks,
        });
        if let Some(tracking) = &self.tracking {
            message["tracking_id"] = tracking.as_str().into();
        }
        let body = json!({
            "event_name": "user_feedback",
            "message": message,
            "app_id": tenant.zalo.app_id,
            "oa_id": oa,
            "timestamp": self.submitted,
        });
        let body = body.to_string().into_bytes();
        let hook = Hook::parse(&body, tenant);
        if !matches!(hook.fact, Fact::Rated { .. }) {
            return None;
        }
        let head = hook.head(EventId::of(&tenant.id, NAME, hook.key()), received);
        Some((head, body))
    }
}

/// One hook, parsed as far as it can be.
pub(super) struct Hook<'a> {
    key: String,
    /// The first known account in the body, or the tenant's first.
    oa: Option<String>,
    time: Option<Timestamp>,
    /// Zalo's name for the kind of event, for whoever looks into an unrecognised one.
    event_name: Option<String>,
    fact: Fact<'a>,
    console_sample: bool,
}

enum Fact<'a> {
    Followed {
        oa: String,
        user: String,
        source: Option<String>,
    },
    Unfollowed {
        oa: String,
        user: String,
    },
    /// The person asks Zalo that we forget: consent to everything is withdrawn.
    Withdrew {
        oa: String,
        user: String,
    },
    InfoSubmitted {
        oa: String,
        user: String,
        info: Object<'a>,
    },
    Wrote {
        oa: String,
        user: String,
        text: String,
    },
    /// One of the business's own people answered in Zalo's chat tool.
    StaffWrote {
        oa: String,
        user: String,
    },
    Receipt {
        rank: Rank,
        ids: Vec<String>,
        tracking: Option<Tracking>,
        to: To,
    },
    /// The customer gave a message stars, in the form that Zalo shows below it.
    Rated {
        message_id: String,
        tracking: Option<Tracking>,
        stars: u8,
        note: String,
        feedbacks: Vec<String>,
    },
    QuotaChanged {
        oa: String,
        quota: Object<'a>,
    },
    TemplateQuality {
        template: String,
        quality: String,
    },
    Unrecognised,
}

/// Whom a receipt is about.
enum To {
    Phone(Phone),
    User {
        oa: String,
        user: String,
    },
    /// Zalo gave the number's hash, or no party that can be told apart.
    Nobody,
}

/// The first account of `app` that the body names, in whichever of the places that Zalo uses.
pub(crate) fn known_oa(body: &Object<'_>, app: &ZaloApp) -> Option<String> {
    let party = |key: &str| body.object(key)?.text("id");
    [body.text("oa_id"), body.text("oaId"), party("sender"), party("recipient")]
        .into_iter()
        .flatten()
        .find(|id| app.oas.contains(id))
}

/// Whether this is the sample that the check button of Zalo's console sends: signed, and between parties that do not exist.
///
/// Source: one public implementation with a test, read 2026-11; not confirmed by Zalo.
pub(crate) fn is_console_sample(body: &Object<'_>) -> bool {
    body.object("message").is_some_and(|message| {
        message.text("msg_id").as_deref() == Some("This is message id")
            && message.text("text").as_deref() == Some("This is testing message")
    })
}

impl<'a> Hook<'a> {
    pub(super) fn parse(bytes: &'a [u8], tenant: &Tenant) -> Self {
        let body = Object::parse(bytes).unwrap_or_else(|_| Object::empty());
        let known = known_oa(&body, &tenant.zalo);
        let message = body.object_or_empty("message");
        // A phone receipt and a rating tell their own time; the hook's is when Zalo got round to it.
        let told = message.text("delivery_time").or_else(|| message.text("submit_time"));
        let time = told.or_else(|| body.text("timestamp"));
        Self {
            key: key(&body, &message).unwrap_or_else(|| key_of_bytes(bytes)),
            fact: fact(&body, &message, tenant).unwrap_or(Fact::Unrecognised),
            oa: known.or_else(|| tenant.zalo.oas.first().cloned()),
            time: time.and_then(|digits| epoch_ms(&digits)),
            event_name: body.id("event_name"),
            console_sample: is_console_sample(&body),
        }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn is_console_sample(&self) -> bool {
        self.console_sample
    }

    pub(super) fn head(&self, id: EventId, received: Timestamp) -> Head {
        let kind = match &self.fact {
            Fact::Followed { .. } => "customer.followed".to_owned(),
            Fact::Unfollowed { .. } => "customer.unfollowed".to_owned(),
            Fact::Withdrew { .. } => "customer.withdrew".to_owned(),
            Fact::InfoSubmitted { .. } => "customer.info_submitted".to_owned(),
            Fact::Wrote { .. } => "customer.wrote".to_owned(),
            Fact::StaffWrote { .. } => "staff.wrote".to_owned(),
            Fact::Receipt { rank: Rank::Delivered, .. } => "notification.delivered".to_owned(),
            Fact::Receipt { rank: Rank::Seen, .. } => "notification.seen".to_owned(),
            Fact::Receipt { rank: Rank::Clicked, .. } => "notification.clicked".to_owned(),
            Fact::Rated { .. } => "notification.rated".to_owned(),
            Fact::QuotaChanged { .. } => "oa.quota_changed".to_owned(),
            Fact::TemplateQuality { .. } => "template.quality_changed".to_owned(),
            Fact::Unrecognised => unrecognised(NAME),
        };
        let subject = match &self.fact {
            Fact::Followed { oa, user, .. }
            | Fact::Unfollowed { oa, user }
            | Fact::Withdrew { oa, user }
            | Fact::InfoSubmitted { oa, user, .. }
            | Fact::Wrote { oa, user, .. }
            | Fact::StaffWrote { oa, user } => zalo_identity(oa, user).subject,
            Fact::Receipt { ids, .. } => Subject::Sent(ids[0].clone()),
            Fact::Rated { message_id, .. } => Subject::Sent(message_id.clone()),
            Fact::QuotaChanged { oa, .. } => Subject::Oa(oa.clone()),
            Fact::TemplateQuality { template, .. } => Subject::Template(template.clone()),
            Fact::Unrecognised => match &self.oa {
                Some(oa) => Subject::Oa(oa.clone()),
                None => subject_of_hook(NAME, &id),
            },
        };
        Head { id, kind, subject, time: ordering_time(self.time, received) }
    }

    pub(super) fn events(&self, hook: &Stored<'_>, reading: &Reading<'_>) -> Vec<Event> {
        let head = self.head(hook.id.clone(), hook.received);
        let event = match &self.fact {
            Fact::Receipt { rank, ids, tracking, to } => {
                return self.receipts(&head, *rank, ids, tracking.as_ref(), to, reading);
            }
            Fact::Followed { oa, user, source } => {
                let about = person(vec![zalo_identity(oa, user)], Strength::Proven, None);
                Event::with_head(head, about, Change::None, json!({ "source": source }))
            }
            Fact::Unfollowed { oa, user }
            | Fact::Withdrew { oa, user }
            | Fact::StaffWrote { oa, user } => {
                let about = person(vec![zalo_identity(oa, user)], Strength::Proven, None);
                Event::with_head(head, about, Change::None, json!({}))
            }
            Fact::InfoSubmitted { oa, user, info } => {
                let mut identities = vec![zalo_identity(oa, user)];
                let phone = info.text("phone").and_then(|text| Phone::parse(&text).ok());
                identities.extend(phone.map(|phone| phone_identity(phone, reading.pepper)));
                let called = info.text("name").and_then(|raw| name(&raw));
                let about = person(identities, Strength::Claimed, called);
                Event::with_head(head, about, Change::None, details(info))
            }
            Fact::Wrote { oa, user, text } => {
                let about = person(vec![zalo_identity(oa, user)], Strength::Proven, None);
                let wants = intent(text).map_or("none", Intent::as_str);
                let data = json!({ "text": text, "intent": wants, "stars": stars_said(text) });
                Event::with_head(head, about, Change::None, data)
            }
            Fact::Rated { message_id, tracking, stars, note, feedbacks } => {
                let (message_id, tracking) = (message_id.clone(), tracking.clone());
                // Who gives stars has seen the message.
                let change = Change::Receipt(Receipt {
                    message_id: message_id.clone(),
                    tracking: tracking.clone(),
                    rank: Rank::Seen,
                    at: head.time,
                });
                let about = About::Reader(Box::new(Sent { message_id, tracking }));
                let data = json!({ "stars": stars, "note": note, "feedbacks": feedbacks });
                Event::with_head(head, about, change, data)
            }
            Fact::QuotaChanged { quota, .. } => {
                let data = json!({
                    "previous": quota.scalar("prev_value"),
                    "new": quota.scalar("new_value"),
                });
                Event::with_head(head, About::Nobody, Change::None, data)
            }
            Fact::TemplateQuality { template, quality } => {
                let data = json!({ "template_id": template, "quality": quality });
                Event::with_head(head, About::Nobody, Change::None, data)
            }
            Fact::Unrecognised => {
                let data = json!({ "event_name": self.event_name });
                Event::with_head(head, About::Nobody, Change::None, data)
            }
        };
        vec![event]
    }

    /// One event per message. A message that two hooks call seen is one event: its id hangs on the message alone.
    fn receipts(
        &self,
        head: &Head,
        rank: Rank,
        ids: &[String],
        tracking: Option<&Tracking>,
        to: &To,
        reading: &Reading<'_>,
    ) -> Vec<Event> {
        let about = match to {
            To::Phone(phone) => {
                person(vec![phone_identity(phone.clone(), reading.pepper)], Strength::Proven, None)
            }
            To::User { oa, user } => person(vec![zalo_identity(oa, user)], Strength::Proven, None),
            To::Nobody => About::Nobody,
        };
        let event = |message_id: &String| {
            let id = match ids {
                [_] => head.id.clone(),
                _ => EventId::of(&reading.tenant.id, NAME, &seen_key(&[message_id.as_str()])),
            };
            let subject = Subject::Sent(message_id.clone());
            let change = Change::Receipt(Receipt {
                message_id: message_id.clone(),
                tracking: tracking.cloned(),
                rank,
                at: head.time,
            });
            let head = Head { id, kind: head.kind.clone(), subject, time: head.time };
            Event::with_head(head, about.clone(), change, json!({ "message_id": message_id }))
        };
        ids.iter().map(event).collect()
    }
}

/// What the hook says; `None` when it is of a kind, or in a form, that is not read yet.
fn fact<'a>(body: &Object<'a>, message: &Object<'a>, tenant: &Tenant) -> Option<Fact<'a>> {
    let app = &tenant.zalo;
    let parties = || Parties::of(body, app);
    Some(match body.text("event_name")?.as_str() {
        "follow" => Fact::Followed {
            oa: known_oa(body, app)?,
            user: body.object("follower")?.id("id")?,
            source: body.id("source"),
        },
        "unfollow" => {
            Fact::Unfollowed { oa: known_oa(body, app)?, user: body.object("follower")?.id("id")? }
        }
        "user_withdraw" => {
            let oa = known_oa(body, app).or_else(|| app.oas.first().cloned())?;
            Fact::Withdrew { oa, user: body.id("user_id")? }
        }
        "user_submit_info" => {
            let Parties { oa, user } = parties()?;
            Fact::InfoSubmitted { oa, user, info: body.object("info")? }
        }
        "user_send_text" if !is_console_sample(body) => {
            let Parties { oa, user } = parties()?;
            let text = bounded(&message.text("text")?, TEXT_CHARS_MAX);
            // Without an id, two equal messages could not be told from one sent twice.
            message.id("msg_id")?;
            Fact::Wrote { oa, user, text }
        }
        // Echoes of our own messages come without `admin_id`.
        event if event.starts_with("oa_send_") => {
            body.object("sender")?.id("admin_id")?;
            let Parties { oa, user } = parties()?;
            Fact::StaffWrote { oa, user }
        }
        "user_received_message" => {
            let tracking = message.text("tracking_id");
            let by_phone = tracking.is_some() || message.raw("delivery_time").is_some();
            let to = if by_phone {
                let recipient = body.object("recipient").and_then(|party| party.text("id"));
                let phone = recipient.and_then(|text| Phone::parse(&text).ok());
                phone.map_or(To::Nobody, To::Phone)
            } else {
                parties().map_or(To::Nobody, Parties::into_to)
            };
            Fact::Receipt {
                rank: Rank::Delivered,
                ids: vec![message.id("msg_id")?],
                tracking: tracking.and_then(|text| Tracking::parse(&text)),
                to,
            }
        }
        "user_seen_message" => Fact::Receipt {
            rank: Rank::Seen,
            ids: seen_ids(message)?,
            tracking: None,
            to: parties().map_or(To::Nobody, Parties::into_to),
        },
        "user_feedback" => Fact::Rated {
            message_id: message.id("msg_id")?,
            tracking: message.text("tracking_id").and_then(|text| Tracking::parse(&text)),
            stars: stars(&message.text("rate")?)?,
            note: message
                .text("note")
                .map(|note| bounded(&masked(&note), TEXT_CHARS_MAX))
                .unwrap_or_default(),
            feedbacks: message
                .texts("feedbacks", FEEDBACKS_MAX, FEEDBACK_CHARS_MAX)
                .iter()
                .map(|text| masked(text))
                .collect(),
        },
        "change_oa_daily_quota" => {
            Fact::QuotaChanged { oa: known_oa(body, app)?, quota: body.object("quota")? }
        }
        "change_template_quality" => Fact::TemplateQuality {
            template: body.id("template_id")?,
            quality: body.id("quality")?,
        },
        _ => return None,
    })
}

/// One digit: what is written in another way is no choice of Zalo's form.
fn stars(rate: &str) -> Option<u8> {
    let stars = rate.parse().ok().filter(|_| rate.len() == 1)?;
    STARS.contains(&stars).then_some(stars)
}

/// The account and the person in a conversation.
struct Parties {
    oa: String,
    user: String,
}

impl Parties {
    /// Tells them apart by the known accounts, since sources disagree on who is the sender of what.
    fn of(body: &Object<'_>, app: &ZaloApp) -> Option<Self> {
        let party = |key: &str| body.object(key)?.id("id");
        let (sender, recipient) = (party("sender")?, party("recipient")?);
        match (app.oas.contains(&sender), app.oas.contains(&recipient)) {
            (true, false) => Some(Self { oa: sender, user: recipient }),
            (false, true) => Some(Self { oa: recipient, user: sender }),
            (true, true) | (false, false) => None,
        }
    }

    fn into_to(self) -> To {
        To::User { oa: self.oa, user: self.user }
    }
}

/// The distinct messages of a `user_seen_message`, at least one and at most [`SEEN_MAX`].
fn seen_ids(message: &Object<'_>) -> Option<Vec<String>> {
    let listed = message.ids("msg_ids").unwrap_or_default();
    let mut ids: Vec<String> = Vec::new();
    if listed.len() > SEEN_MAX {
        return None;
    }
    for id in listed.into_iter().chain(message.id("msg_id")) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    (!ids.is_empty()).then_some(ids)
}

fn seen_key(ids: &[&str]) -> String {
    dedupe_key(&[&["user_seen_message"], ids].concat())
}

/// What makes a hook the same as another, per family of events: `msg_id` alone is not a key, since the same message is sent,
/// received, seen and rated. Covers the families that are not read yet too, so that their ids stay when they are.
///
/// Source: inferred from the payloads, read 2026-11. `None` for every other event: the bytes are the key then.
fn key(body: &Object<'_>, message: &Object<'_>) -> Option<String> {
    let event = body.text("event_name")?;
    let at = || body.text("timestamp");
    let party = |key: &str, field: &str| body.object(key)?.text(field);
    let or_root = |field: &str| message.text(field).or_else(|| body.text(field));
    let key = |parts: &[&str]| Some(dedupe_key(&[&[event.as_str()], parts].concat()));
    match event.as_str() {
        "user_received_message" => key(&[&party("recipient", "id")?, &message.id("msg_id")?]),
        "user_seen_message" => {
            let ids = seen_ids(message)?;
            Some(seen_key(&ids.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        "user_reacted_message" | "oa_reacted_message" => key(&[&message.text("msg_id")?, &at()?]),
        "user_feedback" => key(&[
            &message.text("msg_id")?,
            &message.text("submit_time")?,
            &message.text("tracking_id").unwrap_or_default(),
        ]),
        "user_click_response_button" => key(&[
            &or_root("tracking_id")?,
            &or_root("submit_time")?,
            &or_root("data")?,
            &or_root("msg_id")?,
        ]),
        "follow" | "unfollow" => key(&[&party("follower", "id")?, &at()?]),
        "user_submit_info" => key(&[&party("sender", "id")?, &at()?]),
        "user_withdraw" => key(&[&body.text("user_id")?, &at()?]),
        "change_oa_daily_quota" => {
            key(&[&body.text("oaId").or_else(|| body.text("oa_id"))?, &at()?])
        }
        "change_template_quality" | "change_template_status" | "change_template_quota" => {
            key(&[&body.text("template_id")?, &at()?])
        }
        _ if ["user_send_", "oa_send_", "anonymous_send_"].iter().any(|p| event.starts_with(p)) => {
            key(&[&message.text("msg_id")?])
        }
        _ => None,
    }
}

/// What a person typed into the form, in both generations of the payload.
fn details(info: &Object<'_>) -> Value {
    let address = info.object_or_empty("full_address");
    let mut data = Map::new();
    for (name, value) in [
        ("name", info.scalar("name")),
        ("gender", info.scalar("gender")),
        ("birthday", info.scalar("user_dob")),
        ("city", address.scalar("user_city").or_else(|| info.scalar("city"))),
        ("district", info.scalar("district")),
        ("ward", address.scalar("user_ward").or_else(|| info.scalar("ward"))),
        ("address", address.scalar("user_address").or_else(|| info.scalar("address"))),
    ] {
        data.extend(value.map(|value| (name.to_owned(), value)));
    }
    Value::Object(data)
}

fn person(identities: Vec<Identity>, strength: Strength, name: Option<String>) -> About {
    About::Person { identities, strength, name }
}
