//! Levels over the ends of months, a leap day and the days of grace.

use super::*;
use crate::points::{Day, Earned, Month, Points, Tail};

/// Three levels that count so many months, with so many days of grace. The second one is kept with 300.
fn tiers(window_months: u32, grace_days: u32) -> Tiers {
    let yaml = format!(
        "
currencies: [{{id: diem, name: điểm}}]
tiers:
  currency: diem
  window_months: {window_months}
  grace_days: {grace_days}
  levels:
  - {{id: member, name: Member, from: 0}}
  - {{id: bac, name: Bạc, from: 400, retain: 300}}
  - {{id: vang, name: Vàng, from: 1500}}
"
    );
    read(&yaml).tiers.unwrap()
}

/// What was earned, by a day of its month.
fn tail(earned: &[(&str, u64)]) -> Tail {
    let month = |(day, amount): &(&str, u64)| Earned {
        month: Month::of(noon(day)),
        amount: Points::new(*amount).unwrap(),
    };
    Tail { earned: earned.iter().map(month).collect(), ..Tail::default() }
}

/// Where a customer stands who is looked at each of these days with the same tail.
fn looked_at(tiers: &Tiers, tail: &Tail, days: &[&str]) -> String {
    let mut standing = None;
    let mut lines = String::new();
    for day in days {
        let now = noon(day);
        let next = tiers.tier_at(tail, standing.as_ref(), now);
        assert_eq!(tiers.tier_at(tail, Some(&next), now), next, "looking twice changes nothing");
        let Projection { next: ahead, lost_on } = tiers.projection(tail, &next, now);
        let ahead = ahead.map(|next| format!("{} more for {}", next.missing, next.level));
        let lost = lost_on.map(|day| format!("lost on {day}"));
        let below = next.below_since.map(|day| format!(" below since {day}"));
        let since = Day::of(next.since);
        lines += &format!(
            "{day} {} since {since}{}: {}, {}\n",
            next.level,
            below.unwrap_or_default(),
            ahead.as_deref().unwrap_or("the highest"),
            lost.as_deref().unwrap_or("never lost"),
        );
        standing = Some(next);
    }
    lines
}

#[test]
fn a_level_is_reached_at_once_and_counts_what_was_earned() {
    let tiers = tiers(12, 30);
    let now = noon("2026-11-20");
    for (points, level) in
        [(0, "member"), (399, "member"), (400, "bac"), (1_499, "bac"), (1_500, "vang")]
    {
        let tail = tail(&[("2026-11-20", points)]);
        let standing = tiers.tier_at(&tail, None, now);
        assert_eq!(standing.level, level, "{points}");
        let member = tiers.tier_at(&Tail::default(), None, noon("2026-01-01"));
        assert_eq!(tiers.tier_at(&tail, Some(&member), now).level, level, "{points}");
    }
    // Two levels at once, and the balance has nothing to do with it.
    assert!(tail(&[("2026-11-20", 1_500)]).lots.is_empty());
}

#[test]
fn a_level_is_lost_some_days_after_the_month_that_it_rests_on_has_dropped_out() {
    let tail = tail(&[("2026-11-30", 1_600)]);
    insta::assert_snapshot!(
        looked_at(
            &tiers(12, 30),
            &tail,
            &["2026-11-30", "2027-10-31", "2027-11-01", "2027-11-30", "2027-12-01", "2027-12-02"],
        ),
        @r#"
        2026-11-30 vang since 2026-11-30: the highest, lost on 2027-12-01
        2027-10-31 vang since 2026-11-30: the highest, lost on 2027-12-01
        2027-11-01 vang since 2026-11-30 below since 2027-11-01: the highest, lost on 2027-12-01
        2027-11-30 vang since 2026-11-30 below since 2027-11-01: the highest, lost on 2027-12-01
        2027-12-01 member since 2027-12-01: 400 more for bac, never lost
        2027-12-02 member since 2027-12-01: 400 more for bac, never lost
        "#
    );
}

#[test]
fn a_leap_day_counts_with_its_month() {
    let tail = tail(&[("2028-02-29", 450)]);
    insta::assert_snapshot!(
        looked_at(&tiers(12, 28), &tail, &["2028-02-29", "2029-01-31", "2029-02-01", "2029-02-28", "2029-03-01"]),
        @r#"
        2028-02-29 bac since 2028-02-29: 1050 more for vang, lost on 2029-03-01
        2029-01-31 bac since 2028-02-29: 1050 more for vang, lost on 2029-03-01
        2029-02-01 bac since 2028-02-29 below since 2029-02-01: 1500 more for vang, lost on 2029-03-01
        2029-02-28 bac since 2028-02-29 below since 2029-02-01: 1500 more for vang, lost on 2029-03-01
        2029-03-01 member since 2029-03-01: 400 more for bac, never lost
        "#
    );
    insta::assert_snapshot!(
        looked_at(&tiers(1, 0), &tail, &["2028-02-29", "2028-03-01"]),
        @r#"
        2028-02-29 bac since 2028-02-29: 1050 more for vang, lost on 2028-03-01
        2028-03-01 member since 2028-03-01: 400 more for bac, never lost
        "#
    );
}

#[test]
fn who_falls_keeps_the_highest_level_that_can_still_be_kept() {
    let tail = tail(&[("2026-01-10", 1_200), ("2026-06-10", 350)]);
    insta::assert_snapshot!(
        looked_at(&tiers(12, 10), &tail, &["2026-06-10", "2027-01-01", "2027-01-10", "2027-01-11", "2027-06-01", "2027-06-11"]),
        @r#"
        2026-06-10 vang since 2026-06-10: the highest, lost on 2027-01-11
        2027-01-01 vang since 2026-06-10 below since 2027-01-01: the highest, lost on 2027-01-11
        2027-01-10 vang since 2026-06-10 below since 2027-01-01: the highest, lost on 2027-01-11
        2027-01-11 bac since 2027-01-11: 1150 more for vang, lost on 2027-06-11
        2027-06-01 bac since 2027-01-11 below since 2027-06-01: 1500 more for vang, lost on 2027-06-11
        2027-06-11 member since 2027-06-11: 400 more for bac, never lost
        "#
    );
}

/// Goal: the day of a fall does not hang on who looks when. Method: looked at once, late, and each day.
#[test]
fn a_fall_is_dated_by_the_calendar_and_not_by_who_looks() {
    let tail = tail(&[("2026-01-10", 1_600)]);
    let tiers = tiers(12, 30);
    let first = tiers.tier_at(&tail, None, noon("2026-01-10"));
    let mut daily = first.clone();
    for n in 1..=400 {
        let now = Day::of(first.since).plus(n).start();
        daily = tiers.tier_at(&tail, Some(&daily), now);
        let once = tiers.tier_at(&tail, Some(&first), now);
        assert_eq!(
            (&daily.level, daily.since, daily.below_since),
            (&once.level, once.since, once.below_since)
        );
        let held = now < at("2027-01-31T00:00:00+07:00");
        assert_eq!(daily.level, if held { "vang" } else { "member" }, "{now}");
    }
    assert_eq!(daily.since, at("2027-01-31T00:00:00+07:00"));
}

#[test]
fn what_is_taken_back_begins_the_days_of_grace_and_what_is_earned_ends_them() {
    let tiers = tiers(12, 10);
    let high = tail(&[("2026-11-02", 500)]);
    let low = tail(&[("2026-11-02", 299)]);
    let bac = tiers.tier_at(&high, None, noon("2026-11-02"));
    let below = tiers.tier_at(&low, Some(&bac), noon("2026-11-20"));
    assert_eq!(below.below_since.map(|day| day.to_string()).as_deref(), Some("2026-11-20"));
    assert_eq!((below.level.as_str(), below.since), ("bac", bac.since));
    // A reversal in a later month than the last look is dated by its own day as well.
    let later = tiers.tier_at(&low, Some(&bac), noon("2026-12-05"));
    assert_eq!(later.below_since.map(|day| day.to_string()).as_deref(), Some("2026-12-05"));
    // 300 are enough to keep it, though not to reach it.
    let kept = tail(&[("2026-11-02", 300)]);
    let again = tiers.tier_at(&kept, Some(&below), noon("2026-11-29"));
    assert_eq!((again.level.as_str(), again.below_since), ("bac", None));
    let lost = tiers.tier_at(&low, Some(&below), noon("2026-11-30"));
    assert_eq!((lost.level.as_str(), lost.below_since), ("member", None));
    assert_eq!(lost.since, at("2026-11-30T00:00:00+07:00"));
    // Without grace it is lost at the very moment.
    let strict = tiers_without_grace();
    let lost = strict.tier_at(&low, Some(&bac), noon("2026-11-20"));
    assert_eq!((lost.level.as_str(), lost.since), ("member", at("2026-11-20T00:00:00+07:00")));
}

fn tiers_without_grace() -> Tiers {
    tiers(12, 0)
}

#[test]
fn a_level_that_there_is_no_more_and_a_clock_that_goes_back_are_no_panic() {
    let tiers = tiers(12, 30);
    let tail = tail(&[("2026-11-20", 450)]);
    let now = noon("2026-11-20");
    let gone = Standing { level: "gone".to_owned(), since: now, judged_at: now, below_since: None };
    assert_eq!(tiers.tier_at(&tail, Some(&gone), now).level, "bac");
    let bac = tiers.tier_at(&tail, None, now);
    assert_eq!(tiers.tier_at(&tail, Some(&bac), noon("2025-01-01")), bac);
    for end in [Timestamp::MIN, Timestamp::MAX] {
        let standing = tiers.tier_at(&tail, Some(&bac), end);
        tiers.projection(&tail, &standing, end);
        tiers.projection(&tail, &gone, end);
    }
    assert_eq!(tiers.projection(&tail, &bac, now).lost_on.unwrap().to_string(), "2027-12-01");
    let stored = serde_json::to_string(&bac).unwrap();
    assert_eq!(serde_json::from_str::<Standing>(&stored).unwrap(), bac);
}
