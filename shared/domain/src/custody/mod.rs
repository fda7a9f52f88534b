//! Who may refresh the token pair of an Official Account, and what follows from each way in which that can go wrong.
//!
//! A refresh token works once: whoever loses the new pair silences the business until an admin consents again. So there is one
//! refresher at a time, under a lease that outlives it; what it is about to do is written before it does it; and the new pair is
//! stored under the condition that the version of the pair is still the one it exchanged. [`Refresher`] is that protocol, step by
//! step, without a clock, a database or Zalo: `cloud` carries its steps out, and a test walks through all of its interleavings.
//!
//! Source: OAuth v4 for Official Accounts, read 2026-11. An access token lives 25 h, a refresh token three months.

mod answer;
mod consent;
mod refresher;

use jiff::{SignedDuration, Timestamp};

pub use answer::{Exchanged, Grant, LIFE, proof_of, read_exchange};
pub use consent::{BadLink, ConsentLink, Verifier};
pub use refresher::{Claim, End, Refresher, Release, Step, Told, Written};

/// Most exchanges of one token whose outcome nobody learnt: the first and one counted retry.
pub const TRIES_MAX: u8 = 2;

/// A pair is refreshed at the latest after this, whatever its life: twice a day.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(12);

/// A token counts as over so long before its end: a call that begins with it has to end with it.
const EARLY: SignedDuration = SignedDuration::from_mins(2);

/// A pair younger than this is not refreshed because Zalo refuses its access token: it is something else then, and refreshing for
/// every message would only use tokens up.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);

/// What is known of a pair but the tokens themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Counts the pairs of this account.
    pub version: u64,
    /// When the pair came.
    pub issued_at: Timestamp,
    /// When the access token ends; `None` for one that somebody typed without a word about it.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token came: it stays where an answer brings none. `None` without one.
    pub refresh_issued_at: Option<Timestamp>,
    /// Who is refreshing.
    pub lease: Option<Lease>,
    /// Exchanges of this refresh token of which no outcome is stored.
    pub tries: u8,
    /// Nobody tries before.
    pub retry_at: Option<Timestamp>,
    /// Why no refresh is possible any more.
    pub ended: Option<Ended>,
}

/// Who is refreshing, and until when nobody else may.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// One run of one function.
    pub owner: String,
    /// By then the owner is dead.
    pub until: Timestamp,
}

/// Why a person has to consent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// Zalo does not know the refresh token: revoked, expired, or used elsewhere.
    Rejected,
    /// Zalo may have exchanged it, and the new pair has never reached us.
    Lost,
    /// There is none: an access token alone was given.
    NoRefreshToken,
}

impl Ended {
    /// The stable word that rows and pages have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "refresh_rejected",
            Self::Lost => "refresh_lost",
            Self::NoRefreshToken => "no_refresh_token",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Rejected, Self::Lost, Self::NoRefreshToken].into_iter().find(|e| e.as_str() == word)
    }
}

/// Why somebody asks for a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// It is time to look: what will soon be old is refreshed, and what nobody can refresh is told.
    Schedule,
    /// Somebody wants to send: what is over is refreshed.
    Needed,
    /// Zalo has refused the access token of this version.
    Refused(u64),
}

/// What is to be done about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Its access token will do.
    Use,
    /// It has to be refreshed, and nobody is at it.
    Refresh,
    /// Not before then: somebody is at it, or has just failed.
    Wait(Timestamp),
    /// A person has to consent.
    Person(Ended),
}

impl Standing {
    /// What is to be done about the pair at `now`.
    pub fn next(&self, why: Why, now: Timestamp) -> Next {
        let is_wanted = match why {
            Why::Schedule => self.ended.is_some() || self.refresh_at().is_some_and(|at| at <= now),
            Why::Needed => self.is_over(now),
            Why::Refused(version) => self.version == version,
        };
        if !is_wanted {
            return Next::Use;
        }
        if let Some(ended) = self.ended {
            return Next::Person(ended);
        }
        if self.refresh_issued_at.is_none() {
            return Next::Person(Ended::NoRefreshToken);
        }
        if let Some(lease) = self.lease.as_ref().filter(|lease| lease.until > now) {
            return Next::Wait(lease.until);
        }
        let young = self.issued_at + YOUNG;
        if matches!(why, Why::Refused(_)) && young > now {
            return Next::Wait(young);
        }
        match self.retry_at.filter(|at| *at > now) {
            Some(at) => Next::Wait(at),
            None => Next::Refresh,
        }
    }

    /// Whether the access token is over, or nearly.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at - EARLY <= now)
    }

    /// When the schedule refreshes it: at 60 % of its life, and twice a day; `None` where no end is known.
    pub fn refresh_at(&self) -> Option<Timestamp> {
        let life = self.expires_at?.duration_since(self.issued_at);
        Some(self.issued_at + (life * 3 / 5).min(AGE_MAX))
    }
}

#[cfg(test)]
mod tests;
