//! A text that proves something and is never printed.
//!
//! There is no `==`: what arrives from outside is compared by [`Secret::matches`], in constant time. It neither
//! serialises nor deserialises: who stores one says so by [`Secret::expose`].

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What somebody and we share. `Debug` hides it; a blank one counts as not set.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text as its owner shows it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for who signs with it, sends it or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `given` is this secret. Hashes are compared, so that the time tells nothing of the length either.
    pub fn matches(&self, given: &str) -> bool {
        Sha256::digest(&self.0).ct_eq(&Sha256::digest(given)).into()
    }

    /// Whether there is anything to prove by.
    pub fn is_set(&self) -> bool {
        !self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_alone_and_prints_nothing_of_itself() {
        let secret = Secret::new("ghn-day-path-secret");
        assert!(secret.matches("ghn-day-path-secret"));
        for other in ["", "ghn-day-path-secre", "ghn-day-path-secret ", "GHN-day-path-secret"] {
            assert!(!secret.matches(other), "{other:?}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn a_blank_secret_is_not_set() {
        assert!(!Secret::new(" \t").is_set() && Secret::new("a").is_set());
    }
}
