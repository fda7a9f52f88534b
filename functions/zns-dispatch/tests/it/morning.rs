//! What the night holds back, and how it goes in the morning.

use std::collections::BTreeMap;

use domain::{
    channel::Channel,
    consent::Purpose,
    id::{EffectId, EventId},
    notification::{Cause, Notification, SAFETY_NET, State},
    tenant::Limits,
};
use jiff::{SignedDuration, Timestamp};

use crate::setup::*;

const OTHER: &str = "tra-sua";

fn clock(text: &str) -> Timestamp {
    format!("2026-11-{text}:00+07:00").parse().unwrap()
}

/// A password of another business, or of this one.
fn otp(tenant: &str, at: Timestamp) -> Notification {
    let event = EventId::of(tenant, "standard", "login");
    Notification {
        id: EffectId::of(&event, "login", "code"),
        tenant: tenant.to_owned(),
        cause: Cause { event, rule: "login".to_owned(), version: 99, step: "code".to_owned() },
        purpose: Purpose::Otp,
        planned_at: at,
        due_at: Some(at + SAFETY_NET),
        ..planned("code")
    }
}

/// A large release at 23:00, held for the morning. Returns the offers as they were planned.
async fn held_over_night(spread: SignedDuration) -> (Desk, Vec<Notification>) {
    let mut desk = Desk::with(Limits { morning_spread: spread, ..wide() }).await;
    desk.agrees().await;
    let late = clock("20T23:00");
    // By Zalo id: by phone the stand-in counts the day's quota anew for each of thousands.
    let one = Notification {
        channels: vec![Channel::ZnsUid],
        planned_at: late,
        due_at: Some(late + SAFETY_NET),
        ..offer()
    };
    let offers = many(&one, ordinary_or_long(300, 5_000));
    for batch in desk.plan_all(&offers).await {
        desk.stream(&batch, late).await;
    }
    assert_eq!(desk.count(&offers, State::Held, Some("night")).await, offers.len());
    (desk, offers)
}

#[tokio::test]
async fn a_release_at_night_goes_in_the_morning_spread_as_configured() {
    let (mut desk, offers) = held_over_night(SignedDuration::from_hours(1)).await;
    desk.apply(OTHER, Limits::default()).await;
    let code = otp(OTHER, clock("21T02:00"));
    desk.table().plan(&code).await.unwrap();
    let batch = desk.state.batch(FUNCTION);
    desk.stream(&batch, clock("21T02:00")).await;
    assert_eq!(desk.reached(), 1, "the other business's password goes at once");

    for minute in ["21T00:00", "21T02:01", "21T05:58", "21T05:59"] {
        desk.tick(clock(minute)).await;
    }
    assert_eq!(desk.reached(), 1, "no offer at night");
    let mut by_minute: BTreeMap<i64, usize> = BTreeMap::new();
    for minute in 0..=60 {
        let before = desk.reached();
        desk.tick(clock("21T06:00") + SignedDuration::from_mins(minute)).await;
        by_minute.insert(minute, desk.reached() - before);
    }
    assert_eq!(desk.reached(), 1 + offers.len());
    assert_eq!(desk.count(&offers, State::Sent, None).await, offers.len());
    // Each ten minutes have a sixth, as evenly as ids are: within four standard deviations.
    let mean = offers.len() as f64 / 6.0;
    for tens in 0..6 {
        // What falls into a minute goes at the tick that ends it.
        let minutes = tens * 10 + 1..=tens * 10 + 10;
        let went: usize = minutes.map(|minute| by_minute[&minute]).sum();
        let off = (went as f64 - mean).abs();
        assert!(
            off < 4.0 * mean.sqrt(),
            "{went} in the ten minutes from 06:{tens}0, {by_minute:?}"
        );
    }
}

#[tokio::test]
async fn a_password_goes_before_all_offers_that_are_due() {
    let (desk, offers) = held_over_night(SignedDuration::from_mins(30)).await;
    let now = clock("21T07:00");
    desk.table().plan(&otp(local::demo::state::DEMO, now - SAFETY_NET)).await.unwrap();
    desk.tick(now).await;
    let messages = desk.messages();
    assert_eq!(messages.len(), 1 + offers.len(), "one tick takes all");
    assert_eq!(messages[0].template.as_deref(), Some("433002"), "the password's template");
}

/// Goal: who has become due meanwhile does not wait for the end of a release. Method: the password is planned after some offers of
/// the same tick have gone, and its record of the stream is lost.
#[tokio::test]
async fn a_password_that_becomes_due_in_the_middle_waits_for_a_page_at_most() {
    let (desk, offers) = held_over_night(SignedDuration::from_mins(30)).await;
    let now = clock("21T07:00");
    let code = otp(local::demo::state::DEMO, now - SAFETY_NET);
    let plan = async {
        while desk.reached() < 10 {
            tokio::task::yield_now().await;
        }
        desk.table().plan(&code).await.unwrap();
    };
    tokio::join!(desk.tick(now), plan);
    let messages = desk.messages();
    assert_eq!(messages.len(), 1 + offers.len());
    let place = messages.iter().position(|m| m.template.as_deref() == Some("433002")).unwrap();
    assert!((10..=100).contains(&place), "{place}");
}
