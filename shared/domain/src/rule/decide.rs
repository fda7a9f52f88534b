//! What a rule set makes of an occurrence.

use std::cell::LazyCell;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use serde_json::{Value as Json, json};

use super::{
    Award, Decision, Effect, Facts, Failure, Notify, Occurrence, Outcome, Refusal, Rule, RuleSet,
    What,
    check::{Does, Given, Message, Step},
    condition::{Condition, ConditionFacts},
    wording::{Wording, WordingFacts, Wordings},
};
use crate::{id::EffectId, survey::Survey, text::clean};

/// Vietnam keeps +07:00 the whole year, since 1975.
const VIETNAM: Offset = jiff::tz::offset(7);
/// Where the windows of `once_per` are counted from.
const FIRST_DAY: Date = jiff::civil::date(1970, 1, 1);

impl RuleSet {
    /// What every rule that waits for this kind makes of the occurrence, in the order of the file.
    ///
    /// The second call with the same arguments gives the same: ids hang on the event, the rule and the step alone.
    pub fn decide(&self, occurrence: &Occurrence<'_>, facts: &Facts) -> Vec<Decision> {
        let seen = self.seen(occurrence, facts);
        let rules = self.rules.iter().filter(|rule| rule.on == occurrence.kind);
        rules
            .map(|rule| {
                let activated = self.activated.get(&rule.id).copied();
                let outcome = seen.outcome(rule, activated);
                Decision { rule: rule.id.clone(), shadow: activated.is_none(), outcome }
            })
            .collect()
    }

    /// What `rule` does after its step `after`, which was over at `at`: up to the next step that the rest has to wait for. The
    /// condition is not asked again. `None` when there is no such rule or step.
    pub fn go_on(
        &self,
        rule: &str,
        after: &str,
        at: Timestamp,
        occurrence: &Occurrence<'_>,
        facts: &Facts,
    ) -> Option<Decision> {
        let rule = self.rule(rule)?;
        rule.steps.iter().find(|step| step.id == after)?;
        let outcome = match self.seen(occurrence, facts).effects(rule, Some(after), at) {
            Ok(effects) => Outcome::Fires(effects),
            Err(Failure { code, message }) => Outcome::Failed { code, message },
        };
        let shadow = !self.activated.contains_key(&rule.id);
        Some(Decision { rule: rule.id.clone(), shadow, outcome })
    }

    fn seen<'a>(&'a self, occurrence: &'a Occurrence<'a>, facts: &'a Facts) -> Seen<'a> {
        Seen {
            occurrence,
            facts,
            wordings: &self.wordings,
            condition: LazyCell::new(Box::new(|| ConditionFacts::new(facts))),
            wording: LazyCell::new(Box::new(|| WordingFacts::new(facts))),
        }
    }
}

type Lazy<'a, T> = LazyCell<T, Box<dyn FnOnce() -> T + 'a>>;

/// An occurrence with its facts, which are converted when the first rule asks for them.
struct Seen<'a> {
    occurrence: &'a Occurrence<'a>,
    facts: &'a Facts,
    wordings: &'a Wordings,
    condition: Lazy<'a, Result<ConditionFacts, Failure>>,
    wording: Lazy<'a, WordingFacts>,
}

impl Seen<'_> {
    fn outcome(&self, rule: &Rule, activated: Option<Timestamp>) -> Outcome {
        let Occurrence { time, first_seen, .. } = *self.occurrence;
        if activated.is_some_and(|since| time < since) {
            return Outcome::BeforeActivation;
        }
        if rule.within.is_some_and(|within| first_seen.duration_since(time) > within) {
            return Outcome::TooOld;
        }
        match self.holds(rule) {
            Ok(true) => {}
            Ok(false) => return Outcome::ConditionFalse,
            Err(Failure { code, message }) => return Outcome::Failed { code, message },
        }
        match self.effects(rule, None, first_seen) {
            Ok(effects) => Outcome::Fires(effects),
            Err(Failure { code, message }) => Outcome::Failed { code, message },
        }
    }

    fn holds(&self, rule: &Rule) -> Result<bool, Failure> {
        let Some(condition) = &rule.when else { return Ok(true) };
        self.is_true(condition)
    }

    fn is_true(&self, condition: &Condition) -> Result<bool, Failure> {
        match &*self.condition {
            Ok(facts) => condition.holds(facts),
            Err(failure) => Err(failure.clone()),
        }
    }

    /// The effects of the steps that come after `after`, or of all, up to the first that the rest has to wait for.
    fn effects(
        &self,
        rule: &Rule,
        after: Option<&str>,
        at: Timestamp,
    ) -> Result<Vec<Effect>, Failure> {
        let begin = match after {
            None => 0,
            Some(id) => rule.steps.iter().position(|step| step.id == id).map_or(0, |n| n + 1),
        };
        let mut effects = Vec::with_capacity(rule.steps.len() - begin);
        for step in &rule.steps[begin..] {
            let what = self.what(rule, step, at)?;
            let is_pause = matches!(what, What::Wait { .. } | What::Voucher { .. });
            let id = EffectId::of(self.occurrence.event, &rule.id, &step.id);
            effects.push(Effect { id, step: step.id.clone(), planned_for: at, what });
            if is_pause {
                break;
            }
        }
        Ok(effects)
    }

    fn what(&self, rule: &Rule, step: &Step, at: Timestamp) -> Result<What, Failure> {
        let window = |days: &i64| format!("{}#{}#{}", rule.id, step.id, window_start(at, *days));
        Ok(match &step.does {
            Does::Wait { duration } => What::Wait { until: later(at, *duration) },
            Does::OncePer { days } => What::OncePer { marker: window(days) },
            Does::Notify(message) => What::Notify(self.notify(message, at)?),
            Does::Reply { text } => What::Reply { text: self.text(text)? },
            Does::Alert { text } => What::Alert { text: self.text(text)? },
            Does::Voucher { pool, days, empty } => What::Voucher {
                pool: pool.clone(),
                marker: match days {
                    Some(days) => window(days),
                    None => format!("{}#{}#{}", rule.id, step.id, self.occurrence.event),
                },
                empty: empty.as_ref().map(|text| self.text(text)).transpose()?,
            },
            Does::HandOff { mute_for, text } => What::HandOff {
                mute_for: *mute_for,
                text: text.as_ref().map(|text| self.text(text)).transpose()?,
            },
            Does::Webhook { to } => What::Webhook { to: to.clone(), body: self.body() },
            Does::Tag { tag } => What::Tag { tag: tag.clone() },
            Does::Invite { survey, .. } => What::Invite { survey: survey.clone() },
            Does::Answer { survey, score, text, invited } => {
                self.answer(survey, score, text.as_deref(), *invited)
            }
            Does::Case { owner, within, text } => What::OpenCase {
                owner: owner.clone(),
                text: self.text(text)?,
                due_at: later(at, *within),
            },
            Does::Award(given) => self.award(given)?,
        })
    }

    fn answer(&self, survey: &Survey, score: &str, text: Option<&str>, invited: bool) -> What {
        let scale = survey.score.as_ref().and_then(|id| survey.question(id)?.kind.scale());
        let score = self.facts.find(score).and_then(Json::as_u64);
        let score = score.and_then(|score| u8::try_from(score).ok());
        match score.zip(scale).filter(|(score, scale)| scale.contains(score)) {
            None => {
                What::Refused { kind: "answer", detail: survey.id.clone(), why: Refusal::NoScore }
            }
            Some((score, _)) => {
                let text = text.and_then(|path| self.facts.find(path)).and_then(Json::as_str);
                let text = text.map(clean).filter(|text| !text.is_empty());
                What::Answer { survey: survey.id.clone(), score, text, invited }
            }
        }
    }

    /// What a system of the business is told: what the event carries, and by which names to look it up.
    fn body(&self) -> String {
        let Occurrence { event, kind, time, .. } = *self.occurrence;
        let mut data = self.facts.event["data"].as_object().cloned().unwrap_or_default();
        let order = &self.facts.order["id"];
        for (name, value) in [("subject", &self.facts.event["subject"]), ("order_id", order)] {
            if !value.is_null() {
                data.entry(name).or_insert_with(|| value.clone());
            }
        }
        data.insert("event_id".to_owned(), Json::from(event.as_str()));
        json!({ "type": kind, "timestamp": time, "data": data }).to_string()
    }

    fn award(&self, given: &Given) -> Result<What, Failure> {
        let Given { earning, policy } = given;
        let holds = |condition: &Condition| self.is_true(condition);
        Ok(match earning.points(self.facts, self.occurrence.time, holds)? {
            Ok(points) => What::Award(Award {
                earning: earning.id.clone(),
                currency: earning.currency.clone(),
                points,
                cap: earning.cap,
                once: earning.first_time,
                budget: earning.budget,
                policy: *policy,
            }),
            Err(why) => What::Refused { kind: "award", detail: earning.id.clone(), why },
        })
    }

    fn text(&self, wording: &Wording) -> Result<String, Failure> {
        self.wordings.write(wording, &self.wording)
    }

    fn notify(&self, message: &Message, planned_for: Timestamp) -> Result<Notify, Failure> {
        message.write(self.wordings, &self.wording, planned_for)
    }
}

impl Message {
    /// The message with its facts filled in, worth sending so long after `planned_for`.
    pub(crate) fn write(
        &self,
        wordings: &Wordings,
        facts: &WordingFacts,
        planned_for: Timestamp,
    ) -> Result<Notify, Failure> {
        let value = |(name, wording): &(String, _)| {
            let value = wordings.write(wording, facts).map_err(|failure| {
                Failure::new(failure.code, format!("`{name}`: {}", failure.message))
            })?;
            Ok((name.clone(), value))
        };
        Ok(Notify {
            template: self.template.clone(),
            channels: self.channels.clone(),
            params: self.params.iter().map(value).collect::<Result<_, Failure>>()?,
            deadline: self.deadline.map(|deadline| later(planned_for, deadline)),
        })
    }
}

/// `at` and so long after; the end of time when there is no such instant.
fn later(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// The first day, in Vietnam, of the window of `days` days that `at` lies in. Windows are fixed, so two events with a
/// window's end between them may both pass.
fn window_start(at: Timestamp, days: i64) -> Date {
    let today = VIETNAM.to_datetime(at).date();
    let passed = today.duration_since(FIRST_DAY).as_hours() / 24;
    let into = SignedDuration::from_hours(24 * passed.rem_euclid(days));
    today.checked_sub(into).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{RuleSource, demo_tests::told, read_templates};
    use super::*;
    use crate::id::EventId;

    const TEMPLATES: &str = "
- name: hello
  template_id: '433001'
  purpose: care
  params: [who]
  price_vnd: {zns-phone: 200}
  on_unknown: drop
  preview: 'Chào <who>'
";

    const PROGRAMME: &str = "
currencies: [{id: diem, name: điểm, expiry_months: 12}]
earnings:
- {id: fixed, currency: diem, points: 50, from: 2026-11-20, until: 2026-11-20}
- id: bought
  currency: diem
  per_vnd: {vnd: 1000, of: order.amount_vnd, round: down}
  multiply: [{by: 1.5, when: \"event.data.twice\"}]
  first_time: true
  per_day_max: 900
  budget: 1000000
";

    const SURVEYS: &str = "[{id: csat, title: A, invitation: {template: hello, params: {who: '{{ survey.link }}'}}, \
                           questions: [{id: a, kind: nps, text: A}], thanks: [{text: A}]}]";

    const HELLO: &str = "{template: hello, params: {who: '{{ customer.name }}'}}";
    const NOON: &str = "2026-11-20T12:00:00+07:00";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rules(yaml: &str, activated: &[(&str, &str)]) -> RuleSet {
        RuleSet::compile(&RuleSource {
            version: 1,
            yaml: yaml.replace("HELLO", HELLO),
            templates: read_templates(TEMPLATES).unwrap(),
            programme: Some(PROGRAMME.to_owned()),
            surveys: Some(SURVEYS.to_owned()),
            activated: activated.iter().map(|(id, since)| ((*id).to_owned(), at(since))).collect(),
        })
        .unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    /// The decisions on one order event that happened and was first seen at these times.
    fn decide(rules: &RuleSet, time: &str, first_seen: &str) -> Vec<Decision> {
        let event = EventId::of("t", "s", "k");
        let facts = Facts {
            event: json!({"id": event, "data": {"yes": true, "name": "x"}}),
            customer: json!({"name": "Nguye\u{0302}\u{0303}n", "consent": {"care": true}}),
            ..Facts::default()
        };
        let (time, first_seen) = (at(time), at(first_seen));
        rules.decide(&Occurrence { event: &event, kind: "order.made", time, first_seen }, &facts)
    }

    /// One line for each decision: the rule, its mode and the outcome.
    fn check(yaml: &str, time: &str, first_seen: &str) -> String {
        let rules = rules(yaml, &[("a", "2026-11-20T00:00:00+07:00")]);
        let line = |decision: Decision| {
            let outcome = match decision.outcome {
                Outcome::Fires(effects) => {
                    effects.iter().map(effect).collect::<Vec<_>>().join("; ")
                }
                other => format!("{other:?}"),
            };
            format!(
                "{}{}: {outcome}",
                decision.rule,
                if decision.shadow { " (shadow)" } else { "" }
            )
        };
        decide(&rules, time, first_seen).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn effect(effect: &Effect) -> String {
        let what = match &effect.what {
            What::Notify(notify) => {
                let until = notify.deadline.map(|until| format!(" until {until}"));
                format!("notify {:?}{}", notify.params["who"], until.unwrap_or_default())
            }
            other => told(other),
        };
        format!("{} {} {what}", effect.step, effect.planned_for)
    }

    fn one(parts: &str) -> String {
        check(&format!("- {{id: a, on: order.made, {parts}}}"), NOON, NOON)
    }

    #[test]
    fn a_step_follows_its_waits_and_nothing_is_sent_early() {
        let table: String = [
            "then: [{id: s, notify: HELLO}]",
            "then: [{id: s, notify: {template: hello, params: {who: ơi}, deadline: 2h}}]",
            "then: [{id: o, once_per: 1d}, {id: s, notify: HELLO}]",
            "then: [{id: s, notify: HELLO}, {id: w, wait: 2h}, {id: i, invite: {survey: csat}}]",
            "then: [{id: w, wait: 30m}, {id: s, notify: HELLO}, {id: v, wait: 1d}, {id: o, once_per: 1d}, {id: r, notify: HELLO}]",
            "then: [{id: i, invite: {survey: csat}}, {id: s, notify: HELLO}]",
        ]
        .map(|parts| format!("{parts}\n    {}\n", one(parts)))
        .concat();
        insta::assert_snapshot!(table, @r#"
        then: [{id: s, notify: HELLO}]
            a: s 2026-11-20T05:00:00Z notify "Nguyễn"
        then: [{id: s, notify: {template: hello, params: {who: ơi}, deadline: 2h}}]
            a: s 2026-11-20T05:00:00Z notify "ơi" until 2026-11-20T07:00:00Z
        then: [{id: o, once_per: 1d}, {id: s, notify: HELLO}]
            a: o 2026-11-20T05:00:00Z once a#o#2026-11-20; s 2026-11-20T05:00:00Z notify "Nguyễn"
        then: [{id: s, notify: HELLO}, {id: w, wait: 2h}, {id: i, invite: {survey: csat}}]
            a: s 2026-11-20T05:00:00Z notify "Nguyễn"; w 2026-11-20T05:00:00Z wait until 2026-11-20T07:00:00Z
        then: [{id: w, wait: 30m}, {id: s, notify: HELLO}, {id: v, wait: 1d}, {id: o, once_per: 1d}, {id: r, notify: HELLO}]
            a: w 2026-11-20T05:00:00Z wait until 2026-11-20T05:30:00Z
        then: [{id: i, invite: {survey: csat}}, {id: s, notify: HELLO}]
            a: i 2026-11-20T05:00:00Z invite csat; s 2026-11-20T05:00:00Z notify "Nguyễn"
        "#);
    }

    /// What the rest of rule `a` is after `step`, which was over at noon and two hours.
    fn rest(parts: &str, step: &str) -> String {
        let rules = rules(
            &format!("- {{id: a, on: customer.wrote, when: 'false', {parts}}}"),
            &[("a", "2026-11-20T00:00:00+07:00")],
        );
        let event = EventId::of("t", "s", "k");
        let facts = Facts {
            customer: json!({"name": "Lan"}),
            voucher: json!({"code": "SOM-1", "pool": "gia"}),
            ..Facts::default()
        };
        let (time, first_seen) = (at(NOON), at(NOON));
        let occurrence = Occurrence { event: &event, kind: "customer.wrote", time, first_seen };
        let over = first_seen + SignedDuration::from_hours(2);
        let Some(decision) = rules.go_on("a", step, over, &occurrence, &facts) else {
            return "nothing to go on with".to_owned();
        };
        assert!(!decision.shadow);
        match decision.outcome {
            Outcome::Fires(effects) if effects.is_empty() => "the end".to_owned(),
            Outcome::Fires(effects) => effects.iter().map(effect).collect::<Vec<_>>().join("; "),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_rest_of_a_rule_follows_what_it_had_to_wait_for() {
        let all = "then: [{id: v, voucher: {pool: gia, once_per: 30d, empty: Hết}}, \
                   {id: r, reply: 'Mã {{ voucher.code }}'}, {id: w, wait: 1h}, {id: t, tag: vip}, \
                   {id: h, hand_off: {text: Chờ nhé, mute_for: 2h}}, {id: x, voucher: {pool: gia}}, \
                   {id: a, alert: '{{ customer.name }}'}, {id: p, award: fixed}]";
        let table: String = ["v", "r", "w", "x", "p", "gone"]
            .map(|step| format!("{step}: {}\n", rest(all, step)))
            .concat();
        insta::assert_snapshot!(table, @r#"
        v: r 2026-11-20T07:00:00Z reply “Mã SOM-1”; w 2026-11-20T07:00:00Z wait until 2026-11-20T08:00:00Z
        r: w 2026-11-20T07:00:00Z wait until 2026-11-20T08:00:00Z
        w: t 2026-11-20T07:00:00Z tag vip; h 2026-11-20T07:00:00Z hand off Some(2h) “Chờ nhé”; x 2026-11-20T07:00:00Z voucher of gia for a#x#qwwq3szbgqfd5j5sjhhrt2mh4a, else “”
        x: a 2026-11-20T07:00:00Z alert “Lan”; p 2026-11-20T07:00:00Z award 50 diem by fixed
        p: the end
        gone: nothing to go on with
        "#);
    }

    #[test]
    fn a_system_is_told_what_the_event_carries_and_by_which_names_to_look_it_up() {
        let rules = rules("- {id: a, on: survey.answered, then: [{id: tell, webhook: crm}]}", &[]);
        let event = EventId::of("t", "cham", "a");
        let occurrence = Occurrence {
            event: &event,
            kind: "survey.answered",
            time: at(NOON),
            first_seen: at(NOON),
        };
        let facts = Facts {
            event: json!({"subject": "ext:cham:lan", "data": {"score": 5, "order_id": "A9"}}),
            order: json!({"id": "A1"}),
            ..Facts::default()
        };
        let decided = rules.decide(&occurrence, &facts).remove(0).outcome;
        let Outcome::Fires(effects) = decided else { panic!("{decided:?}") };
        let What::Webhook { to, body } = &effects[0].what else { panic!("{effects:?}") };
        let body: Json = serde_json::from_str(body).unwrap();
        assert_eq!(to, "crm");
        assert_eq!(
            body,
            json!({
                "type": "survey.answered",
                "timestamp": at(NOON).to_string(),
                "data": {
                    "event_id": event.as_str(), "subject": "ext:cham:lan", "order_id": "A9",
                    "score": 5,
                },
            })
        );
    }

    #[test]
    fn a_condition_decides_or_says_why_it_cannot() {
        let table: String = [
            "event.data.yes",
            "!event.data.yes",
            "event.data.no",
            "event.data.name",
            "order.id == 'x'",
            "has(event.data.no) && event.data.no",
        ]
        .map(|when| {
            let parts = format!("when: \"{when}\", then: [{{id: w, wait: 1h}}]");
            format!("{when}\n    {}\n", one(&parts))
        })
        .concat();
        insta::assert_snapshot!(table, @r#"
        event.data.yes
            a: w 2026-11-20T05:00:00Z wait until 2026-11-20T06:00:00Z
        !event.data.yes
            a: ConditionFalse
        event.data.no
            a: Failed { code: "condition_missing", message: "there is no `no`" }
        event.data.name
            a: Failed { code: "condition_not_a_truth", message: "the condition gives no yes or no" }
        order.id == 'x'
            a: Failed { code: "condition_types", message: "the types in the condition do not fit together" }
        has(event.data.no) && event.data.no
            a: ConditionFalse
        "#);
    }

    #[test]
    fn an_award_is_what_the_facts_earn_or_says_why_it_is_nothing() {
        let rules = rules(
            "[{id: a, on: order.made, then: [{id: f, award: fixed}]}, \
             {id: b, on: order.made, then: [{id: p, award: bought}, {id: t, tag: bought}]}]",
            &[],
        );
        let made = |data: serde_json::Value, order: serde_json::Value, time: &str| {
            let event = EventId::of("t", "s", "k");
            let facts = Facts { event: json!({"data": data}), order, ..Facts::default() };
            let (time, first_seen) = (at(time), at(NOON));
            let occurrence = Occurrence { event: &event, kind: "order.made", time, first_seen };
            let said = |decision: Decision| match decision.outcome {
                Outcome::Fires(effects) => effects.iter().map(|e| told(&e.what)).collect(),
                Outcome::Failed { code, .. } => vec![code.to_owned()],
                other => panic!("{other:?}"),
            };
            let decisions = rules.decide(&occurrence, &facts).into_iter();
            decisions.flat_map(said).collect::<Vec<_>>().join("; ")
        };
        let late = "2026-11-21T00:00:00+07:00";
        let table: String = [
            (json!({"twice": false}), json!({"amount_vnd": 350_999}), NOON),
            (json!({"twice": true}), json!({"amount_vnd": 350_999}), NOON),
            (json!({"twice": false}), json!({"amount_vnd": 999}), NOON),
            (json!({"twice": false}), json!({"amount_vnd": null}), NOON),
            (json!({"twice": false}), json!({"amount_vnd": "350000"}), NOON),
            (json!({"twice": false}), json!({"amount_vnd": -350_000}), NOON),
            (json!({"twice": false}), json!({"amount_vnd": u64::MAX}), NOON),
            (json!({"twice": false}), json!(null), late),
            (json!({}), json!({"amount_vnd": 350_000}), NOON),
        ]
        .map(|(data, order, time)| {
            format!("{data} {order}\n    {}\n", made(data.clone(), order.clone(), time))
        })
        .concat();
        insta::assert_snapshot!(table, @r#"
        {"twice":false} {"amount_vnd":350999}
            award 50 diem by fixed; award 350 diem by bought, 900 a day, once, 1000000 in all; tag bought
        {"twice":true} {"amount_vnd":350999}
            award 50 diem by fixed; award 526 diem by bought, 900 a day, once, 1000000 in all; tag bought
        {"twice":false} {"amount_vnd":999}
            award 50 diem by fixed; award bought no_points; tag bought
        {"twice":false} {"amount_vnd":null}
            award 50 diem by fixed; award bought no_amount; tag bought
        {"twice":false} {"amount_vnd":"350000"}
            award 50 diem by fixed; award bought no_amount; tag bought
        {"twice":false} {"amount_vnd":-350000}
            award 50 diem by fixed; award bought no_amount; tag bought
        {"twice":false} {"amount_vnd":18446744073709551615}
            award 50 diem by fixed; award bought too_many_points; tag bought
        {"twice":false} null
            award fixed outside_dates; award bought no_amount; tag bought
        {} {"amount_vnd":350000}
            award 50 diem by fixed; condition_missing
        "#);
    }

    #[test]
    fn a_text_that_misses_a_fact_fails_the_rule_as_a_whole() {
        let parts = "then: [{id: o, once_per: 1d}, \
                     {id: s, notify: {template: hello, params: {who: '{{ order.name }}'}}}]";
        insta::assert_snapshot!(one(parts), @r#"a: Failed { code: "text_missing", message: "`who`: the text asks for what is not there" }"#);
    }

    #[test]
    fn too_many_facts_fail_conditions_and_nothing_else() {
        let rules = rules(
            "[{id: a, on: order.made, when: 'true', then: [{id: s, notify: HELLO}]}, \
             {id: b, on: order.made, then: [{id: s, notify: HELLO}]}]",
            &[],
        );
        let event = EventId::of("t", "s", "k");
        let facts = Facts {
            event: json!({"data": {"list": vec![0; 1_000]}}),
            customer: json!({"name": "Lan"}),
            ..Facts::default()
        };
        let (time, first_seen) = (at(NOON), at(NOON));
        let occurrence = Occurrence { event: &event, kind: "order.made", time, first_seen };
        let [a, b] = rules.decide(&occurrence, &facts).try_into().unwrap();
        assert!(matches!(a.outcome, Outcome::Failed { code: "facts_too_long", .. }), "{a:?}");
        assert!(matches!(b.outcome, Outcome::Fires(_)), "{b:?}");
    }

    #[test]
    fn the_age_of_an_event_counts_to_its_first_evaluation() {
        let yaml = "- {id: a, on: order.made, within: 1h, then: [{id: w, wait: 1h}]}";
        for (first_seen, outcome) in [
            ("2026-11-20T11:00:00+07:00", "a: w "),
            ("2026-11-20T13:00:00+07:00", "a: w "),
            ("2026-11-20T13:00:00.001+07:00", "a: TooOld"),
        ] {
            let said = check(yaml, NOON, first_seen);
            assert!(said.starts_with(outcome), "{first_seen}: {said}");
        }
    }

    #[test]
    fn a_rule_acts_on_nothing_from_before_its_activation_and_is_a_shadow_without_one() {
        let yaml = "[{id: a, on: order.made, then: [{id: w, wait: 1h}]}, \
                    {id: b, on: order.made, then: [{id: w, wait: 1h}]}, \
                    {id: c, on: order.paid, then: [{id: w, wait: 1h}]}]";
        for (time, first) in [
            ("2026-11-19T23:59:59.999+07:00", "a: BeforeActivation"),
            (
                "2026-11-20T00:00:00+07:00",
                "a: w 2026-11-20T05:00:00Z wait until 2026-11-20T06:00:00Z",
            ),
        ] {
            let shadow = "b (shadow): w 2026-11-20T05:00:00Z wait until 2026-11-20T06:00:00Z";
            assert_eq!(check(yaml, time, NOON), format!("{first}\n{shadow}"));
        }
    }

    #[test]
    fn windows_end_at_midnight_in_vietnam() {
        for (instant, days, start) in [
            ("2026-11-20T00:00:00+07:00", 1, "2026-11-20"),
            ("2026-11-19T23:59:59+07:00", 1, "2026-11-19"),
            ("2026-11-19T17:00:00Z", 1, "2026-11-20"),
            ("1970-01-01T00:00:00+07:00", 30, "1970-01-01"),
            ("1970-01-30T23:59:59+07:00", 30, "1970-01-01"),
            ("1970-01-31T00:00:00+07:00", 30, "1970-01-31"),
            ("1969-12-31T23:59:59+07:00", 30, "1969-12-02"),
            ("2026-11-20T08:00:00+07:00", 7, "2026-11-19"),
        ] {
            assert_eq!(window_start(at(instant), days).to_string(), start, "{instant} {days}d");
        }
        let mut last = window_start(at("2024-02-27T12:00:00Z"), 3);
        for hour in 0..24 * 366 {
            let now = at("2024-02-27T12:00:00Z") + SignedDuration::from_hours(hour);
            let start = window_start(now, 3);
            let days = last.duration_since(start).as_hours() / -24;
            assert!(days == 0 || days == 3, "{now}: {last} then {start}");
            last = start;
        }
    }

    #[test]
    fn ids_hang_on_names_and_not_on_places() {
        let ids = |yaml: &str| -> BTreeMap<String, String> {
            let decisions = decide(&rules(yaml, &[]), NOON, NOON).into_iter();
            let effects = decisions.flat_map(|decision| match decision.outcome {
                Outcome::Fires(effects) => effects
                    .into_iter()
                    .map(|effect| {
                        (format!("{}/{}", decision.rule, effect.step), effect.id.to_string())
                    })
                    .collect::<Vec<_>>(),
                other => panic!("{other:?}"),
            });
            effects.collect()
        };
        let before = ids(
            "[{id: a, on: order.made, then: [{id: x, notify: HELLO}, {id: y, notify: HELLO}]}, \
                         {id: b, on: order.made, then: [{id: x, notify: HELLO}]}]",
        );
        let after = ids("[{id: c, on: order.made, then: [{id: x, notify: HELLO}]}, \
                        {id: b, on: order.made, then: [{id: n, notify: HELLO}, {id: x, notify: HELLO}]}, \
                        {id: a, on: order.made, then: [{id: y, notify: HELLO}, {id: x, notify: HELLO}]}]");
        assert_eq!(before.len(), 3);
        for (name, id) in &before {
            assert_eq!(after.get(name), Some(id), "{name}");
        }
        let distinct: std::collections::BTreeSet<_> = after.values().collect();
        assert_eq!(distinct.len(), after.len());
    }

    #[test]
    fn a_second_decision_is_the_same() {
        let rules = rules(
            "- {id: a, on: order.made, then: [{id: o, once_per: 7d}, {id: s, notify: HELLO}]}",
            &[],
        );
        assert_eq!(decide(&rules, NOON, NOON), decide(&rules, NOON, NOON));
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        let last = Timestamp::MAX.to_string();
        let first = Timestamp::MIN.to_string();
        let yaml = "- {id: b, on: order.made, then: [{id: o, once_per: 366d}, {id: w, wait: 366d}, {id: v, wait: 366d}]}";
        for instant in [first, last] {
            assert!(check(yaml, &instant, &instant).starts_with("b (shadow): o "));
        }
    }
}
