//! Ids that are derived, never drawn: who computes one again gets the same.
//!
//! An id is the first 128 bits of SHA-256 over its length-prefixed parts, as 26 characters of lower-case base32. A retry
//! therefore meets what the first try stored, and "already there" is the idempotency.

use std::fmt;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Characters of every derived id.
pub const ID_CHARS: usize = 26;

/// RFC 4648 base32 in lower case, without padding: safe in keys, URLs and Zalo's `tracking_id`.
fn base32() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().expect("the alphabet has 32 distinct characters")
}

/// Hashes `parts` under a `kind` so that neither two kinds nor two splits of the same text meet.
fn derive(kind: &str, parts: &[&str]) -> String {
    base32().encode(&hash(kind, parts))
}

fn hash(kind: &str, parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in std::iter::once(&kind).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    id
}

macro_rules! derived_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Reads an id back; `None` unless it is 26 characters of lower-case base32.
            pub fn parse(text: &str) -> Option<Self> {
                let fits = text.len() == ID_CHARS
                    && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
                fits.then(|| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

derived_id!(
    /// An event: the tenant, the source and the source's own dedupe key.
    EventId
);
derived_id!(
    /// What one step of one rule made of one event. The id of a notification is that of its effect.
    EffectId
);
derived_id!(
    /// A person behind linked identities, named after the pseudonym of the identity that was seen first: rewards and logs name it still
    /// when the person is erased.
    CustomerId
);

/// What identifies one posting of points for ever: who asks for it makes it, and asks again with the same.
///
/// Kept as its 128 bits, since it stands in an entry that has to stay small; prints as the other ids do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId([u8; 16]);

impl OperationId {
    /// What a step of a rule awards for an event: of the id of its effect.
    pub fn of_effect(effect: &EffectId) -> Self {
        Self(hash("operation-effect", &[effect.as_str()]))
    }

    /// What an account is awarded by an earning for the first time, and never again.
    pub fn of_first(tenant: &str, account: &str, earning: &str) -> Self {
        Self(hash("operation-first", &[tenant, account, earning]))
    }

    /// What a caller asks for under a key of its own.
    pub fn of_key(tenant: &str, key: &str) -> Self {
        Self(hash("operation-key", &[tenant, key]))
    }

    /// What falls due by itself in an account after its entry `seq`.
    pub fn of_due(tenant: &str, account: &str, seq: u32) -> Self {
        Self(hash("operation-due", &[tenant, account, &seq.to_string()]))
    }

    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        base32().decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for OperationId {
    /// 26 characters of lower-case base32.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32().encode(&self.0))
    }
}

impl EventId {
    /// The id of the hook that `source` names by `dedupe_key`.
    pub fn of(tenant: &str, source: &str, dedupe_key: &str) -> Self {
        Self(derive("event", &[tenant, source, dedupe_key]))
    }

    /// The id of one of several facts that one hook carries.
    pub fn part(&self, part: &str) -> Self {
        Self(derive("event-part", &[&self.0, part]))
    }
}

impl EffectId {
    /// The id of what takes this one's place when a person has it sent anew.
    pub fn resent(&self) -> Self {
        Self(derive("resent", &[&self.0]))
    }

    /// The id of what `step` of `rule` makes of `event`. Positions play no part, so a rule can be reordered.
    pub fn of(event: &EventId, rule: &str, step: &str) -> Self {
        Self(derive("effect", &[&event.0, rule, step]))
    }
}

impl CustomerId {
    /// The customer that an identity makes when nothing links it to an older one; `pseudonym` is that of the tenant's pepper.
    pub fn of(tenant: &str, pseudonym: &str) -> Self {
        Self(derive("customer", &[tenant, pseudonym]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_id() {
        assert_eq!(EventId::of("t", "ghn", "a"), EventId::of("t", "ghn", "a"));
    }

    #[test]
    fn another_split_of_the_same_text_is_another_id() {
        assert_ne!(EventId::of("t", "gh", "na"), EventId::of("t", "ghn", "a"));
    }

    #[test]
    fn an_id_is_read_back_and_nothing_else_is() {
        let id = EventId::of("t", "ghn", "a");
        assert_eq!(EventId::parse(id.as_str()), Some(id.clone()));
        for bad in
            ["", "a", &id.as_str().to_uppercase(), &format!("{id}a"), "0123456789012345678901234 "]
        {
            assert_eq!(EventId::parse(bad), None, "{bad}");
        }
    }
}
