//! Giving a thing to a customer by hand: an order or a parcel of which no event says whose it is.
//!
//! What is said here is a row that journey-runner takes up within a minute; it makes the thing the customer's and follows all that
//! waited for it. Said twice it is one row; once it is carried out, saying it again finds whose the thing is.

use cloud::table::customers::{About, Attach, Attached, Linked};
use domain::{
    event::{Identity, Strength},
    id::CustomerId,
    phone::Phone,
    subject::Subject,
};

use crate::{Console, Problem, Visit, form::Fields};

impl Console {
    /// Says that a thing belongs to the customer that a form names, or to whoever has the number in it.
    pub(crate) async fn attach(
        &self,
        visit: &Visit,
        thing: &Subject,
        form: &Fields,
    ) -> Result<(), Problem> {
        let tenant = &visit.tenant;
        let (customer, identity) = match form.get("phone") {
            "" => self.chosen(visit, form.get("customer")).await?,
            phone => self.numbered(visit, phone).await?,
        };
        if let Some(owner) = self.owner(tenant, thing).await? {
            let (owner, _) = self.customers.person(tenant, &owner).await?;
            let is_done = owner == customer;
            return if is_done { Ok(()) } else { Err(Problem::NotPossible("has_customer")) };
        }
        let waiting = self.customers.parked(tenant, thing).await?;
        let Some(first) = waiting.first() else { return Err(Problem::NotFound("not_parked")) };
        let attach = Attach {
            event: first.event.clone(),
            customer,
            identity,
            by: visit.claim.key.clone(),
            at: visit.now,
        };
        match self.customers.attach(tenant, thing, &attach).await? {
            Attached::New => {
                let (customer, event) = (&attach.customer, &attach.event);
                tracing::info!(customer.id = %customer, event.id = %event, key = attach.by, "to be attached by hand");
                Ok(())
            }
            Attached::Already(before) if before.customer == attach.customer => Ok(()),
            Attached::Already(_) => Err(Problem::NotPossible("already_attached")),
        }
    }

    /// The customer that was chosen, and an identity that is surely that customer's: a number first, since messages reach it.
    async fn chosen(
        &self,
        visit: &Visit,
        customer: &str,
    ) -> Result<(CustomerId, Subject), Problem> {
        let unknown = Problem::NotFound("unknown_customer");
        let Some(id) = CustomerId::parse(customer) else { return Err(unknown) };
        let (id, about) = self.customers.person(&visit.tenant, &id).await?;
        if about == About::default() {
            return Err(unknown);
        }
        let sure = about.identities.iter().filter(|(_, sure)| **sure == Strength::Proven);
        let sure = sure.map(|(identity, _)| identity);
        let identity = sure.min_by_key(|identity| !matches!(identity, Subject::Phone(_)));
        let identity = identity.cloned().ok_or(Problem::NotPossible("no_identity"))?;
        Ok((id, identity))
    }

    /// Whoever has a number; a new customer when nobody has it yet. The business vouches for it, as with an order that it sends.
    async fn numbered(&self, visit: &Visit, phone: &str) -> Result<(CustomerId, Subject), Problem> {
        let tenant = &visit.tenant;
        let phone = Phone::parse(phone).map_err(|_| Problem::NotPossible("no_identity"))?;
        let subject = Subject::Phone(visit.settings.pepper.key(&phone));
        let customer = match self.customers.link(tenant, &subject).await? {
            Some(link) => link.customer,
            None => {
                let new = CustomerId::of(tenant, &subject.to_string());
                let identity = Identity { subject: subject.clone(), phone: Some(phone) };
                let proven = Strength::Proven;
                match self.customers.link_first(tenant, &identity, &new, proven).await? {
                    Linked::New => new,
                    Linked::Already(link) => link.customer,
                }
            }
        };
        let (customer, _) = self.customers.person(tenant, &customer).await?;
        Ok((customer, subject))
    }
}
