//! The demo tenant with an account that is connected, and the stand-in that knows its pair.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use cloud::{
    custody::Custody,
    invocation::Invocation,
    table::{
        Tenants,
        tenants::{Conditional, Credential, NewPair, Settings},
    },
    zalo::{Hosts, Zalo},
};
use domain::{
    custody::{End, LIFE, Why},
    secret::Secret,
};
use jiff::{SignedDuration, Timestamp};
use local::demo::{
    Business,
    state::{DEMO, DemoState},
};
use serde_json::Value;
use testkit::{
    fault::Faults,
    stand_in::{ApiCall, StandIn, StandInSettings},
};
use token_refresh::{Config, TokenRefresh};

pub const FUNCTION: &str = "token-refresh";
pub const OA: &str = "2893352839501541173";
/// The pair that the account was connected with.
pub const FIRST: (&str, &str) = ("day-access-token", "first-refresh-token");

/// Longer than the stand-in needs on a busy machine, and short where it does not answer on purpose.
const EXCHANGE_TIMEOUT: Duration = Duration::from_millis(400);

pub fn start() -> Timestamp {
    "2026-11-20T08:00:00+07:00".parse().unwrap()
}

pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

pub struct Office {
    pub state: DemoState,
    pub zalo: StandIn,
    clock: Arc<AtomicI64>,
}

impl Office {
    /// An account that was connected at the start.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl Fn(&mut StandInSettings)) -> Self {
        let mut settings = Business::demo().unwrap().stand_in(start());
        settings.access_token_life_s = Some(LIFE.as_secs());
        settings.refresh_token = Some(FIRST.1.to_owned());
        change(&mut settings);
        let office = Self {
            state: DemoState::fresh(start(), start()).await,
            zalo: StandIn::start(settings, 0).await.unwrap(),
            clock: Arc::new(AtomicI64::new(start().as_millisecond())),
        };
        let pair = NewPair {
            access: Secret::new(FIRST.0),
            refresh: Some(Secret::new(FIRST.1)),
            issued_at: start(),
            life: Some(LIFE),
            before: None,
        };
        let tenants = office.tenants();
        let done = tenants.connect(DEMO, OA, Some(0), &pair, "lan").await.unwrap();
        assert_eq!(done, Conditional::Done);
        office
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    pub fn set_now(&self, now: Timestamp) {
        self.clock.store(now.as_millisecond(), Ordering::SeqCst);
        self.zalo.set_now(now);
    }

    pub fn pass(&self, time: SignedDuration) {
        self.set_now(self.now() + time);
    }

    /// A run of the function that begins now; its clock is the office's.
    pub fn invocation(&self, id: &str) -> Invocation {
        let deadline = self.now() + SignedDuration::from_secs(28);
        let clock = self.clock.clone();
        let now = move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap();
        Invocation::new(id, u64::try_from(deadline.as_millisecond()).unwrap(), Arc::new(now))
    }

    /// The table, past all faults, as somebody sees it who starts now.
    pub fn tenants(&self) -> Tenants {
        Tenants::new(&self.state.engine.client(&Faults::new()), &self.state.table("TENANTS_TABLE"))
    }

    /// The same as the function is allowed to use it, with these faults.
    pub fn tenants_with(&self, faults: &Faults) -> Tenants {
        let role = self.state.template().role(FUNCTION);
        let client = self.state.engine.client_of(role, faults);
        Tenants::new(&client, &self.state.table("TENANTS_TABLE"))
    }

    pub fn hosts(&self) -> Hosts {
        let url = self.zalo.url();
        Hosts { business: url.clone(), oa: url.clone(), oauth: url, ..Hosts::default() }
    }

    pub fn client(&self) -> Zalo {
        let http = cloud::http::client(Duration::from_secs(5));
        Zalo::new(http, self.hosts()).exchanging_within(EXCHANGE_TIMEOUT)
    }

    pub fn function(&self) -> TokenRefresh {
        let mut config = Config::from_vars(self.state.environment(FUNCTION)).unwrap();
        config.hosts = self.hosts();
        TokenRefresh::new(&self.state.client_of(FUNCTION), self.client(), config)
    }

    pub async fn settings(&self) -> Arc<Settings> {
        self.tenants().settings(DEMO, self.now()).await.unwrap().unwrap()
    }

    /// One look at the account, by whom and why is said.
    pub async fn refresh(&self, why: Why) -> End {
        let (tenants, zalo, settings) = (self.tenants(), self.client(), self.settings().await);
        let custody = Custody::new(&tenants, &zalo);
        custody.refresh(&settings, OA, why, &self.invocation("run")).await.unwrap()
    }

    pub async fn credential(&self) -> Credential {
        self.tenants().credential(DEMO, OA).await.unwrap().unwrap()
    }

    /// Whether Zalo takes the access token that is stored.
    pub async fn works(&self) -> bool {
        let known = self.credential().await;
        let to = cloud::zalo::Outgoing::Reply { user: "2468458835291979221", text: "a" };
        self.client().send(&known.access, &to).await.is_ok()
    }

    /// The calls of the token endpoint, probes left out: they bring an empty token and are refused.
    pub fn exchanges(&self) -> Vec<ApiCall> {
        let calls = self.zalo.calls().into_iter();
        calls.filter(|call| call.path == "/v4/oa/access_token").collect()
    }

    /// How many pairs Zalo has made.
    pub fn granted(&self) -> usize {
        self.exchanges().iter().filter(|call| call.error == Some(0)).count()
    }

    /// What staff is to be told.
    pub fn alerts(&self) -> Vec<String> {
        let rows = self.state.rows_of(&self.state.table("NOTIFICATIONS_TABLE"));
        let text = |row: &Value| row["text"]["S"].as_str().unwrap_or_default().to_owned();
        rows.iter().map(text).collect()
    }
}
