//! What changes by itself: the clock looks after it.

use domain::points::{Points as Amount, Posting};

use crate::setup::*;

#[tokio::test]
async fn a_lot_that_has_ended_is_posted_by_the_hour_and_a_level_that_was_not_kept_is_lost_in_silence()
 {
    let mut hall = Hall::new().await;
    hall.earn("paid", "lan", 500, start()).await;
    hall.stream(start()).await;
    assert_eq!(hall.level("lan").await, "bac");
    let told = hall.told().len();
    // What was earned in November counts until October, and may be spent until the end of the next November.
    let due = hall.member("lan").await.due_at.unwrap();
    assert_eq!(due.to_string(), "2027-11-30T17:00:00Z");
    hall.tick(days(300)).await;
    assert_eq!(
        hall.points().account(local::demo::state::DEMO, &account("lan")).await.unwrap().seq,
        1
    );
    hall.tick(due).await;
    let account = hall.points().account(local::demo::state::DEMO, &account("lan")).await.unwrap();
    assert_eq!((account.seq, account.tail.balance()), (2, 0));
    assert_eq!(hall.level("lan").await, "member");
    assert_eq!(hall.member("lan").await.due_at, None);
    assert_eq!(hall.told().len(), told, "nobody is told");
    let rows = hall.state.rows();
    hall.tick(due).await;
    hall.stream(due).await;
    assert_eq!(hall.state.rows(), rows);
}

#[tokio::test]
async fn a_hold_that_nobody_captures_is_due_at_its_end() {
    let mut hall = Hall::new().await;
    hall.earn("paid", "lan", 50, start()).await;
    let (amount, until) = (Amount::new(20).unwrap(), days(2));
    hall.post("held", "lan", Posting::Hold { amount, until }, start()).await;
    hall.stream(start()).await;
    assert_eq!(hall.member("lan").await.due_at, Some(until));
    hall.tick(until).await;
    let account = hall.points().account(local::demo::state::DEMO, &account("lan")).await.unwrap();
    assert_eq!((account.tail.holds.len(), account.tail.open().get()), (0, 50));
}
