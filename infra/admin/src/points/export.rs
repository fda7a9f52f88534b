//! `cham points export`: the entries of an account as CSV, as the ledger's door writes them.

use domain::{
    id::CustomerId,
    points::{AccountId, Currency},
    sheet::Statement,
};

use crate::{Failure, stage::Stage};

/// The whole account, the oldest entry first.
///
/// # Errors
/// A name that is none, an account without entries, or the database does not answer.
pub async fn export(
    stage: &Stage,
    tenant: &str,
    customer: &str,
    currency: &str,
) -> Result<Vec<String>, Failure> {
    let misuse = |why: &str| Failure::Misuse(why.to_owned());
    let customer = CustomerId::parse(customer);
    let customer = customer.ok_or_else(|| misuse("that is no id of a customer"))?;
    let currency = Currency::parse(currency);
    let currency = currency.ok_or_else(|| misuse("that is no name of a currency"))?;
    let id = AccountId { customer, currency };
    let (mut file, mut next) = (Statement::new(), 1);
    loop {
        let entries = stage.points.entries_from(tenant, &id, next).await?;
        let Some(last) = entries.last() else { break };
        next = last.seq.saturating_add(1);
        entries.iter().for_each(|entry| file.add(entry));
    }
    if next == 1 {
        return Err(Failure::refused(format!("{id} of {tenant} has no entries")));
    }
    // Who prints it ends the last line.
    let text = file.into_text();
    Ok(vec![text.strip_suffix('\n').unwrap_or(&text).to_owned()])
}
