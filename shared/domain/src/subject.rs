//! Who or what an event is about. A subject prints as it stands in keys, and is safe to log: it never holds a number.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::phone::PhoneKey;

/// Longest id that a source may give a thing or a person, in bytes.
pub const SUBJECT_ID_BYTES_MAX: usize = 128;

/// An identity of a person, or a thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `zalo:<oa>:<uid>`: one person as one Official Account sees them.
    Zalo {
        /// The Official Account's id.
        oa: String,
        /// The person's id under that account.
        user: String,
    },
    /// `phone:<key>`: one number, by its key.
    Phone(PhoneKey),
    /// `ext:<system>:<id>`: a person or thing in another system that Cham has no word for.
    Ext {
        /// The system's name.
        system: String,
        /// Its id there.
        id: String,
    },
    /// `order:<id>`.
    Order(String),
    /// `shipment:<carrier>:<code>`.
    Shipment {
        /// The carrier's source name.
        carrier: String,
        /// The carrier's code for the parcel.
        code: String,
    },
    /// `payment:<source>:<id>`.
    Payment {
        /// The source that reported it.
        source: String,
        /// Its id there.
        id: String,
    },
    /// `oa:<id>`: an Official Account.
    Oa(String),
    /// `template:<id>`: a ZNS template.
    Template(String),
    /// `sent:<message id>`: something that Zalo accepted from us.
    Sent(String),
}

impl Subject {
    /// Whether this is a person's identity rather than a thing.
    pub fn is_identity(&self) -> bool {
        match self {
            Self::Zalo { .. } | Self::Phone(_) => true,
            Self::Ext { .. }
            | Self::Order(_)
            | Self::Shipment { .. }
            | Self::Payment { .. }
            | Self::Oa(_)
            | Self::Template(_)
            | Self::Sent(_) => false,
        }
    }

    /// Reads a subject as it prints; `None` for an unknown kind, an empty, overlong or unprintable id.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let one = || id(rest);
        let two = || {
            let (first, second) = rest.split_once(':')?;
            Some((id(first)?, id(second)?))
        };
        match kind {
            "zalo" => two().map(|(oa, user)| Self::Zalo { oa, user }),
            "phone" => PhoneKey::parse(rest).map(Self::Phone),
            "ext" => two().map(|(system, id)| Self::Ext { system, id }),
            "order" => one().map(Self::Order),
            "shipment" => two().map(|(carrier, code)| Self::Shipment { carrier, code }),
            "payment" => two().map(|(source, id)| Self::Payment { source, id }),
            "oa" => one().map(Self::Oa),
            "template" => one().map(Self::Template),
            "sent" => one().map(Self::Sent),
            _ => None,
        }
    }
}

/// An id as a source gives it: `None` when empty, longer than [`SUBJECT_ID_BYTES_MAX`] or holding control characters.
/// Readers put every outside id through this before it becomes part of a [`Subject`].
pub fn id(text: &str) -> Option<String> {
    let text = crate::text::clean(text);
    let fits = !text.is_empty()
        && text.len() <= SUBJECT_ID_BYTES_MAX
        && !text.chars().any(|c| c.is_control());
    fits.then_some(text)
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zalo { oa, user } => write!(f, "zalo:{oa}:{user}"),
            Self::Phone(key) => write!(f, "phone:{}", key.as_str()),
            Self::Ext { system, id } => write!(f, "ext:{system}:{id}"),
            Self::Order(id) => write!(f, "order:{id}"),
            Self::Shipment { carrier, code } => write!(f, "shipment:{carrier}:{code}"),
            Self::Payment { source, id } => write!(f, "payment:{source}:{id}"),
            Self::Oa(id) => write!(f, "oa:{id}"),
            Self::Template(id) => write!(f, "template:{id}"),
            Self::Sent(id) => write!(f, "sent:{id}"),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a subject"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_as_it_prints() {
        for text in [
            "zalo:2893352839501541173:2468458835291979221",
            "phone:0123456789abcdef0123456789abcdef",
            "ext:crm:KH-1",
            "order:DH0001",
            "shipment:ghn:Z82BS",
            "payment:sepay:92704",
            "oa:2893352839501541173",
            "template:433555",
            "sent:a4d0243feee163bd3af2",
        ] {
            assert_eq!(Subject::parse(text).map(|s| s.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_not_a_subject_is_none() {
        for text in
            ["", "order", "order:", "phone:0912345678", "zalo:1", "shop:1", "order:a\u{0}\n b\n"]
        {
            assert_eq!(Subject::parse(text), None, "{text:?}");
        }
        assert_eq!(
            Subject::parse(&format!("order:{}", "x".repeat(SUBJECT_ID_BYTES_MAX + 1))),
            None
        );
    }

    #[test]
    fn a_number_is_never_a_phone_subject() {
        assert_eq!(Subject::parse("phone:84912345678"), None);
    }
}
