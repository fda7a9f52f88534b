//! A business's programme: its currencies, what earns how much, its tiers and its rewards. Checked when it is stored, with
//! everything that is wrong by line; a version of it never changes.
//!
//! Not here: when something is earned (rules say `award: <earning>`), and what an account holds.

mod earning;
mod read;
#[cfg(test)]
mod tests;
mod tier;

use jiff::{civil::Date, civil::Weekday};

pub use earning::{Award, NoAward};
pub use tier::{Projection, Standing, Tiers};

use super::{Currency, Points, Policy};
use crate::rule::{Condition, Problem};

/// Most currencies of one business.
const CURRENCIES_MAX: usize = 5;

/// Most earnings, rewards and tiers.
const ENTRIES_MAX: usize = 50;

/// Most earnings of one currency with a limit of their own: an account remembers four limits of a day, one of them its own.
const CAPPED_MAX: usize = super::CAPS_MAX - 1;

/// A programme, checked.
pub struct Programme {
    currencies: Vec<Kind>,
    earnings: Vec<Earning>,
    tiers: Option<Tiers>,
    rewards: Vec<Reward>,
}

/// One currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As it stands in keys and paths.
    pub id: Currency,
    /// As customers know it: `điểm`.
    pub name: String,
    /// How its points live.
    pub policy: Policy,
}

/// Something that earns points.
pub(crate) struct Earning {
    id: String,
    currency: Currency,
    amount: Amount,
    factors: Vec<Factor>,
    round: Round,
    first_time: bool,
    per_day_max: Option<Points>,
    budget: Option<Points>,
    from: Option<Date>,
    until: Option<Date>,
}

/// How many points, before factors.
enum Amount {
    Fixed(Points),
    /// One point for each so many đồng of a fact.
    PerVnd {
        vnd: u64,
        of: Vec<String>,
    },
}

/// What multiplies, in hundredths.
enum Factor {
    When {
        by: u64,
        condition: Condition,
    },
    /// On these days from one minute of the day up to, not with, another.
    Happy {
        by: u64,
        days: Vec<Weekday>,
        from_min: u16,
        until_min: u16,
    },
}

/// What becomes of a part of a point, once, at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Round {
    #[default]
    Down,
    Nearest,
    Up,
}

/// Something that points are spent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reward {
    /// Unique in the programme.
    pub id: String,
    /// As customers know it.
    pub name: String,
    /// What it is paid in.
    pub currency: Currency,
    /// How many points.
    pub price: Points,
    /// The pool that its codes come from.
    pool: Option<String>,
}

impl Reward {
    /// The pool of its codes, or of its pieces: a thing in stock is a pool of numbers.
    pub fn pool(&self) -> String {
        self.pool.clone().unwrap_or_else(|| format!("stock-{}", self.id))
    }
}

impl Programme {
    /// Reads and checks a programme.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn read(yaml: &str) -> Result<Self, Vec<Problem>> {
        read::programme(yaml)
    }

    /// What is said of a currency.
    pub fn currency(&self, id: &Currency) -> Option<&Kind> {
        self.currencies.iter().find(|kind| kind.id == *id)
    }

    /// The currencies in the order of the file.
    pub fn currencies(&self) -> &[Kind] {
        &self.currencies
    }

    /// How the points of a currency live.
    pub fn policy(&self, id: &Currency) -> Option<Policy> {
        self.currency(id).map(|kind| kind.policy)
    }

    /// The reward of this id.
    pub fn reward(&self, id: &str) -> Option<&Reward> {
        self.rewards.iter().find(|reward| reward.id == id)
    }

    /// The rewards in the order of the file.
    pub fn rewards(&self) -> &[Reward] {
        &self.rewards
    }

    /// The tiers, when there are any.
    pub fn tiers(&self) -> Option<&Tiers> {
        self.tiers.as_ref()
    }

    /// Whether something of this id earns points.
    pub fn earns(&self, id: &str) -> bool {
        self.earnings.iter().any(|earning| earning.id == id)
    }
}

impl std::fmt::Debug for Programme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<&str> = self.earnings.iter().map(|earning| earning.id.as_str()).collect();
        f.debug_struct("Programme").field("earnings", &ids).finish_non_exhaustive()
    }
}
