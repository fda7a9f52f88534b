//! What an event brings a customer nearer to: badges and streaks. What is reached becomes an event of its own.

use cloud::{
    stream::RecordError,
    table::{customers::FirstEvaluation, events::Arrived, standings::Progress},
};
use domain::{
    points::programme::{Badge, Programme, Streak},
    source::OwnEvent,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{JourneyRunner, change::Fired, journey::Step, raced, whose::Customer};

/// How often a customer's progress is read again when somebody was faster, before the event has to come again.
const RACES_MAX: usize = 10;

/// What an event counts for.
struct Counts<'p> {
    badges: Vec<&'p Badge>,
    streaks: Vec<&'p Streak>,
}

impl JourneyRunner {
    /// Counts the event for the badges and streaks of the programme that judges it.
    pub(crate) async fn progress(
        &self,
        step: &Step<'_>,
        customer: &Customer,
        first: &FirstEvaluation,
        fired: &Fired,
    ) -> Result<(), RecordError> {
        let (Some(kind), Some(version)) = (&fired.kind, first.version) else { return Ok(()) };
        let rules = self.tenants.rule_set(step.tenant, version).await?;
        let Some(programme) = rules.programme() else { return Ok(()) };
        let named = |on: &String| on == kind;
        if !programme.badges.iter().map(|badge| &badge.on).any(named)
            && !programme.streaks.iter().map(|streak| &streak.on).any(named)
        {
            return Ok(());
        }
        let facts = self.facts(step, Some(customer), fired, None, &rules).await?;
        let counts = Counts {
            badges: programme
                .badges
                .iter()
                .filter(|badge| match badge.counts(kind, &facts) {
                    Ok(counts) => counts,
                    Err(code) => {
                        tracing::warn!(badge.id = badge.id, code, "the condition failed");
                        false
                    }
                })
                .collect(),
            streaks: programme.streaks.iter().filter(|streak| named(&streak.on)).collect(),
        };
        for _ in 0..RACES_MAX {
            let read = self.standings.progress(step.tenant, &customer.id).await?;
            let (progress, reached) = after(&read.progress, programme, &counts, step, first.time);
            if progress == read.progress {
                return Ok(());
            }
            // First what is told: who dies here tells it again, under the same ids.
            for (key, kind, data) in reached {
                let own = OwnEvent {
                    kind: kind.to_owned(),
                    customer: customer.id.clone(),
                    time: first.time,
                    data,
                };
                let key = format!("{key} {}", customer.id);
                let (head, body) = (own.head(step.tenant, &key), own.body());
                let arrived = Arrived::own(step.tenant, &head, &body, step.now, self.raw_for);
                self.events.record(&arrived).await?;
            }
            let saved = self.standings.save_progress(step.tenant, &customer.id, &read, progress);
            if saved.await? {
                return Ok(());
            }
        }
        Err(raced("progress"))
    }
}

/// The progress after an event, and what it has reached: a key that names it, its kind, its data.
fn after(
    before: &Progress,
    programme: &Programme,
    counts: &Counts<'_>,
    step: &Step<'_>,
    time: Timestamp,
) -> (Progress, Vec<(String, &'static str, Value)>) {
    let mut progress = before.clone();
    // What the programme has no more is not kept for ever.
    progress.badges.retain(|id, _| programme.badges.iter().any(|badge| badge.id == *id));
    progress.streaks.retain(|id, _| programme.streaks.iter().any(|streak| streak.id == *id));
    let mut reached = Vec::new();
    for badge in &counts.badges {
        let of = progress.badges.entry(badge.id.clone()).or_default();
        let now = of.after(badge, time, &step.event.id);
        if of.earned_at.is_none() && now.earned_at.is_some() {
            let data = json!({"badge": badge.id, "name": badge.name});
            reached.push((format!("badge {}", badge.id), "badge.earned", data));
        }
        *of = now;
    }
    for streak in &counts.streaks {
        let of = progress.streaks.entry(streak.id.clone()).or_default();
        let now = of.after(streak, time);
        for goal in now.reached_since(of, streak) {
            let data = json!({"streak": streak.id, "name": streak.name, "length": goal});
            reached.push((format!("streak {} {goal}", streak.id), "streak.reached", data));
        }
        *of = now;
    }
    (progress, reached)
}
