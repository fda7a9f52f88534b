//! What people say by hand: this thing is that customer's. The thing gets the customer's identity for its owner, and all that
//! waited for it is followed.
//!
//! Retries: every part can be repeated, and the row that asks for it goes last.
//! Bounds: an owner that an event has named stays; by hand only a thing without one is given away.

use cloud::{
    stream::RecordError,
    table::customers::{Attach, DueRow, ThingSaved, TimelineRow},
};
use domain::subject::Subject;
use jiff::Timestamp;

use crate::{JourneyRunner, raced, whose::HOPS_MAX};

/// How often a race with an event about the same thing is run again.
const RACES_MAX: usize = 8;

/// The kind of the line on the customer's timeline that says who has attached a thing.
const KIND: &str = "thing.attached";

impl JourneyRunner {
    /// Returns whether the row has left the index.
    pub(crate) async fn attach(&self, row: &DueRow, now: Timestamp) -> Result<bool, RecordError> {
        let never = |code| RecordError::Never { code, source: None };
        let tenant = row.tenant.as_str();
        let thing = Subject::parse(&row.under).ok_or(never("bad_key"))?;
        let Some(said) = self.customers.to_attach(tenant, &thing).await? else {
            return Ok(false);
        };
        // Whoever was erased meanwhile gets nothing.
        if let Some(link) = self.customers.link(tenant, &said.identity).await? {
            let (things, given) = self.give(tenant, &thing, &said.identity).await?;
            if given {
                let (customer, _) = self.customers.person(tenant, &link.customer).await?;
                self.customers.note(tenant, &customer, &line(&thing, &said)).await?;
                tracing::info!(customer.id = %customer, event.id = %said.event, key = said.by, "attached by hand");
            }
            for thing in &things {
                self.release_from(tenant, thing, now, &things).await?;
            }
        }
        self.customers.attached(tenant, &thing).await?;
        Ok(true)
    }

    /// Gives a thing to an identity: the thing itself, or the one that it leads to and that nobody owns. Returns the things on
    /// the way, and whether they are that identity's now.
    async fn give(
        &self,
        tenant: &str,
        thing: &Subject,
        identity: &Subject,
    ) -> Result<(Vec<Subject>, bool), RecordError> {
        let mut things = vec![thing.clone()];
        for _ in 0..HOPS_MAX + RACES_MAX {
            let Some(at) = things.last() else { break };
            let mut row = self.customers.thing(tenant, at).await?;
            match &row.owner {
                Some(owner) if !owner.is_identity() => {
                    let owner = owner.clone();
                    if things.contains(&owner) || things.len() == HOPS_MAX {
                        let code = "owners_without_end";
                        return Err(RecordError::Never { code, source: None });
                    }
                    things.push(owner);
                    continue;
                }
                Some(owner) if self.customers.link(tenant, owner).await?.is_some() => {
                    return Ok((things, owner == identity));
                }
                Some(_) | None => {}
            }
            row.owner = Some(identity.clone());
            if self.customers.save_thing(tenant, at, &row).await? == ThingSaved::Done {
                return Ok((things, true));
            }
        }
        Err(raced("save_thing"))
    }
}

fn line(thing: &Subject, said: &Attach) -> TimelineRow {
    TimelineRow {
        time: said.at,
        event: said.event.clone(),
        kind: KIND.to_owned(),
        subject: thing.clone(),
        line: said.by.clone(),
        decisions: Vec::new(),
    }
}
