//! What is due by itself: holds that end, pending points that mature, lots that expire, and what pays a debt meanwhile.
//!
//! Everything due is taken in the order of its instants, so that a lot which ended before another matured is gone before.

use jiff::Timestamp;

use super::{
    Leg, Pending, Tail,
    tail::{Stamp, Unfit},
};

/// A tail on its way from one entry to the next, with the legs so far.
#[derive(Clone)]
pub(super) struct Scratch {
    pub(super) tail: Tail,
    pub(super) legs: Vec<Leg>,
    pub(super) stamp: Stamp,
}

impl Scratch {
    pub(super) fn new(tail: &Tail, stamp: Stamp) -> Self {
        Self { tail: tail.clone(), legs: Vec::new(), stamp }
    }

    pub(super) fn add(&mut self, leg: Leg) -> Result<(), Unfit> {
        self.tail.apply(&leg, self.stamp)?;
        self.legs.push(leg);
        Ok(())
    }

    /// Adds what is due at the time of the entry, up to about `legs_max` legs; `false` when something is left.
    pub(super) fn settle(&mut self, legs_max: usize) -> bool {
        let now = self.stamp.recorded_at;
        while let Some((at, leg)) = due(&self.tail).filter(|(at, _)| *at <= now) {
            // What falls due may pay a debt: two legs.
            if self.legs.len() + 2 > legs_max {
                return false;
            }
            self.add(leg).expect("what is due is there, and moves within the account or out of it");
            self.repay(at);
        }
        true
    }

    /// Pays what is owed from what can be spent at `at`, the lot that ends first before the others.
    pub(super) fn repay(&mut self, at: Timestamp) {
        while !self.tail.debt.is_zero() {
            let mut lots = self.tail.lots.iter();
            let Some(lot) = lots.find(|lot| lot.month.end() > at) else { break };
            let leg = Leg::Repay { month: lot.month, amount: lot.amount.min(self.tail.debt) };
            self.add(leg).expect("no more than the lot has, and no more than is owed");
        }
    }
}

/// The next thing that falls due by itself, and when; what is due at one instant goes in the order release, maturity, expiry.
pub(super) fn due(tail: &Tail) -> Option<(Timestamp, Leg)> {
    let releases = tail.holds.iter().filter_map(|hold| {
        let part = hold.parts.first()?;
        let leg = Leg::Release { hold: hold.seq, month: part.month, amount: part.amount };
        Some((hold.until(), 0, leg))
    });
    let maturities = tail.pending.iter().map(|pending| {
        let Pending { day, month, amount } = *pending;
        (day.start(), 1, Leg::Mature { day, month, amount })
    });
    let expiries = tail.lots.iter().map(|lot| {
        let leg = Leg::Expire { month: lot.month, amount: lot.amount };
        (lot.month.end(), 2, leg)
    });
    let all = releases.chain(maturities).chain(expiries);
    all.min_by_key(|(at, class, _)| (*at, *class)).map(|(at, _, leg)| (at, leg))
}

impl Tail {
    /// The tail as it is at `now`, with everything due taken into account: what a reader sees without an entry being written.
    pub fn seen_at(&self, now: Timestamp) -> Self {
        // Nothing that is due counts as earned, so that the number of the entry and its times play no part.
        let mut scratch = Scratch::new(self, Stamp { seq: 0, recorded_at: now, occurred_at: now });
        scratch.settle(usize::MAX);
        scratch.tail
    }

    /// When something falls due by itself: a lot that ends, a hold, a day that pending points wait for.
    pub fn next_due(&self) -> Option<Timestamp> {
        due(self).map(|(at, _)| at).filter(|at| *at < Timestamp::MAX)
    }
}
