//! The demo tenant's survey, somebody who answers it, and the function that follows.

use std::{collections::BTreeMap, time::Duration};

use cloud::{
    table::{
        SurveyResults, Surveys,
        surveys::{Completed, Freshness, Invitation, Invited},
    },
    zalo::{Hosts, Zalo},
};
use domain::{
    explain::Language,
    id::{CustomerId, EffectId, EventId},
    survey::{Answer, Answers, Link, Tally},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use local::demo::state::{DEMO, DemoState, secrets};
use serde_json::Value;
use survey_results::{Config, Results, Tick, Trigger, handle};
use testkit::fault::Faults;

pub const FUNCTION: &str = "survey-results";
pub const SURVEY: &str = "csat-delivery";

pub fn start() -> Timestamp {
    "2026-11-20T17:30:00+07:00".parse().unwrap()
}

pub fn minutes(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

pub fn day(day: i8) -> Date {
    jiff::civil::date(2026, 11, day)
}

pub struct Office {
    pub state: DemoState,
}

impl Office {
    pub async fn new() -> Self {
        Self { state: DemoState::fresh(start(), start()).await }
    }

    pub fn surveys(&self) -> Surveys {
        let client = self.state.engine.client(&Faults::new());
        Surveys::new(&client, &self.state.table("SURVEYS_TABLE"))
    }

    pub fn results(&self) -> SurveyResults {
        let client = self.state.engine.client(&Faults::new());
        SurveyResults::new(&client, &self.state.table("SURVEY_RESULTS_TABLE"))
    }

    pub async fn invite(&self, n: u32, is_anonymous: bool) -> Link {
        let event = EventId::of(DEMO, "test", &n.to_string());
        let id = EffectId::of(&event, "delivered-guide", "ask");
        let link = Link::of(&secrets().pepper().unwrap(), &id);
        let invitation = Invitation {
            tenant: DEMO.to_owned(),
            survey: SURVEY.to_owned(),
            version: 1,
            id,
            link: link.clone(),
            customer: CustomerId::of(DEMO, &n.to_string()),
            event,
            about: "DH0001".to_owned(),
            hidden: BTreeMap::from([("carrier".to_owned(), "ghn".to_owned())]),
            at: start(),
            open_until: start() + SignedDuration::from_hours(24),
            is_anonymous,
        };
        let invited = self.surveys().invite(&invitation, SignedDuration::from_hours(1)).await;
        assert_eq!(invited.unwrap(), Invited::Yes);
        link
    }

    /// Answers to the end.
    pub async fn answer(&self, link: &Link, stars: u8, now: Timestamp) {
        let read = self.surveys().response(link, Freshness::Consistent).await.unwrap().unwrap();
        let given = BTreeMap::from([
            ("stars".to_owned(), Answer::Place(stars)),
            ("words".to_owned(), Answer::Text("Cà phê thơm".to_owned())),
            ("recommend".to_owned(), Answer::Place(9)),
        ]);
        let answers = Answers { given, hidden: read.answers.hidden.clone() };
        let surveys = self.surveys();
        let ended = surveys.complete(link, &read, &answers, Language::Vi, None, now).await;
        assert_eq!(ended.unwrap(), Completed::Yes);
    }

    /// Brings what the stream has, and returns it.
    pub async fn stream(&mut self, now: Timestamp) -> Value {
        let batch = self.state.batch(FUNCTION);
        if batch["Records"].is_array() {
            assert!(bring(&self.state, &batch, now).await.is_empty());
        }
        batch
    }

    pub async fn tick(&self, now: Timestamp) {
        let invocation = self.state.invocation(FUNCTION, "tick", now);
        let hour = Trigger::Tick(Tick { tick: "hour".to_owned() });
        handle(&function(&self.state), &hour, &invocation).await.unwrap();
    }

    pub async fn tally(&self, day: Date) -> Tally {
        let days = self.results().days(DEMO, SURVEY, day, day).await.unwrap();
        days.into_iter().next().map(|(_, tally)| tally).unwrap_or_default()
    }

    /// What was told: the bodies of the events.
    pub fn told(&self) -> Vec<Value> {
        let rows = self.state.rows_of(&self.state.table("EVENTS_TABLE"));
        let body = |row: &Value| serde_json::from_str(row["raw"]["S"].as_str().unwrap()).unwrap();
        rows.iter().map(body).collect()
    }
}

/// The function with a Zalo that is not there.
pub fn function(state: &DemoState) -> Results {
    function_at(state, "http://127.0.0.1:1")
}

/// The function with a Zalo at an address.
pub fn function_at(state: &DemoState, zalo: &str) -> Results {
    let mut config = Config::from_vars(state.environment(FUNCTION)).unwrap();
    config.hosts = Hosts {
        business: zalo.to_owned(),
        oa: zalo.to_owned(),
        oauth: zalo.to_owned(),
        ..Hosts::default()
    };
    let zalo = Zalo::new(cloud::http::client(Duration::from_secs(5)), config.hosts.clone());
    Results::new(&state.client_of(FUNCTION), zalo, &config)
}

/// Brings a batch; what failed.
pub async fn bring(state: &DemoState, batch: &Value, now: Timestamp) -> Vec<String> {
    let trigger: Trigger = serde_json::from_value(batch.clone()).unwrap();
    let invocation = state.invocation(FUNCTION, "batch", now);
    let answer = handle(&function(state), &trigger, &invocation).await.unwrap();
    let failed = answer.batch_item_failures.into_iter();
    failed.map(|failure| failure.item_identifier.unwrap_or_default()).collect()
}
