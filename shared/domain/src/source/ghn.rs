//! Giao Hàng Nhanh: what becomes of a parcel.
//!
//! Source: api.ghn.vn, callback documentation (id 47), read 2026-11, for the fields and types; the statuses are by four
//! implementations. GHN signs nothing: the secret part of the URL proves who calls and nothing about the content.
//! Retries: by GHN, ten times five seconds apart, unless the answer is exactly 200.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Stored, dedupe_key, json::Object, key_of_bytes, sane, subject_of_hook, unrecognised};
use crate::{
    event::{About, Change, Event, Head, ordering_time},
    id::EventId,
    subject::Subject,
    thing::ShipmentState,
};

pub(super) const NAME: &str = "ghn";

/// One callback, parsed as far as it can be.
pub(super) struct Hook<'a> {
    key: String,
    shipment: Option<Subject>,
    order: Option<Subject>,
    status: String,
    time: Option<Timestamp>,
    fact: Fact,
    fields: Object<'a>,
}

#[derive(Clone, Copy)]
enum Fact {
    /// The parcel is in a state.
    State(ShipmentState),
    /// Its weight, fee or cash on delivery changed.
    Updated,
    /// A type that is not documented, or no parcel is named.
    Unrecognised,
}

impl<'a> Hook<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Self {
        let fields = Object::parse(body).unwrap_or_else(|_| Object::empty());
        let text = |key: &str| fields.text(key).unwrap_or_default();
        let (kind, status, time) = (text("Type"), text("Status"), text("Time"));
        let code = fields.id("OrderCode");
        let key = match &code {
            Some(code) => dedupe_key(&[code, &kind, &status, &time]),
            None => key_of_bytes(body),
        };
        let fact = match (&code, kind.to_ascii_lowercase().as_str()) {
            (Some(_), "create") if status.is_empty() => Fact::State(ShipmentState::Created),
            (Some(_), "create" | "switch_status") => Fact::State(state(&status)),
            (Some(_), "update_weight" | "update_cod" | "update_fee") => Fact::Updated,
            (Some(_) | None, _) => Fact::Unrecognised,
        };
        let shipment = code.map(|code| Subject::Shipment { carrier: NAME.to_owned(), code });
        let order = fields.id("ClientOrderCode").map(Subject::Order);
        let time = time.parse().ok().and_then(sane);
        Self { key, shipment, order, status, time, fact, fields }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn head(&self, id: EventId, received: Timestamp) -> Head {
        let kind = match self.fact {
            Fact::State(state) => format!("shipment.{}", state.as_str()),
            Fact::Updated => "shipment.updated".to_owned(),
            Fact::Unrecognised => unrecognised(NAME),
        };
        let subject = self.shipment.clone().unwrap_or_else(|| subject_of_hook(NAME, &id));
        Head { id, kind, subject, time: ordering_time(self.time, received) }
    }

    pub(super) fn event(&self, hook: &Stored<'_>) -> Event {
        let head = self.head(hook.id.clone(), hook.received);
        let shipment = head.subject.clone();
        let change = match self.fact {
            Fact::State(state) => Change::Shipment { shipment: shipment.clone(), state },
            Fact::Updated => Change::None,
            Fact::Unrecognised => return Event::of_nobody(head),
        };
        let owner = self.order.clone().unwrap_or(shipment);
        Event::with_head(head, About::Owner(vec![owner]), change, self.data())
    }

    fn data(&self) -> Value {
        let mut data = serde_json::Map::new();
        for (name, key) in [
            ("cod_amount_vnd", "CODAmount"),
            ("fee_total_vnd", "TotalFee"),
            ("is_partial_return", "IsPartialReturn"),
            ("order_code", "OrderCode"),
            ("reason", "Reason"),
            ("reason_code", "ReasonCode"),
            ("warehouse", "Warehouse"),
            ("weight_g", "Weight"),
        ] {
            if let Some(value) = self.fields.scalar(key) {
                data.insert(name.to_owned(), value);
            }
        }
        data.insert("status".to_owned(), json!(super::bounded(&self.status, 64)));
        Value::Object(data)
    }
}

/// GHN's word for a state. A word that is new to us needs a person to look at it.
fn state(status: &str) -> ShipmentState {
    match status.to_ascii_lowercase().as_str() {
        "ready_to_pick" => ShipmentState::Created,
        "picking" | "money_collect_picking" => ShipmentState::Picking,
        "picked" => ShipmentState::Picked,
        "storing" | "transporting" | "sorting" => ShipmentState::InTransit,
        "delivering" | "money_collect_delivering" => ShipmentState::OutForDelivery,
        "delivered" => ShipmentState::Delivered,
        "delivery_fail" => ShipmentState::AttemptFailed,
        "waiting_to_return"
        | "return"
        | "return_transporting"
        | "return_sorting"
        | "returning"
        | "return_fail" => ShipmentState::Returning,
        "returned" => ShipmentState::Returned,
        "cancel" => ShipmentState::Cancelled,
        // Four sources write `damage`, one `damaged`.
        "damage" | "damaged" | "lost" | "exception" => ShipmentState::Lost,
        _ => ShipmentState::NeedsPerson,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_ghn_has_a_state_and_an_unknown_one_needs_a_person() {
        for (status, kind) in [
            ("ready_to_pick", "shipment.created"),
            ("picking", "shipment.picking"),
            ("money_collect_picking", "shipment.picking"),
            ("picked", "shipment.picked"),
            ("storing", "shipment.in_transit"),
            ("transporting", "shipment.in_transit"),
            ("sorting", "shipment.in_transit"),
            ("delivering", "shipment.out_for_delivery"),
            ("money_collect_delivering", "shipment.out_for_delivery"),
            ("delivered", "shipment.delivered"),
            ("delivery_fail", "shipment.attempt_failed"),
            ("waiting_to_return", "shipment.returning"),
            ("return", "shipment.returning"),
            ("return_transporting", "shipment.returning"),
            ("return_sorting", "shipment.returning"),
            ("returning", "shipment.returning"),
            ("return_fail", "shipment.returning"),
            ("returned", "shipment.returned"),
            ("cancel", "shipment.cancelled"),
            ("exception", "shipment.lost"),
            ("damage", "shipment.lost"),
            ("damaged", "shipment.lost"),
            ("lost", "shipment.lost"),
            ("teleported", "shipment.needs_person"),
            ("", "shipment.needs_person"),
        ] {
            let body = format!(
                r#"{{"Type":"switch_status","OrderCode":"Z82BS","Status":"{status}","Time":"2026-11-20T03:00:00.000Z"}}"#
            );
            let id = EventId::of("t", NAME, "k");
            let head = Hook::parse(body.as_bytes()).head(id, Timestamp::UNIX_EPOCH);
            assert_eq!(head.kind, kind, "{status}");
        }
    }

    #[test]
    fn only_documented_types_are_read() {
        for (kind, expected) in [
            ("create", "shipment.created"),
            ("Switch_status", "shipment.created"),
            ("update_weight", "shipment.updated"),
            ("update_cod", "shipment.updated"),
            ("update_fee", "shipment.updated"),
            ("update_soul", "ghn.unrecognised"),
            ("", "ghn.unrecognised"),
        ] {
            let body =
                format!(r#"{{"Type":"{kind}","OrderCode":"Z82BS","Status":"ready_to_pick"}}"#);
            let id = EventId::of("t", NAME, "k");
            let head = Hook::parse(body.as_bytes()).head(id, Timestamp::UNIX_EPOCH);
            assert_eq!(head.kind, expected, "{kind}");
            assert_eq!(head.subject.to_string(), "shipment:ghn:Z82BS");
        }
    }
}
