//! One run of the function: what it has leased of the limits, and what of it is left.
//!
//! Bounds: a slice has at most [`SLICE_MAX`] notifications. What a run leaves of its slices lapses.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use aws_lambda_events::dynamodb::Event;
use cloud::invocation::Invocation;
use domain::consent::Purpose;
use serde::Deserialize;

/// Most notifications of one slice: as many as a stream batch has (`infra/template.yaml`).
const SLICE_MAX: u64 = 25;

/// One run, from its trigger to its end.
pub(crate) struct Run<'a> {
    pub(crate) invocation: &'a Invocation,
    /// How many of each rule are still to come, by the index key of the rule; unknown in a tick.
    expected: Option<Mutex<BTreeMap<String, u64>>>,
    meters: Mutex<BTreeMap<String, Meter>>,
    told: Mutex<BTreeSet<String>>,
}

/// What has been leased of one limit. In notifications, or in đồng.
#[derive(Debug, Default)]
struct Meter {
    left: u64,
    used: u64,
    /// The smallest amount for which there was no room.
    refused: Option<u64>,
}

/// What a limit says to one more notification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It is taken from what is leased.
    Taken,
    /// There is none.
    None,
    /// So many notifications are to be leased first.
    Lease(u64),
}

/// What a notification took of the limits, should it not be sent after all.
#[derive(Debug, Default)]
pub(crate) struct Taken(Vec<(String, u64)>);

#[derive(Deserialize)]
struct Image {
    rule_key: String,
    purpose: Purpose,
}

impl<'a> Run<'a> {
    pub(crate) fn tick(invocation: &'a Invocation) -> Self {
        Self { invocation, expected: None, meters: Mutex::default(), told: Mutex::default() }
    }

    pub(crate) fn stream(invocation: &'a Invocation, event: &Event) -> Self {
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for record in &event.records {
            // A record that cannot be read is listed when its turn comes.
            let image = serde_dynamo::from_item(record.change.new_image.clone());
            if let Ok(Image { rule_key, purpose }) = image
                && purpose != Purpose::Otp
            {
                *expected.entry(rule_key).or_default() += 1;
            }
        }
        Self { expected: Some(Mutex::new(expected)), ..Self::tick(invocation) }
    }

    /// Takes `amount` for one notification of a rule out of what is leased under `limit`.
    pub(crate) fn take(&self, limit: &str, rule_key: &str, amount: u64, taken: &mut Taken) -> Room {
        let mut meters = locked(&self.meters);
        let meter = meters.entry(limit.to_owned()).or_default();
        if meter.left >= amount {
            meter.left -= amount;
            meter.used += 1;
            taken.0.push((limit.to_owned(), amount));
            return Room::Taken;
        }
        if meter.refused.is_some_and(|refused| refused <= amount) {
            return Room::None;
        }
        let wanted = match &self.expected {
            Some(expected) => locked(expected).get(rule_key).copied().unwrap_or_default(),
            // As many as were sent before: so less lapses than was sent.
            None => meter.used,
        };
        Room::Lease(wanted.clamp(1, SLICE_MAX))
    }

    /// Keeps what was leased; nothing at all means that there is no room for `amount`.
    pub(crate) fn leased(&self, limit: &str, amount: u64, granted: u64) {
        let mut meters = locked(&self.meters);
        let meter = meters.entry(limit.to_owned()).or_default();
        meter.left += granted;
        if granted == 0 {
            meter.refused = Some(meter.refused.map_or(amount, |refused| refused.min(amount)));
        }
    }

    /// What was surely not sent leaves its place to the next one of this run.
    pub(crate) fn give_back(&self, taken: Taken) {
        let mut meters = locked(&self.meters);
        for (limit, amount) in taken.0 {
            meters.entry(limit).or_default().left += amount;
        }
    }

    /// One record of a rule was looked after.
    pub(crate) fn done(&self, rule_key: &str) {
        if let Some(expected) = &self.expected
            && let Some(left) = locked(expected).get_mut(rule_key)
        {
            *left = left.saturating_sub(1);
        }
    }

    /// Whether people are still to be told that `limit` was reached; once in a run.
    pub(crate) fn tells(&self, limit: &str) -> bool {
        locked(&self.told).insert(limit.to_owned())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding it")
}
