//! Asks the rules what follows, and carries it out: windows, notifications, and what is only recorded.

use std::sync::Arc;

use cloud::{
    stream::RecordError,
    table::customers::{EffectRow, FirstEvaluation, Won},
};
use domain::{
    channel::Channel,
    consent::Purpose,
    event::Strength,
    notification::{Cause, Content, Notification, Recipient, SAFETY_NET, State, TemplateRef},
    rule::{Decision, Effect, Facts, Notify, Occurrence, Outcome, RuleSet, What},
    subject::Subject,
};
use serde_json::{Value, json};

use crate::{
    JourneyRunner,
    change::Fired,
    journey::Step,
    whose::{Customer, Whose},
};

impl JourneyRunner {
    /// Decides and carries out; returns what each rule made of the event, in words for the timeline.
    pub(crate) async fn decide(
        &self,
        step: &Step<'_>,
        whose: &Whose,
        first: &FirstEvaluation,
        fired: &Fired,
    ) -> Result<Vec<String>, RecordError> {
        let (Some(kind), Some(version)) = (&fired.kind, first.version) else {
            return Ok(Vec::new());
        };
        let rules: Arc<RuleSet> = self.tenants.rule_set(step.tenant, version, step.now).await?;
        let occurrence =
            Occurrence { event: &step.event.id, kind, time: first.time, first_seen: first.at };
        let facts = facts(step, whose.customer(), fired);
        let mut words = Vec::new();
        for decision in rules.decide(&occurrence, &facts) {
            let outcome = match &decision.outcome {
                Outcome::Fires(effects) => {
                    self.carry_out(step, whose.customer(), version, &decision, effects, fired)
                        .await?
                }
                Outcome::ConditionFalse => "condition_false".to_owned(),
                Outcome::TooOld => "too_old".to_owned(),
                Outcome::BeforeActivation => "before_activation".to_owned(),
                Outcome::Failed { code, .. } => {
                    tracing::warn!(event.id = %step.event.id, rule.id = decision.rule, code, "the rule failed");
                    format!("failed({code})")
                }
            };
            words.push(format!("{}: {outcome}", decision.rule));
        }
        Ok(words)
    }

    /// Carries out the effects of one rule in their order, up to a window that another event holds.
    async fn carry_out(
        &self,
        step: &Step<'_>,
        customer: Option<&Customer>,
        version: u32,
        decision: &Decision,
        effects: &[Effect],
        fired: &Fired,
    ) -> Result<String, RecordError> {
        let mut words = Vec::new();
        for effect in effects {
            let (kind, detail, outcome) = match (&effect.what, customer) {
                (What::OncePer { .. }, _) if decision.shadow => continue,
                (What::OncePer { marker }, Some(customer)) => {
                    let merged = &customer.about.merged;
                    let event = &step.event.id;
                    let won =
                        self.customers.win_once(step.tenant, &customer.id, merged, marker, event);
                    match won.await? {
                        Won::Yes => continue,
                        Won::No => {
                            words.push(format!("{}=once", effect.step));
                            break;
                        }
                    }
                }
                (What::OncePer { .. }, None) => continue,
                (What::Refused { kind, detail, .. }, _) if decision.shadow => {
                    (*kind, detail.clone(), "shadow".to_owned())
                }
                (What::Refused { kind, detail, why }, _) => {
                    (*kind, detail.clone(), format!("refused({})", why.as_str()))
                }
                (What::Notify(notify), _) if decision.shadow => {
                    ("notify", notify.template.name.clone(), "shadow".to_owned())
                }
                (What::Notify(notify), Some(customer)) => {
                    self.plan(step, customer, version, decision, effect, notify).await?;
                    words.push(format!("{}=notify({})", effect.step, effect.id));
                    continue;
                }
                (What::Notify(notify), None) => {
                    ("notify", notify.template.name.clone(), "refused(no_customer)".to_owned())
                }
            };
            words.push(format!("{}={outcome}", effect.step));
            let row = EffectRow {
                id: effect.id.clone(),
                event: step.event.id.clone(),
                rule: decision.rule.clone(),
                step: effect.step.clone(),
                kind: kind.to_owned(),
                detail,
                outcome,
                about: about(step, fired),
                planned_for_ms: effect.planned_for.as_millisecond(),
            };
            let under = match customer {
                Some(customer) => customer.id.to_string(),
                None => step.event.subject.to_string(),
            };
            self.customers.record_effect(step.tenant, &under, &row).await?;
        }
        Ok(words.join(" "))
    }

    async fn plan(
        &self,
        step: &Step<'_>,
        customer: &Customer,
        version: u32,
        decision: &Decision,
        effect: &Effect,
        notify: &Notify,
    ) -> Result<(), RecordError> {
        let (oa, recipient) = self.recipient(step, customer, &notify.channels).await?;
        let notification = Notification {
            id: effect.id.clone(),
            tenant: step.tenant.to_owned(),
            customer: Some(customer.id.clone()),
            cause: Cause {
                event: step.event.id.clone(),
                rule: decision.rule.clone(),
                version,
                step: effect.step.clone(),
            },
            purpose: notify.purpose(),
            content: Content::Template {
                template: TemplateRef {
                    name: notify.template.name.clone(),
                    zalo_id: notify.template.template_id.clone(),
                },
                params: notify.params.clone(),
            },
            price_vnd: notify.template.price_vnd.clone(),
            channels: notify.channels.clone(),
            oa,
            recipient,
            planned_at: step.now,
            deadline: notify.deadline,
            on_unknown: notify.template.on_unknown,
            state: State::Planned,
            reason: None,
            due_at: Some(step.now + SAFETY_NET),
            attempts: Vec::new(),
            channels_used: 0,
            revision: 0,
        };
        self.notifications.plan(&notification).await?;
        tracing::info!(notification.id = %notification.id, rule.id = decision.rule, "planned");
        Ok(())
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
            Some((oa, user)) => (Some(oa), Some(user)),
            None => (step.settings.tenant.zalo.oas.first().cloned(), None),
        };
        let oa = oa.ok_or(RecordError::Never { code: "no_official_account", source: None })?;
        let mut recipient = Recipient { phone: customer.phone.clone(), user };
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

fn zalo(identity: &Subject) -> Option<(String, String)> {
    let Subject::Zalo { oa, user } = identity else { return None };
    Some((oa.clone(), user.clone()))
}

/// What the effect is about, for people.
fn about(step: &Step<'_>, fired: &Fired) -> String {
    let order = fired.order.as_ref().and_then(|order| order.get("id")).and_then(Value::as_str);
    order.map_or_else(|| step.event.subject.to_string(), str::to_owned)
}

fn facts(step: &Step<'_>, customer: Option<&Customer>, fired: &Fired) -> Facts {
    let event = step.event;
    let customer = customer.map(|customer| {
        json!({
            "name": customer.about.name,
            "consent": {
                "care": customer.about.consents_to(Purpose::Care),
                "promotion": customer.about.consents_to(Purpose::Promotion),
            },
            "identities": customer.about.identities.keys().map(Subject::to_string).collect::<Vec<_>>(),
        })
    });
    Facts {
        event: json!({
            "id": event.id.as_str(),
            "kind": fired.kind,
            "source": step.source.as_str(),
            "subject": event.subject.to_string(),
            "time": event.time.to_string(),
            "data": event.data,
        }),
        customer: customer.unwrap_or_default(),
        order: fired.order.clone().unwrap_or_default(),
        shipment: fired.shipment.clone().unwrap_or_default(),
        payment: fired.payment.clone().unwrap_or_default(),
    }
}
