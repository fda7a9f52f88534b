//! Reads `rules.yaml` and says everything that is wrong with it.

use jiff::SignedDuration;

use super::{
    Goal, Rule,
    condition::Condition,
    document::{Node, Problem, Problems, quoted},
    facts::Facts,
    fields::{Fields, is_id, is_kind},
    template::{Template, unknown_channel},
    wording::{Wording, WordingFacts, Wordings},
};
use crate::channel::Channel;

/// Most rules of a tenant: each one that waits for an event's kind is decided for it.
const RULES_MAX: usize = 200;
/// Most steps of a rule: each is an effect, and one event's effects are written together.
const STEPS_MAX: usize = 20;
/// The metrics that a rule may name as its goal.
const METRICS: &[&str] = &["delivered_rate", "rating_mean", "response_rate"];
const DAY_S: i64 = 86_400;

/// One step of a rule.
pub struct Step {
    pub id: String,
    pub does: Does,
}

/// What a step does.
pub enum Does {
    /// Lets one event in a window of so many days pass.
    OncePer { days: i64, written: String },
    /// Puts off what follows.
    Wait { duration: SignedDuration, written: String },
    /// Asks a survey.
    Invite { survey: String },
    /// Sends a message.
    Notify(Box<Message>),
}

/// The message of a `notify` step.
pub struct Message {
    pub template: Template,
    pub channels: Vec<Channel>,
    pub params: Vec<(String, Wording)>,
    pub deadline: Option<SignedDuration>,
}

/// Reads and checks the rules of a file against `templates`.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read_rules(
    yaml: &str,
    templates: &[Template],
) -> Result<(Vec<Rule>, Wordings), Vec<Problem>> {
    let node = Node::read(yaml)?;
    let mut reader = Reader { templates, wordings: Wordings::new(), problems: Problems::default() };
    let entries = node.list("the file", &mut reader.problems);
    if entries.len() > RULES_MAX {
        let message = format!("a tenant has at most {RULES_MAX} rules");
        reader.problems.add("too_long", node.line, message);
    }
    let mut ids = Vec::new();
    let rules = entries.iter().filter_map(|entry| reader.rule(entry, &mut ids)).collect();
    let Reader { wordings, problems, .. } = reader;
    problems.none_or((rules, wordings))
}

/// Notes an id, or that it was there before.
fn unique<'n>(
    id: Option<&'n str>,
    line: usize,
    what: &str,
    ids: &mut Vec<&'n str>,
    problems: &mut Problems,
) -> Option<&'n str> {
    let id = id?;
    if ids.contains(&id) {
        let message = format!("there is another {what} {}", quoted(id));
        problems.add("duplicate_id", line, message);
    }
    ids.push(id);
    Some(id)
}

struct Reader<'t> {
    templates: &'t [Template],
    wordings: Wordings,
    problems: Problems,
}

impl Reader<'_> {
    fn rule<'n>(&mut self, entry: &'n Node, ids: &mut Vec<&'n str>) -> Option<Rule> {
        let known = ["id", "goal", "on", "when", "within", "then"];
        let fields = Fields::of(entry, "a rule", &known, &mut self.problems)?;
        let id = fields.id("id", &mut self.problems);
        let id = unique(id, entry.line, "rule", ids, &mut self.problems);
        let goal = fields.optional_as("goal", |node| self.goal(node));
        let on = self.kind(&fields);
        let kind = on.unwrap_or("a.b");
        let when = fields.optional_as("when", |node| self.condition(node, kind));
        let within =
            fields.optional_as("within", |node| node.duration("`within`", &mut self.problems));
        let steps = self.steps(&fields, id.unwrap_or_default(), kind);
        Some(Rule {
            id: id?.to_owned(),
            on: on?.to_owned(),
            goal: goal?,
            within: within?,
            when: when?,
            steps,
        })
    }

    fn goal(&mut self, node: &Node) -> Option<Goal> {
        let fields = Fields::of(node, "a goal", &["metric", "target"], &mut self.problems)?;
        let metric = fields.required_text("metric", &mut self.problems);
        if let Some(metric) = metric.filter(|metric| !METRICS.contains(metric)) {
            let known = METRICS.join(", ");
            let message = format!("there is no metric {}; there are {known}", quoted(metric));
            self.problems.add("unknown_name", node.line, message);
        }
        let target = fields.required("target", &mut self.problems);
        let target = target.and_then(|node| node.number("`target`", &mut self.problems));
        Some(Goal { metric: metric?.to_owned(), target: target? })
    }

    fn kind<'n>(&mut self, fields: &Fields<'n>) -> Option<&'n str> {
        let node = fields.required("on", &mut self.problems)?;
        let kind = node.text("`on`", &mut self.problems)?;
        if !is_kind(kind) {
            let message = "`on` must be an event kind such as shipment.delivered";
            self.problems.add("bad_kind", node.line, message);
            return None;
        }
        Some(kind)
    }

    fn condition(&mut self, node: &Node, kind: &str) -> Option<Condition> {
        let source = node.text("`when`", &mut self.problems)?;
        match Condition::compile(source, kind) {
            Ok(condition) => Some(condition),
            Err(wrong) => {
                for (code, message) in wrong {
                    self.problems.add(code, node.line, format!("`when`: {message}"));
                }
                None
            }
        }
    }

    fn steps(&mut self, fields: &Fields<'_>, rule: &str, kind: &str) -> Vec<Step> {
        let Some(node) = fields.required("then", &mut self.problems) else { return Vec::new() };
        let entries = node.list("`then`", &mut self.problems);
        if !(1..=STEPS_MAX).contains(&entries.len()) {
            let message = format!("`then` has 1 to {STEPS_MAX} steps");
            self.problems.add("too_long", node.line, message);
        }
        let mut ids = Vec::new();
        entries.iter().filter_map(|entry| self.step(entry, rule, kind, &mut ids)).collect()
    }

    fn step<'n>(
        &mut self,
        entry: &'n Node,
        rule: &str,
        kind: &str,
        ids: &mut Vec<&'n str>,
    ) -> Option<Step> {
        let actions = ["notify", "once_per", "wait", "invite"];
        let known = ["id", "notify", "once_per", "wait", "invite"];
        let fields = Fields::of(entry, "a step", &known, &mut self.problems)?;
        let id = fields.id("id", &mut self.problems);
        let id = unique(id, entry.line, "step", ids, &mut self.problems);
        let given: Vec<_> = actions
            .into_iter()
            .filter_map(|name| fields.optional(name).map(|node| (name, node)))
            .collect();
        let [(name, node)] = given[..] else {
            let message = format!("a step does exactly one of {}", actions.join(", "));
            self.problems.add("step", entry.line, message);
            return None;
        };
        let does = match name {
            "once_per" => self.once_per(node),
            "wait" => self.wait(node),
            "invite" => self.invite(node),
            _ => self
                .notify(node, &format!("{rule}/{}", id.unwrap_or_default()), kind)
                .map(|message| Does::Notify(Box::new(message))),
        };
        Some(Step { id: id?.to_owned(), does: does? })
    }

    fn once_per(&mut self, node: &Node) -> Option<Does> {
        let seconds = node.duration("`once_per`", &mut self.problems)?.as_secs();
        if seconds % DAY_S != 0 {
            let message = "`once_per` counts whole days, such as 30d";
            self.problems.add("bad_duration", node.line, message);
            return None;
        }
        let written = node.text("`once_per`", &mut self.problems)?.to_owned();
        Some(Does::OncePer { days: seconds / DAY_S, written })
    }

    fn wait(&mut self, node: &Node) -> Option<Does> {
        let duration = node.duration("`wait`", &mut self.problems)?;
        let written = node.text("`wait`", &mut self.problems)?.to_owned();
        Some(Does::Wait { duration, written })
    }

    fn invite(&mut self, node: &Node) -> Option<Does> {
        let fields = Fields::of(node, "`invite`", &["survey"], &mut self.problems)?;
        let survey = fields.required_text("survey", &mut self.problems)?;
        if !is_id(survey) {
            let message = "a survey's name is lower-case letters, digits and single dashes";
            self.problems.add("bad_id", node.line, message);
            return None;
        }
        Some(Does::Invite { survey: survey.to_owned() })
    }

    fn notify(&mut self, node: &Node, place: &str, kind: &str) -> Option<Message> {
        let known = ["template", "channels", "params", "deadline"];
        let fields = Fields::of(node, "`notify`", &known, &mut self.problems)?;
        let template = self.template(&fields);
        let channels = self.channels(&fields, template.as_ref());
        let params = self.params(&fields, template.as_ref(), place, kind);
        let deadline =
            fields.optional_as("deadline", |node| node.duration("`deadline`", &mut self.problems));
        Some(Message { template: template?, channels, params, deadline: deadline? })
    }

    fn template(&mut self, fields: &Fields<'_>) -> Option<Template> {
        let node = fields.required("template", &mut self.problems)?;
        let name = node.text("`template`", &mut self.problems)?;
        let template = self.templates.iter().find(|template| template.name == name).cloned();
        if template.is_none() {
            let message = format!("there is no template {}", quoted(name));
            self.problems.add("unknown_template", node.line, message);
        }
        template
    }

    fn channels(&mut self, fields: &Fields<'_>, template: Option<&Template>) -> Vec<Channel> {
        let mut channels: Vec<Channel> = Vec::new();
        let mut line = fields.line;
        match fields.optional("channels") {
            None => channels.push(Channel::ZnsPhone),
            Some(node) => {
                line = node.line;
                for node in node.list("`channels`", &mut self.problems) {
                    let Some(name) = node.text("a channel", &mut self.problems) else { continue };
                    match Channel::parse_to_customers(name) {
                        Some(channel) if channels.contains(&channel) => {
                            let message = format!("{} stands here twice", quoted(name));
                            self.problems.add("duplicate_id", node.line, message);
                        }
                        Some(channel) => channels.push(channel),
                        None => {
                            self.problems.add("unknown_channel", node.line, unknown_channel(name));
                        }
                    }
                }
                if channels.is_empty() {
                    let message = "`channels` names at least one channel";
                    self.problems.add("unknown_channel", line, message);
                }
            }
        }
        for channel in &channels {
            if template.is_some_and(|template| !template.price_vnd.contains_key(channel)) {
                let message =
                    format!("the template has no price for {channel}: it cannot go there");
                self.problems.add("channel_not_priced", line, message);
            }
        }
        channels
    }

    fn params(
        &mut self,
        fields: &Fields<'_>,
        template: Option<&Template>,
        place: &str,
        kind: &str,
    ) -> Vec<(String, Wording)> {
        let given = fields.optional("params");
        let line = given.map_or(fields.line, |node| node.line);
        let entries = given.and_then(|node| node.map("`params`", &mut self.problems));
        let entries = entries.unwrap_or_default();
        let mut params = Vec::new();
        for (key, node) in entries {
            let name = key.name.as_str();
            if template.is_some_and(|template| template.params.iter().all(|other| other != name)) {
                let message = format!("the template has no parameter {}", quoted(name));
                self.problems.add("extra_param", key.line, message);
            }
            let Some(source) = node.text("a parameter", &mut self.problems) else { continue };
            let wording = self.wordings.add(format!("{place}/{name}"), source);
            let wrong = match wording {
                Ok(wording) => {
                    let sample = WordingFacts::new(&Facts::sample(kind));
                    let failure = self.wordings.write(&wording, &sample).err();
                    params.push((name.to_owned(), wording));
                    // What the sample lacks may be there in time; a fact that is no text never will be.
                    failure
                        .filter(|failure| failure.code != "text_missing")
                        .map(|failure| vec![(failure.code, failure.message)])
                }
                Err(wrong) => Some(wrong),
            };
            for (code, message) in wrong.into_iter().flatten() {
                self.problems.add(code, node.line, format!("{}: {message}", quoted(name)));
            }
        }
        for name in template.iter().flat_map(|template| &template.params) {
            if entries.iter().all(|(key, _)| key.name != *name) {
                let message = format!("the template needs the parameter {}", quoted(name));
                self.problems.add("missing_param", line, message);
            }
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use super::super::{RuleSet, RuleSource, read_templates};
    use super::*;

    const TEMPLATES: &str = "
- name: guide
  template_id: '433555'
  purpose: care
  params: [name, order_id]
  price_vnd: {zns-phone: 200}
  on_unknown: drop
  preview: 'Chào <name>, đơn <order_id>'
";

    fn check(yaml: &str) -> Result<RuleSet, Vec<Problem>> {
        RuleSet::compile(&RuleSource {
            version: 1,
            yaml: yaml.to_owned(),
            templates: read_templates(TEMPLATES).unwrap(),
            activated: BTreeMap::new(),
        })
    }

    fn said(yaml: &str) -> String {
        check(yaml).err().iter().flatten().map(|problem| format!("{problem}\n")).collect()
    }

    #[test]
    fn everything_wrong_with_the_rules_is_said_at_once_with_its_line() {
        let yaml = "
- id: Guide
  goal: {metric: happiness, target: high}
  on: delivered
  when: evnt.kind == 'x' && customer.consent.car
  within: 1 day
  mode: shadow
  then:
    - {id: a, notify: {template: gide}}
    - {id: a, wait: 2h, invite: {survey: csat}}
    - {wait: 90}
    - {id: c, once_per: 36h}
    - {id: d}
    - {id: e, award: 10}
- id: two
  on: shipment.delivered
  when: customer.name > 1
  then:
    - id: send
      notify:
        template: guide
        channels: [zns-phone, zns-uid, sms, zns-phone]
        params:
          name: '{{ customer.nmae }} {{ 1 * 2 }}'
          phone: 5
        deadline: soon
        retries: 3
    - id: bare
      notify: {template: guide, channels: []}
    - id: types
      notify: {template: guide, params: {name: '{{ customer.consent }}', order_id: ''}}
    - {id: ask, invite: {survey: CSAT Delivery}}
- id: two
  on: a.b
  then: []
- on: a.b
- three
";
        insta::assert_snapshot!(said(yaml), @r#"
        line 2: `id` must be 1 to 48 lower-case letters, digits and single dashes (bad_id)
        line 3: there is no metric `happiness`; there are delivered_rate, rating_mean, response_rate (unknown_name)
        line 3: `target` must be a number (not_a_number)
        line 4: `on` must be an event kind such as shipment.delivered (bad_kind)
        line 5: `when`: there is no `customer.consent.car` (unknown_name)
        line 5: `when`: there is no `evnt`; there are event, customer, order, shipment, payment (unknown_name)
        line 6: `within` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 7: a rule has no field `mode`; it has id, goal, on, when, within, then (unknown_field)
        line 9: there is no template `gide` (unknown_template)
        line 10: there is another step `a` (duplicate_id)
        line 10: a step does exactly one of notify, once_per, wait, invite (step)
        line 11: a step needs `id` (missing_field)
        line 11: `wait` must be a text (a number needs quotes) (not_text)
        line 12: `once_per` counts whole days, such as 30d (bad_duration)
        line 13: a step does exactly one of notify, once_per, wait, invite (step)
        line 14: a step has no field `award`; it has id, notify, once_per, wait, invite (unknown_field)
        line 14: a step does exactly one of notify, once_per, wait, invite (step)
        line 17: `when`: the types in the condition do not fit together (condition_types)
        line 22: there is no channel `sms`; there are zns-phone, zns-uid, oa-cs (unknown_channel)
        line 22: `zns-phone` stands here twice (duplicate_id)
        line 22: the template has no price for zns-uid: it cannot go there (channel_not_priced)
        line 24: `name`: there is no `customer.nmae` (unknown_name)
        line 24: `name`: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper (text_refused)
        line 24: the template needs the parameter `order_id` (missing_param)
        line 25: the template has no parameter `phone` (extra_param)
        line 25: a parameter must be a text (a number needs quotes) (not_text)
        line 26: `deadline` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 27: `notify` has no field `retries`; it has template, channels, params, deadline (unknown_field)
        line 29: `channels` names at least one channel (unknown_channel)
        line 29: the template needs the parameter `name` (missing_param)
        line 29: the template needs the parameter `order_id` (missing_param)
        line 31: `name`: the text asks for what is neither a text nor a number (text_types)
        line 31: `order_id`: the text came out empty (text_empty)
        line 32: a survey's name is lower-case letters, digits and single dashes (bad_id)
        line 33: there is another rule `two` (duplicate_id)
        line 35: `then` has 1 to 20 steps (too_long)
        line 36: a rule needs `id` (missing_field)
        line 36: a rule needs `then` (missing_field)
        line 37: a rule must have named fields (not_a_map)
        "#);
    }

    #[test]
    fn a_file_that_is_no_list_of_rules_is_refused() {
        for (yaml, code) in [
            ("", "(not_a_list)"),
            ("rules: []", "(not_a_list)"),
            ("- {id: a, on: a.b, then: [{id: x, wait: 1h}]", "(yaml)"),
            ("a: &a [*a]", "(yaml)"),
        ] {
            assert!(said(yaml).trim_end().ends_with(code), "{yaml}: {}", said(yaml));
        }
        assert_eq!(check("[]").unwrap().rules().len(), 0);
        let rule = |n| format!("- {{id: r{n}, on: a.b, then: [{{id: x, wait: 1h}}]}}\n");
        let rules = |n: usize| (0..n).map(rule).collect::<String>();
        assert_eq!(said(&rules(RULES_MAX)), "");
        assert!(said(&rules(RULES_MAX + 1)).contains("(too_long)"));
    }

    #[test]
    fn a_rule_can_be_asked_for_its_parts() {
        let rules = check(
            "- {id: a, goal: {metric: rating_mean, target: 4.5}, on: a.b, within: 7d, \
             then: [{id: x, once_per: 1d}, {id: y, invite: {survey: s}}]}",
        )
        .unwrap();
        let rule = rules.rule("a").unwrap();
        assert_eq!(rule.steps().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(rule.within, Some(SignedDuration::from_hours(7 * 24)));
        assert_eq!(rule.goal.as_ref().map(|goal| goal.target), Some(4.5));
        assert!(rules.rule("b").is_none());
        assert_eq!(rules.kinds().into_iter().collect::<Vec<_>>(), ["a.b"]);
    }

    /// A rule set is shared by the tasks of one process.
    #[test]
    fn a_rule_set_can_be_shared() {
        fn shared<T: Send + Sync>() {}
        shared::<RuleSet>();
    }

    /// Random files made of the words of rules: checked or refused, never a panic, and every problem lies in the file.
    /// `BOLERO_RANDOM_TEST_TIME_MS` lengthens it.
    #[test]
    fn fuzz_the_checker() {
        const WORDS: &[&str] = &[
            "- ",
            "\n",
            "\n  ",
            "\n    ",
            "\n      ",
            "id: a",
            "id: ",
            "on: a.b",
            "on: ",
            "then:",
            "when: ",
            "within: 24h",
            "goal: ",
            "{metric: rating_mean, target: 4}",
            "notify:",
            "template: guide",
            "channels: [zns-phone]",
            "params: ",
            "{name: x, order_id: y}",
            "'{{ order.id }}'",
            "wait: 2h",
            "once_per: 30d",
            "invite: {survey: s}",
            "- id: s",
            "order.id == 'x'",
            "event",
            "{",
            "}",
            "[",
            "]",
            "'",
            "\"",
            ": ",
            ", ",
            "&a",
            "*a",
            "!t",
            "|",
            ">",
            "#",
            "\t",
            "0",
            "-1",
            "1e400",
            "null",
            "ạ",
            "\u{0}",
            "---",
            "...",
            "?",
            "%",
            "- {id: r, on: a.b, when: \"event.kind == 'x'\", then: [{id: s, wait: 1h}]}",
        ];
        bolero::check!()
            .with_type::<Vec<u8>>()
            .with_test_time(Duration::from_millis(500))
            .for_each(|bytes| {
                let words = bytes.iter().map(|b| WORDS[usize::from(*b) % WORDS.len()]);
                let yaml: String = words.collect();
                if let Err(problems) = check(&yaml) {
                    assert!(!problems.is_empty());
                    let lines = 1 + yaml.split(['\n', '\r']).count();
                    assert!(problems.iter().all(|p| (1..=lines).contains(&p.line)), "{problems:?}");
                }
            });
    }
}
