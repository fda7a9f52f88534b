//! How many points something earns.

use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Amount, Currency, Earning, Factor, Points, Policy, Programme, Round};
use crate::{
    points::{POINTS_MAX, RuleCap},
    rule::{ConditionFacts, Facts},
};

/// Vietnam's distance from UTC, in hours: as in the calendar of the ledger.
const OFFSET: Offset = Offset::constant(7);

/// Points that a step of a rule awards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Award {
    /// The earning.
    pub earning: String,
    /// Of which points.
    pub currency: Currency,
    /// How many, before limits of the day.
    pub points: Points,
    /// The earning's own limit of a day.
    #[serde(skip)]
    pub cap: Option<RuleCap>,
    /// Whether each customer gets it a first time only.
    pub once: bool,
    /// Most points that it gives to all customers together.
    pub budget: Option<Points>,
    /// How the points live.
    #[serde(skip)]
    pub policy: Policy,
}

/// Why an earning gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAward {
    /// The programme has no such earning.
    Unknown,
    /// Before its first day or after its last.
    OutOfSeason,
    /// The amount that it counts by is not there.
    AmountMissing,
    /// It comes to less than one point.
    NoPoints,
    /// A factor could not be worked out.
    Failed,
}

impl NoAward {
    /// As it stands in rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_earning",
            Self::OutOfSeason => "out_of_season",
            Self::AmountMissing => "amount_missing",
            Self::NoPoints => "no_points",
            Self::Failed => "factor_failed",
        }
    }
}

/// What an earning's limit is counted under: never 0, which is the account's own.
pub(super) fn cap_of(id: &str) -> u32 {
    let hash = Sha256::digest(id.as_bytes());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).max(1)
}

impl Programme {
    /// What an earning gives for something that happened at `time`, with these facts.
    ///
    /// # Errors
    /// Why it gives nothing.
    pub fn award(&self, id: &str, facts: &Facts, time: Timestamp) -> Result<Award, NoAward> {
        let earning = self.earnings.iter().find(|earning| earning.id == id);
        let earning = earning.ok_or(NoAward::Unknown)?;
        let policy = self.policy(&earning.currency).ok_or(NoAward::Unknown)?;
        let date = OFFSET.to_datetime(time).date();
        let before = earning.from.is_some_and(|from: Date| date < from);
        if before || earning.until.is_some_and(|until| date > until) {
            return Err(NoAward::OutOfSeason);
        }
        let points = earning.points(facts, time)?;
        let cap = earning.per_day_max;
        let cap = cap.map(|per_day_max| RuleCap { cap: cap_of(id), per_day_max });
        Ok(Award {
            earning: earning.id.clone(),
            currency: earning.currency.clone(),
            points,
            cap,
            once: earning.first_time,
            budget: earning.budget,
            policy,
        })
    }
}

impl Earning {
    fn points(&self, facts: &Facts, time: Timestamp) -> Result<Points, NoAward> {
        // A fraction: what is counted, over what makes one point, in hundredths for each factor.
        let (mut above, mut below) = match &self.amount {
            Amount::Fixed(points) => (u128::from(points.get()), 1_u128),
            Amount::PerVnd { vnd, of } => {
                let amount = amount_at(facts, of).ok_or(NoAward::AmountMissing)?;
                (u128::from(amount), u128::from(*vnd))
            }
        };
        let mut seen = None;
        for factor in &self.factors {
            let by = match factor {
                Factor::When { by, condition } => {
                    let facts = seen.get_or_insert_with(|| ConditionFacts::new(facts));
                    let facts = facts.as_ref().map_err(|_| NoAward::Failed)?;
                    condition.holds(facts).map_err(|_| NoAward::Failed)?.then_some(*by)
                }
                Factor::Happy { by, days, from_min, until_min } => {
                    let local = OFFSET.to_datetime(time);
                    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
                    let is_day = days.is_empty() || days.contains(&local.weekday());
                    let hours = i32::from(*from_min)..i32::from(*until_min);
                    (is_day && hours.contains(&minute)).then_some(*by)
                }
            };
            if let Some(by) = by {
                above = above.checked_mul(u128::from(by)).ok_or(NoAward::Failed)?;
                below = below.checked_mul(100).ok_or(NoAward::Failed)?;
            }
        }
        let (whole, rest) = (above / below, above % below);
        let more = match self.round {
            Round::Down => false,
            Round::Nearest => rest * 2 >= below,
            Round::Up => rest > 0,
        };
        let points = (whole + u128::from(more)).min(u128::from(POINTS_MAX));
        let points = u64::try_from(points).ok().and_then(Points::new).unwrap_or_default();
        if points.is_zero() { Err(NoAward::NoPoints) } else { Ok(points) }
    }
}

/// The whole amount at a path of the facts.
fn amount_at(facts: &Facts, path: &[String]) -> Option<u64> {
    let mut at: &Value = match path.first()?.as_str() {
        "order" => &facts.order,
        "payment" => &facts.payment,
        "event" => &facts.event,
        _ => return None,
    };
    for field in &path[1..] {
        at = at.get(field)?;
    }
    at.as_u64()
}
