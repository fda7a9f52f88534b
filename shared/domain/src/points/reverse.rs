//! Undoing an earlier posting, wholly or in part, and never more of it than there was.

use jiff::Timestamp;

use super::{
    Entry, Leg, Month, Points, Policy, Refusal, Unreadable,
    post::{each, first_of},
    settle::Scratch,
};

/// A posting that is to be undone, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its legs, without what had only fallen due.
    pub legs: Vec<Leg>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What of it is undone already.
    pub reversed: Points,
}

/// What a posting was, as far as undoing it goes.
enum Was {
    Earned,
    Spent,
    Granted,
    Deducted,
}

impl Original {
    /// How many points it was about.
    pub fn amount(&self) -> Points {
        let own = self.legs.iter().filter(|leg| was(leg).is_some());
        Points(own.map(|leg| leg.amount().get()).sum())
    }

    /// What has to be kept of an entry to undo it, as bytes; `None` when it is of a kind that is not undone.
    pub fn bytes_of(entry: &Entry) -> Option<Vec<u8>> {
        let own: Vec<Leg> = entry.legs.iter().filter(|leg| was(leg).is_some()).copied().collect();
        let bytes = postcard::to_allocvec(&own).expect("numbers and lists can always be written");
        (!own.is_empty()).then_some(bytes)
    }

    /// Reads the legs of [`Original::bytes_of`].
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn legs_from(bytes: &[u8]) -> Result<Vec<Leg>, Unreadable> {
        postcard::from_bytes(bytes).map_err(Unreadable::Coding)
    }
}

/// What a leg undoes as; `None` for one that came along.
fn was(leg: &Leg) -> Option<Was> {
    match leg {
        Leg::Earn { .. } | Leg::Pend { .. } => Some(Was::Earned),
        Leg::Spend { .. } | Leg::Capture { .. } => Some(Was::Spent),
        Leg::Grant { .. } => Some(Was::Granted),
        Leg::Deduct { .. } => Some(Was::Deducted),
        Leg::Mature { .. }
        | Leg::Hold { .. }
        | Leg::Release { .. }
        | Leg::Expire { .. }
        | Leg::TakeBack { .. }
        | Leg::TakeBackPending { .. }
        | Leg::Owe { .. }
        | Leg::Repay { .. }
        | Leg::Refund { .. }
        | Leg::Give { .. }
        | Leg::Receive { .. }
        | Leg::Count { .. } => None,
    }
}

/// Adds the legs that undo `amount` of `original`.
pub(super) fn reverse(
    scratch: &mut Scratch,
    original: &Original,
    amount: Option<Points>,
    policy: &Policy,
) -> Result<(), Refusal> {
    let own: Vec<&Leg> = original.legs.iter().filter(|leg| was(leg).is_some()).collect();
    let first = own.first().and_then(|leg| was(leg)).ok_or(Refusal::NotReversible)?;
    let left = original.amount().minus(original.reversed).unwrap_or_default();
    let amount = amount.unwrap_or(left);
    if amount > left || left.is_zero() {
        return Err(Refusal::OverReversal { left });
    }
    if amount.is_zero() {
        return Err(Refusal::BadAmount);
    }
    match first {
        Was::Earned => take_back(scratch, own[0], amount, policy),
        Was::Granted => {
            let month = own[0].month().ok_or(Refusal::NotReversible)?;
            let (parts, missing) = from_lot_on(scratch, month, amount);
            if !missing.is_zero() {
                return Err(Refusal::AlreadySpent);
            }
            each(scratch, parts, |month, amount| Leg::Deduct { month, amount })
        }
        Was::Spent => {
            let parts = last_of(&own, original.reversed, amount);
            each(scratch, parts, |month, amount| Leg::Refund { month, amount })
        }
        Was::Deducted => {
            let parts = last_of(&own, original.reversed, amount);
            each(scratch, parts, |month, amount| Leg::Grant { month, amount })
        }
    }
}

/// Takes back what was earned: where it is pending, else from its own lot, then from the others, and what is spent is owed.
fn take_back(
    scratch: &mut Scratch,
    earned: &Leg,
    amount: Points,
    policy: &Policy,
) -> Result<(), Refusal> {
    let mut left = amount;
    if let Leg::Pend { day, month, .. } = *earned {
        let pending = scratch.tail.pending.iter().find(|p| (p.day, p.month) == (day, month));
        let taken = pending.map_or(Points::ZERO, |pending| pending.amount.min(left));
        if !taken.is_zero() {
            scratch.add(Leg::TakeBackPending { day, month, amount: taken })?;
            left = left.minus(taken).unwrap_or_default();
        }
    }
    let month = earned.month().ok_or(Refusal::NotReversible)?;
    let (parts, missing) = from_lot_on(scratch, month, left);
    each(scratch, parts, |month, amount| Leg::TakeBack { month, amount })?;
    if missing.is_zero() {
        return Ok(());
    }
    if !policy.debt_allowed {
        return Err(Refusal::AlreadySpent);
    }
    Ok(scratch.add(Leg::Owe { amount: missing })?)
}

/// From this lot first, then in the order of spending; and how many are missing.
fn from_lot_on(scratch: &Scratch, month: Month, amount: Points) -> (Vec<(Month, Points)>, Points) {
    let lot = scratch.tail.lots.iter().find(|lot| lot.month == month);
    let own = lot.map_or(Points::ZERO, |lot| lot.amount.min(amount));
    let mut rest = scratch.clone();
    rest.tail.lots.retain(|lot| lot.month != month);
    let (mut parts, missing) = first_of(&rest, amount.minus(own).unwrap_or_default());
    if !own.is_zero() {
        parts.insert(0, (month, own));
    }
    (parts, missing)
}

/// The parts of `legs` to restore: from the last one back, past what is restored already.
fn last_of(legs: &[&Leg], reversed: Points, amount: Points) -> Vec<(Month, Points)> {
    let (mut skip, mut left) = (reversed, amount);
    let mut parts = Vec::new();
    for leg in legs.iter().rev() {
        let Some(month) = leg.month() else { continue };
        let skipped = leg.amount().min(skip);
        skip = skip.minus(skipped).unwrap_or_default();
        let taken = leg.amount().minus(skipped).unwrap_or_default().min(left);
        if !taken.is_zero() {
            parts.push((month, taken));
            left = left.minus(taken).unwrap_or_default();
        }
    }
    parts
}
