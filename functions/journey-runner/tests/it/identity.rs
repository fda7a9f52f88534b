//! Who is who: what a customer claims, what the business proves, and what a stranger cannot get.

use domain::{
    consent::{Consent, Purpose},
    event::Strength,
    id::EventId,
    notification::State,
    person::winner,
};
use local::demo::state::{self, DEMO};
use serde_json::json;

use crate::setup::*;

/// Care for whoever wrote, on whichever way leads to them.
const TO_THE_PHONE: &str = "
- id: thanks
  on: customer.info_submitted
  then:
    - {id: tell, notify: {template: tier-up, channels: [zns-phone, zns-uid], params: {tier: x}}}
- id: hello
  on: customer.wrote
  then:
    - {id: tell, notify: {template: tier-up, channels: [zns-phone, zns-uid], params: {tier: x}}}
- id: paid
  on: payment.matched
  then:
    - {id: tell, notify: {template: tier-up, channels: [zns-phone, zns-uid], params: {tier: x}}}
";

both_ways! {
    async fn a_follower_is_a_customer_with_a_proven_zalo_id(journey) {
        journey.takes(&followed(LAN, start()), start()).await;
        let (_, about) = journey.person(&zalo(LAN)).await.unwrap();
        assert_eq!(about.identities.get(&zalo(LAN)), Some(&Strength::Proven));
        assert!(about.consents_to(Purpose::Care) && about.consents_to(Purpose::Promotion));
        assert_eq!(journey.planned().await, ["welcome/greet"]);
        let greeting = journey.notifications().await.remove(0);
        assert_eq!(greeting.recipient.user.as_deref(), Some(LAN));
        assert_eq!((greeting.state, greeting.oa.as_str()), (State::Planned, OA));
    }

    async fn a_typed_number_is_shown_as_claimed_and_then_proven_by_the_business(journey) {
        journey.takes(&followed(LAN, start()), start()).await;
        journey.takes(&typed(LAN, PHONE, at(1)), at(1)).await;
        let (lan, about) = journey.person(&zalo(LAN)).await.unwrap();
        assert_eq!(about.identities.get(&phone(PHONE)), Some(&Strength::Claimed));
        journey.takes(&identified("d1", LAN, PHONE, at(2)), at(2)).await;
        let (proven, about) = journey.person(&phone(PHONE)).await.unwrap();
        assert_eq!(proven, lan);
        assert_eq!(about.identities.get(&phone(PHONE)), Some(&Strength::Proven));
        journey.takes(&ordered("d2", "DH0001", 350_000, at(3)), at(3)).await;
        assert_eq!(journey.id(&phone(PHONE)).await, lan);
        assert_eq!(journey.kinds(&zalo(LAN)).await.last().unwrap(), "order.created");
        assert!(journey.is_tidy());
    }

    /// Goal: typing somebody's number gets nobody anything, whoever comes first. Method: the stranger before, between and after
    /// the events of the person whose number it is.
    async fn a_stranger_who_types_a_number_does_not_become_its_owner(journey) {
        journey.rules(TO_THE_PHONE).await;
        let claim = typed(MINH, PHONE, at(0));
        let order = ordered("d1", "DH0001", 350_000, at(1));
        let payment = paid(1, "DH0001", 350_000, at(2));
        for turn in 0..3 {
            let mut journey = Journey::begin(journey.delivery).await;
            journey.rules(TO_THE_PHONE).await;
            journey.takes(&followed(MINH, at(-1)), at(-1)).await;
            let mut hooks = vec![&order, &payment];
            hooks.insert(turn, &claim);
            for hook in hooks {
                journey.takes(hook, at(3)).await;
            }
            let (minh, stranger) = journey.person(&zalo(MINH)).await.unwrap();
            let (owner, lan) = journey.person(&phone(PHONE)).await.unwrap();
            assert_ne!(minh, owner, "turn {turn}");
            assert_eq!(journey.kinds(&zalo(MINH)).await, ["customer.followed", "customer.info_submitted"]);
            assert_eq!(journey.kinds(&phone(PHONE)).await, ["order.created", "payment.received"]);
            assert_eq!(stranger.identities.get(&phone(PHONE)), Some(&Strength::Claimed));
            assert!(!lan.identities.contains_key(&zalo(MINH)));
            // The stranger's word is no word of the owner, nor the other way round.
            assert!(stranger.consents_to(Purpose::Care) && !lan.consents_to(Purpose::Care));
            assert_eq!(stranger.name.as_deref(), Some("Người Lạ"));
            assert_eq!(lan.name.as_deref(), Some("Nguyễn Thị Lan"));
            for n in journey.notifications().await {
                let to = (n.recipient.phone.as_ref().map(|p| p.digits()), n.recipient.user.as_deref());
                let expected = match n.cause.rule.as_str() {
                    "paid" => (Some("84912345678"), None),
                    _ => (None, Some(MINH)),
                };
                assert_eq!(to, expected, "turn {turn}, {}", n.cause.rule);
            }
            // Later the owner turns up with a Zalo id of her own: the stranger is not drawn in.
            journey.takes(&identified("d9", LAN, PHONE, at(4)), at(4)).await;
            assert_eq!(journey.id(&zalo(LAN)).await, journey.id(&phone(PHONE)).await);
            assert_ne!(journey.id(&zalo(MINH)).await, journey.id(&phone(PHONE)).await);
            journey.takes(&wrote(MINH, "m9", at(5)), at(5)).await;
            let hello = journey.notifications().await.into_iter().find(|n| n.cause.rule == "hello");
            assert_eq!(hello.unwrap().recipient.phone, None, "turn {turn}");
            assert!(journey.is_tidy());
        }
    }

    async fn a_number_that_two_strangers_type_belongs_to_neither(journey) {
        journey.takes(&typed(MINH, PHONE, at(0)), at(0)).await;
        journey.takes(&typed("222", PHONE, at(1)), at(1)).await;
        assert_eq!(journey.person(&phone(PHONE)).await.map(|(id, _)| id), None);
        assert_ne!(journey.id(&zalo(MINH)).await, journey.id(&zalo("222")).await);
    }

    /// Both customers are there before anybody knows that they are one.
    async fn a_proven_link_makes_two_customers_one_and_the_smaller_id_stays(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        let (one, other) = (journey.id(&zalo(LAN)).await, journey.id(&phone(PHONE)).await);
        assert_ne!(one, other);
        journey.takes(&identified("d2", LAN, PHONE, at(2)), at(2)).await;
        let (stays, _) = winner(&one, &other).unwrap();
        for identity in [zalo(LAN), phone(PHONE)] {
            let (id, about) = journey.person(&identity).await.unwrap();
            assert_eq!((&id, about.name.as_deref()), (stays, Some("Nguyễn Thị Lan")));
            assert_eq!(about.identities.len(), 2);
            assert!(about.identities.values().all(|sure| *sure == Strength::Proven));
            assert!(about.consents_to(Purpose::Care), "the word of either counts");
        }
        journey.takes(&paid(1, "DH0001", 350_000, at(3)), at(3)).await;
        let paid = journey.notifications().await.into_iter().find(|n| n.cause.rule == "payment-received");
        let paid = paid.unwrap();
        assert_eq!(paid.customer.as_ref(), Some(stays));
        assert_eq!(paid.recipient.user.as_deref(), Some(LAN), "the pair is proven");
        assert!(journey.is_tidy());
    }

    async fn of_two_words_on_consent_the_later_wins_and_withdrawal_wins_a_tie(journey) {
        let word = |purposes: &[&str], kind: &str, id: &str, minute| {
            said(id, kind, json!({"phone": PHONE, "purposes": purposes}), at(minute))
        };
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&word(&["care"], "consent.withdrawn", "d1", 1), at(1)).await;
        journey.takes(&word(&["promotion"], "consent.withdrawn", "d2", 0), at(1)).await;
        journey.takes(&identified("d3", LAN, PHONE, at(2)), at(2)).await;
        let (_, about) = journey.person(&zalo(LAN)).await.unwrap();
        assert!(!about.consents_to(Purpose::Care), "withdrawn later");
        assert!(!about.consents_to(Purpose::Promotion), "withdrawn at the same moment");
        journey.takes(&word(&["care"], "consent.given", "d4", 3), at(3)).await;
        let (_, about) = journey.person(&zalo(LAN)).await.unwrap();
        assert!(about.consents_to(Purpose::Care) && !about.consents_to(Purpose::Promotion));
    }

    async fn a_consent_for_a_purpose_that_needs_none_harms_nobody(journey) {
        let data = json!({"phone": PHONE, "purposes": ["otp", "care", "sms", 5, "promotion"]});
        journey.takes(&said("d1", "consent.given", data, at(0)), at(0)).await;
        journey.takes(&ordered("d2", "DH0001", 350_000, at(1)), at(1)).await;
        let (_, about) = journey.person(&phone(PHONE)).await.unwrap();
        let given: Vec<Purpose> = about.consents.into_keys().collect();
        assert_eq!(given, [Purpose::Care, Purpose::Promotion]);
        assert!(journey.is_tidy());
    }

    async fn a_window_that_the_loser_holds_counts_for_both(journey) {
        journey.rules("
- id: voucher
  on: customer.wrote
  then:
    - {id: once, once_per: 30d}
    - {id: tell, notify: {template: tier-up, channels: [zns-uid], params: {tier: x}}}
").await;
        journey.takes(&wrote(LAN, "m1", at(0)), at(0)).await;
        journey.takes(&wrote(MINH, "m2", at(1)), at(1)).await;
        assert_eq!(journey.planned().await.len(), 2);
        journey.takes(&identified("d1", LAN, PHONE, at(2)), at(2)).await;
        journey.takes(&identified("d2", MINH, PHONE, at(3)), at(3)).await;
        let (one, other) = (journey.id(&zalo(LAN)).await, journey.id(&zalo(MINH)).await);
        assert_eq!(one, other);
        journey.takes(&wrote(LAN, "m3", at(4)), at(4)).await;
        journey.takes(&wrote(MINH, "m4", at(5)), at(5)).await;
        assert_eq!(journey.planned().await.len(), 2);
        assert_eq!(journey.lines(&zalo(LAN)).await.last().unwrap(), "customer.wrote voucher: once=once");
    }

    async fn a_window_that_only_the_loser_holds_counts_for_the_winner(journey) {
        journey.rules("
- id: voucher
  on: customer.wrote
  then:
    - {id: once, once_per: 30d}
    - {id: tell, notify: {template: tier-up, channels: [zns-uid], params: {tier: x}}}
").await;
        // The larger id, so that it becomes the alias.
        let pepper = state::secrets().pepper().unwrap();
        let id = |user: &str| domain::id::CustomerId::of(DEMO, &pepper.pseudonym(&zalo(user)));
        let (winner, loser) = if id(LAN) < id(MINH) { (LAN, MINH) } else { (MINH, LAN) };
        journey.takes(&wrote(loser, "m1", at(0)), at(0)).await;
        journey.takes(&followed(winner, at(1)), at(1)).await;
        journey.takes(&identified("d1", loser, PHONE, at(2)), at(2)).await;
        journey.takes(&identified("d2", winner, PHONE, at(3)), at(3)).await;
        assert_eq!(journey.id(&zalo(loser)).await, id(winner));
        journey.takes(&wrote(winner, "m2", at(4)), at(4)).await;
        assert_eq!(journey.planned().await, ["voucher/tell"]);
    }

    async fn a_word_of_the_loser_after_the_merge_still_counts(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        journey.takes(&identified("d2", LAN, PHONE, at(2)), at(2)).await;
        let (id, about) = journey.person(&zalo(LAN)).await.unwrap();
        let event = EventId::of(DEMO, "test", "withdrawal");
        let word = Consent { given: false, event, at: at(3) };
        for one in about.merged.iter().chain([&id]) {
            journey.customers().consent(DEMO, one, Purpose::Care, &word).await.unwrap();
            let (_, about) = journey.person(&zalo(LAN)).await.unwrap();
            assert!(!about.consents_to(Purpose::Care));
        }
    }
}
