//! The demo tenant's own files, checked, and decided on the facts of a day.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::tenant::{Tenant, TenantSecrets};

const RULES: &str = include_str!("../../../../infra/local/demo/ca-phe-som/rules.yaml");
const TEMPLATES: &str = include_str!("../../../../infra/local/demo/ca-phe-som/templates.yaml");
const TENANT: &str = include_str!("../../../../infra/local/demo/ca-phe-som/tenant.yaml");
const SECRETS: &str = include_str!("../../../../infra/local/demo/ca-phe-som/secrets.yaml");

fn rules() -> RuleSet {
    let mut source = RuleSource {
        version: 1,
        yaml: RULES.to_owned(),
        templates: read_templates(TEMPLATES).unwrap(),
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
                What::OncePer { marker } => format!("once per {marker}"),
                What::Refused { kind, detail, why } => {
                    format!("{kind} {detail} refused({})", why.as_str())
                }
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
            };
            lines += &format!("{} {step} {}: {what}\n", decision.rule, planned.strftime("%H:%M"));
        }
    }
    lines
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
    welcome once 08:00: once per welcome#once#2025-12-18
    welcome greet 08:00: promotion 433001 by zns-uid
    Cảm ơn bạn đã quan tâm Cà Phê Sớm!
    Mỗi sáng một ly cà phê ngon, mỗi tuần một món mới. Nhắn cho quán bất cứ lúc nào bạn cần tư vấn.
    "#);
    insta::assert_snapshot!(day("payment.matched", "08:30", &lan()), @r#"
    payment-received tell 08:30: transaction 433002 by zns-phone
    Đã nhận thanh toán
    Chào Nguyễn Thị Lan, Cà Phê Sớm đã nhận 350000 đồng cho đơn hàng DH0001. Quán đang chuẩn bị hàng và sẽ báo khi đơn được giao.
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
    delivered-guide rest 15:30: wait 2h refused(not_built)
    delivered-guide ask 17:30: invite csat-delivery refused(not_built)
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
        assert_eq!(day(kind, "12:00", &lan()), "", "{kind}");
    }
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
