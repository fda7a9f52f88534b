//! Staying up: the front and the page of phones on one port, the stack behind a queue, so that everything still happens one by one.
//!
//! The clock is the machine's, but never behind the simulated time that a played day has reached.

use std::{net::SocketAddr, time::Duration};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use crate::{
    database,
    http::{PlainRequest, PlainResponse},
    page,
    stack::{Stack, StackError},
};

/// Requests that may wait for their turn.
const QUEUE: usize = 64;

/// How often streams and schedules are looked at when nobody asks anything.
const PULSE: Duration = Duration::from_millis(200);

/// The port of the front, taken.
#[derive(Debug)]
pub struct Front {
    listener: TcpListener,
    address: SocketAddr,
}

impl Front {
    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

/// A request, whom it is for, and where its answer goes.
type Call = (Door, PlainRequest, oneshot::Sender<PlainResponse>);

/// Whom a request is for.
#[derive(Clone, Copy, Debug)]
enum Door {
    /// The functions and the page.
    Front,
    /// The database under them.
    Database,
}

/// Why serving ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is taken or not allowed.
    #[error("port {port} cannot be used: {source}")]
    Port {
        /// Which.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The stack cannot go on.
    #[error("{0}")]
    Stack(#[from] StackError),
}

/// Takes the port of the front, 0 for any: first of all, so that nobody waits for a day only to hear that it is taken.
///
/// # Errors
/// A taken port, or one that is not allowed.
pub async fn listen(port: u16) -> Result<Front, ServeError> {
    let refused = |source| ServeError::Port { port, source };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok(Front { listener, address })
}

/// Serves until Ctrl-C.
///
/// # Errors
/// A stack that cannot go on.
pub async fn stay_up(mut stack: Stack, front: Front, database: Front) -> Result<(), ServeError> {
    let here = front.address;
    println!("http://{here}/console          the pages for staff");
    println!("    business {}, API key {}", stack.tenant(), stack.api_key());
    println!("http://{here}{}     what each phone received", page::PHONES);
    println!("http://{here}/hooks/...        the functions");
    println!("{}/phone            Zalo's stand-in", stack.stand_in().url());
    println!(
        "http://{}                  DynamoDB: `cham --local`, or any AWS SDK",
        database.address
    );
    println!("Ctrl-C ends.");
    let (calls, mut queue) = mpsc::channel::<Call>(QUEUE);
    let doors = [(Door::Front, front), (Door::Database, database)]
        .map(|(door, port)| open(door, port.listener, calls.clone()));
    let mut pulse = tokio::time::interval(PULSE);
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            _ = pulse.tick() => stack.advance(now(&stack)).await?,
            Some((door, request, answer)) = queue.recv() => {
                stack.advance(now(&stack)).await?;
                let answered = match door {
                    // What it writes goes through the streams with the next pulse.
                    Door::Database => database::answer(stack.engine(), &request),
                    Door::Front if page::is_asked(&request) => html(page::show(&stack)),
                    Door::Front => stack.request(request).await,
                };
                // Who asked may be gone.
                let _ = answer.send(answered);
            }
        }
    }
    doors.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

/// Serves one port, each request through the queue.
fn open(
    door: Door,
    listener: TcpListener,
    calls: mpsc::Sender<Call>,
) -> tokio::task::JoinHandle<std::io::Result<()>> {
    tokio::spawn(crate::http::serve(listener, move |request| {
        let calls = calls.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            if calls.send((door, request, answer)).await.is_err() {
                return PlainResponse::internal_error();
            }
            answered.await.unwrap_or_else(|_| PlainResponse::internal_error())
        }
    }))
}

fn now(stack: &Stack) -> Timestamp {
    Timestamp::now().max(stack.now())
}

fn html((status, page): (StatusCode, String)) -> PlainResponse {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, policy),
    ]);
    PlainResponse { status, headers, body: page.into_bytes() }
}
