//! What an answer of the token endpoint says. Nothing that is not a pair is ever taken for one.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::secret::Secret;

/// How long an access token lives where the answer does not say: 25 h. Source: OAuth v4, read 2026-11.
pub const LIFE: SignedDuration = SignedDuration::from_secs(90_000);

/// A life that no access token has: what is shorter or longer is junk.
const LIFE_BOUNDS_S: std::ops::RangeInclusive<i64> = 60..=30 * 86_400;

/// "Invalid refresh token", and "used or expired". Source: public Zalo clients, read 2026-11.
const DEAD: [i64; 2] = [-14_014, -14_020];

/// What came of asking for a pair.
#[derive(Clone, Debug)]
pub enum Exchanged {
    /// A new pair; the refresh token that was given is used up.
    Granted(Grant),
    /// Zalo does not know the refresh token or the code.
    Rejected {
        /// Zalo's code; 0 where only its words say so.
        code: i64,
    },
    /// Zalo says no for another reason, and has used nothing up.
    Refused {
        /// Zalo's code; 0 where the answer has none, 429 of a gateway.
        code: i64,
    },
    /// The request never left.
    NotSent,
    /// Nobody knows whether Zalo has exchanged it: no answer, a gateway's page, an empty one.
    Doubtful,
}

/// A new pair.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Sent with every call.
    pub access: Secret,
    /// Good for one exchange; `None` where the old one stays.
    pub refresh: Option<Secret>,
    /// How long the access token lives.
    pub life: SignedDuration,
}

/// Reads an answer of the token endpoint, whatever its status.
///
/// Assumption: an empty answer with HTTP 200, which production has shown for a used token, is in doubt rather than a refusal, so
/// that a gateway's hiccup costs a counted retry and not a consent.
pub fn read_exchange(status: u16, body: &[u8]) -> Exchanged {
    if status == 429 {
        return Exchanged::Refused { code: 429 };
    }
    let Ok(Value::Object(answer)) = serde_json::from_slice::<Value>(body) else {
        return Exchanged::Doubtful;
    };
    let text = |name: &str| {
        let value = answer.get(name).and_then(Value::as_str);
        value.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    match (refusal(&answer), text("access_token")) {
        (None, Some(access)) => Exchanged::Granted(Grant {
            access: Secret::new(access),
            refresh: text("refresh_token").map(Secret::new),
            life: life(answer.get("expires_in")),
        }),
        (Some(exchanged), None) => exchanged,
        // A token beside an error, or neither of them.
        (Some(_), Some(_)) | (None, None) => Exchanged::Doubtful,
    }
}

/// What an answer with an error says: by its number, quoted or not, else by its words.
fn refusal(answer: &Map<String, Value>) -> Option<Exchanged> {
    let code = answer.get("error").and_then(whole);
    let words = ["error_name", "error_reason", "error_description", "error", "message"];
    let words: Vec<&str> =
        words.into_iter().filter_map(|name| answer.get(name)?.as_str()).collect();
    let is_error = match code {
        Some(code) => code != 0,
        None => words.iter().any(|word| !word.is_empty()),
    };
    if !is_error {
        return None;
    }
    let code = code.unwrap_or_default();
    let says = |what: &str| words.iter().any(|word| word.to_lowercase().contains(what));
    if DEAD.contains(&code) || (code == 0 && says("invalid refresh token")) {
        return Some(Exchanged::Rejected { code });
    }
    Some(Exchanged::Refused { code })
}

/// How long an access token lives: a number, quoted or not.
fn life(expires_in: Option<&Value>) -> SignedDuration {
    let seconds = expires_in.and_then(whole).filter(|s| LIFE_BOUNDS_S.contains(s));
    seconds.map_or(LIFE, SignedDuration::from_secs)
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a call carries besides its token, where an app is told to prove itself: the hex of HMAC-SHA256 of the token with the app's
/// secret. Source: Zalo social API, "appsecret_proof", read 2026-11.
pub fn proof_of(app_secret: &Secret, access_token: &Secret) -> String {
    let key = app_secret.expose().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(access_token.expose().as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}
