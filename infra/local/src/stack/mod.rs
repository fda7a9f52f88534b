//! Everything in one process: the engine, the functions' own handlers, the HTTP front, the triggers and the stand-in, all by
//! one simulated clock and on one thread.
//!
//! What is there is read from the template: tables, routes, streams with their filters, schedules, settings of functions.
//! [`Stack::request`] is one call at the present instant; [`Stack::advance`] lets time pass, and with it whatever streams, receipts
//! and the minute bring.
//!
//! Bounds: between the minutes at which something is due the ticks are left out, since such a tick finds nothing;
//! [`StackSettings::every_minute`] runs them all.

mod functions;
mod start;
mod streams;

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::http::{HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::{
    engine::{Engine, EngineError},
    fault::Faults,
    stand_in::{NothingToRate, Rating, StandIn},
};

use crate::{
    demo::Business,
    http::{Front, PlainRequest, PlainResponse, Routed},
    template::{Template, TemplateError},
    triggers::Schedules,
};
use functions::Functions;
use streams::Streams;

/// What a stack is to be.
#[derive(Clone, Debug)]
pub struct StackSettings {
    /// Whose stack it is.
    pub business: Business,
    /// The clock at the start, when the tenant is applied and its rules activated.
    pub start: Timestamp,
    /// Keeps the state in this folder; in memory when `None`.
    pub data: Option<PathBuf>,
    /// Lets the lanes of the streams lag behind each other.
    pub seed: Option<u64>,
    /// The front's port, for the links that customers get; that of a front that nobody has opened otherwise.
    pub front_port: Option<u16>,
    /// The stand-in's port; 0 for any.
    pub stand_in_port: u16,
    /// Runs every tick, also those that can find nothing.
    pub every_minute: bool,
    /// How long a call of Zalo may take, in real milliseconds; a test with time-outs makes it short.
    pub zalo_timeout_ms: u64,
}

impl StackSettings {
    /// In memory, without lag, on any port.
    pub fn new(business: Business, start: Timestamp) -> Self {
        Self {
            business,
            start,
            data: None,
            seed: None,
            front_port: None,
            stand_in_port: 0,
            every_minute: false,
            zalo_timeout_ms: 5_000,
        }
    }
}

/// Why a stack does not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template cannot be read.
    #[error("the template cannot be used")]
    Template(#[from] TemplateError),
    /// The embedded engine refuses.
    #[error("the embedded database refuses")]
    Engine(#[from] EngineError),
    /// A file or a port.
    #[error("{what}")]
    Io {
        /// What was to be done.
        what: String,
        /// Why it was not.
        #[source]
        source: std::io::Error,
    },
    /// The tenant's files are wrong.
    #[error("{0}")]
    Business(String),
    /// The template and the functions do not fit together.
    #[error("{0}")]
    Function(String),
}

/// The whole of Cham in one process.
pub struct Stack {
    template: Template,
    engine: Engine,
    faults: Faults,
    stand_in: StandIn,
    front: Front,
    schedules: Schedules,
    streams: Streams,
    functions: Functions,
    clock: Arc<AtomicI64>,
    ticked: Timestamp,
    /// The hooks of ordered ratings, with the status of the first delivery.
    ratings: BTreeMap<u64, Option<u16>>,
    settings: StackSettings,
}

impl Stack {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        instant(&self.clock)
    }

    /// The database under the functions.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whose stack it is.
    pub fn tenant(&self) -> &str {
        &self.settings.business.tenant.id
    }

    /// A key of the tenant that opens the console, applied with it. It opens nothing but this stack.
    pub fn api_key(&self) -> String {
        api_key(self.tenant())
    }

    /// What lies between the functions and the database.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Zalo, as it stands in.
    pub fn stand_in(&self) -> &StandIn {
        &self.stand_in
    }

    /// Lets the customer give stars; the hook comes after the stand-in's usual delay. Returns its id.
    ///
    /// # Errors
    /// When there is nothing to rate, or the stand-in's log cannot be written.
    pub fn rate(&mut self, rating: &Rating) -> Result<u64, NothingToRate> {
        let hook = self.stand_in.rate(rating)?;
        self.ratings.insert(hook, None);
        Ok(hook)
    }

    /// How the hook of a rating was answered when it first came; `None` before.
    pub fn rating_status(&self, hook: u64) -> Option<u16> {
        self.ratings.get(&hook).copied().flatten()
    }

    /// The name of the table that the template calls so (`CustomersTable`).
    pub fn table(&self, logical_id: &str) -> Option<&str> {
        let mut tables = self.template.tables().iter();
        tables.find(|table| table.logical_id == logical_id).map(|table| table.name.as_str())
    }

    /// One HTTP request at the present instant. Nothing that follows from it has happened when it returns.
    pub async fn request(&mut self, request: PlainRequest) -> PlainResponse {
        let now = self.now();
        let (function, event) = match self.front.route(request, now) {
            Routed::Answer(answer) => return answer,
            Routed::Call { function, event } => (function.to_owned(), event),
        };
        let Ok(invocation) = self.functions.invocation(&function, self.clock.clone()) else {
            return PlainResponse::internal_error();
        };
        match self.invoke(self.functions.http(&function, *event, &invocation)).await {
            Some(Ok(answer)) => PlainResponse::from_function(answer),
            Some(Err(_)) | None => PlainResponse::internal_error(),
        }
    }

    /// Lets the time pass up to and including `until`, with everything that it brings.
    ///
    /// # Errors
    /// When the state cannot be kept, or the template names a function that does not exist.
    pub async fn advance(&mut self, until: Timestamp) -> Result<(), StackError> {
        loop {
            self.streams.pump(self.now());
            let next = [self.streams.next_at(), self.stand_in.next_hook_at(), self.next_tick()?];
            let Some(next) = next.into_iter().flatten().min().filter(|next| *next <= until) else {
                break;
            };
            self.set_now(next.max(self.now()));
            if self.run_batch().await? || self.deliver_receipts().await? {
                continue;
            }
            self.tick().await?;
        }
        self.set_now(until.max(self.now()));
        self.streams.keep()
    }

    /// Runs a handler until it is done or a planned fault kills it; `None` then, and its memory is fresh.
    async fn invoke<T>(&self, handler: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = handler => Some(done),
            () = self.faults.crashed() => None,
        }
    }

    /// Hands one batch of a stream to its function; `false` when none is ready.
    async fn run_batch(&mut self) -> Result<bool, StackError> {
        let now = self.now();
        let Some((stream, function, batch)) = self.streams.take(now) else { return Ok(false) };
        let payload = json!({"Records": batch.records});
        let invocation = self.functions.invocation(&function, self.clock.clone())?;
        let answered = self.invoke(self.functions.event(&function, payload, &invocation)).await;
        let failed_from = match answered {
            Some(Ok(failed_from)) => failed_from,
            Some(Err(error)) => {
                tracing::warn!(function, error, "the batch failed as a whole");
                Some(String::new())
            }
            None => {
                self.functions = self.fresh_functions()?;
                Some(String::new())
            }
        };
        self.streams.done(stream, batch, failed_from.as_deref(), now);
        Ok(true)
    }

    /// Delivers the receipts that are due; `false` when there are none.
    async fn deliver_receipts(&mut self) -> Result<bool, StackError> {
        let due = self.stand_in.take_due_hooks(self.now());
        let any = !due.is_empty();
        for hook in due {
            let id = hook.id;
            let answer =
                self.request(request(&hook.method, &hook.path, &hook.headers, &hook.body)).await;
            if let Some(status @ None) = self.ratings.get_mut(&id) {
                *status = Some(answer.status.as_u16());
            }
            if answer.status.is_success() {
                let done = self.stand_in.hook_done(id);
                done.map_err(|source| StackError::Io { what: "the receipt log".into(), source })?;
            }
        }
        Ok(any)
    }

    /// Runs the schedules of this instant.
    async fn tick(&mut self) -> Result<(), StackError> {
        let now = self.now();
        self.ticked = now;
        let due: Vec<(String, Value)> =
            self.schedules.at(now).map(|t| (t.function.to_owned(), t.input.clone())).collect();
        for (function, input) in due {
            let invocation = self.functions.invocation(&function, self.clock.clone())?;
            match self.invoke(self.functions.event(&function, input, &invocation)).await {
                Some(Ok(_)) => {}
                Some(Err(error)) => tracing::warn!(function, error, "the tick failed"),
                None => self.functions = self.fresh_functions()?,
            }
        }
        Ok(())
    }

    /// The next tick that can find something; every tick, when the settings say so.
    fn next_tick(&self) -> Result<Option<Timestamp>, StackError> {
        let Some(next) = self.schedules.next_at(self.ticked) else { return Ok(None) };
        if self.settings.every_minute {
            return Ok(Some(next));
        }
        let Some(due) = self.earliest_due()? else { return Ok(None) };
        let just_before = due.max(self.now()) - SignedDuration::from_nanos(1);
        Ok(self.schedules.next_at(just_before.max(self.ticked)))
    }

    /// The earliest time on any index named `due`, looked up below the functions and their units.
    fn earliest_due(&self) -> Result<Option<Timestamp>, StackError> {
        let mut earliest: Option<i64> = None;
        for table in self.template.tables().iter().filter(|table| has_due_index(&table.create)) {
            let scan = json!({"TableName": table.name, "IndexName": "due"});
            let found = self.engine.run("Scan", &scan)?;
            for row in found["Items"].as_array().into_iter().flatten() {
                let at = row["due_at"]["N"].as_str().and_then(|ms| ms.parse::<i64>().ok());
                earliest = earliest.into_iter().chain(at).min();
            }
        }
        Ok(earliest.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
    }

    fn set_now(&mut self, now: Timestamp) {
        self.clock.store(now.as_millisecond(), Ordering::Relaxed);
        self.engine.set_now(now);
        self.stand_in.set_now(now);
    }
}

fn api_key(tenant: &str) -> String {
    format!("cham_{tenant}_local")
}

fn has_due_index(create: &Value) -> bool {
    let indexes = create["GlobalSecondaryIndexes"].as_array();
    indexes.is_some_and(|indexes| indexes.iter().any(|index| index["IndexName"] == "due"))
}

fn instant(clock: &AtomicI64) -> Timestamp {
    Timestamp::from_millisecond(clock.load(Ordering::Relaxed)).expect("only instants are stored")
}

/// A request from the outside, in the words of a recorded line or a hook of the stand-in. Names and values that HTTP does not know
/// are left out.
pub fn request(
    method: &str,
    target: &str,
    headers: &BTreeMap<String, String>,
    body: &str,
) -> PlainRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header = |(name, value): (&String, &String)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
    };
    PlainRequest {
        method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.iter().filter_map(header).collect(),
        body: body.as_bytes().to_vec(),
        source_ip: Ipv4Addr::LOCALHOST.into(),
    }
}
