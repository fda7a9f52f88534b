//! What Cham itself has to tell the business's own people: that a brake has stopped something.
//!
//! Its id hangs on the brake and its hour or day, so whoever meets the brake again plans the same notification.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Cause, Content, Notification, Recipient, SAFETY_NET, State, Window};
use crate::{
    channel::Channel,
    consent::Purpose,
    id::{EffectId, EventId},
    rule::OnUnknown,
};

/// Stands in the place of a rule where Cham itself speaks. No rule set has it, and no brake on rules holds it.
pub const OWN_RULE: &str = "cham";

/// A brake that has stopped something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm<'a> {
    /// A rule has sent as many in an hour as it may.
    Burst {
        /// The rule.
        rule: &'a str,
        /// How many that are.
        most: u32,
    },
    /// The money of a day is spent.
    Budget {
        /// How much that is, in đồng.
        most_vnd: u64,
    },
}

impl Alarm<'_> {
    fn step(self) -> &'static str {
        match self {
            Self::Burst { .. } => "burst",
            Self::Budget { .. } => "budget",
        }
    }

    fn text(self, window: &Window) -> String {
        match self {
            Self::Burst { rule, most } => format!(
                "Quy tắc {rule} đã gửi đủ {most} tin trong giờ {}. Các tin tiếp theo chờ đến giờ sau.",
                window.for_people
            ),
            Self::Budget { most_vnd } => format!(
                "Ngân sách gửi tin {most_vnd} đ của ngày {} đã hết. Các tin có phí chờ sang ngày sau.",
                window.for_people
            ),
        }
    }

    /// The notification that tells of it, once per `window`.
    pub fn notification(
        self,
        tenant: &str,
        oa: &str,
        window: &Window,
        now: Timestamp,
    ) -> Notification {
        let about = match self {
            Self::Burst { rule, .. } => rule,
            Self::Budget { .. } => "",
        };
        let event =
            EventId::of(tenant, OWN_RULE, &format!("{}#{about}#{}", self.step(), window.key));
        Notification {
            id: EffectId::of(&event, OWN_RULE, self.step()),
            tenant: tenant.to_owned(),
            customer: None,
            cause: Cause {
                event,
                rule: OWN_RULE.to_owned(),
                version: 0,
                step: self.step().to_owned(),
            },
            purpose: Purpose::Staff,
            content: Content::Text(self.text(window)),
            price_vnd: BTreeMap::new(),
            channels: vec![Channel::Alert],
            oa: oa.to_owned(),
            recipient: Recipient::default(),
            planned_at: now,
            deadline: None,
            // Told twice is better than not at all.
            on_unknown: OnUnknown::Resend,
            state: State::Planned,
            reason: None,
            due_at: Some(now + SAFETY_NET),
            attempts: Vec::new(),
            channels_used: 0,
            revision: 0,
        }
    }
}
