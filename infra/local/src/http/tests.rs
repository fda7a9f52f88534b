//! What reaches a function and what goes back, over the real template's routes.

use std::io::{Read, Write};

use aws_lambda_events::encodings;

use super::*;
use crate::template::Template;

const NOW: &str = "2026-11-03T08:15:30.250Z";

fn front() -> Front {
    let template = include_str!("../../../template.yaml");
    Front::new(Template::read(template).unwrap().routes().to_vec())
}

fn request(method: &str, path: &str) -> PlainRequest {
    PlainRequest {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        body: Vec::new(),
        source_ip: [203, 0, 113, 7].into(),
    }
}

fn posted(content_type: Option<&str>, body: &[u8]) -> PlainRequest {
    let mut request = request("POST", "/hooks/ca-phe/ghn");
    request.body = body.to_vec();
    if let Some(kind) = content_type {
        request.headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
    }
    request
}

fn called(request: PlainRequest) -> ApiGatewayV2httpRequest {
    match front().route(request, NOW.parse().unwrap()) {
        Routed::Call { function, event } => {
            assert_eq!(function, "webhook-intake");
            *event
        }
        Routed::Answer(answer) => panic!("answered {answer:?}"),
    }
}

fn answer(status_code: i64, body: Option<encodings::Body>, is_base64: bool) -> PlainResponse {
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = status_code;
    answer.body = body;
    answer.is_base64_encoded = is_base64;
    PlainResponse::from_function(answer)
}

#[test]
fn a_hook_becomes_the_event_of_payload_format_2() {
    let mut request =
        posted(Some("application/json; charset=utf-8"), r#"{"tên":"Lan"}"#.as_bytes());
    request.path = "/hooks/c%C3%A0%20ph%C3%AA/ghn/a%2Fb+c".to_owned();
    request.query = "x=1&y=%C3%A0&x=2".to_owned();
    for (name, value) in [
        ("host", "hooks.example.com"),
        ("user-agent", "GHN/1"),
        ("x-many", "one"),
        ("x-many", "two"),
        ("cookie", "a=1; b=2"),
        ("x-forwarded-for", "198.51.100.1"),
    ] {
        request.headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    let event = called(request);
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["version"], "2.0");
    assert_eq!(json["routeKey"], "POST /hooks/{tenant}/{source}/{secret}");
    assert_eq!(json["rawPath"], "/hooks/cà phê/ghn/a/b+c");
    assert_eq!(json["rawQueryString"], "x=1&y=%C3%A0&x=2");
    assert_eq!(json["queryStringParameters"], serde_json::json!({"x": "1,2", "y": "à"}));
    assert_eq!(json["cookies"], serde_json::json!(["a=1", "b=2"]));
    assert_eq!(
        json["headers"],
        serde_json::json!({
            "content-type": "application/json; charset=utf-8",
            "host": "hooks.example.com",
            "user-agent": "GHN/1",
            "x-many": "one,two",
            "x-forwarded-for": "198.51.100.1, 203.0.113.7",
        })
    );
    assert_eq!(
        json["pathParameters"],
        serde_json::json!({"tenant": "cà phê", "source": "ghn", "secret": "a/b+c"})
    );
    assert_eq!(json["body"], r#"{"tên":"Lan"}"#);
    assert_eq!(json["isBase64Encoded"], false);
    assert_eq!(
        json["requestContext"],
        serde_json::json!({
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "hooks.example.com",
            "domainPrefix": "local",
            "http": {
                "method": "POST",
                "path": "/hooks/cà phê/ghn/a/b+c",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "GHN/1",
            },
            "requestId": "local-0",
            "routeKey": "POST /hooks/{tenant}/{source}/{secret}",
            "stage": "$default",
            "time": "03/Nov/2026:08:15:30 +0000",
            "timeEpoch": 1_793_693_730_250_i64,
        })
    );
    // What a function gets over the wire is what it gets here.
    let read_back: ApiGatewayV2httpRequest = serde_json::from_value(json).unwrap();
    assert_eq!(read_back, event);
}

#[test]
fn a_body_is_text_only_for_the_types_that_aws_takes_for_text() {
    for (kind, is_text) in [
        (Some("application/json"), true),
        (Some("Application/JSON ;charset=utf-8"), true),
        (Some("text/plain"), true),
        (Some("application/xml"), true),
        (Some("application/x-www-form-urlencoded"), false),
        (Some("application/cloudevents+json"), false),
        (Some("application/octet-stream"), false),
        (None, false),
    ] {
        let event = called(posted(kind, b"a=1"));
        let wanted = if is_text { "a=1" } else { "YT0x" };
        assert_eq!(event.body.as_deref(), Some(wanted), "{kind:?}");
        assert_eq!(event.is_base64_encoded, !is_text, "{kind:?}");
    }
}

#[test]
fn bytes_that_are_no_text_survive_whatever_their_type_says() {
    let event = called(posted(Some("application/json"), &[0xff, 0xfe, b'x']));
    assert_eq!((event.body.as_deref(), event.is_base64_encoded), (Some("//54"), true));
}

#[test]
fn an_empty_body_is_absent() {
    let event = called(request("GET", "/"));
    assert_eq!((event.body, event.is_base64_encoded), (None, false));
    assert_eq!(event.cookies, None);
}

#[test]
fn the_most_exact_route_is_taken() {
    for (method, path, key) in [
        ("GET", "/", "GET /"),
        ("GET", "/zalo_verifierAbC.html", "GET /{file}"),
        ("POST", "/hooks/a/b", "POST /hooks/{tenant}/{source}"),
        ("POST", "/v1/a/events", "POST /v1/{tenant}/events"),
    ] {
        let event = called(request(method, path));
        assert_eq!(event.route_key.as_deref(), Some(key));
    }
}

#[test]
fn an_unknown_route_is_not_found() {
    for (method, path) in [
        ("GET", "/hooks/a/b"),
        ("POST", "/"),
        ("POST", "/hooks/a"),
        ("POST", "/hooks/a/b/c/d"),
        ("POST", "/hooks/a/b/"),
        ("POST", "/hooks//b"),
        ("POST", "/v1/a/event"),
    ] {
        let front = front();
        let Routed::Answer(answer) = front.route(request(method, path), NOW.parse().unwrap())
        else {
            panic!("{method} {path} is routed");
        };
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, br#"{"message":"Not Found"}"#);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    }
}

#[test]
fn a_body_over_the_quota_is_too_large() {
    let now = NOW.parse().unwrap();
    let front = front();
    let within = front.route(posted(None, &vec![b'x'; BODY_BYTES_MAX]), now);
    assert!(matches!(within, Routed::Call { .. }));
    let over = front.route(posted(None, &vec![b'x'; BODY_BYTES_MAX + 1]), now);
    assert!(matches!(over, Routed::Answer(answer) if answer.status == 413));
}

#[test]
fn requests_are_numbered() {
    let front = front();
    let id = || match front.route(request("GET", "/"), NOW.parse().unwrap()) {
        Routed::Call { event, .. } => event.request_context.request_id.unwrap(),
        Routed::Answer(answer) => panic!("answered {answer:?}"),
    };
    assert_eq!([id(), id()], ["local-0", "local-1"]);
}

#[test]
fn an_answer_goes_out_as_the_function_gave_it() {
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = 202;
    answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    answer.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("99"));
    answer.body = Some("xin chào".into());
    answer.cookies = vec!["a=1; HttpOnly".to_owned(), "b=2".to_owned()];
    let plain = PlainResponse::from_function(answer);
    assert_eq!(plain.status, 202);
    assert_eq!(plain.body, "xin chào".as_bytes());
    assert_eq!(plain.headers[header::CONTENT_TYPE], "text/html");
    assert!(!plain.headers.contains_key(header::CONTENT_LENGTH));
    let cookies: Vec<_> = plain.headers.get_all(header::SET_COOKIE).iter().collect();
    assert_eq!(cookies, ["a=1; HttpOnly", "b=2"]);
}

#[test]
fn base64_is_undone_when_the_answer_says_so() {
    let binary = || Some(encodings::Body::Binary(vec![0xff, 0xfe]));
    assert_eq!(answer(200, Some("//4=".into()), true).body, [0xff, 0xfe]);
    assert_eq!(answer(200, Some("//4=".into()), false).body, b"//4=");
    assert_eq!(answer(200, binary(), true).body, [0xff, 0xfe]);
    assert_eq!(answer(200, binary(), false).body, b"//4=");
    assert_eq!(answer(204, None, false).body, b"");
}

#[test]
fn an_answer_that_is_none_is_an_internal_error() {
    for broken in [
        answer(0, None, false),
        answer(70_000, None, false),
        answer(-200, None, false),
        answer(200, Some("not base64!".into()), true),
    ] {
        assert_eq!(broken, PlainResponse::internal_error());
    }
    let mut cookie = ApiGatewayV2httpResponse::default();
    cookie.status_code = 200;
    cookie.cookies = vec!["a=\n".to_owned()];
    assert_eq!(PlainResponse::from_function(cookie).status, 500);
}

/// One request over a real socket, written as text; gives the answer as text.
fn sent(address: SocketAddr, request: &[u8]) -> String {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.write_all(request).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_request_over_a_socket_is_passed_on_as_it_was_sent() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, async |request: PlainRequest| {
        let PlainRequest { method, path, query, headers, body, source_ip } = request;
        assert_eq!(headers["x-mac"], "AbC");
        let body = format!("{method} {path} {query} {source_ip} {}", body.len());
        PlainResponse { status: StatusCode::CREATED, headers: HeaderMap::new(), body: body.into() }
    }));
    let request = b"POST /hooks/c%C3%A0/a%2Fb?x=%20 HTTP/1.1\r\nHost: h\r\nX-Mac: AbC\r\nConnection: close\r\n\
        Content-Length: 3\r\n\r\n\xff\x00\n";
    let answer = tokio::task::spawn_blocking(move || sent(address, request)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nPOST /hooks/c%C3%A0/a%2Fb x=%20 127.0.0.1 3"), "{answer}");
    server.abort();
}

#[tokio::test]
async fn a_body_over_the_quota_is_refused_before_it_is_kept() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, async |_: PlainRequest| -> PlainResponse {
        panic!("called with a body over the quota")
    }));
    // Only the announcement is sent: the answer does not wait for the rest.
    let request = format!(
        "POST /hooks/a/b HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        BODY_BYTES_MAX + 1
    );
    let answer = tokio::task::spawn_blocking(move || sent(address, request.as_bytes()));
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    server.abort();
}
