//! Opens a case for what displeases a customer, or brings it to the one that is open already.

use cloud::{
    stream::RecordError,
    table::surveys::{CaseSaved, OpenedCase, StoredCase},
};
use domain::{
    rule::{Came, Effect},
    survey::{Case, CaseKey, CaseState, CaseUnchanged},
};
use jiff::Timestamp;

use crate::{
    JourneyRunner,
    effect::{Way, about},
    raced,
    whose::Customer,
};

/// How often a race with whoever sees to the case is run again.
const RACES_MAX: usize = 8;

/// What a rule says of the case.
pub(crate) struct New<'a> {
    pub(crate) owner: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) due_at: Timestamp,
}

impl JourneyRunner {
    /// Opens a case, once for each effect. A customer who has one that is open gets no second: the text becomes a note of the first.
    pub(crate) async fn open_case(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        new: &New<'_>,
        customer: &Customer,
    ) -> Result<Came, RecordError> {
        let tenant = way.step.tenant;
        let opened_at = effect.planned_for;
        let key = CaseKey::of(&effect.id, opened_at);
        let case = Case {
            key: key.clone(),
            customer: customer.id.clone(),
            event: way.step.event.id.clone(),
            rule: rule.to_owned(),
            about: about(way),
            text: new.text.to_owned(),
            state: CaseState::Open,
            owner: new.owner.map(str::to_owned),
            opened_at,
            due_at: new.due_at,
            remind_at: Some(new.due_at),
            reminded: 0,
            notes: Vec::new(),
            closed_at: None,
            done: None,
        };
        let stored = StoredCase::new(tenant, case);
        for _ in 0..RACES_MAX {
            let open = match self.open_of_others(tenant, customer).await? {
                Some(open) => open,
                None => match self.surveys.open_case(&stored, &effect.id).await? {
                    OpenedCase::Yes => return Ok(Came::Case(key)),
                    OpenedCase::Joined(to) => return Ok(Came::Joined(to)),
                    OpenedCase::Joins(open) => open,
                },
            };
            let Some(mut found) = self.surveys.case(tenant, &open).await? else { continue };
            match found.case.note(rule, new.text, opened_at) {
                // It keeps no more, and what it has says enough.
                Ok(())
                | Err(CaseUnchanged::Full | CaseUnchanged::Empty | CaseUnchanged::TooLong) => {}
                Err(CaseUnchanged::Closed) => continue,
            }
            let joined = self.surveys.join_case(&found, &customer.id, &effect.id).await?;
            if joined == CaseSaved::Yes {
                return Ok(Came::Joined(open));
            }
        }
        Err(raced("join_case"))
    }

    /// The open case of a customer that was found to be this one.
    async fn open_of_others(
        &self,
        tenant: &str,
        customer: &Customer,
    ) -> Result<Option<CaseKey>, RecordError> {
        for other in &customer.about.merged {
            if let Some(open) = self.surveys.asked(tenant, other).await?.open_case {
                return Ok(Some(open));
            }
        }
        Ok(None)
    }
}
