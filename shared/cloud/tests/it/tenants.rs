//! TEn: a business as it is applied and read.

use std::{collections::BTreeMap, sync::Arc};

use cloud::table::{
    StoreError, Tenants,
    tenants::{Active, ApiKey, Applied, Change, Difference, Differs, RolledBack, VersionInfo},
};
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
const PROGRAMME_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/programme.yaml");
const SURVEYS_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/surveys.yaml");
const TEMPLATES_FILE: &str = include_str!("../../../../infra/local/demo/ca-phe-som/templates.yaml");

fn secrets() -> TenantSecrets {
    TenantSecrets::read(SECRETS_FILE).unwrap()
}

fn rules(version: u32) -> RuleSource {
    let templates = read_templates(TEMPLATES_FILE).unwrap();
    RuleSource {
        version,
        yaml: RULES_FILE.to_owned(),
        templates,
        programme: Some(PROGRAMME_FILE.to_owned()),
        surveys: Some(SURVEYS_FILE.to_owned()),
        activated: BTreeMap::new(),
    }
}

/// Lan's change that makes `version` out of the one before it.
pub fn change(version: u32) -> Change {
    let base = version.checked_sub(1).filter(|base| *base > 0);
    Change { by: "lan".to_owned(), at: start(), note: None, base }
}

/// Applies the demo tenant with this version of its rules.
pub async fn apply(tenants: &Tenants, version: u32) -> Result<Applied, StoreError> {
    let tenant = Tenant::read(TENANT_FILE).unwrap();
    tenants.apply(&tenant, &secrets(), &rules(version), &change(version)).await
}

/// Holds the demo tenant against what is stored.
pub async fn differences(tenants: &Tenants) -> Result<Option<Vec<Difference>>, StoreError> {
    tenants.differences(&Tenant::read(TENANT_FILE).unwrap(), &secrets()).await
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
    // The demo's settings, its account, the pointer and the templates with stars take one unit each, the rules theirs, their key
    // and names included; and a transaction writes everything twice.
    let kb = 4.0 + rules_kb as f64;
    // Whether the account has been connected meanwhile is read first.
    assert_eq!((units.write, units.read, units.calls), (2.0 * kb, 1.0, 2));
    let rows = stage.rows(TABLE);
    assert_eq!(apply(&tenants, 1).await.unwrap(), Applied::Done);
    assert_eq!(stage.rows(TABLE), rows);
}

#[tokio::test]
async fn every_part_is_read_once_a_minute_for_half_a_unit_and_a_version_of_the_rules_once() {
    let (stage, tenants) = applied().await;
    // A version of the rules never changes.
    for (now, reads, rules_read) in [(0, 1, 1), (0, 0, 0), (1, 1, 0)] {
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

        let (set, units) = stage.units(tenants.rule_set(TENANT, 1)).await;
        assert_eq!(set.unwrap().rules().len(), RuleSet::compile(&rules(1)).unwrap().rules().len());
        let kb4 = serde_json::to_string(&rules(1)).unwrap().len().div_ceil(4096);
        let units_read = (rules_read * kb4) as f64 / 2.0;
        assert_eq!(reads_of(units), (units_read, 0.0, rules_read));

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
    assert_corrupt(tenants.rule_set("nobody", 7).await, &["nobody rules#000007"]);
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
async fn who_dies_applying_leaves_all_of_it_or_nothing() {
    for (fault, active) in [(Fault::CrashBefore, 1), (Fault::CrashAfter, 2)] {
        let (stage, tenants) = applied().await;
        // The first call reads.
        stage.faults.plan(2, fault);
        tokio::select! {
            biased;
            done = apply(&tenants, 2) => panic!("the dead answered: {done:?}"),
            () = stage.faults.crashed() => {}
        }
        let tenants = stage.tenants();
        assert_eq!(tenants.active_version(TENANT, start()).await.unwrap(), Some(active));
        assert_eq!(tenants.versions(TENANT, 9).await.unwrap().len(), active as usize);
        assert_eq!(apply(&tenants, 2).await.unwrap(), Applied::Done);
        assert_eq!(stage.tenants().active_version(TENANT, start()).await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn what_must_not_be_stored_changes_nothing_at_all() {
    let (stage, tenants) = applied().await;
    let rows = stage.rows(TABLE);
    let mut tenant = Tenant::read(TENANT_FILE).unwrap();
    tenant.name = "Cà Phê Muộn".to_owned();
    let other = RuleSource { yaml: "[]".to_owned(), ..rules(1) };
    let next = RuleSource { version: 2, ..other.clone() };
    let wrong = RuleSource { yaml: "- id: nothing".to_owned(), ..next.clone() };
    let late = Change { base: None, ..change(2) };
    for (rules, change, answer, calls) in [
        (&other, change(1), Applied::VersionTaken, 2),
        (&next, late, Applied::Moved, 2),
        (&next, change(3), Applied::Moved, 2),
        (&wrong, change(2), Applied::Wrong, 0),
    ] {
        let secrets = secrets();
        let call = tenants.apply(&tenant, &secrets, rules, &change);
        let (applied, units) = stage.units(call).await;
        assert_eq!((applied.unwrap(), units.calls), (answer, calls));
        assert_eq!(stage.rows(TABLE), rows, "{answer:?}");
    }
    let done = tenants.apply(&tenant, &secrets(), &next, &change(2)).await.unwrap();
    assert_eq!(done, Applied::Done);
    let tenants = stage.tenants();
    let settings = tenants.settings(TENANT, start()).await.unwrap().unwrap();
    assert_eq!((&settings.tenant.name, stage.rows(TABLE).len()), (&tenant.name, rows.len() + 1));
}

#[tokio::test]
async fn of_two_who_apply_at_once_one_is_stored_and_the_other_is_told() {
    for (mine, theirs) in [("[]", RULES_FILE), (RULES_FILE, "[]")] {
        let (stage, tenants) = applied().await;
        let tenant = Tenant::read(TENANT_FILE).unwrap();
        let source = |yaml: &str| RuleSource { yaml: yaml.to_owned(), ..rules(2) };
        let (mine, theirs) = (source(mine), source(theirs));
        let (secrets, change) = (secrets(), change(2));
        let (one, two) = tokio::join!(
            biased;
            tenants.apply(&tenant, &secrets, &mine, &change),
            tenants.apply(&tenant, &secrets, &theirs, &change)
        );
        assert_eq!((one.unwrap(), two.unwrap()), (Applied::Done, Applied::VersionTaken));
        assert_eq!(stage.tenants().source(TENANT, 2).await.unwrap(), Some(mine));
    }
}

#[tokio::test]
async fn versions_say_who_when_and_why_and_the_first_to_store_one_stays_its_author() {
    let (stage, tenants) = applied().await;
    let tenant = Tenant::read(TENANT_FILE).unwrap();
    let minh = |at| Change {
        by: "minh".to_owned(),
        at: minute(at),
        note: Some("Tết".to_owned()),
        base: Some(1),
    };
    for at in [5, 6] {
        let applied = tenants.apply(&tenant, &secrets(), &rules(2), &minh(at)).await.unwrap();
        assert_eq!(applied, Applied::Done);
    }
    let (versions, units) = stage.units(tenants.versions(TENANT, 9)).await;
    let (second, first) = (
        VersionInfo { version: 2, at: minute(5), by: "minh".to_owned(), note: minh(5).note },
        VersionInfo { version: 1, at: start(), by: "lan".to_owned(), note: None },
    );
    assert_eq!((versions.unwrap(), units.calls), (vec![second.clone(), first], 1));
    assert!(units.read >= 2.0, "{units:?}");
    assert_eq!(tenants.versions(TENANT, 1).await.unwrap(), [second]);
    assert_eq!(tenants.versions("nobody", 9).await.unwrap(), []);
    let (source, units) = stage.units(tenants.source(TENANT, 2)).await;
    let kb4 = serde_json::to_string(&rules(2)).unwrap().len().div_ceil(4096);
    assert_eq!((source.unwrap(), units.read), (Some(rules(2)), kb4 as f64));
    assert_eq!(tenants.source(TENANT, 3).await.unwrap(), None);
}

#[tokio::test]
async fn only_steps_of_activated_rules_are_active_and_a_rollback_brings_those_of_its_version() {
    let stage = Stage::new();
    let tenant = Tenant::read(TENANT_FILE).unwrap();
    let activated = |version, rule: &str| RuleSource {
        activated: BTreeMap::from([(rule.to_owned(), start())]),
        ..rules(version)
    };
    for (version, rule) in [(1, "welcome"), (2, "tier-up")] {
        let rules = activated(version, rule);
        let applied = stage.tenants().apply(&tenant, &secrets(), &rules, &change(version)).await;
        assert_eq!(applied.unwrap(), Applied::Done);
    }
    let steps = async || {
        let tenants = stage.tenants();
        let (active, units) = stage.units(tenants.active(TENANT, start())).await;
        assert_eq!((units.read, units.calls), (0.5, 1));
        let (again, units) = stage.units(tenants.active(TENANT, start())).await;
        assert_eq!((&again.unwrap(), units.calls), (active.as_ref().unwrap(), 0));
        let Active { version, steps } = Arc::unwrap_or_clone(active.unwrap().unwrap());
        (version, steps.into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(steps().await, (2, "tier-up/congratulate".to_owned()));
    let tenants = stage.tenants();
    let (rolled, units) = stage.units(tenants.rollback(TENANT, 1, "minh", minute(9))).await;
    assert_eq!((rolled.unwrap(), units.calls, units.write), (RolledBack::Done, 2, 1.0));
    assert_eq!(steps().await, (1, "welcome/greet welcome/once".to_owned()));
    assert_eq!(stage.row(TABLE, TENANT, "rules")["rolled_back_by"]["S"], "minh");
    let rows = stage.rows(TABLE);
    let rolled = tenants.rollback(TENANT, 3, "minh", minute(9)).await.unwrap();
    assert_eq!((rolled, stage.rows(TABLE)), (RolledBack::NoSuchVersion, rows));
}

#[tokio::test]
async fn what_differs_is_named_and_no_value_is_told() {
    let (stage, tenants) = applied().await;
    let mut tenant = Tenant::read(TENANT_FILE).unwrap();
    let (nothing, units) = stage.units(tenants.differences(&tenant, &secrets())).await;
    assert_eq!((nothing.unwrap(), units.read, units.calls), (Some(vec![]), 2.0, 2));
    let changed = SECRETS_FILE
        .replace("  ghn: {current: ghn-day-path-secret}\n", "  haravan: {current: new-hush}\n")
        .replace("day-access-token", "other-hush")
        .replace("whsec_day_sepay}", "whsec_day_sepay, previous: old-hush}")
        + "alert_url: https://example.com/hush\n";
    let secrets = TenantSecrets::read(&changed).unwrap();
    tenant.name = "Cà Phê Muộn".to_owned();
    let differences = tenants.differences(&tenant, &secrets).await.unwrap().unwrap();
    let named = |name: &str, how| Difference { name: name.to_owned(), how };
    assert_eq!(
        differences,
        [
            named("secrets.alert_url", Differs::New),
            named("secrets.sources.ghn", Differs::Removed),
            named("secrets.sources.haravan", Differs::New),
            named("secrets.sources.sepay", Differs::Changed),
            named("secrets.zalo.2893352839501541173", Differs::Changed),
            named("tenant.name", Differs::Changed),
        ]
    );
    assert!(!format!("{differences:?}").contains("hush"));
    tenant.id = "nobody".to_owned();
    assert_eq!(tenants.differences(&tenant, &secrets).await.unwrap(), None);
}

#[tokio::test]
async fn an_alert_address_is_kept_and_never_printed() {
    let (stage, tenants) = applied().await;
    assert!(tenants.settings(TENANT, start()).await.unwrap().unwrap().alert_url.is_none());
    let secrets = format!("{SECRETS_FILE}alert_url: https://example.com/hush\n");
    let secrets = TenantSecrets::read(&secrets).unwrap();
    let tenant = Tenant::read(TENANT_FILE).unwrap();
    let applied = tenants.apply(&tenant, &secrets, &rules(2), &change(2)).await.unwrap();
    assert_eq!(applied, Applied::Done);
    let settings = stage.tenants().settings(TENANT, start()).await.unwrap().unwrap();
    assert_eq!(settings.alert_url.as_ref().unwrap().expose(), "https://example.com/hush");
    assert!(!format!("{settings:?}").contains("hush"));
}

/// A key of Lan's that opens the console.
pub fn api_key(name: &str) -> ApiKey {
    ApiKey {
        name: name.to_owned(),
        scopes: ["console".to_owned()].into(),
        created: start(),
        by: "lan".to_owned(),
    }
}

#[tokio::test]
async fn a_key_opens_until_it_is_revoked_and_stands_nowhere() {
    let stage = Stage::new();
    let tenants = stage.tenants();
    let presented = "cham_ca-phe-som_aaaabbbbccccddddeeeeffffgggghhhh";
    let (put, units) = stage.units(tenants.put_key(TENANT, presented, &api_key("till"))).await;
    put.unwrap();
    assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    let (key, units) = stage.units(tenants.key(TENANT, presented)).await;
    assert_eq!((key.unwrap(), units.read, units.calls), (Some(api_key("till")), 1.0, 1));
    assert!(api_key("till").allows("console") && !api_key("till").allows("events"));
    for (tenant, other) in [("tra-chieu", presented), (TENANT, &presented[1..]), (TENANT, "")] {
        assert_eq!(tenants.key(tenant, other).await.unwrap(), None);
    }
    let stored = serde_json::to_string(&stage.rows(TABLE)).unwrap();
    assert!(!stored.contains("aaaabbbb"), "{stored}");

    tenants.put_key(TENANT, "another", &api_key("office")).await.unwrap();
    tenants.put_key(TENANT, "a third", &api_key("till")).await.unwrap();
    let (keys, units) = stage.units(tenants.keys(TENANT)).await;
    let names: Vec<String> = keys.unwrap().into_iter().map(|key| key.name).collect();
    assert_eq!((names.join(" "), units.read), ("office till till".to_owned(), 1.0));
    let (named, units) = stage.units(tenants.key_named(TENANT, "office")).await;
    assert_eq!((named.unwrap(), units.read), (Some(api_key("office")), 1.0));
    let (revoked, units) = stage.units(tenants.revoke_key(TENANT, "till")).await;
    assert_eq!((revoked.unwrap(), units.write, units.calls), (2, 2.0, 3));
    assert_eq!(tenants.key(TENANT, presented).await.unwrap(), None);
    assert_eq!(tenants.key_named(TENANT, "till").await.unwrap(), None);
    assert_eq!(tenants.revoke_key(TENANT, "till").await.unwrap(), 0);
    assert_eq!(tenants.keys(TENANT).await.unwrap(), [api_key("office")]);
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
                "rules#000001" if ok => assert!(tenants.rule_set(TENANT, 1).await.is_ok()),
                "rules#000001" => {
                    assert_corrupt(tenants.rule_set(TENANT, 1).await, &[&key]);
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
