//! What a business relies on when it steers: the past sends nothing, a new rule is only looked at, a pause holds.

use cloud::table::{
    Notifications, Tenants,
    tenants::{Applied, Change},
};
use domain::{
    id::EffectId,
    notification::{Notification, Scope, State},
    rule::RuleSource,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use local::{
    demo::{
        hook::DemoHook,
        state::{self, DEMO},
    },
    stack::{Stack, request},
};
use serde_json::{Value, json};
use testkit::fault::Faults;

use crate::variation::{run, settings, told};

/// The size of a flood: small here, `CHAM_LONG` makes it the real one.
fn size(small: usize, real: usize) -> usize {
    if std::env::var_os("CHAM_LONG").is_some() { real } else { small }
}

fn at(time: &str) -> Timestamp {
    format!("2026-11-20T{time}:00+07:00").parse().unwrap()
}

async fn post(stack: &mut Stack, hook: &DemoHook) {
    let body = std::str::from_utf8(&hook.body).unwrap();
    let headers = hook.headers.iter().cloned().collect();
    let status = stack.request(request(&hook.method, &hook.path, &headers, body)).await.status;
    assert!(status.is_success(), "{status}");
}

fn follow(user: usize, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "oa_id": state::tenant().zalo.oas[0], "follower": {"id": format!("{}", 7_000_000_000 + user)},
        "event_name": "follow", "source": "oa_profile", "timestamp": time.as_millisecond().to_string(),
    }))
}

fn rows(stack: &Stack, table: &str) -> Vec<Value> {
    stack.engine().scan_all(stack.table(table).unwrap()).unwrap()
}

async fn notifications(stack: &Stack) -> Vec<Notification> {
    let client = stack.engine().client(&Faults::new());
    let table = Notifications::new(&client, stack.table("NotificationsTable").unwrap());
    let mut found = Vec::new();
    for row in rows(stack, "NotificationsTable") {
        let pk = row["pk"]["S"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        if let Some(id) = EffectId::parse(&pk) {
            found.extend(table.find(DEMO, &id).await.unwrap());
        }
    }
    found
}

fn tenants(stack: &Stack) -> Tenants {
    let client = stack.engine().client(&Faults::new());
    Tenants::new(&client, stack.table("TenantsTable").unwrap())
}

/// Goal: who connects a shop with its past wakes nobody. Method: orders of last month with their payments and deliveries. Of a long
/// run this is the longest test: a quarter of an hour.
#[test]
fn last_months_orders_with_payments_and_deliveries_send_nothing() {
    let orders = size(100, 20_000);
    run(async {
        let mut settings = settings();
        settings.business.tenant.order_code = r"DH\d{5}".to_owned();
        let mut stack = Stack::start(settings).await.unwrap();
        stack.advance(at("08:00")).await.unwrap();
        for n in 0..orders {
            let then = at("08:00") - SignedDuration::from_hours(24 * 30)
                + SignedDuration::from_mins(i64::try_from(n).unwrap());
            let code = format!("DH{n:05}");
            let data = json!({
                "order_id": code, "phone": format!("09{:08}", 10_000_000 + n), "amount_vnd": 100_000,
                "customer_name": "Khách cũ", "product_type": "coffee-machine", "product_name": "Máy pha",
            });
            let body =
                json!({"type": "order.created", "timestamp": then.to_string(), "data": data});
            let now = stack.now();
            post(&mut stack, &DemoHook::standard(&format!("old-{n}"), body.to_string(), now)).await;
            let local = then.to_zoned(TimeZone::get("Asia/Ho_Chi_Minh").unwrap());
            let body = json!({
                "id": 100_000 + n, "transactionDate": local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                "code": code, "content": "", "transferType": "in", "transferAmount": 100_000,
                "referenceCode": format!("FT{n}"),
            });
            post(&mut stack, &DemoHook::sepay(body.to_string(), now)).await;
            for (status, hours) in [("delivering", 40), ("delivered", 48)] {
                let time = then + SignedDuration::from_hours(hours);
                let body = json!({
                    "ClientOrderCode": code, "OrderCode": format!("Z{n}"), "Status": status,
                    "Time": time.to_string(), "Type": "switch_status",
                });
                post(&mut stack, &DemoHook::ghn(body.to_string())).await;
            }
            if n % 50 == 0 {
                stack.advance(now + SignedDuration::from_secs(1)).await.unwrap();
            }
        }
        stack.advance(at("23:59")).await.unwrap();
        assert_eq!(stack.stand_in().messages().len(), 0);
        assert_eq!(notifications(&stack).await.len(), 0);
        let lines = rows(&stack, "CustomersTable");
        let lines = lines.iter().filter(|row| row["sk"]["S"].as_str().unwrap().starts_with("t#"));
        assert_eq!(lines.count(), 4 * orders, "all of it stands on the timelines");
        told(&format!("{orders} orders of last month, {} hooks: no message", 4 * orders));
    });
}

#[test]
fn a_new_rule_in_shadow_sends_nothing_and_shows_what_it_would_have_sent() {
    run(async {
        let mut settings = settings();
        settings.business.rules.push_str(
            "
- id: thank
  on: customer.followed
  then:
    - {id: say, reply: Cảm ơn bạn đã quan tâm quán!}
    - {id: rest, wait: 1h}
    - {id: tell, alert: Có khách mới}
",
        );
        let start = settings.start;
        let mut stack = Stack::start(settings.clone()).await.unwrap();
        let RuleSource { mut activated, yaml, templates, programme, surveys, .. } =
            settings.business.activated(start).unwrap();
        activated.remove("thank");
        let second = RuleSource { version: 2, yaml, templates, programme, surveys, activated };
        let secrets = &settings.business.secrets;
        let tenant = &settings.business.tenant;
        let change = Change { by: "minh".to_owned(), at: start, note: None, base: Some(1) };
        let applied = tenants(&stack).apply(tenant, secrets, &second, &change).await.unwrap();
        assert_eq!(applied, Applied::Done);
        // The functions look at the tenant again after a minute.
        stack.advance(at("08:00")).await.unwrap();
        for user in 0..5 {
            let now = stack.now();
            post(&mut stack, &follow(user, now)).await;
        }
        stack.advance(at("10:00")).await.unwrap();
        let messages = stack.stand_in().messages();
        assert!(messages.iter().all(|m| m.channel == "zns-uid"), "only the welcome: {messages:?}");
        let shown = notifications(&stack).await;
        let shown: Vec<_> = shown.iter().filter(|n| n.cause.rule == "thank").collect();
        assert_eq!(shown.len(), 10);
        assert!(shown.iter().all(|n| n.state == State::Shadow), "{shown:?}");
    });
}

/// Goal: a pause stops a release that is under way, and resuming sends each once. Method: followers of the night, paused at
/// ten past six.
#[test]
fn a_pause_in_the_middle_of_a_release_holds_the_rest_and_resuming_sends_each_once() {
    let followers = size(60, 1_000);
    run(async {
        let mut settings = settings();
        settings.business.tenant.limits.burst_per_hour = 1_000_000;
        let mut stack = Stack::start(settings).await.unwrap();
        stack.advance(at("23:00")).await.unwrap();
        for user in 0..followers {
            let now = stack.now();
            post(&mut stack, &follow(user, now)).await;
        }
        let morning = |minutes: i64| at("23:00") + SignedDuration::from_mins(7 * 60 + minutes);
        let sent = |stack: &Stack| stack.stand_in().messages().len();
        stack.advance(morning(-1)).await.unwrap();
        assert_eq!(sent(&stack), 0, "nobody is woken");
        stack.advance(morning(10)).await.unwrap();
        let before = sent(&stack);
        assert!(before > 0 && before < followers, "{before}");
        let scope = Scope::Rule("welcome".to_owned());
        tenants(&stack).pause(DEMO, &scope, "minh", stack.now()).await.unwrap();
        stack.advance(morning(50)).await.unwrap();
        assert_eq!(sent(&stack), before, "the pause holds");
        tenants(&stack).resume(DEMO, &scope).await.unwrap();
        stack.advance(morning(180)).await.unwrap();
        let mut to: Vec<String> = stack.stand_in().messages().into_iter().map(|m| m.to).collect();
        to.sort();
        let all = to.len();
        to.dedup();
        assert_eq!((all, to.len()), (followers, followers), "each once");
        told(&format!("{followers} to be released: {before} before the pause, the rest after it"));
    });
}
