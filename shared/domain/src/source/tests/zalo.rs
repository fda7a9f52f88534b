//! Zalo's facts that hang on more than one fixture.

use super::*;
use crate::event::{Rank, Receipt};

fn seen(message: &str) -> (Head, Vec<Event>) {
    let body = format!(
        r#"{{"sender":{{"id":"{OA}"}},"recipient":{{"id":"42"}},"event_name":"user_seen_message","message":{message},"app_id":"1","timestamp":"1795136400000"}}"#
    );
    stored(Source::ZaloOa, body.as_bytes())
}

#[test]
fn a_message_seen_in_two_hooks_is_one_event() {
    let (_, both) = seen(r#"{"msg_ids":["a1","b2"]}"#);
    let (head, one) = seen(r#"{"msg_ids":["b2"]}"#);
    let (_, other_form) = seen(r#"{"msg_id":"b2"}"#);
    assert_eq!(both[1], one[0]);
    assert_eq!(one, other_form);
    assert_eq!(head.id, one[0].id);
    assert_ne!(both[0].id, both[1].id);
}

#[test]
fn a_hook_of_several_facts_has_an_id_of_its_own() {
    let (head, events) = seen(r#"{"msg_ids":["a1","b2"]}"#);
    assert!(events.iter().all(|event| event.id != head.id));
}

#[test]
fn more_seen_messages_than_anybody_reads_are_left_to_a_person() {
    let ids: Vec<String> = (0..501).map(|n| format!("\"m{n}\"")).collect();
    let (head, events) = seen(&format!(r#"{{"msg_ids":[{}]}}"#, ids.join(",")));
    assert_eq!((head.kind.as_str(), events.len()), ("zalo-oa.unrecognised", 1));
    let (_, events) = seen(&format!(r#"{{"msg_ids":[{}]}}"#, ids[1..].join(",")));
    assert_eq!(events.len(), 500);
}

#[test]
fn a_phone_receipt_counts_from_the_time_on_the_phone() {
    let body = super::fixtures::bodies(Source::ZaloOa)
        .into_iter()
        .find(|(name, _)| name == "user_received_message-phone");
    let (_, events) = stored(Source::ZaloOa, &body.unwrap().1);
    let Change::Receipt(Receipt { tracking, rank, at, .. }) = &events[0].change else {
        panic!("a receipt")
    };
    assert_eq!(at.as_millisecond(), 1_795_136_399_432);
    assert_eq!((*rank, tracking.as_ref().unwrap().attempt), (Rank::Delivered, 2));
}

#[test]
fn a_message_between_strangers_is_about_nobody() {
    let body = br#"{"sender":{"id":"1"},"recipient":{"id":"2"},"event_name":"user_send_text","message":{"text":"x","msg_id":"m"},"app_id":"1","timestamp":"1"}"#;
    let (head, events) = stored(Source::ZaloOa, body);
    assert_eq!(head.kind, "zalo-oa.unrecognised");
    assert_eq!(head.subject.to_string(), format!("oa:{OA}"));
    assert_eq!(events[0].about, About::Nobody);
}

#[test]
fn an_account_that_is_the_tenants_second_one_is_kept_apart() {
    let mut tenant = tenant();
    tenant.zalo.oas.push("77".into());
    let pepper = pepper();
    let reading = Reading { tenant: &tenant, pepper: &pepper };
    let body = br#"{"sender":{"id":"42"},"recipient":{"id":"77"},"event_name":"user_send_text","message":{"text":"x","msg_id":"m"},"app_id":"1","timestamp":"1"}"#;
    let hook = Verified::taken_for_granted(body, None);
    let Ok(Arrival::Store(head)) = Source::ZaloOa.head(&hook, &reading, received()) else {
        panic!("stored")
    };
    assert_eq!(head.subject.to_string(), "zalo:77:42");
}

#[test]
fn words_are_composed_and_a_later_reader_finds_the_same_id() {
    let hook = |event: &str| {
        format!(
            r#"{{"sender":{{"id":"42"}},"recipient":{{"id":"{OA}"}},"event_name":"{event}","message":{{"text":"gia\u0301","msg_id":"m"}},"app_id":"1","timestamp":"1"}}"#
        )
    };
    let (_, events) = stored(Source::ZaloOa, hook("user_send_text").as_bytes());
    assert_eq!(events[0].data["text"], "giá");
    // A picture is not read yet; its id hangs on event and message, not on the bytes, so that it stays when it is.
    let (picture, _) = stored(Source::ZaloOa, hook("user_send_image").as_bytes());
    let spaced = hook("user_send_image").replace(':', ": ");
    let (again, _) = stored(Source::ZaloOa, spaced.as_bytes());
    assert_eq!(picture.id, again.id);
    assert_ne!(picture.id, events[0].id);
}
