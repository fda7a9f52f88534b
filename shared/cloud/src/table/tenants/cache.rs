//! What was read in the last minute, so that a warm function reads nothing before it writes.

use std::{collections::HashMap, hash::Hash, sync::Mutex};

use jiff::{SignedDuration, Timestamp};

/// How long a value is believed. A changed secret or rule set takes effect within this time.
const KEEP: SignedDuration = SignedDuration::from_secs(60);

/// Most entries; beyond this everything is forgotten, so that made-up tenants cannot fill the memory.
const ENTRIES_MAX: usize = 1_000;

#[derive(Debug)]
pub(super) struct Cache<K, V>(Mutex<HashMap<K, (Timestamp, V)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.0.lock().expect("nobody panics while holding it");
        let (read_at, value) = entries.get(key)?;
        (now.duration_since(*read_at) < KEEP).then(|| value.clone())
    }

    pub(super) fn put(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.0.lock().expect("nobody panics while holding it");
        if entries.len() >= ENTRIES_MAX {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_believed_for_a_minute_and_the_cache_stays_bounded() {
        let cache = Cache::default();
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        cache.put(0, "a", at(0));
        assert_eq!(cache.get(&0, at(59)), Some("a"));
        assert_eq!(cache.get(&0, at(60)), None);
        for key in 1..5_000 {
            cache.put(key, "b", at(0));
        }
        assert!(cache.0.lock().unwrap().len() <= ENTRIES_MAX);
    }
}
