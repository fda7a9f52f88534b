//! Programmes that are wrong, and what right ones give.

use serde_json::json;

use super::{
    super::tests::{PLAIN, account, at, operation, points},
    *,
};
use crate::{
    points::{Account, Next, Posting, Request, post},
    rule::Facts,
};

const DEMO: &str = include_str!("../../../../../infra/local/demo/ca-phe-som/programme.yaml");

fn said(yaml: &str) -> String {
    Programme::read(yaml).err().iter().flatten().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn the_demos_programme_is_in_order() {
    let programme = Programme::read(DEMO).unwrap();
    let diem = Currency::parse("diem").unwrap();
    assert_eq!(programme.policy(&diem), Some(PLAIN));
    assert!(programme.earns("purchase") && !programme.earns("nothing"));
    assert_eq!(programme.reward("som-cup").unwrap().pool(), "stock-som-cup");
    assert_eq!(programme.reward("free-coffee").unwrap().pool(), "ly-ca-phe");
}

#[test]
fn everything_wrong_with_a_programme_is_said_at_once_with_its_line() {
    insta::assert_snapshot!(said(
        r#"
currencies:
  - {id: diem, name: điểm, expiry_months: 13}
  - {id: Xu, name: "", pending_days: 93, debt: maybe}
  - {id: diem, name: lại}
earnings:
  - {id: a, currency: vnd, points: 0}
  - {id: b, currency: diem, points: 1, per_vnd: {vnd: 1, of: order.amount_vnd}}
  - {id: c, currency: diem, per_vnd: {vnd: 0, of: customer.name}}
  - {id: d, currency: diem, points: 1, round: sideways, first_time: true}
  - {id: e, currency: diem, points: 1, multiply: [{by: 0, when: "1 +"}], from: "2026-13-01"}
  - {id: f, currency: diem, points: 1, happy_hours: [{by: 1.255, days: [day], from: "16:00", until: "14:00"}]}
  - {id: g, currency: diem, points: 1, from: "2026-12-31", until: "2026-01-01", extra: 1}
  - currency: diem
tiers:
  currency: diem
  window_months: 13
  levels: [{id: one, name: Một, from: 5}, {id: two, name: Hai, from: 5, retain: 6}]
rewards:
  - {id: cup, name: Ly, currency: diem}
"#
    ));
    insta::assert_snapshot!(said("[]"));
    insta::assert_snapshot!(said("{currencies: []}"));
}

#[test]
fn an_account_has_room_for_three_limits_besides_its_own() {
    let earning = |n: u32| format!("{{id: e{n}, currency: x, points: 1, per_day_max: 5}}");
    let with = |count| {
        let all: Vec<String> = (0..count).map(earning).collect();
        said(&format!("{{currencies: [{{id: x, name: X}}], earnings: [{}]}}", all.join(", ")))
    };
    assert_eq!(with(3), "");
    assert!(with(4).contains("too_long"), "{}", with(4));
}

fn programme(earning: &str) -> Programme {
    let yaml = format!(
        "{{currencies: [{{id: x, name: X}}], earnings: [{{id: e, currency: x, {earning}}}]}}"
    );
    Programme::read(&yaml).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn awarded(earning: &str, facts: &Facts, time: &str) -> Result<u64, NoAward> {
    programme(earning).award("e", facts, at(time)).map(|award| award.points.get())
}

#[test]
fn a_purchase_earns_by_whole_dong_and_rounds_once() {
    let order = |amount: u64| Facts { order: json!({"amount_vnd": amount}), ..Facts::default() };
    let per = "per_vnd: {vnd: 1000, of: order.amount_vnd}";
    for (earning, amount, points) in [
        (per.to_owned(), 350_000, Ok(350)),
        (per.to_owned(), 350_999, Ok(350)),
        (per.to_owned(), 999, Err(NoAward::NoPoints)),
        (format!("{per}, round: up"), 1, Ok(1)),
        (format!("{per}, round: nearest"), 1_499, Ok(1)),
        (format!("{per}, round: nearest"), 1_500, Ok(2)),
        (format!("{per}, multiply: [{{by: 1.5, when: \"true\"}}]"), 999, Ok(1)),
        (
            format!("{per}, multiply: [{{by: 1.5, when: \"true\"}}, {{by: 2, when: \"true\"}}]"),
            1_000,
            Ok(3),
        ),
        (
            format!(
                "{per}, multiply: [{{by: 2, when: \"order.amount_vnd > 5\"}}, {{by: 3, when: \"false\"}}]"
            ),
            7_000,
            Ok(14),
        ),
        (
            format!("{per}, multiply: [{{by: 2, when: \"order.nothing > 5\"}}]"),
            7_000,
            Err(NoAward::Failed),
        ),
        (per.to_owned(), u64::MAX, Ok(super::super::POINTS_MAX)),
    ] {
        assert_eq!(awarded(&earning, &order(amount), "2026-11-20T05:00:00Z"), points, "{earning}");
    }
    let none = awarded(per, &Facts::default(), "2026-11-20T05:00:00Z");
    assert_eq!(none, Err(NoAward::AmountMissing));
}

#[test]
fn happy_hours_and_seasons_begin_and_end_by_vietnams_clock() {
    let happy =
        "points: 10, happy_hours: [{by: 2, days: [fri], from: \"22:00\", until: \"24:00\"}]";
    for (time, points) in [
        ("2026-11-20T21:59:59+07:00", 10),
        ("2026-11-20T22:00:00+07:00", 20),
        ("2026-11-20T23:59:59.999+07:00", 20),
        ("2026-11-21T00:00:00+07:00", 10),
        ("2026-11-19T22:30:00+07:00", 10),
    ] {
        assert_eq!(awarded(happy, &Facts::default(), time), Ok(points), "{time}");
    }
    let season = "points: 10, from: \"2028-02-29\", until: \"2028-02-29\"";
    for (time, points) in [
        ("2028-02-28T16:59:59Z", Err(NoAward::OutOfSeason)),
        ("2028-02-28T17:00:00Z", Ok(10)),
        ("2028-02-29T16:59:59Z", Ok(10)),
        ("2028-02-29T17:00:00Z", Err(NoAward::OutOfSeason)),
    ] {
        assert_eq!(awarded(season, &Facts::default(), time), points, "{time}");
    }
}

/// An account that earned so much at these times.
fn earned(all: &[(&str, u64)]) -> Account {
    let mut state = account("lan");
    for (n, (time, amount)) in (0..).zip(all) {
        let posting = Posting::Earn { amount: points(*amount), cap: None };
        let request = Request { operation: operation(n), posting, occurred_at: at(time) };
        let Ok(Next::Entry(entry)) = post("t", &state, &request, &PLAIN, at(time)) else {
            panic!()
        };
        state = Account::after(state.id.clone(), &entry);
    }
    state
}

#[test]
fn a_tier_is_reached_at_once_and_lost_after_its_grace() {
    let programme = Programme::read(DEMO).unwrap();
    let tiers = programme.tiers().unwrap();
    let state = earned(&[("2026-01-31T12:00:00+07:00", 350), ("2026-03-01T12:00:00+07:00", 50)]);
    let standing =
        |before: Option<&Standing>, now: &str| tiers.standing(&state.tail, before, at(now));
    let silver = standing(None, "2026-03-01T12:00:00+07:00");
    assert_eq!((silver.tier.as_str(), silver.below_since), ("silver", None));
    // January leaves the window of twelve months with the year; the grace is thirty days.
    let kept = standing(Some(&silver), "2026-12-31T23:59:59+07:00");
    assert_eq!(kept, silver);
    let below = standing(Some(&silver), "2027-01-01T00:00:00+07:00");
    assert_eq!(
        (below.tier.as_str(), below.below_since),
        ("silver", Some(at("2027-01-01T00:00:00+07:00")))
    );
    let still = standing(Some(&below), "2027-01-30T23:59:59+07:00");
    assert_eq!(still, below);
    let lost = standing(Some(&below), "2027-01-31T00:00:00+07:00");
    assert_eq!((lost.tier.as_str(), lost.since), ("member", at("2027-01-31T00:00:00+07:00")));

    let now = at("2026-03-02T00:00:00+07:00");
    let projection = tiers.projection(&state.tail, &silver, now);
    assert_eq!(projection.earned, points(400));
    assert_eq!(projection.next, Some(("gold".to_owned(), points(1_100))));
    assert_eq!(projection.lost_at, Some(at("2027-01-31T00:00:00+07:00")));
    assert_eq!(tiers.next_change(&silver, now), Some(at("2026-04-01T00:00:00+07:00")));
    let member = standing(None, "2026-02-01T12:00:00+07:00");
    assert_eq!(tiers.next_change(&tiers.standing(&account("x").tail, None, now), now), None);
    assert_eq!(member.tier, "member", "what comes later does not count");
}

#[test]
fn who_earns_again_within_the_grace_keeps_the_tier() {
    let programme = Programme::read(DEMO).unwrap();
    let tiers = programme.tiers().unwrap();
    let mut all = vec![("2026-01-31T12:00:00+07:00", 400)];
    let before = earned(&all);
    let silver = tiers.standing(&before.tail, None, at("2026-01-31T12:00:00+07:00"));
    let below = tiers.standing(&before.tail, Some(&silver), at("2027-01-01T00:00:00+07:00"));
    assert!(below.below_since.is_some());
    all.push(("2027-01-20T12:00:00+07:00", 400));
    let again = tiers.standing(&earned(&all).tail, Some(&below), at("2027-01-20T12:00:00+07:00"));
    assert_eq!(again, silver);
}
