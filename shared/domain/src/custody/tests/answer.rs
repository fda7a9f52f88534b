use jiff::SignedDuration;

use super::super::*;
use crate::secret::Secret;

fn said(status: u16, body: &str) -> String {
    match read_exchange(status, body.as_bytes()) {
        Exchanged::Granted(Grant { access, refresh, life }) => {
            let refresh = refresh.map(|token| token.expose().to_owned());
            format!("granted {} {refresh:?} {}", access.expose(), life.as_secs())
        }
        Exchanged::Rejected { code } => format!("rejected {code}"),
        Exchanged::Refused { code } => format!("refused {code}"),
        Exchanged::NotSent => "not sent".to_owned(),
        Exchanged::Doubtful => "doubtful".to_owned(),
    }
}

#[test]
fn a_pair_is_read_whatever_its_life_is_written_as() {
    for (expires_in, life) in [
        (r#","expires_in":"90000""#, 90_000),
        (r#","expires_in":3600"#, 3_600),
        (r#","expires_in":" 7200 ""#, 7_200),
        ("", 90_000),
        (r#","expires_in":null"#, 90_000),
        (r#","expires_in":"soon""#, 90_000),
        (r#","expires_in":-1"#, 90_000),
        (r#","expires_in":"99999999999999999999""#, 90_000),
        (r#","expires_in":{}"#, 90_000),
        (r#","expires_in":"90000","error":0"#, 90_000),
        (r#","error":"0","message":"""#, 90_000),
    ] {
        let body = format!(r#"{{"access_token":"a","refresh_token":"r"{expires_in}}}"#);
        assert_eq!(said(200, &body), format!("granted a Some(\"r\") {life}"), "{body}");
    }
    for none in [r#"{"access_token":"a"}"#, r#"{"access_token":"a","refresh_token":""}"#] {
        assert_eq!(said(200, none), "granted a None 90000");
    }
    assert_eq!(LIFE, SignedDuration::from_hours(25));
}

#[test]
fn every_way_of_saying_no_is_told_apart_and_none_is_a_pair() {
    for (status, body, what) in [
        (200, r#"{"error":-14014,"error_name":"Invalid refresh token"}"#, "rejected -14014"),
        (200, r#"{"error":"-14014","access_token":"","refresh_token":""}"#, "rejected -14014"),
        (400, r#"{"error":"-14020"}"#, "rejected -14020"),
        (200, r#"{"error_name":"Invalid refresh token.","access_token":""}"#, "rejected 0"),
        (200, r#"{"error_name":"Something went wrong"}"#, "refused 0"),
        (200, r#"{"error":"invalid_request"}"#, "refused 0"),
        (200, r#"{"error":-14002,"error_name":"Invalid app id"}"#, "refused -14002"),
        (401, r#"{"error":-14004}"#, "refused -14004"),
        (429, "Too Many Requests", "refused 429"),
        (200, "", "doubtful"),
        (502, "", "doubtful"),
        (200, "<html>maintenance</html>", "doubtful"),
        (503, r#"{"message":""}"#, "doubtful"),
        (200, "{}", "doubtful"),
        (200, r#"["a","r"]"#, "doubtful"),
        (200, r#"{"access_token":"","refresh_token":""}"#, "doubtful"),
        (200, r#"{"access_token":7,"refresh_token":8}"#, "doubtful"),
        (200, r#"{"error":-1,"access_token":"a","refresh_token":"r"}"#, "doubtful"),
        (200, r#"{"data":{"access_token":"a"}}"#, "doubtful"),
        (200, r#"{"access_token":"a","#, "doubtful"),
    ] {
        assert_eq!(said(status, body), what, "{status} {body}");
    }
}

#[test]
fn an_app_proves_itself_by_a_mac_over_the_token() {
    let (secret, token) = (Secret::new("test_app_secret"), Secret::new("test_access_token"));
    let proof = "f86b8540509cdb3ad6b1ed956b4c197aff473ad0b9cf075e0b0dca4a8302f6fc";
    assert_eq!(proof_of(&secret, &token), proof);
}
