//! `cham points stock`: numbered pieces of a reward that is counted, in the pool that redeeming takes them from.
//!
//! A piece that is there stays as it is, given away or not: the same command again adds nothing, and a larger number only what
//! is missing. Fewer pieces are not made of more.

use domain::voucher::Code;
use jiff::Timestamp;

use super::programme;
use crate::{Failure, stage::Stage, voucher};

/// Fills the stock of a reward up to `pieces`, those that were given away counted. `progress` hears how far it is.
///
/// # Errors
/// The programme has no such reward, it is not counted, or has fewer pieces. The database: calling again goes on.
pub async fn stock(
    stage: &Stage,
    tenant: &str,
    reward: &str,
    pieces: u32,
    now: Timestamp,
    progress: impl FnMut(usize, usize),
) -> Result<Vec<String>, Failure> {
    let programme = programme(stage, tenant, now).await?;
    let found = programme.rewards.iter().find(|one| one.id == reward);
    let found = found.ok_or_else(|| Failure::refused(format!("there is no reward {reward}")))?;
    let (pool, most) = match (found.taken_from(), &found.pool, found.stock) {
        (Some(pool), None, Some(most)) => (pool, most),
        (Some(pool), _, _) => {
            return Err(Failure::refused(format!(
                "{reward} is taken from codes: cham vouchers import {tenant} {pool} FILE.csv"
            )));
        }
        (None, _, _) => {
            return Err(Failure::refused(format!("{reward} is not counted: it has no stock")));
        }
    };
    if pieces > most {
        return Err(Failure::refused(format!("the programme has {most} pieces of {reward}")));
    }
    if usize::try_from(pieces).is_ok_and(|pieces| pieces > voucher::CODES_MAX) {
        return Err(Failure::refused(format!("at most {} pieces at once", voucher::CODES_MAX)));
    }
    let numbered = (1..=pieces).map(|n| Code::parse(&format!("{reward}-{n:07}")));
    let good: Vec<Code> = numbered
        .collect::<Result<_, _>>()
        .map_err(|bad| Failure::refused(format!("{reward}: {bad} ({})", bad.code())))?;
    let codes = voucher::Codes { good, bad: Vec::new() };
    voucher::import(&stage.rewards, tenant, &pool, &codes, false, progress).await
}
