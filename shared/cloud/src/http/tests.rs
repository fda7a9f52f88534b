//! The SDK over the shared client, against a server on loopback that speaks a little DynamoDB.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{error::SdkError, types::AttributeValue};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, State},
    http::Request,
    response::Response,
};
use tokio::net::TcpListener;

use super::*;

const TIMEOUT: Duration = Duration::from_secs(10);

const CONDITION_FAILED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}"#;

#[derive(Clone, Default)]
struct Stand {
    /// Status and body of the next answers; empty ones succeed.
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    /// From which port, for which operation.
    seen: Arc<Mutex<Vec<(u16, String)>>>,
}

async fn answer(
    State(stand): State<Stand>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response {
    let target = request.headers().get("x-amz-target").map(|v| v.to_str().unwrap().to_owned());
    if target.is_some() {
        let signature = request.headers()["authorization"].to_str().unwrap();
        assert!(signature.contains("/ap-southeast-1/dynamodb/aws4_request"), "{signature}");
        let body = axum::body::to_bytes(request.into_body(), 4096).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["Item"]["pk"]["S"], "demo#order:DH0001");
    }
    stand.seen.lock().unwrap().push((peer.port(), target.unwrap_or_default()));
    let (status, body) = stand.answers.lock().unwrap().pop_front().unwrap_or((200, "{}"));
    let answer = Response::builder().status(status);
    answer.header("content-type", "application/x-amz-json-1.0").body(Body::from(body)).unwrap()
}

async fn stand(answers: &[(u16, &'static str)]) -> (AwsSettings, Stand) {
    let stand = Stand::default();
    stand.answers.lock().unwrap().extend(answers);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&format!("http://{}", listener.local_addr().unwrap()));
    let service = Router::new()
        .fallback(answer)
        .with_state(stand.clone())
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    (settings, stand)
}

fn variables() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("AWS_REGION", "ap-southeast-1"),
        ("AWS_ACCESS_KEY_ID", "AKIATEST"),
        ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test"),
        ("AWS_SESSION_TOKEN", "session-of-the-test"),
    ])
}

fn from(variables: &BTreeMap<&str, &str>) -> Result<AwsSettings, MissingVariable> {
    AwsSettings::from_vars(|name| variables.get(name).map(|value| (*value).to_owned()))
}

fn settings(endpoint: &str) -> AwsSettings {
    let mut variables = variables();
    variables.insert("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
    let mut settings = from(&variables).unwrap();
    settings.initial_backoff = Duration::ZERO;
    settings.attempt_timeout = TIMEOUT;
    settings.operation_timeout = TIMEOUT;
    settings
}

async fn put(
    client: &aws_sdk_dynamodb::Client,
) -> Result<(), SdkError<aws_sdk_dynamodb::operation::put_item::PutItemError, HttpResponse>> {
    let key = AttributeValue::S("demo#order:DH0001".to_owned());
    client.put_item().table_name("events").item("pk", key).send().await.map(|_| ())
}

#[tokio::test]
async fn a_put_goes_through_the_shared_client() {
    let (settings, stand) = stand(&[]).await;
    put(&dynamodb(OverReqwest(client(TIMEOUT)), &settings)).await.unwrap();
    let seen = stand.seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].1, "DynamoDB_20120810.PutItem");
}

#[tokio::test]
async fn a_typed_failure_arrives_as_itself_and_is_not_tried_again() {
    let (settings, stand) = stand(&[(400, CONDITION_FAILED)]).await;
    let error = put(&dynamodb(OverReqwest(client(TIMEOUT)), &settings)).await.unwrap_err();
    assert!(error.into_service_error().is_conditional_check_failed_exception());
    assert_eq!(stand.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_failure_is_tried_three_times_in_all() {
    let (settings, stand) = stand(&[(500, "{}"); 5]).await;
    let client = dynamodb(OverReqwest(client(TIMEOUT)), &settings);
    put(&client).await.unwrap_err();
    assert_eq!(stand.seen.lock().unwrap().len(), 3);
    put(&client).await.unwrap();
    assert_eq!(stand.seen.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn the_failures_of_one_client_do_not_take_the_retries_of_another() {
    for _ in 0..60 {
        let (settings, stand) = stand(&[(500, "{}"); 3]).await;
        put(&dynamodb(OverReqwest(client(TIMEOUT)), &settings)).await.unwrap_err();
        assert_eq!(stand.seen.lock().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_refused_connection_is_a_dispatch_failure_that_never_connected() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let error = put(&dynamodb(OverReqwest(client(TIMEOUT)), &settings)).await.unwrap_err();
    match error {
        SdkError::DispatchFailure(failure) => assert!(failure.is_io(), "{failure:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_time_out_after_all_tries() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings(&format!("http://{}", listener.local_addr().unwrap()));
    settings.attempt_timeout = Duration::from_millis(30);
    let error = put(&dynamodb(OverReqwest(client(TIMEOUT)), &settings)).await.unwrap_err();
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
}

#[tokio::test]
async fn after_warming_the_first_call_makes_no_connection() {
    let (settings, stand) = stand(&[]).await;
    let http = client(TIMEOUT);
    warm(&http, [settings.endpoint()]).await;
    // The connection goes back to the pool in a task of its own.
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
    put(&dynamodb(OverReqwest(http), &settings)).await.unwrap();
    let seen = stand.seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].0, seen[1].0, "the same connection");
}

#[tokio::test]
async fn warming_a_host_that_is_down_does_no_harm() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    warm(&client(TIMEOUT), [url, "no url".to_owned()]).await;
}

/// Answers nothing and tells where it was asked to go.
#[derive(Clone, Debug, Default)]
struct Where(Arc<Mutex<Vec<String>>>);

impl HttpClient for Where {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Where {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request.uri().to_owned());
        HttpConnectorFuture::ready(Err(ConnectorError::user("nowhere".into())))
    }
}

#[tokio::test]
async fn the_sdk_sends_to_the_endpoint_that_is_warmed() {
    let mut variables = variables();
    for endpoint in [None, Some("http://127.0.0.1:4566")] {
        if let Some(url) = endpoint {
            variables.insert("AWS_ENDPOINT_URL_DYNAMODB", url);
        }
        let settings = from(&variables).unwrap();
        let place = Where::default();
        put(&dynamodb(place.clone(), &settings)).await.unwrap_err();
        let place = place.0.lock().unwrap();
        assert_eq!(*place, [format!("{}/", settings.endpoint())]);
    }
}

#[test]
fn a_missing_variable_is_named() {
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let mut variables = variables();
        variables.remove(name);
        assert_eq!(from(&variables).unwrap_err(), MissingVariable { name });
    }
    let mut variables = variables();
    variables.remove("AWS_SESSION_TOKEN");
    assert!(from(&variables).is_ok());
}

#[test]
fn the_endpoint_of_dynamodb_goes_before_the_one_of_everything() {
    let mut variables = variables();
    assert_eq!(
        from(&variables).unwrap().endpoint(),
        "https://dynamodb.ap-southeast-1.amazonaws.com"
    );
    variables.insert("AWS_ENDPOINT_URL", "http://all");
    assert_eq!(from(&variables).unwrap().endpoint(), "http://all");
    variables.insert("AWS_ENDPOINT_URL_DYNAMODB", "http://one");
    assert_eq!(from(&variables).unwrap().endpoint(), "http://one");
}

#[test]
fn two_tries_and_a_back_off_fit_into_two_seconds() {
    let settings = from(&variables()).unwrap();
    let retried = settings.attempt_timeout * 2 + settings.initial_backoff;
    assert!(retried <= settings.operation_timeout);
    assert!(settings.operation_timeout < Duration::from_secs(2));
}

#[test]
fn settings_print_without_their_secrets() {
    let text = format!("{:?}", from(&variables()).unwrap());
    for secret in ["secret-of-the-test", "session-of-the-test"] {
        assert!(!text.contains(secret), "{text}");
    }
}
