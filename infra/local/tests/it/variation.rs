//! The day and its variations, and the comparison of what came of them.

use std::{future::Future, io::Write, path::Path};

use jiff::{SignedDuration, Timestamp};
use local::{
    demo::{Business, DAY, DAY_EXPECTED, DAY_POINTS, DAY_POINTS_EXPECTED},
    replay::{Day, Expected, Line, Played, What, midnight, play},
    stack::{Stack, StackSettings},
};
use testkit::sign::{Recorded, Secrets, resign};

/// To whom, by which way, what.
pub type Message = (String, String, String);

/// Says something that is seen although the test passes.
pub fn told(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

/// Runs one journey on one thread.
pub fn run<T>(journey: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(journey)
}

/// The recorded day, in which a message that never left is missed by nothing that comes later.
pub fn plain_day() -> Day {
    Day::read(DAY).unwrap()
}

pub fn plainly_expected() -> Expected {
    Expected::read(DAY_EXPECTED).unwrap()
}

/// The recorded day in which the customer also gives stars.
pub fn day() -> Day {
    Day::read(DAY_POINTS).unwrap()
}

pub fn expected() -> Expected {
    Expected::read(DAY_POINTS_EXPECTED).unwrap()
}

pub fn settings() -> StackSettings {
    StackSettings::new(Business::demo().unwrap(), midnight(&day()).unwrap())
}

/// Plays a day on a fresh stack.
pub async fn played(day: &Day, settings: StackSettings) -> Played {
    played_until(day, &expected(), settings).await
}

/// The same, up to the end of what is expected.
pub async fn played_until(day: &Day, expected: &Expected, settings: StackSettings) -> Played {
    let mut stack = Stack::start(settings).await.unwrap();
    play(&mut stack, day, Some(expected)).await.unwrap()
}

/// What reached whom and which points they have, in an order that hangs on nothing but the content. Which code of a pool an event gets hangs on the event:
/// any code is as good as the other.
pub fn messages(played: &Played) -> Vec<Message> {
    let code = |word: &str| match word.strip_prefix("SOM-") {
        Some(_) => "SOM-…".to_owned(),
        None => word.to_owned(),
    };
    let text = |text: &str| text.split(' ').map(code).collect::<Vec<_>>().join(" ");
    let message =
        |m: &testkit::stand_in::PhoneMessage| (m.to.clone(), m.channel.clone(), text(&m.text));
    let mut all: Vec<Message> = played.messages.iter().map(message).collect();
    let standing = |one: &local::replay::Standing| {
        (one.customer.clone(), "points".to_owned(), format!("{one:?}"))
    };
    all.extend(played.points.iter().map(standing));
    all.sort();
    all
}

/// What the undisturbed day brings.
pub fn undisturbed() -> Vec<Message> {
    messages(&run(played(&day(), settings())))
}

/// The line at another time, signed anew where its source signs the time.
pub fn moved(line: &Line, to: Timestamp) -> Line {
    let mut line = line.clone();
    let What::Request { method, path, headers, body } = &mut line.what else {
        line.at = to;
        return line;
    };
    let mut recorded = Recorded {
        at: line.at,
        method: method.clone(),
        path: path.clone(),
        headers: headers.clone(),
        body: body.clone(),
    };
    resign(&mut recorded, &signing_secrets(), to).unwrap();
    *headers = recorded.headers;
    line.at = to;
    line
}

fn signing_secrets() -> Secrets {
    let business = Business::demo().unwrap();
    let secret = |source: &str| Some(business.secrets.sources[source].current.expose().to_owned());
    Secrets { zalo: None, sepay: secret("sepay"), standard: secret("standard") }
}

/// What makes two lines the same event: redeliveries keep their order among themselves.
pub fn event_key(line: &Line) -> String {
    let What::Request { path, headers, body, .. } = &line.what else { return String::new() };
    if let Some(id) = headers.get("webhook-id") {
        return id.clone();
    }
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let parts = ["id", "OrderCode", "Status", "Time", "event_name", "timestamp"];
    let parts: Vec<String> = parts.iter().map(|name| body[*name].to_string()).collect();
    format!("{path} {}", parts.join(" "))
}

/// Sorted by time; lines of one event keep the order of the recording.
pub fn arranged(lines: Vec<Line>) -> Option<Day> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|number| (lines[*number].at, *number));
    let place = |number: usize| order.iter().position(|n| *n == number).unwrap();
    for a in 0..lines.len() {
        for b in a + 1..lines.len() {
            if event_key(&lines[a]) == event_key(&lines[b]) && place(a) > place(b) {
                return None;
            }
        }
    }
    Some(Day { lines: order.into_iter().map(|number| lines[number].clone()).collect() })
}

/// The day up to `line`, with a crash after its answer and before any trigger ran, and the rest on a fresh process.
pub async fn with_a_crash_after(
    day: &Day,
    expected: &Expected,
    line: usize,
    folder: &Path,
) -> Played {
    let on_disk = |start: Timestamp| {
        let mut settings = settings();
        settings.data = Some(folder.to_owned());
        settings.start = start;
        settings
    };
    let (before, after) = day.lines.split_at(line);
    let mut stack = Stack::start(on_disk(midnight(day).unwrap())).await.unwrap();
    for line in before {
        stack.advance(line.at).await.unwrap();
        answered(&mut stack, line).await;
    }
    let died_at = stack.now();
    drop(stack);
    let mut stack = Stack::start(on_disk(died_at)).await.unwrap();
    let mut rest = after.to_vec();
    // An empty rest still has to run to the end.
    if rest.is_empty() {
        rest.push(moved(&day.lines[line - 1], died_at + SignedDuration::from_secs(1)));
    }
    play(&mut stack, &Day { lines: rest }, Some(expected)).await.unwrap()
}

/// Sends one line and gives the status.
pub async fn answered(stack: &mut Stack, line: &Line) -> u16 {
    local::replay::send(stack, line).await.unwrap()
}
