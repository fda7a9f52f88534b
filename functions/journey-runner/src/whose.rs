//! Whose event it is: identities lead to a customer, things to whoever they belong to. What leads nowhere yet is parked.

use cloud::{
    stream::RecordError,
    table::customers::{About, Linked, Merged},
};
use domain::{
    event::{About as Says, Identity, Rank, Sent, Strength, Tracking},
    id::{CustomerId, EventId},
    notification::Notification,
    person::winner,
    phone::Phone,
    subject::Subject,
};

use crate::{JourneyRunner, journey::Step, raced};

/// Most steps from a thing to a person: parcel, order, identity.
pub(crate) const HOPS_MAX: usize = 4;

/// How often a race with another event about the same person is run again.
const RACES_MAX: usize = 4;

/// What became of the search.
pub(crate) enum Whose {
    /// This customer's.
    Customer(Box<Customer>),
    /// No person is concerned.
    Nobody,
    /// Somebody's, but nobody knows whose yet: it waits under this thing.
    Parked(Subject),
}

/// A person, as far as rules and messages need to know.
#[derive(Debug)]
pub(crate) struct Customer {
    /// The one at the end of all aliases.
    pub(crate) id: CustomerId,
    /// What stands there.
    pub(crate) about: About,
    /// The number of the identity that led here, if it has one.
    pub(crate) phone: Option<Phone>,
    /// The order on the way that led here, when there was one.
    pub(crate) order: Option<Subject>,
    /// The identities that the event itself names and proves.
    pub(crate) named: Vec<Subject>,
}

impl Whose {
    pub(crate) fn customer_mut(&mut self) -> Option<&mut Customer> {
        match self {
            Self::Customer(customer) => Some(customer),
            Self::Nobody | Self::Parked(_) => None,
        }
    }

    pub(crate) fn customer(&self) -> Option<&Customer> {
        match self {
            Self::Customer(customer) => Some(customer),
            Self::Nobody | Self::Parked(_) => None,
        }
    }
}

impl JourneyRunner {
    /// Finds whose event it is; learns links on the way.
    pub(crate) async fn whose(&self, step: &Step<'_>) -> Result<Whose, RecordError> {
        match &step.event.about {
            Says::Nobody => Ok(Whose::Nobody),
            Says::Person { identities, strength, .. } => {
                let customer = self.learn(step, identities, *strength).await?;
                Ok(Whose::Customer(Box::new(customer)))
            }
            Says::Owner(things) => self.owner(step, things).await,
            Says::Customer(id) => {
                let mut whose = self.customer(step, id).await?;
                // An answered survey says which event had it asked.
                let cause = step.event.data.get("cause").and_then(|cause| cause.as_str());
                if let (Some(customer), Some(cause)) =
                    (whose.customer_mut(), cause.and_then(EventId::parse))
                {
                    customer.order = self.order_behind(step, &cause).await?;
                }
                Ok(whose)
            }
            Says::Reader(sent) => match self.sent(step, sent).await? {
                Some(Notification { customer: Some(id), cause, .. }) => {
                    let mut whose = self.customer(step, &id).await?;
                    if let Some(customer) = whose.customer_mut() {
                        customer.order = self.order_behind(step, &cause.event).await?;
                    }
                    Ok(whose)
                }
                Some(_) => Ok(Whose::Nobody),
                None => {
                    tracing::warn!(event.id = %step.event.id, "nobody knows the message");
                    Ok(Whose::Nobody)
                }
            },
        }
    }

    async fn customer(&self, step: &Step<'_>, id: &CustomerId) -> Result<Whose, RecordError> {
        let (id, about) = self.customers.person(step.tenant, id).await?;
        // Whoever it was has been erased.
        if about.identities.is_empty() {
            return Ok(Whose::Nobody);
        }
        let (phone, order, named) = (None, None, Vec::new());
        Ok(Whose::Customer(Box::new(Customer { id, about, phone, order, named })))
    }

    /// The notification that a message of ours carried: by what Zalo gives back, or through the meeting row of its id.
    async fn sent(
        &self,
        step: &Step<'_>,
        sent: &Sent,
    ) -> Result<Option<Notification>, RecordError> {
        let known = match &sent.tracking {
            Some(tracking) => Some(tracking.clone()),
            None => {
                let met =
                    self.notifications.meet_as_receipt(step.tenant, &sent.message_id, Rank::Seen);
                met.await?.sender
            }
        };
        let Some(Tracking { notification, .. }) = known else { return Ok(None) };
        Ok(self.notifications.find(step.tenant, &notification).await?)
    }

    /// The owner of the first of `things` that has one; else the event is parked under the first.
    async fn owner(&self, step: &Step<'_>, things: &[Subject]) -> Result<Whose, RecordError> {
        if let Some(customer) = self.known_owner(step, things).await? {
            return Ok(Whose::Customer(Box::new(customer)));
        }
        let Some(first) = things.first() else { return Ok(Whose::Nobody) };
        let event = step.event;
        let until = step.now + step.settings.tenant.park_for;
        let key = step.key;
        self.customers.park(step.tenant, first, &event.id, event.time, key, until).await?;
        // Whoever links it after this look finds what is parked; whoever did before is seen now.
        match self.known_owner(step, things).await? {
            None => Ok(Whose::Parked(first.clone())),
            Some(customer) => {
                for parked in self.customers.parked(step.tenant, first).await? {
                    if parked.event == event.id {
                        self.customers.unpark(step.tenant, first, &parked).await?;
                    }
                }
                Ok(Whose::Customer(Box::new(customer)))
            }
        }
    }

    pub(crate) async fn known_owner(
        &self,
        step: &Step<'_>,
        things: &[Subject],
    ) -> Result<Option<Customer>, RecordError> {
        for thing in things {
            let mut at = thing.clone();
            let mut order = None;
            for _ in 0..HOPS_MAX {
                if at.is_identity() {
                    let Some(link) = self.customers.link(step.tenant, &at).await? else { break };
                    let (id, about) = self.customers.person(step.tenant, &link.customer).await?;
                    return Ok(Some(Customer {
                        id,
                        about,
                        phone: link.phone,
                        order,
                        named: vec![at],
                    }));
                }
                if let Subject::Order(_) = at {
                    order = Some(at.clone());
                }
                let Some(owner) = self.customers.thing(step.tenant, &at).await?.owner else {
                    break;
                };
                at = owner;
            }
        }
        Ok(None)
    }

    /// Links the identities of an event to one customer.
    ///
    /// What an event proves is linked. What a customer only claims is noted with that customer and links nothing, whoever comes
    /// first: who types somebody's number gets neither what is that person's nor a say in it.
    async fn learn(
        &self,
        step: &Step<'_>,
        identities: &[Identity],
        strength: Strength,
    ) -> Result<Customer, RecordError> {
        let tenant = step.tenant;
        // The identity that the event is about is surely its own.
        let (proven, claimed) = match strength {
            Strength::Proven => (identities, &[][..]),
            Strength::Claimed => identities.split_at(identities.len().min(1)),
        };
        let mut id = self.first_owner(step, proven).await?;
        for identity in proven {
            id = self.join(step, identity, id).await?;
        }
        let (id, mut about) = self.customers.person(tenant, &id).await?;
        for (sure, identity) in proven
            .iter()
            .map(|identity| (Strength::Proven, identity))
            .chain(claimed.iter().map(|identity| (Strength::Claimed, identity)))
        {
            // Usually noted with the link; not when a run died in between.
            if about.identities.get(&identity.subject).is_none_or(|noted| *noted < sure) {
                self.customers.note_identity(tenant, &id, &identity.subject, sure).await?;
                about.identities.insert(identity.subject.clone(), sure);
            }
        }
        Ok(Customer {
            id,
            about,
            phone: proven.iter().find_map(|identity| identity.phone.clone()),
            order: None,
            named: proven.iter().map(|identity| identity.subject.clone()).collect(),
        })
    }

    /// Whom the first identity of an event belongs to: whoever has it, else whoever has one of the others.
    async fn first_owner(
        &self,
        step: &Step<'_>,
        proven: &[Identity],
    ) -> Result<CustomerId, RecordError> {
        let tenant = step.tenant;
        for identity in proven {
            if let Some(link) = self.customers.link(tenant, &identity.subject).await? {
                return Ok(link.customer);
            }
        }
        let first = proven.first();
        let first = first.ok_or(RecordError::Never { code: "no_identity", source: None })?;
        Ok(CustomerId::of(tenant, &step.settings.pepper.pseudonym(&first.subject)))
    }

    /// Gives one more identity to customer `id`, or makes that customer and whoever has it one; returns whose it is then.
    async fn join(
        &self,
        step: &Step<'_>,
        identity: &Identity,
        id: CustomerId,
    ) -> Result<CustomerId, RecordError> {
        let tenant = step.tenant;
        let proven = Strength::Proven;
        let known = match self.customers.link(tenant, &identity.subject).await? {
            Some(link) => link,
            None => match self.customers.link_first(tenant, identity, &id, proven).await? {
                Linked::New => return Ok(id),
                Linked::Already(link) => link,
            },
        };
        if known.customer == id {
            return Ok(id);
        }
        self.merge(tenant, &id, &known.customer).await
    }

    /// Two customers are one: the smaller id wins.
    async fn merge(
        &self,
        tenant: &str,
        one: &CustomerId,
        other: &CustomerId,
    ) -> Result<CustomerId, RecordError> {
        for _ in 0..RACES_MAX {
            let (one, _) = self.customers.person(tenant, one).await?;
            let (other, _) = self.customers.person(tenant, other).await?;
            let Some((winner, loser)) = winner(&one, &other) else { return Ok(one) };
            match self.customers.merge(tenant, winner, loser).await? {
                Merged::Done => return Ok(winner.clone()),
                Merged::Moved => {}
            }
        }
        Err(raced("merge"))
    }
}
