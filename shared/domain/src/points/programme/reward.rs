//! What points are spent on.

use super::{
    CurrencyTerms,
    read::{currency, each, id, name, optional_whole, points},
};
use crate::{
    points::{Currency, Points},
    rule::{Fields, Node, Problems},
};

/// Most rewards of a programme.
const REWARDS_MAX: usize = 100;
/// Most pieces of one reward.
const STOCK_MAX: u32 = 10_000_000;

/// One reward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reward {
    /// Unique among them.
    pub id: String,
    /// What customers call it.
    pub name: String,
    /// What it is paid in.
    pub currency: Currency,
    /// What it costs.
    pub price: Points,
    /// There are so many; as many as asked for when `None`.
    pub stock: Option<u32>,
    /// The pool of voucher codes of which the customer gets one.
    pub pool: Option<String>,
}

impl Reward {
    /// The pool that one of it is taken from: its codes, or numbered pieces where it has a stock; `None` where there are as many
    /// as are asked for.
    pub fn taken_from(&self) -> Option<String> {
        match (&self.pool, self.stock) {
            (Some(pool), _) => Some(pool.clone()),
            (None, Some(_)) => Some(format!("stock-{}", self.id)),
            (None, None) => None,
        }
    }
}

pub(super) fn read(
    fields: &Fields<'_>,
    currencies: &[CurrencyTerms],
    problems: &mut Problems,
) -> Vec<Reward> {
    let mut ids = Vec::new();
    each(fields, "rewards", REWARDS_MAX, problems, |node, problems| {
        reward(node, currencies, &mut ids, problems)
    })
}

fn reward<'n>(
    node: &'n Node,
    currencies: &[CurrencyTerms],
    ids: &mut Vec<&'n str>,
    problems: &mut Problems,
) -> Option<Reward> {
    let known = ["id", "name", "currency", "price", "stock", "pool"];
    let fields = Fields::of(node, "a reward", &known, problems)?;
    let id = id(&fields, ids, problems);
    let name = name(&fields, problems);
    let currency = currency(&fields, currencies, problems);
    let price = fields.required("price", problems);
    let price = price.and_then(|node| points(node, "`price`", 1, problems));
    let stock = optional_whole(&fields, "stock", 1..=STOCK_MAX, problems);
    let pool = match fields.optional("pool") {
        None => Some(None),
        Some(_) => fields.id("pool", problems).map(|pool| Some(pool.to_owned())),
    };
    Some(Reward {
        id: id?.to_owned(),
        name: name?,
        currency: currency?,
        price: price?,
        stock: stock?,
        pool: pool?,
    })
}
