//! A tenant's folder: `tenant.yaml`, `templates.yaml`, `programme.yaml` and `surveys.yaml` where there are such, `rules.yaml` and
//! `secrets.yaml`, all of them checked before any is used.

use std::{collections::BTreeMap, fmt, io::ErrorKind, path::Path};

use domain::{
    points::programme::Programme,
    rule::{Problem, RuleSet, RuleSource, Template},
    source::Source,
    survey::Surveys,
    tenant::{Tenant, TenantSecrets, read_templates},
};

use crate::Failure;

/// A tenant's files, in order.
#[derive(Clone, Debug)]
pub struct Files {
    /// `tenant.yaml`.
    pub tenant: Tenant,
    /// `templates.yaml`.
    pub templates: Vec<Template>,
    /// `programme.yaml`, for a business with points.
    pub programme: Option<String>,
    /// `surveys.yaml`, for a business that asks.
    pub surveys: Option<String>,
    /// `rules.yaml`, which goes with the templates, the programme and the surveys.
    pub rules: String,
    /// `secrets.yaml`.
    pub secrets: TenantSecrets,
}

/// The texts of a tenant's files.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// `tenant.yaml`.
    pub tenant: &'a str,
    /// `templates.yaml`.
    pub templates: &'a str,
    /// `programme.yaml`, where there is one.
    pub programme: Option<&'a str>,
    /// `surveys.yaml`, where there is one.
    pub surveys: Option<&'a str>,
    /// `rules.yaml`.
    pub rules: &'a str,
    /// `secrets.yaml`.
    pub secrets: &'a str,
}

/// One thing wrong with a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// `rules.yaml`.
    pub file: &'static str,
    /// What.
    pub problem: Problem,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, line, message } = &self.problem;
        write!(f, "{}:{line}: {message} ({code})", self.file)
    }
}

impl Files {
    /// Reads the folder.
    ///
    /// # Errors
    /// [`Failure::Misuse`] when a file is missing, [`Failure::Refused`] with everything wrong, by file and line.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let read = |name: &str| {
            let path = folder.join(name);
            let misuse =
                |error: &std::io::Error| Failure::Misuse(format!("{}: {error}", path.display()));
            std::fs::read_to_string(&path).map_err(|error| (error.kind(), misuse(&error)))
        };
        let text = |name: &str| read(name).map_err(|(_, misuse)| misuse);
        let (tenant, templates) = (text("tenant.yaml")?, text("templates.yaml")?);
        let (rules, secrets) = (text("rules.yaml")?, text("secrets.yaml")?);
        let optional = |name: &str| match read(name) {
            Ok(text) => Ok(Some(text)),
            Err((ErrorKind::NotFound, _)) => Ok(None),
            Err((_, misuse)) => Err(misuse),
        };
        let (programme, surveys) = (optional("programme.yaml")?, optional("surveys.yaml")?);
        let texts = Texts {
            tenant: &tenant,
            templates: &templates,
            programme: programme.as_deref(),
            surveys: surveys.as_deref(),
            rules: &rules,
            secrets: &secrets,
        };
        Self::check(&texts).map_err(|problems| {
            Failure::Refused(problems.iter().map(ToString::to_string).collect())
        })
    }

    /// Checks the texts of the files.
    ///
    /// # Errors
    /// Everything wrong with all of them.
    pub fn check(texts: &Texts<'_>) -> Result<Self, Vec<FileProblem>> {
        let mut wrong = Vec::new();
        let tenant = noted("tenant.yaml", Tenant::read(texts.tenant), &mut wrong);
        let templates = noted("templates.yaml", read_templates(texts.templates), &mut wrong);
        let programme = texts.programme.map(Programme::read).transpose();
        let programme = noted("programme.yaml", programme, &mut wrong);
        // Surveys are held against the templates, and rules against all three: while one of them is wrong, what they say of it would
        // be wrong as well.
        let surveys = templates.as_ref().and_then(|templates| {
            let read = texts.surveys.map(|yaml| Surveys::read(yaml, templates)).transpose();
            noted("surveys.yaml", read, &mut wrong)
        });
        let mut rules = None;
        if let (Some(templates), Some(_), Some(_)) = (&templates, &programme, &surveys) {
            let source = RuleSource {
                version: 1,
                yaml: texts.rules.to_owned(),
                templates: templates.clone(),
                programme: texts.programme.map(str::to_owned),
                surveys: texts.surveys.map(str::to_owned),
                activated: BTreeMap::new(),
            };
            rules = noted("rules.yaml", RuleSet::compile(&source), &mut wrong);
        }
        let secrets = noted("secrets.yaml", TenantSecrets::read(texts.secrets), &mut wrong);
        if let (Some(tenant), Some(secrets)) = (&tenant, &secrets) {
            wrong.extend(disagreements(tenant, secrets));
        }
        if let (Some(rules), Some(secrets)) = (&rules, &secrets) {
            let unknown = rules.webhooks().filter(|(_, to)| !secrets.webhooks.contains_key(*to));
            wrong.extend(unknown.map(|(rule, to)| {
                secret_problem(
                    "missing_secret",
                    format!("the webhook {to} of the rule {rule} is missing"),
                )
            }));
        }
        match (tenant, templates, secrets) {
            (Some(tenant), Some(templates), Some(secrets)) if wrong.is_empty() => Ok(Self {
                tenant,
                templates,
                programme: texts.programme.map(str::to_owned),
                surveys: texts.surveys.map(str::to_owned),
                rules: texts.rules.to_owned(),
                secrets,
            }),
            _ => Err(wrong),
        }
    }
}

fn noted<T>(
    file: &'static str,
    read: Result<T, Vec<Problem>>,
    wrong: &mut Vec<FileProblem>,
) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(problems) => {
            wrong.extend(problems.into_iter().map(|problem| FileProblem { file, problem }));
            None
        }
    }
}

fn secret_problem(code: &'static str, message: String) -> FileProblem {
    FileProblem { file: "secrets.yaml", problem: Problem { code, line: 1, message } }
}

/// Where the secrets do not fit the tenant. They have no line of their own: what is missing stands nowhere.
fn disagreements(tenant: &Tenant, secrets: &TenantSecrets) -> Vec<FileProblem> {
    let problem = secret_problem;
    let accounts = &tenant.zalo.oas;
    let missing = accounts.iter().filter(|oa| !secrets.zalo.contains_key(*oa));
    let missing = missing.map(|oa| {
        problem("missing_secret", format!("the account {oa} of tenant.yaml has no access token"))
    });
    let strange = secrets.zalo.keys().filter(|oa| !accounts.contains(oa));
    let strange =
        strange.map(|oa| problem("unknown_name", format!("tenant.yaml has no account {oa}")));
    let unknown = secrets.sources.keys().filter(|name| Source::parse(name).is_none());
    let unknown = unknown.map(|_| {
        let known: Vec<&str> = Source::ALL.into_iter().map(Source::as_str).collect();
        problem("unknown_name", format!("there is a source that is none of {}", known.join(", ")))
    });
    missing.chain(strange).chain(unknown).collect()
}
