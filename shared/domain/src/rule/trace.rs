//! What each rule made of an event, as the timeline keeps it and a person is told.
//!
//! One line per rule: `payment-received: tell=notify(<id>)`, `guide: condition_false`, `price: code=once`. Lines are stored as
//! they print and read back by [`Trace::parse`].

use std::fmt;

use jiff::Timestamp;

use crate::{
    id::EffectId,
    points::{Currency, Points},
    survey::CaseKey,
};

/// What one rule made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The rule.
    pub rule: String,
    /// What it made of it.
    pub said: Said,
}

/// The outcome of a rule for one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The condition says no.
    ConditionFalse,
    /// Older than `within` when it was first seen.
    TooOld,
    /// Happened before the rule was activated.
    BeforeActivation,
    /// Condition or text could not be worked out: a stable code.
    Failed(String),
    /// It fired: what came of each step, in order.
    Steps(Vec<(String, Came)>),
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// A notification of this id; in shadow, one that is never sent.
    Notify(EffectId),
    /// The window belongs to another event: nothing after it follows.
    Once,
    /// The rest follows then.
    Waits(Timestamp),
    /// The customer got a code of this pool.
    Voucher(String),
    /// The pool had none left: nothing after it follows.
    PoolEmpty(String),
    /// The customer carries this tag.
    Tagged(String),
    /// So many points of a currency.
    Awarded {
        /// How many.
        points: Points,
        /// Of which.
        currency: Currency,
    },
    /// It is a response to this survey.
    Answered(String),
    /// A case was opened.
    Case(CaseKey),
    /// It has joined the case that is open already.
    Joined(CaseKey),
    /// A person takes over, until then.
    HandedOff(Timestamp),
    /// Not carried out: `cool_down`, `no_customer`, `no_account`.
    Refused(String),
    /// The rule is only looked at: the step would have done something that sends nothing.
    Shadow,
}

impl Trace {
    /// Reads a line as it prints; `None` when it is none.
    pub fn parse(line: &str) -> Option<Self> {
        let (rule, said) = line.split_once(": ")?;
        let said = match said {
            "condition_false" => Said::ConditionFalse,
            "too_old" => Said::TooOld,
            "before_activation" => Said::BeforeActivation,
            _ => match argument(said, "failed") {
                Some(code) => Said::Failed(code.to_owned()),
                None => Said::Steps(said.split(' ').map(step).collect::<Option<_>>()?),
            },
        };
        Some(Self { rule: rule.to_owned(), said })
    }

    /// The notifications that it names.
    pub fn notifications(&self) -> impl Iterator<Item = &EffectId> {
        let steps = match &self.said {
            Said::Steps(steps) => steps.as_slice(),
            Said::ConditionFalse | Said::TooOld | Said::BeforeActivation | Said::Failed(_) => &[],
        };
        steps.iter().filter_map(|(_, came)| match came {
            Came::Notify(id) => Some(id),
            Came::Once
            | Came::Waits(_)
            | Came::Voucher(_)
            | Came::PoolEmpty(_)
            | Came::Tagged(_)
            | Came::Awarded { .. }
            | Came::Answered(_)
            | Came::Case(_)
            | Came::Joined(_)
            | Came::HandedOff(_)
            | Came::Refused(_)
            | Came::Shadow => None,
        })
    }
}

fn step(text: &str) -> Option<(String, Came)> {
    let (step, came) = text.split_once('=')?;
    let came = match came {
        "once" => Came::Once,
        "shadow" => Came::Shadow,
        _ => {
            let (word, rest) = came.split_once('(')?;
            let value = rest.strip_suffix(')')?;
            match word {
                "notify" => Came::Notify(EffectId::parse(value)?),
                "waits" => Came::Waits(value.parse().ok()?),
                "voucher" => Came::Voucher(value.to_owned()),
                "pool_empty" => Came::PoolEmpty(value.to_owned()),
                "answered" => Came::Answered(value.to_owned()),
                "case" => Came::Case(value.parse().ok()?),
                "joined" => Came::Joined(value.parse().ok()?),
                "tagged" => Came::Tagged(value.to_owned()),
                "awarded" => {
                    let (points, currency) = value.split_once('.')?;
                    let points = Points::new(points.parse().ok()?)?;
                    Came::Awarded { points, currency: Currency::parse(currency)? }
                }
                "handed_off" => Came::HandedOff(value.parse().ok()?),
                "refused" => Came::Refused(value.to_owned()),
                _ => return None,
            }
        }
    };
    Some((step.to_owned(), came))
}

fn argument<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.strip_prefix(word)?.strip_prefix('(')?.strip_suffix(')')
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.rule)?;
        match &self.said {
            Said::ConditionFalse => f.write_str("condition_false"),
            Said::TooOld => f.write_str("too_old"),
            Said::BeforeActivation => f.write_str("before_activation"),
            Said::Failed(code) => write!(f, "failed({code})"),
            Said::Steps(steps) => {
                for (n, (step, came)) in steps.iter().enumerate() {
                    let space = if n == 0 { "" } else { " " };
                    write!(f, "{space}{step}={came}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notify(id) => write!(f, "notify({id})"),
            Self::Once => f.write_str("once"),
            Self::Waits(until) => write!(f, "waits({until})"),
            Self::Voucher(pool) => write!(f, "voucher({pool})"),
            Self::PoolEmpty(pool) => write!(f, "pool_empty({pool})"),
            Self::Tagged(tag) => write!(f, "tagged({tag})"),
            Self::Awarded { points, currency } => write!(f, "awarded({points}.{currency})"),
            Self::Answered(survey) => write!(f, "answered({survey})"),
            Self::Case(key) => write!(f, "case({key})"),
            Self::Joined(key) => write!(f, "joined({key})"),
            Self::HandedOff(until) => write!(f, "handed_off({until})"),
            Self::Refused(why) => write!(f, "refused({why})"),
            Self::Shadow => f.write_str("shadow"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EventId;

    #[test]
    fn a_trace_is_read_back_as_it_prints() {
        let id = EffectId::of(&EventId::of("t", "s", "k"), "rule", "step");
        let until: Timestamp = "2026-11-20T10:30:00Z".parse().unwrap();
        let steps = [
            Came::Notify(id.clone()),
            Came::Once,
            Came::Waits(until),
            Came::Voucher("gia".to_owned()),
            Came::PoolEmpty("gia".to_owned()),
            Came::Tagged("vip".to_owned()),
            Came::Awarded {
                points: Points::new(350).unwrap(),
                currency: Currency::parse("diem").unwrap(),
            },
            Came::Answered("csat".to_owned()),
            Came::Case(CaseKey::of(&id, until)),
            Came::Joined(CaseKey::of(&id, until)),
            Came::HandedOff(until),
            Came::Refused("cool_down".to_owned()),
            Came::Shadow,
        ];
        let steps = steps.map(|came| ("a".to_owned(), came)).to_vec();
        for said in [
            Said::ConditionFalse,
            Said::TooOld,
            Said::BeforeActivation,
            Said::Failed("text_missing".to_owned()),
            Said::Steps(steps),
        ] {
            let trace = Trace { rule: "guide".to_owned(), said };
            let read = Trace::parse(&trace.to_string()).unwrap();
            assert_eq!(read, trace);
            let named = usize::from(matches!(trace.said, Said::Steps(_)));
            assert_eq!(read.notifications().count(), named);
        }
    }

    #[test]
    fn what_is_no_trace_is_none() {
        for line in [
            "",
            "guide",
            "guide: ",
            "guide: x",
            "guide: a=b",
            "guide: a=notify(x)",
            "g: a=waits(x)",
            "g: a=awarded(350)",
            "g: a=awarded(99999999999.diem)",
        ] {
            assert_eq!(Trace::parse(line), None, "{line}");
        }
    }
}
