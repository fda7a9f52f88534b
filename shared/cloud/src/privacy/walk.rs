//! Finds everything about a person, from key to key: customers by aliases, identities by what is proven, things by the timeline
//! and by their owners, notifications by the decisions, hooks by all of their subjects.

use std::collections::BTreeSet;

use domain::{
    event::Strength,
    id::{CustomerId, EffectId, EventId},
    notification::OWN_RULE,
    rule::Trace,
    subject::Subject,
};
use serde_json::Value;

use super::Privacy;
use crate::table::{RowKey, StoreError, StoredRow, customers::name_keys};

/// Most steps from a thing to a person: parcel, order, identity.
const HOPS_MAX: usize = 4;

/// What has been met, each once, in the order of its discovery.
#[derive(Debug)]
struct Once<T> {
    order: Vec<T>,
    met: BTreeSet<T>,
    looked_at: usize,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { order: Vec::new(), met: BTreeSet::new(), looked_at: 0 }
    }
}

impl<T: Clone + Ord> Once<T> {
    fn add(&mut self, new: impl IntoIterator<Item = T>) {
        for one in new {
            if self.met.insert(one.clone()) {
                self.order.push(one);
            }
        }
    }

    /// The next that nobody has looked at.
    fn next(&mut self) -> Option<T> {
        let next = self.order.get(self.looked_at).cloned();
        self.looked_at += usize::from(next.is_some());
        next
    }
}

/// The keys of a person: who begins with one comes to all others, and who begins with all of them finds what is left.
#[derive(Debug, Default)]
pub(super) struct Known {
    customers: Once<CustomerId>,
    /// Proven ones: what is only claimed is somebody else's.
    identities: Once<Subject>,
    /// What may be the person's thing, before anybody has looked whose it is.
    subjects: Once<Subject>,
    notifications: Once<EffectId>,
    things: BTreeSet<Subject>,
    /// What other people share, or what has become somebody else's: of its hooks only the person's own are meant.
    shared: BTreeSet<Subject>,
    events: BTreeSet<EventId>,
    phones: BTreeSet<String>,
}

impl Known {
    pub(super) fn of(customer: &CustomerId) -> Self {
        let mut known = Self::default();
        known.customers.add([customer.clone()]);
        known
    }

    /// The person's customers.
    pub(super) fn customers(&self) -> &[CustomerId] {
        &self.customers.order
    }

    /// What a late hook may name.
    pub(super) fn sealable(&self) -> impl Iterator<Item = &Subject> {
        self.identities.order.iter().chain(&self.things)
    }

    /// Lets another walk look at everything again.
    fn rewound(mut self) -> Self {
        self.customers.looked_at = 0;
        self.identities.looked_at = 0;
        self.subjects.looked_at = 0;
        self.notifications.looked_at = 0;
        self
    }

    /// Takes in every key that a row names.
    fn learn(&mut self, tenant: &str, row: &StoredRow) {
        let subject = |name: &str| Subject::parse(row.text(name));
        self.events.extend(EventId::parse(row.text("event")));
        self.notifications.add(EffectId::parse(row.text("notification")));
        self.subjects.add(subject("subject").into_iter().chain(subject("order")));
        // A parked or waiting row names the hook's own row.
        let hook = row.fields.get("key").and_then(|key| key.get("pk")).and_then(Value::as_str);
        let hook = hook.and_then(|pk| pk.strip_prefix(tenant)?.strip_prefix('#'));
        self.subjects.add(hook.and_then(Subject::parse));
        match row.key.sort().split('#').collect::<Vec<_>>().as_slice() {
            ["t" | "parked", _, event] => {
                let event = EventId::parse(event);
                // A thing may have been without an owner for so long that the staff was told.
                let told = event.iter().map(|event| EffectId::of(event, OWN_RULE, "parked"));
                self.notifications.add(told);
                self.events.extend(event);
            }
            ["about", "alias"] | ["about", "merged", _] => {
                self.customers.add(CustomerId::parse(row.text("customer")));
            }
            ["about", "id", ..] if strength(row) == Some(Strength::Proven) => {
                let identity = row.key.sort().strip_prefix("about#id#");
                self.identities.add(identity.and_then(Subject::parse));
            }
            ["link"] => {
                self.customers.add(CustomerId::parse(row.text("customer")));
                self.phones.extend(Some(row.text("phone").to_owned()).filter(|p| !p.is_empty()));
            }
            _ => {}
        }
        for line in list(row, "decisions").filter_map(Value::as_str).filter_map(Trace::parse) {
            self.notifications.add(line.notifications().cloned());
        }
        let attempts = list(row, "attempts").filter_map(|attempt| attempt.get("sent")?.as_str());
        self.subjects.add(attempts.map(|id| Subject::Sent(id.to_owned())));
        let parcel = row.fields.get("thing").and_then(|thing| thing.get("order")?.get("shipment"));
        self.subjects.add(parcel.and_then(Value::as_str).and_then(Subject::parse));
        self.subjects.add(owner(row).filter(|owner| !owner.is_identity()));
    }

    /// Whether a row of a list of the tenant's names the person, or an event or a notification of the person's.
    fn is_named_in(&self, row: &StoredRow) -> bool {
        let parts = row.key.sort().split(['#', '~', ' ']);
        parts.into_iter().any(|part| {
            EventId::parse(part).is_some_and(|id| self.events.contains(&id))
                || EffectId::parse(part).is_some_and(|id| self.notifications.met.contains(&id))
                || CustomerId::parse(part).is_some_and(|id| self.customers.met.contains(&id))
                || Subject::parse(part).is_some_and(|subject| self.is_ours(&subject))
        })
    }

    fn is_ours(&self, subject: &Subject) -> bool {
        self.identities.met.contains(subject) || self.things.contains(subject)
    }

    fn has_event(&self, row: &StoredRow) -> bool {
        event_of(row).is_some_and(|event| self.events.contains(&event))
    }

    /// Whether a body names one of the person's Zalo ids or numbers, digit by digit.
    fn is_mentioned_in(&self, row: &StoredRow) -> bool {
        let users = self.identities.order.iter().filter_map(|identity| match identity {
            Subject::Zalo { user, .. } => Some(user.clone()),
            _ => None,
        });
        let national = self.phones.iter().filter_map(|phone| phone.strip_prefix("84"));
        let words: BTreeSet<String> = users
            .chain(self.phones.iter().cloned())
            .chain(national.clone().map(str::to_owned))
            .chain(national.map(|digits| format!("0{digits}")))
            .collect();
        let mut numbers = row.text("raw").split(|c: char| !c.is_ascii_digit());
        numbers.any(|digits| words.contains(digits))
    }
}

/// The rows of a person, by what they are.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Of each customer, those first that led to the others.
    pub(super) people: Vec<Vec<StoredRow>>,
    pub(super) identities: Vec<StoredRow>,
    /// Of each thing, those first that led to the others.
    pub(super) things: Vec<Vec<StoredRow>>,
    pub(super) evaluations: Vec<StoredRow>,
    pub(super) listed: Vec<StoredRow>,
    pub(super) names: Vec<RowKey>,
    pub(super) events: Vec<StoredRow>,
    pub(super) notifications: Vec<StoredRow>,
    pub(super) meetings: Vec<StoredRow>,
    pub(super) surveys: Vec<StoredRow>,
}

impl Found {
    pub(super) fn rows(&self) -> usize {
        let groups = self.people.iter().chain(&self.things).map(Vec::len).sum::<usize>();
        let flat = [
            &self.identities,
            &self.evaluations,
            &self.listed,
            &self.events,
            &self.notifications,
            &self.meetings,
            &self.surveys,
        ];
        groups + self.names.len() + flat.map(Vec::len).iter().sum::<usize>()
    }
}

impl Privacy {
    /// Finds what is there now of everything that `known` leads to.
    pub(super) async fn walk(
        &self,
        tenant: &str,
        known: Known,
    ) -> Result<(Known, Found), StoreError> {
        let mut known = known.rewound();
        let mut found = Found::default();
        loop {
            // In this order: whose a thing is can be said when all customers and identities are known.
            if let Some(customer) = known.customers.next() {
                let rows = self.customers.rows_under(tenant, customer.as_str()).await?;
                rows.iter().for_each(|row| known.learn(tenant, row));
                let profile = rows.iter().find(|row| row.key.sort() == "about#profile");
                let name = profile.map(|row| row.text("name")).unwrap_or_default();
                found.names.extend(name_keys(tenant, &customer, name));
                found.people.push(rows);
                found.surveys.extend(self.surveys.asked_of(tenant, &customer).await?);
            } else if let Some(identity) = known.identities.next() {
                let rows = self.customers.rows_under(tenant, &identity.to_string()).await?;
                rows.iter().for_each(|row| known.learn(tenant, row));
                found.identities.extend(rows);
            } else if let Some(subject) = known.subjects.next() {
                found.things.extend(self.thing(tenant, subject, &mut known).await?);
            } else if let Some(notification) = known.notifications.next() {
                let rows = self.notifications.rows_under(tenant, notification.as_str()).await?;
                rows.iter().for_each(|row| known.learn(tenant, row));
                found.notifications.extend(rows);
            } else {
                break;
            }
        }
        self.hooks(tenant, &mut known, &mut found).await?;
        for event in &known.events {
            let rows = self.customers.rows_under(tenant, &format!("event#{event}")).await?;
            found.evaluations.extend(rows);
        }
        for list in ["stuck", "conflict"] {
            let rows = self.customers.rows_under(tenant, list).await?;
            found.listed.extend(rows.into_iter().filter(|row| known.is_named_in(row)));
        }
        Ok((known, found))
    }

    /// The rows of a thing, if it is the person's.
    async fn thing(
        &self,
        tenant: &str,
        subject: Subject,
        known: &mut Known,
    ) -> Result<Option<Vec<StoredRow>>, StoreError> {
        match &subject {
            Subject::Order(_)
            | Subject::Shipment { .. }
            | Subject::Payment { .. }
            | Subject::Sent(_) => {}
            Subject::Zalo { .. } | Subject::Phone(_) if known.is_ours(&subject) => return Ok(None),
            Subject::Zalo { .. }
            | Subject::Phone(_)
            | Subject::Ext { .. }
            | Subject::Oa(_)
            | Subject::Template(_) => {
                known.shared.insert(subject);
                return Ok(None);
            }
        }
        let rows = self.customers.rows_under(tenant, &subject.to_string()).await?;
        if known.shared.contains(&subject) || self.is_anothers(tenant, &rows, known).await? {
            known.shared.insert(subject);
            return Ok(None);
        }
        rows.iter().for_each(|row| known.learn(tenant, row));
        known.things.insert(subject);
        Ok(Some(rows))
    }

    /// Whether a thing has become another person's.
    async fn is_anothers(
        &self,
        tenant: &str,
        thing: &[StoredRow],
        known: &Known,
    ) -> Result<bool, StoreError> {
        let mut at = thing.iter().find_map(owner);
        for _ in 0..HOPS_MAX {
            let Some(subject) = at else { return Ok(false) };
            if known.is_ours(&subject) {
                return Ok(false);
            }
            let rows = self.customers.rows_under(tenant, &subject.to_string()).await?;
            if subject.is_identity() {
                let mut links = rows.iter().filter(|row| row.key.sort() == "link");
                return Ok(links.any(|link| {
                    let theirs = CustomerId::parse(link.text("customer"));
                    theirs.is_some_and(|id| !known.customers.met.contains(&id))
                }));
            }
            at = rows.iter().find_map(owner);
        }
        Ok(false)
    }

    /// The hooks of all subjects, and the meetings of all messages.
    async fn hooks(
        &self,
        tenant: &str,
        known: &mut Known,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let ours: BTreeSet<Subject> = known.sealable().cloned().collect();
        for subject in &ours {
            let rows = self.events.rows_under(tenant, subject, |_| true).await?;
            known.events.extend(rows.iter().filter_map(event_of));
            found.events.extend(rows);
            if let Subject::Sent(_) = subject {
                let rows = self.notifications.rows_under(tenant, &subject.to_string()).await?;
                found.meetings.extend(rows);
            }
        }
        let accounts = known.identities.order.iter().filter_map(|identity| match identity {
            Subject::Zalo { oa, .. } => Some(Subject::Oa(oa.clone())),
            _ => None,
        });
        // What no reader recognises stands under its account.
        let accounts: BTreeSet<Subject> = accounts.collect();
        for subject in known.shared.difference(&ours).chain(accounts.difference(&known.shared)) {
            let is_account = accounts.contains(subject);
            let mentions = |row: &StoredRow| {
                known.has_event(row) || (is_account && known.is_mentioned_in(row))
            };
            found.events.extend(self.events.rows_under(tenant, subject, mentions).await?);
        }
        known.events.extend(found.events.iter().filter_map(event_of));
        Ok(())
    }
}

/// The event of a hook's row, whichever body it brought.
fn event_of(row: &StoredRow) -> Option<EventId> {
    let (_, event) = row.key.sort().split_once('#')?;
    EventId::parse(event.split('~').next()?)
}

fn owner(row: &StoredRow) -> Option<Subject> {
    Subject::parse(row.text("owner"))
}

fn strength(row: &StoredRow) -> Option<Strength> {
    serde_json::from_value(row.fields.get("strength")?.clone()).ok()
}

fn list<'r>(row: &'r StoredRow, name: &str) -> impl Iterator<Item = &'r Value> {
    row.fields.get(name).and_then(Value::as_array).into_iter().flatten()
}
