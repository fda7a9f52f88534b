//! What one run of a handler knows about itself: who it is, what time it is, and when it will be dead.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};

/// How long after an invocation's deadline its claims are free again, in seconds.
///
/// At the deadline the platform kills the sandbox, so a claim that outlives it by more than the clocks of two machines differ
/// proves its owner dead.
pub const LEASE_MARGIN_S: i64 = 30;

/// What tells the time: the machine's clock in a real function, the simulated one in a local run.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One run of a handler.
#[derive(Clone)]
pub struct Invocation {
    /// The platform's request id: the owner of every claim that this run makes.
    pub id: String,
    /// When the platform ends this run.
    pub deadline: Timestamp,
    clock: Clock,
}

impl Invocation {
    /// Takes the deadline as Lambda tells it, in ms since the epoch; one that no clock can show is the epoch, so that no call
    /// starts.
    pub fn new(id: impl Into<String>, deadline_ms: u64, clock: Clock) -> Self {
        let deadline = i64::try_from(deadline_ms).ok();
        let deadline = deadline.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self { id: id.into(), deadline: deadline.unwrap_or(Timestamp::UNIX_EPOCH), clock }
    }

    /// The time now. A batch takes a while: it is asked again for every row and every call.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether a call that may take as long as `call` ends before the deadline: none starts that does not.
    pub fn time_for(&self, call: SignedDuration) -> bool {
        self.deadline.duration_since(self.now()) > call
    }

    /// Until when the claims of this run hold: [`LEASE_MARGIN_S`] after its deadline.
    pub fn lease_until(&self) -> Timestamp {
        self.deadline
            .checked_add(SignedDuration::from_secs(LEASE_MARGIN_S))
            .unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("id", &self.id)
            .field("deadline", &self.deadline)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(left: SignedDuration) -> Invocation {
        let deadline: Timestamp = "2026-11-20T08:00:10+07:00".parse().unwrap();
        let ms = u64::try_from(deadline.as_millisecond()).unwrap();
        Invocation::new("request-1", ms, Arc::new(move || deadline - left))
    }

    #[test]
    fn a_call_that_could_reach_the_deadline_does_not_start() {
        let invocation = invocation(SignedDuration::from_secs(10));
        assert!(invocation.time_for(SignedDuration::from_millis(9_999)));
        assert!(!invocation.time_for(SignedDuration::from_secs(10)));
        assert!(!invocation.time_for(SignedDuration::MAX));
    }

    #[test]
    fn nothing_starts_after_the_deadline() {
        assert!(!invocation(SignedDuration::from_secs(-1)).time_for(SignedDuration::ZERO));
    }

    #[test]
    fn a_lease_outlives_the_run_that_took_it() {
        let invocation = invocation(SignedDuration::ZERO);
        let outlived = invocation.lease_until().duration_since(invocation.deadline);
        assert_eq!(outlived.as_secs(), LEASE_MARGIN_S);
    }

    #[test]
    fn a_deadline_that_no_clock_can_show_lets_no_call_start() {
        let clock: Clock = Arc::new(|| Timestamp::from_second(1).unwrap());
        assert!(!Invocation::new("request-1", u64::MAX, clock).time_for(SignedDuration::ZERO));
    }
}
