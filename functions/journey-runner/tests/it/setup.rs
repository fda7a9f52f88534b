//! The demo tenant with a runner behind its stream.

use std::collections::BTreeMap;

use cloud::table::{
    Customers, Notifications,
    customers::{About, TimelineRow},
};
use domain::{
    id::CustomerId, notification::Notification, phone::Phone, rule::RuleSource, subject::Subject,
};
use jiff::{SignedDuration, Timestamp};
use journey_runner::{Config, JourneyRunner, Trigger, handle};
use local::demo::{
    hook::DemoHook,
    state::{self, DEMO, DemoState},
};
use serde_json::{Value, json};
use testkit::fault::Faults;

pub const FUNCTION: &str = "journey-runner";

/// The account of the demo.
pub const OA: &str = "2893352839501541173";

/// Lan, and the number of Lan.
pub const LAN: &str = "2468458835291979221";
pub const PHONE: &str = "0912345678";

/// Somebody else.
pub const MINH: &str = "1111111111111111111";

/// Twenty past eight on the day of the demo.
pub fn start() -> Timestamp {
    at(0)
}

/// So many minutes later.
pub fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T08:20:00+07:00".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

pub fn midnight() -> Timestamp {
    "2026-11-20T00:00:00+07:00".parse().unwrap()
}

/// How often each record is delivered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delivery {
    Once,
    Twice,
}

/// Runs a test with each record delivered once, then with each delivered twice.
macro_rules! both_ways {
    ($($(#[$doc:meta])* async fn $name:ident($journey:ident) $body:block)*) => { $(
        $(#[$doc])*
        #[tokio::test]
        async fn $name() {
            for delivery in [$crate::setup::Delivery::Once, $crate::setup::Delivery::Twice] {
                let mut begun = $crate::setup::Journey::begin(delivery).await;
                let $journey = &mut begun;
                $body
            }
        }
    )* };
}
pub(crate) use both_ways;

/// A database, a runner, and the time that stands still until a hook says otherwise.
pub struct Journey {
    pub state: DemoState,
    pub runner: JourneyRunner,
    pub delivery: Delivery,
}

impl Journey {
    pub async fn begin(delivery: Delivery) -> Self {
        let state = DemoState::fresh(start(), midnight()).await;
        let runner = runner(&state);
        Self { state, runner, delivery }
    }

    /// Puts these rules in place of the demo's, active since midnight.
    pub async fn rules(&mut self, yaml: &str) {
        self.apply(state::rules(yaml, midnight())).await;
    }

    pub async fn apply(&mut self, rules: RuleSource) {
        self.state.apply(&state::tenant(), &state::secrets(), rules).await;
        self.runner = runner(&self.state);
    }

    /// A hook arrives and is followed to its end.
    pub async fn takes(&mut self, hook: &DemoHook, now: Timestamp) {
        self.arrives(hook, now).await;
        self.follows(now).await;
    }

    /// A hook arrives, and its record waits in the stream.
    pub async fn arrives(&self, hook: &DemoHook, now: Timestamp) {
        let told = self.state.post(hook, now).await;
        assert!(told.status < 300, "{told:?}");
    }

    /// The runner gets what waits in the stream; nothing fails.
    pub async fn follows(&mut self, now: Timestamp) {
        let batch = self.state.batch(FUNCTION);
        self.follow(&batch, now).await;
    }

    /// The runner gets this batch, as often as this test delivers.
    pub async fn follow(&self, batch: &Value, now: Timestamp) {
        if batch.is_null() {
            return;
        }
        let mut batch = batch.clone();
        if self.delivery == Delivery::Twice {
            let records = batch["Records"].as_array_mut().unwrap();
            *records = records.iter().flat_map(|one| [one.clone(), one.clone()]).collect();
        }
        let failures = self.run(&batch, now).await;
        assert!(failures.is_empty(), "{failures:?}");
    }

    /// The minute comes round, as often as this test delivers.
    pub async fn tick(&self, now: Timestamp) {
        let times = if self.delivery == Delivery::Twice { 2 } else { 1 };
        for _ in 0..times {
            assert!(self.run(&json!({"tick": "minute"}), now).await.is_empty());
        }
    }

    /// One invocation; returns the sequence numbers that have to come again.
    pub async fn run(&self, batch: &Value, now: Timestamp) -> Vec<String> {
        let trigger: Trigger = serde_json::from_value(batch.clone()).unwrap();
        let invocation = self.state.invocation(FUNCTION, "run", now);
        let response = handle(&self.runner, &trigger, &invocation).await.unwrap();
        let failures = response.batch_item_failures.into_iter();
        failures.filter_map(|failure| failure.item_identifier).collect()
    }

    pub fn customers(&self) -> Customers {
        let client = self.state.engine.client(&Faults::new());
        Customers::new(&client, &self.state.table("CUSTOMERS_TABLE"))
    }

    pub fn notifications_table(&self) -> Notifications {
        let client = self.state.engine.client(&Faults::new());
        Notifications::new(&client, &self.state.table("NOTIFICATIONS_TABLE"))
    }

    /// Who has this identity, at the end of all aliases, and what is known there.
    pub async fn person(&self, identity: &Subject) -> Option<(CustomerId, About)> {
        let customers = self.customers();
        let link = customers.link(DEMO, identity).await.unwrap()?;
        Some(customers.person(DEMO, &link.customer).await.unwrap())
    }

    pub async fn id(&self, identity: &Subject) -> CustomerId {
        self.person(identity).await.expect("somebody has it").0
    }

    /// The lines of who has this identity, the oldest first: kind and decisions.
    pub async fn lines(&self, identity: &Subject) -> Vec<String> {
        let lines = self.timeline(identity).await.into_iter();
        lines.map(|line| format!("{} {}", line.kind, line.decisions.join("; "))).collect()
    }

    /// Only the kinds.
    pub async fn kinds(&self, identity: &Subject) -> Vec<String> {
        self.timeline(identity).await.into_iter().map(|line| line.kind).collect()
    }

    pub async fn timeline(&self, identity: &Subject) -> Vec<TimelineRow> {
        let Some((id, _)) = self.person(identity).await else { return Vec::new() };
        let mut lines = self.customers().timeline(DEMO, &id, None, 100).await.unwrap();
        lines.reverse();
        lines
    }

    /// Every notification, by rule and step.
    pub async fn notifications(&self) -> Vec<Notification> {
        let mut found = Vec::new();
        for row in self.state.rows_of(&self.state.table("NOTIFICATIONS_TABLE")) {
            let id = row["pk"]["S"].as_str().unwrap().split_once('#').unwrap().1;
            if let Some(id) = domain::id::EffectId::parse(id) {
                found.extend(self.notifications_table().find(DEMO, &id).await.unwrap());
            }
        }
        found.sort_by_key(|n| (n.cause.rule.clone(), n.cause.step.clone(), n.id.clone()));
        found
    }

    /// `rule/step` of every notification.
    pub async fn planned(&self) -> Vec<String> {
        let found = self.notifications().await.into_iter();
        found.map(|n| format!("{}/{}", n.cause.rule, n.cause.step)).collect()
    }

    /// The rows of the customers table whose sort key begins so.
    pub fn rows(&self, prefix: &str) -> Vec<Value> {
        let mut rows = self.state.rows_of(&self.state.table("CUSTOMERS_TABLE"));
        rows.retain(|row| row["sk"]["S"].as_str().unwrap().starts_with(prefix));
        rows
    }

    /// The rows of one of the tenant's lists: `stuck`, `conflict`.
    pub fn listed(&self, list: &str) -> Vec<Value> {
        let mut rows = self.state.rows_of(&self.state.table("CUSTOMERS_TABLE"));
        rows.retain(|row| row["pk"]["S"] == format!("{DEMO}#{list}"));
        rows
    }

    /// The responses that somebody was invited to.
    pub fn responses(&self) -> Vec<Value> {
        let mut rows = self.state.rows_of(&self.state.table("SURVEYS_TABLE"));
        rows.retain(|row| row["sk"]["S"] == "response");
        rows
    }

    /// Nothing is parked, stuck or in conflict.
    pub fn is_tidy(&self) -> bool {
        self.rows("parked#").is_empty()
            && self.listed("stuck").is_empty()
            && self.listed("conflict").is_empty()
    }

    /// How many rows of each kind the customers table has, by the first part of the sort key.
    pub fn census(&self) -> BTreeMap<String, usize> {
        let mut census = BTreeMap::new();
        for row in self.rows("") {
            let kind = row["sk"]["S"].as_str().unwrap().split('#').next().unwrap().to_owned();
            *census.entry(kind).or_default() += 1;
        }
        census
    }
}

pub fn runner(state: &DemoState) -> JourneyRunner {
    let config = Config::from_vars(state.environment(FUNCTION)).unwrap();
    JourneyRunner::new(&state.client_of("journey-runner"), &config)
}

pub fn zalo(user: &str) -> Subject {
    Subject::Zalo { oa: OA.to_owned(), user: user.to_owned() }
}

pub fn phone(number: &str) -> Subject {
    let pepper = state::secrets().pepper().unwrap();
    Subject::Phone(pepper.key(&Phone::parse(number).unwrap()))
}

pub fn ms(time: Timestamp) -> String {
    time.as_millisecond().to_string()
}

pub fn followed(user: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "oa_id": OA, "follower": {"id": user}, "event_name": "follow", "source": "oa_profile",
        "timestamp": ms(time),
    }))
}

/// A customer types a number into the account's form.
pub fn typed(user: &str, number: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "sender": {"id": user}, "recipient": {"id": OA}, "event_name": "user_submit_info",
        "info": {"name": "Người Lạ", "phone": number}, "timestamp": ms(time),
    }))
}

pub fn wrote(user: &str, msg_id: &str, time: Timestamp) -> DemoHook {
    asked(user, msg_id, "Dạ em cảm ơn quán nhiều", time)
}

/// A customer writes `text` to the account.
pub fn asked(user: &str, msg_id: &str, text: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "sender": {"id": user}, "recipient": {"id": OA}, "event_name": "user_send_text",
        "message": {"text": text, "msg_id": msg_id}, "timestamp": ms(time),
    }))
}

/// Zalo says `event` of one person: `unfollow`, `user_withdraw`.
pub fn left(event: &str, user: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "oa_id": OA, "follower": {"id": user}, "user_id": user, "event_name": event,
        "timestamp": ms(time),
    }))
}

/// One of the business's own people writes in the chat tool.
pub fn staff_wrote(user: &str, msg_id: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "sender": {"id": OA, "admin_id": "77"}, "recipient": {"id": user},
        "event_name": "oa_send_text", "message": {"text": "Dạ em nghe", "msg_id": msg_id},
        "timestamp": ms(time),
    }))
}

/// The business says something; the delivery's id is that of the event.
pub fn said(id: &str, kind: &str, data: Value, time: Timestamp) -> DemoHook {
    let body = json!({"type": kind, "timestamp": time.to_string(), "data": data});
    DemoHook::standard(id, body.to_string(), time)
}

/// The business vouches for a pair.
pub fn identified(id: &str, user: &str, number: &str, time: Timestamp) -> DemoHook {
    said(id, "customer.identified", json!({"phone": number, "zalo_user_id": user}), time)
}

pub fn ordered(id: &str, order: &str, amount_vnd: u64, time: Timestamp) -> DemoHook {
    let data = json!({
        "order_id": order, "phone": PHONE, "amount_vnd": amount_vnd,
        "customer_name": "Nguyễn Thị Lan", "product_type": "coffee-machine",
        "product_name": "Máy pha Sớm Mini",
    });
    said(id, "order.created", data, time)
}

pub fn paid(id: u64, order: &str, amount_vnd: u64, time: Timestamp) -> DemoHook {
    let local = time.to_zoned(jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").unwrap());
    let body = json!({
        "id": id, "transactionDate": local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "code": order, "content": "", "transferType": "in", "transferAmount": amount_vnd,
        "referenceCode": format!("MBVCB.{id}"),
    });
    DemoHook::sepay(body.to_string(), time)
}

pub fn parcel(order: &str, code: &str, status: &str, time: Timestamp) -> DemoHook {
    let body = json!({
        "ClientOrderCode": order, "OrderCode": code, "Status": status,
        "Time": time.to_string(), "Type": "switch_status",
    });
    DemoHook::ghn(body.to_string())
}

/// Zalo says what became of a message to a Zalo id.
pub fn receipt(event: &str, message: Value, user: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "sender": {"id": OA}, "recipient": {"id": user}, "event_name": event,
        "message": message, "timestamp": ms(time),
    }))
}

/// Zalo says that a message to a phone has arrived.
pub fn arrived(msg_id: &str, tracking: &str, time: Timestamp) -> DemoHook {
    DemoHook::zalo(json!({
        "sender": {"id": OA}, "recipient": {"id": "84912345678"},
        "event_name": "user_received_message", "timestamp": ms(time),
        "message": {"msg_id": msg_id, "tracking_id": tracking, "delivery_time": ms(time)},
    }))
}
