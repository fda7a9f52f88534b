//! A browser before the console of the demo tenant, with a customer, an order and a few notifications.

use std::collections::BTreeMap;

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings::Body,
};
use cloud::table::{
    Customers, Notifications, Rewards, Tenants,
    customers::{Thing, ThingRow, TimelineRow},
    tenants::ApiKey,
};
use console::{Config, Console, SCOPE, SESSION_COOKIE, handle};
use domain::{
    channel::Channel,
    consent::Purpose,
    event::{Identity, Strength},
    id::{CustomerId, EffectId, EventId},
    notification::{Cause, Content, Notification, Recipient, SAFETY_NET, State, TemplateRef},
    phone::Phone,
    rule::OnUnknown,
    subject::Subject,
    thing::Order,
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::{self, DEMO, DemoState, secrets};
use serde_json::json;

pub const KEY: &str = "cham_ca-phe-som_0123456789";
pub const PHONE: &str = "0912345678";
pub const NAME: &str = "Nguyễn Thị <b>Lan</b>";

/// Twenty past eight on the day of the demo.
pub fn start() -> Timestamp {
    "2026-11-20T08:20:00+07:00".parse().unwrap()
}

pub fn later(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub fn lan() -> CustomerId {
    CustomerId::of(DEMO, "lan")
}

pub fn event(n: u32) -> EventId {
    EventId::of(DEMO, "test", &n.to_string())
}

/// A browser with its cookies.
pub struct Browser {
    pub state: DemoState,
    console: Console,
    pub cookies: BTreeMap<String, String>,
    pub now: Timestamp,
}

/// What a browser got.
#[derive(Debug)]
pub struct Got {
    pub status: i64,
    pub place: String,
    pub headers: BTreeMap<String, String>,
    pub cookies: Vec<String>,
    pub body: String,
}

impl Got {
    /// The stable code of a problem's page.
    pub fn code(&self) -> &str {
        let after = self.body.split_once("Mã: ").or(self.body.split_once("Code: "));
        after.map_or("", |(_, rest)| rest.split('<').next().unwrap())
    }

    /// The address of the page after this one.
    pub fn older(&self) -> Option<String> {
        let link = self.body.split("<a class=\"button\" href=\"").skip(1);
        let mut links = link.map(|rest| rest.split('"').next().unwrap().to_owned());
        links.find(|link| link.contains("?cursor="))
    }

    /// The token in the page's forms.
    pub fn token(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"token\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    pub async fn new() -> Self {
        let state = DemoState::fresh(start(), start()).await;
        let config = Config::from_vars(state.environment("console")).unwrap();
        let console = Console::new(&state.client_of("console"), &config);
        let browser = Self { state, console, cookies: BTreeMap::new(), now: start() };
        browser.put_key("quay", &[SCOPE], KEY).await;
        browser
    }

    /// The same, logged in.
    pub async fn logged_in() -> Self {
        let mut browser = Self::new().await;
        let got = browser.post("/console/login", &[("tenant", DEMO), ("key", KEY)]).await;
        assert_eq!((got.status, got.place.as_str()), (303, "/console"));
        browser
    }

    pub async fn put_key(&self, name: &str, scopes: &[&str], presented: &str) {
        let key = ApiKey {
            name: name.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            created: start(),
            by: "test".to_owned(),
        };
        self.tenants().put_key(DEMO, presented, &key).await.unwrap();
    }

    /// Takes every API key away, below the functions.
    pub fn drop_keys(&self) {
        let table = self.state.table("TENANTS_TABLE");
        for row in self.state.rows_of(&table) {
            if row["sk"]["S"].as_str().unwrap().starts_with("key#") {
                let key = json!({"TableName": table, "Key": {"pk": row["pk"], "sk": row["sk"]}});
                self.state.engine.run("DeleteItem", &key).unwrap();
            }
        }
    }

    /// Puts these rules in place of the demo's, active from the start.
    pub async fn rules(&mut self, yaml: &str) {
        let rules = state::rules(yaml, start());
        self.state.apply(&state::tenant(), &secrets(), rules).await;
        let config = Config::from_vars(self.state.environment("console")).unwrap();
        self.console = Console::new(&self.state.client(), &config);
    }

    pub fn tenants(&self) -> Tenants {
        Tenants::new(&self.state.client(), &self.state.table("TENANTS_TABLE"))
    }

    pub fn rewards(&self) -> Rewards {
        Rewards::new(&self.state.client(), &self.state.table("REWARDS_TABLE"), &self.customers())
    }

    /// How many free codes lie in a pool.
    pub fn codes_left(&self, pool: &str) -> usize {
        let rows = self.state.rows_of(&self.state.table("REWARDS_TABLE"));
        let of_pool = rows.iter().filter(|row| row["pk"]["S"] == format!("{DEMO}#{pool}"));
        of_pool.filter(|row| row["sk"]["S"].as_str().unwrap().starts_with("free#")).count()
    }

    pub fn customers(&self) -> Customers {
        Customers::new(&self.state.client(), &self.state.table("CUSTOMERS_TABLE"))
    }

    pub fn notifications(&self) -> Notifications {
        Notifications::new(&self.state.client(), &self.state.table("NOTIFICATIONS_TABLE"))
    }

    pub async fn get(&mut self, target: &str) -> Got {
        self.ask("GET", target, None).await
    }

    pub async fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Got {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.ask("POST", target, Some(body.finish().into_bytes())).await
    }

    /// Posts a form of ours: with the token that the pages carry.
    pub async fn act(&mut self, target: &str, fields: &[(&str, &str)]) -> Got {
        let token = self.get("/console").await.token();
        let mut fields = fields.to_vec();
        fields.push(("token", &token));
        self.post(target, &fields).await
    }

    /// One request, as API Gateway hands it over: a form's body comes as base64.
    pub async fn ask(&mut self, method: &str, target: &str, body: Option<Vec<u8>>) -> Got {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = json!({
            "version": "2.0", "routeKey": "GET /console/{page+}", "rawPath": path,
            "rawQueryString": query, "cookies": cookies, "headers": {},
            "requestContext": {
                "stage": "$default", "domainName": "abc.execute-api.example",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            },
            "body": body.as_ref().map(|body| data_encoding::BASE64.encode(body)),
            "isBase64Encoded": body.is_some(),
        });
        self.ask_event(request).await
    }

    pub async fn ask_event(&mut self, request: serde_json::Value) -> Got {
        let request: ApiGatewayV2httpRequest = serde_json::from_value(request).unwrap();
        let response = handle(&self.console, &request, self.now).await;
        let got = got(response);
        for cookie in &got.cookies {
            let (pair, _) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        got
    }

    pub fn session(&self) -> &str {
        &self.cookies[SESSION_COOKIE]
    }

    /// Lan with her number, her Zalo id and her order, and a name that is not harmless.
    pub async fn with_lan(&self) {
        let customers = self.customers();
        let phone = Phone::parse(PHONE).unwrap();
        let pepper = secrets().pepper().unwrap();
        let by_phone = Subject::Phone(pepper.key(&phone));
        let identity = Identity { subject: by_phone.clone(), phone: Some(phone) };
        customers.link_first(DEMO, &identity, &lan(), Strength::Proven).await.unwrap();
        let zalo = Subject::Zalo {
            oa: "2893352839501541173".to_owned(),
            user: "2468458835291979221".to_owned(),
        };
        let identity = Identity { subject: zalo, phone: None };
        customers.link_first(DEMO, &identity, &lan(), Strength::Proven).await.unwrap();
        customers.name(DEMO, &lan(), NAME, start(), None).await.unwrap();
        let order = Subject::Order("DH0001".to_owned());
        let mut row = ThingRow::default();
        row.owner = Some(by_phone);
        row.thing = Some(Thing::Order(Order::default()));
        customers.save_thing(DEMO, &order, &row).await.unwrap();
        let shipment = Subject::Shipment { carrier: "ghn".to_owned(), code: "Z82BS".to_owned() };
        let mut row = ThingRow::default();
        row.owner = Some(order);
        customers.save_thing(DEMO, &shipment, &row).await.unwrap();
    }

    /// A line on Lan's timeline; `line` is what she wrote.
    pub async fn wrote(&self, n: u32, line: &str, decisions: &[&str]) {
        let row = TimelineRow {
            time: later(n.into()),
            event: event(n),
            kind: "customer.wrote".to_owned(),
            subject: Subject::Order("DH0001".to_owned()),
            line: line.to_owned(),
            decisions: decisions.iter().map(|line| (*line).to_owned()).collect(),
        };
        self.customers().note(DEMO, &lan(), &row).await.unwrap();
    }

    /// A notification of the rule `payment-received` in a state, stored.
    pub async fn planned(&self, n: u32, state: State, reason: Option<&str>) -> EffectId {
        let planned = notification(n, state, reason);
        self.notifications().plan(&planned).await.unwrap();
        planned.id
    }

    pub async fn found(&self, id: &EffectId) -> Notification {
        self.notifications().find(DEMO, id).await.unwrap().unwrap()
    }
}

pub fn notification(n: u32, state: State, reason: Option<&str>) -> Notification {
    let params = [("customer_name", "Lan"), ("order_id", "DH<1>"), ("amount_vnd", "350000")];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let is_open = [State::Planned, State::Held].contains(&state);
    Notification {
        id: EffectId::of(&event(n), "payment-received", "tell"),
        tenant: DEMO.to_owned(),
        customer: Some(lan()),
        cause: Cause {
            event: event(n),
            rule: "payment-received".to_owned(),
            version: 1,
            step: "tell".to_owned(),
        },
        purpose: Purpose::Transaction,
        content: Content::Template {
            template: TemplateRef {
                name: "payment-received".to_owned(),
                zalo_id: "433002".to_owned(),
            },
            params,
        },
        price_vnd: [(Channel::ZnsPhone, 300)].into(),
        channels: vec![Channel::ZnsPhone],
        oa: "2893352839501541173".to_owned(),
        recipient: Recipient { phone: is_open.then(|| Phone::parse(PHONE).unwrap()), user: None },
        planned_at: later(n.into()),
        deadline: None,
        on_unknown: OnUnknown::Drop,
        state,
        reason: reason.map(str::to_owned),
        due_at: is_open.then(|| start() + SAFETY_NET),
        attempts: Vec::new(),
        channels_used: 0,
        revision: 0,
    }
}

fn got(response: ApiGatewayV2httpResponse) -> Got {
    let headers: BTreeMap<String, String> = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    Got {
        status: response.status_code,
        place: headers.get("location").cloned().unwrap_or_default(),
        headers,
        cookies: response.cookies,
        body: match response.body {
            Some(Body::Text(text)) => text,
            Some(_) | None => String::new(),
        },
    }
}
