//! What nobody should send: a stable code for each, and nothing posted.

use serde_json::json;

use crate::setup::{KEY, Till, account};

#[tokio::test]
async fn whatever_is_sent_is_answered_with_a_stable_code_and_posts_nothing() {
    let till = Till::new().await;
    let at = |action: &str| format!("{}/{action}", account("lan"));
    let strange = at("earn").replace("accounts/", "accounts/x");
    let long = "x".repeat(81);
    for (path, key, body, status, code) in [
        (at("earn"), "k", "", 400, "bad_body"),
        (at("earn"), "k", "{", 400, "bad_body"),
        (at("earn"), "k", "[]", 400, "bad_body"),
        (at("earn"), "k", "null", 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 0}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": -1}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 1.5}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": "1"}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 10000000001}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 1, "point": 2}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 1, "hold": 2}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 1, "occurred_at": "yesterday"}"#, 400, "bad_body"),
        (at("earn"), "k", r#"{"points": 1, "about": "a\u0000b"}"#, 400, "bad_body"),
        (
            at("earn"),
            "k",
            r#"{"points": 1, "occurred_at": "2020-01-01T00:00:00Z"}"#,
            422,
            "expired_on_arrival",
        ),
        (at("grant"), "k", r#"{"points": 1}"#, 400, "bad_body"),
        (at("grant"), "k", r#"{"points": 1, "reason": "  "}"#, 400, "bad_body"),
        (at("grant"), "k", &format!(r#"{{"points": 1, "reason": "{long}"}}"#), 400, "bad_body"),
        (at("hold"), "k", r#"{"points": 1}"#, 400, "bad_body"),
        (at("capture"), "k", r#"{"hold": 9}"#, 422, "no_such_hold"),
        (at("transfer"), "k", r#"{"points": 1, "to": "minh"}"#, 400, "bad_customer"),
        (at("spend"), "k", r#"{"points": 1}"#, 422, "insufficient_points"),
        (at("mint"), "k", r#"{"points": 1}"#, 404, "not_found"),
        (at("earn"), "", r#"{"points": 1}"#, 400, "bad_idempotency_key"),
        (at("earn"), "a b", r#"{"points": 1}"#, 400, "bad_idempotency_key"),
        (at("earn"), &long, r#"{"points": 1}"#, 400, "bad_idempotency_key"),
        (strange, "k", r#"{"points": 1}"#, 400, "bad_customer"),
        (account("nobody") + "/earn", "k", r#"{"points": 1}"#, 404, "unknown_customer"),
        (at("earn").replace("/diem/", "/xu/"), "k", r#"{"points": 1}"#, 404, "unknown_currency"),
        (at("earn").replace("/diem/", "/%00/"), "k", r#"{"points": 1}"#, 404, "unknown_currency"),
    ] {
        let headers = json!({"authorization": format!("Bearer {KEY}"), "idempotency-key": key});
        let told = till.ask("POST", &path, headers, Some(body.to_owned())).await;
        assert_eq!((told.status, told.code()), (status, code), "{path} {body}: {told:?}");
        assert_eq!(told.kind, "application/problem+json");
    }
    let without = json!({"authorization": format!("Bearer {KEY}")});
    let told = till.ask("POST", &at("earn"), without, Some("{\"points\": 1}".to_owned())).await;
    assert_eq!(told.code(), "idempotency_key_missing");
    let large = json!({"points": 1, "reason": "x".repeat(20_000)});
    assert_eq!(till.order("k", &at("earn"), large).await.status, 413);
    assert_eq!(till.state.rows_of(&till.state.table("POINTS_TABLE")).len(), 0);
}

#[tokio::test]
async fn queries_that_make_no_sense_are_refused() {
    let till = Till::new().await;
    for query in [
        "/entries?limit=0",
        "/entries?limit=101",
        "/entries?limit=x",
        "/entries?before=-1",
        "?at=now",
        "/statement.csv?first=0",
        "/statement.csv?first=x",
        "/statement.csv?limit=0",
        "/statement.csv?limit=10001",
    ] {
        let told = till.get(&format!("{}{query}", account("lan"))).await;
        assert_eq!((told.status, told.code()), (400, "bad_query"), "{query}");
    }
    let told = till.get("/v1/ca-phe-som/points/operations/x").await;
    assert_eq!((told.status, told.code()), (400, "bad_operation"));
    let told = till.get(&format!("/v1/ca-phe-som/points/operations/{}", "a".repeat(26))).await;
    assert_eq!((told.status, told.code()), (404, "no_such_operation"), "{told:?}");
}
