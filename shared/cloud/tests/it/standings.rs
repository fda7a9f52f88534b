//! ST1 to ST12: what each costs, ranks against a sorted list, many at once, and a rank that costs the same at any size.

use std::collections::BTreeMap;

use cloud::table::{
    StoreError,
    standings::{Moved, PARTS, Progress},
};
use domain::points::{
    AccountId, Earnings, Member, Points as Amount, Shift,
    board::{Alias, BoardId, LEVELS, Path, Place, Score},
};
use jiff::Timestamp;
use serde_json::json;

use crate::{
    points::account_id,
    points_races::together,
    stage::{Stage, TENANT, customer_id, minute, start},
};

const TABLE: &str = "StandingsTable";

pub fn board() -> BoardId {
    BoardId::new("thang", "2026-11").unwrap()
}

fn score(n: u64) -> Score {
    Score::new(Amount::new(n).unwrap()).unwrap()
}

fn place(id: &AccountId, n: u64, reached_at: Timestamp) -> Option<Place> {
    (n > 0).then(|| Place { score: score(n), reached_at, account: id.clone() })
}

/// The member with a score, on the board.
fn with(member: &Member, n: u64, reached_at: Timestamp) -> Member {
    let points = i64::try_from(n).unwrap();
    let earnings = Earnings { points, reached_at, counted: true };
    let scores = BTreeMap::from([(board(), earnings)]);
    Member { applied: member.applied + 1, scores, ..member.clone() }
}

/// One try to bring a member to a score.
async fn try_move(stage: &Stage, id: &AccountId, n: u64) -> Result<Moved, StoreError> {
    try_move_due(stage, id, n, Some(minute(9))).await
}

async fn try_move_due(
    stage: &Stage,
    id: &AccountId,
    n: u64,
    due_at: Option<Timestamp>,
) -> Result<Moved, StoreError> {
    let read = stage.standings().member(TENANT, id).await?;
    let member = with(&read.member, n, start());
    let (old, new) = (read.member.place(id, &board()), place(id, n, start()));
    let shifts = if old == new { vec![] } else { vec![Shift { board: board(), old, new }] };
    stage.standings().save(TENANT, id, &read, &member, due_at, &shifts).await
}

/// Brings a member to a score, however often somebody is faster; how many tries it took.
async fn bring(stage: &Stage, id: &AccountId, n: u64) -> u32 {
    for tries in 1.. {
        match try_move(stage, id, n).await {
            Ok(Moved::Yes) => return tries,
            Ok(Moved::Raced) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    unreachable!("the loop ends by itself")
}

/// What the patterns act on: Lan and Minh stand on the board.
pub async fn prepare(stage: &Stage) {
    bring(stage, &account_id("lan"), 400).await;
    bring(stage, &account_id("minh"), 120).await;
    let over = BoardId::new("thang", "2026-10").unwrap();
    stage.standings().note_close(TENANT, &over, minute(2)).await.unwrap();
    let customer = customer_id("lan");
    let read = stage.standings().progress(TENANT, &customer).await.unwrap();
    assert!(stage.standings().save_progress(TENANT, &customer, &read, progress(1)).await.unwrap());
}

fn progress(count: u32) -> Progress {
    let badges = json!({"badges": {"regular": {"count": count, "earned_at": null, "seen": [], "forgotten": null}}});
    serde_json::from_value(badges).unwrap()
}

/// Runs one pattern, always with the same words.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let (standings, lan, minh) = (stage.standings(), account_id("lan"), account_id("minh"));
    let calm = stage.without_faults().standings();
    let customer = customer_id("lan");
    Ok(match id {
        "ST1" => shown(standings.member(TENANT, &lan).await?),
        "ST2" => {
            // What the caller had read before, so that the second time it is old.
            let mut read = calm.member(TENANT, &lan).await?;
            let (old, new) = (place(&lan, 400, start()), place(&lan, 1_500, minute(1)));
            let is_done = read.member.place(&lan, &board()) == new;
            let member = with(&read.member, 1_500, minute(1));
            if is_done {
                read = Default::default();
            }
            let shifts = [Shift { board: board(), old, new: new.clone() }];
            let save = async || standings.save(TENANT, &lan, &read, &member, None, &shifts).await;
            let mut saved = save().await?;
            // A conflict is a race too: who reads again and finds it undone tries again.
            let stands = calm.member(TENANT, &lan).await?.member.place(&lan, &board()) == new;
            if saved == Moved::Raced && !stands {
                saved = save().await?;
            }
            shown(saved)
        }
        "ST3" => shown(standings.due(minute(9)).await?),
        "ST4" => shown(standings.forget(TENANT, &customer).await?),
        "ST5" => shown(standings.rank(TENANT, &board(), score(120)).await?),
        "ST6" => {
            let after = place(&lan, 400, start());
            shown(standings.places(TENANT, &board(), after.as_ref(), false, 5).await?)
        }
        "ST7" => shown(standings.aliases(TENANT, &[lan, minh]).await?.len()),
        "ST10" => shown(standings.note_close(TENANT, &board(), minute(3)).await?),
        "ST11" => shown(standings.closing(minute(9)).await?),
        "ST12" => shown(standings.closed(TENANT, &board()).await?),
        "ST8" => shown(standings.progress(TENANT, &customer).await?),
        "ST9" => {
            let mut read = calm.progress(TENANT, &customer).await?;
            if read.progress == progress(2) {
                read = Default::default();
            }
            shown(standings.save_progress(TENANT, &customer, &read, progress(2)).await?)
        }
        other => panic!("{other} has no call here"),
    })
}

fn shown<T: std::fmt::Debug>(answer: T) -> String {
    format!("{answer:?}")
}

#[tokio::test]
async fn each_pattern_costs_what_the_chart_says() {
    let stage = Stage::new();
    let lan = account_id("lan");
    let (moved, units) = stage.units(try_move_due(&stage, &lan, 400, None)).await;
    assert_eq!(moved.unwrap(), Moved::Yes);
    // The member, five nodes and a place, each twice as in every transaction.
    assert_eq!((units.write, units.index, units.read), (14.0, 0.0, 1.0), "{units:?}");
    let (moved, units) = stage.units(try_move_due(&stage, &lan, 450, None)).await;
    assert_eq!(moved.unwrap(), Moved::Yes);
    // Of the nodes three; the place goes and comes.
    assert_eq!((units.write, units.index, units.read), (12.0, 0.0, 1.0), "{units:?}");
}

#[tokio::test]
async fn ranks_and_lists_are_those_of_a_sorted_list_after_random_moves() {
    let stage = Stage::new();
    let mut chance = 7_u64;
    let mut next = |n: u64| {
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % n
    };
    let mut scores = BTreeMap::new();
    for _ in 0..300 {
        let name = format!("m{}", next(40));
        let n = match next(8) {
            0 => 0,
            1 => 1 + next(5),
            2 => 1 + next(1_000_000),
            _ => 1 + next(300),
        };
        bring(&stage, &account_id(&name), n).await;
        scores.insert(name, n);
    }
    let mut sorted: Vec<u64> = scores.values().copied().filter(|n| *n > 0).collect();
    sorted.sort_unstable();
    sorted.reverse();
    let standings = stage.standings();
    for n in &sorted {
        let rank = standings.rank(TENANT, &board(), score(*n)).await.unwrap();
        assert_eq!(rank.rank, sorted.iter().filter(|other| *other > n).count() as u64 + 1);
        assert_eq!(rank.tied, sorted.iter().filter(|other| *other == n).count() as u64);
        assert_eq!(rank.of, sorted.len() as u64);
    }
    // By pages of seven from the top, and back up from the last one.
    let (mut listed, mut after) = (Vec::<Place>::new(), None);
    loop {
        let page = standings.places(TENANT, &board(), after.as_ref(), false, 7).await.unwrap();
        listed.extend(page.places);
        after = listed.last().cloned();
        if !page.more {
            break;
        }
    }
    assert_eq!(listed.iter().map(|place| place.score.get()).collect::<Vec<_>>(), sorted);
    let up = standings.places(TENANT, &board(), after.as_ref(), true, 3).await.unwrap();
    assert_eq!(
        (up.places.as_slice(), up.more),
        (&listed[listed.len() - 4..listed.len() - 1], true)
    );
}

#[tokio::test]
async fn thirty_two_movers_at_once_are_all_counted() {
    let stage = Stage::new();
    let movers: Vec<AccountId> = (0..32).map(|n| account_id(&format!("m{n}"))).collect();
    let (tries, units) = stage
        .units(together(
            movers.iter().enumerate().map(async |(n, id)| bring(&stage, id, 10 + n as u64).await),
        ))
        .await;
    let rank = stage.standings().rank(TENANT, &board(), score(10)).await.unwrap();
    assert_eq!((rank.rank, rank.of), (32, 32));
    println!(
        "32 movers at once: {} tries, {} calls, {} write units ({:.2} times those of 32 moves one by one)",
        tries.iter().sum::<u32>(),
        units.calls,
        units.write,
        units.write / (32.0 * 15.0)
    );
    // Two for one member: one of them is late, and reads again.
    let lan = account_id("lan");
    let moved = together([try_move(&stage, &lan, 5), try_move(&stage, &lan, 6)]).await;
    let moved: Vec<Moved> = moved.into_iter().map(Result::unwrap).collect();
    assert!(moved.contains(&Moved::Yes) && moved.contains(&Moved::Raced), "{moved:?}");
    assert_eq!(stage.standings().rank(TENANT, &board(), score(1)).await.unwrap().of, 33);
}

#[tokio::test]
async fn names_are_those_that_members_have_chosen() {
    let stage = Stage::new();
    let (lan, minh) = (account_id("lan"), account_id("minh"));
    bring(&stage, &minh, 5).await;
    let read = stage.standings().member(TENANT, &lan).await.unwrap();
    let member = Member { alias: Alias::parse("Lan Cà Phê"), ..Member::default() };
    let saved = stage.standings().save(TENANT, &lan, &read, &member, None, &[]).await.unwrap();
    assert_eq!(saved, Moved::Yes);
    let names = stage.standings().aliases(TENANT, &[lan.clone(), minh, account_id("nobody")]).await;
    let names = names.unwrap();
    assert_eq!((names.len(), names[&lan].as_str()), (1, "Lan Cà Phê"));
}

#[tokio::test]
async fn a_node_that_nobody_can_read_is_named() {
    let stage = Stage::new();
    bring(&stage, &account_id("lan"), 400).await;
    let mut row = stage
        .rows(TABLE)
        .into_iter()
        .find(|row| row["pk"]["S"] == "ca-phe-som#board#thang.2026-11#r")
        .unwrap();
    row["c00"] = json!({"S": "many"});
    let name = stage.table(TABLE);
    stage.engine.run("PutItem", &json!({"TableName": name, "Item": row})).unwrap();
    let error = stage.standings().rank(TENANT, &board(), score(400)).await.unwrap_err();
    assert_eq!(error.code(), "corrupt_row");
    assert!(error.to_string().contains("board#thang.2026-11#r"), "{error}");
}

/// Goal: a rank costs the same on a board of a thousand members and of a hundred thousand. Method: boards are filled with the
/// nodes that so many members would have made, and a rank in the middle is read; its rows and its units are exact.
#[tokio::test]
async fn a_rank_costs_the_same_at_any_size() {
    let stage = Stage::new();
    let sizes: &[u64] = if std::env::var_os("CHAM_LONG").is_some() {
        &[1_000, 10_000, 100_000, 1_000_000]
    } else {
        &[1_000, 10_000, 100_000]
    };
    println!("members | calls | rows read | read units | rank");
    let mut costs = Vec::new();
    for members in sizes {
        let board = BoardId::new("size", &members.to_string()).unwrap();
        fill(&stage, &board, *members).await;
        let asked = score(250_000);
        let (rank, units) = stage.units(stage.standings().rank(TENANT, &board, asked)).await;
        let rank = rank.unwrap();
        assert_eq!(rank.of, *members);
        let above = (0..*members).filter(|n| of_member(*n) > 250_000).count() as u64;
        assert_eq!(rank.rank, above + 1);
        let rows = LEVELS * usize::from(PARTS);
        println!("{members:7} | {:5} | {rows:9} | {:10} | {}", units.calls, units.read, rank.rank);
        costs.push((units.calls, units.read));
    }
    // A node of a hundred counts is smaller than the 4 KB of a unit.
    assert!(costs.iter().all(|cost| *cost == (1, 20.0)), "{costs:?}");
}

/// The score of the nth member: spread over half a million.
fn of_member(n: u64) -> u64 {
    1 + n.wrapping_mul(2_654_435_761) % 500_000
}

async fn fill(stage: &Stage, board: &BoardId, members: u64) {
    let mut nodes: BTreeMap<(String, u64), BTreeMap<u8, u64>> = BTreeMap::new();
    for n in 0..members {
        let left = of_member(n) - 1;
        for (level, node) in Path::of(score(of_member(n))).nodes().into_iter().enumerate() {
            let below = 100_u64.pow(u32::try_from(LEVELS - 1 - level).unwrap());
            let child = u8::try_from(left / below % 100).unwrap();
            let counts = nodes.entry((node.to_string(), n % u64::from(PARTS))).or_default();
            *counts.entry(child).or_default() += 1;
        }
    }
    // Only the path that is asked for is read.
    let path = Path::of(score(250_000)).nodes().map(|node| node.to_string());
    for ((node, part), counts) in nodes.into_iter().filter(|((node, _), _)| path.contains(node)) {
        let mut row = json!({
            "pk": {"S": format!("{TENANT}#board#{board}#{node}")}, "sk": {"S": format!("n#{part}")}, "v": {"N": "1"},
        });
        for (child, count) in counts {
            row[format!("c{child:02}")] = json!({"N": count.to_string()});
        }
        let name = stage.table(TABLE);
        stage.engine.run("PutItem", &json!({"TableName": name, "Item": row})).unwrap();
    }
}
