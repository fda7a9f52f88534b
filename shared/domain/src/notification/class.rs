//! What a refusal means for the notification, whatever host and code it came with.

use jiff::Timestamp;

use super::when::{Window, morning, share};
use crate::tenant::Limits;

/// The class of an error code. Each is a different next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The access token is not valid: refresh it, then try once more.
    Auth,
    /// Too fast, or a passing trouble: try again with back-off.
    Backoff,
    /// Not now: try again when this is over.
    Defer(Until),
    /// Never for this person on this channel.
    Recipient,
    /// Never with this content.
    Payload,
    /// Stop this until a person has mended it.
    Config(Broken),
    /// No one can say whether it was accepted.
    Unknown,
}

/// What has to pass before Zalo takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Until {
    /// The night.
    Morning,
    /// The day, with its quota.
    NextDay,
    /// The month, with its quota.
    NextMonth,
}

/// What a person has to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    /// The template, or what it is allowed.
    Template,
    /// The Official Account, its app or its billing.
    Account,
    /// The address of the business's own people or system.
    Address,
}

impl Class {
    /// The word of the tables, without what it is about.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "AUTH",
            Self::Backoff => "BACKOFF",
            Self::Defer(_) => "DEFER",
            Self::Recipient => "RECIPIENT",
            Self::Payload => "PAYLOAD",
            Self::Config(_) => "CONFIG",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl Until {
    /// The instant for the notification `id`: no two go at the same moment.
    ///
    /// Quotas begin anew at `limits.quota_resets_h`, since Zalo documents no hour.
    pub(super) fn instant(self, now: Timestamp, id: &str, limits: &Limits) -> Timestamp {
        let spread = limits.morning_spread;
        let begins = match self {
            Self::Morning => return morning(now, id, spread),
            Self::NextDay => Window::quota_day(now, limits.quota_resets_h).ends,
            Self::NextMonth => Window::quota_month_ends(now, limits.quota_resets_h),
        };
        begins + share(id, spread)
    }
}
