//! One run of one refresher: what it does next, and what it makes of what came of it.

use jiff::{SignedDuration, Timestamp};

use super::{Ended, Exchanged, Lease, Next, Standing, TRIES_MAX, Why};

/// How long nobody tries after an exchange that may have been none.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// How long nobody tries after Zalo has said no for a reason that a person has to mend, such as another app secret.
const REFUSED_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// How often a run reads the row again before it gives way.
const READS_MAX: u8 = 4;

/// What to do now. Every write is conditional, and none is believed before it is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the row, consistently.
    Read,
    /// Find out whether Zalo's token endpoint answers at all, by a request that uses nothing up.
    Probe,
    /// Take the lease and write down that the token is about to be used.
    Claim(Claim),
    /// Exchange the refresh token.
    Exchange,
    /// Put the new pair in the place of this version.
    Swap {
        /// The version that was exchanged.
        version: u64,
    },
    /// Give the lease back and write down what is known.
    Release(Release),
    /// Write down that a person is needed, unless there is another version.
    Bury {
        /// The version that cannot be exchanged.
        version: u64,
        /// Why.
        ended: Ended,
    },
    /// Nothing more.
    Over(End),
}

/// The lease and the intent in one write: on this version, with so many tries before, and nobody else's lease.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The version that is to be exchanged.
    pub version: u64,
    /// How many tries the row must have.
    pub tries_before: u8,
    /// Who, and until when.
    pub lease: Lease,
}

/// What is written when an exchange brought no pair: on this version, and only by the owner of the lease.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Release {
    /// The version that is still there.
    pub version: u64,
    /// Exchanges of which no outcome is known.
    pub tries: u8,
    /// Nobody tries before.
    pub retry_at: Timestamp,
    /// What Zalo said, where it did.
    pub code: Option<i64>,
}

/// What came of a step.
#[derive(Clone, Debug)]
pub enum Told {
    /// The row; `None` when the account is not connected.
    Row(Option<Standing>),
    /// The row could not be read.
    Unread,
    /// Whether the token endpoint answers.
    Answers(bool),
    /// What came of a write.
    Written(Written),
    /// What came of the exchange.
    Exchanged(Exchanged),
}

/// What came of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Written {
    /// It is stored.
    Done,
    /// The row is not as the condition has it.
    Refused,
    /// Nobody knows: throttled, timed out, reply lost.
    Unknown,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The pair that is stored will do.
    Use,
    /// It was refreshed.
    Refreshed,
    /// Not before then.
    Wait(Timestamp),
    /// Zalo refuses for a reason that a person has to mend; the pair is untouched.
    Refused(i64),
    /// A person has to consent.
    Person(Ended),
    /// The account is not connected.
    Gone,
    /// The database does not answer.
    Unread,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Reading,
    Probing,
    Claiming,
    Exchanging,
    Swapping,
    Checking,
    Doubting,
    Releasing(Release),
    Burying(Ended),
    Judging,
    Over(End),
}

/// One run. Its owner's name is used by no other run, so that a claim whose reply was lost is found again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refresher {
    lease: Lease,
    why: Why,
    version: u64,
    tries: u8,
    reads: u8,
    phase: Phase,
}

impl Refresher {
    /// Begins a run that is dead by the end of `lease`.
    pub fn new(lease: Lease, why: Why) -> Self {
        Self { lease, why, version: 0, tries: 0, reads: 0, phase: Phase::Reading }
    }

    /// What to do now.
    pub fn step(&self) -> Step {
        match &self.phase {
            Phase::Reading | Phase::Checking | Phase::Doubting | Phase::Judging => Step::Read,
            Phase::Probing => Step::Probe,
            Phase::Claiming => Step::Claim(Claim {
                version: self.version,
                tries_before: self.tries,
                lease: self.lease.clone(),
            }),
            Phase::Exchanging => Step::Exchange,
            Phase::Swapping => Step::Swap { version: self.version },
            Phase::Releasing(release) => Step::Release(release.clone()),
            Phase::Burying(ended) => Step::Bury { version: self.version, ended: *ended },
            Phase::Over(end) => Step::Over(*end),
        }
    }

    /// Takes what came of the step. What does not belong to it changes nothing.
    pub fn told(&mut self, told: &Told, now: Timestamp) {
        self.phase = match (&self.phase, told) {
            (Phase::Reading, Told::Row(row)) => self.read(row.as_ref(), now),
            (Phase::Checking, Told::Row(row)) => self.checked(row.as_ref()),
            (Phase::Doubting, Told::Row(row)) => self.doubted(row.as_ref()),
            // The pair is in nobody's hands but ours: again, as long as there is time.
            (Phase::Checking, Told::Unread) => Phase::Swapping,
            (Phase::Reading | Phase::Doubting | Phase::Judging, Told::Unread) => {
                Phase::Over(End::Unread)
            }
            (Phase::Probing, Told::Answers(true)) => Phase::Claiming,
            (Phase::Probing, Told::Answers(false)) => Phase::Over(End::Wait(now + PAUSE)),
            (Phase::Claiming, Told::Written(Written::Done)) => {
                self.tries += 1;
                Phase::Exchanging
            }
            (Phase::Claiming, Told::Written(Written::Refused | Written::Unknown)) => Phase::Reading,
            (Phase::Exchanging, Told::Exchanged(exchanged)) => self.exchanged(exchanged, now),
            (Phase::Swapping, Told::Written(Written::Done)) => Phase::Over(End::Refreshed),
            (Phase::Swapping, Told::Written(Written::Refused | Written::Unknown)) => {
                Phase::Checking
            }
            (Phase::Releasing(Release { code: Some(code), .. }), Told::Written(_)) => {
                Phase::Over(End::Refused(*code))
            }
            (Phase::Releasing(release), Told::Written(_)) => {
                Phase::Over(End::Wait(release.retry_at))
            }
            (Phase::Burying(ended), Told::Written(Written::Done)) => {
                Phase::Over(End::Person(*ended))
            }
            (Phase::Burying(_), Told::Written(Written::Refused | Written::Unknown)) => {
                Phase::Judging
            }
            (Phase::Judging, Told::Row(row)) => Phase::Over(self.judged(row.as_ref(), now)),
            (phase, _) => phase.clone(),
        };
    }

    fn read(&mut self, row: Option<&Standing>, now: Timestamp) -> Phase {
        let Some(row) = row else { return Phase::Over(End::Gone) };
        let is_claimed = row.lease.as_ref().is_some_and(|lease| lease.owner == self.lease.owner)
            && row.version == self.version
            && row.tries == self.tries + 1;
        if is_claimed {
            self.tries = row.tries;
            return Phase::Exchanging;
        }
        (self.version, self.tries) = (row.version, row.tries);
        self.reads += 1;
        match row.next(self.why, now) {
            Next::Use => Phase::Over(End::Use),
            Next::Wait(until) => Phase::Over(End::Wait(until)),
            Next::Person(ended) => Phase::Over(End::Person(ended)),
            Next::Refresh if self.reads > READS_MAX => Phase::Over(End::Wait(now + PAUSE)),
            Next::Refresh if self.tries >= TRIES_MAX => Phase::Burying(Ended::Lost),
            // Whoever used it last has not lived to say what came of it: the one retry is not spent on an outage.
            Next::Refresh if self.tries > 0 => Phase::Probing,
            Next::Refresh => Phase::Claiming,
        }
    }

    fn exchanged(&self, exchanged: &Exchanged, now: Timestamp) -> Phase {
        let release = |tries, pause: SignedDuration, code| {
            let (version, retry_at) = (self.version, now + pause);
            Phase::Releasing(Release { version, tries, retry_at, code })
        };
        match exchanged {
            Exchanged::Granted(_) => Phase::Swapping,
            Exchanged::Rejected { .. } => Phase::Doubting,
            Exchanged::Refused { code } => release(self.tries - 1, REFUSED_PAUSE, Some(*code)),
            Exchanged::NotSent => release(self.tries - 1, PAUSE, None),
            Exchanged::Doubtful => release(self.tries, PAUSE, None),
        }
    }

    /// Somebody else may have put this very pair there: the write whose reply was lost, or a person who consented.
    fn checked(&self, row: Option<&Standing>) -> Phase {
        match row {
            None => Phase::Over(End::Gone),
            Some(row) if row.version > self.version => Phase::Over(End::Refreshed),
            Some(_) => Phase::Swapping,
        }
    }

    /// A rejected token is dead only if nobody has replaced it meanwhile.
    fn doubted(&self, row: Option<&Standing>) -> Phase {
        match row {
            None => Phase::Over(End::Gone),
            Some(row) if row.version > self.version => Phase::Over(End::Use),
            Some(_) if self.tries >= TRIES_MAX => Phase::Burying(Ended::Lost),
            Some(_) => Phase::Burying(Ended::Rejected),
        }
    }

    /// Somebody else may have been faster to write it, or to mend it.
    fn judged(&self, row: Option<&Standing>, now: Timestamp) -> End {
        match row {
            None => End::Gone,
            Some(Standing { ended: Some(ended), .. }) => End::Person(*ended),
            Some(row) if row.version > self.version => End::Use,
            Some(_) => End::Wait(now + PAUSE),
        }
    }
}
