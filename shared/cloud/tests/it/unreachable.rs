//! CU45, CU46: numbers that a channel does not reach.

use cloud::table::StoreError;
use domain::{channel::Channel, phone::PhoneKey};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    failures::shown,
    stage::{LAN_PHONE, Stage, TENANT, assert_corrupt, pepper, phone, start},
};

fn number() -> PhoneKey {
    pepper().key(&phone(LAN_PHONE).phone.unwrap())
}

#[tokio::test]
async fn a_number_without_zalo_is_known_for_thirty_days_on_its_channel_and_in_its_business() {
    let stage = Stage::new();
    let customers = stage.customers();
    let by_phone = Channel::ZnsPhone;
    let (known, units) =
        stage.units(customers.is_unreachable(TENANT, &number(), by_phone, start())).await;
    assert!(!known.unwrap());
    assert_eq!((units.read, units.write, units.calls), (0.5, 0.0, 1));
    let (noted, units) =
        stage.units(customers.note_unreachable(TENANT, &number(), by_phone, start())).await;
    noted.unwrap();
    assert_eq!((units.read, units.write, units.calls), (0.0, 1.0, 1));
    for (tenant, channel, days, expected) in [
        (TENANT, by_phone, 0, true),
        (TENANT, by_phone, 29, true),
        (TENANT, by_phone, 30, false),
        (TENANT, Channel::ZnsUid, 0, false),
        ("tra-sua", by_phone, 0, false),
    ] {
        let at = start() + SignedDuration::from_hours(24 * days);
        let known = customers.is_unreachable(tenant, &number(), channel, at).await.unwrap();
        assert_eq!(known, expected, "{tenant} {channel} after {days} days");
    }
}

#[tokio::test]
async fn a_note_that_nobody_can_read_is_named() {
    let stage = Stage::new();
    let customers = stage.customers();
    customers.note_unreachable(TENANT, &number(), Channel::ZnsPhone, start()).await.unwrap();
    let pk = format!("{TENANT}#phone:{}", number().as_str());
    let far = json!({"N": "99999999999999999"});
    stage.spoil("CustomersTable", &pk, "unreachable#zns-phone", "until", far);
    let read = customers.is_unreachable(TENANT, &number(), Channel::ZnsPhone, start()).await;
    assert_corrupt(read, &["unreachable#zns-phone"]);
}

/// One of its patterns, for the faults.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let (customers, phone, by_phone) = (stage.customers(), number(), Channel::ZnsPhone);
    match id {
        "CU45" => shown(customers.note_unreachable(TENANT, &phone, by_phone, start()).await),
        "CU46" => shown(customers.is_unreachable(TENANT, &phone, by_phone, start()).await),
        other => panic!("{other} is not here"),
    }
}
