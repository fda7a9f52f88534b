//! What the function reads from its environment.

use cloud::config::{BadVariable, required};

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
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
    /// `SURVEY_RESULTS_TABLE`.
    pub survey_results_table: String,
    /// `SURVEYS_TABLE`.
    pub surveys_table: String,
    /// `TENANTS_TABLE`.
    pub tenants_table: String,
}

impl Config {
    /// Reads the settings through `get`.
    ///
    /// # Errors
    /// Names the variable that is missing: the function must not start.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        Ok(Self {
            customers_table: required(&get, "CUSTOMERS_TABLE")?,
            notifications_table: required(&get, "NOTIFICATIONS_TABLE")?,
            points_table: required(&get, "POINTS_TABLE")?,
            rewards_table: required(&get, "REWARDS_TABLE")?,
            standings_table: required(&get, "STANDINGS_TABLE")?,
            survey_results_table: required(&get, "SURVEY_RESULTS_TABLE")?,
            surveys_table: required(&get, "SURVEYS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
        })
    }
}
