//! What people do, once and twice.

use cloud::table::customers::Mute;
use domain::{
    channel::Channel,
    notification::{Pause, Scope, State},
};
use jiff::SignedDuration;
use local::demo::state::DEMO;

use crate::setup::*;

#[tokio::test]
async fn a_held_notification_is_called_off_once_however_often_it_is_asked() {
    let mut browser = Browser::logged_in().await;
    let id = browser.planned(1, State::Held, Some("night")).await;
    for _ in 0..2 {
        let got = browser.act(&format!("/console/notifications/{id}/cancel"), &[]).await;
        assert_eq!(got.place, format!("/console/notifications/{id}?done=cancelled"));
    }
    let found = browser.found(&id).await;
    assert_eq!((found.state, found.reason.as_deref()), (State::Cancelled, Some("by_staff(quay)")));
    assert_eq!((found.revision, found.recipient.phone), (1, None));
    let shown = browser.get(&format!("/console/notifications/{id}?done=cancelled")).await.body;
    assert!(shown.contains("Đã hủy thông báo.") && shown.contains("theo yêu cầu của quay"));
}

#[tokio::test]
async fn what_is_out_cannot_be_called_off() {
    let mut browser = Browser::logged_in().await;
    for (n, state) in
        [State::Sent, State::Seen, State::Claimed, State::Unknown].into_iter().enumerate()
    {
        let id = browser.planned(u32::try_from(n).unwrap(), state, None).await;
        for verb in ["cancel", "resend"] {
            let got = browser.act(&format!("/console/notifications/{id}/{verb}"), &[]).await;
            assert_eq!((got.status, got.code()), (409, "not_possible"), "{state:?} {verb}");
        }
        assert_eq!(browser.found(&id).await.state, state);
    }
}

#[tokio::test]
async fn a_held_notification_is_due_at_once_when_it_is_released() {
    let mut browser = Browser::logged_in().await;
    let id = browser.planned(1, State::Held, Some("night")).await;
    for _ in 0..2 {
        let back = "/console/lists/held";
        let path = format!("/console/notifications/{id}/release");
        let got = browser.act(&path, &[("back", back)]).await;
        assert_eq!(got.place, "/console/lists/held?done=released");
    }
    let found = browser.found(&id).await;
    assert_eq!((found.state, found.due_at), (State::Held, Some(start())));
}

#[tokio::test]
async fn a_failed_notification_is_sent_anew_under_one_id_with_the_number_looked_up() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let id = browser.planned(1, State::Failed, Some("attempts_exhausted")).await;
    let mut places = Vec::new();
    for seconds in [10, 20] {
        browser.now = later(seconds);
        places.push(browser.act(&format!("/console/notifications/{id}/resend"), &[]).await.place);
    }
    assert_eq!(places[0], places[1]);
    let new = browser.found(&id.resent()).await;
    assert_eq!((new.state, new.planned_at, new.revision), (State::Planned, later(10), 0));
    assert_eq!(new.recipient.phone.unwrap().digits(), "84912345678");
    let old = browser.found(&id).await;
    assert_eq!((old.state, &old.cause), (State::Failed, &new.cause));
    assert!(new.due_at.unwrap() > later(10));
}

#[tokio::test]
async fn without_an_address_nothing_is_sent_anew() {
    let mut browser = Browser::logged_in().await;
    let id = browser.planned(1, State::Expired, Some("deadline")).await;
    let got = browser.act(&format!("/console/notifications/{id}/resend"), &[]).await;
    assert_eq!((got.status, got.code()), (409, "no_address"));
    let new = browser.notifications().find(DEMO, &id.resent()).await.unwrap();
    assert_eq!(new, None);
}

#[tokio::test]
async fn a_message_that_may_have_arrived_is_not_sent_anew() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let id = browser.planned(1, State::Failed, Some("outcome_unknown")).await;
    let got = browser.act(&format!("/console/notifications/{id}/resend"), &[]).await;
    assert_eq!((got.status, got.code()), (409, "not_possible"));
    assert!(!browser.get(&format!("/console/notifications/{id}")).await.body.contains("Gửi lại"));
}

#[tokio::test]
async fn the_business_a_rule_a_template_and_a_channel_are_paused_and_go_on() {
    let mut browser = Browser::logged_in().await;
    for scope in [
        Scope::Tenant,
        Scope::Rule("welcome".to_owned()),
        Scope::Template("guide".to_owned()),
        Scope::Channel(Channel::ZnsPhone),
    ] {
        let name = scope.to_string();
        for _ in 0..2 {
            let got = browser.act("/console/pause", &[("scope", &name)]).await;
            assert_eq!(got.place, "/console/rules?done=paused");
        }
        let pauses = browser.tenants().pauses(DEMO).await.unwrap();
        assert_eq!(pauses.0[&scope].by, "quay");
        assert!(
            browser.get("/console").await.body.contains(&format!("value=\"{name}\"")),
            "{name}"
        );
        for _ in 0..2 {
            let got = browser.act("/console/resume", &[("scope", &name)]).await;
            assert_eq!(got.place, "/console/rules?done=resumed");
        }
        assert!(browser.tenants().pauses(DEMO).await.unwrap().0.is_empty());
    }
    let scope = Scope::TemplateOn("guide".to_owned(), Channel::ZnsPhone);
    let stop = Pause::by_zalo(-131, "2026-11-20T01:30:00Z".parse().unwrap());
    browser.tenants().stop(DEMO, &scope, stop).await.unwrap();
    let page = browser.get("/console").await.body;
    assert!(page.contains("Zalo từ chối, mã -131, 20/11/2026 08:30"), "{page}");
    browser.act("/console/resume", &[("scope", &scope.to_string())]).await;
    assert!(browser.tenants().pauses(DEMO).await.unwrap().0.is_empty());
    for bad in ["", "rule:", "oa:1", "rule:a#b"] {
        let got = browser.act("/console/pause", &[("scope", bad)]).await;
        assert_eq!((got.status, got.code()), (404, "not_found"), "{bad}");
    }
}

#[tokio::test]
async fn a_mute_is_released_and_stays_released() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let until = start() + SignedDuration::from_hours(5);
    browser.customers().mute(DEMO, &lan(), &Mute { until, event: event(1) }).await.unwrap();
    let page = format!("/console/customers/{}", lan());
    assert!(browser.get(&page).await.body.contains("Tin tự động đang im đến"));
    for _ in 0..2 {
        let got = browser.act(&format!("{page}/unmute"), &[]).await;
        assert_eq!(got.place, format!("{page}?done=unmuted"));
    }
    let (_, about) = browser.customers().person(DEMO, &lan()).await.unwrap();
    assert_eq!(about.mute, None);
}

#[tokio::test]
async fn a_whole_number_is_shown_on_the_page_that_was_asked_for_it_and_on_no_other() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let page = format!("/console/customers/{}", lan());
    let got = browser.act(&format!("{page}/number"), &[]).await;
    assert!(got.status == 200 && got.body.contains("+84912345678"), "{}", got.body);
    for path in [&page, &format!("{page}/number")] {
        assert!(!browser.get(path).await.body.contains("912345678"), "{path}");
    }
}
