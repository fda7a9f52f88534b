//! What a person may ask for: everything, and to be forgotten.

use admin::{
    Failure,
    person::{Who, erase, export},
};
use domain::{
    event::Identity,
    event::Strength,
    id::CustomerId,
    phone::{Pepper, Phone},
    subject::Subject,
};

use crate::setup::{TENANT, demo, engine, minute, stage};

const NUMBER: &str = "0912345678";

#[tokio::test]
async fn a_person_is_found_by_number_exported_and_erased_when_somebody_is_sure() {
    let engine = engine();
    let stage = stage(&engine);
    let files = demo();
    let activate = admin::tenant::Activate::All;
    admin::tenant::apply(&stage.tenants, &files, &activate, &crate::setup::lan(0)).await.unwrap();
    let phone = Phone::parse(NUMBER).unwrap();
    let pepper: Pepper = files.secrets.pepper().unwrap();
    let subject = Subject::Phone(pepper.key(&phone));
    let lan = CustomerId::of(TENANT, "lan");
    let identity = Identity { subject, phone: Some(phone) };
    stage.customers.link_first(TENANT, &identity, &lan, Strength::Proven).await.unwrap();
    stage.customers.name(TENANT, &lan, "Nguyễn Thị Lan", minute(1), None).await.unwrap();

    let by_number = Who::Phone("+84 912 345 678".to_owned());
    let told = export(&stage, TENANT, &by_number, minute(2)).await.unwrap().concat();
    assert!(told.contains("Nguyễn Thị Lan") && told.contains("84912345678"), "{told}");
    serde_json::from_str::<serde_json::Value>(&told).unwrap();

    let asked = erase(&stage, TENANT, &by_number, false, minute(3), |_| {}).await.unwrap_err();
    assert_eq!(asked.exit_code(), 1);
    assert!(asked.to_string().ends_with("say --yes"), "{asked}");
    let done = erase(&stage, TENANT, &by_number, true, minute(4), |_| {}).await.unwrap();
    assert!(done[0].contains("erased"), "{done:?}");
    let rows = engine.scan_all("cham-dev-customers").unwrap();
    assert!(!format!("{rows:?}").contains("Lan"), "{rows:?}");
    let nobody = export(&stage, TENANT, &by_number, minute(5)).await.unwrap_err();
    assert_eq!(nobody.to_string(), "nobody is known by that");
}

#[tokio::test]
async fn who_is_not_named_well_is_asked_for_again_without_being_quoted() {
    let stage = stage(&engine());
    let files = demo();
    let activate = admin::tenant::Activate::All;
    admin::tenant::apply(&stage.tenants, &files, &activate, &crate::setup::lan(0)).await.unwrap();
    for who in [Who::Phone("09123".to_owned()), Who::Customer("lan".to_owned())] {
        let failure = export(&stage, TENANT, &who, minute(1)).await.unwrap_err();
        assert!(matches!(failure, Failure::Misuse(_)), "{failure:?}");
        assert!(!failure.to_string().contains("09123"), "{failure}");
    }
    let who = Who::Zalo("1".to_owned());
    let failure = export(&stage, TENANT, &who, minute(1)).await.unwrap_err();
    assert_eq!(failure.to_string(), "nobody is known by that");
    let failure = export(&stage, "tra-sua", &who, minute(1)).await.unwrap_err();
    assert_eq!(failure.to_string(), "there is no business tra-sua");
}
