//! The commands of the ledger.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;

use crate::{Failure, points, stage::Stage};

#[derive(Debug, Subcommand)]
pub(super) enum PointsCommand {
    /// Tells every account again from its first entry, and adds up both sides.
    Audit {
        /// The business.
        tenant: String,
    },
    /// Posts the opening balances of a CSV file, each row once.
    Import {
        /// The business.
        tenant: String,
        /// The file; its columns are subject or customer, currency, points, ref, and expires where wanted.
        file: PathBuf,
    },
    /// Writes the entries of an account as CSV.
    Export {
        /// The business.
        tenant: String,
        /// Cham's id of the customer.
        customer: String,
        /// A currency of the programme.
        currency: String,
    },
    /// Puts numbered pieces of a reward into its stock, until there are so many, given away ones counted.
    Stock {
        /// The business.
        tenant: String,
        /// The reward, as the programme calls it.
        reward: String,
        /// How many there are in all.
        pieces: u32,
    },
}

impl PointsCommand {
    pub(super) async fn run(
        self,
        stage: &Stage,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, Failure> {
        match self {
            Self::Audit { tenant } => {
                let progress = |at: points::Progress| {
                    eprintln!("{} accounts, {} entries", at.accounts, at.entries);
                };
                points::audit(stage, &tenant, progress).await
            }
            Self::Import { tenant, file } => {
                let bytes = std::fs::read(&file)
                    .map_err(|error| Failure::Misuse(format!("{}: {error}", file.display())))?;
                let progress = |done, all| eprintln!("{done} of {all}");
                points::import(stage, &tenant, &bytes, by, now, progress).await
            }
            Self::Export { tenant, customer, currency } => {
                points::export(stage, &tenant, &customer, &currency).await
            }
            Self::Stock { tenant, reward, pieces } => {
                let progress = |done, all| eprintln!("{done} of {all}");
                points::stock(stage, &tenant, &reward, pieces, now, progress).await
            }
        }
    }
}
