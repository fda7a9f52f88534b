//! The shape of a notification's row. Names are short: the row has to fit into 1 KB with its index keys.

use std::collections::BTreeMap;

use domain::{
    channel::Channel,
    consent::Purpose,
    id::{CustomerId, EffectId, EventId},
    notification::{
        Attempt, AttemptOutcome, Cause, Content, Notification, Recipient, State, TemplateRef,
    },
    phone::Phone,
    rule::OnUnknown,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{due_partition, key, rule::rule_key};
use crate::table::ROW_VERSION;

#[derive(PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pk: String,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    event: EventId,
    rule_key: String,
    version: u32,
    step: String,
    purpose: Purpose,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zalo_id: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    params: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    to: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    price: BTreeMap<Channel, u64>,
    channels: Vec<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    oa: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    planned: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<i64>,
    on_unknown: OnUnknown,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    attempts: Vec<AttemptRow>,
    used: usize,
    revision: u32,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct AttemptRow {
    channel: Channel,
    at: i64,
    owner: String,
    lease: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
}

impl Row {
    pub(super) fn of(n: &Notification) -> Self {
        let (template, params, text, to) = match &n.content {
            Content::Template { template, params } => (Some(template), params.clone(), None, None),
            Content::Text(text) => (None, BTreeMap::new(), Some(text.clone()), None),
            Content::Fact { to, body } => {
                (None, BTreeMap::new(), Some(body.clone()), Some(to.clone()))
            }
        };
        Self {
            pk: key(&n.tenant, &n.id),
            v: ROW_VERSION,
            customer: n.customer.clone(),
            event: n.cause.event.clone(),
            rule_key: rule_key(&n.tenant, &n.cause.rule),
            version: n.cause.version,
            step: n.cause.step.clone(),
            purpose: n.purpose,
            template: template.map(|template| template.name.clone()),
            zalo_id: template.map(|template| template.zalo_id.clone()),
            params,
            text,
            to,
            price: n.price_vnd.clone(),
            channels: n.channels.clone(),
            phone: n.recipient.phone.as_ref().map(|p| p.digits().to_owned()),
            oa: n.oa.clone(),
            user: n.recipient.user.clone(),
            planned: n.planned_at.as_millisecond(),
            deadline: n.deadline.map(Timestamp::as_millisecond),
            on_unknown: n.on_unknown,
            state: n.state,
            reason: n.reason.clone(),
            due_shard: n.due_at.map(|_| due_partition(n.purpose, 0)),
            due_at: n.due_at.map(Timestamp::as_millisecond),
            attempts: n.attempts.iter().map(AttemptRow::of).collect(),
            used: n.channels_used,
            revision: n.revision,
        }
    }

    /// `None` when a field is not of its kind.
    pub(super) fn read(self) -> Option<Notification> {
        let (tenant, id) = self.pk.split_once('#')?;
        let (_, rule) = self.rule_key.split_once('#')?;
        let time = |ms: i64| Timestamp::from_millisecond(ms).ok();
        let optional = |ms: Option<i64>| match ms {
            None => Some(None),
            Some(ms) => time(ms).map(Some),
        };
        Some(Notification {
            id: EffectId::parse(id)?,
            tenant: tenant.to_owned(),
            customer: self.customer,
            cause: Cause {
                event: self.event,
                rule: rule.to_owned(),
                version: self.version,
                step: self.step,
            },
            purpose: self.purpose,
            content: match (self.template, self.zalo_id, self.text, self.to) {
                (Some(name), Some(zalo_id), None, None) => {
                    let template = TemplateRef { name, zalo_id };
                    Content::Template { template, params: self.params }
                }
                (None, None, Some(text), None) => Content::Text(text),
                (None, None, Some(body), Some(to)) => Content::Fact { to, body },
                _ => return None,
            },
            price_vnd: self.price,
            channels: self.channels,
            oa: self.oa,
            recipient: Recipient {
                phone: match self.phone {
                    Some(digits) => Some(Phone::parse(&digits).ok()?),
                    None => None,
                },
                user: self.user,
            },
            planned_at: time(self.planned)?,
            deadline: optional(self.deadline)?,
            on_unknown: self.on_unknown,
            state: self.state,
            reason: self.reason,
            due_at: optional(self.due_at)?,
            attempts: self.attempts.into_iter().map(AttemptRow::read).collect::<Option<_>>()?,
            channels_used: self.used,
            revision: self.revision,
        })
    }
}

impl AttemptRow {
    fn of(attempt: &Attempt) -> Self {
        let (outcome, code) = match attempt.outcome {
            None => (None, None),
            Some(AttemptOutcome::Accepted) => (Some("accepted"), None),
            Some(AttemptOutcome::NotSent) => (Some("not_sent"), None),
            Some(AttemptOutcome::Unknown) => (Some("unknown"), None),
            Some(AttemptOutcome::Refused(code)) => (Some("refused"), Some(code)),
        };
        Self {
            channel: attempt.channel,
            at: attempt.at.as_millisecond(),
            owner: attempt.owner.clone(),
            lease: attempt.lease_until.as_millisecond(),
            outcome: outcome.map(str::to_owned),
            code,
            sent: attempt.message_id.clone(),
        }
    }

    fn read(self) -> Option<Attempt> {
        let outcome = match (self.outcome.as_deref(), self.code) {
            (None, None) => None,
            (Some("accepted"), None) => Some(AttemptOutcome::Accepted),
            (Some("not_sent"), None) => Some(AttemptOutcome::NotSent),
            (Some("unknown"), None) => Some(AttemptOutcome::Unknown),
            (Some("refused"), Some(code)) => Some(AttemptOutcome::Refused(code)),
            _ => return None,
        };
        Some(Attempt {
            channel: self.channel,
            at: Timestamp::from_millisecond(self.at).ok()?,
            owner: self.owner,
            lease_until: Timestamp::from_millisecond(self.lease).ok()?,
            outcome,
            message_id: self.sent,
        })
    }
}
