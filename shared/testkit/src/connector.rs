//! The engine as the SDK's network: takes the signed HTTP request that the SDK would send and answers it in place.
//!
//! Every call yields once before it acts, so that handlers which share a thread interleave at each call as they would over a
//! network. Between the yield and the answer nothing else runs: a call is atomic, as in DynamoDB.

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::{
    engine::Place,
    fault::{Call, Fault, Faults, Hit, Outcome},
    role::{Permission, Role},
};

/// Namespace of DynamoDB's own errors in `__type`.
const ERRORS: &str = "com.amazonaws.dynamodb.v20120810#";

/// An engine with faults in front of it.
#[derive(Clone)]
pub struct Connector {
    place: Place,
    faults: Faults,
    /// Whose calls they are; without one everything is allowed.
    role: Option<Role>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move { connector.answer(&request).await })
    }
}

/// What goes back to the SDK: a status and DynamoDB's JSON.
struct Answer {
    status: u16,
    body: Value,
}

impl Connector {
    pub(crate) fn new(place: Place, faults: Faults, role: Option<Role>) -> Self {
        Self { place, faults, role }
    }

    async fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        tokio::task::yield_now().await;
        self.faults.turn().await;
        self.faults.crash.alive().await;
        let operation = operation(request)?;
        let asked = body(request)?;
        if let Some(lacking) = self.role.as_ref().and_then(|role| role.lacks(&operation, &asked)) {
            return denied(&lacking).into_response();
        }
        let (number, planned) = self.faults.begin();
        let hit = match planned {
            None => Hit::Spared,
            Some(Fault::Conflict) if !can_conflict(&operation) => {
                Hit::NotApplicable(Fault::Conflict)
            }
            Some(fault) => Hit::Struck(fault),
        };
        let answer = match hit {
            Hit::Spared | Hit::NotApplicable(_) => Some(self.apply(&operation, &asked)),
            Hit::Struck(fault) => match fault {
                Fault::CrashAfter | Fault::TimeoutWithEffect | Fault::LostReply => {
                    Some(self.apply(&operation, &asked))
                }
                Fault::CrashBefore | Fault::TimeoutWithoutEffect => None,
                Fault::Conflict => Some(conflict(&operation, &asked)),
                Fault::Throttle => Some(throttled()),
            },
        };
        self.faults.record(logged(number, &operation, &asked, answer.as_ref(), hit));
        match (hit, answer) {
            (Hit::Struck(Fault::CrashBefore | Fault::CrashAfter), _) => {
                self.faults.crash.fire();
                std::future::pending().await
            }
            (Hit::Struck(Fault::LostReply), _) => {
                Err(ConnectorError::io("the connection was reset".into()))
            }
            (_, None) | (Hit::Struck(Fault::TimeoutWithEffect), _) => {
                Err(ConnectorError::timeout("no answer in time".into()))
            }
            (_, Some(answer)) => answer.into_response(),
        }
    }

    fn apply(&self, operation: &str, asked: &Value) -> Answer {
        let body = serde_json::to_vec(asked).expect("a JSON value is JSON");
        let (status, body) = self.place.answer(operation, &body);
        Answer { status, body }
    }
}

impl Answer {
    fn into_response(self) -> Result<HttpResponse, ConnectorError> {
        let body = SdkBody::from(self.body.to_string());
        let response = http::Response::builder()
            .status(self.status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(body)
            .map_err(|e| ConnectorError::user(e.into()))?;
        HttpResponse::try_from(response).map_err(|e| ConnectorError::user(e.into()))
    }

    /// The error's name without its namespace; `None` for a success.
    fn error(&self) -> Option<String> {
        let name = self.body["__type"].as_str().unwrap_or("UnknownError");
        (self.status != 200).then(|| name.rsplit('#').next().unwrap_or(name).to_owned())
    }
}

/// The operation in `x-amz-target: DynamoDB_20120810.PutItem`.
fn operation(request: &HttpRequest) -> Result<String, ConnectorError> {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    match target.split_once('.') {
        Some((_, operation)) => Ok(operation.to_owned()),
        None => Err(ConnectorError::user("a request without x-amz-target".into())),
    }
}

/// The request as JSON, with the full report of capacity asked for where an operation has one.
fn body(request: &HttpRequest) -> Result<Value, ConnectorError> {
    let bytes = request
        .body()
        .bytes()
        .ok_or_else(|| ConnectorError::user("DynamoDB requests do not stream".into()))?;
    let mut asked: Value =
        serde_json::from_slice(bytes).map_err(|e| ConnectorError::user(e.into()))?;
    if moves_items(&operation(request)?) {
        asked["ReturnConsumedCapacity"] = json!("INDEXES");
    }
    Ok(asked)
}

fn moves_items(operation: &str) -> bool {
    is_write(operation)
        || matches!(operation, "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems")
}

fn is_write(operation: &str) -> bool {
    is_single_write(operation) || matches!(operation, "BatchWriteItem" | "TransactWriteItems")
}

fn is_single_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem")
}

/// Source: AWS "Transaction conflict handling in DynamoDB", read 2026-11: single writes and items of transactions conflict; plain
/// reads never do, and the items of a batch are retried by DynamoDB as unprocessed.
fn can_conflict(operation: &str) -> bool {
    is_single_write(operation) || matches!(operation, "TransactWriteItems" | "TransactGetItems")
}

/// A caller without the permission is told so before anything else.
fn denied(lacking: &Permission) -> Answer {
    let body = json!({
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "Message": format!("not authorized to perform: dynamodb:{lacking}"),
    });
    Answer { status: 400, body }
}

/// A transaction is cancelled on behalf of its first item.
fn conflict(operation: &str, asked: &Value) -> Answer {
    const ONGOING: &str = "Transaction is ongoing for the item";
    let body = match asked["TransactItems"].as_array() {
        Some(items) if !is_single_write(operation) => {
            let codes: Vec<&str> = (0..items.len())
                .map(|n| if n == 0 { "TransactionConflict" } else { "None" })
                .collect();
            let reasons: Vec<Value> = codes
                .iter()
                .map(|code| match *code {
                    "None" => json!({"Code": code}),
                    _ => json!({"Code": code, "Message": ONGOING}),
                })
                .collect();
            json!({
                "__type": format!("{ERRORS}TransactionCanceledException"),
                "CancellationReasons": reasons,
                "Message": format!(
                    "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                    codes.join(", ")
                ),
            })
        }
        Some(_) | None => json!({
            "__type": format!("{ERRORS}TransactionConflictException"),
            "message": ONGOING,
        }),
    };
    Answer { status: 400, body }
}

fn throttled() -> Answer {
    let body = json!({
        "__type": format!("{ERRORS}ProvisionedThroughputExceededException"),
        "message": "The level of configured provisioned throughput for the table was exceeded. \
                    Consider increasing your provisioning level with the UpdateTable API.",
    });
    Answer { status: 400, body }
}

fn logged(number: u64, operation: &str, asked: &Value, answer: Option<&Answer>, hit: Hit) -> Call {
    let outcome = match answer {
        None => Outcome::Lost,
        Some(answer) => answer.error().map_or(Outcome::Applied, Outcome::Refused),
    };
    let mut call = Call {
        number,
        operation: operation.to_owned(),
        tables: tables(asked),
        token: asked["ClientRequestToken"].as_str().map(str::to_owned),
        outcome,
        hit,
        write_units: 0.0,
        read_units: 0.0,
        index_units: 0.0,
        items: items(asked, answer),
    };
    for consumed in answer.into_iter().flat_map(|answer| each(&answer.body["ConsumedCapacity"])) {
        let units = |key: &str| consumed[key].as_f64();
        let read = units("ReadCapacityUnits");
        let write = units("WriteCapacityUnits");
        let total = units("CapacityUnits").unwrap_or_default();
        match (read, write) {
            (None, None) if is_write(operation) => call.write_units += total,
            (None, None) => call.read_units += total,
            (read, write) => {
                call.read_units += read.unwrap_or_default();
                call.write_units += write.unwrap_or_default();
            }
        }
        for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            for index in consumed[kind].as_object().into_iter().flat_map(|i| i.values()) {
                call.index_units += index["CapacityUnits"].as_f64().unwrap_or_default();
            }
        }
    }
    call
}

/// A value, or the elements of a list.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn tables(asked: &Value) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    let mut add = |name: Option<&str>| {
        if let Some(name) = name.filter(|name| !tables.iter().any(|t| t == name)) {
            tables.push(name.to_owned());
        }
    };
    add(asked["TableName"].as_str());
    for item in each(&asked["TransactItems"]) {
        for action in item.as_object().into_iter().flat_map(|i| i.values()) {
            add(action["TableName"].as_str());
        }
    }
    for table in asked["RequestItems"].as_object().into_iter().flat_map(|i| i.keys()) {
        add(Some(table));
    }
    tables
}

fn items(asked: &Value, answer: Option<&Answer>) -> usize {
    if !asked["Key"].is_null() || !asked["Item"].is_null() {
        return 1;
    }
    if let Some(requests) = asked["RequestItems"].as_object() {
        return requests.values().map(|r| each(r).len().max(each(&r["Keys"]).len())).sum();
    }
    let named = each(&asked["TransactItems"]).len();
    let found = answer.and_then(|a| a.body["Count"].as_u64()).unwrap_or_default();
    named.max(usize::try_from(found).unwrap_or(usize::MAX))
}
