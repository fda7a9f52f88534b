//! `cham tenant`: what a folder would change, applying it, and going back.
//!
//! A new or changed rule begins in shadow mode; one that says the same stays activated as it was. Settings and secrets are not
//! kept by version: going back concerns the rules.

use std::collections::BTreeMap;

use cloud::table::{
    Tenants,
    tenants::{Applied, Change, Difference, Differs, RolledBack},
};
use domain::{
    points::programme::{PartChange, Programme},
    rule::{RuleChange, RuleSet, RuleSource},
};
use jiff::Timestamp;

use crate::{Failure, files::Files};

/// Who does it, when and why.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in a few words.
    pub note: Option<String>,
}

/// Which rules are to act from now on, besides those that do and say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activate {
    /// These, by id.
    Rules(Vec<String>),
    /// Every one.
    All,
}

impl Activate {
    /// Reads what stands on the command line: names, or `all`.
    pub fn of(names: &[String]) -> Self {
        match names {
            [all] if all == "all" => Self::All,
            names => Self::Rules(names.to_vec()),
        }
    }
}

/// What a folder would change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The rules as they would be stored; with the active version's number when they are the same.
    pub source: RuleSource,
    /// The version that is active now.
    pub base: Option<u32>,
    /// One line for each thing that there is to know.
    pub lines: Vec<String>,
    /// `<rule>/<step>` of the steps that act now and would not any more.
    pub steps_gone: Vec<String>,
}

/// Compares a folder with what is active.
///
/// # Errors
/// A rule to activate that there is not, a changed pepper, or the database.
pub async fn plan(
    tenants: &Tenants,
    files: &Files,
    activate: &Activate,
    now: Timestamp,
) -> Result<Plan, Failure> {
    let tenant = &files.tenant.id;
    let base = tenants.active(tenant, now).await?.map(|active| active.version);
    let before = match base {
        None => None,
        Some(version) => {
            let gone = || Failure::refused(format!("{tenant}: version {version} is not there"));
            Some(tenants.source(tenant, version).await?.ok_or_else(gone)?)
        }
    };
    let newest = tenants.versions(tenant, 1).await?.first().map_or(0, |newest| newest.version);
    let mut source = RuleSource {
        version: newest + 1,
        yaml: files.rules.clone(),
        templates: files.templates.clone(),
        programme: files.programme.clone(),
        surveys: files.surveys.clone(),
        activated: BTreeMap::new(),
    };
    let compiled = compiled(&source)?;
    let compiled_before = before.as_ref().map(self::compiled).transpose()?;
    source.activated = activations(&compiled, compiled_before.as_ref(), activate, now)?;
    if let Some(before) = &before {
        let same = RuleSource { version: before.version, ..source.clone() };
        if same == *before {
            source = same;
        }
    }
    let after = self::compiled(&source)?;

    let differences = tenants.differences(&files.tenant, &files.secrets).await?;
    let pepper = Difference { name: "secrets.pepper".to_owned(), how: Differs::Changed };
    if differences.iter().flatten().any(|difference| *difference == pepper) {
        return Err(Failure::refused(format!(
            "{tenant}: the pepper never changes: every phone number is found by it"
        )));
    }
    let mut lines = vec![match base {
        None => format!("{tenant}: nothing is stored yet"),
        Some(version) => format!("{tenant}: version {version} is active"),
    }];
    lines.extend(rule_lines(&after, compiled_before.as_ref()));
    lines.extend(template_lines(&source, before.as_ref()));
    lines.extend(programme_lines(&after, compiled_before.as_ref()));
    lines.extend(survey_lines(&after, compiled_before.as_ref()));
    lines.extend(
        differences.iter().flatten().map(|difference| {
            format!("setting  {:24} {}", difference.name, differs(difference.how))
        }),
    );
    let steps = after.active_steps();
    let gone = compiled_before.map(|before| before.active_steps()).unwrap_or_default();
    let steps_gone: Vec<String> = gone.into_iter().filter(|step| !steps.contains(step)).collect();
    lines.extend(steps_gone.iter().map(|step| format!("step     {step:24} acts no more")));
    Ok(Plan { source, base, lines, steps_gone })
}

/// Applies a folder; what was done, one line each.
///
/// # Errors
/// As [`plan`]; or somebody else applied at the same time.
pub async fn apply(
    tenants: &Tenants,
    files: &Files,
    activate: &Activate,
    signature: &Signature,
) -> Result<Vec<String>, Failure> {
    let Plan { source, base, mut lines, .. } = plan(tenants, files, activate, signature.at).await?;
    let change =
        Change { by: signature.by.clone(), at: signature.at, note: signature.note.clone(), base };
    let tenant = &files.tenant.id;
    match tenants.apply(&files.tenant, &files.secrets, &source, &change).await? {
        Applied::Done => {}
        Applied::VersionTaken | Applied::Moved => {
            return Err(Failure::refused(format!(
                "{tenant}: somebody else has just changed it; nothing was stored, look at it again"
            )));
        }
        Applied::Wrong => {
            return Err(Failure::refused(format!("{tenant}: the rules do not compile")));
        }
    }
    let version = source.version;
    lines.push(match base {
        Some(base) if base == version => {
            format!("{tenant}: version {version} stays active; settings and secrets are stored")
        }
        Some(_) | None => format!("{tenant}: version {version} is active now"),
    });
    Ok(lines)
}

/// Lets an earlier version judge again.
///
/// # Errors
/// When there is no such version, or the database.
pub async fn rollback(
    tenants: &Tenants,
    tenant: &str,
    to: u32,
    signature: &Signature,
) -> Result<Vec<String>, Failure> {
    match tenants.rollback(tenant, to, &signature.by, signature.at).await? {
        RolledBack::Done => Ok(vec![
            format!("{tenant}: version {to} is active now"),
            "settings and secrets stay as they are; functions follow within a minute".to_owned(),
        ]),
        RolledBack::NoSuchVersion => {
            Err(Failure::refused(format!("{tenant}: there is no version {to}")))
        }
    }
}

/// The versions, the newest first.
///
/// # Errors
/// When there is none, or the database.
pub async fn versions(
    tenants: &Tenants,
    tenant: &str,
    newest: usize,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let active = tenants.active(tenant, now).await?.map(|active| active.version);
    let versions = tenants.versions(tenant, newest).await?;
    if versions.is_empty() {
        return Err(Failure::refused(format!("{tenant}: there is no such tenant")));
    }
    let line = |one: &cloud::table::tenants::VersionInfo| {
        let mark = if Some(one.version) == active { "*" } else { " " };
        let note = one.note.as_deref().unwrap_or_default();
        format!("{mark} {:>5}  {}  {:16} {note}", one.version, one.at, one.by).trim_end().to_owned()
    };
    Ok(versions.iter().map(line).collect())
}

fn compiled(source: &RuleSource) -> Result<RuleSet, Failure> {
    RuleSet::compile(source).map_err(|problems| {
        let line = |problem: &domain::rule::Problem| {
            format!("rules.yaml:{}: {} ({})", problem.line, problem.message, problem.code)
        };
        Failure::Refused(problems.iter().map(line).collect())
    })
}

fn activations(
    rules: &RuleSet,
    before: Option<&RuleSet>,
    activate: &Activate,
    now: Timestamp,
) -> Result<BTreeMap<String, Timestamp>, Failure> {
    let mut activated = before.map(|before| rules.activations_from(before)).unwrap_or_default();
    match activate {
        Activate::All => {
            for rule in rules.rules() {
                activated.entry(rule.id.clone()).or_insert(now);
            }
        }
        Activate::Rules(names) => {
            let unknown = names.iter().filter(|name| rules.rule(name).is_none());
            let unknown: Vec<String> =
                unknown.map(|name| format!("--activate {name}: there is no such rule")).collect();
            if !unknown.is_empty() {
                return Err(Failure::Refused(unknown));
            }
            for name in names {
                activated.entry(name.clone()).or_insert(now);
            }
        }
    }
    Ok(activated)
}

fn rule_lines(after: &RuleSet, before: Option<&RuleSet>) -> Vec<String> {
    let line = |(rule, change): (String, RuleChange)| {
        let since = after.activated_since(&rule);
        let was = before.and_then(|before| before.activated_since(&rule));
        let acts = match since {
            Some(since) => format!("active since {since}"),
            None => "in shadow mode: it sends nothing until it is activated".to_owned(),
        };
        let said = match change {
            RuleChange::New => format!("new, {acts}"),
            RuleChange::Changed => {
                let was = was
                    .map_or_else(|| "in shadow mode".to_owned(), |at| format!("active since {at}"));
                format!("changed (was {was}), {acts}")
            }
            RuleChange::Unchanged => format!("unchanged, {acts}"),
            RuleChange::Removed => "removed".to_owned(),
        };
        format!("rule     {rule:24} {said}")
    };
    after.changes_since(before).into_iter().map(line).collect()
}

fn template_lines(after: &RuleSource, before: Option<&RuleSource>) -> Vec<String> {
    let known = before.map(|before| before.templates.as_slice()).unwrap_or_default();
    let mut lines = Vec::new();
    for template in &after.templates {
        match known.iter().find(|one| one.name == template.name) {
            Some(same) if same == template => {}
            Some(_) => lines.push(format!("template {:24} changed", template.name)),
            None => lines.push(format!("template {:24} new", template.name)),
        }
    }
    for template in known {
        if after.templates.iter().all(|one| one.name != template.name) {
            lines.push(format!("template {:24} removed", template.name));
        }
    }
    lines
}

fn programme_lines(after: &RuleSet, before: Option<&RuleSet>) -> Vec<String> {
    let none = Programme::default();
    let here = after.programme().map_or(&none, |programme| programme);
    let before = before.and_then(|before| before.programme());
    let line = |PartChange { kind, id, change }: PartChange| {
        let said = match change {
            RuleChange::New => "new",
            RuleChange::Changed => "changed",
            RuleChange::Removed => "removed",
            RuleChange::Unchanged => return None,
        };
        Some(format!("{kind:8} {id:24} {said}"))
    };
    here.changes_since(before.map(|before| &**before)).into_iter().filter_map(line).collect()
}

fn survey_lines(after: &RuleSet, before: Option<&RuleSet>) -> Vec<String> {
    let of = |set: Option<&RuleSet>| {
        let surveys = set.and_then(RuleSet::surveys).into_iter().flat_map(|surveys| surveys.iter());
        surveys.map(|survey| (survey.id.clone(), survey.said.clone())).collect::<BTreeMap<_, _>>()
    };
    let (after, before) = (of(Some(after)), of(before));
    let here = after.iter().filter_map(|(id, said)| match before.get(id) {
        None => Some((id, "new")),
        Some(old) if old != said => Some((id, "changed")),
        Some(_) => None,
    });
    let gone = before.keys().filter(|id| !after.contains_key(*id)).map(|id| (id, "removed"));
    here.chain(gone).map(|(id, said)| format!("survey   {id:24} {said}")).collect()
}

fn differs(how: Differs) -> &'static str {
    match how {
        Differs::New => "new",
        Differs::Changed => "changed",
        Differs::Removed => "removed",
    }
}
