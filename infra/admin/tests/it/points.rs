//! The audit of the ledger, balances in, statements out, stocks.

use admin::{
    points::{audit, export, import, stock},
    stage::Stage,
    tenant::{self, Activate},
};
use cloud::table::points::{Ask, Cause, Order};
use domain::{
    event::{Identity, Strength},
    id::{CustomerId, OperationId},
    phone::Phone,
    points::{AccountId, Currency, Points, Policy, Posting},
    subject::Subject,
};

use crate::setup::{
    PROGRAMME, RULES, SECRETS, SURVEYS, TEMPLATES, TENANT, TENANT_FILE, checked, engine, lan,
    minute, refusal, stage, start,
};

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

/// A stage with the demo's business, its programme and Lan.
async fn with_programme(engine: &testkit::engine::Engine) -> Stage {
    let stage = stage(engine);
    let files = checked(&admin::files::Texts {
        tenant: TENANT_FILE,
        templates: TEMPLATES,
        programme: Some(PROGRAMME),
        surveys: Some(SURVEYS),
        rules: RULES,
        secrets: SECRETS,
    });
    tenant::apply(&stage.tenants, &files, &Activate::of(&[]), &lan(0)).await.unwrap();
    let phone = Phone::parse("0912345678").unwrap();
    let subject = Subject::Phone(files.secrets.pepper().unwrap().key(&phone));
    let identity = Identity { subject, phone: Some(phone) };
    let customer = CustomerId::of(TENANT, "lan");
    let link = stage.customers.link_first(TENANT, &identity, &customer, Strength::Proven);
    link.await.unwrap();
    stage
}

#[tokio::test]
async fn balances_are_imported_once_and_stand_in_the_statement() {
    let engine = engine();
    let stage = with_programme(&engine).await;
    let good = "subject,currency,points,expires,ref\nphone:0912345678,diem,1200,2027-03,KH-1\n\
                phone:0912345678,diem,80,,KH-2\n";
    let nothing = |_, _| {};
    for said in ["2 posted, 0 repeated, 0 refused", "0 posted, 2 repeated, 0 refused"] {
        let mut heard = Vec::new();
        let progress = |done, all| heard.push((done, all));
        let lines = import(&stage, TENANT, good.as_bytes(), "lan", minute(2), progress).await;
        assert_eq!(lines.unwrap(), [format!("ca-phe-som: {said}")]);
        assert_eq!(heard, [(2, 2)]);
    }
    let mixed = "subject,currency,points,ref\nphone:0912345678,diem,-1,a\n\
                 phone:0987654321,diem,5,b\nphone:0912345678,diem,5,c\nphone:0912345678,diem,1,KH-1\n";
    let refused = import(&stage, TENANT, mixed.as_bytes(), "lan", minute(3), nothing).await;
    insta::assert_snapshot!(refusal(refused));
    let other = import(&stage, TENANT, b"a;b\n", "lan", minute(3), nothing).await;
    assert!(refusal(other).ends_with("(bad_columns)"));
    let nobody = import(&stage, "tra-sua", good.as_bytes(), "lan", minute(3), nothing).await;
    assert_eq!(refusal(nobody), "there is no business tra-sua");

    let id = account("lan").customer;
    let file = export(&stage, TENANT, id.as_str(), "diem").await.unwrap().concat();
    // Two rows of one file go in whichever order: the later one has what stands.
    assert_eq!(file.lines().count(), 4, "{file}");
    assert!(file.trim_end().ends_with(",5,1285,grant 5"), "{file}");
    assert_eq!(file.matches('\r').count(), 4);
    let none = export(&stage, TENANT, CustomerId::of(TENANT, "hoa").as_str(), "diem").await;
    assert!(refusal(none).ends_with("has no entries"));
    assert_eq!(export(&stage, TENANT, "lan", "diem").await.unwrap_err().exit_code(), 2);
    audit(&stage, TENANT, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_stock_is_filled_up_to_a_number_and_no_further_than_the_programme_says() {
    let engine = engine();
    let stage = with_programme(&engine).await;
    let stocked =
        async |reward: &str, n| stock(&stage, TENANT, reward, n, minute(1), |_, _| {}).await;
    for (n, said) in
        [(20, "20 added, 0 known"), (20, "0 added, 20 known"), (50, "30 added, 20 known")]
    {
        let lines = stocked("cup", n).await.unwrap();
        assert_eq!(lines, [format!("ca-phe-som/stock-cup: {said}, 0 bad")]);
    }
    assert_eq!(stage.rewards.count(TENANT, "stock-cup").await.unwrap().free.rows, 50);
    let mut said = Vec::new();
    for (reward, n) in [("cup", 51), ("ten-percent", 1), ("mug", 1)] {
        said.push(refusal(stocked(reward, n).await));
    }
    insta::assert_snapshot!(said.join("\n"));
    // One of them goes out.
    let cause = Cause::default();
    let operation = OperationId::of_key(TENANT, "give");
    let posting = Posting::Grant { amount: Points::new(300).unwrap() };
    let ask =
        Ask { tenant: TENANT, operation, body: "", cause: &cause, policy: &POLICY, now: start() };
    let order = Order { account: account("lan"), posting, occurred_at: start() };
    stage.points.post(&ask, &order).await.unwrap();
    let ask = Ask { operation: OperationId::of_key(TENANT, "take"), ..ask };
    let price = Points::new(300).unwrap();
    let receipt = stage
        .points
        .redeem(&ask, &account("lan"), price, &stage.rewards, "stock-cup")
        .await
        .unwrap();
    assert!(receipt.code.unwrap().starts_with("cup-00000"));
    // What was given away is not put back.
    assert_eq!(
        stocked("cup", 50).await.unwrap(),
        ["ca-phe-som/stock-cup: 0 added, 50 known, 0 bad"]
    );
}
