//! The levels of customers, by what they earned in a window of months: never by what they have left.
//!
//! A level is reached at once. It is kept while what was earned in the window is at least `retain`, and for `grace_days` after
//! the day on which it is not any more. Who loses a level keeps the highest one below it of which `retain` is met.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CurrencyTerms,
    read::{currency, each, id, name, points, whole},
};
use crate::{
    points::{Currency, Day, EARNED_MAX, Month, Points, Tail},
    rule::{Fields, Node, Problems},
};

/// Most levels.
const LEVELS_MAX: usize = 10;
/// Longest window: an account remembers [`EARNED_MAX`] months, the one that has begun included.
const WINDOW_MONTHS_MAX: u32 = 12;
const _: () = assert!(EARNED_MAX == 13);
/// Longest grace, in days: a year and a day.
const GRACE_DAYS_MAX: u32 = 366;

/// The levels and how they are reached and lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers {
    /// The points that count.
    pub currency: Currency,
    /// So many months count, the one that has begun included.
    pub window_months: u16,
    /// So many days a level is kept that would be lost.
    pub grace_days: u32,
    /// From the lowest, which everybody has, to the highest.
    pub levels: Vec<Level>,
}

/// One level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Unique among them.
    pub id: String,
    /// What customers call it.
    pub name: String,
    /// Reached with so many points.
    pub from: Points,
    /// Kept with so many.
    pub retain: Points,
}

/// Where a customer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The id of the level.
    pub level: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last looked at.
    pub judged_at: Timestamp,
    /// The day on which too little was earned to keep it.
    pub below_since: Option<Day>,
}

/// What would come of a standing if nothing more were earned, and what is missing for more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Projection {
    /// The next level; `None` at the highest.
    pub next: Option<NextLevel>,
    /// The day at whose begin the level is lost; `None` when it never is.
    pub lost_on: Option<Day>,
}

/// What is missing to a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextLevel {
    /// Its id.
    pub level: String,
    /// So many points.
    pub missing: Points,
}

impl Tiers {
    /// The place of a level, counted from 1 for the lowest; `None` when there is none of this id.
    pub fn rank(&self, level: &str) -> Option<usize> {
        self.place(level).map(|place| place + 1)
    }

    /// The level of this id.
    pub fn level(&self, id: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.id == id)
    }

    /// The level that so many points in the window reach.
    pub fn reached_with(&self, earned: Points) -> Option<&Level> {
        self.levels.get(self.highest(self.levels.len(), |level| level.from <= earned))
    }

    /// Where a customer stands at `now`, who stood at `previous` before. A level that the programme has no more counts as none.
    pub fn tier_at(&self, tail: &Tail, previous: Option<&Standing>, now: Timestamp) -> Standing {
        let now = previous.map_or(now, |previous| now.max(previous.judged_at));
        let earned = tail.earned_in(self.window_months, now);
        let reached = self.highest(self.levels.len(), |level| level.from <= earned);
        let stands = |place: usize, since| Standing {
            level: self.levels.get(place).map_or_else(String::new, |level| level.id.clone()),
            since,
            judged_at: now,
            below_since: None,
        };
        let before = previous.and_then(|before| Some((before, self.place(&before.level)?)));
        let Some((before, held)) = before else { return stands(reached, now) };
        if reached > held {
            return stands(reached, now);
        }
        if earned >= self.levels[held].retain {
            return stands(held, before.since);
        }
        let fell = before.below_since;
        let fell = fell.unwrap_or_else(|| self.fell_on(tail, held, before.judged_at, now));
        let lost_at = fell.plus(self.grace_days).start();
        if now < lost_at {
            return Standing { below_since: Some(fell), ..stands(held, before.since) };
        }
        let kept = self.highest(held, |level| level.retain <= earned);
        stands(kept, lost_at.max(before.judged_at))
    }

    /// What is missing to the next level, and when the present one is lost if nothing more is earned.
    pub fn projection(&self, tail: &Tail, standing: &Standing, now: Timestamp) -> Projection {
        let held = self.place(&standing.level).unwrap_or(0);
        let earned = tail.earned_in(self.window_months, now);
        let next = self.levels.get(held + 1).map(|level| NextLevel {
            level: level.id.clone(),
            missing: level.from.minus(earned).unwrap_or_default(),
        });
        let fall = standing.below_since.or_else(|| self.falls_on(tail, held, now));
        Projection { next, lost_on: fall.map(|day| day.plus(self.grace_days)) }
    }

    fn place(&self, level: &str) -> Option<usize> {
        self.levels.iter().position(|one| one.id == level)
    }

    /// The highest of the first so many levels that is met; the lowest one always is.
    fn highest(&self, count: usize, met: impl Fn(&Level) -> bool) -> usize {
        self.levels[..count].iter().rposition(met).unwrap_or(0)
    }

    /// Whether what counts in a month is too little to keep a level, if nothing more is earned.
    fn below(&self, tail: &Tail, held: usize, month: Month) -> bool {
        tail.earned_in(self.window_months, month.start()) < self.levels[held].retain
    }

    /// The day on which too little was earned, which `now` it is and at `judged_at` it was not: the begin of the month in which
    /// an earlier one dropped out, however late somebody looks; today when something was taken back.
    fn fell_on(&self, tail: &Tail, held: usize, judged_at: Timestamp, now: Timestamp) -> Day {
        let first = Month::of(judged_at);
        if self.below(tail, held, first) {
            return Day::of(now);
        }
        let months = (1..=Month::of(now).since(first)).rev().map(|n| first.plus(n));
        let below = months.take_while(|month| self.below(tail, held, *month));
        below.last().map_or_else(|| Day::of(now), |month| Day::of(month.start()))
    }

    /// The day on which too little will have been earned, today included; `None` when that never comes.
    fn falls_on(&self, tail: &Tail, held: usize, now: Timestamp) -> Option<Day> {
        let this = Month::of(now);
        let mut months = (0..=self.window_months).map(|n| this.plus(n));
        let month = months.find(|month| self.below(tail, held, *month))?;
        Some(Day::of(month.start().max(now)))
    }
}

pub(super) fn read(
    node: &Node,
    currencies: &[CurrencyTerms],
    problems: &mut Problems,
) -> Option<Tiers> {
    let known = ["currency", "window_months", "grace_days", "levels"];
    let fields = Fields::of(node, "`tiers`", &known, problems)?;
    let currency = currency(&fields, currencies, problems);
    let window = fields.required("window_months", problems);
    let window = window
        .and_then(|node| whole(node, "`window_months`", 1..=WINDOW_MONTHS_MAX, problems))
        .and_then(|months| u16::try_from(months).ok());
    let grace = fields.required("grace_days", problems);
    let grace = grace.and_then(|node| whole(node, "`grace_days`", 0..=GRACE_DAYS_MAX, problems));
    let list = fields.required("levels", problems);
    let mut ids = Vec::new();
    let mut before = None;
    let levels = each(&fields, "levels", LEVELS_MAX, problems, |node, problems| {
        let level = level(node, &mut ids, problems)?;
        let message = match before {
            None if !level.from.is_zero() => Some("the first level begins from 0"),
            Some(before) if level.from <= before => Some("levels go up from the lowest"),
            None | Some(_) => None,
        };
        if let Some(message) = message {
            problems.add("levels", node.line, message);
        }
        before = Some(level.from);
        Some(level)
    });
    if let Some(list) = list.filter(|list| list.list("", &mut Problems::quiet()).is_empty()) {
        problems.add("levels", list.line, "`levels` has at least one level");
    }
    Some(Tiers { currency: currency?, window_months: window?, grace_days: grace?, levels })
}

fn level<'n>(node: &'n Node, ids: &mut Vec<&'n str>, problems: &mut Problems) -> Option<Level> {
    let fields = Fields::of(node, "a level", &["id", "name", "from", "retain"], problems)?;
    let id = id(&fields, ids, problems);
    let name = name(&fields, problems);
    let from = fields.required("from", problems);
    let from = from.and_then(|node| points(node, "`from`", 0, problems));
    let retain = fields.optional_as("retain", |node| points(node, "`retain`", 0, problems));
    if let (Some(from), Some(Some(retain))) = (from, retain)
        && retain > from
    {
        problems.add("levels", node.line, "a level is kept with at most what it is reached with");
    }
    let from = from?;
    Some(Level { id: id?.to_owned(), name: name?, from, retain: retain?.unwrap_or(from) })
}
