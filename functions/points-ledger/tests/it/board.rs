//! Boards, levels and names, as callers see them.

use cloud::table::{
    Points, Standings,
    points::{Ask, Cause, Order},
    standings::{Moved, ReadMember},
};
use domain::{
    id::OperationId,
    points::{AccountId, Currency, Points as Amount, Posting, programme::Programme},
};
use local::demo::{Business, state::DEMO};
use serde_json::json;
use testkit::fault::Faults;

use crate::setup::*;

impl Till {
    /// Points for somebody, followed to the standings.
    async fn earns(&self, key: &str, name: &str, points: u64) {
        let programme = Programme::read(&Business::demo().unwrap().programme.unwrap()).unwrap();
        let cause = Cause::default();
        let ask = Ask {
            tenant: DEMO,
            operation: OperationId::of_key(DEMO, key),
            body: key,
            cause: &cause,
            policy: &programme.currencies[0].policy,
            now: self.now,
        };
        let posting = Posting::Earn { amount: Amount::new(points).unwrap(), cap: None };
        let order = Order { account: account_id(name), posting, occurred_at: self.now };
        self.points().post(&ask, &order).await.unwrap();
        // As points-standings does.
        let (standings, points) = (self.standings(), self.points());
        let id = account_id(name);
        let read = standings.member(DEMO, &id).await.unwrap();
        let entries = points.entries_from(DEMO, &id, read.member.applied + 1).await.unwrap();
        let followed = read.member.follow(&id, &programme, &entries);
        let saved =
            standings.save(DEMO, &id, &read, &followed.member, None, &followed.shifts).await;
        assert_eq!(saved.unwrap(), Moved::Yes);
    }

    fn standings(&self) -> Standings {
        let client = self.state.engine.client(&Faults::new());
        Standings::new(&client, &self.state.table("STANDINGS_TABLE"))
    }

    fn points(&self) -> Points {
        let client = self.state.engine.client(&Faults::new());
        Points::new(&client, &self.state.table("POINTS_TABLE"))
    }

    async fn put(&self, path: &str, body: serde_json::Value) -> Told {
        let headers = json!({"authorization": format!("Bearer {KEY}")});
        self.ask("PUT", path, headers, Some(body.to_string())).await
    }
}

fn board() -> String {
    format!("/v1/{}/points/boards/top-month", DEMO)
}

#[tokio::test]
async fn a_board_lists_by_score_shares_ranks_and_names_nobody_who_has_not_said_so() {
    let till = Till::new().await;
    for (n, (name, points)) in
        [("lan", 300), ("minh", 100), ("hoa", 100), ("tam", 20)].into_iter().enumerate()
    {
        till.earns(&format!("k{n}"), name, points).await;
    }
    let told =
        till.put(&format!("{}/member", account("lan")), json!({"alias": " Lan Cà Phê "})).await;
    assert_eq!(told.body, json!({"alias": "Lan Cà Phê", "on_boards": null}));
    let told = till.get(&format!("{}?limit=3", board())).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let lines = |told: &Told| -> Vec<String> {
        let places = told.body["places"].as_array().unwrap().iter();
        places.map(|p| format!("{} {} {}", p["rank"], p["score"], p["name"])).collect()
    };
    let anonymous = r#""Khách ****""#;
    assert_eq!(
        lines(&told),
        [
            r#"1 300 "Lan Cà Phê""#.to_owned(),
            format!("2 100 {anonymous}"),
            format!("2 100 {anonymous}")
        ]
    );
    assert!(!told.text.contains(customer("lan").as_str()), "{}", told.text);
    let after = told.body["after"].as_str().unwrap();
    let told = till.get(&format!("{}?after={after}", board())).await;
    assert_eq!(lines(&told), [format!("4 20 {anonymous}")]);
    assert_eq!(told.body["after"], json!(null));
}

#[tokio::test]
async fn a_member_sees_its_own_rank_with_those_around_and_none_when_it_has_left() {
    let till = Till::new().await;
    for n in 1..=7 {
        till.earns(&format!("k{n}"), &format!("m{n}"), 10 * n).await;
    }
    let own = format!("{}/members/{}", board(), customer("m4"));
    let told = till.get(&own).await;
    assert_eq!((told.body["rank"].as_u64(), told.body["members"].as_u64()), (Some(4), Some(7)));
    let around: Vec<_> = told.body["neighbours"].as_array().unwrap().iter().collect();
    let ranks: Vec<u64> = around.iter().map(|one| one["rank"].as_u64().unwrap()).collect();
    assert_eq!(ranks, [2, 3, 4, 5, 6]);
    assert_eq!(around[2]["own"], true);
    let told = till.put(&format!("{}/member", account("m4")), json!({"on_boards": false})).await;
    assert_eq!(told.status, 200);
    let told = till.get(&own).await;
    assert_eq!((told.body["rank"].as_u64(), told.body["members"].as_u64()), (None, Some(6)));
    // Null leaves it to the board again.
    till.put(&format!("{}/member", account("m4")), json!({"on_boards": null})).await;
    assert_eq!(till.get(&own).await.body["rank"], 4);
}

#[tokio::test]
async fn a_standing_says_the_level_and_what_is_missing_to_the_next() {
    let till = Till::new().await;
    let path = format!("{}/standing", account("lan"));
    let told = till.get(&path).await;
    assert_eq!(told.body["tier"]["level"], "member", "{}", told.text);
    till.earns("k", "lan", 450).await;
    let tier = till.get(&path).await.body["tier"].clone();
    assert_eq!((tier["name"].as_str(), tier["earned"].as_u64()), (Some("Bạc"), Some(450)));
    assert_eq!(
        tier["projection"],
        json!({"next": "Vàng", "missing": 1050, "lost_on": "2027-12-01"})
    );
    let told = till.get(&path).await;
    assert_eq!(
        told.body["badges"][0],
        json!({"badge": "regular", "name": "Khách quen", "count": 0, "of": 5})
    );
    assert_eq!(told.body["streaks"][0]["length"], 0);
}

#[tokio::test]
async fn what_is_no_board_no_season_or_no_name_is_refused_by_name() {
    let till = Till::new().await;
    for (path, status, code) in [
        (format!("{}x", board()), 404, "unknown_board"),
        (format!("{}?season=A%23B", board()), 400, "bad_query"),
        (format!("{}?limit=0", board()), 400, "bad_query"),
        (format!("{}?limit=101", board()), 400, "bad_query"),
        (format!("{}?after=zz", board()), 400, "bad_query"),
        (format!("{}/members/nobody", board()), 400, "bad_customer"),
        (format!("{}/members/{}?neighbours=21", board(), customer("lan")), 400, "bad_query"),
        (account("lan").replace("diem", "vang") + "/standing", 404, "unknown_currency"),
    ] {
        let told = till.get(&path).await;
        assert_eq!((told.status, told.code()), (status, code), "{path}");
    }
    let member = format!("{}/member", account("lan"));
    for body in [
        json!({"alias": "0912345678"}),
        json!({"alias": ""}),
        json!({"alias": 1}),
        json!({"on_boards": "no"}),
        json!({"name": "Lan"}),
        json!([null, null]),
        json!([]),
    ] {
        let told = till.put(&member, body.clone()).await;
        assert_eq!((told.status, told.code()), (400, "bad_body"), "{body}");
    }
    // An earlier season that nobody was in is empty, and no error.
    let told = till.get(&format!("{}?season=2020-01", board())).await;
    assert_eq!((told.status, told.body["places"].clone()), (200, json!([])));
    let member = till.standings().member(DEMO, &account_id("lan")).await.unwrap();
    assert_eq!(member, ReadMember::default());
}

fn account_id(name: &str) -> AccountId {
    AccountId { customer: customer(name), currency: Currency::parse("diem").unwrap() }
}
