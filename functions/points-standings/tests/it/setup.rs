//! The demo tenant's ledger, and the standings behind it.

use cloud::table::{
    Points, Standings,
    points::{Ask, Cause, Order},
    standings::ReadMember,
};
use domain::{
    id::{CustomerId, OperationId},
    points::{AccountId, Currency, Points as Amount, Posting, programme::Programme},
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::{DEMO, DemoState};
use points_standings::{Config, PointsStandings, Tick, Trigger, handle};
use serde_json::Value;
use testkit::fault::Faults;

pub const FUNCTION: &str = "points-standings";

pub fn start() -> Timestamp {
    "2026-11-20T08:30:00+07:00".parse().unwrap()
}

pub fn days(days: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * days)
}

pub fn account(name: &str) -> AccountId {
    let customer = CustomerId::of(DEMO, name);
    AccountId { customer, currency: Currency::parse("diem").unwrap() }
}

pub struct Hall {
    pub state: DemoState,
}

impl Hall {
    pub async fn new() -> Self {
        Self { state: DemoState::fresh(start(), start()).await }
    }

    pub fn standings(&self) -> Standings {
        let client = self.state.engine.client(&Faults::new());
        Standings::new(&client, &self.state.table("STANDINGS_TABLE"))
    }

    pub fn points(&self) -> Points {
        let client = self.state.engine.client(&Faults::new());
        Points::new(&client, &self.state.table("POINTS_TABLE"))
    }

    /// Points for somebody, in the ledger.
    pub async fn earn(&self, key: &str, name: &str, amount: u64, now: Timestamp) {
        let amount = Amount::new(amount).unwrap();
        self.post(key, name, Posting::Earn { amount, cap: None }, now).await;
    }

    pub async fn post(&self, key: &str, name: &str, posting: Posting, now: Timestamp) {
        let programme =
            Programme::read(local::demo::Business::demo().unwrap().programme.as_deref().unwrap())
                .unwrap();
        let cause = Cause::default();
        let ask = Ask {
            tenant: DEMO,
            operation: OperationId::of_key(DEMO, key),
            body: key,
            cause: &cause,
            policy: &programme.currencies[0].policy,
            now,
        };
        let order = Order { account: account(name), posting, occurred_at: now };
        self.points().post(&ask, &order).await.unwrap();
    }

    /// Brings what the stream has, and returns it.
    pub async fn stream(&mut self, now: Timestamp) -> Value {
        let batch = self.state.batch(FUNCTION);
        self.bring(&batch, now).await;
        batch
    }

    pub async fn bring(&self, batch: &Value, now: Timestamp) {
        bring(&self.state, batch, now).await;
    }

    pub async fn tick(&self, now: Timestamp) {
        let invocation = self.state.invocation(FUNCTION, "tick", now);
        let hour = Trigger::Tick(Tick { tick: "hour".to_owned() });
        handle(&function(&self.state), &hour, &invocation).await.unwrap();
    }

    pub async fn member(&self, name: &str) -> ReadMember {
        self.standings().member(DEMO, &account(name)).await.unwrap()
    }

    pub async fn level(&self, name: &str) -> String {
        self.member(name).await.member.tier.map(|tier| tier.level).unwrap_or_default()
    }

    /// What has been told: the rows of the table `events`, by kind.
    pub fn told(&self) -> Vec<String> {
        let rows = self.state.rows_of(&self.state.table("EVENTS_TABLE"));
        rows.iter().map(|row| row["kind"]["S"].as_str().unwrap().to_owned()).collect()
    }

    /// The scores on this month's board, from the top.
    pub async fn board(&self) -> Vec<u64> {
        let board = domain::points::board::BoardId::new("top-month", "2026-11").unwrap();
        let page = self.standings().places(DEMO, &board, None, false, 100).await.unwrap();
        page.places.iter().map(|place| place.score.get()).collect()
    }
}

pub fn function(state: &DemoState) -> PointsStandings {
    let config = Config::from_vars(state.environment(FUNCTION)).unwrap();
    PointsStandings::new(&state.client_of(FUNCTION), &config)
}

pub async fn bring(state: &DemoState, batch: &Value, now: Timestamp) {
    let trigger: Trigger = serde_json::from_value(batch.clone()).unwrap();
    let invocation = state.invocation(FUNCTION, "run", now);
    let response = handle(&function(state), &trigger, &invocation).await.unwrap();
    assert!(response.batch_item_failures.is_empty());
}
