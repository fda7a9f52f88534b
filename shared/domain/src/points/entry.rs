//! One entry of an account, and its bytes: written once, never changed, chained by digests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    AccountId, CAPS_MAX, EARNED_MAX, HOLD_PARTS_MAX, HOLDS_MAX, LEGS_MAX, Leg, PENDING_MAX, Tail,
    tail::Stamp,
};
use crate::id::OperationId;

/// The first 128 bits of the SHA-256 of an entry: who changes one has to change all after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest([u8; 16]);

/// One step of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u32,
    /// When it was recorded: never before the entry before it. Everything in it is judged at this instant. In milliseconds.
    pub recorded_at: Timestamp,
    /// When what it records happened: chooses the lot and the month that tiers count. Of a reversal, that of the original.
    pub occurred_at: Timestamp,
    /// What it was asked for under.
    pub operation: OperationId,
    /// What moved: first what had fallen due by itself.
    pub legs: Vec<Leg>,
    /// What it left.
    pub tail: Tail,
    /// The digest of the entry before; [`Digest::NONE`] for the first.
    pub previous: Digest,
}

/// Why stored bytes are not an entry.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not the coding of one.
    #[error("the bytes of the entry cannot be read")]
    Coding(#[source] postcard::Error),
    /// Readable, and not what would ever be written.
    #[error("the entry breaks a bound: {0}")]
    Bound(&'static str),
}

/// The coding: integers as varints (postcard 1, a stable format).
#[derive(Serialize, Deserialize)]
struct Coded {
    seq: u32,
    recorded_ms: u64,
    occurred_ms: u64,
    operation: OperationId,
    previous: Digest,
    legs: Vec<Leg>,
    tail: Tail,
}

impl Digest {
    /// Before the first entry.
    pub const NONE: Self = Self([0; 16]);
}

impl Entry {
    /// The bytes that are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let coded = Coded {
            seq: self.seq,
            recorded_ms: ms(self.recorded_at),
            occurred_ms: ms(self.occurred_at),
            operation: self.operation,
            previous: self.previous,
            legs: self.legs.clone(),
            tail: self.tail.clone(),
        };
        postcard::to_allocvec(&coded).expect("numbers and lists can always be written")
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// When they are not what [`Entry::to_bytes`] writes, to the byte.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let coded: Coded = postcard::from_bytes(bytes).map_err(Unreadable::Coding)?;
        let time = |ms: u64| {
            let ms = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
            ms.ok_or(Unreadable::Bound("time"))
        };
        let entry = Self {
            seq: coded.seq,
            recorded_at: time(coded.recorded_ms)?,
            occurred_at: time(coded.occurred_ms)?,
            operation: coded.operation,
            legs: coded.legs,
            tail: coded.tail,
            previous: coded.previous,
        };
        entry.bounds()?;
        if entry.to_bytes() != bytes {
            return Err(Unreadable::Bound("bytes"));
        }
        Ok(entry)
    }

    /// The digest that the next entry carries: over the account too, so that an entry cannot be moved to another.
    pub fn digest(&self, account: &AccountId) -> Digest {
        let mut hash = Sha256::new();
        let account = account.to_string();
        hash.update((account.len() as u64).to_be_bytes());
        hash.update(account.as_bytes());
        hash.update(self.to_bytes());
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Digest(digest)
    }

    /// What the entry did to the balance.
    pub fn change(&self) -> i64 {
        let change = |leg: &Leg| {
            let (from, to) = leg.sides()?;
            let amount = i64::try_from(leg.amount().get()).ok()?;
            Some(amount * (i64::from(to.is_own()) - i64::from(from.is_own())))
        };
        self.legs.iter().filter_map(change).sum()
    }

    pub(super) fn stamp(&self) -> Stamp {
        let Self { seq, recorded_at, occurred_at, .. } = *self;
        Stamp { seq, recorded_at, occurred_at }
    }

    /// Checks every list: what is larger, out of order or empty was not written here.
    fn bounds(&self) -> Result<(), Unreadable> {
        let tail = &self.tail;
        let parts = || tail.holds.iter().flat_map(|hold| &hold.parts);
        let sorted = tail.lots.is_sorted_by(|a, b| a.month < b.month)
            && tail.pending.is_sorted_by(|a, b| (a.day, a.month) < (b.day, b.month))
            && tail.holds.is_sorted_by(|a, b| a.seq < b.seq)
            && tail.earned.is_sorted_by(|a, b| a.month < b.month)
            && tail.caps.is_sorted_by(|a, b| (a.day, a.cap) < (b.day, b.cap));
        let amounts = tail.lots.iter().map(|lot| lot.amount);
        let amounts = amounts.chain(tail.pending.iter().map(|pending| pending.amount));
        let amounts = amounts.chain(parts().map(|part| part.amount));
        let amounts = amounts.chain(tail.earned.iter().map(|earned| earned.amount));
        let full = amounts.chain(tail.caps.iter().map(|cap| cap.amount)).all(|a| !a.is_zero());
        for (holds, what) in [
            (self.seq > 0, "seq"),
            (self.legs.len() <= LEGS_MAX, "legs"),
            (tail.fits().is_ok(), "balance"),
            (tail.pending.len() <= PENDING_MAX, "pending"),
            (tail.holds.len() <= HOLDS_MAX, "holds"),
            (tail.holds.iter().all(|hold| !hold.parts.is_empty()), "hold"),
            (parts().count() <= HOLD_PARTS_MAX, "parts"),
            (tail.earned.len() <= EARNED_MAX, "earned"),
            (tail.caps.len() <= CAPS_MAX, "caps"),
            (sorted, "order"),
            (full, "amount"),
        ] {
            if !holds {
                return Err(Unreadable::Bound(what));
            }
        }
        Ok(())
    }
}

/// Milliseconds since 1970; entries are recorded after it.
fn ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
