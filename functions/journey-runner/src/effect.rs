//! Asks the rules what follows, and carries it out step by step: each effect once, by its id.

use std::sync::Arc;

use cloud::{
    stream::RecordError,
    table::{
        customers::{EffectRow, FirstEvaluation, Mute, Wait, Won},
        rewards::Taken,
    },
};
use domain::{
    id::EffectId,
    notification::State,
    rule::{Came, Decision, Effect, Occurrence, Outcome, RuleSet, Said, Trace, What},
    source::Source,
    subject::Subject,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    JourneyRunner,
    case::New,
    change::Fired,
    elsewhere::Said as SaidElsewhere,
    journey::Step,
    plan::{Message, pool_is_empty},
    whose::{Customer, Whose},
};

/// What a rule in shadow shows where a code would stand: none is taken from the pool.
const NO_CODE: &str = "MÃ-THỬ";

/// What every effect of one rule needs to know.
pub(crate) struct Way<'a> {
    pub(crate) step: &'a Step<'a>,
    pub(crate) customer: Option<&'a Customer>,
    pub(crate) fired: &'a Fired,
    pub(crate) rules: &'a RuleSet,
    pub(crate) occurrence: Occurrence<'a>,
}

/// What one effect has come to.
enum Next {
    /// On to the next.
    Done(Vec<Came>),
    /// Nothing after it follows.
    Stop(Vec<Came>),
    /// The rest of the rule follows from this instant on, with this code if there is one.
    Rest(Came, Timestamp, Option<String>),
}

impl JourneyRunner {
    /// Decides and carries out; returns what each rule made of the event.
    pub(crate) async fn decide(
        &self,
        step: &Step<'_>,
        whose: &Whose,
        first: &FirstEvaluation,
        fired: &Fired,
    ) -> Result<Vec<Trace>, RecordError> {
        let (Some(kind), Some(version)) = (&fired.kind, first.version) else {
            return Ok(Vec::new());
        };
        let rules: Arc<RuleSet> = self.tenants.rule_set(step.tenant, version).await?;
        let customer = whose.customer();
        let occurrence =
            Occurrence { event: &step.event.id, kind, time: first.time, first_seen: first.at };
        let facts = self.facts(step, customer, fired, None, &rules).await?;
        let way = Way { step, customer, fired, rules: &rules, occurrence };
        let mut traces = Vec::new();
        for decision in rules.decide(&occurrence, &facts) {
            traces.push(self.carry_out(&way, decision, None).await?);
        }
        Ok(traces)
    }

    /// Carries out what a rule decided, stretch by stretch, up to its end, a wait, or a window that another event holds. `code` is
    /// what a voucher step before brought.
    pub(crate) async fn carry_out(
        &self,
        way: &Way<'_>,
        decision: Decision,
        mut code: Option<String>,
    ) -> Result<Trace, RecordError> {
        let Decision { rule, shadow, mut outcome } = decision;
        let mut steps: Vec<(String, Came)> = Vec::new();
        let said = 'rule: loop {
            let effects = match outcome {
                Outcome::Fires(effects) => effects,
                Outcome::ConditionFalse => break Said::ConditionFalse,
                Outcome::TooOld => break Said::TooOld,
                Outcome::BeforeActivation => break Said::BeforeActivation,
                Outcome::Failed { code, .. } => {
                    let event = &way.step.event.id;
                    tracing::warn!(event.id = %event, rule.id = rule, code, "the rule failed");
                    let Some((step, _)) = steps.last().cloned() else {
                        break Said::Failed(code.to_owned());
                    };
                    steps.push((step, Came::Refused(code.to_owned())));
                    break Said::Steps(steps);
                }
            };
            let mut rest = None;
            for effect in &effects {
                // Boxed: the way of an effect is a deep future.
                let next = Box::pin(self.effect(way, &rule, shadow, effect, code.as_deref()));
                match next.await? {
                    Next::Done(came) => {
                        steps.extend(came.into_iter().map(|came| (effect.step.clone(), came)));
                    }
                    Next::Stop(came) => {
                        steps.extend(came.into_iter().map(|came| (effect.step.clone(), came)));
                        break 'rule Said::Steps(steps);
                    }
                    Next::Rest(came, at, brought) => {
                        steps.push((effect.step.clone(), came));
                        rest = Some((effect.step.clone(), at));
                        code = brought.or(code);
                    }
                }
            }
            let Some((after, at)) = rest else { break Said::Steps(steps) };
            let facts =
                self.facts(way.step, way.customer, way.fired, code.as_deref(), way.rules).await?;
            match way.rules.go_on(&rule, &after, at, &way.occurrence, &facts) {
                Some(next) => outcome = next.outcome,
                None => break Said::Steps(steps),
            }
        };
        Ok(Trace { rule, said })
    }

    async fn effect(
        &self,
        way: &Way<'_>,
        rule: &str,
        shadow: bool,
        effect: &Effect,
        code: Option<&str>,
    ) -> Result<Next, RecordError> {
        let one = |came: Came| Ok(Next::Done(vec![came]));
        let state = if shadow { State::Shadow } else { State::Planned };
        let plan = async |id: &EffectId, message: Message| {
            self.plan(way, rule, &effect.step, id, message, state).await
        };
        let event = &way.step.event.id;
        let tenant = way.step.tenant;
        match (&effect.what, way.customer) {
            (What::Alert { text }, _) => one(plan(&effect.id, Message::staff(text.clone())).await?),
            (What::Webhook { to, body }, _) => {
                one(plan(&effect.id, Message::fact(to.clone(), body.clone())).await?)
            }
            (What::Wait { until }, _) if shadow => Ok(Next::Rest(Came::Shadow, *until, None)),
            (What::Wait { until }, _) => {
                self.let_wait(way, rule, effect, code, *until).await?;
                Ok(Next::Stop(vec![Came::Waits(*until)]))
            }
            (What::Refused { .. } | What::Award(_), _) if shadow => one(Came::Shadow),
            (What::Refused { kind, detail, why }, _) => {
                self.record(way, rule, effect, kind, detail, why.as_str()).await?;
                one(Came::Refused(why.as_str().to_owned()))
            }
            // In shadow nothing is taken that only one event can have.
            (What::OncePer { .. }, _) if shadow => Ok(Next::Done(Vec::new())),
            (What::Voucher { .. }, _) if shadow => {
                Ok(Next::Rest(Came::Shadow, effect.planned_for, Some(NO_CODE.to_owned())))
            }
            (What::HandOff { text: Some(text), .. }, Some(_)) if shadow => {
                one(plan(&effect.id, Message::reply(text.clone(), way)).await?)
            }
            (
                What::HandOff { .. }
                | What::Tag { .. }
                | What::OpenCase { .. }
                | What::Answer { .. },
                _,
            ) if shadow => one(Came::Shadow),

            (What::Notify(notify), Some(_)) => {
                one(plan(&effect.id, Message::template(notify.clone())).await?)
            }
            (What::Reply { text }, Some(_)) => {
                one(plan(&effect.id, Message::reply(text.clone(), way)).await?)
            }
            (What::Award(award), Some(customer)) => {
                one(self.award(way, rule, effect, award, customer).await?)
            }
            (What::Invite { survey }, Some(customer)) => {
                one(self.invite(way, rule, effect, survey, customer, state).await?)
            }
            (What::OncePer { marker }, Some(customer)) => {
                let merged = &customer.about.merged;
                let won = self.customers.win_once(tenant, &customer.id, merged, marker, event);
                Ok(match won.await? {
                    Won::Yes => Next::Done(Vec::new()),
                    Won::No => Next::Stop(vec![Came::Once]),
                })
            }
            (What::Voucher { pool, marker, empty }, Some(customer)) => {
                let merged = &customer.about.merged;
                let taken =
                    self.rewards.take(tenant, pool, &customer.id, merged, marker, event).await?;
                Ok(match taken {
                    Taken::Code(code) => {
                        Next::Rest(Came::Voucher(pool.clone()), effect.planned_for, Some(code))
                    }
                    Taken::Held => Next::Stop(vec![Came::Once]),
                    Taken::Empty => {
                        self.alert_of_pool(way, pool).await?;
                        let mut came = vec![Came::PoolEmpty(pool.clone())];
                        if let Some(text) = empty {
                            let id = EffectId::of(event, rule, &format!("{}/empty", effect.step));
                            came.insert(0, plan(&id, Message::reply(text.clone(), way)).await?);
                        }
                        Next::Stop(came)
                    }
                })
            }
            (What::HandOff { mute_for, text }, Some(customer)) => {
                let mute_for = mute_for.unwrap_or(way.step.settings.tenant.mute_for);
                let until = effect.planned_for + mute_for;
                let mute = Mute { until, event: event.clone() };
                self.customers.mute(tenant, &customer.id, &mute).await?;
                let mut came = vec![Came::HandedOff(until)];
                if let Some(text) = text {
                    came.insert(0, plan(&effect.id, Message::reply(text.clone(), way)).await?);
                }
                Ok(Next::Done(came))
            }
            (What::Answer { survey, score, text, invited }, Some(customer)) => {
                let (score, text) = (*score, text.as_deref());
                let said = SaidElsewhere { survey, score, text, invited: *invited };
                one(self.answer(way, rule, effect, &said, customer).await?)
            }
            (What::OpenCase { owner, text, due_at }, Some(customer)) => {
                let new = New { owner: owner.as_deref(), text, due_at: *due_at };
                one(self.open_case(way, rule, effect, &new, customer).await?)
            }
            (What::Tag { tag }, Some(customer)) => {
                self.customers.tag(tenant, &customer.id, tag, event).await?;
                one(Came::Tagged(tag.clone()))
            }

            (
                What::Notify(_)
                | What::Reply { .. }
                | What::OncePer { .. }
                | What::Voucher { .. }
                | What::HandOff { .. }
                | What::Award(_)
                | What::Invite { .. }
                | What::Answer { .. }
                | What::OpenCase { .. }
                | What::Tag { .. },
                None,
            ) => {
                self.record(way, rule, effect, "step", &effect.step, "no_customer").await?;
                Ok(Next::Stop(vec![Came::Refused("no_customer".to_owned())]))
            }
        }
    }

    /// Puts the rest of a rule off.
    async fn let_wait(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        code: Option<&str>,
        until: Timestamp,
    ) -> Result<(), RecordError> {
        let wait = Wait {
            id: effect.id.clone(),
            event: way.step.event.id.clone(),
            key: way.step.key.clone(),
            kind: way.occurrence.kind.to_owned(),
            rule: rule.to_owned(),
            version: way.rules.version,
            step: effect.step.clone(),
            about: about(way),
            code: code.map(str::to_owned),
        };
        Ok(self.customers.wait(way.step.tenant, &under(way), &wait, until).await?)
    }

    /// Keeps an effect that was refused, for people to see.
    pub(crate) async fn record(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        kind: &str,
        detail: &str,
        why: &str,
    ) -> Result<(), RecordError> {
        let row = EffectRow {
            id: effect.id.clone(),
            event: way.step.event.id.clone(),
            rule: rule.to_owned(),
            step: effect.step.clone(),
            kind: kind.to_owned(),
            detail: detail.to_owned(),
            outcome: format!("refused({why})"),
            about: about(way),
            planned_for_ms: effect.planned_for.as_millisecond(),
        };
        Ok(self.customers.record_effect(way.step.tenant, &under(way), &row).await?)
    }

    /// Tells the business's own people, once a day, that a pool has no code left.
    async fn alert_of_pool(&self, way: &Way<'_>, pool: &str) -> Result<(), RecordError> {
        let (id, message) = pool_is_empty(way.step, pool);
        self.plan(way, "cham", "pool-empty", &id, message, State::Planned).await.map(drop)
    }
}

/// Where what belongs to this event stands: with its customer, or under the subject of an event that concerns nobody.
fn under(way: &Way<'_>) -> String {
    match way.customer {
        Some(customer) => customer.id.to_string(),
        None => way.step.event.subject.to_string(),
    }
}

/// What an effect is about, for people: the order of the event, or the one behind it, or what the event itself says.
pub(crate) fn about(way: &Way<'_>) -> String {
    let order = way.fired.order.as_ref().and_then(|order| order.get("id")).and_then(Value::as_str);
    let behind = way.customer.and_then(|customer| match &customer.order {
        Some(Subject::Order(id)) => Some(id.as_str()),
        _ => None,
    });
    let said = way.step.event.data.get("about").and_then(Value::as_str);
    let about = order.or(behind).or(said.filter(|_| way.step.source == Source::Own));
    about.map_or_else(|| way.step.event.subject.to_string(), str::to_owned)
}
