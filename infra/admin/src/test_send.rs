//! `cham test-send`: one message of a template, planned as a rule would, to see that an account is connected.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    channel::Channel,
    consent::Purpose,
    id::{EffectId, EventId},
    notification::{
        Cause, Content, Notification, OWN_RULE, Recipient, SAFETY_NET, State, TemplateRef,
    },
    phone::Phone,
    rule::OnUnknown,
};
use jiff::Timestamp;

use crate::{Failure, stage::Stage};

/// The step that such a notification names as its cause.
const STEP: &str = "test-send";

/// What is sent.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// By whom.
    pub tenant: &'a str,
    /// The template's name in the active version.
    pub template: &'a str,
    /// A phone number, else an id of Zalo.
    pub to: &'a str,
    /// The template's parameters.
    pub params: BTreeMap<String, String>,
}

/// Plans it; its id.
///
/// # Errors
/// A tenant, a template or a parameter that there is not, or the database.
pub async fn plan(
    stage: &Stage,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<EffectId, Failure> {
    let tenant = message.tenant;
    let nobody = || Failure::refused(format!("{tenant}: there is no such tenant"));
    let settings = stage.tenants.settings(tenant, now).await?.ok_or_else(nobody)?;
    let active = stage.tenants.active(tenant, now).await?.ok_or_else(nobody)?;
    let source = stage.tenants.source(tenant, active.version).await?.ok_or_else(nobody)?;
    let template = source.templates.into_iter().find(|one| one.name == message.template);
    let template = template
        .ok_or_else(|| Failure::refused(format!("there is no template {}", message.template)))?;
    let needs = template.params.iter().filter(|name| !message.params.contains_key(*name));
    let needs = needs.map(|name| format!("the template needs --param {name}=..."));
    let strange = message.params.keys().filter(|name| !template.params.contains(name));
    let strange = strange.map(|name| format!("the template has no parameter {name}"));
    let wrong: Vec<String> = needs.chain(strange).collect();
    if !wrong.is_empty() {
        return Err(Failure::Refused(wrong));
    }
    let (channel, recipient) = match Phone::parse(message.to) {
        Ok(phone) => (Channel::ZnsPhone, Recipient { phone: Some(phone), user: None }),
        Err(_) => {
            let user = Some(message.to.to_owned());
            (Channel::ZnsUid, Recipient { phone: None, user })
        }
    };
    let oa = settings.tenant.zalo.oas.first().cloned().unwrap_or_default();
    // The same words at the same instant are the same message.
    let words = format!("{}#{}#{:?}#{now}", message.template, message.to, message.params);
    let event = EventId::of(tenant, OWN_RULE, &words);
    let id = EffectId::of(&event, OWN_RULE, STEP);
    let notification = Notification {
        id: id.clone(),
        tenant: tenant.to_owned(),
        customer: None,
        cause: Cause {
            event,
            rule: OWN_RULE.to_owned(),
            version: active.version,
            step: STEP.to_owned(),
        },
        // Whoever tests sends to himself: the night and a customer's consent are not asked.
        purpose: Purpose::Transaction,
        content: Content::Template {
            template: TemplateRef { name: template.name, zalo_id: template.template_id },
            params: message.params.clone(),
        },
        price_vnd: template.price_vnd,
        channels: vec![channel],
        oa,
        recipient,
        planned_at: now,
        deadline: None,
        on_unknown: OnUnknown::Drop,
        state: State::Planned,
        reason: None,
        due_at: Some(now + SAFETY_NET),
        attempts: Vec::new(),
        channels_used: 0,
        revision: 0,
    };
    stage.notifications.plan(&notification).await?;
    Ok(id)
}

/// Follows it until it is settled, looking `looks` times with `pause` between; each state that it comes to is told.
///
/// # Errors
/// The database, or a row that has gone.
pub async fn follow(
    stage: &Stage,
    tenant: &str,
    id: &EffectId,
    looks: u32,
    pause: Duration,
    mut told: impl FnMut(&str),
) -> Result<State, Failure> {
    let mut last = None;
    for look in 0..looks {
        if look > 0 {
            tokio::time::sleep(pause).await;
        }
        let found = stage.notifications.find(tenant, id).await?;
        let found = found.ok_or_else(|| Failure::refused(format!("{id} is not there")))?;
        let said = match &found.reason {
            Some(reason) => format!("{} ({reason})", found.state.as_str()),
            None => found.state.as_str().to_owned(),
        };
        if last.as_ref() != Some(&said) {
            told(&said);
            last = Some(said);
        }
        if found.due_at.is_none() || look + 1 == looks {
            return Ok(found.state);
        }
    }
    Err(Failure::Misuse("it was not looked at".to_owned()))
}
