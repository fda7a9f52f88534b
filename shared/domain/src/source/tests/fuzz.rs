//! Fixtures and lines of the day, cut and spoilt at random, through both readings of every source.
//!
//! Each runs a fifth of a second; `BOLERO_RANDOM_TEST_TIME_MS=10000 cargo test -p domain fuzz_` runs each for ten.

use std::time::Duration;

use bolero::TypeGenerator;

use super::*;

/// One way to spoil a body.
#[derive(Clone, Debug, TypeGenerator)]
enum Spoil {
    Replace { at: u16, byte: u8 },
    Insert { at: u16, piece: u8 },
    Delete { at: u16, count: u8 },
    Truncate { at: u16 },
    Double { at: u16, count: u8 },
}

/// What a body is most likely to break on, or to be taken for something else by.
const PIECES: [&str; 24] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "-1",
    "1e400",
    "0.5",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "a\u{301}",
    "\u{0}",
    "đ",
    "\"msg_ids\":[\"x\",\"x\",3],",
    "\"event_name\":\"follow\",",
    "\"transferType\":\"out\",",
    "\"specversion\":\"1.0\",",
    "\"oa_id\":\"2893352839501541173\",",
    "\"phone\":\"0912345678\",",
    "\"type\":\"a.b\",",
];

fn spoilt(mut body: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils.iter().take(6) {
        let place = |at: u16| usize::from(at) % (body.len() + 1);
        match *spoil {
            Spoil::Replace { at, byte } => {
                let at = place(at);
                if let Some(old) = body.get_mut(at) {
                    *old = byte;
                }
            }
            Spoil::Insert { at, piece } => {
                let (at, piece) = (place(at), PIECES[usize::from(piece) % PIECES.len()]);
                body.splice(at..at, piece.bytes());
            }
            Spoil::Delete { at, count } => {
                let at = place(at);
                let end = (at + usize::from(count)).min(body.len());
                body.drain(at..end);
            }
            Spoil::Truncate { at } => body.truncate(place(at)),
            Spoil::Double { at, count } => {
                let at = place(at);
                let end = (at + usize::from(count)).min(body.len());
                let piece = body[at..end].to_vec();
                body.splice(end..end, piece);
            }
        }
    }
    body
}

fn check(source: Source, body: &[u8]) {
    let (arrival, events) = both(source, body);
    assert_eq!(both(source, body), (arrival.clone(), events.clone()), "two readings differ");
    match arrival {
        Ok(Arrival::Store(head)) => agree(&head, &events),
        Ok(Arrival::Ignore) => assert_eq!(source, Source::ZaloOa),
        Err(bad) => assert_eq!(source, Source::Standard, "{bad}"),
    }
    for event in &events {
        let printed = event.subject.to_string();
        assert_eq!(Subject::parse(&printed).as_ref(), Some(&event.subject), "read back as stored");
        assert!(event.time >= Timestamp::UNIX_EPOCH);
        match &event.about {
            About::Person { identities, .. } => {
                assert!(!identities.is_empty());
                assert!(identities.iter().all(|identity| identity.subject.is_identity()));
            }
            About::Owner(things) => assert!(!things.is_empty()),
            About::Reader(_) | About::Customer(_) | About::Nobody => {}
        }
    }
}

fn fuzz(source: Source) {
    let mut seeds: Vec<Vec<u8>> =
        fixtures::bodies(source).into_iter().map(|(_, body)| body).collect();
    seeds.push(Vec::new());
    bolero::check!()
        .with_test_time(Duration::from_millis(200))
        .with_type::<(u8, Vec<Spoil>)>()
        .for_each(|(which, spoils)| {
            let seed = seeds[usize::from(*which) % seeds.len()].clone();
            check(source, &spoilt(seed, spoils));
        });
}

#[test]
fn fuzz_zalo_oa() {
    fuzz(Source::ZaloOa);
}

#[test]
fn fuzz_sepay() {
    fuzz(Source::Sepay);
}

#[test]
fn fuzz_ghn() {
    fuzz(Source::Ghn);
}

#[test]
fn fuzz_standard() {
    fuzz(Source::Standard);
}

/// Bytes that resemble nothing, through every reader.
#[test]
fn fuzz_any_bytes() {
    bolero::check!()
        .with_test_time(Duration::from_millis(200))
        .with_type::<Vec<u8>>()
        .for_each(|body| Source::ALL.into_iter().for_each(|source| check(source, body)));
}

/// Any text and any short pattern: the search ends, and what it finds is distinct and bounded.
#[test]
fn fuzz_order_codes() {
    bolero::check!()
        .with_test_time(Duration::from_millis(200))
        .with_type::<(String, Option<String>)>()
        .for_each(|(text, pattern)| {
            let pattern = pattern.as_deref().unwrap_or(r"DH\d{4,}");
            let found = order_code::find(pattern, text);
            assert!(found.len() <= 3 && found.iter().all(|code| !code.is_empty()));
        });
}
