//! The commands of events.

use std::path::PathBuf;

use clap::Subcommand;
use cloud::config;
use jiff::Timestamp;

use crate::{
    Failure,
    event::{Import, import},
    stage::Stage,
};

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// Takes the rows of a CSV file as events: a column `id`, `time` where wanted, and one for each field.
    Import {
        /// The business.
        tenant: String,
        /// The file.
        file: PathBuf,
        /// What happened, as rules name it: `review.received`.
        #[arg(long = "type", value_name = "TYPE")]
        kind: String,
        /// What the file is called: the same rows under the same name are the same events. The file's own name unless given.
        #[arg(long)]
        name: Option<String>,
        /// When it happened, for rows that do not say, such as 2026-11-20T08:00:00+07:00.
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        /// Imports the good rows of a file that has bad ones.
        #[arg(long)]
        skip_bad: bool,
    },
}

impl EventsCommand {
    pub(super) async fn run(self, stage: &Stage, now: Timestamp) -> Result<Vec<String>, Failure> {
        let Self::Import { tenant, file, kind, name, at, skip_bad } = self;
        let bytes = std::fs::read(&file)
            .map_err(|error| Failure::Misuse(format!("{}: {error}", file.display())))?;
        let called = || file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = name.or_else(called).unwrap_or_default();
        let keep_for =
            config::raw_for(config::process).map_err(|error| Failure::Misuse(error.to_string()))?;
        let asked = Import { tenant: &tenant, kind: &kind, name: &name, at, skip_bad, keep_for };
        let progress = |done, all| eprintln!("{done} of {all}");
        import(stage, &bytes, &asked, now, progress).await
    }
}
