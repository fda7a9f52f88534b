//! NOn: notifications and the meetings of their two sides.

use std::collections::BTreeMap;

use cloud::table::notifications::{
    DueKey, DuePage, Meeting, Planned, RuleCursor, RulePage, RulePlace, Saved,
};
use domain::{
    channel::Channel,
    consent::Purpose,
    event::{Rank, Tracking},
    id::EffectId,
    notification::{
        Answer, Cause, Content, Input, Notification, Recipient, SAFETY_NET, State, TemplateRef,
    },
    phone::Phone,
    rule::OnUnknown,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::fault::Units;

use crate::stage::{
    LAN, LAN_PHONE, OA, Stage, TENANT, assert_corrupt, customer_id, event_id, minute, start,
};

const TABLE: &str = "NotificationsTable";
pub const MESSAGE: &str = "8f0a3e2c5b6d4a71b9c2";

/// A request id of Lambda: the owner of a claim.
const OWNER: &str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";

/// "Payment received" for Lan's order, as the demo's rule plans it.
pub fn planned(n: i64) -> Notification {
    let event = event_id(n);
    Notification {
        id: EffectId::of(&event, "payment-received", "tell"),
        tenant: TENANT.to_owned(),
        customer: Some(customer_id("lan")),
        cause: Cause {
            event,
            rule: "payment-received".to_owned(),
            version: 12,
            step: "tell".to_owned(),
        },
        purpose: Purpose::Transaction,
        content: Content::Template {
            template: TemplateRef {
                name: "payment-received".to_owned(),
                zalo_id: "433002".to_owned(),
            },
            params: [
                ("customer_name", "Nguyễn Thị Lan"),
                ("order_id", "DH0001"),
                ("amount_vnd", "350000"),
            ]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        },
        price_vnd: BTreeMap::from([(Channel::ZnsPhone, 300), (Channel::ZnsUid, 250)]),
        channels: vec![Channel::ZnsPhone, Channel::ZnsUid],
        oa: OA.to_owned(),
        recipient: Recipient {
            phone: Some(Phone::parse(LAN_PHONE).unwrap()),
            user: Some(LAN.to_owned()),
        },
        planned_at: start(),
        deadline: Some(start() + SignedDuration::from_hours(24)),
        on_unknown: OnUnknown::Resend,
        state: State::Planned,
        reason: None,
        due_at: Some(start() + SAFETY_NET),
        attempts: Vec::new(),
        channels_used: 0,
        revision: 0,
    }
}

pub fn accepted() -> Answer {
    Answer::Accepted { message_id: MESSAGE.to_owned() }
}

/// Claims for [`OWNER`], who may live a minute and a half.
pub fn claim(n: &mut Notification, now: Timestamp) {
    n.claim(OWNER, now, now + SignedDuration::from_secs(90)).unwrap();
}

/// Stores a change that must go through, and says what it used.
pub async fn save(stage: &Stage, n: &mut Notification) -> Units {
    let notifications = stage.notifications();
    let (saved, units) = stage.units(notifications.save(n)).await;
    assert_eq!(saved.unwrap(), Saved::Done);
    units
}

pub async fn stored(stage: &Stage, n: &Notification) -> Notification {
    stage.notifications().find(TENANT, &n.id).await.unwrap().unwrap()
}

fn due_keys(page: Result<DuePage, cloud::table::StoreError>) -> Vec<DueKey> {
    page.unwrap().keys
}

#[tokio::test]
async fn a_plan_is_three_units_and_is_found_as_it_was() {
    let stage = Stage::new();
    let (notifications, new) = (stage.notifications(), planned(1));
    let (plan, units) = stage.units(notifications.plan(&new)).await;
    assert_eq!(plan.unwrap(), Planned::New);
    assert_eq!((units.write, units.index, units.read, units.calls), (3.0, 2.0, 0.0, 1));
    let (found, units) = stage.units(notifications.find(TENANT, &new.id)).await;
    assert_eq!(found.unwrap(), Some(new));
    assert_eq!((units.read, units.calls), (1.0, 1));
    let nobody = EffectId::of(&event_id(2), "payment-received", "tell");
    assert_eq!(notifications.find(TENANT, &nobody).await.unwrap(), None);
}

#[tokio::test]
async fn a_second_plan_changes_nothing_whatever_has_become_of_the_first() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let (one, two) = (planned(1), planned(1));
    let (one, two) = tokio::join!(biased; notifications.plan(&one), notifications.plan(&two));
    assert_eq!((one.unwrap(), two.unwrap()), (Planned::New, Planned::Already));

    let mut ended = planned(1);
    ended.end(Input::Cancel, "rule_removed").unwrap();
    save(&stage, &mut ended).await;
    let new = planned(1);
    let (again, units) = stage.units(notifications.plan(&new)).await;
    assert_eq!(again.unwrap(), Planned::Already);
    assert_eq!((units.write, units.calls), (0.0, 1));
    assert_eq!(stored(&stage, &ended).await, ended);
}

#[tokio::test]
async fn every_way_of_settling_an_attempt_is_read_back() {
    let answers = [
        Answer::NotSent,
        Answer::Unknown,
        Answer::Refused { code: -118, class: domain::notification::Class::Recipient },
        Answer::Refused { code: -201, class: domain::notification::Class::Payload },
        accepted(),
    ];
    for answer in answers {
        let stage = Stage::new();
        let mut n = planned(1);
        stage.notifications().plan(&n).await.unwrap();
        claim(&mut n, start());
        save(&stage, &mut n).await;
        n.settle(n.tracking().attempt, &answer, &domain::tenant::Limits::default(), start())
            .unwrap();
        save(&stage, &mut n).await;
        assert_eq!(stored(&stage, &n).await, n, "{answer:?}");
    }
}

#[tokio::test]
async fn of_two_claims_at_once_one_wins_and_the_other_sees_it() {
    for first in [0, 1] {
        let stage = Stage::new();
        let notifications = stage.notifications();
        notifications.plan(&planned(1)).await.unwrap();
        let mut claims = [planned(1), planned(1)];
        for (n, owner) in claims.iter_mut().zip(["one", "two"]) {
            n.claim(owner, start(), minute(2)).unwrap();
        }
        if first == 1 {
            claims.reverse();
        }
        let [one, two] = &mut claims;
        let (won, lost) = tokio::join!(biased; notifications.save(one), notifications.save(two));
        assert_eq!(won.unwrap(), Saved::Done);
        assert_eq!(lost.unwrap(), Saved::Superseded(Box::new(one.clone())));
        assert_eq!((one.revision, stored(&stage, one).await), (1, one.clone()));
    }
}

#[tokio::test]
async fn the_loser_of_a_race_decides_anew_on_the_present_row_and_is_then_stored() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let mut sent = planned(1);
    notifications.plan(&sent).await.unwrap();
    claim(&mut sent, start());
    save(&stage, &mut sent).await;
    let mut receipt = sent.clone();
    sent.settle(sent.tracking().attempt, &accepted(), &domain::tenant::Limits::default(), start())
        .unwrap();
    save(&stage, &mut sent).await;

    receipt.receive(1, MESSAGE, Rank::Seen);
    let Saved::Superseded(mut present) = notifications.save(&mut receipt).await.unwrap() else {
        panic!("the receipt did not see the sender")
    };
    assert_eq!(*present, sent);
    assert!(present.receive(1, MESSAGE, Rank::Seen));
    save(&stage, &mut present).await;
    assert_eq!(stored(&stage, &sent).await.state, State::Seen);
}

#[tokio::test]
async fn a_change_of_a_row_that_is_gone_is_named() {
    let stage = Stage::new();
    let mut n = planned(1);
    let key = format!("{TENANT}#{}", n.id);
    assert_corrupt(stage.notifications().save(&mut n).await, &[&key]);
    assert!(stage.rows(TABLE).is_empty());
}

#[tokio::test]
async fn what_is_due_comes_by_class_and_time_and_leaves_when_it_is_over() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let plan = async |n: i64, purpose: Purpose, due_at: Timestamp| {
        let mut new = planned(n);
        new.purpose = purpose;
        new.due_at = Some(due_at);
        notifications.plan(&new).await.unwrap();
        DueKey { tenant: TENANT.to_owned(), id: new.id }
    };
    let later = plan(1, Purpose::Transaction, minute(2)).await;
    let sooner = plan(2, Purpose::Reply, minute(1)).await;
    let staff = plan(3, Purpose::Staff, minute(3)).await;
    let otp = plan(4, Purpose::Otp, minute(1)).await;
    let care = plan(5, Purpose::Care, minute(1)).await;
    let promotion = plan(6, Purpose::Promotion, minute(1)).await;

    let just_before = minute(1) - SignedDuration::from_millis(1);
    assert_eq!(due_keys(notifications.due(Purpose::Transaction, just_before, None).await), []);
    let (due, units) = stage.units(notifications.due(Purpose::Transaction, minute(2), None)).await;
    assert_eq!(due_keys(due), [sooner.clone(), later.clone()]);
    assert_eq!((units.read, units.write, units.calls), (0.5, 0.0, 1));
    let all = due_keys(notifications.due(Purpose::Transaction, minute(3), None).await);
    assert_eq!(all, [sooner, later, staff]);
    for (class, key) in
        [(Purpose::Otp, otp), (Purpose::Care, care), (Purpose::Promotion, promotion)]
    {
        assert_eq!(due_keys(notifications.due(class, minute(3), None).await), [key]);
    }

    let mut n = planned(1);
    n.end(Input::Suppress, "no_consent").unwrap();
    save(&stage, &mut n).await;
    assert_eq!(due_keys(notifications.due(Purpose::Transaction, minute(3), None).await).len(), 2);
}

/// Goal: whatever becomes of the rows of one look, the next goes on behind them. Method: of the first hundred one stays due, as one
/// does that a living owner has claimed.
#[tokio::test]
async fn a_look_takes_the_hundred_that_are_due_longest_and_the_next_goes_on_behind_them() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    for n in 0..101 {
        let mut new = planned(n);
        new.due_at = Some(minute(n));
        notifications.plan(&new).await.unwrap();
    }
    let look = notifications.due(Purpose::Transaction, minute(500), None);
    let (page, units) = stage.units(look).await;
    let DuePage { keys, next } = page.unwrap();
    assert_eq!((keys.len(), &keys[0].id), (100, &planned(0).id));
    assert_eq!((units.read, units.calls), (1.0, 1), "a hundred keys are less than 8 KB");
    for n in 1..100 {
        let mut n = planned(n);
        n.due_at = Some(minute(600));
        save(&stage, &mut n).await;
    }
    let rest = notifications.due(Purpose::Transaction, minute(500), next).await.unwrap();
    let last = DueKey { tenant: TENANT.to_owned(), id: planned(100).id };
    assert_eq!(rest, DuePage { keys: vec![last.clone()], next: None });
    let anew = due_keys(notifications.due(Purpose::Transaction, minute(500), None).await);
    assert_eq!(anew, [DueKey { tenant: TENANT.to_owned(), id: planned(0).id }, last]);
}

#[tokio::test]
async fn the_notifications_of_a_rule_come_newest_first_and_page_by_page() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let mut newest_first = Vec::new();
    for n in (0..5).rev() {
        let new = Notification { planned_at: minute(n), ..planned(n) };
        notifications.plan(&new).await.unwrap();
        newest_first.push(new.id);
    }
    let shadow = Notification { state: State::Shadow, due_at: None, ..planned(9) };
    let shadow = Notification { planned_at: minute(-1), ..shadow };
    let (plan, units) = stage.units(notifications.plan(&shadow)).await;
    assert_eq!((plan.unwrap(), units.write, units.index), (Planned::New, 2.0, 1.0));
    newest_first.push(shadow.id);
    let mut of_another = planned(10);
    of_another.cause.rule = "payment".to_owned();
    notifications.plan(&of_another).await.unwrap();
    notifications.meet_as_receipt(TENANT, MESSAGE, Rank::Seen).await.unwrap();

    let (mut found, mut before, mut pages) = (Vec::new(), RulePlace::Newest, 0);
    loop {
        let look = notifications.of_rule(TENANT, "payment-received", 4, &before);
        let (page, units) = stage.units(look).await;
        let page = page.unwrap();
        assert_eq!((units.read, units.calls), (0.5, 1));
        found.extend(page.ids);
        pages += 1;
        let Some(next) = page.next else { break };
        // A place survives being printed into an address.
        let read = RuleCursor::parse(&next.to_string()).unwrap();
        assert_eq!(read, next);
        before = RulePlace::Before(read);
    }
    assert_eq!((&found, pages), (&newest_first, 2));
    // What was planned by a time, that very instant included.
    for (until, first) in [(minute(99), 0), (minute(-1), found.len() - 1)] {
        let look = RulePlace::Until(until);
        let page = notifications.of_rule(TENANT, "payment-received", 9, &look).await.unwrap();
        assert_eq!(page, RulePage { ids: found[first..].to_vec(), next: None });
    }
    let nobody = notifications.of_rule("tra-sua", "payment-received", 4, &RulePlace::Newest);
    let nobody = nobody.await.unwrap();
    assert_eq!(nobody, RulePage { ids: Vec::new(), next: None });
    for text in ["", "1", "x.y", "1.short"] {
        assert_eq!(RuleCursor::parse(text), None, "{text}");
    }
}

#[tokio::test]
async fn many_are_found_in_the_order_asked_and_each_takes_one_unit() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let mut ids = Vec::new();
    for n in 0..150 {
        notifications.plan(&planned(n)).await.unwrap();
        ids.insert(0, planned(n).id);
    }
    let mut asked = ids.clone();
    asked.insert(7, planned(999).id);
    asked.push(ids[0].clone());
    let (found, units) = stage.units(notifications.find_many(TENANT, &asked)).await;
    let found: Vec<EffectId> = found.unwrap().into_iter().map(|n| n.id).collect();
    assert_eq!(found, ids);
    assert_eq!(units.calls, 2);
    assert!(
        (150.0..=151.0).contains(&units.read),
        "one that is not there costs what it costs: {units:?}"
    );
    assert_eq!(notifications.find_many(TENANT, &[]).await.unwrap(), []);
}

/// An answer holds 16 MB at most; the database names what it left out.
#[tokio::test]
async fn what_a_batch_leaves_out_is_asked_for_again() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let mut ids = Vec::new();
    for n in 0..60 {
        let new = Notification { content: Content::Text("a".repeat(300_000)), ..planned(n) };
        notifications.plan(&new).await.unwrap();
        ids.push(new.id);
    }
    let (found, units) = stage.units(notifications.find_many(TENANT, &ids)).await;
    let found: Vec<EffectId> = found.unwrap().into_iter().map(|n| n.id).collect();
    assert_eq!((found, units.calls), (ids, 2));
}

#[tokio::test]
async fn who_comes_second_to_the_meeting_sees_both_sides() {
    let sender = Tracking { notification: planned(1).id, attempt: 1 };
    for sender_first in [true, false] {
        let stage = Stage::new();
        let notifications = stage.notifications();
        let as_sender = notifications.meet_as_sender(TENANT, MESSAGE, &sender);
        let as_receipt = notifications.meet_as_receipt(TENANT, MESSAGE, Rank::Seen);
        let second = if sender_first {
            let (_, second) = tokio::join!(biased; as_sender, as_receipt);
            second
        } else {
            let (_, second) = tokio::join!(biased; as_receipt, as_sender);
            second
        };
        let both = Meeting { sender: Some(sender.clone()), rank: Some(Rank::Seen) };
        assert_eq!(second.unwrap(), both);
        assert_eq!(notifications.meet_as_sender(TENANT, MESSAGE, &sender).await.unwrap(), both);
    }
}

#[tokio::test]
async fn receipts_in_any_order_keep_the_highest_rank_and_all_see_it() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let meet = async |rank| {
        let met = stage.units(notifications.meet_as_receipt(TENANT, MESSAGE, rank)).await;
        (met.0.unwrap().rank.unwrap(), met.1.write, met.1.calls)
    };
    assert_eq!(meet(Rank::Seen).await, (Rank::Seen, 1.0, 1));
    assert_eq!(meet(Rank::Delivered).await, (Rank::Seen, 0.0, 1));
    assert_eq!(meet(Rank::Seen).await, (Rank::Seen, 0.0, 1));
    assert_eq!(meet(Rank::Clicked).await, (Rank::Clicked, 1.0, 1));
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_named_by_every_pattern_that_meets_it() {
    let spoiled: Vec<(&str, Value)> = vec![
        ("v", json!({"N": "2"})),
        ("v", Value::Null),
        ("state", json!({"S": "lost"})),
        ("state", Value::Null),
        ("phone", json!({"S": "12"})),
        ("planned", json!({"N": "99999999999999999"})),
        ("deadline", json!({"N": "99999999999999999"})),
        ("customer", json!({"N": "1"})),
        ("attempts", json!({"L": [{"M": {}}]})),
    ];
    for (attribute, value) in spoiled {
        let stage = Stage::new();
        let notifications = stage.notifications();
        let mut n = planned(1);
        let key = format!("{TENANT}#{}", n.id);
        notifications.plan(&n).await.unwrap();
        claim(&mut n, start());
        save(&stage, &mut n).await;
        stage.spoil(TABLE, n.id.as_str(), "", attribute, value);
        assert_corrupt(notifications.find(TENANT, &n.id).await, &[&key]);
        let mut late = planned(1);
        claim(&mut late, minute(1));
        assert_corrupt(notifications.save(&mut late).await, &[&key]);
        assert_eq!(notifications.plan(&late).await.unwrap(), Planned::Already);
    }
}

#[tokio::test]
async fn a_meeting_that_nobody_can_read_is_named() {
    let sender = Tracking { notification: planned(1).id, attempt: 1 };
    let key = format!("{TENANT}#sent:{MESSAGE}");
    let spoiled = [("rank", json!({"N": "9"})), ("v", json!({"N": "2"}))];
    for (attribute, value) in spoiled {
        let stage = Stage::new();
        let notifications = stage.notifications();
        notifications.meet_as_receipt(TENANT, MESSAGE, Rank::Clicked).await.unwrap();
        stage.spoil(TABLE, MESSAGE, "", attribute, value);
        if attribute == "rank" {
            let met = notifications.meet_as_sender(TENANT, MESSAGE, &sender).await;
            assert_corrupt(met, &[&key]);
        }
        let met = notifications.meet_as_receipt(TENANT, MESSAGE, Rank::Delivered).await;
        assert_corrupt(met, &[&key]);
    }
    let stage = Stage::new();
    let notifications = stage.notifications();
    notifications.meet_as_sender(TENANT, MESSAGE, &sender).await.unwrap();
    stage.spoil(TABLE, MESSAGE, "", "sender", json!({"S": "somebody"}));
    let met = notifications.meet_as_receipt(TENANT, MESSAGE, Rank::Seen).await;
    assert_corrupt(met, &[&key]);
}

#[tokio::test]
async fn a_key_on_due_that_is_none_of_ours_is_named() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    notifications.plan(&planned(1)).await.unwrap();
    let mut row = stage.row(TABLE, planned(1).id.as_str(), "");
    row["pk"] = json!({"S": "ca-phe-som#nothing"});
    stage.put(TABLE, &row);
    let due = notifications.due(Purpose::Transaction, minute(9), None).await;
    assert_corrupt(due, &["ca-phe-som#nothing"]);
}
