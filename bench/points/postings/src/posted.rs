//! A posting through the SDK on the embedded engine, against the bare calls in the same run.

use std::time::Instant;

use cloud::table::{
    Points,
    points::{Ask, Cause, Order},
};
use domain::{
    id::{CustomerId, OperationId},
    points::{AccountId, Currency, Points as Amount, Policy, Posting},
};
use jiff::Timestamp;
use local::{demo::TEMPLATE, template::Template};
use testkit::{engine::Engine, fault::Faults};

use crate::{POSTINGS, ROUNDS, bare, median, per_second};

const POLICY: Policy = Policy {
    expiry_months: Some(12),
    pending_days: 0,
    debt_allowed: false,
    per_operation_max: None,
    per_day_max: None,
};

pub(crate) async fn print() {
    let now: Timestamp = "2026-11-20T01:00:00Z".parse().expect("a time");
    let engine = Engine::memory(now).expect("an engine in memory");
    let template = Template::read(TEMPLATE).expect("our own template");
    for table in template.tables() {
        engine.create_table(table.create.clone()).expect("a table of the template");
    }
    let name = |id: &str| {
        let found = template.tables().iter().find(|table| table.logical_id == id);
        found.map(|table| table.name.clone()).expect("it is in the template")
    };
    let client = engine.client(&Faults::new());
    let points = Points::new(&client, &name("PointsTable"));
    let table = name("PointsTable");
    let (mut ours, mut bares) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let customer = CustomerId::of("bench", &round.to_string());
        let currency = Currency::parse("diem").expect("a name");
        let account = AccountId { customer, currency };
        // Each side goes first every other time.
        for side in [round % 2, (round + 1) % 2] {
            let begun = Instant::now();
            for n in 0..POSTINGS {
                if side == 0 {
                    post(&points, &account, round, n, now).await;
                } else {
                    bare::post(&client, &table, &format!("bench#{account}-bare"), n).await;
                }
            }
            if side == 0 { &mut ours } else { &mut bares }.push(begun.elapsed());
        }
    }
    let (ours, bares) = (median(ours), median(bares));
    println!("| through the SDK, on the embedded engine | postings per second |");
    println!("| --- | ---: |");
    println!("| `Points::post` | {} |", per_second(POSTINGS, ours));
    println!("| one query and two puts in a transaction, bare | {} |", per_second(POSTINGS, bares));
    println!("| ratio, in hundredths | {} |", bares.as_nanos() * 100 / ours.as_nanos().max(1));
}

async fn post(points: &Points, account: &AccountId, round: usize, n: u32, now: Timestamp) {
    let posting = match n % 3 {
        2 => Posting::Spend { amount: Amount::new(10).expect("few") },
        _ => Posting::Earn { amount: Amount::new(100).expect("few"), cap: None },
    };
    let cause = Cause { event: format!("payment.matched DH{n:04}"), ..Cause::default() };
    let ask = Ask {
        tenant: "bench",
        operation: OperationId::of_key("bench", &format!("{round} {n}")),
        body: "earn",
        cause: &cause,
        policy: &POLICY,
        now,
    };
    let order = Order { account: account.clone(), posting, occurred_at: now };
    points.post(&ask, &order).await.expect("it is allowed");
}
