//! The demo tenant in a fresh database: where the functions' tests begin.
//!
//! The tables are those of `infra/template.yaml`, the tenant is that of `demo/ca-phe-som`, stored by the same `apply` that
//! stores any tenant. Its rules are active from the start of the day. Not here: the functions, and who calls them when.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use aws_lambda_events::{apigw::ApiGatewayV2httpRequest, encodings::Body};
use aws_sdk_dynamodb::Client;
use cloud::{
    invocation::Invocation,
    table::{
        Customers, Rewards, Tenants,
        tenants::{Applied, Change},
    },
};
use domain::{
    rule::RuleSource,
    tenant::{Tenant, TenantSecrets},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::{engine::Engine, fault::Faults, stream::StreamReader};
use webhook_intake::Intake;

use super::{Business, hook::DemoHook};
use crate::template::{Function, StreamTrigger, Template};

/// Read once for all states of a process.
static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    Template::read(super::TEMPLATE).expect("the template is checked by its own tests")
});

/// Read once too: each hook is signed with its secrets.
static BUSINESS: LazyLock<Business> = LazyLock::new(|| {
    Business::demo().expect("the demo's files are checked by the tests of `domain`")
});

/// The name of the demo tenant.
pub const DEMO: &str = "ca-phe-som";

/// Every row of every table, by table, in the order of their text.
pub type Rows = BTreeMap<String, Vec<Value>>;

/// A database with the demo tenant in it.
pub struct DemoState {
    /// Holds the rows.
    pub engine: Engine,
    /// Stand between [`DemoState::client`] and the engine.
    pub faults: Faults,
    streams: BTreeMap<String, StreamReader>,
    intake: Intake,
}

/// What a sender was told.
#[derive(Debug)]
pub struct Told {
    /// The HTTP status.
    pub status: i64,
    /// The body as text.
    pub body: String,
}

impl Told {
    /// The stable code of a refusal; empty when there is none.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl DemoState {
    /// Fresh tables at `now`, with the demo tenant and its rules, all of them active since `activated`.
    ///
    /// # Panics
    /// When the repository's own template or demo files are broken.
    pub async fn fresh(now: Timestamp, activated: Timestamp) -> Self {
        let engine = Engine::memory(now).expect("a database in memory needs nothing that can fail");
        for table in TEMPLATE.tables() {
            engine.create_table(table.create.clone()).expect("the template's tables are tables");
        }
        let state = Self::over(engine);
        state.apply(&tenant(), &secrets(), rules(&BUSINESS.rules, activated)).await;
        let client = state.engine.client(&Faults::new());
        let customers = Customers::new(&client, &state.table("CUSTOMERS_TABLE"));
        let rewards = Rewards::new(&client, &state.table("REWARDS_TABLE"), &customers);
        for (pool, codes) in &BUSINESS.pools {
            let imported = rewards.import(DEMO, pool, codes).await;
            imported.expect("nothing fails without a fault");
        }
        state
    }

    /// The same over an engine that has the tables already: a fork, or another start of the process.
    ///
    /// # Panics
    /// When the engine has no such tables.
    pub fn over(engine: Engine) -> Self {
        let readers = engine.streams().expect("the database was readable a moment ago");
        let streams = readers.into_iter().map(|reader| (reader.table().to_owned(), reader));
        let faults = Faults::new();
        let function = TEMPLATE.functions().iter().find(|found| found.name == "webhook-intake");
        let environment = function.expect("the template has an intake").environment.clone();
        let config = webhook_intake::Config::from_vars(|name| environment.get(name).cloned());
        let config = config.expect("the template sets what the intake needs");
        let client = engine.client_of(TEMPLATE.role("webhook-intake"), &faults);
        let intake = Intake::new(&client, config);
        Self { faults, streams: streams.collect(), intake, engine }
    }

    /// Hands a request to the intake of this database, as the template routes it.
    ///
    /// # Panics
    /// When the request cannot be one of API Gateway.
    pub async fn post(&self, hook: &DemoHook, now: Timestamp) -> Told {
        self.post_event(hook.event(&TEMPLATE), now).await
    }

    /// The same with an event that was changed by hand.
    ///
    /// # Panics
    /// When it cannot be one of API Gateway.
    pub async fn post_event(&self, event: Value, now: Timestamp) -> Told {
        let request: ApiGatewayV2httpRequest =
            serde_json::from_value(event).expect("an event of API Gateway");
        let response = webhook_intake::handle(&self.intake, &request, now).await;
        let body = match response.body {
            Some(Body::Text(text)) => text,
            Some(_) | None => String::new(),
        };
        Told { status: response.status_code, body }
    }

    /// Stores a tenant with rules that get the next number of a version and become the active one.
    ///
    /// # Panics
    /// When the database is broken.
    pub async fn apply(&self, tenant: &Tenant, secrets: &TenantSecrets, mut rules: RuleSource) {
        let client = self.engine.client(&Faults::new());
        let tenants = Tenants::new(&client, &self.table("TENANTS_TABLE"));
        let base = tenants.active_version(&tenant.id, Timestamp::UNIX_EPOCH).await;
        let change = Change {
            by: "a test".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            note: None,
            base: base.expect("nothing fails without a fault"),
        };
        rules.version = change.base.map_or(1, |base| base + 1);
        let applied = tenants.apply(tenant, secrets, &rules, &change).await;
        let applied = applied.expect("nothing fails without a fault");
        assert_eq!(applied, Applied::Done, "nobody else applies");
    }

    /// The real SDK, with the faults in between.
    pub fn client(&self) -> Client {
        self.engine.client(&self.faults)
    }

    /// The same for a function, which may do what the template says.
    pub fn client_of(&self, function: &str) -> Client {
        self.engine.client_of(TEMPLATE.role(function), &self.faults)
    }

    /// What the template sets in the environment of `function`, as a `Config` reads it.
    ///
    /// # Panics
    /// When the template has no such function.
    pub fn environment(&self, function: &str) -> impl Fn(&str) -> Option<String> {
        let environment = self.function(function).environment.clone();
        move |name| environment.get(name).cloned()
    }

    /// The table that stands under `variable` in the functions' environments.
    ///
    /// # Panics
    /// When no function has such a variable.
    pub fn table(&self, variable: &str) -> String {
        let functions = TEMPLATE.functions().iter();
        let names = functions.filter_map(|function| function.environment.get(variable)).next();
        names.expect("a variable of the template").clone()
    }

    /// Routes, triggers and schedules.
    pub fn template(&self) -> &'static Template {
        &TEMPLATE
    }

    /// The records since the last call that the template's trigger would hand to `function`, as one batch; `null` where
    /// there are none.
    ///
    /// # Panics
    /// When the function has no stream.
    pub fn batch(&mut self, function: &str) -> Value {
        let trigger = self.trigger(function).clone();
        let reader =
            self.streams.get_mut(&trigger.table).expect("the trigger's table has a stream");
        let mut records = reader.read();
        records.retain(|record| trigger.wants(record));
        if records.is_empty() { Value::Null } else { json!({ "Records": records }) }
    }

    /// One run of `function` that begins at `now` and has the time that the template gives it. Its clock stands still.
    ///
    /// # Panics
    /// When the template has no such function.
    pub fn invocation(&self, function: &str, id: &str, now: Timestamp) -> Invocation {
        let timeout = SignedDuration::from_secs(self.function(function).timeout_s.into());
        let deadline_ms = (now + timeout).as_millisecond();
        let deadline_ms = u64::try_from(deadline_ms).expect("days of our time");
        Invocation::new(id, deadline_ms, Arc::new(move || now))
    }

    /// Everything that is stored.
    ///
    /// # Panics
    /// When the database is broken.
    pub fn rows(&self) -> Rows {
        let tables = TEMPLATE.tables().iter();
        tables.map(|table| (table.name.clone(), self.rows_of(&table.name))).collect()
    }

    /// Everything that is stored in one table.
    ///
    /// # Panics
    /// When there is no such table.
    pub fn rows_of(&self, table: &str) -> Vec<Value> {
        let mut rows = self.engine.scan_all(table).expect("the table is there");
        rows.sort_by_key(ToString::to_string);
        rows
    }

    fn function(&self, name: &str) -> &Function {
        let found = TEMPLATE.functions().iter().find(|function| function.name == name);
        found.expect("a function of the template")
    }

    fn trigger(&self, function: &str) -> &StreamTrigger {
        let found = TEMPLATE.streams().iter().find(|trigger| trigger.function == function);
        found.expect("a function with a stream")
    }
}

/// `tenant.yaml` of the demo.
///
/// # Panics
/// When it is broken.
pub fn tenant() -> Tenant {
    BUSINESS.tenant.clone()
}

/// `secrets.yaml` of the demo.
///
/// # Panics
/// When it is broken.
pub fn secrets() -> TenantSecrets {
    BUSINESS.secrets.clone()
}

/// A survey that invites nobody any more: an invitation to it is refused where people see it.
const OVER: &str = "
- id: over
  title: Năm ngoái
  until: 2025-12-31
  invitation: {template: survey-invitation, params: {customer_name: bạn, order_id: '1', link: '{{ survey.link }}'}}
  questions: [{id: stars, kind: csat, text: Bạn thấy thế nào?}]
  thanks: [{text: Cảm ơn bạn}]
";

/// A version of a tenant's rules: `yaml` with the demo's templates and surveys, and the survey `over` that invites nobody any more;
/// every rule active since `activated`.
///
/// # Panics
/// When the rules are broken.
pub fn rules(yaml: &str, activated: Timestamp) -> RuleSource {
    let surveys = BUSINESS.surveys.iter().map(|surveys| format!("{surveys}\n{OVER}")).collect();
    let business = Business { rules: yaml.to_owned(), surveys: Some(surveys), ..BUSINESS.clone() };
    business.activated(activated).expect("the rules are those of a test or the demo")
}
