//! A person's rights: everything that is stored about a customer, handed out or taken away.

use cloud::privacy::{Ledger, Privacy, Progress};
use domain::{id::CustomerId, phone::Phone, subject::Subject};
use jiff::Timestamp;

use crate::{Failure, stage::Stage};

/// How a customer is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A phone number, in any form that people write.
    Phone(String),
    /// A Zalo id under one of the business's Official Accounts.
    Zalo(String),
    /// Cham's own id.
    Customer(String),
}

/// Everything about a person, as JSON.
///
/// # Errors
/// Nobody is found, or the database does not answer.
pub async fn export(
    stage: &Stage,
    tenant: &str,
    who: &Who,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let customer = find(stage, tenant, who, now).await?;
    let export = privacy(stage, tenant, now).await?.export(tenant, &customer).await?;
    let text = serde_json::to_string_pretty(&export);
    Ok(vec![text.map_err(|error| Failure::refused(format!("no JSON: {error}")))?])
}

/// Takes everything about a person away; without `sure` only says who it would be.
///
/// # Errors
/// Nobody is found, nobody is sure, or the database does not answer: calling again goes on.
pub async fn erase(
    stage: &Stage,
    tenant: &str,
    who: &Who,
    sure: bool,
    now: Timestamp,
    progress: impl FnMut(Progress),
) -> Result<Vec<String>, Failure> {
    let customer = find(stage, tenant, who, now).await?;
    if !sure {
        return Err(Failure::refused(format!(
            "customer {customer} of {tenant} would be erased for ever; say --yes"
        )));
    }
    let settings = stage.tenants.settings(tenant, now).await?;
    let settings = settings.ok_or_else(|| no_tenant(tenant))?;
    let privacy = privacy(stage, tenant, now).await?;
    let erased = privacy.erase(tenant, &settings.pepper, &customer, now, progress).await?;
    Ok(vec![format!(
        "{customer} erased: {} rows of customers, {} of events, {} of notifications, {} of surveys, {} of standings; {} of points say no more what for",
        erased.customers,
        erased.events,
        erased.notifications,
        erased.surveys,
        erased.standings,
        erased.points
    )])
}

async fn privacy(stage: &Stage, tenant: &str, now: Timestamp) -> Result<Privacy, Failure> {
    let rules = match stage.tenants.active(tenant, now).await? {
        None => None,
        Some(active) => Some(stage.tenants.rule_set(tenant, active.version).await?),
    };
    let programme = rules.as_ref().and_then(|rules| rules.programme());
    let currencies = programme.map(|programme| programme.currencies.iter());
    let ledger = Ledger {
        points: stage.points.clone(),
        standings: stage.standings.clone(),
        currencies: currencies.into_iter().flatten().map(|terms| terms.id.clone()).collect(),
    };
    let (customers, events) = (stage.customers.clone(), stage.events.clone());
    let (notifications, surveys) = (stage.notifications.clone(), stage.surveys.clone());
    let results = stage.survey_results.clone();
    Ok(Privacy::new(customers, events, notifications, surveys, results, ledger))
}

/// Whom the words name.
async fn find(
    stage: &Stage,
    tenant: &str,
    who: &Who,
    now: Timestamp,
) -> Result<CustomerId, Failure> {
    let settings = stage.tenants.settings(tenant, now).await?;
    let settings = settings.ok_or_else(|| no_tenant(tenant))?;
    let identities = match who {
        Who::Customer(id) => {
            let id = CustomerId::parse(id);
            return id.ok_or_else(|| Failure::Misuse("that is no id of a customer".to_owned()));
        }
        Who::Phone(number) => {
            let phone = Phone::parse(number);
            // The number is not said again: what is printed may be kept.
            let phone = phone.map_err(|_| Failure::Misuse("that is no phone number".to_owned()))?;
            vec![Subject::Phone(settings.pepper.key(&phone))]
        }
        Who::Zalo(user) => {
            let account = |oa: &String| Subject::Zalo { oa: oa.clone(), user: user.clone() };
            settings.tenant.zalo.oas.iter().map(account).collect()
        }
    };
    for identity in &identities {
        if let Some(link) = stage.customers.link(tenant, identity).await? {
            return Ok(link.customer);
        }
    }
    Err(Failure::refused("nobody is known by that"))
}

fn no_tenant(tenant: &str) -> Failure {
    Failure::refused(format!("there is no business {tenant}"))
}
