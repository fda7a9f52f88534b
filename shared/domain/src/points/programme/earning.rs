//! What earns points: a fixed number, or so many for an amount of money, more at some hours or for some customers.
//!
//! Everything is exact: factors are hundredths, and the product is rounded once, at the end.

use jiff::{Timestamp, civil::Date};
use sha2::{Digest, Sha256};

use super::{
    CurrencyTerms,
    hours::{self, Hours, local},
    read::{condition, currency, date, each, flag, id, in_order, optional_points, points},
};
use crate::{
    points::{CAPS_MAX, Currency, Points, RuleCap},
    rule::{Condition, Facts, Failure, Fields, Node, Problems, Refusal, quoted},
};

/// Most earnings of a programme.
const EARNINGS_MAX: usize = 50;
/// Most factors of one earning under a condition. With one of the happy hours a product has six.
const MULTIPLIERS_MAX: usize = 5;
/// Most entries of happy hours of one earning.
const HAPPY_HOURS_MAX: usize = 14;
/// Largest factor, in hundredths: six of them over [`AMOUNT_VND_MAX`] fit 128 bits.
const FACTOR_MAX: u32 = 1_000;
/// Largest amount that earns points, in đồng: a thousand times what a person pays in a lifetime.
const AMOUNT_VND_MAX: u64 = 1_000_000_000_000_000;
/// Largest price of one point, in đồng.
const PER_VND_MAX: u64 = 1_000_000_000;
/// Most earnings of a currency with a limit of their own: an account remembers [`CAPS_MAX`] limits of a day, one its own.
const CAPPED_MAX: usize = CAPS_MAX - 1;
/// The kind that conditions are tried on: which rules award an earning is not known here.
const ANY_KIND: &str = "a.b";

/// One way to earn points.
#[derive(Debug)]
pub struct Earning {
    /// What rules call it.
    pub id: String,
    /// What is earned.
    pub currency: Currency,
    /// The limit of a day.
    pub cap: Option<RuleCap>,
    /// Whether a customer earns it one time only.
    pub first_time: bool,
    /// Most points that it gives to all customers together.
    pub budget: Option<Points>,
    base: Base,
    multipliers: Vec<Multiplier>,
    happy_hours: Vec<HappyHours>,
    from: Option<Date>,
    until: Option<Date>,
    /// What its entry says, to tell whether it says the same as in another version.
    pub(crate) said: String,
}

/// What an earning begins with.
#[derive(Debug)]
enum Base {
    /// So many points.
    Fixed(Points),
    /// One point for so many đồng of a fact.
    PerVnd { vnd: u64, of: String, round: Rounding },
}

/// What becomes of a part of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// It is dropped.
    Down,
    /// A half or more is a whole one.
    Nearest,
    /// It is a whole one.
    Up,
}

#[derive(Debug)]
struct Multiplier {
    by: u32,
    when: Condition,
}

#[derive(Debug)]
struct HappyHours {
    by: u32,
    hours: Vec<Hours>,
}

impl Earning {
    /// What its entry of the file says, in one line.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// The points for an event that happened at `at`, or why there are none. `holds` asks a condition about the same facts.
    ///
    /// # Errors
    /// A condition could not be worked out: the rule that awards does nothing then, visibly.
    pub(crate) fn points(
        &self,
        facts: &Facts,
        at: Timestamp,
        holds: impl Fn(&Condition) -> Result<bool, Failure>,
    ) -> Result<Result<Points, Refusal>, Failure> {
        let today = local(at).date();
        let early = self.from.is_some_and(|from| today < from);
        if early || self.until.is_some_and(|until| today > until) {
            return Ok(Err(Refusal::OutsideDates));
        }
        let (begin, mut per, round) = match &self.base {
            Base::Fixed(points) => (points.get(), 1, Rounding::Down),
            Base::PerVnd { vnd, of, round } => {
                match facts.find(of).and_then(|fact| fact.as_u64()) {
                    Some(amount) => (amount, u128::from(*vnd), *round),
                    None => return Ok(Err(Refusal::NoAmount)),
                }
            }
        };
        if begin > AMOUNT_VND_MAX {
            return Ok(Err(Refusal::TooManyPoints));
        }
        let mut product = u128::from(begin);
        let happy = self.happy_hours.iter();
        let happy = happy.filter(|happy| happy.hours.iter().any(|hours| hours.has(at)));
        let mut factors: Vec<u32> = happy.map(|happy| happy.by).collect();
        for multiplier in &self.multipliers {
            if holds(&multiplier.when)? {
                factors.push(multiplier.by);
            }
        }
        for by in factors {
            product *= u128::from(by);
            per *= 100;
        }
        let points = u64::try_from(round.divide(product, per)).ok().and_then(Points::new);
        Ok(match points {
            None => Err(Refusal::TooManyPoints),
            Some(Points::ZERO) => Err(Refusal::NoPoints),
            Some(points) => Ok(points),
        })
    }
}

impl Rounding {
    /// `product / per` as a whole number.
    fn divide(self, product: u128, per: u128) -> u128 {
        match self {
            Self::Down => product / per,
            Self::Nearest => (2 * product + per) / (2 * per),
            Self::Up => product.div_ceil(per),
        }
    }
}

/// The number under which an account counts an earning's limit: never 0, which is the account's own.
fn cap_number(id: &str) -> u32 {
    let hash = Sha256::digest(id);
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).max(1)
}

pub(super) fn read(
    fields: &Fields<'_>,
    currencies: &[CurrencyTerms],
    problems: &mut Problems,
) -> Vec<Earning> {
    let mut ids = Vec::new();
    let mut capped: Vec<(RuleCap, String, Currency)> = Vec::new();
    each(fields, "earnings", EARNINGS_MAX, problems, |node, problems| {
        let earning = earning(node, currencies, &mut ids, problems)?;
        if let Some(cap) = earning.cap {
            let of_currency = capped.iter().filter(|(_, _, other)| *other == earning.currency);
            if of_currency.count() == CAPPED_MAX {
                let message = format!(
                    "at most {CAPPED_MAX} earnings of one currency have `per_day_max`: an account remembers no more"
                );
                problems.add("too_many_caps", node.line, message);
            }
            let same =
                capped.iter().find(|(other, id, _)| other.cap == cap.cap && *id != earning.id);
            if let Some((_, id, _)) = same {
                let message = format!(
                    "its limit of the day would be counted with that of {}: give it another id",
                    quoted(id)
                );
                problems.add("cap_collision", node.line, message);
            }
            capped.push((cap, earning.id.clone(), earning.currency.clone()));
        }
        Some(earning)
    })
}

fn earning<'n>(
    node: &'n Node,
    currencies: &[CurrencyTerms],
    ids: &mut Vec<&'n str>,
    problems: &mut Problems,
) -> Option<Earning> {
    let known = [
        "id",
        "currency",
        "points",
        "per_vnd",
        "multiply",
        "happy_hours",
        "first_time",
        "per_day_max",
        "budget",
        "from",
        "until",
    ];
    let fields = Fields::of(node, "an earning", &known, problems)?;
    let id = id(&fields, ids, problems);
    let currency = currency(&fields, currencies, problems);
    let base = base(&fields, problems);
    let multipliers = each(&fields, "multiply", MULTIPLIERS_MAX, problems, multiplier);
    let happy_hours = each(&fields, "happy_hours", HAPPY_HOURS_MAX, problems, happy_hours);
    apart(&happy_hours, problems);
    let first_time = flag(&fields, "first_time", problems);
    let per_day_max = optional_points(&fields, "per_day_max", problems);
    let budget = optional_points(&fields, "budget", problems);
    let from = fields.optional_as("from", |node| date(node, "`from`", problems));
    let until = fields.optional_as("until", |node| date(node, "`until`", problems));
    if let (Some(Some(from)), Some(Some(until))) = (from, until) {
        in_order(from, until, node.line, problems);
    }
    let terms = currencies.iter().find(|terms| Some(&terms.id) == currency.as_ref());
    let most = terms.and_then(|terms| terms.policy.per_operation_max);
    if let (Some(Base::Fixed(points)), Some(most)) = (&base, most)
        && *points > most
    {
        let message = format!("the currency lets at most {most} points through at once");
        problems.add("over_limit", node.line, message);
    }
    let id = id?;
    Some(Earning {
        cap: per_day_max?.map(|per_day_max| RuleCap { cap: cap_number(id), per_day_max }),
        id: id.to_owned(),
        currency: currency?,
        first_time: first_time?,
        budget: budget?,
        base: base?,
        multipliers,
        happy_hours: happy_hours.into_iter().map(|(_, happy)| happy).collect(),
        from: from?,
        until: until?,
        said: node.canonical(),
    })
}

fn base(fields: &Fields<'_>, problems: &mut Problems) -> Option<Base> {
    match (fields.optional("points"), fields.optional("per_vnd")) {
        (Some(node), None) => points(node, "`points`", 1, problems).map(Base::Fixed),
        (None, Some(node)) => per_vnd(node, problems),
        (Some(_), Some(_)) | (None, None) => {
            let message = "an earning has either `points` or `per_vnd`";
            problems.add("earning", fields.line, message);
            None
        }
    }
}

fn per_vnd(node: &Node, problems: &mut Problems) -> Option<Base> {
    let fields = Fields::of(node, "`per_vnd`", &["vnd", "of", "round"], problems)?;
    let vnd = fields.required("vnd", problems).and_then(|node| {
        let vnd = node.whole_number("`vnd`", problems)?;
        if !(1..=PER_VND_MAX).contains(&vnd) {
            problems.add("bad_number", node.line, format!("`vnd` must be 1 to {PER_VND_MAX}"));
            return None;
        }
        Some(vnd)
    });
    let of = fields.required("of", problems).and_then(|node| {
        let of = node.text("`of`", problems)?;
        if !Facts::may_be_amount(of) {
            let message =
                format!("{} is no fact that is an amount, as order.amount_vnd is", quoted(of));
            problems.add("unknown_name", node.line, message);
            return None;
        }
        Some(of.to_owned())
    });
    let round = fields.required("round", problems).and_then(|node| {
        let round = match node.text("`round`", problems)? {
            "down" => Some(Rounding::Down),
            "nearest" => Some(Rounding::Nearest),
            "up" => Some(Rounding::Up),
            _ => None,
        };
        if round.is_none() {
            problems.add("unknown_name", node.line, "`round` is `down`, `nearest` or `up`");
        }
        round
    });
    Some(Base::PerVnd { vnd: vnd?, of: of?, round: round? })
}

fn multiplier(node: &Node, problems: &mut Problems) -> Option<Multiplier> {
    let fields = Fields::of(node, "an entry of `multiply`", &["by", "when"], problems)?;
    let by = factor(&fields, problems);
    let when = fields.required("when", problems);
    let when = when.and_then(|node| condition(node, ANY_KIND, problems));
    Some(Multiplier { by: by?, when: when? })
}

fn happy_hours(node: &Node, problems: &mut Problems) -> Option<(usize, HappyHours)> {
    let known = ["days", "from", "to", "by"];
    let fields = Fields::of(node, "an entry of `happy_hours`", &known, problems)?;
    let by = factor(&fields, problems);
    let hours = hours::read(&fields, problems);
    Some((node.line, HappyHours { by: by?, hours: hours? }))
}

/// A factor with at most two digits behind the point, in hundredths.
fn factor(fields: &Fields<'_>, problems: &mut Problems) -> Option<u32> {
    let node = fields.required("by", problems)?;
    let by = node.hundredths("`by`", problems)?;
    let by = u32::try_from(by).ok().filter(|by| (1..=FACTOR_MAX).contains(by));
    if by.is_none() {
        problems.add("bad_number", node.line, "`by` must be 0.01 to 10");
    }
    by
}

/// That no two happy hours come together: which of them counts would be anybody's guess.
fn apart(happy: &[(usize, HappyHours)], problems: &mut Problems) {
    let all: Vec<(usize, Hours)> = happy
        .iter()
        .flat_map(|(line, happy)| happy.hours.iter().map(|hours| (*line, *hours)))
        .collect();
    for (at, (line, hours)) in all.iter().enumerate() {
        if all[..at].iter().any(|(_, other)| other.meets(hours)) {
            problems.add("overlap", *line, "these happy hours come together with others");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::POINTS_MAX;

    #[test]
    fn a_product_is_rounded_as_it_is_said() {
        for (product, per, down, nearest, up) in [
            (0, 1_000, 0, 0, 0),
            (499, 1_000, 0, 0, 1),
            (500, 1_000, 0, 1, 1),
            (1_000, 1_000, 1, 1, 1),
            (1_499, 1_000, 1, 1, 2),
            (1_500, 1_000, 1, 2, 2),
            (7, 3, 2, 2, 3),
            (8, 3, 2, 3, 3),
        ] {
            let rounded =
                [Rounding::Down, Rounding::Nearest, Rounding::Up].map(|r| r.divide(product, per));
            assert_eq!(rounded, [down, nearest, up], "{product} / {per}");
        }
    }

    #[test]
    fn the_largest_product_fits() {
        let product = u128::from(AMOUNT_VND_MAX) * u128::from(FACTOR_MAX).pow(6);
        let per = u128::from(PER_VND_MAX) * 100_u128.pow(6);
        assert!(Rounding::Nearest.divide(product, per) > u128::from(POINTS_MAX));
        assert!(product.checked_mul(2).and_then(|twice| twice.checked_add(per)).is_some());
    }

    #[test]
    fn the_number_of_a_cap_is_never_that_of_the_account() {
        assert_eq!(cap_number("purchase").to_be_bytes()[..], Sha256::digest("purchase")[..4]);
        for n in 0..10_000 {
            assert_ne!(cap_number(&format!("e{n}")), 0);
        }
    }
}
