//! Every code of Zalo's two error tables, said to a real send, and what stands in the row after it.

use domain::{
    channel::Channel,
    consent::Purpose,
    notification::{AttemptOutcome, Notification, Pauses, Recipient, Scope, State},
    phone::Phone,
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::DEMO;
use testkit::stand_in::ZaloFault;

use crate::setup::*;

/// Zalo's two tables: `host,code,class,about`.
const CODES: &str = include_str!("../../../../shared/cloud/fixtures/zalo/codes.csv");

/// What each class comes to for a message that only one channel may take, and when it is looked at again: in minutes from the
/// start, or from an instant on, within the half hour over which such are spread.
fn expected(class: &str, about: &str) -> (State, &'static str, Due) {
    match (class, about) {
        ("AUTH", _) => (State::Held, "token", Due::Seconds(15, 30)),
        ("BACKOFF", _) => (State::Held, "backoff", Due::Seconds(15, 30)),
        ("DEFER", "morning") => (State::Held, "deferred", Due::Spread("2026-11-21T06:00:00+07:00")),
        ("DEFER", "day") => (State::Held, "deferred", Due::Spread("2026-11-21T00:00:00+07:00")),
        ("DEFER", "month") => (State::Held, "deferred", Due::Spread("2026-12-01T00:00:00+07:00")),
        ("RECIPIENT", _) => (State::Failed, "recipient", Due::Never),
        ("PAYLOAD", _) => (State::Failed, "payload", Due::Never),
        ("CONFIG", "template" | "account") => {
            (State::Held, "config", Due::Seconds(15 * 60, 15 * 60))
        }
        ("UNKNOWN", _) => (State::Unknown, "outcome_unknown", Due::Seconds(15 * 60, 15 * 60)),
        other => panic!("{other:?} is no class"),
    }
}

enum Due {
    Never,
    /// Between so many seconds from the start.
    Seconds(i64, i64),
    /// Within half an hour from there.
    Spread(&'static str),
}

impl Due {
    fn holds(&self, due_at: Option<Timestamp>) -> bool {
        match (self, due_at) {
            (Self::Never, None) => true,
            (Self::Seconds(least, most), Some(due_at)) => {
                (*least..=*most).contains(&due_at.duration_since(start()).as_secs())
            }
            (Self::Spread(from), Some(due_at)) => {
                let from: Timestamp = from.parse().unwrap();
                (from..from + SignedDuration::from_mins(30)).contains(&due_at)
            }
            (Self::Never, Some(_)) | (Self::Seconds(..) | Self::Spread(_), None) => false,
        }
    }
}

/// What is stopped after it, by host, since each host has its own channel here.
fn stopped(host: &str, about: &str) -> Option<Scope> {
    match (host, about) {
        ("business", "template") => {
            Some(Scope::TemplateOn("payment-received".to_owned(), Channel::ZnsPhone))
        }
        ("oa", "template") => {
            Some(Scope::TemplateOn("payment-received".to_owned(), Channel::ZnsUid))
        }
        ("business", "account") => Some(Scope::AccountOn(OA.to_owned(), Channel::ZnsPhone)),
        ("oa", "account") => Some(Scope::AccountOn(OA.to_owned(), Channel::ZnsUid)),
        _ => None,
    }
}

/// Goal: no code of Zalo's ends where its class does not say. Method: one desk, one customer's message per code, the code said to
/// its only call; then the row, what is stopped, and what people were told.
#[tokio::test]
async fn every_code_of_zalos_tables_ends_in_the_state_of_its_class() {
    let mut desk = Desk::with(wide()).await;
    let mut codes = 0;
    for line in CODES.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [host, code, class, about] = cells[..] else { panic!("{line}") };
        let number: i32 = code.parse().unwrap();
        let channel = if host == "business" { Channel::ZnsPhone } else { Channel::ZnsUid };
        // A number without Zalo is remembered: each code has a number of its own.
        let phone = Phone::parse(&format!("0912345{codes:03}")).ok();
        let recipient = Recipient { phone, user: Some(LAN.to_owned()) };
        let channels = vec![channel];
        let one = Notification { channels, recipient, ..planned(&format!("{host}{number}")) };
        desk.zalo.plan(1, ZaloFault::Refuse(number));
        let told = desk.send(&one, start()).await;
        // A refused token is renewed in the same run where there is a pair; here there is none to renew.
        let (state, reason, due) = expected(class, about);
        assert_eq!((told.state, told.reason.as_deref()), (state, Some(reason)), "{line}");
        assert!(due.holds(told.due_at), "{line}: due at {:?}", told.due_at);
        let outcome = match class {
            "UNKNOWN" => AttemptOutcome::Unknown,
            _ => AttemptOutcome::Refused(number.into()),
        };
        assert_eq!(told.attempts[0].outcome, Some(outcome), "{line}");
        // Whom nothing more is sent, nobody needs the number of.
        assert_eq!(told.recipient.phone.is_none(), state == State::Failed, "{line}");
        let Pauses(stands) = desk.tenants().pauses(DEMO).await.unwrap();
        let names: Vec<&Scope> = stands.keys().collect();
        let expected = stopped(host, about).filter(|_| class == "CONFIG");
        assert_eq!(names, expected.iter().collect::<Vec<_>>(), "{line}");
        for scope in names {
            assert_eq!(stands[scope].stop.unwrap().code, i64::from(number), "{line}");
            desk.tenants().resume(DEMO, scope).await.unwrap();
        }
        // What people are told of it is a call of its own: its record is lost, and nobody ticks.
        desk.state.batch(FUNCTION);
        codes += 1;
    }
    assert_eq!((codes, desk.reached()), (desk.zalo.calls().len(), 0));
    assert_eq!(codes, CODES.lines().count() - 1);
}

#[tokio::test]
async fn a_password_that_meets_a_broken_template_is_tried_again_at_once() {
    let mut desk = Desk::with(wide()).await;
    desk.zalo.plan(1, ZaloFault::Refuse(-131));
    let otp = Notification { purpose: Purpose::Otp, ..planned("code") };
    let told = desk.send(&otp, start()).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("config")));
    assert!(told.due_at.unwrap().duration_since(start()).as_secs() <= 30);
    desk.tick(at(1)).await;
    assert_eq!(desk.find(&told).await.state, State::Sent);
}

#[tokio::test]
async fn what_waits_beyond_its_deadline_goes_by_another_channel_or_fails_at_once() {
    let deadline = Some(at(120));
    for (channels, state, reason) in [
        (vec![Channel::ZnsPhone], State::Failed, Some("deferred")),
        (vec![Channel::ZnsPhone, Channel::ZnsUid], State::Sent, None),
    ] {
        let mut desk = Desk::with(wide()).await;
        desk.zalo.plan(1, ZaloFault::Refuse(-144));
        let one = Notification { channels, deadline, ..planned("tell") };
        let told = desk.send(&one, start()).await;
        assert_eq!((told.state, told.reason.as_deref()), (state, reason));
    }
}

#[tokio::test]
async fn the_day_of_a_quota_ends_at_the_hour_that_the_business_says() {
    let mut desk = Desk::with(domain::tenant::Limits { quota_resets_h: 9, ..wide() }).await;
    desk.zalo.plan(1, ZaloFault::Refuse(-144));
    let told = desk.send(&planned("tell"), start()).await;
    let minutes = told.due_at.unwrap().duration_since(start()).as_mins();
    assert!((30..60).contains(&minutes), "09:00 of the same day: {minutes}");
}
