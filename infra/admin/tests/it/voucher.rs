//! Importing codes.

use admin::voucher::{Codes, import, read};

use crate::setup::{TENANT, engine, refusal, stage};

fn codes(n: std::ops::Range<usize>) -> Codes {
    let lines: String = n.map(|n| format!("SOM-{n:05}\n")).collect();
    read(format!("code\n{lines}").as_bytes()).unwrap()
}

#[tokio::test]
async fn an_import_tells_how_far_it_is_and_the_next_one_goes_on_where_it_stopped() {
    let engine = engine();
    let rewards = stage(&engine).rewards;
    // As if the first import had died after 1,200 codes.
    let first = import(&rewards, TENANT, "tet", &codes(0..1_200), false, |_, _| {}).await.unwrap();
    assert_eq!(first, ["ca-phe-som/tet: 1200 added, 0 known, 0 bad"]);
    for said in ["1300 added, 1200 known, 0 bad", "0 added, 2500 known, 0 bad"] {
        let mut heard = Vec::new();
        let progress = |done, all| heard.push((done, all));
        let lines =
            import(&rewards, TENANT, "tet", &codes(0..2_500), false, progress).await.unwrap();
        assert_eq!(lines, [format!("ca-phe-som/tet: {said}")]);
        assert_eq!(heard, [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]);
        assert_eq!(engine.scan_all("cham-dev-rewards").unwrap().len(), 2_500);
    }
}

#[tokio::test]
async fn nothing_of_a_file_with_bad_lines_is_imported_unless_they_are_to_be_skipped() {
    let engine = engine();
    let rewards = stage(&engine).rewards;
    let long = "x".repeat(41);
    let file = format!("code\nGOOD-1\nTWO WORDS\n\"\"\n{long}\na,b\n  GOOD-2 \nGOOD-1\nA#B\n");
    let codes = read(file.as_bytes()).unwrap();
    insta::assert_snapshot!(refusal(
        import(&rewards, TENANT, "tet", &codes, false, |_, _| {}).await
    ));
    assert_eq!(engine.scan_all("cham-dev-rewards").unwrap().len(), 0);
    let lines = import(&rewards, TENANT, "tet", &codes, true, |_, _| {}).await.unwrap();
    assert_eq!(lines.last().unwrap(), "ca-phe-som/tet: 2 added, 1 known, 5 bad");
    assert_eq!(engine.scan_all("cham-dev-rewards").unwrap().len(), 2);
}

#[test]
fn a_file_of_other_columns_or_no_text_is_refused_with_its_line() {
    let said: Vec<String> =
        [&b"code,price\nA,1\n"[..], b"voucher\nA\n", b"", b"code\nA\n\xff\xfe\n"]
            .into_iter()
            .map(|file| refusal(read(file)))
            .collect();
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(read(&b"\xef\xbb\xbfcode\r\nA\r\n"[..]).unwrap().good.len(), 1);
}
