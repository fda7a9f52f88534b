//! Signs hooks as their senders do, written from the senders' documents and independently of the verifier in `domain`.
//!
//! Source: Zalo OA webhook (plain SHA-256, not HMAC), SePay webhook HMAC mode, Standard Webhooks 1.0; read 2026-11.
//! Units: time stamps in whole seconds since 1970, but Zalo's in milliseconds inside the body.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Why something cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Zalo's signature covers the body's own `timestamp`, and this body has none.
    #[error("the body has no timestamp")]
    Timestamp,
    /// A Standard Webhooks secret is `whsec_` and base64.
    #[error("the secret is not whsec_ and base64")]
    Secret,
}

/// Zalo's `X-ZEvent-Signature`: `mac=` and the hex SHA-256 of app id, body, the body's timestamp, and OA secret.
///
/// # Errors
/// When the body is not JSON with a `timestamp`.
pub fn zalo_oa(app_id: &str, secret: &str, body: &[u8]) -> Result<String, SignError> {
    let parsed: Value = serde_json::from_slice(body).map_err(|_| SignError::Timestamp)?;
    let timestamp = match &parsed["timestamp"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(SignError::Timestamp),
    };
    let mut hash = Sha256::new();
    for part in [app_id.as_bytes(), body, timestamp.as_bytes(), secret.as_bytes()] {
        hash.update(part);
    }
    Ok(format!("mac={}", HEXLOWER.encode(&hash.finalize())))
}

/// SePay's `X-SePay-Signature`: `sha256=` and the hex HMAC of `<seconds>.<body>`, keyed with the secret as text.
pub fn sepay(secret: &str, timestamp_s: i64, body: &[u8]) -> String {
    let signed = [timestamp_s.to_string().as_bytes(), b".", body].concat();
    format!("sha256={}", HEXLOWER.encode(&hmac(secret.as_bytes(), &signed)))
}

/// The `webhook-signature` of Standard Webhooks: `v1,` and the base64 HMAC of `<id>.<seconds>.<body>`.
///
/// # Errors
/// When the secret is not `whsec_` and base64.
pub fn standard(
    secret: &str,
    id: &str,
    timestamp_s: i64,
    body: &[u8],
) -> Result<String, SignError> {
    let key = BASE64
        .decode(secret.trim_start_matches("whsec_").as_bytes())
        .map_err(|_| SignError::Secret)?;
    let signed = [format!("{id}.{timestamp_s}.").as_bytes(), body].concat();
    Ok(format!("v1,{}", BASE64.encode(&hmac(&key, &signed))))
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// One line of a recorded day, as far as signing goes; other fields are left to who reads them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Recorded {
    /// When it reaches us.
    pub at: Timestamp,
    /// `POST`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The text that was signed.
    pub body: String,
}

/// The secrets of the sources that sign what changes when a hook is moved.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Of the Official Account: the app's id and the account's secret. Only where bodies are changed: Zalo's own retries repeat body
    /// and signature.
    pub zalo: Option<(String, String)>,
    /// Of the SePay webhook, as text.
    pub sepay: Option<String>,
    /// Of the business API, `whsec_` and base64.
    pub standard: Option<String>,
}

/// Moves a recorded hook to `now`: its signed time stamp keeps its distance from the arrival, and what was rightly signed is
/// rightly signed again. What was forged or stale stays so, and a source without a signed time only changes `at`.
///
/// # Errors
/// When the secret of its source cannot be one.
pub fn resign(request: &mut Recorded, secrets: &Secrets, now: Timestamp) -> Result<(), SignError> {
    let body = request.body.clone();
    rewrite(request, secrets, now, body)
}

/// The same with another body: what was rightly signed over the old one is rightly signed over the new one.
///
/// # Errors
/// When the secret of its source cannot be one, or a body of Zalo's has lost its time.
pub fn rewrite(
    request: &mut Recorded,
    secrets: &Secrets,
    now: Timestamp,
    body: String,
) -> Result<(), SignError> {
    let shift_s = now.as_second() - request.at.as_second();
    request.at = now;
    let before = std::mem::replace(&mut request.body, body);
    let bodies = [before.as_bytes(), request.body.as_bytes()];
    let headers = &mut request.headers;
    if let Some((app_id, secret)) = &secrets.zalo
        && let Some(signature) = headers.get_mut("x-zevent-signature")
        && zalo_oa(app_id, secret, bodies[0]).as_ref() == Ok(&*signature)
    {
        *signature = zalo_oa(app_id, secret, bodies[1])?;
    }
    if let Some(secret) = &secrets.sepay {
        let sign = |timestamp_s, body: &[u8]| Ok(sepay(secret, timestamp_s, body));
        restamp(headers, ["x-sepay-timestamp", "x-sepay-signature"], shift_s, bodies, sign)?;
    }
    if let Some(secret) = &secrets.standard {
        let id = headers.get("webhook-id").cloned().unwrap_or_default();
        let sign = |timestamp_s, body: &[u8]| standard(secret, &id, timestamp_s, body);
        restamp(headers, ["webhook-timestamp", "webhook-signature"], shift_s, bodies, sign)?;
    }
    Ok(())
}

fn restamp(
    headers: &mut BTreeMap<String, String>,
    [stamp, signature]: [&str; 2],
    shift_s: i64,
    [before, after]: [&[u8]; 2],
    sign: impl Fn(i64, &[u8]) -> Result<String, SignError>,
) -> Result<(), SignError> {
    let Some(stamped) = headers.get(stamp).and_then(|text| text.parse::<i64>().ok()) else {
        return Ok(());
    };
    let rightly = headers.get(signature) == Some(&sign(stamped, before)?);
    headers.insert(stamp.to_owned(), (stamped + shift_s).to_string());
    if rightly {
        headers.insert(signature.to_owned(), sign(stamped + shift_s, after)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SW1_SECRET: &str = "whsec_c3RhbmRhcmQtd2ViaG9va3MtdGVzdC1rZXktMzJieXQ=";
    const SEPAY_BODY: &str = r#"{"id":92704,"gateway":"Vietcombank","transactionDate":"2026-11-22 07:00:00","accountNumber":"0123499999","code":"DH0001","content":"DH0001 thanh toan","transferType":"in","description":"BankAPINotify DH0001 thanh toan","transferAmount":350000,"accumulated":19077000,"subAccount":null,"referenceCode":"MBVCB.3278907687"}"#;

    #[test]
    fn zalo_is_signed_as_its_worked_examples_say() {
        let text = r#"{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730","recipient":{"id":"388613280878808645"},"event_name":"user_send_text","message":{"text":"message","msg_id":"96d3cdf3af150460909"},"timestamp":"154390853474"}"#;
        let rating = r#"{"event_name":"user_feedback","message":{"rating_type":"csat","option":"five_emotions","note":"Tôi rất hài lòng","rate":5,"submit_time":"1616673095659","msg_id":"7e4c33cfc20b05575c18","feedbacks":["Nhân viên vui vẻ"],"tracking_id":"srv-1956"},"app_id":"2074138120372622546","oa_id":"2893352839501541173","timestamp":"1616673095700"}"#;
        for (app_id, body, mac) in [
            (
                "360846524940903967",
                text,
                "mac=59987ad90ff2fd0247530fb37e6a436a614099cade6cadfa22617930a659e43e",
            ),
            (
                "2074138120372622546",
                rating,
                "mac=bb15468457599e885146b04a9ca06fcdb417472f33fefbd26557a648deda5483",
            ),
        ] {
            let signed = zalo_oa(app_id, "test_oa_secret_key", body.as_bytes());
            assert_eq!(signed.as_deref(), Ok(mac));
        }
        for bad in ["", "{}", r#"{"timestamp":null}"#] {
            assert_eq!(zalo_oa("1", "s", bad.as_bytes()), Err(SignError::Timestamp), "{bad}");
        }
    }

    #[test]
    fn standard_webhooks_are_signed_as_the_vendors_sample_and_ours() {
        assert_eq!(
            standard(
                "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                1_649_367_553,
                br#"{"email":"test@example.com","username":"test_user"}"#,
            )
            .as_deref(),
            Ok("v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=")
        );
        let body =
            br#"{"type":"order.paid","timestamp":"2026-11-22T00:00:00Z","data":{"id":"DH0001"}}"#;
        assert_eq!(
            standard(SW1_SECRET, "msg_test0001", 1_763_769_600, body).as_deref(),
            Ok("v1,AFgpAtmkW6DGFRDwGKfY21bHeAdbHLJBOJrda9z5JFc=")
        );
        assert_eq!(standard("whsec_!", "a", 1, b""), Err(SignError::Secret));
    }

    #[test]
    fn sepay_is_signed_over_the_time_and_the_body() {
        assert_eq!(
            sepay("whsec_sepay_test", 1_763_769_600, SEPAY_BODY.as_bytes()),
            "sha256=326e7198a2a8860d0fea10cddec6ef2baba29a255cded8d2173bcd58ba66fca3"
        );
    }

    fn recorded(headers: &[(&str, &str)], body: &str) -> Recorded {
        Recorded {
            at: Timestamp::from_second(1_763_769_600).unwrap(),
            method: "POST".to_owned(),
            path: "/hooks/t/s".to_owned(),
            headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_moved_hook_is_signed_anew_and_a_forged_or_stale_one_stays_what_it_was() {
        let secrets = Secrets {
            zalo: None,
            sepay: Some("whsec_sepay_test".to_owned()),
            standard: Some(SW1_SECRET.to_owned()),
        };
        let now = Timestamp::from_second(1_800_000_000).unwrap();

        let right = sepay("whsec_sepay_test", 1_763_769_600, SEPAY_BODY.as_bytes());
        let mut moved = recorded(
            &[("x-sepay-timestamp", "1763769600"), ("x-sepay-signature", &right)],
            SEPAY_BODY,
        );
        resign(&mut moved, &secrets, now).unwrap();
        assert_eq!(moved.at, now);
        assert_eq!(moved.headers["x-sepay-timestamp"], "1800000000");
        assert_eq!(
            moved.headers["x-sepay-signature"],
            sepay("whsec_sepay_test", 1_800_000_000, SEPAY_BODY.as_bytes())
        );

        let stale = standard(SW1_SECRET, "a", 1_763_769_000, b"{}").unwrap();
        let mut moved = recorded(
            &[
                ("webhook-id", "a"),
                ("webhook-timestamp", "1763769000"),
                ("webhook-signature", &stale),
            ],
            "{}",
        );
        resign(&mut moved, &secrets, now).unwrap();
        assert_eq!(moved.headers["webhook-timestamp"], "1799999400", "600 s late, as before");
        assert_eq!(
            moved.headers["webhook-signature"],
            standard(SW1_SECRET, "a", 1_799_999_400, b"{}").unwrap()
        );

        let mut forged = recorded(
            &[("x-sepay-timestamp", "1763769600"), ("x-sepay-signature", "sha256=00")],
            SEPAY_BODY,
        );
        resign(&mut forged, &secrets, now).unwrap();
        assert_eq!(forged.headers["x-sepay-signature"], "sha256=00");

        let mut zalo = recorded(&[("x-zevent-signature", "mac=1")], "{}");
        resign(&mut zalo, &secrets, now).unwrap();
        assert_eq!((zalo.headers.len(), zalo.at), (1, now));
    }
}
