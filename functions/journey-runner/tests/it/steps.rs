//! What a step of a rule does besides sending a template: replies, alerts, hand-off, tags, and what a rule in shadow shows.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    channel::Channel,
    consent::Purpose,
    notification::{Content, Notification, State},
    rule::RuleSource,
};
use jiff::SignedDuration;
use local::demo::state;
use serde_json::json;

use crate::setup::{
    Journey, LAN, MINH, PHONE, asked, at, both_ways, followed, identified, left, midnight, ordered,
    paid, parcel, phone, said, staff_wrote, wrote, zalo,
};

fn text(n: &Notification) -> &str {
    match &n.content {
        Content::Text(text) => text,
        Content::Template { template, .. } => panic!("{} is a template", template.name),
        Content::Fact { to, .. } => panic!("a fact for {to}"),
    }
}

async fn by(journey: &Journey, rule: &str) -> Vec<Notification> {
    let mut found = journey.notifications().await;
    found.retain(|n| n.cause.rule == rule);
    found
}

both_ways! {
    async fn a_question_is_answered_from_what_is_stored(journey) {
        journey.takes(&asked(LAN, "m0", "đơn của em tới đâu rồi ạ", at(0)), at(0)).await;
        let answer = by(journey, "order-asked-by-stranger").await.remove(0);
        assert_eq!((answer.purpose, answer.channels.as_slice()), (Purpose::Reply, &[Channel::OaCs][..]));
        assert_eq!(answer.recipient.user.as_deref(), Some(LAN));
        assert_eq!(answer.deadline, Some(at(0) + SignedDuration::from_hours(48)));
        journey.takes(&identified("d0", LAN, PHONE, at(1)), at(1)).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(2)), at(2)).await;
        journey.takes(&asked(LAN, "m1", "don cua em toi dau roi", at(3)), at(3)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "delivered", at(4)), at(4)).await;
        journey.takes(&asked(LAN, "m2", "Đơn hàng của mình đến đâu rồi?", at(5)), at(5)).await;
        let mut answers = by(journey, "order-asked").await;
        answers.sort_by_key(|n| n.planned_at);
        let said: Vec<&str> = answers.iter().map(text).collect();
        assert_eq!(said, [
            "Dạ đơn hàng DH0001 của bạn đã được ghi nhận và đang chờ thanh toán ạ.",
            "Dạ đơn hàng DH0001 của bạn đã được giao ạ.",
        ]);
    }

    async fn the_price_is_asked_for_and_one_code_is_given(journey) {
        let asks = ["Shop ơi máy pha cà phê này giá bao nhiêu ạ?", "gia bn z shop", "Dạ giã từ nhé"];
        for (n, ask) in (0..).zip(asks) {
            journey.takes(&asked(LAN, &format!("m{n}"), ask, at(n)), at(n)).await;
        }
        let [answer] = by(journey, "price-asked").await.try_into().unwrap();
        assert!(text(&answer).contains("mã SOM-"), "{}", text(&answer));
        let lines = journey.lines(&zalo(LAN)).await;
        assert!(lines[1].contains("price-asked: code=once"), "{}", lines[1]);
        assert!(lines[2].contains("price-asked: condition_false"), "{}", lines[2]);
    }

    /// Goal: when the pool is empty everybody is told so, and people once.
    async fn an_empty_pool_is_an_answer_and_one_alert(journey) {
        let rewards = journey.state.table("REWARDS_TABLE");
        for row in journey.state.rows_of(&rewards) {
            let key = serde_json::json!({"pk": row["pk"], "sk": row["sk"]});
            let delete = serde_json::json!({"TableName": rewards, "Key": key});
            journey.state.engine.run("DeleteItem", &delete).unwrap();
        }
        journey.takes(&asked(LAN, "m1", "giá bao nhiêu vậy shop", at(0)), at(0)).await;
        journey.takes(&asked(MINH, "m2", "giá bao nhiêu vậy shop", at(1)), at(1)).await;
        let told = by(journey, "price-asked").await;
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|n| text(n).contains("đã hết")), "{told:?}");
        assert_eq!(by(journey, "cham").await.len(), 1);
        let line = journey.lines(&zalo(LAN)).await.remove(0);
        assert!(line.contains("code=notify(") && line.contains("code=pool_empty(hoi-gia)"), "{line}");
    }

    async fn a_person_is_asked_for_and_the_automation_falls_silent(journey) {
        journey.takes(&asked(LAN, "m1", "cho mình gặp nhân viên với", at(0)), at(0)).await;
        let [alert, ack] = by(journey, "person-asked").await.try_into().unwrap();
        assert_eq!((alert.purpose, alert.channels.as_slice()), (Purpose::Staff, &[Channel::Alert][..]));
        assert!(text(&alert).contains("cho mình gặp nhân viên với"), "{}", text(&alert));
        assert_eq!(ack.purpose, Purpose::Reply);
        let mute = journey.person(&zalo(LAN)).await.unwrap().1.mute.unwrap();
        assert_eq!(mute.until, at(0) + SignedDuration::from_hours(24));
        assert_eq!(mute.event, ack.cause.event, "the acknowledgement passes");
    }

    async fn a_word_of_the_staff_silences_the_automation(journey) {
        journey.takes(&wrote(LAN, "m1", at(0)), at(0)).await;
        assert_eq!(journey.person(&zalo(LAN)).await.unwrap().1.mute, None);
        journey.takes(&staff_wrote(LAN, "m2", at(5)), at(9)).await;
        let mute = journey.person(&zalo(LAN)).await.unwrap().1.mute.unwrap();
        assert_eq!(mute.until, at(5) + SignedDuration::from_hours(24));
    }

    async fn who_leaves_or_says_stop_is_told_nothing_unasked(journey) {
        for (n, word) in [
            asked(LAN, "m1", "đừng nhắn tin cho tôi nữa", at(2)),
            left("unfollow", MINH, at(2)),
        ].into_iter().enumerate() {
            let user = [LAN, MINH][n];
            journey.takes(&followed(user, at(1)), at(1)).await;
            let (_, before) = journey.person(&zalo(user)).await.unwrap();
            assert!(before.consents_to(Purpose::Care) && before.consents_to(Purpose::Promotion));
            journey.takes(&word, at(2)).await;
            let (_, after) = journey.person(&zalo(user)).await.unwrap();
            assert!(!after.consents_to(Purpose::Care) && !after.consents_to(Purpose::Promotion));
            assert!(!after.consents.contains_key(&Purpose::Transaction), "of that nothing was said");
        }
        assert_eq!(by(journey, "stopped").await.len(), 1);
    }

    async fn who_withdraws_at_zalo_withdraws_everything_and_people_are_told(journey) {
        journey.takes(&followed(LAN, at(1)), at(1)).await;
        journey.takes(&left("user_withdraw", LAN, at(2)), at(2)).await;
        let (_, after) = journey.person(&zalo(LAN)).await.unwrap();
        assert!(Purpose::ASKED.iter().all(|purpose| !after.consents[purpose].given));
        assert_eq!(by(journey, "withdrew").await.len(), 1);
    }

    async fn who_has_withdrawn_is_not_told_of_a_payment_either_until_it_is_wished_again(journey) {
        journey.takes(&identified("d1", LAN, PHONE, at(1)), at(1)).await;
        journey.takes(&ordered("d2", "DH0001", 350_000, at(2)), at(2)).await;
        journey.takes(&left("user_withdraw", LAN, at(3)), at(3)).await;
        journey.takes(&paid(1, "DH0001", 350_000, at(4)), at(4)).await;
        let told = by(journey, "payment-received").await;
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].state, told[0].reason.as_deref()), (State::Suppressed, Some("no_consent")));
        assert_eq!((told[0].due_at, &told[0].recipient.phone), (None, &None));
        let wish = json!({"phone": PHONE, "purposes": ["transaction"]});
        journey.takes(&said("d3", "consent.given", wish, at(5)), at(5)).await;
        journey.takes(&ordered("d4", "DH0002", 350_000, at(6)), at(6)).await;
        journey.takes(&paid(2, "DH0002", 350_000, at(7)), at(7)).await;
        let told = by(journey, "payment-received").await;
        let states: BTreeSet<State> = told.iter().map(|n| n.state).collect();
        assert_eq!(states, BTreeSet::from([State::Suppressed, State::Planned]));
    }

    async fn a_tag_stays_and_conditions_see_it(journey) {
        journey.rules("
- {id: mark, on: customer.followed, then: [{id: t, tag: moi}]}
- {id: marked, on: customer.wrote, when: \"'moi' in customer.tags\", then: [{id: r, reply: Chào}]}
- {id: points, on: customer.followed, then: [{id: p, award: five-stars}, {id: q, invite: {survey: over}}]}
").await;
        journey.takes(&wrote(LAN, "m1", at(0)), at(0)).await;
        assert!(journey.planned().await.is_empty());
        journey.takes(&followed(LAN, at(1)), at(1)).await;
        journey.takes(&wrote(LAN, "m2", at(2)), at(2)).await;
        assert_eq!(journey.planned().await, ["marked/r"]);
        let lines = journey.lines(&zalo(LAN)).await;
        assert_eq!(lines[1], "customer.followed mark: t=tagged(moi); points: p=awarded(50.diem) q=refused(survey_closed)");
        assert_eq!(journey.rows("effect#").len(), 1);
    }

    async fn a_rule_in_shadow_shows_everything_and_does_nothing(journey) {
        let yaml = "
- id: new
  on: customer.wrote
  then:
    - {id: once, once_per: 30d}
    - {id: code, voucher: {pool: hoi-gia, once_per: 30d, empty: Hết}}
    - {id: say, reply: \"Mã {{ voucher.code }}\"}
    - {id: rest, wait: 2h}
    - {id: t, tag: vip}
    - {id: h, hand_off: {text: Chờ nhé}}
    - {id: a, alert: Xem nhé}
";
        let source = RuleSource { activated: BTreeMap::new(), ..state::rules(yaml, midnight()) };
        journey.apply(source).await;
        journey.takes(&wrote(LAN, "m1", at(0)), at(0)).await;
        journey.takes(&wrote(LAN, "m2", at(1)), at(1)).await;
        let shown = journey.notifications().await;
        assert!(shown.iter().all(|n| n.state == State::Shadow && n.due_at.is_none()), "{shown:?}");
        let said: Vec<&str> = shown.iter().take(6).map(text).collect();
        assert_eq!(said, ["Xem nhé", "Xem nhé", "Chờ nhé", "Chờ nhé", "Mã MÃ-THỬ", "Mã MÃ-THỬ"]);
        for kind in ["wait#", "once#", "effect#", "about#tag#", "about#mute"] {
            assert!(journey.rows(kind).is_empty(), "{kind}");
        }
        let line = journey.lines(&zalo(LAN)).await.remove(0);
        assert!(line.starts_with("customer.wrote new: code=shadow say=notify("), "{line}");
    }
}

both_ways! {
    async fn a_system_of_the_business_is_told_once_of_an_event_and_without_a_number(journey) {
        journey.rules("[{id: tell, on: order.created, then: [{id: crm, webhook: crm}]}]").await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(2)), at(2)).await;
        let [told] = by(journey, "tell").await.try_into().unwrap();
        assert_eq!((told.state, told.purpose), (State::Planned, Purpose::Staff));
        assert_eq!(told.channels, [Channel::Webhook]);
        let Content::Fact { to, body } = &told.content else { panic!("{told:?}") };
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((to.as_str(), body["type"].as_str()), ("crm", Some("order.created")));
        assert_eq!(body["data"]["order_id"], "DH0001");
        assert_eq!(body["data"]["event_id"], told.cause.event.as_str());
    }
}

#[tokio::test]
async fn an_alert_without_a_customer_is_planned_and_a_message_without_one_is_refused() {
    let mut journey = Journey::begin(crate::setup::Delivery::Once).await;
    journey
        .rules(
            "
- {id: told, on: payment.unmatched, then: [{id: a, alert: \"{{ payment.amount_vnd }}\"}]}
- id: lost
  on: payment.unmatched
  then:
    - {id: s, notify: {template: tier-up, params: {tier: x}}}
    - {id: t, tag: vip}
",
        )
        .await;
    let nobody = crate::setup::paid(7, "", 5_000, at(0));
    journey.takes(&nobody, at(0)).await;
    let parked = journey.rows("parked#").len();
    let planned = journey.planned().await;
    assert_eq!((parked, planned.as_slice()), (0, &["told/a".to_owned()][..]));
    assert_eq!(journey.rows("effect#").len(), 1, "what follows a refused step does not follow");
    let _ = phone(PHONE);
}
