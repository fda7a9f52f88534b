//! What a person is given: documents, without the keys and numbers that only the tables need.

use domain::{id::CustomerId, subject::Subject};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::walk::{Found, Known};
use crate::table::StoredRow;

/// Fields that only the tables need.
const INNER: [&str; 6] = ["v", "due_shard", "due_at", "rule_key", "revision", "ttl"];

/// Fields that hold a time in milliseconds.
const TIMES: [&str; 9] = [
    "answered_at",
    "at",
    "deadline",
    "invited_at",
    "planned",
    "planned_for_ms",
    "received",
    "time",
    "until",
];

/// A document: its fields by name, times in RFC 3339.
pub type Document = Map<String, Value>;

/// Everything that is stored about one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Export {
    /// Under which ids the person is known.
    pub customers: Vec<CustomerId>,
    /// The name that was given last.
    pub profile: Vec<Document>,
    /// The last word per purpose.
    pub consents: Vec<Document>,
    /// Each with its number, where it is a proven phone's.
    pub identities: Vec<Document>,
    /// What happened, the oldest first, and what the rules made of it.
    pub timeline: Vec<Document>,
    /// Orders and parcels.
    pub things: Vec<Document>,
    /// What senders have told, word by word.
    pub events: Vec<Document>,
    /// What the person was told, or is to be told.
    pub notifications: Vec<Document>,
    /// What the person was asked in surveys, and answered.
    pub surveys: Vec<Document>,
    /// What was earned and spent, entry by entry.
    pub points: Vec<Document>,
    /// What else is kept: windows and effects of rules, tags, waits, what is parked or stuck.
    pub notes: Vec<Document>,
}

impl Export {
    pub(super) fn of(known: &Known, found: Found) -> Self {
        let mut export = Self { customers: known.customers().to_vec(), ..Self::default() };
        let phones: Vec<(Subject, String)> = found
            .identities
            .iter()
            .filter(|row| row.key.sort() == "link" && !row.text("phone").is_empty())
            .filter_map(|row| {
                Some((Subject::parse(row.key.under())?, row.text("phone").to_owned()))
            })
            .collect();
        let links = found.identities.into_iter().filter(|row| row.key.sort() != "link");
        let rows = found.people.into_iter().chain(found.things).flatten();
        for row in rows.chain(links).chain(found.listed).chain(found.meetings) {
            export.take(row, &phones);
        }
        export.timeline.sort_by_key(|line| line.get("time").map(Value::to_string));
        let responses = found.surveys.into_iter().filter(|row| row.key.sort() == "response");
        export.surveys = responses.map(document).collect();
        export.events = found.events.into_iter().map(hook).collect();
        export.notifications =
            found.notifications.into_iter().map(|row| with_key(row, "id")).collect();
        export
    }

    fn take(&mut self, row: StoredRow, phones: &[(Subject, String)]) {
        let sk = row.key.sort().to_owned();
        let under = Value::from(row.key.under());
        let parts: Vec<&str> = sk.splitn(3, '#').collect();
        match parts.as_slice() {
            ["about", "profile"] => self.profile.push(document(row)),
            ["about", "consent", purpose] => {
                self.consents.push(with(row, [("purpose", Value::from(*purpose))]));
            }
            ["about", "id", identity] => {
                let number = phones.iter().find(|(subject, _)| subject.to_string() == *identity);
                let number = number.map_or(Value::Null, |(_, digits)| Value::from(digits.as_str()));
                let fields = [("identity", Value::from(*identity)), ("phone", number)];
                self.identities.push(with(row, fields));
            }
            ["t", millisecond, event] => {
                let fields = [("time", instant(millisecond)), ("event", Value::from(*event))];
                self.timeline.push(with(row, fields));
            }
            ["thing"] => self.things.push(with(row, [("subject", under)])),
            _ => self.notes.push(with(row, [("of", under), ("note", Value::from(sk.as_str()))])),
        }
    }
}

/// A hook: what it was about, when, and its body as it came.
fn hook(row: StoredRow) -> Document {
    let (millisecond, id) = row.key.sort().split_once('#').unwrap_or_default();
    let fields = [
        ("id", Value::from(id)),
        ("subject", Value::from(row.key.under())),
        ("time", instant(millisecond)),
    ];
    with(row.clone(), fields)
}

fn with_key(row: StoredRow, name: &str) -> Document {
    let key = Value::from(row.key.under());
    with(row, [(name, key)])
}

fn with<const N: usize>(row: StoredRow, fields: [(&str, Value); N]) -> Document {
    let mut document = document(row);
    document.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    document
}

fn document(row: StoredRow) -> Document {
    let fields = row.fields.into_iter().filter(|(name, _)| !INNER.contains(&name.as_str()));
    fields
        .map(|(name, value)| match TIMES.contains(&name.as_str()) {
            true => (name, instant(&value.to_string())),
            false => (name, value),
        })
        .collect()
}

/// Milliseconds as an instant; as they stand when they are none.
fn instant(millisecond: &str) -> Value {
    let read = millisecond.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Value::String(read.map_or_else(|| millisecond.to_owned(), |at| at.to_string()))
}
