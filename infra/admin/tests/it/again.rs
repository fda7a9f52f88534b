//! Redrive and reread: which hooks are stored again, and as what.

use admin::{
    again::{Search, Which, run},
    tenant::{Activate, apply},
};
use cloud::table::{
    customers::{FirstEvaluation, Judged},
    events::{Arrived, EventRow, Recorded},
};
use domain::{event::Head, id::EventId, source::Source, subject::Subject};
use jiff::SignedDuration;
use testkit::{engine::Engine, stream::StreamReader};

use crate::setup::{TENANT, engine, files, lan, minute, stage, start};

const PAID: &str = r#"{"id":92710,"transactionDate":"2026-11-20 08:29:58","code":null,"content":"DH0001","transferType":"in","transferAmount":350000}"#;

fn id(n: usize) -> EventId {
    EventId::of(TENANT, "sepay", &n.to_string())
}

/// Hook number `n` reached us `n` minutes after the start and was read as `kind`.
async fn arrives(engine: &Engine, n: usize, kind: &str, body: &str) {
    let received = minute(i64::try_from(n).unwrap());
    let head = Head {
        id: id(n),
        kind: kind.to_owned(),
        subject: Subject::Order(format!("DH{n:04}")),
        time: received,
    };
    let keep_until = received + SignedDuration::from_hours(180 * 24);
    let body = body.as_bytes();
    let arrived =
        Arrived { tenant: TENANT, source: Source::Sepay, head: &head, body, received, keep_until };
    assert_eq!(stage(engine).events.record(&arrived).await.unwrap(), Recorded::New);
}

async fn is_evaluated(engine: &Engine, n: usize) {
    let seen = FirstEvaluation {
        at: minute(60),
        version: Some(1),
        subject: Subject::Order(format!("DH{n:04}")),
        time: minute(0),
        body_hash: "a".to_owned(),
    };
    let judged = stage(engine).customers.evaluate_first(TENANT, &id(n), &seen).await.unwrap();
    assert_eq!(judged, Judged::First);
}

/// What the stream brings after `reader`.
fn brought(reader: &mut StreamReader) -> Vec<EventRow> {
    let records = reader.read().into_iter();
    let row = |record: serde_json::Value| {
        let image = serde_json::from_value(record["dynamodb"]["NewImage"].clone()).unwrap();
        EventRow::from_image(image).unwrap()
    };
    records.map(row).collect()
}

fn search(which: Which, dry_run: bool) -> Search<'static> {
    Search { tenant: Some(TENANT), since: minute(2), which, dry_run }
}

#[tokio::test]
async fn a_redrive_brings_the_hooks_that_nobody_has_evaluated_and_no_others() {
    let engine = engine();
    for n in 1..=6 {
        arrives(&engine, n, "payment.received", PAID).await;
    }
    for n in [3, 5] {
        is_evaluated(&engine, n).await;
    }
    let mut reader =
        StreamReader::from_position(&engine, "cham-dev-events", None).unwrap().unwrap();
    assert_eq!(brought(&mut reader).len(), 6);

    let mut heard = Vec::new();
    let dry = search(Which::Unevaluated, true);
    let said = run(&stage(&engine), &dry, minute(90), |count| heard.push(*count)).await.unwrap();
    assert_eq!(said.last().unwrap(), "5 looked at, 3 found, 0 stored again, 0 unreadable");
    assert_eq!((heard.len(), heard[0].found), (1, 3));
    assert_eq!(brought(&mut reader), []);

    for stored in [3, 3] {
        let wet = search(Which::Unevaluated, false);
        let said = run(&stage(&engine), &wet, minute(90), |_| {}).await.unwrap();
        assert!(
            said.last()
                .unwrap()
                .ends_with(&format!("3 found, {stored} stored again, 0 unreadable"))
        );
    }
    // The second run at the same instant stored nothing more.
    let mut again = brought(&mut reader);
    again.sort_by_key(|row| row.received);
    assert!(again.iter().all(|row| row.again && row.body == PAID.as_bytes()));
    let ids: Vec<EventId> = again.iter().map(|row| row.id.clone()).collect();
    assert_eq!(ids, [id(2), id(4), id(6)]);
    let first = stage(&engine).events.find(&again[0].key()).await.unwrap().unwrap();
    assert_eq!(EventRow { again: true, ..first }, again[0]);

    for n in [2, 4, 6] {
        is_evaluated(&engine, n).await;
    }
    let wet = search(Which::Unevaluated, false);
    let said = run(&stage(&engine), &wet, minute(91), |_| {}).await.unwrap();
    assert_eq!(said.last().unwrap(), "8 looked at, 0 found, 0 stored again, 0 unreadable");
    assert_eq!(brought(&mut reader), []);
}

#[tokio::test]
async fn a_reread_takes_one_kind_and_stores_it_as_the_reader_reads_it_today() {
    let engine = engine();
    apply(&stage(&engine).tenants, &files("[]"), &Activate::All, &lan(0)).await.unwrap();
    arrives(&engine, 2, "sepay.unrecognised", PAID).await;
    arrives(&engine, 3, "payment.received", PAID).await;
    arrives(&engine, 4, "sepay.unrecognised", "{}").await;
    let mut reader =
        StreamReader::from_position(&engine, "cham-dev-events", None).unwrap().unwrap();
    brought(&mut reader);
    let wet = search(Which::Kind("sepay.unrecognised".to_owned()), false);
    let said = run(&stage(&engine), &wet, minute(90), |_| {}).await.unwrap();
    assert_eq!(said.last().unwrap(), "3 looked at, 2 found, 2 stored again, 0 unreadable");
    let mut kinds: Vec<_> =
        brought(&mut reader).into_iter().map(|row| (row.received, row.id, row.kind)).collect();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            (minute(2), id(2), "payment.received".to_owned()),
            (minute(4), id(4), "sepay.unrecognised".to_owned())
        ]
    );
}

#[tokio::test]
async fn of_all_tenants_each_is_looked_at_and_an_unreadable_row_is_named() {
    let engine = engine();
    arrives(&engine, 2, "payment.received", PAID).await;
    let mut other = engine.scan_all("cham-dev-events").unwrap().remove(0);
    other["pk"]["S"] = "tra-chieu#order:DH0002".into();
    let put = |item: &serde_json::Value| {
        let request = serde_json::json!({"TableName": "cham-dev-events", "Item": item});
        engine.run("PutItem", &request).unwrap();
    };
    put(&other);
    let mut broken = other.clone();
    broken["pk"]["S"] = "tra-chieu#fax:1".into();
    put(&broken);
    for (tenant, counted) in [
        (None, "2 looked at, 2 found, 0 stored again, 1 unreadable"),
        (Some("tra-chieu"), "1 looked at, 1 found, 0 stored again, 1 unreadable"),
        (Some(TENANT), "1 looked at, 1 found, 0 stored again, 0 unreadable"),
        (Some("tra"), "0 looked at, 0 found, 0 stored again, 0 unreadable"),
    ] {
        let search = Search { tenant, since: start(), which: Which::Unevaluated, dry_run: true };
        let said = run(&stage(&engine), &search, minute(90), |_| {}).await.unwrap();
        assert_eq!(said.last().unwrap(), counted);
    }
}
