//! What people can pause, and whom a pause stops.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;

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
}

impl Scope {
    /// Reads a scope as it prints.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':') else {
            return (text == "tenant").then_some(Self::Tenant);
        };
        match kind {
            "rule" if is_id(name) => Some(Self::Rule(name.to_owned())),
            "template" if is_id(name) => Some(Self::Template(name.to_owned())),
            "channel" => Channel::parse(name).map(Self::Channel),
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
        }
    }
}

/// Who has paused something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Their name, as the console knows it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Everything that a business has paused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses(pub BTreeMap<Scope, Pause>);

impl Pauses {
    /// The pause that stops a notification on its way over `channel`, the widest first. A one-time password is never stopped; the
    /// business's own people hear also of a business that is paused, and on every channel; its systems on every channel but their own.
    pub fn stops(&self, n: &Notification, channel: Channel) -> Option<&Scope> {
        let stopped = |scope: &Scope| match (n.purpose, scope) {
            (Purpose::Otp, _) | (Purpose::Staff, Scope::Tenant) => false,
            (Purpose::Staff, Scope::Channel(paused)) => {
                *paused == Channel::Webhook && *paused == channel
            }
            (_, Scope::Tenant) => true,
            (_, Scope::Rule(rule)) => *rule == n.cause.rule,
            (_, Scope::Template(name)) => n.template().is_some_and(|one| one.name == *name),
            (_, Scope::Channel(paused)) => *paused == channel,
        };
        self.0.keys().find(|scope| stopped(scope))
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
        ];
        for scope in scopes {
            assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
        }
        for bad in ["", "all", "rule", "rule:", "rule:a b", "rule:a#b", "channel:pigeon", "oa:1"] {
            assert_eq!(Scope::parse(bad), None, "{bad}");
        }
    }
}
