//! Who is looking: an API key exchanged for a signed cookie, and what proves that a form is ours.
//!
//! The cookie is `<tenant>.<key name>.<expiry in ms>.<hex>`, its last part an HMAC-SHA256 with a key that is derived from the
//! tenant's pepper. It stores nothing on our side; that the key is still there is asked with every request, so taking a key
//! away ends its sessions at once. A form's token is an HMAC over the cookie: no other site can know it.

use data_encoding::HEXLOWER;
use domain::phone::Pepper;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// The name of the session's cookie.
pub const SESSION_COOKIE: &str = "cham_session";

/// How long somebody stays logged in: a working day.
pub const SESSION_FOR: SignedDuration = SignedDuration::from_hours(12);

/// What a cookie says before anybody has proven it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) tenant: String,
    pub(crate) key: String,
    expires: Timestamp,
    text: String,
}

impl Claim {
    /// Reads a cookie's value; `None` when it has another shape.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (tenant, key, expires, proof) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let fits = parts.next().is_none() && !proof.is_empty() && !key.is_empty();
        let expires = Timestamp::from_millisecond(expires.parse().ok()?).ok()?;
        (fits && crate::is_tenant(tenant)).then(|| Self {
            tenant: tenant.to_owned(),
            key: key.to_owned(),
            expires,
            text: text.to_owned(),
        })
    }

    /// Whether we have given this cookie and it is not over. Compared in constant time.
    pub(crate) fn is_proven(&self, pepper: &Pepper, now: Timestamp) -> bool {
        let Some((signed, proof)) = self.text.rsplit_once('.') else { return false };
        let Ok(proof) = HEXLOWER.decode(proof.as_bytes()) else { return false };
        mac(pepper, "session", signed).verify_slice(&proof).is_ok() && now < self.expires
    }

    /// What a form must bring to be ours.
    pub(crate) fn token(&self, pepper: &Pepper) -> String {
        HEXLOWER.encode(&mac(pepper, "form", &self.text).finalize().into_bytes())
    }

    /// Whether a form brings it. Compared in constant time.
    pub(crate) fn owns(&self, pepper: &Pepper, token: &str) -> bool {
        let Ok(token) = HEXLOWER.decode(token.as_bytes()) else { return false };
        mac(pepper, "form", &self.text).verify_slice(&token).is_ok()
    }
}

/// The value of a new cookie.
pub(crate) fn issue(pepper: &Pepper, tenant: &str, key: &str, now: Timestamp) -> String {
    let signed = format!("{tenant}.{key}.{}", (now + SESSION_FOR).as_millisecond());
    let proof = HEXLOWER.encode(&mac(pepper, "session", &signed).finalize().into_bytes());
    format!("{signed}.{proof}")
}

fn mac(pepper: &Pepper, what: &str, text: &str) -> Hmac<Sha256> {
    let key = pepper.derive("console");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    mac.update(what.as_bytes());
    mac.update(&[0]);
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper() -> Pepper {
        Pepper::new(b"0123456789abcdef").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_136_400 + second).unwrap()
    }

    #[test]
    fn a_cookie_of_ours_holds_for_twelve_hours_and_for_one_pepper() {
        let cookie = issue(&pepper(), "ca-phe-som", "quay", at(0));
        let claim = Claim::read(&cookie).unwrap();
        assert_eq!((claim.tenant.as_str(), claim.key.as_str()), ("ca-phe-som", "quay"));
        assert!(claim.is_proven(&pepper(), at(0)));
        assert!(claim.is_proven(&pepper(), at(12 * 3_600 - 1)));
        assert!(!claim.is_proven(&pepper(), at(12 * 3_600)));
        assert!(!claim.is_proven(&Pepper::new(b"0123456789abcdeF").unwrap(), at(0)));
    }

    #[test]
    fn any_changed_part_of_a_cookie_is_refused() {
        let cookie = issue(&pepper(), "ca-phe-som", "quay", at(0));
        for place in 0..cookie.len() {
            let mut bytes = cookie.clone().into_bytes();
            bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
            let changed = String::from_utf8(bytes).unwrap();
            let proven = Claim::read(&changed).is_some_and(|c| c.is_proven(&pepper(), at(0)));
            assert!(!proven, "{changed}");
        }
    }

    #[test]
    fn what_is_no_cookie_is_none() {
        for text in ["", "a", "a.b.c.d", "a.b.1", "a..1.00", "A.b.1.00", "a#b.c.1.00", "a.b.1.00.0"]
        {
            assert_eq!(Claim::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_forms_token_belongs_to_one_cookie() {
        let claim = |key: &str| Claim::read(&issue(&pepper(), "t", key, at(0))).unwrap();
        let token = claim("a").token(&pepper());
        assert!(claim("a").owns(&pepper(), &token));
        for bad in ["", "00", &token[1..], &token.to_uppercase(), "é"] {
            assert!(!claim("a").owns(&pepper(), bad), "{bad}");
        }
        assert!(!claim("b").owns(&pepper(), &token));
    }
}
