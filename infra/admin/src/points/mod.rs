//! `cham points`: the ledger audited, opening balances in, statements out, and stocks of rewards filled.

mod audit;
mod export;
mod import;
mod stock;

use std::sync::Arc;

use domain::points::programme::Programme;
use jiff::Timestamp;

pub use audit::{Progress, audit};
pub use export::export;
pub use import::{ROWS_MAX, import};
pub use stock::stock;

use crate::{Failure, stage::Stage};

/// The programme of the version that judges now.
async fn programme(stage: &Stage, tenant: &str, now: Timestamp) -> Result<Arc<Programme>, Failure> {
    let none = || Failure::refused(format!("{tenant}: there is no programme"));
    let version = stage.tenants.active_version(tenant, now).await?.ok_or_else(none)?;
    let rules = stage.tenants.rule_set(tenant, version).await?;
    rules.programme().cloned().ok_or_else(none)
}
