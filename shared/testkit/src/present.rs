//! A recorded day made present: squeezed into seconds and moved to a clock that cannot be turned, for functions that run elsewhere.
//!
//! Every time in a body is moved by the same rule, so that what was before stays before and a redelivery stays the same event.
//! What was rightly signed is signed anew. Units: the times of bodies keep theirs, down to the millisecond where they have it.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use serde_json::Value;

use crate::sign::{Recorded, Secrets, SignError, rewrite};

/// The members of bodies that are times, whatever the vendor calls them.
const TIMES: [&str; 3] = ["timestamp", "transactionDate", "Time"];

/// Before the recorded day and after it a time is none of its own: a vendor's sample stays what it is.
const AROUND: SignedDuration = SignedDuration::from_hours(24);

/// How a vendor without an offset writes a time; it is Vietnam's.
const CIVIL: &str = "%Y-%m-%d %H:%M:%S";

/// The rule by which a day's times become present ones.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    first: Timestamp,
    last: Timestamp,
    begins: Timestamp,
    lasts: SignedDuration,
}

impl Present {
    /// What was between `first` and `last` is between `begins` and `lasts` later. Milliseconds, as the bodies have them.
    pub fn new(
        first: Timestamp,
        last: Timestamp,
        begins: Timestamp,
        lasts: SignedDuration,
    ) -> Self {
        let begins = Timestamp::from_millisecond(begins.as_millisecond()).unwrap_or(begins);
        Self { first, last, begins, lasts }
    }

    /// The present time of a recorded one; what is after the day is its end.
    pub fn at(&self, recorded: Timestamp) -> Timestamp {
        let whole = self.last.duration_since(self.first).as_millis().max(1);
        let part = recorded.min(self.last).duration_since(self.first).as_millis();
        let moved = part * self.lasts.as_millis() / whole;
        self.begins + SignedDuration::from_millis(i64::try_from(moved).unwrap_or_default())
    }

    /// Moves a hook and the times in its body.
    ///
    /// # Errors
    /// When the secret of its source cannot be one.
    pub fn rebuild(&self, request: &mut Recorded, secrets: &Secrets) -> Result<(), SignError> {
        let parsed: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let mut body = request.body.clone();
        for name in TIMES {
            let Some(written) = parsed[name].as_str() else { continue };
            let Some(moved) = self.moved(written) else { continue };
            // In the text: a body that is parsed and printed again is another body.
            body = body
                .replace(&format!(r#""{name}":"{written}""#), &format!(r#""{name}":"{moved}""#));
        }
        let now = self.at(request.at);
        rewrite(request, secrets, now, body)
    }

    /// A time as it was written, moved; `None` when it is none, or none of this day.
    fn moved(&self, written: &str) -> Option<String> {
        let of_the_day = |at: &Timestamp| (self.first - AROUND..=self.last + AROUND).contains(at);
        let vietnam = TimeZone::fixed(jiff::tz::offset(7));
        if let Ok(ms) = written.parse::<i64>() {
            let at = Timestamp::from_millisecond(ms).ok().filter(of_the_day)?;
            return Some(self.at(at).as_millisecond().to_string());
        }
        if let Ok(at) = written.parse::<Timestamp>() {
            return of_the_day(&at).then(|| format!("{:.3}", self.at(at)));
        }
        let local = civil::DateTime::strptime(CIVIL, written).ok()?;
        let at = local.to_zoned(vietnam.clone()).ok()?.timestamp();
        of_the_day(&at).then(|| self.at(at).to_zoned(vietnam).strftime(CIVIL).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{standard, zalo_oa};

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Ten hours become ten seconds.
    fn present() -> Present {
        let (first, last) = (time("2026-11-20T08:00:00+07:00"), time("2026-11-20T18:00:00+07:00"));
        Present::new(first, last, time("2027-01-02T03:00:00Z"), SignedDuration::from_secs(10))
    }

    fn recorded(headers: &[(&str, String)], body: &str) -> Recorded {
        Recorded {
            at: time("2026-11-20T09:00:00+07:00"),
            method: "POST".to_owned(),
            path: "/hooks/t/s".to_owned(),
            headers: headers.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn every_way_in_which_a_time_is_written_is_moved_by_the_same_rule() {
        for (before, after) in [
            (r#"{"timestamp":"1795140000000"}"#, r#"{"timestamp":"1798858801000"}"#),
            (
                r#"{"timestamp":"2026-11-20T02:00:00Z"}"#,
                r#"{"timestamp":"2027-01-02T03:00:01.000Z"}"#,
            ),
            (
                r#"{"transactionDate":"2026-11-20 09:00:00"}"#,
                r#"{"transactionDate":"2027-01-02 10:00:01"}"#,
            ),
            (r#"{"Time":"2026-11-20T02:00:00.000Z"}"#, r#"{"Time":"2027-01-02T03:00:01.000Z"}"#),
            // A vendor's sample of long ago, and what is no time.
            (r#"{"timestamp":"1543908534740"}"#, r#"{"timestamp":"1543908534740"}"#),
            (r#"{"timestamp":"soon"}"#, r#"{"timestamp":"soon"}"#),
        ] {
            let mut request = recorded(&[], before);
            present().rebuild(&mut request, &Secrets::default()).unwrap();
            assert_eq!(request.body, after);
            assert_eq!(request.at, time("2027-01-02T03:00:01Z"));
        }
    }

    #[test]
    fn what_was_rightly_signed_is_rightly_signed_again_and_nothing_else() {
        let secret = "whsec_c3RhbmRhcmQtd2ViaG9va3MtdGVzdC1rZXktMzJieXQ=";
        let secrets = Secrets {
            zalo: Some(("1".to_owned(), "s".to_owned())),
            sepay: None,
            standard: Some(secret.to_owned()),
        };
        let rebuilt = |headers: &[(&str, String)], body: &str| {
            let mut request = recorded(headers, body);
            present().rebuild(&mut request, &secrets).unwrap();
            request
        };
        let body = r#"{"timestamp":"1795140000000"}"#;
        let mac = zalo_oa("1", "s", body.as_bytes()).unwrap();
        let request = rebuilt(&[("x-zevent-signature", mac)], body);
        let right = zalo_oa("1", "s", request.body.as_bytes()).unwrap();
        assert_eq!(request.headers["x-zevent-signature"], right);
        let request = rebuilt(&[("x-zevent-signature", "mac=00".to_owned())], body);
        assert_eq!(request.headers["x-zevent-signature"], "mac=00");

        let body = r#"{"timestamp":"2026-11-20T02:00:00Z"}"#;
        let signed = standard(secret, "m", 1_795_140_000, body.as_bytes()).unwrap();
        let headers = [
            ("webhook-id", "m".to_owned()),
            ("webhook-timestamp", "1795140000".to_owned()),
            ("webhook-signature", signed),
        ];
        let request = rebuilt(&headers, body);
        let at = time("2027-01-02T03:00:01Z").as_second();
        assert_eq!(request.headers["webhook-timestamp"], at.to_string());
        let right = standard(secret, "m", at, request.body.as_bytes()).unwrap();
        assert_eq!(request.headers["webhook-signature"], right);
    }

    #[test]
    fn what_comes_after_the_day_is_at_its_end() {
        let after = time("2026-11-21T06:00:00+07:00");
        assert_eq!(present().at(after), time("2027-01-02T03:00:10Z"));
    }
}
