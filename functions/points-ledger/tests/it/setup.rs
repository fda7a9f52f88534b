//! A till before the ledger of the demo tenant, with a customer that is known.

use aws_lambda_events::{apigw::ApiGatewayV2httpRequest, encodings::Body};
use cloud::table::{Customers, Rewards, Tenants, tenants::ApiKey};
use domain::{
    event::{Identity, Strength},
    id::CustomerId,
    phone::Phone,
    subject::Subject,
    voucher::Code,
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::{DEMO, DemoState};
use points_ledger::{Config, PointsLedger, SCOPES, handle};
use serde_json::{Value, json};

pub const KEY: &str = "cham_ca-phe-som_0123456789";
/// Where opening balances go.
pub const DEMO_IMPORTS: &str = "/v1/ca-phe-som/points/imports";
pub const PHONE: &str = "0912345678";

pub fn start() -> Timestamp {
    "2026-11-20T08:20:00+07:00".parse().unwrap()
}

pub fn later(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub fn customer(name: &str) -> CustomerId {
    CustomerId::of(DEMO, name)
}

/// The account of somebody, as a path.
pub fn account(name: &str) -> String {
    format!("/v1/{DEMO}/points/diem/accounts/{}", customer(name))
}

pub struct Till {
    pub state: DemoState,
    pub ledger: PointsLedger,
    pub now: Timestamp,
}

/// What somebody was told.
#[derive(Debug)]
pub struct Told {
    pub status: i64,
    pub kind: String,
    /// Where it goes on.
    pub link: Option<String>,
    pub text: String,
    pub body: Value,
}

impl Told {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Till {
    pub async fn new() -> Self {
        let state = DemoState::fresh(start(), start()).await;
        let config = Config::from_vars(state.environment("points-ledger")).unwrap();
        let ledger = PointsLedger::new(&state.client_of("points-ledger"), &config);
        let till = Self { state, ledger, now: start() };
        till.put_key(KEY, &SCOPES).await;
        for (name, number) in [("lan", PHONE), ("minh", "0987654321")] {
            let phone = Phone::parse(number).unwrap();
            let pepper = local::demo::state::secrets().pepper().unwrap();
            let identity =
                Identity { subject: Subject::Phone(pepper.key(&phone)), phone: Some(phone) };
            let (customers, customer) = (till.customers(), customer(name));
            let link = customers.link_first(DEMO, &identity, &customer, Strength::Proven);
            link.await.unwrap();
        }
        let codes: Vec<Code> = (0..2).map(|n| Code::parse(&format!("LY-{n}")).unwrap()).collect();
        till.rewards().import(DEMO, "stock-cup", &codes).await.unwrap();
        till
    }

    pub async fn put_key(&self, presented: &str, scopes: &[&str]) {
        let key = ApiKey {
            name: "quay".to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            created: start(),
            by: "test".to_owned(),
        };
        let tenants = Tenants::new(
            &self.state.engine.client(&testkit::fault::Faults::new()),
            &self.state.table("TENANTS_TABLE"),
        );
        tenants.put_key(DEMO, presented, &key).await.unwrap();
    }

    pub fn customers(&self) -> Customers {
        let client = self.state.engine.client(&testkit::fault::Faults::new());
        Customers::new(&client, &self.state.table("CUSTOMERS_TABLE"))
    }

    pub fn rewards(&self) -> Rewards {
        let client = self.state.engine.client(&testkit::fault::Faults::new());
        Rewards::new(&client, &self.state.table("REWARDS_TABLE"), &self.customers())
    }

    /// An order under a key, with the key of the till.
    pub async fn order(&self, key: &str, path: &str, body: Value) -> Told {
        let headers = json!({"authorization": format!("Bearer {KEY}"), "idempotency-key": key});
        self.ask("POST", path, headers, Some(body.to_string())).await
    }

    pub async fn get(&self, path: &str) -> Told {
        self.ask("GET", path, json!({"authorization": format!("Bearer {KEY}")}), None).await
    }

    /// One request as the template routes it; a path that no route takes comes as it is.
    pub async fn ask(
        &self,
        method: &str,
        target: &str,
        headers: Value,
        body: Option<String>,
    ) -> Told {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let routes = self.state.template().routes().iter();
        let found = routes.filter(|route| route.function == "points-ledger").find_map(|route| {
            let parts = route.matches(method, path)?;
            let parts: Vec<(String, String)> = parts
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            Some((route.key(), parts))
        });
        let (key, parts) = found.unwrap_or((format!("{method} /nowhere"), Vec::new()));
        let queries: serde_json::Map<String, Value> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let request = json!({
            "version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": query,
            "headers": headers, "queryStringParameters": queries,
            "pathParameters": parts.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "requestContext": {
                "stage": "$default", "domainName": "abc.execute-api.example",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            },
            "body": body, "isBase64Encoded": false,
        });
        self.ask_event(request).await
    }

    pub async fn ask_event(&self, request: Value) -> Told {
        let request: ApiGatewayV2httpRequest = serde_json::from_value(request).unwrap();
        let response = handle(&self.ledger, &request, self.now).await;
        let text = match response.body {
            Some(Body::Text(text)) => text,
            other => panic!("{other:?}"),
        };
        let kind = response.headers["content-type"].to_str().unwrap().to_owned();
        let link = response.headers.get("link").map(|link| link.to_str().unwrap().to_owned());
        let body = serde_json::from_str(&text).unwrap_or_default();
        Told { status: response.status_code, kind, link, text, body }
    }
}
