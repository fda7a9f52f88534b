//! What the function reads from its environment.

use cloud::{
    config::{BadVariable, required},
    zalo::Hosts,
};

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `NOTIFICATIONS_TABLE`.
    pub notifications_table: String,
    /// `CUSTOMERS_TABLE`.
    pub customers_table: String,
    /// `TENANTS_TABLE`.
    pub tenants_table: String,
    /// `ZALO_BUSINESS_URL`, `ZALO_OA_URL`, `ZALO_OAUTH_URL`: Zalo itself unless a proxy stands before it.
    pub hosts: Hosts,
}

impl Config {
    /// Reads the settings through `get`.
    ///
    /// # Errors
    /// Names the variable that is missing: the function must not start.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        Ok(Self {
            notifications_table: required(&get, "NOTIFICATIONS_TABLE")?,
            customers_table: required(&get, "CUSTOMERS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
            hosts: Hosts::from_vars(&get)?.with_oauth(&get)?,
        })
    }
}
