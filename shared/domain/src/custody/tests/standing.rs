use jiff::{SignedDuration, Timestamp};

use super::super::*;

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T08:00:00+07:00".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

/// A pair of 25 h that came at minute 0.
fn standing() -> Standing {
    Standing {
        version: 3,
        issued_at: at(0),
        expires_at: Some(at(0) + LIFE),
        refresh_issued_at: Some(at(0)),
        lease: None,
        tries: 0,
        retry_at: None,
        ended: None,
    }
}

#[test]
fn the_schedule_refreshes_twice_a_day_and_a_short_life_at_three_fifths() {
    let long = standing();
    assert_eq!(long.next(Why::Schedule, at(12 * 60 - 1)), Next::Use);
    assert_eq!(long.next(Why::Schedule, at(12 * 60)), Next::Refresh);
    let short = Standing { expires_at: Some(at(60)), ..standing() };
    assert_eq!(short.next(Why::Schedule, at(35)), Next::Use);
    assert_eq!(short.next(Why::Schedule, at(36)), Next::Refresh);
}

#[test]
fn who_wants_to_send_refreshes_only_what_is_over() {
    let pair = standing();
    assert_eq!(pair.next(Why::Needed, at(25 * 60 - 3)), Next::Use);
    assert_eq!(pair.next(Why::Needed, at(25 * 60 - 2)), Next::Refresh);
}

#[test]
fn a_refused_access_token_is_refreshed_unless_it_is_young_or_was_replaced() {
    let pair = standing();
    assert_eq!(pair.next(Why::Refused(3), at(10)), Next::Refresh);
    assert_eq!(pair.next(Why::Refused(3), at(9)), Next::Wait(at(10)));
    assert_eq!(pair.next(Why::Refused(2), at(10)), Next::Use);
}

#[test]
fn others_wait_for_the_lease_and_for_the_pause_after_a_failure() {
    let lease = Lease { owner: "a".to_owned(), until: at(16 * 60) };
    let leased = Standing { lease: Some(lease), retry_at: Some(at(17 * 60)), ..standing() };
    assert_eq!(leased.next(Why::Schedule, at(15 * 60)), Next::Wait(at(16 * 60)));
    assert_eq!(leased.next(Why::Schedule, at(16 * 60)), Next::Wait(at(17 * 60)));
    assert_eq!(leased.next(Why::Schedule, at(17 * 60)), Next::Refresh);
}

#[test]
fn what_nobody_can_refresh_is_used_until_it_is_over() {
    let typed = Standing { refresh_issued_at: None, expires_at: None, ..standing() };
    assert_eq!(typed.next(Why::Schedule, at(1_000_000)), Next::Use);
    assert_eq!(typed.next(Why::Needed, at(1_000_000)), Next::Use);
    let person = Next::Person(Ended::NoRefreshToken);
    assert_eq!(typed.next(Why::Refused(3), at(10)), person);
    let ended = Standing { ended: Some(Ended::Lost), ..standing() };
    assert_eq!(ended.next(Why::Needed, at(0)), Next::Use);
    assert_eq!(ended.next(Why::Needed, at(25 * 60)), Next::Person(Ended::Lost));
    assert_eq!(ended.next(Why::Schedule, at(0)), Next::Person(Ended::Lost));
}

#[test]
fn every_word_for_an_end_is_read_back() {
    for ended in [Ended::Rejected, Ended::Lost, Ended::NoRefreshToken] {
        assert_eq!(Ended::parse(ended.as_str()), Some(ended));
    }
    assert_eq!(Ended::parse("dead"), None);
}
