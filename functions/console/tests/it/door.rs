//! Who gets in, and for how long.

use console::SESSION_COOKIE;
use local::demo::state::DEMO;

use crate::setup::*;

#[tokio::test]
async fn a_key_with_the_scope_opens_the_console_for_twelve_hours() {
    let mut browser = Browser::logged_in().await;
    assert_eq!(browser.get("/console").await.status, 200);
    browser.now = later(12 * 3_600 - 1);
    assert_eq!(browser.get("/console").await.status, 200);
    browser.now = later(12 * 3_600);
    let got = browser.get("/console").await;
    assert_eq!((got.status, got.place.as_str()), (303, "/console/login"));
}

#[tokio::test]
async fn a_cookie_is_for_our_pages_over_tls_alone_and_says_no_secret() {
    let browser = Browser::logged_in().await;
    let cookie = browser.session();
    assert!(cookie.starts_with("ca-phe-som.quay."), "{cookie}");
    assert!(!cookie.contains("0123456789"), "{cookie}");
    let mut browser = Browser::new().await;
    let got = browser.post("/console/login", &[("tenant", DEMO), ("key", KEY)]).await;
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/console", "Max-Age=43200"] {
        assert!(got.cookies[0].contains(part), "{}", got.cookies[0]);
    }
}

#[tokio::test]
async fn who_is_not_known_is_told_one_sentence_whatever_was_wrong() {
    let mut browser = Browser::new().await;
    browser.put_key("kho", &["points"], "cham_ca-phe-som_points").await;
    let mut told = Vec::new();
    for (tenant, key) in [
        (DEMO, "cham_ca-phe-som_wrong"),
        (DEMO, ""),
        (DEMO, "cham_ca-phe-som_points"),
        ("nobody", KEY),
        ("", KEY),
        ("Ca Phe#Som", KEY),
    ] {
        let got = browser.post("/console/login", &[("tenant", tenant), ("key", key)]).await;
        assert_eq!((got.status, got.code()), (401, "key_refused"), "{tenant} {key}");
        assert!(got.cookies.is_empty(), "{tenant} {key}");
        told.push(got.body);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "the same page for every reason");
}

#[tokio::test]
async fn a_key_that_was_taken_away_ends_its_sessions_at_once() {
    let mut browser = Browser::logged_in().await;
    let token = browser.get("/console").await.token();
    browser.drop_keys();
    assert_eq!(browser.get("/console").await.place, "/console/login");
    let got = browser.post("/console/pause", &[("token", &token), ("scope", "tenant")]).await;
    assert_eq!((got.status, got.code()), (401, "session_over"));
    assert!(browser.tenants().pauses(DEMO).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn a_cookie_that_is_not_ours_opens_nothing() {
    let mut browser = Browser::logged_in().await;
    let ours = browser.session().to_owned();
    let (signed, proof) = ours.rsplit_once('.').unwrap();
    for forged in [
        String::new(),
        "x".to_owned(),
        format!("{signed}.{}", "0".repeat(64)),
        format!("{signed}."),
        format!("{}.{proof}", signed.replace("quay", "chu")),
        format!("{}.{proof}", signed.replace("ca-phe-som", "nobody")),
        format!("{signed}9.{proof}"),
        ours.to_uppercase(),
        format!("{ours}.{proof}"),
    ] {
        browser.cookies.insert(SESSION_COOKIE.to_owned(), forged.clone());
        assert_eq!(browser.get("/console/rules").await.place, "/console/login", "{forged}");
    }
    browser.cookies.insert(SESSION_COOKIE.to_owned(), ours);
    assert_eq!(browser.get("/console/rules").await.status, 200);
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let mut browser = Browser::logged_in().await;
    let token = browser.get("/console").await.token();
    for bad in ["", "00", &token[2..], &token.replace(&token[..1], "g")] {
        let got = browser.post("/console/pause", &[("token", bad), ("scope", "tenant")]).await;
        assert_eq!((got.status, got.code()), (403, "csrf_mismatch"), "{bad}");
    }
    // The token of another session.
    browser.now = later(60);
    browser.post("/console/login", &[("tenant", DEMO), ("key", KEY)]).await;
    let got = browser.post("/console/pause", &[("token", &token), ("scope", "tenant")]).await;
    assert_eq!(got.status, 403);
    assert!(browser.tenants().pauses(DEMO).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn who_logs_out_is_out() {
    let mut browser = Browser::logged_in().await;
    let got = browser.act("/console/logout", &[]).await;
    assert_eq!(got.status, 303);
    assert!(!browser.cookies.contains_key(SESSION_COOKIE));
    let shown = browser.get(&got.place).await;
    assert!(shown.body.contains("Đã đăng xuất"), "{}", shown.body);
    assert_eq!(browser.get("/console").await.place, "/console/login");
}

#[tokio::test]
async fn every_page_keeps_scripts_and_frames_out_and_is_kept_by_nobody() {
    let mut browser = Browser::logged_in().await;
    for path in ["/console", "/console/login", "/console/nowhere"] {
        let got = browser.get(path).await;
        let policy = &got.headers["content-security-policy"];
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(got.headers["cache-control"], "no-store", "{path}");
        assert_eq!(got.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(!got.body.contains("<script") && !got.body.contains(" style="), "{path}");
    }
    let style = browser.get("/console/style.css").await;
    assert_eq!(
        (style.status, style.headers["cache-control"].as_str()),
        (200, "public, max-age=86400")
    );
}
