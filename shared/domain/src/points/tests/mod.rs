//! The ledger against a plain model of it, and against the calendar.

mod bounds;
mod histories;
mod members;
mod model;
mod moments;

use jiff::Timestamp;

use super::*;
use crate::id::{CustomerId, OperationId};

/// Numbers that look like chance and come again with their seed (splitmix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not with, `n`.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

pub(super) fn points(n: u64) -> Points {
    Points::new(n).unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn account(name: &str) -> Account {
    let customer = CustomerId::of("t", name);
    Account::new(AccountId { customer, currency: Currency::parse("diem").unwrap() })
}

pub(super) fn operation(n: u64) -> OperationId {
    OperationId::of_key("t", &n.to_string())
}

/// Twelve months, at once, nobody owes, no limits.
pub(super) const PLAIN: Policy = Policy {
    expiry_months: Some(12),
    pending_days: 0,
    debt_allowed: false,
    per_operation_max: None,
    per_day_max: None,
};
