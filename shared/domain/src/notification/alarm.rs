//! What Cham itself has to tell the business's own people: that a brake or a refusal of Zalo's has stopped something.
//!
//! Its id hangs on what has stopped and since when, so whoever meets it again plans the same notification.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Cause, Content, Notification, Pause, Recipient, SAFETY_NET, Scope, State, Window};
use crate::{
    channel::Channel,
    consent::Purpose,
    explain::{self, Language},
    id::{EffectId, EventId},
    rule::OnUnknown,
};

/// Stands in the place of a rule where Cham itself speaks. No rule set has it, and no brake on rules holds it.
pub const OWN_RULE: &str = "cham";

/// Something has stopped.
#[derive(Clone, Copy, Debug)]
pub enum Alarm<'a> {
    /// A rule has sent as many in an hour as it may.
    Burst {
        /// The rule.
        rule: &'a str,
        /// How many that are.
        most: u32,
        /// The hour.
        hour: &'a Window,
    },
    /// The money of a day is spent.
    Budget {
        /// How much that is, in đồng.
        most_vnd: u64,
        /// The day.
        day: &'a Window,
    },
    /// Zalo takes nothing of a template or an account until a person has mended it.
    Stopped {
        /// Which, and on which channel.
        scope: &'a Scope,
        /// Since when, and with which code.
        pause: &'a Pause,
    },
}

impl Alarm<'_> {
    fn step(self) -> &'static str {
        match self {
            Self::Burst { .. } => "burst",
            Self::Budget { .. } => "budget",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// What it is about and since when, as one key.
    fn key(self) -> String {
        match self {
            Self::Burst { rule, hour, .. } => format!("{rule}#{}", hour.key),
            Self::Budget { day, .. } => format!("#{}", day.key),
            Self::Stopped { scope, pause } => format!("{scope}#{}", pause.at.as_millisecond()),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Burst { rule, most, hour } => format!(
                "Quy tắc {rule} đã gửi đủ {most} tin trong giờ {}. Các tin tiếp theo chờ đến giờ sau.",
                hour.for_people
            ),
            Self::Budget { most_vnd, day } => format!(
                "Ngân sách gửi tin {most_vnd} đ của ngày {} đã hết. Các tin có phí chờ sang ngày sau.",
                day.for_people
            ),
            Self::Stopped { scope, pause } => {
                let code = pause.stop.map(|stop| stop.code).unwrap_or_default();
                let what = explain::scope(scope, Language::Vi);
                format!(
                    "Zalo từ chối {what}, mã {code}. Cham giữ lại các tin này và tự thử lại từng tin một. \
                     Sửa xong ở Zalo thì tin tự đi tiếp, hoặc bấm “{}” trong trang quản trị.",
                    explain::Label::Resume.of(Language::Vi)
                )
            }
        }
    }

    /// The notification that tells of it, once.
    pub fn notification(self, tenant: &str, oa: &str, now: Timestamp) -> Notification {
        let event = EventId::of(tenant, OWN_RULE, &format!("{}#{}", self.step(), self.key()));
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
            content: Content::Text(self.text()),
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
