//! Why a notification is held, failed, suppressed or cancelled: the stable words that rows hold, in one list.
//!
//! A word may be followed by what it is about, in brackets: `paused(rule:guide)`. Not here: the sentences that people read.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $word;)*

        /// Every reason that Cham itself gives.
        pub const ALL: &[&str] = &[$($name),*];
    };
}

reasons! {
    /// Care and promotion do not go at night.
    NIGHT = "night";
    /// A person is talking with the customer.
    MUTED = "muted";
    /// Somebody has paused the business, the rule, the template or the channel.
    PAUSED = "paused";
    /// Zalo takes nothing of this template or account until a person has mended it.
    STOPPED = "stopped";
    /// The rule has sent as many in this hour as it may.
    BURST = "burst";
    /// The day's money is spent.
    BUDGET = "budget";
    /// The customer has had as many of this purpose as a day allows.
    CAP = "cap";
    /// The Official Account is not connected.
    NOT_CONNECTED = "not_connected";
    /// The request never left.
    NOT_SENT = "not_sent";
    /// The access token is not taken.
    TOKEN = "token";
    /// Too fast, or a passing trouble.
    BACKOFF = "backoff";
    /// Zalo takes it at another time.
    DEFERRED = "deferred";
    /// A person has to mend the template, the account or the address.
    CONFIG = "config";
    /// The channel before did not reach the customer.
    FALLBACK = "fallback";
    /// Nobody knows what became of the attempt before.
    RESEND_AFTER_UNKNOWN = "resend_after_unknown";
    /// Nobody can say whether it was accepted.
    OUTCOME_UNKNOWN = "outcome_unknown";
    /// The customer has not agreed to it.
    NO_CONSENT = "no_consent";
    /// It is no longer worth sending.
    DEADLINE = "deadline";
    /// No channel leads to this person.
    NO_ADDRESS = "no_address";
    /// No permitted channel reaches this person.
    RECIPIENT = "recipient";
    /// The content is not taken.
    PAYLOAD = "payload";
    /// As many attempts were made as are allowed.
    ATTEMPTS_EXHAUSTED = "attempts_exhausted";
    /// The rule or the step is no longer there.
    RULE_REMOVED = "rule_removed";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_reason_stands_twice_and_each_is_one_word() {
        let once: BTreeSet<&&str> = ALL.iter().collect();
        assert_eq!(once.len(), ALL.len());
        for word in ALL {
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{word}");
        }
    }

    /// A reason that is written out where it is given would be missing from the list.
    #[test]
    fn the_states_give_reasons_of_the_list_alone() {
        for source in [include_str!("settle.rs"), include_str!("when.rs"), include_str!("mod.rs")] {
            let (code, _) = source.split_once("#[cfg(test)]").unwrap_or((source, ""));
            for word in ALL {
                assert!(!code.contains(&format!("\"{word}\"")), "{word} is written out");
            }
        }
    }
}
