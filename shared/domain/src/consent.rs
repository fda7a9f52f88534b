//! What a customer has agreed to be told. Unknown means no for care and promotion.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::EventId;

/// Why a notification is sent; decides consent, hours and order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A one-time password.
    Otp,
    /// About something that the customer bought or asked for.
    Transaction,
    /// An answer to what the customer wrote.
    Reply,
    /// Guides, reminders, surveys.
    Care,
    /// Offers.
    Promotion,
    /// To the business's own people.
    Staff,
}

impl Purpose {
    /// As it stands in files, rows and keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Transaction => "transaction",
            Self::Reply => "reply",
            Self::Care => "care",
            Self::Promotion => "promotion",
            Self::Staff => "staff",
        }
    }

    /// The purposes to which a customer can say yes or no.
    pub const ASKED: [Self; 3] = [Self::Transaction, Self::Care, Self::Promotion];

    /// The purposes of messages that nobody asked for: who says stop, or leaves, means these.
    pub const UNASKED_FOR: [Self; 2] = [Self::Care, Self::Promotion];

    /// The purposes that an event's `purposes` name, of those that are [`Purpose::ASKED`]; others are passed over.
    pub fn named_in(data: &serde_json::Value) -> Vec<Self> {
        let named = data.get("purposes").and_then(serde_json::Value::as_array);
        let named: Vec<&str> =
            named.into_iter().flatten().filter_map(|name| name.as_str()).collect();
        Self::ASKED.into_iter().filter(|purpose| named.contains(&purpose.as_str())).collect()
    }

    /// Whether it may be sent only to who has agreed.
    pub fn needs_consent(self) -> bool {
        match self {
            Self::Care | Self::Promotion => true,
            Self::Otp | Self::Transaction | Self::Reply | Self::Staff => false,
        }
    }
}

/// The last word on one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Given or withdrawn.
    pub given: bool,
    /// The event that said so.
    pub event: EventId,
    /// Its time: the later one wins, and withdrawal wins a tie.
    pub at: Timestamp,
}

impl Consent {
    /// Whether this word replaces `other`.
    pub fn beats(&self, other: &Self) -> bool {
        (self.at, !self.given) > (other.at, !other.given)
    }

    /// The word that counts among those of all the customers that are one person.
    pub fn last<'a>(words: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        words.into_iter().reduce(|best, word| if word.beats(best) { word } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(given: bool, second: i64) -> Consent {
        let at = Timestamp::from_second(second).unwrap();
        Consent { given, event: EventId::of("t", "s", &format!("{given}{second}")), at }
    }

    #[test]
    fn only_what_a_customer_is_asked_for_is_taken_from_an_event() {
        let named = serde_json::json!({"purposes": ["care", "otp", "songs", 1, "transaction"]});
        assert_eq!(Purpose::named_in(&named), [Purpose::Transaction, Purpose::Care]);
        for nothing in ["null", "{}", r#"{"purposes": "care"}"#] {
            let nothing = serde_json::from_str(nothing).unwrap();
            assert_eq!(Purpose::named_in(&nothing), []);
        }
    }

    #[test]
    fn the_later_word_wins_and_withdrawal_wins_a_tie() {
        assert!(word(true, 2).beats(&word(false, 1)));
        assert!(!word(true, 1).beats(&word(false, 1)));
        assert!(word(false, 1).beats(&word(true, 1)));
        let words = [word(true, 1), word(false, 3), word(true, 3), word(true, 2)];
        assert_eq!(Consent::last(&words), Some(&words[1]));
    }
}
