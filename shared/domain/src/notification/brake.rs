//! What people can pause, what a refusal of Zalo's has stopped until somebody mends it, and whom either stops.
//!
//! A stop is a pause by Zalo: of one template or one account, on one channel. Now and then one notification may try whether it
//! was mended (a probe); the first that Zalo takes lifts the stop.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};

use super::Notification;
use crate::{channel::Channel, consent::Purpose, rule::is_id};

/// What a pause stops. Prints as it stands in keys, forms and reasons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything of the business: `tenant`.
    Tenant,
    /// What one rule brings about: `rule:guide`.
    Rule(String),
    /// Everything made from one template: `template:welcome`.
    Template(String),
    /// Everything on one channel: `channel:zns-phone`.
    Channel(Channel),
    /// Everything made from one template, on one channel: `template:welcome@zns-phone`.
    TemplateOn(String, Channel),
    /// Everything of one Official Account, on one channel: `oa:2893352839501541173@zns-phone`.
    AccountOn(String, Channel),
}

impl Scope {
    /// Reads a scope as it prints.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':') else {
            return (text == "tenant").then_some(Self::Tenant);
        };
        let (name, channel) = match name.split_once('@') {
            Some((name, channel)) => (name, Some(Channel::parse(channel)?)),
            None => (name, None),
        };
        match (kind, channel) {
            ("rule", None) if is_id(name) => Some(Self::Rule(name.to_owned())),
            ("template", None) if is_id(name) => Some(Self::Template(name.to_owned())),
            ("template", Some(on)) if is_id(name) => Some(Self::TemplateOn(name.to_owned(), on)),
            ("oa", Some(on)) if is_zalo_id(name) => Some(Self::AccountOn(name.to_owned(), on)),
            ("channel", None) => Channel::parse(name).map(Self::Channel),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant => f.write_str("tenant"),
            Self::Rule(rule) => write!(f, "rule:{rule}"),
            Self::Template(template) => write!(f, "template:{template}"),
            Self::Channel(channel) => write!(f, "channel:{channel}"),
            Self::TemplateOn(template, channel) => write!(f, "template:{template}@{channel}"),
            Self::AccountOn(oa, channel) => write!(f, "oa:{oa}@{channel}"),
        }
    }
}

/// 1 to 24 digits.
fn is_zalo_id(text: &str) -> bool {
    (1..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Who has paused something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Their name, as the console knows it; `zalo` for a stop.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What Zalo said, when it was not a person.
    pub stop: Option<Stop>,
}

/// A refusal that only a person can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Zalo's code.
    pub code: i64,
    /// How many probes were let through.
    pub probes: u32,
    /// When the next one may try.
    pub probe_at: Timestamp,
}

/// Who has paused what Zalo has stopped.
pub const BY_ZALO: &str = "zalo";

/// The first pause before a probe; doubles with every probe.
const PROBE_FIRST: SignedDuration = SignedDuration::from_mins(15);

/// The longest pause before a probe.
const PROBE_LONGEST: SignedDuration = SignedDuration::from_hours(4);

impl Pause {
    /// A stop that begins now, for `code`.
    pub fn by_zalo(code: i64, now: Timestamp) -> Self {
        let stop = Stop { code, probes: 0, probe_at: now + probe_pause(0) };
        Self { by: BY_ZALO.to_owned(), at: now, stop: Some(stop) }
    }
}

impl Stop {
    /// The stop after one more probe was let through.
    pub fn probed(self, now: Timestamp) -> Self {
        let probes = self.probes.saturating_add(1);
        Self { probes, probe_at: now + probe_pause(probes), ..self }
    }
}

/// How long a stop waits for the probe after so many.
fn probe_pause(probes: u32) -> SignedDuration {
    let pause = PROBE_FIRST * 2i32.saturating_pow(probes.min(8));
    pause.min(PROBE_LONGEST)
}

/// Everything that a business has paused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses(pub BTreeMap<Scope, Pause>);

impl Pauses {
    /// The pause that stops a notification on its way over `channel`, the widest first. A one-time password is never stopped; the
    /// business's own people hear also of a business that is paused, and on every channel; its systems on every channel but their own.
    pub fn stops(&self, n: &Notification, channel: Channel) -> Option<(&Scope, &Pause)> {
        let stopped = |scope: &Scope| match (n.purpose, scope) {
            (Purpose::Otp, _)
            | (Purpose::Staff, Scope::Tenant | Scope::TemplateOn(..) | Scope::AccountOn(..)) => {
                false
            }
            (Purpose::Staff, Scope::Channel(paused)) => {
                *paused == Channel::Webhook && *paused == channel
            }
            (_, Scope::Tenant) => true,
            (_, Scope::Rule(rule)) => *rule == n.cause.rule,
            (_, Scope::Template(name)) => n.template().is_some_and(|one| one.name == *name),
            (_, Scope::Channel(paused)) => *paused == channel,
            (_, Scope::TemplateOn(name, on)) => {
                *on == channel && n.template().is_some_and(|one| one.name == *name)
            }
            (_, Scope::AccountOn(oa, on)) => *on == channel && *oa == n.oa,
        };
        self.0.iter().find(|(scope, _)| stopped(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_prints_and_nothing_else_is() {
        let scopes = [
            Scope::Tenant,
            Scope::Rule("guide".to_owned()),
            Scope::Template("payment-received".to_owned()),
            Scope::Channel(Channel::ZnsPhone),
            Scope::TemplateOn("welcome".to_owned(), Channel::ZnsUid),
            Scope::AccountOn("2893352839501541173".to_owned(), Channel::OaCs),
        ];
        for scope in scopes {
            assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
        }
        for bad in [
            "",
            "all",
            "rule",
            "rule:",
            "rule:a b",
            "rule:a#b",
            "rule:a@zns-uid",
            "channel:pigeon",
            "oa:1",
            "oa:a@zns-uid",
            "oa:@zns-uid",
            "template:a@",
            "template:a@pigeon",
        ] {
            assert_eq!(Scope::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn probes_come_more_and_more_seldom_and_at_least_every_four_hours() {
        let mut now = Timestamp::UNIX_EPOCH;
        let mut stop = Pause::by_zalo(-131, now).stop.unwrap();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            pauses.push(stop.probe_at.duration_since(now).as_mins());
            now = stop.probe_at;
            stop = stop.probed(now);
        }
        assert_eq!(pauses, [15, 30, 60, 120, 240, 240, 240]);
        assert_eq!((stop.probes, stop.code), (7, -131));
        let long = Stop { probes: u32::MAX, ..stop }.probed(now);
        assert_eq!(long.probe_at.duration_since(now).as_hours(), 4);
    }
}
