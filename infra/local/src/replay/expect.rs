//! What must come of a day, and what is wrong with what came.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Deserialize;
use testkit::{present::Present, stand_in::PhoneMessage};

use super::{CaseStanding, Played, day::ZONE, points::Standing};

/// How far the stand-in's clock may be behind when nobody simulates it: it is set between two looks.
const CLOCK_STEP: SignedDuration = SignedDuration::from_secs(1);

/// The content of an expected file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    messages: Vec<ExpectedMessage>,
    #[serde(default)]
    nothing_else: bool,
    /// `None` where the file says nothing of points.
    points: Option<Vec<Standing>>,
    /// `None` where the file says nothing of cases.
    cases: Option<Vec<CaseStanding>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedMessage {
    what: String,
    to: String,
    channel: String,
    earliest: Timestamp,
    latest: Timestamp,
    #[serde(default)]
    contains: Vec<String>,
}

/// A file that is not JSON of this shape.
#[derive(Debug, thiserror::Error)]
#[error("the expected file cannot be read: {0}")]
pub struct BadExpectation(#[source] serde_json::Error);

impl Expected {
    /// Reads an expected file.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, BadExpectation> {
        serde_json::from_str(text).map_err(BadExpectation)
    }

    /// The latest time at which something is expected.
    pub fn end(&self) -> Option<Timestamp> {
        self.messages.iter().map(|message| message.latest).max()
    }

    /// The same without what a wait brings at `at`.
    pub fn without(&self, at: Option<Timestamp>) -> Self {
        let mut expected = self.clone();
        expected.messages.retain(|message| Some(message.earliest) != at);
        expected
    }

    /// The same for a day until `last` that was squeezed into the present: what is due at once may take `slack`, and is not early.
    /// What was to wait for the night's end may be due at once at the present hour.
    pub fn made_present(&self, present: &Present, last: Timestamp, slack: SignedDuration) -> Self {
        let mut expected = self.clone();
        for message in &mut expected.messages {
            message.latest = present.at(message.earliest) + slack;
            message.earliest = if message.earliest <= last {
                present.at(message.earliest) - CLOCK_STEP
            } else {
                Timestamp::MIN
            };
        }
        expected
    }

    /// What is wrong with `played`, a sentence each: missing, extra, late, early or lacking its text.
    pub fn problems(&self, played: &Played) -> Vec<String> {
        let mut problems = self.problems_of(&played.messages);
        problems.extend(self.points_problems(&played.points));
        if let Some(expected) = self.cases.as_ref().filter(|cases| **cases != played.cases) {
            problems.push(format!("the cases are {:?}, not {expected:?}", played.cases));
        }
        problems
    }

    /// The same of messages alone.
    pub fn problems_of(&self, messages: &[PhoneMessage]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut left: Vec<&PhoneMessage> = messages.iter().collect();
        let mut open = Vec::new();
        // Who is choosy chooses first, so that nobody else takes the one message that fits.
        let (choosy, others): (Vec<_>, Vec<_>) =
            self.messages.iter().partition(|expected| !expected.contains.is_empty());
        for expected in choosy.into_iter().chain(others) {
            match left.iter().position(|message| expected.is(message)) {
                Some(found) => drop(left.remove(found)),
                None => open.push(expected),
            }
        }
        for expected in open {
            match left.iter().position(|message| expected.is_nearly(message)) {
                Some(found) => {
                    let message = left.remove(found);
                    problems.push(expected.difference(message));
                }
                None => problems.push(format!("“{}” is missing", expected.what)),
            }
        }
        if self.nothing_else {
            problems.extend(left.iter().map(|message| {
                format!(
                    "a message to {} by {} at {} is not expected",
                    message.to,
                    message.channel,
                    clock(message.at)
                )
            }));
        }
        problems
    }
}

impl Expected {
    /// What is wrong with the accounts, a sentence for each.
    fn points_problems(&self, actual: &[Standing]) -> Vec<String> {
        let Some(expected) = &self.points else { return Vec::new() };
        let mut problems = Vec::new();
        for one in expected {
            match actual.iter().find(|actual| actual.customer == one.customer) {
                None => problems.push(format!("{} has no account of points", one.customer)),
                Some(actual) if actual != one => {
                    problems.push(format!("{} stands at {actual:?}, not at {one:?}", one.customer));
                }
                Some(_) => {}
            }
        }
        let is_unexpected =
            |actual: &&Standing| expected.iter().all(|one| one.customer != actual.customer);
        if self.nothing_else {
            problems.extend(
                actual
                    .iter()
                    .filter(is_unexpected)
                    .map(|one| format!("an account of {} is not expected", one.customer)),
            );
        }
        problems
    }
}

impl ExpectedMessage {
    fn is(&self, message: &PhoneMessage) -> bool {
        self.is_nearly(message) && self.in_time(message) && self.lacks(message).is_none()
    }

    fn is_nearly(&self, message: &PhoneMessage) -> bool {
        self.to == message.to && self.channel == message.channel
    }

    fn in_time(&self, message: &PhoneMessage) -> bool {
        (self.earliest..=self.latest).contains(&message.at)
    }

    fn lacks(&self, message: &PhoneMessage) -> Option<&str> {
        self.contains.iter().map(String::as_str).find(|part| !message.text.contains(part))
    }

    fn difference(&self, message: &PhoneMessage) -> String {
        let what = &self.what;
        match self.lacks(message) {
            Some(part) => format!("“{what}” at {} lacks “{part}”", clock(message.at)),
            None if message.at < self.earliest => {
                format!("“{what}” is early: {}", clock(message.at))
            }
            None => format!("“{what}” is late: {}", clock(message.at)),
        }
    }
}

/// An instant as people in Vietnam read it.
pub(crate) fn clock(at: Timestamp) -> String {
    match TimeZone::get(ZONE) {
        Ok(zone) => at.to_zoned(zone).strftime("%d/%m %H:%M:%S").to_string(),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_alone_fits_is_not_given_to_who_would_take_any() {
        let expected = r#"{"messages": [
            {"what": "guide", "to": "phone:84", "channel": "zns-phone",
             "earliest": "2026-11-20T08:00:00Z", "latest": "2026-11-20T08:10:00Z"},
            {"what": "tier", "to": "phone:84", "channel": "zns-phone", "contains": ["Priority"],
             "earliest": "2026-11-20T08:00:00Z", "latest": "2026-11-20T08:10:00Z"}
        ], "nothing_else": true}"#;
        let expected = Expected::read(expected).unwrap();
        let message = |text: &str| PhoneMessage {
            at: "2026-11-20T08:05:00Z".parse().unwrap(),
            to: "phone:84".to_owned(),
            channel: "zns-phone".to_owned(),
            text: text.to_owned(),
            template: None,
            message_id: String::new(),
            tracking_id: None,
            price_vnd: 0,
        };
        let (tier, guide) = (message("Hạng Priority"), message("Cách dùng máy"));
        assert_eq!(expected.problems_of(&[tier.clone(), guide.clone()]), Vec::<String>::new());
        assert_eq!(expected.problems_of(&[guide.clone(), tier.clone()]), Vec::<String>::new());
        assert_eq!(expected.problems_of(std::slice::from_ref(&tier)), ["“guide” is missing"]);
        assert_eq!(expected.problems_of(&[guide.clone(), guide]).len(), 1);
    }
}
