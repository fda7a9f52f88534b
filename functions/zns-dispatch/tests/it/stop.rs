//! What Zalo takes nothing of until a person has mended it: stopped once, told once, tried now and then, let go by itself.

use domain::{
    channel::Channel,
    notification::{Notification, Pauses, Scope, State},
};
use jiff::SignedDuration;
use local::demo::state::DEMO;
use testkit::stand_in::ZaloFault;

use crate::setup::*;

const STOPPED: &str = "stopped(template:payment-received@zns-phone)";

async fn stops(desk: &Desk) -> Vec<String> {
    let Pauses(all) = desk.tenants().pauses(DEMO).await.unwrap();
    all.keys().map(Scope::to_string).collect()
}

/// Goal: a template that Zalo disables costs one call, not one per message, people hear of it once, and all goes when it is mended.
#[tokio::test]
async fn one_refusal_stops_the_rest_and_the_first_that_is_taken_lets_all_go() {
    let mut desk = Desk::with(wide()).await;
    let all = many(&planned("tell"), 60);
    // The first call, the alert, and the probes at 15 and 45 minutes; the one at 105 is taken.
    for call in [1, 3, 4] {
        desk.zalo.plan(call, ZaloFault::Refuse(-131));
    }
    for batch in desk.plan_all(&all).await {
        desk.stream(&batch, start()).await;
    }
    assert_eq!(desk.zalo.calls().len(), 1);
    assert_eq!(desk.count(&all, State::Held, Some(STOPPED)).await, 59);
    assert_eq!(stops(&desk).await, ["template:payment-received@zns-phone"]);
    for minute in 1..=44 {
        desk.tick(at(minute)).await;
    }
    assert_eq!((desk.zalo.messages().len(), desk.reached()), (1, 0), "one alert");
    let calls = || desk.zalo.calls().iter().filter(|call| call.path != "/alerts").count();
    assert_eq!(calls(), 2, "one probe in the first 44 minutes");
    for minute in 45..=104 {
        desk.tick(at(minute)).await;
    }
    assert_eq!((calls(), desk.reached()), (3, 0), "and one more in the next hour");
    // Somebody has mended it.
    for minute in 105..=125 {
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.count(&all, State::Sent, None).await, 60);
    assert_eq!((desk.reached(), stops(&desk).await.len()), (60, 0));
    let alerts = desk.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].contains("payment-received") && alerts[0].contains("-131"), "{alerts:?}");
}

#[tokio::test]
async fn what_people_let_go_goes_within_a_quarter_of_an_hour_and_a_new_stop_is_told_anew() {
    let mut desk = Desk::with(wide()).await;
    desk.zalo.plan(1, ZaloFault::Refuse(-131));
    let all = many(&planned("tell"), 5);
    for batch in desk.plan_all(&all).await {
        desk.stream(&batch, start()).await;
    }
    for minute in 1..=3 {
        desk.tick(at(minute)).await;
    }
    let scope = Scope::TemplateOn("payment-received".to_owned(), Channel::ZnsPhone);
    desk.tenants().resume(DEMO, &scope).await.unwrap();
    desk.zalo.plan(1, ZaloFault::Refuse(-146));
    for minute in 4..=18 {
        desk.tick(at(minute)).await;
    }
    assert_eq!(stops(&desk).await.len(), 1, "it was not mended after all");
    assert_eq!((desk.alerts().len(), desk.reached()), (2, 0));
    for minute in 19..=50 {
        desk.tick(at(minute)).await;
    }
    assert_eq!((desk.reached(), stops(&desk).await.len()), (5, 0));
}

#[tokio::test]
async fn what_one_channel_refuses_goes_by_the_other_at_once_and_the_next_does_not_ask() {
    let mut desk = Desk::with(wide()).await;
    desk.zalo.plan(1, ZaloFault::Refuse(-249));
    let both = by(&[Channel::ZnsUid, Channel::ZnsPhone]);
    let all = many(&both, 3);
    for batch in desk.plan_all(&all).await {
        desk.stream(&batch, start()).await;
    }
    assert_eq!(desk.count(&all, State::Sent, None).await, 3);
    let paths: Vec<String> = desk.zalo.calls().into_iter().map(|call| call.path).collect();
    let by_phone = "/message/template".to_owned();
    let expected =
        ["/v3.0/oa/message/template".to_owned(), by_phone.clone(), by_phone.clone(), by_phone];
    assert_eq!(
        paths.iter().filter(|path| *path != "/alerts").cloned().collect::<Vec<_>>(),
        expected
    );
    assert_eq!(stops(&desk).await, ["template:payment-received@zns-uid"]);
}

#[tokio::test]
async fn an_account_without_money_stops_every_template_and_no_reply() {
    let mut desk = Desk::with(wide()).await;
    desk.agrees().await;
    desk.zalo.plan(1, ZaloFault::Refuse(-115));
    desk.send(&planned("tell"), start()).await;
    let other = Notification { channels: vec![Channel::ZnsPhone], ..offer() };
    let told = desk.send(&other, start()).await;
    assert_eq!(told.reason, Some(format!("stopped(oa:{OA}@zns-phone)")));
    let told = desk.send(&Notification { id: planned("answer").id, ..reply() }, start()).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Sent, None));
}

/// Goal: a probe that dies, or whose outcome nobody knows, neither lifts the stop nor ends the probing.
#[tokio::test]
async fn a_probe_that_nobody_hears_of_is_followed_by_another() {
    for fault in [ZaloFault::TimeoutWithEffect, ZaloFault::LostReply, ZaloFault::TooManyRequests] {
        let mut desk = Desk::with(wide()).await;
        let all = many(&planned("tell"), 4);
        desk.zalo.plan(1, ZaloFault::Refuse(-131));
        // The second call is the alert.
        desk.zalo.plan(3, fault);
        for batch in desk.plan_all(&all).await {
            desk.stream(&batch, start()).await;
        }
        for minute in 1..=20 {
            desk.tick(at(minute)).await;
        }
        assert_eq!(stops(&desk).await.len(), 1, "{fault:?}");
        let until = start() + SignedDuration::from_mins(70);
        for minute in 21..=70 {
            desk.tick(at(minute)).await;
        }
        assert_eq!(stops(&desk).await.len(), 0, "{fault:?}");
        let over = desk.count(&all, State::Sent, None).await;
        assert_eq!(over, 4, "{fault:?} at {until}");
    }
}
