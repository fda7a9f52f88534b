//! The commands of surveys.

use clap::Subcommand;
use jiff::{Timestamp, civil::Date};

use crate::{
    Failure,
    stage::Stage,
    survey::{Asked, Form, answers, results},
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
        /// The same as JSON, with the scores.
        #[arg(long, conflicts_with = "csv")]
        json: bool,
    },
    /// The answers one by one, as JSON lines; phone numbers, links and the like are masked.
    Answers {
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
        /// As CSV, a column for each question.
        #[arg(long)]
        csv: bool,
        /// As they were written, with everything in them.
        #[arg(long)]
        unmasked: bool,
    },
}

impl SurveyCommand {
    pub(super) async fn run(self, stage: &Stage, now: Timestamp) -> Result<Vec<String>, Failure> {
        match self {
            Self::Results { tenant, survey, from, until, csv, json } => {
                let form = match (csv, json) {
                    (true, _) => Form::Csv,
                    (_, true) => Form::Json,
                    _ => Form::Lines,
                };
                let asked = Asked { tenant: &tenant, survey: &survey, from, until };
                results(stage, &asked, form, now).await
            }
            Self::Answers { tenant, survey, from, until, csv, unmasked } => {
                let asked = Asked { tenant: &tenant, survey: &survey, from, until };
                let form = if csv { Form::Csv } else { Form::Json };
                answers(stage, &asked, form, unmasked, now).await
            }
        }
    }
}
