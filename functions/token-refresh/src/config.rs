//! What the function reads from its environment.

use cloud::{
    config::{BadVariable, required},
    zalo::Hosts,
};

/// Settings of the function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `NOTIFICATIONS_TABLE`, where people are told that they have to consent.
    pub notifications_table: String,
    /// `TENANTS_TABLE`.
    pub tenants_table: String,
    /// `PUBLIC_URL`: where this function answers, without a slash at its end. Zalo's console knows the callback under it.
    pub public_url: String,
    /// `ZALO_OAUTH_URL`; no message is sent from here.
    pub hosts: Hosts,
}

impl Config {
    /// Reads the settings through `get`.
    ///
    /// # Errors
    /// Names the variable that is missing or not of its kind: the function must not start.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        Ok(Self {
            notifications_table: required(&get, "NOTIFICATIONS_TABLE")?,
            tenants_table: required(&get, "TENANTS_TABLE")?,
            public_url: required(&get, "PUBLIC_URL")?.trim_end_matches('/').to_owned(),
            hosts: Hosts::default().with_oauth(&get)?,
        })
    }
}
