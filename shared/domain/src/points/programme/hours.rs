//! Hours of the week in which points count more, by Vietnam's clock.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};

use super::read::once;
use crate::rule::{Fields, Node, Problems, quoted};

/// Vietnam keeps +07:00 the whole year, since 1975.
const VIETNAM: Offset = jiff::tz::offset(7);
const DAY_MIN: u32 = 24 * 60;
const WEEK_MIN: u32 = 7 * DAY_MIN;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A stretch of the week, in minutes since Monday 00:00. It may go over the end of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    start_min: u32,
    length_min: u32,
}

impl Hours {
    /// Whether it is then. The first minute belongs to it, the last one does not.
    pub fn has(&self, at: Timestamp) -> bool {
        self.has_minute(minute_of_week(at))
    }

    /// Whether there is a minute that both have.
    pub fn meets(&self, other: &Self) -> bool {
        self.has_minute(other.start_min) || other.has_minute(self.start_min)
    }

    fn has_minute(&self, minute: u32) -> bool {
        (minute + WEEK_MIN - self.start_min) % WEEK_MIN < self.length_min
    }
}

/// The date and the time on Vietnam's clocks.
pub fn local(at: Timestamp) -> DateTime {
    VIETNAM.to_datetime(at)
}

/// The instant at which a day begins there.
pub fn midnight(day: Date) -> Option<Timestamp> {
    VIETNAM.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

fn minute_of_week(at: Timestamp) -> u32 {
    let local = local(at);
    let part = |number: i8| u32::try_from(number).unwrap_or(0);
    let day = part(local.date().weekday().to_monday_zero_offset());
    day * DAY_MIN + part(local.hour()) * 60 + part(local.minute())
}

/// Reads `days`, `from` and `to`: one stretch for each day, which begins on that day and may end on the next.
pub fn read(fields: &Fields<'_>, problems: &mut Problems) -> Option<Vec<Hours>> {
    let days = fields.required("days", problems).map(|node| days(node, problems));
    let from = fields.required("from", problems);
    let from = from.and_then(|node| minute(node, "`from`", problems));
    let to = fields.required("to", problems).and_then(|node| minute(node, "`to`", problems));
    let (days, from, to) = (days?, from? % DAY_MIN, to?);
    if from == to {
        problems.add("bad_hour", fields.line, "`from` and `to` are the same time");
        return None;
    }
    let length_min = if to > from { to - from } else { to + DAY_MIN - from };
    Some(
        days.into_iter().map(|day| Hours { start_min: day * DAY_MIN + from, length_min }).collect(),
    )
}

fn days(node: &Node, problems: &mut Problems) -> Vec<u32> {
    let mut names = Vec::new();
    let mut days = Vec::new();
    for entry in node.list("`days`", problems) {
        let Some(name) = entry.text("a day", problems) else { continue };
        match (0..).zip(DAYS).find(|(_, day)| *day == name) {
            Some((day, _)) => {
                once(name, entry.line, &mut names, problems);
                days.push(day);
            }
            None => {
                let known = DAYS.join(", ");
                let message = format!("there is no day {}; there are {known}", quoted(name));
                problems.add("unknown_name", entry.line, message);
            }
        }
    }
    if days.is_empty() {
        problems.add("missing_field", node.line, "`days` names at least one day");
    }
    days
}

/// `14:00`; `24:00` is the end of the day.
fn minute(node: &Node, what: &str, problems: &mut Problems) -> Option<u32> {
    let text = node.text(what, problems)?;
    let two = |digits: &str| {
        let fits = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| fits)
    };
    let minute = text.split_once(':').and_then(|(hour, minute)| {
        let minute = two(hour)? * 60 + two(minute).filter(|minute| *minute < 60)?;
        (minute <= DAY_MIN).then_some(minute)
    });
    if minute.is_none() {
        problems.add("bad_hour", node.line, format!("{what} must be a time such as 14:00"));
    }
    minute
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these instants lie in the hours that are written so.
    fn check(hours: &str, instants: &[(&str, bool)]) {
        let node = Node::read(hours).unwrap();
        let mut problems = Problems::default();
        let fields = Fields::of(&node, "hours", &["days", "from", "to"], &mut problems).unwrap();
        let read = read(&fields, &mut problems).unwrap();
        problems.none_or(()).unwrap();
        for (instant, expected) in instants {
            let at: Timestamp = instant.parse().unwrap();
            assert_eq!(read.iter().any(|hours| hours.has(at)), *expected, "{hours}: {instant}");
        }
    }

    #[test]
    fn hours_begin_with_their_first_minute_and_end_before_their_last() {
        // 20 November 2026 is a Friday.
        check(
            "{days: [fri], from: '14:00', to: '16:00'}",
            &[
                ("2026-11-20T13:59:59.999+07:00", false),
                ("2026-11-20T14:00:00+07:00", true),
                ("2026-11-20T15:59:59.999+07:00", true),
                ("2026-11-20T16:00:00+07:00", false),
                ("2026-11-19T15:00:00+07:00", false),
                ("2026-11-20T15:00:00Z", false),
                ("2026-11-20T07:00:00Z", true),
            ],
        );
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        check(
            "{days: [fri], from: '22:00', to: '02:00'}",
            &[
                ("2026-11-20T01:00:00+07:00", false),
                ("2026-11-20T23:59:59+07:00", true),
                ("2026-11-21T00:00:00+07:00", true),
                ("2026-11-21T01:59:59+07:00", true),
                ("2026-11-21T02:00:00+07:00", false),
                ("2026-11-21T23:00:00+07:00", false),
            ],
        );
        // Sunday's night ends on Monday.
        check(
            "{days: [sun], from: '23:00', to: '01:00'}",
            &[
                ("2026-11-22T23:30:00+07:00", true),
                ("2026-11-23T00:30:00+07:00", true),
                ("2026-11-16T00:30:00+07:00", true),
                ("2026-11-23T01:00:00+07:00", false),
            ],
        );
        for to in ["24:00", "00:00"] {
            check(
                &format!("{{days: [fri], from: '20:00', to: '{to}'}}"),
                &[("2026-11-20T23:59:59+07:00", true), ("2026-11-21T00:00:00+07:00", false)],
            );
        }
        check(
            "{days: [fri], from: '00:00', to: '24:00'}",
            &[
                ("2026-11-19T23:59:59+07:00", false),
                ("2026-11-20T00:00:00+07:00", true),
                ("2026-11-20T23:59:59+07:00", true),
                ("2026-11-21T00:00:00+07:00", false),
            ],
        );
    }
}
