use data_encoding::{BASE64, HEXLOWER};

use super::*;
use crate::verify::Headers;

const APP: &str = "2074138120372622546";
const OA: &str = "2893352839501541173";
const SECRET: &str = "test_oa_secret_key";
const APP_SECRET: &str = "test_app_secret";

/// A worked vector: source as the module's, computed 2026-11.
const BODY: &str = r#"{"event_name":"user_feedback","message":{"rating_type":"csat","option":"five_emotions","note":"Tôi rất hài lòng","rate":5,"submit_time":"1616673095659","msg_id":"7e4c33cfc20b05575c18","feedbacks":["Nhân viên vui vẻ"],"tracking_id":"srv-1956"},"app_id":"2074138120372622546","oa_id":"2893352839501541173","timestamp":"1616673095700"}"#;
const MAC: &str = "bb15468457599e885146b04a9ca06fcdb417472f33fefbd26557a648deda5483";
const WRITTEN_AGAIN_MAC: &str = "25731dc37cebc71f16ee0b87a7f3aad3145a09f6b9d1dbfe65684c73fb6d8b28";

fn secrets() -> Secrets {
    let previous = Some(Secret::new("the one before"));
    Secrets { current: Some(Secret::new(SECRET)), previous }
}

fn app() -> ZaloApp {
    ZaloApp { app_id: APP.to_owned(), oas: vec![OA.to_owned()] }
}

fn told(header: &str, body: &[u8]) -> Diagnosis {
    told_with(&[("X-ZEvent-Signature", header)], body, &secrets())
}

fn told_with(headers: &[(&str, &str)], body: &[u8], secrets: &Secrets) -> Diagnosis {
    let headers = Headers::new(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let request = Request { headers: &headers, path_secret: None, body };
    diagnose(&request, secrets, Some(&Secret::new(APP_SECRET)), &app())
}

fn sha(parts: &[&str]) -> String {
    HEXLOWER.encode(&Sha256::digest(parts.concat()))
}

/// Signed as Zalo does it, over `body`.
fn signed(body: &str) -> String {
    sha(&[APP, body, "1616673095700", SECRET])
}

fn found(form: Form, formula: Formula, secret: Which) -> Diagnosis {
    Diagnosis::Found(Mistake { form, formula, secret, base64: false })
}

#[test]
fn what_is_right_is_proven_and_says_by_which_secret() {
    assert_eq!(signed(BODY), MAC);
    let right = Diagnosis::Proven(Which::Current);
    for header in [format!("mac={MAC}"), MAC.to_owned(), format!(" mac = {} ", MAC.to_uppercase())]
    {
        assert_eq!(told(&header, BODY.as_bytes()), right, "{header}");
    }
    let before = sha(&[APP, BODY, "1616673095700", "the one before"]);
    assert_eq!(told(&before, BODY.as_bytes()), Diagnosis::Proven(Which::Previous));
}

#[test]
fn every_body_that_was_changed_on_its_way_is_told_by_what_was_signed() {
    let spaced = r#"{"event_name": "user_feedback", "message": {"rating_type": "csat", "option": "five_emotions", "note": "T\u00f4i r\u1ea5t h\u00e0i l\u00f2ng", "rate": 5, "submit_time": "1616673095659", "msg_id": "7e4c33cfc20b05575c18", "feedbacks": ["Nh\u00e2n vi\u00ean vui v\u1ebb"], "tracking_id": "srv-1956"}, "app_id": "2074138120372622546", "oa_id": "2893352839501541173", "timestamp": "1616673095700"}"#;
    // As signed and received the other way round: the header fits the compact one.
    assert_eq!(
        told(MAC, spaced.as_bytes()),
        found(Form::WrittenAgain, Formula::Zalo, Which::Current)
    );
    assert_eq!(signed(spaced), WRITTEN_AGAIN_MAC);
    assert_eq!(
        told(WRITTEN_AGAIN_MAC, BODY.as_bytes()),
        found(Form::WrittenAgain, Formula::Zalo, Which::Current)
    );
    let sorted: serde_json::Value = serde_json::from_str(BODY).unwrap();
    let pretty = serde_json::to_string_pretty(&sorted).unwrap();
    for (signed_body, form) in [
        (sorted.to_string(), Form::WrittenAgain),
        (pretty, Form::WrittenAgain),
        (format!("{BODY}\n"), Form::WithLineBreak),
        (format!("{BODY}\r\n"), Form::WithLineBreak),
        (BODY.nfd().collect::<String>(), Form::OtherUnicode),
        (BASE64.encode(BODY.as_bytes()), Form::InBase64),
    ] {
        let told = told(&signed(&signed_body), BODY.as_bytes());
        assert_eq!(told, found(form, Formula::Zalo, Which::Current), "{signed_body}");
    }
    for (received, form) in [
        (format!("\u{feff}{BODY}"), Form::WithoutMark),
        (format!("{BODY}\n"), Form::WithoutLineBreak),
        (BASE64.encode(BODY.as_bytes()), Form::OutOfBase64),
        (BODY.nfd().collect::<String>(), Form::OtherUnicode),
    ] {
        let told = told(MAC, received.as_bytes());
        assert_eq!(told, found(form, Formula::Zalo, Which::Current), "{received}");
    }
    let slashed = BODY.replace("vui vẻ", "a/b");
    let php = slashed.replace("a/b", "a\\/b");
    let expected = found(Form::WrittenAgain, Formula::Zalo, Which::Current);
    assert_eq!(told(&signed(&php), slashed.as_bytes()), expected);
}

#[test]
fn every_formula_and_secret_that_people_mistake_is_named() {
    let time = "1616673095700";
    let hmac = |text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes())
    };
    let received = |formula| found(Form::Received, formula, Which::Current);
    for (mac, expected) in [
        (hmac(BODY), received(Formula::HmacOfBody)),
        (hmac(&[APP, BODY, time].concat()), received(Formula::Hmac)),
        (sha(&[OA, BODY, time, SECRET]), received(Formula::OaFirst)),
        (sha(&[APP, BODY, SECRET]), received(Formula::WithoutTime)),
        (sha(&[BODY, time, SECRET]), received(Formula::WithoutApp)),
        (sha(&[APP, time, BODY, SECRET]), received(Formula::TimeFirst)),
        (sha(&[APP, BODY, time, APP_SECRET]), found(Form::Received, Formula::Zalo, Which::App)),
    ] {
        assert_eq!(told(&format!("mac={mac}"), BODY.as_bytes()), expected);
    }
    let spaced = Secrets { current: Some(Secret::new(format!("{SECRET} "))), previous: None };
    let header = [("x-zevent-signature", MAC)];
    let expected = found(Form::Received, Formula::Zalo, Which::Untrimmed);
    assert_eq!(told_with(&header, BODY.as_bytes(), &spaced), expected);
    let base64 = BASE64.encode(&HEXLOWER.decode(MAC.as_bytes()).unwrap());
    let mistake = Mistake {
        form: Form::Received,
        formula: Formula::Zalo,
        secret: Which::Current,
        base64: true,
    };
    for header in [base64.clone(), format!("mac={base64}")] {
        assert_eq!(told(&header, BODY.as_bytes()), Diagnosis::Found(mistake), "{header}");
    }
}

#[test]
fn what_is_wrong_besides_the_signature_is_said_as_intake_says_it() {
    let cut = [("x-zevent-signature", MAC), ("content-length", "341")];
    assert_eq!(told_with(&cut, &BODY.as_bytes()[..300], &secrets()), Diagnosis::CutOff);
    let refused = |body: &str| told(&signed(body), body.as_bytes());
    let other_app = BODY.replace(APP, "1");
    let mac = sha(&["1", &other_app, "1616673095700", SECRET]);
    let refusal = Diagnosis::Refused(Refusal::AppUnknown);
    assert_eq!(told(&mac, other_app.as_bytes()), refusal);
    let refusal = Diagnosis::Refused(Refusal::OaUnknown);
    assert_eq!(refused(&BODY.replace(OA, "12")), refusal);
    let none: &[(&str, &str)] = &[("X-ZEvent-Sig", MAC)];
    let missing = Diagnosis::Refused(Refusal::SignatureMissing);
    assert_eq!(told_with(none, BODY.as_bytes(), &secrets()), missing);
    let unset = told_with(&[("x-zevent-signature", MAC)], BODY.as_bytes(), &Secrets::default());
    assert_eq!(unset, Diagnosis::Refused(Refusal::SecretNotSet));
    assert_eq!(told(MAC, b"hello"), Diagnosis::Refused(Refusal::BodyNotJson));
    assert_eq!(told(&"0".repeat(64), BODY.as_bytes()), Diagnosis::Unknown);
    let mini = r#"{"event":"user.revoke.consent","appId":"2646373759294038927","userId":"4047671499938107249","timestamp":1670553442564}"#;
    assert_eq!(told(MAC, mini.as_bytes()), Diagnosis::MiniApp);
}

#[test]
fn no_changed_byte_of_a_proven_hook_is_ever_told_to_be_proven() {
    for place in 0..BODY.len() {
        let mut changed = BODY.as_bytes().to_vec();
        changed[place] ^= 1;
        let told = told(MAC, &changed);
        assert!(!matches!(told, Diagnosis::Proven(_)), "{place}: {told:?}");
    }
    for bytes in [&b"\xff\xfe"[..], b"", b"[1,2", b"\"", b"{\"a\":\"\\ud800\"}"] {
        assert!(!matches!(told(MAC, bytes), Diagnosis::Proven(_) | Diagnosis::Found(_)));
    }
}
