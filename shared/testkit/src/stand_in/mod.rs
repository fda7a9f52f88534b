//! Zalo's part of the conversation over real HTTP, in simulated time: takes messages, refuses as Zalo does, sends receipts.
//!
//! Source: ZBS Template Message, OA OpenAPI and OAuth v4 documents, read 2026-11. Paths are Zalo's own, so that any client with
//! a base URL can be pointed here. Every refusal is HTTP 200 with a non-zero `error`, as on the real hosts.
//! Units: prices in whole đồng; the time is what [`StandIn::set_now`] said last.
//! Bounds: one app, one Official Account. Interaction windows of consultation messages are not tracked: order a refusal with
//! [`ZaloFault::Refuse`].

mod account;
mod consent;
mod fault;
mod fill;
mod hooks;
mod page;
mod send;
mod server;
mod settings;
mod state;
mod token;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use jiff::Timestamp;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::crash::Crash;

pub use fault::{Misbehaviour, ZaloFault};
pub use hooks::{Hook, NothingToRate, Rating};
pub use settings::{StandInParam, StandInSettings, StandInTemplate};
pub use state::{ApiCall, PhoneMessage};

use state::State;

/// A running stand-in; it stops when the last clone goes.
#[derive(Clone)]
pub struct StandIn {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

struct Shared {
    settings: StandInSettings,
    state: Mutex<State>,
    crash: Crash,
    /// Goes up whenever the state changed: waiting answers look again.
    changes: watch::Sender<u64>,
}

struct Server {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the lock")
    }

    fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }
}

impl StandIn {
    /// Listens on a loopback port, `0` for any, and takes up what an earlier run left in `settings.data`.
    ///
    /// # Errors
    /// When the port is taken, or the file of the earlier run cannot be read.
    pub async fn start(settings: StandInSettings, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = State::open(&settings)?;
        let shared = Arc::new(Shared {
            settings,
            state: Mutex::new(state),
            crash: Crash::default(),
            changes: watch::Sender::new(0),
        });
        let task = tokio::spawn(server::serve(listener, shared.clone()));
        Ok(Self { shared, server: Arc::new(Server { url, task }) })
    }

    /// Where it listens, without a final slash: `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        self.server.url.clone()
    }

    /// Moves the time.
    pub fn set_now(&self, now: Timestamp) {
        self.shared.state().now = now;
        self.shared.changed();
    }

    /// Everything that reached a phone, an account or the staff, in order.
    pub fn messages(&self) -> Vec<PhoneMessage> {
        self.shared.state().messages.clone()
    }

    /// Every call of the API, in order, alerts included and pages not.
    pub fn calls(&self) -> Vec<ApiCall> {
        self.shared.state().calls.clone()
    }

    /// When the next hook wants to be delivered.
    pub fn next_hook_at(&self) -> Option<Timestamp> {
        self.shared.state().hooks.next_at()
    }

    /// The hooks that are due at `now`, oldest first. Each stays pending until [`StandIn::hook_done`] and comes again after
    /// Zalo's steps.
    pub fn take_due_hooks(&self, now: Timestamp) -> Vec<Hook> {
        let mut state = self.shared.state();
        state.hooks.take_due(&self.shared.settings, now)
    }

    /// Says that a hook was answered with 2xx.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn hook_done(&self, id: u64) -> io::Result<()> {
        self.shared.state().commit(vec![state::Entry::Done { hook: id }])?;
        self.shared.changed();
        Ok(())
    }

    /// How many hooks Zalo gave up after its last retry.
    pub fn hooks_given_up(&self) -> usize {
        self.shared.state().hooks.given_up()
    }

    /// Resolves when an answer is held back for a receipt that has to arrive first ([`ZaloFault::ReceiptBeforeAnswer`]): deliver
    /// the due hooks beside the waiting handler.
    pub async fn receipt_goes_first(&self) {
        let mut changes = self.shared.changes.subscribe();
        while !self.shared.state().hooks.one_goes_first() {
            changes.changed().await.expect("the sender lives in self");
        }
    }

    /// The customer gives stars: a signed `user_feedback` is due after the usual delay. Returns the id of that hook.
    ///
    /// # Errors
    /// When no such message reached that phone, or the log cannot be written.
    pub fn rate(&self, rating: &Rating) -> Result<u64, NothingToRate> {
        let mut state = self.shared.state();
        let entry = hooks::rated(&self.shared.settings, &state, rating)?;
        state.commit(vec![entry]).map_err(NothingToRate::Log)?;
        Ok(state.hooks.last_id())
    }

    /// Lets `fault` befall the `nth` call of the API from now, counted from 1, once.
    pub fn plan(&self, nth: u64, fault: ZaloFault) {
        let mut state = self.shared.state();
        let number = state.begun + nth.max(1);
        state.plan.insert(number, fault);
    }

    /// How many planned faults have not met their call yet.
    pub fn waiting(&self) -> usize {
        self.shared.state().plan.len()
    }

    /// Misbehaves so until [`StandIn::behave`].
    pub fn misbehave(&self, what: Misbehaviour) {
        let mut state = self.shared.state();
        match what {
            Misbehaviour::TokensRevoked => state.tokens.revoke(),
            Misbehaviour::EmptyTokenBody
            | Misbehaviour::NoNewRefreshToken
            | Misbehaviour::NoReceipts
            | Misbehaviour::DuplicateReceipts
            | Misbehaviour::OutOfQuota
            | Misbehaviour::Down => {
                state.moods.insert(what);
            }
        }
    }

    /// The admin takes the consent back: every token is dead at once.
    pub fn revoke_consent(&self) {
        self.shared.state().tokens.revoke_consent();
    }

    /// An admin agrees on the page of `permission_url`; where the browser goes on to.
    ///
    /// # Errors
    /// What the page says instead of going on.
    pub fn agree(&self, permission_url: &str) -> Result<String, String> {
        let mut state = self.shared.state();
        let query = permission_url.split_once('?').map_or("", |(_, query)| query);
        match consent::agreed(&self.shared.settings, &state, query) {
            send::Reply::Redirect { place, entries } => {
                state.commit(entries).map_err(|error| error.to_string())?;
                Ok(place)
            }
            send::Reply::Done { body, .. } => Err(body.to_string()),
            send::Reply::Page(_)
            | send::Reply::Empty
            | send::Reply::Unknown
            | send::Reply::Down => Err("no answer".to_owned()),
        }
    }

    /// Ends every misbehaviour and forgets planned faults. Revoked tokens stay revoked.
    pub fn behave(&self) {
        let mut state = self.shared.state();
        state.moods.clear();
        state.plan.clear();
    }

    /// Resolves when a planned fault kills the caller; see [`Crash::wait`].
    pub async fn crashed(&self) {
        self.shared.crash.wait().await;
    }

    /// The crash handle that faults fire.
    pub fn crash(&self) -> Crash {
        self.shared.crash.clone()
    }
}
