//! All that the stand-in remembers, and the log that lets it remember across a killed process.
//!
//! Every change that outlives an answer is an [`Entry`]: it is appended to the log first and applied second, and a restart applies
//! the log again. A last line that was cut off belongs to a call that was never answered, and is dropped.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, Write},
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    fault::{Misbehaviour, ZaloFault},
    hooks::{Hooks, NewHook},
    settings::StandInSettings,
    token::{Consent, Rotation, Tokens},
};

/// One message as it reached someone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneMessage {
    /// When it was accepted.
    pub at: Timestamp,
    /// `phone:84912345678`, `zalo:<uid>` or `staff`.
    pub to: String,
    /// `zns-phone`, `zns-uid`, `oa-cs` or `alert`.
    pub channel: String,
    /// As the person sees it.
    pub text: String,
    /// The template's id; consultation messages and alerts have none.
    pub template: Option<String>,
    /// Zalo's id of the message.
    pub message_id: String,
    /// The caller's id, phone channel only.
    pub tracking_id: Option<String>,
    /// Whole đồng.
    pub price_vnd: u64,
}

/// One call of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiCall {
    /// Counted from 1 since the start.
    pub number: u64,
    /// In simulated time.
    pub at: Timestamp,
    /// Without the query.
    pub path: String,
    /// The `error` that Zalo decided on, also when the answer got lost; `None` when it did not come to decide.
    pub error: Option<i64>,
    /// The message that was accepted.
    pub message_id: Option<String>,
    /// The caller's id for it.
    pub tracking_id: Option<String>,
    /// What was done to the call on order.
    #[serde(skip)]
    pub fault: Option<ZaloFault>,
}

/// A change that lasts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    Message(PhoneMessage),
    Hook(NewHook),
    Done { hook: u64 },
    Rotated(Rotation),
    Consented(Consent),
}

pub(super) struct State {
    pub now: Timestamp,
    pub messages: Vec<PhoneMessage>,
    pub hooks: Hooks,
    pub tokens: Tokens,
    pub calls: Vec<ApiCall>,
    pub begun: u64,
    pub plan: BTreeMap<u64, ZaloFault>,
    pub moods: BTreeSet<Misbehaviour>,
    log: Option<File>,
}

/// The log's name in the data folder.
const LOG: &str = "stand-in.jsonl";

impl State {
    /// The state that the log in `settings.data` tells of.
    pub fn open(settings: &StandInSettings) -> io::Result<Self> {
        let mut state = Self {
            now: settings.now,
            messages: Vec::new(),
            hooks: Hooks::default(),
            tokens: Tokens::new(settings),
            calls: Vec::new(),
            begun: 0,
            plan: BTreeMap::new(),
            moods: BTreeSet::new(),
            log: None,
        };
        let Some(folder) = &settings.data else { return Ok(state) };
        fs::create_dir_all(folder)?;
        let path = folder.join(LOG);
        let text = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        for line in text[..whole].split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            state.apply(serde_json::from_slice(line).map_err(io::Error::from)?);
        }
        let log = OpenOptions::new().create(true).append(true).open(&path)?;
        log.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        state.log = Some(log);
        Ok(state)
    }

    /// Logs the changes, then makes them.
    pub fn commit(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        if let Some(log) = &mut self.log {
            let mut lines = Vec::new();
            for entry in &entries {
                serde_json::to_writer(&mut lines, entry)?;
                lines.push(b'\n');
            }
            log.write_all(&lines)?;
        }
        for entry in entries {
            self.apply(entry);
        }
        Ok(())
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Message(message) => self.messages.push(message),
            Entry::Hook(hook) => self.hooks.add(hook),
            Entry::Done { hook } => self.hooks.done(hook),
            Entry::Rotated(rotation) => self.tokens.add(rotation),
            Entry::Consented(consent) => self.tokens.consent(consent),
        }
    }

    /// The id of the next message, about as Zalo's look.
    pub fn next_message_id(&self, settings: &StandInSettings) -> String {
        drawn(settings, "message", self.messages.len())[..20].to_owned()
    }

    pub fn is(&self, mood: Misbehaviour) -> bool {
        self.moods.contains(&mood)
    }
}

/// 64 hex characters that hang on the account, the kind and the count alone.
pub(super) fn drawn(settings: &StandInSettings, kind: &str, count: usize) -> String {
    let text = format!("{}|{}|{kind}|{count}", settings.app_id, settings.oa_id);
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}
