//! What senders are told.

use serde_json::json;
use testkit::fault::Fault;

use crate::setup::*;
use local::demo::hook::DemoHook;

#[tokio::test]
async fn each_sender_gets_its_own_success_and_a_repeat_gets_the_same_without_a_second_row() {
    let door = door().await;
    for (n, (hook, status, body)) in one_of_each().into_iter().enumerate() {
        for delivery in 0..3 {
            let told = door.post(&hook, later(delivery)).await;
            assert_eq!((told.status, told.body.as_str()), (status, body), "{}", hook.path);
            assert_eq!(events(&door).len(), n + 1, "{}", hook.path);
        }
    }
}

#[tokio::test]
async fn a_business_event_that_is_signed_anew_is_the_same_event() {
    let door = door().await;
    for seconds in [0, 20, 40] {
        let hook = DemoHook::standard("d1", order(350_000).to_string(), later(seconds));
        assert_eq!(door.post(&hook, later(seconds)).await.status, 202);
    }
    assert_eq!(events(&door).len(), 1);
}

#[tokio::test]
async fn a_vendor_that_repeats_itself_in_other_words_succeeds_and_both_words_are_kept() {
    let door = door().await;
    let first = json!({
        "id": 7, "transactionDate": "2026-11-20 08:19:58", "content": "DH0001",
        "transferType": "in", "transferAmount": 350_000,
    });
    let mut second = first.clone();
    second["content"] = json!("DH0001, corrected");
    for body in [&first, &second, &second, &first] {
        let told = door.post(&DemoHook::sepay(body.to_string(), start()), start()).await;
        assert_eq!((told.status, told.body.as_str()), (200, r#"{"success":true}"#));
    }
    let rows = events(&door);
    assert_eq!(rows.len(), 2);
    let keys: Vec<&str> = rows.iter().map(|row| row["sk"]["S"].as_str().unwrap()).collect();
    let variant = keys.iter().filter(|key| key.contains('~')).count();
    assert_eq!(variant, 1, "{keys:?}");
}

#[tokio::test]
async fn the_business_is_told_when_it_uses_an_id_for_another_event() {
    let door = door().await;
    assert_eq!(door.post(&ordered("d1"), start()).await.status, 202);
    let other = DemoHook::standard("d1", order(999_000).to_string(), later(20));
    let told = door.post(&other, later(20)).await;
    assert_eq!((told.status, told.code().as_str()), (409, "id_reused"));
    assert_eq!(door.post(&ordered("d1"), later(40)).await.status, 202);
    assert_eq!(events(&door).len(), 1);
}

#[tokio::test]
async fn the_sample_of_zalos_console_succeeds_and_is_not_stored() {
    let door = door().await;
    let sample = DemoHook::zalo(json!({
        "sender": {"id": "111"}, "recipient": {"id": "222"}, "event_name": "user_send_text",
        "message": {"text": "This is testing message", "msg_id": "This is message id"},
        "timestamp": "1795165380000",
    }));
    assert_eq!(door.post(&sample, start()).await.status, 200);
    assert!(events(&door).is_empty());
}

#[tokio::test]
async fn who_and_what_is_not_known_is_not_found() {
    let door = door().await;
    let long = "a".repeat(3_000);
    for (path, code) in [
        ("/hooks/nobody/zalo-oa", "unknown_tenant"),
        ("/hooks/nobody/ghn/x", "unknown_tenant"),
        ("/v1/nobody/events", "unknown_tenant"),
        ("/hooks/Ca-Phe-Som/zalo-oa", "unknown_tenant"),
        ("/hooks/ca-phe-som%23settings/zalo-oa", "unknown_tenant"),
        (&format!("/hooks/{long}/zalo-oa"), "unknown_tenant"),
        (&hooks("facebook"), "unknown_source"),
        (&hooks(&long), "unknown_source"),
        (&hooks("ZALO-OA"), "unknown_source"),
        // The business has its own door.
        (&hooks("standard"), "not_found"),
        (&hooks("standard/x"), "not_found"),
        ("/hooks", "not_found"),
        ("/hooks/ca-phe-som", "not_found"),
        (&hooks("ghn/x/y"), "not_found"),
        ("/v1/ca-phe-som/points", "not_found"),
        ("/", "not_found"),
    ] {
        let told = door.post(&DemoHook::bare(path, "{}"), start()).await;
        assert_eq!((told.status, told.code().as_str()), (404, code), "{path}");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let hook = DemoHook { method: method.to_owned(), ..wrote("x", "m") };
        let told = door.post(&hook, start()).await;
        assert_eq!((told.status, told.code().as_str()), (404, "not_found"), "{method}");
    }
    assert!(events(&door).is_empty());
}

/// Goal: a database in trouble costs nobody an event. Method: every fault, at every call of a cold request, as often as the SDK
/// tries; then the vendor sends again.
#[tokio::test]
async fn a_database_that_fails_is_our_trouble_and_the_next_delivery_is_stored_once() {
    for fault in [
        Fault::Throttle,
        Fault::TimeoutWithEffect,
        Fault::TimeoutWithoutEffect,
        Fault::LostReply,
        Fault::Conflict,
    ] {
        for tries in [1, 3] {
            for first_call in [1, 2] {
                for (hook, status, _) in one_of_each() {
                    let door = door().await;
                    if first_call == 2 {
                        // Warm: the settings are known, the put is the first call.
                        door.post(&DemoHook::bare(&hooks("ghn/guess"), "x"), start()).await;
                    }
                    for call in 1..=tries {
                        door.faults.plan(call, fault);
                    }
                    let told = door.post(&hook, start()).await;
                    let place = format!("{fault:?} x {tries} at {first_call}: {}", hook.path);
                    assert!([status, 503].contains(&told.status), "{place}: {told:?}");
                    if told.status == 503 {
                        assert_eq!(told.code(), "try_again", "{place}");
                    }
                    door.faults.clear();
                    assert_eq!(door.post(&hook, later(30)).await.status, status, "{place}");
                    assert_eq!(events(&door).len(), 1, "{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_throttled_table_is_answered_with_try_again() {
    let door = door().await;
    for call in 1..=3 {
        door.faults.plan(call, Fault::Throttle);
    }
    let told = door.post(&ordered("d1"), start()).await;
    assert_eq!((told.status, told.code().as_str()), (503, "try_again"));
    assert!(events(&door).is_empty());
}
