//! What a person may do with a notification: call it off, let it go now, have it sent anew.
//!
//! Nothing here goes around what is asked at the moment of sending: a released notification whose reason still stands is held
//! again, and a new one without consent is not sent.

use jiff::Timestamp;

use super::{IllegalMove, Input, Notification, Recipient, SAFETY_NET, State, next};
use crate::id::EffectId;

impl Notification {
    /// Whether it can still be called off.
    pub fn can_be_cancelled(&self) -> bool {
        next(self.state, Input::Cancel).is_ok()
    }

    /// Calls it off on behalf of `by`, the name of whoever asked.
    ///
    /// # Errors
    /// When it is over, or on its way.
    pub fn cancel(&mut self, by: &str) -> Result<(), IllegalMove> {
        self.end(Input::Cancel, &format!("by_staff({by})"))
    }

    /// Whether it waits for a later time.
    pub fn can_be_released(&self) -> bool {
        self.state == State::Held
    }

    /// Makes a held one due at once.
    ///
    /// # Errors
    /// When it is not held.
    pub fn release(&mut self, now: Timestamp) -> Result<(), IllegalMove> {
        if !self.can_be_released() {
            return Err(IllegalMove { state: self.state, input: Input::Hold });
        }
        self.due_at = Some(now);
        Ok(())
    }

    /// Whether another one can take its place: it is over, and certainly did not reach anybody.
    pub fn can_be_resent(&self) -> bool {
        match self.state {
            State::Failed | State::Expired | State::Cancelled => {
                self.reason.as_deref() != Some("outcome_unknown")
            }
            State::Planned
            | State::Held
            | State::Claimed
            | State::Unknown
            | State::Sent
            | State::Delivered
            | State::Seen
            | State::Clicked
            | State::Suppressed
            | State::Shadow => false,
        }
    }

    /// A new notification in its place, for the same cause. Its id hangs on this one's, so that asking twice gives one.
    ///
    /// `recipient` is looked up anew: a notification that is over has forgotten the number. The deadline is gone with the old
    /// one, since a person has decided that it is still worth sending.
    ///
    /// # Errors
    /// When it is not over, or may have reached somebody.
    pub fn resend(&self, recipient: Recipient, now: Timestamp) -> Result<Self, IllegalMove> {
        if !self.can_be_resent() {
            return Err(IllegalMove { state: self.state, input: Input::Resend });
        }
        Ok(Self {
            id: self.resent_as(),
            recipient,
            planned_at: now,
            deadline: None,
            state: State::Planned,
            reason: None,
            due_at: Some(now + SAFETY_NET),
            attempts: Vec::new(),
            channels_used: 0,
            revision: 0,
            ..self.clone()
        })
    }

    /// The id of the one that takes its place.
    pub fn resent_as(&self) -> EffectId {
        self.id.resent()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        channel::Channel,
        consent::Purpose,
        id::EventId,
        notification::{Cause, Content},
        phone::Phone,
        rule::OnUnknown,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_136_400 + second).unwrap()
    }

    fn notification(state: State, reason: Option<&str>) -> Notification {
        let event = EventId::of("t", "s", "k");
        Notification {
            id: EffectId::of(&event, "guide", "tell"),
            tenant: "t".to_owned(),
            customer: None,
            cause: Cause { event, rule: "guide".to_owned(), version: 1, step: "tell".to_owned() },
            purpose: Purpose::Transaction,
            content: Content::Text("a".to_owned()),
            price_vnd: BTreeMap::new(),
            channels: vec![Channel::ZnsPhone],
            oa: "1".to_owned(),
            recipient: Recipient::default(),
            planned_at: at(0),
            deadline: Some(at(60)),
            on_unknown: OnUnknown::Drop,
            state,
            reason: reason.map(str::to_owned),
            due_at: Some(at(600)),
            attempts: Vec::new(),
            channels_used: 1,
            revision: 3,
        }
    }

    #[test]
    fn what_may_be_done_by_hand_in_each_state() {
        for state in State::ALL {
            let n = notification(state, None);
            let open = matches!(state, State::Planned | State::Held);
            let over = matches!(state, State::Failed | State::Expired | State::Cancelled);
            assert_eq!(n.can_be_cancelled(), open, "{state:?}");
            assert_eq!(n.can_be_released(), state == State::Held, "{state:?}");
            assert_eq!(n.can_be_resent(), over, "{state:?}");
            assert_eq!(n.clone().cancel("lan").is_ok(), open, "{state:?}");
            assert_eq!(n.clone().release(at(1)).is_ok(), state == State::Held, "{state:?}");
            assert_eq!(n.resend(Recipient::default(), at(1)).is_ok(), over, "{state:?}");
        }
    }

    #[test]
    fn what_somebody_is_sending_is_neither_put_off_nor_ended_nor_judged_by_another() {
        let later = crate::notification::Hold { until: at(90), reason: "burst" };
        for state in [State::Claimed, State::Unknown] {
            let mut n = notification(state, None);
            assert!(n.hold(&later).is_err(), "{state:?}");
            for input in [Input::Fail, Input::Expire, Input::Suppress, Input::Cancel] {
                assert!(n.end(input, "no_address").is_err(), "{state:?} {input:?}");
            }
            assert!(n.pause(&crate::notification::Scope::Tenant, None, at(1)).is_err());
            assert_eq!(n, notification(state, None));
        }
        for state in State::ALL.into_iter().filter(|state| *state != State::Unknown) {
            assert!(notification(state, None).judge_unknown(at(1)).is_err(), "{state:?}");
        }
    }

    #[test]
    fn what_may_have_arrived_is_not_sent_anew() {
        let n = notification(State::Failed, Some("outcome_unknown"));
        assert!(n.resend(Recipient::default(), at(1)).is_err());
    }

    #[test]
    fn one_that_takes_a_place_begins_from_the_start_for_the_same_cause() {
        let old = notification(State::Expired, Some("deadline"));
        let phone = Phone::parse("0912345678").unwrap();
        let recipient = Recipient { phone: Some(phone), user: None };
        let new = old.resend(recipient.clone(), at(90)).unwrap();
        assert_eq!((&new.cause, &new.content), (&old.cause, &old.content));
        assert_eq!((new.state, new.revision, new.channels_used), (State::Planned, 0, 0));
        assert_eq!((new.deadline, new.due_at), (None, Some(at(90) + SAFETY_NET)));
        assert_eq!(new.recipient, recipient);
        assert_eq!(new.id, old.resent_as());
        assert!(new.id != old.id && new.resent_as() != new.id);
    }

    #[test]
    fn a_cancelled_one_says_who_and_forgets_the_number() {
        let mut n = notification(State::Held, Some("night"));
        n.recipient.phone = Some(Phone::parse("0912345678").unwrap());
        n.cancel("lan").unwrap();
        assert_eq!((n.state, n.reason.as_deref()), (State::Cancelled, Some("by_staff(lan)")));
        assert_eq!((n.due_at, n.recipient.phone), (None, None));
    }
}
