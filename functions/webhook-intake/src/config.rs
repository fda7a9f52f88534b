//! What the function reads from its environment.

use cloud::config::{BadVariable, raw_for, required};
use jiff::SignedDuration;

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `EVENTS_TABLE`.
    pub events_table: String,
    /// `TENANTS_TABLE`.
    pub tenants_table: String,
    /// `RAW_DAYS`: how long raw bodies are kept.
    pub raw_for: SignedDuration,
    /// `ZALO_VERIFIERS`: the codes of Zalo's domain check, separated by commas; may be empty.
    pub zalo_verifiers: Vec<String>,
}

impl Config {
    /// Reads the settings through `get`.
    ///
    /// # Errors
    /// Names the variable that is missing or not of its kind: the function must not start.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        let verifiers = get("ZALO_VERIFIERS").unwrap_or_default();
        Ok(Self {
            events_table: required(&get, "EVENTS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
            raw_for: raw_for(&get)?,
            zalo_verifiers: verifiers
                .split(',')
                .map(str::trim)
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    }
}
