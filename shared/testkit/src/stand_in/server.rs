//! The HTTP side: reads requests, lets Zalo decide, and spoils answers on order.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, Query, State, connect_info::Connected},
    http::{
        HeaderMap, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{Html, IntoResponse, Json, Response},
    routing::get,
    serve::{IncomingStream, Listener},
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

use super::{
    Shared,
    fault::{Misbehaviour, ZaloFault},
    page,
    send::{self, Reply, Request},
    state::{ApiCall, Entry},
};

/// Answers until the task is aborted.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/phone", get(phones))
        .route("/_messages", get(messages))
        .fallback(api)
        .with_state(shared);
    let service = router.into_make_service_with_connect_info::<Cut>();
    // Returns only when the listener fails for good; callers then see refused connections.
    drop(axum::serve(Lines(listener), service).await);
}

async fn phones(State(shared): State<Arc<Shared>>) -> Html<String> {
    Html(page::phones(&shared.settings, &shared.state().messages))
}

async fn messages(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(serde_json::to_value(&shared.state().messages).expect("messages are JSON"))
}

async fn api(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let query = Query::try_from_uri(&uri).map(|Query(query)| query).unwrap_or_default();
    let request = Request {
        method,
        path: uri.path().to_owned(),
        query,
        access_token: header("access_token"),
        secret_key: header("secret_key"),
        proof: header("appsecret_proof"),
        is_proxied: uri.host().is_some(),
        body: body.to_vec(),
    };
    let Decided { answer, fault, hooks } = match act(&shared, &request) {
        Ok(decided) => decided,
        Err(error) => {
            return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
        }
    };
    match fault {
        // Not Zalo's: whoever takes staff alerts has no codes.
        Some(ZaloFault::Throttle) if request.path == send::ALERTS => too_many_requests(),
        None | Some(ZaloFault::DuplicateReceipt | ZaloFault::Refuse(_) | ZaloFault::Throttle) => {
            answer
        }
        Some(ZaloFault::CrashBefore | ZaloFault::CrashAfter) => {
            shared.crash.fire();
            std::future::pending().await
        }
        Some(ZaloFault::TimeoutWithEffect | ZaloFault::TimeoutWithoutEffect) => {
            std::future::pending().await
        }
        Some(ZaloFault::LostReply) => {
            // Any answer will do: the connection breaks at its first byte.
            cut.0.store(true, Ordering::SeqCst);
            answer
        }
        Some(ZaloFault::TooManyRequests) => too_many_requests(),
        Some(ZaloFault::ServerErrorWithEffect | ZaloFault::ServerErrorWithoutEffect) => {
            (StatusCode::BAD_GATEWAY, "Bad Gateway").into_response()
        }
        Some(ZaloFault::HtmlWithEffect | ZaloFault::HtmlWithoutEffect) => {
            Html("<html><body><h1>Hệ thống đang bảo trì</h1></body></html>").into_response()
        }
        Some(ZaloFault::ReceiptBeforeAnswer) => {
            delivered(&shared, &hooks).await;
            answer
        }
    }
}

fn too_many_requests() -> Response {
    (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").into_response()
}

struct Decided {
    answer: Response,
    fault: Option<ZaloFault>,
    hooks: Vec<u64>,
}

/// Decides, keeps what follows, and logs the call: all before a byte of the answer leaves.
fn act(shared: &Shared, request: &Request) -> io::Result<Decided> {
    let mut state = shared.state();
    state.begun += 1;
    let number = state.begun;
    let fault = state.plan.remove(&number);
    let reply = match fault {
        Some(ZaloFault::Refuse(code)) => send::refused(i64::from(code), "Refused on order"),
        Some(ZaloFault::Throttle) => send::refused(-32, "Over the request rate"),
        _ if state.is(Misbehaviour::Down) => Reply::Down,
        Some(fault) if !fault.has_effect() => Reply::Empty,
        Some(_) | None => send::decide(&shared.settings, &state, request),
    };
    let mut call = ApiCall {
        number,
        at: state.now,
        path: request.path.clone(),
        error: None,
        message_id: None,
        tracking_id: None,
        fault,
    };
    let before = state.hooks.last_id();
    let answer = match reply {
        Reply::Empty => StatusCode::OK.into_response(),
        Reply::Unknown => StatusCode::NOT_FOUND.into_response(),
        Reply::Page(page) => Html(page).into_response(),
        Reply::Redirect { place, entries } => {
            state.commit(entries)?;
            (StatusCode::FOUND, [(LOCATION, place)]).into_response()
        }
        Reply::Down => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable").into_response(),
        Reply::Done { body, mut entries } => {
            call.error = Some(body["error"].as_i64().unwrap_or_default());
            for entry in &entries {
                if let Entry::Message(message) = entry {
                    call.message_id = Some(message.message_id.clone());
                    call.tracking_id.clone_from(&message.tracking_id);
                }
            }
            spoil_receipts(&mut entries, fault, state.now);
            state.commit(entries)?;
            ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
        }
    };
    let hooks = (before + 1..=state.hooks.last_id()).collect();
    state.calls.push(call);
    drop(state);
    shared.changed();
    Ok(Decided { answer, fault, hooks })
}

fn spoil_receipts(entries: &mut Vec<Entry>, fault: Option<ZaloFault>, now: jiff::Timestamp) {
    match fault {
        Some(ZaloFault::DuplicateReceipt) => {
            let again: Vec<Entry> =
                entries.iter().filter(|e| matches!(e, Entry::Hook(_))).cloned().collect();
            entries.extend(again);
        }
        Some(ZaloFault::ReceiptBeforeAnswer) => {
            for entry in entries {
                if let Entry::Hook(hook) = entry {
                    hook.due = now;
                }
            }
        }
        Some(_) | None => {}
    }
}

/// Waits until all of `hooks` were taken by the intake.
async fn delivered(shared: &Shared, hooks: &[u64]) {
    let mut changes = shared.changes.subscribe();
    shared.state().hooks.go_first(hooks);
    shared.changed();
    while hooks.iter().any(|id| shared.state().hooks.is_pending(*id)) {
        changes.changed().await.expect("the sender lives in shared");
    }
}

/// A listener whose connections can be cut.
struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        (Wire { stream, cut: Cut::default() }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Whether the connection breaks when the next byte is to be written.
#[derive(Clone, Default)]
struct Cut(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Lines>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().cut.clone()
    }
}

struct Wire {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.cut.0.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
