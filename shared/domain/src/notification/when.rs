//! When a message may go: consent, the hours of the day, the deadline. Asked at the moment of sending, never before.
//!
//! Source: Zalo refuses promotion at night with -133 and -234, 22:00-05:59 (ZBS and OA limits, read 2026-11). Zalo states no
//! time zone. Assumption: Asia/Ho_Chi_Minh; a refusal in the hour after 06:00 would show that it is another.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::Notification;
use crate::{channel::Channel, consent::Purpose};

/// The zone of all hours and windows.
pub const ZONE: &str = "Asia/Ho_Chi_Minh";

/// Care and promotion may go from this hour on.
const WINDOW_OPENS_H: i8 = 6;

/// Care and promotion may go until this hour.
const WINDOW_CLOSES_H: i8 = 22;

/// What the night held back goes out within this time after the window opens, so that Zalo and the phones are not hit by all
/// of it in one second.
const MORNING_SPREAD_S: u64 = 1_800;

/// What is known of the customer at the moment of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the customer has agreed to this purpose; unknown is `false`.
    pub consents: bool,
}

/// What may be done with a notification now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Send it by this channel.
    Send(Channel),
    /// Later.
    Hold(Hold),
    /// Never: a reason.
    Suppress(&'static str),
    /// Too late.
    Expire,
    /// No channel is left that leads to this person.
    NoChannel,
}

/// Until when, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When to look again.
    pub until: Timestamp,
    /// A stable word for the row and the console.
    pub reason: &'static str,
}

impl Notification {
    /// What may be done with it at `now`. Skips channels on which the person has no address.
    pub fn permission(&mut self, standing: Standing, now: Timestamp) -> Permission {
        if self.deadline.is_some_and(|deadline| now > deadline) {
            return Permission::Expire;
        }
        if self.purpose.needs_consent() && !standing.consents {
            return Permission::Suppress("no_consent");
        }
        while let Some(channel) = self.channel() {
            let has_address = match channel {
                Channel::ZnsPhone => self.recipient.phone.is_some(),
                Channel::ZnsUid | Channel::OaCs => self.recipient.user.is_some(),
                Channel::Alert => true,
            };
            if has_address {
                return match opening(self.purpose, channel, now) {
                    None => Permission::Send(channel),
                    Some(_) => Permission::Hold(Hold {
                        until: morning(now, self.id.as_str()),
                        reason: "night",
                    }),
                };
            }
            self.channels_used += 1;
        }
        Permission::NoChannel
    }
}

/// `None` when the window for this purpose and channel is open; else when it opens.
fn opening(purpose: Purpose, channel: Channel, now: Timestamp) -> Option<Timestamp> {
    let bound = match (purpose, channel) {
        (
            Purpose::Care | Purpose::Promotion,
            Channel::ZnsPhone | Channel::ZnsUid | Channel::OaCs | Channel::Alert,
        ) => true,
        (Purpose::Otp | Purpose::Transaction | Purpose::Reply | Purpose::Staff, _) => false,
    };
    let hour = now.to_zoned(zone()).hour();
    (bound && !(WINDOW_OPENS_H..WINDOW_CLOSES_H).contains(&hour)).then(|| next_opening(now))
}

/// The next 06:00 in Vietnam, and a share of the spread that hangs on `id` alone.
pub(super) fn morning(now: Timestamp, id: &str) -> Timestamp {
    let share = id.bytes().fold(0u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
    let share = i64::try_from(share % MORNING_SPREAD_S).expect("below half an hour");
    next_opening(now) + SignedDuration::from_secs(share)
}

fn next_opening(now: Timestamp) -> Timestamp {
    let local = now.to_zoned(zone());
    let date = if local.hour() < WINDOW_OPENS_H {
        local.date()
    } else {
        local.date().tomorrow().expect("a date this far ahead is no date of ours")
    };
    let opens = civil::Time::constant(WINDOW_OPENS_H, 0, 0, 0);
    let opens = date.to_datetime(opens).to_zoned(zone());
    opens.expect("Vietnam has every 06:00").timestamp()
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("the zone database is compiled in")
}
