//! What hooks become: the recorded day and one fixture per form, as snapshots beside their inputs.

mod day;
mod fixtures;
mod fuzz;
mod hostile;
mod standard;
mod zalo;

use jiff::Timestamp;

use super::*;

pub(crate) const OA: &str = "2893352839501541173";

pub(crate) fn tenant() -> Tenant {
    let yaml = format!(
        r"{{id: ca-phe-som, name: Cà Phê Sớm, order_code: 'DH\d{{4,}}', zalo: {{app_id: '2074138120372622546', oas: ['{OA}']}}}}"
    );
    Tenant::read(&yaml).unwrap()
}

fn pepper() -> Pepper {
    Pepper::new(b"a pepper for tests only").unwrap()
}

fn received() -> Timestamp {
    "2026-11-20T12:00:00+07:00".parse().unwrap()
}

/// What intake and then the journey make of a body whose proof is taken for granted.
fn both(source: Source, body: &[u8]) -> (Result<Arrival, BadHook>, Vec<Event>) {
    both_with(source, body, "msg_1")
}

fn both_with(
    source: Source,
    body: &[u8],
    delivery_id: &str,
) -> (Result<Arrival, BadHook>, Vec<Event>) {
    let (tenant, pepper) = (tenant(), pepper());
    let reading = Reading { tenant: &tenant, pepper: &pepper };
    let hook = Verified::taken_for_granted(body, Some(delivery_id));
    let arrival = source.head(&hook, &reading, received());
    let id = match &arrival {
        Ok(Arrival::Store(head)) => head.id.clone(),
        Ok(Arrival::Ignore) | Err(_) => EventId::of("t", "none", "none"),
    };
    let events = source.read(&Stored { id, received: received(), body }, &reading);
    (arrival, events)
}

/// Reads a body that must be stored, and holds the two readings against each other.
fn stored(source: Source, body: &[u8]) -> (Head, Vec<Event>) {
    let (arrival, events) = both(source, body);
    let Ok(Arrival::Store(head)) = arrival else { panic!("not stored: {arrival:?}") };
    agree(&head, &events);
    (head, events)
}

/// The head is the first event's; with several facts the ids are each fact's own.
fn agree(head: &Head, events: &[Event]) {
    let first = &events[0];
    assert_eq!((&head.kind, &head.subject), (&first.kind, &first.subject));
    assert_eq!(head.time, first.time);
    if events.len() == 1 {
        assert_eq!(head.id, first.id);
    }
}

/// Compares with `fixtures/<folder>/<name>.snap`.
fn snapshot(folder: &str, name: &str, value: &impl std::fmt::Debug) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/fixtures/{folder}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_debug_snapshot!(name, value));
}

#[test]
fn a_source_is_read_back_by_its_name() {
    for source in Source::ALL {
        assert_eq!(Source::parse(source.as_str()), Some(source));
    }
    assert_eq!(Source::parse("zalo"), None);
}

#[test]
fn keys_of_different_parts_never_meet() {
    assert_ne!(dedupe_key(&["ab", "c"]), dedupe_key(&["a", "bc"]));
    assert_ne!(dedupe_key(&["a:1", ""]), dedupe_key(&["a", ":1"]));
}

#[test]
fn amounts_are_plain_digits_below_the_bound() {
    assert_eq!(amount_vnd("350000"), Some(350_000));
    assert_eq!(amount_vnd("0"), Some(0));
    assert_eq!(amount_vnd("1000000000000000"), Some(1_000_000_000_000_000));
    for bad in ["", "-1", "+1", "1.0", "1e5", "1000000000000001", "99999999999999999999", " 1"] {
        assert_eq!(amount_vnd(bad), None, "{bad:?}");
    }
}
