//! What the function reads from its environment.

use cloud::{
    config::{BadVariable, raw_for, required},
    zalo::Hosts,
};
use jiff::SignedDuration;

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `CUSTOMERS_TABLE`, where records are listed that nobody can handle.
    pub customers_table: String,
    /// `EVENTS_TABLE`.
    pub events_table: String,
    /// `SURVEYS_TABLE`.
    pub surveys_table: String,
    /// `SURVEY_RESULTS_TABLE`.
    pub survey_results_table: String,
    /// `TENANTS_TABLE`.
    pub tenants_table: String,
    /// `RAW_DAYS`: how long events are kept.
    pub raw_for: SignedDuration,
    /// `ZALO_BUSINESS_URL`, `ZALO_OA_URL`.
    pub hosts: Hosts,
}

impl Config {
    /// Reads the settings through `get`.
    ///
    /// # Errors
    /// Names the variable that is missing or not of its kind: the function must not start.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        Ok(Self {
            customers_table: required(&get, "CUSTOMERS_TABLE")?,
            events_table: required(&get, "EVENTS_TABLE")?,
            surveys_table: required(&get, "SURVEYS_TABLE")?,
            survey_results_table: required(&get, "SURVEY_RESULTS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
            raw_for: raw_for(&get)?,
            hosts: Hosts::from_vars(&get)?,
        })
    }
}
