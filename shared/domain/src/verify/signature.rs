//! One verifier for all sources that sign with HMAC-SHA256; each is a [`Profile`].
//!
//! Another algorithm becomes a field on the day a source needs one.
//! Bounds: a delivery id of 256 bytes, a timestamp of 15 digits.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Refusal, Request, Secret, Secrets, Verified};

/// How one source signs.
#[derive(Debug)]
pub(crate) struct Profile {
    /// Header with the signature.
    pub signature: &'static str,
    /// Stands before the signature and names its scheme.
    pub prefix: &'static str,
    /// Several signatures may stand in the header, separated by spaces; those of other schemes are passed over.
    pub list: bool,
    /// How the key is made of the secret.
    pub key: KeyForm,
    /// What is signed, in order.
    pub signed: &'static [Part],
    /// How the signature is written.
    pub encoding: Encoding,
    /// Header with the time of signing.
    pub timestamp: Option<TimestampHeader>,
    /// Header with the delivery's id.
    pub delivery_id: Option<&'static str>,
}

/// Where the time of signing stands, in seconds since 1970.
#[derive(Debug)]
pub(crate) struct TimestampHeader {
    /// Header.
    pub name: &'static str,
    /// How far it may lie from our clock, in both directions.
    pub tolerance_s: i64,
}

/// How a key is made of a secret.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyForm {
    /// The text's own bytes.
    Text,
    /// Base64 after `whsec_`.
    Base64AfterWhsec,
}

/// A piece of what is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    DeliveryId,
    Timestamp,
    Text(&'static str),
    Body,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

const DELIVERY_ID_BYTES_MAX: usize = 256;

/// Seconds of any year that we live to see have ten digits; fifteen cannot overflow a subtraction.
const TIMESTAMP_DIGITS_MAX: usize = 15;

/// Proves `request` by `profile`.
pub(super) fn verify<'a>(
    profile: &Profile,
    request: &Request<'a>,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<Verified<'a>, Refusal> {
    let keys = profile.keys(secrets)?;
    let header = request.headers.get(profile.signature).ok_or(Refusal::SignatureMissing)?;
    let signatures = profile.signatures(header)?;
    let delivery_id = profile.delivery_id(request)?;
    let timestamp = profile.timestamp(request, now)?;
    let proven = keys.iter().any(|key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        for part in profile.signed {
            match part {
                Part::DeliveryId => mac.update(delivery_id.unwrap_or_default().as_bytes()),
                Part::Timestamp => mac.update(timestamp.unwrap_or_default().as_bytes()),
                Part::Text(text) => mac.update(text.as_bytes()),
                Part::Body => mac.update(request.body),
            }
        }
        let expected = mac.finalize().into_bytes();
        signatures.iter().any(|signature| expected.as_slice().ct_eq(signature).into())
    });
    if proven {
        Ok(Verified { body: request.body, delivery_id })
    } else {
        Err(Refusal::SignatureMismatch)
    }
}

/// Key of a Standard Webhooks secret, in bytes, as the specification has it.
const STANDARD_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What we prove a delivery of ours by to a system of the business: the `webhook-signature` over its `webhook-id`, its
/// `webhook-timestamp` in seconds since 1970, and the body. `None` when the secret is not `whsec_` and the base64 of 24 to 64 bytes.
///
/// Source: Standard Webhooks 1.0.0.
pub fn standard_signature(secret: &Secret, id: &str, at_s: i64, body: &[u8]) -> Option<String> {
    let key = secret.expose().strip_prefix("whsec_")?;
    let key = data_encoding::BASE64.decode(key.as_bytes()).ok()?;
    let key = STANDARD_KEY_BYTES.contains(&key.len()).then_some(key)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{at_s}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", data_encoding::BASE64.encode(&mac.finalize().into_bytes())))
}

impl Profile {
    /// The keys of all secrets that are set; never an empty list.
    fn keys(&self, secrets: &Secrets) -> Result<Vec<Vec<u8>>, Refusal> {
        let keys: Vec<_> = secrets.set()?.into_iter().filter_map(|s| self.key.of(s)).collect();
        if keys.is_empty() { Err(Refusal::SecretInvalid) } else { Ok(keys) }
    }

    /// The signatures of our scheme, decoded; one that cannot be decoded matches nothing.
    fn signatures(&self, header: &str) -> Result<Vec<Vec<u8>>, Refusal> {
        let entries: Vec<&str> =
            if self.list { header.split_whitespace().collect() } else { vec![header.trim()] };
        let ours: Vec<&str> =
            entries.iter().filter_map(|entry| entry.strip_prefix(self.prefix)).collect();
        if ours.is_empty() {
            return Err(Refusal::SignatureSchemeUnknown);
        }
        Ok(ours.into_iter().filter_map(|text| self.encoding.decode(text)).collect())
    }

    fn delivery_id<'a>(&self, request: &Request<'a>) -> Result<Option<&'a str>, Refusal> {
        let Some(name) = self.delivery_id else { return Ok(None) };
        let id = request.headers.get(name).filter(|id| !id.is_empty());
        let id = id.ok_or(Refusal::DeliveryIdMissing)?;
        if id.len() > DELIVERY_ID_BYTES_MAX || id.contains('.') {
            return Err(Refusal::DeliveryIdInvalid);
        }
        Ok(Some(id))
    }

    fn timestamp<'a>(
        &self,
        request: &Request<'a>,
        now: Timestamp,
    ) -> Result<Option<&'a str>, Refusal> {
        let Some(TimestampHeader { name, tolerance_s }) = &self.timestamp else { return Ok(None) };
        let text = request.headers.get(name).ok_or(Refusal::TimestampMissing)?;
        let digits = text.len() <= TIMESTAMP_DIGITS_MAX && text.bytes().all(|b| b.is_ascii_digit());
        let signed_at: i64 =
            text.parse().ok().filter(|_| digits).ok_or(Refusal::TimestampInvalid)?;
        let age_s = now.as_second() - signed_at;
        if age_s > *tolerance_s {
            return Err(Refusal::TimestampStale);
        }
        if age_s < -tolerance_s {
            return Err(Refusal::TimestampFuture);
        }
        Ok(Some(text))
    }
}

impl KeyForm {
    /// `None` when the secret is not in this form.
    fn of(self, secret: &Secret) -> Option<Vec<u8>> {
        match self {
            Self::Text => Some(secret.expose().as_bytes().to_vec()),
            Self::Base64AfterWhsec => {
                let text = secret.expose().trim();
                let text = text.strip_prefix("whsec_").unwrap_or(text);
                let key = data_encoding::BASE64.decode(text.as_bytes()).ok()?;
                (!key.is_empty()).then_some(key)
            }
        }
    }
}

impl Encoding {
    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            Self::Base64 => data_encoding::BASE64.decode(text.as_bytes()).ok(),
        }
    }
}
