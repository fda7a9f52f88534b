//! Streaks: days or weeks in a row on which something happened, by Vietnam's clock.
//!
//! A run goes on over a gap of at most `freeze` missed periods in a row; missed ones do not count towards its length.
//! Which run there is depends on the periods alone: not on the order in which events come, nor on how often.
//!
//! Bounds: the last [`PERIODS_KEPT`] periods are remembered one by one, so that a late event fills its own; what comes later than
//! that counts no more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::read::{each, id, kind, name, optional_whole, whole};
use crate::{
    points::Day,
    rule::{Fields, Node, Problems, quoted},
};

/// So many periods are remembered one by one, the last one included.
pub const PERIODS_KEPT: u32 = u32::BITS;

/// Most streaks of a programme.
const STREAKS_MAX: usize = 20;
/// Most missed periods in a row.
const FREEZE_MAX: u32 = 6;
/// Most goals of a streak.
const GOALS_MAX: usize = 10;
/// Longest goal, in periods: ten years of days.
const GOAL_MAX: u32 = 3_660;
/// 1 January 1970 was a Thursday: so many days after a Monday.
const THURSDAY: u32 = 3;

/// One streak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streak {
    /// Unique among them.
    pub id: String,
    /// What customers call it.
    pub name: String,
    /// The event kind that counts.
    pub on: String,
    /// What is counted.
    pub every: Every,
    /// So many missed periods in a row are forgiven.
    pub freeze: u32,
    /// The lengths that are something to be told, the shortest first.
    pub goals: Vec<u32>,
}

/// The periods of a streak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// A day.
    Day,
    /// A week from Monday to Sunday.
    Week,
}

/// How far a customer is with one streak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreakProgress {
    /// The longest run there was.
    pub best: u32,
    /// Nothing yet when `None`.
    last: Option<Last>,
    /// The run that had come before the periods that are remembered one by one.
    before: Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    every: Every,
    period: u32,
    /// Bit n is the period n before the last.
    recent: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    length: u32,
    until: u32,
}

impl Every {
    /// The number of the period in which an instant lies.
    pub fn period(self, at: Timestamp) -> u32 {
        let day = Day::of(at).number();
        match self {
            Self::Day => day,
            Self::Week => day.saturating_add(THURSDAY) / 7,
        }
    }
}

impl Run {
    fn with(self, period: u32, freeze: u32) -> Self {
        let goes_on = self.length > 0 && period.saturating_sub(self.until) <= freeze + 1;
        Self { length: if goes_on { self.length.saturating_add(1) } else { 1 }, until: period }
    }
}

impl Last {
    /// The periods that it remembers from the bit `from` on to the bit `to`, the earliest first.
    fn periods(self, from: u32, to: u32) -> impl Iterator<Item = u32> {
        let set = move |bit: &u32| self.recent & (1 << bit) != 0;
        (to..=from).rev().filter(set).map(move |bit| self.period.saturating_sub(bit))
    }
}

impl StreakProgress {
    /// How far it is after something that counts happened at `at`. An event again or another in the same period changes
    /// nothing. A streak that counts other periods than before begins anew, and keeps its best.
    #[must_use]
    pub fn after(&self, streak: &Streak, at: Timestamp) -> Self {
        let every = streak.every;
        let period = every.period(at);
        let mut after = self.clone();
        let last = match self.last.filter(|last| last.every == every) {
            None => {
                after.before = Run::default();
                Last { every, period, recent: 1 }
            }
            Some(last) if period > last.period => {
                let ahead = period - last.period;
                let left = PERIODS_KEPT.saturating_sub(ahead);
                for gone in last.periods(PERIODS_KEPT - 1, left) {
                    after.before = after.before.with(gone, streak.freeze);
                }
                let recent = last.recent.checked_shl(ahead).unwrap_or(0) | 1;
                Last { every, period, recent }
            }
            Some(last) => {
                let bit = 1_u32.checked_shl(last.period - period).unwrap_or(0);
                Last { recent: last.recent | bit, ..last }
            }
        };
        after.last = Some(last);
        after.best = after.runs(last, streak).map(|run| run.length).fold(after.best, u32::max);
        after
    }

    /// The length of the run that still goes on at `now`; 0 when it is broken. The period that has begun is not missed yet.
    pub fn length_at(&self, streak: &Streak, now: Timestamp) -> u32 {
        let Some(last) = self.last.filter(|last| last.every == streak.every) else { return 0 };
        let ahead = streak.every.period(now).saturating_sub(last.period);
        let run = self.runs(last, streak).last().filter(|_| ahead <= streak.freeze + 1);
        run.map_or(0, |run| run.length)
    }

    /// The goals that were reached since `before`.
    pub fn reached_since(&self, before: &Self, streak: &Streak) -> Vec<u32> {
        let new = |goal: &u32| (before.best + 1..=self.best).contains(goal);
        streak.goals.iter().copied().filter(new).collect()
    }

    /// The run as it was after each remembered period.
    fn runs(&self, last: Last, streak: &Streak) -> impl Iterator<Item = Run> {
        let freeze = streak.freeze;
        last.periods(PERIODS_KEPT - 1, 0).scan(self.before, move |run, period| {
            *run = run.with(period, freeze);
            Some(*run)
        })
    }
}

pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Vec<Streak> {
    let mut ids = Vec::new();
    each(fields, "streaks", STREAKS_MAX, problems, |node, problems| {
        streak(node, &mut ids, problems)
    })
}

fn streak<'n>(node: &'n Node, ids: &mut Vec<&'n str>, problems: &mut Problems) -> Option<Streak> {
    let known = ["id", "name", "on", "every", "freeze", "goals"];
    let fields = Fields::of(node, "a streak", &known, problems)?;
    let id = id(&fields, ids, problems);
    let name = name(&fields, problems);
    let on = kind(&fields, problems);
    let every = fields.required("every", problems).and_then(|node| {
        let word = node.text("`every`", problems)?;
        let every = match word {
            "day" => Some(Every::Day),
            "week" => Some(Every::Week),
            _ => None,
        };
        if every.is_none() {
            let message = format!("`every` is `day` or `week`, not {}", quoted(word));
            problems.add("unknown_name", node.line, message);
        }
        every
    });
    let freeze = optional_whole(&fields, "freeze", 0..=FREEZE_MAX, problems);
    let list = fields.required("goals", problems);
    let mut before = 0;
    let goals = each(&fields, "goals", GOALS_MAX, problems, |node, problems| {
        let goal = whole(node, "a goal", 2..=GOAL_MAX, problems)?;
        if goal <= before {
            problems.add("goals", node.line, "goals go up from the shortest");
        }
        before = goal;
        Some(goal)
    });
    if let Some(list) = list.filter(|list| list.list("", &mut Problems::quiet()).is_empty()) {
        problems.add("goals", list.line, "`goals` has at least one goal");
    }
    Some(Streak {
        id: id?.to_owned(),
        name: name?,
        on: on?,
        every: every?,
        freeze: freeze?.unwrap_or(0),
        goals,
    })
}
