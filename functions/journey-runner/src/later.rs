//! The minute: carries out the rest of rules whose wait is over, attaches what people have said whose it is, and tells them of
//! what is parked for too long.

use cloud::{
    invocation::Invocation,
    stream::{RecordError, chain},
    table::{
        StoreError,
        customers::{DueKind, DueRow, FirstEvaluation, Judged, TimelineRow, Wait},
    },
};
use domain::{notification::Cause, rule::Occurrence, source::Reading, subject::Subject};
use jiff::{SignedDuration, Timestamp};

use crate::{
    JourneyRunner,
    effect::Way,
    journey::Step,
    plan::{notification, parked_for_too_long},
    whose::Whose,
};

/// What one row may need at most: none is begun when the invocation has less left.
const ROW_TIME: SignedDuration = SignedDuration::from_secs(5);

impl JourneyRunner {
    /// Looks after everything that is due, as long as there is time. One row that cannot be handled does not stop the others.
    pub(crate) async fn tick(&self, invocation: &Invocation) -> Result<(), StoreError> {
        for kind in [DueKind::Attach, DueKind::Wait, DueKind::Parked] {
            loop {
                let due = self.customers.due(kind, invocation.now()).await?;
                let mut moved = false;
                for row in &due {
                    if !invocation.time_for(ROW_TIME) {
                        return Ok(());
                    }
                    moved |= self.take_up_due(kind, row, invocation.now()).await?;
                }
                // What stays on the index although it was looked at is for the next minute.
                if due.is_empty() || !moved {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Returns whether the row has left the index.
    async fn take_up_due(
        &self,
        kind: DueKind,
        row: &DueRow,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = match kind {
            DueKind::Wait => Box::pin(self.resume(row, now)).await,
            DueKind::Attach => Box::pin(self.attach(row, now)).await,
            DueKind::Parked => self.tell_of(row, now).await,
        };
        match done {
            Ok(left) => Ok(left),
            Err(RecordError::Later(error)) => Err(error),
            Err(RecordError::Never { code, source }) => {
                let cause = source.as_ref().map(|source| chain(source));
                let record = format!("{} {}", row.under, row.sk);
                tracing::error!(record, code, cause, "stuck");
                self.customers.stick(&row.tenant, "journey-runner", &record, code, now).await?;
                match kind {
                    DueKind::Wait => self.customers.waited(row).await?,
                    DueKind::Attach => {
                        if let Some(thing) = Subject::parse(&row.under) {
                            self.customers.attached(&row.tenant, &thing).await?;
                        }
                    }
                    DueKind::Parked => self.customers.told_of(row).await?,
                }
                Ok(true)
            }
        }
    }

    /// Carries out what follows a wait. The row goes last, so that a crash in the middle repeats it.
    async fn resume(&self, row: &DueRow, now: Timestamp) -> Result<bool, RecordError> {
        let Some((wait, until)) = self.customers.waiting(row).await? else { return Ok(false) };
        let never = |code| RecordError::Never { code, source: None };
        let tenant = row.tenant.as_str();
        let stored = self.events.find(&wait.key).await?.ok_or(never("event_gone"))?;
        let settings = self.tenants.settings(tenant, now).await?;
        let settings = settings.ok_or(never("unknown_tenant"))?;
        let reading = Reading { tenant: &settings.tenant, pepper: &settings.pepper };
        let events = stored.source.read(&stored.stored(), &reading);
        let event = events.iter().find(|event| event.id == wait.event);
        let event = event.ok_or(never("event_not_read"))?;
        let source = stored.source;
        let step = Step { tenant, settings: &settings, event, source, key: &wait.key, now };
        self.rest(&step, &wait, until).await?;
        self.customers.waited(row).await?;
        Ok(true)
    }

    async fn rest(
        &self,
        step: &Step<'_>,
        wait: &Wait,
        until: Timestamp,
    ) -> Result<(), RecordError> {
        let whose = match self.whose(step).await? {
            // Whoever it was has been erased.
            Whose::Parked(_) => return Ok(()),
            found => found,
        };
        let first = self.judged(step, wait).await?;
        let fired = self.look(step, whose.customer(), &wait.kind).await?;
        let rules = self.tenants.rule_set(step.tenant, wait.version).await?;
        let occurrence = Occurrence {
            event: &wait.event,
            kind: &wait.kind,
            time: first.time,
            first_seen: first.at,
        };
        let customer = whose.customer();
        let facts = self.facts(step, customer, &fired, wait.code.as_deref(), &rules).await?;
        let way = Way { step, customer, fired: &fired, rules: &rules, occurrence };
        let decided = rules.go_on(&wait.rule, &wait.step, until, &occurrence, &facts);
        let Some(decision) = decided else { return Ok(()) };
        let trace = self.carry_out(&way, decision, wait.code.clone()).await?;
        if let Some(customer) = customer {
            let line = TimelineRow {
                time: until,
                event: wait.event.clone(),
                kind: "rule.resumed".to_owned(),
                subject: step.event.subject.clone(),
                line: wait.about.clone(),
                decisions: vec![trace.to_string()],
            };
            self.customers.note(step.tenant, &customer.id, &line).await?;
        }
        Ok(())
    }

    /// How the event was judged at first: the rest of a rule is judged by the same.
    async fn judged(&self, step: &Step<'_>, wait: &Wait) -> Result<FirstEvaluation, RecordError> {
        let seen = FirstEvaluation {
            at: step.now,
            version: Some(wait.version),
            subject: step.event.subject.clone(),
            time: step.event.time,
            body_hash: String::new(),
        };
        Ok(match self.customers.evaluate_first(step.tenant, &wait.event, &seen).await? {
            Judged::First => seen,
            Judged::Before(first) => first,
        })
    }

    /// Tells the business's own people that an event does not find its owner.
    async fn tell_of(&self, row: &DueRow, now: Timestamp) -> Result<bool, RecordError> {
        let Some(overdue) = self.customers.overdue(row).await? else { return Ok(false) };
        let settings = self.tenants.settings(&row.tenant, now).await?;
        let settings =
            settings.ok_or(RecordError::Never { code: "unknown_tenant", source: None })?;
        let (id, message) = parked_for_too_long(&overdue.event, &overdue.thing);
        let cause = Cause {
            event: overdue.event,
            rule: "cham".to_owned(),
            version: 0,
            step: "parked".to_owned(),
        };
        let oa = settings.tenant.zalo.oas.first().cloned();
        let oa = oa.ok_or(RecordError::Never { code: "no_official_account", source: None })?;
        let alert = notification(&row.tenant, now, &id, cause, message, oa);
        self.notifications.plan(&alert).await?;
        self.customers.told_of(row).await?;
        Ok(true)
    }
}
