//! What is read: how an account stands and stood, its entries, its story.

use serde_json::json;

use crate::setup::{PHONE, Till, account, customer, later};

async fn with_entries(n: i64) -> Till {
    let mut till = Till::new().await;
    for k in 1..=n {
        till.now = later(60 * k);
        let told = till
            .order(&k.to_string(), &format!("{}/earn", account("lan")), json!({"points": 10}))
            .await;
        assert_eq!(told.status, 200, "{told:?}");
    }
    till
}

#[tokio::test]
async fn an_account_is_seen_as_of_any_instant() {
    let till = with_entries(5).await;
    for (second, balance) in [(0, 0), (60, 10), (179, 20), (180, 30), (9_999, 50)] {
        let told = till.get(&format!("{}?at={}", account("lan"), later(second))).await;
        assert_eq!(told.body["balance"], balance, "{second}: {told:?}");
    }
    let nobody = till.get(&account("minh")).await;
    assert_eq!((nobody.status, &nobody.body["balance"]), (200, &json!(0)));
}

#[tokio::test]
async fn entries_come_newest_first_and_page_by_page() {
    let till = with_entries(5).await;
    let mut seen = Vec::new();
    let mut before = String::new();
    loop {
        let told = till.get(&format!("{}/entries?limit=2{before}", account("lan"))).await;
        seen.extend(
            told.body["entries"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()),
        );
        let Some(next) = told.body["before"].as_u64() else { break };
        before = format!("&before={next}");
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let told = till.get(&format!("{}/entries", account("lan"))).await;
    assert_eq!(
        (told.body["entries"].as_array().unwrap().len(), told.body.get("before")),
        (5, None)
    );
    assert_eq!(
        told.body["entries"][0]["legs"],
        json!([{"kind": "earn", "points": 10, "lot": "2027-11"}])
    );
}

#[tokio::test]
async fn a_statement_is_a_file_and_a_story_is_checked() {
    let till = with_entries(3).await;
    till.order("s", &format!("{}/spend", account("lan")), json!({"points": 12})).await;
    let file = till.get(&format!("{}/statement.csv", account("lan"))).await;
    assert_eq!(file.kind, "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (5, "seq,recorded_at,occurred_at,operation,change,balance,legs")
    );
    assert!(lines[4].ends_with(",-12,18,spend 12"), "{}", lines[4]);
    assert_eq!((file.text.matches("\r\n").count(), file.link), (5, None));
    let story = till.get(&format!("{}/explain", account("lan"))).await;
    assert_eq!(story.body["entries_checked"], 4);
    assert_eq!(story.body["books"], json!({"open": 18, "issued": -30, "redeemed": 12}));
    let moves = story.body["lots"][0]["moves"].as_array().unwrap();
    let said: Vec<String> =
        moves.iter().map(|m| format!("{} {} {}", m["entry"], m["kind"], m["points"])).collect();
    assert_eq!(said, ["1 \"earn\" 10", "2 \"earn\" 10", "3 \"earn\" 10", "4 \"spend\" 12"]);
}

#[tokio::test]
async fn a_statement_that_is_too_long_says_where_it_goes_on() {
    let till = with_entries(5).await;
    let (mut query, mut seen) = ("?limit=2".to_owned(), Vec::new());
    for _ in 0..3 {
        let file = till.get(&format!("{}/statement.csv{query}", account("lan"))).await;
        let rows = file.text.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned());
        seen.extend(rows);
        let link = file.link.unwrap_or_default();
        query = link.split(['<', '>']).nth(1).unwrap_or("?first=6").to_owned();
    }
    assert_eq!((seen.join(" ").as_str(), query.as_str()), ("1 2 3 4 5", "?first=6"));
    let after = till.get(&format!("{}/statement.csv?first=6", account("lan"))).await;
    assert_eq!((after.text.lines().count(), after.link), (1, None));
}

#[tokio::test]
async fn a_customer_is_found_by_a_number_that_stands_in_no_path() {
    let till = Till::new().await;
    let lookup = async |identity: &str| {
        till.order("-", "/v1/ca-phe-som/points/lookup", json!({"identity": identity})).await
    };
    let told = lookup(&format!("phone:{PHONE}")).await;
    assert_eq!(told.body["customer"], customer("lan").as_str(), "{told:?}");
    assert_eq!(lookup("phone:+84 912 345 678").await.body, told.body);
    for (identity, status, code) in [
        ("phone:0911111111", 404, "unknown_customer"),
        ("zalo:1:2", 404, "unknown_customer"),
        ("phone:12", 400, "bad_body"),
        ("order:DH0001", 400, "bad_body"),
        ("lan", 400, "bad_body"),
    ] {
        let told = lookup(identity).await;
        assert_eq!((told.status, told.code()), (status, code), "{identity}");
        assert!(!told.text.contains("0911111111"));
    }
}
