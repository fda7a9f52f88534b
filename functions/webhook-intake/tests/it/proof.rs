//! Nothing without proof: each failure has its code, and costs at most the one read that finds the secret.

use local::demo::hook::DemoHook;
use serde_json::json;

use crate::setup::*;

async fn refused(hook: &DemoHook, code: &str) {
    let door = door().await;
    let told = door.post(hook, start()).await;
    assert_eq!((told.status, told.code().as_str()), (401, code), "{}", hook.path);
    assert!(events(&door).is_empty(), "{code}");
    let calls = door.faults.calls();
    assert!(calls.iter().all(|call| call.operation == "GetItem") && calls.len() == 1, "{code}");
}

fn tampered(mut hook: DemoHook) -> DemoHook {
    let last = hook.body.len() - 2;
    hook.body[last] ^= 1;
    hook
}

#[tokio::test]
async fn zalo() {
    let good = || wrote("chào shop", "m1");
    let header = "x-zevent-signature";
    refused(&good().without(header), "signature_missing").await;
    refused(&good().with(header, "sha1=00"), "signature_scheme_unknown").await;
    refused(&good().with(header, "mac=zz"), "signature_mismatch").await;
    refused(&good().with(header, ""), "signature_mismatch").await;
    let zeros = format!("mac={}", "0".repeat(64));
    refused(&good().with(header, &zeros), "signature_mismatch").await;
    let body = json!({"timestamp": "1", "app_id": "1", "oa_id": OA}).to_string();
    refused(&DemoHook::zalo_bytes(body), "signature_mismatch").await;
    refused(&DemoHook::zalo(json!({"timestamp": "1", "oa_id": "1"})), "oa_unknown").await;
    let body = json!({"timestamp": "1", "oa_id": OA}).to_string();
    refused(&DemoHook::zalo_bytes(body), "app_id_missing").await;
    let body = json!({"app_id": "2074138120372622546", "oa_id": OA}).to_string();
    refused(&DemoHook::bare(&hooks("zalo-oa"), body).with(header, &zeros), "timestamp_missing")
        .await;
    refused(&tampered_text(), "signature_mismatch").await;
}

/// One letter of the customer's changed on the way.
fn tampered_text() -> DemoHook {
    let mut hook = wrote("chao shop", "m1");
    let at = hook.body.windows(4).position(|four| four == b"chao").unwrap();
    hook.body[at] = b'C';
    hook
}

#[tokio::test]
async fn sepay() {
    let at = |seconds: i64| DemoHook::sepay("{}", later(seconds));
    refused(&at(0).without("x-sepay-signature"), "signature_missing").await;
    refused(&at(0).with("x-sepay-signature", "md5=00"), "signature_scheme_unknown").await;
    refused(&at(0).with("x-sepay-signature", "sha256=00"), "signature_mismatch").await;
    refused(&at(0).without("x-sepay-timestamp"), "timestamp_missing").await;
    refused(&at(0).with("x-sepay-timestamp", "now"), "timestamp_invalid").await;
    refused(&at(-301), "timestamp_stale").await;
    refused(&at(301), "timestamp_future").await;
    refused(&tampered(paid(1)), "signature_mismatch").await;
    refused(&DemoHook { path: hooks("sepay"), ..parcel("delivered") }, "signature_missing").await;
}

#[tokio::test]
async fn ghn() {
    let at = |rest: &str| DemoHook { path: hooks(rest), ..parcel("delivered") };
    refused(&at("ghn"), "token_missing").await;
    refused(&at("ghn/guess"), "token_mismatch").await;
    refused(&at("ghn/ghn-day-path-secre"), "token_mismatch").await;
    refused(&at("ghn/ghn-day-path-secret%20"), "token_mismatch").await;
}

#[tokio::test]
async fn the_business() {
    let good = || ordered("d1");
    refused(&good().without("webhook-signature"), "signature_missing").await;
    refused(&good().with("webhook-signature", "v2,AA=="), "signature_scheme_unknown").await;
    refused(&good().with("webhook-signature", "v1,AA=="), "signature_mismatch").await;
    refused(&good().without("webhook-id"), "delivery_id_missing").await;
    refused(&good().with("webhook-id", "d.1"), "delivery_id_invalid").await;
    refused(&good().with("webhook-id", "d2"), "signature_mismatch").await;
    refused(&good().without("webhook-timestamp"), "timestamp_missing").await;
    refused(&tampered(good()), "signature_mismatch").await;
    let signed_at = |seconds: i64| DemoHook::standard("d1", "{}", later(seconds));
    refused(&signed_at(-301), "timestamp_stale").await;
    refused(&signed_at(301), "timestamp_future").await;
}

#[tokio::test]
async fn a_secret_opens_no_other_tenants_door() {
    let door = door().await;
    let mut others = local::demo::state::tenant();
    others.id = "tra-chieu".to_owned();
    // Each source with the secret of another.
    let mut secrets = local::demo::state::secrets();
    let mut pairs: Vec<_> = secrets.sources.values().cloned().collect();
    pairs.rotate_left(1);
    for (secret, other) in secrets.sources.values_mut().zip(pairs) {
        *secret = other;
    }
    door.apply(&others, &secrets, local::demo::state::rules("[]", start())).await;
    for (mut hook, _, _) in one_of_each() {
        hook.path = hook.path.replace("ca-phe-som", "tra-chieu");
        assert_eq!(door.post(&hook, start()).await.status, 401, "{}", hook.path);
    }
    assert!(events(&door).is_empty());
}

#[tokio::test]
async fn a_source_without_a_secret_takes_nothing() {
    let door = door().await;
    let mut secrets = local::demo::state::secrets();
    secrets.sources.clear();
    let rules = local::demo::state::rules("[]", start());
    door.apply(&local::demo::state::tenant(), &secrets, rules).await;
    for (hook, _, _) in one_of_each() {
        let told = door.post(&hook, start()).await;
        assert_eq!((told.status, told.code().as_str()), (401, "secret_not_set"), "{}", hook.path);
    }
}
