//! Proof that a hook comes from whom it says: the step before anything in it is believed.
//!
//! Works over the bytes as received. [`Verified`] cannot be made anywhere else, and the readers take nothing but it, so
//! unproven bytes cannot be read. Rules for every source: an unset secret, a missing header and an unknown scheme refuse;
//! comparisons take constant time; times are checked in both directions; the current and the previous secret are each
//! tried, so that a rotation loses nothing.

pub mod diagnose;
mod rewrite;
mod signature;
mod token;
mod zalo;

use std::{collections::BTreeMap, fmt};

pub use crate::secret::Secret;
pub use signature::standard_signature;
pub(crate) use signature::{Encoding, KeyForm, Part, Profile, TimestampHeader};

/// Headers by name in any case; a repeated header keeps the first. `Debug` shows names alone: a value may be a key.
#[derive(Clone, Default)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// Takes name and value pairs in the order in which they came.
    pub fn new(pairs: impl IntoIterator<Item = (impl AsRef<str>, impl Into<String>)>) -> Self {
        let mut headers = BTreeMap::new();
        for (name, value) in pairs {
            headers.entry(name.as_ref().to_ascii_lowercase()).or_insert_with(|| value.into());
        }
        Self(headers)
    }

    /// The value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// One HTTP request as it reached us. `Debug` shows neither the path's secret nor the body.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// All headers.
    pub headers: &'a Headers,
    /// The last part of the path, for sources that prove themselves by it.
    pub path_secret: Option<&'a str>,
    /// The bytes as received, base64 of the gateway taken off, nothing else touched.
    pub body: &'a [u8],
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The secrets of one source: two, so that hooks signed before a rotation still count.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The one in use.
    pub current: Option<Secret>,
    /// The one before.
    pub previous: Option<Secret>,
}

impl Secrets {
    /// Those that are set, the current one first; never an empty list.
    fn set(&self) -> Result<Vec<&Secret>, Refusal> {
        let set: Vec<&Secret> =
            [&self.current, &self.previous].into_iter().flatten().filter(|s| s.is_set()).collect();
        if set.is_empty() { Err(Refusal::SecretNotSet) } else { Ok(set) }
    }
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No secret is stored for the source: nothing can be proven.
    #[error("no secret is set for this source")]
    SecretNotSet,
    /// A secret is stored that no key can be made of.
    #[error("the secret of this source is not in the form that the source gives out")]
    SecretInvalid,
    /// The header with the signature is not there.
    #[error("the signature header is missing")]
    SignatureMissing,
    /// A signature is there, of a kind that is not spoken here.
    #[error("the signature is of an unknown scheme")]
    SignatureSchemeUnknown,
    /// Another body, another time or another secret was signed.
    #[error("the signature does not match the request")]
    SignatureMismatch,
    /// The URL ends where its secret should stand.
    #[error("the secret in the path is missing")]
    TokenMissing,
    /// The secret in the URL is not ours.
    #[error("the secret in the path does not match")]
    TokenMismatch,
    /// The time that is part of the signature is not there.
    #[error("the time of signing is missing")]
    TimestampMissing,
    /// It is there and not a whole number of seconds.
    #[error("the time of signing is not a whole number of seconds")]
    TimestampInvalid,
    /// Signed longer ago than the source allows: perhaps a replay.
    #[error("the request was signed too long ago")]
    TimestampStale,
    /// Signed later than our clock says, beyond what clocks differ by.
    #[error("the request was signed in the future")]
    TimestampFuture,
    /// The delivery's id that is part of the signature is not there.
    #[error("the id of the delivery is missing")]
    DeliveryIdMissing,
    /// It is overlong or holds a dot, which would let two requests sign alike.
    #[error("the id of the delivery is too long or holds a dot")]
    DeliveryIdInvalid,
    /// The body names no app.
    #[error("the body names no app")]
    AppMissing,
    /// The body names an app that is not the tenant's.
    #[error("the body is meant for another app")]
    AppUnknown,
    /// None of the accounts in the body is the tenant's.
    #[error("the body is about an Official Account that is not connected")]
    OaUnknown,
    /// What the signature covers stands inside the body, and that is not JSON.
    #[error("the body is not JSON")]
    BodyNotJson,
    /// It is JSON that no hook of this source can be.
    #[error("the body is not a JSON object")]
    BodyNotObject,
    /// A key stands twice: what is verified might not be what is read.
    #[error("a key stands twice in the body")]
    KeyRepeated,
}

impl Refusal {
    /// The stable name that clients and metrics see.
    pub fn code(self) -> &'static str {
        match self {
            Self::SecretNotSet => "secret_not_set",
            Self::SecretInvalid => "secret_invalid",
            Self::SignatureMissing => "signature_missing",
            Self::SignatureSchemeUnknown => "signature_scheme_unknown",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TokenMissing => "token_missing",
            Self::TokenMismatch => "token_mismatch",
            Self::TimestampMissing => "timestamp_missing",
            Self::TimestampInvalid => "timestamp_invalid",
            Self::TimestampStale => "timestamp_stale",
            Self::TimestampFuture => "timestamp_future",
            Self::DeliveryIdMissing => "delivery_id_missing",
            Self::DeliveryIdInvalid => "delivery_id_invalid",
            Self::AppMissing => "app_id_missing",
            Self::AppUnknown => "app_unknown",
            Self::OaUnknown => "oa_unknown",
            Self::BodyNotJson => "body_not_json",
            Self::BodyNotObject => "body_not_object",
            Self::KeyRepeated => "key_repeated",
        }
    }

    /// The HTTP status: 401 where proof is lacking, 400 where the body cannot even be looked at.
    pub fn status(self) -> u16 {
        match self {
            Self::BodyNotJson | Self::BodyNotObject | Self::KeyRepeated => 400,
            Self::SecretNotSet
            | Self::SecretInvalid
            | Self::SignatureMissing
            | Self::SignatureSchemeUnknown
            | Self::SignatureMismatch
            | Self::TokenMissing
            | Self::TokenMismatch
            | Self::TimestampMissing
            | Self::TimestampInvalid
            | Self::TimestampStale
            | Self::TimestampFuture
            | Self::DeliveryIdMissing
            | Self::DeliveryIdInvalid
            | Self::AppMissing
            | Self::AppUnknown
            | Self::OaUnknown => 401,
        }
    }
}

/// Bytes that have been proven to come from their source. `Debug` does not show them: they name people.
#[derive(Clone, Copy)]
pub struct Verified<'a> {
    body: &'a [u8],
    delivery_id: Option<&'a str>,
}

impl<'a> Verified<'a> {
    /// The body, byte for byte as it was signed.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The sender's id of this delivery, where the signature covers one (`webhook-id`).
    pub fn delivery_id(&self) -> Option<&'a str> {
        self.delivery_id
    }

    /// Skips the proof, for tests of what comes after it.
    #[cfg(test)]
    pub(crate) fn taken_for_granted(body: &'a [u8], delivery_id: Option<&'a str>) -> Self {
        Self { body, delivery_id }
    }

    pub(crate) fn by_signature(
        profile: &Profile,
        request: &Request<'a>,
        secrets: &Secrets,
        now: jiff::Timestamp,
    ) -> Result<Self, Refusal> {
        signature::verify(profile, request, secrets, now)
    }

    pub(crate) fn by_path_secret(
        request: &Request<'a>,
        secrets: &Secrets,
    ) -> Result<Self, Refusal> {
        token::verify(request, secrets)
    }

    pub(crate) fn by_zalo(
        request: &Request<'a>,
        secrets: &Secrets,
        app: &crate::tenant::ZaloApp,
    ) -> Result<Self, Refusal> {
        zalo::verify(request, secrets, app)
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("body_bytes", &self.body.len())
            .field("delivery_id", &self.delivery_id)
            .finish()
    }
}

#[cfg(test)]
mod tests;
