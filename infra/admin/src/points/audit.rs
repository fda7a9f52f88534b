//! `cham points audit`: every account of a business told again from its first entry, and all of them added up on both sides.
//!
//! Reads the whole table, at 256 units a megabyte; writes nothing.

use std::collections::BTreeMap;

use domain::points::{AccountId, Books, Currency, Replay, Side};

use crate::{Failure, stage::Stage};

/// Most broken accounts that are said.
const BROKEN_SHOWN: usize = 50;

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Accounts that were told again.
    pub accounts: u64,
    /// Their entries.
    pub entries: u64,
}

/// What the accounts of one currency come to.
#[derive(Default)]
struct Total {
    accounts: u64,
    entries: u64,
    legs: u64,
    /// By the last entry of each account.
    tails: i128,
    books: Books,
}

/// Checks every account, and the sum over the accounts against the sum over the business's side.
///
/// # Errors
/// An account that cannot be trusted, or sums that differ: each is said. The database: calling again begins again.
pub async fn audit(
    stage: &Stage,
    tenant: &str,
    mut progress: impl FnMut(Progress),
) -> Result<Vec<String>, Failure> {
    let mut totals = BTreeMap::<Currency, Total>::new();
    let (mut broken, mut count, mut place) = (Vec::new(), Progress::default(), None);
    loop {
        let (accounts, next) = stage.points.accounts(tenant, place).await?;
        for id in accounts {
            let total = totals.entry(id.currency.clone()).or_default();
            count.accounts += 1;
            match tell(stage, tenant, &id, total).await? {
                Ok(entries) => count.entries += entries,
                Err(why) => broken.push(format!("{id}: {why}")),
            }
        }
        progress(count);
        place = next;
        if place.is_none() {
            break;
        }
    }
    let mut lines: Vec<String> = totals.iter().flat_map(|(c, total)| total.lines(c)).collect();
    for (currency, total) in &totals {
        if total.tails + total.books.issuer() != 0 || total.books.side(Side::Transferred) != 0 {
            broken.push(format!("{currency}: the two sides do not add up to nothing"));
        }
    }
    if broken.is_empty() {
        lines.push(format!("{} accounts, {} entries: in order", count.accounts, count.entries));
        return Ok(lines);
    }
    let more = broken.len().saturating_sub(BROKEN_SHOWN);
    broken.truncate(BROKEN_SHOWN);
    lines.extend(broken);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    Err(Failure::Refused(lines))
}

/// Tells one account again; how many entries it has, or what is wrong with it.
async fn tell(
    stage: &Stage,
    tenant: &str,
    id: &AccountId,
    total: &mut Total,
) -> Result<Result<u64, String>, Failure> {
    let mut replay = Replay::new(id.clone());
    loop {
        let next = replay.account().seq + 1;
        let entries = match stage.points.entries_from(tenant, id, next).await {
            Ok(entries) => entries,
            Err(error) if error.is_infrastructure() => return Err(error.into()),
            Err(error) => return Ok(Err(cloud::stream::chain(&error))),
        };
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            if let Err(broken) = replay.read(entry) {
                return Ok(Err(broken.to_string()));
            }
            total.legs += entry.legs.len() as u64;
        }
    }
    let entries = u64::from(replay.account().seq);
    total.accounts += 1;
    total.entries += entries;
    total.tails += i128::from(replay.tail().balance());
    total.books.join(replay.books());
    Ok(Ok(entries))
}

impl Total {
    /// The trial balance of one currency.
    fn lines(&self, currency: &Currency) -> Vec<String> {
        let Self { accounts, entries, legs, tails, books } = self;
        let mut lines = vec![
            format!("{currency}: {accounts} accounts, {entries} entries, {legs} legs"),
            format!("  accounts, by their last entries {tails:>16}"),
        ];
        for side in [Side::Issued, Side::Redeemed, Side::Expired, Side::Adjusted, Side::Transferred]
        {
            let name = format!("{side:?}").to_lowercase();
            lines.push(format!("  {name:<31} {:>16}", books.side(side)));
        }
        lines.push(format!("  {:<31} {:>16}", "sum", tails + books.issuer()));
        lines
    }
}
