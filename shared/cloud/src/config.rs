//! Settings of a function, read by name before its first event: a missing one stops the start and says which.
//!
//! A part that needs settings has a `from_vars` which takes any reader of names; [`process`] is the one of a real function,
//! and a local run gives each function its own.

use jiff::SignedDuration;

/// A variable that must be set and is not. An empty one counts as not set, since templates pass empty parameters on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("variable {name} is not set")]
pub struct MissingVariable {
    /// The variable.
    pub name: &'static str,
}

/// A variable whose value breaks a rule. The value itself is not told: it may be a secret in the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("variable {name} is malformed: {rule}")]
pub struct MalformedVariable {
    /// The variable.
    pub name: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

/// Why a function cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadVariable {
    /// It is not set.
    #[error(transparent)]
    Missing(#[from] MissingVariable),
    /// Its value breaks a rule.
    #[error(transparent)]
    Malformed(#[from] MalformedVariable),
}

/// Reads a variable that must be there.
///
/// # Errors
/// The start must not go on: there is no default.
pub fn required(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<String, MissingVariable> {
    optional(get, name).ok_or(MissingVariable { name })
}

/// Reads a variable that may be absent or empty.
pub fn optional(get: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    get(name).filter(|value| !value.is_empty())
}

/// How long raw bodies are kept when `RAW_DAYS` does not say otherwise: long enough for a warranty question.
const RAW_DAYS: i64 = 180;

/// `RAW_DAYS`: how long raw bodies are kept.
///
/// # Errors
/// When it is no whole number of days.
pub fn raw_for(get: impl Fn(&str) -> Option<String>) -> Result<SignedDuration, MalformedVariable> {
    let days = match get("RAW_DAYS") {
        None => RAW_DAYS,
        Some(days) => days
            .parse()
            .map_err(|_| MalformedVariable { name: "RAW_DAYS", rule: "a whole number of days" })?,
    };
    Ok(SignedDuration::from_hours(24 * days))
}

/// The variables of this process; one that is not UTF-8 counts as not set.
pub fn process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let error = required(|_| None, "EVENTS_TABLE").unwrap_err();
        assert_eq!(error.to_string(), "variable EVENTS_TABLE is not set");
    }

    #[test]
    fn an_empty_variable_is_missing() {
        assert!(required(|_| Some(String::new()), "EVENTS_TABLE").is_err());
        assert_eq!(required(|n| Some(n.to_lowercase()), "A").as_deref(), Ok("a"));
    }
}
