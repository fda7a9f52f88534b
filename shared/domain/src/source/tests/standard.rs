//! What the business may say, and what it is told when it says it wrongly.

use serde_json::json;

use super::*;

fn answer(body: &serde_json::Value) -> Result<Arrival, BadHook> {
    both(Source::Standard, body.to_string().as_bytes()).0
}

fn order(data: serde_json::Value) -> serde_json::Value {
    json!({"type": "order.created", "timestamp": "2026-11-20T01:20:00Z", "data": data})
}

#[test]
fn what_is_wrong_is_named() {
    let typed = |kind: &str| json!({"type": kind, "data": {}});
    let cloud = |extra: serde_json::Value| {
        let mut event = json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b"});
        event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        event
    };
    let nested = (0..8).fold(json!(1), |inner, _| json!([inner]));
    for (body, code) in [
        (json!([]), "body_not_object"),
        (json!({}), "type_missing"),
        (json!({"type": null}), "type_missing"),
        (json!({"type": 1}), "type_invalid"),
        (typed(""), "type_invalid"),
        (typed("order"), "type_invalid"),
        (typed("order."), "type_invalid"),
        (typed(".created"), "type_invalid"),
        (typed("order..created"), "type_invalid"),
        (typed("Order.created"), "type_invalid"),
        (typed("order.tạo"), "type_invalid"),
        (typed("order.created\n"), "type_invalid"),
        (typed("order.1st"), "type_invalid"),
        (typed(&format!("a.{}", "b".repeat(63))), "type_invalid"),
        (typed("payment.matched"), "type_reserved"),
        (typed("shipment.delivered"), "type_reserved"),
        (typed("notification.seen"), "type_reserved"),
        (typed("survey.answered"), "type_reserved"),
        (typed("tier.upgraded"), "type_reserved"),
        (typed("badge.won"), "type_reserved"),
        (typed("streak.reached"), "type_reserved"),
        (typed("contest.won"), "type_reserved"),
        (typed("template.quality_changed"), "type_reserved"),
        (typed("oa.quota_changed"), "type_reserved"),
        (typed("ghn.unrecognised"), "type_reserved"),
        (json!({"type": "a.b", "timestamp": "2026-11-20 01:20"}), "time_invalid"),
        (json!({"type": "a.b", "timestamp": 1795136400}), "time_invalid"),
        (json!({"type": "a.b", "timestamp": "1969-12-31T23:59:59Z"}), "time_invalid"),
        (cloud(json!({"time": "yesterday"})), "time_invalid"),
        (cloud(json!({"specversion": "0.3"})), "specversion_unknown"),
        (cloud(json!({"source": ""})), "source_invalid"),
        (cloud(json!({"source": null})), "source_invalid"),
        (cloud(json!({"id": "x".repeat(257)})), "id_invalid"),
        (cloud(json!({"data_base64": "e30="})), "data_not_object"),
        (json!({"type": "a.b", "data": []}), "data_not_object"),
        (json!({"type": "a.b", "data": {"x": nested}}), "data_too_large"),
        (json!({"type": "a.b", "data": {"x": "y".repeat(20_000)}}), "data_too_large"),
        (order(json!({})), "order_id_missing"),
        (order(json!({"order_id": ""})), "order_id_invalid"),
        (order(json!({"order_id": ["DH0001"]})), "order_id_invalid"),
        (order(json!({"order_id": "x".repeat(129)})), "order_id_invalid"),
        (order(json!({"order_id": "1", "phone": ""})), "phone_invalid"),
        (order(json!({"order_id": "1", "phone": "0112345678"})), "phone_invalid"),
        (order(json!({"order_id": "1", "phone": {"home": "0912345678"}})), "phone_invalid"),
        (order(json!({"order_id": "1", "zalo_user_id": ""})), "zalo_user_id_invalid"),
        (order(json!({"order_id": "1", "zalo_user_id": "2", "oa_id": "666"})), "oa_unknown"),
        (order(json!({"order_id": "1", "amount_vnd": -1})), "amount_invalid"),
        (order(json!({"order_id": "1", "amount_vnd": 1.0})), "amount_invalid"),
        (order(json!({"order_id": "1", "amount_vnd": "1"})), "amount_invalid"),
        (order(json!({"order_id": "1", "amount_vnd": u64::MAX})), "amount_invalid"),
        (json!({"type": "customer.identified", "data": {"zalo_user_id": "1"}}), "phone_missing"),
        (
            json!({"type": "customer.identified", "data": {"phone": "0912345678"}}),
            "zalo_user_id_missing",
        ),
    ] {
        assert_eq!(answer(&body).map_err(BadHook::code), Err(code), "{body:.200}");
    }
    for (text, code) in [
        (r#"{"type":"order.created","data":{"order_id":"1","amount_vnd":1e5}}"#, "amount_invalid"),
        (r#"{"type":"a.b","data":{"x":1,"x":2}}"#, "key_repeated"),
        (r#"{"type":"a.b","data":{"x":1e400}}"#, "data_too_large"),
        ("", "body_not_json"),
    ] {
        let (arrival, _) = both(Source::Standard, text.as_bytes());
        assert_eq!(arrival.map_err(BadHook::code), Err(code), "{text}");
    }
}

#[test]
fn at_the_bounds_an_event_is_taken() {
    let nested = (0..7).fold(json!(1), |inner, _| json!([inner]));
    for body in [
        json!({"type": format!("a.{}", "b".repeat(62))}),
        json!({"type": "a.b", "data": {"x": nested}}),
        json!({"type": "a.b", "data": {"x": "y".repeat(19_990)}}),
        json!({"type": "a.b", "data": null, "timestamp": null}),
        json!({"type": "paymentplan.agreed"}),
        order(json!({"order_id": 17, "phone": 912345678, "amount_vnd": 1_000_000_000_000_000_u64})),
    ] {
        assert!(matches!(answer(&body), Ok(Arrival::Store(_))), "{body:.200}");
    }
}

#[test]
fn a_cloud_event_is_named_by_source_and_id_and_any_other_by_its_delivery() {
    let id = |body: &serde_json::Value, delivery: &str| {
        let (arrival, _) = both_with(Source::Standard, body.to_string().as_bytes(), delivery);
        let Ok(Arrival::Store(head)) = arrival else { panic!("{arrival:?}") };
        head.id
    };
    let cloud = |source: &str, id: &str| json!({"specversion": "1.0", "source": source, "id": id, "type": "a.b"});
    assert_eq!(id(&cloud("/a", "1"), "m1"), id(&cloud("/a", "1"), "m2"));
    assert_ne!(id(&cloud("/a", "1"), "m1"), id(&cloud("/a", "2"), "m1"));
    assert_ne!(id(&cloud("/a", "b1"), "m1"), id(&cloud("/ab", "1"), "m1"));
    let plain = json!({"type": "a.b"});
    assert_eq!(id(&plain, "m1"), id(&json!({"type": "a.b", "data": {"x": 1}}), "m1"));
    assert_ne!(id(&plain, "m1"), id(&plain, "m2"));
}

#[test]
fn a_pair_is_proven_only_because_the_business_signs_it() {
    let body = json!({"type": "customer.identified",
        "data": {"phone": "0912 345 678", "zalo_user_id": "2468458835291979221"}});
    let (_, events) = stored(Source::Standard, body.to_string().as_bytes());
    let About::Person { identities, strength, .. } = &events[0].about else { panic!("a person") };
    assert_eq!(*strength, crate::event::Strength::Proven);
    assert_eq!(identities[0].subject, events[0].subject);
    assert_eq!(identities[0].subject.to_string(), format!("zalo:{OA}:2468458835291979221"));
    assert_eq!(identities[1].phone.as_ref().unwrap().digits(), "84912345678");
}

#[test]
fn an_order_keeps_a_bounded_number_of_short_facts_and_always_its_own() {
    let mut data = json!({"order_id": "Z1", "amount_vnd": 5, "customer_name": "Lan"});
    for n in 0..100 {
        data[format!("a{n}")] = json!(n);
    }
    let (_, events) = stored(Source::Standard, order(data).to_string().as_bytes());
    let Change::Order { facts, amount_vnd, .. } = &events[0].change else { panic!("an order") };
    assert_eq!((facts.len(), *amount_vnd), (35, Some(5)));
    assert_eq!((&facts["id"], &facts["customer_name"]), (&json!("Z1"), &json!("Lan")));
}
