//! The link to a survey: short, and not to be guessed.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::{id::EffectId, phone::Pepper};

/// Characters of a link's word: 64 bits in the 64 signs of base64 for URLs (RFC 4648, section 5).
pub const LINK_CHARS: usize = 11;

/// Bytes that the word says.
const LINK_BYTES: usize = 8;

/// The word at the end of a link. Who has it may answer, so it is no key of a row and stands in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// The link of an invitation: who invites again gives the same, and nobody else can compute it.
    pub fn of(pepper: &Pepper, invitation: &EffectId) -> Self {
        let secret = pepper.derive(&format!("survey-link {invitation}"));
        Self(BASE64URL_NOPAD.encode(&secret[..LINK_BYTES]))
    }

    /// Reads what stands in an address; `None` for what no link looks like.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == LINK_BYTES).then(|| Self(text.to_owned()))
    }

    /// As it stands in an address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands in keys instead of it: 64 hex characters.
    pub fn key(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(format!("survey-link {}", self.0)))
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(…)")
    }
}

/// A number below 100 that hangs on both words alone.
pub(super) fn share_of_hundred(survey: &str, customer: &str) -> u8 {
    let hash = Sha256::digest(format!("sample {survey} {customer}"));
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) % 100;
    u8::try_from(number).unwrap_or_default()
}
