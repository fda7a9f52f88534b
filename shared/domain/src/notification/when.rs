//! When a message may go: its deadline, its rule, consent, mutes, the hours of the day, pauses. Asked at the moment of sending,
//! never before.
//!
//! Source: Zalo refuses promotion at night with -133 and -234, 22:00-05:59 (ZBS and OA limits, read 2026-11). Zalo states no
//! time zone. Assumption: Asia/Ho_Chi_Minh; a refusal in the hour after 06:00 would show that it is another.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::{Content, Notification, Pauses, Recipient, Scope, Stop, reason};
use crate::{channel::Channel, consent::Purpose, id::EventId};

/// The zone of all hours and windows.
pub const ZONE: &str = "Asia/Ho_Chi_Minh";

/// Care and promotion may go from this hour on.
const WINDOW_OPENS_H: i8 = 6;

/// Care and promotion may go until this hour.
const WINDOW_CLOSES_H: i8 = 22;

/// A notification that people have paused is looked at again after this: so long a resume takes to be felt. Every look costs a
/// read of the row, one of the pauses, and the three write units of a hold.
pub const PAUSE_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// A notification that a stop of Zalo's holds is looked at again at least this often: so long the end of a stop takes to be felt.
pub const STOP_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// A notification that a mute holds is looked at again at least this often, since a mute can be lifted.
pub const MUTE_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// A person has taken over: replies, care and promotion are silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// Until then.
    pub until: Timestamp,
    /// The event that brought it about; its own notifications pass.
    pub event: EventId,
}

/// What is known at the moment of sending.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Whether the customer has agreed to this purpose; unknown is `false`.
    pub consents: bool,
    /// The customer's last mute, over or not.
    pub mute: Option<&'a Mute>,
    /// What people have stopped.
    pub pauses: &'a Pauses,
    /// Whether the rule still has the step that planned it.
    pub rule_is_active: bool,
    /// What the night held back goes out within this time after it.
    pub morning_spread: SignedDuration,
}

/// What may be done with a notification now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Send it by this channel.
    Send(Channel),
    /// Later.
    Hold(Hold),
    /// Try by this channel whether what Zalo has stopped was mended.
    Probe(Channel, Scope, Stop),
    /// Later, when people let it go, or Zalo does.
    Paused(Scope, Option<Stop>),
    /// Never: a reason.
    Suppress(&'static str),
    /// It is called off: a reason.
    Cancel(&'static str),
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
    /// Whether the person has to be asked after before it goes: for consent, or whether somebody is talking with them. Nothing
    /// that a person has to be told waits for either.
    pub fn asks_for_the_person(&self) -> bool {
        match self.purpose {
            Purpose::Reply | Purpose::Care | Purpose::Promotion => true,
            Purpose::Otp | Purpose::Transaction | Purpose::Staff => false,
        }
    }

    /// Whether any brake can hold it.
    pub fn has_brakes(&self) -> bool {
        self.purpose != Purpose::Otp
    }

    /// What may be done with it at `now`. Passes over channels that cannot carry it or lead nowhere.
    pub fn permission(&mut self, standing: Standing<'_>, now: Timestamp) -> Permission {
        if self.deadline.is_some_and(|deadline| now > deadline) {
            return Permission::Expire;
        }
        if !standing.rule_is_active {
            return Permission::Cancel(reason::RULE_REMOVED);
        }
        if self.purpose.needs_consent() && !standing.consents {
            return Permission::Suppress(reason::NO_CONSENT);
        }
        if let Some(mute) = standing.mute.filter(|mute| self.is_silenced_by(mute, now)) {
            if self.purpose == Purpose::Reply {
                // The person who has taken over answers.
                return Permission::Suppress(reason::MUTED);
            }
            let until = mute.until.min(now + MUTE_PAUSE);
            return Permission::Hold(Hold { until, reason: reason::MUTED });
        }
        while let Some(channel) = self.channel() {
            if !self.leads_on(channel) {
                self.channels_used += 1;
                continue;
            }
            if is_closed(self.purpose, channel, now) {
                let until = morning(now, self.id.as_str(), standing.morning_spread);
                return Permission::Hold(Hold { until, reason: reason::NIGHT });
            }
            let Some((scope, pause)) = standing.pauses.stops(self, channel) else {
                return Permission::Send(channel);
            };
            return match pause.stop {
                // What Zalo does not take here, it may take there.
                Some(_) if self.is_free_after(standing.pauses, now) => {
                    self.channels_used += 1;
                    continue;
                }
                Some(stop) if stop.probe_at <= now => {
                    Permission::Probe(channel, scope.clone(), stop)
                }
                stop => Permission::Paused(scope.clone(), stop),
            };
        }
        Permission::NoChannel
    }

    /// Gives up the channel that goes next: it leads to nobody.
    pub fn pass_over(&mut self) {
        self.channels_used += 1;
    }

    /// Whether one of the channels behind the next one may take it now.
    fn is_free_after(&self, pauses: &Pauses, now: Timestamp) -> bool {
        self.channels.iter().skip(self.channels_used + 1).any(|channel| {
            self.leads_on(*channel)
                && !is_closed(self.purpose, *channel, now)
                && pauses.stops(self, *channel).is_none()
        })
    }

    /// Whether a mute silences it. What the mute's own event brought about passes: it tells the customer who answers, and when.
    fn is_silenced_by(&self, mute: &Mute, now: Timestamp) -> bool {
        self.asks_for_the_person() && now < mute.until && mute.event != self.cause.event
    }

    /// Whether a channel takes what it says, and there is an address on it.
    fn leads_on(&self, channel: Channel) -> bool {
        let Recipient { phone, user } = &self.recipient;
        match (channel, &self.content) {
            (Channel::ZnsPhone, Content::Template { .. }) => phone.is_some(),
            (Channel::ZnsUid, Content::Template { .. }) => user.is_some(),
            (Channel::OaCs, Content::Text(_)) => user.is_some(),
            (Channel::Alert, Content::Text(_)) | (Channel::Webhook, Content::Fact { .. }) => true,
            (Channel::ZnsPhone | Channel::ZnsUid | Channel::Webhook, Content::Text(_))
            | (Channel::OaCs | Channel::Alert | Channel::Webhook, Content::Template { .. })
            | (
                Channel::ZnsPhone | Channel::ZnsUid | Channel::OaCs | Channel::Alert,
                Content::Fact { .. },
            ) => false,
        }
    }
}

/// Whether the window for this purpose and channel is closed.
fn is_closed(purpose: Purpose, channel: Channel, now: Timestamp) -> bool {
    let bound = match (purpose, channel) {
        (
            Purpose::Care | Purpose::Promotion,
            Channel::ZnsPhone | Channel::ZnsUid | Channel::OaCs | Channel::Alert | Channel::Webhook,
        ) => true,
        (Purpose::Otp | Purpose::Transaction | Purpose::Reply | Purpose::Staff, _) => false,
    };
    let hour = now.to_zoned(zone()).hour();
    bound && !(WINDOW_OPENS_H..WINDOW_CLOSES_H).contains(&hour)
}

/// The next 06:00 in Vietnam, and a share of `spread` that hangs on `id` alone.
pub(super) fn morning(now: Timestamp, id: &str, spread: SignedDuration) -> Timestamp {
    next_opening(now) + share(id, spread)
}

/// The next 06:00 in Vietnam with the notification's own share of the spread.
pub fn next_morning(now: Timestamp, n: &Notification, spread: SignedDuration) -> Timestamp {
    morning(now, n.id.as_str(), spread)
}

/// A part of `within` that hangs on `id` alone, in whole seconds.
pub(super) fn share(id: &str, within: SignedDuration) -> SignedDuration {
    let within = u64::try_from(within.as_secs()).unwrap_or(0).max(1);
    let share = id.bytes().fold(0u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
    SignedDuration::from_secs(i64::try_from(share % within).expect("a part of an i64"))
}

fn next_opening(now: Timestamp) -> Timestamp {
    let local = now.to_zoned(zone());
    let date = if local.hour() < WINDOW_OPENS_H {
        local.date()
    } else {
        local.date().tomorrow().expect("a date this far ahead is no date of ours")
    };
    at_hour(date, WINDOW_OPENS_H)
}

fn at_hour(date: civil::Date, hour: i8) -> Timestamp {
    let time = civil::Time::constant(0, 0, 0, 0).with().hour(hour).build();
    let time = time.expect("an hour of the day");
    let local = date.to_datetime(time).to_zoned(zone());
    local.expect("Vietnam has every hour").timestamp()
}

/// An hour or a day of Vietnam, within which something is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// As it stands in keys: `2026-11-20T08`, `2026-11-20`.
    pub key: String,
    /// As people write it: `08:00 20/11`, `20/11`.
    pub for_people: String,
    /// When the next one begins.
    pub ends: Timestamp,
}

impl Window {
    /// The hour around `now`.
    pub fn hour(now: Timestamp) -> Self {
        let local = now.to_zoned(zone());
        let into = SignedDuration::from_mins(i64::from(local.minute()))
            + SignedDuration::from_secs(i64::from(local.second()))
            + SignedDuration::from_nanos(i64::from(local.subsec_nanosecond()));
        Self {
            key: local.strftime("%Y-%m-%dT%H").to_string(),
            for_people: local.strftime("%H:00 %d/%m").to_string(),
            ends: now - into + SignedDuration::from_hours(1),
        }
    }

    /// The day around `now`.
    pub fn day(now: Timestamp) -> Self {
        let local = now.to_zoned(zone());
        let next = local.date().tomorrow().expect("a date this far ahead is no date of ours");
        Self {
            key: local.strftime("%Y-%m-%d").to_string(),
            for_people: local.strftime("%d/%m").to_string(),
            ends: at_hour(next, 0),
        }
    }

    /// The day of Zalo's quotas around `now`, which begins at this hour of Vietnam.
    pub fn quota_day(now: Timestamp, resets_h: i8) -> Self {
        let local = now.to_zoned(zone());
        let begins = if local.hour() < resets_h {
            local.date().yesterday().expect("a date this far back is no date of ours")
        } else {
            local.date()
        };
        let next = begins.tomorrow().expect("a date this far ahead is no date of ours");
        Self {
            key: begins.strftime("%Y-%m-%d").to_string(),
            for_people: begins.strftime("%d/%m").to_string(),
            ends: at_hour(next, resets_h),
        }
    }

    /// When the month of Zalo's quotas around `now` ends.
    pub fn quota_month_ends(now: Timestamp, resets_h: i8) -> Timestamp {
        let date = now.to_zoned(zone()).date();
        let first = at_hour(date.first_of_month(), resets_h);
        if now < first {
            // The hours before the reset belong to the month before.
            return first;
        }
        let next = date.last_of_month().tomorrow();
        at_hour(next.expect("a date this far ahead is no date of ours"), resets_h)
    }

    /// When a notification that this hour had no room for goes: its own share of the next one.
    pub fn share_of_next_hour(&self, n: &Notification) -> Timestamp {
        self.ends + share(n.id.as_str(), SignedDuration::from_hours(1))
    }
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("the zone database is compiled in")
}

#[cfg(test)]
mod tests;
