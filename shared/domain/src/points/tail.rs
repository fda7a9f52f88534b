//! What an account has after an entry: its lots, what is pending and held, what it owes, and what is counted beside them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CAPS_MAX, Day, EARNED_MAX, HOLD_PARTS_MAX, HOLDS_MAX, LOTS_MAX, Leg, Month, PENDING_MAX, Points,
};

/// The state that the last entry carries. No list has an empty element; each is in the order of its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// To be spent, by the month in which it ends.
    pub lots: Vec<Lot>,
    /// Earned and not to be spent yet.
    pub pending: Vec<Pending>,
    /// Put aside.
    pub holds: Vec<Hold>,
    /// Owed: earned by mistake and spent.
    pub debt: Points,
    /// Earned, by month: what tiers count.
    pub earned: Vec<Earned>,
    /// Counted today against limits.
    pub caps: Vec<Cap>,
}

/// Points that end together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The last month in which they can be spent.
    pub month: Month,
    /// How many.
    pub amount: Points,
}

/// Points that can be spent from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// From this day on.
    pub day: Day,
    /// The lot that they come to.
    pub month: Month,
    /// How many.
    pub amount: Points,
}

/// Points put aside: not spent, and not ending while they are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The entry that put them aside.
    pub seq: u32,
    /// Until then, in minutes since 1970.
    pub until_min: u32,
    /// From which lots.
    pub parts: Vec<Part>,
}

/// What a hold has of one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The lot.
    pub month: Month,
    /// How many.
    pub amount: Points,
}

/// What one month brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// The month in which it was earned.
    pub month: Month,
    /// How many.
    pub amount: Points,
}

/// What one day has used of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// The day.
    pub day: Day,
    /// 0 for the account's own limit, else a hash of the rule's id.
    pub cap: u32,
    /// How many.
    pub amount: Points,
}

/// Which entry a leg belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) seq: u32,
    pub(super) recorded_at: Timestamp,
    pub(super) occurred_at: Timestamp,
}

/// Why a leg does not fit a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    NotThere,
    TooMuch,
    TooManyLots,
    TooManyPending,
    TooManyHolds,
    TooManyCaps,
}

impl Tail {
    /// What can be spent, before what is owed; never more than [`super::POINTS_MAX`].
    pub fn open(&self) -> Points {
        sum(self.lots.iter().map(|lot| lot.amount))
    }

    /// What is put aside.
    pub fn held(&self) -> Points {
        sum(self.holds.iter().map(Hold::amount))
    }

    /// What waits for its day.
    pub fn pending(&self) -> Points {
        sum(self.pending.iter().map(|pending| pending.amount))
    }

    /// Lots, held and pending ones too, without what is owed.
    pub fn balance(&self) -> i64 {
        let number = |points: Points| i64::try_from(points.get()).unwrap_or(i64::MAX);
        number(self.open()) + number(self.held()) + number(self.pending()) - number(self.debt)
    }

    /// What was earned in the last `months` months, this one included.
    pub fn earned_in(&self, months: u16, now: Timestamp) -> Points {
        let now = Month::of(now);
        let within = |earned: &&Earned| now.since(earned.month) < months && earned.month <= now;
        sum(self.earned.iter().filter(within).map(|earned| earned.amount))
    }

    /// What a limit has used on the day of `now`.
    pub fn used(&self, cap: u32, now: Timestamp) -> Points {
        let today = Day::of(now);
        let used = self.caps.iter().find(|used| used.cap == cap && used.day == today);
        used.map_or(Points::ZERO, |used| used.amount)
    }

    /// Changes the tail as a leg of the entry `stamp` says. Where a leg does not fit, the tail is not to be used any more.
    pub(super) fn apply(&mut self, leg: &Leg, stamp: Stamp) -> Result<(), Unfit> {
        match *leg {
            Leg::Earn { month, amount } => {
                self.put(month, amount)?;
                self.count_earned(amount, stamp)
            }
            Leg::Pend { day, month, amount } => {
                self.put_pending(day, month, amount)?;
                self.count_earned(amount, stamp)
            }
            Leg::Mature { day, month, amount } => {
                self.take_pending(day, month, amount)?;
                self.put(month, amount)
            }
            Leg::Spend { month, amount }
            | Leg::Expire { month, amount }
            | Leg::Deduct { month, amount }
            | Leg::Give { month, amount } => self.take(month, amount),
            Leg::Refund { month, amount }
            | Leg::Grant { month, amount }
            | Leg::Receive { month, amount } => self.put(month, amount),
            Leg::TakeBack { month, amount } => {
                self.take(month, amount)?;
                self.uncount_earned(amount, stamp);
                Ok(())
            }
            Leg::TakeBackPending { day, month, amount } => {
                self.take_pending(day, month, amount)?;
                self.uncount_earned(amount, stamp);
                Ok(())
            }
            Leg::Owe { amount } => {
                self.debt = self.debt.plus(amount).ok_or(Unfit::TooMuch)?;
                self.uncount_earned(amount, stamp);
                Ok(())
            }
            Leg::Repay { month, amount } => {
                self.debt = self.debt.minus(amount).ok_or(Unfit::NotThere)?;
                self.take(month, amount)
            }
            Leg::Hold { month, amount, until_min } => {
                self.take(month, amount)?;
                self.hold(Part { month, amount }, until_min, stamp.seq)
            }
            Leg::Release { hold, month, amount } => {
                self.let_go(hold, month, amount)?;
                self.put(month, amount)
            }
            Leg::Capture { hold, month, amount } => self.let_go(hold, month, amount),
            Leg::Count { cap, amount } => self.count(cap, amount, Day::of(stamp.recorded_at)),
        }
    }

    fn put(&mut self, month: Month, amount: Points) -> Result<(), Unfit> {
        match self.lots.binary_search_by_key(&month, |lot| lot.month) {
            Ok(at) => {
                let lot = &mut self.lots[at];
                lot.amount = lot.amount.plus(amount).ok_or(Unfit::TooMuch)?;
            }
            Err(at) => {
                if amount.is_zero() {
                    return Ok(());
                }
                self.lots.insert(at, Lot { month, amount });
            }
        }
        Ok(())
    }

    fn take(&mut self, month: Month, amount: Points) -> Result<(), Unfit> {
        let at = self.lots.binary_search_by_key(&month, |lot| lot.month);
        let at = at.map_err(|_| Unfit::NotThere)?;
        let left = self.lots[at].amount.minus(amount).ok_or(Unfit::NotThere)?;
        if left.is_zero() {
            self.lots.remove(at);
        } else {
            self.lots[at].amount = left;
        }
        Ok(())
    }

    fn put_pending(&mut self, day: Day, month: Month, amount: Points) -> Result<(), Unfit> {
        let key = |pending: &Pending| (pending.day, pending.month);
        match self.pending.binary_search_by_key(&(day, month), key) {
            Ok(at) => {
                let pending = &mut self.pending[at];
                pending.amount = pending.amount.plus(amount).ok_or(Unfit::TooMuch)?;
            }
            Err(_) if self.pending.len() == PENDING_MAX => return Err(Unfit::TooManyPending),
            Err(at) => self.pending.insert(at, Pending { day, month, amount }),
        }
        Ok(())
    }

    fn take_pending(&mut self, day: Day, month: Month, amount: Points) -> Result<(), Unfit> {
        let key = |pending: &Pending| (pending.day, pending.month);
        let at = self.pending.binary_search_by_key(&(day, month), key);
        let at = at.map_err(|_| Unfit::NotThere)?;
        let left = self.pending[at].amount.minus(amount).ok_or(Unfit::NotThere)?;
        if left.is_zero() {
            self.pending.remove(at);
        } else {
            self.pending[at].amount = left;
        }
        Ok(())
    }

    fn hold(&mut self, part: Part, until_min: u32, seq: u32) -> Result<(), Unfit> {
        let parts: usize = self.holds.iter().map(|hold| hold.parts.len()).sum();
        if parts == HOLD_PARTS_MAX {
            return Err(Unfit::TooManyHolds);
        }
        match self.holds.binary_search_by_key(&seq, |hold| hold.seq) {
            Ok(at) => self.holds[at].parts.push(part),
            Err(_) if self.holds.len() == HOLDS_MAX => return Err(Unfit::TooManyHolds),
            Err(at) => self.holds.insert(at, Hold { seq, until_min, parts: vec![part] }),
        }
        Ok(())
    }

    fn let_go(&mut self, seq: u32, month: Month, amount: Points) -> Result<(), Unfit> {
        let at = self.holds.binary_search_by_key(&seq, |hold| hold.seq);
        let at = at.map_err(|_| Unfit::NotThere)?;
        let parts = &mut self.holds[at].parts;
        let part = parts.iter().position(|part| part.month == month).ok_or(Unfit::NotThere)?;
        let left = parts[part].amount.minus(amount).ok_or(Unfit::NotThere)?;
        if left.is_zero() {
            parts.remove(part);
        } else {
            parts[part].amount = left;
        }
        if parts.is_empty() {
            self.holds.remove(at);
        }
        Ok(())
    }

    /// Counts what was earned in its month, and forgets months that no tier looks at any more.
    fn count_earned(&mut self, amount: Points, stamp: Stamp) -> Result<(), Unfit> {
        let month = Month::of(stamp.occurred_at);
        let at = self.earned.binary_search_by_key(&month, |earned| earned.month);
        match at {
            Ok(at) => {
                let earned = &mut self.earned[at];
                earned.amount = earned.amount.plus(amount).ok_or(Unfit::TooMuch)?;
            }
            Err(at) => self.earned.insert(at, Earned { month, amount }),
        }
        let now = Month::of(stamp.recorded_at);
        self.earned.retain(|earned| usize::from(now.since(earned.month)) < EARNED_MAX);
        Ok(())
    }

    /// Takes out of its month what was earned there by mistake; a month that is forgotten stays so.
    fn uncount_earned(&mut self, amount: Points, stamp: Stamp) {
        let month = Month::of(stamp.occurred_at);
        if let Ok(at) = self.earned.binary_search_by_key(&month, |earned| earned.month) {
            let left = self.earned[at].amount.minus(amount).unwrap_or_default();
            if left.is_zero() {
                self.earned.remove(at);
            } else {
                self.earned[at].amount = left;
            }
        }
    }

    fn count(&mut self, cap: u32, amount: Points, today: Day) -> Result<(), Unfit> {
        self.caps.retain(|used| used.day >= today);
        match self.caps.binary_search_by_key(&(today, cap), |used| (used.day, used.cap)) {
            Ok(at) => {
                let used = &mut self.caps[at];
                used.amount = used.amount.plus(amount).ok_or(Unfit::TooMuch)?;
            }
            Err(_) if self.caps.len() == CAPS_MAX => return Err(Unfit::TooManyCaps),
            Err(at) => self.caps.insert(at, Cap { day: today, cap, amount }),
        }
        Ok(())
    }

    /// Whether the tail can stand at the end of an entry: what was put in and expired in between does not count.
    pub(super) fn fits(&self) -> Result<(), Unfit> {
        if self.lots.len() > LOTS_MAX {
            return Err(Unfit::TooManyLots);
        }
        let total = self.open().get() + self.held().get() + self.pending().get();
        Points::new(total).map(drop).ok_or(Unfit::TooMuch)
    }
}

impl Hold {
    /// How many in all.
    pub fn amount(&self) -> Points {
        sum(self.parts.iter().map(|part| part.amount))
    }

    /// Until then.
    pub fn until(&self) -> Timestamp {
        Timestamp::from_second(i64::from(self.until_min) * 60).unwrap_or(Timestamp::MAX)
    }
}

/// A sum of what one account has: [`Tail::fits`] keeps it in bounds.
fn sum(amounts: impl Iterator<Item = Points>) -> Points {
    Points(amounts.map(Points::get).sum())
}
