//! What Zalo takes, refuses, remembers and sends back.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::stand_in::{
    Misbehaviour, Rating, StandIn, StandInParam, StandInSettings, StandInTemplate,
};

const PHONE: &str = "/message/template";
const UID: &str = "/v3.0/oa/message/template";
const CS: &str = "/v3.0/oa/message/cs";
const TOKEN: &str = "/v4/oa/access_token";

/// Seven in the morning: no night for anybody.
pub fn start() -> Timestamp {
    "2026-11-20T07:00:00+07:00".parse().unwrap()
}

pub fn later(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn template(id: &str, name: &str, tag: &str) -> StandInTemplate {
    let param = |name: &str, max_length: usize, required: bool| StandInParam {
        name: name.to_owned(),
        max_length,
        required,
    };
    StandInTemplate {
        template_id: id.to_owned(),
        name: name.to_owned(),
        tag: tag.to_owned(),
        text: "Chào {{name}}, đơn <order> đã nhận. {{ note }}".to_owned(),
        params: vec![param("name", 30, true), param("order", 8, true), param("note", 9, false)],
        price_sdt: 200,
        price_uid: 140,
        timeout_ms: 7_200_000,
    }
}

pub fn settings() -> StandInSettings {
    StandInSettings {
        app_secret: Some("app secret".to_owned()),
        hook_path: "/hooks/ca-phe-som/zalo-oa".to_owned(),
        access_token: "first".to_owned(),
        refresh_token: Some("refresh 1".to_owned()),
        templates: vec![
            template("1", "paid", "TRANSACTION"),
            template("3", "sale", "PROMOTION"),
            template("9", "code", "OTP"),
        ],
        ..StandInSettings::new(start(), "2074138120372622546", "2893352839501541173", "oa secret")
    }
}

pub async fn zalo() -> StandIn {
    StandIn::start(settings(), 0).await.unwrap()
}

/// A client without TLS roots: everything here is loopback.
pub fn http() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

async fn post(zalo: &StandIn, path: &str, token: &str, body: Value) -> Value {
    let request = http().post(zalo.url() + path).header("access_token", token);
    answer(request.header("content-type", "application/json").body(body.to_string())).await
}

async fn get(zalo: &StandIn, path: &str) -> Value {
    answer(http().get(zalo.url() + path).header("access_token", "first")).await
}

async fn refresh(zalo: &StandIn, token: &str) -> String {
    let body = format!("refresh_token={token}&app_id=2074138120372622546&grant_type=refresh_token")
        .replace(' ', "%20");
    let request = http().post(zalo.url() + TOKEN).header("secret_key", "app secret");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    request.send().await.unwrap().text().await.unwrap()
}

async fn refreshed(zalo: &StandIn, token: &str) -> Value {
    serde_json::from_str(&refresh(zalo, token).await).unwrap()
}

pub fn paid() -> Value {
    json!({
        "phone": "84912345678",
        "template_id": "1",
        "template_data": {"name": "Lan", "order": "DH0001"},
        "tracking_id": "abc01",
    })
}

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

#[tokio::test]
async fn a_message_reaches_the_phone_as_its_owner_sees_it() {
    let zalo = zalo().await;
    let body = post(&zalo, PHONE, "first", paid()).await;
    let [message] = &zalo.messages()[..] else { panic!("one message") };
    assert_eq!(body["error"], 0);
    assert_eq!(body["data"]["msg_id"], message.message_id);
    assert_eq!(body["data"]["quota"]["remainingQuota"], "19999");
    assert_eq!(message.message_id.len(), 20);
    assert_eq!((message.to.as_str(), message.channel.as_str()), ("phone:84912345678", "zns-phone"));
    assert_eq!(message.text, "Chào Lan, đơn DH0001 đã nhận. {{ note }}");
    assert_eq!((message.at, message.price_vnd), (start(), 200));
    assert_eq!(message.tracking_id.as_deref(), Some("abc01"));
    assert_eq!(zalo.calls()[0].error, Some(0));
}

#[tokio::test]
async fn what_zalo_refuses_it_refuses_with_its_own_code_and_http_200() {
    let zalo = zalo().await;
    let data = |data: Value| with(paid(), "template_data", data);
    let uid = json!({"user_id": "24684", "template_id": "1", "template_data": {"name": "Lan", "order": "DH1"}});
    for (path, token, body, code) in [
        (PHONE, "wrong", paid(), -124),
        (PHONE, "first", json!([]), -122),
        (PHONE, "first", with(paid(), "phone", json!("0912345678")), -108),
        (PHONE, "first", with(paid(), "template_id", json!("404")), -109),
        (PHONE, "first", with(paid(), "tracking_id", Value::Null), -132),
        (PHONE, "first", data(json!({})), -111),
        (PHONE, "first", data(json!({"name": "Lan"})), -1122),
        (PHONE, "first", data(json!({"name": "Lan", "order": "DH0001 và"})), -1121),
        (PHONE, "first", data(json!({"name": "Lan", "order": 1})), -112),
        (UID, "wrong", uid.clone(), -216),
        (UID, "first", with(uid.clone(), "user_id", json!("phone")), -201),
        (UID, "first", with(uid.clone(), "template_id", json!("404")), -201),
        (UID, "first", with(uid.clone(), "template_id", json!("9")), -249),
        (CS, "wrong", json!({}), -216),
        (CS, "first", json!({"recipient": {"user_id": "1"}, "message": {"text": ""}}), -201),
        (
            CS,
            "first",
            json!({"recipient": {"user_id": "1"}, "message": {"text": "a".repeat(2001)}}),
            -210,
        ),
    ] {
        let refused = post(&zalo, path, token, body.clone()).await;
        assert_eq!(refused["error"], code, "{path} {body}");
    }
    assert_eq!(zalo.messages().len(), 0);
    assert_eq!(zalo.next_hook_at(), None);
}

#[tokio::test]
async fn promotion_waits_for_the_morning_and_transactions_do_not() {
    let zalo = zalo().await;
    let sale = with(paid(), "template_id", json!("3"));
    let uid =
        json!({"user_id": "1", "template_id": "3", "template_data": {"name": "Lan", "order": "1"}});
    for (time, phone, by_uid) in [
        ("2026-11-20T21:59:59+07:00", 0, 0),
        ("2026-11-20T22:00:00+07:00", -133, -234),
        ("2026-11-21T05:59:59+07:00", -133, -234),
        ("2026-11-21T06:00:00+07:00", 0, 0),
    ] {
        zalo.set_now(time.parse().unwrap());
        assert_eq!(post(&zalo, PHONE, "first", sale.clone()).await["error"], phone, "{time}");
        assert_eq!(post(&zalo, UID, "first", uid.clone()).await["error"], by_uid, "{time}");
        assert_eq!(post(&zalo, PHONE, "first", paid()).await["error"], 0, "{time}");
    }
}

#[tokio::test]
async fn the_days_quota_is_used_up_and_begins_anew_at_midnight() {
    let zalo = StandIn::start(StandInSettings { daily_quota: 1, ..settings() }, 0).await.unwrap();
    assert_eq!(post(&zalo, PHONE, "first", paid()).await["error"], 0);
    assert_eq!(post(&zalo, PHONE, "first", paid()).await["error"], -144);
    assert_eq!(get(&zalo, "/message/quota").await["data"]["remainingQuota"], 0);
    zalo.set_now("2026-11-21T00:00:00+07:00".parse().unwrap());
    assert_eq!(get(&zalo, "/message/quota").await["data"]["remainingQuota"], 1);
    zalo.misbehave(Misbehaviour::OutOfQuota);
    assert_eq!(post(&zalo, PHONE, "first", paid()).await["error"], -144);
    zalo.behave();
    assert_eq!(post(&zalo, PHONE, "first", paid()).await["error"], 0);
}

/// Checks a hook by the documented formula, without the crate's own signing.
fn assert_signed(hook: &testkit::stand_in::Hook) -> Value {
    let body: Value = serde_json::from_str(&hook.body).unwrap();
    let signed =
        format!("2074138120372622546{}{}oa secret", hook.body, body["timestamp"].as_str().unwrap());
    let mac = HEXLOWER.encode(&Sha256::digest(signed.as_bytes()));
    assert_eq!(hook.headers["x-zevent-signature"], format!("mac={mac}"));
    assert_eq!((hook.method.as_str(), hook.path.as_str()), ("POST", "/hooks/ca-phe-som/zalo-oa"));
    body
}

#[tokio::test]
async fn a_receipt_by_phone_names_the_attempt_and_one_by_uid_only_the_message() {
    let zalo = zalo().await;
    post(&zalo, PHONE, "first", paid()).await;
    let uid = json!({"user_id": "24684", "template_id": "1", "template_data": {"name": "Lan", "order": "DH1"}});
    post(&zalo, UID, "first", uid).await;
    let cs = json!({"recipient": {"user_id": "24684"}, "message": {"text": "Dạ 350k ạ"}});
    post(&zalo, CS, "first", cs).await;
    answer(http().post(zalo.url() + "/alerts").body(r#"{"text":"Xem 433555"}"#)).await;

    assert_eq!(zalo.next_hook_at(), Some(later(5)));
    assert_eq!(zalo.take_due_hooks(later(4)), []);
    let hooks = zalo.take_due_hooks(later(5));
    let messages = zalo.messages();
    assert_eq!((hooks.len(), messages.len()), (3, 4), "staff alerts have no receipt");
    assert_eq!((messages[3].to.as_str(), messages[3].text.as_str()), ("staff", "Xem 433555"));

    let phone = assert_signed(&hooks[0]);
    assert_eq!(hooks[0].headers["x-zevent-server"], "ZNS");
    assert_eq!(phone["recipient"]["id"], "84912345678");
    assert_eq!(phone["message"]["tracking_id"], "abc01");
    assert_eq!(phone["message"]["msg_id"], messages[0].message_id);
    assert_eq!(phone["message"]["delivery_time"], later(5).as_millisecond().to_string());
    for (hook, message) in hooks[1..].iter().zip(&messages[1..]) {
        let body = assert_signed(hook);
        assert_eq!(hook.headers["x-zevent-server"], "OA OpenAPI");
        assert_eq!(body["recipient"]["id"], "24684");
        assert_eq!(body["sender"]["id"], "2893352839501541173");
        assert_eq!(body["message"], json!({"msg_id": message.message_id}));
    }
}

#[tokio::test]
async fn a_receipt_comes_again_after_zalos_steps_until_it_is_taken_or_given_up() {
    let zalo = zalo().await;
    post(&zalo, PHONE, "first", paid()).await;
    let mut at = 5;
    let first = zalo.take_due_hooks(later(at)).remove(0);
    assert!(!first.headers.contains_key("num_retry"));
    for (n, step) in [30, 300, 900, 1800, 3600].into_iter().enumerate() {
        assert_eq!(zalo.take_due_hooks(later(at + step - 1)), []);
        at += step;
        let again = zalo.take_due_hooks(later(at)).remove(0);
        assert_eq!((&again.body, again.id), (&first.body, first.id));
        assert_eq!(again.headers["num_retry"], (n + 1).to_string());
    }
    assert_eq!((zalo.next_hook_at(), zalo.hooks_given_up()), (None, 1));

    post(&zalo, PHONE, "first", paid()).await;
    let taken = zalo.take_due_hooks(later(at)).remove(0);
    zalo.hook_done(taken.id).unwrap();
    assert_eq!(zalo.next_hook_at(), None);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_an_access_token_for_25_hours() {
    let zalo = zalo().await;
    let pair = refreshed(&zalo, "refresh 1").await;
    assert_eq!(pair["expires_in"], "90000");
    let (access, next) =
        (pair["access_token"].as_str().unwrap(), pair["refresh_token"].as_str().unwrap());
    let used = refreshed(&zalo, "refresh 1").await;
    assert_eq!((&used["error"], &used["access_token"]), (&json!(-14020), &json!("")));
    assert_eq!(refreshed(&zalo, "a stranger's").await["error"], -14014);

    zalo.set_now(later(89_999));
    assert_eq!(post(&zalo, PHONE, access, paid()).await["error"], 0);
    zalo.set_now(later(90_000));
    assert_eq!(post(&zalo, PHONE, access, paid()).await["error"], -124);
    assert_eq!(post(&zalo, CS, access, json!({})).await["error"], -220);
    let newer = refreshed(&zalo, next).await;
    let newer = newer["access_token"].as_str().unwrap();
    assert_eq!(post(&zalo, PHONE, newer, paid()).await["error"], 0);
}

#[tokio::test]
async fn a_token_call_must_prove_the_app_and_a_refresh_token_dies_after_three_months() {
    let zalo = zalo().await;
    let request = http().post(zalo.url() + TOKEN).header("secret_key", "wrong");
    let body = "refresh_token=refresh%201&app_id=2074138120372622546&grant_type=refresh_token";
    assert_ne!(answer(request.body(body)).await["error"], 0);
    zalo.set_now(later(90 * 86_400));
    assert_eq!(refreshed(&zalo, "refresh 1").await["error"], -14014);
}

#[tokio::test]
async fn the_token_endpoint_misbehaves_as_it_was_seen_to() {
    let zalo = zalo().await;
    zalo.misbehave(Misbehaviour::EmptyTokenBody);
    assert_eq!(refresh(&zalo, "refresh 1").await, "");
    zalo.behave();
    zalo.misbehave(Misbehaviour::NoNewRefreshToken);
    let pair = refreshed(&zalo, "refresh 1").await;
    assert!(pair["access_token"].is_string() && pair.get("refresh_token").is_none());
    zalo.behave();
    assert!(
        refreshed(&zalo, "refresh 1").await["refresh_token"].is_string(),
        "the old one goes on"
    );
    zalo.misbehave(Misbehaviour::TokensRevoked);
    assert_eq!(post(&zalo, PHONE, "first", paid()).await["error"], -124);
}

#[tokio::test]
async fn status_and_template_are_told_to_who_asks() {
    let zalo = zalo().await;
    post(&zalo, PHONE, "first", paid()).await;
    let id = &zalo.messages()[0].message_id;
    let status = format!("/message/status?message_id={id}");
    assert_eq!(get(&zalo, &status).await["data"]["status"], 0);
    zalo.set_now(later(5));
    assert_eq!(get(&zalo, &status).await["data"]["status"], 1);
    assert_eq!(get(&zalo, "/message/status?message_id=x").await["error"], -107);
    let info = get(&zalo, "/template/info/v2?template_id=1").await;
    assert_eq!(info["data"]["templateTag"], "TRANSACTION");
    assert_eq!(info["data"]["listParams"][1]["maxLength"], 8);
    assert_eq!(info["data"]["price_uid"], "140");
}

#[tokio::test]
async fn after_a_restart_messages_receipts_and_rotated_tokens_are_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StandInSettings { data: Some(folder.path().to_owned()), ..settings() };
    let before = StandIn::start(settings.clone(), 0).await.unwrap();
    post(&before, PHONE, "first", paid()).await;
    post(&before, PHONE, "first", paid()).await;
    let pair = refreshed(&before, "refresh 1").await;
    let taken = before.take_due_hooks(later(5));
    before.hook_done(taken[0].id).unwrap();
    let messages = before.messages();
    drop(before);
    let log = folder.path().join("stand-in.jsonl");
    let cut = std::fs::OpenOptions::new().append(true).open(&log);
    std::io::Write::write_all(&mut cut.unwrap(), br#"{"message":{"at":"#).unwrap();

    let after = StandIn::start(settings.clone(), 0).await.unwrap();
    assert_eq!(after.messages(), messages);
    assert_eq!(after.take_due_hooks(later(5)), taken[1..]);
    assert_eq!(refreshed(&after, "refresh 1").await["error"], -14020);
    let access = pair["access_token"].as_str().unwrap();
    post(&after, PHONE, access, paid()).await;
    let ids: std::collections::BTreeSet<String> =
        after.messages().into_iter().map(|m| m.message_id).collect();
    assert_eq!(ids.len(), 3, "an id is never given twice");
    drop(after);
    assert_eq!(
        StandIn::start(settings, 0).await.unwrap().messages().len(),
        3,
        "the cut line is gone"
    );
}

#[tokio::test]
async fn stars_come_back_signed_and_can_come_twice() {
    let zalo = zalo().await;
    post(&zalo, PHONE, "first", paid()).await;
    let receipt = zalo.take_due_hooks(later(5)).remove(0);
    zalo.hook_done(receipt.id).unwrap();
    let stars: Rating = serde_json::from_value(json!({
        "to": "phone:84912345678", "message": "paid", "stars": 5, "note": "Tôi rất hài lòng",
        "feedbacks": ["Giao hàng nhanh"],
    }))
    .unwrap();
    let repeat = Rating { repeat: true, ..stars.clone() };
    zalo.rate(&repeat).unwrap_err();
    zalo.set_now(later(60));
    zalo.rate(&stars).unwrap();
    let first = zalo.take_due_hooks(later(65)).remove(0);
    zalo.hook_done(first.id).unwrap();
    let body = assert_signed(&first);
    assert_eq!(
        (&body["event_name"], &body["message"]["rate"]),
        (&json!("user_feedback"), &json!(5))
    );
    assert_eq!(body["message"]["tracking_id"], "abc01");
    zalo.set_now(later(100));
    zalo.rate(&repeat).unwrap();
    let again = zalo.take_due_hooks(later(105)).remove(0);
    assert_eq!(again.body, first.body);
    assert_ne!(again.id, first.id);
    zalo.rate(&Rating { message: "other".to_owned(), ..stars }).unwrap_err();
}

#[tokio::test]
async fn the_phones_page_shows_text_and_runs_nothing() {
    let zalo = zalo().await;
    let name = "<script>x</script>";
    let data = json!({"name": name, "order": "<b>&", "note": "<order>"});
    post(&zalo, PHONE, "first", with(paid(), "template_data", data)).await;
    let page = http().get(zalo.url() + "/phone").send().await.unwrap().text().await.unwrap();
    assert!(page.contains(
        "Chào &lt;script&gt;x&lt;/script&gt;, đơn &lt;b&gt;&amp; đã nhận. &lt;order&gt;"
    ));
    assert!(page.contains("Điện thoại 84912345678") && !page.contains("<script"));
    let listed = answer(http().get(zalo.url() + "/_messages")).await;
    assert_eq!(listed[0]["to"], "phone:84912345678");
    let unknown = http().post(zalo.url() + "/v2.0/oa/message").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}
