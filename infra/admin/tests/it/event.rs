//! Events that come as a file.

use admin::event::{Import, import};
use jiff::SignedDuration;

use crate::setup::{TENANT, demo, engine, lan, minute, refusal, stage};

fn asked(kind: &str) -> Import<'_> {
    Import {
        tenant: TENANT,
        kind,
        name: "old",
        at: Some(minute(0)),
        skip_bad: false,
        keep_for: SignedDuration::from_hours(1),
    }
}

async fn applied(engine: &testkit::engine::Engine) -> admin::stage::Stage {
    let stage = stage(engine);
    let all = admin::tenant::Activate::All;
    admin::tenant::apply(&stage.tenants, &demo(), &all, &lan(0)).await.unwrap();
    stage
}

#[tokio::test]
async fn an_import_goes_on_where_it_stopped_and_tells_what_is_known_otherwise() {
    let engine = engine();
    let stage = applied(&engine).await;
    let file = |n: usize, score: u8| {
        let rows = (0..n).map(|n| format!("r{n},0912345678,{score}\n"));
        format!("id,phone,score:number\n{}", rows.collect::<String>())
    };
    let mut heard = Vec::new();
    let kind = asked("review.received");
    let first = import(&stage, file(1_200, 5).as_bytes(), &kind, minute(1), |_, _| {}).await;
    assert_eq!(
        first.unwrap(),
        ["ca-phe-som: 1200 review.received added, 0 known, 0 known otherwise, 0 bad"]
    );
    let progress = |done, all| heard.push((done, all));
    let second = import(&stage, file(1_500, 5).as_bytes(), &kind, minute(2), progress).await;
    assert_eq!(
        second.unwrap(),
        ["ca-phe-som: 300 review.received added, 1200 known, 0 known otherwise, 0 bad"]
    );
    assert_eq!(heard, [(1_000, 1_500), (1_500, 1_500)]);
    let other = import(&stage, file(1, 4).as_bytes(), &kind, minute(3), |_, _| {}).await.unwrap();
    insta::assert_snapshot!(other.join("\n"), @r"
    line 2: was imported before and said something else, which stays (id_conflict)
    ca-phe-som: 0 review.received added, 0 known, 1 known otherwise, 0 bad
    ");
    assert_eq!(engine.scan_all("cham-dev-events").unwrap().len(), 1_500);
}

#[tokio::test]
async fn nothing_of_a_file_with_bad_rows_is_imported_unless_they_are_to_be_skipped() {
    let engine = engine();
    let stage = applied(&engine).await;
    let file = b"id,phone,time\na,0912345678,\nb,12,\nc,0912345678,gestern\n,0912345678,\n";
    let refused = import(&stage, file, &asked("review.received"), minute(1), |_, _| {}).await;
    insta::assert_snapshot!(refusal(refused), @r"
    line 3: `data.phone` is not a Vietnamese phone number (phone_invalid)
    line 4: the time must be RFC 3339 with an offset (time_invalid)
    line 5: `id` has 1 to 100 characters (bad_id)
    nothing was imported; mend these lines, or say --skip-bad
    ");
    assert_eq!(engine.scan_all("cham-dev-events").unwrap().len(), 0);
    let skipping = Import { skip_bad: true, ..asked("review.received") };
    let lines = import(&stage, file, &skipping, minute(1), |_, _| {}).await.unwrap();
    assert!(lines.last().unwrap().contains("1 review.received added"), "{lines:?}");
    // What only Cham derives cannot be brought in.
    let own = import(&stage, b"id\na\n", &asked("survey.answered"), minute(1), |_, _| {}).await;
    assert!(refusal(own).contains("type_reserved"));
    let none = import(&stage, b"score\n1\n", &asked("a.b"), minute(1), |_, _| {}).await;
    assert!(refusal(none).contains("bad_columns"));
}
