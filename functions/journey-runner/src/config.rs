//! What the function reads from its environment.

use cloud::config::{BadVariable, raw_for, required};
use jiff::SignedDuration;

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `EVENTS_TABLE`.
    pub events_table: String,
    /// `CUSTOMERS_TABLE`.
    pub customers_table: String,
    /// `NOTIFICATIONS_TABLE`.
    pub notifications_table: String,
    /// `POINTS_TABLE`.
    pub points_table: String,
    /// `REWARDS_TABLE`.
    pub rewards_table: String,
    /// `STANDINGS_TABLE`.
    pub standings_table: String,
    /// `SURVEYS_TABLE`.
    pub surveys_table: String,
    /// `TENANTS_TABLE`.
    pub tenants_table: String,
    /// `PUBLIC_URL`: where customers find the pages of surveys, without a slash at its end.
    pub public_url: String,
    /// `RAW_DAYS`: how long events are kept.
    pub raw_for: SignedDuration,
}

impl Config {
    /// Reads the settings through `get`.
    ///
    /// # Errors
    /// Names the variable that is missing: the function must not start.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        Ok(Self {
            events_table: required(&get, "EVENTS_TABLE")?,
            customers_table: required(&get, "CUSTOMERS_TABLE")?,
            notifications_table: required(&get, "NOTIFICATIONS_TABLE")?,
            points_table: required(&get, "POINTS_TABLE")?,
            rewards_table: required(&get, "REWARDS_TABLE")?,
            standings_table: required(&get, "STANDINGS_TABLE")?,
            surveys_table: required(&get, "SURVEYS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
            public_url: required(&get, "PUBLIC_URL")?.trim_end_matches('/').to_owned(),
            raw_for: raw_for(&get)?,
        })
    }
}
