//! Points that rules award: once, and to the person, whoever that turns out to be. And the stars that customers give.

use cloud::table::Points;
use domain::points::{AccountId, Currency};
use local::demo::{hook::DemoHook, state::DEMO};
use serde_json::{Value, json};
use testkit::fault::Faults;

use crate::setup::*;

const EARNING: &str = "
- {id: hello, on: customer.followed, then: [{id: p, award: five-stars}]}
- {id: paid, on: payment.matched, then: [{id: p, award: purchase}]}
";

impl Journey {
    fn points(&self) -> Points {
        let client = self.state.engine.client(&Faults::new());
        Points::new(&client, &self.state.table("POINTS_TABLE"))
    }

    /// What every account has, those with nothing left out, and how many entries there are in all.
    async fn balances(&self) -> (Vec<i64>, u32) {
        let (mut balances, mut entries) = (Vec::new(), 0);
        let (accounts, _) = self.points().accounts(DEMO, None).await.unwrap();
        for id in accounts {
            let account = self.points().account(DEMO, &id).await.unwrap();
            balances.extend(Some(account.tail.balance()).filter(|balance| *balance != 0));
            entries += account.seq;
        }
        (balances, entries)
    }

    /// What is answered to who asks for points.
    async fn reply(&self) -> String {
        let mut rows = self.notifications().await.into_iter();
        format!("{:?}", rows.find(|row| row.cause.rule == "points-asked").unwrap().content)
    }
}

/// Stars for the message that this names.
fn rated(rate: Value, msg_id: &str, tracking: Option<&str>, submitted: i64) -> DemoHook {
    DemoHook::zalo(json!({
        "event_name": "user_feedback", "oa_id": OA, "timestamp": ms(at(submitted)),
        "message": {
            "rate": rate, "note": "Ngon lắm, gọi 0912345678 nhé", "feedbacks": ["Nhanh", ""],
            "submit_time": ms(at(submitted)), "msg_id": msg_id, "tracking_id": tracking,
        },
    }))
}

both_ways! {
    async fn points_earned_before_two_customers_are_one_stay_with_the_person(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(2)), at(2)).await;
        assert_eq!(journey.balances().await, (vec![350], 1));
        journey.takes(&identified("d2", LAN, PHONE, at(3)), at(3)).await;
        journey.takes(&asked(LAN, "m1", "mình đang có bao nhiêu điểm vậy shop", at(4)), at(4)).await;
        assert!(journey.reply().await.contains("350 điểm dùng được"), "{}", journey.reply().await);
        assert_eq!(journey.balances().await, (vec![350], 1), "one account, and nothing moved");
    }

    async fn accounts_of_two_customers_who_are_one_become_one_account(journey) {
        journey.rules(EARNING).await;
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(2)), at(2)).await;
        let (mut both, _) = journey.balances().await;
        both.sort_unstable();
        assert_eq!(both, [50, 350]);
        journey.takes(&identified("d2", LAN, PHONE, at(3)), at(3)).await;
        journey.takes(&ordered("d3", "DH0002", 10_000, at(4)), at(4)).await;
        journey.takes(&paid(2, "DH0002", 10_000, at(5)), at(5)).await;
        // Two before, what one gave and the other took, and the new one.
        assert_eq!(journey.balances().await, (vec![410], 5));
    }
}

/// The record comes again when the customer is another: the operation is the effect's, whosever it is by now.
#[tokio::test]
async fn an_award_that_comes_again_after_a_link_joined_two_customers_is_posted_once() {
    let mut journey = Journey::begin(Delivery::Once).await;
    journey.rules(EARNING).await;
    journey.takes(&followed(LAN, at(0)), at(0)).await;
    journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
    journey.arrives(&paid(1, "DH0001", 350_000, at(2)), at(2)).await;
    let batch = journey.state.batch(FUNCTION);
    journey.follow(&batch, at(2)).await;
    journey.takes(&identified("d2", LAN, PHONE, at(3)), at(3)).await;
    journey.follow(&batch, at(4)).await;
    let (balances, _) = journey.balances().await;
    assert_eq!(balances.iter().sum::<i64>(), 400, "{balances:?}");
}

#[tokio::test]
async fn what_the_ledger_refuses_is_kept_for_people_to_see() {
    let mut journey = Journey::begin(Delivery::Once).await;
    journey.rules(EARNING).await;
    journey.takes(&ordered("d1", "DH0001", 500, at(0)), at(0)).await;
    // 500 đồng are not one point.
    journey.takes(&paid(1, "DH0001", 500, at(1)), at(1)).await;
    let line = journey.lines(&phone(PHONE)).await.pop().unwrap();
    assert_eq!(line, "payment.received paid: p=refused(no_points)");
    assert_eq!(journey.balances().await.0, [0; 0]);
    let id = AccountId {
        customer: journey.id(&phone(PHONE)).await,
        currency: Currency::parse("diem").unwrap(),
    };
    assert_eq!(journey.points().account(DEMO, &id).await.unwrap().seq, 0);
}

both_ways! {
    async fn the_fifth_payment_earns_the_badge_once_and_the_badge_is_an_event_of_its_own(journey) {
        for n in 1..=6 {
            let order = format!("DH{n:04}");
            let minute = i64::try_from(n).unwrap() * 10;
            journey.takes(&ordered(&format!("d{n}"), &order, 5_000, at(minute)), at(minute)).await;
            journey.takes(&paid(n, &order, 5_000, at(minute + 1)), at(minute + 1)).await;
            journey.follows(at(minute + 2)).await;
            let kinds = journey.kinds(&phone(PHONE)).await;
            let badges = kinds.iter().filter(|kind| *kind == "badge.earned").count();
            assert_eq!(badges, usize::from(n >= 5), "{kinds:?}");
        }
        assert!(journey.is_tidy());
    }
}

/// The earning may give 120 points in all: two of three followers get theirs, and the third is kept for people to see.
#[tokio::test]
async fn a_campaign_gives_no_more_than_its_budget() {
    let mut journey = Journey::begin(Delivery::Twice).await;
    let mut rules = local::demo::state::rules(EARNING, midnight());
    let earning = "{id: five-stars, currency: diem, points: 50";
    let programme = rules.programme.clone().unwrap();
    assert!(programme.contains(earning));
    rules.programme = Some(programme.replace(earning, &format!("{earning}, budget: 120")));
    journey.apply(rules).await;
    let users = [LAN, MINH, "2468458835291979777"];
    for user in users {
        journey.takes(&followed(user, at(0)), at(0)).await;
    }
    assert_eq!(journey.balances().await, (vec![50, 50], 2));
    let line = journey.lines(&zalo(users[2])).await.pop().unwrap();
    assert_eq!(line, "customer.followed hello: p=refused(budget_used_up)");
}

both_ways! {
    async fn stars_stand_on_the_timeline_of_who_got_the_message_and_fire_rules(journey) {
        journey.rules("
- {id: tell, on: payment.matched, then: [{id: t, notify: {template: payment-received, channels: [zns-phone], params: {customer_name: '{{ order.customer_name }}', order_id: '{{ order.id }}', amount_vnd: '{{ payment.amount_vnd }}'}}}]}
- {id: stars, on: notification.rated, when: event.data.stars == 5, then: [{id: p, award: five-stars}]}
").await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(1)), at(1)).await;
        let mut told = journey.notifications().await.remove(0);
        told.claim("owner", at(2), at(4)).unwrap();
        journey.notifications_table().save(&mut told).await.unwrap();
        let tracking = told.tracking().to_string();
        journey.takes(&rated(json!(5), "z1", Some(&tracking), 3), at(3)).await;
        let line = journey.lines(&phone(PHONE)).await.pop().unwrap();
        assert_eq!(line, "notification.rated stars: p=awarded(50.diem)");
        // The same stars again are the same event; other stars are another one.
        journey.takes(&rated(json!(5), "z1", Some(&tracking), 3), at(4)).await;
        assert_eq!(journey.balances().await, (vec![50], 1));
        journey.takes(&rated(json!("4"), "z1", Some(&tracking), 5), at(5)).await;
        let line = journey.lines(&phone(PHONE)).await.pop().unwrap();
        assert_eq!(line, "notification.rated stars: condition_false");
        assert_eq!(journey.balances().await, (vec![50], 1));
    }

    async fn stars_that_are_none_and_stars_for_what_nobody_knows_are_nobodys(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        let lines = journey.lines(&phone(PHONE)).await.len();
        for (n, rate) in [json!(0), json!(6), json!(4.5), json!("năm"), json!(null)].iter().enumerate() {
            journey.takes(&rated(rate.clone(), &format!("z{n}"), None, 1), at(1)).await;
        }
        journey.takes(&rated(json!(5), "unknown", None, 2), at(2)).await;
        assert_eq!(journey.lines(&phone(PHONE)).await.len(), lines);
        assert_eq!(journey.balances().await, (vec![], 0));
        assert!(journey.is_tidy());
    }
}
