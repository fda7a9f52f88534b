//! When seasons end, and who gets the prizes.

use jiff::Timestamp;

use super::super::{Contest, Prize, Season};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_season_ends_at_midnight_in_vietnam() {
    let dates =
        Season::Dates { from: "2026-02-10".parse().unwrap(), until: "2026-02-28".parse().unwrap() };
    for (season, within, end) in [
        (Season::Month, "2026-11-30T16:59:59Z", Some("2026-11-30T17:00:00Z")),
        (Season::Month, "2026-12-31T16:59:59Z", Some("2026-12-31T17:00:00Z")),
        (Season::Quarter, "2026-11-20T00:00:00Z", Some("2026-12-31T17:00:00Z")),
        (Season::Quarter, "2026-03-31T16:59:59Z", Some("2026-03-31T17:00:00Z")),
        (Season::Year, "2026-01-01T00:00:00Z", Some("2026-12-31T17:00:00Z")),
        (dates, "2026-02-20T00:00:00Z", Some("2026-02-28T17:00:00Z")),
        (dates, "2026-03-01T00:00:00Z", None),
    ] {
        assert_eq!(season.end(at(within)), end.map(at), "{season:?} {within}");
        // One instant before its end it is the same season, and at its end another one or none.
        if let Some(end) = season.end(at(within)) {
            let before = end - jiff::SignedDuration::from_millis(1);
            assert_eq!(season.key(before), season.key(at(within)));
            assert_ne!(season.key(end), season.key(at(within)));
        }
    }
}

#[test]
fn prizes_go_by_rank_and_those_who_came_first_get_what_there_is() {
    let prize = |from, to, reward: &str, stock| Prize {
        rank_from: from,
        rank_to: to,
        reward: reward.to_owned(),
        stock,
    };
    let prizes = vec![prize(1, 1, "gold", 1), prize(2, 3, "cup", 2)];
    let contest = Contest { id: "c".to_owned(), board: "b".to_owned(), prizes };
    let won = |ranks: &[u64]| -> Vec<String> {
        let winners = contest.winners(ranks.to_vec());
        winners.map(|prize| prize.map_or("-".to_owned(), |prize| prize.reward.clone())).collect()
    };
    assert_eq!(won(&[1, 2, 3, 4]), ["gold", "cup", "cup", "-"]);
    // Two share the first rank, and there is one piece; three share the second.
    assert_eq!(won(&[1, 1, 3]), ["gold", "-", "cup"]);
    assert_eq!(won(&[1, 2, 2, 2, 5]), ["gold", "cup", "cup", "-", "-"]);
    assert_eq!(won(&[]), [""; 0]);
    assert_eq!(contest.last_rank(), 3);
}
