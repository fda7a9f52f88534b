//! Badges and streaks: what comes twice or late, and in which order it comes.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::{id::EventId, rule::Facts};

fn badge(count: u32) -> Badge {
    let yaml = format!(
        "badges: [{{id: b, name: B, on: payment.matched, count: {count}, when: \"order.amount_vnd > 100\"}}]"
    );
    read(&yaml).badges.remove(0)
}

fn streak(every: &str, freeze: u32, goals: &str) -> Streak {
    let yaml = format!(
        "streaks: [{{id: s, name: S, on: a.b, every: {every}, freeze: {freeze}, goals: {goals}}}]"
    );
    read(&yaml).streaks.remove(0)
}

fn event(n: u32) -> EventId {
    EventId::of("t", "s", &n.to_string())
}

/// So many days after a Monday in November, at noon.
fn day(n: u32) -> Timestamp {
    noon("2026-11-02") + SignedDuration::from_hours(24 * i64::from(n))
}

#[test]
fn a_badge_counts_events_of_its_kind_that_its_condition_takes() {
    let badge = badge(3);
    for (kind, order, counts) in [
        ("payment.matched", json!({"amount_vnd": 101}), Ok(true)),
        ("payment.matched", json!({"amount_vnd": 100}), Ok(false)),
        ("payment.overpaid", json!({"amount_vnd": 101}), Ok(false)),
        ("payment.matched", json!({}), Err("condition_missing")),
    ] {
        let facts = Facts { order: order.clone(), ..Facts::default() };
        assert_eq!(badge.counts(kind, &facts), counts, "{kind} {order}");
    }
}

/// Goal: in whatever order events come, and how often, each counts once. Method: as many as are remembered, shuffled, every
/// one three times.
#[test]
fn an_event_of_a_badge_counts_once_in_every_order() {
    let badge = badge(u32::try_from(EVENTS_KEPT).unwrap() + 1);
    let mut chance = Chance(7);
    let mut ends = BTreeSet::new();
    for _ in 0..200 {
        let mut events: Vec<u32> =
            (0..3 * u32::try_from(EVENTS_KEPT).unwrap()).map(|n| n / 3).collect();
        chance.shuffle(&mut events);
        let mut progress = BadgeProgress::default();
        for n in events {
            progress = progress.after(&badge, day(n / 2), &event(n));
        }
        assert_eq!((progress.count, progress.earned_at), (16, None));
        ends.insert(serde_json::to_string(&progress).unwrap());
    }
    assert_eq!(ends.len(), 1);
    assert!(ends.first().unwrap().len() < 600, "what a member's row has to hold: {ends:?}");
}

#[test]
fn what_is_older_than_anything_remembered_counts_no_more_and_nothing_counts_twice() {
    let badge = badge(100);
    let mut progress = BadgeProgress::default();
    for n in 0..40 {
        progress = progress.after(&badge, day(n), &event(n));
    }
    assert_eq!(progress.count, 40);
    for n in 0..40 {
        assert_eq!(progress.after(&badge, day(n), &event(n)), progress, "{n} again");
    }
    assert_eq!(progress.after(&badge, day(3), &event(900)), progress, "too late");
    assert_eq!(progress.after(&badge, day(30), &event(901)).count, 41, "late, and remembered");
}

#[test]
fn a_badge_is_earned_once_and_for_ever() {
    let badge = badge(3);
    let mut progress = BadgeProgress::default();
    for n in [2, 0, 0, 1, 5] {
        progress = progress.after(&badge, day(n), &event(n));
    }
    assert_eq!((progress.count, progress.earned_at), (3, Some(day(2))));
    let stored = serde_json::to_string(&progress).unwrap();
    assert_eq!(serde_json::from_str::<BadgeProgress>(&stored).unwrap(), progress);
}

/// The longest run, and the one that goes on at the last day, of a set of periods: counted from the beginning.
fn runs(periods: &BTreeSet<u32>, freeze: u32) -> (u32, u32) {
    let (mut best, mut length, mut last) = (0, 0, None::<u32>);
    for period in periods {
        let goes_on = last.is_some_and(|last| period - last <= freeze + 1);
        length = if goes_on { length + 1 } else { 1 };
        best = best.max(length);
        last = Some(*period);
    }
    (best, length)
}

#[test]
fn a_run_of_days_depends_on_the_days_and_not_on_the_order_or_how_often() {
    let mut chance = Chance(11);
    for round in 0..500 {
        let freeze = u32::try_from(round % 3).unwrap();
        let streak = streak("day", freeze, "[3]");
        // As far as single days are remembered.
        let mut days: Vec<u32> =
            (0..40).map(|_| u32::try_from(chance.below(32)).unwrap()).collect();
        let set: BTreeSet<u32> = days.iter().copied().collect();
        chance.shuffle(&mut days);
        let mut progress = StreakProgress::default();
        for n in days {
            progress = progress.after(&streak, day(n));
        }
        let (best, length) = runs(&set, freeze);
        let last = *set.last().unwrap();
        assert_eq!(
            (progress.best, progress.length_at(&streak, day(last))),
            (best, length),
            "{set:?}"
        );
    }
}

#[test]
fn a_long_run_is_counted_on_after_its_days_are_forgotten() {
    let mut chance = Chance(13);
    for freeze in [0, 1, 6] {
        let streak = streak("day", freeze, "[7, 30, 365]");
        let mut progress = StreakProgress::default();
        let mut set = BTreeSet::new();
        let mut n = 0;
        for _ in 0..400 {
            n += 1 + u32::from(chance.below(20) == 0) * u32::try_from(chance.below(40)).unwrap();
            set.insert(n);
            progress = progress.after(&streak, day(n));
            let (best, length) = runs(&set, freeze);
            assert_eq!((progress.best, progress.length_at(&streak, day(n))), (best, length), "{n}");
            // A late one of the last days fills its own, again and again.
            let late = n - u32::try_from(chance.below(31)).unwrap().min(n - 1);
            if set.insert(late) {
                progress = progress.after(&streak, day(late)).after(&streak, day(late));
                assert_eq!(progress.best, runs(&set, freeze).0, "{late} late at {n}");
            }
        }
    }
}

#[test]
fn a_run_lasts_until_a_period_too_many_is_missed() {
    let days = streak("day", 1, "[2, 3]");
    let mut progress = StreakProgress::default();
    assert_eq!(progress.length_at(&days, day(0)), 0);
    for (n, length, reached) in [(0, 1, vec![]), (1, 2, vec![2]), (3, 3, vec![3]), (6, 1, vec![])] {
        let after = progress.after(&days, day(n));
        assert_eq!(after.length_at(&days, day(n)), length, "day {n}");
        assert_eq!(after.reached_since(&progress, &days), reached, "day {n}");
        assert_eq!(after.after(&days, day(n)).reached_since(&after, &days), Vec::<u32>::new());
        progress = after;
    }
    for (n, length) in [(6, 1), (7, 1), (8, 1), (9, 0)] {
        assert_eq!(progress.length_at(&days, day(n)), length, "on day {n}");
    }
    assert_eq!(progress.after(&days, day(200)).best, 3);
}

#[test]
fn weeks_begin_on_monday_in_vietnam() {
    let weeks = streak("week", 0, "[2]");
    for (instant, same_as_sunday) in [
        ("2026-11-16T00:00:00+07:00", true),
        ("2026-11-15T23:59:59+07:00", false),
        ("2026-11-22T16:59:59Z", true),
        ("2026-11-22T17:00:00Z", false),
    ] {
        let sunday = Every::Week.period(noon("2026-11-22"));
        assert_eq!(Every::Week.period(at(instant)) == sunday, same_as_sunday, "{instant}");
    }
    let once = StreakProgress::default().after(&weeks, noon("2026-11-20"));
    assert_eq!(once.after(&weeks, noon("2026-11-22")), once, "the same week");
    assert_eq!(once.after(&weeks, noon("2026-11-23")).best, 2);
    // A programme that counts days from now on begins anew.
    let days = streak("day", 0, "[2]");
    let anew = once.after(&days, noon("2026-11-23"));
    assert_eq!((anew.best, anew.length_at(&days, noon("2026-11-23"))), (1, 1));
    for end in [Timestamp::MIN, Timestamp::MAX] {
        once.after(&weeks, end).after(&weeks, noon("2026-11-20")).length_at(&weeks, end);
    }
}
