//! From facts to points.

use serde_json::json;

use super::*;
use crate::rule::{ConditionFacts, Facts, Refusal};

const EARNINGS: &str = "
currencies: [{id: diem, name: điểm}]
earnings:
- {id: down, currency: diem, per_vnd: {vnd: 1000, of: order.amount_vnd, round: down}}
- {id: nearest, currency: diem, per_vnd: {vnd: 1000, of: order.amount_vnd, round: nearest}}
- {id: up, currency: diem, per_vnd: {vnd: 1000, of: order.amount_vnd, round: up}}
- id: campaign
  currency: diem
  per_vnd: {vnd: 1000, of: order.amount_vnd, round: down}
  multiply:
  - {by: 1.5, when: \"'vip' in customer.tags\"}
  - {by: 1.15, when: order.amount_vnd >= 1000000}
  happy_hours: [{days: [fri], from: '22:00', to: '02:00', by: 2}]
  from: 2026-11-20
  until: 2026-11-21
- id: half
  currency: diem
  points: 3
  multiply: [{by: 0.5, when: 'true'}]
";

/// What `earning` gives for an order of this amount by a customer with these tags.
fn earned(
    earning: &str,
    order: &serde_json::Value,
    tags: &[&str],
    at: Timestamp,
) -> Result<u64, Refusal> {
    let facts = Facts {
        event: json!({"data": {}}),
        customer: json!({ "tags": tags }),
        order: json!({ "amount_vnd": order }),
        ..Facts::default()
    };
    let conditions = ConditionFacts::new(&facts).unwrap_or_else(|failure| panic!("{failure:?}"));
    let programme = read(EARNINGS);
    let points =
        programme.earning(earning).unwrap().points(&facts, at, |when| when.holds(&conditions));
    points.unwrap().map(|points| points.get())
}

#[test]
fn money_is_rounded_once_and_as_it_is_said() {
    let now = noon("2026-11-20");
    for (amount, down, nearest, up) in [
        (350_000_u64, Ok(350), Ok(350), Ok(350)),
        (350_499, Ok(350), Ok(350), Ok(351)),
        (350_500, Ok(350), Ok(351), Ok(351)),
        (999, Err(Refusal::NoPoints), Ok(1), Ok(1)),
        (1, Err(Refusal::NoPoints), Err(Refusal::NoPoints), Ok(1)),
        (0, Err(Refusal::NoPoints), Err(Refusal::NoPoints), Err(Refusal::NoPoints)),
        (10_000_000_000_000, Ok(10_000_000_000), Ok(10_000_000_000), Ok(10_000_000_000)),
        (10_000_000_000_400, Ok(10_000_000_000), Ok(10_000_000_000), Err(Refusal::TooManyPoints)),
        (
            u64::MAX,
            Err(Refusal::TooManyPoints),
            Err(Refusal::TooManyPoints),
            Err(Refusal::TooManyPoints),
        ),
    ] {
        let earned = ["down", "nearest", "up"].map(|id| earned(id, &json!(amount), &[], now));
        assert_eq!(earned, [down, nearest, up], "{amount}");
    }
}

#[test]
fn what_is_no_whole_amount_earns_nothing_and_says_so() {
    for amount in [json!(null), json!("350000"), json!(-1), json!(1.5), json!([1]), json!(1e30)] {
        let earned = earned("down", &amount, &[], noon("2026-11-20"));
        assert_eq!(earned, Err(Refusal::NoAmount), "{amount}");
    }
}

#[test]
fn factors_come_together_and_hours_and_dates_are_those_of_the_event() {
    let vip: &[&str] = &["vip"];
    for (instant, amount, tags, points) in [
        ("2026-11-20T12:00:00+07:00", 333_000, &[][..], Ok(333)),
        ("2026-11-20T12:00:00+07:00", 333_000, vip, Ok(499)),
        ("2026-11-20T12:00:00+07:00", 1_000_000, vip, Ok(1_725)),
        ("2026-11-20T21:59:59.999+07:00", 333_000, vip, Ok(499)),
        ("2026-11-20T22:00:00+07:00", 333_000, vip, Ok(999)),
        ("2026-11-20T23:59:59.999+07:00", 333_000, &[], Ok(666)),
        ("2026-11-21T00:00:00+07:00", 333_000, &[], Ok(666)),
        ("2026-11-21T01:59:59.999+07:00", 1_000_001, vip, Ok(3_450)),
        ("2026-11-21T02:00:00+07:00", 333_000, &[], Ok(333)),
        ("2026-11-21T23:59:59.999+07:00", 333_000, &[], Ok(333)),
        ("2026-11-22T00:00:00+07:00", 333_000, &[], Err(Refusal::OutsideDates)),
        ("2026-11-19T23:59:59.999+07:00", 333_000, &[], Err(Refusal::OutsideDates)),
        ("2026-11-20T00:00:00+07:00", 333_000, &[], Ok(333)),
    ] {
        assert_eq!(
            earned("campaign", &json!(amount), tags, at(instant)),
            points,
            "{instant} {amount}"
        );
    }
    assert_eq!(
        earned("half", &json!(null), &[], noon("2026-11-20")),
        Ok(1),
        "a fixed number rounds down"
    );
    for end in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(earned("campaign", &json!(1_000), &[], end), Err(Refusal::OutsideDates));
    }
}
