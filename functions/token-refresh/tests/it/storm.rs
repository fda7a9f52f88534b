//! Twenty refreshers and twenty dispatchers on one account, with whatever fails, by seeds.

use std::sync::{Arc, Mutex};

use cloud::custody::{Access, Custody};
use domain::custody::{End, Ended, Why};
use jiff::SignedDuration;
use testkit::{
    fault::{Fault, Faults},
    stand_in::{Misbehaviour, ZaloFault},
    turns::Dice,
};
use token_refresh::handle;
use tokio::task::{JoinSet, LocalSet};

use crate::setup::*;

const REFRESHERS: usize = 20;
const DISPATCHERS: usize = 20;

/// Waves of callers, with hours between them in which leases and pauses run out.
const WAVES: usize = 4;

/// Most looks after a storm until it is known what has become of the pair.
const LOOKS_MAX: usize = 20;

/// Storms at the same time: most of each is waiting for a time-out.
const AT_ONCE: usize = 10;

/// What can befall a call of Zalo here. Who dies meets it in the database: the stand-in's own deaths are of all callers at once.
const ZALO: [ZaloFault; 6] = [
    ZaloFault::TimeoutWithEffect,
    ZaloFault::HtmlWithEffect,
    ZaloFault::LostReply,
    ZaloFault::ServerErrorWithEffect,
    ZaloFault::HtmlWithoutEffect,
    ZaloFault::Throttle,
];

#[derive(Debug, Default)]
struct Storm {
    callers: usize,
    dead: usize,
    granted: usize,
    reused: usize,
    lost: usize,
}

async fn storm(seed: u64) -> Storm {
    let mut dice = Dice::new(seed);
    let office = Arc::new(Office::new().await);
    let mut storm = Storm::default();
    for wave in 0..WAVES {
        // The access token is over: nobody sends before somebody has refreshed.
        office.set_now(start() + hours(26 * (i64::try_from(wave).unwrap() + 1)));
        if dice.below(3) == 0 {
            office.zalo.misbehave(Misbehaviour::TokensRevoked);
        }
        if dice.below(2) == 0 {
            let nth = 1 + dice.below(2);
            office.zalo.plan(nth, ZALO[usize::try_from(dice.below(6)).unwrap()]);
        }
        let callers = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for n in 0..REFRESHERS + DISPATCHERS {
            let (office, callers) = (office.clone(), callers.clone());
            let faults = Faults::new();
            if dice.below(4) == 0 {
                let fault = Fault::ALL[usize::try_from(dice.below(7)).unwrap()];
                faults.plan(1 + dice.below(8), fault);
            }
            tasks.spawn_local(async move {
                let run = Box::pin(caller(&office, &faults, wave, n));
                let died = tokio::select! {
                    () = run => false,
                    () = faults.crashed() => true,
                };
                callers.lock().unwrap().push(died);
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let died = std::mem::take(&mut *callers.lock().unwrap());
        storm.callers += died.len();
        storm.dead += died.iter().filter(|died| **died).count();
        office.zalo.behave();
        if office.credential().await.standing.ended.is_some() {
            break;
        }
    }
    // What is left in doubt is looked at by whoever comes next. On a machine that is busy an answer may come too late and look like
    // an outage, which is no outcome: then somebody looks again.
    for _ in 0..LOOKS_MAX {
        office.pass(hours(13));
        match office.refresh(Why::Schedule).await {
            End::Use | End::Refreshed | End::Person(_) => break,
            End::Wait(_) | End::Refused(_) | End::Gone | End::Unread => {}
        }
    }
    judge(seed, &office, &mut storm).await;
    storm
}

async fn caller(office: &Office, faults: &Faults, wave: usize, n: usize) {
    let tenants = office.tenants_with(faults);
    let (zalo, settings) = (office.client(), office.settings().await);
    let custody = Custody::new(&tenants, &zalo);
    let invocation = office.invocation(&format!("{wave}-{n}"));
    if n < REFRESHERS {
        // What a run cannot do, the next one does.
        drop(custody.refresh(&settings, OA, Why::Schedule, &invocation).await);
        return;
    }
    let Ok(Access::Token(token, version)) = custody.token(&settings, OA, &invocation).await else {
        return;
    };
    let to = cloud::zalo::Outgoing::Reply { user: "2468458835291979221", text: "a" };
    if zalo.send(&token, &to).await.is_err() {
        drop(custody.renewed(&settings, OA, version, &invocation).await);
    }
}

/// Holds what is stored against what Zalo has counted.
async fn judge(seed: u64, office: &Office, storm: &mut Storm) {
    let exchanges = office.exchanges();
    storm.granted = office.granted();
    // A used token came again: only after a try of which its caller cannot have heard.
    let mut before: Option<&testkit::stand_in::ApiCall> = None;
    for call in &exchanges {
        if call.error == Some(-14_020) {
            storm.reused += 1;
            let first = before.expect("somebody used it before");
            let later = call.at.duration_since(first.at);
            let unheard = first.fault.is_some();
            assert!(
                unheard || later >= SignedDuration::from_secs(58),
                "seed {seed}: {first:?} {call:?}"
            );
        }
        if call.error == Some(0) {
            before = Some(call);
        }
    }
    let found = office.credential().await;
    match found.standing.ended {
        None => {
            assert!(office.works().await, "seed {seed}: {found:?}");
            let pairs = u64::try_from(storm.granted).unwrap();
            assert_eq!(found.standing.version, pairs + 1, "seed {seed}: every pair was stored");
        }
        Some(ended) => {
            storm.lost = 1;
            assert_eq!(ended, Ended::Lost, "seed {seed}");
            let end = office.refresh(Why::Schedule).await;
            assert_eq!(end, End::Person(Ended::Lost), "seed {seed}");
            let tick = serde_json::from_value(serde_json::json!({"tick": "hour"})).unwrap();
            handle(&office.function(), &tick, &office.invocation("tick")).await.unwrap();
            assert_eq!(office.alerts().len(), 1, "seed {seed}: it is told");
        }
    }
}

#[tokio::test]
async fn forty_callers_at_once_use_no_token_twice_and_lose_none_unseen() {
    let long = std::env::var_os("CHAM_LONG").is_some();
    let (mut all, seeds) = (Storm::default(), if long { 1_000 } else { 40 });
    let storms = LocalSet::new();
    let mut left = 0..seeds;
    let mut running = JoinSet::new();
    let done = storms.run_until(async {
        let mut done = Vec::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(seed) = left.next()
            {
                running.spawn_local(storm(seed));
            }
            match running.join_next().await {
                Some(one) => done.push(one.unwrap()),
                None => return done,
            }
        }
    });
    for one in done.await {
        all.callers += one.callers;
        all.dead += one.dead;
        all.granted += one.granted;
        all.reused += one.reused;
        all.lost += one.lost;
    }
    println!("{seeds} seeds: {all:?}");
    assert!(all.dead > 50 && all.granted > 60 && all.reused > 0 && all.lost > 0, "{all:?}");
}
