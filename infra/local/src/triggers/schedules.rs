//! The clock's calls: each schedule at every whole multiple of its period, counted from the epoch.
//!
//! AWS counts a rate from the moment it was made; whole minutes keep a replay readable and are as good.

use jiff::Timestamp;
use serde_json::Value;

use crate::template::Schedule;

/// The schedules of a template.
#[derive(Clone, Debug, Default)]
pub struct Schedules(Vec<Schedule>);

/// One call by the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick<'s> {
    /// When it is due.
    pub at: Timestamp,
    /// The folder name of the function.
    pub function: &'s str,
    /// The payload.
    pub input: &'s Value,
}

impl Schedules {
    /// Keeps the schedules in the order in which ticks of one instant are given.
    pub fn new(schedules: Vec<Schedule>) -> Self {
        Self(schedules)
    }

    /// The first instant after `now` with a tick; `None` without schedules.
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().map(|schedule| next(schedule, now)).min()
    }

    /// The ticks of exactly the instant that [`Self::next_at`] gave.
    pub fn at(&self, at: Timestamp) -> impl Iterator<Item = Tick<'_>> {
        let just_before = at - jiff::SignedDuration::from_nanos(1);
        let due = self.0.iter().filter(move |schedule| next(schedule, just_before) == at);
        due.map(move |one| Tick { at, function: &one.function, input: &one.input })
    }
}

fn next(schedule: &Schedule, now: Timestamp) -> Timestamp {
    let period_s = schedule.every.as_secs();
    // Rounded down also before the epoch and within a second.
    let periods = now.as_nanosecond().div_euclid(i128::from(period_s) * 1_000_000_000);
    let periods = i64::try_from(periods).expect("an instant's periods fit");
    Timestamp::from_second((periods + 1) * period_s).expect("the next period is a possible instant")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn schedule(minutes: i64, function: &str) -> Schedule {
        Schedule {
            logical_id: function.into(),
            every: SignedDuration::from_mins(minutes),
            function: function.into(),
            input: serde_json::json!({"tick": "minute"}),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ticks_are_on_whole_minutes_after_now() {
        let schedules = Schedules::new(vec![schedule(1, "a"), schedule(5, "b")]);
        for (now, next) in [
            ("2026-11-03T00:00:00Z", "2026-11-03T00:01:00Z"),
            ("2026-11-03T00:00:00.001Z", "2026-11-03T00:01:00Z"),
            ("2026-11-03T00:00:59.999999999Z", "2026-11-03T00:01:00Z"),
            ("2026-11-03T23:59:30Z", "2026-11-04T00:00:00Z"),
            ("1969-12-31T23:59:30Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(schedules.next_at(at(now)), Some(at(next)), "{now}");
        }
    }

    #[test]
    fn each_schedule_ticks_at_its_own_period() {
        let schedules = Schedules::new(vec![schedule(1, "a"), schedule(5, "b")]);
        let mut ticks = Vec::new();
        let mut now = at("2026-11-03T00:03:00Z");
        for _ in 0..3 {
            now = schedules.next_at(now).unwrap();
            ticks.extend(
                schedules.at(now).map(|tick| (tick.at.to_string(), tick.function.to_owned())),
            );
        }
        let tick = |minute: u32, function: &str| {
            (format!("2026-11-03T00:0{minute}:00Z"), function.to_owned())
        };
        assert_eq!(ticks, [tick(4, "a"), tick(5, "a"), tick(5, "b"), tick(6, "a")]);
        assert_eq!(schedules.at(at("2026-11-03T00:03:01Z")).count(), 0);
    }

    #[test]
    fn without_schedules_nothing_ticks() {
        assert_eq!(Schedules::default().next_at(at("2026-11-03T00:00:00Z")), None);
    }
}
