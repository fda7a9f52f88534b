//! The recorded day of a coffee shop: every line is proven or refused as its sender would see it, then read.

use std::collections::BTreeMap;

use super::*;
use crate::verify::{Headers, Request, Secret};

#[derive(serde::Deserialize)]
struct Line {
    at: Timestamp,
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
    expect_status: u16,
    note: String,
}

/// What a line became.
#[derive(Debug)]
#[expect(dead_code, reason = "read through Debug, by the snapshot")]
enum Became {
    Refused { note: String, code: &'static str },
    Ignored { note: String },
    Stored { note: String, events: Vec<Event> },
}

/// The test secrets that the day was signed with, by a program that shares no code with this one.
fn secrets(source: Source) -> Secrets {
    let current = match source {
        Source::ZaloOa => "day-oa-secret-key".to_owned(),
        Source::Sepay => "whsec_day_sepay".to_owned(),
        Source::Ghn => "ghn-day-path-secret".to_owned(),
        Source::Standard => {
            let key = data_encoding::BASE64.encode(b"day-standard-webhooks-secret-32b");
            format!("whsec_{key}")
        }
        Source::Own => String::new(),
    };
    Secrets { current: Some(Secret::new(current)), previous: None }
}

fn became(line: Line) -> Became {
    let (tenant, pepper) = (tenant(), pepper());
    let reading = Reading { tenant: &tenant, pepper: &pepper };
    let parts: Vec<&str> = line.path.trim_matches('/').split('/').collect();
    let (source, path_secret) = match parts[..] {
        ["v1", _, "events"] => (Source::Standard, None),
        ["hooks", _, name] => (Source::parse(name).unwrap(), None),
        ["hooks", _, name, secret] => (Source::parse(name).unwrap(), Some(secret)),
        _ => panic!("a path of the day: {}", line.path),
    };
    let headers = Headers::new(&line.headers);
    let request = Request { headers: &headers, path_secret, body: line.body.as_bytes() };
    let note = line.note;
    let verified = match source.verify(&request, &secrets(source), &tenant, line.at) {
        Ok(verified) => verified,
        Err(refusal) => {
            assert_eq!(refusal.status(), line.expect_status, "{note}");
            return Became::Refused { note, code: refusal.code() };
        }
    };
    assert_ne!(line.expect_status, 401, "{note}");
    match source.head(&verified, &reading, line.at).unwrap() {
        Arrival::Ignore => Became::Ignored { note },
        Arrival::Store(head) => {
            let stored =
                Stored { id: head.id.clone(), received: line.at, body: line.body.as_bytes() };
            let events = source.read(&stored, &reading);
            agree(&head, &events);
            Became::Stored { note, events }
        }
    }
}

#[test]
fn the_recorded_day_reads_as_it_was_meant() {
    let day = include_str!("../../../fixtures/day.jsonl");
    let day: Vec<Became> =
        day.lines().map(|line| became(serde_json::from_str(line).unwrap())).collect();
    assert_eq!(day.len(), 30);
    snapshot("", "day", &day);
}
