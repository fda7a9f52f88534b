//! How fast the ledger is: its core alone, and a posting through the SDK against what it cannot do without.
//!
//! Both sides of a ratio run in turns on the same engine, and the medians of the rounds are compared. A timing never fails.

mod bare;
mod core;
mod posted;

/// Rounds of each side.
const ROUNDS: usize = 15;
/// Postings of one round through the SDK.
const POSTINGS: u32 = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    core::print();
    posted::print().await;
}

/// The middle one.
fn median(mut all: Vec<std::time::Duration>) -> std::time::Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// So many in that time, in a second.
fn per_second(count: u32, took: std::time::Duration) -> u128 {
    u128::from(count) * 1_000_000_000 / took.as_nanos().max(1)
}
