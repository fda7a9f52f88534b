//! `docs/cost.md`, computed from `docs/prices.yaml`, the template and a played order; and the number that the idle bill must hold.
//!
//! Source: the prices name theirs. Units: see `prices`. Retries: none; `CHAM_WRITE=1` writes the page instead of comparing it.

mod bill;
mod measured;
mod page;
mod prices;

use std::fs;

use self::{bill::Facts, prices::Prices};
use crate::members::repository;

/// Most that a month without orders may cost with `Size=small`, in đồng.
const IDLE_VND_MAX: u128 = 100_000;

fn facts() -> Facts {
    let yaml = fs::read_to_string(repository().join("docs/prices.yaml")).unwrap();
    let prices = Prices::read(&yaml);
    let order = measured::order(prices.assumed("row_overhead_bytes"));
    Facts { order, idle: measured::idle(), described: measured::described(), prices }
}

#[test]
fn a_month_without_orders_costs_less_than_a_hundred_thousand() {
    let facts = facts();
    let idle = facts.prices.vnd(facts.sum(&facts.month(0)));
    assert!((1..IDLE_VND_MAX).contains(&idle), "{idle} đồng");
}

#[test]
fn every_price_is_used_and_every_assumption_too() {
    let facts = facts();
    let bought: Vec<&str> = facts.standard(1).iter().map(|(name, _)| *name).collect();
    let priced: Vec<&String> = facts.prices.prices.keys().collect();
    for name in &priced {
        assert!(bought.contains(&name.as_str()), "nothing is bought at the price {name}");
    }
    assert_eq!(bought.len(), priced.len());
    let code = include_str!("bill.rs").to_owned() + include_str!("mod.rs");
    for name in facts.prices.assumed.keys() {
        assert!(code.contains(&format!("(\"{name}\")")), "nothing hangs on {name}");
    }
}

#[test]
fn the_cost_page_says_what_is_computed() {
    let path = repository().join("docs/cost.md");
    let page = page::page(&facts());
    if std::env::var_os("CHAM_WRITE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/cost.md should be as follows (`CHAM_WRITE=1 cargo test -p local --test repository` writes it):\n\n{page}"
    );
}
