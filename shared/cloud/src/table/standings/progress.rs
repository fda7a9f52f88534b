//! How far customers are with badges and streaks.

use std::collections::BTreeMap;

use domain::{
    id::CustomerId,
    points::programme::{BadgeProgress, StreakProgress},
};
use serde::{Deserialize, Serialize};

use super::Standings;
use crate::table::{ROW_VERSION, StoreError, item, number, row, text};

/// How far a customer is, by the ids of badges and streaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Badges.
    #[serde(default)]
    pub badges: BTreeMap<String, BadgeProgress>,
    /// Streaks.
    #[serde(default)]
    pub streaks: BTreeMap<String, StreakProgress>,
}

/// Progress as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progressed {
    /// How far.
    pub progress: Progress,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
struct ProgressRow {
    pk: String,
    sk: String,
    v: u8,
    revision: u64,
    #[serde(flatten)]
    progress: Progress,
}

impl Standings {
    /// ST8: Reads how far a customer is.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn progress(
        &self,
        tenant: &str,
        customer: &CustomerId,
    ) -> Result<Progressed, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(format!("{tenant}#{customer}"))).key("sk", text("progress"));
        let answer = get.send().await.map_err(|e| StoreError::database("progress", e))?;
        let Some(found) = answer.item else { return Ok(Progressed::default()) };
        let stored: ProgressRow = row("progress", found)?;
        Ok(Progressed { progress: stored.progress, revision: stored.revision })
    }

    /// ST9: Stores how far a customer is, if nobody was faster; whether it stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save_progress(
        &self,
        tenant: &str,
        customer: &CustomerId,
        read: &Progressed,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let stored = ProgressRow {
            pk: format!("{tenant}#{customer}"),
            sk: "progress".to_owned(),
            v: ROW_VERSION,
            revision: read.revision + 1,
            progress,
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item("save_progress", &stored)?));
        let put = if read.revision == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("revision = :read")
                .expression_attribute_values(":read", number(read.revision))
        };
        let Err(error) = put.send().await else { return Ok(true) };
        match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => Ok(false),
            Some(_) | None => Err(StoreError::database("save_progress", error)),
        }
    }
}
