//! EVn: hooks as they arrived.

use cloud::table::events::{Again, Arrived, EventRow, Recorded, body_hash};
use domain::{event::Head, source::Source};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use testkit::stream::StreamReader;

use crate::stage::{Stage, TENANT, assert_corrupt, event_id, minute, order, start};

const TABLE: &str = "EventsTable";

/// As the chart says.
const BODY_BYTES_MAX: usize = 256 * 1024;
const PAID: &[u8] =
    r#"{"id":92704,"content":"DH0001 chuyển khoản","transferAmount":350000}"#.as_bytes();

pub fn head() -> Head {
    Head { id: event_id(1), kind: "payment.received".to_owned(), subject: order(), time: start() }
}

pub fn arrived<'a>(head: &'a Head, body: &'a [u8]) -> Arrived<'a> {
    let keep_until = minute(1) + SignedDuration::from_hours(180 * 24);
    Arrived { tenant: TENANT, source: Source::Sepay, head, body, received: minute(1), keep_until }
}

/// The row that [`arrived`] becomes.
pub fn row(head: &Head, body: &[u8]) -> EventRow {
    EventRow {
        tenant: TENANT.to_owned(),
        subject: head.subject.clone(),
        time: head.time,
        id: head.id.clone(),
        variant: None,
        again: false,
        source: Source::Sepay,
        kind: head.kind.clone(),
        received: minute(1),
        body: body.to_vec(),
        keep_until: arrived(head, body).keep_until,
    }
}

#[tokio::test]
async fn a_row_is_stored_again_beside_itself_once_an_instant_and_comes_by_the_stream() {
    let stage = Stage::new();
    let (events, head) = (stage.events(), head());
    assert_eq!(events.record(&arrived(&head, PAID)).await.unwrap(), Recorded::New);
    assert_eq!(events.record_variant(&arrived(&head, b"{}")).await.unwrap(), Recorded::New);
    let (page, units) = stage.units(events.received_since(None, start(), None)).await;
    let page = page.unwrap();
    assert_eq!((page.rows, page.unreadable.len(), page.next), (vec![row(&head, PAID)], 0, None));
    assert_eq!((units.read, units.write, units.calls), (0.5, 0.0, 1));
    for (tenant, since, rows) in
        [(Some(TENANT), 1, 1), (Some(TENANT), 2, 0), (None, 2, 0), (Some("ca-phe"), 1, 0)]
    {
        let page = events.received_since(tenant, minute(since), None).await.unwrap();
        assert_eq!(page.rows.len(), rows, "{tenant:?} {since}");
    }

    let mut reader = StreamReader::from_position(&stage.engine, stage.table(TABLE), None);
    let reader = reader.as_mut().unwrap().as_mut().unwrap();
    reader.read();
    for (at, again, records) in
        [(5, Again::Stored, 1), (5, Again::Already, 0), (6, Again::Stored, 1)]
    {
        let known = row(&head, PAID);
        let call = events.again(&known, "payment.mended", minute(at));
        let (stored, units) = stage.units(call).await;
        assert_eq!((stored.unwrap(), units.read, units.calls), (again, 0.0, 1));
        let brought = reader.read();
        assert_eq!(brought.len(), records);
        for record in brought {
            assert_eq!(record["eventName"], "INSERT");
            let image = record["dynamodb"]["NewImage"].clone();
            let read = EventRow::from_image(serde_json::from_value(image).unwrap()).unwrap();
            let kind = "payment.mended".to_owned();
            assert_eq!(read, EventRow { again: true, kind, ..row(&head, PAID) });
            assert_eq!(read.key(), row(&head, PAID).key());
        }
    }
}

#[tokio::test]
async fn a_new_hook_is_one_write_unit_and_no_read_and_is_found_again_as_it_was() {
    let stage = Stage::new();
    let (events, head) = (stage.events(), head());
    let (recorded, units) = stage.units(events.record(&arrived(&head, PAID))).await;
    assert_eq!(recorded.unwrap(), Recorded::New);
    assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));

    let row = row(&head, PAID);
    let (found, units) = stage.units(events.find(&row.key())).await;
    assert_eq!(found.unwrap().unwrap(), row);
    assert_eq!((units.write, units.read, units.calls), (0.0, 1.0, 1));
}

#[tokio::test]
async fn a_hook_of_a_kilobyte_with_its_key_and_names_is_one_unit_and_a_byte_more_is_two() {
    // The size of an item counts names and values in UTF-8; what is left of 1 KB is the body's.
    for (bytes, units) in [(897, 1.0), (898, 2.0)] {
        let stage = Stage::new();
        let (head, body) = (head(), vec![b'a'; bytes]);
        let (_, used) = stage.units(stage.events().record(&arrived(&head, &body))).await;
        assert_eq!(used.write, units, "{bytes} bytes");
    }
}

#[tokio::test]
async fn a_second_delivery_is_one_refused_put_and_another_body_is_told_apart() {
    let stage = Stage::new();
    let (events, head) = (stage.events(), head());
    events.record(&arrived(&head, PAID)).await.unwrap();

    let (again, units) = stage.units(events.record(&arrived(&head, PAID))).await;
    assert_eq!(again.unwrap(), Recorded::Duplicate);
    assert_eq!((units.write, units.read, units.calls), (0.0, 0.0, 1));

    let (other, units) = stage.units(events.record(&arrived(&head, b"{}"))).await;
    assert_eq!(other.unwrap(), Recorded::OtherBody);
    assert_eq!((units.write, units.read, units.calls), (0.0, 0.0, 1));
    assert_eq!(stage.rows(TABLE).len(), 1);
}

#[tokio::test]
async fn of_two_deliveries_at_once_one_is_new_and_one_a_duplicate() {
    for mine_first in [true, false] {
        let stage = Stage::new();
        let (events, head) = (stage.events(), head());
        let (mine, other) = (arrived(&head, PAID), arrived(&head, PAID));
        let (one, two) = if mine_first {
            tokio::join!(biased; events.record(&mine), events.record(&other))
        } else {
            let (two, one) = tokio::join!(biased; events.record(&other), events.record(&mine));
            (one, two)
        };
        let (one, two) = (one.unwrap(), two.unwrap());
        let new = [one, two].iter().filter(|recorded| **recorded == Recorded::New).count();
        assert_eq!((new, stage.rows(TABLE).len()), (1, 1), "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn of_two_bodies_under_one_id_at_once_the_second_is_told_and_kept_as_a_variant() {
    for order in [[PAID, b"{}"], [b"{}", PAID]] {
        let stage = Stage::new();
        let (events, head) = (stage.events(), head());
        let (first, second) = (arrived(&head, order[0]), arrived(&head, order[1]));
        let (one, two) = tokio::join!(biased; events.record(&first), events.record(&second));
        assert_eq!((one.unwrap(), two.unwrap()), (Recorded::New, Recorded::OtherBody));

        let (kept, units) = stage.units(events.record_variant(&second)).await;
        assert_eq!(kept.unwrap(), Recorded::New);
        assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
        let (again, units) = stage.units(events.record_variant(&second)).await;
        assert_eq!(again.unwrap(), Recorded::Duplicate);
        assert_eq!((units.write, units.calls), (0.0, 1));
        stage.row(TABLE, "order:DH0001", &format!("~{}", body_hash(order[1])));
        assert_eq!(stage.rows(TABLE).len(), 2);
    }
}

#[tokio::test]
async fn of_two_variants_of_one_body_at_once_one_is_new() {
    let stage = Stage::new();
    let (events, head) = (stage.events(), head());
    let variant = arrived(&head, b"{}");
    let (one, two) =
        tokio::join!(biased; events.record_variant(&variant), events.record_variant(&variant));
    assert_eq!((one.unwrap(), two.unwrap()), (Recorded::New, Recorded::Duplicate));
}

#[tokio::test]
async fn the_stream_brings_the_row_as_it_was_stored_however_its_body_is_kept() {
    let long = "chạm ".repeat(50_000).into_bytes();
    let not_text = [0xff, 0x00, 0xfe];
    for body in [PAID, b"", &long, &not_text] {
        let stage = Stage::new();
        let head = head();
        stage.events().record(&arrived(&head, body)).await.unwrap();
        let mut stream =
            StreamReader::from_position(&stage.engine, stage.table(TABLE), None).unwrap().unwrap();
        let records: aws_lambda_events::dynamodb::Event =
            serde_json::from_value(json!({"Records": stream.read()})).unwrap();
        let row = EventRow::from_image(records.records[0].change.new_image.clone()).unwrap();
        assert_eq!((row.body.as_slice(), &row.subject, row.time), (body, &order(), start()));
        assert_eq!((row.stored().received, row.variant), (minute(1), None));
    }
}

#[tokio::test]
async fn a_long_body_is_packed_and_costs_what_it_then_weighs() {
    let stage = Stage::new();
    let (events, head) = (stage.events(), head());
    let long = "chạm ".repeat(50_000).into_bytes();
    let (_, units) = stage.units(events.record(&arrived(&head, &long))).await;
    assert_eq!((units.write, units.calls), (1.0, 1));
    assert!(stage.row(TABLE, "", "")["packed"]["B"].is_string());
    assert_eq!(events.record(&arrived(&head, &long)).await.unwrap(), Recorded::Duplicate);
}

#[tokio::test]
async fn the_largest_body_that_intake_takes_fits_however_little_it_packs() {
    let mut random = Vec::new();
    let mut seed = 1_u32;
    while random.len() < BODY_BYTES_MAX {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random.push(seed.to_be_bytes()[0]);
    }
    let text: String = random.iter().map(|byte| char::from(32 + byte % 95)).collect();
    for body in [random.as_slice(), text.as_bytes()] {
        let stage = Stage::new();
        let (events, head) = (stage.events(), head());
        assert_eq!(events.record(&arrived(&head, body)).await.unwrap(), Recorded::New);
        assert_eq!(events.record(&arrived(&head, body)).await.unwrap(), Recorded::Duplicate);
    }
}

#[tokio::test]
async fn a_hook_may_go_when_its_time_is_over_and_not_before() {
    let stage = Stage::new();
    let head = head();
    let arrived = arrived(&head, PAID);
    stage.events().record(&arrived).await.unwrap();
    let swept_at = |at: Timestamp| {
        stage.engine.set_now(at);
        stage.engine.sweep_ttl().unwrap()
    };
    assert_eq!(swept_at(arrived.keep_until - SignedDuration::from_secs(1)), 0);
    assert_eq!(swept_at(arrived.keep_until + SignedDuration::from_secs(1)), 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let stage = Stage::new();
    let (events, head) = (stage.events(), head());
    events.record(&arrived(&head, PAID)).await.unwrap();
    let key = json!({"pk": "ca-phe-som#order:DH0002", "sk": "1"});
    assert_eq!(events.find(&serde_json::from_value(key).unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_named_by_every_pattern_that_meets_it() {
    let spoiled = [
        ("raw", json!(null)),
        ("packed", json!({"B": "AA=="})),
        ("v", json!({"N": "2"})),
        ("v", json!(null)),
        ("source", json!({"S": "fax"})),
        ("received", json!({"S": "today"})),
        ("received", json!({"N": "99999999999999999"})),
    ];
    for (attribute, value) in spoiled {
        let stage = Stage::new();
        let (events, head) = (stage.events(), head());
        let (plain, variant) = (arrived(&head, PAID), arrived(&head, b"{}"));
        events.record(&plain).await.unwrap();
        events.record_variant(&variant).await.unwrap();
        let key = stage.row(TABLE, "", event_id(1).as_str());
        let sk = key["sk"]["S"].as_str().unwrap();
        let key = json!({"pk": key["pk"]["S"], "sk": sk});
        stage.spoil(TABLE, "", event_id(1).as_str(), attribute, value.clone());
        let variant_ends = format!("~{}", body_hash(b"{}"));
        stage.spoil(TABLE, "", &variant_ends, attribute, value);

        assert_corrupt(events.record(&plain).await, &["ca-phe-som#order:DH0001", sk]);
        assert_corrupt(events.record_variant(&variant).await, &[sk, &variant_ends]);
        let found = events.find(&serde_json::from_value(key).unwrap()).await;
        assert_corrupt(found, &["ca-phe-som#order:DH0001", sk]);
    }
}

#[tokio::test]
async fn an_image_with_a_key_that_is_none_of_ours_is_named() {
    for (pk, sk) in [
        ("ca-phe-som", "1#a"),
        ("ca-phe-som#fax:1", "1#aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("ca-phe-som#order:1", "1"),
        ("ca-phe-som#order:1", "x#aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("ca-phe-som#order:1", "1#a"),
        ("ca-phe-som#order:1", "99999999999999999#aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ] {
        let image = serde_dynamo::to_item(json!({
            "pk": pk, "sk": sk, "v": 1, "source": "sepay", "kind": "payment.received", "received": 1,
            "raw": "{}", "ttl": 1,
        }));
        assert_corrupt(EventRow::from_image(image.unwrap()), &[pk, sk]);
    }
}
