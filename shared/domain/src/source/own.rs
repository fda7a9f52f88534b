//! What Cham itself finds out about a customer: a tier reached, a badge earned. It is stored as a hook is, by the same code, and
//! drives rules as one does; no request from outside can be one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Stored;
use crate::{
    event::{About, Change, Event, Head},
    id::{CustomerId, EventId},
    subject::Subject,
};

pub(super) const NAME: &str = "cham";

/// A fact that Cham found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnEvent {
    /// `tier.upgraded`.
    pub kind: String,
    /// Whose.
    pub customer: CustomerId,
    /// When.
    pub time: Timestamp,
    /// What rules see as `event.data`.
    pub data: Value,
}

impl OwnEvent {
    /// What is stored under; `key` names the fact among all of this business.
    pub fn head(&self, tenant: &str, key: &str) -> Head {
        self.head_of(EventId::of(tenant, NAME, key))
    }

    /// The body that is stored.
    pub fn body(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers are JSON")
    }

    fn head_of(&self, id: EventId) -> Head {
        let subject = Subject::Ext { system: NAME.to_owned(), id: self.customer.to_string() };
        Head { id, kind: self.kind.clone(), subject, time: self.time }
    }
}

/// Reads a stored fact; bytes that nobody here has written are of nobody.
pub(super) fn event(hook: &Stored<'_>) -> Event {
    let own = match serde_json::from_slice::<OwnEvent>(hook.body) {
        Ok(own) => own,
        Err(_) => {
            return Event::of_nobody(Head {
                id: hook.id.clone(),
                kind: super::unrecognised(NAME),
                subject: super::subject_of_hook(NAME, &hook.id),
                time: hook.received,
            });
        }
    };
    let about = About::Customer(own.customer.clone());
    Event::with_head(own.head_of(hook.id.clone()), about, Change::None, own.data)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::Source, *};

    #[test]
    fn what_is_stored_is_read_back_and_no_url_leads_here() {
        let own = OwnEvent {
            kind: "tier.upgraded".to_owned(),
            customer: CustomerId::of("t", "lan"),
            time: "2026-11-20T08:00:00Z".parse().unwrap(),
            data: json!({"to": "Bạc"}),
        };
        let (head, body) = (own.head("t", "lan silver 2"), own.body());
        let stored = Stored { id: head.id.clone(), received: own.time, body: &body };
        let event = event(&stored);
        assert_eq!((event.id, event.kind, event.subject), (head.id, head.kind, head.subject));
        assert_eq!((event.about, event.data), (About::Customer(own.customer), own.data));
        assert_eq!(Source::parse("cham"), None);
        assert_eq!(Source::parse_stored("cham"), Some(Source::Own));
    }

    #[test]
    fn bytes_that_are_no_fact_of_ours_are_of_nobody() {
        for body in [&b"{}"[..], b"", b"[1]", b"{\"kind\":1}"] {
            let id = EventId::of("t", NAME, "x");
            let stored = Stored { id, received: Timestamp::UNIX_EPOCH, body };
            let event = event(&stored);
            assert_eq!((event.kind.as_str(), event.about), ("cham.unrecognised", About::Nobody));
        }
    }
}
