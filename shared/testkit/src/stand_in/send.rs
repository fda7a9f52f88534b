//! What Zalo makes of a request: a decision on the state, with the changes that it would make.
//!
//! Source: ZBS "send by phone" and "send by UID", OA consultation message, error tables of both hosts, read 2026-11. The two hosts
//! name the same mistake by different codes. Where the documents name no order of checks, the token comes first.

use std::collections::BTreeMap;

use axum::http::Method;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    consent,
    fault::Misbehaviour,
    fill::{Problem, fill},
    hooks,
    settings::{StandInSettings, StandInTemplate, vietnam},
    state::{Entry, PhoneMessage, State},
    token::{self, Worth},
};

/// Longest consultation text in characters. Source: OA consultation message.
const CS_TEXT_MAX: usize = 2_000;

/// Where the demo's staff alerts are posted to.
pub(super) const ALERTS: &str = "/alerts";

/// A request to the API.
pub(super) struct Request {
    pub method: Method,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub access_token: Option<String>,
    pub secret_key: Option<String>,
    pub proof: Option<String>,
    /// Whether it came as to a proxy.
    pub is_proxied: bool,
    pub body: Vec<u8>,
}

/// What Zalo answers, and what changes with it.
pub(super) enum Reply {
    /// JSON with HTTP 200.
    Done { body: Value, entries: Vec<Entry> },
    /// HTTP 200 with nothing in it.
    Empty,
    /// A page for a person, with HTTP 200.
    Page(String),
    /// On to another address.
    Redirect { place: String, entries: Vec<Entry> },
    /// No such path.
    Unknown,
    /// A gateway's 503.
    Down,
}

type Refusal = (i64, &'static str);

/// Decides on a request without changing anything.
pub(super) fn decide(settings: &StandInSettings, state: &State, request: &Request) -> Reply {
    let desk = Desk { settings, state, request };
    let post = request.method == Method::POST;
    let answer = match request.path.as_str() {
        "/v4/oa/access_token" if post => return token::exchange(settings, state, request),
        "/v4/oa/permission" => return consent::permission(settings, state, request),
        "/v2.0/oa/getoa" => desk.account(),
        "/v3.0/oa/user/detail" => desk.user(),
        "/quality" => desk.quality(),
        "/template/all" => desk.templates(),
        "/message/template" if post => desk.phone(),
        "/v3.0/oa/message/template" if post => desk.uid(),
        "/v3.0/oa/message/cs" if post => desk.consultation(),
        ALERTS if post => Ok(desk.alert()),
        "/message/status" => desk.status(),
        "/template/info/v2" => desk.template_info(),
        "/message/quota" => desk.quota(),
        "/rating/get" if post || !settings.ratings_by_post => desk.ratings(),
        _ => return Reply::Unknown,
    };
    match answer {
        Ok((data, entries)) => {
            let mut body = json!({"error": 0, "message": "Success", "data": data});
            if request.path == "/template/all" {
                body["metadata"] = json!({"total": settings.templates.len()});
            }
            Reply::Done { body, entries }
        }
        Err((code, text)) => refused(code, text),
    }
}

/// A refusal, as Zalo words it.
pub(super) fn refused(code: i64, text: &str) -> Reply {
    Reply::Done { body: json!({"error": code, "message": text}), entries: Vec::new() }
}

pub(super) struct Desk<'a> {
    pub settings: &'a StandInSettings,
    pub state: &'a State,
    pub request: &'a Request,
}

pub(super) type Answer = Result<(Value, Vec<Entry>), Refusal>;

impl Desk<'_> {
    fn phone(&self) -> Answer {
        self.business_token()?;
        let asked = self.json().ok_or((-122, "Body is not valid JSON"))?;
        let phone =
            asked["phone"].as_str().and_then(digits).ok_or((-108, "Phone number is invalid"))?;
        let template = self.template(&asked).ok_or((-109, "Template is invalid"))?;
        let text = fill(template, &asked["template_data"]).map_err(|problem| match problem {
            Problem::NoData => (-111, "Template data is empty"),
            Problem::NotText => (-112, "Template data is invalid"),
            Problem::Missing => (-1122, "Template data is missing a required parameter"),
            Problem::TooLong => (-1121, "A parameter is longer than allowed"),
        })?;
        let tracking_id = asked["tracking_id"].as_str().filter(|id| !id.is_empty());
        let tracking_id = tracking_id.ok_or((-132, "Parameter tracking_id is invalid"))?;
        if template.tag == "PROMOTION" && is_night(self.state.now) {
            return Err((-133, "This template must not be sent at night"));
        }
        let remaining = self.remaining().checked_sub(1).ok_or((-144, "Over the daily limit"))?;
        let message = PhoneMessage {
            at: self.state.now,
            to: format!("phone:{phone}"),
            channel: "zns-phone".to_owned(),
            text,
            template: Some(template.template_id.clone()),
            message_id: self.state.next_message_id(self.settings),
            tracking_id: Some(tracking_id.to_owned()),
            price_vnd: template.price_sdt,
        };
        let data = json!({
            "msg_id": message.message_id,
            "sent_time": self.state.now.as_millisecond().to_string(),
            "sending_mode": "1",
            "quota": {
                "dailyQuota": self.settings.daily_quota.to_string(),
                "remainingQuota": remaining.to_string(),
            },
        });
        Ok((data, self.accepted(message)))
    }

    fn uid(&self) -> Answer {
        self.oa_token()?;
        let asked = self.json().ok_or((-201, "body is invalid"))?;
        let user = asked["user_id"].as_str().filter(|id| is_number(id));
        let user = user.ok_or((-201, "user_id is invalid"))?;
        let template = self.template(&asked).ok_or((-201, "template_id is invalid"))?;
        if template.tag == "OTP" {
            return Err((-249, "This template cannot be sent by UID"));
        }
        let text = fill(template, &asked["template_data"]).map_err(|problem| match problem {
            Problem::NoData | Problem::NotText | Problem::Missing => {
                (-201, "template_data is invalid")
            }
            Problem::TooLong => (-210, "template_data is over its limit"),
        })?;
        // Assumption: promotion templates took over the night rule of the promotion messages that they replaced.
        if template.tag == "PROMOTION" && is_night(self.state.now) {
            return Err((-234, "Messages of this kind are not sent at night"));
        }
        let message = PhoneMessage {
            channel: "zns-uid".to_owned(),
            template: Some(template.template_id.clone()),
            price_vnd: template.price_uid,
            ..self.to_user(user, text)
        };
        let quota = json!({
            "quota_type": "purchase_quota",
            "owner_type": "OA",
            "owner_id": self.settings.oa_id,
        });
        Ok((self.sent(&message, user, quota), self.accepted(message)))
    }

    fn consultation(&self) -> Answer {
        self.oa_token()?;
        let asked = self.json().ok_or((-201, "body is invalid"))?;
        let user = asked["recipient"]["user_id"].as_str().filter(|id| is_number(id));
        let user = user.ok_or((-201, "recipient.user_id is invalid"))?;
        let payload = &asked["message"]["attachment"]["payload"];
        let text = match (asked["message"]["text"].as_str(), payload) {
            (Some(text), _) if !text.is_empty() => text.to_owned(),
            (_, Value::Null) => return Err((-201, "message is invalid")),
            (_, payload) => format!("[{}]", payload["template_type"].as_str().unwrap_or("file")),
        };
        if text.chars().count() > CS_TEXT_MAX {
            return Err((-210, "message.text is over its limit"));
        }
        let message = self.to_user(user, text);
        let quota = json!({"quota_type": "reply", "remain": 8, "total": 8});
        Ok((self.sent(&message, user, quota), self.accepted(message)))
    }

    fn to_user(&self, user: &str, text: String) -> PhoneMessage {
        PhoneMessage {
            at: self.state.now,
            to: format!("zalo:{user}"),
            channel: "oa-cs".to_owned(),
            text,
            template: None,
            message_id: self.state.next_message_id(self.settings),
            tracking_id: None,
            price_vnd: 0,
        }
    }

    fn sent(&self, message: &PhoneMessage, user: &str, quota: Value) -> Value {
        json!({
            "message_id": message.message_id,
            "user_id": user,
            "sent_time": self.state.now.as_millisecond().to_string(),
            "quota": quota,
        })
    }

    /// Not Zalo's: takes any body and shows its `text`.
    fn alert(&self) -> (Value, Vec<Entry>) {
        let whole = String::from_utf8_lossy(&self.request.body).into_owned();
        let text = self.json().and_then(|body| body["text"].as_str().map(str::to_owned));
        let message = PhoneMessage {
            to: "staff".to_owned(),
            channel: "alert".to_owned(),
            ..self.to_user("staff", text.unwrap_or(whole))
        };
        (json!({"message_id": message.message_id}), self.accepted(message))
    }

    fn status(&self) -> Answer {
        self.business_token()?;
        let id = self.query("message_id");
        let message =
            self.state.messages.iter().find(|m| m.message_id == id && m.channel == "zns-phone");
        let message = message.ok_or((-107, "Message id is invalid"))?;
        let arrival = message.at + SignedDuration::from_secs(self.settings.receipt_delay_s);
        let data = match arrival <= self.state.now {
            true => json!({
                "status": 1,
                "delivery_time": arrival.as_millisecond().to_string(),
                "message": "The message was delivered",
            }),
            false => json!({"status": 0, "delivery_time": "", "message": "The message was pushed"}),
        };
        Ok((data, Vec::new()))
    }

    /// The document's field names are not those of the hook.
    fn ratings(&self) -> Answer {
        self.business_token()?;
        let id = self.query("template_id");
        self.settings.template(id).ok_or((-109, "Template is invalid"))?;
        let number = |name| self.query(name).parse::<i64>().map_err(|_| (-137, "Time is invalid"));
        let (from, to) = (number("from_time")?, number("to_time")?);
        let place = |name| usize::try_from(number(name)?).map_err(|_| (-137, "Page is invalid"));
        let (offset, limit) = (place("offset")?, place("limit")?);
        let of_template = |message_id: &str| {
            let mut messages = self.state.messages.iter();
            messages.any(|m| m.message_id == message_id && m.template.as_deref() == Some(id))
        };
        let given = self.state.hooks.ratings().filter(|(message_id, _)| of_template(message_id));
        let given = given.map(|(_, rating)| rating).filter(|rating| {
            let at = rating["submit_time"].as_str().and_then(|at| at.parse::<i64>().ok());
            at.is_some_and(|at| (from..=to).contains(&at))
        });
        let all: Vec<Value> = given
            .map(|rating| {
                json!({
                    "rating_type": rating["rating_type"],
                    "option": rating["option"],
                    "note": rating["note"],
                    "rate": rating["rate"],
                    "submitDate": rating["submit_time"],
                    "msgId": rating["msg_id"],
                    "feedbacks": rating["feedbacks"],
                    "trackingId": rating["tracking_id"],
                    "oaId": self.settings.oa_id,
                })
            })
            .collect();
        let page: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
        Ok((json!({"total": all.len(), "data": page}), Vec::new()))
    }

    fn template_info(&self) -> Answer {
        self.business_token()?;
        let template = self.settings.template(self.query("template_id"));
        let template = template.ok_or((-109, "Template is invalid"))?;
        let params: Vec<Value> = template
            .params
            .iter()
            .map(|param| {
                json!({
                    "name": param.name,
                    "require": param.required,
                    "type": "STRING",
                    "maxLength": param.max_length,
                    "minLength": 0,
                    "acceptNull": !param.required,
                })
            })
            .collect();
        let data = json!({
            "templateId": template.template_id,
            "templateName": template.name,
            "status": "ENABLE",
            "listParams": params,
            "listButtons": [],
            "timeout": template.timeout_ms,
            "previewUrl": "",
            "templateQuality": "HIGH",
            "templateTag": template.tag,
            "applyTemplateQuota": false,
            "price_sdt": template.price_sdt.to_string(),
            "price_uid": template.price_uid.to_string(),
            "price": template.price_sdt.to_string(),
        });
        Ok((data, Vec::new()))
    }

    fn quota(&self) -> Answer {
        self.business_token()?;
        let data = json!({
            "dailyQuota": self.settings.daily_quota,
            "remainingQuota": self.remaining(),
            "dailyQuotaPromotion": null,
            "remainingQuotaPromotion": null,
            "monthlyPromotionQuota": null,
            "remainingMonthlyPromotionQuota": null,
            "estimatedNextMonthPromotionQuota": null,
        });
        Ok((data, Vec::new()))
    }

    /// Assumption: the quota begins anew at midnight in Vietnam; Zalo documents no hour.
    fn remaining(&self) -> u64 {
        if self.state.is(Misbehaviour::OutOfQuota) {
            return 0;
        }
        let day = |at: Timestamp| at.to_zoned(vietnam()).date();
        let today = day(self.state.now);
        let sent = self.state.messages.iter().filter(|m| m.channel == "zns-phone");
        let sent = sent.filter(|m| day(m.at) == today).count();
        self.settings.daily_quota.saturating_sub(u64::try_from(sent).unwrap_or(u64::MAX))
    }

    /// The message, and the receipts that it will have.
    fn accepted(&self, message: PhoneMessage) -> Vec<Entry> {
        let copies = if self.state.is(Misbehaviour::NoReceipts) {
            0
        } else if self.state.is(Misbehaviour::DuplicateReceipts) {
            2
        } else {
            1
        };
        let due = self.state.now + SignedDuration::from_secs(self.settings.receipt_delay_s);
        let receipt = hooks::receipt(self.settings, &message, due);
        let mut entries = vec![Entry::Message(message)];
        for _ in 0..copies {
            entries.extend(receipt.clone().map(Entry::Hook));
        }
        entries
    }

    pub(super) fn business_token(&self) -> Result<(), Refusal> {
        if !self.is_proven() {
            return Err((-1241, "appsecret_proof is invalid"));
        }
        match self.state.tokens.worth(self.request.access_token.as_deref(), self.state.now) {
            Worth::Good => Ok(()),
            Worth::Expired | Worth::Unknown => Err((-124, "Access token is invalid")),
        }
    }

    pub(super) fn oa_token(&self) -> Result<(), Refusal> {
        if !self.is_proven() {
            return Err((-242, "appsecret_proof is invalid"));
        }
        match self.state.tokens.worth(self.request.access_token.as_deref(), self.state.now) {
            Worth::Good => Ok(()),
            Worth::Expired => Err((-220, "Access token has expired")),
            Worth::Unknown => Err((-216, "Access token is invalid")),
        }
    }

    /// Source: social API, "appsecret_proof": hex of HMAC-SHA256 of the access token with the app's secret.
    fn is_proven(&self) -> bool {
        let (Some(secret), Some(token)) = (&self.settings.app_secret, &self.request.access_token)
        else {
            return true;
        };
        let Some(proof) = &self.request.proof else { return !self.settings.requires_proof };
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
        mac.update(token.as_bytes());
        *proof == HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.request.body).ok().filter(Value::is_object)
    }

    fn template(&self, asked: &Value) -> Option<&StandInTemplate> {
        self.settings.template(asked["template_id"].as_str()?)
    }

    pub(super) fn query(&self, name: &str) -> &str {
        self.request.query.get(name).map_or("", String::as_str)
    }
}

/// `84…` with or without a plus, nine digits behind; spellings that only some documents allow are refused.
fn digits(phone: &str) -> Option<&str> {
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    (digits.len() == 11 && digits.starts_with("84") && is_number(digits)).then_some(digits)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// 22:00 to 05:59 in Vietnam.
fn is_night(now: Timestamp) -> bool {
    let hour = now.to_zoned(vietnam()).hour();
    !(6..22).contains(&hour)
}
