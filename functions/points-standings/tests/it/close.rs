//! Contests: who has won is told a day after the season, once.

use domain::points::programme::Programme;
use local::demo::state;
use serde_json::Value;

use crate::setup::*;

impl Hall {
    /// The demo's programme with a contest for its board.
    async fn with_a_contest(&mut self) {
        let programme = local::demo::Business::demo().unwrap().programme.unwrap();
        let contest = "
contests:
  - id: november
    board: top-month
    prizes:
      - {rank_from: 1, rank_to: 1, reward: cup, stock: 1}
      - {rank_from: 2, rank_to: 3, reward: ten-percent, stock: 1}
";
        let programme = programme + contest;
        Programme::read(&programme).unwrap();
        let mut rules = state::rules("[]", start());
        rules.programme = Some(programme);
        self.state.apply(&state::tenant(), &state::secrets(), rules).await;
    }

    /// Who has won what: rank, reward.
    fn won(&self) -> Vec<(u64, String)> {
        let rows = self.state.rows_of(&self.state.table("EVENTS_TABLE"));
        let won = rows.iter().filter(|row| row["kind"]["S"] == "contest.won");
        let mut won: Vec<(u64, String)> = won
            .map(|row| {
                let body: Value = serde_json::from_str(row["raw"]["S"].as_str().unwrap()).unwrap();
                let reward = body["data"]["reward"].as_str().unwrap().to_owned();
                (body["data"]["rank"].as_u64().unwrap(), reward)
            })
            .collect();
        won.sort();
        won
    }
}

#[tokio::test]
async fn the_first_of_a_season_are_told_of_their_prizes_a_day_after_it_and_once() {
    let mut hall = Hall::new().await;
    hall.with_a_contest().await;
    for (n, (name, points)) in
        [("lan", 300), ("minh", 200), ("hoa", 200), ("tam", 20)].into_iter().enumerate()
    {
        hall.earn(&n.to_string(), name, points, start()).await;
        hall.stream(start()).await;
    }
    let end: jiff::Timestamp = "2026-11-30T17:00:00Z".parse().unwrap();
    hall.tick(end).await;
    assert_eq!(hall.won(), [], "not yet: the last evening is still under way");
    let day = end + jiff::SignedDuration::from_hours(24);
    hall.tick(day).await;
    let won = [(1, "cup".to_owned()), (2, "ten-percent".to_owned())];
    assert_eq!(hall.won(), won, "one piece for the second rank, and the first to reach it has it");
    hall.tick(day + jiff::SignedDuration::from_hours(1)).await;
    assert_eq!(hall.won(), won);
    assert_eq!(hall.standings().closing(days(400)).await.unwrap(), []);
}

#[tokio::test]
async fn a_board_without_a_contest_is_never_looked_at() {
    let mut hall = Hall::new().await;
    hall.earn("a", "lan", 300, start()).await;
    hall.stream(start()).await;
    assert_eq!(hall.standings().closing(days(400)).await.unwrap(), []);
    assert_eq!(hall.won(), []);
    assert_eq!(hall.level("lan").await, "member");
}
