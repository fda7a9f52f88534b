//! Days and months of Vietnam's clock, as small numbers.

use std::fmt;

use jiff::{
    SignedDuration, Timestamp,
    civil::{self, Date},
};
use serde::{Deserialize, Serialize};

/// Vietnam's distance from UTC, in hours, without summer time since 1975 (IANA tz database, `Asia/Ho_Chi_Minh`, 2025b): fixed
/// here, so that an entry means the same whatever tables a machine has. A test compares it with the tables.
const OFFSET: SignedDuration = SignedDuration::from_hours(7);

/// The first day that has a number.
const EPOCH: Date = civil::date(1970, 1, 1);

/// A month, as the number of months since January 1970.
///
/// As the month of a lot it is the last one in which the lot's points can be spent; [`Month::NEVER`] is later than all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(u16);

/// A day, as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(u32);

impl Month {
    /// The month of what does not expire: the largest number of two bytes as stored.
    pub const NEVER: Self = Self(16_383);

    /// The month of an instant; the first one for what was before 1970.
    pub fn of(at: Timestamp) -> Self {
        let date = date(at);
        let months = i32::from(date.year() - EPOCH.year()) * 12 + i32::from(date.month()) - 1;
        Self(u16::try_from(months).unwrap_or(0).min(Self::NEVER.0 - 1))
    }

    /// So many months later; never [`Month::NEVER`].
    pub fn plus(self, months: u16) -> Self {
        Self(self.0.saturating_add(months).min(Self::NEVER.0 - 1))
    }

    /// Months from `earlier` to this one; 0 when it is not earlier.
    pub fn since(self, earlier: Self) -> u16 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant at which it begins.
    pub fn start(self) -> Timestamp {
        let (year, month) = (self.0 / 12, self.0 % 12 + 1);
        let year = EPOCH.year().saturating_add(i16::try_from(year).unwrap_or(i16::MAX));
        let first = i8::try_from(month).ok().and_then(|month| Date::new(year, month, 1).ok());
        first.map_or(Timestamp::MAX, midnight)
    }

    /// The instant at which it is over: what can be spent until its end cannot any more. The end of time for what never ends.
    pub fn end(self) -> Timestamp {
        if self == Self::NEVER { Timestamp::MAX } else { Self(self.0 + 1).start() }
    }
}

impl Day {
    /// The day of an instant; the first one for what was before 1970.
    pub fn of(at: Timestamp) -> Self {
        let days = EPOCH.until(date(at)).map_or(0, |span| span.get_days());
        Self(u32::try_from(days).unwrap_or(0))
    }

    /// So many days later.
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// So many days earlier; the first one at the most.
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// The number, for whoever groups days.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The instant at which it begins.
    pub fn start(self) -> Timestamp {
        let since = SignedDuration::from_hours(i64::from(self.0) * 24);
        midnight(EPOCH).checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Month {
    /// `2027-01`; `never` for what does not expire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.write_str("never");
        }
        write!(f, "{}-{:02}", u32::from(self.0) / 12 + 1970, self.0 % 12 + 1)
    }
}

impl fmt::Display for Day {
    /// `2026-11-20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        date(self.start()).fmt(f)
    }
}

/// The date on Vietnam's calendars.
fn date(at: Timestamp) -> Date {
    let local = at.checked_add(OFFSET).unwrap_or(Timestamp::MAX);
    jiff::tz::Offset::UTC.to_datetime(local).date()
}

/// The instant at which a day begins in Vietnam.
fn midnight(date: Date) -> Timestamp {
    let utc = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
    utc.ok().and_then(|at| at.checked_sub(OFFSET).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_ends_at_midnight_in_vietnam() {
        for (instant, month, end) in [
            ("2026-11-30T23:59:59.999+07:00", "2026-11", "2026-12-01T00:00:00+07:00"),
            ("2026-12-01T00:00:00+07:00", "2026-12", "2027-01-01T00:00:00+07:00"),
            ("2024-02-29T12:00:00+07:00", "2024-02", "2024-03-01T00:00:00+07:00"),
            ("2026-02-28T16:59:59Z", "2026-02", "2026-03-01T00:00:00+07:00"),
            ("2026-02-28T17:00:00Z", "2026-03", "2026-04-01T00:00:00+07:00"),
            ("1960-01-01T00:00:00Z", "1970-01", "1970-02-01T00:00:00+07:00"),
        ] {
            let found = Month::of(at(instant));
            assert_eq!(found.to_string(), month, "{instant}");
            assert_eq!(found.end(), at(end), "{instant}");
        }
        assert_eq!(Month::of(at("2026-11-20T00:00:00Z")).plus(12).to_string(), "2027-11");
        assert_eq!(Month::NEVER.end(), Timestamp::MAX);
    }

    #[test]
    fn a_day_begins_at_midnight_in_vietnam() {
        for (instant, day) in [
            ("2026-11-20T16:59:59.999Z", "2026-11-20"),
            ("2026-11-20T17:00:00Z", "2026-11-21"),
            ("2024-02-28T17:00:00Z", "2024-02-29"),
            ("1969-12-31T17:00:00Z", "1970-01-01"),
        ] {
            let found = Day::of(at(instant));
            assert_eq!(found.to_string(), day, "{instant}");
            assert!(found.start() <= at(instant) && at(instant) < found.plus(1).start());
        }
    }

    /// Every hour of sixty years, against the zone's own tables.
    #[test]
    fn the_fixed_distance_is_that_of_the_zone() {
        let zone = TimeZone::get(crate::notification::ZONE).unwrap();
        let mut now = at("1976-01-01T00:00:00Z");
        while now < at("2036-01-01T00:00:00Z") {
            let local = now.to_zoned(zone.clone()).date();
            assert_eq!(date(now), local, "{now}");
            now += SignedDuration::from_hours(7);
        }
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        for at in [Timestamp::MIN, Timestamp::MAX] {
            let (month, day) = (Month::of(at), Day::of(at));
            assert!(month < Month::NEVER && month.end() >= month.start() && day.plus(1) >= day);
        }
        assert!(
            Day(u32::MAX).start() == Timestamp::MAX && Day(u32::MAX).plus(9).number() == u32::MAX
        );
    }
}
