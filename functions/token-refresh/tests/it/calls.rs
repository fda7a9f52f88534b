//! How calls go out: with the app's proof where a business wants it, and by way of Vietnam where Zalo wants it.

use cloud::{
    custody::{Access, Custody},
    zalo::{Hosts, Outgoing, SEND_TIMEOUT, SendError, Zalo},
};
use domain::secret::Secret;
use local::demo::state::{rules, secrets, tenant};

use crate::setup::*;

const REPLY: Outgoing<'_> = Outgoing::Reply { user: "2468458835291979221", text: "a" };

#[tokio::test]
async fn a_business_whose_app_has_to_prove_itself_sends_the_proof_and_others_do_not() {
    for proves_calls in [false, true] {
        let office = Office::with(|settings| settings.requires_proof = true).await;
        let mut secrets = secrets();
        secrets.zalo_app.as_mut().unwrap().proves_calls = proves_calls;
        office.state.apply(&tenant(), &secrets, rules("[]", start())).await;
        let (tenants, zalo, settings) =
            (office.tenants(), office.client(), office.settings().await);
        let custody = Custody::new(&tenants, &zalo);
        let access = custody.token(&settings, OA, &office.invocation("send")).await.unwrap();
        let Access::Token(token, 1) = access else { panic!("{access:?}") };
        match zalo.send(&token, &REPLY).await {
            Ok(_) => assert!(proves_calls),
            Err(SendError::Refused { code, .. }) => assert_eq!((code, proves_calls), (-242, false)),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn personal_data_comes_by_way_of_the_proxy_and_messages_do_not_need_it() {
    let office = Office::with(|settings| settings.personal_data_in_vietnam = true).await;
    let known = office.credential().await;
    let url = office.zalo.url();
    let client = |profile_proxy| {
        let hosts = Hosts { profile: url.clone(), profile_proxy, ..office.hosts() };
        Zalo::new(cloud::http::client(SEND_TIMEOUT), hosts)
    };
    let abroad = client(None);
    assert!(!abroad.tells_personal_data(&known.access).await.unwrap());
    abroad.send(&known.access, &REPLY).await.unwrap();
    let at_home = client(Some(Secret::new(url.clone())));
    assert!(at_home.tells_personal_data(&known.access).await.unwrap());
    assert!(!format!("{at_home:?}").contains("Secret(h"), "a proxy's address may hold a password");
    // A proxy that is not there stops what needs it, and nothing else.
    let broken = client(Some(Secret::new("http://127.0.0.1:9")));
    assert!(broken.tells_personal_data(&known.access).await.is_err());
    broken.send(&known.access, &REPLY).await.unwrap();
    for bad in ["", "nowhere", "ftp://a"] {
        let vars = |name: &str| (name == "ZALO_PROFILE_PROXY").then(|| bad.to_owned());
        // An empty variable counts as not set.
        assert_eq!(Hosts::default().with_profile(vars).is_ok(), bad.is_empty(), "{bad}");
    }
}
