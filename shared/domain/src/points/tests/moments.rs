//! Single instants at which something turns: midnight in Vietnam, a leap day, a clock that goes back.

use jiff::SignedDuration;

use super::{super::*, *};

/// An account on which things are asked for one after the other.
struct One {
    account: Account,
    policy: Policy,
    asked: u64,
    entries: Vec<Entry>,
}

impl One {
    fn new(policy: Policy) -> Self {
        Self { account: account("a"), policy, asked: 0, entries: Vec::new() }
    }

    fn ask(&mut self, now: &str, posting: Posting) -> Result<Entry, Refusal> {
        let now = at(now);
        self.asked += 1;
        let request = Request { operation: operation(self.asked), posting, occurred_at: now };
        loop {
            let next = post("t", &self.account, &request, &self.policy, now)?;
            let (entry, is_it) = match next {
                Next::Entry(entry) => (entry, true),
                Next::DueFirst(entry) => (entry, false),
            };
            self.account = Account::after(self.account.id.clone(), &entry);
            self.entries.push(entry.clone());
            if is_it {
                return Ok(entry);
            }
        }
    }

    fn earn(&mut self, now: &str, amount: u64) -> Result<Entry, Refusal> {
        self.ask(now, Posting::Earn { amount: points(amount), cap: None })
    }

    fn spend(&mut self, now: &str, amount: u64) -> Result<Entry, Refusal> {
        self.ask(now, Posting::Spend { amount: points(amount) })
    }

    fn reverse(
        &mut self,
        now: &str,
        entry: &Entry,
        before: u64,
        amount: u64,
    ) -> Result<Entry, Refusal> {
        let original = Original {
            legs: entry.legs.clone(),
            occurred_at: entry.occurred_at,
            reversed: points(before),
        };
        self.ask(now, Posting::Reverse { original, amount: Some(points(amount)) })
    }

    fn available(&self, now: &str) -> u64 {
        self.account.view(at(now)).available.get()
    }
}

fn kinds(entry: &Entry) -> Vec<String> {
    entry.legs.iter().map(|leg| format!("{} {}", leg.kind(), leg.amount())).collect()
}

#[test]
fn points_can_be_spent_up_to_the_last_millisecond_of_their_month_and_not_in_the_instant_after() {
    let mut one = One::new(Policy { expiry_months: Some(1), ..PLAIN });
    one.earn("2026-01-31T23:59:59.999+07:00", 100).unwrap();
    let entry = one.spend("2026-02-28T23:59:59.999+07:00", 40).unwrap();
    assert_eq!(kinds(&entry), ["spend 40"]);
    assert_eq!(one.available("2026-02-28T23:59:59.999+07:00"), 60);
    assert_eq!(one.available("2026-03-01T00:00:00+07:00"), 0);
    let refused = one.spend("2026-03-01T00:00:00+07:00", 1);
    assert_eq!(refused, Err(Refusal::Insufficient { available: Points::ZERO }));
    let entry = one.earn("2026-03-01T00:00:00+07:00", 5).unwrap();
    assert_eq!(kinds(&entry), ["expire 60", "earn 5"]);
}

#[test]
fn a_leap_day_and_months_of_31_days_end_where_the_calendar_says() {
    let mut one = One::new(Policy { expiry_months: Some(1), ..PLAIN });
    one.earn("2024-01-31T12:00:00+07:00", 10).unwrap();
    assert_eq!(one.available("2024-02-29T23:59:59.999+07:00"), 10);
    assert_eq!(one.available("2024-03-01T00:00:00+07:00"), 0);
    let mut one = One::new(Policy { expiry_months: Some(12), ..PLAIN });
    one.earn("2024-02-29T12:00:00+07:00", 10).unwrap();
    assert_eq!(one.available("2025-02-28T23:59:59.999+07:00"), 10);
    assert_eq!(one.available("2025-03-01T00:00:00+07:00"), 0);
    let mut one = One::new(Policy { expiry_months: Some(2), ..PLAIN });
    one.earn("2026-12-31T23:59:59+07:00", 10).unwrap();
    assert_eq!(one.available("2027-02-28T23:59:59+07:00"), 10);
    assert_eq!(one.available("2027-03-01T00:00:00+07:00"), 0);
}

#[test]
fn midnight_in_vietnam_and_not_in_greenwich_turns_the_day_of_a_limit() {
    let policy = Policy { per_day_max: Some(points(100)), ..PLAIN };
    let mut one = One::new(policy);
    assert_eq!(kinds(&one.earn("2026-11-20T16:59:59Z", 70).unwrap()), ["count 70", "earn 70"]);
    assert_eq!(kinds(&one.earn("2026-11-20T16:59:59.500Z", 70).unwrap()), ["count 30", "earn 30"]);
    assert_eq!(one.earn("2026-11-20T16:59:59.999Z", 1), Err(Refusal::CapReached));
    assert_eq!(kinds(&one.earn("2026-11-20T17:00:00Z", 70).unwrap()), ["count 70", "earn 70"]);
}

#[test]
fn a_clock_that_goes_back_changes_nothing_that_was() {
    let mut one = One::new(Policy { expiry_months: Some(1), ..PLAIN });
    one.earn("2026-01-15T12:00:00+07:00", 10).unwrap();
    one.earn("2026-03-01T00:00:00+07:00", 5).unwrap();
    // By this clock the lot of January would still be there.
    let refused = one.spend("2026-02-10T12:00:00+07:00", 10);
    assert_eq!(refused, Err(Refusal::Insufficient { available: points(5) }));
    let entry = one.spend("2026-02-10T12:00:00+07:00", 5).unwrap();
    assert_eq!(entry.recorded_at, at("2026-03-01T00:00:00+07:00"));
    assert_eq!(one.available("2026-02-10T12:00:00+07:00"), 0);
}

#[test]
fn what_is_held_does_not_end_and_what_is_put_back_too_late_does() {
    let mut one = One::new(Policy { expiry_months: Some(1), ..PLAIN });
    one.earn("2026-01-15T12:00:00+07:00", 100).unwrap();
    let until = at("2026-03-05T12:00:00+07:00");
    let held = one.ask("2026-02-01T00:00:00+07:00", Posting::Hold { amount: points(60), until });
    let hold = held.unwrap().seq;
    let capture = Posting::Capture { hold, amount: Some(points(25)) };
    let entry = one.ask("2026-03-03T00:00:00+07:00", capture).unwrap();
    assert_eq!(kinds(&entry), ["expire 40", "capture 25", "release 35", "expire 35"]);
    assert_eq!(one.account.view(at("2026-03-03T00:00:00+07:00")).balance, 0);
    let again = Posting::Capture { hold, amount: None };
    assert_eq!(one.ask("2026-03-03T00:00:01+07:00", again), Err(Refusal::NoSuchHold));
}

#[test]
fn a_hold_that_is_over_gives_its_points_back_by_itself() {
    let mut one = One::new(PLAIN);
    one.earn("2026-01-15T12:00:00+07:00", 100).unwrap();
    let until = at("2026-01-16T12:00:00+07:00");
    one.ask("2026-01-15T13:00:00+07:00", Posting::Hold { amount: points(100), until }).unwrap();
    assert_eq!(one.available("2026-01-16T11:59:59+07:00"), 0);
    assert_eq!(one.available("2026-01-16T12:00:00+07:00"), 100);
    let entry = one.spend("2026-01-16T12:00:00+07:00", 1).unwrap();
    assert_eq!(kinds(&entry), ["release 100", "spend 1"]);
}

#[test]
fn two_partial_reversals_never_undo_more_than_there_was() {
    let mut one = One::new(PLAIN);
    let earned = one.earn("2026-01-15T12:00:00+07:00", 100).unwrap();
    one.reverse("2026-01-16T12:00:00+07:00", &earned, 0, 60).unwrap();
    let over = one.reverse("2026-01-17T12:00:00+07:00", &earned, 60, 41);
    assert_eq!(over, Err(Refusal::OverReversal { left: points(40) }));
    one.reverse("2026-01-17T12:00:00+07:00", &earned, 60, 40).unwrap();
    assert_eq!(one.available("2026-01-17T12:00:00+07:00"), 0);
    assert!(one.account.tail.earned.is_empty(), "a tier does not count it any more");
}

#[test]
fn a_refund_goes_to_the_very_lots_and_to_the_last_one_first() {
    let mut one = One::new(PLAIN);
    one.earn("2026-01-15T12:00:00+07:00", 100).unwrap();
    one.earn("2026-02-15T12:00:00+07:00", 100).unwrap();
    let spent = one.spend("2026-02-16T12:00:00+07:00", 150).unwrap();
    let back = one.reverse("2026-02-17T12:00:00+07:00", &spent, 0, 60).unwrap();
    let months: Vec<String> = back.legs.iter().map(|l| l.month().unwrap().to_string()).collect();
    assert_eq!(
        (kinds(&back), months.join(" ")),
        (vec!["refund 50".into(), "refund 10".into()], "2027-02 2027-01".into())
    );
    one.reverse("2026-02-17T12:00:00+07:00", &spent, 60, 90).unwrap();
    assert_eq!(one.account.tail.lots, one.entries[1].tail.lots);
}

#[test]
fn points_that_were_earned_by_mistake_and_spent_are_owed_where_that_is_allowed() {
    let mut strict = One::new(PLAIN);
    let earned = strict.earn("2026-01-15T12:00:00+07:00", 100).unwrap();
    strict.spend("2026-01-16T12:00:00+07:00", 80).unwrap();
    let refused = strict.reverse("2026-01-17T12:00:00+07:00", &earned, 0, 100);
    assert_eq!(refused, Err(Refusal::AlreadySpent));

    let mut one = One::new(Policy { debt_allowed: true, ..PLAIN });
    let earned = one.earn("2026-01-15T12:00:00+07:00", 100).unwrap();
    one.spend("2026-01-16T12:00:00+07:00", 80).unwrap();
    let back = one.reverse("2026-01-17T12:00:00+07:00", &earned, 0, 100).unwrap();
    assert_eq!(kinds(&back), ["take_back 20", "owe 80"]);
    let view = one.account.view(at("2026-01-17T12:00:00+07:00"));
    assert_eq!((view.balance, view.available, view.debt), (-80, Points::ZERO, points(80)));
    let next = one.earn("2026-01-18T12:00:00+07:00", 100).unwrap();
    assert_eq!(kinds(&next), ["earn 100", "repay 80"]);
    assert_eq!(one.available("2026-01-18T12:00:00+07:00"), 20);
}

#[test]
fn pending_points_come_by_day_in_at_most_eight_places() {
    let mut one = One::new(Policy { pending_days: 30, ..PLAIN });
    let start = at("2026-01-01T12:00:00+07:00");
    for day in 0..120 {
        let now = (start + SignedDuration::from_hours(24 * day)).to_string();
        one.earn(&now, 10).unwrap();
        assert!(one.account.tail.pending.len() <= PENDING_MAX);
        let pending = one.account.view(at(&now)).pending.get();
        assert!((day < 36 || (300..=350).contains(&pending)), "day {day}: {pending}");
    }
}

#[test]
fn what_was_earned_long_ago_is_not_born_dead() {
    let mut one = One::new(Policy { expiry_months: Some(1), ..PLAIN });
    let earn = Posting::Earn { amount: points(10), cap: None };
    let now = at("2026-03-01T00:00:00+07:00");
    let occurred_at = at("2026-01-31T23:59:59+07:00");
    let request = Request { operation: operation(1), posting: earn, occurred_at };
    let refused = post("t", &one.account, &request, &one.policy, now);
    assert_eq!(refused, Err(Refusal::ExpiredOnArrival));
    // And what is said to come from the future counts as now.
    one.earn("2026-03-01T00:00:00+07:00", 1).unwrap();
    let request = Request { occurred_at: at("2030-01-01T00:00:00Z"), ..request };
    let Ok(Next::Entry(entry)) = post("t", &one.account, &request, &one.policy, now) else {
        panic!()
    };
    assert_eq!(entry.occurred_at, now);
}

#[test]
fn nothing_and_too_much_are_refused_by_name() {
    let mut one = One::new(Policy { per_operation_max: Some(points(500)), ..PLAIN });
    let now = "2026-03-01T00:00:00+07:00";
    assert_eq!(one.earn(now, 0), Err(Refusal::BadAmount));
    assert_eq!(one.earn(now, 501), Err(Refusal::OverLimit { max: points(500) }));
    one.earn(now, 500).unwrap();
    assert_eq!(one.spend(now, 501), Err(Refusal::OverLimit { max: points(500) }));
    for until in [now, "2027-03-03T00:00:00+07:00"] {
        let hold = Posting::Hold { amount: points(1), until: at(until) };
        assert_eq!(one.ask(now, hold), Err(Refusal::BadHoldEnd));
    }
    assert_eq!(one.ask(now, Posting::Settle), Err(Refusal::NothingDue));
    let grant = |n| Posting::Grant { amount: points(n) };
    assert_eq!(one.ask(now, grant(POINTS_MAX)), Err(Refusal::TooMuch));
    one.ask(now, grant(POINTS_MAX - 500)).unwrap();
    assert_eq!(one.earn(now, 1), Err(Refusal::TooMuch));
    assert_eq!(Points::new(POINTS_MAX + 1), None);
    assert_eq!(One::new(PLAIN).earn("2200-01-01T00:00:00Z", 1), Err(Refusal::BadTime));
}
