//! Connecting an account by an admin's consent: the link that opens it, and the proof that the code is meant for us.
//!
//! Source: OAuth v4 for Official Accounts and RFC 7636, read 2026-11. The challenge is base64url without padding of the SHA-256 of
//! the verifier. Sources disagree whether it is made for each request or saved in Zalo's console: both are spoken.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{phone::Pepper, secret::Secret};

/// What a code has to be exchanged with: 43 characters.
#[derive(Clone, Debug)]
pub struct Verifier(Secret);

impl Verifier {
    /// Makes one of 32 bytes that nobody can guess.
    pub fn new(random: &[u8; 32]) -> Self {
        Self(Secret::new(BASE64URL_NOPAD.encode(random)))
    }

    /// Takes one that was made before: 43 to 128 letters, digits, `-`, `.`, `_` and `~`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_one = (43..=128).contains(&text.len()) && text.bytes().all(fits);
        is_one.then(|| Self(Secret::new(text)))
    }

    /// Sent with the code.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What Zalo is told before.
    pub fn challenge(&self) -> String {
        BASE64URL_NOPAD.encode(&Sha256::digest(self.0.expose()))
    }
}

/// The link by which an admin begins: whose it is and until when, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentLink {
    /// The business.
    pub tenant: String,
    /// The link opens nothing after that.
    pub until: Timestamp,
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Not as we have written it.
    #[error("the link is not ours")]
    NotOurs,
    /// It was, and is over.
    #[error("the link is over")]
    Over,
}

impl ConsentLink {
    /// The query of the address: `until=…&proof=…`, nothing of which needs encoding.
    pub fn query(&self, pepper: &Pepper) -> String {
        let until = self.until.as_second();
        let proof = HEXLOWER.encode(&self.mac(pepper, until).finalize().into_bytes());
        format!("until={until}&proof={proof}")
    }

    /// Proves a link. Compared in constant time.
    ///
    /// # Errors
    /// When it is not ours, or over.
    pub fn prove(
        pepper: &Pepper,
        tenant: &str,
        until: &str,
        proof: &str,
        now: Timestamp,
    ) -> Result<Self, BadLink> {
        let seconds: i64 = until.parse().map_err(|_| BadLink::NotOurs)?;
        let until = Timestamp::from_second(seconds).map_err(|_| BadLink::NotOurs)?;
        let link = Self { tenant: tenant.to_owned(), until };
        let proof = HEXLOWER.decode(proof.as_bytes()).map_err(|_| BadLink::NotOurs)?;
        let proven = link.mac(pepper, seconds).verify_slice(&proof);
        proven.map_err(|_| BadLink::NotOurs)?;
        if until <= now { Err(BadLink::Over) } else { Ok(link) }
    }

    fn mac(&self, pepper: &Pepper, until_s: i64) -> Hmac<Sha256> {
        let key = pepper.derive("consent");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
        mac.update(self.tenant.as_bytes());
        mac.update(&[0]);
        mac.update(until_s.to_string().as_bytes());
        mac
    }
}
