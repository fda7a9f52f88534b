//! The ways on which a message can reach a customer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One way of sending. Prints as it stands in rules, rows and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// An approved template to a phone number.
    ZnsPhone,
    /// An approved template to a Zalo id.
    ZnsUid,
    /// A consultation message of the Official Account, to who wrote to it lately.
    OaCs,
    /// A message to the business's own people, posted to the address that it named.
    Alert,
    /// A fact for one of the business's own systems, posted to the address that it named.
    Webhook,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 5] =
        [Self::ZnsPhone, Self::ZnsUid, Self::OaCs, Self::Alert, Self::Webhook];

    /// The ways to a customer.
    pub const TO_CUSTOMERS: [Self; 3] = [Self::ZnsPhone, Self::ZnsUid, Self::OaCs];

    /// As it stands in rules, rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ZnsPhone => "zns-phone",
            Self::ZnsUid => "zns-uid",
            Self::OaCs => "oa-cs",
            Self::Alert => "alert",
            Self::Webhook => "webhook",
        }
    }

    /// Reads a channel as it prints.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

    /// Reads a way to a customer as it prints: what a template or a rule may name.
    pub fn parse_to_customers(text: &str) -> Option<Self> {
        Self::TO_CUSTOMERS.into_iter().find(|channel| channel.as_str() == text)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_stored_as_it_prints() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(&channel.to_string()), Some(channel));
            assert_eq!(serde_json::to_value(channel).unwrap(), channel.as_str());
        }
        assert_eq!(Channel::parse("zns"), None);
        assert_eq!(Channel::parse_to_customers("alert"), None);
        assert_eq!(Channel::parse_to_customers("webhook"), None);
    }
}
