//! A process that dies anywhere leaves nothing that its successor does not mend.
//!
//! Method: a state is prepared and kept; a run that nothing disturbs says how the rows must be in the end. Then, for every call of
//! the database, a fresh copy is run with a crash before and after that call, and the same batch goes to a fresh runner. Time
//! stands still, so the rows have to be equal in every attribute.

use journey_runner::Trigger;
use local::demo::{hook::DemoHook, state::DemoState};
use serde_json::{Value, json};
use testkit::{engine::Snapshot, fault::Fault};

use crate::setup::*;

/// Takes `hooks` up to the last one, whose record is the batch.
async fn prepared(rules: Option<&str>, hooks: &[DemoHook]) -> (Snapshot, Value) {
    let mut journey = Journey::begin(Delivery::Once).await;
    if let Some(yaml) = rules {
        journey.rules(yaml).await;
    }
    let (last, before) = hooks.split_last().unwrap();
    for hook in before {
        journey.takes(hook, at(3)).await;
    }
    journey.arrives(last, at(3)).await;
    let batch = journey.state.batch(FUNCTION);
    (journey.state.engine.snapshot().unwrap(), batch)
}

async fn run(state: &DemoState, batch: &Value) {
    let trigger: Trigger = serde_json::from_value(batch.clone()).unwrap();
    let invocation = state.invocation(FUNCTION, "run", at(3));
    let response = journey_runner::handle(&runner(state), &trigger, &invocation).await.unwrap();
    assert!(response.batch_item_failures.is_empty());
}

/// Returns how many crashes there were.
async fn survives(hooks: &[DemoHook]) -> u64 {
    survives_by(None, hooks).await
}

/// The same with these rules in place of the demo's.
async fn survives_by(rules: Option<&str>, hooks: &[DemoHook]) -> u64 {
    let (snapshot, batch) = prepared(rules, hooks).await;
    let open = || DemoState::over(snapshot.open().unwrap());
    let undisturbed = open();
    run(&undisturbed, &batch).await;
    let expected = undisturbed.rows();
    let calls = u64::try_from(undisturbed.faults.calls().len()).unwrap();
    for nth in 1..=calls {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let state = open();
            state.faults.plan(nth, fault);
            tokio::select! {
                () = run(&state, &batch) => panic!("{fault:?} {nth} of {calls} did not happen"),
                () = state.faults.crashed() => {}
            }
            run(&state, &batch).await;
            assert_eq!(state.rows(), expected, "{fault:?} at call {nth} of {calls}");
        }
    }
    2 * calls
}

#[tokio::test]
async fn a_first_event_of_a_new_customer() {
    assert!(survives(&[followed(LAN, at(0))]).await > 10);
}

#[tokio::test]
async fn a_typed_number() {
    survives(&[followed(LAN, at(0)), typed(LAN, PHONE, at(1))]).await;
}

#[tokio::test]
async fn two_customers_that_become_one() {
    survives(&[
        followed(LAN, at(0)),
        ordered("d1", "DH0001", 350_000, at(1)),
        identified("d2", LAN, PHONE, at(2)),
    ])
    .await;
}

#[tokio::test]
async fn an_order_with_a_new_customer_of_two_identities() {
    let data = json!({
        "order_id": "DH0001", "phone": PHONE, "zalo_user_id": LAN, "amount_vnd": 5,
        "customer_name": "Lan",
    });
    survives(&[said("d1", "order.created", data, at(0))]).await;
}

#[tokio::test]
async fn a_payment_that_parks() {
    survives(&[paid(1, "DH0001", 350_000, at(0))]).await;
}

#[tokio::test]
async fn an_order_that_releases_a_payment_and_a_parcel_of_two_hops() {
    let nameless = json!({
        "OrderCode": "Z82BS", "Status": "picked", "Time": at(0).to_string(), "Type": "switch_status",
    });
    survives(&[
        paid(1, "DH0001", 350_000, at(0)),
        DemoHook::ghn(nameless.to_string()),
        parcel("DH0001", "Z82BS", "delivering", at(1)),
        ordered("d1", "DH0001", 350_000, at(2)),
    ])
    .await;
}

#[tokio::test]
async fn a_delivery_with_a_guide() {
    survives(&[
        followed(LAN, at(0)),
        identified("d0", LAN, PHONE, at(1)),
        ordered("d1", "DH0001", 350_000, at(2)),
        parcel("DH0001", "Z82BS", "delivered", at(3)),
    ])
    .await;
}

#[tokio::test]
async fn a_receipt_for_several_messages() {
    survives(&[
        followed(LAN, at(0)),
        receipt("user_seen_message", json!({"msg_ids": ["a", "b"]}), LAN, at(1)),
    ])
    .await;
}

#[tokio::test]
async fn a_known_id_that_says_something_else() {
    survives(&[ordered("d1", "DH0001", 5, at(0)), ordered("d1", "DH0002", 5, at(0))]).await;
}

/// A case that is opened, one that is joined, an answer that stands alone and one that ends an invitation.
#[tokio::test]
async fn a_complaint_and_an_answer_in_the_chat() {
    let rules = r#"
- {id: ask, on: customer.followed, then: [{id: ask, invite: {survey: store-visit}}]}
- {id: alone, on: customer.wrote, then: [{id: a, answer: {survey: zalo-stars, score: event.data.stars}}]}
- {id: invited, on: customer.wrote, then: [{id: a, answer: {survey: store-visit, score: event.data.stars, invited: true}}]}
- {id: unhappy, on: customer.wrote, then: [{id: open, case: {within: 24h, text: "{{ event.data.text }}"}}]}
"#;
    let hooks = [
        identified("d1", LAN, PHONE, at(0)),
        followed(LAN, at(1)),
        asked(LAN, "m1", "1 sao", at(2)),
        asked(LAN, "m2", "2 sao", at(3)),
    ];
    assert!(survives_by(Some(rules), &hooks[..3]).await > 20);
    assert!(survives_by(Some(rules), &hooks).await > 20);
}
