//! What a system of the business is told: signed, the same id in every try, and what becomes of it when it does not take it.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
};

use domain::{
    channel::Channel,
    consent::Purpose,
    notification::{Content, Notification, State},
    rule::OnUnknown,
    secret::Secret,
    tenant::{Limits, Webhook},
};
use local::demo::state;

use crate::setup::*;

const SECRET: &str = "whsec_ZGF5LXN0YW5kYXJkLXdlYmhvb2tzLXNlY3JldC0zMmI=";
const BODY: &str =
    r#"{"type":"survey.answered","timestamp":"2026-11-20T01:00:00Z","data":{"score":5}}"#;

/// A system that answers each request with the next status, 0 with nothing at all, and keeps what it got.
fn system(statuses: &'static [u16]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks?key=4711", listener.local_addr().unwrap());
    let (told, got) = channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut piece) = (Vec::new(), [0; 4_096]);
            while !request.ends_with(BODY.as_bytes()) {
                let length = stream.read(&mut piece).unwrap();
                request.extend_from_slice(&piece[..length]);
            }
            told.send(String::from_utf8(request).unwrap()).unwrap();
            if *status > 0 {
                let answer = format!(
                    "HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (url, got)
}

/// A fact for the system `crm`.
fn fact() -> Notification {
    Notification {
        purpose: Purpose::Staff,
        content: Content::Fact { to: "crm".to_owned(), body: BODY.to_owned() },
        channels: vec![Channel::Webhook],
        on_unknown: OnUnknown::Resend,
        recipient: Default::default(),
        ..reply()
    }
}

async fn desk(url: &str, limits: Limits) -> Desk {
    let desk = Desk::open().await;
    let mut secrets = state::secrets();
    let webhook = Webhook { url: Secret::new(url), secret: Secret::new(SECRET) };
    secrets.webhooks.insert("crm".to_owned(), webhook);
    let tenant = domain::tenant::Tenant { limits, ..state::tenant() };
    desk.state.apply(&tenant, &secrets, state::rules("[]", start())).await;
    desk
}

fn header<'r>(request: &'r str, name: &str) -> &'r str {
    let line = request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("{request}"))
}

#[tokio::test]
async fn a_system_is_told_once_and_can_prove_by_whom() {
    let (url, got) = system(&[204]);
    let mut desk = desk(&url, Limits::default()).await;
    let told = desk.send(&fact(), start()).await;
    assert_eq!(stands(&told), (State::Sent, None, None));
    for minute in [1, 2, 20, 60] {
        desk.tick(at(minute)).await;
    }
    let request = got.recv().unwrap();
    assert!(got.try_recv().is_err(), "told twice");
    assert!(request.starts_with("POST /hooks?key=4711 HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "content-type"), "application/json");
    assert_eq!(header(&request, "webhook-id"), told.id.as_str());
    let at: i64 = header(&request, "webhook-timestamp").parse().unwrap();
    assert_eq!(at, start().as_second());
    let signature = testkit::sign::standard(SECRET, told.id.as_str(), at, BODY.as_bytes());
    assert_eq!(header(&request, "webhook-signature"), signature.unwrap());
}

#[tokio::test]
async fn what_is_not_taken_comes_again_under_the_same_id_with_a_new_signature() {
    for (status, reason, minutes) in [(503, "backoff", 1), (0, "backoff", 1), (404, "config", 61)] {
        let statuses: &'static [u16] = match status {
            503 => &[503, 200],
            0 => &[0, 200],
            _ => &[404, 200],
        };
        let (url, got) = system(statuses);
        let mut desk = desk(&url, Limits::default()).await;
        let told = desk.send(&fact(), start()).await;
        assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some(reason)), "{status}");
        desk.tick(at(minutes)).await;
        assert_eq!(desk.find(&told).await.state, State::Sent, "{status}");
        let (first, second) = (got.recv().unwrap(), got.recv().unwrap());
        assert_eq!(header(&first, "webhook-id"), header(&second, "webhook-id"));
        assert_ne!(header(&first, "webhook-signature"), header(&second, "webhook-signature"));
    }
}

#[tokio::test]
async fn a_system_that_nobody_named_is_told_nothing_and_one_that_is_gone_is_tried_again() {
    let mut named = desk("http://127.0.0.1:1/hooks", Limits::default()).await;
    let told = named.send(&fact(), start()).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("not_sent")));
    let mut nobody = Desk::open().await;
    let told = nobody.send(&fact(), start()).await;
    assert_eq!(stands(&told), (State::Failed, Some("no_address"), None));
}

#[tokio::test]
async fn a_system_is_told_of_more_than_people_may_be() {
    let (url, _got) = system(&[200, 200, 200]);
    let limits = Limits { burst_per_hour: 1, ..Limits::default() };
    let mut desk = desk(&url, limits).await;
    let all = many(&fact(), 3);
    for batch in desk.plan_all(&all).await {
        desk.stream(&batch, start()).await;
    }
    assert_eq!(desk.count(&all, State::Sent, None).await, 3);
}
