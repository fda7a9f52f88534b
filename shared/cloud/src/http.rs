//! One HTTP client for everything that leaves the process: DynamoDB under the SDK, and Zalo.
//!
//! One TLS configuration (ring, the ready-made anchors of `webpki-roots`), HTTP/1.1 with keep-alive, connections made in
//! the init phase by [`warm`]. Bounds: a connection within [`CONNECT_TIMEOUT`], an answer within the client's time-out.
//! Retries: none here; the SDK does its own over [`OverReqwest`]. Not here: system proxies and redirects. A redirect would
//! carry Zalo's token, in a header that no client knows to be secret, to another host.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, HttpClient, Region, RuntimeComponents,
    StalledStreamProtectionConfig,
    retry::{RetryConfig, RetryPartition},
    timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use domain::secret::Secret;

use crate::{
    config::{MissingVariable, optional, required},
    telemetry,
};

/// Longest wait for name, connection and handshake. Two round trips to another region and a slow resolver fit.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// An idle connection is closed by us after this, before the other side does (the shortest usual limit is 60 s): a request
/// written into a connection that is just being closed has an unknown outcome.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Idle connections kept per host: as many as one invocation sends at once.
const POOL_IDLE_PER_HOST_MAX: usize = 16;

/// Longest that [`warm`] waits for one host: the init phase of a function is 10 s in all, and a host that is down is the
/// first event's matter.
const WARM_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes the client. A request takes at most `timeout`, connecting at most half of that, so that a host which does not
/// answer at all is told apart from one that took the request.
///
/// # Panics
/// Never: building can fail only for settings that are not used here.
pub fn client(timeout: Duration) -> reqwest::Client {
    built(reqwest::Client::builder().no_proxy(), timeout)
}

/// The same through an HTTP proxy, which sees hosts and no contents: what goes through it is TLS to its end.
///
/// # Panics
/// Never: an address that is none goes nowhere, since no request is made without the proxy.
pub fn client_through(timeout: Duration, proxy: &Secret) -> reqwest::Client {
    telemetry::hide(proxy.expose());
    // Nothing listens there.
    let nowhere = || reqwest::Proxy::all("http://127.0.0.1:9").expect("an address");
    let proxy = reqwest::Proxy::all(proxy.expose()).unwrap_or_else(|_| nowhere());
    built(reqwest::Client::builder().proxy(proxy), timeout)
}

fn built(builder: reqwest::ClientBuilder, timeout: Duration) -> reqwest::Client {
    builder
        .tls_backend_preconfigured(tls())
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout / 2))
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_IDLE_PER_HOST_MAX)
        .build()
        .expect(
            "a ready-made TLS configuration and the system's resolver need nothing that can fail",
        )
}

/// TLS 1.2 and 1.3 with ring, trusting Mozilla's roots as compiled in: nothing is read or parsed at start.
fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Makes a connection to each of `urls`, so that the first event pays for no handshake. What they answer does not matter,
/// and one that cannot be reached is only logged.
pub async fn warm(http: &reqwest::Client, urls: impl IntoIterator<Item = String>) {
    let mut visits = tokio::task::JoinSet::new();
    for url in urls {
        let request = http.get(url).timeout(WARM_TIMEOUT);
        visits.spawn(async move {
            // The body is read to its end: only then does the connection go back to the pool.
            request.send().await?.bytes().await
        });
    }
    while let Some(visit) = visits.join_next().await {
        if let Ok(Err(error)) = visit {
            let host = error.url().and_then(|url| url.host_str()).unwrap_or("?").to_owned();
            let error = error.without_url();
            tracing::warn!(http.host = host, error = %error, "no connection in the init phase");
        }
    }
}

/// What the SDK has to know to reach DynamoDB.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    region: String,
    credentials: Credentials,
    endpoint_url: Option<String>,
    /// Longest that one try may take. Twice this and one back-off stay under the 2 s in which a hook must be answered.
    pub attempt_timeout: Duration,
    /// Longest that one call may take with all its tries.
    pub operation_timeout: Duration,
    /// Longest wait before the second try; the third waits up to twice as long.
    pub initial_backoff: Duration,
}

impl AwsSettings {
    /// Tries of one call, the first included.
    pub const ATTEMPTS_MAX: u32 = 3;

    /// Reads what Lambda gives every function: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and where set
    /// `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL` (in this order).
    ///
    /// # Errors
    /// Names the first variable that is missing.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        // The credentials of a Lambda sandbox stay the same for its life, so they are not refreshed. No account id is
        // passed: with one, the SDK would leave the regional host for one of the account's own.
        let credentials = Credentials::new(
            required(&get, "AWS_ACCESS_KEY_ID")?,
            required(&get, "AWS_SECRET_ACCESS_KEY")?,
            optional(&get, "AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        Ok(Self {
            region: required(&get, "AWS_REGION")?,
            credentials,
            endpoint_url: optional(&get, "AWS_ENDPOINT_URL_DYNAMODB")
                .or_else(|| optional(&get, "AWS_ENDPOINT_URL")),
            attempt_timeout: Duration::from_millis(800),
            operation_timeout: Duration::from_millis(1_750),
            initial_backoff: Duration::from_millis(50),
        })
    }

    /// Where the SDK sends: what [`warm`] connects to.
    pub fn endpoint(&self) -> String {
        let regional = || format!("https://dynamodb.{}.amazonaws.com", self.region);
        self.endpoint_url.clone().unwrap_or_else(regional)
    }
}

/// Makes the DynamoDB client over `http`: [`OverReqwest`] in a function, an engine in the same process in a test.
pub fn dynamodb(
    http: impl HttpClient + 'static,
    settings: &AwsSettings,
) -> aws_sdk_dynamodb::Client {
    telemetry::hide(settings.credentials.secret_access_key());
    if let Some(token) = settings.credentials.session_token() {
        telemetry::hide(token);
    }
    let retries = RetryConfig::standard()
        .with_max_attempts(AwsSettings::ATTEMPTS_MAX)
        .with_initial_backoff(settings.initial_backoff);
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(settings.attempt_timeout)
        .operation_timeout(settings.operation_timeout)
        .build();
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .credentials_provider(settings.credentials.clone())
        .region(Region::new(settings.region.clone()))
        .retry_config(retries)
        // A retry budget of its own: by default all clients of a process share one, and the failures that one test
        // injects would take the retries of another.
        .retry_partition(RetryPartition::custom("dynamodb").build())
        .timeout_config(timeouts)
        // Bodies are whole in memory: there is no stream that could stall.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(settings.endpoint_url.clone());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// Puts the SDK over the client that everyone else uses: one pool, one TLS configuration.
///
/// The SDK's own connect and read time-outs do not arrive here; the client's and the SDK's attempt time-out count.
#[derive(Clone, Debug)]
pub struct OverReqwest(pub reqwest::Client);

impl HttpClient for OverReqwest {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for OverReqwest {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let answer = client.execute(outgoing(request)?).await.map_err(classify)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = answer.bytes().await.map_err(classify)?;
            let mut answer = http::Response::new(SdkBody::from(body));
            *answer.status_mut() = status;
            *answer.headers_mut() = headers;
            HttpResponse::try_from(answer).map_err(|e| ConnectorError::other(e.into(), None))
        })
    }
}

fn outgoing(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
    let (parts, body) = request.into_parts();
    let bytes = body.bytes().map(Bytes::copy_from_slice);
    let bytes = bytes.ok_or_else(|| ConnectorError::user("DynamoDB is not sent streams".into()))?;
    let request = http::Request::from_parts(parts, reqwest::Body::from(bytes));
    reqwest::Request::try_from(request).map_err(|e| ConnectorError::user(e.into()))
}

/// Says what the SDK's retry rules need to know. A connection that was never made is an I/O failure: tried again.
fn classify(error: reqwest::Error) -> ConnectorError {
    let (connect, timeout, builder) = (error.is_connect(), error.is_timeout(), error.is_builder());
    let error = error.without_url().into();
    let error = if timeout {
        ConnectorError::timeout(error)
    } else if builder {
        ConnectorError::user(error)
    } else {
        ConnectorError::io(error)
    };
    if connect { error.never_connected() } else { error }
}

#[cfg(test)]
mod tests;
