use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::*;
use crate::{source::Source, source::tests::tenant};

/// One authentic request, and what to look for when it is spoilt.
struct Sample {
    source: Source,
    secret: &'static str,
    headers: Vec<(&'static str, String)>,
    path_secret: Option<&'static str>,
    body: Vec<u8>,
    now: Timestamp,
}

impl Sample {
    fn verify(&self, current: Option<&str>, previous: Option<&str>) -> Result<(), Refusal> {
        let headers = Headers::new(self.headers.clone());
        let request =
            Request { headers: &headers, path_secret: self.path_secret, body: &self.body };
        let secrets =
            Secrets { current: current.map(Secret::new), previous: previous.map(Secret::new) };
        let verified = self.source.verify(&request, &secrets, &tenant(), self.now)?;
        assert_eq!(verified.body(), self.body, "what is proven is what was received");
        Ok(())
    }

    fn plain(&self) -> Result<(), Refusal> {
        self.verify(Some(self.secret), None)
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        let header = self.headers.iter_mut().find(|(known, _)| *known == name);
        header.expect("the sample has the header").1 = value.to_owned();
        self
    }

    fn without(mut self, name: &str) -> Self {
        let before = self.headers.len();
        self.headers.retain(|(known, _)| *known != name);
        assert_eq!(self.headers.len() + 1, before, "the sample has the header");
        self
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn later(mut self, seconds: i64) -> Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

const ZALO_BODY: &str = include_str!("../../fixtures/zalo-oa/user_feedback.json");
const ZALO_MAC: &str = "bb15468457599e885146b04a9ca06fcdb417472f33fefbd26557a648deda5483";

/// Computed outside this project over a real-shaped `user_feedback` body.
fn zalo() -> Sample {
    Sample {
        source: Source::ZaloOa,
        secret: "test_oa_secret_key",
        headers: vec![("X-ZEvent-Signature", format!("mac={ZALO_MAC}"))],
        path_secret: None,
        body: ZALO_BODY.into(),
        now: at(1_795_136_400),
    }
}

fn sepay() -> Sample {
    let mac = "326e7198a2a8860d0fea10cddec6ef2baba29a255cded8d2173bcd58ba66fca3";
    Sample {
        source: Source::Sepay,
        secret: "whsec_sepay_test",
        headers: vec![
            ("X-SePay-Timestamp", "1763769600".into()),
            ("X-SePay-Signature", format!("sha256={mac}")),
        ],
        path_secret: None,
        body: r#"{"id":92704,"gateway":"Vietcombank","transactionDate":"2026-11-22 07:00:00","accountNumber":"0123499999","code":"DH0001","content":"DH0001 thanh toan","transferType":"in","description":"BankAPINotify DH0001 thanh toan","transferAmount":350000,"accumulated":19077000,"subAccount":null,"referenceCode":"MBVCB.3278907687"}"#.into(),
        now: at(1_763_769_600),
    }
}

fn ghn() -> Sample {
    Sample {
        source: Source::Ghn,
        secret: "ghn-path-secret",
        headers: vec![("Content-Type", "application/json".into())],
        path_secret: Some("ghn-path-secret"),
        body: "{}".into(),
        now: at(1_763_769_600),
    }
}

const STANDARD_SIGNATURE: &str = "v1,AFgpAtmkW6DGFRDwGKfY21bHeAdbHLJBOJrda9z5JFc=";

fn standard() -> Sample {
    Sample {
        source: Source::Standard,
        secret: "whsec_c3RhbmRhcmQtd2ViaG9va3MtdGVzdC1rZXktMzJieXQ=",
        headers: vec![
            ("webhook-id", "msg_test0001".into()),
            ("webhook-timestamp", "1763769600".into()),
            ("webhook-signature", STANDARD_SIGNATURE.into()),
        ],
        path_secret: None,
        body: r#"{"type":"order.paid","timestamp":"2026-11-22T00:00:00Z","data":{"id":"DH0001"}}"#
            .into(),
        now: at(1_763_769_600),
    }
}

/// The sample that the Standard Webhooks project publishes.
fn standard_published() -> Sample {
    Sample {
        secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        headers: vec![
            ("webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk".into()),
            ("webhook-timestamp", "1649367553".into()),
            ("webhook-signature", "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=".into()),
        ],
        body: r#"{"email":"test@example.com","username":"test_user"}"#.into(),
        now: at(1_649_367_553),
        ..standard()
    }
}

type MakeSample = fn() -> Sample;

const SAMPLES: [MakeSample; 5] = [zalo, sepay, ghn, standard, standard_published];

#[test]
fn every_published_vector_is_proven() {
    for sample in SAMPLES {
        assert_eq!(sample().plain(), Ok(()), "{:?}", sample().source);
    }
}

#[test]
fn the_vector_of_another_app_is_proven_for_that_app_alone() {
    let body = r#"{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730","recipient":{"id":"388613280878808645"},"event_name":"user_send_text","message":{"text":"message","msg_id":"96d3cdf3af150460909"},"timestamp":"154390853474"}"#;
    let mac = "59987ad90ff2fd0247530fb37e6a436a614099cade6cadfa22617930a659e43e";
    let headers = Headers::new([("X-ZEvent-Signature", format!("mac={mac}"))]);
    let request = Request { headers: &headers, path_secret: None, body: body.as_bytes() };
    let secrets = Secrets { current: Some(Secret::new("test_oa_secret_key")), previous: None };
    let mut theirs = tenant();
    let verify = |tenant: &_| {
        Source::ZaloOa.verify(&request, &secrets, tenant, Timestamp::UNIX_EPOCH).map(|_| ())
    };
    assert_eq!(verify(&theirs), Err(Refusal::AppUnknown));
    theirs.zalo.app_id = "360846524940903967".into();
    assert_eq!(verify(&theirs), Err(Refusal::OaUnknown));
    theirs.zalo.oas.push("388613280878808645".into());
    assert_eq!(verify(&theirs), Ok(()));
}

#[test]
fn a_document_that_says_the_same_in_other_bytes_is_refused() {
    let other: serde_json::Value = serde_json::from_str(ZALO_BODY).unwrap();
    let sample = zalo().body(serde_json::to_vec(&other).unwrap());
    assert_eq!(sample.plain(), Err(Refusal::SignatureMismatch));
    // The same document with escapes and spaces, as another language writes it, and the hash of that text.
    let escaped = r#"{"event_name": "user_feedback", "message": {"rating_type": "csat", "option": "five_emotions", "note": "T\u00f4i r\u1ea5t h\u00e0i l\u00f2ng", "rate": 5, "submit_time": "1616673095659", "msg_id": "7e4c33cfc20b05575c18", "feedbacks": ["Nh\u00e2n vi\u00ean vui v\u1ebb"], "tracking_id": "srv-1956"}, "app_id": "2074138120372622546", "oa_id": "2893352839501541173", "timestamp": "1616673095700"}"#;
    assert_eq!(zalo().body(escaped).plain(), Err(Refusal::SignatureMismatch));
    let own = "mac=25731dc37cebc71f16ee0b87a7f3aad3145a09f6b9d1dbfe65684c73fb6d8b28";
    assert_eq!(zalo().header("X-ZEvent-Signature", own).plain(), Err(Refusal::SignatureMismatch));
    assert_eq!(zalo().body(escaped).header("X-ZEvent-Signature", own).plain(), Ok(()));
}

#[test]
fn any_changed_byte_of_a_signed_body_is_refused() {
    for sample in [zalo, sepay, standard, standard_published] {
        for position in 0..sample().body.len() {
            let mut spoilt = sample();
            spoilt.body[position] ^= 1;
            assert!(spoilt.plain().is_err(), "{:?}, byte {position}", spoilt.source);
        }
        let mut longer = sample();
        longer.body.push(b'\n');
        assert_eq!(longer.plain(), Err(Refusal::SignatureMismatch), "{:?}", longer.source);
    }
}

#[test]
fn a_blank_or_missing_secret_refuses_everything() {
    for sample in SAMPLES {
        let sample = sample();
        for blank in [None, Some(""), Some(" \n")] {
            for previous in [None, Some("")] {
                let answer = sample.verify(blank, previous);
                assert_eq!(answer, Err(Refusal::SecretNotSet), "{:?}", sample.source);
            }
        }
    }
    // An empty path secret must not meet an empty stored one.
    let mut sample = ghn();
    sample.path_secret = Some("");
    assert_eq!(sample.verify(Some(""), None), Err(Refusal::SecretNotSet));
    assert_eq!(sample.plain(), Err(Refusal::TokenMissing));
}

#[test]
fn the_previous_secret_is_good_and_a_strangers_is_not() {
    for sample in SAMPLES {
        let sample = sample();
        let stranger = match sample.source {
            Source::Standard => "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            Source::ZaloOa | Source::Sepay | Source::Ghn | Source::Own => "another-secret",
        };
        assert_eq!(sample.verify(Some(stranger), Some(sample.secret)), Ok(()));
        assert_eq!(sample.verify(None, Some(sample.secret)), Ok(()));
        assert_eq!(sample.verify(Some(""), Some(sample.secret)), Ok(()));
        let mismatch = match sample.source {
            Source::Ghn => Refusal::TokenMismatch,
            Source::ZaloOa | Source::Sepay | Source::Standard | Source::Own => {
                Refusal::SignatureMismatch
            }
        };
        assert_eq!(sample.verify(Some(stranger), None), Err(mismatch), "{:?}", sample.source);
    }
}

#[test]
fn every_header_that_the_proof_needs_is_asked_for_by_name() {
    for (sample, header, refusal) in [
        (zalo as MakeSample, "X-ZEvent-Signature", Refusal::SignatureMissing),
        (sepay, "X-SePay-Signature", Refusal::SignatureMissing),
        (sepay, "X-SePay-Timestamp", Refusal::TimestampMissing),
        (standard, "webhook-signature", Refusal::SignatureMissing),
        (standard, "webhook-timestamp", Refusal::TimestampMissing),
        (standard, "webhook-id", Refusal::DeliveryIdMissing),
    ] {
        assert_eq!(sample().without(header).plain(), Err(refusal), "{header}");
    }
    let mut sample = ghn();
    sample.path_secret = None;
    assert_eq!(sample.plain(), Err(Refusal::TokenMissing));
}

#[test]
fn a_time_is_good_for_three_hundred_seconds_in_both_directions() {
    for sample in [sepay as MakeSample, standard, standard_published] {
        for (seconds, answer) in [
            (300, Ok(())),
            (301, Err(Refusal::TimestampStale)),
            (-300, Ok(())),
            (-301, Err(Refusal::TimestampFuture)),
        ] {
            assert_eq!(sample().later(seconds).plain(), answer, "{seconds} s");
        }
    }
    // Zalo repeats a hook for hours with the time it first had.
    assert_eq!(zalo().later(7_200).plain(), Ok(()));
}

#[test]
fn a_time_that_is_no_number_of_seconds_is_refused() {
    for time in ["", "x", "-1763769600", "+1763769600", "1763769600.0", " 1763769600", "1e9"] {
        let answer = sepay().header("X-SePay-Timestamp", time).plain();
        assert_eq!(answer, Err(Refusal::TimestampInvalid), "{time:?}");
    }
    let huge = "9".repeat(400);
    let answer = standard().header("webhook-timestamp", &huge).plain();
    assert_eq!(answer, Err(Refusal::TimestampInvalid));
    // Written otherwise, another text was signed.
    let answer = sepay().header("X-SePay-Timestamp", "01763769600").plain();
    assert_eq!(answer, Err(Refusal::SignatureMismatch));
}

#[test]
fn a_signature_of_another_scheme_or_form_is_refused() {
    let hex = "326e7198a2a8860d0fea10cddec6ef2baba29a255cded8d2173bcd58ba66fca3";
    let standard_mac = &STANDARD_SIGNATURE[3..];
    for (sample, header, value, refusal) in [
        (sepay as MakeSample, "X-SePay-Signature", hex.to_owned(), Refusal::SignatureSchemeUnknown),
        (sepay, "X-SePay-Signature", format!("sha1={hex}"), Refusal::SignatureSchemeUnknown),
        (sepay, "X-SePay-Signature", String::new(), Refusal::SignatureSchemeUnknown),
        (sepay, "X-SePay-Signature", "sha256=".into(), Refusal::SignatureMismatch),
        (sepay, "X-SePay-Signature", "sha256=zz".into(), Refusal::SignatureMismatch),
        (sepay, "X-SePay-Signature", format!("sha256={}", &hex[..62]), Refusal::SignatureMismatch),
        (zalo, "X-ZEvent-Signature", format!("sha256={ZALO_MAC}"), Refusal::SignatureSchemeUnknown),
        (zalo, "X-ZEvent-Signature", "mac=".into(), Refusal::SignatureMismatch),
        (zalo, "X-ZEvent-Signature", "chạm".into(), Refusal::SignatureMismatch),
        (standard, "webhook-signature", standard_mac.into(), Refusal::SignatureSchemeUnknown),
        (standard, "webhook-signature", String::new(), Refusal::SignatureSchemeUnknown),
        (
            standard,
            "webhook-signature",
            format!("v1a,{standard_mac} v2,{standard_mac}"),
            Refusal::SignatureSchemeUnknown,
        ),
        (standard, "webhook-signature", "v1,".into(), Refusal::SignatureMismatch),
        (standard, "webhook-signature", "v1,====".into(), Refusal::SignatureMismatch),
    ] {
        assert_eq!(sample().header(header, &value).plain(), Err(refusal), "{header}: {value}");
    }
}

#[test]
fn the_one_right_signature_in_a_list_is_enough() {
    let list = format!("v1a,AAAA v1,AAAA  {STANDARD_SIGNATURE} v9,x");
    assert_eq!(standard().header("webhook-signature", &list).plain(), Ok(()));
}

#[test]
fn zalos_header_is_read_in_every_spelling_that_was_seen() {
    let upper = ZALO_MAC.to_uppercase();
    for value in
        [ZALO_MAC.to_owned(), format!("mac = {ZALO_MAC}"), format!(" MAC= {upper} "), upper.clone()]
    {
        assert_eq!(zalo().header("X-ZEvent-Signature", &value).plain(), Ok(()), "{value}");
    }
}

#[test]
fn a_delivery_id_that_could_sign_for_another_request_is_refused() {
    for id in ["msg.1", &"x".repeat(257)] {
        let answer = standard().header("webhook-id", id).plain();
        assert_eq!(answer, Err(Refusal::DeliveryIdInvalid), "{id}");
    }
    let answer = standard().header("webhook-id", "").plain();
    assert_eq!(answer, Err(Refusal::DeliveryIdMissing));
}

#[test]
fn a_secret_that_is_no_key_is_told_from_a_missing_one() {
    for secret in ["whsec_", "whsec_not base64", "whsec_AAA"] {
        assert_eq!(standard().verify(Some(secret), None), Err(Refusal::SecretInvalid), "{secret}");
    }
    let sample = standard();
    assert_eq!(sample.verify(Some("whsec_!"), Some(sample.secret)), Ok(()));
    let bare = sample.secret.trim_start_matches("whsec_");
    assert_eq!(sample.verify(Some(bare), None), Ok(()), "the prefix may be left out");
}

/// Signs as Zalo does, over whatever stands in the body.
fn zalo_signed(app_id: &str, timestamp: &str, body: impl Into<Vec<u8>>) -> Sample {
    let body = body.into();
    let mut hash = Sha256::new();
    for part in [app_id.as_bytes(), &body, timestamp.as_bytes(), b"test_oa_secret_key"] {
        hash.update(part);
    }
    let mut mac = "mac=".to_owned();
    for byte in hash.finalize() {
        write!(mac, "{byte:02x}").unwrap();
    }
    zalo().header("X-ZEvent-Signature", &mac).body(body)
}

const APP: &str = "2074138120372622546";
const OA: &str = "2893352839501541173";

#[test]
fn what_zalo_signs_is_taken_from_the_body_as_it_stands_there() {
    for (timestamp, body) in [
        (
            "1616673095700",
            format!(r#"{{"oa_id":"{OA}","app_id":"{APP}","timestamp":1616673095700}}"#),
        ),
        ("1", format!(r#"{{"sender":{{"id":{OA}}},"app_id":{APP},"timestamp":"1"}}"#)),
        ("1", format!(r#"{{"recipient":{{"id":"{OA}"}},"app_id":"{APP}","timestamp":"\u0031"}}"#)),
        (
            "99999999999999999999999",
            format!(r#"{{"oaId":"{OA}","app_id":"{APP}","timestamp":99999999999999999999999}}"#),
        ),
    ] {
        assert_eq!(zalo_signed(APP, timestamp, body.clone()).plain(), Ok(()), "{body}");
    }
}

#[test]
fn a_body_that_cannot_be_proven_says_why() {
    let deep = format!(
        r#"{{"x":{}{},"app_id":"{APP}","oa_id":"{OA}","timestamp":"1"}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    for (body, answer) in [
        (String::new(), Err(Refusal::BodyNotJson)),
        ("app_id=1".into(), Err(Refusal::BodyNotJson)),
        ("[".repeat(5_000), Err(Refusal::BodyNotObject)),
        ("[]".into(), Err(Refusal::BodyNotObject)),
        ("{}".into(), Err(Refusal::AppMissing)),
        (format!(r#"{{"app_id":"{APP}"}}"#), Err(Refusal::TimestampMissing)),
        (format!(r#"{{"app_id":"{APP}","timestamp":null}}"#), Err(Refusal::TimestampMissing)),
        (format!(r#"{{"app_id":"{APP}","timestamp":1.5}}"#), Err(Refusal::TimestampMissing)),
        (format!(r#"{{"app_id":["{APP}"],"timestamp":"1"}}"#), Err(Refusal::AppMissing)),
        (
            format!(r#"{{"app_id":"{APP}","oa_id":"{OA}","app_id":"666","timestamp":"1"}}"#),
            Err(Refusal::KeyRepeated),
        ),
        (format!(r#"{{"app_id":"{APP}","oa_id":"666","timestamp":"1"}}"#), Err(Refusal::OaUnknown)),
        (format!(r#"{{"app_id":"{APP}","timestamp":"1"}}"#), Err(Refusal::OaUnknown)),
        (deep, Ok(())),
    ] {
        assert_eq!(zalo_signed(APP, "1", body.clone()).plain(), answer, "{:.80}", body);
        if let Err(refusal) = answer {
            let status = if refusal.code().contains("body") || refusal == Refusal::KeyRepeated {
                400
            } else {
                401
            };
            assert_eq!(refusal.status(), status, "{refusal}");
        }
    }
    let invalid = [b"{\"app_id\":\"\xff\"}".as_slice(), b"\xff\xfe"];
    for body in invalid {
        assert_eq!(zalo_signed(APP, "1", body).plain(), Err(Refusal::BodyNotJson));
    }
}

#[test]
fn headers_are_found_in_any_case_and_the_first_counts() {
    let headers = Headers::new([("X-A", "1"), ("x-a", "2")]);
    assert_eq!((headers.get("x-A"), headers.get("b")), (Some("1"), None));
}

#[test]
fn a_secret_is_never_printed() {
    let secrets = Secrets { current: Some(Secret::new("hush")), previous: None };
    assert_eq!(format!("{secrets:?}"), "Secrets { current: Some(Secret(…)), previous: None }");
}

#[test]
fn a_request_is_printed_without_what_it_holds() {
    let headers = Headers::new([("authorization", "hush")]);
    let request = Request { headers: &headers, path_secret: Some("hush"), body: b"hush" };
    let verified = Verified::taken_for_granted(b"hush", None);
    let printed = format!("{request:?} {verified:?}");
    assert!(printed.contains("authorization") && printed.contains("body_bytes: 4"), "{printed}");
    assert!(!printed.contains("hush") && !printed.contains("104"), "{printed}");
}

/// Nothing but the very bytes that were signed is proven, whatever headers and body come.
#[test]
fn fuzz_verifier() {
    type Noise = (u8, Option<String>, Option<String>, Option<String>, Vec<u8>, u16, u8);
    bolero::check!()
        .with_test_time(std::time::Duration::from_millis(200))
        .with_type::<Noise>()
        .for_each(|(which, signature, time, id, body, position, byte)| {
            let mut sample = SAMPLES[usize::from(*which) % SAMPLES.len()]();
            let authentic = sample.body.clone();
            let values = [signature, time, id];
            for ((_, header), value) in sample.headers.iter_mut().zip(values) {
                if let Some(value) = value {
                    *header = value.clone();
                }
            }
            if body.is_empty() {
                let position = usize::from(*position) % sample.body.len();
                sample.body[position] = *byte;
            } else {
                sample.body = body.clone();
            }
            let untouched = sample.body == authentic;
            if sample.source != Source::Ghn && !untouched {
                assert!(sample.plain().is_err());
            }
            let _ = sample.plain().map_err(|refusal| (refusal.code(), refusal.status()));
        });
}

/// Our own signature over any body is proven: nothing about the bytes of a body can make a true signature fail.
#[test]
fn fuzz_signed_bytes_are_proven() {
    bolero::check!()
        .with_test_time(std::time::Duration::from_millis(100))
        .with_type::<Vec<u8>>()
        .for_each(|body| {
            let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec_sepay_test").unwrap();
            mac.update(b"1763769600.");
            mac.update(body);
            let hex = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
            let sample = sepay().body(body.clone());
            assert_eq!(
                sample.header("X-SePay-Signature", &format!("sha256={hex}")).plain(),
                Ok(())
            );
        });
}

/// The example of the specification of Standard Webhooks.
#[test]
fn a_delivery_of_ours_is_signed_as_the_specification_has_it() {
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let signed = standard_signature(
        &secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    for bad in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%"] {
        assert_eq!(standard_signature(&Secret::new(bad), "a", 0, b""), None, "{bad}");
    }
}
