//! Names, messages, ids and forms that nobody sends by mistake.

use console::FORM_BYTES_MAX;
use domain::notification::State;
use local::demo::state::DEMO;
use serde_json::json;

use crate::setup::*;

/// What would run, close or break something if it were written as it is.
const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)> \" ' & </li></main> {{ 7*7 }}";

fn is_clean(body: &str) {
    for broken in ["<script", "<img", "<b>Lan", "onerror=alert(1)>", "</li></main> {{"] {
        assert!(!body.contains(broken), "{broken}");
    }
}

#[tokio::test]
async fn names_and_messages_are_shown_as_they_are_written_and_run_nothing() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.wrote(1, HOSTILE, &[HOSTILE, "x: y"]).await;
    let body = browser.get(&format!("/console/customers/{}", lan())).await.body;
    is_clean(&body);
    assert!(body.contains("Nguyễn Thị &#60;b&#62;Lan"), "{body}");
    assert!(body.contains("&#60;script&#62;alert(1)"), "{body}");
    let customers = browser.customers();
    customers.name(DEMO, &lan(), HOSTILE, later(1), Some(NAME)).await.unwrap();
    is_clean(&browser.get("/console/search?q=script").await.body);
    customers.stick(DEMO, "f", HOSTILE, HOSTILE, start()).await.unwrap();
    is_clean(&browser.get("/console/lists/stuck").await.body);
    let asked: String = HOSTILE.bytes().map(|b| format!("%{b:02x}")).collect();
    for path in ["/console/search?q=", "/console?q=", "/console?done=", "/console?cursor="] {
        is_clean(&browser.get(&format!("{path}{asked}")).await.body);
    }
}

#[tokio::test]
async fn ids_that_are_none_and_ids_of_nothing_are_not_found() {
    let mut browser = Browser::logged_in().await;
    let free = "a".repeat(26);
    for (path, code) in [
        ("/console/customers/x", "unknown_customer"),
        (&format!("/console/customers/{free}"), "unknown_customer"),
        ("/console/customers/..%2f", "unknown_customer"),
        ("/console/notifications/1'--", "unknown_notification"),
        (&format!("/console/notifications/{free}"), "unknown_notification"),
        ("/console/rules/nothing", "unknown_rule"),
        (&format!("/console/rules/{}", "x".repeat(3_000)), "unknown_rule"),
        ("/console/lists/everything", "not_found"),
        ("/console/lists", "not_found"),
        ("/console/admin", "not_found"),
        ("/consoles", "not_found"),
    ] {
        let got = browser.get(path).await;
        assert_eq!((got.status, got.code()), (404, code), "{path}");
    }
    for (path, code) in [
        ("/console/notifications/x/cancel", "unknown_notification"),
        (&format!("/console/notifications/{free}/cancel"), "unknown_notification"),
        (&format!("/console/notifications/{free}/resend"), "unknown_notification"),
        (&format!("/console/notifications/{free}/burn"), "not_found"),
        (&format!("/console/customers/{free}/burn"), "not_found"),
        (&format!("/console/customers/{free}/number"), "unknown_customer"),
        ("/console", "not_found"),
        ("/console/search", "not_found"),
    ] {
        let got = browser.act(path, &[]).await;
        assert_eq!((got.status, got.code()), (404, code), "{path}");
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(browser.ask(method, "/console", None).await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused_with_a_page_that_says_so() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.wrote(1, "chào", &[]).await;
    browser.planned(1, State::Held, None).await;
    let long = "9".repeat(400);
    let huge = data_encoding::BASE64URL_NOPAD.encode(b"s9999999999999999999");
    let free = "9999999999999999999.aaaaaaaaaaaaaaaaaaaaaaaaaa";
    for cursor in ["x", "-1.a", "%C3%A0", free, &long, &huge, "cg", "cw", "dA", "bA"] {
        let customer = format!("/console/customers/{}", lan());
        for path in [
            &customer,
            "/console/lists/stuck",
            "/console/lists/held",
            "/console/rules/payment-received",
            "/console/rules/cham",
        ] {
            let got = browser.get(&format!("{path}?cursor={cursor}")).await;
            assert_eq!((got.status, got.code()), (400, "bad_cursor"), "{path} {cursor}");
        }
    }
    for path in ["/console/lists/stuck", "/console/lists/held", "/console/rules/cham"] {
        assert_eq!(browser.get(&format!("{path}?cursor=")).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_before_anything_is_read() {
    let mut browser = Browser::new().await;
    let before = browser.state.faults.calls().len();
    for bytes in [FORM_BYTES_MAX + 1, 256 * 1024] {
        let body = vec![b'x'; bytes];
        let got = browser.ask("POST", "/console/login", Some(body)).await;
        assert_eq!((got.status, got.code()), (413, "body_too_large"), "{bytes}");
    }
    assert_eq!(browser.state.faults.calls().len(), before, "the database was asked");
    let mut browser = Browser::logged_in().await;
    let got = browser.ask("POST", "/console/pause", Some(vec![b'x'; 256 * 1024])).await;
    assert_eq!(got.status, 413);
}

#[tokio::test]
async fn bytes_that_are_no_form_are_a_form_without_fields() {
    let mut browser = Browser::new().await;
    for body in [&b""[..], b"\xff\xfe=\xff", b"tenant", b"&&&==&", b"tenant=%ff%fe&key=%00"] {
        let got = browser.ask("POST", "/console/login", Some(body.to_vec())).await;
        assert_eq!((got.status, got.code()), (401, "key_refused"), "{body:?}");
    }
    let got = browser
        .ask_event(json!({
            "version": "2.0", "rawPath": "/console/login", "rawQueryString": "", "headers": {},
            "requestContext": {"http": {"method": "POST", "path": "/console/login"}},
            "body": "***", "isBase64Encoded": true,
        }))
        .await;
    assert_eq!((got.status, got.code()), (400, "body_encoding"));
}

#[tokio::test]
async fn another_site_cannot_log_anybody_in() {
    let mut browser = Browser::new().await;
    let body = format!("tenant={DEMO}&key={KEY}");
    let got = browser
        .ask_event(json!({
            "version": "2.0", "rawPath": "/console/login", "rawQueryString": "",
            "headers": {"sec-fetch-site": "cross-site"},
            "requestContext": {"http": {"method": "POST", "path": "/console/login"}},
            "body": body, "isBase64Encoded": false,
        }))
        .await;
    assert_eq!((got.status, got.code()), (403, "csrf_mismatch"));
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_and_a_database_that_is_busy_are_told_apart() {
    let mut browser = Browser::logged_in().await;
    let id = browser.planned(1, State::Held, None).await;
    for call in 1..=3 {
        browser.state.faults.plan(call, testkit::fault::Fault::Throttle);
    }
    let got = browser.get(&format!("/console/notifications/{id}")).await;
    assert_eq!((got.status, got.code()), (503, "try_again"));
    let table = browser.state.table("NOTIFICATIONS_TABLE");
    let item = json!({"pk": {"S": format!("{DEMO}#{id}")}, "v": {"N": "99"}});
    browser.state.engine.run("PutItem", &json!({"TableName": table, "Item": item})).unwrap();
    let got = browser.get(&format!("/console/notifications/{id}")).await;
    assert_eq!((got.status, got.code()), (500, "corrupt"));
}
