//! How the accounts of points stand at the end of a day, in the words of an expected file.

use std::collections::BTreeMap;

use cloud::{
    stream::chain,
    table::{Customers, Points, Standings, Tenants},
};
use domain::{id::CustomerId, points::AccountId};
use serde::{Deserialize, Serialize};
use testkit::fault::Faults;

use super::{rows, text};
use crate::stack::{Stack, StackError};

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// `phone:84912345678`.
    pub customer: String,
    /// What it has.
    pub balance: i64,
    /// What happened on it, in order.
    pub entries: Vec<Line>,
    /// The name of the level; empty where there is none.
    #[serde(default)]
    pub tier: String,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What it did to the balance.
    pub amount: i64,
    /// `payment.matched DH0001`.
    pub cause: String,
}

/// Every account, by customer.
pub(super) async fn standings(stack: &Stack) -> Result<Vec<Standing>, StackError> {
    let client = stack.engine().client(&Faults::new());
    let missing = |name: &str| StackError::Function(format!("the template has no {name}"));
    let table = |name: &'static str| stack.table(name).ok_or_else(|| missing(name));
    let customers = Customers::new(&client, table("CustomersTable")?);
    let points = Points::new(&client, table("PointsTable")?);
    let standings = Standings::new(&client, table("StandingsTable")?);
    let tenants = Tenants::new(&client, table("TenantsTable")?);
    let failed = |error: cloud::table::StoreError| StackError::Function(chain(&error));
    let names = names(stack, &customers).await?;
    let mut all = Vec::new();
    for row in rows(stack, "PointsTable")? {
        let account = text(&row, "pk").split_once('#').filter(|_| text(&row, "sk") == FIRST_ENTRY);
        let Some((tenant, Some(id))) = account.map(|(tenant, id)| (tenant, AccountId::parse(id)))
        else {
            continue;
        };
        let mut entries = Vec::new();
        let mut balance = 0;
        for entry in points.entries_from(tenant, &id, 1).await.map_err(failed)? {
            let operation = points.operation(tenant, entry.operation).await.map_err(failed)?;
            let cause = operation.map(|operation| operation.cause.event).unwrap_or_default();
            entries.push(Line { amount: entry.change(), cause });
            balance = entry.tail.balance();
        }
        let level = standings.member(tenant, &id).await.map_err(failed)?.member.tier;
        let rules = match tenants.active_version(tenant, stack.now()).await.map_err(failed)? {
            Some(version) => Some(tenants.rule_set(tenant, version).await.map_err(failed)?),
            None => None,
        };
        let tiers = rules.as_ref().and_then(|rules| rules.programme()?.tiers.as_ref());
        let tier = level.zip(tiers).and_then(|(level, tiers)| tiers.level(&level.level));
        let customer = id.customer.to_string();
        all.push(Standing {
            customer: names.get(&customer).cloned().unwrap_or(customer),
            balance,
            entries,
            tier: tier.map(|level| level.name.clone()).unwrap_or_default(),
        });
    }
    all.sort_by(|one, other| one.customer.cmp(&other.customer));
    Ok(all)
}

/// Where the first entry of an account stands.
const FIRST_ENTRY: &str = "e#0000000001";

/// What people know customers by: the number, else the Zalo id.
async fn names(
    stack: &Stack,
    customers: &Customers,
) -> Result<BTreeMap<String, String>, StackError> {
    let mut names = BTreeMap::new();
    for row in rows(stack, "CustomersTable")? {
        if text(&row, "sk") != "link" {
            continue;
        }
        let Some((tenant, subject)) = text(&row, "pk").split_once('#') else { continue };
        let Some(customer) = CustomerId::parse(text(&row, "customer")) else { continue };
        // Whoever the customer has become.
        let person = customers.person(tenant, &customer).await;
        let person = person.map_err(|error| StackError::Function(chain(&error)))?;
        let customer = person.0.to_string();
        let phone = text(&row, "phone");
        if !phone.is_empty() {
            names.insert(customer, format!("phone:{phone}"));
        } else if let Some(user) = subject.strip_prefix("zalo:") {
            let user = user.rsplit(':').next().unwrap_or_default();
            names.entry(customer).or_insert_with(|| format!("zalo:{user}"));
        }
    }
    Ok(names)
}
