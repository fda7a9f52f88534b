//! The demo tenant, Zalo's stand-in, and a dispatcher between them.

use std::{collections::BTreeMap, time::Duration};

use aws_lambda_events::dynamodb::Event;
use cloud::{
    table::{Customers, Notifications, Tenants, notifications::Saved},
    zalo::{Hosts, Zalo},
};
use domain::{
    channel::Channel,
    consent::{Consent, Purpose},
    event::Rank,
    id::{CustomerId, EffectId, EventId},
    notification::{Cause, Content, Notification, Recipient, SAFETY_NET, State, TemplateRef},
    phone::Phone,
    rule::OnUnknown,
    secret::Secret,
    tenant::{Limits, Tenant, TenantSecrets},
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::{self, DEMO, DemoState};
use serde_json::{Value, json};
use testkit::{
    fault::Faults,
    stand_in::{PhoneMessage, StandIn, StandInParam, StandInSettings, StandInTemplate},
};
use zns_dispatch::{Config, Tick, Trigger, ZnsDispatch, handle};

pub const FUNCTION: &str = "zns-dispatch";
pub const OA: &str = "2893352839501541173";
pub const LAN: &str = "2468458835291979221";

/// How long a real call of the stand-in may take: it answers at once, or never.
const CALL_TIMEOUT: Duration = Duration::from_secs(1);

/// Half past eight in the morning.
pub fn start() -> Timestamp {
    at(0)
}

/// So many minutes later.
pub fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T08:30:00+07:00".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

pub struct Desk {
    pub state: DemoState,
    /// Over the engine, without faults.
    client: aws_sdk_dynamodb::Client,
    pub zalo: StandIn,
    pub dispatch: ZnsDispatch,
}

impl Desk {
    pub async fn open() -> Self {
        Self::over(DemoState::fresh(start(), start()).await).await
    }

    pub async fn over(state: DemoState) -> Self {
        let zalo = StandIn::start(settings(), 0).await.unwrap();
        let dispatch = dispatcher(&state, &zalo.url());
        let client = state.engine.client(&Faults::new());
        Self { state, client, zalo, dispatch }
    }

    /// A tenant with these limits, and an address for its own people.
    pub async fn with(limits: Limits) -> Self {
        let desk = Self::open().await;
        desk.apply(DEMO, limits).await;
        desk
    }

    /// Applies the demo's tenant under a name with these limits; its people are told at the stand-in.
    pub async fn apply(&self, name: &str, limits: Limits) {
        let tenant = Tenant { id: name.to_owned(), limits, ..state::tenant() };
        let alert_url = Some(Secret::new(format!("{}/alerts", self.zalo.url())));
        let secrets = TenantSecrets { alert_url, ..state::secrets() };
        self.state.apply(&tenant, &secrets, state::rules("[]", start())).await;
    }

    pub fn tenants(&self) -> Tenants {
        Tenants::new(&self.client, &self.state.table("TENANTS_TABLE"))
    }

    pub fn customers(&self) -> Customers {
        Customers::new(&self.client, &self.state.table("CUSTOMERS_TABLE"))
    }

    /// Plans many, and returns what the stream has to say of them in batches of 25, as the template has it.
    pub async fn plan_all(&mut self, all: &[Notification]) -> Vec<Value> {
        let table = self.table();
        for one in all {
            table.plan(one).await.unwrap();
        }
        let batch = self.state.batch(FUNCTION);
        let records = batch["Records"].as_array().unwrap();
        records.chunks(25).map(|records| json!({ "Records": records })).collect()
    }

    /// How many of `all` stand so.
    pub async fn count(&self, all: &[Notification], state: State, reason: Option<&str>) -> usize {
        let ids: Vec<EffectId> = all.iter().map(|one| one.id.clone()).collect();
        let found = self.table().find_many(DEMO, &ids).await.unwrap();
        found.iter().filter(|n| (n.state, n.reason.as_deref()) == (state, reason)).count()
    }

    /// When the first of `all` is to be looked at again, if one is.
    pub async fn next_due(&self, all: &[Notification]) -> Option<Timestamp> {
        let ids: Vec<EffectId> = all.iter().map(|one| one.id.clone()).collect();
        let found = self.table().find_many(DEMO, &ids).await.unwrap();
        found.iter().filter_map(|n| n.due_at).min()
    }

    /// The texts that the business's own people got.
    pub fn alerts(&self) -> Vec<String> {
        let messages = self.messages().into_iter().filter(|message| message.to == "staff");
        messages.map(|message| message.text).collect()
    }

    /// How many messages reached customers.
    pub fn reached(&self) -> usize {
        self.messages().iter().filter(|message| message.to != "staff").count()
    }

    pub fn table(&self) -> Notifications {
        Notifications::new(&self.client, &self.state.table("NOTIFICATIONS_TABLE"))
    }

    pub fn table_over(&self, faults: &Faults) -> Notifications {
        let client = self.state.engine.client(faults);
        Notifications::new(&client, &self.state.table("NOTIFICATIONS_TABLE"))
    }

    /// Plans, and brings the record.
    pub async fn send(&mut self, planned: &Notification, now: Timestamp) -> Notification {
        let batch = self.plan(planned).await;
        self.stream(&batch, now).await;
        self.find(planned).await
    }

    /// Plans, and returns what the stream has to say of it.
    pub async fn plan(&mut self, planned: &Notification) -> Value {
        self.table().plan(planned).await.unwrap();
        self.state.batch(FUNCTION)
    }

    /// Hands a batch to the dispatcher. No trouble of Zalo's ever fails a record.
    pub async fn stream(&self, batch: &Value, now: Timestamp) {
        self.zalo.set_now(now);
        stream(&self.state, &self.dispatch, batch, "run", now).await;
    }

    pub async fn tick(&self, now: Timestamp) {
        self.zalo.set_now(now);
        tick(&self.state, &self.dispatch, now).await;
    }

    pub async fn find(&self, of: &Notification) -> Notification {
        self.table().find(DEMO, &of.id).await.unwrap().unwrap()
    }

    /// Stores what a test did to a row by hand.
    pub async fn keep(&self, changed: &mut Notification) {
        assert_eq!(self.table().save(changed).await.unwrap(), Saved::Done);
    }

    /// A receipt that names its attempt, as journey-runner applies it.
    pub async fn receive(&self, of: &Notification, attempt: u8, message_id: &str, rank: Rank) {
        let mut found = self.find(of).await;
        assert!(found.receive(attempt, message_id, rank));
        self.keep(&mut found).await;
    }

    pub fn messages(&self) -> Vec<PhoneMessage> {
        self.zalo.messages()
    }

    /// The customer agrees to care and promotion.
    pub async fn agrees(&self) {
        let customers = self.customers();
        let event = EventId::of(DEMO, "test", "yes");
        for purpose in [Purpose::Care, Purpose::Promotion] {
            let word = Consent { given: true, event: event.clone(), at: start() };
            customers.consent(DEMO, &lan(), purpose, &word).await.unwrap();
        }
    }
}

pub fn dispatcher(state: &DemoState, url: &str) -> ZnsDispatch {
    dispatcher_over(state, state.client_of(FUNCTION), url)
}

/// The same over a client of one's own.
pub fn dispatcher_over(
    state: &DemoState,
    client: aws_sdk_dynamodb::Client,
    url: &str,
) -> ZnsDispatch {
    let mut config = Config::from_vars(state.environment(FUNCTION)).unwrap();
    config.hosts = Hosts {
        business: url.to_owned(),
        oa: url.to_owned(),
        oauth: url.to_owned(),
        ..Hosts::default()
    };
    let zalo = Zalo::new(cloud::http::client(CALL_TIMEOUT), config.hosts.clone());
    ZnsDispatch::new(&client, zalo, &config)
}

pub async fn stream(
    state: &DemoState,
    dispatch: &ZnsDispatch,
    batch: &Value,
    id: &str,
    now: Timestamp,
) {
    if batch.is_null() {
        return;
    }
    let event: Event = serde_json::from_value(batch.clone()).unwrap();
    let invocation = state.invocation(FUNCTION, id, now);
    let response = handle(dispatch, &Trigger::Stream(event), &invocation).await.unwrap();
    assert!(response.batch_item_failures.is_empty());
}

pub async fn tick(state: &DemoState, dispatch: &ZnsDispatch, now: Timestamp) {
    let invocation = state.invocation(FUNCTION, "tick", now);
    let minute = Trigger::Tick(Tick { tick: "minute".to_owned() });
    handle(dispatch, &minute, &invocation).await.unwrap();
}

pub fn lan() -> CustomerId {
    CustomerId::of(DEMO, "lan")
}

/// "Payment received" to Lan's phone.
pub fn planned(step: &str) -> Notification {
    let event = EventId::of(DEMO, "sepay", "1");
    let params = [("customer_name", "Lan"), ("order_id", "DH0001"), ("amount_vnd", "350000")];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Notification {
        id: EffectId::of(&event, "paid", step),
        tenant: DEMO.to_owned(),
        customer: Some(lan()),
        // A version that nobody has heard of yet: the rules that are applied here call nothing off.
        cause: Cause { event, rule: "paid".to_owned(), version: 99, step: step.to_owned() },
        purpose: Purpose::Transaction,
        content: Content::Template {
            template: TemplateRef {
                name: "payment-received".to_owned(),
                zalo_id: "433002".to_owned(),
            },
            params: BTreeMap::from(params),
        },
        price_vnd: BTreeMap::from([(Channel::ZnsPhone, 300), (Channel::ZnsUid, 250)]),
        channels: vec![Channel::ZnsPhone],
        oa: OA.to_owned(),
        recipient: Recipient {
            phone: Some(Phone::parse("0912345678").unwrap()),
            user: Some(LAN.to_owned()),
        },
        planned_at: start(),
        deadline: None,
        on_unknown: OnUnknown::Resend,
        state: State::Planned,
        reason: None,
        due_at: Some(start() + SAFETY_NET),
        attempts: Vec::new(),
        channels_used: 0,
        revision: 0,
    }
}

/// The same by these channels.
pub fn by(channels: &[Channel]) -> Notification {
    Notification { channels: channels.to_vec(), ..planned("tell") }
}

/// An offer to who agreed.
pub fn offer() -> Notification {
    Notification {
        purpose: Purpose::Promotion,
        content: Content::Template {
            template: TemplateRef { name: "welcome".to_owned(), zalo_id: "433001".to_owned() },
            params: BTreeMap::from([("shop_name".to_owned(), "Cà Phê Sớm".to_owned())]),
        },
        price_vnd: BTreeMap::from([(Channel::ZnsUid, 165)]),
        ..planned("offer")
    }
}

/// So many of one rule, each of a step of its own.
pub fn many(one: &Notification, count: usize) -> Vec<Notification> {
    let rule = one.cause.rule.as_str();
    let step = |n| {
        let id = EffectId::of(&one.cause.event, rule, &format!("{}-{n}", one.cause.step));
        Notification { id, ..one.clone() }
    };
    (0..count).map(step).collect()
}

/// A number for every day, and the full one where `CHAM_LONG` is set, as `.ci/long` does.
pub fn ordinary_or_long(ordinary: usize, long: usize) -> usize {
    if std::env::var_os("CHAM_LONG").is_some() { long } else { ordinary }
}

/// Nothing stands in the way of a large release.
pub fn wide() -> Limits {
    Limits { burst_per_hour: 100_000, ..Limits::default() }
}

/// A text to Lan's Zalo.
pub fn reply() -> Notification {
    Notification {
        purpose: Purpose::Reply,
        content: Content::Text("Dạ máy pha có giá 350.000 đ ạ".to_owned()),
        price_vnd: BTreeMap::new(),
        ..by(&[Channel::OaCs])
    }
}

/// State, reason, and minutes from the start until it is due.
pub fn stands(n: &Notification) -> (State, Option<&str>, Option<i64>) {
    let due = n.due_at.map(|due| due.duration_since(start()).as_mins());
    (n.state, n.reason.as_deref(), due)
}

fn settings() -> StandInSettings {
    let tenant = state::tenant();
    let secrets = state::secrets();
    let template = |id: &str, tag: &str, params: &[&str]| StandInTemplate {
        template_id: id.to_owned(),
        name: id.to_owned(),
        tag: tag.to_owned(),
        text: params.iter().map(|name| format!("<{name}> ")).collect(),
        params: params
            .iter()
            .map(|name| StandInParam { name: (*name).to_owned(), max_length: 30, required: true })
            .collect(),
        price_sdt: 300,
        price_uid: 250,
        timeout_ms: 7_200_000,
    };
    StandInSettings {
        access_token: secrets.zalo[OA].access_token.expose().to_owned(),
        access_token_life_s: None,
        templates: vec![
            template("433001", "PROMOTION", &["shop_name"]),
            template("433002", "TRANSACTION", &["customer_name", "order_id", "amount_vnd"]),
        ],
        ..StandInSettings::new(
            start(),
            &tenant.zalo.app_id,
            OA,
            secrets.sources["zalo-oa"].current.expose(),
        )
    }
}

/// The item of a notification as it is stored.
pub fn row(desk: &Desk, of: &Notification) -> Value {
    let table = desk.state.table("NOTIFICATIONS_TABLE");
    let pk = json!({"S": format!("{DEMO}#{}", of.id)});
    desk.state.rows_of(&table).into_iter().find(|row| row["pk"] == pk).unwrap()
}
