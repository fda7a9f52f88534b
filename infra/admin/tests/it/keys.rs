//! API keys.

use admin::{
    keys,
    tenant::{Activate, apply},
};

use crate::setup::{TENANT, engine, files, lan, refusal, stage};

#[tokio::test]
async fn a_key_is_shown_once_opens_what_it_was_made_for_and_is_taken_away_by_name() {
    let engine = engine();
    let tenants = stage(&engine).tenants;
    let scopes = ["console".to_owned()];
    assert_eq!(
        refusal(keys::add(&tenants, TENANT, "till", &scopes, &lan(0)).await),
        "ca-phe-som: there is no such tenant"
    );
    let tenants = stage(&engine).tenants;
    apply(&tenants, &files("[]"), &Activate::All, &lan(0)).await.unwrap();
    let tenants = stage(&engine).tenants;
    let till = keys::add(&tenants, TENANT, "till", &scopes, &lan(1)).await.unwrap().remove(0);
    let office = keys::add(&tenants, TENANT, "office", &scopes, &lan(2)).await.unwrap().remove(0);
    for key in [&till, &office] {
        let random = key.strip_prefix("cham_ca-phe-som_").unwrap();
        assert!(
            random.len() == 32
                && random.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        let rows = serde_json::to_string(&engine.scan_all("cham-dev-tenants").unwrap()).unwrap();
        assert!(!rows.contains(random));
    }
    assert_ne!(till, office);
    let listed = keys::list(&tenants, TENANT).await.unwrap().join("\n");
    insta::assert_snapshot!(listed, @r"
    office                   console          made 2026-11-20T01:02:00Z by lan
    till                     console          made 2026-11-20T01:01:00Z by lan
    ");
    assert!(
        keys::check(&tenants, TENANT, &format!("{till}\n")).await.unwrap()[0].starts_with("till")
    );
    let revoked = keys::revoke(&tenants, TENANT, "till").await.unwrap();
    assert_eq!(revoked, ["ca-phe-som: the key till opens nothing any more"]);
    let said = [
        refusal(keys::check(&tenants, TENANT, &till).await),
        refusal(keys::check(&tenants, "tra-chieu", &office).await),
        refusal(keys::revoke(&tenants, TENANT, "till").await),
        refusal(keys::add(&tenants, TENANT, "office", &scopes, &lan(3)).await),
        refusal(keys::add(&tenants, TENANT, "new", &["moon".to_owned()], &lan(3)).await),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    ca-phe-som: this key opens nothing
    tra-chieu: this key opens nothing
    ca-phe-som: there is no key till
    ca-phe-som: there is a key office; revoke it first
    --scope moon: there is only console
    ");
    keys::revoke(&tenants, TENANT, "office").await.unwrap();
    assert_eq!(keys::list(&tenants, TENANT).await.unwrap(), ["ca-phe-som: no keys"]);
}
