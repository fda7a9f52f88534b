//! Many at once: on one account, on many, for the last prize. Nothing is lost and nothing comes twice.

use cloud::table::points::{Cause, PostError};

use crate::{
    points::{account_id, amount, ask, assert_sound, available, earn, post, spend},
    rewards::codes,
    stage::{Stage, TENANT, start},
};

/// Runs all of them at once.
pub async fn together<T>(calls: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut calls: Vec<_> = calls.into_iter().map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = calls.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (call, answer) in calls.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match call.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *answer = Some(done),
                    std::task::Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[tokio::test]
async fn thirty_two_writers_on_one_account_lose_nothing_and_post_nothing_twice() {
    let stage = Stage::new();
    post(&stage, "first", "lan", earn(1_000)).await.unwrap();
    let writer = async |n: u64| {
        // Each asks twice, as after a lost reply.
        let posting = if n.is_multiple_of(2) { earn(n + 1) } else { spend(n + 1) };
        let key = n.to_string();
        let first = post(&stage, &key, "lan", posting.clone()).await.unwrap();
        assert_eq!(post(&stage, &key, "lan", posting).await.unwrap(), first);
        first
    };
    let (receipts, units) = stage.units(together((0..32).map(writer))).await;
    let mut seqs: Vec<u32> = receipts.iter().map(|receipt| receipt.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (2..34).collect::<Vec<u32>>());
    let expected = (0..32).fold(1_000, |sum, n| if n % 2 == 0 { sum + n + 1 } else { sum - n - 1 });
    assert_eq!(available(&stage, "lan").await, expected);
    assert_sound(&stage, &account_id("lan")).await;
    println!(
        "32 writers on 1 account: {} calls and {} write units for 32 postings asked for twice ({}x of 4 units each)",
        units.calls,
        units.write,
        units.write / (32.0 * 4.0)
    );
}

#[tokio::test]
async fn writers_on_a_thousand_accounts_of_which_few_are_asked_for_most() {
    let stage = Stage::new();
    let mut seed = 7_u64;
    // By Zipf: the account of rank r as often as 1/r.
    let weights: Vec<f64> = (1..=1_000).map(|rank| 1.0 / f64::from(rank)).collect();
    let total: f64 = weights.iter().sum();
    let mut pick = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut left = (seed >> 11) as f64 / (1_u64 << 53) as f64 * total;
        weights
            .iter()
            .position(|weight| {
                left -= weight;
                left < 0.0
            })
            .unwrap_or(999)
    };
    let picks: Vec<usize> = (0..320).map(|_| pick()).collect();
    let before = stage.faults.mark();
    for (round, batch) in picks.chunks(32).enumerate() {
        let writer = async |(n, account): (usize, &usize)| {
            post(&stage, &format!("{round} {n}"), &account.to_string(), earn(1)).await.unwrap();
        };
        together(batch.iter().enumerate().map(writer)).await;
    }
    let units = stage.faults.units_since(before);
    let (accounts, _) = stage.points().accounts(TENANT, None).await.unwrap();
    let mut sum = 0;
    for account in &accounts {
        sum += assert_sound(&stage, account).await.view(start()).available.get();
    }
    assert_eq!(sum, 320);
    println!(
        "32 writers on 1,000 accounts by Zipf: {} accounts, {} write units for 320 postings ({:.2}x)",
        accounts.len(),
        units.write,
        units.write / (320.0 * 4.0)
    );
}

#[tokio::test]
async fn the_last_prize_is_redeemed_by_fifty_at_once_and_one_wins() {
    let stage = Stage::new();
    stage.rewards().import(TENANT, "prize", &codes(0..1)).await.unwrap();
    for n in 0..50 {
        post(&stage, &format!("earn {n}"), &n.to_string(), earn(100)).await.unwrap();
    }
    let (points, cause) = (stage.points(), Cause::default());
    let redeem = async |n: usize| {
        let key = format!("redeem {n}");
        let ask = ask(&key, "prize", &cause, start());
        points
            .redeem(&ask, &account_id(&n.to_string()), amount(100), &stage.rewards(), "prize")
            .await
    };
    let answers = together((0..50).map(redeem)).await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    let sold_out = answers.iter().filter(|a| matches!(a, Err(PostError::SoldOut))).count();
    assert_eq!((won, sold_out), (1, 49));
    let mut left = 0;
    for n in 0..50 {
        left += available(&stage, &n.to_string()).await;
    }
    assert_eq!(left, 4_900, "only the winner has paid");
}
