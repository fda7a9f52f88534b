//! What a refusal means for the notification, whatever host and code it came with.

use serde::{Deserialize, Serialize};

/// The class of an error code. Each is a different next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Class {
    /// The access token is not valid: refresh it, then try once more.
    Auth,
    /// Too fast, or a passing trouble: try again with back-off.
    Backoff,
    /// Not now: try again at a later time that is known.
    Defer,
    /// Never for this person on this channel.
    Recipient,
    /// Never with this content.
    Payload,
    /// Stop this template or account until a person has mended something.
    Config,
    /// No one can say whether it was accepted.
    Unknown,
}
