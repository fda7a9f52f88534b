//! The other side of every leg: what was issued, redeemed, expired, adjusted and transferred.

use std::collections::BTreeMap;

use super::{Leg, Side};

/// Sums of legs by side, in points: what comes to a side less what goes from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    sides: BTreeMap<Side, i128>,
}

impl Books {
    /// Adds the legs of an entry.
    pub fn add(&mut self, legs: &[Leg]) {
        for leg in legs {
            let Some((from, to)) = leg.sides() else { continue };
            let amount = i128::from(leg.amount().get());
            *self.sides.entry(from).or_default() -= amount;
            *self.sides.entry(to).or_default() += amount;
        }
    }

    /// Adds the sums of other books.
    pub fn join(&mut self, other: &Self) {
        for (side, amount) in &other.sides {
            *self.sides.entry(*side).or_default() += amount;
        }
    }

    /// What stands on one side.
    pub fn side(&self, side: Side) -> i128 {
        self.sides.get(&side).copied().unwrap_or_default()
    }

    /// Every side that something happened on.
    pub fn sides(&self) -> impl Iterator<Item = (Side, i128)> {
        self.sides.iter().map(|(side, amount)| (*side, *amount))
    }

    /// What the accounts have, by these legs.
    pub fn own(&self) -> i128 {
        self.sides().filter(|(side, _)| side.is_own()).map(|(_, amount)| amount).sum()
    }

    /// What the business has on its side: the same with the other sign.
    pub fn issuer(&self) -> i128 {
        self.sides().filter(|(side, _)| !side.is_own()).map(|(_, amount)| amount).sum()
    }
}
