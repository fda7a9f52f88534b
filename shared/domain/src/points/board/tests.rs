//! The tree against a sorted list, and what many at once have to wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::*;
use crate::points::tests::{Chance, account, points};

/// A tree in memory: the counts of every node that was touched.
#[derive(Default)]
struct Tree(BTreeMap<Node, BTreeMap<u8, i64>>);

impl Tree {
    fn apply(&mut self, deltas: &[Delta]) {
        for delta in deltas {
            let node = self.0.entry(delta.node).or_default();
            for (child, by) in [(delta.less, -1), (delta.more, 1)] {
                let Some(child) = child else { continue };
                let count = node.entry(child).or_default();
                *count += by;
                assert!(*count >= 0, "{} {child}", delta.node);
            }
        }
    }

    fn rank(&self, score: Score) -> Rank {
        let counts = Path::of(score).nodes().map(|node| {
            let mut counts = Counts::default();
            for (child, count) in self.0.get(&node).into_iter().flatten() {
                counts.add(*child, u64::try_from(*count).unwrap());
            }
            counts
        });
        rank_from(&counts, score)
    }
}

fn score(n: u64) -> Score {
    Score::new(points(n)).unwrap()
}

/// Scores as boards have them: many alike and small, few large, and now and then one at an edge of the tree.
fn some_score(chance: &mut Chance) -> Option<Score> {
    let n = match chance.below(10) {
        0 => 0,
        1 => chance.one_of(&[1, 100, 101, 10_000, 10_001, 1_000_000, POINTS_MAX - 1, POINTS_MAX]),
        2..=5 => chance.below(60),
        6 | 7 => chance.below(3_000),
        8 => chance.below(2_000_000),
        _ => chance.below(POINTS_MAX + 1),
    };
    Score::new(points(n))
}

/// Goal: ranks, ties and sums are those of a sorted list, whatever has happened before. Method: random histories from fixed seeds, of
/// few members who move often and of five thousand; every rank is asked for again and again.
#[test]
fn a_rank_is_that_of_a_sorted_list_after_any_history() {
    for (seed, members, steps) in [(1, 3, 400), (2, 40, 2_000), (3, 500, 5_000), (4, 5_000, 12_000)]
    {
        let (mut chance, mut tree) = (Chance(seed), Tree::default());
        let mut scores: Vec<Option<Score>> = vec![None; members];
        for step in 1..=steps {
            let at = usize::try_from(chance.below(members as u64)).unwrap();
            let new = some_score(&mut chance);
            let changed = deltas(scores[at], new);
            assert!(changed.len() <= DELTAS_MAX);
            tree.apply(&changed);
            scores[at] = new;
            if step % (steps / 4) != 0 {
                continue;
            }
            let mut sorted: Vec<Score> = scores.iter().copied().flatten().collect();
            sorted.sort_unstable();
            sorted.reverse();
            let asked: Vec<Score> = (0..50).filter_map(|_| some_score(&mut chance)).collect();
            for score in sorted.iter().chain(&asked) {
                let above = sorted.partition_point(|other| other > score);
                let not_below = sorted.partition_point(|other| other >= score);
                let expected = Rank {
                    rank: above as u64 + 1,
                    tied: (not_below - above) as u64,
                    of: sorted.len() as u64,
                };
                assert_eq!(tree.rank(*score), expected, "seed {seed}, {score:?}");
            }
        }
        // All leave, and nothing is left.
        scores.iter().for_each(|score| tree.apply(&deltas(*score, None)));
        assert!(tree.0.values().flat_map(BTreeMap::values).all(|count| *count == 0));
    }
}

#[test]
fn a_change_touches_the_nodes_from_the_first_different_digit_on() {
    for (old, new, nodes) in [
        (None, None, 0),
        (None, Some(1), 5),
        (Some(POINTS_MAX), None, 5),
        (Some(7), Some(7), 0),
        (Some(7), Some(8), 1),
        (Some(100), Some(101), 3),
        (Some(1_250), Some(1_480), 3),
        (Some(10_000), Some(10_001), 5),
        (Some(1_000_000), Some(1_000_001), 7),
        (Some(100_000_000), Some(100_000_001), 9),
        (Some(1), Some(POINTS_MAX), 9),
    ] {
        let changed = deltas(old.map(score), new.map(score));
        assert_eq!(changed.len(), nodes, "{old:?} {new:?}");
        let touched: BTreeSet<Node> = changed.iter().map(|delta| delta.node).collect();
        assert_eq!(touched.len(), nodes, "each node once");
    }
}

#[test]
fn nodes_print_the_digits_that_lead_to_them() {
    let nodes = Path::of(score(1_234_568)).nodes().map(|node| node.to_string());
    assert_eq!(nodes, ["r", "r00", "r0001", "r000123", "r00012345"]);
    let last = Path::of(score(POINTS_MAX)).nodes().map(|node| node.to_string());
    assert_eq!(last[4], "r99999999");
}

fn place(n: u64, ms: i64, name: &str) -> Place {
    let reached_at = Timestamp::from_millisecond(ms).unwrap();
    Place { score: score(n), reached_at, account: account(name).id }
}

#[test]
fn places_order_by_score_then_by_who_came_first_and_print_in_that_order() {
    let mut chance = Chance(5);
    let mut places: Vec<Place> = (0..500)
        .map(|n| {
            let ms = chance.one_of(&[0, 999, 1_795_137_600_000, 1_795_137_600_001]);
            place(some_score(&mut chance).map_or(1, Score::get), ms, &(n % 90).to_string())
        })
        .collect();
    places.sort();
    let texts: Vec<String> = places.iter().map(Place::to_string).collect();
    assert!(texts.is_sorted());
    assert!(
        places.iter().zip(&texts).all(|(place, text)| Place::parse(text) == Some(place.clone()))
    );
    assert!(place(10, 5, "a") < place(9, 1, "a") && place(9, 1, "a") < place(9, 2, "a"));
    let id = account("a").id;
    let text = place(1, 0, "a").to_string();
    assert_eq!(text, format!("09999999999#0000000000000#{id}"));
    for bad in
        ["", "1", "x#y#z", &text[1..], &format!("{text}!"), &text.replacen("0999", "1999", 1)]
    {
        assert_eq!(Place::parse(bad), None, "{bad}");
    }
    let zero = format!("{POINTS_MAX:011}#0000000000000#{id}");
    assert_eq!(Place::parse(&zero), None, "nobody stands on a board with nothing");
}

#[test]
fn who_keeps_a_score_keeps_the_time_at_which_it_was_reached() {
    let (first, later) = (place(9, 1, "a"), Timestamp::from_millisecond(2).unwrap());
    assert_eq!(first.clone().told(score(9), later), first);
    assert_eq!(first.told(score(8), later), place(8, 2, "a"));
}

/// The ranks of any stretch of a list, begun anywhere, are those of the whole.
#[test]
fn a_ladder_counts_the_ranks_of_any_stretch_of_the_list() {
    let mut chance = Chance(6);
    for _ in 0..50 {
        let mut list: Vec<Score> = (0..40).map(|_| score(1 + chance.below(12))).collect();
        list.sort_unstable();
        list.reverse();
        let rank = |score: Score| list.partition_point(|other| *other > score) as u64 + 1;
        let tied = |score: Score| list.iter().filter(|other| **other == score).count() as u64;
        for begin in 0..list.len() {
            let first = list[begin];
            let read = Rank { rank: rank(first), tied: tied(first), of: 40 };
            let mut ladder = Ladder::at(first, read);
            list[begin..].iter().for_each(|score| assert_eq!(ladder.next(*score), rank(*score)));
        }
        // By pages of seven.
        let mut ladder = Ladder::top();
        for page in list.chunks(7) {
            page.iter().for_each(|score| assert_eq!(ladder.next(*score), rank(*score)));
            ladder = Ladder::from(page[page.len() - 1], ladder.so_far());
        }
    }
}

#[test]
fn boards_and_shown_names_are_read_back_and_nothing_else_is() {
    let board = BoardId::new("thang", "2026-11").unwrap();
    assert_eq!(board.to_string(), "thang.2026-11");
    assert_eq!(BoardId::parse("thang.2026-11"), Some(board));
    let long = "a".repeat(25);
    for bad in ["", ".", "thang", "Thang.1", "a.b.c", "a#b.c", "a.", ".a", &format!("{long}.a")] {
        assert_eq!(BoardId::parse(bad), None, "{bad}");
    }
    for (raw, shown) in [
        ("  Lan Cà Phê ", Some("Lan Cà Phê")),
        ("Bảo 2011", Some("Bảo 2011")),
        ("", None),
        ("a\nb", None),
        ("goi 0912345678", None),
        ("khách hàng có một cái tên rất dài", None),
    ] {
        assert_eq!(Alias::parse(raw).as_ref().map(Alias::as_str), shown, "{raw}");
    }
    assert_eq!(Alias::shown(None), ANONYMOUS);
}

/// Goal: choose in how many parts a node is kept. Method: so many members move at the same instant, and of those that touch a node
/// together one goes through and the others come again; the scores are those of a year of purchases.
#[test]
fn keeping_each_node_in_parts_lets_more_of_many_movers_through_at_once() {
    println!(
        "in hundredths: movers at once | parts | tries for each move | rounds until all are through"
    );
    for at_once in [8, 32] {
        let mut tries_of = Vec::new();
        for parts in [1, 2, 4, 8] {
            let (tries, rounds) = contend(at_once, parts);
            println!("{at_once:14} | {parts:5} | {tries:19} | {rounds}");
            tries_of.push(tries);
        }
        assert!(tries_of.is_sorted_by(|more, fewer| more > fewer), "{tries_of:?}");
        assert!(tries_of[2] * 2 < tries_of[0], "four parts against one: {tries_of:?}");
    }
}

/// How often a move is tried, and how many rounds it takes until all are through, in hundredths.
fn contend(at_once: usize, parts: u64) -> (usize, usize) {
    const HISTORIES: usize = 40;
    let mut chance = Chance(7);
    let (mut tries, mut rounds) = (0, 0);
    for _ in 0..HISTORIES {
        let mover = |_| {
            // A product of three: many small scores, few large ones.
            let old = (1 + chance.below(20)) * (1 + chance.below(20)) * (1 + chance.below(20));
            let new = old + 10 + chance.below(200);
            let part = chance.below(parts);
            let changed = deltas(Some(score(old)), Some(score(new)));
            changed.into_iter().map(|delta| (delta.node, part)).collect()
        };
        let mut movers: Vec<BTreeSet<(Node, u64)>> = (0..at_once).map(mover).collect();
        while !movers.is_empty() {
            let mut held = BTreeSet::new();
            tries += movers.len();
            rounds += 1;
            movers.retain(|touched| {
                let is_free = touched.is_disjoint(&held);
                if is_free {
                    held.extend(touched);
                }
                !is_free
            });
        }
    }
    (100 * tries / HISTORIES / at_once, 100 * rounds / HISTORIES)
}
