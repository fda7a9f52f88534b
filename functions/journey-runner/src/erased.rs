//! Late hooks about persons and things that have been erased: they must not bring anybody back.

use std::collections::BTreeSet;

use cloud::{stream::RecordError, table::events::EventRow};
use domain::{
    event::{About as Says, Change, Event, Strength},
    subject::Subject,
};

use crate::{JourneyRunner, journey::Step};

impl JourneyRunner {
    /// Whether a fact is to be dropped: it names a thing that was erased, or an identity that was erased after it happened.
    pub(crate) async fn is_erased(&self, step: &Step<'_>) -> Result<bool, RecordError> {
        for subject in named(step.event) {
            let pepper = &step.settings.pepper;
            let Some(at) = self.customers.erased_at(step.tenant, pepper, subject).await? else {
                continue;
            };
            if !subject.is_identity() || step.event.time < at {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes away a hook of which every fact is to be dropped, and what an earlier run may have left of it.
    pub(crate) async fn forget(&self, row: &EventRow, events: &[Event]) -> Result<(), RecordError> {
        for event in events {
            self.customers.forget_event(&row.tenant, &event.id).await?;
        }
        self.events.delete(&row.key()).await?;
        tracing::info!(event.id = %row.id, "a late hook about somebody erased");
        Ok(())
    }
}

/// The identities that a fact proves, and the things that it speaks of. A claimed identity is somebody else's.
fn named(event: &Event) -> BTreeSet<&Subject> {
    let mut named = BTreeSet::from([&event.subject]);
    match &event.about {
        Says::Person { identities, strength: Strength::Proven, .. } => {
            named.extend(identities.iter().map(|identity| &identity.subject));
        }
        Says::Person { identities, strength: Strength::Claimed, .. } => {
            named.extend(identities.first().map(|identity| &identity.subject));
        }
        Says::Owner(things) => named.extend(things),
        Says::Reader(_) | Says::Customer(_) | Says::Nobody => {}
    }
    match &event.change {
        Change::Order { order, .. } => drop(named.insert(order)),
        Change::Shipment { shipment, .. } => drop(named.insert(shipment)),
        Change::None | Change::Payment { .. } | Change::Receipt(_) => {}
    }
    // Nobody erases an account or a template.
    named.retain(|subject| match subject {
        Subject::Oa(_) | Subject::Template(_) | Subject::Ext { .. } => false,
        Subject::Zalo { .. }
        | Subject::Phone(_)
        | Subject::Order(_)
        | Subject::Shipment { .. }
        | Subject::Payment { .. }
        | Subject::Sent(_) => true,
    });
    named
}
