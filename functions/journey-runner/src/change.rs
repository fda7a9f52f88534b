//! Applies what an event changes, and says as what it fires.

use cloud::{
    stream::RecordError,
    table::customers::{LastOrder, Mute, Thing, ThingRow, ThingSaved},
};
use domain::{
    consent::{Consent, Purpose},
    event::{About as Says, Change, Receipt, Tracking},
    intent::Intent,
    subject::Subject,
    thing::{Moved, Order, Shipment},
};
use serde_json::{Value, json};

use crate::{
    JourneyRunner,
    facts::shipment_facts,
    journey::Step,
    raced,
    whose::{Customer, Whose},
};

/// How often a race with another event about the same thing is run again.
const RACES_MAX: usize = 8;

/// What an event has become: the kind that rules listen to, and what they see of the things around it.
#[derive(Debug, Default)]
pub(crate) struct Fired {
    /// `None` when nothing fires: a repeated or late status.
    pub(crate) kind: Option<String>,
    pub(crate) order: Option<Value>,
    pub(crate) shipment: Option<Value>,
    pub(crate) payment: Option<Value>,
}

impl JourneyRunner {
    pub(crate) async fn apply(
        &self,
        step: &Step<'_>,
        whose: &mut Whose,
    ) -> Result<Fired, RecordError> {
        if let Some(customer) = whose.customer_mut() {
            self.name(step, customer).await?;
            self.consents(step, customer).await?;
            if step.event.kind == "staff.wrote" {
                let until = step.event.time + step.settings.tenant.mute_for;
                let mute = Mute { until, event: step.event.id.clone() };
                self.customers.mute(step.tenant, &customer.id, &mute).await?;
            }
        }
        let owned = whose.customer().and_then(|customer| customer.order.clone());
        match &step.event.change {
            Change::None => self.fires_as_it_is(step, owned).await,
            Change::Receipt(receipt) => {
                self.receipt(step, receipt).await?;
                self.fires_as_it_is(step, None).await
            }
            Change::Order { order, amount_vnd, facts } => {
                let owner = whose.customer().and_then(|customer| customer.named.first().cloned());
                let word = step.word();
                let describe = |stored: &mut Order| stored.describe(&word, *amount_vnd, facts);
                self.change_order(step, order, owner, describe).await?;
                if let Some(customer) = whose.customer_mut() {
                    self.last_order(step, customer, order).await?;
                }
                let (order, shipment) = self.order(step, Some(order)).await?;
                let kind = Some(step.event.kind.clone());
                Ok(Fired { kind, order, shipment, payment: None })
            }
            Change::Payment { amount_vnd } => self.payment(step, owned, *amount_vnd).await,
            Change::Shipment { shipment, state } => {
                let (moved, stored) = self.move_shipment(step, shipment, *state).await?;
                if let Some(order) = &owned {
                    let carried = |stored: &mut Order| stored.shipment = Some(shipment.clone());
                    self.change_order(step, order, None, carried).await?;
                }
                let fires = moved == Moved::Fires;
                let kind = fires.then(|| format!("shipment.{}", state.as_str()));
                let (order, _) = self.order(step, owned.as_ref()).await?;
                let shipment = Some(shipment_facts(shipment, &stored));
                Ok(Fired { kind, order, shipment, payment: None })
            }
        }
    }

    async fn fires_as_it_is(
        &self,
        step: &Step<'_>,
        owned: Option<Subject>,
    ) -> Result<Fired, RecordError> {
        let (order, _) = self.order(step, owned.as_ref()).await?;
        Ok(Fired { kind: Some(step.event.kind.clone()), order, ..Fired::default() })
    }

    /// Books the name that the customer goes by in this event.
    async fn name(&self, step: &Step<'_>, customer: &mut Customer) -> Result<(), RecordError> {
        let Says::Person { name: Some(name), .. } = &step.event.about else { return Ok(()) };
        if customer.about.name.as_ref() != Some(name) {
            let before = customer.about.name.as_deref();
            let at = step.event.time;
            self.customers.name(step.tenant, &customer.id, name, at, before).await?;
            customer.about.name = Some(name.clone());
        }
        Ok(())
    }

    /// Books the words on consent that this event says, by its own kind or by the tenant's.
    async fn consents(&self, step: &Step<'_>, customer: &mut Customer) -> Result<(), RecordError> {
        let event = step.event;
        let (given, purposes) = match event.kind.as_str() {
            "consent.given" => (true, Purpose::named_in(&event.data)),
            "consent.withdrawn" => (false, Purpose::named_in(&event.data)),
            "customer.withdrew" => (false, Purpose::ASKED.to_vec()),
            "customer.unfollowed" => (false, Purpose::UNASKED_FOR.to_vec()),
            "customer.wrote" if event.data["intent"] == Intent::Stop.as_str() => {
                (false, Purpose::UNASKED_FOR.to_vec())
            }
            kind => {
                let mapping = &step.settings.tenant.consent_given_by;
                (true, mapping.get(kind).cloned().unwrap_or_default())
            }
        };
        for &purpose in &purposes {
            let word = Consent { given, event: event.id.clone(), at: event.time };
            self.customers.consent(step.tenant, &customer.id, purpose, &word).await?;
        }
        // A second run must judge by the same words as the first.
        if !purposes.is_empty() {
            (_, customer.about) = self.customers.person(step.tenant, &customer.id).await?;
        }
        Ok(())
    }

    /// Notes which order the customer speaks of when an event names none.
    async fn last_order(
        &self,
        step: &Step<'_>,
        customer: &mut Customer,
        order: &Subject,
    ) -> Result<(), RecordError> {
        let known = customer.about.order.as_ref();
        if known.is_some_and(|known| known.order == *order || known.at >= step.event.time) {
            return Ok(());
        }
        let last = LastOrder { order: order.clone(), at: step.event.time };
        self.customers.ordered(step.tenant, &customer.id, &last).await?;
        customer.about.order = Some(last);
        Ok(())
    }

    async fn payment(
        &self,
        step: &Step<'_>,
        order: Option<Subject>,
        amount_vnd: u64,
    ) -> Result<Fired, RecordError> {
        let verdict = |verdict: &str| Fired {
            kind: Some(format!("payment.{verdict}")),
            payment: Some(json!({"amount_vnd": amount_vnd, "verdict": verdict})),
            ..Fired::default()
        };
        let Some(order) = order else { return Ok(verdict("unmatched")) };
        let event = &step.event.id;
        let book = |stored: &mut Order| stored.pay(event, amount_vnd);
        let booked = self.change_order(step, &order, None, book).await?;
        let (order, _) = self.order(step, Some(&order)).await?;
        Ok(Fired { order, ..verdict(booked.as_str()) })
    }

    /// Changes an order, as often as it takes; stores nothing when nothing changed.
    async fn change_order<T>(
        &self,
        step: &Step<'_>,
        order: &Subject,
        owner: Option<Subject>,
        change: impl Fn(&mut Order) -> T,
    ) -> Result<T, RecordError> {
        for _ in 0..RACES_MAX {
            let read = self.customers.thing(step.tenant, order).await?;
            let mut stored = match &read.thing {
                Some(Thing::Order(stored)) => stored.clone(),
                None => Order::default(),
                Some(Thing::Shipment(_)) => return Err(another_kind()),
            };
            let mut changed = read.clone();
            changed.owner = match stored.is_old(&step.word()) {
                true => changed.owner.or(owner.clone()),
                false => owner.clone().or(changed.owner),
            };
            let came_of_it = change(&mut stored);
            changed.thing = Some(Thing::Order(stored));
            if self.keep(step, order, &read, &changed).await? == ThingSaved::Done {
                return Ok(came_of_it);
            }
        }
        Err(raced("save_thing"))
    }

    async fn move_shipment(
        &self,
        step: &Step<'_>,
        shipment: &Subject,
        state: domain::thing::ShipmentState,
    ) -> Result<(Moved, Shipment), RecordError> {
        let owner = match &step.event.about {
            Says::Owner(things) => things.first().filter(|thing| *thing != shipment).cloned(),
            Says::Person { .. } | Says::Reader(_) | Says::Customer(_) | Says::Nobody => None,
        };
        for _ in 0..RACES_MAX {
            let read = self.customers.thing(step.tenant, shipment).await?;
            let mut stored = match &read.thing {
                Some(Thing::Shipment(stored)) => stored.clone(),
                None => Shipment::default(),
                Some(Thing::Order(_)) => return Err(another_kind()),
            };
            let moved = stored.apply(state, &step.event.id, step.event.time);
            let mut changed = read.clone();
            changed.thing = Some(Thing::Shipment(stored.clone()));
            changed.owner = owner.clone().or(changed.owner);
            if self.keep(step, shipment, &read, &changed).await? == ThingSaved::Done {
                return Ok((moved, stored));
            }
        }
        Err(raced("save_thing"))
    }

    async fn keep(
        &self,
        step: &Step<'_>,
        thing: &Subject,
        read: &ThingRow,
        changed: &ThingRow,
    ) -> Result<ThingSaved, RecordError> {
        if read == changed {
            return Ok(ThingSaved::Done);
        }
        Ok(self.customers.save_thing(step.tenant, thing, changed).await?)
    }

    /// Brings a receipt to its notification: by the echoed id, or through the meeting row of the message id.
    async fn receipt(&self, step: &Step<'_>, receipt: &Receipt) -> Result<(), RecordError> {
        let known = match &receipt.tracking {
            Some(tracking) => Some(tracking.clone()),
            None => {
                let id = &receipt.message_id;
                self.notifications.meet_as_receipt(step.tenant, id, receipt.rank).await?.sender
            }
        };
        let Some(Tracking { notification, attempt }) = known else { return Ok(()) };
        let Some(mut found) = self.notifications.find(step.tenant, &notification).await? else {
            tracing::warn!(event.id = %step.event.id, "a receipt for a notification that is not ours");
            return Ok(());
        };
        for _ in 0..RACES_MAX {
            if !found.receive(attempt, &receipt.message_id, receipt.rank) {
                return Ok(());
            }
            match self.notifications.save(&mut found).await? {
                cloud::table::notifications::Saved::Done => return Ok(()),
                cloud::table::notifications::Saved::Superseded(present) => found = *present,
            }
        }
        Err(raced("save"))
    }
}

fn another_kind() -> RecordError {
    RecordError::Never { code: "thing_of_another_kind", source: None }
}
