//! What one order and an idle month take, measured by playing the demo's lines through the whole stack.

use jiff::SignedDuration;
use local::{
    demo::{Business, DAY, TEMPLATE},
    replay::{Day, Line, What, midnight},
    stack::{Stack, StackSettings, request},
    template::Template,
};
use serde_json::Value;
use testkit::fault::Units;

use super::prices::PARTS;

/// What makes a customer known: she follows, leaves her number, and the shop vouches for both.
const BEFORE: [&str; 3] = ["zalo-oa follow", "zalo-oa user_submit_info", "v1 customer.identified"];
/// The order's way, as the demo's sources tell it.
const ORDER: [&str; 5] =
    ["v1 order.created", "sepay in", "ghn ready_to_pick", "ghn delivering", "ghn delivered"];
/// Minutes that are watched for what an idle one takes.
const IDLE_MINUTES: u16 = 60;
/// Minutes of a month of 30 days.
pub(super) const MONTH_MINUTES: u128 = 30 * 24 * 60;

/// One order from its first hook to the last receipt.
pub(super) struct Order {
    /// In millionths of a unit.
    pub(super) writes: u128,
    pub(super) reads: u128,
    /// Hooks, receipts among them: each is one request, one event, one batch of its stream.
    pub(super) hooks: u128,
    pub(super) messages: u128,
    /// What Zalo takes for the messages, in đồng.
    pub(super) zns_vnd: u128,
    /// Bytes of rows that stay until their time is over, and of those that stay.
    pub(super) event_bytes: u128,
    pub(super) other_bytes: u128,
}

/// What a month takes in which nothing happens.
pub(super) struct Idle {
    /// Read units, in millionths.
    pub(super) reads: u128,
    /// Calls of the clock.
    pub(super) ticks: u128,
}

/// What the template says that costs.
pub(super) struct Described {
    pub(super) memory_mb: u128,
    /// Metrics that alarms watch.
    pub(super) alarm_metrics: u128,
    /// Functions that a schedule wakes, with the table that its tick looks at.
    pub(super) watched_tables: u128,
    /// Each table of each function, the console's left out.
    pub(super) function_tables: u128,
    pub(super) log_days: u128,
    pub(super) raw_days: u128,
}

pub(super) fn order(overhead: u128) -> Order {
    run(async {
        let day = Day::read(DAY).unwrap();
        let mut stack = stack(&day, false).await;
        for line in lines(&day, &BEFORE) {
            send(&mut stack, line).await;
        }
        // What the last of them brings about is not the order's.
        stack.advance(stack.now() + SignedDuration::from_secs(30)).await.unwrap();
        let (mark, known) = (stack.faults().mark(), rows(&stack, overhead));
        let told = stack.stand_in().messages().len();
        for line in lines(&day, &ORDER) {
            send(&mut stack, line).await;
        }
        stack.advance(stack.now() + SignedDuration::from_hours(24)).await.unwrap();
        let units = stack.faults().units_since(mark);
        let after = rows(&stack, overhead);
        let messages = stack.stand_in().messages().split_off(told);
        let (hooks, planned) = (after.events - known.events, after.planned - known.planned);
        // Every message by phone brings one receipt, and every hook is one event.
        assert_eq!(usize::from(planned), messages.len());
        assert_eq!(usize::from(hooks), ORDER.len() + messages.len());
        Order {
            writes: parts(units.write),
            reads: parts(units.read),
            hooks: u128::from(hooks),
            messages: u128::from(planned),
            zns_vnd: messages.iter().map(|message| u128::from(message.price_vnd)).sum(),
            event_bytes: after.event_bytes - known.event_bytes,
            other_bytes: after.other_bytes - known.other_bytes,
        }
    })
}

pub(super) fn idle() -> Idle {
    run(async {
        let day = Day::read(DAY).unwrap();
        let mut stack = stack(&day, true).await;
        let mark = stack.faults().mark();
        let minutes = SignedDuration::from_mins(IDLE_MINUTES.into());
        stack.advance(stack.now() + minutes).await.unwrap();
        let Units { write, read, .. } = stack.faults().units_since(mark);
        assert_eq!(write, 0.0, "an idle minute writes nothing");
        let template = Template::read(TEMPLATE).unwrap();
        let calls =
            |every: SignedDuration| MONTH_MINUTES / u128::try_from(every.as_mins()).unwrap();
        Idle {
            reads: parts(read) * MONTH_MINUTES / u128::from(IDLE_MINUTES),
            ticks: template.schedules().iter().map(|schedule| calls(schedule.every)).sum(),
        }
    })
}

pub(super) fn described() -> Described {
    let template = Template::read(TEMPLATE).unwrap();
    let document = template.document();
    let number = |value: &Value| u128::from(value.as_u64().unwrap());
    let default = |name: &str| number(&document["Parameters"][name]["Default"]);
    let resources = document["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let metrics = alarms.map(|alarm| match alarm["Properties"]["Metrics"].as_array() {
        Some(metrics) => metrics.iter().filter(|one| one.get("MetricStat").is_some()).count(),
        None => 1,
    });
    let tables = template.functions().iter().filter(|function| function.name != "console");
    let tables = tables.map(|f| f.environment.keys().filter(|k| k.ends_with("_TABLE")).count());
    Described {
        memory_mb: number(&document["Globals"]["Function"]["MemorySize"]),
        alarm_metrics: wide(metrics.sum()),
        watched_tables: wide(template.schedules().len()),
        function_tables: wide(tables.sum()),
        log_days: default("LogDays"),
        raw_days: default("RawDays"),
    }
}

/// The demo's stack at midnight of its day.
async fn stack(day: &Day, every_minute: bool) -> Stack {
    let mut settings = StackSettings::new(Business::demo().unwrap(), midnight(day).unwrap());
    settings.every_minute = every_minute;
    Stack::start(settings).await.unwrap()
}

/// The first line of each kind, in the order of the day.
fn lines<'d>(day: &'d Day, kinds: &[&str]) -> Vec<&'d Line> {
    let first = |kind: &&str| day.lines.iter().find(|line| line.came() == **kind);
    let found: Vec<&Line> = kinds.iter().filter_map(first).collect();
    assert_eq!(found.len(), kinds.len(), "{kinds:?}");
    found
}

async fn send(stack: &mut Stack, line: &Line) {
    let What::Request { method, path, headers, body } = &line.what else { panic!("no hook") };
    stack.advance(line.at).await.unwrap();
    let answer = stack.request(request(method, path, headers, body)).await;
    assert!(answer.status.is_success(), "{}", line.came());
}

/// What stands in the tables.
struct Rows {
    events: u16,
    planned: u16,
    event_bytes: u128,
    other_bytes: u128,
}

fn rows(stack: &Stack, overhead: u128) -> Rows {
    let mut rows = Rows { events: 0, planned: 0, event_bytes: 0, other_bytes: 0 };
    for table in ["EventsTable", "CustomersTable", "NotificationsTable"] {
        for row in stack.engine().scan_all(stack.table(table).unwrap()).unwrap() {
            let bytes = size(&row) + overhead;
            // An entry of an index has the row's keys and its own.
            let entry = |names: [&str; 2]| match names.iter().all(|name| row.get(name).is_some()) {
                true => {
                    ["pk", "sk"].iter().chain(&names).map(|n| field(n, &row[n])).sum::<u128>()
                        + overhead
                }
                false => 0,
            };
            if table == "EventsTable" {
                rows.events += 1;
                rows.event_bytes += bytes;
            } else {
                rows.planned += u16::from(row.get("rule_key").is_some());
                let indexes = entry(["due_shard", "due_at"]) + entry(["rule_key", "planned"]);
                rows.other_bytes += bytes + indexes;
            }
        }
    }
    rows
}

/// Bytes of an item, about as DynamoDB counts them: names and values.
fn size(item: &Value) -> u128 {
    item.as_object().unwrap().iter().map(|(name, value)| field(name, value)).sum()
}

fn field(name: &str, value: &Value) -> u128 {
    wide(name.len()) + content(value)
}

/// Bytes of a value in DynamoDB's JSON.
fn content(value: &Value) -> u128 {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    match (kind.as_str(), value) {
        ("B", Value::String(text)) => wide(text.len()) * 3 / 4,
        ("N", Value::String(text)) => wide(text.len()) / 2 + 1,
        (_, Value::String(text)) => wide(text.len()),
        (_, Value::Array(list)) => 3 + list.iter().map(|one| 1 + content(one)).sum::<u128>(),
        (_, Value::Object(map)) => {
            3 + map.iter().map(|(name, one)| 1 + field(name, one)).sum::<u128>()
        }
        (_, Value::Null | Value::Bool(_) | Value::Number(_)) => 1,
    }
}

/// Units come in halves.
fn parts(units: f64) -> u128 {
    let halves = units * 2.0;
    assert!(halves.fract() == 0.0 && halves >= 0.0, "{units}");
    let halves: u128 = format!("{halves}").parse().unwrap();
    halves * PARTS / 2
}

fn wide(count: usize) -> u128 {
    u128::try_from(count).unwrap()
}

fn run<T>(journey: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(journey)
}
