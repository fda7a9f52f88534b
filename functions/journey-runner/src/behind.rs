//! The order behind a message of ours: the one that the event was about which brought the message about.

use cloud::{stream::RecordError, table::events::EventKey};
use domain::{
    event::{About as Says, Change},
    id::EventId,
    source::Reading,
    subject::Subject,
};

use crate::{JourneyRunner, journey::Step};

impl JourneyRunner {
    /// The order that the event `cause` was about; `None` when it was about none, or when its body is no longer kept.
    pub(crate) async fn order_behind(
        &self,
        step: &Step<'_>,
        cause: &EventId,
    ) -> Result<Option<Subject>, RecordError> {
        let tenant = step.tenant;
        let Some(first) = self.customers.first_evaluation(tenant, cause).await? else {
            return Ok(None);
        };
        let key = EventKey::of(tenant, &first.subject, first.time, cause);
        let Some(row) = self.events.find(&key).await? else { return Ok(None) };
        let settings = step.settings;
        let reading = Reading { tenant: &settings.tenant, pepper: &settings.pepper };
        let events = row.source.read(&row.stored(), &reading);
        let Some(event) = events.into_iter().find(|event| event.id == *cause) else {
            return Ok(None);
        };
        if let Change::Order { order, .. } = event.change {
            return Ok(Some(order));
        }
        match event.about {
            Says::Owner(things) => {
                Ok(self.known_owner(step, &things).await?.and_then(|owner| owner.order))
            }
            Says::Person { .. } | Says::Reader(_) | Says::Customer(_) | Says::Nobody => Ok(None),
        }
    }
}
