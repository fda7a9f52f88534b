//! What is told of a case: events of its customer, which drive rules as hooks do.

use std::collections::HashSet;

use cloud::{
    invocation::Invocation,
    stream::chain,
    table::{
        StoreError,
        events::Arrived,
        surveys::{CaseSaved, StoredCase},
    },
};
use domain::{
    source::OwnEvent,
    survey::{CaseKey, CaseState},
};
use jiff::Timestamp;
use serde_json::json;

use crate::{ONE_TIME, Results};

/// How often a race with whoever sees to the case is run again; what is lost then is told of in an hour.
const RACES_MAX: usize = 8;

impl Results {
    /// Puts `case.opened` or `case.closed` among the events, once for each case.
    pub(crate) async fn tell_case(
        &self,
        stored: &StoredCase,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let case = &stored.case;
        let (what, time) = match (case.state, case.closed_at) {
            (CaseState::Open | CaseState::Taken, _) => ("opened", case.opened_at),
            (CaseState::Closed, closed_at) => ("closed", closed_at.unwrap_or(now)),
        };
        self.put(stored, what, what, time, now).await
    }

    /// Puts `case.overdue` among the events for every case whose deadline is over, and says when to look at it again. A case that
    /// cannot be read does not stop the others.
    pub(crate) async fn remind(&self, invocation: &Invocation) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        loop {
            let mut due = self.surveys.overdue(invocation.now()).await?;
            due.retain(|one| seen.insert(one.clone()));
            if due.is_empty() {
                return Ok(());
            }
            for (tenant, key) in due {
                if !invocation.time_for(ONE_TIME) {
                    return Ok(());
                }
                if let Err(error) = self.remind_of(&tenant, &key, invocation.now()).await {
                    tracing::error!(case.key = %key, error = chain(&error), "stuck");
                    if error.is_infrastructure() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Tells first, and says so in the case afterwards: who dies between tells the same once more.
    async fn remind_of(
        &self,
        tenant: &str,
        key: &CaseKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(mut stored) = self.surveys.case(tenant, key).await? else { return Ok(()) };
        let Some(due_at) = stored.case.remind_at.filter(|at| *at <= now) else { return Ok(()) };
        let nth = format!("overdue {}", stored.case.reminded);
        self.put(&stored, "overdue", &nth, due_at, now).await?;
        // Whoever sees to it may be writing at the same time.
        for _ in 0..RACES_MAX {
            stored.case.remind(now);
            if self.surveys.save_case(&stored).await? == CaseSaved::Yes {
                break;
            }
            let Some(found) = self.surveys.case(tenant, key).await? else { break };
            stored = found;
            if stored.case.remind_at != Some(due_at) {
                break;
            }
        }
        Ok(())
    }

    async fn put(
        &self,
        stored: &StoredCase,
        what: &str,
        which: &str,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let case = &stored.case;
        let own = OwnEvent {
            kind: format!("case.{what}"),
            customer: case.customer.clone(),
            time,
            data: json!({
                "case": case.key,
                "owner": case.owner,
                "text": case.text,
                "about": case.about,
                "rule": case.rule,
                "done": case.done,
                "times": case.reminded + u32::from(what == "overdue"),
            }),
        };
        let (head, body) =
            (own.head(&stored.tenant, &format!("{} {which}", case.key.id())), own.body());
        let arrived = Arrived::own(&stored.tenant, &head, &body, now, self.raw_for);
        self.events.record(&arrived).await.map(drop)
    }
}
