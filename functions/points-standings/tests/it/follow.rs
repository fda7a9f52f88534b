//! What entries make of a member, however their records come.

use serde_json::json;

use crate::setup::*;

#[tokio::test]
async fn a_level_that_is_reached_becomes_one_event_however_often_its_record_comes() {
    let mut hall = Hall::new().await;
    hall.earn("paid", "lan", 350, start()).await;
    hall.stream(start()).await;
    assert_eq!((hall.level("lan").await.as_str(), hall.told()), ("member", vec![]));
    hall.earn("stars", "lan", 50, start()).await;
    let batch = hall.stream(start()).await;
    assert_eq!(
        (hall.level("lan").await.as_str(), hall.told()),
        ("bac", vec!["tier.upgraded".to_owned()])
    );
    let rows = hall.state.rows();
    hall.bring(&batch, days(1)).await;
    assert_eq!(hall.state.rows(), rows);
    assert_eq!(hall.board().await, [400]);
}

#[tokio::test]
async fn records_that_come_late_or_never_are_made_good_by_the_next() {
    let mut hall = Hall::new().await;
    for n in 0..5 {
        hall.earn(&format!("paid {n}"), "lan", 100, start()).await;
    }
    let batch = hall.state.batch(FUNCTION);
    let records = batch["Records"].as_array().unwrap();
    assert_eq!(records.len(), 5);
    hall.bring(&json!({"Records": [records[3]]}), start()).await;
    assert_eq!(hall.member("lan").await.member.applied, 5, "all that stands is read");
    let rows = hall.state.rows();
    hall.bring(&batch, start()).await;
    assert_eq!(hall.state.rows(), rows);
    assert_eq!((hall.told().len(), hall.board().await), (1, vec![500]));
}

#[tokio::test]
async fn a_member_moves_on_the_board_and_is_never_on_it_twice() {
    let mut hall = Hall::new().await;
    for (n, (name, amount)) in
        [("lan", 10), ("minh", 20), ("hoa", 30), ("lan", 25), ("minh", 5)].into_iter().enumerate()
    {
        hall.earn(&n.to_string(), name, amount, start()).await;
        hall.stream(start()).await;
    }
    assert_eq!(hall.board().await, [35, 30, 25]);
}

#[tokio::test]
async fn a_record_that_names_no_account_is_listed_and_the_next_goes_on() {
    let mut hall = Hall::new().await;
    hall.earn("paid", "lan", 10, start()).await;
    let mut batch = hall.state.batch(FUNCTION);
    let good = batch["Records"][0].clone();
    batch["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = json!("ca-phe-som#nobody");
    batch["Records"].as_array_mut().unwrap().push(good);
    hall.bring(&batch, start()).await;
    assert_eq!(hall.member("lan").await.member.applied, 1);
    let stuck = hall.state.rows_of(&hall.state.table("CUSTOMERS_TABLE"));
    let is_stuck = |row: &&serde_json::Value| row["pk"]["S"] == "ca-phe-som#stuck";
    assert_eq!(stuck.iter().filter(is_stuck).count(), 1);
}

#[tokio::test]
async fn the_stream_brings_entries_and_no_operations() {
    let mut hall = Hall::new().await;
    hall.earn("paid", "lan", 10, start()).await;
    assert_eq!(hall.state.rows_of(&hall.state.table("POINTS_TABLE")).len(), 2);
    assert_eq!(hall.state.batch(FUNCTION)["Records"].as_array().unwrap().len(), 1);
}
