//! The token endpoint: access tokens of 25 h, refresh tokens that work once.
//!
//! Source: OAuth v4 for Official Accounts, read 2026-11; failures answer HTTP 200 with `error` and no tokens.
//! Assumption: an access token stays good until its own expiry after a newer one was issued. To find out, call with an old one.

use std::collections::BTreeSet;

use axum::{extract::Query, http::Uri};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

/// How long a code can be exchanged: 10 minutes. Source: OAuth v4.
const CODE_LIFE_S: i64 = 600;

struct Access {
    token: String,
    until: Option<Timestamp>,
}

pub(super) struct Tokens {
    access: Vec<Access>,
    refresh: Option<(String, Timestamp)>,
    used: BTreeSet<String>,
    rotations: usize,
    /// Given and not exchanged yet.
    consents: Vec<Consent>,
    consented: usize,
}

/// An admin's consent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Consent {
    pub code: String,
    pub challenge: String,
    pub at: Timestamp,
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
            consents: Vec::new(),
            consented: 0,
        }
    }

    pub fn add(&mut self, rotation: Rotation) {
        let until = rotation.at + SignedDuration::from_secs(ACCESS_TOKEN_LIFE_S);
        self.access.push(Access { token: rotation.access, until: Some(until) });
        self.consents.retain(|consent| consent.code != rotation.used);
        if rotation.used != rotation.refresh {
            self.used.insert(rotation.used);
            // A consent begins a new chain. Assumption: the one before it ends.
            self.used.extend(self.refresh.take().map(|(token, _)| token));
        }
        self.refresh = Some((rotation.refresh, rotation.at));
        self.rotations += 1;
    }

    pub fn revoke(&mut self) {
        self.access.clear();
    }

    /// The admin takes the consent back.
    pub fn revoke_consent(&mut self) {
        self.access.clear();
        self.refresh = None;
    }

    pub fn consent(&mut self, consent: Consent) {
        self.consents.push(consent);
        self.consented += 1;
    }

    /// The code of the next consent.
    pub fn next_code(&self, settings: &StandInSettings) -> String {
        drawn(settings, "code", self.consented)
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
    let given = match field("grant_type").as_deref() {
        Some("refresh_token") => field("refresh_token").unwrap_or_default(),
        Some("authorization_code") => {
            let (code, verifier) = (field("code"), field("code_verifier").unwrap_or_default());
            return match consented(state, &code.unwrap_or_default(), &verifier) {
                Ok(consent) => granted(settings, state, consent.code.clone(), false),
                Err(name) => refused(-14_005, name),
            };
        }
        Some(_) | None => return refused(-14_001, "Unknown grant_type"),
    };
    if state.tokens.used.contains(&given) {
        return refused(-14_020, "Refresh token was used");
    }
    let life = SignedDuration::from_secs(REFRESH_TOKEN_LIFE_S);
    match &state.tokens.refresh {
        Some((token, issued)) if *token == given && *issued + life > state.now => {}
        Some(_) | None => return refused(-14_014, "Invalid refresh token"),
    }
    granted(settings, state, given, state.is(Misbehaviour::NoNewRefreshToken))
}

/// The consent of a code. Source: OAuth v4; the challenge is base64url without padding of the verifier's SHA-256 (RFC 7636).
fn consented<'s>(
    state: &'s State,
    code: &str,
    verifier: &str,
) -> Result<&'s Consent, &'static str> {
    let known = state.tokens.consents.iter().find(|consent| consent.code == code);
    let consent = known.ok_or("Invalid authorization code")?;
    if consent.at + SignedDuration::from_secs(CODE_LIFE_S) <= state.now {
        return Err("Authorization code has expired");
    }
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier));
    if challenge == consent.challenge { Ok(consent) } else { Err("Invalid code verifier") }
}

/// A new pair for what was given.
fn granted(settings: &StandInSettings, state: &State, given: String, keeps: bool) -> Reply {
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
pub(super) fn form(body: &[u8], name: &str) -> Option<String> {
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
