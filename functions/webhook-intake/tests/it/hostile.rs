//! Bytes that nobody sends by mistake: a stable code or the vendor's success, never a 5xx, never a row that cannot be read.

use cloud::table::events::EventRow;
use local::demo::{hook::DemoHook, state::DemoState};
use serde_json::json;
use webhook_intake::BODY_BYTES_MAX;

use crate::setup::*;

/// Bodies that are no event of anybody, by name.
fn odd_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("empty", Vec::new()),
        ("blank", text("  \n")),
        ("no JSON", text("<xml/>")),
        ("half of JSON", text(r#"{"id":"#)),
        ("null", text("null")),
        ("a number", text("1")),
        ("a list", text("[{}]")),
        ("an empty object", text("{}")),
        ("a key twice", text(r#"{"id":1,"id":2,"type":"a.b","OrderCode":"A","timestamp":"1"}"#)),
        (
            "a huge number",
            text(&format!(r#"{{"id":{0},"transferAmount":{0},"Time":{0}}}"#, "9".repeat(400))),
        ),
        ("a tiny number", text(r#"{"id":1e-999999999,"transferAmount":-0.0}"#)),
        (
            "5,000 levels",
            text(&format!(r#"{{"data":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000))),
        ),
        ("5,000 open levels", text(&"{\"a\":".repeat(5_000))),
        ("invalid UTF-8", b"{\"id\":\"\xff\xfe\"}".to_vec()),
        ("a zero byte", b"{\"id\":\"\x00\"}".to_vec()),
        ("escaped zero", text(r#"{"id":"\u0000","OrderCode":"\u0000","type":"\u0000"}"#)),
        ("half a surrogate", text(r#"{"id":"\ud800","OrderCode":"\ud800"}"#)),
        ("a long id", text(&format!(r#"{{"id":"{0}","OrderCode":"{0}"}}"#, "x".repeat(5_000)))),
        (
            "an id that looks like a key",
            text(
                r#"{"id":"a#b","OrderCode":"a#b~c","Type":"create","transferType":"in","transferAmount":1}"#,
            ),
        ),
        (
            "types upside down",
            text(r#"{"id":{},"OrderCode":[],"Type":1,"transferAmount":"x","message":1}"#),
        ),
    ]
}

/// Every stored row is one that the next function can read.
fn all_readable(door: &DemoState) {
    for row in events(door) {
        let image: serde_dynamo::Item = serde_json::from_value(row.clone()).unwrap();
        assert!(EventRow::from_image(image).is_ok(), "{row}");
    }
}

#[tokio::test]
async fn whatever_a_vendor_authentically_sends_succeeds_and_is_kept() {
    for (name, body) in odd_bodies() {
        let door = door().await;
        for hook in [DemoHook::sepay(body.clone(), start()), DemoHook::ghn(body.clone())] {
            let told = door.post(&hook, start()).await;
            assert_eq!(told.status, 200, "{name} {}: {told:?}", hook.path);
        }
        assert_eq!(events(&door).len(), 2, "{name}");
        all_readable(&door);
    }
}

#[tokio::test]
async fn whatever_zalo_signs_succeeds_and_what_is_not_known_is_kept_as_unrecognised() {
    let signed = |body: serde_json::Value| {
        let mut body = body;
        body["timestamp"] = json!("1795136400000");
        body["oa_id"] = json!(OA);
        body
    };
    let deep = serde_json::from_str::<serde_json::Value>(&format!(
        "{}{}",
        "[".repeat(100),
        "]".repeat(100)
    ));
    for body in [
        json!({"event_name": "something_new_in_2027", "x": {"y": 1}}),
        json!({"event_name": "user_send_text"}),
        json!({"event_name": "user_send_text", "message": null, "sender": 1}),
        json!({"event_name": "user_received_message", "message": {"msg_id": "x".repeat(5_000)}}),
        json!({"event_name": "user_seen_message", "message": {"msg_ids": vec!["a"; 600]}}),
        json!({"event_name": 5}),
        json!({"deep": deep.unwrap()}),
        json!({}),
    ] {
        let door = door().await;
        let hook = DemoHook::zalo(signed(body.clone()));
        assert_eq!(door.post(&hook, start()).await.status, 200, "{body}");
        let rows = events(&door);
        assert_eq!(rows.len(), 1, "{body}");
        if body["event_name"] != "user_seen_message" {
            assert_eq!(rows[0]["kind"]["S"], "zalo-oa.unrecognised", "{body}");
        }
        all_readable(&door);
    }
}

#[tokio::test]
async fn zalos_scheme_needs_a_body_that_can_be_looked_into() {
    let door = door().await;
    for (body, code) in [
        ("", "body_not_json"),
        ("<xml/>", "body_not_json"),
        ("[]", "body_not_object"),
        (r#"{"app_id":"1","app_id":"2","timestamp":"1"}"#, "key_repeated"),
    ] {
        let hook = DemoHook::bare(&hooks("zalo-oa"), body).with("x-zevent-signature", "mac=00");
        let told = door.post(&hook, start()).await;
        assert_eq!((told.status, told.code().as_str()), (400, code), "{body}");
    }
    assert!(events(&door).is_empty());
}

#[tokio::test]
async fn the_business_is_told_what_is_wrong_and_nothing_is_stored() {
    let door = door().await;
    for (name, body) in odd_bodies() {
        let told = door.post(&DemoHook::standard("d", body, start()), start()).await;
        assert_eq!(told.status, 400, "{name}: {told:?}");
        assert!(!told.code().is_empty(), "{name}");
    }
    for (body, code) in [
        (json!({"type": "order.created", "data": {}}), "order_id_missing"),
        (json!({"type": "payment.matched", "data": {}}), "type_reserved"),
        (json!({"type": "Order", "data": {}}), "type_invalid"),
        (json!({"data": {}}), "type_missing"),
        (json!({"type": "a.b", "data": {"phone": "12"}}), "phone_invalid"),
        (json!({"type": "a.b", "data": 1}), "data_not_object"),
        (json!({"type": "a.b", "timestamp": "yesterday"}), "time_invalid"),
        (json!({"type": "a.b", "specversion": "0.3"}), "specversion_unknown"),
    ] {
        let hook = DemoHook::standard("d", body.to_string(), start());
        let told = door.post(&hook, start()).await;
        assert_eq!((told.status, told.code().as_str()), (400, code), "{body}");
    }
    assert!(events(&door).is_empty());
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anything_else() {
    let door = door().await;
    for bytes in [BODY_BYTES_MAX + 1, 300 * 1024, 6 * 1024 * 1024] {
        for filling in [b'x', 0xff] {
            let body = vec![filling; bytes];
            for path in [hooks("sepay"), hooks("ghn/x"), "/v1/nobody/events".to_owned()] {
                let told = door.post(&DemoHook::bare(&path, body.clone()), start()).await;
                assert_eq!((told.status, told.code().as_str()), (413, "body_too_large"));
            }
        }
    }
    assert!(door.faults.calls().is_empty(), "the database was asked");
}

#[tokio::test]
async fn the_largest_body_is_stored_whole() {
    for filling in [b'x', 0xff] {
        let door = door().await;
        let hook = DemoHook::ghn(vec![filling; BODY_BYTES_MAX]);
        assert_eq!(door.post(&hook, start()).await.status, 200);
        let image = serde_json::from_value(events(&door).remove(0)).unwrap();
        assert_eq!(EventRow::from_image(image).unwrap().body, hook.body);
    }
}

#[tokio::test]
async fn base64_is_taken_off_before_the_proof_and_what_is_none_is_refused() {
    let door = door().await;
    let hook = ordered("d1");
    let mut event = hook.event(door.template());
    event["isBase64Encoded"] = json!(true);
    for bad in ["***", "a", "e30", "e30=\n", "é"] {
        event["body"] = json!(bad);
        let told = door.post_event(event.clone(), start()).await;
        assert_eq!((told.status, told.code().as_str()), (400, "body_encoding"), "{bad}");
    }
    event["body"] = json!(data_encoding::BASE64.encode(&hook.body));
    assert_eq!(door.post_event(event, start()).await.status, 202);
    assert_eq!(door.post(&hook, start()).await.status, 202);
    assert_eq!(events(&door).len(), 1, "the same bytes are the same event");
}

#[tokio::test]
async fn a_request_without_a_body_is_an_empty_one() {
    let door = door().await;
    let mut event = DemoHook::ghn("").event(door.template());
    event.as_object_mut().unwrap().remove("body");
    assert_eq!(door.post_event(event, start()).await.status, 200);
}
