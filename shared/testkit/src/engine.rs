//! DynamoDB in this process: dynoxide's database under the real SDK, without a socket. Or another one, wherever it is: the same
//! calls, faults and log, so that the tests of the one are the tests of the other.
//!
//! Source: every operation of dynoxide 3.2 is a synchronous method whose request and response are DynamoDB's JSON, so the
//! service is a table of names. Units: what the engine reports as consumed capacity.
//! Bounds: one partition key order per table, conflicts and throttling never come by themselves (see [`crate::fault`]), indexes
//! are never late, streams have one shard and keep everything. Message texts are not DynamoDB's: assert types, not texts.

mod stream_index;

use std::{path::Path, sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region,
    retry::{RetryConfig, RetryPartition},
};
use dynoxide::{Database, DynoxideError, storage_backend::ManualClock};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{connector::Connector, fault::Faults, role::Role, stream::StreamReader};

/// Where the stand-in for AWS claims to be.
pub const REGION: &str = "ap-southeast-1";

/// The wait before a retry of the SDK: none worth noticing, since no test waits.
const BACKOFF: Duration = Duration::from_millis(1);

/// One database. Clones share it.
#[derive(Clone)]
pub struct Engine {
    place: Place,
    clock: ManualClock,
}

/// Where the rows are.
#[derive(Clone)]
pub(crate) enum Place {
    /// With a clock that is ours.
    Memory(Database),
    /// With the wall clock.
    File(Database),
    /// With whoever answers.
    Elsewhere(Arc<Ask>),
}

/// Takes an operation's name and its JSON; gives the HTTP status and the JSON of the answer or the error.
type Ask = dyn Fn(&str, &[u8]) -> (u16, Value) + Send + Sync;

impl Place {
    pub(crate) fn answer(&self, operation: &str, body: &[u8]) -> (u16, Value) {
        let db = match self {
            Self::Memory(db) | Self::File(db) => db,
            Self::Elsewhere(ask) => return ask(operation, body),
        };
        match dispatch(db, operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => {
                let body = serde_json::from_str(&error.to_json());
                (error.status_code(), body.expect("an error prints as JSON"))
            }
        }
    }
}

/// What the engine refuses outside of the SDK: a bug in the caller or a broken file.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine says no.
    #[error("{operation} was refused")]
    Refused {
        /// DynamoDB's name of it.
        operation: String,
        /// What the engine says.
        #[source]
        source: DynoxideError,
    },
    /// The answer of an engine elsewhere is not a success.
    #[error("{operation} was answered {status}: {answer}")]
    Answered {
        /// DynamoDB's name of it.
        operation: String,
        /// The HTTP status.
        status: u16,
        /// DynamoDB's JSON.
        answer: Value,
    },
    /// A file could not be kept.
    #[error("the database has no place to stay")]
    Place(#[from] std::io::Error),
    /// SQLite below dynoxide does not take the index on streams: another dynoxide than the one it was written for.
    #[error("the streams cannot be indexed")]
    Index(#[source] rusqlite::Error),
    /// A database on a file keeps the wall clock, so it cannot say what is due by now.
    #[error("only an engine in memory expires rows")]
    OnFile,
    /// An engine elsewhere has a clock of its own, and no copies.
    #[error("only an engine in this process can do that")]
    Elsewhere,
}

impl Engine {
    /// A fresh database in memory, at `now`.
    ///
    /// # Errors
    /// When SQLite cannot be opened.
    pub fn memory(now: Timestamp) -> Result<Self, EngineError> {
        let refused = |source| EngineError::Refused { operation: "open".to_owned(), source };
        let clock = ManualClock::new(seconds(now));
        let db = Database::memory_with_clock(Arc::new(clock.clone())).map_err(refused)?;
        db.enable_bulk_loading().map_err(refused)?;
        stream_index::add_to_empty(&db)?;
        Ok(Self { place: Place::Memory(db), clock })
    }

    /// The database in the file `path`, made when it is not there; it outlives a killed process.
    ///
    /// dynoxide gives a file its own wall clock. Stream records are therefore stamped with the engine's time when they are
    /// read, and [`Engine::sweep_ttl`] is refused.
    ///
    /// # Errors
    /// When the file is not a database of this kind.
    pub fn file(path: &Path, now: Timestamp) -> Result<Self, EngineError> {
        let refused = |source| EngineError::Refused { operation: "open".to_owned(), source };
        let db = Database::new(&path.to_string_lossy()).map_err(refused)?;
        // Leaves the disk to the operating system: what a killed process wrote is there, what a power cut met may not be.
        db.enable_bulk_loading().map_err(refused)?;
        stream_index::add_to(path)?;
        Ok(Self { place: Place::File(db), clock: ManualClock::new(seconds(now)) })
    }

    /// The database behind `ask`, which takes an operation's name and its JSON and gives the HTTP status and the JSON that
    /// answer it. A call is whole before the next one begins, as in the embedded engine.
    pub fn elsewhere(ask: impl Fn(&str, &[u8]) -> (u16, Value) + Send + Sync + 'static) -> Self {
        Self { place: Place::Elsewhere(Arc::new(ask)), clock: ManualClock::new(0) }
    }

    /// Moves the clock of streams and expiry.
    pub fn set_now(&self, now: Timestamp) {
        self.clock.set(seconds(now));
    }

    /// The time that a stream record is stamped with when the engine's own clock is not ours.
    pub(crate) fn stamp(&self) -> Option<u64> {
        use dynoxide::storage_backend::Clock as _;
        matches!(self.place, Place::File(_)).then(|| self.clock.now_unix_secs())
    }

    /// What goes under the SDK in place of a network.
    pub fn connector(&self, faults: &Faults) -> Connector {
        Connector::new(self.place.clone(), faults.clone(), None)
    }

    /// The real SDK over this engine: three attempts, no waiting between them, a retry budget of its own.
    pub fn client(&self, faults: &Faults) -> aws_sdk_dynamodb::Client {
        Self::over(self.connector(faults))
    }

    /// The same for a function, which may do what its role says.
    pub fn client_of(&self, role: Role, faults: &Faults) -> aws_sdk_dynamodb::Client {
        Self::over(Connector::new(self.place.clone(), faults.clone(), Some(role)))
    }

    fn over(connector: Connector) -> aws_sdk_dynamodb::Client {
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(BACKOFF)
            .with_max_backoff(BACKOFF);
        aws_sdk_dynamodb::Client::from_conf(
            aws_sdk_dynamodb::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .credentials_provider(Credentials::new("test", "test", None, None, "testkit"))
                .retry_config(retries)
                .retry_partition(RetryPartition::custom("engine").build())
                .http_client(connector)
                .build(),
        )
    }

    /// Runs one operation by its DynamoDB name and JSON, past the SDK and past all faults.
    ///
    /// # Errors
    /// What the engine refuses, under the operation's name.
    pub fn run(&self, operation: &str, request: &Value) -> Result<Value, EngineError> {
        let body = serde_json::to_vec(request).expect("a JSON value is JSON");
        let operation = operation.to_owned();
        match &self.place {
            Place::Memory(db) | Place::File(db) => dispatch(db, &operation, &body)
                .map_err(|source| EngineError::Refused { operation, source }),
            Place::Elsewhere(ask) => match ask(&operation, &body) {
                (200, answer) => Ok(answer),
                (status, answer) => Err(EngineError::Answered { operation, status, answer }),
            },
        }
    }

    /// Runs one operation as it comes over the wire; the HTTP status and the JSON of its answer or its error.
    pub fn answer(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let (status, answer) = self.place.answer(operation, body);
        (status, answer.to_string())
    }

    /// Makes a table from a CreateTable request or from the properties of a CloudFormation table, which also hold
    /// `TimeToLiveSpecification` and a `StreamSpecification` without `StreamEnabled`.
    ///
    /// # Errors
    /// When the table is there already or the definition is not one.
    pub fn create_table(&self, mut definition: Value) -> Result<(), EngineError> {
        let time_to_live =
            definition.as_object_mut().and_then(|d| d.remove("TimeToLiveSpecification"));
        if let Some(stream) =
            definition.get_mut("StreamSpecification").and_then(Value::as_object_mut)
        {
            stream.entry("StreamEnabled").or_insert(Value::Bool(true));
        }
        self.run("CreateTable", &definition)?;
        if let Some(specification) = time_to_live {
            self.run(
                "UpdateTimeToLive",
                &json!({
                    "TableName": definition["TableName"],
                    "TimeToLiveSpecification": specification,
                }),
            )?;
        }
        Ok(())
    }

    /// The names of all tables, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn tables(&self) -> Result<Vec<String>, EngineError> {
        let mut names = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut request = json!({});
            if !after.is_null() {
                request["ExclusiveStartTableName"] = after;
            }
            let mut page = self.run("ListTables", &request)?;
            names.extend(strings(&page["TableNames"]));
            after = page["LastEvaluatedTableName"].take();
            if after.is_null() {
                return Ok(names);
            }
        }
    }

    /// Every item of a table as DynamoDB JSON: for assertions and invariants over the whole state.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn scan_all(&self, table: &str) -> Result<Vec<Value>, EngineError> {
        let mut items = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut request = json!({"TableName": table, "ConsistentRead": true});
            if !after.is_null() {
                request["ExclusiveStartKey"] = after;
            }
            let mut page = self.run("Scan", &request)?;
            if let Value::Array(found) = page["Items"].take() {
                items.extend(found);
            }
            after = page["LastEvaluatedKey"].take();
            if after.is_null() {
                return Ok(items);
            }
        }
    }

    /// A reader for every table that has a stream, each at its beginning.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn streams(&self) -> Result<Vec<StreamReader>, EngineError> {
        let mut readers = Vec::new();
        for table in self.tables()? {
            readers.extend(StreamReader::from_position(self, &table, None)?);
        }
        Ok(readers)
    }

    /// Deletes what is past its time to live and returns how many rows went; their stream records name the service.
    ///
    /// # Errors
    /// For an engine on a file or elsewhere, whose clock is not ours.
    pub fn sweep_ttl(&self) -> Result<usize, EngineError> {
        let refused = |source| EngineError::Refused { operation: "sweep".to_owned(), source };
        match &self.place {
            Place::Memory(db) => db.sweep_ttl().map_err(refused),
            Place::File(_) => Err(EngineError::OnFile),
            Place::Elsewhere(_) => Err(EngineError::Elsewhere),
        }
    }

    /// Keeps the present state, to be opened any number of times.
    ///
    /// # Errors
    /// When there is no room for the file, and for an engine elsewhere.
    pub fn snapshot(&self) -> Result<Snapshot, EngineError> {
        use dynoxide::storage_backend::Clock as _;
        let (Place::Memory(db) | Place::File(db)) = &self.place else {
            return Err(EngineError::Elsewhere);
        };
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("snapshot").to_string_lossy().into_owned();
        db.vacuum_into(&path)
            .map_err(|source| EngineError::Refused { operation: "snapshot".to_owned(), source })?;
        Ok(Snapshot { _folder: folder, path, now_s: self.clock.now_unix_secs() })
    }

    /// An independent copy in memory: items, streams with their positions, clock. Only the tokens of past transactions are
    /// forgotten. For many copies of one state keep a [`Engine::snapshot`].
    ///
    /// # Errors
    /// As [`Engine::snapshot`].
    pub fn fork(&self) -> Result<Self, EngineError> {
        self.snapshot()?.open()
    }
}

/// A state of an engine, in a temporary file that goes with it.
pub struct Snapshot {
    _folder: tempfile::TempDir,
    path: String,
    now_s: u64,
}

impl Snapshot {
    /// A new engine in memory with this state.
    ///
    /// # Errors
    /// When the file was taken away.
    pub fn open(&self) -> Result<Engine, EngineError> {
        let refused = |source| EngineError::Refused { operation: "restore".to_owned(), source };
        let clock = ManualClock::new(self.now_s);
        let db = Database::memory_with_clock(Arc::new(clock.clone())).map_err(refused)?;
        db.restore_from(&self.path).map_err(refused)?;
        Ok(Engine { place: Place::Memory(db), clock })
    }
}

fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.as_second()).unwrap_or_default()
}

pub(crate) fn strings(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned))
}

/// The engine as a table of operations.
macro_rules! operations {
    ($db:expr, $operation:expr, $body:expr; $($name:literal => $method:ident,)*) => {
        match $operation {
            $($name => {
                let request = serde_json::from_slice($body).map_err(|e| undecodable(&e))?;
                Ok(serde_json::to_value($db.$method(request)?).expect("a response is JSON"))
            })*
            other => Err(DynoxideError::UnsupportedCapability(format!("the operation {other}"))),
        }
    };
}

pub(crate) fn dispatch(
    db: &Database,
    operation: &str,
    body: &[u8],
) -> Result<Value, DynoxideError> {
    operations!(db, operation, body;
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "CreateTable" => create_table,
        "DeleteItem" => delete_item,
        "DeleteTable" => delete_table,
        "DescribeStream" => describe_stream,
        "DescribeTable" => describe_table,
        "DescribeTimeToLive" => describe_time_to_live,
        "GetItem" => get_item,
        "GetRecords" => get_records,
        "GetShardIterator" => get_shard_iterator,
        "ListStreams" => list_streams,
        "ListTables" => list_tables,
        "PutItem" => put_item,
        "Query" => query,
        "Scan" => scan,
        "TransactGetItems" => transact_get_items,
        "TransactWriteItems" => transact_write_items,
        "UpdateItem" => update_item,
        "UpdateTable" => update_table,
        "UpdateTimeToLive" => update_time_to_live,
    )
}

/// dynoxide checks requests while it decodes them, and marks by a prefix what DynamoDB calls a validation error.
fn undecodable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let validation = text.starts_with("VALIDATION")
        || ["missing field", "unknown variant", "Supplied AttributeValue"]
            .iter()
            .any(|mark| text.contains(mark));
    match validation {
        true => DynoxideError::ValidationException(text),
        false => DynoxideError::SerializationException(text),
    }
}
