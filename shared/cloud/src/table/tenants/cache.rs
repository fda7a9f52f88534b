//! What was read before, so that a warm function reads nothing before it writes.

use std::{collections::HashMap, hash::Hash, sync::Mutex};

use jiff::{SignedDuration, Timestamp};

/// How long a value is believed. A changed secret or pointer takes effect within this time.
const KEEP: SignedDuration = SignedDuration::from_secs(60);

/// Most entries of what is read again; made-up tenants cannot fill the memory.
const ENTRIES_MAX: usize = 1_000;

/// Most versions of rules: each is kept compiled.
const VERSIONS_MAX: usize = 100;

/// What never changes, kept until there is too much of it: then everything is forgotten.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    entries_max: usize,
    entries: Mutex<HashMap<K, V>>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// For versions of rules.
    pub(super) fn versions() -> Self {
        Self::new(VERSIONS_MAX)
    }

    fn new(entries_max: usize) -> Self {
        Self { entries_max, entries: Mutex::default() }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.entries.lock().expect("nobody panics while holding it").get(key).cloned()
    }

    fn forget(&self, key: &K) {
        self.entries.lock().expect("nobody panics while holding it").remove(key);
    }

    pub(super) fn put(&self, key: K, value: V) {
        let mut entries = self.entries.lock().expect("nobody panics while holding it");
        if entries.len() >= self.entries_max {
            entries.clear();
        }
        entries.insert(key, value);
    }
}

/// What may change, believed for a minute.
#[derive(Debug)]
pub(super) struct Cache<K, V>(Kept<K, (Timestamp, V)>);

impl<K: Eq + Hash, V: Clone> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Kept::new(ENTRIES_MAX))
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let (read_at, value) = self.0.get(key)?;
        (now.duration_since(read_at) < KEEP).then_some(value)
    }

    pub(super) fn put(&self, key: K, value: V, now: Timestamp) {
        self.0.put(key, (now, value));
    }

    /// What is known to be over before its minute.
    pub(super) fn forget(&self, key: &K) {
        self.0.forget(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_believed_for_a_minute() {
        let cache = Cache::default();
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        cache.put(0, "a", at(0));
        assert_eq!(cache.get(&0, at(59)), Some("a"));
        assert_eq!(cache.get(&0, at(60)), None);
    }

    #[test]
    fn what_is_kept_stays_bounded_and_the_last_is_always_there() {
        let kept = Kept::versions();
        for key in 0..5_000 {
            kept.put(key, "b");
            assert_eq!(kept.get(&key), Some("b"));
        }
        assert!(kept.entries.lock().unwrap().len() <= VERSIONS_MAX);
    }
}
