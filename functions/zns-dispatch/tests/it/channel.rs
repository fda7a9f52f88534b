//! Texts: an answer to a customer, and a word to the business's own people.

use domain::{
    channel::Channel,
    consent::Purpose,
    event::Rank,
    notification::{Notification, State},
    tenant::Limits,
};
use local::demo::state::DEMO;
use testkit::stand_in::ZaloFault;

use crate::setup::*;

/// A word to the business's own people, about nobody.
fn alert() -> Notification {
    let word = Notification { purpose: Purpose::Staff, customer: None, ..reply() };
    Notification { channels: vec![Channel::Alert], recipient: Default::default(), ..word }
}

#[tokio::test]
async fn a_reply_reaches_the_customers_zalo_and_its_receipt_finds_it() {
    let mut desk = Desk::open().await;
    let told = desk.send(&reply(), start()).await;
    assert_eq!(stands(&told), (State::Sent, None, None));
    let message = desk.messages().remove(0);
    assert_eq!((message.to, message.channel.as_str()), (format!("zalo:{LAN}"), "oa-cs"));
    assert_eq!((message.text.as_str(), message.price_vnd), ("Dạ máy pha có giá 350.000 đ ạ", 0));
    let table = desk.table();
    let met = table.meet_as_receipt(DEMO, &message.message_id, Rank::Delivered).await.unwrap();
    assert_eq!(met.sender.unwrap(), told.tracking());
}

#[tokio::test]
async fn a_text_goes_by_no_template_and_a_template_by_no_text() {
    for (told, channels) in [
        (reply(), [Channel::ZnsPhone, Channel::ZnsUid]),
        (planned("tell"), [Channel::OaCs, Channel::Alert]),
    ] {
        let mut desk = Desk::with(Limits::default()).await;
        let told = Notification { channels: channels.to_vec(), ..told };
        let told = desk.send(&told, start()).await;
        assert_eq!(stands(&told), (State::Failed, Some("no_address"), None));
        assert!(desk.zalo.calls().is_empty());
    }
}

#[tokio::test]
async fn an_alert_is_posted_to_the_tenants_address_and_that_is_its_end() {
    let mut desk = Desk::with(Limits::default()).await;
    let told = desk.send(&alert(), start()).await;
    assert_eq!(stands(&told), (State::Sent, None, None));
    assert_eq!(told.attempts[0].message_id, Some(told.tracking().to_string()));
    assert_eq!(desk.alerts(), ["Dạ máy pha có giá 350.000 đ ạ"]);
    for minute in [1, 2, 20, 60] {
        desk.tick(at(minute)).await;
    }
    assert_eq!(desk.alerts().len(), 1);
}

#[tokio::test]
async fn without_an_address_an_alert_fails() {
    let mut desk = Desk::open().await;
    let told = desk.send(&alert(), start()).await;
    assert_eq!(stands(&told), (State::Failed, Some("no_address"), None));
}

#[tokio::test]
async fn what_the_other_side_says_to_an_alert_has_its_next_step() {
    for (fault, state, reason, due) in [
        (ZaloFault::TooManyRequests, State::Held, "backoff", 0),
        (ZaloFault::Throttle, State::Held, "backoff", 0),
        (ZaloFault::ServerErrorWithoutEffect, State::Unknown, "outcome_unknown", 15),
        (ZaloFault::TimeoutWithoutEffect, State::Unknown, "outcome_unknown", 15),
        (ZaloFault::LostReply, State::Unknown, "outcome_unknown", 15),
    ] {
        let mut desk = Desk::with(Limits::default()).await;
        desk.zalo.plan(1, fault);
        let told = desk.send(&alert(), start()).await;
        assert_eq!(stands(&told), (state, Some(reason), Some(due)), "{fault:?}");
        desk.tick(at(16)).await;
        assert_eq!(desk.find(&told).await.state, State::Sent, "{fault:?}");
    }
}

#[tokio::test]
async fn an_address_that_refuses_waits_for_people_and_one_that_is_not_there_is_tried_again() {
    for (address, reason) in [("/elsewhere", "config"), (":1/alerts", "not_sent")] {
        let mut desk = Desk::open().await;
        let url = match address.strip_prefix(':') {
            Some(_) => format!("http://127.0.0.1{address}"),
            None => format!("{}{address}", desk.zalo.url()),
        };
        let mut secrets = local::demo::state::secrets();
        secrets.alert_url = Some(domain::secret::Secret::new(url));
        let rules = local::demo::state::rules("[]", start());
        desk.state.apply(&local::demo::state::tenant(), &secrets, rules).await;
        let told = desk.send(&alert(), start()).await;
        assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some(reason)), "{address}");
        assert!(desk.alerts().is_empty());
    }
}

/// A desk whose staff is told at this address.
async fn staffed(address: impl Fn(&str) -> String) -> Desk {
    let desk = Desk::open().await;
    let mut secrets = local::demo::state::secrets();
    secrets.alert_url = Some(domain::secret::Secret::new(address(&desk.zalo.url())));
    let rules = local::demo::state::rules("[]", start());
    desk.state.apply(&local::demo::state::tenant(), &secrets, rules).await;
    desk
}

#[tokio::test]
async fn teams_gets_a_card() {
    let mut desk = staffed(|url| format!("teams+{url}/alerts")).await;
    let told = desk.send(&alert(), start()).await;
    assert_eq!(stands(&told), (State::Sent, None, None));
    let cards = desk.alerts();
    let card: serde_json::Value = serde_json::from_str(&cards[0]).unwrap();
    let content = &card["attachments"][0]["content"];
    assert_eq!(content["type"], "AdaptiveCard");
    assert_eq!(content["body"][0]["text"], "Dạ máy pha có giá 350.000 đ ạ");
}

#[tokio::test]
async fn staff_can_be_told_on_zalo_by_the_account_of_the_business() {
    let oa = local::demo::state::tenant().zalo.oas[0].clone();
    let mut desk = staffed(|_| format!("zalo:{oa}:{LAN}")).await;
    let told = desk.send(&alert(), start()).await;
    assert_eq!(told.state, State::Sent);
    let message = desk.messages().remove(0);
    assert_eq!((message.to, message.channel.as_str()), (format!("zalo:{LAN}"), "oa-cs"));
    // An account that is not connected: it waits for it.
    let mut desk = staffed(|_| format!("zalo:404:{LAN}")).await;
    let told = desk.send(&alert(), start()).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("not_connected")));
}
