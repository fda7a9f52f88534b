//! Each fault as the SDK and its caller meet it.

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    types::{AttributeValue, Put, TransactWriteItem},
};
use testkit::{
    engine::Engine,
    fault::{Fault, Faults, Hit, Outcome},
};

use crate::engine::{engine, put_new, text};

/// What became of a conditional put under a fault on its first call: the caller's error code, the items stored, the
/// operations' outcomes.
async fn put_under(fault: Fault) -> (Option<String>, usize, Vec<Outcome>) {
    let engine = engine();
    let faults = Faults::new();
    faults.plan(1, fault);
    let result = put_new(&engine.client(&faults), "one", "a").await;
    let code = result.err().map(|e| e.code().unwrap_or("no code").to_owned());
    let calls = faults.calls();
    assert_eq!(calls[0].hit, Hit::Struck(fault));
    assert!(calls[1..].iter().all(|call| call.hit == Hit::Spared));
    assert_eq!(faults.waiting(), 0);
    let outcomes = calls.into_iter().map(|call| call.outcome).collect();
    (code, engine.scan_all("one").unwrap().len(), outcomes)
}

fn refused(code: &str) -> Outcome {
    Outcome::Refused(code.to_owned())
}

#[tokio::test]
async fn after_a_time_out_the_sdk_tries_again_and_meets_its_own_effect_if_there_was_one() {
    let failed = "ConditionalCheckFailedException";
    let (code, items, outcomes) = put_under(Fault::TimeoutWithEffect).await;
    assert_eq!((code.as_deref(), items), (Some(failed), 1));
    assert_eq!(outcomes, [Outcome::Applied, refused(failed)]);

    let (code, items, outcomes) = put_under(Fault::TimeoutWithoutEffect).await;
    assert_eq!((code, items), (None, 1));
    assert_eq!(outcomes, [Outcome::Lost, Outcome::Applied]);
}

#[tokio::test]
async fn after_a_lost_reply_the_sdk_tries_again_and_meets_its_own_effect() {
    let (code, items, outcomes) = put_under(Fault::LostReply).await;
    assert_eq!((code.as_deref(), items), (Some("ConditionalCheckFailedException"), 1));
    assert_eq!(outcomes[0], Outcome::Applied);
}

#[tokio::test]
async fn a_conflict_on_a_single_write_reaches_the_caller_by_its_type() {
    let (code, items, outcomes) = put_under(Fault::Conflict).await;
    assert_eq!((code.as_deref(), items), (Some("TransactionConflictException"), 0));
    assert_eq!(outcomes, [refused("TransactionConflictException")]);
}

#[tokio::test]
async fn throttling_is_waited_out_by_the_sdk() {
    let (code, items, outcomes) = put_under(Fault::Throttle).await;
    assert_eq!((code, items), (None, 1));
    assert_eq!(outcomes, [refused("ProvisionedThroughputExceededException"), Outcome::Applied]);
}

#[tokio::test]
async fn three_faults_in_a_row_use_up_the_attempts() {
    let engine = engine();
    let faults = Faults::new();
    (1..=3).for_each(|n| faults.plan(n, Fault::TimeoutWithoutEffect));
    put_new(&engine.client(&faults), "one", "a").await.unwrap_err();
    assert_eq!((faults.calls().len(), engine.scan_all("one").unwrap().len()), (3, 0));
}

/// Runs a put that must die, and returns what the table then holds.
async fn dead_put(engine: &Engine, faults: &Faults, pk: &str) -> usize {
    let client = engine.client(faults);
    tokio::select! {
        done = put_new(&client, "one", pk) => panic!("the dead answered: {done:?}"),
        () = faults.crashed() => {}
    }
    engine.scan_all("one").unwrap().len()
}

#[tokio::test]
async fn a_crash_leaves_the_call_unanswered_with_or_without_its_effect() {
    let engine = engine();
    let faults = Faults::new();
    faults.plan(1, Fault::CrashBefore);
    assert_eq!(dead_put(&engine, &faults, "before").await, 0);
    faults.plan(1, Fault::CrashAfter);
    assert_eq!(dead_put(&engine, &faults, "after").await, 1);
    put_new(&engine.client(&faults), "one", "the next process").await.unwrap();
    let outcomes: Vec<Outcome> = faults.calls().into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [Outcome::Lost, Outcome::Applied, Outcome::Applied]);
}

#[tokio::test]
async fn nothing_that_the_dead_process_still_wanted_happens() {
    let engine = engine();
    let faults = Faults::new();
    let client = engine.client(&faults);
    faults.plan(1, Fault::CrashBefore);
    let handler =
        async { tokio::join!(put_new(&client, "one", "a"), put_new(&client, "one", "b")) };
    tokio::select! {
        biased;
        done = handler => panic!("the dead answered: {done:?}"),
        () = faults.crashed() => {}
    }
    assert_eq!(engine.scan_all("one").unwrap().len(), 0);
    assert_eq!(faults.calls().len(), 1);
}

#[tokio::test]
async fn a_conflict_cancels_a_transaction_with_its_reasons_and_spares_a_read() {
    let engine = engine();
    let faults = Faults::new();
    let client = engine.client(&faults);
    let put = |table: &str| {
        let put = Put::builder().table_name(table).item("pk", text("a")).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    faults.plan(1, Fault::Conflict);
    let error = client
        .transact_write_items()
        .transact_items(put("one"))
        .transact_items(put("two"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_transaction_canceled_exception());
    assert_eq!(
        error.message(),
        Some(
            "Transaction cancelled, please refer cancellation reasons for specific reasons \
             [TransactionConflict, None]"
        )
    );
    assert_eq!(engine.scan_all("one").unwrap().len(), 0);

    faults.plan(1, Fault::Conflict);
    client.get_item().table_name("one").key("pk", text("a")).send().await.unwrap();
    let last = faults.calls().pop().unwrap();
    assert_eq!(last.hit, Hit::NotApplicable(Fault::Conflict));
    assert_eq!(last.outcome, Outcome::Applied);
}

#[tokio::test]
async fn a_fault_meets_the_call_it_was_planned_for_and_a_later_one_waits() {
    let engine = engine();
    let faults = Faults::new();
    let client = engine.client(&faults);
    faults.plan(2, Fault::Conflict);
    faults.plan(9, Fault::Throttle);
    put_new(&client, "one", "first").await.unwrap();
    put_new(&client, "one", "second").await.unwrap_err();
    assert_eq!(faults.waiting(), 1);
    faults.clear();
    assert_eq!(faults.waiting(), 0);
}

#[tokio::test]
async fn a_transaction_is_tried_again_under_the_same_token() {
    let engine = engine();
    let faults = Faults::new();
    let client = engine.client(&faults);
    let put = Put::builder().table_name("one").item("pk", text("a")).build().unwrap();
    faults.plan(1, Fault::LostReply);
    client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(put).build())
        .send()
        .await
        .unwrap();
    let calls = faults.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls[0].token.is_some() && calls[0].token == calls[1].token);
    assert_eq!((calls[0].write_units, calls[1].write_units, calls[1].read_units), (2.0, 0.0, 2.0));
}

#[tokio::test]
async fn many_failures_do_not_use_up_the_retries_of_a_new_client() {
    let engine = engine();
    let faults = Faults::new();
    for n in 0..150 {
        faults.plan(1, Fault::TimeoutWithoutEffect);
        faults.plan(2, Fault::CrashAfter);
        dead_put(&engine, &faults, &n.to_string()).await;
    }
    assert_eq!(engine.scan_all("one").unwrap().len(), 150);
    let number = AttributeValue::N("1".to_owned());
    let client = engine.client(&faults);
    client
        .put_item()
        .table_name("two")
        .item("pk", text("n"))
        .item("n", number)
        .send()
        .await
        .unwrap();
}
