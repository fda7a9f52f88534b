//! A recorded day: one JSON object a line: a hook as it arrived, an order to the stand-in, or what people do on pages.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Deserialize;
use testkit::stand_in::Rating;

use super::people::{Answered, Closed};

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
    /// A customer answers a survey.
    Page(Answered),
    /// Staff closes a case.
    Staff(Closed),
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
    page: Option<Answered>,
    staff: Option<Staff>,
    expect_status: Option<u16>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Staff {
    close_case: Closed,
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
        let Recorded { at, method, path, headers, body, stand_in, page, staff, .. } = recorded;
        let Recorded { expect_status, note, .. } = recorded;
        let asked = method.zip(path).map(|(method, path)| What::Request {
            method,
            path,
            headers,
            body: body.unwrap_or_default(),
        });
        let ordered = stand_in.map(|Order { rate }| What::StandIn { rate });
        let visited = page.map(What::Page);
        let closed = staff.map(|Staff { close_case }| What::Staff(close_case));
        let mut all = [asked, ordered, visited, closed].into_iter().flatten();
        let (Some(what), None) = (all.next(), all.next()) else {
            return Err("one of method and path, stand_in, page, staff".to_owned());
        };
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
            What::Page(visit) => visit.to_string(),
            What::Staff(closed) => format!("case closed “{}”", closed.done),
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
