//! Each fault of Zalo as an HTTP client meets it.

use serde_json::Value;
use testkit::{
    fault::Faults,
    stand_in::{Misbehaviour, StandIn, ZaloFault},
};

use crate::{
    engine::put_new,
    stand_in::{http, later, paid, zalo},
};

fn sending(zalo: &StandIn) -> reqwest::RequestBuilder {
    http()
        .post(zalo.url() + "/message/template")
        .header("access_token", "first")
        .body(paid().to_string())
}

/// What the caller sees.
#[derive(Debug, PartialEq)]
enum Seen {
    Code(i64),
    Status(u16),
    NotJson,
    NoAnswer,
    Silence,
    Death,
}

/// Resolves when the call was decided on and a later call was answered before it: nobody answers the first one any more.
async fn silence(zalo: &StandIn) {
    while zalo.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        http().get(zalo.url() + "/_messages").send().await.unwrap();
    }
}

/// Sends once under `fault`.
async fn send_under(zalo: &StandIn, fault: ZaloFault) -> Seen {
    zalo.plan(1, fault);
    let is_silent = matches!(fault, ZaloFault::TimeoutWithEffect | ZaloFault::TimeoutWithoutEffect);
    let send = async {
        let Ok(response) = sending(zalo).send().await else { return Seen::NoAnswer };
        if response.status() != 200 {
            return Seen::Status(response.status().as_u16());
        }
        match serde_json::from_slice::<Value>(&response.bytes().await.unwrap()) {
            Ok(body) => Seen::Code(body["error"].as_i64().unwrap()),
            Err(_) => Seen::NotJson,
        }
    };
    let deliver = async {
        zalo.receipt_goes_first().await;
        for hook in zalo.take_due_hooks(later(0)) {
            zalo.hook_done(hook.id).unwrap();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        seen = send => seen,
        () = silence(zalo), if is_silent => Seen::Silence,
        () = deliver => unreachable!("it waits for ever"),
        () = zalo.crashed() => Seen::Death,
    }
}

#[tokio::test]
async fn each_fault_looks_as_it_should_and_has_the_effect_that_it_says() {
    for fault in ZaloFault::ALL.into_iter().chain([ZaloFault::Refuse(-118)]) {
        let zalo = zalo().await;
        let seen = send_under(&zalo, fault).await;
        let expected = match fault {
            ZaloFault::CrashBefore | ZaloFault::CrashAfter => Seen::Death,
            ZaloFault::TimeoutWithEffect | ZaloFault::TimeoutWithoutEffect => Seen::Silence,
            ZaloFault::LostReply => Seen::NoAnswer,
            ZaloFault::Throttle => Seen::Code(-32),
            ZaloFault::TooManyRequests => Seen::Status(429),
            ZaloFault::ServerErrorWithEffect | ZaloFault::ServerErrorWithoutEffect => {
                Seen::Status(502)
            }
            ZaloFault::HtmlWithEffect | ZaloFault::HtmlWithoutEffect => Seen::NotJson,
            ZaloFault::DuplicateReceipt | ZaloFault::ReceiptBeforeAnswer => Seen::Code(0),
            ZaloFault::Refuse(code) => Seen::Code(i64::from(code)),
        };
        assert_eq!(seen, expected, "{fault:?}");
        assert_eq!(zalo.messages().len(), usize::from(fault.has_effect()), "{fault:?}");
        assert_eq!(zalo.calls()[0].fault, Some(fault));
        assert_eq!(zalo.waiting(), 0);
        let receipts = match fault {
            ZaloFault::DuplicateReceipt => 2,
            ZaloFault::ReceiptBeforeAnswer => 0,
            _ => usize::from(fault.has_effect()),
        };
        assert_eq!(zalo.take_due_hooks(later(5)).len(), receipts, "{fault:?}");
        let next = sending(&zalo).send().await.unwrap();
        assert_eq!(next.status(), 200, "once and never again: {fault:?}");
        assert_eq!(zalo.messages().len(), usize::from(fault.has_effect()) + 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_caller_that_zalo_killed_reaches_the_database_no_more() {
    let zalo = zalo().await;
    let engine = crate::engine::engine();
    let faults = Faults::sharing(zalo.crash());
    let client = engine.client(&faults);
    zalo.plan(1, ZaloFault::CrashAfter);
    let beside = async {
        until_dead(&zalo).await;
        put_new(&client, "one", "a").await
    };
    let handler = async { tokio::join!(sending(&zalo).send(), beside) };
    // Buried late, so that the put has every occasion to go through.
    let late = async {
        until_dead(&zalo).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        done = handler => panic!("the dead answered: {done:?}"),
        () = late => faults.crashed().await,
    }
    assert_eq!((zalo.messages().len(), faults.calls().len()), (1, 0));
}

async fn until_dead(zalo: &StandIn) {
    while !zalo.crash().is_dead() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_planned_fault_meets_the_call_it_was_planned_for() {
    let zalo = zalo().await;
    zalo.plan(2, ZaloFault::TooManyRequests);
    assert_eq!(sending(&zalo).send().await.unwrap().status(), 200);
    assert_eq!(sending(&zalo).send().await.unwrap().status(), 429);
    assert_eq!(sending(&zalo).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_answer_held_back_for_its_receipt_waits_for_the_intake() {
    let zalo = zalo().await;
    zalo.plan(1, ZaloFault::ReceiptBeforeAnswer);
    let send = sending(&zalo).send();
    let deliver = async {
        zalo.receipt_goes_first().await;
        let hooks = zalo.take_due_hooks(later(0));
        assert_eq!((hooks.len(), zalo.messages().len()), (1, 1), "due at once");
        zalo.hook_done(hooks[0].id).unwrap();
    };
    let (sent, ()) = tokio::join!(send, deliver);
    assert_eq!(sent.unwrap().status(), 200);
}

#[tokio::test]
async fn moods_last_until_they_are_ended() {
    let zalo = zalo().await;
    zalo.misbehave(Misbehaviour::Down);
    for _ in 0..2 {
        assert_eq!(sending(&zalo).send().await.unwrap().status(), 503);
    }
    zalo.behave();
    zalo.misbehave(Misbehaviour::NoReceipts);
    sending(&zalo).send().await.unwrap();
    assert_eq!((zalo.messages().len(), zalo.next_hook_at()), (1, None));
    zalo.behave();
    zalo.misbehave(Misbehaviour::DuplicateReceipts);
    sending(&zalo).send().await.unwrap();
    let twice = zalo.take_due_hooks(later(5));
    assert_eq!((twice.len(), &twice[0].body), (2, &twice[1].body));
}
