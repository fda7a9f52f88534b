//! The commands of surveys.

use clap::Subcommand;
use jiff::{Timestamp, civil::Date};

use crate::{
    Failure,
    stage::Stage,
    survey::{Asked, results},
};

#[derive(Debug, Subcommand)]
pub(super) enum SurveyCommand {
    /// What the responses come to: scores with their intervals, what was said, where people stopped.
    Results {
        /// The business.
        tenant: String,
        /// The survey.
        survey: String,
        /// The first day, in Vietnam; thirty days before the last unless given.
        #[arg(long)]
        from: Option<Date>,
        /// The last day; today unless given.
        #[arg(long)]
        until: Option<Date>,
        /// Counts per day, question and answer, as CSV.
        #[arg(long)]
        csv: bool,
    },
}

impl SurveyCommand {
    pub(super) async fn run(self, stage: &Stage, now: Timestamp) -> Result<Vec<String>, Failure> {
        let Self::Results { tenant, survey, from, until, csv } = self;
        let asked = Asked { tenant: &tenant, survey: &survey, from, until, is_csv: csv };
        results(stage, &asked, now).await
    }
}
