//! The demo tenant's door, and one authentic hook of every source.

use jiff::{SignedDuration, Timestamp};
use local::demo::{
    hook::DemoHook,
    state::{DEMO, DemoState},
};
use serde_json::{Value, json};

/// The account of the demo.
pub const OA: &str = "2893352839501541173";

/// Twenty past eight on the day of the demo.
pub fn start() -> Timestamp {
    "2026-11-20T08:20:00+07:00".parse().unwrap()
}

pub fn later(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub async fn door() -> DemoState {
    DemoState::fresh(start(), start()).await
}

/// `text` from a customer to the account.
pub fn wrote(text: &str, msg_id: &str) -> DemoHook {
    DemoHook::zalo(json!({
        "sender": {"id": "2468458835291979221"},
        "recipient": {"id": OA},
        "event_name": "user_send_text",
        "message": {"text": text, "msg_id": msg_id},
        "timestamp": start().as_millisecond().to_string(),
    }))
}

pub fn paid(id: u64) -> DemoHook {
    let body = json!({
        "id": id, "gateway": "Vietcombank", "transactionDate": "2026-11-20 08:19:58",
        "accountNumber": "0123499999", "code": "DH0001", "content": "DH0001 thanh toan",
        "transferType": "in", "transferAmount": 350_000, "referenceCode": format!("MBVCB.{id}"),
    });
    DemoHook::sepay(body.to_string(), start())
}

pub fn parcel(status: &str) -> DemoHook {
    let body = json!({
        "ClientOrderCode": "DH0001", "OrderCode": "Z82BS", "Status": status,
        "Time": "2026-11-20T01:20:00.000Z", "Type": "switch_status",
    });
    DemoHook::ghn(body.to_string())
}

pub fn order(amount_vnd: u64) -> Value {
    json!({
        "type": "order.created", "timestamp": "2026-11-20T01:20:00Z",
        "data": {"order_id": "DH0001", "phone": "0912345678", "amount_vnd": amount_vnd},
    })
}

pub fn ordered(id: &str) -> DemoHook {
    DemoHook::standard(id, order(350_000).to_string(), start())
}

/// One hook of every source, and what its sender takes for success.
pub fn one_of_each() -> [(DemoHook, i64, &'static str); 4] {
    [
        (wrote("chào shop", "m1"), 200, "{}"),
        (paid(1), 200, r#"{"success":true}"#),
        (parcel("delivering"), 200, "{}"),
        (ordered("d1"), 202, r#"{"accepted":true}"#),
    ]
}

/// What stands in the events table.
pub fn events(door: &DemoState) -> Vec<Value> {
    door.rows_of(&door.table("EVENTS_TABLE"))
}

/// A path of the demo tenant.
pub fn hooks(rest: &str) -> String {
    format!("/hooks/{DEMO}/{rest}")
}
