//! A recorded day: one JSON object a line, either a hook as it arrived or an order to the stand-in.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Deserialize;
use testkit::stand_in::Rating;

/// The zone in which a day begins and times are printed.
pub use domain::notification::ZONE;

/// The lines of a day, in the order in which they arrive.
#[derive(Clone, Debug)]
pub struct Day {
    /// Never before the one above.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it reaches us.
    pub at: Timestamp,
    /// What it is.
    pub what: What,
    /// The status of the answer; 0 is anything but 5xx.
    pub expect_status: Option<u16>,
    /// What must come of it, in words.
    pub note: String,
}

/// What a line is.
#[derive(Clone, Debug)]
pub enum What {
    /// A hook.
    Request {
        /// `POST`.
        method: String,
        /// With its query, if it has one.
        path: String,
        /// As sent.
        headers: BTreeMap<String, String>,
        /// The exact text that was signed.
        body: String,
    },
    /// An order to the stand-in.
    StandIn {
        /// The customer gives stars.
        rate: Rating,
    },
}

/// Why a file is not a recorded day.
#[derive(Debug, thiserror::Error)]
pub enum BadDay {
    /// A line that is not one.
    #[error("line {line} is not a line of a recorded day: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing in it.
    #[error("the file has no lines")]
    Empty,
    /// A line before the one above it.
    #[error("line {line} comes before the line above it")]
    Order {
        /// Counted from 1.
        line: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    at: Timestamp,
    method: Option<String>,
    path: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    stand_in: Option<Order>,
    expect_status: Option<u16>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    rate: Rating,
}

impl Day {
    /// Reads the lines of a file; empty ones are left out.
    ///
    /// # Errors
    /// Names the first line that is wrong.
    pub fn read(text: &str) -> Result<Self, BadDay> {
        let mut lines: Vec<Line> = Vec::new();
        for (number, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let line = Line::read(text).map_err(|why| BadDay::Line { line: number, why })?;
            if lines.last().is_some_and(|above| above.at > line.at) {
                return Err(BadDay::Order { line: number });
            }
            lines.push(line);
        }
        if lines.is_empty() { Err(BadDay::Empty) } else { Ok(Self { lines }) }
    }
}

impl Line {
    fn read(text: &str) -> Result<Self, String> {
        let recorded: Recorded = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let what = match (recorded.method, recorded.path, recorded.stand_in) {
            (Some(method), Some(path), None) => What::Request {
                method,
                path,
                headers: recorded.headers,
                body: recorded.body.unwrap_or_default(),
            },
            (None, None, Some(Order { rate })) => What::StandIn { rate },
            _ => return Err("either method and path, or stand_in".to_owned()),
        };
        let Recorded { at, expect_status, note, .. } = recorded;
        Ok(Self { at, what, expect_status, note })
    }

    /// What came, for people: the door without its secret.
    pub fn came(&self) -> String {
        match &self.what {
            What::Request { path, body, .. } => {
                let mut parts = path.trim_start_matches('/').split('/');
                let door = match (parts.next(), parts.next(), parts.next()) {
                    (Some("hooks"), Some(_), Some(source)) => source,
                    (Some("v1"), Some(_), Some(_)) => "v1",
                    _ => "?",
                };
                format!("{door} {}", headline(body))
            }
            What::StandIn { rate } => format!("★{} {}", rate.stars, rate.message),
        }
    }
}

/// The word in a body that says what it is, whatever the vendor calls it.
fn headline(body: &str) -> String {
    let Ok(body) = serde_json::from_str::<serde_json::Value>(body) else { return "?".to_owned() };
    let named = ["event_name", "type", "Status", "transferType"];
    let word = named.iter().find_map(|name| body[*name].as_str()).unwrap_or("?");
    match body["message"]["text"].as_str() {
        Some(text) => format!("{word} “{text}”"),
        None => word.to_owned(),
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.came())
    }
}
