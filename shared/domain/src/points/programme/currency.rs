//! The kinds of points that a business gives, and what holds for each.

use super::read::{each, name, once, optional_points, optional_whole};
use crate::{
    points::{Currency, Policy},
    rule::{Fields, Node, Problems},
};

/// Most currencies of a programme: each is an account of its own for every customer.
const CURRENCIES_MAX: usize = 5;
/// Longest life of points: with the month in which they are earned thirteen months are open, as many as an account has lots.
const EXPIRY_MONTHS_MAX: u32 = 12;
/// Longest wait before points can be spent, in days: a quarter, as long as goods are sent back.
const PENDING_DAYS_MAX: u32 = 92;

/// What a programme says about one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyTerms {
    /// What accounts and rules call it.
    pub id: Currency,
    /// What customers call it.
    pub name: String,
    /// What its accounts need to know.
    pub policy: Policy,
}

pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Vec<CurrencyTerms> {
    let mut ids = Vec::new();
    each(fields, "currencies", CURRENCIES_MAX, problems, |node, problems| {
        terms(node, &mut ids, problems)
    })
}

fn terms<'n>(
    node: &'n Node,
    ids: &mut Vec<&'n str>,
    problems: &mut Problems,
) -> Option<CurrencyTerms> {
    let known =
        ["id", "name", "expiry_months", "pending_days", "debt", "per_operation_max", "per_day_max"];
    let fields = Fields::of(node, "a currency", &known, problems)?;
    let id = fields.required_text("id", problems).and_then(|text| {
        let id = Currency::parse(text);
        match &id {
            Some(_) => once(text, fields.line, ids, problems),
            None => {
                let message =
                    "a currency's `id` is 1 to 12 lower-case letters and digits, a letter first";
                problems.add("bad_id", fields.line, message);
            }
        }
        id
    });
    let name = name(&fields, problems);
    let expiry = optional_whole(&fields, "expiry_months", 1..=EXPIRY_MONTHS_MAX, problems);
    let pending = optional_whole(&fields, "pending_days", 0..=PENDING_DAYS_MAX, problems);
    let debt_allowed = fields.optional_as("debt", |node| debt(node, problems));
    let per_operation_max = optional_points(&fields, "per_operation_max", problems);
    let per_day_max = optional_points(&fields, "per_day_max", problems);
    Some(CurrencyTerms {
        id: id?,
        name: name?,
        policy: Policy {
            expiry_months: expiry?.and_then(|months| u16::try_from(months).ok()),
            pending_days: pending?.unwrap_or(0),
            debt_allowed: debt_allowed?.unwrap_or(false),
            per_operation_max: per_operation_max?,
            per_day_max: per_day_max?,
        },
    })
}

/// `allowed` or `refused`.
fn debt(node: &Node, problems: &mut Problems) -> Option<bool> {
    match node.text("`debt`", problems)? {
        "allowed" => Some(true),
        "refused" => Some(false),
        _ => {
            problems.add("unknown_name", node.line, "`debt` is `allowed` or `refused`");
            None
        }
    }
}
