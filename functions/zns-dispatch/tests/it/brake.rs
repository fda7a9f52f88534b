//! What people pause, and what a rule's hour and a day's money have no room for.

use domain::{
    channel::Channel,
    consent::Purpose,
    notification::{Notification, Scope, State, Window},
    tenant::Limits,
};
use local::demo::state::DEMO;

use crate::setup::*;

async fn pause(desk: &Desk, scope: &str) {
    let scope = Scope::parse(scope).unwrap();
    desk.tenants().pause(DEMO, &scope, "minh", start()).await.unwrap();
}

#[tokio::test]
async fn a_pause_holds_what_it_names_and_nothing_else() {
    for (scope, held) in [
        ("tenant", true),
        ("rule:paid", true),
        ("template:payment-received", true),
        ("channel:zns-phone", true),
        ("rule:welcome", false),
        ("template:welcome", false),
        ("channel:zns-uid", false),
    ] {
        let mut desk = Desk::open().await;
        pause(&desk, scope).await;
        let told = desk.send(&planned("tell"), start()).await;
        if held {
            let why = format!("paused({scope})");
            assert_eq!(stands(&told), (State::Held, Some(why.as_str()), Some(5)), "{scope}");
        } else {
            assert_eq!(told.state, State::Sent, "{scope}");
        }
        assert_eq!(desk.messages().len(), usize::from(!held), "{scope}");
    }
}

#[tokio::test]
async fn an_otp_passes_every_pause_and_staff_hear_of_a_paused_business() {
    let mut desk = Desk::with(Limits { burst_per_hour: 1, ..Limits::default() }).await;
    for scope in ["tenant", "rule:paid", "template:payment-received", "channel:zns-phone"] {
        pause(&desk, scope).await;
    }
    pause(&desk, "channel:alert").await;
    for step in ["a", "b"] {
        let otp = Notification { purpose: Purpose::Otp, ..planned(step) };
        assert_eq!(desk.send(&otp, start()).await.state, State::Sent);
    }
    let mut word = Notification { purpose: Purpose::Staff, ..reply() };
    word.channels = vec![Channel::Alert];
    assert_eq!(desk.send(&word, start()).await.reason.as_deref(), Some("paused(rule:paid)"));
    word.cause.rule = "unhappy".to_owned();
    word.id = domain::id::EffectId::of(&word.cause.event, "unhappy", "tell");
    assert_eq!(desk.send(&word, start()).await.state, State::Sent);
}

#[tokio::test]
async fn a_look_at_what_is_paused_takes_two_reads_and_three_writes() {
    let mut desk = Desk::open().await;
    pause(&desk, "tenant").await;
    desk.send(&planned("tell"), start()).await;
    let mark = desk.state.faults.mark();
    desk.tick(at(5)).await;
    let calls = desk.state.faults.calls_since(mark);
    let units = testkit::fault::Units::of(&calls);
    // The tenant's settings and its active steps are kept a minute.
    let (looks, tenant) = (4.0 * 0.5, 0.5 + 0.5);
    assert_eq!((units.read - looks - tenant, units.write), (2.0, 3.0), "{calls:?}");
}

/// Goal: a pause in the middle of a release stops the very next one, and after the resume each goes once. Method: all are due at
/// one tick, and while it runs somebody pauses the rule.
#[tokio::test]
async fn a_pause_in_the_middle_of_a_release_stops_the_next_one() {
    let mut desk = Desk::with(wide()).await;
    let all = many(&planned("tell"), ordinary_or_long(200, 1_000));
    desk.plan_all(&all).await;
    let paused = async {
        while desk.reached() < 50 {
            tokio::task::yield_now().await;
        }
        pause(&desk, "rule:paid").await;
        desk.reached()
    };
    let ((), at_the_pause) = tokio::join!(desk.tick(at(3)), paused);
    let sent = desk.reached();
    assert!((50..=at_the_pause + 1).contains(&sent), "{sent} went, {at_the_pause} before");
    let held = desk.count(&all, State::Held, Some("paused(rule:paid)")).await;
    assert_eq!(sent + held, all.len());
    for minute in [8, 13, 60] {
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.reached(), sent, "still paused");
    desk.tenants().resume(DEMO, &Scope::Rule("paid".to_owned())).await.unwrap();
    for minute in 61..=70 {
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.count(&all, State::Sent, None).await, all.len());
    let mut names: Vec<_> = desk.messages().into_iter().map(|m| m.tracking_id).collect();
    names.sort();
    names.dedup();
    assert_eq!((desk.reached(), names.len()), (all.len(), all.len()), "each once");
}

#[tokio::test]
async fn of_250_of_a_rule_in_an_hour_200_go_and_the_rest_in_the_next() {
    let mut desk = Desk::with(Limits::default()).await;
    let all = many(&planned("tell"), 250);
    let batches = desk.plan_all(&all).await;
    let mark = desk.state.faults.mark();
    for batch in batches {
        desk.stream(&batch, start()).await;
    }
    assert_eq!(desk.reached(), 200);
    assert_eq!(desk.count(&all, State::Held, Some("burst")).await, 50);
    let (slices, alert) = (8.0, 3.0);
    let units = desk.state.faults.units_since(mark);
    assert_eq!(units.write, slices + 200.0 * 3.0 + 50.0 * 3.0 + alert);

    let alerts = desk.state.batch(FUNCTION);
    desk.stream(&alerts, start()).await;
    let said =
        "Quy tắc paid đã gửi đủ 200 tin trong giờ 08:00 20/11. Các tin tiếp theo chờ đến giờ sau.";
    assert_eq!(desk.alerts(), [said]);
    for minute in 1..30 {
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.reached(), 200, "the hour is not over");
    desk.tick(at(45)).await;
    let by_then = desk.reached();
    assert!((201..250).contains(&by_then), "spread over the hour: {by_then}");
    for minute in 46..=90 {
        desk.tick(at(minute)).await;
    }
    assert_eq!((desk.reached(), desk.alerts().len()), (250, 1));
    assert_eq!(desk.count(&all, State::Sent, None).await, 250);
}

/// Goal: no two runs together exceed a limit. Method: two dispatchers work on the same rows, at the same time, call by call.
#[tokio::test]
async fn two_dispatchers_together_never_exceed_a_limit() {
    for most in [1, 7, 60] {
        let limits = Limits {
            burst_per_hour: most,
            daily_budget_vnd: Some(u64::from(most) * 300 + 299),
            ..Limits::default()
        };
        let mut desk = Desk::with(limits).await;
        let all = many(&planned("tell"), 100);
        let batches = desk.plan_all(&all).await;
        let other = dispatcher(&desk.state, &desk.zalo.url());
        let now = at(3);
        let streams = async {
            for (n, batch) in batches.iter().enumerate() {
                stream(&desk.state, &other, batch, &format!("stream-{n}"), now).await;
            }
        };
        tokio::join!(tick(&desk.state, &desk.dispatch, now), streams);
        let sent = u32::try_from(desk.reached()).unwrap();
        assert!(sent <= most && sent + 25 > most, "{sent} of {most}");
        let held = desk.count(&all, State::Held, Some("burst")).await
            + desk.count(&all, State::Held, Some("budget")).await;
        assert_eq!(held + desk.reached(), 100);
    }
}

#[tokio::test]
async fn a_days_money_is_kept_to_the_dong() {
    for (budget, sent) in [(299, 0), (300, 1), (899, 2), (900, 3), (1_000, 3)] {
        let limits = Limits { daily_budget_vnd: Some(budget), ..Limits::default() };
        let mut desk = Desk::with(limits).await;
        let all = many(&planned("tell"), 10);
        for batch in desk.plan_all(&all).await {
            desk.stream(&batch, start()).await;
        }
        assert_eq!(desk.reached(), sent, "{budget}");
        let midnight = Window::day(start()).ends;
        for one in &all[sent..] {
            let one = desk.find(one).await;
            assert_eq!((one.reason.as_deref(), one.due_at), (Some("budget"), Some(midnight)));
        }
        let alerts = desk.state.batch(FUNCTION);
        desk.stream(&alerts, start()).await;
        let said = format!(
            "Ngân sách gửi tin {budget} đ của ngày 20/11 đã hết. Các tin có phí chờ sang ngày sau."
        );
        assert_eq!(desk.alerts(), [said]);
        assert_eq!(desk.send(&reply(), at(1)).await.state, State::Sent, "what is free goes");
        desk.tick(midnight).await;
        assert_eq!(desk.reached(), 1 + (2 * sent).min(10), "the next day has money of its own");
    }
}

#[tokio::test]
async fn a_cheaper_message_fits_where_a_dear_one_does_not() {
    let limits = Limits { daily_budget_vnd: Some(550), ..Limits::default() };
    let mut desk = Desk::with(limits).await;
    let dear = many(&planned("tell"), 2);
    let mut cheap = planned("cheap");
    cheap.channels = vec![Channel::ZnsUid];
    let batches = desk.plan_all(&[&dear[..], &[cheap.clone()]].concat()).await;
    desk.stream(&batches[0], start()).await;
    assert_eq!(desk.find(&cheap).await.state, State::Sent);
    assert_eq!(desk.count(&dear, State::Sent, None).await, 1);
    assert_eq!(desk.reached(), 2);
}

/// What was surely not sent does not use up the hour of the others in its run.
#[tokio::test]
async fn a_refused_message_leaves_its_place_to_the_next() {
    let mut desk = Desk::with(Limits { burst_per_hour: 2, ..Limits::default() }).await;
    desk.zalo.plan(1, testkit::stand_in::ZaloFault::Refuse(-119));
    let all = many(&planned("tell"), 3);
    for batch in desk.plan_all(&all).await {
        desk.stream(&batch, start()).await;
    }
    assert_eq!(desk.reached(), 2);
    assert_eq!(desk.count(&all, State::Failed, Some("recipient")).await, 1);
}
