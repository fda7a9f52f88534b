//! What conditions and texts can see, in the shapes that they see it in.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value as Json, json};

/// Most entries of one list or map that a condition may meet: `exists` walks them all, and no order has more lines.
pub const ENTRIES_MAX: usize = 200;

/// The facts of one event. Each is a map, or null where there is no such thing.
///
/// | name | fields |
/// | --- | --- |
/// | `event` | `id`, `kind`, `source`, `subject`, `time` (texts) and `data` (as the source has it) |
/// | `customer` | `name` (text or null), `consent` with `care` and `promotion` (truth), `identities` (list of subjects), `tags` (list of texts) |
/// | `order` | `id`, `amount_vnd`, `status` (text), `customer_name`, `product_type` ..., whatever the shop's events told; the customer's last one when the event itself is about none |
/// | `shipment` | `carrier`, `code`, `state` (texts) |
/// | `payment` | `amount_vnd` (whole number), `verdict` (text) |
/// | `voucher` | `code`, `pool` (texts), after a step that gave one |
/// | `survey` | `id`, `title`, `link` (texts), in the message that invites to one |
/// | `answers` | what was answered so far, by the id of the question, on the pages of a survey: a whole number, a text, a list of texts, a map of whole numbers, or null where it was passed over |
/// | `hidden` | what the invitation carries along, by name (texts), on the pages of a survey |
/// | `points` | `name`, `tier`, `next_tier` (texts or null), `available`, `pending`, `held`, `expiring_30_days`, `to_next_tier` (whole numbers); only when a customer asks for points or the tier, and of the currency that tiers count, else of the first |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What happened.
    pub event: Json,
    /// Whom it concerns.
    pub customer: Json,
    /// The order that it belongs to.
    pub order: Json,
    /// The parcel that it is about.
    pub shipment: Json,
    /// The payment that it reports.
    pub payment: Json,
    /// The code that a step before brought.
    pub voucher: Json,
    /// How the customer's account of points stands, where the event asks for it.
    pub points: Json,
    /// The survey that is asked.
    pub survey: Json,
    /// What was answered to it so far.
    pub answers: Json,
    /// What its invitation carries along.
    pub hidden: Json,
}

impl Facts {
    /// Every fact with its name; all are there in each evaluation.
    pub(super) fn named(&self) -> [(&'static str, &Json); 10] {
        [
            ("event", &self.event),
            ("customer", &self.customer),
            ("order", &self.order),
            ("shipment", &self.shipment),
            ("payment", &self.payment),
            ("voucher", &self.voucher),
            ("points", &self.points),
            ("survey", &self.survey),
            ("answers", &self.answers),
            ("hidden", &self.hidden),
        ]
    }

    /// What a dotted path leads to, `order.amount_vnd`.
    pub(crate) fn find(&self, path: &str) -> Option<&Json> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        let (_, fact) = self.named().into_iter().find(|(name, _)| *name == first)?;
        parts.try_fold(fact, |fact, part| fact.get(part))
    }

    /// Whether a dotted path may lead to a text or a number of an event.
    pub(crate) fn may_lead_to(path: &str) -> bool {
        let parts: Vec<&str> = path.split('.').collect();
        let is_own = ["answers", "hidden", "survey"].contains(&parts[0]);
        parts.len() > 1 && !is_own && parts.iter().all(|part| !part.is_empty()) && knows(&parts)
    }

    /// Whether a dotted path may lead to an amount: to nothing that is known to be something else.
    pub(crate) fn may_be_amount(path: &str) -> bool {
        let parts: Vec<&str> = path.split('.').collect();
        let sample = Self::sample("a.b");
        parts.len() > 1
            && parts.iter().all(|part| !part.is_empty())
            && knows(&parts)
            && sample.find(path).is_none_or(Json::is_u64)
    }

    /// Facts as they might stand when `kind` happens, to try a rule on. What a shop's own events carry is not known.
    pub(crate) fn sample(kind: &str) -> Self {
        let data = match kind {
            "customer.tier_changed" => {
                json!({"from": "Member", "to": "Priority", "rank_from": 1, "rank_to": 2})
            }
            "customer.wrote" => json!({"text": "Shop ơi", "intent": "none", "stars": null}),
            "notification.rated" => json!({"stars": 5, "note": "Ngon", "feedbacks": ["Ngon"]}),
            "tier.upgraded" => json!({
                "currency": "diem", "from": "Member", "to": "Bạc",
                "rank_from": 1, "rank_to": 2, "points": 400,
            }),
            "streak.reached" => {
                json!({"streak": "weekly", "name": "Tuần nào cũng đến", "length": 4})
            }
            "contest.won" => json!({
                "contest": "november", "board": "top", "season": "2026-11", "rank": 1,
                "points": 900, "reward": "cup", "reward_name": "Ly giữ nhiệt",
            }),
            "survey.answered" => json!({
                "survey": "csat", "score": 5, "answers": {"stars": 5}, "text": "Ngon",
                "about": "DH0001", "cause": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "door": null,
                "sentiment": "positive", "is_sure": true, "topics": ["quality"], "flags": ["phone"],
            }),
            "case.opened" | "case.overdue" | "case.closed" => json!({
                "case": "1795000000000-aaaaaaaaaaaaaaaaaaaaaaaaaa", "owner": "Mai",
                "text": "Giao trễ", "about": "DH0001", "rule": "unhappy", "done": "Đã đổi hàng",
                "times": 1,
            }),
            "badge.earned" => json!({"badge": "first-five", "name": "Khách quen"}),
            _ => json!({}),
        };
        Self {
            event: json!({
                "id": "aaaaaaaaaaaaaaaaaaaaaaaaaa",
                "kind": kind,
                "source": "standard",
                "subject": "order:A1",
                "time": "2026-11-20T08:00:00Z",
                "data": data,
            }),
            customer: json!({
                "name": "Nguyễn Thị Lan",
                "consent": {"care": true, "promotion": true},
                "identities": ["zalo:1:2"],
                "tags": ["vip"],
            }),
            order: json!({
                "id": "A1",
                "amount_vnd": 350_000,
                "status": "đang được giao",
                "customer_name": "Nguyễn Thị Lan",
            }),
            shipment: json!({"carrier": "ghn", "code": "Z1", "state": "delivered"}),
            payment: json!({"amount_vnd": 350_000, "verdict": "matched"}),
            voucher: json!({"code": "SOM-0001", "pool": "gia"}),
            points: json!({
                "name": "điểm", "available": 350, "pending": 10, "held": 5, "expiring_30_days": 20,
                "tier": "Bạc", "next_tier": "Vàng", "to_next_tier": 1_100,
            }),
            survey: json!({
                "id": "a", "title": "Khảo sát", "link": "https://cham.example.com/s/aaaaaaaaaaa",
            }),
            ..Self::default()
        }
    }
}

/// Whether a dotted path can lead to something: `customer.consent.care` can, `customer.consent.car` cannot. What a shop's
/// own events and orders carry is open.
pub(super) fn knows(path: &[&str]) -> bool {
    match path {
        ["event", "data", ..] | ["order", ..] | ["answers", ..] | ["hidden", ..] => true,
        ["event" | "customer" | "shipment" | "payment" | "voucher" | "points" | "survey"] => true,
        ["points", field] => matches!(
            *field,
            "name"
                | "available"
                | "pending"
                | "held"
                | "expiring_30_days"
                | "tier"
                | "next_tier"
                | "to_next_tier"
        ),
        ["event", field] => matches!(*field, "id" | "kind" | "source" | "subject" | "time"),
        ["customer", field] => matches!(*field, "name" | "consent" | "identities" | "tags"),
        ["customer", "consent", field] => matches!(*field, "care" | "promotion"),
        ["shipment", field] => matches!(*field, "carrier" | "code" | "state"),
        ["payment", field] => matches!(*field, "amount_vnd" | "verdict"),
        ["voucher", field] => matches!(*field, "code" | "pool"),
        ["survey", field] => matches!(*field, "id" | "title" | "link"),
        _ => false,
    }
}

/// JSON as CEL sees it, whole numbers as `int`: the library's own conversion makes them `uint`, which `+ 1` refuses.
/// `None` when a list or map has more than [`ENTRIES_MAX`] entries.
pub(super) fn to_cel(json: &Json) -> Option<cel::Value> {
    Some(match json {
        Json::Null => cel::Value::Null,
        Json::Bool(truth) => cel::Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => cel::Value::Int(int),
            (None, Some(uint)) => cel::Value::UInt(uint),
            (None, None) => cel::Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => cel::Value::String(Arc::new(text.clone())),
        Json::Array(items) if items.len() <= ENTRIES_MAX => {
            cel::Value::List(Arc::new(items.iter().map(to_cel).collect::<Option<_>>()?))
        }
        Json::Object(fields) if fields.len() <= ENTRIES_MAX => {
            let entry = |(name, value): (&String, &Json)| Some((name.clone(), to_cel(value)?));
            fields.iter().map(entry).collect::<Option<HashMap<_, _>>>()?.into()
        }
        Json::Array(_) | Json::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_sample_is_known() {
        fn walk<'j>(path: &mut Vec<&'j str>, json: &'j Json) {
            assert!(knows(path), "{path:?}");
            for (name, value) in json.as_object().into_iter().flatten() {
                path.push(name);
                walk(path, value);
                path.pop();
            }
        }
        for (name, fact) in Facts::sample("customer.tier_changed").named() {
            walk(&mut vec![name], fact);
        }
    }

    #[test]
    fn an_amount_stands_where_no_other_fact_does() {
        for (path, may_be) in [
            ("order.amount_vnd", true),
            ("payment.amount_vnd", true),
            ("event.data.total", true),
            ("order.lines.total", true),
            ("order", false),
            ("event.data", false),
            ("order.", false),
            ("order.id", false),
            ("customer.name", false),
            ("customer.age", false),
            ("amount_vnd", false),
            ("", false),
        ] {
            assert_eq!(Facts::may_be_amount(path), may_be, "{path}");
        }
    }

    #[test]
    fn whole_numbers_stay_whole_and_floods_are_refused() {
        assert_eq!(to_cel(&json!(350_000)), Some(cel::Value::Int(350_000)));
        assert_eq!(to_cel(&json!(u64::MAX)), Some(cel::Value::UInt(u64::MAX)));
        assert_eq!(to_cel(&json!(0.5)), Some(cel::Value::Float(0.5)));
        assert!(to_cel(&json!(vec![0; ENTRIES_MAX])).is_some());
        assert_eq!(to_cel(&json!({"a": vec![0; ENTRIES_MAX + 1]})), None);
    }
}
