//! The token endpoint: access tokens of 25 h, refresh tokens that work once.
//!
//! Source: OAuth v4 for Official Accounts, read 2026-11; failures answer HTTP 200 with `error` and no tokens.
//! Assumption: an access token stays good until its own expiry after a newer one was issued. To find out, call with an old one.

use std::collections::BTreeSet;

use axum::{extract::Query, http::Uri};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    fault::Misbehaviour,
    send::{Reply, Request},
    settings::{ACCESS_TOKEN_LIFE_S, REFRESH_TOKEN_LIFE_S, StandInSettings},
    state::{Entry, State, drawn},
};

/// One exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rotation {
    used: String,
    access: String,
    refresh: String,
    at: Timestamp,
}

struct Access {
    token: String,
    until: Option<Timestamp>,
}

pub(super) struct Tokens {
    access: Vec<Access>,
    refresh: Option<(String, Timestamp)>,
    used: BTreeSet<String>,
    rotations: usize,
}

/// What an access token is worth.
pub(super) enum Worth {
    Good,
    Expired,
    Unknown,
}

impl Tokens {
    pub fn new(settings: &StandInSettings) -> Self {
        let until = settings
            .access_token_life_s
            .map(|life_s| settings.now + SignedDuration::from_secs(life_s));
        Self {
            access: vec![Access { token: settings.access_token.clone(), until }],
            refresh: settings.refresh_token.clone().map(|token| (token, settings.now)),
            used: BTreeSet::new(),
            rotations: 0,
        }
    }

    pub fn add(&mut self, rotation: Rotation) {
        let until = rotation.at + SignedDuration::from_secs(ACCESS_TOKEN_LIFE_S);
        self.access.push(Access { token: rotation.access, until: Some(until) });
        if rotation.used != rotation.refresh {
            self.used.insert(rotation.used);
        }
        self.refresh = Some((rotation.refresh, rotation.at));
        self.rotations += 1;
    }

    pub fn revoke(&mut self) {
        self.access.clear();
    }

    pub fn worth(&self, token: Option<&str>, now: Timestamp) -> Worth {
        match self.access.iter().find(|access| Some(access.token.as_str()) == token) {
            None => Worth::Unknown,
            Some(access) if access.until.is_some_and(|until| until <= now) => Worth::Expired,
            Some(_) => Worth::Good,
        }
    }
}

/// `POST /v4/oa/access_token`.
pub(super) fn exchange(settings: &StandInSettings, state: &State, request: &Request) -> Reply {
    if state.is(Misbehaviour::EmptyTokenBody) {
        return Reply::Empty;
    }
    let field = |name: &str| form(&request.body, name);
    if settings.app_secret.is_some() && request.secret_key != settings.app_secret {
        return refused(-14_004, "Invalid secret key");
    }
    if field("app_id").as_deref() != Some(settings.app_id.as_str()) {
        return refused(-14_002, "Invalid app id");
    }
    if field("grant_type").as_deref() != Some("refresh_token") {
        return refused(-14_001, "Only refresh_token is granted here");
    }
    let given = field("refresh_token").unwrap_or_default();
    if state.tokens.used.contains(&given) {
        return refused(-14_020, "Refresh token was used");
    }
    let life = SignedDuration::from_secs(REFRESH_TOKEN_LIFE_S);
    match &state.tokens.refresh {
        Some((token, issued)) if *token == given && *issued + life > state.now => {}
        Some(_) | None => return refused(-14_014, "Invalid refresh token"),
    }
    let keeps = state.is(Misbehaviour::NoNewRefreshToken);
    let rotation = Rotation {
        access: drawn(settings, "access", state.tokens.rotations),
        refresh: match keeps {
            true => given.clone(),
            false => drawn(settings, "refresh", state.tokens.rotations),
        },
        used: given,
        at: state.now,
    };
    let mut body = json!({
        "access_token": rotation.access,
        "refresh_token": rotation.refresh,
        "expires_in": ACCESS_TOKEN_LIFE_S.to_string(),
    });
    if keeps {
        body.as_object_mut().expect("an object").remove("refresh_token");
    }
    Reply::Done { body, entries: vec![Entry::Rotated(rotation)] }
}

/// One field of a urlencoded form, which is written like the query of an address.
fn form(body: &[u8], name: &str) -> Option<String> {
    let uri: Uri = format!("/?{}", String::from_utf8_lossy(body)).parse().ok()?;
    let Query(fields) = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?;
    fields.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn refused(code: i64, name: &str) -> Reply {
    let body: Value = json!({
        "error": code,
        "error_name": name,
        "error_reason": name,
        "error_description": name,
        "ref_doc": "https://developers.zalo.me/docs/social-api/tham-khao/ma-loi",
        "access_token": "",
        "refresh_token": "",
    });
    Reply::Done { body, entries: Vec::new() }
}
