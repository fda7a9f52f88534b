//! From an account and what is asked for to the next entry.
//!
//! Everything is judged at one instant: now, or the last entry's where that is later, so that a clock that goes back changes
//! nothing. What fell due before comes first in the same entry, or in entries of its own when it is too much for one.

use jiff::{SignedDuration, Timestamp};

use super::{
    Account, Day, Entry, HOLD_DAYS_MAX, Hold, LEGS_MAX, Leg, Month, Original, Points, Refusal,
    reverse::reverse, settle::Scratch, tail::Stamp,
};
use crate::id::OperationId;

/// Steps that the days of pending points go in: one less than [`super::PENDING_MAX`], for the step that has begun.
const PENDING_STEPS: u32 = 7;

/// The latest instant that an entry records: what six bytes hold, in the year 2109.
const LATEST_MS: i64 = (1 << 42) - 1;

/// What a programme says about one currency, as far as the account needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What is earned in a month can be spent until the end of the month so many months later, at most 12; `None` for ever.
    pub expiry_months: Option<u16>,
    /// What is earned can be spent after so many days; 0 at once.
    pub pending_days: u32,
    /// Whether an account may owe what was earned by mistake and is spent.
    pub debt_allowed: bool,
    /// Most points of one earning, spending, hold or transfer.
    pub per_operation_max: Option<Points>,
    /// Most points that an account earns in a day.
    pub per_day_max: Option<Points>,
}

/// A limit that an earning rule has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleCap {
    /// A hash of the rule's id, never 0.
    pub cap: u32,
    /// Most points of the rule in a day.
    pub per_day_max: Points,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posting {
    /// Points for what a customer did. A limit of the day cuts it to what is left.
    Earn {
        /// How many.
        amount: Points,
        /// The limit of the rule that gives them.
        cap: Option<RuleCap>,
    },
    /// Points for a reward.
    Spend {
        /// How many.
        amount: Points,
    },
    /// Points put aside.
    Hold {
        /// How many.
        amount: Points,
        /// Until then; a started minute counts whole.
        until: Timestamp,
    },
    /// Held points spent; what is not captured is put back.
    Capture {
        /// The entry that holds them.
        hold: u32,
        /// How many; all when `None`.
        amount: Option<Points>,
    },
    /// Held points put back.
    Release {
        /// The entry that holds them.
        hold: u32,
    },
    /// Points given by hand.
    Grant {
        /// How many.
        amount: Points,
    },
    /// Points taken by hand.
    Deduct {
        /// How many.
        amount: Points,
    },
    /// The giving side of a transfer.
    Give {
        /// How many.
        amount: Points,
    },
    /// The receiving side of a transfer: the giver's legs.
    Receive {
        /// From each lot.
        parts: Vec<super::Part>,
    },
    /// An earlier posting undone, wholly or in part.
    Reverse {
        /// Which.
        original: Original,
        /// How many; all that is left when `None`.
        amount: Option<Points>,
    },
    /// Only what has fallen due.
    Settle,
}

/// A posting with what it is asked for under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub operation: OperationId,
    /// What is asked for.
    pub posting: Posting,
    /// When it happened; what is later than now counts as now.
    pub occurred_at: Timestamp,
}

/// What is to be written next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The entry that was asked for.
    Entry(Entry),
    /// An entry of what had fallen due: with it written, ask again.
    DueFirst(Entry),
}

/// Computes the next entry of `account`.
///
/// # Errors
/// Why it is refused: nothing is to be written then, and asking again may do later.
pub fn post(
    tenant: &str,
    account: &Account,
    request: &Request,
    policy: &Policy,
    now: Timestamp,
) -> Result<Next, Refusal> {
    let now = Timestamp::from_millisecond(now.as_millisecond()).map_err(|_| Refusal::BadTime)?;
    let recorded_at = now.max(account.recorded_at);
    if !(0..=LATEST_MS).contains(&recorded_at.as_millisecond()) {
        return Err(Refusal::BadTime);
    }
    let seq = account.seq.checked_add(1).filter(|seq| *seq < 1 << 28).ok_or(Refusal::Full)?;
    let occurred_at = match &request.posting {
        Posting::Reverse { original, .. } => original.occurred_at,
        _ => request.occurred_at,
    };
    let occurred_at = occurred_at.clamp(Timestamp::UNIX_EPOCH, recorded_at);
    let stamp = Stamp { seq, recorded_at, occurred_at };
    let entry = |operation, scratch: Scratch| Entry {
        seq,
        recorded_at,
        occurred_at: scratch.stamp.occurred_at,
        operation,
        legs: scratch.legs,
        tail: scratch.tail,
        previous: account.digest,
    };
    let due_first = |mut scratch: Scratch| {
        scratch.stamp.occurred_at = recorded_at;
        let operation = OperationId::of_due(tenant, &account.id.to_string(), account.seq);
        Next::DueFirst(entry(operation, scratch))
    };

    let mut due = Scratch::new(&account.tail, stamp);
    if !due.settle(LEGS_MAX) {
        return Ok(due_first(due));
    }
    let mut all = due.clone();
    add(&mut all, &request.posting, policy)?;
    // What was restored may be over already, and what arrived pays what is owed.
    all.settle(usize::MAX);
    all.repay(recorded_at);
    if all.legs.len() > LEGS_MAX {
        return if due.legs.is_empty() { Err(Refusal::TooManyLegs) } else { Ok(due_first(due)) };
    }
    if all.legs.is_empty() {
        return Err(Refusal::NothingDue);
    }
    all.tail.fits()?;
    Ok(Next::Entry(entry(request.operation, all)))
}

/// Adds the legs of the posting itself.
fn add(scratch: &mut Scratch, posting: &Posting, policy: &Policy) -> Result<(), Refusal> {
    let limited = |amount: Points| match policy.per_operation_max {
        _ if amount.is_zero() => Err(Refusal::BadAmount),
        Some(max) if amount > max => Err(Refusal::OverLimit { max }),
        _ => Ok(amount),
    };
    match posting {
        Posting::Earn { amount, cap } => earn(scratch, limited(*amount)?, *cap, policy),
        Posting::Spend { amount } => {
            let parts = spend_order(scratch, limited(*amount)?)?;
            each(scratch, parts, |month, amount| Leg::Spend { month, amount })
        }
        Posting::Hold { amount, until } => {
            let parts = spend_order(scratch, limited(*amount)?)?;
            let until_min = hold_end(*until, scratch.stamp.recorded_at)?;
            each(scratch, parts, |month, amount| Leg::Hold { month, amount, until_min })
        }
        Posting::Capture { hold, amount } => capture(scratch, *hold, *amount),
        Posting::Release { hold } => capture(scratch, *hold, Some(Points::ZERO)),
        Posting::Grant { amount } => {
            let amount = Some(*amount).filter(|a| !a.is_zero()).ok_or(Refusal::BadAmount)?;
            let month = lot_of(scratch.stamp.occurred_at, scratch.stamp.recorded_at, policy)?;
            Ok(scratch.add(Leg::Grant { month, amount })?)
        }
        Posting::Deduct { amount } => {
            let amount = Some(*amount).filter(|a| !a.is_zero()).ok_or(Refusal::BadAmount)?;
            let parts = spend_order(scratch, amount)?;
            each(scratch, parts, |month, amount| Leg::Deduct { month, amount })
        }
        Posting::Give { amount } => {
            let parts = spend_order(scratch, limited(*amount)?)?;
            each(scratch, parts, |month, amount| Leg::Give { month, amount })
        }
        Posting::Receive { parts } => {
            let parts = parts.iter().map(|part| (part.month, part.amount)).collect();
            each(scratch, parts, |month, amount| Leg::Receive { month, amount })
        }
        Posting::Reverse { original, amount } => reverse(scratch, original, *amount, policy),
        Posting::Settle => Ok(()),
    }
}

/// Points for what happened then: cut to what the limits of the day leave, and into the lot of that time.
fn earn(
    scratch: &mut Scratch,
    asked: Points,
    cap: Option<RuleCap>,
    policy: &Policy,
) -> Result<(), Refusal> {
    let Stamp { recorded_at, occurred_at, .. } = scratch.stamp;
    let own = policy.per_day_max.map(|per_day_max| RuleCap { cap: 0, per_day_max });
    let limits: Vec<RuleCap> = own.into_iter().chain(cap).collect();
    let mut amount = asked;
    for limit in &limits {
        let used = scratch.tail.used(limit.cap, recorded_at);
        amount = amount.min(limit.per_day_max.minus(used).unwrap_or_default());
    }
    if amount.is_zero() {
        return Err(Refusal::CapReached);
    }
    for limit in limits {
        scratch.add(Leg::Count { cap: limit.cap, amount })?;
    }
    let Some(day) = pending_until(occurred_at, policy).filter(|day| day.start() > recorded_at)
    else {
        let month = lot_of(occurred_at, recorded_at, policy)?;
        return Ok(scratch.add(Leg::Earn { month, amount })?);
    };
    // All of one step live as long as the last of it, so that a day has one lot; and none is over before it can be spent.
    let last = day.minus(policy.pending_days).start();
    let month = lot_of(last.max(occurred_at), recorded_at, policy)?.max(Month::of(day.start()));
    let pending = &scratch.tail.pending;
    let is_there = pending.iter().any(|p| (p.day, p.month) == (day, month));
    let full = pending.len() == super::PENDING_MAX && !is_there;
    // With all places taken, as after a change of the programme, it waits with others that live as long.
    let other = pending.iter().find(|p| full && p.day >= day && p.month >= month);
    let (day, month) = other.map_or((day, month), |other| (other.day, other.month));
    Ok(scratch.add(Leg::Pend { day, month, amount })?)
}

/// The lot of what happened at `occurred_at`.
fn lot_of(
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    policy: &Policy,
) -> Result<Month, Refusal> {
    let Some(months) = policy.expiry_months else { return Ok(Month::NEVER) };
    let month = Month::of(occurred_at).plus(months);
    if month.end() <= recorded_at { Err(Refusal::ExpiredOnArrival) } else { Ok(month) }
}

/// The day from which on it can be spent; days go together in steps, so that they are never too many.
fn pending_until(occurred_at: Timestamp, policy: &Policy) -> Option<Day> {
    let step = policy.pending_days.div_ceil(PENDING_STEPS);
    let day = Day::of(occurred_at).plus(policy.pending_days);
    let over = day.number().checked_rem(step)?;
    Some(if over == 0 { day } else { day.plus(step - over) })
}

/// Lots in the order in which they are spent, the one that ends first before the others, up to `amount` in all.
pub(super) fn spend_order(
    scratch: &Scratch,
    amount: Points,
) -> Result<Vec<(Month, Points)>, Refusal> {
    let available = scratch.tail.open();
    if amount > available {
        return Err(Refusal::Insufficient { available });
    }
    Ok(first_of(scratch, amount).0)
}

/// As many as there are of `amount`, in the order of spending, and how many are missing.
pub(super) fn first_of(scratch: &Scratch, amount: Points) -> (Vec<(Month, Points)>, Points) {
    let mut left = amount;
    let mut parts = Vec::new();
    for lot in &scratch.tail.lots {
        let taken = lot.amount.min(left);
        if taken.is_zero() {
            break;
        }
        parts.push((lot.month, taken));
        left = left.minus(taken).unwrap_or_default();
    }
    (parts, left)
}

/// Adds one leg for each part.
pub(super) fn each(
    scratch: &mut Scratch,
    parts: Vec<(Month, Points)>,
    leg: impl Fn(Month, Points) -> Leg,
) -> Result<(), Refusal> {
    for (month, amount) in parts {
        scratch.add(leg(month, amount))?;
    }
    Ok(())
}

/// The minute in which a hold ends.
fn hold_end(until: Timestamp, now: Timestamp) -> Result<u32, Refusal> {
    let latest = now.checked_add(SignedDuration::from_hours(24 * i64::from(HOLD_DAYS_MAX)));
    if until <= now || latest.is_ok_and(|latest| until > latest) {
        return Err(Refusal::BadHoldEnd);
    }
    let second = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
    let minute = second.div_euclid(60) + i64::from(second.rem_euclid(60) > 0);
    u32::try_from(minute).map_err(|_| Refusal::BadHoldEnd)
}

/// Spends so much of a hold, from the lot that ends first on, and puts the rest back.
fn capture(scratch: &mut Scratch, seq: u32, amount: Option<Points>) -> Result<(), Refusal> {
    let hold: Option<Hold> = scratch.tail.holds.iter().find(|hold| hold.seq == seq).cloned();
    let hold = hold.ok_or(Refusal::NoSuchHold)?;
    let held = hold.amount();
    let mut left = amount.unwrap_or(held);
    if left > held {
        return Err(Refusal::OverCapture { held });
    }
    for part in hold.parts {
        let taken = part.amount.min(left);
        if !taken.is_zero() {
            scratch.add(Leg::Capture { hold: seq, month: part.month, amount: taken })?;
        }
        let rest = part.amount.minus(taken).unwrap_or_default();
        if !rest.is_zero() {
            scratch.add(Leg::Release { hold: seq, month: part.month, amount: rest })?;
        }
        left = left.minus(taken).unwrap_or_default();
    }
    Ok(())
}
