//! A stream as Lambda reads it: split into lanes by partition key, each in order, none in step with the others.
//!
//! Units: lags and delays in whole simulated seconds.
//! Bounds: a record is ready at most [`LAG_S_MAX`] after it was pushed, unless a record before it in its lane failed.
//! Retries: from the first failed record on, in order, [`RETRY_DELAY_S`] later; with a bound on retries, the
//! first failed record is given back and leaves its lane when it used them up.
//! Not here: a whole failed batch is not halved, since functions name the records that failed.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::chance::Chance;

/// Lanes of one stream: enough for keys to overtake each other, few enough to share one.
pub const LANES: usize = 4;

/// The most that a lane lags: two streams one after the other stay within a minute.
pub const LAG_S_MAX: u32 = 29;

/// The wait before failed records come again.
pub const RETRY_DELAY_S: i64 = 1;

/// A lane draws its lag anew after at most this many records.
const RECORDS_PER_LAG_MAX: u32 = 8;

/// The lanes of one stream trigger.
#[derive(Debug)]
pub struct Lanes {
    chance: Option<Chance>,
    retries: Option<u32>,
    pushed: u64,
    lanes: [Lane; LANES],
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    /// A batch is out; the lane stands still until it is done.
    is_out: bool,
    lag_s: u32,
    /// Records until the lag is drawn anew.
    lag_holds: u32,
}

#[derive(Clone, Debug)]
struct Waiting {
    record: Value,
    /// Never before that of the record in front.
    ready_at: Timestamp,
    /// How many records of the stream came before.
    position: u64,
    failures: u32,
}

/// Records of one lane, in order, for one invocation. Its lane waits until [`Lanes::done`] has it back.
#[derive(Debug)]
#[must_use = "a lane stands still until its batch is done"]
pub struct Batch {
    /// The lane, from 0.
    pub lane: usize,
    /// As Lambda gets them.
    pub records: Vec<Value>,
    waiting: Vec<Waiting>,
}

impl Lanes {
    /// Empty lanes. Without a seed none lags; with one, each lag is drawn from it. `retries` as in
    /// [`StreamTrigger::retries`](crate::template::StreamTrigger::retries).
    pub fn new(seed: Option<u64>, retries: Option<u32>) -> Self {
        Self {
            chance: seed.map(Chance::new),
            retries,
            pushed: 0,
            lanes: std::array::from_fn(|_| Lane::default()),
        }
    }

    /// Puts a record, which the stream has at `now`, at the end of its key's lane.
    pub fn push(&mut self, record: Value, now: Timestamp) {
        let lane = &mut self.lanes[lane_of(&record)];
        if let Some(chance) = &mut self.chance {
            if lane.lag_holds == 0 {
                lane.lag_s = chance.up_to(LAG_S_MAX);
                lane.lag_holds = 1 + chance.up_to(RECORDS_PER_LAG_MAX - 1);
            }
            lane.lag_holds -= 1;
        }
        let ready_at = after(now, lane.lag_s.into());
        let ready_at = lane.waiting.back().map_or(ready_at, |last| ready_at.max(last.ready_at));
        lane.waiting.push_back(Waiting { record, ready_at, position: self.pushed, failures: 0 });
        self.pushed += 1;
    }

    /// When the next record is ready, which may have been already; `None` when every lane is empty or has its batch out.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.fronts().map(|(_, front)| front.ready_at).min()
    }

    /// Takes up to `batch_size` ready records of the lane whose first one is ready longest.
    pub fn take(&mut self, now: Timestamp, batch_size: usize) -> Option<Batch> {
        let (lane, _) = self
            .fronts()
            .filter(|(_, front)| front.ready_at <= now)
            .min_by_key(|(_, front)| (front.ready_at, front.position))?;
        let queue = &mut self.lanes[lane].waiting;
        let ready = queue.iter().take(batch_size.max(1)).take_while(|next| next.ready_at <= now);
        let count = ready.count();
        let waiting: Vec<_> = queue.drain(..count).collect();
        self.lanes[lane].is_out = true;
        let records = waiting.iter().map(|waiting| waiting.record.clone()).collect();
        Some(Batch { lane, records, waiting })
    }

    /// Ends an invocation at `now`. All records are done, or those before `failed_from`, the sequence number of the first that
    /// failed; an unknown number fails the whole batch, as in Lambda. Gives back the record that is not tried again.
    #[must_use = "a record that used up its retries is gone from the stream"]
    pub fn done(
        &mut self,
        batch: Batch,
        failed_from: Option<&str>,
        now: Timestamp,
    ) -> Option<Value> {
        let lane = &mut self.lanes[batch.lane];
        lane.is_out = false;
        let failed_from = failed_from?;
        let number = |waiting: &Waiting| sequence_number(&waiting.record) == Some(failed_from);
        let first = batch.waiting.iter().position(number).unwrap_or(0);
        let again_at = after(now, RETRY_DELAY_S);
        let mut failed: VecDeque<_> = batch.waiting.into_iter().skip(first).collect();
        // Only the first one is known to have failed; those after it have to come again for the order's sake.
        let named = failed.front_mut()?;
        named.failures += 1;
        let used_up = self.retries.is_some_and(|retries| named.failures > retries);
        let given_up = failed.pop_front_if(|_| used_up).map(|given_up| given_up.record);
        failed.append(&mut lane.waiting);
        lane.waiting = failed;
        // Nobody overtakes the records that come again.
        for next in &mut lane.waiting {
            next.ready_at = next.ready_at.max(again_at);
        }
        given_up
    }

    /// Records that wait, without those of batches that are out.
    pub fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.len()).sum()
    }

    /// The first record of each lane that could be taken.
    fn fronts(&self) -> impl Iterator<Item = (usize, &Waiting)> {
        let free = self.lanes.iter().enumerate().filter(|(_, lane)| !lane.is_out);
        free.filter_map(|(index, lane)| Some((index, lane.waiting.front()?)))
    }
}

/// A record's number in its stream, the name by which a function says that it failed.
fn sequence_number(record: &Value) -> Option<&str> {
    record["dynamodb"]["SequenceNumber"].as_str()
}

/// FNV-1a of the partition key, mixed: the same key is always in the same lane, in every run and on every machine.
fn lane_of(record: &Value) -> usize {
    let key = record["dynamodb"]["Keys"]["pk"].to_string();
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    // Keys that differ in their last characters only would share a lane without the mixing.
    Chance::new(hash).up_to(LANES as u32 - 1) as usize
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds))
        .expect("a duration has no calendar units")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const START: &str = "2026-11-03T00:00:00Z";

    fn at(seconds: i64) -> Timestamp {
        after(START.parse().unwrap(), seconds)
    }

    fn record(key: &str, number: usize) -> Value {
        let number = number.to_string();
        json!({"dynamodb": {"Keys": {"pk": {"S": key}}, "SequenceNumber": number}})
    }

    fn number(record: &Value) -> usize {
        sequence_number(record).unwrap().parse().unwrap()
    }

    fn key(record: &Value) -> &str {
        record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap()
    }

    /// Pushes 200 records of 20 keys, one a second, and takes all that is ready as time goes by. Every tenth batch fails at its
    /// second record. Gives when each record was done, in that order.
    fn trace(seed: Option<u64>, with_failures: bool) -> Vec<(Timestamp, Value)> {
        let mut lanes = Lanes::new(seed, None);
        let mut done = Vec::new();
        let mut batches = 0;
        for second in 0..400 {
            if let Ok(second @ 0..200) = usize::try_from(second) {
                lanes.push(record(&format!("t#{}", second % 20), second), at(second as i64));
            }
            while let Some(batch) = lanes.take(at(second), 5) {
                batches += 1;
                let records = batch.records.clone();
                let fails = with_failures && batches % 10 == 0 && records.len() > 1;
                let failed = fails.then(|| sequence_number(&records[1]).unwrap());
                assert!(lanes.done(batch, failed, at(second)).is_none());
                let good = if fails { 1 } else { records.len() };
                done.extend(records.into_iter().take(good).map(|record| (at(second), record)));
            }
        }
        assert_eq!(lanes.next_at(), None);
        assert_eq!(lanes.waiting(), 0);
        done
    }

    #[test]
    fn nothing_is_lost_and_nothing_done_comes_again() {
        for seed in [None, Some(1), Some(2), Some(3)] {
            let mut numbers: Vec<_> = trace(seed, true).iter().map(|(_, r)| number(r)).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..200).collect::<Vec<_>>(), "{seed:?}");
        }
    }

    #[test]
    fn the_order_within_a_key_is_kept() {
        for seed in [None, Some(1), Some(2), Some(3)] {
            let mut last = std::collections::BTreeMap::new();
            for (_, record) in trace(seed, true) {
                let before = last.insert(key(&record).to_owned(), number(&record));
                assert!(before.is_none_or(|before| before < number(&record)), "{seed:?}");
            }
            assert_eq!(last.len(), 20);
        }
    }

    #[test]
    fn lanes_overtake_each_other_by_several_records_with_a_seed_only() {
        let most_behind = |trace: &[(Timestamp, Value)]| {
            let behind = trace.iter().enumerate().map(|(index, (_, record))| {
                trace[..index].iter().filter(|(_, other)| number(other) > number(record)).count()
            });
            behind.max().unwrap()
        };
        assert_eq!(most_behind(&trace(None, false)), 0);
        for seed in [1, 2, 3] {
            assert!(most_behind(&trace(Some(seed), false)) >= 5, "{seed}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_trace_and_another_one_another() {
        assert_eq!(trace(Some(7), true), trace(Some(7), true));
        assert_ne!(trace(Some(7), true), trace(Some(8), true));
    }

    #[test]
    fn a_record_lags_at_most_29_seconds_so_two_streams_stay_within_a_minute() {
        let mut most = 0;
        for seed in 0..20 {
            for (when, record) in trace(Some(seed), false) {
                most = most.max(when.as_second() - at(0).as_second() - number(&record) as i64);
            }
        }
        assert_eq!(most, i64::from(LAG_S_MAX));
        const { assert!(2 * LAG_S_MAX <= 59) };
    }

    #[test]
    fn every_lane_is_used() {
        let lanes: std::collections::BTreeSet<_> =
            (0..20).map(|n| lane_of(&record(&format!("ca-phe#order:DH{n:04}"), 0))).collect();
        assert_eq!(lanes.len(), LANES);
    }

    #[test]
    fn a_failed_record_comes_again_with_all_that_follow_after_the_delay() {
        let mut lanes = Lanes::new(None, None);
        (0..5).for_each(|n| lanes.push(record("t#1", n), at(0)));
        let batch = lanes.take(at(0), 4).unwrap();
        assert_eq!(lanes.next_at(), None, "the lane stands still while its batch is out");
        assert!(lanes.done(batch, Some("2"), at(0)).is_none());
        assert_eq!(lanes.next_at(), Some(at(RETRY_DELAY_S)));
        assert!(lanes.take(at(0), 4).is_none());
        let again = lanes.take(at(RETRY_DELAY_S), 4).unwrap();
        assert_eq!(again.records.iter().map(number).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(lanes.done(again, None, at(RETRY_DELAY_S)).is_none());
        assert_eq!(lanes.waiting(), 0);
    }

    #[test]
    fn an_unknown_number_fails_the_whole_batch() {
        let mut lanes = Lanes::new(None, None);
        (0..2).for_each(|n| lanes.push(record("t#1", n), at(0)));
        let batch = lanes.take(at(0), 10).unwrap();
        assert!(lanes.done(batch, Some("9"), at(0)).is_none());
        assert_eq!(lanes.take(at(1), 10).unwrap().records.len(), 2);
    }

    #[test]
    fn a_failing_lane_does_not_hold_up_the_others() {
        let mut lanes = Lanes::new(None, None);
        let other =
            (1..).find(|n| lane_of(&record(&format!("t#{n}"), 0)) != lane_of(&record("t#0", 0)));
        lanes.push(record("t#0", 0), at(0));
        lanes.push(record(&format!("t#{}", other.unwrap()), 1), at(0));
        let stuck = lanes.take(at(0), 10).unwrap();
        let next = lanes.take(at(0), 10).unwrap();
        assert_eq!((number(&stuck.records[0]), number(&next.records[0])), (0, 1));
        assert!(lanes.take(at(0), 10).is_none());
    }

    #[test]
    fn with_bounded_retries_a_record_is_given_back_when_they_are_used_up() {
        let mut lanes = Lanes::new(None, Some(2));
        lanes.push(record("t#1", 0), at(0));
        for second in 0..2 {
            let batch = lanes.take(at(second), 1).unwrap();
            assert!(lanes.done(batch, Some("0"), at(second)).is_none());
        }
        lanes.push(record("t#1", 1), at(2));
        let batch = lanes.take(at(2), 1).unwrap();
        assert_eq!(lanes.done(batch, Some("0"), at(2)), Some(record("t#1", 0)));
        let batch = lanes.take(at(3), 1).unwrap();
        assert_eq!(number(&batch.records[0]), 1);
    }
}
