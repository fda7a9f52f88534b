//! Reads `rules.yaml` and says everything that is wrong with it.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{
    Goal, Rule,
    condition::Condition,
    document::{Node, Problem, Problems, quoted},
    facts::Facts,
    fields::{Fields, is_id, is_kind},
    template::{Template, unknown_channel},
    version::fingerprint,
    wording::{Wording, WordingFacts, Wordings},
};
use crate::{
    channel::Channel,
    notification::OWN_RULE,
    points::Policy,
    points::programme::{Earning, Programme},
    survey::{OWNER_MAX, Survey, Surveys},
};

/// Most rules of a tenant: each one that waits for an event's kind is decided for it.
const RULES_MAX: usize = 200;
/// Most steps of a rule: each is an effect, and one event's effects are written together.
const STEPS_MAX: usize = 20;
/// The metrics that a rule may name as its goal.
pub const METRICS: &[&str] = &["delivered_rate", "rating_mean", "response_rate"];
const DAY_S: i64 = 86_400;

/// One step of a rule.
pub struct Step {
    pub id: String,
    pub does: Does,
}

impl Step {
    /// The system of the business that it tells.
    pub fn webhook(&self) -> Option<&str> {
        let Does::Webhook { to } = &self.does else { return None };
        Some(to)
    }

    /// The survey that it asks, or takes an answer for.
    pub fn survey(&self) -> Option<&str> {
        match &self.does {
            Does::Invite { survey, .. } => Some(survey),
            Does::Answer { survey, .. } => Some(&survey.id),
            Does::OncePer { .. }
            | Does::Wait { .. }
            | Does::Award(_)
            | Does::Notify(_)
            | Does::Reply { .. }
            | Does::Alert { .. }
            | Does::Webhook { .. }
            | Does::Voucher { .. }
            | Does::HandOff { .. }
            | Does::Tag { .. }
            | Does::Case { .. } => None,
        }
    }

    /// The pool that it gives a code of.
    pub fn pool(&self) -> Option<&str> {
        match &self.does {
            Does::Voucher { pool, .. } => Some(pool),
            Does::OncePer { .. }
            | Does::Wait { .. }
            | Does::Invite { .. }
            | Does::Award(_)
            | Does::Notify(_)
            | Does::Reply { .. }
            | Does::Alert { .. }
            | Does::Webhook { .. }
            | Does::HandOff { .. }
            | Does::Tag { .. }
            | Does::Answer { .. }
            | Does::Case { .. } => None,
        }
    }
}

/// What a step does.
pub enum Does {
    /// Lets one event in a window of so many days pass.
    OncePer { days: i64 },
    /// Puts off what follows.
    Wait { duration: SignedDuration },
    /// Asks a survey.
    Invite { survey: String, said: String },
    /// Gives points.
    Award(Box<Given>),
    /// Sends a message.
    Notify(Box<Message>),
    /// Answers what a customer wrote.
    Reply { text: Wording },
    /// Tells the business's own people.
    Alert { text: Wording },
    /// Tells one of the business's own systems of the event.
    Webhook { to: String },
    /// Gives a code of a pool, once in a window when one is set, else once for each event.
    Voucher { pool: String, days: Option<i64>, empty: Option<Wording> },
    /// Leaves the customer to a person.
    HandOff { mute_for: Option<SignedDuration>, text: Option<Wording> },
    /// Marks the customer.
    Tag { tag: String },
    /// Takes what the customer has said as an answer to a survey.
    Answer { survey: Arc<Survey>, score: String, text: Option<String>, invited: bool },
    /// Has a person see to what displeases.
    Case { owner: Option<String>, within: SignedDuration, text: Wording },
}

/// What a step can do, by its field.
const ACTIONS: [&str; 13] = [
    "notify", "reply", "voucher", "once_per", "wait", "alert", "hand_off", "tag", "invite",
    "award", "case", "answer", "webhook",
];

/// What an `award` step gives.
pub struct Given {
    pub earning: Arc<Earning>,
    pub policy: Policy,
}

/// The message of a `notify` step.
pub struct Message {
    pub template: Template,
    pub channels: Vec<Channel>,
    pub params: Vec<(String, Wording)>,
    pub deadline: Option<SignedDuration>,
}

/// Reads and checks the rules of a file against `templates`, the earnings of `programme` and the `surveys`.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read_rules(
    yaml: &str,
    templates: &[Template],
    programme: Option<&Programme>,
    surveys: Option<&Surveys>,
) -> Result<(Vec<Rule>, Wordings), Vec<Problem>> {
    let node = Node::read(yaml)?;
    let mut reader = Reader { programme, surveys, ..Reader::new(templates, Problems::default()) };
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

/// Reads one file whose texts go out: rules, or surveys with what invites to them.
pub struct Reader<'t> {
    templates: &'t [Template],
    programme: Option<&'t Programme>,
    surveys: Option<&'t Surveys>,
    /// The texts that were read.
    pub wordings: Wordings,
    /// What is wrong so far.
    pub problems: Problems,
}

impl<'t> Reader<'t> {
    /// Reads against `templates`, after what is already known to be wrong.
    pub fn new(templates: &'t [Template], problems: Problems) -> Self {
        Self { templates, programme: None, surveys: None, wordings: Wordings::new(), problems }
    }
}

impl Reader<'_> {
    fn rule<'n>(&mut self, entry: &'n Node, ids: &mut Vec<&'n str>) -> Option<Rule> {
        let known = ["id", "goal", "on", "when", "within", "then"];
        let fields = Fields::of(entry, "a rule", &known, &mut self.problems)?;
        let id = fields.id("id", &mut self.problems);
        let id = unique(id, entry.line, "rule", ids, &mut self.problems);
        if id == Some(OWN_RULE) {
            let message =
                format!("{} is Cham's own name: no limit would hold it", quoted(OWN_RULE));
            self.problems.add("bad_id", entry.line, message);
        }
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
            fingerprint: fingerprint(entry, &steps),
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
        let known: Vec<&str> = std::iter::once("id").chain(ACTIONS).collect();
        let fields = Fields::of(entry, "a step", &known, &mut self.problems)?;
        let id = fields.id("id", &mut self.problems);
        let id = unique(id, entry.line, "step", ids, &mut self.problems);
        let given: Vec<_> = ACTIONS
            .into_iter()
            .filter_map(|name| fields.optional(name).map(|node| (name, node)))
            .collect();
        let [(name, node)] = given[..] else {
            let message = format!("a step does exactly one of {}", ACTIONS.join(", "));
            self.problems.add("step", entry.line, message);
            return None;
        };
        let place = format!("{rule}/{}", id.unwrap_or_default());
        let does = match name {
            "once_per" => self.once_per(node),
            "wait" => self.wait(node),
            "invite" => self.invite(node),
            "award" => self.award(node),
            "reply" => self.reply(node, &place, kind),
            "alert" => self.text(node, &place, kind).map(|text| Does::Alert { text }),
            "voucher" => self.voucher(node, &place, kind),
            "hand_off" => self.hand_off(node, &place, kind),
            "tag" => self.tag(node),
            "webhook" => self.webhook(node),
            "case" => self.case(node, &place, kind),
            "answer" => self.answer(node),
            _ => {
                let message = self.message(node, "`notify`", &place, kind);
                message.map(|message| Does::Notify(Box::new(message)))
            }
        };
        Some(Step { id: id?.to_owned(), does: does? })
    }

    fn once_per(&mut self, node: &Node) -> Option<Does> {
        self.days(node).map(|days| Does::OncePer { days })
    }

    fn days(&mut self, node: &Node) -> Option<i64> {
        let seconds = node.duration("`once_per`", &mut self.problems)?.as_secs();
        if seconds % DAY_S != 0 {
            let message = "`once_per` counts whole days, such as 30d";
            self.problems.add("bad_duration", node.line, message);
            return None;
        }
        Some(seconds / DAY_S)
    }

    /// A text of its own, with facts in it.
    fn text(&mut self, node: &Node, place: &str, kind: &str) -> Option<Wording> {
        // What the sample lacks may be there in time; a fact that is no text never will be.
        self.wording(node, place, &Facts::sample(kind), &["text_missing"])
    }

    /// A text of its own, tried on `sample`; it may fail there with one of the codes `allowed`.
    pub fn wording(
        &mut self,
        node: &Node,
        place: &str,
        sample: &Facts,
        allowed: &[&str],
    ) -> Option<Wording> {
        let source = node.text("a text", &mut self.problems)?;
        let wording = self.wordings.add(place.to_owned(), source);
        let (wording, wrong) = match wording {
            Ok(wording) => {
                let failure = self.wordings.write(&wording, &WordingFacts::new(sample)).err();
                let failure = failure.filter(|failure| !allowed.contains(&failure.code));
                let wrong = failure.map(|failure| (failure.code, failure.message));
                (Some(wording), wrong.into_iter().collect())
            }
            Err(wrong) => (None, wrong),
        };
        for (code, message) in wrong {
            self.problems.add(code, node.line, message);
        }
        wording
    }

    fn reply(&mut self, node: &Node, place: &str, kind: &str) -> Option<Does> {
        let text = self.text(node, place, kind);
        if !kind.starts_with("customer.") {
            let message =
                "a reply answers a customer: `on` must be an event such as customer.wrote";
            self.problems.add("reply_to_nobody", node.line, message);
            return None;
        }
        Some(Does::Reply { text: text? })
    }

    fn voucher(&mut self, node: &Node, place: &str, kind: &str) -> Option<Does> {
        let known = ["pool", "once_per", "empty"];
        let fields = Fields::of(node, "`voucher`", &known, &mut self.problems)?;
        let pool = fields.id("pool", &mut self.problems);
        let days = fields.optional_as("once_per", |node| self.days(node));
        let place = format!("{place}/empty");
        let empty = fields.optional_as("empty", |node| self.text(node, &place, kind));
        Some(Does::Voucher { pool: pool?.to_owned(), days: days?, empty: empty? })
    }

    fn hand_off(&mut self, node: &Node, place: &str, kind: &str) -> Option<Does> {
        let fields = Fields::of(node, "`hand_off`", &["text", "mute_for"], &mut self.problems)?;
        let text = fields.optional_as("text", |node| self.text(node, place, kind));
        let mute_for =
            fields.optional_as("mute_for", |node| node.duration("`mute_for`", &mut self.problems));
        Some(Does::HandOff { mute_for: mute_for?, text: text? })
    }

    fn tag(&mut self, node: &Node) -> Option<Does> {
        let tag = node.text("`tag`", &mut self.problems)?;
        if !is_id(tag) {
            let message = "a tag is 1 to 48 lower-case letters, digits and single dashes";
            self.problems.add("bad_id", node.line, message);
            return None;
        }
        Some(Does::Tag { tag: tag.to_owned() })
    }

    fn webhook(&mut self, node: &Node) -> Option<Does> {
        let to = node.text("`webhook`", &mut self.problems)?;
        if !is_id(to) {
            let message =
                "a webhook is named by 1 to 48 lower-case letters, digits and single dashes";
            self.problems.add("bad_id", node.line, message);
            return None;
        }
        Some(Does::Webhook { to: to.to_owned() })
    }

    fn case(&mut self, node: &Node, place: &str, kind: &str) -> Option<Does> {
        let known = ["owner", "within", "text"];
        let fields = Fields::of(node, "`case`", &known, &mut self.problems)?;
        let owner = fields.optional_as("owner", |node| {
            let owner = node.text("`owner`", &mut self.problems)?;
            if owner.trim().is_empty() || owner.chars().count() > OWNER_MAX {
                let message = format!("`owner` is a name of 1 to {OWNER_MAX} characters");
                self.problems.add("too_long", node.line, message);
                return None;
            }
            Some(owner.to_owned())
        });
        let within = fields.required("within", &mut self.problems);
        let within = within.and_then(|node| node.duration("`within`", &mut self.problems));
        let text = fields.required("text", &mut self.problems);
        let text = text.and_then(|node| self.text(node, place, kind));
        Some(Does::Case { owner: owner?, within: within?, text: text? })
    }

    fn award(&mut self, node: &Node) -> Option<Does> {
        let id = node.text("`award`", &mut self.problems)?;
        let Some(programme) = self.programme else {
            let message = "`award` names an earning of programme.yaml, and there is none";
            self.problems.add("no_programme", node.line, message);
            return None;
        };
        let earning = programme.earning(id);
        let terms = earning.and_then(|earning| programme.currency(&earning.currency));
        let (Some(earning), Some(terms)) = (earning, terms) else {
            let message = format!("there is no earning {}", quoted(id));
            self.problems.add("unknown_earning", node.line, message);
            return None;
        };
        Some(Does::Award(Box::new(Given { earning: earning.clone(), policy: terms.policy })))
    }

    fn wait(&mut self, node: &Node) -> Option<Does> {
        let duration = node.duration("`wait`", &mut self.problems)?;
        Some(Does::Wait { duration })
    }

    fn invite(&mut self, node: &Node) -> Option<Does> {
        let fields = Fields::of(node, "`invite`", &["survey"], &mut self.problems)?;
        let survey = self.survey(&fields, node.line, "`invite`")?;
        if survey.invitation.is_none() {
            let message =
                format!("the survey {} says of no message that invites", quoted(&survey.id));
            self.problems.add("no_invitation", node.line, message);
            return None;
        }
        Some(Does::Invite { survey: survey.id.clone(), said: survey.said.clone() })
    }

    fn answer(&mut self, node: &Node) -> Option<Does> {
        let known = ["survey", "score", "text", "invited"];
        let fields = Fields::of(node, "`answer`", &known, &mut self.problems)?;
        let survey = self.survey(&fields, node.line, "`answer`");
        let score = fields.required("score", &mut self.problems);
        let score = score.and_then(|node| self.fact(node, "`score`"));
        let text = fields.optional_as("text", |node| self.fact(node, "`text`"));
        let invited =
            fields.optional_as("invited", |node| node.truth("`invited`", &mut self.problems));
        let survey = survey?;
        if survey.score.is_none() {
            let message = format!("the survey {} asks for no score", quoted(&survey.id));
            self.problems.add("no_score", node.line, message);
            return None;
        }
        let invited = invited?.unwrap_or(false);
        Some(Does::Answer { survey: survey.clone(), score: score?, text: text?, invited })
    }

    /// A dotted path to a fact.
    fn fact(&mut self, node: &Node, what: &str) -> Option<String> {
        let path = node.text(what, &mut self.problems)?;
        if !Facts::may_lead_to(path) {
            let message = format!("{what} names a fact such as event.data.stars");
            self.problems.add("unknown_name", node.line, message);
            return None;
        }
        Some(path.to_owned())
    }

    fn survey(&mut self, fields: &Fields<'_>, line: usize, what: &str) -> Option<Arc<Survey>> {
        let survey = fields.required_text("survey", &mut self.problems)?;
        if !is_id(survey) {
            let message = "a survey's name is lower-case letters, digits and single dashes";
            self.problems.add("bad_id", line, message);
            return None;
        }
        let Some(surveys) = self.surveys else {
            let message = format!("{what} names a survey of surveys.yaml, and there is none");
            self.problems.add("no_surveys", line, message);
            return None;
        };
        let Some(survey) = surveys.get(survey) else {
            let message = format!("there is no survey {}", quoted(survey));
            self.problems.add("unknown_survey", line, message);
            return None;
        };
        Some(survey.clone())
    }

    /// What is sent by which template; `what` names it in what is wrong.
    pub fn message(
        &mut self,
        node: &Node,
        what: &'static str,
        place: &str,
        kind: &str,
    ) -> Option<Message> {
        let known = ["template", "channels", "params", "deadline"];
        let fields = Fields::of(node, what, &known, &mut self.problems)?;
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

    const SURVEYS: &str = "
- id: s
  title: A
  invitation: {template: guide, params: {name: A, order_id: '{{ survey.link }}'}}
  questions: [{id: a, kind: nps, text: A}]
  thanks: [{text: A}]
- {id: silent, title: A, questions: [{id: a, kind: nps, text: A}], thanks: [{text: A}]}
";

    fn check(yaml: &str) -> Result<RuleSet, Vec<Problem>> {
        RuleSet::compile(&RuleSource {
            version: 1,
            yaml: yaml.to_owned(),
            templates: read_templates(TEMPLATES).unwrap(),
            programme: None,
            surveys: Some(SURVEYS.to_owned()),
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
    - {id: e, grant: 10}
    - {id: f, reply: '{{ event.data.text }}'}
    - {id: g, voucher: {pool: A B, once_per: 36h, empty: '{{ x }}', n: 1}}
    - {id: h, hand_off: {mute_for: long, text: ''}}
    - {id: i, tag: VIP}
    - {id: j, alert: '{{ voucher.cod }}'}
    - {id: k, award: purchase}
    - {id: l, case: {owner: '', within: soon}}
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
- {id: cham, on: a.b, then: [{id: w, wait: 1h}]}
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
        line 10: a step does exactly one of notify, reply, voucher, once_per, wait, alert, hand_off, tag, invite, award, case, answer, webhook (step)
        line 11: a step needs `id` (missing_field)
        line 11: `wait` must be a text (a number needs quotes) (not_text)
        line 12: `once_per` counts whole days, such as 30d (bad_duration)
        line 13: a step does exactly one of notify, reply, voucher, once_per, wait, alert, hand_off, tag, invite, award, case, answer, webhook (step)
        line 14: a step has no field `grant`; it has id, notify, reply, voucher, once_per, wait, alert, hand_off, tag, invite, award, case, answer, webhook (unknown_field)
        line 14: a step does exactly one of notify, reply, voucher, once_per, wait, alert, hand_off, tag, invite, award, case, answer, webhook (step)
        line 15: a reply answers a customer: `on` must be an event such as customer.wrote (reply_to_nobody)
        line 16: `voucher` has no field `n`; it has pool, once_per, empty (unknown_field)
        line 16: `pool` must be 1 to 48 lower-case letters, digits and single dashes (bad_id)
        line 16: `once_per` counts whole days, such as 30d (bad_duration)
        line 16: there is no `x` (unknown_name)
        line 17: the text came out empty (text_empty)
        line 17: `mute_for` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 18: a tag is 1 to 48 lower-case letters, digits and single dashes (bad_id)
        line 19: there is no `voucher.cod` (unknown_name)
        line 20: `award` names an earning of programme.yaml, and there is none (no_programme)
        line 21: `owner` is a name of 1 to 80 characters (too_long)
        line 21: `within` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 21: `case` needs `text` (missing_field)
        line 24: `when`: the types in the condition do not fit together (condition_types)
        line 29: there is no channel `sms`; there are zns-phone, zns-uid, oa-cs (unknown_channel)
        line 29: `zns-phone` stands here twice (duplicate_id)
        line 29: the template has no price for zns-uid: it cannot go there (channel_not_priced)
        line 31: `name`: there is no `customer.nmae` (unknown_name)
        line 31: `name`: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper (text_refused)
        line 31: the template needs the parameter `order_id` (missing_param)
        line 32: the template has no parameter `phone` (extra_param)
        line 32: a parameter must be a text (a number needs quotes) (not_text)
        line 33: `deadline` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 34: `notify` has no field `retries`; it has template, channels, params, deadline (unknown_field)
        line 36: `channels` names at least one channel (unknown_channel)
        line 36: the template needs the parameter `name` (missing_param)
        line 36: the template needs the parameter `order_id` (missing_param)
        line 38: `name`: the text asks for what is neither a text nor a number (text_types)
        line 38: `order_id`: the text came out empty (text_empty)
        line 39: a survey's name is lower-case letters, digits and single dashes (bad_id)
        line 40: there is another rule `two` (duplicate_id)
        line 42: `then` has 1 to 20 steps (too_long)
        line 43: `cham` is Cham's own name: no limit would hold it (bad_id)
        "#);
    }

    #[test]
    fn an_award_names_an_earning_of_the_programme() {
        const PROGRAMME: &str = "{currencies: [{id: diem, name: điểm}], earnings: [{id: bought, currency: diem, points: 5}]}";
        let check = |award: &str, programme: Option<&str>| {
            let source = RuleSource {
                version: 1,
                yaml: format!("- id: a\n  on: a.b\n  then:\n  - {{id: p, award: {award}}}\n"),
                templates: Vec::new(),
                programme: programme.map(str::to_owned),
                surveys: None,
                activated: BTreeMap::new(),
            };
            let problems = RuleSet::compile(&source).err().into_iter().flatten();
            problems.map(|problem| format!("{} {}", problem.line, problem.code)).collect::<String>()
        };
        for (award, programme, said) in [
            ("bought", Some(PROGRAMME), ""),
            ("bouht", Some(PROGRAMME), "4 unknown_earning"),
            ("diem", Some(PROGRAMME), "4 unknown_earning"),
            ("10", Some(PROGRAMME), "4 not_text"),
            ("bought", Some("{}"), "4 unknown_earning"),
            ("bought", None, "4 no_programme"),
            ("bought", Some("{earnings: 1}"), "1 not_a_list"),
        ] {
            assert_eq!(check(award, programme), said, "{award} of {programme:?}");
        }
    }

    #[test]
    fn an_invitation_names_a_survey_that_has_a_message() {
        let check = |survey: &str, surveys: Option<&str>| {
            let source = RuleSource {
                version: 1,
                yaml: format!(
                    "- id: a\n  on: a.b\n  then:\n  - {{id: p, invite: {{survey: {survey}}}}}\n"
                ),
                templates: read_templates(TEMPLATES).unwrap(),
                programme: None,
                surveys: surveys.map(str::to_owned),
                activated: BTreeMap::new(),
            };
            let problems = RuleSet::compile(&source).err().into_iter().flatten();
            problems.map(|problem| format!("{} {}", problem.line, problem.code)).collect::<String>()
        };
        for (survey, surveys, said) in [
            ("s", Some(SURVEYS), ""),
            ("t", Some(SURVEYS), "4 unknown_survey"),
            ("silent", Some(SURVEYS), "4 no_invitation"),
            ("s", None, "4 no_surveys"),
            ("s", Some("{}"), "1 not_a_list"),
        ] {
            assert_eq!(check(survey, surveys), said, "{survey} of {surveys:?}");
        }
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
