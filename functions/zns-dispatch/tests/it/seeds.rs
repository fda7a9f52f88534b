//! Days of dispatch in which whatever can fail does, drawn from seeds: two dispatchers and the receipts take turns call by call on
//! the same notifications, the database and Zalo fail, dispatchers die, people pause and resume.
//!
//! Held against it: a customer gets a notification once, and once more only for each attempt of which nobody could say what became
//! of it; nothing is left undone; a rule's hour is never exceeded; and equal seeds do the same, call by call.

use std::collections::{BTreeMap, BTreeSet};

use cloud::table::notifications::Saved;
use domain::{
    channel::Channel,
    consent::Purpose,
    event::{Rank, Tracking},
    notification::{Attempt, AttemptOutcome, Content, Notification, Recipient, Scope, State},
    phone::Phone,
    rule::OnUnknown,
    tenant::Limits,
};
use jiff::Timestamp;
use local::demo::state::DEMO;
use serde_json::Value;
use sha2::{Digest, Sha256};
use testkit::{
    fault::{Fault, Faults},
    stand_in::{PhoneMessage, ZaloFault},
    turns::{Dice, Turns},
};
use zns_dispatch::{Tick, Trigger, ZnsDispatch, handle};

use crate::setup::*;

/// How many seeds every day tries; `CHAM_SEEDS` says another number, as `.ci/long` does.
const SEEDS: u64 = 1_000;

/// Rounds in which things fail; then everything is left in peace.
const ROUNDS: u64 = 6;

/// Most looks in peace until everything has come to its end.
const LOOKS_MAX: usize = 60;

/// What can befall a call of Zalo. A time-out takes real time, and has a test of its own.
const ZALO: [ZaloFault; 14] = [
    ZaloFault::LostReply,
    ZaloFault::LostReply,
    ZaloFault::ServerErrorWithEffect,
    ZaloFault::ServerErrorWithoutEffect,
    ZaloFault::HtmlWithEffect,
    ZaloFault::HtmlWithoutEffect,
    ZaloFault::Throttle,
    ZaloFault::TooManyRequests,
    ZaloFault::Refuse(-124),
    ZaloFault::Refuse(-118),
    ZaloFault::Refuse(-131),
    ZaloFault::Refuse(-144),
    ZaloFault::Refuse(-1_121),
    ZaloFault::Refuse(-100),
];

/// What seeds came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Came {
    notifications: usize,
    messages: usize,
    /// Messages beyond the first of a notification.
    again: usize,
    /// Attempts of which nobody could say what became of them.
    unknown: usize,
    fallbacks: usize,
    dead: usize,
    undone: usize,
    /// SHA-256 of every call and what came of it.
    trace: String,
}

/// One dispatcher over faults of its own, so that its death is nobody else's.
struct Worker {
    faults: Faults,
    dispatch: ZnsDispatch,
}

impl Worker {
    fn hire(desk: &Desk) -> Self {
        let faults = Faults::new();
        let dispatch =
            dispatcher_over(&desk.state, desk.state.engine.client(&faults), &desk.zalo.url());
        Self { faults, dispatch }
    }
}

async fn day(seed: u64) -> Came {
    let mut dice = Dice::new(seed);
    let burst_per_hour = *dice.of(&[2, 5, 200]);
    let mut desk = Desk::with(Limits {
        burst_per_hour,
        daily_budget_vnd: *dice.of(&[None, Some(1_500)]),
        per_customer_a_day: BTreeMap::from([(Purpose::Promotion, 2)]),
        ..Limits::default()
    })
    .await;
    desk.agrees().await;
    let all: Vec<Notification> = (0..3 + dice.below(4)).map(|n| drawn(&mut dice, n)).collect();
    let batches = desk.plan_all(&all).await;
    let mut came = Came { notifications: all.len(), ..Came::default() };
    let mut trace = Sha256::new();
    let mut workers = [Worker::hire(&desk), Worker::hire(&desk)];
    let (mut minute, mut received) = (0, BTreeSet::new());
    for round in 0..ROUNDS {
        minute += i64::try_from(dice.below(25)).unwrap();
        let now = at(minute);
        desk.zalo.set_now(now);
        for worker in &workers {
            if dice.below(2) == 0 {
                worker.faults.plan(1 + dice.below(40), *dice.of(&Fault::ALL));
            }
        }
        for _ in 0..dice.below(3) {
            desk.zalo.plan(1 + dice.below(4), *dice.of(&ZALO));
        }
        match dice.below(8) {
            0 => desk
                .tenants()
                .pause(DEMO, &Scope::Rule("paid".to_owned()), "minh", now)
                .await
                .unwrap(),
            1 => desk.tenants().resume(DEMO, &Scope::Rule("paid".to_owned())).await.unwrap(),
            _ => {}
        }
        let mut seats = Turns::seats(dice.below(1 << 40), 3).into_iter();
        let jobs: Vec<Option<&Value>> =
            (0..2).map(|_| (dice.below(2) == 0).then(|| dice.of(&batches))).collect();
        let receipts = Faults::new();
        receipts.sit(seats.next());
        for worker in &workers {
            worker.faults.sit(seats.next());
        }
        let heard = drawn_receipts(&mut dice, &desk, &mut received);
        let id = |n: usize| format!("{round}-{n}");
        let (one, other, ()) = tokio::join!(
            run(&desk, &workers[0], jobs[0], id(0), now),
            run(&desk, &workers[1], jobs[1], id(1), now),
            async {
                hear(&desk, &receipts, &heard).await;
                receipts.sit(None);
            },
        );
        for (worker, died) in workers.iter_mut().zip([one, other]) {
            trace.update(format!("{:?}", calls(&worker.faults)));
            worker.faults.clear();
            if died {
                came.dead += 1;
                *worker = Worker::hire(&desk);
            }
        }
    }
    desk.zalo.behave();
    desk.tenants().resume(DEMO, &Scope::Rule("paid".to_owned())).await.unwrap();
    for _ in 0..LOOKS_MAX {
        let Some(due) = desk.next_due(&all).await else { break };
        desk.tick(due.max(at(minute))).await;
    }
    trace.update(format!("{:?}", desk.zalo.calls()));
    judge(seed, &desk, &all, burst_per_hour, &mut came).await;
    for one in &all {
        trace.update(format!("{:?}", desk.find(one).await));
    }
    came.trace = data_encoding::HEXLOWER.encode(&trace.finalize());
    came
}

/// What was called, without what hangs on chance: names of retried requests.
fn calls(faults: &Faults) -> Vec<(String, String)> {
    let calls = faults.calls().into_iter();
    calls.map(|call| (call.operation, format!("{:?} {:?}", call.outcome, call.hit))).collect()
}

/// One of what a business sends, with words of its own by which it is known at Zalo.
fn drawn(dice: &mut Dice, n: u64) -> Notification {
    let by_phone_or_id: [Vec<Channel>; 4] = [
        vec![Channel::ZnsPhone],
        vec![Channel::ZnsUid],
        vec![Channel::ZnsUid, Channel::ZnsPhone],
        vec![Channel::ZnsPhone, Channel::ZnsUid],
    ];
    let mut one = match dice.below(5) {
        0 => Notification { content: Content::Text(format!("DH{n:04}")), ..reply() },
        1 => Notification { purpose: Purpose::Otp, ..by(&dice.of(&by_phone_or_id)[..]) },
        _ => by(&dice.of(&by_phone_or_id)[..]),
    };
    one.id = planned(&format!("seed-{n}")).id;
    one.on_unknown = *dice.of(&[OnUnknown::Resend, OnUnknown::Drop]);
    one.deadline = (dice.below(4) == 0).then(|| at(45));
    let phone = Phone::parse(&format!("0912345{n:03}")).ok();
    one.recipient = Recipient { phone, user: Some(LAN.to_owned()) };
    if let Content::Template { params, .. } = &mut one.content {
        params.insert("order_id".to_owned(), format!("DH{n:04}"));
    }
    one
}

/// One dispatcher with a batch of the stream, or with the clock; whether it died.
async fn run(
    desk: &Desk,
    worker: &Worker,
    batch: Option<&Value>,
    id: String,
    now: Timestamp,
) -> bool {
    let trigger = match batch {
        Some(batch) => Trigger::Stream(serde_json::from_value(batch.clone()).unwrap()),
        None => Trigger::Tick(Tick { tick: "minute".to_owned() }),
    };
    let invocation = desk.state.invocation(FUNCTION, &id, now);
    let died = tokio::select! {
        // What a run could not do, a later one does.
        _ = Box::pin(handle(&worker.dispatch, &trigger, &invocation)) => false,
        () = worker.faults.crashed() => true,
    };
    worker.faults.sit(None);
    died
}

/// Receipts of messages that were accepted by now: some, some twice, and some never.
fn drawn_receipts(
    dice: &mut Dice,
    desk: &Desk,
    received: &mut BTreeSet<String>,
) -> Vec<(PhoneMessage, Rank)> {
    let mut heard = Vec::new();
    for message in desk.messages().into_iter().filter(|message| message.to != "staff") {
        if received.contains(&message.message_id) || dice.below(2) == 0 {
            continue;
        }
        if dice.below(4) > 0 {
            received.insert(message.message_id.clone());
        }
        heard.push((message, *dice.of(&[Rank::Delivered, Rank::Seen])));
    }
    heard
}

/// Applies receipts as journey-runner does.
async fn hear(desk: &Desk, faults: &Faults, heard: &[(PhoneMessage, Rank)]) {
    let table = desk.table_over(faults);
    for (message, rank) in heard {
        let tracking = match &message.tracking_id {
            Some(id) => Tracking::parse(id),
            None => table.meet_as_receipt(DEMO, &message.message_id, *rank).await.unwrap().sender,
        };
        let Some(Tracking { notification, attempt }) = tracking else { continue };
        while let Some(mut found) = table.find(DEMO, &notification).await.unwrap() {
            if !found.receive(attempt, &message.message_id, *rank) {
                break;
            }
            if let Saved::Done = table.save(&mut found).await.unwrap() {
                break;
            }
        }
    }
}

/// Holds what stands in the rows against what Zalo has counted.
async fn judge(seed: u64, desk: &Desk, all: &[Notification], burst_per_hour: u32, came: &mut Came) {
    let messages = desk.messages();
    for (n, one) in all.iter().enumerate() {
        let told = desk.find(one).await;
        let mark = format!("DH{n:04}");
        let reached = messages.iter().filter(|message| message.text.contains(&mark)).count();
        let outcomes =
            |wanted: fn(&Attempt) -> bool| told.attempts.iter().filter(|a| wanted(a)).count();
        let lost = outcomes(|a| a.outcome == Some(AttemptOutcome::Unknown));
        let accepted = outcomes(|a| a.outcome == Some(AttemptOutcome::Accepted));
        assert!(outcomes(|a| a.outcome.is_none()) == 0, "seed {seed}: {told:#?}");
        // A second message is one that was counted: every message is an attempt's that was taken or may have been.
        assert!(reached <= accepted + lost, "seed {seed}: {reached} messages of {told:#?}");
        assert!(accepted <= reached, "seed {seed}: {reached} messages of {told:#?}");
        // The attempt of which nobody could say anything at its time may have had its receipt since.
        if one.on_unknown == OnUnknown::Drop {
            assert!(reached <= 1, "seed {seed}: {reached} messages of {told:#?}");
        }
        assert_eq!(told.due_at, None, "seed {seed}: {told:#?}");
        let is_over =
            !matches!(told.state, State::Planned | State::Held | State::Claimed | State::Unknown);
        assert!(is_over && told.recipient.phone.is_none(), "seed {seed}: {told:#?}");
        // What went is never booked as what did not, unless nobody could know.
        assert!(reached == 0 || lost > 0 || accepted > 0, "seed {seed}: {told:#?}");
        came.messages += reached;
        came.again += reached.saturating_sub(1);
        came.unknown += lost;
        came.fallbacks += told.channels_used.min(told.attempts.len());
        came.undone += usize::from(reached == 0);
    }
    // Of a rule no hour has more than it may, but for those that no limit counts and those that were refused a second time.
    let mut hours: BTreeMap<i64, u32> = BTreeMap::new();
    let is_counted = |message: &&PhoneMessage| {
        let of = |one: &&Notification| match &one.content {
            Content::Template { params, .. } => message.text.contains(&params["order_id"]),
            Content::Text(text) => message.text == *text,
            Content::Fact { .. } => false,
        };
        message.to != "staff" && all.iter().find(of).is_some_and(|one| one.purpose != Purpose::Otp)
    };
    for message in messages.iter().filter(is_counted) {
        *hours.entry(message.at.as_second().div_euclid(3_600)).or_default() += 1;
    }
    assert!(hours.values().all(|count| *count <= burst_per_hour), "seed {seed}: {hours:?}");
}

/// One quarter of the seeds, so that the machine has work for all its cores.
async fn quarter(first: u64) {
    let seeds = std::env::var("CHAM_SEEDS").map_or(SEEDS, |seeds| seeds.parse().unwrap());
    let mut all = Came::default();
    for seed in (first..seeds).step_by(4) {
        let came = Box::pin(day(seed)).await;
        all.notifications += came.notifications;
        all.messages += came.messages;
        all.again += came.again;
        all.unknown += came.unknown;
        all.fallbacks += came.fallbacks;
        all.dead += came.dead;
        all.undone += came.undone;
        if seed % 100 == first {
            let again = Box::pin(day(seed)).await;
            assert_eq!(came, again, "seed {seed} twice");
        }
    }
    println!("a quarter of {seeds} seeds: {all:?}");
    let happened = [all.dead, all.again, all.unknown, all.fallbacks, all.undone];
    assert!(happened.iter().all(|count| *count > 0), "{all:?}");
}

#[tokio::test]
async fn whatever_fails_no_message_comes_twice_uncounted_in_the_first_quarter_of_the_seeds() {
    quarter(0).await;
}

#[tokio::test]
async fn whatever_fails_no_message_comes_twice_uncounted_in_the_second_quarter_of_the_seeds() {
    quarter(1).await;
}

#[tokio::test]
async fn whatever_fails_no_message_comes_twice_uncounted_in_the_third_quarter_of_the_seeds() {
    quarter(2).await;
}

#[tokio::test]
async fn whatever_fails_no_message_comes_twice_uncounted_in_the_last_quarter_of_the_seeds() {
    quarter(3).await;
}
