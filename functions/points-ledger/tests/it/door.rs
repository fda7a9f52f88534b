//! Who may come in.

use serde_json::json;

use crate::setup::{KEY, Till, account};

#[tokio::test]
async fn without_a_right_key_nothing_is_said() {
    let till = Till::new().await;
    let path = account("lan");
    for (headers, tenant) in [
        (json!({}), "ca-phe-som"),
        (json!({"authorization": "Bearer "}), "ca-phe-som"),
        (json!({"authorization": "Bearer other"}), "ca-phe-som"),
        (json!({"authorization": KEY}), "ca-phe-som"),
        (json!({"authorization": format!("Bearer {KEY}")}), "tra-sua"),
        (json!({"authorization": format!("Bearer {KEY}")}), "CA_PHE"),
    ] {
        let told = till.ask("GET", &path.replace("ca-phe-som", tenant), headers, None).await;
        assert_eq!((told.status, told.code()), (401, "key_refused"), "{tenant}");
        assert_eq!(told.kind, "application/problem+json");
    }
    let told = till.ask("GET", "/v1/ca-phe-som/points/openapi.json", json!({}), None).await;
    assert_eq!((told.status, told.body["openapi"].as_str()), (200, Some("3.1.0")));
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say() {
    let till = Till::new().await;
    till.put_key("reads", &["points:read"]).await;
    till.put_key("writes", &["points:write"]).await;
    till.put_key("console", &["console"]).await;
    let at = |action: &str| format!("{}/{action}", account("lan"));
    let body = || Some(json!({"points": 5, "reason": "thử"}).to_string());
    for (key, method, path, status) in [
        ("reads", "GET", account("lan"), 200),
        ("reads", "POST", at("earn"), 403),
        ("writes", "POST", at("earn"), 200),
        ("writes", "GET", account("lan"), 403),
        ("writes", "POST", at("grant"), 403),
        ("console", "GET", account("lan"), 403),
        (KEY, "POST", at("grant"), 200),
    ] {
        let headers = json!({"authorization": format!("Bearer {key}"), "idempotency-key": path.rsplit_once('/').unwrap().1});
        let body = if method == "POST" { body() } else { None };
        let told = till.ask(method, &path, headers, body).await;
        assert_eq!(told.status, status, "{key} {method} {path}: {told:?}");
    }
}
