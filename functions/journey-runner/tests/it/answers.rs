//! What a customer says elsewhere than on a page counts as an answer, and what displeases opens one case.

use cloud::table::{
    Surveys,
    surveys::{CaseSaved, StoredCase},
};
use domain::survey::CaseState;
use jiff::Timestamp;
use local::demo::state::DEMO;
use serde_json::json;
use testkit::fault::Faults;

use crate::{rated::stars, setup::*};

const COMPLAINTS: &str = r#"
- id: unhappy
  on: customer.wrote
  when: event.data.stars != null && event.data.stars <= 2
  then:
    - {id: open, case: {owner: Mai, within: 24h, text: "{{ event.data.text }}"}}
- id: visited
  on: store.visited
  then:
    - {id: ask, invite: {survey: store-visit}}
"#;

fn surveys(journey: &Journey) -> Surveys {
    let client = journey.state.engine.client(&Faults::new());
    Surveys::new(&client, &journey.state.table("SURVEYS_TABLE"))
}

async fn cases(journey: &Journey) -> Vec<StoredCase> {
    surveys(journey).cases(DEMO, Timestamp::UNIX_EPOCH, None, 100).await.unwrap().cases
}

/// Lan has followed, and her order is delivered; two hours later she is invited.
async fn invited(journey: &mut Journey) {
    journey.takes(&followed(LAN, at(0)), at(0)).await;
    journey.takes(&identified("d1", LAN, PHONE, at(1)), at(1)).await;
    journey.takes(&ordered("d2", "DH0001", 350_000, at(2)), at(2)).await;
    journey.takes(&parcel("DH0001", "Z82BS", "delivered", at(3)), at(3)).await;
    journey.tick(at(123)).await;
    assert_eq!(journey.responses().len(), 1);
}

both_ways! {
    async fn stars_under_a_message_are_a_response_about_its_order(journey) {
        let tracking = crate::rated::told(journey).await.to_string();
        journey.rules("[{id: stars, on: notification.rated, then: [{id: a, answer: {survey: zalo-stars, score: event.data.stars, text: event.data.note}}]}]").await;
        journey.takes(&stars(2, "z1", Some(&tracking), at(5)), at(6)).await;
        let responses = journey.responses();
        let [response] = &responses[..] else { panic!("{responses:?}") };
        assert_eq!((&response["state"]["S"], &response["about"]["S"]), (&json!("answered"), &json!("DH0001")));
        assert_eq!(response["hidden"]["M"]["door"]["S"], "notification.rated");
        let given = &response["given"]["M"];
        assert!(given["stars"].to_string().contains('2') && given["words"].to_string().contains("Giao chậm, gọi ***"), "{given}");
        assert_eq!(response["customer"]["S"], journey.id(&phone(PHONE)).await.as_str());
        let line = journey.lines(&phone(PHONE)).await.pop().unwrap();
        assert_eq!(line, "notification.rated stars: a=answered(zalo-stars)");
        assert!(journey.is_tidy());
    }

    async fn stars_in_the_chat_end_the_open_invitation_once(journey) {
        invited(journey).await;
        journey.takes(&asked(LAN, "m1", "Cho quán 5 sao nhé", at(130)), at(130)).await;
        let responses = journey.responses();
        assert_eq!((responses.len(), &responses[0]["state"]["S"]), (1, &json!("answered")));
        assert!(responses[0]["given"]["M"]["stars"].to_string().contains('5'));
        journey.takes(&asked(LAN, "m2", "1 sao", at(140)), at(140)).await;
        let after = journey.responses();
        assert_eq!(after, responses, "it was answered before");
        let lines = journey.lines(&phone(PHONE)).await;
        let chat: Vec<bool> = lines.iter().rev().take(2).map(|line| line.contains("answered(csat-delivery)")).collect();
        assert_eq!(chat, [false, true], "{lines:?}");
        assert!(lines.last().unwrap().contains("answer=refused(no_open_invitation)"), "{lines:?}");
    }

    async fn what_is_no_place_of_the_scale_is_no_answer(journey) {
        journey.rules("[{id: odd, on: customer.wrote, then: [{id: a, answer: {survey: zalo-stars, score: event.data.text}}]}]").await;
        journey.takes(&asked(LAN, "m1", "9", at(1)), at(1)).await;
        assert!(journey.responses().is_empty());
        assert_eq!(journey.lines(&zalo(LAN)).await, ["customer.wrote odd: a=refused(no_score)"]);
    }

    async fn what_displeases_opens_one_case_and_more_of_it_joins(journey) {
        journey.rules(COMPLAINTS).await;
        journey.takes(&asked(LAN, "m1", "1 sao, giao trễ quá", at(1)), at(1)).await;
        journey.takes(&asked(LAN, "m2", "2 sao, lại trễ", at(2)), at(2)).await;
        journey.takes(&asked(MINH, "m3", "rất tệ", at(3)), at(3)).await;
        let all = cases(journey).await;
        let texts: Vec<&str> = all.iter().map(|stored| stored.case.text.as_str()).collect();
        assert_eq!(texts, ["rất tệ", "1 sao, giao trễ quá"]);
        let lan = &all[1].case;
        assert_eq!((lan.state, lan.owner.as_deref(), lan.opened_at), (CaseState::Open, Some("Mai"), at(1)));
        assert_eq!(lan.due_at, at(1 + 24 * 60));
        let notes: Vec<&str> = lan.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes, ["2 sao, lại trễ"]);
        let lines = journey.lines(&zalo(LAN)).await;
        assert_eq!(lines[0], format!("customer.wrote unhappy: open=case({})", lan.key));
        assert_eq!(lines[1], format!("customer.wrote unhappy: open=joined({})", lan.key));
        assert!(journey.is_tidy());
    }

    async fn nobody_with_an_open_case_is_asked_and_afterwards_they_are(journey) {
        journey.rules(COMPLAINTS).await;
        journey.takes(&identified("d1", LAN, PHONE, at(0)), at(0)).await;
        journey.takes(&asked(LAN, "m1", "1 sao", at(1)), at(1)).await;
        let visit = |key: &str, time| said(key, "store.visited", json!({"phone": PHONE}), time);
        journey.takes(&visit("v1", at(2)), at(2)).await;
        assert!(journey.responses().is_empty());
        assert!(journey.lines(&phone(PHONE)).await[2].contains("ask=refused(open_case)"));
        let mut stored = cases(journey).await.remove(0);
        stored.case.close("mai", "Đã xin lỗi", at(3)).unwrap();
        assert_eq!(surveys(journey).close_case(&stored).await.unwrap(), CaseSaved::Yes);
        journey.takes(&visit("v2", at(4)), at(4)).await;
        assert_eq!(journey.responses().len(), 1);
        // The first complaint once more: its case stays closed.
        journey.takes(&asked(LAN, "m1", "1 sao", at(1)), at(9)).await;
        assert_eq!(cases(journey).await.len(), 1);
    }

    async fn a_rule_in_shadow_opens_no_case_and_answers_nothing(journey) {
        let mut rules = local::demo::state::rules(COMPLAINTS, midnight());
        rules.activated.clear();
        journey.apply(rules).await;
        journey.takes(&asked(LAN, "m1", "1 sao", at(1)), at(1)).await;
        assert!(cases(journey).await.is_empty());
        assert_eq!(journey.lines(&zalo(LAN)).await, ["customer.wrote unhappy: open=shadow"]);
    }
}
