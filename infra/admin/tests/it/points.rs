//! The audit of the ledger.

use admin::{points::audit, stage::Stage};
use cloud::table::points::{Ask, Cause, Order};
use domain::{
    id::{CustomerId, OperationId},
    points::{AccountId, Currency, Points, Policy, Posting},
};

use crate::setup::{TENANT, engine, refusal, stage, start};

const POLICY: Policy = Policy {
    expiry_months: Some(12),
    pending_days: 0,
    debt_allowed: false,
    per_operation_max: None,
    per_day_max: None,
};

fn account(name: &str) -> AccountId {
    let customer = CustomerId::of(TENANT, name);
    AccountId { customer, currency: Currency::parse("diem").unwrap() }
}

async fn some(stage: &Stage) {
    let cause = Cause::default();
    for n in 0..30_u64 {
        let name = ["lan", "minh", "hoa"][usize::try_from(n % 3).unwrap()];
        let amount = Points::new(10 + n).unwrap();
        let posting =
            if n < 24 { Posting::Earn { amount, cap: None } } else { Posting::Spend { amount } };
        let operation = OperationId::of_key(TENANT, &n.to_string());
        let ask = Ask {
            tenant: TENANT,
            operation,
            body: "",
            cause: &cause,
            policy: &POLICY,
            now: start(),
        };
        let order = Order { account: account(name), posting, occurred_at: start() };
        stage.points.post(&ask, &order).await.unwrap();
    }
    let operation = OperationId::of_key(TENANT, "gift");
    let ask =
        Ask { tenant: TENANT, operation, body: "", cause: &cause, policy: &POLICY, now: start() };
    let amount = Points::new(5).unwrap();
    stage.points.transfer(&ask, &account("lan"), &account("minh"), amount).await.unwrap();
}

#[tokio::test]
async fn an_audit_tells_every_account_again_and_adds_up_both_sides() {
    let engine = engine();
    let stage = stage(&engine);
    some(&stage).await;
    let lines = audit(&stage, TENANT, |_| {}).await.unwrap();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(
        audit(&stage, "tra-sua", |_| {}).await.unwrap(),
        ["0 accounts, 0 entries: in order"]
    );
}

#[tokio::test]
async fn an_entry_that_was_changed_or_taken_away_is_found() {
    for change in ["changed", "taken away"] {
        let engine = engine();
        let stage = stage(&engine);
        some(&stage).await;
        let rows = engine.scan_all("cham-dev-points").unwrap();
        let of_minh = account("minh").to_string();
        let row = rows.iter().find(|row| {
            row["pk"]["S"].as_str().unwrap().ends_with(&of_minh) && row["sk"]["S"] == "e#0000000003"
        });
        let mut row = row.unwrap().clone();
        if change == "changed" {
            // The bytes of another account's entry: readable, and not of this chain.
            let hoas = account("hoa").to_string();
            let other = rows.iter().find(|row| {
                row["pk"]["S"].as_str().unwrap().ends_with(&hoas)
                    && row["sk"]["S"] == "e#0000000003"
            });
            row["b"] = other.unwrap()["b"].clone();
            let put = serde_json::json!({"TableName": "cham-dev-points", "Item": row});
            engine.run("PutItem", &put).unwrap();
        } else {
            let key = serde_json::json!({"pk": row["pk"], "sk": row["sk"]});
            let delete = serde_json::json!({"TableName": "cham-dev-points", "Key": key});
            engine.run("DeleteItem", &delete).unwrap();
        }
        let said = refusal(audit(&stage, TENANT, |_| {}).await);
        assert!(said.contains(&of_minh), "{change}: {said}");
    }
}
