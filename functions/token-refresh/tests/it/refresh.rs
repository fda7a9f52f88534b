//! One account: fresh, old, refused, and each way in which a refresh fails.

use cloud::{custody::before, table::tenants::Settings};
use domain::custody::{End, Ended, LIFE, Why};
use jiff::SignedDuration;
use testkit::{
    fault::Fault,
    stand_in::{Misbehaviour, ZaloFault},
};
use token_refresh::{Trigger, handle};

use crate::setup::*;

async fn tick(office: &Office) {
    let tick: Trigger = serde_json::from_value(serde_json::json!({"tick": "hour"})).unwrap();
    assert!(matches!(tick, Trigger::Tick(_)));
    let invocation = office.invocation("tick");
    assert!(handle(&office.function(), &tick, &invocation).await.unwrap().is_none());
}

#[tokio::test]
async fn the_hour_refreshes_twice_a_day_and_nothing_between() {
    let office = Office::new().await;
    for hour in 1..=48 {
        office.pass(hours(1));
        tick(&office).await;
        assert_eq!(office.granted(), hour / 12, "hour {hour}");
    }
    let found = office.credential().await;
    assert_eq!((found.standing.version, found.standing.tries), (5, 0));
    assert!(office.works().await);
    assert_eq!(office.alerts(), Vec::<String>::new());
}

#[tokio::test]
async fn the_pair_before_and_the_raw_answer_are_kept_sealed_until_the_next_one() {
    let office = Office::new().await;
    office.pass(hours(12));
    assert_eq!(office.refresh(Why::Schedule).await, End::Refreshed);
    let settings: &Settings = &*office.settings().await;
    let found = office.credential().await;
    let kept = before(settings, OA, &found).unwrap();
    assert_eq!((kept.access.as_str(), kept.refresh.as_deref()), (FIRST.0, Some(FIRST.1)));
    let answer: serde_json::Value = serde_json::from_str(&kept.answer).unwrap();
    assert_eq!(answer["access_token"], found.access.expose());
    assert!(before(settings, "1", &found).is_none(), "it is about this account alone");
    let row = format!("{:?}", office.state.rows_of(&office.state.table("TENANTS_TABLE")));
    assert!(!row.contains(FIRST.1), "a used token stands nowhere in clear");
}

/// Each failure leaves the pair as it was, and the next look brings a new one or says that a person is needed.
#[tokio::test]
async fn after_each_failure_of_zalo_the_pair_is_the_old_one_and_the_next_step_is_right() {
    for fault in ZaloFault::ALL {
        if matches!(fault, ZaloFault::CrashBefore | ZaloFault::CrashAfter) {
            continue;
        }
        let office = Office::new().await;
        office.pass(hours(12));
        office.zalo.plan(1, fault);
        let end = office.refresh(Why::Schedule).await;
        let tells = matches!(fault, ZaloFault::DuplicateReceipt | ZaloFault::ReceiptBeforeAnswer);
        if tells {
            assert_eq!(end, End::Refreshed, "{fault:?}");
            continue;
        }
        let found = office.credential().await;
        assert_eq!((found.access.expose(), found.standing.version), (FIRST.0, 1), "{fault:?}");
        assert_eq!((found.standing.lease, found.standing.ended), (None, None), "{fault:?}");
        let refused = matches!(fault, ZaloFault::Throttle | ZaloFault::TooManyRequests);
        assert_eq!(found.standing.tries, u8::from(!refused), "{fault:?}");
        assert!(matches!(end, End::Wait(_) | End::Refused(_)), "{fault:?} {end:?}");
        // The next look comes after the pause.
        assert!(matches!(office.refresh(Why::Schedule).await, End::Wait(_)), "{fault:?}");
        office.pass(hours(1));
        let end = office.refresh(Why::Schedule).await;
        if fault.has_effect() {
            assert_eq!(end, End::Person(Ended::Lost), "{fault:?}");
            assert_eq!(
                office.credential().await.access.expose(),
                FIRST.0,
                "nothing is overwritten"
            );
        } else {
            assert_eq!(end, End::Refreshed, "{fault:?}");
            assert_eq!(office.credential().await.standing.tries, 0);
            assert!(office.works().await, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_empty_answer_costs_a_counted_retry_and_no_third_one() {
    let office = Office::new().await;
    office.pass(hours(12));
    office.zalo.misbehave(Misbehaviour::EmptyTokenBody);
    assert!(matches!(office.refresh(Why::Schedule).await, End::Wait(_)));
    // As long as the endpoint answers nothing at all, the one retry is not spent.
    for _ in 0..5 {
        office.pass(hours(1));
        assert!(matches!(office.refresh(Why::Schedule).await, End::Wait(_)));
        assert_eq!(office.credential().await.standing.tries, 1);
    }
    office.zalo.behave();
    office.pass(hours(1));
    assert_eq!(office.refresh(Why::Schedule).await, End::Refreshed);
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let office = Office::new().await;
    office.pass(hours(12));
    office.zalo.misbehave(Misbehaviour::NoNewRefreshToken);
    assert_eq!(office.refresh(Why::Schedule).await, End::Refreshed);
    let found = office.credential().await;
    assert_eq!(found.refresh.unwrap().expose(), FIRST.1);
    assert_eq!(found.standing.refresh_issued_at, Some(start()));
    assert!(office.works().await);
    // Such a token gets old: people are told in time.
    for day in 1..=80 {
        office.set_now(start() + hours(day * 24));
        tick(&office).await;
    }
    let told = office.alerts();
    assert!(!told.is_empty() && told.iter().all(|text| text.contains("ba tháng")), "{told:?}");
}

#[tokio::test]
async fn a_revoked_grant_is_told_once_a_day_with_a_link_and_the_access_token_is_used_to_its_end() {
    let office = Office::with(|settings| settings.refresh_token = None).await;
    office.pass(hours(12));
    tick(&office).await;
    assert_eq!(office.credential().await.standing.ended, Some(Ended::Rejected));
    assert!(office.works().await, "it lives for another half a day");
    let told = office.alerts();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("/oa/connect/ca-phe-som?until="), "{told:?}");
    for hour in [1, 1, 1] {
        office.pass(hours(hour));
        tick(&office).await;
    }
    assert_eq!(office.alerts().len(), 1, "the same day");
    office.pass(hours(12));
    tick(&office).await;
    assert_eq!(office.alerts().len(), 2, "the next day");
    assert_eq!(office.exchanges().len(), 1, "what is dead is not used again");
}

#[tokio::test]
async fn an_app_secret_that_is_wrong_kills_nothing_and_is_told() {
    let office = Office::with(|settings| settings.app_secret = Some("another".to_owned())).await;
    office.pass(hours(12));
    assert_eq!(office.refresh(Why::Schedule).await, End::Refused(-14_004));
    let found = office.credential().await;
    assert_eq!((found.standing.tries, found.trouble), (0, Some(-14_004)));
    office.pass(hours(1));
    tick(&office).await;
    let told = office.alerts();
    assert!(told.len() == 1 && told[0].contains("-14004"), "{told:?}");
}

#[tokio::test]
async fn a_token_that_zalo_refuses_is_renewed_before_its_time_and_not_twice_in_ten_minutes() {
    let office = Office::new().await;
    office.pass(hours(1));
    office.zalo.misbehave(Misbehaviour::TokensRevoked);
    assert!(!office.works().await);
    assert_eq!(office.refresh(Why::Refused(1)).await, End::Refreshed);
    assert!(office.works().await);
    // Somebody else hears of the same refusal later.
    assert_eq!(office.refresh(Why::Refused(1)).await, End::Use);
    assert!(matches!(office.refresh(Why::Refused(2)).await, End::Wait(_)));
    assert_eq!(office.granted(), 1);
}

/// Goal: whatever fails in the database at any call, the next looks end with a pair that works, or with a person who is told.
#[tokio::test]
async fn whatever_fails_in_the_database_the_next_looks_make_it_good_or_tell() {
    let counted = Office::new().await;
    counted.pass(hours(12));
    tick(&counted).await;
    let calls = u64::try_from(counted.state.faults.calls().len()).unwrap();
    assert!(calls >= 5, "{calls}");
    let mut lost = 0;
    for nth in 1..=calls {
        for fault in Fault::ALL {
            let office = Office::new().await;
            office.pass(hours(12));
            office.state.faults.plan(nth, fault);
            let trigger = serde_json::from_value(serde_json::json!({"tick": "hour"})).unwrap();
            let (function, invocation) = (office.function(), office.invocation("struck"));
            tokio::select! {
                _ = handle(&function, &trigger, &invocation) => {}
                () = office.state.faults.crashed() => {}
            }
            for _ in 0..3 {
                office.pass(hours(1));
                tick(&office).await;
            }
            let (case, found) = (format!("{fault:?} at {nth}"), office.credential().await);
            match found.standing.ended {
                None => {
                    assert!(found.standing.version == 2 && office.works().await, "{case}");
                    assert_eq!(office.granted(), 1, "{case}");
                }
                // Who dies between Zalo's answer and the row: the one window.
                Some(ended) => {
                    lost += 1;
                    assert_eq!((ended, fault), (Ended::Lost, Fault::CrashBefore), "{case}");
                    assert_eq!(office.alerts().len(), 1, "{case}");
                }
            }
        }
    }
    assert_eq!(lost, 1, "one call of one fault is the window");
}

#[tokio::test]
async fn a_refresh_begins_only_when_there_is_time_to_end_it() {
    let office = Office::new().await;
    office.pass(hours(12));
    let late = office.invocation("late");
    office.pass(SignedDuration::from_secs(10));
    let (tenants, zalo, settings) = (office.tenants(), office.client(), office.settings().await);
    let custody = cloud::custody::Custody::new(&tenants, &zalo);
    let end = custody.refresh(&settings, OA, Why::Schedule, &late).await.unwrap();
    assert!(matches!(end, End::Wait(_)));
    assert_eq!((office.exchanges().len(), LIFE), (0, hours(25)));
}

#[tokio::test]
async fn one_account_whose_pair_is_dead_does_not_stop_the_others_of_its_business() {
    use cloud::table::tenants::{Conditional, NewPair};
    use domain::secret::Secret;
    use local::demo::state::DEMO;

    let office = Office::new().await;
    let tenants = office.tenants();
    let mut others = Vec::new();
    for n in 0..8 {
        let (oa, text) = (format!("28933528395015{n:05}"), format!("unknown-{n}"));
        let pair = NewPair {
            access: Secret::new(&*text),
            refresh: Some(Secret::new(&*text)),
            issued_at: start(),
            life: Some(LIFE),
            before: None,
        };
        let done = tenants.connect(DEMO, &oa, None, &pair, "lan").await.unwrap();
        assert_eq!(done, Conditional::Done);
        others.push(oa);
    }
    office.pass(hours(12));
    tick(&office).await;
    assert_eq!(office.credential().await.standing.version, 2);
    for oa in &others {
        let found = tenants.credential(DEMO, oa).await.unwrap().unwrap();
        assert_eq!((found.standing.version, found.standing.ended), (1, Some(Ended::Rejected)));
    }
    let told = office.alerts();
    assert!(told.len() == 8 && others.iter().all(|oa| told.iter().any(|text| text.contains(oa))));
}
