//! The notifications of all rules as one list, the newest first, page by page.
//!
//! There is an index by rule and none by time, so the rules are read side by side. Of a rule that has more than was read
//! nothing is known at or before the last one that was; what is newer than that of every rule is settled, and only settled
//! ones are shown. Those of one instant are ordered by id, so that a page can end between them.

use std::{cmp::Reverse, fmt};

use cloud::table::notifications::RulePlace;
use domain::{
    id::EffectId,
    notification::{Notification, OWN_RULE, State},
};
use jiff::Timestamp;

use super::list::PER_RULE;
use crate::{Console, Problem, Visit};

/// Notifications on one page, which keeps it below 60 KB.
const ROWS: usize = 25;

/// After so many rows a page is shown with what it has: one read unit each.
const READ_MAX: usize = 500;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What was planned later stands before it.
    until_ms: i64,
    /// Of those of that very instant, what stands up to this id does too.
    after: Option<EffectId>,
}

impl Place {
    /// Reads a place as it prints.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (until_ms, after) = match text.split_once('.') {
            Some((until_ms, after)) => (until_ms, Some(EffectId::parse(after)?)),
            None => (text, None),
        };
        let until_ms = until_ms.parse().ok()?;
        Timestamp::from_millisecond(until_ms).ok()?;
        Some(Self { until_ms, after })
    }

    fn until(&self) -> Timestamp {
        Timestamp::from_millisecond(self.until_ms).unwrap_or(Timestamp::MAX)
    }

    fn admits(&self, n: &Notification) -> bool {
        let ms = n.planned_at.as_millisecond();
        ms < self.until_ms
            || ms == self.until_ms && self.after.as_ref().is_none_or(|after| n.id > *after)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.after {
            Some(after) => write!(f, "{}.{after}", self.until_ms),
            None => write!(f, "{}", self.until_ms),
        }
    }
}

/// A page of the list.
pub(super) struct Walked {
    /// The newest first.
    pub(super) notifications: Vec<Notification>,
    /// Where the next page begins; `None` at the end.
    pub(super) next: Option<Place>,
}

impl Console {
    /// The notifications of all rules that stand in one of `states`, from a place on.
    pub(super) async fn walk(
        &self,
        visit: &Visit,
        states: &[State],
        from: Option<&Place>,
    ) -> Result<Walked, Problem> {
        let begin = from.map_or(RulePlace::Newest, |place| RulePlace::Until(place.until()));
        let mut rules: Vec<(String, RulePlace)> =
            self.rule_names(visit).await?.into_iter().map(|rule| (rule, begin.clone())).collect();
        let (mut found, mut read) = (Vec::new(), 0);
        loop {
            let mut ids = Vec::new();
            let mut more = Vec::new();
            let mut frontier: Option<i64> = None;
            for (rule, place) in rules {
                let page =
                    self.notifications.of_rule(&visit.tenant, &rule, PER_RULE, &place).await?;
                ids.extend(page.ids);
                if let Some(next) = page.next {
                    frontier = frontier.max(Some(next.planned_ms()));
                    more.push((rule, RulePlace::Before(next)));
                }
            }
            rules = more;
            read += ids.len();
            let wanted = |n: &Notification| {
                states.contains(&n.state) && from.is_none_or(|place| place.admits(n))
            };
            let rows = self.notifications.find_many(&visit.tenant, &ids).await?;
            found.extend(rows.into_iter().filter(wanted));
            found.sort_by_key(|n| (Reverse(n.planned_at.as_millisecond()), n.id.clone()));
            let is_settled =
                |n: &Notification| frontier.is_none_or(|ms| n.planned_at.as_millisecond() > ms);
            let settled = found.iter().take_while(|n| is_settled(n)).count();
            let next = if settled > ROWS {
                let last: &Notification = &found[ROWS - 1];
                let until_ms = last.planned_at.as_millisecond();
                Some(Place { until_ms, after: Some(last.id.clone()) })
            } else {
                let Some(until_ms) = frontier else {
                    return Ok(Walked { notifications: found, next: None });
                };
                // A page that leads back to itself would never end.
                let gets_on = from.is_none_or(|place| until_ms < place.until_ms);
                if read < READ_MAX || !gets_on {
                    continue;
                }
                Some(Place { until_ms, after: None })
            };
            found.truncate(settled.min(ROWS));
            return Ok(Walked { notifications: found, next });
        }
    }

    /// The rules of the active version, and the one under which Cham itself tells the business's own people.
    pub(super) async fn rule_names(&self, visit: &Visit) -> Result<Vec<String>, Problem> {
        let known = self.rules(visit).await?;
        let rules = known.iter().flat_map(|(_, set)| set.rules());
        let names = rules.map(|rule| rule.id.clone());
        Ok(names.chain([OWN_RULE.to_owned()]).collect())
    }
}
