//! The way of one notification: may it go, claim, send, book what came of it.

use cloud::{
    alert::AlertError,
    custody::{Access, Custody},
    stream::{RecordError, chain},
    table::{
        customers::About,
        notifications::{Meeting, Saved},
        tenants::{Active, Settings},
    },
    zalo::{AccessToken, NO_ACCOUNT, Outgoing, SendError},
};
use domain::{
    channel::Channel,
    consent::Purpose,
    id::{CustomerId, EffectId},
    notification::{
        Alarm, Answer, Broken, Class, Content, Hold, IllegalMove, Input, Notification, Pause,
        Pauses, Permission, Recipient, Scope, Standing, State, Stop, Verdict, reason,
    },
    secret::Secret,
    tenant::{Limits, Webhook},
};
use jiff::{SignedDuration, Timestamp};

use crate::{DISPATCH_TIME, ZnsDispatch, brake::rule_key, run::Run};

/// How long a notification waits for its account to be connected before it is tried again.
const UNCONNECTED_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// Most rounds for one notification in one invocation: every permitted channel, and races with receipts.
const ROUNDS_MAX: usize = 8;

/// How a message leaves.
enum Way<'a> {
    Zalo(Held<'a>),
    Alert(&'a Secret),
    /// To somebody of the business, by its own account.
    Staff(Held<'a>, &'a str),
    /// To one of the business's systems.
    System(&'a Webhook),
}

/// What an account sends with.
struct Held<'a> {
    oa: &'a str,
    token: AccessToken,
    /// Of its pair.
    version: u64,
}

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
        run: &Run<'_>,
    ) -> Result<(), RecordError> {
        for _ in 0..ROUNDS_MAX {
            let Some(found) = self.notifications.find(tenant, id).await? else { return Ok(()) };
            let rule_key = rule_key(&found);
            match self.round(found, run).await? {
                Round::Over => {
                    run.done(&rule_key);
                    return Ok(());
                }
                Round::Again => {}
            }
        }
        Ok(())
    }

    async fn round(&self, mut found: Notification, run: &Run<'_>) -> Result<Round, RecordError> {
        let now = run.invocation.now();
        let is_due = found.due_at.is_some_and(|due_at| due_at <= now);
        match found.state {
            State::Planned => {}
            State::Held if is_due => {}
            State::Claimed if found.lease_is_over(now) => {
                // Its owner is dead; whether it had sent, nobody knows.
                let attempt = found.tracking().attempt;
                let (unknown, limits) = (Answer::Unknown, Limits::default());
                return self.keep(found, |n| n.settle(attempt, &unknown, &limits, now)).await;
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
        let Some(settings) = self.tenants.settings(&found.tenant, now).await? else {
            return Err(RecordError::Never { code: "unknown_tenant", source: None });
        };
        let person = self.person(&found).await?;
        let active = self.tenants.active(&found.tenant, now).await?;
        let stands = |active: &Active| found.cause.stands_in(active.version, &active.steps);
        let rule_is_active = active.as_deref().is_none_or(stands);
        let pauses = match found.has_brakes() {
            true => self.tenants.pauses(&found.tenant).await?,
            false => Pauses::default(),
        };
        let about = person.as_ref().map(|(_, about)| about);
        let standing = Standing {
            consents: about.is_some_and(|about| about.consents_to(found.purpose)),
            mute: about.and_then(|about| about.mute.as_ref()),
            pauses: &pauses,
            rule_is_active,
            morning_spread: settings.tenant.limits.morning_spread,
        };
        let mut permission = found.permission(standing, now);
        if self.leads_nowhere(&found, &permission, &settings, now).await? {
            found.pass_over();
            permission = found.permission(standing, now);
            if permission == Permission::NoChannel {
                return self.end(found, Input::Fail, reason::RECIPIENT).await;
            }
        }
        match permission {
            Permission::Send(channel) => {
                let customer = person.as_ref().map(|(customer, _)| customer);
                self.send(found, channel, None, customer, &settings, run).await
            }
            Permission::Probe(channel, scope, stop) => {
                let customer = person.as_ref().map(|(customer, _)| customer);
                let probe = stop.probed(now);
                if !self.tenants.take_probe(&found.tenant, &scope, &stop, &probe).await? {
                    return self.pause(found, &scope, Some(&probe), now).await;
                }
                let probe = Some((&scope, &probe));
                self.send(found, channel, probe, customer, &settings, run).await
            }
            Permission::Hold(hold) => self.hold(found, &hold).await,
            Permission::Paused(scope, stop) => self.pause(found, &scope, stop.as_ref(), now).await,
            Permission::Suppress(reason) => self.end(found, Input::Suppress, reason).await,
            Permission::Cancel(reason) => self.end(found, Input::Cancel, reason).await,
            Permission::Expire => self.end(found, Input::Expire, reason::DEADLINE).await,
            Permission::NoChannel => self.end(found, Input::Fail, reason::NO_ADDRESS).await,
        }
    }

    /// What is known of the customer at this moment, where it matters.
    async fn person(
        &self,
        found: &Notification,
    ) -> Result<Option<(CustomerId, About)>, RecordError> {
        match &found.customer {
            Some(customer) if found.asks_for_the_person() => {
                Ok(Some(self.customers.person(&found.tenant, customer).await?))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Whether it would go to a number of which Zalo has said that nobody is there. A password asks anew: its owner may just have
    /// installed Zalo.
    async fn leads_nowhere(
        &self,
        found: &Notification,
        permission: &Permission,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<bool, RecordError> {
        let (Permission::Send(Channel::ZnsPhone) | Permission::Probe(Channel::ZnsPhone, ..)) =
            permission
        else {
            return Ok(false);
        };
        let Some(phone) = &found.recipient.phone else { return Ok(false) };
        if found.purpose == Purpose::Otp {
            return Ok(false);
        }
        let (tenant, phone) = (&found.tenant, settings.pepper.key(phone));
        Ok(self.customers.is_unreachable(tenant, &phone, Channel::ZnsPhone, now).await?)
    }

    /// Takes its place under every limit, claims, sends, and books what came of it.
    async fn send(
        &self,
        mut found: Notification,
        channel: Channel,
        probe: Option<(&Scope, &Stop)>,
        customer: Option<&CustomerId>,
        settings: &Settings,
        run: &Run<'_>,
    ) -> Result<Round, RecordError> {
        let invocation = run.invocation;
        if !invocation.time_for(DISPATCH_TIME) {
            return Ok(Round::Over);
        }
        let oa = found.oa.clone();
        let way = match channel {
            Channel::ZnsPhone | Channel::ZnsUid | Channel::OaCs => {
                match self.token(&oa, settings, run).await? {
                    Ok(held) => Way::Zalo(held),
                    Err(hold) => return self.hold(found, &hold).await,
                }
            }
            Channel::Webhook => {
                let to = match &found.content {
                    Content::Fact { to, .. } => settings.webhooks.get(to),
                    Content::Template { .. } | Content::Text(_) => None,
                };
                let Some(webhook) = to else {
                    return self.end(found, Input::Fail, reason::NO_ADDRESS).await;
                };
                Way::System(webhook)
            }
            Channel::Alert => {
                let Some(address) = &settings.alert_url else {
                    return self.end(found, Input::Fail, reason::NO_ADDRESS).await;
                };
                let staff = address.expose().strip_prefix("zalo:");
                match staff.and_then(|staff| staff.split_once(':')) {
                    None => Way::Alert(address),
                    Some((oa, user)) => match self.token(oa, settings, run).await? {
                        Ok(held) => Way::Staff(held, user),
                        Err(hold) => return self.hold(found, &hold).await,
                    },
                }
            }
        };
        // A refresh may have taken most of what was left.
        if !invocation.time_for(DISPATCH_TIME) {
            return Ok(Round::Over);
        }
        let now = invocation.now();
        let taken = match self.room(&found, channel, customer, settings, run).await? {
            Ok(taken) => taken,
            Err(hold) => return self.hold(found, &hold).await,
        };
        let lease_until = invocation.lease_until();
        if let Err(illegal) = found.claim(&invocation.id, now, lease_until) {
            tracing::warn!(notification.id = %found.id, error = %illegal, "not claimed");
            run.give_back(taken);
            return Ok(Round::Over);
        }
        if let Saved::Superseded(_) = self.notifications.save(&mut found).await? {
            run.give_back(taken);
            return Ok(Round::Over);
        }
        let answer = self.call(&way, &found, channel, now).await;
        let is_renewed = self.renew(&way, &answer, settings, run).await;
        match answer {
            Answer::NotSent | Answer::Refused { .. } => run.give_back(taken),
            Answer::Accepted { .. } | Answer::Unknown => {}
        }
        // What Zalo said is booked even when the meeting fails: else an accepted message would pass for an unknown one.
        let met = self.meet(&found, channel, &answer).await;
        let stopped = self.stopped(&way, &answer, &found, channel, probe, run).await;
        let noted = self.note(&answer, &found, channel, settings, now).await;
        let received = met.as_ref().ok().and_then(|meeting| meeting.rank);
        let attempt = found.tracking().attempt;
        let book = |n: &mut Notification| {
            let mut verdict = n.settle(attempt, &answer, &settings.tenant.limits, now)?;
            if is_renewed && n.state == State::Held {
                // With another token, and so at once.
                n.due_at = Some(now);
                verdict = Verdict::Again;
            }
            if let (Some(rank), Answer::Accepted { message_id }) = (received, &answer) {
                n.receive(attempt, message_id, rank);
            }
            Ok(verdict)
        };
        let round = self.keep(found, book).await?;
        stopped?;
        noted?;
        met.map(|_| round)
    }

    /// Remembers a number that has no Zalo.
    async fn note(
        &self,
        answer: &Answer,
        found: &Notification,
        channel: Channel,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let (Answer::Refused { code: NO_ACCOUNT, .. }, Channel::ZnsPhone, Some(phone)) =
            (answer, channel, &found.recipient.phone)
        else {
            return Ok(());
        };
        let (tenant, phone) = (&found.tenant, settings.pepper.key(phone));
        Ok(self.customers.note_unreachable(tenant, &phone, channel, now).await?)
    }

    /// Stops what Zalo takes no more until a person has mended it, and lets go what it takes again.
    async fn stopped(
        &self,
        way: &Way<'_>,
        answer: &Answer,
        found: &Notification,
        channel: Channel,
        probe: Option<(&Scope, &Stop)>,
        run: &Run<'_>,
    ) -> Result<(), RecordError> {
        let tenant = &found.tenant;
        let (code, scope) = match (answer, found.template(), probe) {
            (Answer::Accepted { .. }, _, Some((scope, stop))) => {
                tracing::info!(stop.scope = %scope, "Zalo takes it again");
                return Ok(self.tenants.lift(tenant, scope, stop).await?);
            }
            (Answer::Refused { code, class: Class::Config(Broken::Template) }, Some(one), _) => {
                (*code, Scope::TemplateOn(one.name.clone(), channel))
            }
            (Answer::Refused { code, class: Class::Config(_) }, _, _) => {
                (*code, Scope::AccountOn(found.oa.clone(), channel))
            }
            (Answer::Accepted { .. } | Answer::NotSent | Answer::Unknown, _, _)
            | (Answer::Refused { .. }, _, _) => return Ok(()),
        };
        let Way::Zalo(_) = way else { return Ok(()) };
        let stop = Pause::by_zalo(code, run.invocation.now());
        let stands = self.tenants.stop(tenant, &scope, stop).await?;
        if stands.stop.is_some() {
            tracing::warn!(stop.scope = %scope, code, "stopped until it is mended");
            self.tell(found, Alarm::Stopped { scope: &scope, pause: &stands }, run).await?;
        }
        Ok(())
    }

    /// What an account sends with now, or until when there is nothing.
    async fn token<'a>(
        &self,
        oa: &'a str,
        settings: &Settings,
        run: &Run<'_>,
    ) -> Result<Result<Held<'a>, Hold>, RecordError> {
        let now = run.invocation.now();
        let custody = Custody::new(&self.tenants, &self.zalo);
        // Boxed: the way of a refresh is a deep future, and rarely gone.
        let access = Box::pin(custody.token(settings, oa, run.invocation)).await?;
        Ok(match access {
            Access::Token(token, version) => Ok(Held { oa, token, version }),
            Access::Wait(until) => Err(Hold { until, reason: reason::TOKEN }),
            Access::Person | Access::NotConnected => {
                Err(Hold { until: now + UNCONNECTED_PAUSE, reason: reason::NOT_CONNECTED })
            }
        })
    }

    /// Has a token renewed that Zalo does not take; whether there is another one now.
    async fn renew(
        &self,
        way: &Way<'_>,
        answer: &Answer,
        settings: &Settings,
        run: &Run<'_>,
    ) -> bool {
        let (Way::Zalo(held) | Way::Staff(held, _), Answer::Refused { class: Class::Auth, .. }) =
            (way, answer)
        else {
            return false;
        };
        let Held { oa, version, .. } = *held;
        let custody = Custody::new(&self.tenants, &self.zalo);
        match Box::pin(custody.renewed(settings, oa, version, run.invocation)).await {
            Ok(Access::Token(_, renewed)) => renewed != version,
            Ok(Access::Wait(_) | Access::Person | Access::NotConnected) => false,
            // What Zalo said of the message is booked all the same.
            Err(error) => {
                tracing::warn!(oa, error = chain(&error), "no other token");
                false
            }
        }
    }

    async fn call(
        &self,
        way: &Way<'_>,
        found: &Notification,
        channel: Channel,
        now: Timestamp,
    ) -> Answer {
        let tracking = found.tracking();
        let Recipient { phone, user } = &found.recipient;
        let (held, outgoing) = match (way, channel, &found.content, phone, user) {
            (Way::Alert(address), Channel::Alert, Content::Text(text), _, _) => {
                let told = self.alerts.post(address, text).await;
                return answer_of(told, found);
            }
            (Way::System(webhook), Channel::Webhook, Content::Fact { body, .. }, _, _) => {
                let told = self.alerts.deliver(webhook, found.id.as_str(), body, now).await;
                return match told {
                    // Who gets it twice can tell: there is nothing to wait for.
                    Err(AlertError::Trouble { status }) => {
                        tracing::warn!(notification.id = %found.id, status, "not taken");
                        Answer::Refused { code: status.into(), class: Class::Backoff }
                    }
                    Err(AlertError::Unknown { source }) => {
                        tracing::warn!(notification.id = %found.id, error = chain(&source), "no answer");
                        Answer::Refused { code: 0, class: Class::Backoff }
                    }
                    told => answer_of(told, found),
                };
            }
            (
                Way::Zalo(held),
                Channel::ZnsPhone,
                Content::Template { template, params },
                Some(phone),
                _,
            ) => {
                let template_id = &template.zalo_id;
                (held, Outgoing::PhoneTemplate { phone, template_id, params, tracking: &tracking })
            }
            (
                Way::Zalo(held),
                Channel::ZnsUid,
                Content::Template { template, params },
                _,
                Some(user),
            ) => (held, Outgoing::UserTemplate { user, template_id: &template.zalo_id, params }),
            (Way::Zalo(held), Channel::OaCs, Content::Text(text), _, Some(user)) => {
                (held, Outgoing::Reply { user, text })
            }
            (Way::Staff(held, user), Channel::Alert, Content::Text(text), _, _) => {
                (held, Outgoing::Reply { user, text })
            }
            // `permission` lets no such thing through.
            (Way::Alert(_) | Way::Staff(..) | Way::System(_) | Way::Zalo(_), _, _, _, _) => {
                return Answer::NotSent;
            }
        };
        match self.zalo.send(&held.token, &outgoing).await {
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
            (Channel::ZnsPhone | Channel::Alert | Channel::Webhook, _)
            | (_, Answer::NotSent | Answer::Unknown | Answer::Refused { .. }) => {
                Ok(Meeting::default())
            }
        }
    }

    async fn pause(
        &self,
        found: Notification,
        scope: &Scope,
        stop: Option<&Stop>,
        now: Timestamp,
    ) -> Result<Round, RecordError> {
        self.keep(found, |n| n.pause(scope, stop, now).map(|()| Verdict::Settled)).await
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

/// What was said to the business's own people or systems. They name nothing, so the attempt's own name stands for the message.
fn answer_of(told: Result<(), AlertError>, found: &Notification) -> Answer {
    let Err(error) = told else {
        return Answer::Accepted { message_id: found.tracking().to_string() };
    };
    tracing::warn!(notification.id = %found.id, error = chain(&error), "not told");
    match error {
        AlertError::NotSent { .. } => Answer::NotSent,
        AlertError::Unknown { .. } | AlertError::Trouble { .. } => Answer::Unknown,
        AlertError::Refused { status, class } => Answer::Refused { code: status.into(), class },
    }
}
