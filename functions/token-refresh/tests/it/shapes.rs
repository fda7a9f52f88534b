//! Each shape in which Zalo's token endpoint has been seen to answer, over real HTTP: what is stored, and what comes next.
//!
//! Source: OAuth v4 for Official Accounts and public clients' tests, read 2026-11.

use std::sync::Arc;

use cloud::{
    custody::Custody,
    zalo::{Hosts, Zalo},
};
use domain::custody::{End, Ended, LIFE, Why};
use jiff::SignedDuration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::setup::*;

/// Answers every request with these words until the test ends; where it listens.
async fn endpoint(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4_096];
            // The form is small: it comes in one piece or two, and its end is not waited for.
            drop(stream.read(&mut asked).await);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    url
}

/// How a refresh ends there, with the access token and the tries that are stored afterwards.
async fn refreshed_at(office: &Arc<Office>, url: String) -> (End, String, u8) {
    let hosts = Hosts { oauth: url, ..office.hosts() };
    let http = cloud::http::client(std::time::Duration::from_secs(5));
    let (tenants, zalo) = (office.tenants(), Zalo::new(http, hosts));
    let settings = office.settings().await;
    let custody = Custody::new(&tenants, &zalo);
    let end = custody.refresh(&settings, OA, Why::Schedule, &office.invocation("run")).await;
    let found = office.credential().await;
    (end.unwrap(), found.access.expose().to_owned(), found.standing.tries)
}

#[tokio::test]
async fn whatever_the_endpoint_answers_only_a_pair_is_stored() {
    let doubt = |office: &Office| (End::Wait(office.now() + SignedDuration::from_mins(1)), 1);
    let refused = |code| move |_: &Office| (End::Refused(code), 0);
    let rejected = |_: &Office| (End::Person(Ended::Rejected), 1);
    type Expected<'e> = &'e dyn Fn(&Office) -> (End, u8);
    let shapes: [(&str, &str, Expected<'_>); 14] = [
        ("200 OK", r#"{"error":-14014,"error_name":"Invalid refresh token"}"#, &rejected),
        ("200 OK", r#"{"error":"-14020","access_token":"","refresh_token":""}"#, &rejected),
        ("200 OK", r#"{"error_name":"Invalid refresh token","access_token":""}"#, &rejected),
        ("200 OK", r#"{"error_name":"Server is busy","access_token":""}"#, &refused(0)),
        ("200 OK", r#"{"error":-14002,"error_name":"Invalid app id"}"#, &refused(-14_002)),
        ("200 OK", r#"{"error":"-14003"}"#, &refused(-14_003)),
        ("429 Too Many Requests", "slow down", &refused(429)),
        ("200 OK", "", &doubt),
        ("502 Bad Gateway", "", &doubt),
        ("200 OK", "<html>bảo trì</html>", &doubt),
        ("503 Service Unavailable", "<html></html>", &doubt),
        ("200 OK", "{}", &doubt),
        ("200 OK", r#"{"error":-1,"access_token":"x","refresh_token":"y"}"#, &doubt),
        ("200 OK", r#"{"access_token":"x","refresh"#, &doubt),
    ];
    for (status, body, expected) in shapes {
        let office = Arc::new(Office::new().await);
        office.pass(hours(12));
        let (end, access, tries) = refreshed_at(&office, endpoint(status, body).await).await;
        let expected = expected(&office);
        assert_eq!((end, tries), expected, "{status} {body}");
        assert_eq!(access, FIRST.0, "{status} {body}: nothing is overwritten");
        assert!(office.credential().await.standing.lease.is_none(), "{status} {body}");
        if matches!(end, End::Person(_)) {
            continue;
        }
        // The token was not used up: Zalo itself exchanges it at the next look.
        office.pass(hours(1));
        assert_eq!(office.refresh(Why::Schedule).await, End::Refreshed, "{status} {body}");
    }
}

#[tokio::test]
async fn a_pair_is_stored_whatever_its_life_is_written_as() {
    for (body, life) in [
        (r#"{"access_token":"x","refresh_token":"y","expires_in":"90000"}"#, LIFE),
        (r#"{"access_token":"x","refresh_token":"y","expires_in":3600}"#, hours(1)),
        (r#"{"access_token":"x","refresh_token":"y","expires_in":"junk"}"#, LIFE),
        (r#"{"access_token":"x","refresh_token":"y"}"#, LIFE),
        (r#"{"access_token":"x","expires_in":"90000"}"#, LIFE),
    ] {
        let office = Arc::new(Office::new().await);
        office.pass(hours(12));
        let (end, access, tries) = refreshed_at(&office, endpoint("200 OK", body).await).await;
        assert_eq!((end, access.as_str(), tries), (End::Refreshed, "x", 0), "{body}");
        let found = office.credential().await;
        assert_eq!(found.standing.expires_at, Some(office.now() + life), "{body}");
        let refresh = if body.contains("\"y\"") { "y" } else { FIRST.1 };
        assert_eq!(found.refresh.unwrap().expose(), refresh, "{body}");
    }
}
