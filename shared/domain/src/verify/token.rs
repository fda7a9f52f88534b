//! Sources that sign nothing and only know a secret part of our URL.
//!
//! Proves who knows the URL and nothing about the content.

use super::{Refusal, Request, Secrets, Verified};

/// Proves `request` by the last part of its path.
pub(super) fn verify<'a>(
    request: &Request<'a>,
    secrets: &Secrets,
) -> Result<Verified<'a>, Refusal> {
    let secrets = secrets.set()?;
    let given = request.path_secret.filter(|text| !text.is_empty()).ok_or(Refusal::TokenMissing)?;
    if secrets.iter().any(|secret| secret.matches(given)) {
        Ok(Verified { body: request.body, delivery_id: None })
    } else {
        Err(Refusal::TokenMismatch)
    }
}
