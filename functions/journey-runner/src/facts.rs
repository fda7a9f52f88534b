//! What rules and texts see of an event and of what is around it.

use cloud::{stream::RecordError, table::customers::Thing};
use domain::{
    consent::Purpose,
    event::Change,
    rule::{Facts, RuleSet},
    subject::Subject,
    thing::{Order, Shipment, ShipmentState},
};
use serde_json::{Value, json};

use crate::{JourneyRunner, change::Fired, journey::Step, whose::Customer};

impl JourneyRunner {
    /// The facts of an event; `code` is what a voucher step before brought. An event that is about no order is told of the one
    /// behind the message that it is about, else of the customer's last one.
    pub(crate) async fn facts(
        &self,
        step: &Step<'_>,
        customer: Option<&Customer>,
        fired: &Fired,
        code: Option<&str>,
        rules: &RuleSet,
    ) -> Result<Facts, RecordError> {
        let mut order = fired.order.clone();
        let mut shipment = fired.shipment.clone();
        let behind = customer.and_then(|customer| customer.order.as_ref());
        let last = customer.and_then(|customer| customer.about.order.as_ref());
        for other in behind.into_iter().chain(last.map(|last| &last.order)) {
            if order.is_none() {
                (order, shipment) = self.order(step, Some(other)).await?;
            }
        }
        let event = step.event;
        let about = customer.map(|customer| {
            let about = &customer.about;
            let identities = about.identities.keys().map(Subject::to_string);
            json!({
                "name": about.name,
                "consent": {
                    "care": about.consents_to(Purpose::Care),
                    "promotion": about.consents_to(Purpose::Promotion),
                },
                "identities": identities.collect::<Vec<_>>(),
                "tags": about.tags,
            })
        });
        Ok(Facts {
            event: json!({
                "id": event.id.as_str(),
                "kind": fired.kind,
                "source": step.source.as_str(),
                "subject": event.subject.to_string(),
                "time": event.time.to_string(),
                "data": event.data,
            }),
            customer: about.unwrap_or_default(),
            order: order.unwrap_or_default(),
            shipment: shipment.unwrap_or_default(),
            payment: fired.payment.clone().unwrap_or_default(),
            voucher: code.map(|code| json!({"code": code})).unwrap_or_default(),
            points: self.points_asked(step, customer, rules).await?.unwrap_or_default(),
            ..Facts::default()
        })
    }

    /// How the account stands that a customer asks for: of the currency that tiers count, else of the first.
    async fn points_asked(
        &self,
        step: &Step<'_>,
        customer: Option<&Customer>,
        rules: &RuleSet,
    ) -> Result<Option<Value>, RecordError> {
        let asks = step.event.data.get("intent").and_then(Value::as_str);
        if !matches!(asks, Some("points" | "tier")) {
            return Ok(None);
        }
        let (Some(customer), Some(programme)) = (customer, rules.programme()) else {
            return Ok(None);
        };
        let tiers = programme.tiers.as_ref();
        let counted = tiers.and_then(|tiers| programme.currency(&tiers.currency));
        let Some(terms) = counted.or(programme.currencies.first()) else { return Ok(None) };
        let id = self.account(step, customer, &terms.id).await?;
        let account = self.points.account(step.tenant, &id).await?;
        let view = account.view(step.now);
        let mut seen = json!({
            "name": terms.name,
            "available": view.available,
            "pending": view.pending,
            "held": view.held,
            "expiring_30_days": view.expiring_30_days,
            "tier": null,
            "next_tier": null,
            "to_next_tier": 0,
        });
        if let Some(tiers) = tiers.filter(|tiers| tiers.currency == terms.id) {
            let standing = tiers.tier_at(&account.tail, None, step.now);
            let name = |level: &str| tiers.level(level).map(|level| level.name.clone());
            seen["tier"] = json!(name(&standing.level));
            if let Some(next) = tiers.projection(&account.tail, &standing, step.now).next {
                seen["next_tier"] = json!(name(&next.level));
                seen["to_next_tier"] = json!(next.missing);
            }
        }
        Ok(Some(seen))
    }

    /// What is seen of an order and of its parcel.
    pub(crate) async fn order(
        &self,
        step: &Step<'_>,
        order: Option<&Subject>,
    ) -> Result<(Option<Value>, Option<Value>), RecordError> {
        let Some(order) = order else { return Ok((None, None)) };
        let Some(Thing::Order(stored)) = self.customers.thing(step.tenant, order).await?.thing
        else {
            return Ok((None, None));
        };
        let parcel = match &stored.shipment {
            None => None,
            Some(shipment) => match self.customers.thing(step.tenant, shipment).await?.thing {
                Some(Thing::Shipment(parcel)) => Some((shipment, parcel)),
                Some(Thing::Order(_)) | None => None,
            },
        };
        let state = parcel.as_ref().and_then(|(_, parcel)| parcel.state);
        let facts = order_facts(order, &stored, state);
        Ok((Some(facts), parcel.map(|(shipment, parcel)| shipment_facts(shipment, &parcel))))
    }

    /// What an event fired as `kind` shows some time later: the things as they stand now.
    pub(crate) async fn look(
        &self,
        step: &Step<'_>,
        customer: Option<&Customer>,
        kind: &str,
    ) -> Result<Fired, RecordError> {
        let owned = customer.and_then(|customer| customer.order.clone());
        let mut fired = Fired { kind: Some(kind.to_owned()), ..Fired::default() };
        match &step.event.change {
            Change::None => (fired.order, _) = self.order(step, owned.as_ref()).await?,
            // As at first: what is behind the message is told as a fact, the receipt itself is about no order.
            Change::Receipt(_) => {}
            Change::Order { order, .. } => {
                (fired.order, fired.shipment) = self.order(step, Some(order)).await?;
            }
            Change::Payment { amount_vnd } => {
                let verdict = kind.strip_prefix("payment.").unwrap_or_default();
                fired.payment = Some(json!({"amount_vnd": amount_vnd, "verdict": verdict}));
                (fired.order, _) = self.order(step, owned.as_ref()).await?;
            }
            Change::Shipment { shipment, .. } => {
                (fired.order, _) = self.order(step, owned.as_ref()).await?;
                if let Some(Thing::Shipment(parcel)) =
                    self.customers.thing(step.tenant, shipment).await?.thing
                {
                    fired.shipment = Some(shipment_facts(shipment, &parcel));
                }
            }
        }
        Ok(fired)
    }
}

/// What rules and texts see as `order`.
pub(crate) fn order_facts(order: &Subject, stored: &Order, parcel: Option<ShipmentState>) -> Value {
    let mut facts: serde_json::Map<String, Value> =
        stored.facts.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Subject::Order(id) = order {
        facts.insert("id".to_owned(), json!(id));
    }
    facts.insert("amount_vnd".to_owned(), json!(stored.amount_vnd));
    facts.insert("status".to_owned(), json!(stored.status(parcel)));
    Value::Object(facts)
}

/// What rules and texts see as `shipment`.
pub(crate) fn shipment_facts(shipment: &Subject, stored: &Shipment) -> Value {
    let Subject::Shipment { carrier, code } = shipment else { return Value::Null };
    json!({"carrier": carrier, "code": code, "state": stored.state.map(ShipmentState::as_str)})
}
