//! A fresh engine for each test, with the tables of the template, and words to build rows with.

use std::sync::LazyLock;

use aws_sdk_dynamodb::Client;
use cloud::table::{
    Customers, Events, Notifications, Points, Rewards, Standings, StoreError, SurveyResults,
    Surveys, Tenants,
};
use domain::{
    event::Identity,
    id::{CustomerId, EventId},
    phone::{Pepper, Phone},
    subject::Subject,
};
use jiff::{SignedDuration, Timestamp};
use local::template::{Table, Template};
use serde_json::{Value, json};
use testkit::{
    engine::{Engine, EngineError, Snapshot},
    fault::{Fault, Faults, Units},
};

use crate::elsewhere;

static TEMPLATE: LazyLock<Template> =
    LazyLock::new(|| Template::read(include_str!("../../../../infra/template.yaml")).unwrap());

pub const TENANT: &str = "ca-phe-som";
pub const OA: &str = "2893352839501541173";
pub const LAN: &str = "2468458835291979221";
pub const LAN_PHONE: &str = "84912345678";

/// The tables, and what stands behind them.
pub struct Stage {
    pub engine: Engine,
    pub faults: Faults,
    pub client: Client,
}

impl Stage {
    pub fn new() -> Self {
        let engine = engine();
        for table in TEMPLATE.tables() {
            let mut definition = table.create.clone();
            // Another engine expires by the wall clock, and these tests are at another time.
            let ttl_attribute = table.ttl_attribute.as_ref().filter(|_| !elsewhere::is_given());
            if let Some(attribute) = ttl_attribute {
                definition["TimeToLiveSpecification"] =
                    json!({"AttributeName": attribute, "Enabled": true});
            }
            engine.create_table(definition).unwrap();
        }
        Self::on(engine)
    }

    /// An engine that has the tables already.
    pub fn on(engine: Engine) -> Self {
        let faults = Faults::new();
        Self { client: engine.client(&faults), engine, faults }
    }

    /// The same database past all faults, uncounted.
    pub fn without_faults(&self) -> Self {
        Self::on(self.engine.clone())
    }

    /// Keeps the present state, to begin from it any number of times.
    pub fn keep(&self) -> Kept {
        match self.engine.snapshot() {
            Ok(snapshot) => Kept::Snapshot(snapshot),
            Err(EngineError::Elsewhere) => Kept::Rows(
                TEMPLATE
                    .tables()
                    .iter()
                    .map(|t| (&*t.logical_id, self.rows(&t.logical_id)))
                    .collect(),
            ),
            Err(error) => panic!("{error}"),
        }
    }

    /// The name of the table that the template calls `logical_id`.
    pub fn table(&self, logical_id: &str) -> &'static str {
        &definition(logical_id).name
    }

    /// The attributes that a table and its indexes are keyed by.
    pub fn key_attributes(&self, logical_id: &str) -> Vec<String> {
        let attributes = definition(logical_id).create["AttributeDefinitions"].as_array().unwrap();
        let names = attributes.iter().map(|a| a["AttributeName"].as_str().unwrap().to_owned());
        names.collect()
    }

    pub fn events(&self) -> Events {
        Events::new(&self.client, self.table("EventsTable"))
    }

    pub fn customers(&self) -> Customers {
        Customers::new(&self.client, self.table("CustomersTable"))
    }

    pub fn notifications(&self) -> Notifications {
        Notifications::new(&self.client, self.table("NotificationsTable"))
    }

    pub fn points(&self) -> Points {
        Points::new(&self.client, self.table("PointsTable"))
    }

    pub fn rewards(&self) -> Rewards {
        Rewards::new(&self.client, self.table("RewardsTable"), &self.customers())
    }

    pub fn standings(&self) -> Standings {
        Standings::new(&self.client, self.table("StandingsTable"))
    }

    pub fn survey_results(&self) -> SurveyResults {
        SurveyResults::new(&self.client, self.table("SurveyResultsTable"))
    }

    pub fn surveys(&self) -> Surveys {
        Surveys::new(&self.client, self.table("SurveysTable"))
    }

    pub fn tenants(&self) -> Tenants {
        Tenants::new(&self.client, self.table("TenantsTable"))
    }

    /// Runs `call` and says what it used.
    pub async fn units<T>(&self, call: impl Future<Output = T>) -> (T, Units) {
        let mark = self.faults.mark();
        let answer = call.await;
        (answer, self.faults.units_since(mark))
    }

    /// Every row of a table, as DynamoDB's JSON.
    pub fn rows(&self, logical_id: &str) -> Vec<Value> {
        self.engine.scan_all(self.table(logical_id)).unwrap()
    }

    /// The row whose partition key, and sort key if it has one, end so.
    pub fn row(&self, logical_id: &str, pk: &str, sk: &str) -> Value {
        let ends = |row: &Value, name: &str, end: &str| {
            row[name]["S"].as_str().unwrap_or_default().ends_with(end)
        };
        let mut found = self.rows(logical_id);
        found.retain(|row| ends(row, "pk", pk) && ends(row, "sk", sk));
        assert_eq!(found.len(), 1, "{pk} {sk}: {found:?}");
        found.remove(0)
    }

    /// Overwrites one attribute of a stored row; `null` takes it away.
    pub fn spoil(&self, logical_id: &str, pk: &str, sk: &str, attribute: &str, value: Value) {
        let mut row = self.row(logical_id, pk, sk);
        match value {
            Value::Null => drop(row.as_object_mut().unwrap().remove(attribute)),
            value => row[attribute] = value,
        }
        self.put(logical_id, &row);
    }

    /// Stores a row past the SDK.
    pub fn put(&self, logical_id: &str, row: &Value) {
        let request = json!({"TableName": self.table(logical_id), "Item": row});
        self.engine.run("PutItem", &request).unwrap();
    }

    /// Lets the next call and both of its repetitions fail like this.
    pub fn fail_three_times(&self, fault: Fault) {
        (1..=3).for_each(|nth| self.faults.plan(nth, fault));
    }
}

/// An empty database: this process's own, or an account of the one elsewhere.
pub fn engine() -> Engine {
    elsewhere::database().unwrap_or_else(|| Engine::memory(start()).unwrap())
}

/// A state that was kept.
pub enum Kept {
    Snapshot(Snapshot),
    /// The rows of each table, to be put into new ones.
    Rows(Vec<(&'static str, Vec<Value>)>),
}

impl Kept {
    pub fn open(&self) -> Stage {
        match self {
            Self::Snapshot(snapshot) => Stage::on(snapshot.open().unwrap()),
            Self::Rows(tables) => {
                let stage = Stage::new();
                for (table, rows) in tables {
                    rows.iter().for_each(|row| stage.put(table, row));
                }
                stage
            }
        }
    }
}

fn definition(logical_id: &str) -> &'static Table {
    TEMPLATE.tables().iter().find(|table| table.logical_id == logical_id).unwrap()
}

pub fn start() -> Timestamp {
    "2026-11-20T08:00:00+07:00".parse().unwrap()
}

/// So many minutes after the start.
pub fn minute(n: i64) -> Timestamp {
    start() + SignedDuration::from_mins(n)
}

pub fn event_id(n: i64) -> EventId {
    EventId::of(TENANT, "standard", &n.to_string())
}

pub fn customer_id(name: &str) -> CustomerId {
    CustomerId::of(TENANT, name)
}

pub fn zalo(user: &str) -> Identity {
    let subject = Subject::Zalo { oa: OA.to_owned(), user: user.to_owned() };
    Identity { subject, phone: None }
}

pub fn phone(digits: &str) -> Identity {
    let phone = Phone::parse(digits).unwrap();
    Identity { subject: Subject::Phone(pepper().key(&phone)), phone: Some(phone) }
}

pub fn pepper() -> Pepper {
    Pepper::new(b"day-phone-pepper-0123456789").unwrap()
}

pub fn order() -> Subject {
    Subject::Order("DH0001".to_owned())
}

/// Asserts that a row could not be read, that the error names its key, and that nobody tries again.
#[track_caller]
pub fn assert_corrupt<T: std::fmt::Debug>(answer: Result<T, StoreError>, names: &[&str]) {
    let error = answer.unwrap_err();
    assert!(!error.is_infrastructure(), "{error:?}");
    let StoreError::Corrupt { key, .. } = &error else { panic!("{error:?}") };
    for name in names {
        assert!(key.contains(name), "{key:?} does not name {name:?}");
    }
}

/// Asserts that nobody knows whether it was done, and that a later try may do it.
#[track_caller]
pub fn assert_infrastructure<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    let error = answer.unwrap_err();
    assert!(error.is_infrastructure(), "{error:?}");
}
