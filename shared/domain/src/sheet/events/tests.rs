use super::*;

fn read(file: &str) -> EventRows {
    EventRows::read(
        file.as_bytes(),
        "review.received",
        "csv:reviews",
        Some("2026-11-20T09:00:00Z"),
        100,
    )
    .unwrap_or_else(|bad| panic!("{bad}"))
}

fn body(row: &EventRow) -> Value {
    serde_json::from_slice(&row.body).unwrap()
}

#[test]
fn a_row_is_the_event_that_the_business_would_send() {
    let rows = read(
        "id,time,phone,score:number,text,empty\nr1,2026-11-20T08:00:00+07:00,0912345678,5,\"ngon, rẻ\nsẽ quay lại\",\nr2,,,-1,,\n",
    );
    assert!(rows.bad.is_empty());
    assert_eq!(
        rows.good.iter().map(body).collect::<Vec<_>>(),
        [
            json!({
                "specversion": "1.0", "type": "review.received", "source": "csv:reviews", "id": "r1",
                "time": "2026-11-20T08:00:00+07:00",
                "data": {"phone": "0912345678", "score": 5, "text": "ngon, rẻ\nsẽ quay lại"},
            }),
            json!({
                "specversion": "1.0", "type": "review.received", "source": "csv:reviews", "id": "r2",
                "time": "2026-11-20T09:00:00Z", "data": {"score": -1},
            }),
        ]
    );
    assert_eq!(rows.good.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn a_bad_row_is_said_by_its_line_and_stops_no_other() {
    let many = "x\n".repeat(30);
    let rows = read(&format!("id,score:number\na,1\n,2\nb,05\nc,1.5\na,3\nd\n\"{many}\",1\ne,\n"));
    let bad: Vec<(u64, &str)> = rows.bad.iter().map(|row| (row.line, row.code)).collect();
    assert_eq!(
        bad,
        [
            (3, "bad_id"),
            (4, "bad_number"),
            (5, "bad_number"),
            (6, "id_twice"),
            (7, "bad_row"),
            (8, "several_lines"),
        ]
    );
    let good: Vec<Value> = rows.good.iter().map(|row| body(row)["id"].clone()).collect();
    assert_eq!(good, ["a", "e"]);
}

#[test]
fn a_file_of_other_columns_or_too_many_rows_is_refused_as_a_whole() {
    for header in [
        "",
        "score\n",
        "id,id\n",
        "id,Điểm\n",
        "id:number\n",
        "id,time:number\n",
        "id,a,a:number\n",
    ] {
        let refused = EventRows::read(header.as_bytes(), "a.b", "csv:x", None, 9).err();
        assert_eq!(refused, Some(BadSheet::EventColumns), "{header}");
    }
    let two = EventRows::read(b"id\na\nb\n", "a.b", "csv:x", None, 1).err();
    assert_eq!(two, Some(BadSheet::TooManyRows(1)));
}

#[test]
fn what_nobody_says_the_time_of_is_refused() {
    let rows = EventRows::read(b"id,time\na,2026-11-20T08:00:00Z\nb,\n", "a.b", "csv:x", None, 9);
    let bad: Vec<_> = rows.ok().unwrap().bad.into_iter().map(|row| (row.line, row.code)).collect();
    assert_eq!(bad, [(3, "no_time")]);
}
