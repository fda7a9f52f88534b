//! What the function reads from its environment.

use cloud::config::{BadVariable, required};

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
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
            surveys_table: required(&get, "SURVEYS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
        })
    }
}
