use super::*;

const HEAD: &str = "subject,customer,currency,points,expires,ref\n";
const CUSTOMER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

fn pepper() -> Pepper {
    Pepper::new(b"0123456789abcdef").unwrap()
}

fn read(file: impl AsRef<[u8]>) -> Result<Openings, BadSheet> {
    Openings::read(file.as_ref(), &pepper(), 200)
}

/// The only bad row's line and code.
fn wrong(rows: &str) -> (u64, &'static str) {
    let read = read(format!("{HEAD}{rows}")).unwrap();
    assert_eq!(read.bad.len(), 1, "{rows}: {read:?}");
    (read.bad[0].line, read.bad[0].code)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_row_says_whose_how_many_and_until_when() {
    let file = "\u{feff}ref, points ,expires,currency,subject\r\nKH-1,\"1200\",2027-03,diem,phone:+84 912.345.678\r\n\r\n\
                KH-2, 7 ,,xu,ext:pos:123\r\n";
    let rows = read(file).unwrap();
    assert_eq!(rows.bad, []);
    let phone = Phone::parse("0912345678").unwrap();
    let first = &rows.good[0];
    assert_eq!(first.whose, Whose::Subject(Subject::Phone(pepper().key(&phone))));
    assert_eq!((first.line, first.points.get(), first.key().as_str()), (2, 1_200, "import KH-1"));
    assert!(first.canonical().ends_with(" diem 1200 2027-03"), "{}", first.canonical());
    assert_eq!(rows.good[1].line, 4);
    assert_eq!(rows.good[1].canonical(), "opening ext:pos:123 xu 7 -");
    let other = read(format!("{HEAD},{CUSTOMER},diem,1,,r")).unwrap();
    assert_eq!(other.good[0].canonical(), format!("opening customer:{CUSTOMER} diem 1 -"));
}

#[test]
fn a_bad_row_is_said_by_its_line_and_stops_no_other() {
    for (row, code) in [
        ("phone:123,,diem,1,,r", "bad_subject"),
        ("phone:0123456789abcdef0123456789abcdef,,diem,1,,r", "bad_subject"),
        ("order:1,,diem,1,,r", "bad_subject"),
        (",x,diem,1,,r", "bad_customer"),
        (",,diem,1,,r", "nobody"),
        ("ext:pos:1,aaaaaaaaaaaaaaaaaaaaaaaaaa,diem,1,,r", "two_owners"),
        ("ext:pos:1,,ĐIỂM,1,,r", "unknown_currency"),
        ("ext:pos:1,,diem,0,,r", "bad_points"),
        ("ext:pos:1,,diem,-5,,r", "bad_points"),
        ("ext:pos:1,,diem,+5,,r", "bad_points"),
        ("ext:pos:1,,diem,1.5,,r", "bad_points"),
        ("ext:pos:1,,diem,\"1,000\",,r", "bad_points"),
        ("ext:pos:1,,diem,=1+1,,r", "bad_points"),
        ("ext:pos:1,,diem,100000000000,,r", "bad_points"),
        ("ext:pos:1,,diem,99999999999999999999999,,r", "bad_points"),
        ("ext:pos:1,,diem,1,2027-13,r", "bad_month"),
        ("ext:pos:1,,diem,1,01/2027,r", "bad_month"),
        ("ext:pos:1,,diem,1,2027-1,r", "bad_month"),
        ("ext:pos:1,,diem,1,,", "bad_ref"),
        ("ext:pos:1,,diem,1,,a\u{0}b", "bad_character"),
        ("ext:pos:1,,diem,1", "bad_row"),
        ("ext:pos:1,,diem,1,,r,more", "bad_row"),
        ("ext:pos:1,,diem,1,,one", "ref_twice"),
    ] {
        let good = "ext:pos:7,,diem,3,,one\n";
        let after = "ext:pos:8,,diem,3,,two\n";
        let read = read(format!("{HEAD}{good}{row}\n{after}")).unwrap();
        assert_eq!(read.good.len(), 2, "{row}");
        assert_eq!((read.bad[0].line, read.bad[0].code), (3, code), "{row}");
    }
    let long = format!("ext:pos:1,,diem,1,,{}", "x".repeat(49));
    assert_eq!(wrong(&long), (2, "bad_ref"));
}

#[test]
fn a_row_that_is_not_utf8_stops_no_other() {
    let mut file = HEAD.as_bytes().to_vec();
    file.extend(b"ext:pos:1,,diem,1,,\xff\xfe\next:pos:2,,diem,2,,b\n");
    let read = read(file).unwrap();
    assert_eq!((read.bad[0].line, read.bad[0].code), (2, "not_utf8"));
    assert_eq!(read.good[0].line, 3);
}

/// Goal: what stands behind an open quote is neither posted nor passed over in silence.
#[test]
fn a_quote_that_is_not_closed_is_said_and_swallows_nothing_silently() {
    assert_eq!(wrong("ext:pos:1,,diem,1,,\"r\next:pos:2,,diem,2,,s\n"), (2, "several_lines"));
    assert_eq!(wrong("\"ext:pos:1,,diem,1,,r\next:pos:2\",,diem,2,,s\n"), (2, "several_lines"));
}

#[test]
fn a_reference_is_the_same_in_both_ways_of_writing_it() {
    let rows = read(format!("{HEAD}ext:pos:1,,diem,1,,Hải\next:pos:1,,diem,1,,Ha\u{309}i\n"));
    assert_eq!(rows.unwrap().bad[0].code, "ref_twice");
}

#[test]
fn a_file_of_other_columns_or_too_many_rows_is_refused_as_a_whole() {
    for file in [
        "",
        "subject;currency;points;ref\n",
        "subject,currency,points\n",
        "currency,points,ref\n",
        "subject,currency,points,ref,name\n",
        "subject,subject,currency,points,ref\n",
    ] {
        assert_eq!(read(file), Err(BadSheet::Columns), "{file}");
    }
    assert_eq!(read(b"\xff,currency,points,ref\n"), Err(BadSheet::Columns));
    assert_eq!(read(HEAD), Ok(Openings::default()));
    let rows = |n| format!("{HEAD}{}", "x,,diem,1,,r\n".repeat(n));
    assert_eq!(read(rows(200)).unwrap().bad.len(), 200);
    assert_eq!(read(rows(201)), Err(BadSheet::TooManyRows(200)));
}

#[test]
fn the_month_of_the_end_says_when_it_was_earned() {
    let policy = Policy {
        expiry_months: Some(12),
        pending_days: 0,
        debt_allowed: false,
        per_operation_max: None,
        per_day_max: None,
    };
    let now = at("2026-11-20T08:00:00+07:00");
    for (expires, earned) in [
        ("", Ok("2026-11-20T08:00:00+07:00")),
        ("2027-11", Ok("2026-11-01T00:00:00+07:00")),
        ("2027-01", Ok("2026-01-01T00:00:00+07:00")),
        ("2026-10", Ok("2025-10-01T00:00:00+07:00")),
        ("2027-12", Err(BadExpiry::TooLate)),
        ("9999-12", Err(BadExpiry::TooLate)),
    ] {
        let expires = month(expires).unwrap();
        assert_eq!(earned_at(expires, &policy, now), earned.map(at), "{expires:?}");
    }
    let ever = Policy { expiry_months: None, ..policy };
    assert_eq!(earned_at(month("2027-01").unwrap(), &ever, now), Err(BadExpiry::Never));
    assert_eq!(earned_at(None, &ever, now), Ok(now));
    assert!(earned_at(month("0000-01").unwrap(), &policy, now).is_ok());
}
