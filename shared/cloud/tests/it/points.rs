//! PO1 to PO14: what each posting costs, that it is posted once however often it is asked for, and what is read back.

use cloud::table::{
    StoreError,
    points::{Ask, Budget, Cause, Order, PostError, Receipt},
};
use domain::{
    id::OperationId,
    points::{
        Account, AccountId, Currency, ENTRY_BYTES_MAX, Points as Amount, Policy, Posting, Refusal,
        Replay,
    },
};
use jiff::{SignedDuration, Timestamp};
use testkit::fault::{Fault, Units};

use crate::{
    rewards::codes,
    stage::{Stage, TENANT, customer_id, minute, start},
};

pub const TABLE: &str = "PointsTable";
const POOL: &str = "ly-su";

pub const POLICY: Policy = Policy {
    expiry_months: Some(12),
    pending_days: 0,
    debt_allowed: false,
    per_operation_max: None,
    per_day_max: None,
};

pub fn amount(n: u64) -> Amount {
    Amount::new(n).unwrap()
}

pub fn account_id(name: &str) -> AccountId {
    AccountId { customer: customer_id(name), currency: Currency::parse("diem").unwrap() }
}

pub fn operation(key: &str) -> OperationId {
    OperationId::of_key(TENANT, key)
}

/// Asks under `key`, with the words `body`.
pub fn ask<'a>(key: &str, body: &'a str, cause: &'a Cause, now: Timestamp) -> Ask<'a> {
    Ask { tenant: TENANT, operation: operation(key), body, cause, policy: &POLICY, now }
}

pub fn order(name: &str, posting: Posting) -> Order {
    Order { account: account_id(name), posting, occurred_at: start() }
}

pub fn earn(n: u64) -> Posting {
    Posting::Earn { amount: amount(n), cap: None }
}

pub fn spend(n: u64) -> Posting {
    Posting::Spend { amount: amount(n) }
}

/// Posts under `key` at the start.
pub async fn post(
    stage: &Stage,
    key: &str,
    name: &str,
    posting: Posting,
) -> Result<Receipt, PostError> {
    let (cause, body) = (Cause::default(), format!("{posting:?}"));
    stage.points().post(&ask(key, &body, &cause, start()), &order(name, posting)).await
}

async fn account(stage: &Stage, name: &str) -> Account {
    stage.points().account(TENANT, &account_id(name)).await.unwrap()
}

pub async fn available(stage: &Stage, name: &str) -> u64 {
    account(stage, name).await.view(minute(1)).available.get()
}

/// Every account by its tails and by its legs.
pub async fn assert_sound(stage: &Stage, id: &AccountId) -> Account {
    let mut replay = Replay::new(id.clone());
    loop {
        let next = replay.account().seq + 1;
        let entries = stage.points().entries_from(TENANT, id, next).await.unwrap();
        if entries.is_empty() {
            return replay.account().clone();
        }
        entries.iter().for_each(|entry| replay.read(entry).unwrap());
    }
}

/// What the patterns act on: Lan has earned, spent and put aside; a pool has two codes, and one more is given away.
pub async fn prepare(stage: &Stage) {
    stage.rewards().import(TENANT, POOL, &codes(10..13)).await.unwrap();
    post(stage, "earned", "lan", earn(400)).await.unwrap();
    post(stage, "spent", "lan", spend(50)).await.unwrap();
    let cause = Cause::default();
    let redeem = ask("redeemed", "ly", &cause, start());
    stage
        .points()
        .redeem(&redeem, &account_id("lan"), amount(100), &stage.rewards(), POOL)
        .await
        .unwrap();
}

/// Runs one pattern, always with the same words.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let (points, lan, cause) = (stage.points(), account_id("lan"), Cause::default());
    let ask = ask("asked", "body", &cause, start());
    let receipt = match id {
        "PO1" => return points.account(TENANT, &lan).await.map(shown),
        "PO2" => return points.operation(TENANT, operation("spent")).await.map(shown),
        "PO3" => return points.newest(TENANT, &lan, Some(3), 9).await.map(shown),
        "PO4" => return points.entries_from(TENANT, &lan, 2).await.map(shown),
        "PO5" => return points.account_at(TENANT, &lan, minute(-1)).await.map(shown),
        "PO6" => return points.accounts(TENANT, None).await.map(shown),
        "PO14" => {
            return points.holder(TENANT, &account_id("new"), &[lan.customer]).await.map(shown);
        }
        "PO13" => points.post_within(&ask, &order("lan", earn(7)), &campaign(1_000)).await,
        "PO12" => {
            let spent = stage.without_faults().points();
            let spent = spent.operation(TENANT, operation("spent")).await?.unwrap();
            return points.forget_cause(TENANT, &spent).await.map(shown);
        }
        "PO7" => points.post(&ask, &order("lan", spend(7))).await,
        "PO8" => points.reverse(&ask, operation("spent"), Some(amount(7))).await,
        "PO9" => points.transfer(&ask, &lan, &account_id("minh"), amount(7)).await,
        "PO10" => points.redeem(&ask, &lan, amount(7), &stage.rewards(), POOL).await,
        "PO11" => points.cancel(&ask, &stage.rewards(), operation("redeemed")).await,
        other => panic!("{other} has no call here"),
    };
    match receipt {
        Ok(receipt) => Ok(shown(receipt)),
        Err(PostError::Store(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

/// A campaign that may give so many points.
fn campaign(total: u64) -> Budget {
    Budget { earning: "five-stars".to_owned(), total: amount(total) }
}

/// Earns 10 within the budget, for somebody, once.
async fn win(stage: &Stage, name: &str, total: u64) -> Result<Receipt, PostError> {
    let (cause, key) = (Cause::default(), format!("win {name}"));
    let (ask, order) = (ask(&key, "win", &cause, start()), order(name, earn(10)));
    stage.points().post_within(&ask, &order, &campaign(total)).await
}

#[tokio::test]
async fn a_campaign_gives_its_budget_to_the_last_point_and_not_one_more() {
    let stage = Stage::new();
    // Sixty-four leases of one or two points: every award has to lease, and the last ones gather what lies in other slices.
    let mut given = 0;
    for n in 0..20 {
        match win(&stage, &format!("m{n}"), 105).await {
            Ok(receipt) => given += receipt.amount.get(),
            Err(error) => assert_eq!(error.code(), "budget_used_up"),
        }
    }
    assert_eq!(given, 100);
    let rows = stage
        .rows(TABLE)
        .into_iter()
        .filter(|row| row["sk"]["S"].as_str().unwrap().starts_with("slice#"));
    let left: u64 =
        rows.map(|row| row["left"]["N"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    assert!(left <= 5, "{left}");
    // Whoever has won asks again and has won once; a larger budget lets the others win.
    assert_eq!(win(&stage, "m0", 105).await.unwrap().amount.get(), 10);
    assert_eq!(available(&stage, "m0").await, 10);
    assert_eq!(win(&stage, "m19", 200).await.unwrap().amount.get(), 10);
}

#[tokio::test]
async fn fifty_at_once_never_exceed_a_budget() {
    let stage = Stage::new();
    let names: Vec<String> = (0..50).map(|n| format!("m{n}")).collect();
    let won = crate::points_races::together(names.iter().map(|name| win(&stage, name, 320))).await;
    assert_eq!(won.iter().filter(|one| one.is_ok()).count(), 32);
    let (again, units) = stage.units(win(&stage, "late", 10_000)).await;
    again.unwrap();
    println!("an award that leases: {units:?}");
    let (again, units) = stage.units(win(&stage, "later", 10_000)).await;
    again.unwrap();
    assert!(units.write <= 10.0, "{units:?}");
}

fn shown<T: std::fmt::Debug>(answer: T) -> String {
    format!("{answer:?}")
}

#[tokio::test]
async fn each_posting_costs_what_the_chart_says() {
    let stage = Stage::new();
    let (points, cause) = (stage.points(), Cause::default());
    stage.rewards().import(TENANT, POOL, &codes(0..3)).await.unwrap();
    let (lan, minh) = (account_id("lan"), account_id("minh"));
    let until = minute(60);
    let mut costs = Vec::new();
    let mut note = |what: &'static str, (answer, units): (Result<Receipt, PostError>, Units)| {
        answer.unwrap();
        costs.push((what, units.write, units.read));
    };
    let hold = Posting::Hold { amount: amount(20), until };
    let capture = Posting::Capture { hold: 3, amount: Some(amount(5)) };
    let release = Posting::Release { hold: 5 };
    for (what, key, posting) in [
        ("earn", "1", earn(1_000)),
        ("spend", "2", spend(10)),
        ("hold", "3", hold.clone()),
        ("capture", "4", capture),
        ("hold", "5", hold),
        ("release", "6", release),
    ] {
        note(what, stage.units(post(&stage, key, "lan", posting)).await);
    }
    let of = |key: &str| ask(key, "body", &cause, start());
    note("reverse", stage.units(points.reverse(&of("7"), operation("2"), None)).await);
    note("transfer", stage.units(points.transfer(&of("8"), &lan, &minh, amount(7))).await);
    note(
        "redeem",
        stage.units(points.redeem(&of("9"), &lan, amount(100), &stage.rewards(), POOL)).await,
    );
    note("cancel", stage.units(points.cancel(&of("10"), &stage.rewards(), operation("9"))).await);
    assert_eq!(
        costs,
        [
            ("earn", 4.0, 1.0),
            ("spend", 4.0, 1.0),
            ("hold", 4.0, 1.0),
            ("capture", 4.0, 1.0),
            ("hold", 4.0, 1.0),
            ("release", 4.0, 1.0),
            ("reverse", 6.0, 2.0),
            ("transfer", 6.0, 2.0),
            ("redeem", 8.0, 2.0),
            ("cancel", 10.0, 2.0),
        ]
    );
    let (_, units) = stage.units(points.account(TENANT, &lan)).await;
    assert_eq!((units.write, units.read, units.calls), (0.0, 1.0, 1));
    assert_sound(&stage, &lan).await;
    assert_eq!((available(&stage, "lan").await, available(&stage, "minh").await), (988, 7));
}

#[tokio::test]
async fn the_same_operation_gives_the_first_result_even_a_year_later() {
    let stage = Stage::new();
    let first = post(&stage, "till-1", "lan", earn(350)).await.unwrap();
    post(&stage, "till-2", "lan", spend(350)).await.unwrap();
    let year = SignedDuration::from_hours(24 * 366);
    let (cause, body) = (Cause::default(), format!("{:?}", earn(350)));
    let later = ask("till-1", &body, &cause, start() + year);
    let again = stage.points().post(&later, &order("lan", earn(350))).await.unwrap();
    assert_eq!(again, first);
    // What took the last points finds itself, and is not short of them.
    assert_eq!(post(&stage, "till-2", "lan", spend(350)).await.unwrap().seq, 2);
    let other = ask("till-1", "other", &cause, start() + year);
    let other = stage.points().post(&other, &order("lan", earn(1))).await.unwrap_err();
    assert_eq!(other.code(), "operation_with_other_body");
    let short = post(&stage, "till-3", "lan", spend(1)).await.unwrap_err();
    assert!(matches!(short, PostError::Refused(Refusal::Insufficient { .. })), "{short:?}");
    assert_eq!(stage.rows(TABLE).len(), 4);
}

/// After two customers became one, the retry is computed for another account than the first time.
#[tokio::test]
async fn an_award_that_comes_again_for_another_account_is_the_first_one() {
    let stage = Stage::new();
    let first = post(&stage, "effect", "minh", earn(350)).await.unwrap();
    assert_eq!(post(&stage, "effect", "lan", earn(350)).await.unwrap(), first);
    assert_eq!((available(&stage, "minh").await, available(&stage, "lan").await), (350, 0));
}

#[tokio::test]
async fn two_partial_reversals_never_undo_more_than_there_was() {
    let stage = Stage::new();
    post(&stage, "earned", "lan", earn(100)).await.unwrap();
    post(&stage, "spent", "lan", spend(90)).await.unwrap();
    let (points, cause) = (stage.points(), Cause::default());
    let back = async |key: &str, n| {
        points.reverse(&ask(key, "back", &cause, start()), operation("spent"), n).await
    };
    let (one, two) = tokio::join!(back("a", Some(amount(60))), back("b", Some(amount(60))));
    let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(won.unwrap().amount, amount(60));
    assert_eq!(lost.unwrap_err().code(), "over_reversal");
    assert_eq!(back("c", None).await.unwrap().amount, amount(30));
    assert_eq!(back("d", None).await.unwrap_err().code(), "over_reversal");
    assert_eq!(available(&stage, "lan").await, 100);
    assert_eq!(back("c", None).await.unwrap().amount, amount(30), "again is the first time");
    let nothing = points.reverse(&ask("e", "x", &cause, start()), operation("none"), None).await;
    assert_eq!(nothing.unwrap_err().code(), "no_such_operation");
}

#[tokio::test]
async fn an_account_is_read_as_it_stood_at_any_instant() {
    let stage = Stage::new();
    let mut stood = vec![(minute(-1), 0)];
    for n in 1..=33 {
        let (cause, body) = (Cause::default(), n.to_string());
        let ask = ask(&body, &body, &cause, minute(n));
        let order = Order { occurred_at: minute(n), ..order("lan", earn(10)) };
        stage.points().post(&ask, &order).await.unwrap();
        stood.push((minute(n), n * 10));
    }
    for (at, balance) in stood {
        let id = account_id("lan");
        let (then, units) = stage.units(stage.points().account_at(TENANT, &id, at)).await;
        assert_eq!(then.unwrap().view(at).balance, balance, "{at}");
        assert!(units.calls <= 7, "{} calls", units.calls);
    }
    let newest = stage.points().newest(TENANT, &account_id("lan"), None, 5).await.unwrap();
    let seqs =
        |entries: &[domain::points::Entry]| entries.iter().map(|e| e.seq).collect::<Vec<_>>();
    assert_eq!(seqs(&newest), [33, 32, 31, 30, 29]);
    let next = stage.points().newest(TENANT, &account_id("lan"), Some(29), 3).await.unwrap();
    assert_eq!(seqs(&next), [28, 27, 26]);
}

#[tokio::test]
async fn the_last_reward_goes_to_one_and_comes_back_when_it_is_cancelled() {
    let stage = Stage::new();
    let (points, cause) = (stage.points(), Cause::default());
    stage.rewards().import(TENANT, POOL, &codes(0..1)).await.unwrap();
    for name in ["lan", "minh"] {
        post(&stage, name, name, earn(200)).await.unwrap();
    }
    let redeem = async |key: &str, name: &str| {
        points
            .redeem(
                &ask(key, "ly", &cause, start()),
                &account_id(name),
                amount(150),
                &stage.rewards(),
                POOL,
            )
            .await
    };
    let first = redeem("a", "lan").await.unwrap();
    assert_eq!(first.code.as_deref(), Some("SOM-000000"));
    assert_eq!(redeem("a", "lan").await.unwrap(), first);
    assert_eq!(redeem("b", "minh").await.unwrap_err().code(), "sold_out");
    assert_eq!(redeem("c", "lan").await.unwrap_err().code(), "insufficient_points");
    assert_eq!((available(&stage, "lan").await, available(&stage, "minh").await), (50, 200));
    let cancel = ask("d", "back", &cause, start());
    let back = points.cancel(&cancel, &stage.rewards(), operation("a")).await.unwrap();
    assert_eq!(points.cancel(&cancel, &stage.rewards(), operation("a")).await.unwrap(), back);
    let twice =
        points.cancel(&ask("e", "x", &cause, start()), &stage.rewards(), operation("a")).await;
    assert_eq!(twice.unwrap_err().code(), "over_reversal");
    let plain =
        points.cancel(&ask("f", "x", &cause, start()), &stage.rewards(), operation("lan")).await;
    assert_eq!(plain.unwrap_err().code(), "no_such_operation");
    assert_eq!(available(&stage, "lan").await, 200);
    assert_eq!(redeem("g", "minh").await.unwrap().code, first.code);
}

#[tokio::test]
async fn a_transfer_keeps_the_time_that_points_have_and_goes_to_another_account() {
    let stage = Stage::new();
    post(&stage, "a", "lan", earn(100)).await.unwrap();
    let (points, cause) = (stage.points(), Cause::default());
    let (lan, minh) = (account_id("lan"), account_id("minh"));
    let give = async |key: &str, to: &AccountId, n| {
        points.transfer(&ask(key, "t", &cause, start()), &lan, to, amount(n)).await
    };
    give("b", &minh, 60).await.unwrap();
    assert_eq!(
        account(&stage, "minh").await.tail.lots[0].month,
        account(&stage, "lan").await.tail.lots[0].month
    );
    assert_eq!(give("c", &lan, 1).await.unwrap_err().code(), "same_account");
    assert_eq!(give("d", &minh, 41).await.unwrap_err().code(), "insufficient_points");
    let other = AccountId { currency: Currency::parse("xu").unwrap(), ..minh };
    assert_eq!(give("e", &other, 1).await.unwrap_err().code(), "same_account");
    let (accounts, after) = points.accounts(TENANT, None).await.unwrap();
    assert_eq!((accounts.len(), after), (2, None));
    assert_eq!(points.accounts("tra-sua", None).await.unwrap().0, []);
}

/// Thirteen lots, eight holds of three parts each and all of it due after two years.
#[tokio::test]
async fn what_has_fallen_due_beyond_one_entry_has_entries_of_its_own() {
    let stage = Stage::new();
    let (points, cause) = (stage.points(), Cause::default());
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for month in 1..=12 {
        let now = at(&format!("2026-{month:02}-10T12:00:00+07:00"));
        let body = month.to_string();
        let order = Order { account: account_id("lan"), posting: earn(10), occurred_at: now };
        points.post(&ask(&body, "earn", &cause, now), &order).await.unwrap();
    }
    for n in 0..8 {
        let now = at("2026-12-20T12:00:00+07:00");
        let until = now + SignedDuration::from_hours(24 * 300 + n);
        let posting = Posting::Hold { amount: amount(11), until };
        let body = format!("hold {n}");
        points
            .post(
                &ask(&body, "hold", &cause, now),
                &Order { account: account_id("lan"), posting, occurred_at: now },
            )
            .await
            .unwrap();
    }
    let late = at("2028-06-01T00:00:00+07:00");
    let mark = stage.rows(TABLE).len();
    let order = Order { account: account_id("lan"), posting: earn(5), occurred_at: late };
    let (receipt, units) =
        stage.units(points.post(&ask("late", "late", &cause, late), &order)).await;
    assert_eq!(receipt.unwrap().available, amount(5));
    let more = stage.rows(TABLE).len() - mark;
    assert_eq!((more, units.write), (4, 8.0), "one entry of what was due, and the one asked for");
    let account = assert_sound(&stage, &account_id("lan")).await;
    assert_eq!((account.tail.lots.len(), account.tail.holds.len()), (1, 0));
}

#[tokio::test]
async fn a_stored_entry_that_nobody_can_read_is_named_and_nothing_is_posted_on_it() {
    let stage = Stage::new();
    post(&stage, "a", "lan", earn(100)).await.unwrap();
    let key = account_id("lan").to_string();
    for (attribute, value) in
        [("b", serde_json::json!({"B": "AAAA"})), ("v", serde_json::json!({"N": "2"}))]
    {
        let before = stage.row(TABLE, &key, "e#0000000001")[attribute].clone();
        stage.spoil(TABLE, &key, "e#0000000001", attribute, value);
        let refused = post(&stage, "b", "lan", spend(1)).await.unwrap_err();
        let PostError::Store(error) = refused else { panic!("{refused:?}") };
        crate::stage::assert_corrupt::<()>(Err(error), &[&key]);
        stage.spoil(TABLE, &key, "e#0000000001", attribute, before);
    }
    assert_eq!(stage.rows(TABLE).len(), 2);
    post(&stage, "b", "lan", spend(1)).await.unwrap();
}

/// The domain's bound counts names and values; so does the engine.
#[tokio::test]
async fn a_stored_entry_has_the_bytes_that_the_domain_reckons_with() {
    let stage = Stage::new();
    post(&stage, "a", "lan", earn(100)).await.unwrap();
    let row = stage.row(TABLE, &account_id("lan").to_string(), "e#0000000001");
    let text = |name: &str| row[name]["S"].as_str().unwrap().len() + name.len();
    let coded = row["b"]["B"].as_str().unwrap().len() / 4 * 3;
    assert_eq!(row.as_object().unwrap().len(), 4, "pk, sk, v and b: nothing else takes room");
    assert!(text("pk") + text("sk") + 3 + 1 + coded <= ENTRY_BYTES_MAX);
}

#[tokio::test]
async fn a_lost_reply_is_no_second_posting() {
    for fault in [Fault::LostReply, Fault::TimeoutWithEffect] {
        let stage = Stage::new();
        post(&stage, "a", "lan", earn(100)).await.unwrap();
        stage.faults.plan(2, fault);
        assert_eq!(post(&stage, "b", "lan", spend(100)).await.unwrap().available, Amount::ZERO);
        assert_eq!(stage.rows(TABLE).len(), 4);
    }
}
