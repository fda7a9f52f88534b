//! All interleavings of two refreshers, with every fault at every step.
//!
//! The world is a row, Zalo's own knowledge of which token is good, two runs, and writes and requests that are still on their way.
//! From every state every step of either run is taken with every outcome that it can have; states are visited once. Each run may
//! begin again until it has no runs left, so that what a dead one left is found by the next.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::{SignedDuration, Timestamp};

use super::super::*;
use crate::secret::Secret;

/// How often each of the two begins; `CHAM_LONG=1` has one run more, and seven million states.
const RUNS: u8 = 2;
const RUNS_LONG: u8 = 3;

/// Most writes and requests on their way at once.
const PENDING_MAX: usize = 1;

fn now() -> Timestamp {
    "2026-11-20T20:00:00+07:00".parse().unwrap()
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    row: Standing,
    /// Which pair the row holds, by the order in which Zalo made them.
    pair: u8,
    /// Which one's refresh token Zalo would exchange.
    good: u8,
    /// Exchanges of the present pair that reached Zalo or may have, and were not told to have used nothing up.
    uses: u8,
    runs: [Run; 2],
    pending: Vec<Pending>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Run {
    machine: Option<Refresher>,
    /// The pair that the row held when it was claimed: the one whose token is exchanged.
    claimed: u8,
    /// The pair that Zalo gave and the row has not got yet.
    held: Option<u8>,
    begun: u8,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Pending {
    Write(Write),
    Exchange(u8),
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Write {
    Claim(Claim),
    Swap { version: u64, pair: u8 },
    Release(Release, String),
    Bury { version: u64, ended: Ended, owner: String },
}

/// How one step goes wrong, or does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Well,
    /// Throttled, refused, timed out before it reached the other side.
    WithoutEffect,
    /// Timed out, or its reply lost, after it was done.
    WithEffect,
    /// Timed out, and done some time later.
    Late,
    CrashBefore,
    CrashAfter,
    /// Refused in so many words.
    NotSent,
    CrashLate,
}

const WAYS: [Way; 8] = [
    Way::Well,
    Way::WithoutEffect,
    Way::WithEffect,
    Way::Late,
    Way::CrashBefore,
    Way::CrashAfter,
    Way::NotSent,
    Way::CrashLate,
];

impl World {
    fn new() -> Self {
        let row = Standing {
            version: 1,
            issued_at: now() - SignedDuration::from_hours(13),
            expires_at: Some(now() + SignedDuration::from_hours(12)),
            refresh_issued_at: Some(now() - SignedDuration::from_hours(13)),
            lease: None,
            tries: 0,
            retry_at: None,
            ended: None,
        };
        let run = Run { machine: None, claimed: 0, held: None, begun: 0 };
        let runs = [run.clone(), run];
        Self { row, pair: 1, good: 1, uses: 0, runs, pending: Vec::new() }
    }

    fn begin(&mut self, which: usize) {
        let run = &mut self.runs[which];
        run.begun += 1;
        let owner = format!("{which}-{}", run.begun);
        let lease = Lease { owner, until: now() + SignedDuration::from_mins(2) };
        run.machine = Some(Refresher::new(lease, Why::Schedule));
    }

    /// A lease whose owner is dead runs out, and so does a pause.
    fn time_passes(&mut self) {
        let alive = |owner: &str| {
            let of = |(which, run): (usize, &Run)| {
                run.machine.is_some() && format!("{which}-{}", run.begun) == owner
            };
            self.runs.iter().enumerate().any(of)
        };
        if self.row.lease.as_ref().is_some_and(|lease| !alive(&lease.owner)) {
            self.row.lease = None;
        }
        self.row.retry_at = None;
    }

    fn write(&mut self, write: &Write) -> Written {
        let row = &mut self.row;
        let owner = row.lease.as_ref().map(|lease| lease.owner.clone());
        let is = match write {
            Write::Claim(claim) => {
                row.version == claim.version
                    && row.tries == claim.tries_before
                    && owner.is_none()
                    && row.ended.is_none()
            }
            Write::Swap { version, .. } => row.version == *version,
            Write::Release(release, by) => {
                row.version == release.version && owner.as_ref() == Some(by)
            }
            Write::Bury { version, owner: by, .. } => {
                let is_left = row.tries >= TRIES_MAX && owner.is_none();
                row.version == *version && (owner.as_ref() == Some(by) || is_left)
            }
        };
        if !is {
            return Written::Refused;
        }
        match write {
            Write::Claim(claim) => {
                row.lease = Some(claim.lease.clone());
                row.tries = claim.tries_before + 1;
            }
            Write::Swap { version, pair } => {
                assert!(*pair > self.pair, "an older pair has taken the place of a newer one");
                self.pair = *pair;
                self.uses = 0;
                row.version = version + 1;
                row.issued_at = now();
                (row.lease, row.tries, row.retry_at, row.ended) = (None, 0, None, None);
            }
            Write::Release(release, _) => {
                row.tries = release.tries;
                (row.lease, row.retry_at) = (None, Some(release.retry_at));
            }
            Write::Bury { ended, .. } => {
                (row.lease, row.ended) = (None, Some(*ended));
            }
        }
        Written::Done
    }

    /// Zalo exchanges the refresh token of `pair`, or does not know it.
    fn zalo(&mut self, pair: u8) -> Option<u8> {
        (self.good == pair).then(|| {
            self.good += 1;
            self.good
        })
    }

    /// The world after this step of this run, or `None` where the step cannot go that way.
    fn after(&self, which: usize, way: Way) -> Option<Self> {
        let mut world = self.clone();
        let machine = self.runs[which].machine.as_ref()?;
        let owner = format!("{which}-{}", self.runs[which].begun);
        let crash = |mut world: Self| {
            world.runs[which].machine = None;
            (world.runs[which].claimed, world.runs[which].held) = (0, None);
            Some(world)
        };
        let room = self.pending.len() < PENDING_MAX;
        let told = match machine.step() {
            Step::Over(_) => {
                world.runs[which].machine = None;
                return (way == Way::Well).then_some(world);
            }
            Step::Read => match way {
                Way::Well => Told::Row(Some(world.row.clone())),
                Way::WithoutEffect => Told::Unread,
                Way::CrashBefore => return crash(world),
                _ => return None,
            },
            Step::Probe => match way {
                Way::Well => Told::Answers(true),
                Way::WithoutEffect => Told::Answers(false),
                Way::CrashBefore => return crash(world),
                _ => return None,
            },
            Step::Exchange => {
                let pair = self.runs[which].claimed;
                self.nobody_else_uses(which);
                let sent = |world: &mut Self| {
                    world.uses += 1;
                    assert!(world.uses <= TRIES_MAX, "a token was used a third time");
                };
                Told::Exchanged(match way {
                    Way::Well => {
                        sent(&mut world);
                        match world.zalo(pair) {
                            Some(new) => {
                                world.runs[which].held = Some(new);
                                granted()
                            }
                            None => Exchanged::Rejected { code: -14_014 },
                        }
                    }
                    Way::NotSent => Exchanged::NotSent,
                    Way::WithoutEffect => {
                        sent(&mut world);
                        Exchanged::Doubtful
                    }
                    Way::WithEffect => {
                        sent(&mut world);
                        world.zalo(pair);
                        Exchanged::Doubtful
                    }
                    Way::Late | Way::CrashLate if room => {
                        sent(&mut world);
                        world.pending.push(Pending::Exchange(pair));
                        if way == Way::CrashLate {
                            return crash(world);
                        }
                        Exchanged::Doubtful
                    }
                    Way::Late | Way::CrashLate => return None,
                    Way::CrashBefore => return crash(world),
                    Way::CrashAfter => {
                        sent(&mut world);
                        world.zalo(pair);
                        return crash(world);
                    }
                })
            }
            step => {
                let write = match step {
                    Step::Claim(claim) => Write::Claim(claim),
                    Step::Swap { version } => {
                        Write::Swap { version, pair: self.runs[which].held.unwrap() }
                    }
                    Step::Release(release) => Write::Release(release, owner),
                    Step::Bury { version, ended } => Write::Bury { version, ended, owner },
                    Step::Read | Step::Probe | Step::Exchange | Step::Over(_) => unreachable!(),
                };
                Told::Written(match way {
                    Way::Well => world.write(&write),
                    Way::WithoutEffect => Written::Unknown,
                    Way::WithEffect => {
                        world.write(&write);
                        Written::Unknown
                    }
                    Way::Late | Way::CrashLate if room => {
                        world.pending.push(Pending::Write(write));
                        if way == Way::CrashLate {
                            return crash(world);
                        }
                        Written::Unknown
                    }
                    Way::Late | Way::CrashLate | Way::NotSent => return None,
                    Way::CrashBefore => return crash(world),
                    Way::CrashAfter => {
                        world.write(&write);
                        return crash(world);
                    }
                })
            }
        };
        let machine = world.runs[which].machine.as_mut().unwrap();
        machine.told(&told, now());
        let step = machine.step();
        world.runs[which].claimed = if step == Step::Exchange { world.pair } else { 0 };
        if let Step::Over(end) = step {
            if end == End::Refreshed {
                assert!(world.row.version > 1, "told of a pair that is not stored");
            }
            world.runs[which].held = None;
        }
        Some(world)
    }

    /// Nobody who is alive is using the token, or holds what it brought.
    fn nobody_else_uses(&self, which: usize) {
        let other = &self.runs[1 - which];
        let uses = other.machine.as_ref().is_some_and(|machine| machine.step() == Step::Exchange);
        assert!(!uses && other.held.is_none(), "two live callers use one token");
    }

    fn is_idle(&self) -> bool {
        self.runs.iter().all(|run| run.machine.is_none())
    }

    fn deliver(&mut self, which: usize) {
        match self.pending.remove(which) {
            Pending::Write(write) => {
                self.write(&write);
            }
            // Its caller is not there any more, or has given up: nobody hears the answer.
            Pending::Exchange(pair) => {
                self.zalo(pair);
            }
        }
    }

    /// What comes of it when nothing goes wrong any more.
    fn settled(mut self) -> Self {
        while !self.pending.is_empty() {
            self.deliver(0);
        }
        for _ in 0..4 {
            self.time_passes();
            self.begin(0);
            while self.runs[0].machine.is_some() {
                self = self.after(0, Way::Well).unwrap();
            }
        }
        self
    }
}

fn granted() -> Exchanged {
    let (access, refresh) = (Secret::new("a"), Some(Secret::new("r")));
    Exchanged::Granted(Grant { access, refresh, life: LIFE })
}

#[derive(Default, Debug)]
struct Count {
    states: usize,
    steps: usize,
    settled: usize,
    refreshed: usize,
    lost: usize,
    given_up: usize,
}

fn fingerprint(world: &World) -> (u64, u64) {
    let (mut one, mut two) = (DefaultHasher::new(), DefaultHasher::new());
    world.hash(&mut one);
    7u8.hash(&mut two);
    world.hash(&mut two);
    (one.finish(), two.finish())
}

#[test]
fn no_interleaving_of_two_refreshers_uses_a_token_twice_or_loses_one_unseen() {
    let runs = if std::env::var_os("CHAM_LONG").is_some() { RUNS_LONG } else { RUNS };
    let mut count = Count::default();
    let mut seen = HashSet::new();
    let mut left = vec![World::new()];
    while let Some(world) = left.pop() {
        if !seen.insert(fingerprint(&world)) {
            continue;
        }
        count.states += 1;
        if world.is_idle() {
            judge(world.clone().settled(), &mut count);
        }
        let mut next = Vec::new();
        for which in 0..2 {
            if world.runs[which].machine.is_some() {
                next.extend(WAYS.iter().filter_map(|way| world.after(which, *way)));
            } else if world.runs[which].begun < runs {
                let mut begun = world.clone();
                begun.begin(which);
                next.push(begun);
            }
        }
        for which in 0..world.pending.len() {
            let mut delivered = world.clone();
            delivered.deliver(which);
            next.push(delivered);
        }
        let mut later = world.clone();
        later.time_passes();
        next.push(later);
        count.steps += next.len();
        left.extend(next);
    }
    println!("two refreshers, {runs} runs each: {count:?}");
    assert!(count.lost > 0 && count.given_up > 0 && count.refreshed > 0, "{count:?}");
    assert!(count.states > 100_000, "{count:?}");
}

/// What is there in the end is the pair that Zalo knows, or a person is told.
fn judge(world: World, count: &mut Count) {
    count.settled += 1;
    match (world.row.ended, world.pair == world.good) {
        (None, true) => {
            assert_eq!(world.row.version, 2, "nobody has refreshed it");
            count.refreshed += 1;
        }
        (Some(Ended::Lost), false) => count.lost += 1,
        // Twice nobody learnt what came of it, and both times nothing had.
        (Some(Ended::Lost), true) => count.given_up += 1,
        (ended, is_good) => panic!("ended {ended:?} while the pair is good: {is_good}"),
    }
}
