//! The systems that send hooks: how each proves itself, and what its hooks say.
//!
//! A hook is read twice by the same code: [`Source::head`] takes out the little that intake needs for a key, and
//! [`Source::read`] everything else, later, from the stored bytes. Both build on one parsed form per source, so they cannot
//! disagree. A new source is a new module here, a line in each `match` below, and its fixtures.
//!
//! What comes from outside is bounded and cleaned here: ids by [`subject::id`], texts by [`text::clean`], amounts and times
//! from their literal digits, never through a floating-point number.

mod ghn;
pub(crate) mod json;
mod order_code;
mod own;
mod sepay;
mod standard;
pub(crate) mod zalo_oa;

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    event::{About, Change, Event, Head, Identity},
    id::EventId,
    phone::{Pepper, Phone},
    subject::{self, Subject},
    tenant::Tenant,
    text,
    verify::{Refusal, Request, Secrets, Verified},
};

pub use own::OwnEvent;
pub use standard::BadHook;
pub use zalo_oa::ListedRating;

/// A system that sends hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Zalo Official Account webhooks, phone-template receipts included.
    ZaloOa,
    /// Bank transfer notices of SePay.
    Sepay,
    /// Parcel statuses of Giao Hàng Nhanh.
    Ghn,
    /// The business's own systems, signed as Standard Webhooks, plain or as CloudEvents.
    Standard,
    /// Cham itself: what it finds out about a customer. Nobody can send it.
    Own,
}

/// What readers need to know of the tenant.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The business.
    pub tenant: &'a Tenant,
    /// Turns numbers into keys.
    pub pepper: &'a Pepper,
}

/// What intake does with a proven hook.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// Store it under this.
    Store(Head),
    /// Answer with success and forget it: a sample from a vendor's console.
    Ignore,
}

/// A hook as intake stored it. `Debug` does not show the body: it names people.
#[derive(Clone)]
pub struct Stored<'a> {
    /// As [`Source::head`] derived it.
    pub id: EventId,
    /// When it reached us.
    pub received: Timestamp,
    /// The raw body.
    pub body: &'a [u8],
}

impl fmt::Debug for Stored<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("id", &self.id)
            .field("received", &self.received)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

impl Source {
    /// Every source that sends hooks, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::ZaloOa, Self::Sepay, Self::Ghn, Self::Standard];

    /// As it stands in URLs, keys and kinds.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ZaloOa => zalo_oa::NAME,
            Self::Sepay => sepay::NAME,
            Self::Ghn => ghn::NAME,
            Self::Standard => standard::NAME,
            Self::Own => own::NAME,
        }
    }

    /// Reads a name back as a row has it, Cham's own too.
    pub fn parse_stored(text: &str) -> Option<Self> {
        if text == own::NAME { Some(Self::Own) } else { Self::parse(text) }
    }

    /// Reads the name of a source that sends hooks.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// Proves that a request comes from this source and is meant for `tenant`.
    ///
    /// # Errors
    /// The caller answers with [`Refusal::status`] and [`Refusal::code`] and stores nothing.
    pub fn verify<'a>(
        self,
        request: &Request<'a>,
        secrets: &Secrets,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Verified<'a>, Refusal> {
        match self {
            Self::ZaloOa => Verified::by_zalo(request, secrets, &tenant.zalo),
            Self::Sepay => Verified::by_signature(&sepay::PROFILE, request, secrets, now),
            Self::Ghn => Verified::by_path_secret(request, secrets),
            Self::Standard => Verified::by_signature(&standard::PROFILE, request, secrets, now),
            Self::Own => Err(Refusal::SecretNotSet),
        }
    }

    /// Takes out what intake needs: id, kind, subject and time.
    ///
    /// # Errors
    /// Only [`Source::Standard`] refuses (400): its sender is the business, who can mend it. What a vendor sends is kept,
    /// as `<source>.unrecognised` at worst, since a vendor who is refused stops sending.
    pub fn head(
        self,
        hook: &Verified<'_>,
        reading: &Reading<'_>,
        received: Timestamp,
    ) -> Result<Arrival, BadHook> {
        let id = |key: &str| EventId::of(&reading.tenant.id, self.as_str(), key);
        Ok(match self {
            Self::ZaloOa => {
                let hook = zalo_oa::Hook::parse(hook.body(), reading.tenant);
                if hook.is_console_sample() {
                    return Ok(Arrival::Ignore);
                }
                Arrival::Store(hook.head(id(hook.key()), received))
            }
            Self::Sepay => {
                let hook = sepay::Hook::parse(hook.body());
                Arrival::Store(hook.head(id(hook.key()), received))
            }
            Self::Ghn => {
                let hook = ghn::Hook::parse(hook.body());
                Arrival::Store(hook.head(id(hook.key()), received))
            }
            Self::Own => return Ok(Arrival::Ignore),
            Self::Standard => {
                let delivery_id = hook.delivery_id();
                let hook = standard::Hook::parse(hook.body(), reading.tenant)?;
                let key = hook.key(delivery_id)?;
                Arrival::Store(hook.head(id(&key), reading, received))
            }
        })
    }

    /// What an event of the business is stored under that its own people bring as a row of a file: who may write the tables needs
    /// no signature. `body` is a CloudEvent.
    ///
    /// # Errors
    /// As a system that sends it would be refused.
    pub fn head_of_row(
        body: &[u8],
        reading: &Reading<'_>,
        received: Timestamp,
    ) -> Result<Head, BadHook> {
        let hook = standard::Hook::parse(body, reading.tenant)?;
        let id = EventId::of(&reading.tenant.id, Self::Standard.as_str(), &hook.key(None)?);
        Ok(hook.head(id, reading, received))
    }

    /// Reads everything that a stored hook says: at least one event, whatever the bytes.
    ///
    /// The first event has the id, kind, subject and time that [`Source::head`] gave. Where one hook carries several facts,
    /// the ids and subjects are each fact's own, and the head's subject is that of the first.
    pub fn read(self, hook: &Stored<'_>, reading: &Reading<'_>) -> Vec<Event> {
        match self {
            Self::ZaloOa => zalo_oa::Hook::parse(hook.body, reading.tenant).events(hook, reading),
            Self::Sepay => vec![sepay::Hook::parse(hook.body).event(hook, reading)],
            Self::Ghn => vec![ghn::Hook::parse(hook.body).event(hook)],
            Self::Standard => vec![standard::event(hook, reading)],
            Self::Own => vec![own::event(hook)],
        }
    }
}

impl Event {
    fn with_head(head: Head, about: About, change: Change, data: serde_json::Value) -> Self {
        let Head { id, kind, subject, time } = head;
        Self { id, kind, subject, time, about, change, data }
    }

    /// An event of which only the head is known: a line that staff can look into.
    fn of_nobody(head: Head) -> Self {
        Self::with_head(head, About::Nobody, Change::None, serde_json::json!({}))
    }
}

/// Joins the parts of a dedupe key so that two different lists never give the same text.
fn dedupe_key(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{}:{part}", part.len())).collect()
}

/// The dedupe key of a hook that names itself by nothing: a repeat is the same bytes.
fn key_of_bytes(body: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(body))
}

/// What stands for a hook whose own subject cannot be read.
fn subject_of_hook(source: &str, id: &EventId) -> Subject {
    Subject::Ext { system: source.to_owned(), id: id.to_string() }
}

fn unrecognised(source: &str) -> String {
    format!("{source}.unrecognised")
}

/// Whole đồng from their literal digits; `None` for a sign, a fraction, an exponent or more than [`AMOUNT_VND_MAX`].
fn amount_vnd(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|amount| plain && *amount <= AMOUNT_VND_MAX)
}

/// A tenth of what the whole country produces in a year: no payment reaches it, and the sum of all that one order keeps
/// fits the signed 64 bits with which conditions count.
const AMOUNT_VND_MAX: u64 = 1_000_000_000_000_000;

/// An instant in milliseconds since 1970, as Zalo writes it.
fn epoch_ms(digits: &str) -> Option<Timestamp> {
    sane(Timestamp::from_millisecond(digits.parse().ok()?).ok()?)
}

/// Leaves out times before 1970: a vendor's zero or a slip, and nothing that a key could order.
fn sane(time: Timestamp) -> Option<Timestamp> {
    (time >= Timestamp::UNIX_EPOCH).then_some(time)
}

/// Longest text of a customer or a vendor that is kept, in characters; Zalo's own limit for a message is 2,000.
const TEXT_CHARS_MAX: usize = 4_000;

/// Longest name of a person, in characters.
const NAME_CHARS_MAX: usize = 100;

/// A text as events keep it.
///
/// Cleaned twice: a control character between a letter and its mark keeps the first pass from composing them.
fn bounded(raw: &str, chars_max: usize) -> String {
    text::clean(&text::clean(raw)).chars().take(chars_max).collect()
}

/// An outside id, in a form that is read back as it was stored. Checked twice for the reason that [`bounded`] gives.
fn outside_id(raw: &str) -> Option<String> {
    subject::id(&subject::id(raw)?)
}

/// A person's name; `None` when nothing is left of it.
fn name(raw: &str) -> Option<String> {
    let name = bounded(raw, NAME_CHARS_MAX);
    (!name.is_empty()).then_some(name)
}

fn phone_identity(phone: Phone, pepper: &Pepper) -> Identity {
    Identity { subject: Subject::Phone(pepper.key(&phone)), phone: Some(phone) }
}

fn zalo_identity(oa: &str, user: &str) -> Identity {
    let subject = Subject::Zalo { oa: oa.to_owned(), user: user.to_owned() };
    Identity { subject, phone: None }
}

#[cfg(test)]
pub(crate) mod tests;
