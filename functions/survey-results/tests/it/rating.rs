//! Stars whose hook was lost are asked for at night.

use std::{collections::BTreeMap, time::Duration};

use cloud::zalo::{AccessToken, Hosts, Outgoing, Zalo};
use domain::{
    event::Tracking,
    id::{EffectId, EventId},
    phone::Phone,
};
use jiff::{SignedDuration, Timestamp};
use local::demo::{
    Business,
    state::{DEMO, DemoState},
};
use survey_results::{Tick, Trigger, handle};
use testkit::{
    fault::Fault,
    stand_in::{Rating, StandIn, StandInSettings},
};

use crate::setup::*;

const NUMBER: &str = "84912345678";

/// The evening on which stars are given, the night after it, and the one after that.
fn night(n: i64) -> Timestamp {
    let first: Timestamp = "2026-11-21T03:10:00+07:00".parse().unwrap();
    first + SignedDuration::from_hours(24 * (n - 1))
}

async fn zalo(change: impl Fn(&mut StandInSettings)) -> StandIn {
    let mut settings = Business::demo().unwrap().stand_in(start());
    change(&mut settings);
    StandIn::start(settings, 0).await.unwrap()
}

/// Sends the guide to somebody, who gives stars; the id of the message.
async fn rated(zalo: &StandIn, n: u32, stars: u8) -> String {
    let hosts =
        Hosts { business: zalo.url(), oa: zalo.url(), oauth: zalo.url(), ..Hosts::default() };
    let client = Zalo::new(cloud::http::client(Duration::from_secs(5)), hosts);
    let event = EventId::of(DEMO, "test", &n.to_string());
    let notification = EffectId::of(&event, "delivered-guide", "guide");
    let phone = Phone::parse(&format!("0912345{n:03}")).unwrap();
    let params: BTreeMap<String, String> = [("customer_name", "Lan"), ("product_name", "Máy pha")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let outgoing = Outgoing::PhoneTemplate {
        phone: &phone,
        template_id: "433555",
        params: &params,
        tracking: &Tracking { notification, attempt: 1 },
    };
    let token = AccessToken::new("day-access-token").unwrap();
    let sent = client.send(&token, &outgoing).await.unwrap();
    let rating = Rating {
        to: format!("phone:{}", phone.digits()),
        message: "guide".to_owned(),
        stars,
        note: format!("Gọi {NUMBER} giúp mình"),
        feedbacks: vec!["Dễ dùng".to_owned()],
        repeat: false,
    };
    zalo.rate(&rating).unwrap();
    sent.message_id
}

async fn tick(state: &DemoState, zalo: &StandIn, now: Timestamp) -> bool {
    let invocation = state.invocation(FUNCTION, "tick", now);
    let hour = Trigger::Tick(Tick { tick: "hour".to_owned() });
    handle(&function_at(state, &zalo.url()), &hour, &invocation).await.is_ok()
}

fn told(office: &Office) -> Vec<(String, u64)> {
    let of = |body: serde_json::Value| {
        let message = &body["message"];
        (message["msg_id"].as_str().unwrap().to_owned(), message["rate"].as_u64().unwrap())
    };
    let mut told: Vec<_> = office.told().into_iter().map(of).collect();
    told.sort();
    told
}

#[tokio::test]
async fn stars_whose_hook_was_lost_are_found_at_night_and_once() {
    for by_post in [false, true] {
        let office = Office::new().await;
        let zalo = zalo(|settings| settings.ratings_by_post = by_post).await;
        let mut given = vec![(rated(&zalo, 1, 5).await, 5), (rated(&zalo, 2, 2).await, 2)];
        given.sort();
        // Not by day.
        assert!(tick(&office.state, &zalo, night(1) - SignedDuration::from_hours(2)).await);
        assert_eq!(told(&office), []);
        for night_of in [1, 1, 2] {
            assert!(tick(&office.state, &zalo, night(night_of)).await);
            assert_eq!(told(&office), given, "by post: {by_post}");
        }
        let kinds = office.state.rows_of(&office.state.table("EVENTS_TABLE"));
        assert!(kinds.iter().all(|row| row["kind"]["S"] == "notification.rated"), "{kinds:?}");
    }
}

#[tokio::test]
async fn stars_of_more_than_a_page_are_all_found() {
    let office = Office::new().await;
    let zalo = zalo(|settings| settings.daily_quota = 1_000).await;
    for n in 0..120 {
        rated(&zalo, n, 4).await;
    }
    assert!(tick(&office.state, &zalo, night(1)).await);
    assert_eq!(told(&office).len(), 120);
}

/// The list may write the time otherwise than the hook did: what was heard is heard once all the same.
#[tokio::test]
async fn stars_whose_hook_has_come_are_not_told_again() {
    use cloud::table::{Events, events::Arrived};
    use domain::source::{ListedRating, Source};

    let office = Office::new().await;
    let zalo = zalo(|_| ()).await;
    let message_id = rated(&zalo, 1, 5).await;
    let tenant = local::demo::state::tenant();
    let hook = ListedRating {
        message_id: message_id.clone(),
        tracking: None,
        stars: 5,
        note: String::new(),
        feedbacks: Vec::new(),
        submitted: "1795000000000".to_owned(),
    };
    let (head, body) = hook.hook(&tenant, &tenant.zalo.oas[0], start()).unwrap();
    let events = Events::new(&office.state.client(), &office.state.table("EVENTS_TABLE"));
    let arrived = Arrived {
        tenant: DEMO,
        source: Source::ZaloOa,
        head: &head,
        body: &body,
        received: start(),
        keep_until: night(9),
    };
    events.record(&arrived).await.unwrap();
    assert!(tick(&office.state, &zalo, night(1)).await);
    assert_eq!(told(&office), [(message_id, 5)]);
}

#[tokio::test]
async fn a_zalo_that_does_not_answer_stops_nothing_and_is_asked_again() {
    let office = Office::new().await;
    let zalo = zalo(|_| ()).await;
    let given = rated(&zalo, 1, 5).await;
    office.tick(night(1)).await;
    assert_eq!(told(&office), []);
    assert!(tick(&office.state, &zalo, night(2)).await);
    assert_eq!(told(&office), [(given, 5)]);
}

/// Goal: after a fault at any call the next night has told all, and nothing twice.
#[tokio::test]
async fn whatever_fails_at_night_is_made_good_by_the_next_one() {
    let mut office = Office::new().await;
    let zalo = zalo(|_| ()).await;
    let given = rated(&zalo, 1, 5).await;
    // What the stream has to say of before is not of this test.
    drop(office.state.batch(FUNCTION));
    let snapshot = office.state.engine.snapshot().unwrap();
    let open = || Office { state: DemoState::over(snapshot.open().unwrap()) };
    let undisturbed = open();
    assert!(tick(&undisturbed.state, &zalo, night(1)).await);
    let calls = u64::try_from(undisturbed.state.faults.calls().len()).unwrap();
    assert!(calls >= 5, "{calls}");
    for nth in 1..=calls {
        for fault in Fault::ALL {
            let office = open();
            office.state.faults.plan(nth, fault);
            tokio::select! {
                _ = tick(&office.state, &zalo, night(1)) => {}
                () = office.state.faults.crashed() => {}
            }
            assert!(tick(&office.state, &zalo, night(2)).await, "{fault:?} at {nth} of {calls}");
            assert_eq!(told(&office), [(given.clone(), 5)], "{fault:?} at {nth} of {calls}");
        }
    }
}
