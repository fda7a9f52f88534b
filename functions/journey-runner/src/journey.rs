//! The way of one event: judged first by whom, about whom, what it changes, what follows, the line on the timeline.

use cloud::{
    stream::RecordError,
    table::{
        customers::{FirstEvaluation, Judged, Parked, TimelineRow},
        events::{EventKey, EventRow, body_hash},
        tenants::Settings,
    },
};
use domain::{
    event::{Change, Event},
    rule::Trace,
    source::{Reading, Source},
    subject::Subject,
    text::shortened,
    thing::Word,
};
use jiff::Timestamp;

use crate::{JourneyRunner, whose::Whose};

/// Longest line on a timeline, in characters.
const LINE_CHARS_MAX: usize = 120;

/// One event on its way: what every step needs to know.
pub(crate) struct Step<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) settings: &'a Settings,
    pub(crate) event: &'a Event,
    /// Where it came from.
    pub(crate) source: Source,
    /// Where its row stands, should it have to wait.
    pub(crate) key: &'a EventKey,
    pub(crate) now: Timestamp,
}

impl Step<'_> {
    /// The event's place among all that is said about a thing.
    pub(crate) fn word(&self) -> Word {
        Word { at: self.event.time, event: self.event.id.clone() }
    }
}

impl JourneyRunner {
    /// Follows one stored hook, fact by fact.
    pub(crate) async fn follow(&self, row: &EventRow, now: Timestamp) -> Result<(), RecordError> {
        self.follow_while(row, now, &[]).await.map(drop)
    }

    /// Follows a hook while what waited for `releasing` is taken up; returns the things under which it has to wait.
    async fn follow_while(
        &self,
        row: &EventRow,
        now: Timestamp,
        releasing: &[Subject],
    ) -> Result<Vec<Subject>, RecordError> {
        let tenant = &row.tenant;
        let settings = self.tenants.settings(tenant, now).await?;
        let settings =
            settings.ok_or(RecordError::Never { code: "unknown_tenant", source: None })?;
        let reading = Reading { tenant: &settings.tenant, pepper: &settings.pepper };
        let key = row.key();
        let events = row.source.read(&row.stored(), &reading);
        let mut steps = Vec::new();
        for event in &events {
            let source = row.source;
            let step = Step { tenant, settings: &settings, event, source, key: &key, now };
            if !self.is_erased(&step).await? {
                steps.push(step);
            }
        }
        if steps.is_empty() && !events.is_empty() {
            self.forget(row, &events).await?;
            return Ok(Vec::new());
        }
        if row.variant.is_some() {
            let hash = body_hash(&row.body);
            self.customers.list_conflict(tenant, &row.id, &hash, "other_body", now).await?;
            return Ok(Vec::new());
        }
        let mut waits = Vec::new();
        for step in &steps {
            waits.extend(self.take(step, &said(step.event, &row.body), releasing).await?);
        }
        Ok(waits)
    }

    /// The way of one fact, one line per step; returns the thing under which it has to wait.
    async fn take(
        &self,
        step: &Step<'_>,
        hash: &str,
        releasing: &[Subject],
    ) -> Result<Option<Subject>, RecordError> {
        let Some((first, repeated)) = self.first_evaluation(step, hash).await? else {
            return Ok(None);
        };
        let mut whose = match self.whose(step).await? {
            Whose::Parked(thing) => return Ok(Some(thing)),
            found => found,
        };
        let mut decisions = Vec::new();
        if !repeated {
            let fired = self.apply(step, &mut whose).await?;
            decisions = self.decide(step, &whose, &first, &fired).await?;
            if let Some(customer) = whose.customer() {
                self.progress(step, customer, &first, &fired).await?;
            }
        }
        if let Some(customer) = whose.customer() {
            let line = line(step.event, &decisions);
            self.customers.note(step.tenant, &customer.id, &line).await?;
        }
        self.release(step, releasing).await?;
        Ok(None)
    }

    /// Marks the first evaluation. `None` when the id is known for something else; `true` when it is a redelivery with another
    /// time, which gets its line on the timeline and nothing more.
    async fn first_evaluation(
        &self,
        step: &Step<'_>,
        hash: &str,
    ) -> Result<Option<(FirstEvaluation, bool)>, RecordError> {
        let Step { tenant, event, now, .. } = step;
        let seen = FirstEvaluation {
            at: *now,
            version: self.tenants.active_version(tenant, *now).await?,
            subject: event.subject.clone(),
            time: event.time,
            body_hash: hash.to_owned(),
        };
        let first = match self.customers.evaluate_first(tenant, &event.id, &seen).await? {
            Judged::First => return Ok(Some((seen, false))),
            Judged::Before(first) => first,
        };
        if first.subject != event.subject || first.body_hash != hash {
            tracing::warn!(event.id = %event.id, "a known id says something else");
            self.customers.list_conflict(tenant, &event.id, hash, "known_id", *now).await?;
            return Ok(None);
        }
        let repeated = first.time.as_millisecond() != event.time.as_millisecond();
        Ok(Some((first, repeated)))
    }

    /// Takes up what waited for the thing that this event spoke of, the oldest first. What is taken up may release more, but
    /// not once more what is being released already.
    async fn release(&self, step: &Step<'_>, releasing: &[Subject]) -> Result<(), RecordError> {
        let thing: &Subject = match &step.event.change {
            Change::Order { order, .. } => order,
            Change::Shipment { shipment, .. } => shipment,
            Change::None | Change::Payment { .. } | Change::Receipt(_) => return Ok(()),
        };
        if releasing.contains(thing) {
            return Ok(());
        }
        let releasing = [releasing, std::slice::from_ref(thing)].concat();
        self.release_from(step.tenant, thing, step.now, &releasing).await
    }

    /// Takes up what waits for `thing`, the oldest first.
    pub(crate) async fn release_from(
        &self,
        tenant: &str,
        thing: &Subject,
        now: Timestamp,
        releasing: &[Subject],
    ) -> Result<(), RecordError> {
        for parked in self.customers.parked(tenant, thing).await? {
            match self.take_up(&parked, now, releasing).await {
                // It waits here again: the row is as it was.
                Ok(waits) if waits.contains(thing) => continue,
                Ok(_) => {}
                Err(RecordError::Never { code, .. }) => {
                    // What nobody can handle must not hold up the event that would have released it.
                    let id = parked.event.as_str();
                    tracing::error!(event.id = id, code, "stuck");
                    self.customers.stick(tenant, "journey-runner", id, code, now).await?;
                }
                Err(later) => return Err(later),
            }
            self.customers.unpark(tenant, thing, &parked).await?;
        }
        Ok(())
    }

    async fn take_up(
        &self,
        parked: &Parked,
        now: Timestamp,
        releasing: &[Subject],
    ) -> Result<Vec<Subject>, RecordError> {
        let Some(row) = self.events.find(&parked.key).await? else { return Ok(Vec::new()) };
        Box::pin(self.follow_while(&row, now, releasing)).await
    }
}

/// The hash of what a fact says, to tell a repetition from another fact under the same id.
///
/// A receipt says no more than its kind and its message: Zalo repeats it in other words, and in the company of others.
fn said(event: &Event, body: &[u8]) -> String {
    match &event.change {
        Change::Receipt(_) => body_hash(format!("{} {}", event.kind, event.subject).as_bytes()),
        Change::None | Change::Order { .. } | Change::Payment { .. } | Change::Shipment { .. } => {
            body_hash(body)
        }
    }
}

fn line(event: &Event, decisions: &[Trace]) -> TimelineRow {
    let said = |name: &str| event.data.get(name).and_then(|text| text.as_str());
    let stars = event.data.get("stars").filter(|_| event.kind == "notification.rated");
    let score = event.data.get("score").filter(|_| event.kind == "survey.answered");
    let score = score.map(|score| format!("{score} {}", said("text").unwrap_or_default()));
    let words = match (score.as_deref().or(said("text")), stars) {
        (_, Some(stars)) => format!("★{stars} {}", said("note").unwrap_or_default()),
        (Some(text), None) => text.to_owned(),
        (None, None) => event.subject.to_string(),
    };
    TimelineRow {
        time: event.time,
        event: event.id.clone(),
        kind: event.kind.clone(),
        subject: event.subject.clone(),
        line: shortened(words.trim_end(), LINE_CHARS_MAX),
        decisions: decisions.iter().map(Trace::to_string).collect(),
    }
}
