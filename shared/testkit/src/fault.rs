//! What can go wrong between the SDK and DynamoDB, on order; and a log of every call with its exact capacity.
//!
//! Source: AWS "Error handling with DynamoDB" and "Managing complex workflows with transactions", read 2026-11. The local engine
//! serialises everything, so conflicts, throttling and lost answers never come by themselves.
//! Units: DynamoDB capacity units. A refused call is logged without units, since its answer carries none.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{crash::Crash, turns::Seat};

/// What happens to one physical call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The process dies before the call reaches DynamoDB.
    CrashBefore,
    /// The process dies after DynamoDB has acted and before it hears so.
    CrashAfter,
    /// DynamoDB acts; the caller's time-out ends the wait.
    TimeoutWithEffect,
    /// The request is lost; the caller's time-out ends the wait.
    TimeoutWithoutEffect,
    /// A transaction is under way on the item. Nothing to conflict with: other reads, batches and definitions.
    Conflict,
    /// DynamoDB wants fewer requests.
    Throttle,
    /// DynamoDB acts, and the connection breaks before the answer.
    LostReply,
}

impl Fault {
    /// Every fault, for a matrix.
    pub const ALL: [Self; 7] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::TimeoutWithEffect,
        Self::TimeoutWithoutEffect,
        Self::Conflict,
        Self::Throttle,
        Self::LostReply,
    ];
}

/// What a planned fault did to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// No fault was planned for this call.
    Spared,
    /// The fault happened.
    Struck(Fault),
    /// The fault cannot befall this operation: the call went through untouched. A matrix counts these.
    NotApplicable(Fault),
}

/// What the engine made of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Applied,
    /// Refused by the engine or by a fault, with the error's short name: `ConditionalCheckFailedException`.
    Refused(String),
    /// Never reached the engine.
    Lost,
}

/// One physical call: a retry of the SDK is another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Counted from 1 since the faults were made.
    pub number: u64,
    /// DynamoDB's name: `PutItem`.
    pub operation: String,
    /// Every table that it names, once, in order of first mention.
    pub tables: Vec<String>,
    /// The client request token of a transaction.
    pub token: Option<String>,
    /// What became of it in the engine.
    pub outcome: Outcome,
    /// What was done to it on the way.
    pub hit: Hit,
    /// Written, indexes included.
    pub write_units: f64,
    /// Read; a replayed transaction counts here.
    pub read_units: f64,
    /// The part of both that indexes cost.
    pub index_units: f64,
    /// Items that were named or, by a query or scan, found.
    pub items: usize,
}

/// Capacity of several calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Written, indexes included.
    pub write: f64,
    /// Read.
    pub read: f64,
    /// The part of both that indexes cost.
    pub index: f64,
    /// Calls, also those without units.
    pub calls: usize,
}

impl Units {
    /// Adds up.
    pub fn of(calls: &[Call]) -> Self {
        calls.iter().fold(Self::default(), |sum, call| Self {
            write: sum.write + call.write_units,
            read: sum.read + call.read_units,
            index: sum.index + call.index_units,
            calls: sum.calls + 1,
        })
    }
}

/// A place in the log of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// The faults between one or more clients and one engine. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    pub(crate) crash: Crash,
    seat: Arc<Mutex<Option<Arc<Seat>>>>,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    plan: BTreeMap<u64, Fault>,
    calls: Vec<Call>,
}

impl Faults {
    /// Nothing planned, nothing logged.
    pub fn new() -> Self {
        Self::default()
    }

    /// Faults of a process that something else can kill too, such as the stand-in for Zalo: one wait is then enough, and the
    /// dead process reaches the database no more.
    pub fn sharing(crash: Crash) -> Self {
        Self { crash, ..Self::default() }
    }

    /// From now on every call waits for its turn; `None` for a caller that goes when it likes, and for one that is over.
    pub fn sit(&self, seat: Option<Seat>) {
        *self.seat.lock().expect("nothing panics while it holds the lock") = seat.map(Arc::new);
    }

    pub(crate) async fn turn(&self) {
        let seat = self.seat.lock().expect("nothing panics while it holds the lock").clone();
        if let Some(seat) = seat {
            seat.turn().await;
        }
    }

    /// Lets `fault` befall the `nth` physical call from now, counted from 1, once.
    pub fn plan(&self, nth: u64, fault: Fault) {
        let mut state = self.state();
        let number = state.begun + nth.max(1);
        state.plan.insert(number, fault);
    }

    /// How many planned faults have not met their call yet: a matrix ends where one is left over.
    pub fn waiting(&self) -> usize {
        self.state().plan.len()
    }

    /// Forgets what is planned.
    pub fn clear(&self) {
        self.state().plan.clear();
    }

    /// Resolves when a planned crash happens; see [`Crash::wait`].
    pub async fn crashed(&self) {
        self.crash.wait().await;
    }

    /// The crash handle that these faults fire.
    pub fn crash(&self) -> Crash {
        self.crash.clone()
    }

    /// The present end of the log.
    pub fn mark(&self) -> Mark {
        Mark(self.state().begun)
    }

    /// What was called after `mark`.
    pub fn calls_since(&self, mark: Mark) -> Vec<Call> {
        self.state().calls.iter().filter(|call| call.number > mark.0).cloned().collect()
    }

    /// What was called at all.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Capacity used after `mark`.
    pub fn units_since(&self, mark: Mark) -> Units {
        Units::of(&self.calls_since(mark))
    }

    /// Numbers a call and says what is planned for it.
    pub(crate) fn begin(&self) -> (u64, Option<Fault>) {
        let mut state = self.state();
        state.begun += 1;
        let number = state.begun;
        (number, state.plan.remove(&number))
    }

    pub(crate) fn record(&self, call: Call) {
        self.state().calls.push(call);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the lock")
    }
}
