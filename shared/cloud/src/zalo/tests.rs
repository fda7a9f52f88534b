//! The client against servers on loopback that answer as Zalo, its gateways and broken networks do.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, extract::State, http::Request, response::Response};
use domain::{event::Tracking, id::EffectId, id::EventId, phone::Phone};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Longer than any answer on loopback takes, so that only servers which never answer run into it.
const TIMEOUT: Duration = Duration::from_secs(10);

const TOKEN: &str = "zalo-token-of-the-test-0123456789";

/// What a server saw of a request: method and path, the token, the body.
type Seen = Arc<Mutex<Vec<(String, String, Value)>>>;

#[derive(Clone)]
struct Stand {
    status: u16,
    body: Vec<u8>,
    seen: Seen,
}

async fn answer(State(stand): State<Stand>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("authorization"), None);
    let path = format!("{} {}", head.method, head.uri);
    let token = header("access_token").unwrap_or_default();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    stand.seen.lock().unwrap().push((path, token, body));
    let answer = Response::builder().status(stand.status).header("location", "/elsewhere");
    answer.body(Body::from(stand.body)).unwrap()
}

/// A server that answers everything alike.
async fn stand(status: u16, body: impl Into<Vec<u8>>) -> (Zalo, Seen) {
    let seen = Seen::default();
    let state = Stand { status, body: body.into(), seen: seen.clone() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let zalo = client_of(&listener);
    tokio::spawn(async move {
        axum::serve(listener, Router::new().fallback(answer).with_state(state)).await.unwrap();
    });
    (zalo, seen)
}

/// A server that does `with` to the first connection once its request is there.
async fn raw<F>(with: impl FnOnce(TcpStream) -> F + Send + 'static) -> Zalo
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let zalo = client_of(&listener);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Readiness may be a false alarm.
        while stream.try_read(&mut [0; 4096]).is_err() {
            stream.readable().await.unwrap();
        }
        with(stream).await;
    });
    zalo
}

fn client_of(listener: &TcpListener) -> Zalo {
    client_at(listener.local_addr().unwrap().to_string(), TIMEOUT)
}

fn client_at(address: String, timeout: Duration) -> Zalo {
    let url = format!("http://{address}");
    let vars =
        |name: &str| matches!(name, "ZALO_BUSINESS_URL" | "ZALO_OA_URL").then(|| url.clone());
    Zalo::new(crate::http::client(timeout), Hosts::from_vars(vars).unwrap())
}

struct Message {
    phone: Phone,
    params: BTreeMap<String, String>,
    tracking: Tracking,
}

fn message() -> Message {
    Message {
        phone: Phone::parse("0912 345 678").unwrap(),
        params: BTreeMap::from([("customer_name".to_owned(), "Nguyễn Văn A".to_owned())]),
        tracking: Tracking {
            notification: EffectId::of(&EventId::of("t", "s", "k"), "rule", "step"),
            attempt: 1,
        },
    }
}

impl Message {
    fn by_phone(&self) -> Outgoing<'_> {
        Outgoing::PhoneTemplate {
            phone: &self.phone,
            template_id: "433555",
            params: &self.params,
            tracking: &self.tracking,
        }
    }

    fn by_user(&self) -> Outgoing<'_> {
        Outgoing::UserTemplate {
            user: "2512523625412515",
            template_id: "433555",
            params: &self.params,
        }
    }
}

const REPLY: Outgoing<'_> =
    Outgoing::Reply { user: "2512523625412515", text: "Dạ, 350.000 đ ạ" };

fn token() -> AccessToken {
    AccessToken::new(TOKEN).unwrap()
}

async fn send_by_phone(zalo: &Zalo) -> Result<Accepted, SendError> {
    zalo.send(&token(), &message().by_phone()).await
}

/// The outcome in one line; the details that tests need and nothing else.
async fn outcome(zalo: &Zalo) -> String {
    match send_by_phone(zalo).await {
        Ok(accepted) => format!("accepted {}", accepted.message_id),
        Err(SendError::NotSent { .. }) => "not sent".to_owned(),
        Err(SendError::Unknown { source: NoAnswer::Transport { .. } }) => "unknown".to_owned(),
        Err(SendError::Unknown { source }) => format!("unknown: {source}"),
        Err(SendError::Refused { host, code, class }) => format!("{host} {code} {class:?}"),
    }
}

async fn outcome_of(status: u16, body: impl Into<Vec<u8>>) -> String {
    outcome(&stand(status, body).await.0).await
}

fn at(ms: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millisecond(ms).unwrap())
}

#[tokio::test]
async fn a_phone_template_goes_out_as_zalo_wants_it_and_its_answer_is_read() {
    let body = r#"{ "error":0, "message":"Success",
        "data":{ "msg_id":"a4d0243feee163bd3af2", "sent_time":"1626926349402", "sending_mode":"1",
                 "quota":{"dailyQuota":"500","remainingQuota":"499"} } }"#;
    let (zalo, seen) = stand(200, body).await;
    let accepted = send_by_phone(&zalo).await.unwrap();
    let expected = Accepted {
        message_id: "a4d0243feee163bd3af2".to_owned(),
        sent_at: at(1_626_926_349_402),
        quota_total: Some(500),
        quota_left: Some(499),
    };
    assert_eq!(accepted, expected);
    let body = json!({
        "phone": "84912345678",
        "template_id": "433555",
        "template_data": {"customer_name": "Nguyễn Văn A"},
        "tracking_id": message().tracking.to_string(),
    });
    let seen = seen.lock().unwrap();
    assert_eq!(*seen, [("POST /message/template".to_owned(), TOKEN.to_owned(), body)]);
}

#[tokio::test]
async fn a_template_to_a_zalo_id_goes_out_as_zalo_wants_it_and_its_answer_is_read() {
    let body = r#"{ "error":0, "message":"Success",
        "data":{ "message_id":"a4d0243feee163bd3af2", "user_id":"2512523625412515", "sent_time":"1626926349402",
                 "quota":{"quota_type":"purchase_quota","owner_type":"OA","owner_id":"1"} } }"#;
    let (zalo, seen) = stand(200, body).await;
    let accepted = zalo.send(&token(), &message().by_user()).await.unwrap();
    assert_eq!(accepted.message_id, "a4d0243feee163bd3af2");
    assert_eq!(accepted.sent_at, at(1_626_926_349_402));
    assert_eq!((accepted.quota_total, accepted.quota_left), (None, None));
    let body = json!({
        "user_id": "2512523625412515",
        "template_id": "433555",
        "template_data": {"customer_name": "Nguyễn Văn A"},
    });
    let path = "POST /v3.0/oa/message/template".to_owned();
    assert_eq!(*seen.lock().unwrap(), [(path, TOKEN.to_owned(), body)]);
}

#[tokio::test]
async fn a_reply_goes_out_as_zalo_wants_it_and_its_answer_is_read() {
    let body = r#"{"error":0,"message":"Success","data":{"message_id":"b1","user_id":"2512523625412515",
        "sent_time":"1626926349402","quota":{"quota_type":"reply","remain":7,"total":8}}}"#;
    let (zalo, seen) = stand(200, body).await;
    let accepted = zalo.send(&token(), &REPLY).await.unwrap();
    assert_eq!((accepted.quota_total, accepted.quota_left), (Some(8), Some(7)));
    let body = json!({
        "recipient": {"user_id": "2512523625412515"},
        "message": {"text": "Dạ, 350.000 đ ạ"},
    });
    let path = "POST /v3.0/oa/message/cs".to_owned();
    assert_eq!(*seen.lock().unwrap(), [(path, TOKEN.to_owned(), body)]);
}

#[tokio::test]
async fn a_success_is_read_wherever_its_fields_stand_and_whatever_their_type() {
    for (body, sent_at) in [
        (
            r#"{"error":"0","data":{"message_id":"m1"},"sent_time":1626926349402}"#,
            at(1_626_926_349_402),
        ),
        (r#"{"error":0,"msg_id":"m1","sent_time":"1626926349402"}"#, at(1_626_926_349_402)),
        (r#"{"error":0,"data":{"msg_id":null,"message_id":"m1","sent_time":"soon"}}"#, None),
        (
            r#"{"error":0,"data":{"msg_id":"m1","quota":"none","sent_time":99999999999999999}}"#,
            None,
        ),
        (r#"{"error":0,"data":[],"message_id":"m1"}"#, None),
    ] {
        let accepted = send_by_phone(&stand(200, body).await.0).await;
        let accepted = accepted.unwrap_or_else(|e| panic!("{body}: {e}"));
        assert_eq!(accepted.message_id, "m1", "{body}");
        assert_eq!(accepted.sent_at, sent_at, "{body}");
        assert_eq!((accepted.quota_total, accepted.quota_left), (None, None), "{body}");
    }
    let number = outcome_of(200, r#"{"error":0,"data":{"msg_id":1234567890123456789}}"#).await;
    assert_eq!(number, "accepted 1234567890123456789");
}

#[tokio::test]
async fn what_zalo_took_is_taken_whatever_the_status_says() {
    let body = r#"{"error":0,"data":{"msg_id":"m1"}}"#;
    for status in [200, 201, 401, 429, 500] {
        assert_eq!(outcome_of(status, body).await, "accepted m1", "{status}");
    }
}

#[tokio::test]
async fn a_success_without_an_id_to_keep_is_unknown() {
    let long = format!(r#"{{"error":0,"data":{{"msg_id":"{}"}}}}"#, "x".repeat(200));
    for body in [r#"{"error":0}"#, r#"{"error":0,"data":{"msg_id":""}}"#, long.as_str()] {
        let outcome = outcome_of(200, body).await;
        assert_eq!(outcome, "unknown: accepted without a message id", "{body}");
    }
}

#[tokio::test]
async fn a_refusal_is_judged_by_its_code_and_its_host() {
    for (status, body, expected) in [
        (200, r#"{"error":-124,"message":"Access token invalid"}"#, "business -124 Auth"),
        (200, r#"{"error":"-118","message":"…"}"#, "business -118 Recipient"),
        (200, r#"{"error":-144}"#, "business -144 Defer(NextDay)"),
        (400, r#"{"error":-1122}"#, "business -1122 Payload"),
        (500, r#"{"error":-115}"#, "business -115 Config(Account)"),
        (200, r#"{"error":-100}"#, "business -100 Unknown"),
        (200, r#"{"error":-99999}"#, "business -99999 Unknown"),
        (200, r#"{"error":-216}"#, "business -216 Unknown"),
        // The code stands beside fields that look like a success.
        (200, r#"{"error":-132,"data":{"msg_id":"m1"}}"#, "business -132 Payload"),
    ] {
        assert_eq!(outcome_of(status, body).await, expected, "{status} {body}");
    }
    let (zalo, _) = stand(200, r#"{"error":-201,"message":"user_id is invalid"}"#).await;
    for outgoing in [message().by_user(), REPLY] {
        match zalo.send(&token(), &outgoing).await {
            Err(SendError::Refused { host: Host::Oa, code: -201, class: Class::Payload }) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_gateways_401_and_429_are_known_without_a_code() {
    for body in ["", "<html>no</html>", r#"{"error":"unauthorized"}"#, r#"{"error":12345}"#] {
        assert_eq!(outcome_of(401, body).await, "business 401 Auth", "{body}");
        assert_eq!(outcome_of(429, body).await, "business 429 Backoff", "{body}");
    }
    let (too_long, _) = stand(429, vec![b' '; ANSWER_BYTES_MAX + 1]).await;
    assert_eq!(outcome(&too_long).await, "business 429 Backoff");
    // A code that Zalo lists says more than the status.
    assert_eq!(outcome_of(401, r#"{"error":-118}"#).await, "business -118 Recipient");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_unknown() {
    for (status, body) in [
        (200, ""),
        (200, "<html><body>502</body></html>"),
        (200, r#"{"error":0,"data":{"msg_id":"m1""#),
        (200, "[]"),
        (200, "null"),
        (200, r#"{"data":{"msg_id":"m1"}}"#),
        (200, r#"{"error":null}"#),
        (200, r#"{"error":1.5}"#),
        (200, r#"{"error":99999999999999999999}"#),
        (302, ""),
        (403, "<html>denied</html>"),
        (404, "not here"),
        (500, ""),
        (502, "<html>bad gateway</html>"),
        (503, r#"{"message":"busy"}"#),
    ] {
        let expected = format!("unknown: HTTP {status} without an error code");
        assert_eq!(outcome_of(status, body).await, expected, "{status} {body}");
    }
    let bytes = [0xff, 0xfe, 0x00];
    assert_eq!(outcome_of(200, bytes).await, "unknown: HTTP 200 without an error code");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (zalo, seen) = stand(307, "").await;
    assert_eq!(outcome(&zalo).await, "unknown: HTTP 307 without an error code");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_bound_and_not_beyond() {
    let sized = |bytes: usize| {
        let mut body = br#"{"error":0,"data":{"msg_id":"m1"}}"#.to_vec();
        body.resize(bytes, b' ');
        body
    };
    assert_eq!(outcome_of(200, sized(ANSWER_BYTES_MAX)).await, "accepted m1");
    let expected = "unknown: HTTP 200 with more than 65536 bytes";
    assert_eq!(outcome_of(200, sized(ANSWER_BYTES_MAX + 1)).await, expected);
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let zalo = client_of(&listener);
    drop(listener);
    assert_eq!(outcome(&zalo).await, "not sent");
}

#[tokio::test]
async fn a_failed_handshake_is_not_sent() {
    let zalo = raw(async |stream| drop(stream)).await;
    let tls = zalo.hosts.business.replace("http://", "https://");
    let zalo = Zalo { hosts: Hosts { business: tls, ..Hosts::default() }, ..zalo };
    assert_eq!(outcome(&zalo).await, "not sent");
}

#[tokio::test]
async fn a_host_without_a_name_is_not_sent() {
    // RFC 6761: no resolver knows a name under `invalid`.
    let zalo = client_at("zalo.invalid".to_owned(), TIMEOUT);
    assert_eq!(outcome(&zalo).await, "not sent");
}

#[tokio::test]
async fn a_connection_that_closes_after_the_request_is_unknown() {
    assert_eq!(outcome(&raw(async |stream| drop(stream)).await).await, "unknown");
}

#[tokio::test]
async fn a_connection_that_closes_within_the_answer_is_unknown() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"error\":0";
    let zalo = raw(async |stream| {
        stream.try_write(head).unwrap();
    });
    assert_eq!(outcome(&zalo.await).await, "unknown");
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_unknown() {
    let zalo = raw(async |stream| {
        stream.try_write(b"SSH-2.0-OpenSSH_9.6\r\n").unwrap();
        // Kept open: the client itself has to give up on it.
        std::future::pending::<()>().await;
        drop(stream);
    });
    assert_eq!(outcome(&zalo.await).await, "unknown");
}

#[tokio::test]
async fn a_server_that_never_answers_is_unknown_after_the_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The kernel accepts and keeps the request; nobody ever reads it.
    let zalo = client_at(address, Duration::from_millis(50));
    assert_eq!(outcome(&zalo).await, "unknown");
}

#[tokio::test]
async fn nothing_of_what_was_sent_or_received_is_in_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let never = client_at(listener.local_addr().unwrap().to_string(), Duration::from_millis(50));
    let gone = client_at("zalo.invalid".to_owned(), TIMEOUT);
    let secret = "token zalo-token-of-the-test-0123456789 phone 84912345678";
    let refused = json!({"error": -108, "message": secret}).to_string();
    for zalo in [
        never,
        gone,
        raw(async |stream| drop(stream)).await,
        stand(200, refused).await.0,
        stand(500, secret).await.0,
    ] {
        let error = send_by_phone(&zalo).await.unwrap_err();
        let mut texts = vec![format!("{error:?}")];
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            texts.push(error.to_string());
            cause = error.source();
        }
        for text in texts {
            for hidden in [TOKEN, "84912345678", "Nguyễn", "http://", "message/template"] {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
    }
}

#[test]
fn a_token_prints_as_dots_and_no_line_of_the_log_shows_it() {
    assert_eq!(format!("{:?}", token()), "AccessToken(…)");
    let lines = Arc::new(Mutex::new(Vec::new()));
    let writer = Lines(lines.clone());
    let log = crate::telemetry::subscriber_into(move || writer.clone());
    tracing::subscriber::with_default(log, || tracing::warn!("sent with {TOKEN}"));
    let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    assert!(text.contains("sent with") && !text.contains(TOKEN), "{text}");
}

#[derive(Clone)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_no_header_can_carry_is_not_a_token() {
    for text in ["", " ", "a b", "a\nb", "mã"] {
        assert!(AccessToken::new(text).is_none(), "{text:?}");
    }
}

#[test]
fn without_settings_the_hosts_are_zalo_itself() {
    let hosts = Hosts::from_vars(|_| None).and_then(|hosts| hosts.with_oauth(|_| None));
    let hosts = hosts.and_then(|hosts| hosts.with_profile(|_| None)).unwrap();
    assert_eq!(format!("{hosts:?}"), format!("{:?}", Hosts::default()));
    assert_eq!(hosts.urls(), ["https://business.openapi.zalo.me", "https://openapi.zalo.me"]);
}

#[test]
fn a_host_may_be_another_and_must_be_an_http_url() {
    let hosts = Hosts::from_vars(|name| {
        (name == "ZALO_OA_URL").then(|| "http://10.0.0.7:81/zalo/".to_owned())
    });
    assert_eq!(hosts.unwrap().oa, "http://10.0.0.7:81/zalo");
    for bad in ["zalo", "ftp://a", "http://", "http://u:p@a", "http://a?b=c", "http://a#b"] {
        let error = Hosts::from_vars(|_| Some(bad.to_owned())).unwrap_err();
        assert_eq!(error.name, "ZALO_BUSINESS_URL", "{bad}");
        assert!(!error.to_string().contains(bad) || bad == "zalo" || bad == "http://", "{error}");
    }
}
