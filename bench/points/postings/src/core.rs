//! The core: from an account and what is asked for to the next entry and its bytes, without a database.

use std::{hint::black_box, time::Instant};

use domain::{
    id::{CustomerId, OperationId},
    points::{Account, AccountId, Currency, Entry, Next, Points, Policy, Posting, Request, post},
};
use jiff::{SignedDuration, Timestamp};

use crate::{ROUNDS, median, per_second};

/// Postings of one round.
const POSTINGS: u32 = 20_000;

const POLICY: Policy = Policy {
    expiry_months: Some(12),
    pending_days: 0,
    debt_allowed: false,
    per_operation_max: None,
    per_day_max: None,
};

pub(crate) fn print() {
    println!("| the core alone | postings per second |");
    println!("| --- | ---: |");
    // There is one lot per month. In two weeks there are two at most; in two years thirteen are open most of the time.
    for (what, step) in [
        ("few lots", SignedDuration::from_mins(1)),
        ("thirteen lots", SignedDuration::from_hours(1)),
    ] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            black_box(history(step));
            rounds.push(begun.elapsed());
        }
        println!("| {what} | {} |", per_second(POSTINGS, median(rounds)));
    }
    println!();
}

/// Of ten postings six earn, two spend, one holds and one captures; each entry is coded and read again, as on its way through a
/// table.
fn history(step: SignedDuration) -> Account {
    let customer = CustomerId::of("bench", "lan");
    let currency = Currency::parse("diem").expect("a name");
    let mut account = Account::new(AccountId { customer, currency });
    let mut now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let mut held = None;
    for n in 0..POSTINGS {
        now = now.checked_add(step).unwrap_or(now);
        let amount = Points::new(10).expect("few");
        let posting = match (n % 10, held.take()) {
            (3 | 7, _) => Posting::Spend { amount },
            (8, _) => Posting::Hold { amount, until: now + SignedDuration::from_hours(24 * 30) },
            (9, Some(hold)) => Posting::Capture { hold, amount: None },
            _ => Posting::Earn { amount: Points::new(100).expect("few"), cap: None },
        };
        let is_hold = matches!(posting, Posting::Hold { .. });
        let operation = OperationId::of_key("bench", &n.to_string());
        let request = Request { operation, posting, occurred_at: now };
        loop {
            let next = post("bench", &account, &request, &POLICY, now).expect("it is allowed");
            let (entry, is_done) = match next {
                Next::Entry(entry) => (entry, true),
                Next::DueFirst(entry) => (entry, false),
            };
            let entry = Entry::from_bytes(&entry.to_bytes()).expect("just written");
            account = Account::after(account.id, &entry);
            if is_done {
                break;
            }
        }
        held = is_hold.then_some(account.seq);
    }
    account
}
