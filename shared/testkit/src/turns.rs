//! Who goes next, drawn from a seed: callers that share a thread take turns at every call of the database, so that equal seeds
//! interleave equally, whatever the machine does.
//!
//! Between two turns a caller runs alone, also while it waits for something real such as a socket. The next one is drawn when all
//! that live stand before a call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::sync::oneshot;

/// Numbers that a seed draws: xorshift64. Equal seeds draw equally.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Those of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`, which is at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        &all[usize::try_from(self.below(count)).unwrap_or_default()]
    }
}

/// The turns of callers that run together.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Mutex<Table>>);

#[derive(Debug)]
struct Table {
    dice: Dice,
    living: usize,
    waiting: BTreeMap<usize, oneshot::Sender<()>>,
}

/// The place of one caller. It leaves when this is dropped, also by its death.
#[derive(Debug)]
pub struct Seat {
    turns: Turns,
    number: usize,
}

impl Turns {
    /// Seats for so many callers. Nobody goes on before all of them stand before a call, or have left.
    pub fn seats(seed: u64, callers: usize) -> Vec<Seat> {
        let table = Table { dice: Dice::new(seed), living: callers, waiting: BTreeMap::new() };
        let turns = Self(Arc::new(Mutex::new(table)));
        (0..callers).map(|number| Seat { turns: turns.clone(), number }).collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().expect("nothing panics while it holds the lock")
    }
}

impl Seat {
    /// Resolves when it is this caller's turn.
    pub async fn turn(&self) {
        let (go, gone) = oneshot::channel();
        {
            let mut table = self.turns.table();
            table.waiting.insert(self.number, go);
            table.next();
        }
        // Nobody drops what is kept here but whoever calls it.
        drop(gone.await);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.turns.table();
        table.living -= 1;
        table.waiting.remove(&self.number);
        table.next();
    }
}

impl Table {
    fn next(&mut self) {
        if self.waiting.is_empty() || self.waiting.len() < self.living {
            return;
        }
        let numbers: Vec<usize> = self.waiting.keys().copied().collect();
        let number = *self.dice.of(&numbers);
        if let Some(go) = self.waiting.remove(&number) {
            // Who does not hear of it is dying, and leaves.
            let _ = go.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    async fn order(seed: u64, dies: Option<usize>) -> Vec<usize> {
        let log = Mutex::new(Vec::new());
        let mut seats = Turns::seats(seed, 3).into_iter();
        let mut caller = |name: usize| {
            let (seat, log) = (seats.next().unwrap(), &log);
            async move {
                for n in 0..4 {
                    seat.turn().await;
                    log.lock().unwrap().push(name);
                    // What a caller waits for between its turns lets nobody else go.
                    for _ in 0..name {
                        tokio::task::yield_now().await;
                    }
                    assert_eq!(log.lock().unwrap().last(), Some(&name));
                    if dies == Some(name) && n == 1 {
                        return;
                    }
                }
            }
        };
        tokio::join!(caller(0), caller(1), caller(2));
        log.into_inner().unwrap()
    }

    #[tokio::test]
    async fn equal_seeds_take_equal_turns_and_all_come_to_their_end() {
        let mut orders = Vec::new();
        for seed in 0..20 {
            let first = order(seed, None).await;
            assert_eq!(first, order(seed, None).await);
            assert_eq!(
                (0..3).map(|name| first.iter().filter(|n| **n == name).count()).max(),
                Some(4)
            );
            assert_eq!(first.len(), 12);
            orders.push(first);
        }
        orders.sort();
        orders.dedup();
        assert!(orders.len() > 10, "seeds differ");
    }

    #[tokio::test]
    async fn who_dies_stops_nobody() {
        for seed in 0..20 {
            let order = order(seed, Some(1)).await;
            assert_eq!(order.len(), 10, "{order:?}");
        }
    }
}
