//! An account: whose points of which currency, and how its last entry left it.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Digest, Entry, Points, Tail};
use crate::id::CustomerId;

/// Longest name of a currency, in bytes: it stands in the key of every entry.
const CURRENCY_BYTES_MAX: usize = 12;

/// How far a reader looks ahead for what ends soon.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A kind of points of one business: `diem`, `xu`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// An account. Prints as the key that it has within its tenant, which names nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    /// Whose.
    pub customer: CustomerId,
    /// Of which points.
    pub currency: Currency,
}

/// Where an account stands: its last entry, or nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub id: AccountId,
    /// The number of the last entry; 0 when there is none.
    pub seq: u32,
    /// When the last entry was recorded.
    pub recorded_at: Timestamp,
    /// The last entry's own digest.
    pub digest: Digest,
    /// What it left.
    pub tail: Tail,
}

/// What a reader sees of an account at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Everything, held and pending too, less what is owed.
    pub balance: i64,
    /// What can be spent now.
    pub available: Points,
    /// What is put aside.
    pub held: Points,
    /// What can be spent later.
    pub pending: Points,
    /// What is owed.
    pub debt: Points,
    /// What of the available ends within 30 days.
    pub expiring_30_days: Points,
    /// When the next of them ends.
    pub next_expiry: Option<Timestamp>,
}

impl Currency {
    /// Reads a name: 1 to 12 lower-case letters and digits, a letter first.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = text.bytes();
        let fits = bytes.next().is_some_and(|b| b.is_ascii_lowercase())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && text.len() <= CURRENCY_BYTES_MAX;
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a currency has 1 to 12 lower-case letters and digits")
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AccountId {
    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (customer, currency) = text.split_once('.')?;
        Some(Self { customer: CustomerId::parse(customer)?, currency: Currency::parse(currency)? })
    }
}

impl fmt::Display for AccountId {
    /// `<customer>.<currency>`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.customer, self.currency)
    }
}

impl Account {
    /// An account without entries.
    pub fn new(id: AccountId) -> Self {
        let tail = Tail::default();
        Self { id, seq: 0, recorded_at: Timestamp::UNIX_EPOCH, digest: Digest::NONE, tail }
    }

    /// The account as its last entry left it.
    pub fn after(id: AccountId, entry: &Entry) -> Self {
        let Entry { seq, recorded_at, .. } = *entry;
        let digest = entry.digest(&id);
        Self { id, seq, recorded_at, digest, tail: entry.tail.clone() }
    }

    /// What a reader sees at `now`, or at the last entry where that is later.
    pub fn view(&self, now: Timestamp) -> View {
        let now = now.max(self.recorded_at);
        let tail = self.tail.seen_at(now);
        let soon = now.checked_add(SOON).unwrap_or(Timestamp::MAX);
        let ending = || tail.lots.iter().filter(|lot| lot.month.end() <= soon);
        View {
            balance: tail.balance(),
            available: tail.open(),
            held: tail.held(),
            pending: tail.pending(),
            debt: tail.debt,
            expiring_30_days: Points(ending().map(|lot| lot.amount.get()).sum()),
            next_expiry: ending().map(|lot| lot.month.end()).min(),
        }
    }
}
