//! Orders and parcels: what state they are in, which event first brought them there, and what has been paid.
//!
//! A thing keeps, per state, the event that first reached it. A transition fires if and only if that event is this one and
//! was not older, in the vendor's time, than the state it found: a crash in the middle repeats it, and a repeated or late
//! status does not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::EventId, subject::Subject};

/// Where a parcel is. One model for all carriers (their own words are mapped by their readers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentState {
    /// The carrier knows of it.
    Created,
    /// Being fetched from the shop.
    Picking,
    /// With the carrier.
    Picked,
    /// Between hubs.
    InTransit,
    /// With the courier who hands it over.
    OutForDelivery,
    /// Handed over.
    Delivered,
    /// Could not be handed over this time.
    AttemptFailed,
    /// Could not be fetched.
    PickupFailed,
    /// On its way back.
    Returning,
    /// Back at the shop.
    Returned,
    /// Called off.
    Cancelled,
    /// Lost or damaged.
    Lost,
    /// A status that no reader knows.
    NeedsPerson,
}

impl ShipmentState {
    /// As it stands in kinds (`shipment.delivered`), rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Picking => "picking",
            Self::Picked => "picked",
            Self::InTransit => "in_transit",
            Self::OutForDelivery => "out_for_delivery",
            Self::Delivered => "delivered",
            Self::AttemptFailed => "attempt_failed",
            Self::PickupFailed => "pickup_failed",
            Self::Returning => "returning",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
            Self::NeedsPerson => "needs_person",
        }
    }

    /// Whether nothing but a return can follow.
    fn is_final(self) -> bool {
        match self {
            Self::Delivered | Self::Returned | Self::Cancelled | Self::Lost => true,
            Self::Created
            | Self::Picking
            | Self::Picked
            | Self::InTransit
            | Self::OutForDelivery
            | Self::AttemptFailed
            | Self::PickupFailed
            | Self::Returning
            | Self::NeedsPerson => false,
        }
    }

    fn is_return(self) -> bool {
        matches!(self, Self::Returning | Self::Returned)
    }
}

/// The event that first said that a thing is in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// That event.
    pub event: EventId,
    /// Its time by the vendor's clock.
    pub at: Timestamp,
    /// Whether the thing had already moved on when it came: it fires nothing.
    pub late: bool,
}

/// A parcel as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Where it is now; `None` before the first event.
    pub state: Option<ShipmentState>,
    /// Per state, who said so first.
    pub reached: BTreeMap<ShipmentState, Reached>,
}

/// What an event did to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is the first to say so, in order: the transition fires (again, when this is a repeat after a crash).
    Fires,
    /// It came first but late, or another event had said so: nothing fires.
    Silent,
}

impl Shipment {
    /// Applies one event; the same event applied again gives the same answer and changes nothing.
    pub fn apply(&mut self, state: ShipmentState, event: &EventId, at: Timestamp) -> Moved {
        if let Some(reached) = self.reached.get(&state) {
            return if reached.event == *event && !reached.late {
                Moved::Fires
            } else {
                Moved::Silent
            };
        }
        let now = self.state.and_then(|s| Some((s, self.reached.get(&s)?)));
        let late = match now {
            None => false,
            Some((current, reached)) => {
                let back = current.is_final() && !state.is_return();
                reached.at > at || back || current == ShipmentState::Returned
            }
        };
        self.reached.insert(state, Reached { event: event.clone(), at, late });
        if late {
            return Moved::Silent;
        }
        self.state = Some(state);
        Moved::Fires
    }
}

/// One event's place among all that is said about a thing: the later one stands, whenever it comes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Word {
    /// The vendor's time.
    pub at: Timestamp,
    /// The event; decides between two of the same instant.
    pub event: EventId,
}

/// An order as stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Whole đồng to pay, once an event has said so.
    pub amount_vnd: Option<u64>,
    /// What rules and texts see as `order`.
    pub facts: BTreeMap<String, serde_json::Value>,
    /// The latest event that said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<Word>,
    /// What came in for it, by event. The judgement is kept, so that a repeat says the same.
    pub payments: BTreeMap<EventId, Paid>,
    /// The parcel that was heard of last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<Subject>,
}

/// One payment for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Whole đồng.
    pub amount_vnd: u64,
    /// What it made of the order.
    pub verdict: PaymentVerdict,
}

/// How a payment stands to its order. Only `Matched` says "paid".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentVerdict {
    /// The sum is still below the amount.
    Underpaid,
    /// This payment brought the sum to exactly the amount.
    Matched,
    /// The sum went above the amount, or the order was paid already.
    Overpaid,
    /// No order, or one whose amount nobody has said.
    Unmatched,
}

impl PaymentVerdict {
    /// As it stands in kinds: `payment.matched`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Underpaid => "underpaid",
            Self::Matched => "matched",
            Self::Overpaid => "overpaid",
            Self::Unmatched => "unmatched",
        }
    }
}

/// Most payments that one order keeps; more are [`PaymentVerdict::Overpaid`] by then, or somebody's game.
pub const PAYMENTS_MAX: usize = 16;

impl Order {
    /// Whether a later word is known.
    pub fn is_old(&self, word: &Word) -> bool {
        self.described.as_ref().is_some_and(|known| known > word)
    }

    /// Takes in what an event says of the order; later words win, an older one only fills what nobody has said. The paid sums
    /// stay.
    pub fn describe(
        &mut self,
        word: &Word,
        amount_vnd: Option<u64>,
        facts: &BTreeMap<String, serde_json::Value>,
    ) {
        let facts = facts.iter().map(|(k, v)| (k.clone(), v.clone()));
        if self.is_old(word) {
            self.amount_vnd = self.amount_vnd.or(amount_vnd);
            for (name, value) in facts {
                self.facts.entry(name).or_insert(value);
            }
        } else {
            self.amount_vnd = amount_vnd.or(self.amount_vnd);
            self.facts.extend(facts);
            self.described = Some(word.clone());
        }
    }

    /// Where it stands, in words that fit behind "Đơn hàng của bạn": by its parcel, else by what was paid.
    pub fn status(&self, shipment: Option<ShipmentState>) -> &'static str {
        let is_paid = self.payments.values().any(|paid| paid.verdict == PaymentVerdict::Matched);
        match shipment {
            None if is_paid => "đã được thanh toán và đang được chuẩn bị",
            None => "đã được ghi nhận và đang chờ thanh toán",
            Some(ShipmentState::Created | ShipmentState::Picking | ShipmentState::PickupFailed) => {
                "đã đóng gói và đang chờ đơn vị vận chuyển đến lấy"
            }
            Some(ShipmentState::Picked | ShipmentState::InTransit) => "đang trên đường vận chuyển",
            Some(ShipmentState::OutForDelivery) => "đang được giao đến bạn",
            Some(ShipmentState::Delivered) => "đã được giao",
            Some(ShipmentState::AttemptFailed) => "chưa giao được và sẽ được giao lại",
            Some(ShipmentState::Returning) => "đang được chuyển hoàn",
            Some(ShipmentState::Returned) => "đã được chuyển hoàn",
            Some(ShipmentState::Cancelled) => "đã bị huỷ giao",
            Some(ShipmentState::Lost | ShipmentState::NeedsPerson) => {
                "đang được nhân viên kiểm tra với đơn vị vận chuyển"
            }
        }
    }

    /// Books one payment; the same event booked again gives the same verdict and changes nothing.
    pub fn pay(&mut self, event: &EventId, amount_vnd: u64) -> PaymentVerdict {
        if let Some(paid) = self.payments.get(event) {
            return paid.verdict;
        }
        let verdict = match self.amount_vnd {
            None => PaymentVerdict::Unmatched,
            Some(due) => {
                let before =
                    self.payments.values().fold(0u64, |sum, p| sum.saturating_add(p.amount_vnd));
                match before.saturating_add(amount_vnd).cmp(&due) {
                    std::cmp::Ordering::Less => PaymentVerdict::Underpaid,
                    std::cmp::Ordering::Equal if amount_vnd > 0 => PaymentVerdict::Matched,
                    std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => {
                        PaymentVerdict::Overpaid
                    }
                }
            }
        };
        if self.payments.len() < PAYMENTS_MAX {
            self.payments.insert(event.clone(), Paid { amount_vnd, verdict });
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u32) -> EventId {
        EventId::of("t", "s", &n.to_string())
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_136_400 + 60 * minute).unwrap()
    }

    #[test]
    fn a_transition_fires_for_the_event_that_first_reached_it_however_often_it_is_applied() {
        let mut parcel = Shipment::default();
        for _ in 0..3 {
            assert_eq!(parcel.apply(ShipmentState::Delivered, &event(1), at(5)), Moved::Fires);
        }
        assert_eq!(parcel.apply(ShipmentState::Delivered, &event(2), at(6)), Moved::Silent);
    }

    #[test]
    fn a_late_status_fires_nothing_and_moves_nothing_back() {
        let mut parcel = Shipment::default();
        parcel.apply(ShipmentState::Delivered, &event(1), at(5));
        for _ in 0..2 {
            assert_eq!(parcel.apply(ShipmentState::InTransit, &event(2), at(3)), Moved::Silent);
        }
        assert_eq!(parcel.state, Some(ShipmentState::Delivered));
    }

    #[test]
    fn from_a_final_state_only_a_return_goes_on() {
        let mut parcel = Shipment::default();
        parcel.apply(ShipmentState::Delivered, &event(1), at(5));
        assert_eq!(parcel.apply(ShipmentState::OutForDelivery, &event(2), at(9)), Moved::Silent);
        assert_eq!(parcel.apply(ShipmentState::Returning, &event(3), at(10)), Moved::Fires);
        assert_eq!(parcel.apply(ShipmentState::Returned, &event(4), at(11)), Moved::Fires);
        assert_eq!(parcel.apply(ShipmentState::Returning, &event(5), at(12)), Moved::Silent);
        assert_eq!(parcel.state, Some(ShipmentState::Returned));
    }

    #[test]
    fn the_payment_that_brings_the_sum_to_the_amount_is_the_one_that_says_paid() {
        let mut order = Order { amount_vnd: Some(350_000), ..Order::default() };
        for (n, amount, verdict) in [
            (1, 100_000, PaymentVerdict::Underpaid),
            (2, 250_000, PaymentVerdict::Matched),
            (3, 1, PaymentVerdict::Overpaid),
            (2, 250_000, PaymentVerdict::Matched),
            (1, 100_000, PaymentVerdict::Underpaid),
        ] {
            assert_eq!(order.pay(&event(n), amount), verdict, "payment {n}");
        }
    }

    #[test]
    fn too_much_at_once_does_not_say_paid() {
        let mut order = Order { amount_vnd: Some(350_000), ..Order::default() };
        assert_eq!(order.pay(&event(1), 350_001), PaymentVerdict::Overpaid);
        assert_eq!(order.pay(&event(2), u64::MAX), PaymentVerdict::Overpaid);
    }

    #[test]
    fn the_later_word_on_an_order_stands_whenever_it_comes() {
        let word = |n: i64| Word { at: at(n), event: event(0) };
        let facts =
            |n: i64| BTreeMap::from([("note".to_owned(), n.into()), (format!("{n}"), n.into())]);
        let mut order = Order::default();
        for n in [2, 3, 1, 2, 3, 1] {
            order.describe(&word(n), Some(n.unsigned_abs()), &facts(n));
        }
        assert_eq!((order.amount_vnd, &order.facts["note"]), (Some(3), &3.into()));
        assert_eq!(order.facts.len(), 4, "an older word fills what nobody has said");
    }

    #[test]
    fn an_order_without_an_amount_matches_nothing() {
        assert_eq!(Order::default().pay(&event(1), 1), PaymentVerdict::Unmatched);
    }
}
