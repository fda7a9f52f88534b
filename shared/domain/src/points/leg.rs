//! One movement inside an entry: from one side to another.

use serde::{Deserialize, Serialize};

use super::{Day, Month, Points};

/// A movement of points. Lots are named by the month in which they end; the discriminant is what is stored, so new kinds come
/// last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Leg {
    /// Earned, and to be spent at once.
    Earn {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Earned, and to be spent from a day on.
    Pend {
        /// From this day on.
        day: Day,
        /// The lot that they come to.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// What was pending can be spent.
    Mature {
        /// The day that it waited for.
        day: Day,
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Spent.
    Spend {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Put aside under the number of this entry.
    Hold {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
        /// Until then, in minutes since 1970.
        until_min: u32,
    },
    /// Put back from a hold.
    Release {
        /// The entry that holds them.
        hold: u32,
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Spent out of a hold.
    Capture {
        /// The entry that holds them.
        hold: u32,
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// The lot's time is over.
    Expire {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Earned by mistake, and taken out of a lot.
    TakeBack {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Earned by mistake, and still pending.
    TakeBackPending {
        /// The day that they waited for.
        day: Day,
        /// The lot that they would have come to.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Earned by mistake, and spent already: the account owes them.
    Owe {
        /// How many.
        amount: Points,
    },
    /// What the account owes is paid from a lot.
    Repay {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Spent by mistake, and put back into its lot.
    Refund {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Given by a person's decision.
    Grant {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Taken by a person's decision.
    Deduct {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Given to another account.
    Give {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Come from another account, with the time that they had there.
    Receive {
        /// The lot.
        month: Month,
        /// How many.
        amount: Points,
    },
    /// Counted against a limit of the day; moves nothing.
    Count {
        /// Which limit: 0 is the account's own, the others are hashes of rules' ids.
        cap: u32,
        /// How many.
        amount: Points,
    },
}

/// The kind of a leg, by name.
pub type Kind = &'static str;

/// Where points come from and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The account: to be spent.
    Open,
    /// The account: earned, and not to be spent yet.
    Pending,
    /// The account: put aside.
    Held,
    /// The account: what it owes, below nothing.
    Debt,
    /// The business: what it has given out.
    Issued,
    /// The business: what it has taken for goods and rewards.
    Redeemed,
    /// The business: what nobody spent in time.
    Expired,
    /// The business: what people have given and taken by hand.
    Adjusted,
    /// Between accounts: what one gives another receives.
    Transferred,
}

impl Side {
    /// Whether the side is a part of the account's balance.
    pub fn is_own(self) -> bool {
        match self {
            Self::Open | Self::Pending | Self::Held | Self::Debt => true,
            Self::Issued | Self::Redeemed | Self::Expired | Self::Adjusted | Self::Transferred => {
                false
            }
        }
    }
}

impl Leg {
    /// How many points.
    pub fn amount(&self) -> Points {
        match self {
            Self::Earn { amount, .. }
            | Self::Pend { amount, .. }
            | Self::Mature { amount, .. }
            | Self::Spend { amount, .. }
            | Self::Hold { amount, .. }
            | Self::Release { amount, .. }
            | Self::Capture { amount, .. }
            | Self::Expire { amount, .. }
            | Self::TakeBack { amount, .. }
            | Self::TakeBackPending { amount, .. }
            | Self::Owe { amount }
            | Self::Repay { amount, .. }
            | Self::Refund { amount, .. }
            | Self::Grant { amount, .. }
            | Self::Deduct { amount, .. }
            | Self::Give { amount, .. }
            | Self::Receive { amount, .. }
            | Self::Count { amount, .. } => *amount,
        }
    }

    /// From where to where; `None` for a count.
    pub fn sides(&self) -> Option<(Side, Side)> {
        Some(match self {
            Self::Earn { .. } => (Side::Issued, Side::Open),
            Self::Pend { .. } => (Side::Issued, Side::Pending),
            Self::Mature { .. } => (Side::Pending, Side::Open),
            Self::Spend { .. } => (Side::Open, Side::Redeemed),
            Self::Hold { .. } => (Side::Open, Side::Held),
            Self::Release { .. } => (Side::Held, Side::Open),
            Self::Capture { .. } => (Side::Held, Side::Redeemed),
            Self::Expire { .. } => (Side::Open, Side::Expired),
            Self::TakeBack { .. } => (Side::Open, Side::Issued),
            Self::TakeBackPending { .. } => (Side::Pending, Side::Issued),
            Self::Owe { .. } => (Side::Debt, Side::Issued),
            Self::Repay { .. } => (Side::Open, Side::Debt),
            Self::Refund { .. } => (Side::Redeemed, Side::Open),
            Self::Grant { .. } => (Side::Adjusted, Side::Open),
            Self::Deduct { .. } => (Side::Open, Side::Adjusted),
            Self::Give { .. } => (Side::Open, Side::Transferred),
            Self::Receive { .. } => (Side::Transferred, Side::Open),
            Self::Count { .. } => return None,
        })
    }

    /// The lot, where it concerns one.
    pub fn month(&self) -> Option<Month> {
        match self {
            Self::Earn { month, .. }
            | Self::Pend { month, .. }
            | Self::Mature { month, .. }
            | Self::Spend { month, .. }
            | Self::Hold { month, .. }
            | Self::Release { month, .. }
            | Self::Capture { month, .. }
            | Self::Expire { month, .. }
            | Self::TakeBack { month, .. }
            | Self::TakeBackPending { month, .. }
            | Self::Repay { month, .. }
            | Self::Refund { month, .. }
            | Self::Grant { month, .. }
            | Self::Deduct { month, .. }
            | Self::Give { month, .. }
            | Self::Receive { month, .. } => Some(*month),
            Self::Owe { .. } | Self::Count { .. } => None,
        }
    }

    /// Its name, as the API and the pages say it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Earn { .. } => "earn",
            Self::Pend { .. } => "pend",
            Self::Mature { .. } => "mature",
            Self::Spend { .. } => "spend",
            Self::Hold { .. } => "hold",
            Self::Release { .. } => "release",
            Self::Capture { .. } => "capture",
            Self::Expire { .. } => "expire",
            Self::TakeBack { .. } => "take_back",
            Self::TakeBackPending { .. } => "take_back_pending",
            Self::Owe { .. } => "owe",
            Self::Repay { .. } => "repay",
            Self::Refund { .. } => "refund",
            Self::Grant { .. } => "grant",
            Self::Deduct { .. } => "deduct",
            Self::Give { .. } => "give",
            Self::Receive { .. } => "receive",
            Self::Count { .. } => "count",
        }
    }
}
