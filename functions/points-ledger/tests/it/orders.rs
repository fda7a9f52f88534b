//! Postings: once for each key, for ever.

use serde_json::json;
use testkit::fault::Fault;

use crate::setup::{Till, account, customer, later};

#[tokio::test]
async fn an_order_is_posted_once_for_its_key_and_another_body_is_refused() {
    let till = Till::new().await;
    let earn = format!("{}/earn", account("lan"));
    let first = till.order("bill-1", &earn, json!({"points": 350, "about": "DH0001"})).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!((&first.body["seq"], &first.body["amount"]), (&json!(1), &json!(350)));
    // The same in other words: fields in another order, more white space.
    let again = till
        .ask(
            "POST",
            &earn,
            json!({"authorization": format!("Bearer {}", crate::setup::KEY), "idempotency-key": "bill-1"}),
            Some(" {\"about\":\"DH0001\" , \"points\":350}".to_owned()),
        )
        .await;
    assert_eq!(again.text, first.text);
    let other = till.order("bill-1", &earn, json!({"points": 351, "about": "DH0001"})).await;
    assert_eq!((other.status, other.code()), (409, "operation_with_other_body"));
    let elsewhere = format!("{}/earn", account("minh"));
    let other = till.order("bill-1", &elsewhere, json!({"points": 350, "about": "DH0001"})).await;
    assert_eq!((other.status, other.code()), (409, "operation_with_other_body"));
    let view = till.get(&account("lan")).await;
    assert_eq!(view.body["available"], 350);
    let operation =
        format!("/v1/ca-phe-som/points/operations/{}", first.body["operation"].as_str().unwrap());
    let told = till.get(&operation).await;
    assert_eq!(told.body["cause"], json!({"event": "DH0001", "actor": "quay"}));
    assert_eq!(
        (&told.body["customer"], &told.body["reversed"]),
        (&json!(customer("lan").as_str()), &json!(0))
    );
}

#[tokio::test]
async fn every_kind_of_posting_does_what_it_says() {
    let mut till = Till::new().await;
    let at = |action: &str| format!("{}/{action}", account("lan"));
    let mut n = 0;
    let mut balances = Vec::new();
    let mut operations = Vec::new();
    for (action, body) in [
        ("earn", json!({"points": 1000, "occurred_at": "2026-11-19T08:00:00+07:00"})),
        ("spend", json!({"points": 100})),
        ("hold", json!({"points": 50, "until": "2026-11-21T08:00:00+07:00"})),
        ("capture", json!({"hold": 3, "points": 30})),
        ("hold", json!({"points": 20, "until": "2026-11-21T08:00:00+07:00"})),
        ("release", json!({"hold": 5})),
        ("grant", json!({"points": 5, "reason": "xin lỗi khách"})),
        ("deduct", json!({"points": 6, "reason": "nhập nhầm"})),
        ("transfer", json!({"points": 9, "to": customer("minh").as_str()})),
        ("redeem", json!({"reward": "cup"})),
    ] {
        n += 1;
        till.now = later(n);
        let told = till.order(&n.to_string(), &at(action), body).await;
        assert_eq!(told.status, 200, "{action}: {told:?}");
        operations.push(told.body["operation"].as_str().unwrap().to_owned());
        balances.push((action, told.body["available"].as_u64().unwrap()));
        if action == "redeem" {
            assert!(told.body["code"].as_str().unwrap().starts_with("LY-"), "{told:?}");
        }
    }
    assert_eq!(
        balances,
        [
            ("earn", 1000),
            ("spend", 900),
            ("hold", 850),
            ("capture", 870),
            ("hold", 850),
            ("release", 870),
            ("grant", 875),
            ("deduct", 869),
            ("transfer", 860),
            ("redeem", 560),
        ]
    );
    let on =
        |n: usize, verb: &str| format!("/v1/ca-phe-som/points/operations/{}/{verb}", operations[n]);
    let back =
        till.order("back", &on(1, "reverse"), json!({"points": 40, "reason": "trả hàng"})).await;
    assert_eq!((back.status, &back.body["available"]), (200, &json!(600)), "{back:?}");
    let over =
        till.order("over", &on(1, "reverse"), json!({"points": 61, "reason": "trả hàng"})).await;
    assert_eq!((over.status, over.code()), (422, "over_reversal"));
    let cancel = till.order("cancel", &on(9, "cancel"), json!({})).await;
    assert_eq!((cancel.status, &cancel.body["available"]), (200, &json!(900)));
    let empty = till.order("cancel", &on(9, "cancel"), json!({})).await;
    assert_eq!(empty.text, cancel.text);
    let not_undone = till.order("t", &on(8, "reverse"), json!({"reason": "x"})).await;
    assert_eq!((not_undone.status, not_undone.code()), (422, "not_reversible"));
    assert_eq!(till.get(&account("minh")).await.body["available"], 9);
}

#[tokio::test]
async fn the_last_of_a_reward_is_sold_out_for_the_next() {
    let till = Till::new().await;
    let at = |name: &str, action: &str| format!("{}/{action}", account(name));
    till.order("a", &at("lan", "earn"), json!({"points": 1000})).await;
    for (key, status, code) in
        [("1", 200, ""), ("2", 200, ""), ("3", 409, "sold_out"), ("1", 200, "")]
    {
        let told = till.order(key, &at("lan", "redeem"), json!({"reward": "cup"})).await;
        let refused = if told.status == 200 { "" } else { told.code() };
        assert_eq!((told.status, refused), (status, code));
    }
    assert_eq!(till.get(&account("lan")).await.body["available"], 400);
    let unknown = till.order("4", &at("lan", "redeem"), json!({"reward": "car"})).await;
    assert_eq!((unknown.status, unknown.code()), (404, "unknown_reward"));
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_said_and_the_same_order_can_be_sent_again() {
    let till = Till::new().await;
    let earn = format!("{}/earn", account("lan"));
    (1..=3).for_each(|nth| till.state.faults.plan(nth, Fault::TimeoutWithoutEffect));
    let told = till.order("a", &earn, json!({"points": 5})).await;
    assert_eq!((told.status, told.code()), (503, "try_again"));
    let told = till.order("a", &earn, json!({"points": 5})).await;
    assert_eq!((told.status, &told.body["available"]), (200, &json!(5)));
}
