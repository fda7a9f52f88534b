//! A fresh engine with the template's tables, and the demo tenant's files.

use admin::{
    files::{Files, Texts},
    stage::Stage,
    tenant::Signature,
};
use jiff::{SignedDuration, Timestamp};
use local::{demo::TEMPLATE, template::Template};
use testkit::{engine::Engine, fault::Faults};

pub const TENANT: &str = "ca-phe-som";
pub const RULES: &str = include_str!("../../../local/demo/ca-phe-som/rules.yaml");
pub const SECRETS: &str = include_str!("../../../local/demo/ca-phe-som/secrets.yaml");
pub const PROGRAMME: &str = include_str!("../../../local/demo/ca-phe-som/programme.yaml");
pub const SURVEYS: &str = include_str!("../../../local/demo/ca-phe-som/surveys.yaml");
pub const TEMPLATES: &str = include_str!("../../../local/demo/ca-phe-som/templates.yaml");
pub const TENANT_FILE: &str = include_str!("../../../local/demo/ca-phe-som/tenant.yaml");

/// Three rules of the tests' own, over the demo's templates.
pub const THREE: &str = "
- id: welcome
  on: customer.followed
  then: [{id: greet, notify: {template: welcome, channels: [zns-uid], params: {shop_name: Som}}}]
- id: rest
  on: shipment.delivered
  then: [{id: nap, wait: 2h}, {id: ask, invite: {survey: csat-delivery}}]
- id: tier-up
  on: customer.tier_changed
  then: [{id: tell, notify: {template: tier-up, params: {tier: '{{ event.data.to }}'}}}]
";

pub fn start() -> Timestamp {
    "2026-11-20T08:00:00+07:00".parse().unwrap()
}

/// So many minutes after the start.
pub fn minute(n: i64) -> Timestamp {
    start() + SignedDuration::from_mins(n)
}

pub fn lan(n: i64) -> Signature {
    Signature { by: "lan".to_owned(), at: minute(n), note: None }
}

pub fn engine() -> Engine {
    let engine = Engine::memory(start()).unwrap();
    for table in Template::read(TEMPLATE).unwrap().tables() {
        engine.create_table(table.create.clone()).unwrap();
    }
    engine
}

pub fn stage(engine: &Engine) -> Stage {
    Stage::new(&engine.client(&Faults::new()), "dev")
}

/// The demo's files with these rules, and without its programme.
pub fn files(rules: &str) -> Files {
    checked(&Texts {
        tenant: TENANT_FILE,
        templates: TEMPLATES,
        programme: None,
        surveys: Some(SURVEYS),
        rules,
        secrets: SECRETS,
    })
}

/// The demo's files.
pub fn demo() -> Files {
    checked(&Texts {
        tenant: TENANT_FILE,
        templates: TEMPLATES,
        programme: Some(PROGRAMME),
        surveys: Some(SURVEYS),
        rules: RULES,
        secrets: SECRETS,
    })
}

pub fn checked(texts: &Texts<'_>) -> Files {
    Files::check(texts).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The lines of a refusal.
pub fn refusal<T: std::fmt::Debug>(done: Result<T, admin::Failure>) -> String {
    let failure = done.unwrap_err();
    assert_eq!(failure.exit_code(), 1, "{failure:?}");
    failure.to_string()
}
