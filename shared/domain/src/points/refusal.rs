//! Why something is not posted: each with a stable code.

use super::{Points, tail::Unfit};

/// Why a posting was refused. Nothing is written then, and the same request may do later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing, or more than any account may have.
    #[error("the amount must be from 1 to 10,000,000,000 points")]
    BadAmount,
    /// More than can be spent.
    #[error("only {available} points can be spent")]
    Insufficient {
        /// So many can.
        available: Points,
    },
    /// More than the programme lets through at once.
    #[error("one posting may have at most {max} points")]
    OverLimit {
        /// The bound.
        max: Points,
    },
    /// Nothing is left of a limit of the day.
    #[error("the limit of the day is used up")]
    CapReached,
    /// It would be above what an account may have.
    #[error("the account would have more than 10,000,000,000 points")]
    TooMuch,
    /// Too many months with points in them.
    #[error("the points would be in more than 13 lots")]
    TooManyLots,
    /// Too many days that points wait for.
    #[error("points would be pending for more than 8 days")]
    TooManyPending,
    /// Too many holds, or too many parts of them.
    #[error("at most 8 holds, of 24 parts of lots together")]
    TooManyHolds,
    /// Too many rules with a limit of the day.
    #[error("at most 4 limits of one day")]
    TooManyCaps,
    /// Too much would move at once.
    #[error("one posting moves at most 24 parts")]
    TooManyLegs,
    /// The account has as many entries as it can have.
    #[error("the account has no room for another entry")]
    Full,
    /// What was earned so long ago would be over by now.
    #[error("the points would have expired already")]
    ExpiredOnArrival,
    /// The time is outside what can be recorded.
    #[error("the time cannot be recorded")]
    BadTime,
    /// The end of a hold is not ahead, or too far.
    #[error("a hold ends in the future, and within 366 days")]
    BadHoldEnd,
    /// No such hold: captured, released or over.
    #[error("there is no such hold")]
    NoSuchHold,
    /// More than is held.
    #[error("only {held} points are held")]
    OverCapture {
        /// So many are.
        held: Points,
    },
    /// More than is left of the original.
    #[error("only {left} points of it are left to reverse")]
    OverReversal {
        /// So many are.
        left: Points,
    },
    /// What was earned is spent, and the programme lets nobody owe.
    #[error("the points are spent already")]
    AlreadySpent,
    /// The original is of a kind that is not reversed: a transfer is given back by a transfer.
    #[error("this kind of posting is not reversed")]
    NotReversible,
    /// Nothing has fallen due.
    #[error("nothing is due")]
    NothingDue,
}

impl Refusal {
    /// A stable word for answers, lists and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadAmount => "bad_amount",
            Self::Insufficient { .. } => "insufficient_points",
            Self::OverLimit { .. } => "over_limit",
            Self::CapReached => "cap_reached",
            Self::TooMuch => "too_much",
            Self::TooManyLots => "too_many_lots",
            Self::TooManyPending => "too_many_pending",
            Self::TooManyHolds => "too_many_holds",
            Self::TooManyCaps => "too_many_caps",
            Self::TooManyLegs => "too_many_legs",
            Self::Full => "account_full",
            Self::ExpiredOnArrival => "expired_on_arrival",
            Self::BadTime => "bad_time",
            Self::BadHoldEnd => "bad_hold_end",
            Self::NoSuchHold => "no_such_hold",
            Self::OverCapture { .. } => "over_capture",
            Self::OverReversal { .. } => "over_reversal",
            Self::AlreadySpent => "already_spent",
            Self::NotReversible => "not_reversible",
            Self::NothingDue => "nothing_due",
        }
    }
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            // Legs are made from what is there: only a sum can be too large for what they take.
            Unfit::NotThere | Unfit::TooMuch => Self::TooMuch,
            Unfit::TooManyLots => Self::TooManyLots,
            Unfit::TooManyPending => Self::TooManyPending,
            Unfit::TooManyHolds => Self::TooManyHolds,
            Unfit::TooManyCaps => Self::TooManyCaps,
        }
    }
}
