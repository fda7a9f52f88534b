//! The rows of responses, and where everything stands.

use std::collections::BTreeMap;

use domain::{
    explain::Language,
    id::{CustomerId, EffectId, EventId},
    survey::{Answer, Answers},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Invitation, Response, State};
use crate::table::{ROW_VERSION, StoreError, corrupt};

/// The partition of the `due` index.
pub(super) const DUE_SHARD: &str = "response#0";

#[derive(Serialize, Deserialize)]
pub(super) struct ResponseRow {
    pub(super) pk: String,
    sk: String,
    v: u8,
    pub(super) state: State,
    tenant: String,
    survey: String,
    version: u32,
    id: EffectId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<EventId>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
    invited_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answered_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    pub(super) given: BTreeMap<String, Answer>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hidden: BTreeMap<String, String>,
    open_until: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AskedRow {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) v: u8,
    pub(super) at: i64,
    pub(super) id: EffectId,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ListRow {
    pk: String,
    sk: String,
    v: u8,
    pub(super) survey: String,
    pub(super) id: EffectId,
}

impl ListRow {
    pub(super) fn new(invitation: &Invitation) -> Self {
        let Invitation { tenant, customer, at, link, .. } = invitation;
        Self {
            pk: customer_pk(tenant, customer),
            sk: format!("i#{:013}#{}", at.as_millisecond(), link.key()),
            v: ROW_VERSION,
            survey: invitation.survey.clone(),
            id: invitation.id.clone(),
        }
    }
}

impl ResponseRow {
    /// One that is answered the moment it is there. It is on `due` for a moment, in case the stream loses it.
    pub(super) fn answered(invitation: &Invitation, answers: &Answers) -> Self {
        Self {
            state: State::Answered,
            answered_at: Some(invitation.at.as_millisecond()),
            given: answers.given.clone(),
            ..Self::new(invitation)
        }
    }

    pub(super) fn new(invitation: &Invitation) -> Self {
        let named = !invitation.is_anonymous;
        Self {
            pk: response_pk(&invitation.link.key()),
            sk: "response".to_owned(),
            v: ROW_VERSION,
            state: State::Invited,
            tenant: invitation.tenant.clone(),
            survey: invitation.survey.clone(),
            version: invitation.version,
            id: invitation.id.clone(),
            customer: named.then(|| invitation.customer.clone()),
            event: named.then(|| invitation.event.clone()),
            about: if named { invitation.about.clone() } else { String::new() },
            invited_at: invitation.at.as_millisecond(),
            answered_at: None,
            language: None,
            given: BTreeMap::new(),
            hidden: if named { invitation.hidden.clone() } else { BTreeMap::new() },
            open_until: invitation.open_until.as_millisecond(),
            due_shard: Some(DUE_SHARD.to_owned()),
            due_at: Some(invitation.open_until.as_millisecond()),
        }
    }

    pub(super) fn response(self) -> Result<Response, StoreError> {
        let Self { pk, .. } = &self;
        let time = |ms: i64, name: &str| {
            Timestamp::from_millisecond(ms).map_err(|_| corrupt("response", pk, name))
        };
        Ok(Response {
            invited_at: time(self.invited_at, "invited_at")?,
            open_until: time(self.open_until, "open_until")?,
            answered_at: self.answered_at.map(|ms| time(ms, "answered_at")).transpose()?,
            language: self.language.as_deref().and_then(Language::parse),
            key: self.pk.strip_prefix("link#").unwrap_or_default().to_owned(),
            tenant: self.tenant,
            survey: self.survey,
            version: self.version,
            id: self.id,
            customer: self.customer,
            event: self.event,
            about: self.about,
            state: self.state,
            answers: Answers { given: self.given, hidden: self.hidden },
        })
    }
}

/// Where a response stands.
pub(super) fn response_pk(key: &str) -> String {
    format!("link#{key}")
}

/// Where the mark and the list of a customer stand.
pub(super) fn customer_pk(tenant: &str, customer: &CustomerId) -> String {
    format!("{tenant}#{customer}")
}

/// Where the count of a survey stands.
pub(super) fn quota_pk(tenant: &str, survey: &str) -> String {
    format!("{tenant}#survey#{survey}")
}
