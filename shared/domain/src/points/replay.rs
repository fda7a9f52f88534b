//! An account told again from its first entry: proves that each entry follows from the one before, and where points came from.

use super::{Account, AccountId, Books, Entry, Leg, Month, Points, Tail};

/// Reads entries in their order and checks each against those before.
#[derive(Clone, Debug)]
pub struct Replay {
    account: Account,
    books: Books,
    moves: Vec<Move>,
}

/// One leg of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The entry.
    pub seq: u32,
    /// What moved.
    pub leg: Leg,
}

/// Why an entry does not follow from those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is missing or doubled.
    #[error("entry {expected} is missing")]
    Gap {
        /// The number that should stand here.
        expected: u32,
    },
    /// The entry before was changed, or this one is of another account.
    #[error("entry {seq} does not carry the digest of the entry before it")]
    Chain {
        /// The entry.
        seq: u32,
    },
    /// It was recorded before the one before it.
    #[error("entry {seq} was recorded before the entry before it")]
    Time {
        /// The entry.
        seq: u32,
    },
    /// Its legs do not lead to what it says is left.
    #[error("the legs of entry {seq} do not lead to its tail")]
    Tail {
        /// The entry.
        seq: u32,
    },
    /// What it left is not the sum of all legs.
    #[error("the balance of entry {seq} is not the sum of all legs")]
    Sum {
        /// The entry.
        seq: u32,
    },
}

impl Replay {
    /// Before the first entry.
    pub fn new(id: AccountId) -> Self {
        Self { account: Account::new(id), books: Books::default(), moves: Vec::new() }
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// What is wrong with it: the account cannot be trusted from here on.
    pub fn read(&mut self, entry: &Entry) -> Result<(), Broken> {
        let seq = entry.seq;
        let expected = self.account.seq + 1;
        if seq != expected {
            return Err(Broken::Gap { expected });
        }
        if entry.previous != self.account.digest {
            return Err(Broken::Chain { seq });
        }
        if entry.recorded_at < self.account.recorded_at {
            return Err(Broken::Time { seq });
        }
        let mut tail = self.account.tail.clone();
        let fits = entry.legs.iter().all(|leg| tail.apply(leg, entry.stamp()).is_ok());
        if !fits || tail != entry.tail {
            return Err(Broken::Tail { seq });
        }
        self.books.add(&entry.legs);
        if self.books.own() != i128::from(tail.balance())
            || self.books.own() + self.books.issuer() != 0
        {
            return Err(Broken::Sum { seq });
        }
        self.moves.extend(entry.legs.iter().map(|leg| Move { seq, leg: *leg }));
        self.account = Account::after(self.account.id.clone(), entry);
        Ok(())
    }

    /// The account after the last entry that was read.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The sums of all legs.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// What went into and out of one lot, in order: where its points came from.
    pub fn of_lot(&self, month: Month) -> impl Iterator<Item = Move> {
        self.moves.iter().copied().filter(move |one| one.leg.month() == Some(month))
    }

    /// What the account has, by its parts.
    pub fn tail(&self) -> &Tail {
        &self.account.tail
    }

    /// What of a lot can be spent, by its moves alone.
    pub fn open_of(&self, month: Month) -> Option<Points> {
        let open = self.of_lot(month).map(|one| {
            let Some((from, to)) = one.leg.sides() else { return 0 };
            let amount = i64::try_from(one.leg.amount().get()).unwrap_or(i64::MAX);
            let into = i64::from(to == super::Side::Open);
            amount * (into - i64::from(from == super::Side::Open))
        });
        u64::try_from(open.sum::<i64>()).ok().and_then(Points::new)
    }
}
