//! The demo tenant's own files, checked, and decided on the facts of a day.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::tenant::{Tenant, TenantSecrets};

const RULES: &str = include_str!("../../../../infra/local/demo/ca-phe-som/rules.yaml");
const TEMPLATES: &str = include_str!("../../../../infra/local/demo/ca-phe-som/templates.yaml");
const PROGRAMME: &str = include_str!("../../../../infra/local/demo/ca-phe-som/programme.yaml");
const SURVEYS: &str = include_str!("../../../../infra/local/demo/ca-phe-som/surveys.yaml");
const TENANT: &str = include_str!("../../../../infra/local/demo/ca-phe-som/tenant.yaml");
const SECRETS: &str = include_str!("../../../../infra/local/demo/ca-phe-som/secrets.yaml");

fn rules() -> RuleSet {
    let mut source = RuleSource {
        version: 1,
        yaml: RULES.to_owned(),
        templates: read_templates(TEMPLATES).unwrap(),
        programme: Some(PROGRAMME.to_owned()),
        surveys: Some(SURVEYS.to_owned()),
        activated: BTreeMap::new(),
    };
    let midnight: Timestamp = "2026-11-20T00:00:00+07:00".parse().unwrap();
    for rule in RuleSet::compile(&source).unwrap().rules() {
        source.activated.insert(rule.id.clone(), midnight);
    }
    let stored = serde_json::to_string(&source).unwrap();
    RuleSet::compile(&serde_json::from_str(&stored).unwrap()).unwrap()
}

fn lan() -> Facts {
    Facts {
        event: json!({"id": "e", "kind": "k", "source": "s", "subject": "s", "time": "t", "data": {}}),
        customer: json!({
            "name": null,
            "consent": {"care": true, "promotion": true},
            "identities": ["zalo:2893352839501541173:2468458835291979221"],
        }),
        order: json!({
            "id": "DH0001", "amount_vnd": 350_000, "customer_name": "Nguyễn Thị Lan",
            "product_type": "coffee-machine", "product_name": "Máy pha Sớm Mini",
        }),
        shipment: json!({"carrier": "ghn", "code": "Z82BS", "state": "delivered"}),
        payment: json!({"amount_vnd": 350_000, "verdict": "matched"}),
        voucher: json!(null),
        points: json!(null),
        ..Facts::default()
    }
}

/// What the rules make of `kind` at `at`: one line a step, with the text where there is one.
fn day(kind: &str, at: &str, facts: &Facts) -> String {
    let event = EventId::of("ca-phe-som", kind, at);
    let at: Timestamp = format!("2026-11-20T{at}+07:00").parse().unwrap();
    let occurrence = Occurrence { event: &event, kind, time: at, first_seen: at };
    let mut lines = String::new();
    for decision in rules().decide(&occurrence, facts) {
        assert!(!decision.shadow);
        let Outcome::Fires(effects) = decision.outcome else {
            lines += &format!("{}: {:?}\n", decision.rule, decision.outcome);
            continue;
        };
        for Effect { step, planned_for, what, .. } in effects {
            let planned = planned_for.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7)));
            let what = match what {
                What::Notify(notify) => {
                    let channels = notify.channels.iter().map(|c| c.as_str()).collect::<Vec<_>>();
                    format!(
                        "{} {} by {}\n{}",
                        notify.purpose().as_str(),
                        notify.template.template_id,
                        channels.join(", "),
                        notify.template.text(&notify.params)
                    )
                }
                other => told(&other),
            };
            lines += &format!("{} {step} {}: {what}\n", decision.rule, planned.strftime("%H:%M"));
        }
    }
    lines
}

/// What an effect does, in short.
pub(super) fn told(what: &What) -> String {
    match what {
        What::OncePer { marker } => format!("once {marker}"),
        What::Notify(notify) => format!("notify {}", notify.template.name),
        What::Reply { text } => format!("reply “{text}”"),
        What::Alert { text } => format!("alert “{text}”"),
        What::Wait { until } => format!("wait until {until}"),
        What::Voucher { pool, marker, empty } => {
            format!("voucher of {pool} for {marker}, else “{}”", empty.as_deref().unwrap_or(""))
        }
        What::HandOff { mute_for, text } => {
            format!("hand off {mute_for:?} “{}”", text.as_deref().unwrap_or(""))
        }
        What::Webhook { to, body } => format!("webhook {to} {body}"),
        What::Tag { tag } => format!("tag {tag}"),
        What::Award(award) => {
            let Award { earning, currency, points, cap, once, budget, policy: _ } = award;
            let cap = cap.map(|cap| format!(", {} a day", cap.per_day_max));
            let budget = budget.map(|budget| format!(", {budget} in all"));
            let once = once.then_some(", once");
            let limits = cap.unwrap_or_default() + once.unwrap_or("") + &budget.unwrap_or_default();
            format!("award {points} {currency} by {earning}{limits}")
        }
        What::Invite { survey } => format!("invite {survey}"),
        What::Answer { survey, score, text, invited } => {
            let invited = if *invited { " by invitation" } else { "" };
            format!("answer {survey} with {score} “{}”{invited}", text.as_deref().unwrap_or(""))
        }
        What::OpenCase { owner, text, due_at } => {
            format!("case of {} until {due_at} “{text}”", owner.as_deref().unwrap_or("nobody"))
        }
        What::Refused { kind, detail, why } => format!("{kind} {detail} {}", why.as_str()),
    }
}

#[test]
fn the_tenants_files_are_in_order() {
    let tenant = Tenant::read(TENANT).unwrap();
    assert!(tenant.order_code_pattern().unwrap().is_match("DH0001"));
    let secrets = TenantSecrets::read(SECRETS).unwrap();
    assert!(tenant.zalo.oas.iter().all(|oa| secrets.zalo.contains_key(oa)));
    assert!(secrets.pepper().is_some());
}

#[test]
fn the_day_brings_these_messages() {
    let mut stranger = lan();
    for fact in [&mut stranger.order, &mut stranger.shipment, &mut stranger.payment] {
        *fact = json!(null);
    }
    insta::assert_snapshot!(day("customer.followed", "08:00", &stranger), @r#"
    welcome once 08:00: once welcome#once#2025-12-18
    welcome greet 08:00: promotion 433001 by zns-uid
    Cảm ơn bạn đã quan tâm Cà Phê Sớm!
    Mỗi sáng một ly cà phê ngon, mỗi tuần một món mới. Nhắn cho quán bất cứ lúc nào bạn cần tư vấn.
    "#);
    insta::assert_snapshot!(day("payment.matched", "08:30", &lan()), @r#"
    payment-received tell 08:30: transaction 433002 by zns-phone
    Đã nhận thanh toán
    Chào Nguyễn Thị Lan, Cà Phê Sớm đã nhận 350000 đồng cho đơn hàng DH0001. Quán đang chuẩn bị hàng và sẽ báo khi đơn được giao.
    points-for-purchase points 08:30: award 350 diem by purchase
    "#);
    insta::assert_snapshot!(day("shipment.out_for_delivery", "14:00", &lan()), @r#"
    on-its-way tell 14:00: transaction 433003 by zns-phone
    Đơn hàng đang trên đường đến bạn
    Chào Nguyễn Thị Lan, đơn hàng DH0001 (mã vận đơn Z82BS) đang được giao. Bạn để ý điện thoại giúp quán nhé.
    "#);
    insta::assert_snapshot!(day("shipment.delivered", "15:30", &lan()), @r#"
    delivered-guide guide 15:30: care 433555 by zns-phone
    Hướng dẫn sử dụng Máy pha Sớm Mini
    Chào Nguyễn Thị Lan, trước lần pha đầu tiên bạn hãy cho máy chạy hai lượt nước sạch. Sau mỗi lần pha, tháo phin và lau khô. Cần giúp, bạn cứ nhắn cho quán.
    delivered-guide rest 15:30: wait until 2026-11-20T10:30:00Z
    "#);
    let tier = |from: &str, to: &str, rank_from: i32, rank_to: i32| {
        let mut facts = stranger.clone();
        facts.event["data"] =
            json!({"from": from, "to": to, "rank_from": rank_from, "rank_to": rank_to});
        facts
    };
    let up = tier("Member", "Priority", 1, 2);
    insta::assert_snapshot!(day("customer.tier_changed", "16:30", &up), @r#"
    tier-up congratulate 16:30: care 433004 by zns-phone
    Chúc mừng bạn lên hạng
    Bạn vừa trở thành khách hàng hạng Priority của Cà Phê Sớm. Cảm ơn bạn đã đồng hành cùng quán.
    "#);
    let down = tier("Priority", "Member", 2, 1);
    insta::assert_snapshot!(day("customer.tier_changed", "16:40", &down), @r#"tier-up: ConditionFalse"#);
}

#[test]
fn nothing_else_of_the_day_brings_a_message() {
    let mut lan = lan();
    lan.event["data"] = json!({"text": "Dạ giã từ nhé", "intent": "none", "stars": null});
    for kind in [
        "customer.wrote",
        "customer.identified",
        "order.created",
        "payment.unmatched",
        "payment.overpaid",
        "shipment.created",
        "oa.quota_changed",
        "zalo-oa.unrecognised",
    ] {
        let made = day(kind, "12:00", &lan);
        assert!(made.lines().all(|line| line.ends_with(": ConditionFalse")), "{kind}: {made}");
    }
}

#[test]
fn what_a_customer_asks_is_answered() {
    let asked = |intent: &str, order: bool| {
        let mut facts = lan();
        facts.event["data"] = json!({"text": "…", "intent": intent, "stars": null});
        facts.order["status"] = json!("đang được giao");
        if !order {
            facts.order = json!(null);
        }
        let made = day("customer.wrote", "12:00", &facts);
        let fired = made.lines().filter(|line| !line.ends_with(": ConditionFalse"));
        fired.map(|line| format!("{line}\n")).collect::<String>()
    };
    let made: String = ["price", "greeting", "stop", "person", "delete_data", "points"]
        .map(|intent| asked(intent, true))
        .concat();
    insta::assert_snapshot!(made, @r#"
    price-asked code 12:00: voucher of hoi-gia for price-asked#code#2026-11-03, else “Dạ máy pha Sớm Mini giá 350.000đ ạ. Mã giảm giá của đợt này đã hết, quán sẽ có đợt mới sớm thôi ạ.”
    greeted once 12:00: once greeted#once#2026-11-20
    greeted answer 12:00: reply “Cà Phê Sớm chào bạn ạ! Bạn cần quán giúp gì cứ nhắn nhé: giá, đơn hàng, hay gặp nhân viên.”
    stopped answer 12:00: reply “Dạ quán đã dừng gửi tin chăm sóc và khuyến mãi cho bạn. Tin về đơn hàng của bạn vẫn được gửi ạ.”
    person-asked alert 12:00: alert “Khách chưa rõ tên muốn gặp nhân viên: “…””
    person-asked hand-over 12:00: hand off None “Dạ nhân viên của quán sẽ nhắn lại cho bạn trong giờ làm việc, 7:00 đến 21:00 hằng ngày ạ.”
    forget-asked alert 12:00: alert “Khách chưa rõ tên yêu cầu xoá dữ liệu cá nhân.”
    forget-asked answer 12:00: reply “Dạ quán đã nhận yêu cầu xoá dữ liệu của bạn và sẽ làm trong vòng 72 giờ ạ.”
    "#);
    insta::assert_snapshot!(asked("order_status", true) + &asked("order_status", false), @r#"
    order-asked answer 12:00: reply “Dạ đơn hàng DH0001 của bạn đang được giao ạ.”
    order-asked-by-stranger answer 12:00: reply “Dạ bạn cho quán xin mã đơn hàng hoặc số điện thoại đặt hàng để quán kiểm tra nhé.”
    "#);
}

#[test]
fn no_guide_for_another_product_or_without_consent() {
    let mut beans = lan();
    beans.order["product_type"] = json!("beans");
    let mut silent = lan();
    silent.customer["consent"]["care"] = json!(false);
    for facts in [beans, silent] {
        assert_eq!(day("shipment.delivered", "15:30", &facts), "delivered-guide: ConditionFalse\n");
    }
}
