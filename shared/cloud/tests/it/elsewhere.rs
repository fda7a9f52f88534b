//! The same tests against another DynamoDB: the one at the address in `CHAM_DYNAMODB`, over HTTP.
//!
//! It has to take an access key of twelve digits for an account, as MiniStack does: each test has one of its own.

use std::{
    process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use testkit::engine::{Engine, REGION};
use tokio::runtime::{Builder, Runtime};

/// Where the other DynamoDB is; without one the tests make their own.
static URL: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("CHAM_DYNAMODB").ok());

/// The client of the functions, and what drives it: connections outlive the test that made them.
static HTTP: LazyLock<(reqwest::Client, Runtime)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    (cloud::http::client(Duration::from_secs(30)), runtime)
});

/// An account of the other DynamoDB that nobody has used.
pub fn database() -> Option<Engine> {
    static ACCOUNTS: AtomicU32 = AtomicU32::new(0);
    let url = URL.as_deref()?;
    let account = format!("{:07}{:05}", process::id(), ACCOUNTS.fetch_add(1, Ordering::Relaxed));
    Some(Engine::elsewhere(move |operation, body| ask(url, &account, operation, body)))
}

/// One call, whole before the next one of its thread begins.
fn ask(url: &str, account: &str, operation: &str, body: &[u8]) -> (u16, Value) {
    let service = match operation {
        "DescribeStream" | "GetRecords" | "GetShardIterator" => "DynamoDBStreams",
        _ => "DynamoDB",
    };
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={account}/20261120/{REGION}/dynamodb/aws4_request, \
         SignedHeaders=host, Signature=0"
    );
    let (http, runtime) = &*HTTP;
    let request = http
        .post(url)
        .header("x-amz-target", format!("{service}_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", signed)
        .body(body.to_vec());
    let exchange = async {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok::<_, reqwest::Error>((status, answer.json().await?))
    };
    // A thread of its own, since the test's is inside a runtime already.
    let answer = thread::scope(|scope| scope.spawn(|| runtime.block_on(exchange)).join());
    answer.unwrap().unwrap_or_else(|error| panic!("{operation}: {error}"))
}
