//! What an answer of Zalo, or its absence, means for the notification: the next step for every class.

use jiff::{SignedDuration, Timestamp};

use super::{
    ATTEMPTS_MAX, AttemptOutcome, Broken, Class, Hold, IllegalMove, Input, Notification,
    STOP_PAUSE, State, UNKNOWN_GRACE, next, reason, when::share,
};
use crate::{consent::Purpose, rule::OnUnknown, tenant::Limits};

/// What the outside said to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Zalo took it and named it.
    Accepted {
        /// Zalo's id of the message.
        message_id: String,
    },
    /// The request never left.
    NotSent,
    /// It left, and no answer says what became of it; or its owner is dead.
    Unknown,
    /// Zalo refused it.
    Refused {
        /// Zalo's code.
        code: i64,
        /// What such a code means.
        class: Class,
    },
}

/// What the caller has to do besides storing the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the row says it all.
    Settled,
    /// Another channel goes now.
    Again,
}

/// First pause before a new try; doubles with every attempt. Half of a pause is certain, the other half drawn: else all that met
/// one trouble would come back together.
const BACKOFF: SignedDuration = SignedDuration::from_secs(30);

/// An address that only a person can mend is tried again after this.
const ADDRESS_PAUSE: SignedDuration = SignedDuration::from_hours(1);

impl Notification {
    /// Books what came of `attempt`, counted from 1. What is put off goes as the business's `limits` have it.
    ///
    /// # Errors
    /// When it is not the running attempt: the row was settled without us, or its next owner has begun another.
    pub fn settle(
        &mut self,
        attempt: u8,
        answer: &Answer,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Verdict, IllegalMove> {
        let input = match answer {
            Answer::Accepted { .. } => Input::Accepted,
            Answer::NotSent | Answer::Refused { .. } => Input::Hold,
            Answer::Unknown => Input::Lost,
        };
        if usize::from(attempt) != self.attempts.len() {
            return Err(IllegalMove { state: self.state, input });
        }
        if let Answer::Refused { class, .. } = answer {
            return self.refused(attempt, answer, *class, limits, now);
        }
        let state = next(self.state, input)?;
        self.book(answer);
        match answer {
            Answer::NotSent => return self.retry(self.backoff(now, reason::NOT_SENT)),
            Answer::Unknown => {
                self.state = state;
                self.reason = Some(reason::OUTCOME_UNKNOWN.to_owned());
                self.due_at = Some(now + UNKNOWN_GRACE);
            }
            Answer::Accepted { .. } => {
                self.state = state;
                self.reason = None;
                self.over();
            }
            Answer::Refused { .. } => {}
        }
        Ok(Verdict::Settled)
    }

    /// Judges an attempt whose grace is over: once more, or never.
    ///
    /// # Errors
    /// When a receipt has settled it meanwhile.
    pub fn judge_unknown(&mut self, now: Timestamp) -> Result<Verdict, IllegalMove> {
        if self.state != State::Unknown {
            return Err(IllegalMove { state: self.state, input: Input::Resend });
        }
        let worth_it = self.on_unknown == OnUnknown::Resend && self.attempts.len() < ATTEMPTS_MAX;
        if worth_it {
            self.state = next(self.state, Input::Resend)?;
            self.reason = Some(reason::RESEND_AFTER_UNKNOWN.to_owned());
            self.due_at = Some(now);
            return Ok(Verdict::Again);
        }
        self.finish(Input::Fail, reason::OUTCOME_UNKNOWN)?;
        Ok(Verdict::Settled)
    }

    fn refused(
        &mut self,
        attempt: u8,
        answer: &Answer,
        class: Class,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Verdict, IllegalMove> {
        if class == Class::Unknown {
            return self.settle(attempt, &Answer::Unknown, limits, now);
        }
        next(self.state, Input::Hold)?;
        self.book(answer);
        match class {
            Class::Auth => self.retry(self.backoff(now, reason::TOKEN)),
            Class::Backoff => self.retry(self.backoff(now, reason::BACKOFF)),
            Class::Defer(until) => {
                let until = until.instant(now, self.id.as_str(), limits);
                let is_too_late = self.deadline.is_some_and(|deadline| deadline < until);
                match is_too_late {
                    true => self.next_channel(reason::DEFERRED),
                    false => self.retry(Hold { until, reason: reason::DEFERRED }),
                }
            }
            Class::Config(broken) => self.stopped(broken, now),
            Class::Recipient => self.next_channel(reason::RECIPIENT),
            Class::Payload => {
                self.finish(Input::Fail, reason::PAYLOAD)?;
                Ok(Verdict::Settled)
            }
            Class::Unknown => Ok(Verdict::Settled),
        }
    }

    /// Nothing but this attempt is lost: another channel may do, and else it waits for whoever mends it.
    fn stopped(&mut self, broken: Broken, now: Timestamp) -> Result<Verdict, IllegalMove> {
        if self.channels_used + 1 < self.channels.len() {
            return self.next_channel(reason::CONFIG);
        }
        match (broken, self.purpose) {
            // It waits for nobody: the next try is its own.
            (_, Purpose::Otp) => self.retry(self.backoff(now, reason::CONFIG)),
            (Broken::Template | Broken::Account, _) => {
                self.retry(Hold { until: now + STOP_PAUSE, reason: reason::CONFIG })
            }
            (Broken::Address, _) => {
                self.retry(Hold { until: now + ADDRESS_PAUSE, reason: reason::CONFIG })
            }
        }
    }

    fn retry(&mut self, hold: Hold) -> Result<Verdict, IllegalMove> {
        if self.attempts.len() >= ATTEMPTS_MAX {
            self.finish(Input::Fail, reason::ATTEMPTS_EXHAUSTED)?;
        } else {
            self.put_off(&hold)?;
        }
        Ok(Verdict::Settled)
    }

    fn next_channel(&mut self, reason: &str) -> Result<Verdict, IllegalMove> {
        self.channels_used += 1;
        if self.channel().is_none() {
            self.finish(Input::Fail, reason)?;
            return Ok(Verdict::Settled);
        }
        if self.attempts.len() >= ATTEMPTS_MAX {
            self.finish(Input::Fail, reason::ATTEMPTS_EXHAUSTED)?;
            return Ok(Verdict::Settled);
        }
        self.state = next(self.state, Input::NextChannel)?;
        self.reason = Some(reason::FALLBACK.to_owned());
        Ok(Verdict::Again)
    }

    fn backoff(&self, now: Timestamp, reason: &'static str) -> Hold {
        let doublings = u32::try_from(self.attempts.len().saturating_sub(1)).unwrap_or(0);
        let pause = BACKOFF * 2i32.saturating_pow(doublings.min(6));
        let (certain, id) = (pause / 2, format!("{}#{doublings}", self.id));
        Hold { until: now + certain + share(&id, pause - certain), reason }
    }

    /// Writes the answer on the last attempt.
    fn book(&mut self, answer: &Answer) {
        let Some(attempt) = self.attempts.last_mut() else { return };
        let outcome = match answer {
            Answer::Accepted { message_id } => {
                attempt.message_id = Some(message_id.clone());
                AttemptOutcome::Accepted
            }
            Answer::NotSent => AttemptOutcome::NotSent,
            Answer::Refused { code, .. } => AttemptOutcome::Refused(*code),
            Answer::Unknown => AttemptOutcome::Unknown,
        };
        attempt.outcome = Some(outcome);
    }
}
