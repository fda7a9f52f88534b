//! Zalo's facts that hang on more than one fixture.

use super::*;
use crate::event::{Rank, Receipt, Sent, Tracking};

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

fn rating(message: &str) -> (Head, Event) {
    let body = format!(
        r#"{{"event_name":"user_feedback","message":{message},"app_id":"1","oa_id":"{OA}","timestamp":"1795136400000"}}"#
    );
    let (head, mut events) = stored(Source::ZaloOa, body.as_bytes());
    assert_eq!(events.len(), 1);
    (head, events.remove(0))
}

#[test]
fn a_rating_is_about_whoever_got_the_message() {
    let ours = "abcdefghijklmnopqrstuvwxyz02";
    let by = |tracking: Option<&str>| {
        let echoed = tracking.map(|id| format!(r#","tracking_id":"{id}""#)).unwrap_or_default();
        let told = r#"{"rate":4,"msg_id":"m1","submit_time":"1795136399432""#;
        let (head, event) = rating(&format!("{told}{echoed}}}"));
        assert_eq!(
            (head.kind.as_str(), head.subject.to_string()),
            ("notification.rated", "sent:m1".to_owned())
        );
        assert_eq!(
            head.time.as_millisecond(),
            1_795_136_399_432,
            "the customer's time, not the hook's"
        );
        assert_eq!(event.data, serde_json::json!({"stars": 4, "note": "", "feedbacks": []}));
        let Change::Receipt(Receipt { rank, at, .. }) = event.change else { panic!("it was seen") };
        assert_eq!((rank, at), (Rank::Seen, head.time));
        event.about
    };
    let whoever = |tracking: Option<Tracking>| {
        About::Reader(Box::new(Sent { message_id: "m1".to_owned(), tracking }))
    };
    assert_eq!(by(Some(ours)), whoever(Tracking::parse(ours)));
    for none_of_ours in [None, Some(""), Some("srv-1956")] {
        assert_eq!(by(none_of_ours), whoever(None));
    }
}

#[test]
fn a_rating_without_a_whole_number_of_one_to_five_is_unrecognised() {
    for rate in [
        "0",
        "6",
        "-1",
        "5.0",
        "4.5",
        "5e0",
        "05",
        "\"05\"",
        "\"năm\"",
        "null",
        "true",
        "[5]",
        "{}",
        "55555555555555555555",
    ] {
        let (head, event) =
            rating(&format!(r#"{{"rate":{rate},"msg_id":"m1","submit_time":"1795136399432"}}"#));
        assert_eq!(head.kind, "zalo-oa.unrecognised", "{rate}");
        assert_eq!(event.about, About::Nobody);
    }
    for message in [r#"{"msg_id":"m1"}"#, r#"{"rate":5}"#, r#"{"rate":5,"msg_id":""}"#, "5", "[]"] {
        assert_eq!(rating(message).0.kind, "zalo-oa.unrecognised", "{message}");
    }
}

#[test]
fn what_a_customer_says_with_the_stars_is_cleaned_bounded_and_without_numbers() {
    let long = "x".repeat(5_000);
    let (_, event) = rating(&format!(
        r#"{{"rate":"5","msg_id":"m1","note":" gia\u0301 tốt\u0000, gọi 0912 345 678","feedbacks":["Nhanh",7,null,["a"],{{}},"","{long}","+84 912.345.678"]}}"#
    ));
    let seen = &event.data;
    assert_eq!((&seen["stars"], &seen["note"]), (&5.into(), &"giá tốt, gọi ***".into()));
    let feedbacks = seen["feedbacks"].as_array().unwrap();
    assert_eq!(
        (feedbacks.len(), &feedbacks[0], &feedbacks[1], &feedbacks[3]),
        (4, &"Nhanh".into(), &"7".into(), &"***".into())
    );
    assert_eq!(feedbacks[2].as_str().unwrap().len(), 200);
    let many = vec!["\"a\""; 500].join(",");
    let (_, event) =
        rating(&format!(r#"{{"rate":5,"msg_id":"m1","note":"{long}","feedbacks":[{many}]}}"#));
    assert_eq!(event.data["note"].as_str().unwrap().len(), 4_000);
    assert_eq!(event.data["feedbacks"].as_array().unwrap().len(), 20);
    for other in [r#""a""#, "5", "{}", "null"] {
        let (_, event) =
            rating(&format!(r#"{{"rate":5,"msg_id":"m1","note":[1],"feedbacks":{other}}}"#));
        assert_eq!(event.data, serde_json::json!({"stars": 5, "note": "", "feedbacks": []}));
    }
}

#[test]
fn a_rating_with_a_time_that_is_none_is_ordered_by_the_hooks_or_by_receipt() {
    for (submitted, ordered) in
        [("\"soon\"", "12:00"), ("\"\"", "12:00"), ("1795165380000000", "12:00"), ("null", "08:00")]
    {
        let (head, _) = rating(&format!(r#"{{"rate":5,"msg_id":"m1","submit_time":{submitted}}}"#));
        let expected: Timestamp = format!("2026-11-20T{ordered}:00+07:00").parse().unwrap();
        assert_eq!(head.time, expected, "{submitted}");
    }
}
