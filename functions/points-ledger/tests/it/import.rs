//! Opening balances from a file: each row once, and every row answered.

use domain::{
    event::{Identity, Strength},
    subject::Subject,
};
use serde_json::{Value, json};
use testkit::fault::Fault;

use crate::setup::{DEMO_IMPORTS as IMPORTS, KEY, PHONE, Till, Told, account, customer, later};

async fn send(till: &Till, kind: &str, file: &str) -> Told {
    let headers = json!({"authorization": format!("Bearer {KEY}"), "content-type": kind});
    till.ask("POST", IMPORTS, headers, Some(file.to_owned())).await
}

/// What a file came to.
async fn import(till: &Till, file: &str) -> Value {
    let told = send(till, "text/csv; charset=utf-8", file).await;
    assert_eq!(told.status, 200, "{told:?}");
    told.body
}

fn file() -> String {
    let minh = customer("minh");
    format!(
        "\u{feff}subject,customer,currency,points,expires,ref\r\n\
         phone:+84 912 345 678,,diem,1200,2027-03,KH-1\r\n\
         ,{minh},diem,\"70\",,\"KH,2\"\r\n"
    )
}

fn rows_of(till: &Till) -> usize {
    till.state.rows_of(&till.state.table("POINTS_TABLE")).len()
}

#[tokio::test]
async fn a_file_is_posted_once_however_often_it_is_sent() {
    let mut till = Till::new().await;
    let first = import(&till, &file()).await;
    assert_eq!(first, json!({"posted": 2, "repeated": 0, "refused": []}));
    let rows = rows_of(&till);
    // The second time months later, when what lives a year would end in another month.
    till.now = later(200 * 24 * 3_600);
    let second = import(&till, &file()).await;
    assert_eq!(second, json!({"posted": 0, "repeated": 2, "refused": []}));
    assert_eq!(rows_of(&till), rows);
    till.now = later(0);
    let lan = till.get(&format!("{}/explain", account("lan"))).await;
    assert_eq!(lan.body["lots"][0]["lot"], "2027-03");
    assert_eq!(lan.body["lots"][0]["points"], 1_200);
    let minh = till.get(&format!("{}/explain", account("minh"))).await;
    assert_eq!(
        (&minh.body["lots"][0]["lot"], &minh.body["available"]),
        (&json!("2027-11"), &json!(70))
    );
    let entries = till.get(&format!("{}/entries", account("lan"))).await;
    let operation = entries.body["entries"][0]["operation"].as_str().unwrap();
    let told = till.get(&format!("/v1/ca-phe-som/points/operations/{operation}")).await;
    assert_eq!(told.body["cause"]["reason"], "opening balance");
    assert_eq!(told.body["cause"]["actor"], "quay");
}

#[tokio::test]
async fn another_row_under_the_same_reference_is_refused_and_the_first_stands() {
    let till = Till::new().await;
    import(&till, &file()).await;
    for change in
        [("1200", "1201"), ("2027-03", "2027-04"), ("912 345", "987 654"), ("2027-03", "2030-01")]
    {
        let changed =
            import(&till, &file().replace(change.0, change.1).replace("654 678", "654 321")).await;
        assert_eq!(changed["repeated"], 1, "{change:?}");
        assert_eq!(changed["refused"][0]["code"], "operation_with_other_body", "{change:?}");
        assert_eq!(changed["refused"][0]["line"], 2);
    }
    assert_eq!(till.get(&account("lan")).await.body["available"], 1_200);
    assert_eq!(till.get(&account("minh")).await.body["available"], 70);
}

#[tokio::test]
async fn a_bad_row_stops_no_other_and_each_is_answered() {
    let till = Till::new().await;
    let rows = [
        (format!("phone:{PHONE},diem,5,,a"), None),
        ("phone:0911111111,diem,5,,b".to_owned(), Some("unknown_customer")),
        ("ext:pos:123,diem,5,,c".to_owned(), Some("unknown_customer")),
        (format!("phone:{PHONE},xu,5,,d"), Some("unknown_currency")),
        (format!("phone:{PHONE},diem,-5,,e"), Some("bad_points")),
        (format!("phone:{PHONE},diem,100000000000,,f"), Some("bad_points")),
        (format!("phone:{PHONE},diem,=2+3,,g"), Some("bad_points")),
        (format!("phone:{PHONE},diem,5,2027-12,h"), Some("expires_too_late")),
        (format!("phone:{PHONE},diem,5,2026-10,i"), Some("expired_on_arrival")),
        (format!("phone:{PHONE},diem,5,,a"), Some("ref_twice")),
        (format!("phone:{PHONE},diem,9999999999,,j"), Some("too_much")),
        (format!("phone:{PHONE},diem,7,,=cmd|' /C calc'!A0"), None),
        (format!("phone:{PHONE},diem,11,,Ha\u{309}i"), None),
        (format!("phone:{PHONE},diem,11,,Hải"), Some("ref_twice")),
        (format!("phone:{PHONE},diem,9,,\"open"), Some("several_lines")),
        (format!("phone:{PHONE},diem,9,,swallowed"), None),
    ];
    let lines: Vec<&str> = rows.iter().map(|(row, _)| row.as_str()).collect();
    let told =
        import(&till, &format!("subject,currency,points,expires,ref\n{}\n", lines.join("\n")))
            .await;
    let found: Vec<(u64, &str)> = told["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["line"].as_u64().unwrap(), row["code"].as_str().unwrap()))
        .collect();
    let wanted: Vec<(u64, &str)> =
        rows.iter().zip(2..).filter_map(|((_, code), line)| Some((line, (*code)?))).collect();
    assert_eq!(found, wanted);
    assert_eq!(told["posted"], 3);
    assert_eq!(till.get(&account("lan")).await.body["available"], 23);
    assert!(!told.to_string().contains("0911111111"), "{told}");
}

#[tokio::test]
async fn another_systems_id_leads_to_its_owner() {
    let till = Till::new().await;
    let customers = till.customers();
    let pos = Subject::parse("ext:pos:123").unwrap();
    let pepper = local::demo::state::secrets().pepper().unwrap();
    let phone = domain::phone::Phone::parse(PHONE).unwrap();
    let mut thing = customers.thing("ca-phe-som", &pos).await.unwrap();
    thing.owner = Some(Subject::Phone(pepper.key(&phone)));
    customers.save_thing("ca-phe-som", &pos, &thing).await.unwrap();
    // A number that somebody only claims leads nowhere.
    let claimed = domain::phone::Phone::parse("0922222222").unwrap();
    let identity = Identity { subject: Subject::Phone(pepper.key(&claimed)), phone: Some(claimed) };
    let minh = customer("minh");
    customers.link_first("ca-phe-som", &identity, &minh, Strength::Claimed).await.unwrap();
    let rows = "subject,currency,points,ref\next:pos:123,diem,5,a\nphone:0922222222,diem,5,b\n";
    let told = import(&till, rows).await;
    assert_eq!(
        (&told["posted"], &told["refused"][0]["code"]),
        (&json!(1), &json!("unknown_customer"))
    );
    assert_eq!(till.get(&account("lan")).await.body["available"], 5);
}

#[tokio::test]
async fn what_is_no_file_of_balances_posts_nothing() {
    let mut till = Till::new().await;
    let rows = |n: usize| {
        let rows: Vec<String> = (0..n).map(|n| format!("phone:{PHONE},diem,1,{n}\n")).collect();
        format!("subject,currency,points,ref\n{}", rows.concat())
    };
    for (kind, file, status, code) in [
        ("application/json", file(), 415, "not_csv"),
        ("", file(), 415, "not_csv"),
        ("text/csv; charset=windows-1258", file(), 415, "not_csv"),
        ("text/csv", String::new(), 400, "bad_columns"),
        ("text/csv", "subject;currency;points;ref\n".to_owned(), 400, "bad_columns"),
        ("text/csv", file().replace("expires", "until"), 400, "bad_columns"),
        ("text/csv", rows(201), 400, "too_many_rows"),
        ("text/csv", rows(1) + &"x".repeat(20_000), 413, "body_too_large"),
    ] {
        let told = send(&till, kind, &file).await;
        assert_eq!((told.status, told.code()), (status, code), "{kind} {file:.80}");
    }
    till.put_key(KEY, &["points:read", "points:write"]).await;
    assert_eq!(send(&till, "text/csv", &file()).await.code(), "out_of_scope");
    assert_eq!(rows_of(&till), 0);
    // As many as a file may have, all at one account.
    till = Till::new().await;
    let told = import(&till, &rows(200)).await;
    assert_eq!(told, json!({"posted": 200, "repeated": 0, "refused": []}));
    assert_eq!(till.get(&account("lan")).await.body["available"], 200);
}

/// Goal: bytes that are not UTF-8 come through API Gateway as base64, and spoil their own row only.
#[tokio::test]
async fn a_row_that_is_not_utf8_stops_no_other() {
    let till = Till::new().await;
    let mut bytes = format!("subject,currency,points,ref\nphone:{PHONE},diem,5,").into_bytes();
    bytes.extend(b"\xd0\xff\n");
    bytes.extend(format!("phone:{PHONE},diem,6,ok\n").as_bytes());
    let told = till
        .ask_event(json!({
            "version": "2.0", "routeKey": "POST /v1/{tenant}/points/imports", "rawPath": IMPORTS,
            "rawQueryString": "", "pathParameters": {"tenant": "ca-phe-som"},
            "headers": {"authorization": format!("Bearer {KEY}"), "content-type": "text/csv"},
            "requestContext": {"stage": "$default", "domainName": "abc.execute-api.example",
                "http": {"method": "POST", "path": IMPORTS, "protocol": "HTTP/1.1"}},
            "body": data_encoding::BASE64.encode(&bytes), "isBase64Encoded": true,
        }))
        .await;
    assert_eq!(told.body["posted"], 1, "{told:?}");
    assert_eq!(told.body["refused"][0]["code"], "not_utf8");
}

/// Goal: an import that dies in the middle says of every row whether it is posted, and the same file again posts the rest.
#[tokio::test]
async fn what_the_database_did_not_take_is_said_and_the_same_file_goes_on() {
    let till = Till::new().await;
    let rows: String = (0..40).map(|n| format!("phone:{PHONE},diem,1,{n}\n")).collect();
    let file = format!("subject,currency,points,ref\n{rows}");
    (60..100).for_each(|nth| till.state.faults.plan(nth, Fault::TimeoutWithoutEffect));
    let told = import(&till, &file).await;
    let refused = told["refused"].as_array().unwrap();
    assert!(refused.iter().all(|row| row["code"] == "try_again"), "{told}");
    let (posted, refused) = (told["posted"].as_u64().unwrap(), refused.len() as u64);
    assert!(posted > 0 && refused > 0 && posted + refused == 40, "{told}");
    let mut last = told;
    for _ in 0..20 {
        last = send(&till, "text/csv", &file).await.body;
        if last["refused"] == json!([]) {
            break;
        }
    }
    assert_eq!(
        last,
        json!({"posted": last["posted"], "repeated": last["repeated"], "refused": []})
    );
    assert_eq!(last["posted"].as_u64().unwrap() + last["repeated"].as_u64().unwrap(), 40);
    assert_eq!(till.get(&account("lan")).await.body["available"], 40);
}
