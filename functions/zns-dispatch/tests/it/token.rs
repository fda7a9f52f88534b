//! An access token that Zalo does not take is renewed, and the message goes at once.

use cloud::{
    table::{
        Tenants,
        tenants::{Conditional, NewPair},
    },
    zalo::{App, Given, Hosts, Zalo},
};
use domain::{
    custody::{Exchanged, Verifier},
    notification::State,
    secret::Secret,
};
use jiff::SignedDuration;
use local::demo::state::{DEMO, secrets, tenant};
use testkit::{fault::Faults, stand_in::Misbehaviour};

use crate::setup::*;

/// Connects the account as an admin would, at the start.
async fn connected(desk: &Desk) -> Tenants {
    let (app, oa) = (tenant().zalo.app_id, tenant().zalo.oas[0].clone());
    let secret = secrets().zalo_app.unwrap().secret;
    let url = desk.zalo.url();
    let hosts = Hosts { oauth: url, ..Hosts::default() };
    let zalo = Zalo::new(cloud::http::client(std::time::Duration::from_secs(5)), hosts);
    let verifier = Verifier::new(&[7; 32]);
    let page = zalo.permission_url(&app, "http://a/", &verifier.challenge(), "s");
    let back = desk.zalo.agree(&page).unwrap();
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let code = Secret::new(code);
    let given = Given::Code { code: &code, verifier: &verifier };
    let (exchanged, _) = zalo.exchange(App { id: &app, secret: &secret }, given).await;
    let Exchanged::Granted(grant) = exchanged else { panic!("{exchanged:?}") };
    let tenants =
        Tenants::new(&desk.state.engine.client(&Faults::new()), &desk.state.table("TENANTS_TABLE"));
    let pair = NewPair {
        access: grant.access,
        refresh: grant.refresh,
        issued_at: start() - SignedDuration::from_hours(1),
        life: Some(grant.life),
        before: None,
    };
    let done = tenants.connect(DEMO, &oa, Some(0), &pair, "lan").await.unwrap();
    assert_eq!(done, Conditional::Done);
    tenants
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_message_goes_in_the_same_run() {
    let mut desk = Desk::open().await;
    let tenants = connected(&desk).await;
    desk.zalo.misbehave(Misbehaviour::TokensRevoked);
    let told = desk.send(&planned("tell"), start()).await;
    assert_eq!((told.state, told.attempts.len()), (State::Sent, 2), "{told:?}");
    assert_eq!(desk.messages().len(), 1);
    let oa = tenant().zalo.oas[0].clone();
    let version = tenants.credential(DEMO, &oa).await.unwrap().unwrap().standing.version;
    assert_eq!(version, 2);
    // A new pair that is refused as well is not refreshed for every message.
    desk.zalo.misbehave(Misbehaviour::TokensRevoked);
    let told = desk.send(&planned("again"), start()).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("token")));
    let version = tenants.credential(DEMO, &oa).await.unwrap().unwrap().standing.version;
    assert_eq!(version, 2);
}

#[tokio::test]
async fn a_token_that_is_over_is_refreshed_before_the_message_goes() {
    let mut desk = Desk::open().await;
    let tenants = connected(&desk).await;
    let later = start() + SignedDuration::from_hours(25);
    desk.zalo.set_now(later);
    let mut late = planned("late");
    late.planned_at = later;
    let told = desk.send(&late, later).await;
    assert_eq!((told.state, told.attempts.len()), (State::Sent, 1), "{told:?}");
    let oa = tenant().zalo.oas[0].clone();
    let version = tenants.credential(DEMO, &oa).await.unwrap().unwrap().standing.version;
    assert_eq!(version, 2);
}

#[tokio::test]
async fn without_a_token_a_message_waits_until_a_person_has_consented() {
    let mut desk = Desk::open().await;
    let tenants = connected(&desk).await;
    desk.zalo.revoke_consent();
    let told = desk.send(&planned("tell"), start()).await;
    assert_eq!((told.state, told.reason.as_deref()), (State::Held, Some("token")));
    let oa = tenant().zalo.oas[0].clone();
    let standing = tenants.credential(DEMO, &oa).await.unwrap().unwrap().standing;
    assert_eq!(standing.ended, Some(domain::custody::Ended::Rejected));
    assert!(desk.messages().is_empty());
}
