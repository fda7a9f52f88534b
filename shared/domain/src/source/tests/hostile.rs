//! Bodies that no vendor should send: each is read without a panic, and as little as it deserves.

use super::*;

fn bodies() -> Vec<Vec<u8>> {
    let deep = |open: &str, close: &str| {
        format!(
            r#"{{"id":1,"OrderCode":"X","type":"a.b","event_name":"follow","data":{}1{}}}"#,
            open.repeat(5_000),
            close.repeat(5_000)
        )
    };
    let mut bodies: Vec<Vec<u8>> = vec![
        b"".into(),
        b"\0".into(),
        b"\xff\xfe{}".into(),
        b"{\"event_name\":\"\xc3\x28\"}".into(),
        b"null".into(),
        b"0".into(),
        b"\"text\"".into(),
        b"[]".into(),
        b"{".into(),
        b"{}".into(),
        b"{} {}".into(),
        "[".repeat(5_000).into(),
        r#"{"a":"#.repeat(5_000).into(),
        deep("[", "]").into(),
        deep(r#"{"a":"#, "}").into(),
        br#"{"id":1,"id":2,"transferType":"in","transferAmount":1}"#.into(),
        br#"{"OrderCode":"A","OrderCode":"B","Type":"create"}"#.into(),
        br#"{"type":"a.b","type":"c.d"}"#.into(),
        br#"{"event_name":"\ud800","sender":{"id":"\udfff"}}"#.into(),
        format!(r#"{{"event_name":"follow","padding":"{}"}}"#, "x".repeat(256 * 1024)).into(),
    ];
    for number in ["1e400", "-0", "-1", "1e5", "0.1", "99999999999999999999999999999999999999"] {
        bodies.push(
            format!(
                r#"{{"id":{number},"transferType":"in","transferAmount":{number},"transactionDate":{number},
                "OrderCode":{number},"Type":"create","Status":{number},"Time":{number},
                "oa_id":"{OA}","follower":{{"id":{number}}},"event_name":"follow","timestamp":{number},
                "type":"order.created","data":{{"order_id":{number},"amount_vnd":{number}}}}}"#
            )
            .into(),
        );
    }
    bodies
}

#[test]
fn a_hostile_body_of_a_vendor_is_kept_and_read() {
    for source in [Source::ZaloOa, Source::Sepay, Source::Ghn] {
        for body in bodies() {
            let (head, _) = stored(source, &body);
            assert_eq!(
                crate::subject::Subject::parse(&head.subject.to_string()),
                Some(head.subject)
            );
        }
    }
}

#[test]
fn what_cannot_be_parsed_is_unrecognised_and_about_nobody() {
    for source in [Source::ZaloOa, Source::Sepay, Source::Ghn] {
        for body in bodies().into_iter().take(13) {
            let (head, events) = stored(source, &body);
            assert_eq!(head.kind, format!("{}.unrecognised", source.as_str()));
            assert_eq!(head.time, received());
            let [event] = &events[..] else { panic!("one event") };
            assert_eq!((&event.about, &event.change), (&About::Nobody, &Change::None));
        }
    }
}

#[test]
fn a_hostile_event_of_the_business_is_refused_or_harmless() {
    for body in bodies() {
        let (arrival, events) = both(Source::Standard, &body);
        match arrival {
            Ok(Arrival::Store(head)) => agree(&head, &events),
            Ok(Arrival::Ignore) => panic!("the business has no console sample"),
            Err(bad) => {
                assert_eq!(events[0].kind, "standard.unrecognised", "{bad}");
                assert_eq!(events[0].about, About::Nobody);
            }
        }
    }
}

#[test]
fn two_hooks_that_name_themselves_by_nothing_are_told_apart_by_their_bytes() {
    for source in [Source::ZaloOa, Source::Sepay, Source::Ghn] {
        let (one, _) = stored(source, b"{}");
        let (other, _) = stored(source, b"{ }");
        assert_ne!(one.id, other.id);
    }
}

#[test]
fn an_id_or_text_that_composes_only_after_cleaning_is_stored_as_it_is_read_back() {
    let body = r#"{"OrderCode":"A\u0000\u0301","Type":"create","Reason":"a\u0000\u0301"}"#;
    let (head, events) = stored(Source::Ghn, body.as_bytes());
    assert_eq!(head.subject.to_string(), "shipment:ghn:Á");
    assert_eq!(Subject::parse(&head.subject.to_string()), Some(head.subject));
    assert_eq!(events[0].data["reason"], "á");
}
