//! A fact about a subject, as a source's reader leaves it: what happened, whom it concerns, what it changes.
//!
//! The rest of Cham knows no source: it follows [`Event::about`] to a person and applies [`Event::change`]. A new source is
//! a new reader and nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    id::{CustomerId, EffectId, EventId},
    phone::Phone,
    subject::Subject,
    thing::ShipmentState,
};

/// A vendor's time further ahead than this is taken as wrong and ordered by the time of receipt, in seconds.
pub const CLOCK_SKEW_S: i64 = 600;

/// The little that intake takes out of a verified hook: enough for a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Hash of the tenant, the source and the source's own dedupe key.
    pub id: EventId,
    /// `<noun>.<past tense>`, or `<source>.unrecognised`.
    pub kind: String,
    /// What the hook is about.
    pub subject: Subject,
    /// The vendor's time; the time of receipt when the hook has none or one too far ahead.
    pub time: Timestamp,
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Of the hook, or of this part of a hook that carries several facts.
    pub id: EventId,
    /// `shipment.delivered`, `customer.wrote` ...
    pub kind: String,
    /// What it is about.
    pub subject: Subject,
    /// When it happened, by the vendor's clock.
    pub time: Timestamp,
    /// Whose timeline it belongs on.
    pub about: About,
    /// What it changes besides the timeline.
    pub change: Change,
    /// What rules see as `event.data`: texts in NFC, phone numbers taken out.
    pub data: serde_json::Value,
}

/// The way from an event to a person.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// These identities are one person. The first is the one that the event is about.
    Person {
        /// At least one.
        identities: Vec<Identity>,
        /// How far the event vouches that they belong together.
        strength: Strength,
        /// The name that the person goes by in this event.
        name: Option<String>,
    },
    /// Whoever the first of these things that is known belongs to; parked under the first until then. Never empty.
    Owner(Vec<Subject>),
    /// Whoever got this message of ours.
    Reader(Box<Sent>),
    /// This customer, whom Cham itself has found something out about.
    Customer(CustomerId),
    /// Money out, quota notices, what is not recognised: no person is looked for.
    Nobody,
}

/// A message of ours, as Zalo names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Zalo's id of it.
    pub message_id: String,
    /// What we had sent with it, where Zalo gives that back.
    pub tracking: Option<Tracking>,
}

/// An identity, with the number behind it where it is a phone's.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// [`Subject::Zalo`] or [`Subject::Phone`].
    pub subject: Subject,
    /// The number itself, to be kept as an attribute and never in a key.
    pub phone: Option<Phone>,
}

/// How sure a link between identities is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// The customer typed it: joins the timeline, and nothing that reveals or is worth something.
    Claimed,
    /// The business vouches for it, or Zalo does.
    Proven,
}

/// What an event changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing: it is a line on the timeline and may fire rules under its own kind.
    None,
    /// An order came to be, or told us more about itself.
    Order {
        /// [`Subject::Order`].
        order: Subject,
        /// Whole đồng to pay; `None` when this event does not say.
        amount_vnd: Option<u64>,
        /// What rules and texts see as `order`: `id`, `amount_vnd`, `customer_name`, `product_type` ... texts only short ones.
        facts: BTreeMap<String, serde_json::Value>,
    },
    /// Money came in. Fires as `payment.matched`, `payment.underpaid`, `payment.overpaid` or `payment.unmatched`.
    Payment {
        /// Whole đồng.
        amount_vnd: u64,
    },
    /// A parcel is in a state. Fires as `shipment.<state>` when it is the first to say so and not late.
    Shipment {
        /// [`Subject::Shipment`].
        shipment: Subject,
        /// The state, or `None` for a status that no reader knows.
        state: ShipmentState,
    },
    /// Zalo says what became of messages of ours.
    Receipt(Receipt),
}

/// A hook's word on one message that Zalo accepted from us.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// Zalo's id of the message.
    pub message_id: String,
    /// Our own id, echoed by the phone channel.
    pub tracking: Option<Tracking>,
    /// How far the message came.
    pub rank: Rank,
    /// When it came there.
    pub at: Timestamp,
}

/// How far a message came; a later rank includes the earlier ones.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// On the phone.
    Delivered,
    /// Looked at.
    Seen,
    /// A button was pressed.
    Clicked,
}

/// What we give Zalo as `tracking_id`: the notification and which attempt of it.
///
/// Prints as the 26 characters of the id and two digits; Zalo advises at most 48 characters without special ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// The notification.
    pub notification: EffectId,
    /// Counted from 1.
    pub attempt: u8,
}

impl Tracking {
    /// Reads an echoed id; `None` when it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, attempt) = text.split_at_checked(crate::id::ID_CHARS)?;
        let digits = attempt.len() == 2 && attempt.bytes().all(|b| b.is_ascii_digit());
        let attempt = attempt.parse().ok().filter(|n| digits && *n > 0)?;
        Some(Self { notification: EffectId::parse(id)?, attempt })
    }
}

impl std::fmt::Display for Tracking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{:02}", self.notification, self.attempt)
    }
}

/// The time by which an event is ordered: the vendor's, unless it is missing or too far ahead of `received`.
pub fn ordering_time(vendor: Option<Timestamp>, received: Timestamp) -> Timestamp {
    match vendor {
        Some(time) if time.duration_since(received).as_secs() <= CLOCK_SKEW_S => time,
        Some(_) | None => received,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_too_far_ahead_is_ordered_by_receipt() {
        let received: Timestamp = "2026-11-20T08:00:00+07:00".parse().unwrap();
        let ahead = |s: i64| received + jiff::SignedDuration::from_secs(s);
        assert_eq!(ordering_time(Some(ahead(600)), received), ahead(600));
        assert_eq!(ordering_time(Some(ahead(601)), received), received);
        assert_eq!(ordering_time(Some(ahead(-86_400)), received), ahead(-86_400));
        assert_eq!(ordering_time(None, received), received);
    }

    #[test]
    fn a_tracking_id_is_read_back_and_a_strangers_is_not() {
        let tracking = Tracking {
            notification: EffectId::of(&EventId::of("t", "s", "k"), "rule", "step"),
            attempt: 2,
        };
        assert_eq!(Tracking::parse(&tracking.to_string()), Some(tracking.clone()));
        for text in [
            "",
            "ord-88213-shipped",
            &format!("{}00", tracking.notification),
            &format!("{}+1", tracking.notification),
            "cà phê cà phê cà phê cà phê",
        ] {
            assert_eq!(Tracking::parse(text), None, "{text}");
        }
    }
}
