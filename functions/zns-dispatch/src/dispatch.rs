//! The way of one notification: may it go, claim, send, book what came of it.

use cloud::{
    invocation::Invocation,
    stream::{RecordError, chain},
    table::notifications::{Meeting, Saved},
    zalo::{AccessToken, Outgoing, SendError},
};
use domain::{
    channel::Channel,
    id::EffectId,
    notification::{
        Answer, Content, Hold, IllegalMove, Input, Notification, Permission, Recipient, Standing,
        State, Verdict,
    },
};
use jiff::SignedDuration;

use crate::{DISPATCH_TIME, ZnsDispatch};

/// How long a notification waits for its account to be connected before it is tried again.
const UNCONNECTED_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// Most rounds for one notification in one invocation: every permitted channel, and races with receipts.
const ROUNDS_MAX: usize = 8;

/// What a round has come to.
enum Round {
    Over,
    Again,
}

impl ZnsDispatch {
    /// Takes one notification as far as it goes now.
    pub(crate) async fn dispatch(
        &self,
        tenant: &str,
        id: &EffectId,
        invocation: &Invocation,
    ) -> Result<(), RecordError> {
        for _ in 0..ROUNDS_MAX {
            let Some(found) = self.notifications.find(tenant, id).await? else { return Ok(()) };
            match self.round(found, invocation).await? {
                Round::Over => return Ok(()),
                Round::Again => {}
            }
        }
        Ok(())
    }

    async fn round(
        &self,
        mut found: Notification,
        invocation: &Invocation,
    ) -> Result<Round, RecordError> {
        let now = invocation.now();
        let is_due = found.due_at.is_some_and(|due_at| due_at <= now);
        match found.state {
            State::Planned => {}
            State::Held if is_due => {}
            State::Claimed if found.lease_is_over(now) => {
                // Its owner is dead; whether it had sent, nobody knows.
                let attempt = found.tracking().attempt;
                return self.keep(found, |n| n.settle(attempt, &Answer::Unknown, now)).await;
            }
            State::Unknown if is_due => {
                tracing::warn!(notification.id = %found.id, "judged without a receipt");
                return self.keep(found, |n| n.judge_unknown(now)).await;
            }
            State::Held | State::Claimed | State::Unknown => return Ok(Round::Over),
            State::Sent
            | State::Delivered
            | State::Seen
            | State::Clicked
            | State::Failed
            | State::Expired
            | State::Suppressed
            | State::Cancelled
            | State::Shadow => return Ok(Round::Over),
        }
        let standing = self.standing(&found).await?;
        match found.permission(standing, now) {
            Permission::Send(channel) => self.send(found, channel, invocation).await,
            Permission::Hold(hold) => self.hold(found, &hold).await,
            Permission::Suppress(reason) => self.end(found, Input::Suppress, reason).await,
            Permission::Expire => self.end(found, Input::Expire, "deadline").await,
            Permission::NoChannel => self.end(found, Input::Fail, "no_address").await,
        }
    }

    /// What is known of the customer at this moment.
    async fn standing(&self, found: &Notification) -> Result<Standing, RecordError> {
        if !found.purpose.needs_consent() {
            return Ok(Standing { consents: true });
        }
        let Some(customer) = &found.customer else { return Ok(Standing { consents: false }) };
        let (_, about) = self.customers.person(&found.tenant, customer).await?;
        Ok(Standing { consents: about.consents_to(found.purpose) })
    }

    /// Claims, sends, and books what came of it.
    async fn send(
        &self,
        mut found: Notification,
        channel: Channel,
        invocation: &Invocation,
    ) -> Result<Round, RecordError> {
        let now = invocation.now();
        if !invocation.time_for(DISPATCH_TIME) {
            return Ok(Round::Over);
        }
        let Some(token) = self.tenants.access_token(&found.tenant, &found.oa, now).await? else {
            let hold = Hold { until: now + UNCONNECTED_PAUSE, reason: "not_connected" };
            return self.hold(found, &hold).await;
        };
        let lease_until = invocation.lease_until();
        if let Err(illegal) = found.claim(&invocation.id, now, lease_until) {
            tracing::warn!(notification.id = %found.id, error = %illegal, "not claimed");
            return Ok(Round::Over);
        }
        if let Saved::Superseded(_) = self.notifications.save(&mut found).await? {
            return Ok(Round::Over);
        }
        let answer = self.call(&token, &found, channel).await;
        // What Zalo said is booked even when the meeting fails: else an accepted message would pass for an unknown one.
        let met = self.meet(&found, channel, &answer).await;
        let received = met.as_ref().ok().and_then(|meeting| meeting.rank);
        let attempt = found.tracking().attempt;
        let book = |n: &mut Notification| {
            let verdict = n.settle(attempt, &answer, now)?;
            if let (Some(rank), Answer::Accepted { message_id }) = (received, &answer) {
                n.receive(attempt, message_id, rank);
            }
            Ok(verdict)
        };
        let round = self.keep(found, book).await?;
        met.map(|_| round)
    }

    async fn call(&self, token: &AccessToken, found: &Notification, channel: Channel) -> Answer {
        let tracking = found.tracking();
        let Recipient { phone, user } = &found.recipient;
        let outgoing = match (channel, &found.content, phone, user) {
            (Channel::ZnsPhone, Content::Template { template, params }, Some(phone), _) => {
                let template_id = &template.zalo_id;
                Outgoing::PhoneTemplate { phone, template_id, params, tracking: &tracking }
            }
            (Channel::ZnsUid, Content::Template { template, params }, _, Some(user)) => {
                Outgoing::UserTemplate { user, template_id: &template.zalo_id, params }
            }
            (Channel::OaCs, Content::Text(text), _, Some(user)) => Outgoing::Reply { user, text },
            (Channel::ZnsPhone | Channel::ZnsUid | Channel::OaCs | Channel::Alert, _, _, _) => {
                return Answer::NotSent;
            }
        };
        match self.zalo.send(token, &outgoing).await {
            Ok(accepted) => Answer::Accepted { message_id: accepted.message_id },
            Err(error) => {
                tracing::warn!(notification.id = %found.id, error = chain(&error), "not accepted");
                match error {
                    SendError::NotSent { .. } => Answer::NotSent,
                    SendError::Unknown { .. } => Answer::Unknown,
                    SendError::Refused { code, class, .. } => Answer::Refused { code, class },
                }
            }
        }
    }

    /// Channels that echo nothing of ours: the message id has to lead from the receipt to the notification.
    async fn meet(
        &self,
        found: &Notification,
        channel: Channel,
        answer: &Answer,
    ) -> Result<Meeting, RecordError> {
        match (channel, answer) {
            (Channel::ZnsUid | Channel::OaCs, Answer::Accepted { message_id }) => {
                let tracking = found.tracking();
                let met = self.notifications.meet_as_sender(&found.tenant, message_id, &tracking);
                Ok(met.await?)
            }
            (Channel::ZnsPhone | Channel::Alert, _)
            | (_, Answer::NotSent | Answer::Unknown | Answer::Refused { .. }) => {
                Ok(Meeting::default())
            }
        }
    }

    async fn hold(&self, found: Notification, hold: &Hold) -> Result<Round, RecordError> {
        self.keep(found, |n| n.hold(hold).map(|()| Verdict::Settled)).await
    }

    async fn end(
        &self,
        found: Notification,
        input: Input,
        reason: &str,
    ) -> Result<Round, RecordError> {
        self.keep(found, |n| n.end(input, reason).map(|()| Verdict::Settled)).await
    }

    /// Makes one move and stores it; when a receipt was faster, makes it on what the receipt has left.
    async fn keep(
        &self,
        mut found: Notification,
        step: impl Fn(&mut Notification) -> Result<Verdict, IllegalMove>,
    ) -> Result<Round, RecordError> {
        for _ in 0..ROUNDS_MAX {
            let Ok(verdict) = step(&mut found) else { return Ok(Round::Over) };
            match self.notifications.save(&mut found).await? {
                Saved::Done => {
                    tracing::info!(
                        notification.id = %found.id,
                        notification.state = found.state.as_str(),
                        notification.reason = found.reason,
                        "moved"
                    );
                    return Ok(match verdict {
                        Verdict::Settled => Round::Over,
                        Verdict::Again => Round::Again,
                    });
                }
                Saved::Superseded(present) => found = *present,
            }
        }
        Ok(Round::Over)
    }
}
