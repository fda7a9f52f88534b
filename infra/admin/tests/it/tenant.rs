//! Checking, comparing, applying and going back.

use admin::{
    Failure,
    files::{Files, Texts},
    tenant::{Activate, Plan, apply, plan, rollback, versions},
};

use crate::setup::{
    PROGRAMME, RULES, SECRETS, SURVEYS, TEMPLATES, TENANT, TENANT_FILE, THREE, checked, engine,
    files, lan, minute, refusal, stage, start,
};

const NOTHING: Activate = Activate::Rules(Vec::new());

fn names(names: &[&str]) -> Activate {
    Activate::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
}

#[test]
fn everything_wrong_with_a_folder_is_said_by_file_and_line_and_no_secret_is() {
    let texts = Texts {
        tenant: &TENANT_FILE.replace("name: Cà", "nam: Cà"),
        templates: TEMPLATES,
        programme: Some(PROGRAMME),
        surveys: Some(SURVEYS),
        rules: &RULES.replace("template: welcome", "template: welcom"),
        secrets: &SECRETS.replace("pepper: day-phone-pepper-0123456789", "pepper: hush"),
    };
    let said: Vec<String> =
        Files::check(&texts).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(!said.concat().contains("hush"));
    insta::assert_snapshot!(said.join("\n"));
    let texts = Texts {
        tenant: TENANT_FILE,
        templates: TEMPLATES,
        programme: Some(PROGRAMME),
        surveys: Some(SURVEYS),
        rules: RULES,
        secrets: &SECRETS.replace("2893352839501541173", "12").replace("ghn:", "gnh:"),
    };
    let said: Vec<String> =
        Files::check(&texts).unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_programme_is_checked_before_the_rules_that_award_by_it() {
    let award = "- {id: a, on: a.b, then: [{id: p, award: purchase}]}";
    let check = |programme: Option<&str>| {
        let texts = Texts {
            tenant: TENANT_FILE,
            templates: TEMPLATES,
            programme,
            surveys: None,
            rules: award,
            secrets: SECRETS,
        };
        let wrong = Files::check(&texts).err().into_iter().flatten();
        wrong.map(|problem| problem.to_string()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(check(Some(PROGRAMME)), "");
    insta::assert_snapshot!(check(None), @"rules.yaml:1: `award` names an earning of programme.yaml, and there is none (no_programme)");
    let renamed = PROGRAMME.replace("id: purchase", "id: bought");
    insta::assert_snapshot!(check(Some(&renamed)), @"rules.yaml:1: there is no earning `purchase` (unknown_earning)");
    let broken = PROGRAMME.replace("currency: diem\n    per_vnd", "currency: xu\n    per_vnd");
    insta::assert_snapshot!(check(Some(&broken)), @"programme.yaml:10: there is no currency `xu` (unknown_currency)");
}

#[test]
fn a_folder_may_have_a_programme_and_surveys_and_needs_what_its_rules_name() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for (name, text) in [
        ("tenant.yaml", TENANT_FILE),
        ("templates.yaml", TEMPLATES),
        ("rules.yaml", THREE),
        ("secrets.yaml", SECRETS),
    ] {
        put(name, text);
    }
    let refused = refusal(Files::read(folder.path()));
    assert!(refused.contains("no_surveys"), "{refused}");
    put("surveys.yaml", SURVEYS);
    assert_eq!(Files::read(folder.path()).unwrap().programme, None);
    put("programme.yaml", PROGRAMME);
    assert_eq!(Files::read(folder.path()).unwrap().programme.as_deref(), Some(PROGRAMME));
}

#[tokio::test]
async fn what_a_programme_changes_is_told_and_it_goes_back_with_its_version() {
    let engine = engine();
    let rules = "- {id: a, on: payment.matched, then: [{id: p, award: five-stars}]}";
    let files = |programme: Option<&str>, rules| {
        let (tenant, templates, secrets) = (TENANT_FILE, TEMPLATES, SECRETS);
        checked(&Texts { tenant, templates, programme, surveys: None, rules, secrets })
    };
    let without = files(None, "[]");
    apply(&stage(&engine).tenants, &without, &NOTHING, &lan(0)).await.unwrap();
    let first = files(Some(PROGRAMME), rules);
    let first = apply(&stage(&engine).tenants, &first, &Activate::All, &lan(1)).await.unwrap();
    insta::assert_snapshot!(first.join("\n"), @r"
    ca-phe-som: version 1 is active
    rule     a                        new, active since 2026-11-20T01:01:00Z
    currency diem                     new
    earning  purchase                 new
    earning  five-stars               new
    earning  opinion                  new
    badge    regular                  new
    streak   every-week               new
    board    top-month                new
    reward   ten-percent              new
    reward   cup                      new
    tiers    diem                     new
    ca-phe-som: version 2 is active now
    ");
    let changed = PROGRAMME.replace("points: 50}", "points: 60}").replace("id: cup", "id: mug");
    let changed = files(Some(&changed), rules);
    let second = apply(&stage(&engine).tenants, &changed, &NOTHING, &lan(2)).await.unwrap();
    insta::assert_snapshot!(second.join("\n"), @r"
    ca-phe-som: version 2 is active
    rule     a                        changed (was active since 2026-11-20T01:01:00Z), in shadow mode: it sends nothing until it is activated
    earning  five-stars               changed
    reward   mug                      new
    reward   cup                      removed
    step     a/p                      acts no more
    ca-phe-som: version 3 is active now
    ");
    for (version, earnings) in [(1, None), (2, Some(3)), (3, Some(3))] {
        let _ = rollback(&stage(&engine).tenants, TENANT, version, &lan(3)).await.unwrap();
        let tenants = stage(&engine).tenants;
        assert_eq!(tenants.active_version(TENANT, minute(3)).await.unwrap(), Some(version));
        let set = tenants.rule_set(TENANT, version).await.unwrap();
        assert_eq!(set.programme().map(|programme| programme.earnings.len()), earnings);
    }
}

#[test]
fn a_folder_without_a_file_is_a_misuse_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Files::read(folder.path()).unwrap_err();
    assert!(matches!(&missing, Failure::Misuse(said) if said.contains("tenant.yaml")));
    assert_eq!(missing.exit_code(), 2);
}

#[tokio::test]
async fn a_rule_is_in_shadow_until_it_is_named_and_stays_active_while_it_says_the_same() {
    let engine = engine();
    let tenants = stage(&engine).tenants;
    let first =
        apply(&tenants, &files(THREE), &names(&["welcome", "rest"]), &lan(0)).await.unwrap();
    insta::assert_snapshot!("first", first.join("\n"));

    // A comment, another order, a changed rule, a new one, one gone.
    let rules = THREE.replace("2h", "3h").replace("id: tier-up\n", "id: tier-down\n");
    let rules = format!("# Better.\n{rules}");
    let second = apply(&tenants, &files(&rules), &names(&["tier-down"]), &lan(5)).await.unwrap();
    insta::assert_snapshot!("second", second.join("\n"));
    let source = stage(&engine).tenants.source(TENANT, 2).await.unwrap().unwrap();
    let since: Vec<_> = source.activated.into_iter().collect();
    assert_eq!(since, [("tier-down".to_owned(), minute(5)), ("welcome".to_owned(), start())]);
    let active = stage(&engine).tenants.active(TENANT, minute(5)).await.unwrap().unwrap();
    let steps: Vec<&str> = active.steps.iter().map(String::as_str).collect();
    assert_eq!((active.version, steps), (2, vec!["tier-down/tell", "welcome/greet"]));
}

#[tokio::test]
async fn the_same_folder_again_keeps_the_version_and_one_rule_more_makes_another() {
    let engine = engine();
    for (activate, said) in [
        (Activate::All, "version 1 is active now"),
        (Activate::All, "version 1 stays active; settings and secrets are stored"),
        (NOTHING, "version 1 stays active; settings and secrets are stored"),
    ] {
        let tenants = stage(&engine).tenants;
        let lines = apply(&tenants, &files(THREE), &activate, &lan(1)).await.unwrap();
        assert_eq!(lines.last().unwrap(), &format!("{TENANT}: {said}"));
    }
    let tenants = stage(&engine).tenants;
    let lines = apply(&tenants, &files("[]"), &NOTHING, &lan(2)).await.unwrap();
    assert_eq!(lines.last().unwrap(), &format!("{TENANT}: version 2 is active now"));
    assert_eq!(tenants.versions(TENANT, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_comparison_stores_nothing_and_tells_names_of_secrets_but_no_secret() {
    let engine = engine();
    let before = engine.scan_all("cham-dev-tenants").unwrap();
    let Plan { lines, base, .. } =
        plan(&stage(&engine).tenants, &files(THREE), &NOTHING, start()).await.unwrap();
    assert_eq!((lines[0].as_str(), base), ("ca-phe-som: nothing is stored yet", None));
    assert_eq!(engine.scan_all("cham-dev-tenants").unwrap(), before);

    apply(&stage(&engine).tenants, &files(THREE), &Activate::All, &lan(0)).await.unwrap();
    let stored = engine.scan_all("cham-dev-tenants").unwrap();
    let changed = checked(&Texts {
        tenant: &TENANT_FILE.replace("Cà Phê Sớm", "Cà Phê Muộn"),
        templates: &TEMPLATES.replace("433004", "433999"),
        programme: Some(PROGRAMME),
        surveys: Some(SURVEYS),
        rules: THREE,
        secrets: &SECRETS
            .replace("day-access-token", "hush-hush")
            .replace("whsec_day_sepay", "hush"),
    });
    let tenants = stage(&engine).tenants;
    let Plan { lines, .. } = plan(&tenants, &changed, &NOTHING, minute(1)).await.unwrap();
    let said = lines.join("\n");
    assert!(!said.contains("hush") && !said.contains("day-access"), "{said}");
    insta::assert_snapshot!(said);
    assert_eq!(engine.scan_all("cham-dev-tenants").unwrap(), stored);
}

#[tokio::test]
async fn what_cannot_be_applied_is_said_and_changes_nothing() {
    let engine = engine();
    apply(&stage(&engine).tenants, &files(THREE), &Activate::All, &lan(0)).await.unwrap();
    let stored = engine.scan_all("cham-dev-tenants").unwrap();
    let pepper = checked(&Texts {
        tenant: TENANT_FILE,
        templates: TEMPLATES,
        programme: Some(PROGRAMME),
        surveys: Some(SURVEYS),
        rules: THREE,
        secrets: &SECRETS.replace("day-phone-pepper", "hush-phone-pepper"),
    });
    let tenants = stage(&engine).tenants;
    let said = [
        refusal(apply(&tenants, &pepper, &NOTHING, &lan(1)).await),
        refusal(apply(&tenants, &files(THREE), &names(&["welcome", "no", "nay"]), &lan(1)).await),
        refusal(rollback(&tenants, TENANT, 7, &lan(1)).await),
        refusal(versions(&tenants, "nobody", 9, start()).await),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(engine.scan_all("cham-dev-tenants").unwrap(), stored);
}

#[tokio::test]
async fn an_earlier_version_judges_again_with_its_own_activations() {
    let engine = engine();
    apply(&stage(&engine).tenants, &files(THREE), &Activate::All, &lan(0)).await.unwrap();
    apply(&stage(&engine).tenants, &files("[]"), &NOTHING, &lan(1)).await.unwrap();
    let said = rollback(&stage(&engine).tenants, TENANT, 1, &lan(2)).await.unwrap();
    assert_eq!(said[0], "ca-phe-som: version 1 is active now");
    let listed = versions(&stage(&engine).tenants, TENANT, 9, minute(2)).await.unwrap();
    insta::assert_snapshot!(listed.join("\n"));
    let active = stage(&engine).tenants.active(TENANT, minute(2)).await.unwrap().unwrap();
    assert_eq!((active.version, active.steps.len()), (1, 4));

    // What follows builds on the version that judges, and gets a number of its own.
    let rules = format!("{THREE}\n- {{id: more, on: order.made, then: [{{id: w, wait: 1h}}]}}\n");
    let lines = apply(&stage(&engine).tenants, &files(&rules), &NOTHING, &lan(3)).await.unwrap();
    assert_eq!(lines.last().unwrap(), "ca-phe-som: version 3 is active now");
    let source = stage(&engine).tenants.source(TENANT, 3).await.unwrap().unwrap();
    assert_eq!(source.activated.len(), 3);
    assert!(source.activated.values().all(|since| *since == start()));
}
