//! TEn: a business as it is applied and read.

use std::{collections::BTreeMap, sync::Arc};

use cloud::table::{StoreError, Tenants, tenants::Applied};
use domain::{
    rule::{RuleSet, RuleSource},
    source::Source,
    tenant::{Tenant, TenantSecrets, read_templates},
};
use serde_json::{Value, json};
use testkit::fault::Fault;

use crate::stage::{OA, Stage, TENANT, assert_corrupt, assert_infrastructure, minute, start};

const TABLE: &str = "TenantsTable";
const TENANT_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/tenant.yaml");
const SECRETS_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/secrets.yaml");
const RULES_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/rules.yaml");
const TEMPLATES_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/templates.yaml");

fn secrets() -> TenantSecrets {
    TenantSecrets::read(SECRETS_FILE).unwrap()
}

fn rules(version: u32) -> RuleSource {
    let templates = read_templates(TEMPLATES_FILE).unwrap();
    RuleSource { version, yaml: RULES_FILE.to_owned(), templates, activated: BTreeMap::new() }
}

/// Applies the demo tenant with this version of its rules.
pub async fn apply(tenants: &Tenants, version: u32) -> Result<Applied, StoreError> {
    let tenant = Tenant::read(TENANT_FILE).unwrap();
    tenants.apply(&tenant, &secrets(), &rules(version)).await
}

/// A tenant that was applied, as a function sees it that starts now.
async fn applied() -> (Stage, Tenants) {
    let stage = Stage::new();
    assert_eq!(apply(&stage.tenants(), 1).await.unwrap(), Applied::Done);
    let tenants = stage.tenants();
    (stage, tenants)
}

#[tokio::test]
async fn a_tenant_is_applied_row_by_row_and_again_to_the_same_rows() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let (applied, units) = stage.units(apply(&tenants, 1)).await;
    assert_eq!(applied.unwrap(), Applied::Done);
    let rules_kb = serde_json::to_string(&rules(1)).unwrap().len().div_ceil(1024);
    // The demo's settings, its account and the pointer take one unit each; the rules theirs, their key and names included.
    assert_eq!((units.write, units.read, units.calls), (3.0 + rules_kb as f64, 0.0, 4));
    let rows = stage.rows(TABLE);
    assert_eq!(apply(&tenants, 1).await.unwrap(), Applied::Done);
    assert_eq!(stage.rows(TABLE), rows);
}

#[tokio::test]
async fn every_part_is_read_once_a_minute_for_half_a_unit_and_then_kept() {
    let (stage, tenants) = applied().await;
    for (now, reads) in [(0, 1), (0, 0), (1, 1)] {
        let now = minute(now);
        let reads_of = |units: testkit::fault::Units| (units.read, units.write, units.calls);
        let half = f64::from(reads) / 2.0;

        let (settings, units) = stage.units(tenants.settings(TENANT, now)).await;
        let settings = settings.unwrap().unwrap();
        assert_eq!(settings.tenant, Tenant::read(TENANT_FILE).unwrap());
        let shared = settings.secrets(Source::Ghn);
        assert!(
            shared.current.unwrap().matches("ghn-day-path-secret") && shared.previous.is_none()
        );
        assert_eq!(reads_of(units), (half, 0.0, reads as usize));

        let (version, units) = stage.units(tenants.active_version(TENANT, now)).await;
        assert_eq!((version.unwrap(), reads_of(units)), (Some(1), (half, 0.0, reads as usize)));

        let (set, units) = stage.units(tenants.rule_set(TENANT, 1, now)).await;
        assert_eq!(set.unwrap().rules().len(), RuleSet::compile(&rules(1)).unwrap().rules().len());
        let kb4 = serde_json::to_string(&rules(1)).unwrap().len().div_ceil(4096);
        assert_eq!(reads_of(units), (half * kb4 as f64, 0.0, reads as usize));

        let (token, units) = stage.units(tenants.access_token(TENANT, OA, now)).await;
        assert!(token.unwrap().is_some());
        assert_eq!(reads_of(units), (half, 0.0, reads as usize));
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_and_kept_for_a_minute_too() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    for reads in [1, 0] {
        let (settings, units) = stage.units(tenants.settings("nobody", start())).await;
        assert!(settings.unwrap().is_none() && units.calls == reads);
        let (version, units) = stage.units(tenants.active_version("nobody", start())).await;
        assert!(version.unwrap().is_none() && units.calls == reads);
        let (token, units) = stage.units(tenants.access_token("nobody", OA, start())).await;
        assert!(token.unwrap().is_none() && units.calls == reads);
    }
    assert_corrupt(tenants.rule_set("nobody", 7, start()).await, &["nobody rules#000007"]);
}

#[tokio::test]
async fn a_source_without_secrets_has_none_and_a_changed_secret_counts_within_a_minute() {
    let (stage, tenants) = applied().await;
    tenants.settings(TENANT, start()).await.unwrap();
    let ghn = json!({"M": {"current": {"S": "new"}, "previous": {"S": "old"}}});
    stage.spoil(TABLE, "", "settings", "sources", json!({"M": {"ghn": ghn}}));
    let kept = tenants.settings(TENANT, start()).await.unwrap().unwrap();
    assert!(kept.secrets(Source::Sepay).current.is_some());
    let changed = tenants.settings(TENANT, minute(1)).await.unwrap().unwrap();
    assert!(changed.secrets(Source::Sepay).current.is_none());
    let pair = changed.secrets(Source::Ghn);
    assert!(pair.current.unwrap().matches("new") && pair.previous.unwrap().matches("old"));
}

#[tokio::test]
async fn the_pointer_never_leads_to_a_version_that_is_not_there() {
    // The death of who applies, before and after each of the four writes of a second version.
    for nth in 1..=4 {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let (stage, tenants) = applied().await;
            stage.faults.plan(nth, fault);
            tokio::select! {
                biased;
                done = apply(&tenants, 2) => panic!("the dead answered: {done:?}"),
                () = stage.faults.crashed() => {}
            }
            let tenants = stage.tenants();
            let version = tenants.active_version(TENANT, start()).await.unwrap().unwrap();
            let set = tenants.rule_set(TENANT, version, start()).await.unwrap();
            assert_eq!(set.version, version);
            assert_eq!(apply(&tenants, 2).await.unwrap(), Applied::Done);
            assert_eq!(stage.tenants().active_version(TENANT, start()).await.unwrap(), Some(2));
        }
    }
}

#[tokio::test]
async fn a_version_never_changes_and_what_comes_with_other_rules_changes_nothing() {
    let (stage, tenants) = applied().await;
    let rows = stage.rows(TABLE);
    let mut tenant = Tenant::read(TENANT_FILE).unwrap();
    tenant.name = "Cà Phê Muộn".to_owned();
    let other = RuleSource { yaml: "[]".to_owned(), ..rules(1) };
    let (applied, units) = stage.units(tenants.apply(&tenant, &secrets(), &other)).await;
    assert_eq!((applied.unwrap(), units.calls), (Applied::VersionTaken, 1));
    assert_eq!(stage.rows(TABLE), rows);

    let next = RuleSource { version: 2, ..other };
    assert_eq!(tenants.apply(&tenant, &secrets(), &next).await.unwrap(), Applied::Done);
    let tenants = stage.tenants();
    let settings = tenants.settings(TENANT, start()).await.unwrap().unwrap();
    assert_eq!((&settings.tenant.name, stage.rows(TABLE).len()), (&tenant.name, rows.len() + 1));
}

#[tokio::test]
async fn of_two_who_apply_at_once_the_last_pointer_counts_and_both_versions_stay() {
    for versions in [[2, 3], [3, 2]] {
        let (stage, tenants) = applied().await;
        let (one, two) =
            tokio::join!(biased; apply(&tenants, versions[0]), apply(&tenants, versions[1]));
        assert_eq!((one.unwrap(), two.unwrap()), (Applied::Done, Applied::Done));
        let tenants = stage.tenants();
        assert_eq!(tenants.active_version(TENANT, start()).await.unwrap(), Some(versions[1]));
        for version in 1..=3 {
            let set: Arc<RuleSet> = tenants.rule_set(TENANT, version, start()).await.unwrap();
            assert_eq!(set.version, version);
        }
    }
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_named_and_not_kept() {
    let spoiled: Vec<(&str, &str, Value)> = vec![
        ("settings", "v", json!({"N": "2"})),
        ("settings", "pepper", json!({"S": "short"})),
        ("settings", "tenant", json!({"S": "{}"})),
        ("settings", "sources", Value::Null),
        ("rules", "v", Value::Null),
        ("rules", "version", json!({"S": "one"})),
        ("rules#000001", "rules", json!({"S": "{"})),
        (
            "rules#000001",
            "rules",
            json!({"S": serde_json::to_string(&RuleSource {
            yaml: "- id: nothing".to_owned(), ..rules(1)
        }).unwrap()}),
        ),
        ("rules#000001", "v", json!({"N": "2"})),
        ("oa#2893352839501541173", "access_token", json!({"S": "two\nlines"})),
        ("oa#2893352839501541173", "access_token", Value::Null),
    ];
    for (sk, attribute, value) in spoiled {
        let (stage, tenants) = applied().await;
        let mut row = stage.row(TABLE, TENANT, sk);
        row[attribute] = value.clone();
        if value.is_null() {
            row.as_object_mut().unwrap().remove(attribute);
        }
        let was = stage.row(TABLE, TENANT, sk);
        stage.put(TABLE, &row);
        let key = format!("{TENANT} {sk}");
        for (stored, ok) in [(&row, false), (&was, true)] {
            stage.put(TABLE, stored);
            match sk {
                "settings" if ok => assert!(tenants.settings(TENANT, start()).await.is_ok()),
                "settings" => assert_corrupt(tenants.settings(TENANT, start()).await, &[&key]),
                "rules" if ok => assert!(tenants.active_version(TENANT, start()).await.is_ok()),
                "rules" => assert_corrupt(tenants.active_version(TENANT, start()).await, &[&key]),
                "rules#000001" if ok => assert!(tenants.rule_set(TENANT, 1, start()).await.is_ok()),
                "rules#000001" => {
                    assert_corrupt(tenants.rule_set(TENANT, 1, start()).await, &[&key]);
                }
                _ if ok => assert!(tenants.access_token(TENANT, OA, start()).await.is_ok()),
                _ => assert_corrupt(tenants.access_token(TENANT, OA, start()).await, &[&key]),
            }
        }
    }
}

#[tokio::test]
async fn a_tenant_that_could_not_be_read_is_read_again_at_once() {
    let (stage, tenants) = applied().await;
    stage.fail_three_times(Fault::TimeoutWithoutEffect);
    assert_infrastructure(tenants.settings(TENANT, start()).await);
    assert!(tenants.settings(TENANT, start()).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_that_is_read_of_a_tenant_prints_a_secret() {
    let (_stage, tenants) = applied().await;
    let settings = tenants.settings(TENANT, start()).await.unwrap();
    let token = tenants.access_token(TENANT, OA, start()).await.unwrap();
    let printed = format!("{settings:?} {token:?} {tenants:?} {:?}", secrets());
    for secret in ["day-oa-secret-key", "whsec_", "ghn-day", "day-access-token", "day-phone-pepper"]
    {
        assert!(!printed.contains(secret), "{secret}");
    }
}
