//! Whether a rule reaches its goal, measured on its newest notifications, or on the answers to the survey that it asks.

use std::sync::Arc;

use cloud::table::notifications::RulePlace;
use domain::{
    explain::{self, Label, Language},
    notification::State,
    rule::Goal,
    survey::{SAMPLE_MIN, Survey, Tally},
};

use super::notification::is_sent;
use crate::{Console, Problem, Visit};

/// On how many of a rule's newest notifications its goal is measured: one read unit each, in a handful of calls.
const WINDOW: i32 = 500;

/// What came of the newest notifications of a rule. Those on trial count for nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// How many were looked at.
    pub(super) seen: usize,
    /// Whether there are older ones.
    pub(super) more: bool,
    /// Decided to be sent.
    pub(super) planned: usize,
    /// Sent, whatever came of it.
    pub(super) sent: usize,
    /// Sent, and there.
    pub(super) delivered: usize,
}

/// A goal beside what has been reached.
pub(super) struct Reached {
    pub(super) metric: String,
    pub(super) target: String,
    pub(super) now: String,
    /// Whether `now` is a number and not why there is none.
    pub(super) measured: bool,
}

impl Sample {
    fn add(&mut self, state: State) {
        if state == State::Shadow {
            return;
        }
        self.planned += 1;
        self.sent += usize::from(is_sent(state));
        self.delivered += usize::from(is_sent(state) && state != State::Sent);
    }

    /// The metric's value, or why there is none. `answers` are those of the last thirty days to the survey that the rule asks.
    fn measure(
        &self,
        metric: &str,
        answers: Option<&(Arc<Survey>, Tally)>,
        language: Language,
    ) -> Result<String, Label> {
        match metric {
            "delivered_rate" if self.sent == 0 => Err(Label::NothingSent),
            "delivered_rate" => Ok(percent(self.delivered as u64, self.sent as u64)),
            "rating_mean" => {
                let (survey, tally) = answers.ok_or(Label::NoSurvey)?;
                let score = tally.score(survey).filter(|score| score.answers() >= SAMPLE_MIN);
                Ok(explain::score(&score.ok_or(Label::FewResponses)?, language))
            }
            "response_rate" => {
                let (_, tally) = answers.ok_or(Label::NoSurvey)?;
                let ended = tally.answered + tally.left.values().sum::<u64>() + tally.unopened;
                if ended < SAMPLE_MIN {
                    return Err(Label::FewResponses);
                }
                Ok(percent(tally.answered, ended))
            }
            _ => Err(Label::NotMeasured),
        }
    }

    pub(super) fn reach(
        &self,
        goal: &Goal,
        answers: Option<&(Arc<Survey>, Tally)>,
        language: Language,
    ) -> Reached {
        let now = self.measure(&goal.metric, answers, language);
        Reached {
            metric: explain::metric(&goal.metric, language),
            target: target(goal),
            measured: now.is_ok(),
            now: now.unwrap_or_else(|why| why.of(language).to_owned()),
        }
    }
}

/// A share is written as a fraction or in per cent; it is shown in per cent.
fn target(goal: &Goal) -> String {
    match goal.target {
        share if goal.metric.ends_with("_rate") && share <= 1.0 => format!("{} %", 100.0 * share),
        share if goal.metric.ends_with("_rate") => format!("{share} %"),
        other => other.to_string(),
    }
}

/// In per cent with one digit, rounded down: what is short of a goal never looks like it.
fn percent(part: u64, whole: u64) -> String {
    let permille = 1_000 * part / whole;
    match permille % 10 {
        0 => format!("{} %", permille / 10),
        rest => format!("{}.{rest} %", permille / 10),
    }
}

impl Console {
    /// Looks at the newest notifications of a rule.
    pub(super) async fn sample(&self, visit: &Visit, rule: &str) -> Result<Sample, Problem> {
        let (tenant, mut place) = (&visit.tenant, RulePlace::Newest);
        let mut sample = Sample::default();
        loop {
            let left = WINDOW - i32::try_from(sample.seen).unwrap_or(WINDOW);
            let page = self.notifications.of_rule(tenant, rule, left, &place).await?;
            sample.seen += page.ids.len();
            for n in self.notifications.find_many(tenant, &page.ids).await? {
                sample.add(n.state);
            }
            match page.next {
                Some(next) if i32::try_from(sample.seen).is_ok_and(|seen| seen < WINDOW) => {
                    place = RulePlace::Before(next);
                }
                next => {
                    sample.more = next.is_some();
                    return Ok(sample);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(metric: &str, target: f64) -> Goal {
        Goal { metric: metric.to_owned(), target }
    }

    /// Goal: what the checker accepts as a goal is shown with a number or with the reason why there is none.
    #[test]
    fn every_metric_that_a_rule_may_name_has_a_value_or_a_reason_of_its_own() {
        let mut sample = Sample::default();
        let measure = |sample: &Sample, metric| sample.measure(metric, None, Language::En);
        assert_eq!(measure(&sample, "delivered_rate"), Err(Label::NothingSent));
        for state in [State::Sent, State::Seen, State::Delivered, State::Failed, State::Shadow] {
            sample.add(state);
        }
        assert_eq!((sample.planned, sample.sent, sample.delivered), (4, 3, 2));
        for metric in domain::rule::METRICS {
            assert_ne!(measure(&sample, metric), Err(Label::NotMeasured), "{metric}");
        }
        assert_eq!(measure(&sample, "delivered_rate").unwrap(), "66.6 %");
    }

    #[test]
    fn shares_are_shown_in_per_cent_however_they_are_written() {
        for (metric, written, shown) in [
            ("delivered_rate", 0.95, "95 %"),
            ("delivered_rate", 95.0, "95 %"),
            ("response_rate", 1.0, "100 %"),
            ("rating_mean", 4.5, "4.5"),
        ] {
            assert_eq!(target(&goal(metric, written)), shown);
        }
        assert_eq!(percent(999, 1_000), "99.9 %");
        assert_eq!(percent(9_999, 10_000), "99.9 %");
        assert_eq!(percent(3, 3), "100 %");
    }
}
