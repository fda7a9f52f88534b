//! What people do with a case: see to it, note what happens, close it by saying what was done.

use cloud::table::surveys::{CaseSaved, StoredCase};
use domain::survey::{Case, CaseKey, CaseState, CaseUnchanged};

use crate::{Console, Problem, Visit, act::RACES_MAX};

impl Console {
    pub(crate) async fn take_case(
        &self,
        visit: &Visit,
        key: &CaseKey,
        owner: &str,
    ) -> Result<&'static str, Problem> {
        self.change_case(visit, key, |_| false, |case| case.take(owner)).await?;
        Ok("taken")
    }

    /// A form that is sent twice leaves one note.
    pub(crate) async fn note_case(
        &self,
        visit: &Visit,
        key: &CaseKey,
        text: &str,
    ) -> Result<&'static str, Problem> {
        let (by, now) = (&visit.claim.key, visit.now);
        let done =
            |case: &Case| case.notes.last().is_some_and(|note| note.by == *by && note.text == text);
        self.change_case(visit, key, done, |case| case.note(by, text, now)).await?;
        Ok("noted")
    }

    pub(crate) async fn close_case(
        &self,
        visit: &Visit,
        key: &CaseKey,
        text: &str,
    ) -> Result<&'static str, Problem> {
        let (by, now) = (&visit.claim.key, visit.now);
        let done = |case: &Case| case.done.as_deref() == Some(text);
        self.change_case(visit, key, done, |case| case.close(by, text, now)).await?;
        Ok("closed")
    }

    /// Makes one change and stores it, unless it is `done` already; on what somebody else has left when they were faster.
    async fn change_case(
        &self,
        visit: &Visit,
        key: &CaseKey,
        done: impl Fn(&Case) -> bool,
        step: impl Fn(&mut Case) -> Result<(), CaseUnchanged>,
    ) -> Result<(), Problem> {
        for _ in 0..RACES_MAX {
            let mut found = self.case(visit, key).await?;
            if done(&found.case) {
                return Ok(());
            }
            step(&mut found.case).map_err(|why| Problem::NotPossible(why.code()))?;
            let saved = match found.case.state {
                CaseState::Closed => self.surveys.close_case(&found).await?,
                CaseState::Open | CaseState::Taken => self.surveys.save_case(&found).await?,
            };
            if saved == CaseSaved::Yes {
                let state = found.case.state.as_str();
                tracing::info!(case.key = %key, case.state = state, key = visit.claim.key, "changed by hand");
                return Ok(());
            }
        }
        Err(Problem::Raced)
    }

    pub(crate) async fn case(&self, visit: &Visit, key: &CaseKey) -> Result<StoredCase, Problem> {
        let found = self.surveys.case(&visit.tenant, key).await?;
        found.ok_or(Problem::NotFound("unknown_case"))
    }
}
