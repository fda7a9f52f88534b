//! Long histories of everything that can be asked for, in any order and at any time, against the plain model; and each
//! account told again from its first entry.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    super::*,
    Chance, account, at,
    bounds::item_bytes,
    model::{Did, Model, Picture},
    operation, points,
};
use crate::id::OperationId;

/// Steps of one history.
const STEPS: u64 = 250;

/// Histories of a usual run: 100,000 steps.
const HISTORIES: u64 = 400;

/// Histories where time is no matter: 10,000,000 steps.
const HISTORIES_LONG: u64 = 40_000;

/// One account on both sides.
struct Pair {
    account: Account,
    model: Model,
    entries: Vec<Entry>,
    seen: Vec<(Timestamp, usize, View)>,
    did: Vec<(Original, Did)>,
    holds: Vec<u32>,
}

#[derive(Default)]
struct Tally {
    entries: u64,
    due_first: u64,
    refused: BTreeMap<&'static str, u64>,
    largest: usize,
}

impl Pair {
    fn new(name: &str) -> Self {
        let (did, holds, seen, entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { account: account(name), model: Model::default(), entries, seen, did, holds }
    }

    /// Posts, and what is due first; gives the entry that was asked for.
    fn post(
        &mut self,
        posting: Posting,
        occurred_at: Timestamp,
        policy: &Policy,
        now: Timestamp,
        operation: OperationId,
        tally: &mut Tally,
    ) -> Result<Entry, Refusal> {
        let request = Request { operation, posting, occurred_at };
        loop {
            let next = post("t", &self.account, &request, policy, now)?;
            let (entry, is_it) = match next {
                Next::Entry(entry) => (entry, true),
                Next::DueFirst(entry) => {
                    // Nothing that was due may depend on what was asked for.
                    let stamp = entry.recorded_at;
                    self.model.pass(stamp);
                    tally.due_first += 1;
                    (entry, false)
                }
            };
            let bytes = entry.to_bytes();
            assert_eq!(Entry::from_bytes(&bytes).unwrap(), entry);
            let size = item_bytes(&entry);
            assert!(size <= ENTRY_BYTES_MAX, "{size} bytes: {entry:?}");
            tally.largest = tally.largest.max(size);
            tally.entries += 1;
            self.account = Account::after(self.account.id.clone(), &entry);
            self.entries.push(entry.clone());
            if is_it {
                return Ok(entry);
            }
        }
    }
}

/// Whether a refusal for lack of room is one: `true` for those that the model does not know.
fn is_bound(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::TooManyLots
            | Refusal::TooManyPending
            | Refusal::TooManyHolds
            | Refusal::TooManyCaps
            | Refusal::TooManyLegs
    )
}

fn history(seed: u64, tally: &mut Tally) {
    let mut chance = Chance(seed);
    let day_max = Some(points(200 + chance.below(400)));
    let policy = Policy {
        expiry_months: chance.one_of(&[None, Some(1), Some(3), Some(12), Some(12)]),
        pending_days: chance.one_of(&[0, 0, 1, 7, 14, 30]),
        debt_allowed: chance.below(2) == 0,
        per_operation_max: None,
        per_day_max: if chance.below(4) == 0 { day_max } else { None },
    };
    let stride = chance.one_of(&[1, 60, 3_600, 86_400, 86_400 * 9]);
    // Half of them gather lots and holds, and then let years go by.
    let gathers = chance.below(2) == 0;
    let mut pairs = [Pair::new("a"), Pair::new("b")];
    let mut now = at("2024-01-30T15:00:00Z");
    for step in 0..STEPS {
        let away = i64::try_from(chance.below(2 * stride)).unwrap();
        // Every tenth clock goes back.
        let away = if chance.below(10) == 0 { -away } else { away };
        now +=
            SignedDuration::from_millis(away * 1_000 + i64::try_from(chance.below(999)).unwrap());
        if gathers && chance.below(80) == 0 {
            now += SignedDuration::from_hours(24 * 500);
        }
        let which = usize::from(chance.below(3) == 0);
        one(&mut chance, &mut pairs, which, gathers, &policy, now, step, tally);
        let pair = &mut pairs[which];
        let live = now.max(pair.account.recorded_at);
        pair.seen.push((live, pair.entries.len(), pair.account.view(live)));
        let mut model = pair.model.clone();
        model.pass(live);
        let tail = pair.account.tail.seen_at(live);
        assert_eq!(Picture::of(&tail, live), model.picture(live), "seed {seed} step {step}");
    }
    let mut all = Books::default();
    let mut balances = 0;
    for pair in &pairs {
        balances += i128::from(pair.account.tail.balance());
        all.join(&told_again(pair));
    }
    // The accounts by their tails, and the business by the legs.
    assert_eq!(balances + all.issuer(), 0, "seed {seed}");
    assert_eq!(all.side(Side::Transferred), 0, "seed {seed}");
}

/// Tells an account again: every entry follows, and what was seen live is what its entries say of that time.
fn told_again(pair: &Pair) -> Books {
    let mut replay = Replay::new(pair.account.id.clone());
    for entry in &pair.entries {
        replay.read(entry).unwrap();
    }
    assert_eq!(*replay.account(), pair.account);
    for (at, known, view) in &pair.seen {
        let until = pair.entries.partition_point(|entry| entry.recorded_at <= *at);
        // By a clock that went back, or in the same instant, more was recorded after the look.
        if until > *known {
            continue;
        }
        let id = pair.account.id.clone();
        let then = match until.checked_sub(1) {
            Some(last) => Account::after(id, &pair.entries[last]),
            None => Account::new(id),
        };
        assert_eq!(then.view(*at), *view);
    }
    for lot in &pair.account.tail.lots {
        assert_eq!(replay.open_of(lot.month), Some(lot.amount));
    }
    replay.books().clone()
}

#[expect(clippy::too_many_arguments, reason = "each is a part of one step")]
/// One step of a history: asks for something, and does the same to the model.
fn one(
    chance: &mut Chance,
    pairs: &mut [Pair; 2],
    which: usize,
    gathers: bool,
    policy: &Policy,
    now: Timestamp,
    step: u64,
    tally: &mut Tally,
) {
    let what = if gathers {
        chance.one_of(&[0, 0, 0, 0, 0, 0, 8, 8, 5, 10, 13, 14, 15])
    } else {
        chance.below(16)
    };
    let amount = 1 + chance.below(if gathers && what == 8 { 900 } else { 300 });
    let back = chance.one_of(&[0, 0, 0, 3_600, 86_400 * 20, 86_400 * 200]);
    let occurred = now - SignedDuration::from_secs(i64::try_from(chance.below(back + 1)).unwrap());
    let pair = &mut pairs[which];
    let recorded = Timestamp::from_millisecond(now.as_millisecond()).unwrap();
    let recorded = recorded.max(pair.account.recorded_at);
    let occurred = occurred.min(recorded);
    let mut model = pair.model.clone();
    model.pass(recorded);
    let op = operation(step);
    let hold = if pair.holds.is_empty() { 7 } else { chance.one_of(&pair.holds) };
    let part = if chance.below(2) == 0 { None } else { Some(1 + chance.below(amount)) };
    let (said, expected) = match what {
        0..=4 => {
            let cap =
                RuleCap { cap: 1 + u32::from(chance.below(2) == 0), per_day_max: points(500) };
            let cap = (chance.below(3) == 0).then_some(cap);
            let posting = Posting::Earn { amount: points(amount), cap };
            let said = pair.post(posting, occurred, policy, now, op, tally);
            (said, model.earn(amount, cap, policy, occurred, recorded).map(Some))
        }
        5..=7 => {
            let posting = Posting::Spend { amount: points(amount) };
            (pair.post(posting, now, policy, now, op, tally), model.spend(amount).map(Some))
        }
        8..=9 => {
            let until = now
                + SignedDuration::from_millis(i64::try_from(chance.below(30_000_000_000)).unwrap());
            let posting = Posting::Hold { amount: points(amount), until };
            let said = pair.post(posting, now, policy, now, op, tally);
            let seq = said.as_ref().map_or(0, |entry| entry.seq);
            if said.is_ok() {
                pair.holds.push(seq);
            }
            (said, model.hold(seq, amount, until, recorded).map(|()| None))
        }
        10 => {
            let posting = Posting::Capture { hold, amount: part.map(points) };
            let said = pair.post(posting, now, policy, now, op, tally);
            (said, model.capture(hold, part, recorded).map(Some))
        }
        11 => {
            let said = pair.post(Posting::Release { hold }, now, policy, now, op, tally);
            (said, model.capture(hold, Some(0), recorded).map(|_| None))
        }
        12 => {
            let posting = Posting::Grant { amount: points(amount) };
            let said = pair.post(posting, occurred, policy, now, op, tally);
            (said, model.grant(amount, policy, occurred, recorded).map(Some))
        }
        13 => {
            let posting = Posting::Deduct { amount: points(amount) };
            (pair.post(posting, now, policy, now, op, tally), model.deduct(amount).map(Some))
        }
        14 if !pair.did.is_empty() => {
            let n = usize::try_from(chance.below(pair.did.len() as u64)).unwrap();
            let (original, mut did) = pair.did[n].clone();
            let posting = Posting::Reverse { original, amount: part.map(points) };
            let said = pair.post(posting, now, policy, now, op, tally);
            let undone = model.reverse(&mut did, part, policy, recorded);
            if said.is_ok() {
                let before = pair.did[n].0.reversed;
                let left = pair.did[n].0.amount().minus(before).unwrap();
                pair.did[n].0.reversed = before.plus(part.map_or(left, points)).unwrap();
                pair.did[n].1 = did;
            }
            (said, undone.map(|()| None))
        }
        14 | 15 if chance.below(2) == 0 => {
            transfer(pairs, which, amount, policy, now, step, tally);
            return;
        }
        _ => {
            let said = pair.post(Posting::Settle, now, policy, now, op, tally);
            if said.is_ok() {
                pair.model = model;
            } else {
                assert_eq!(said, Err(Refusal::NothingDue));
            }
            return;
        }
    };
    match (said, expected) {
        (Ok(entry), Ok(did)) => {
            pair.model = model;
            let legs = entry.legs.clone();
            let original =
                Original { legs, occurred_at: entry.occurred_at, reversed: Points::ZERO };
            pair.did.extend(did.map(|did| (original, did)));
        }
        (Err(refusal), _) if is_bound(refusal) => {
            bound_is_real(&model, refusal);
            *tally.refused.entry(refusal.code()).or_default() += 1;
        }
        (Err(refusal), Err(code)) => {
            assert_eq!(refusal.code(), code);
            *tally.refused.entry(code).or_default() += 1;
        }
        (said, expected) => panic!("step {step}: {said:?}, expected {expected:?}"),
    }
}

/// A model that did what was refused has what there is no room for.
fn bound_is_real(model: &Model, refusal: Refusal) {
    let (holds, parts) = model.held_parts();
    match refusal {
        Refusal::TooManyLots => assert!(model.lots() > LOTS_MAX),
        Refusal::TooManyPending => assert!(model.pending_places() > PENDING_MAX),
        Refusal::TooManyHolds => assert!(holds > HOLDS_MAX || parts > HOLD_PARTS_MAX),
        _ => {}
    }
}

fn transfer(
    pairs: &mut [Pair; 2],
    from: usize,
    amount: u64,
    policy: &Policy,
    now: Timestamp,
    step: u64,
    tally: &mut Tally,
) {
    let to = 1 - from;
    // Both sides are computed before either is written, as one transaction would.
    let (mut giver, mut taker) = (pairs[from].model.clone(), pairs[to].model.clone());
    let clock = |pair: &Pair| {
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap();
        now.max(pair.account.recorded_at)
    };
    let (given_at, taken_at) = (clock(&pairs[from]), clock(&pairs[to]));
    giver.pass(given_at);
    taker.pass(taken_at);
    let posting = Posting::Give { amount: points(amount) };
    let give = Request { operation: operation(step), posting, occurred_at: now };
    let Ok(Next::Entry(entry)) = post("t", &pairs[from].account, &give, policy, now) else {
        return;
    };
    let gives = entry.legs.iter().filter_map(|leg| match *leg {
        Leg::Give { month, amount } => Some(Part { month, amount }),
        _ => None,
    });
    let parts: Vec<Part> = gives.collect();
    // What is over on the other side by then stays with the giver.
    if parts.iter().any(|part| part.month.end() <= taken_at) {
        return;
    }
    let posting = Posting::Receive { parts: parts.clone() };
    let take = Request { operation: operation(step), posting, occurred_at: now };
    match post("t", &pairs[to].account, &take, policy, now) {
        Ok(Next::Entry(_)) => {}
        Ok(Next::DueFirst(_)) | Err(_) => return,
    }
    let moved = giver.give(amount).unwrap();
    let all: Vec<(Month, u64)> = parts.iter().map(|part| (part.month, part.amount.get())).collect();
    assert_eq!(moved, all);
    taker.receive(&moved, taken_at);
    let posts = [(from, give.posting, giver), (to, take.posting, taker)];
    for (which, posting, model) in posts {
        let pair = &mut pairs[which];
        pair.post(posting, now, policy, now, operation(step), tally).unwrap();
        pair.model = model;
    }
}

#[test]
fn histories_of_all_postings_are_those_of_the_plain_model() {
    let long = std::env::vars().any(|(name, _)| name == "CHAM_LONG");
    let mut tally = Tally::default();
    for seed in 0..if long { HISTORIES_LONG } else { HISTORIES } {
        history(seed, &mut tally);
    }
    let steps = STEPS * if long { HISTORIES_LONG } else { HISTORIES };
    println!(
        "{steps} steps, {} entries, {} of what was due first, the largest {} bytes; refused: {:?}",
        tally.entries, tally.due_first, tally.largest, tally.refused
    );
    assert!(tally.due_first > 0 && tally.entries > steps / 2);
    for code in [
        "insufficient_points",
        "cap_reached",
        "already_spent",
        "over_reversal",
        "no_such_hold",
        "over_capture",
        "expired_on_arrival",
        "too_many_holds",
    ] {
        assert!(tally.refused.contains_key(code), "{code} never came up");
    }
}
