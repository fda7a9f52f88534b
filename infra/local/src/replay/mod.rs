//! Plays a recorded day through a stack in simulated time, and holds what came of it to what was expected.

mod cases;
mod day;
mod expect;
pub mod people;
mod points;
mod report;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;
use testkit::{fault::Units, stand_in::PhoneMessage};

pub use cases::CaseStanding;
pub use day::{BadDay, Day, Line, What, ZONE};
pub(crate) use expect::clock;
pub use expect::{BadExpectation, Expected};
pub use points::{Line as PointsLine, Standing};
pub use report::{print, summary};

use crate::stack::{Stack, StackError, request};

/// How long the clock runs on after the last line when nothing is expected.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(24);

/// What follows the last line within this time stands with it.
const LAST_SCENE: SignedDuration = SignedDuration::from_secs(59);

/// What came of a day.
#[derive(Debug, Serialize)]
pub struct Played {
    /// Line by line, and what happened after the last one.
    pub scenes: Vec<Scene>,
    /// Everything that reached a phone, an account or the staff.
    pub messages: Vec<PhoneMessage>,
    /// How the accounts of points stand.
    pub points: Vec<Standing>,
    /// The cases.
    pub cases: Vec<CaseStanding>,
    /// Notifications whose outcome nobody knows or that were given up as unknown.
    pub unknown: usize,
    /// Database units of the whole day.
    pub units: UnitSums,
}

/// One line of the day and what followed until the next.
#[derive(Debug, Serialize)]
pub struct Scene {
    /// When it came.
    pub at: Timestamp,
    /// What came, for people.
    pub came: String,
    /// The status of the answer, for an order to the stand-in that of the first answer to its hook; `None` for an order that could
    /// not be followed, and for what happened after the last line.
    pub status: Option<u16>,
    /// What the recording expects; 0 is anything but 5xx.
    pub expect_status: Option<u16>,
    /// What the rules decided.
    pub decided: Vec<String>,
    /// What reached somebody.
    pub reached: Vec<PhoneMessage>,
    /// Database units.
    pub units: UnitSums,
}

/// Capacity units.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct UnitSums {
    /// Written, indexes included.
    pub write: f64,
    /// Read.
    pub read: f64,
}

impl From<Units> for UnitSums {
    fn from(units: Units) -> Self {
        Self { write: units.write, read: units.read }
    }
}

/// Plays `day` to the end: the latest `latest` of what is expected, else 24 h after the last line.
///
/// # Errors
/// When the stack cannot go on.
pub async fn play(
    stack: &mut Stack,
    day: &Day,
    expected: Option<&Expected>,
) -> Result<Played, StackError> {
    let start = stack.faults().mark();
    let (mut scenes, mut ratings) = (Vec::new(), Vec::new());
    let mut watch = Watch::default();
    for (number, line) in day.lines.iter().enumerate() {
        let mark = stack.faults().mark();
        stack.advance(line.at).await?;
        let (came, status) = match perform(stack, line).await {
            Performed::Answered(status) => (line.came(), Some(status)),
            Performed::Ordered(hook) => {
                ratings.push((number, hook));
                (line.came(), None)
            }
            Performed::Refused(why) => (format!("{} — {why}", line.came()), None),
        };
        // Up to just before the next line, so that what follows stands with its cause.
        let until = day.lines.get(number + 1).map(|next| next.at - SignedDuration::from_millis(1));
        stack.advance(until.unwrap_or(line.at + LAST_SCENE).max(line.at)).await?;
        let (decided, reached) = watch.news(stack)?;
        scenes.push(Scene {
            at: line.at,
            came,
            status,
            expect_status: line.expect_status,
            decided,
            reached,
            units: stack.faults().units_since(mark).into(),
        });
    }
    let mark = stack.faults().mark();
    let end = expected.and_then(Expected::end);
    let end =
        end.or_else(|| Some(day.lines.last()?.at + AFTERWARDS)).unwrap_or_else(|| stack.now());
    let end = end.max(stack.now());
    stack.advance(end).await?;
    let (decided, reached) = watch.news(stack)?;
    scenes.push(Scene {
        at: reached.first().map_or(end, |message| message.at),
        came: "(giờ trôi qua)".to_owned(),
        status: None,
        expect_status: None,
        decided,
        reached,
        units: stack.faults().units_since(mark).into(),
    });
    // Only now: a hook may come after the next line.
    for (number, hook) in ratings {
        scenes[number].status = stack.rating_status(hook);
    }
    Ok(Played {
        scenes,
        messages: stack.stand_in().messages(),
        points: points::standings(stack).await?,
        cases: cases::standings(stack)?,
        unknown: unknown(stack)?,
        units: stack.faults().units_since(start).into(),
    })
}

/// Midnight in Vietnam of the day on which `day` begins: the clock of a replay starts there.
pub fn midnight(day: &Day) -> Option<Timestamp> {
    let zone = TimeZone::get(ZONE).ok()?;
    let first = day.lines.first()?.at.to_zoned(zone.clone());
    let midnight = first.date().to_datetime(civil::Time::midnight()).to_zoned(zone).ok()?;
    Some(midnight.timestamp())
}

/// What became of a line.
enum Performed {
    /// With this status.
    Answered(u16),
    /// The stand-in will send this hook.
    Ordered(u64),
    /// The stand-in cannot.
    Refused(String),
}

/// Sends one line, as [`play`] does; the status of the answer, 200 for an order to the stand-in.
///
/// # Errors
/// A sentence on what could not be done.
pub async fn send(stack: &mut Stack, line: &Line) -> Result<u16, String> {
    match perform(stack, line).await {
        Performed::Answered(status) => Ok(status),
        Performed::Ordered(_) => Ok(200),
        Performed::Refused(why) => Err(why),
    }
}

async fn perform(stack: &mut Stack, line: &Line) -> Performed {
    match &line.what {
        What::Request { method, path, headers, body } => {
            let answer = stack.request(request(method, path, headers, body)).await;
            Performed::Answered(answer.status.as_u16())
        }
        What::StandIn { rate } => match stack.rate(rate) {
            Ok(hook) => Performed::Ordered(hook),
            Err(error) => Performed::Refused(error.to_string()),
        },
        What::Page(visit) => came_of(people::answer(stack, visit).await),
        What::Staff(closed) => came_of(people::close(stack, closed).await),
    }
}

fn came_of(visited: Result<u16, people::Stopped>) -> Performed {
    visited.map_or_else(|why| Performed::Refused(why.to_string()), Performed::Answered)
}

/// Remembers what was told before.
#[derive(Default)]
struct Watch {
    decisions: BTreeSet<String>,
    messages: usize,
}

impl Watch {
    /// The decisions and messages since the last time.
    fn news(&mut self, stack: &Stack) -> Result<(Vec<String>, Vec<PhoneMessage>), StackError> {
        let mut decided = Vec::new();
        for row in rows(stack, "CustomersTable")? {
            let key = format!("{} {}", text(&row, "pk"), text(&row, "sk"));
            if !text(&row, "sk").starts_with("t#") || !self.decisions.insert(key) {
                continue;
            }
            let decisions = row["decisions"]["L"].as_array().into_iter().flatten();
            decided.extend(decisions.filter_map(|d| d["S"].as_str()).map(str::to_owned));
        }
        let messages = stack.stand_in().messages();
        let reached = messages[self.messages.min(messages.len())..].to_vec();
        self.messages = messages.len();
        Ok((decided, reached))
    }
}

fn unknown(stack: &Stack) -> Result<usize, StackError> {
    let rows = rows(stack, "NotificationsTable")?;
    let is_unknown =
        |row: &&Value| text(row, "state") == "unknown" || text(row, "reason").contains("unknown");
    Ok(rows.iter().filter(is_unknown).count())
}

/// All rows of a table, read below the functions and their units.
pub(crate) fn rows(stack: &Stack, logical_id: &str) -> Result<Vec<Value>, StackError> {
    let missing = || StackError::Function(format!("the template has no {logical_id}"));
    let table = stack.table(logical_id).ok_or_else(missing)?;
    Ok(stack.engine().scan_all(table)?)
}

/// An attribute that is a text.
pub(crate) fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name]["S"].as_str().unwrap_or_default()
}
