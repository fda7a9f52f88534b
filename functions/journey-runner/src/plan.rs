//! Plans notifications: what is said, to whom, by which account.

use std::collections::BTreeMap;

use cloud::stream::RecordError;
use domain::{
    channel::Channel,
    consent::Purpose,
    event::Strength,
    id::{EffectId, EventId},
    notification::{
        Cause, Content, Input, Notification, Recipient, SAFETY_NET, State, TemplateRef, ZONE,
        reason,
    },
    rule::{Came, Notify, OnUnknown},
    subject::Subject,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{JourneyRunner, effect::Way, journey::Step, whose::Customer};

/// One message, before it has a recipient.
pub(crate) struct Message {
    purpose: Purpose,
    content: Content,
    price_vnd: BTreeMap<Channel, u64>,
    channels: Vec<Channel>,
    deadline: Option<Timestamp>,
    on_unknown: OnUnknown,
}

impl Message {
    /// An approved template to the customer.
    pub(crate) fn template(notify: Notify) -> Self {
        let purpose = notify.purpose();
        let Notify { template, channels, params, deadline } = notify;
        let on_unknown = template.on_unknown;
        let price_vnd = template.price_vnd;
        let template = TemplateRef { name: template.name, zalo_id: template.template_id };
        let content = Content::Template { template, params };
        Self { purpose, content, price_vnd, channels, deadline, on_unknown }
    }

    /// An answer to what the customer wrote; worth nothing when the window for answers has closed.
    pub(crate) fn reply(text: String, way: &Way<'_>) -> Self {
        Self {
            purpose: Purpose::Reply,
            content: Content::Text(text),
            price_vnd: BTreeMap::new(),
            channels: vec![Channel::OaCs],
            deadline: Some(way.occurrence.time + way.step.settings.tenant.reply_window),
            on_unknown: OnUnknown::Drop,
        }
    }

    /// A word to the business's own people: better twice than never.
    pub(crate) fn staff(text: String) -> Self {
        Self {
            purpose: Purpose::Staff,
            content: Content::Text(text),
            price_vnd: BTreeMap::new(),
            channels: vec![Channel::Alert],
            deadline: None,
            on_unknown: OnUnknown::Resend,
        }
    }

    /// A fact for one of the business's systems: better twice than never, since it can tell.
    pub(crate) fn fact(to: String, body: String) -> Self {
        Self {
            content: Content::Fact { to, body },
            channels: vec![Channel::Webhook],
            ..Self::staff(String::new())
        }
    }
}

/// The alert that a pool has no code left: one a day.
pub(crate) fn pool_is_empty(step: &Step<'_>, pool: &str) -> (EffectId, Message) {
    let zone = TimeZone::get(ZONE).expect("the zone database is compiled in");
    let day = step.now.to_zoned(zone).date();
    let cause = EventId::of(step.tenant, "cham", &format!("pool-empty#{pool}#{day}"));
    let id = EffectId::of(&cause, "cham", "pool-empty");
    (id, Message::staff(format!("Kho mã “{pool}” đã hết mã. Hãy nạp thêm mã mới.")))
}

/// The alert that an event has waited too long for its owner: one for each event.
pub(crate) fn parked_for_too_long(event: &EventId, thing: &Subject) -> (EffectId, Message) {
    let id = EffectId::of(event, "cham", "parked");
    (id, Message::staff(format!("Chưa biết {thing} là của khách nào. Hãy gắn vào khách hàng.")))
}

impl JourneyRunner {
    /// Plans a notification of a rule's step, or finds it planned.
    pub(crate) async fn plan(
        &self,
        way: &Way<'_>,
        rule: &str,
        step: &str,
        id: &EffectId,
        message: Message,
        state: State,
    ) -> Result<Came, RecordError> {
        let (oa, recipient) = match (message.purpose, way.customer) {
            (Purpose::Staff, _) | (_, None) => (first_account(way.step)?, Recipient::default()),
            (_, Some(customer)) => self.recipient(way.step, customer, &message.channels).await?,
        };
        let cause = Cause {
            event: way.step.event.id.clone(),
            rule: rule.to_owned(),
            version: way.rules.version,
            step: step.to_owned(),
        };
        let mut notification = notification(way.step.tenant, way.step.now, id, cause, message, oa);
        notification.customer = way.customer.map(|customer| customer.id.clone());
        notification.recipient = recipient;
        if state == State::Shadow {
            // Nobody is told, so nobody needs the number.
            notification.recipient.phone = None;
            notification.state = State::Shadow;
            notification.due_at = None;
        } else if way
            .customer
            .is_some_and(|customer| will_not_be_told(customer, notification.purpose))
        {
            notification
                .end(Input::Suppress, reason::NO_CONSENT)
                .expect("what is planned can be suppressed");
        }
        self.notifications.plan(&notification).await?;
        tracing::info!(notification.id = %id, rule.id = rule, "planned");
        Ok(Came::Notify(id.clone()))
    }

    /// From which account and to where a message for this customer can go: only to what is proven to be the customer's.
    async fn recipient(
        &self,
        step: &Step<'_>,
        customer: &Customer,
        channels: &[Channel],
    ) -> Result<(String, Recipient), RecordError> {
        let named = customer.named.iter().find_map(zalo);
        let identities = customer.about.identities.iter();
        let proven: Vec<&Subject> =
            identities.filter(|(_, sure)| **sure == Strength::Proven).map(|(one, _)| one).collect();
        let account = named.or_else(|| proven.iter().copied().find_map(zalo));
        let (oa, user) = match account {
            Some((oa, user)) => (oa, Some(user)),
            None => (first_account(step)?, None),
        };
        let mut recipient = Recipient { phone: None, user };
        if channels.contains(&Channel::ZnsPhone) {
            recipient.phone.clone_from(&customer.phone);
        }
        if recipient.phone.is_none() && channels.contains(&Channel::ZnsPhone) {
            for identity in proven {
                if let Subject::Phone(_) = identity
                    && let Some(link) = self.customers.link(step.tenant, identity).await?
                {
                    recipient.phone = link.phone;
                }
            }
        }
        Ok((oa, recipient))
    }
}

/// Whether the customer has said no to what needs no yes. Asked when it is planned: what waits for a yes is asked after when it is
/// sent, and to do so for every transaction would cost a read each.
fn will_not_be_told(customer: &Customer, purpose: Purpose) -> bool {
    purpose == Purpose::Transaction && customer.about.has_withdrawn(purpose)
}

/// A new notification, due at once.
pub(crate) fn notification(
    tenant: &str,
    now: Timestamp,
    id: &EffectId,
    cause: Cause,
    message: Message,
    oa: String,
) -> Notification {
    Notification {
        id: id.clone(),
        tenant: tenant.to_owned(),
        customer: None,
        cause,
        purpose: message.purpose,
        content: message.content,
        price_vnd: message.price_vnd,
        channels: message.channels,
        oa,
        recipient: Recipient::default(),
        planned_at: now,
        deadline: message.deadline,
        on_unknown: message.on_unknown,
        state: State::Planned,
        reason: None,
        due_at: Some(now + SAFETY_NET),
        attempts: Vec::new(),
        channels_used: 0,
        revision: 0,
    }
}

fn first_account(step: &Step<'_>) -> Result<String, RecordError> {
    let first = step.settings.tenant.zalo.oas.first().cloned();
    first.ok_or(RecordError::Never { code: "no_official_account", source: None })
}

fn zalo(identity: &Subject) -> Option<(String, String)> {
    let Subject::Zalo { oa, user } = identity else { return None };
    Some((oa.clone(), user.clone()))
}
