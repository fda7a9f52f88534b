//! TE21 to TE30: the credentials of Official Accounts, and consents that were begun.

use cloud::table::{
    StoreError, Tenants,
    tenants::{Conditional, Consenting, NewPair},
};
use domain::{
    custody::{Claim, Ended, Lease, Release, Verifier},
    secret::Secret,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    failures::shown,
    stage::{OA, Stage, TENANT, minute, start},
};

/// Connected, and nobody is at it.
const FREE: &str = "2893352839501541200";
/// Connected, and claimed by [`OWNER`].
const HELD: &str = "2893352839501541201";
/// Not connected.
const NEW: &str = "2893352839501541202";
const OWNER: &str = "refresh-1";

fn pair(name: &str, at: Timestamp) -> NewPair {
    NewPair {
        access: Secret::new(format!("access-{name}")),
        refresh: Some(Secret::new(format!("refresh-{name}"))),
        issued_at: at,
        life: Some(SignedDuration::from_hours(25)),
        before: Some(vec![1, 2, 3]),
    }
}

fn lease(owner: &str) -> Lease {
    Lease { owner: owner.to_owned(), until: minute(2) }
}

fn claim(tries_before: u8, owner: &str) -> Claim {
    Claim { version: 1, tries_before, lease: lease(owner) }
}

fn release() -> Release {
    Release { version: 1, tries: 1, retry_at: minute(1), code: None }
}

fn consenting() -> Consenting {
    Consenting {
        state: "0123456789abcdef0123456789abcdef".to_owned(),
        verifier: Verifier::new(&[7; 32]),
        redirect_uri: "https://cham.example/oa/callback/ca-phe-som".to_owned(),
    }
}

/// Two accounts and a consent.
pub async fn prepare(tenants: &Tenants) {
    for oa in [FREE, HELD] {
        let done = tenants.connect(TENANT, oa, None, &pair("a", start()), "lan").await.unwrap();
        assert_eq!(done, Conditional::Done);
    }
    let done = tenants.claim(TENANT, HELD, &claim(0, OWNER), start()).await.unwrap();
    assert_eq!(done, Conditional::Done);
    tenants.begin_consent(TENANT, &consenting(), start()).await.unwrap();
}

/// One pattern, on what [`prepare`] has left.
pub async fn run(stage: &Stage, id: &str) -> Result<String, StoreError> {
    let tenants = stage.tenants();
    match id {
        "TE21" => shown(tenants.credential(TENANT, FREE).await),
        "TE22" => shown(tenants.claim(TENANT, FREE, &claim(0, "refresh-2"), start()).await),
        "TE23" => shown(tenants.swap(TENANT, HELD, 1, &pair("b", minute(1))).await),
        "TE24" => shown(tenants.release(TENANT, HELD, &release(), OWNER).await),
        "TE25" => {
            let (ended, lease) = (Ended::Rejected, lease(OWNER));
            shown(tenants.bury(TENANT, HELD, 1, ended, &lease, start()).await)
        }
        "TE26" => shown(tenants.connect(TENANT, NEW, None, &pair("a", start()), "lan").await),
        "TE27" => shown(tenants.disconnect(TENANT, FREE).await),
        "TE28" => shown(tenants.connected().await),
        "TE29" => shown(tenants.begin_consent(TENANT, &consenting(), start()).await),
        "TE30" => {
            let state = consenting().state;
            let ended = tenants.end_consent(TENANT, &state, start()).await;
            shown(ended.map(|found| found.map(|found| found.state)))
        }
        other => panic!("{other} has no call here"),
    }
}

async fn prepared() -> (Stage, Tenants) {
    let stage = Stage::new();
    let tenants = stage.tenants();
    prepare(&tenants).await;
    (stage, tenants)
}

#[tokio::test]
async fn a_pair_is_read_back_as_it_was_connected_and_listed() {
    let (stage, tenants) = prepared().await;
    let (found, units) = stage.units(tenants.credential(TENANT, FREE)).await;
    assert_eq!((units.read, units.write), (1.0, 0.0));
    let found = found.unwrap().unwrap();
    assert_eq!((found.access.expose(), found.standing.version), ("access-a", 1));
    assert_eq!(found.refresh.as_ref().unwrap().expose(), "refresh-a");
    assert_eq!(found.standing.expires_at, Some(start() + SignedDuration::from_hours(25)));
    assert_eq!(found.connected, Some(("lan".to_owned(), start())));
    assert_eq!(found.before.as_deref(), Some([1, 2, 3].as_slice()));
    let listed: Vec<String> =
        tenants.connected().await.unwrap().into_iter().map(|one| one.oa).collect();
    assert_eq!(listed, [FREE, HELD]);
    assert!(!format!("{found:?}").contains("-a"), "no token is printed");
}

#[tokio::test]
async fn one_of_two_claims_holds_and_the_lease_ends_with_its_time() {
    let (_stage, tenants) = prepared().await;
    let claims = |owner, now| {
        let (tenants, claim) = (&tenants, claim(1, owner));
        async move { tenants.claim(TENANT, HELD, &claim, now).await.unwrap() }
    };
    assert_eq!(claims("refresh-2", minute(1)).await, Conditional::Refused, "the lease holds");
    assert_eq!(claims("refresh-2", minute(2)).await, Conditional::Done);
    assert_eq!(claims("refresh-3", minute(9)).await, Conditional::Refused, "two tries were made");
    let standing = tenants.credential(TENANT, HELD).await.unwrap().unwrap().standing;
    assert_eq!((standing.tries, standing.lease.unwrap().owner.as_str()), (2, "refresh-2"));
}

#[tokio::test]
async fn a_swap_asks_for_the_version_alone_and_forgets_what_was_wrong() {
    let (stage, tenants) = prepared().await;
    let buried = tenants.bury(TENANT, HELD, 1, Ended::Rejected, &lease(OWNER), start()).await;
    assert_eq!(buried.unwrap(), Conditional::Done);
    let (swapped, units) = stage.units(tenants.swap(TENANT, HELD, 1, &pair("b", minute(5)))).await;
    assert_eq!((swapped.unwrap(), units.write), (Conditional::Done, 1.0));
    let again = tenants.swap(TENANT, HELD, 1, &pair("c", minute(6))).await.unwrap();
    assert_eq!(again, Conditional::Refused);
    let found = tenants.credential(TENANT, HELD).await.unwrap().unwrap();
    assert_eq!((found.access.expose(), found.standing.version), ("access-b", 2));
    let standing = found.standing;
    assert_eq!((standing.ended, standing.lease, standing.tries), (None, None, 0));
    // An answer may bring no refresh token: the old one stays, and its age with it.
    let kept = NewPair { refresh: None, life: None, before: None, ..pair("d", minute(9)) };
    assert_eq!(tenants.swap(TENANT, HELD, 2, &kept).await.unwrap(), Conditional::Done);
    let found = tenants.credential(TENANT, HELD).await.unwrap().unwrap();
    assert_eq!(found.refresh.unwrap().expose(), "refresh-b");
    assert_eq!(found.standing.refresh_issued_at, Some(minute(5)));
    assert_eq!((found.standing.expires_at, found.before), (None, None));
}

#[tokio::test]
async fn only_the_owner_gives_a_lease_back_and_only_what_nobody_holds_is_buried_by_others() {
    let (_stage, tenants) = prepared().await;
    let foreign = tenants.release(TENANT, HELD, &release(), "refresh-2").await.unwrap();
    assert_eq!(foreign, Conditional::Refused);
    let bury = |owner: &'static str, now| {
        let (tenants, lease) = (&tenants, lease(owner));
        async move { tenants.bury(TENANT, HELD, 1, Ended::Lost, &lease, now).await.unwrap() }
    };
    assert_eq!(bury("refresh-2", minute(9)).await, Conditional::Refused, "a try is left");
    let done = tenants.claim(TENANT, HELD, &claim(1, "refresh-3"), minute(9)).await.unwrap();
    assert_eq!(done, Conditional::Done);
    assert_eq!(bury("refresh-2", minute(1)).await, Conditional::Refused, "somebody is at it");
    assert_eq!(bury("refresh-2", minute(9)).await, Conditional::Done);
    let ended = tenants.credential(TENANT, HELD).await.unwrap().unwrap().standing.ended;
    assert_eq!(ended, Some(Ended::Lost));
    let after = tenants.claim(TENANT, HELD, &claim(2, "refresh-4"), minute(60)).await.unwrap();
    assert_eq!(after, Conditional::Refused, "what is dead is not claimed");
}

#[tokio::test]
async fn a_token_of_the_tenants_file_gives_way_to_a_pair_and_never_comes_back() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    assert_eq!(
        crate::tenants::apply(&tenants, 1).await.unwrap(),
        cloud::table::tenants::Applied::Done
    );
    let connect = |seen| {
        let tenants = &tenants;
        async move { tenants.connect(TENANT, OA, seen, &pair("a", start()), "lan").await.unwrap() }
    };
    assert_eq!(connect(None).await, Conditional::Refused);
    assert_eq!(connect(Some(0)).await, Conditional::Done);
    assert_eq!(connect(Some(0)).await, Conditional::Refused);
    assert_eq!(
        crate::tenants::apply(&tenants, 2).await.unwrap(),
        cloud::table::tenants::Applied::Done
    );
    let found = tenants.credential(TENANT, OA).await.unwrap().unwrap();
    assert_eq!((found.access.expose(), found.standing.version), ("access-a", 1));
    let differences = crate::tenants::differences(&tenants).await.unwrap().unwrap();
    assert_eq!(differences, [], "the file has nothing to say about it");
    assert_eq!(tenants.disconnect(TENANT, OA).await.unwrap(), Conditional::Done);
    assert!(tenants.credential(TENANT, OA).await.unwrap().is_none());
    assert_eq!(tenants.connected().await.unwrap(), []);
}

#[tokio::test]
async fn a_consent_is_ended_once_and_within_half_an_hour() {
    let (_stage, tenants) = prepared().await;
    let state = consenting().state;
    let end = |state: &'static str, now| {
        let tenants = &tenants;
        async move { tenants.end_consent(TENANT, state, now).await.unwrap().is_some() }
    };
    let state: &'static str = state.leak();
    assert!(!end("another", start()).await);
    assert!(end(state, minute(29)).await);
    assert!(!end(state, minute(29)).await, "it was ended");
    tenants.begin_consent(TENANT, &consenting(), start()).await.unwrap();
    assert!(!end(state, minute(30)).await, "it is over");
}
