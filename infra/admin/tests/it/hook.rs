//! A recorded hook is held against a business's folder, and what is wrong with it is said.

use admin::{
    Failure,
    hook::{Recorded, verify},
};
use domain::{
    explain::Language,
    tenant::{Tenant, TenantSecrets},
};
use local::demo::Business;

use crate::setup::{SECRETS, TENANT_FILE};

const BODY: &str = r#"{"app_id":"2074138120372622546","sender":{"id":"2468458835291979221"},"recipient":{"id":"2893352839501541173"},"event_name":"user_send_text","message":{"text":"Chào shop","msg_id":"a"},"timestamp":"1795136400000"}"#;

fn signed(body: &str, secret: &str) -> String {
    use sha2::Digest as _;
    let text = format!("2074138120372622546{body}1795136400000{secret}");
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(text))
}

fn said(recorded: &str) -> (bool, String) {
    let tenant = Tenant::read(TENANT_FILE).unwrap();
    let secrets = TenantSecrets::read(SECRETS).unwrap();
    let recorded = Recorded::read(recorded.as_bytes()).unwrap();
    match verify(&recorded, &tenant, &secrets, Language::En) {
        Ok(lines) => (true, lines.join("\n")),
        Err(Failure::Refused(lines)) => (false, lines.join("\n")),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_recorded_hook_is_proven_or_said_to_be_wrong_and_why() {
    let mac = signed(BODY, "day-oa-secret-key");
    let right = format!(
        "POST /hooks/ca-phe-som/zalo-oa HTTP/1.1\r\nHost: a\r\nX-ZEvent-Signature: mac={mac}\r\n\r\n{BODY}"
    );
    let (proven, text) = said(&right);
    assert!(proven && text.contains("the OA secret key in use"), "{text}");
    let by_app = format!("x-zevent-signature: mac={}\n\n{BODY}", signed(BODY, "day-app-secret"));
    let spaced = BODY.replace("\":", "\": ");
    let again = format!("x-zevent-signature: mac={mac}\n\n{spaced}");
    let other = format!("x-zevent-signature: mac={}\n\n{BODY}", signed(BODY, "another"));
    let prefixed = format!("x-zevent-signature: sha256={mac}\n\n{BODY}");
    for (recorded, sentence) in [
        (&by_app, "the app's secret key"),
        (&again, "changed on its way"),
        (&other, "another secret"),
        (&prefixed, "`mac=` and 64 hex digits"),
    ] {
        let (proven, text) = said(recorded);
        assert!(!proven && text.contains(sentence), "{text}");
        for secret in ["day-oa-secret-key", "day-app-secret"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    for bad in ["", "a: b", "no header\n\n{}"] {
        assert!(matches!(Recorded::read(bad.as_bytes()), Err(Failure::Misuse(_))), "{bad:?}");
    }
    assert!(Business::demo().is_ok());
}
