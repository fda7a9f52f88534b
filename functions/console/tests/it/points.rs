//! Accounts, their explanation, the programme and the boards, as staff see them.

use cloud::table::{
    Points, Standings,
    points::{Ask, Cause, Order},
    standings::Moved,
};
use domain::{
    id::{CustomerId, OperationId},
    points::{AccountId, Currency, Points as Amount, Posting, programme::Programme},
};
use local::demo::{Business, state::DEMO};

use crate::setup::*;

fn account(customer: CustomerId) -> AccountId {
    AccountId { customer, currency: Currency::parse("diem").unwrap() }
}

fn page() -> String {
    format!("/console/customers/{}/points/diem", lan())
}

impl Browser {
    /// Posts on somebody's account, and follows it to the standings as points-standings does.
    async fn posts(&self, key: &str, customer: CustomerId, posting: Posting, cause: &str) {
        let client = self.state.client();
        let points = Points::new(&client, &self.state.table("POINTS_TABLE"));
        let standings = Standings::new(&client, &self.state.table("STANDINGS_TABLE"));
        let programme = Business::demo().unwrap().programme.unwrap();
        let programme = Programme::read(&programme).unwrap();
        let cause = Cause { event: cause.to_owned(), ..Cause::default() };
        let ask = Ask {
            tenant: DEMO,
            operation: OperationId::of_key(DEMO, key),
            body: key,
            cause: &cause,
            policy: &programme.currencies[0].policy,
            now: self.now,
        };
        let id = account(customer);
        let order = Order { account: id.clone(), posting, occurred_at: self.now };
        points.post(&ask, &order).await.unwrap();
        let read = standings.member(DEMO, &id).await.unwrap();
        let entries = points.entries_from(DEMO, &id, read.member.applied + 1).await.unwrap();
        let followed = read.member.follow(&id, &programme, &entries);
        let saved = standings.save(DEMO, &id, &read, &followed.member, None, &followed.shifts);
        assert_eq!(saved.await.unwrap(), Moved::Yes);
    }

    async fn earns(&self, key: &str, customer: CustomerId, points: u64, cause: &str) {
        let amount = Amount::new(points).unwrap();
        self.posts(key, customer, Posting::Earn { amount, cap: None }, cause).await;
    }
}

#[tokio::test]
async fn an_account_says_how_it_stands_and_what_each_entry_was_for() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.earns("a", lan(), 450, "payment.matched DH0001").await;
    let until = later(86_400);
    browser.posts("b", lan(), Posting::Hold { amount: Amount::new(30).unwrap(), until }, "").await;
    let got = browser.get(&page()).await;
    assert_eq!(got.status, 200);
    for part in
        ["<b>420</b>", "<b>30</b>", "<b>450</b>", "+450", "payment.matched DH0001", "<b>Bạc</b>"]
    {
        assert!(got.body.contains(part), "{part}: {}", got.body);
    }
    // The way there is on the customer's page, with what can be spent.
    let customer = browser.get(&format!("/console/customers/{}", lan())).await;
    assert!(
        customer.body.contains(&format!("<a href=\"{}\">420 điểm</a>", page())),
        "{}",
        customer.body
    );
}

#[tokio::test]
async fn a_statement_goes_on_page_by_page_and_a_place_of_another_list_is_refused() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    for n in 1..=25 {
        browser.earns(&n.to_string(), lan(), n, &format!("payment.matched DH{n:04}")).await;
    }
    let first = browser.get(&page()).await;
    assert!(first.body.contains("DH0025") && !first.body.contains("DH0005"));
    let older = first.older().unwrap();
    let second = browser.get(&older).await;
    assert!(second.body.contains("DH0005") && !second.body.contains("DH0006"), "{}", second.body);
    assert_eq!(second.older(), None);
    let cursor = older.split_once("?cursor=").unwrap().1;
    let got = browser.get(&format!("/console/points/boards/top-month?cursor={cursor}")).await;
    assert_eq!((got.status, got.code()), (400, "bad_cursor"));
}

#[tokio::test]
async fn an_explanation_shows_the_lots_and_that_both_sides_agree() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.earns("a", lan(), 450, "payment.matched DH0001").await;
    browser.posts("b", lan(), Posting::Spend { amount: Amount::new(100).unwrap() }, "").await;
    let got = browser.get(&format!("{}/explain?lang=en", page())).await;
    assert_eq!(got.status, 200);
    for part in [
        "2027-11",
        "350",
        "earn 450 (1), spend 100 (2)",
        "business: given out",
        "-450",
        "+100",
        "The chain and all sums agree.",
    ] {
        assert!(got.body.contains(part), "{part}: {}", got.body);
    }
}

#[tokio::test]
async fn the_programme_and_its_boards_are_shown() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.earns("a", lan(), 300, "").await;
    for n in 0..25 {
        browser.earns(&n.to_string(), CustomerId::of(DEMO, &n.to_string()), 100, "").await;
    }
    let got = browser.get("/console/points").await;
    for part in [
        "Bạc",
        "1500",
        "Khách quen",
        "Ly giữ nhiệt Sớm",
        "hoi-gia",
        "/console/points/boards/top-month",
    ] {
        assert!(got.body.contains(part), "{part}");
    }
    let got = browser.get("/console/points/boards/top-month").await;
    assert!(got.body.contains("2026-11") && got.body.contains("Khách ****"), "{}", got.body);
    assert!(got.body.contains(&page()));
    let older = browser.get(&got.older().unwrap()).await;
    // All of the second page share the second rank.
    assert_eq!(
        older.body.matches("<td data-label=\"Thứ hạng\">2</td>").count(),
        6,
        "{}",
        older.body
    );
}

#[tokio::test]
async fn an_account_of_nobody_and_points_that_there_are_not_are_not_found() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let nobody = CustomerId::of(DEMO, "nobody");
    for (path, code) in [
        (format!("/console/customers/{nobody}/points/diem"), "unknown_customer"),
        (format!("/console/customers/{nobody}/points/diem/explain"), "unknown_customer"),
        ("/console/customers/lan/points/diem".to_owned(), "unknown_customer"),
        (format!("/console/customers/{}/points/xu", lan()), "unknown_currency"),
        (format!("/console/customers/{}/points/<b>x</b>", lan()), "not_found"),
        (format!("/console/customers/{}/points/DIEM", lan()), "unknown_currency"),
        ("/console/points/boards/nothing".to_owned(), "unknown_board"),
        ("/console/points/boards".to_owned(), "not_found"),
    ] {
        let got = browser.get(&path).await;
        assert_eq!((got.status, got.code()), (404, code), "{path}");
    }
    let got = browser.get(&page()).await;
    assert_eq!(got.status, 200);
    assert!(got.body.contains("Chưa có bút toán nào."));
    // Who is not logged in is led to the login.
    browser.cookies.clear();
    let got = browser.get(&page()).await;
    assert_eq!((got.status, got.place.as_str()), (303, "/console/login"));
}
