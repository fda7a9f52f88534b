//! What one version of a tenant's rules is to the next: which rules are the same, and which of them stay activated.
//!
//! A rule is the same when its fingerprint is: the hash of what its entry says and of the templates, earnings and surveys that it names.
//! Comments, the order of fields and the way of writing do not count, and neither does a price, which Zalo changes without the
//! rule, nor what a currency is like: that is a matter of the accounts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    RuleSet,
    check::{Does, Step},
    document::Node,
    template::Template,
};

/// What became of a rule from one version to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleChange {
    /// There was none of this id.
    New,
    /// It says something else, or one of its templates does.
    Changed,
    /// It says the same.
    Unchanged,
    /// It is gone.
    Removed,
}

/// The fingerprint of a rule: 64 hex characters of SHA-256.
pub(super) fn fingerprint(entry: &Node, steps: &[Step]) -> String {
    let mut said = entry.canonical();
    let templates: BTreeMap<&str, &Template> = steps
        .iter()
        .filter_map(|step| {
            let Does::Notify(message) = &step.does else { return None };
            Some((message.template.name.as_str(), &message.template))
        })
        .collect();
    for template in templates.values() {
        // Every field by name, so that a new one has to be judged here.
        let Template {
            name,
            template_id,
            purpose,
            params,
            price_vnd,
            on_unknown,
            timeout_s,
            preview,
            // What customers give afterwards changes nothing of what is sent.
            rated: _,
        } = template;
        let channels: Vec<_> = price_vnd.keys().collect();
        let words = (name, template_id, purpose, params, channels, on_unknown, timeout_s, preview);
        let words = serde_json::to_string(&words).expect("words and numbers are JSON");
        write!(said, "\n{words}").expect("a text takes every word");
    }
    let earnings: BTreeMap<&str, &str> = steps
        .iter()
        .filter_map(|step| {
            let Does::Award(given) = &step.does else { return None };
            Some((given.earning.id.as_str(), given.earning.said.as_str()))
        })
        .collect();
    let surveys: BTreeMap<&str, &str> = steps
        .iter()
        .filter_map(|step| match &step.does {
            Does::Invite { survey, said } => Some((survey.as_str(), said.as_str())),
            Does::Answer { survey, .. } => Some((survey.id.as_str(), survey.said.as_str())),
            _ => None,
        })
        .collect();
    for named in earnings.values().chain(surveys.values()) {
        write!(said, "\n{named}").expect("a text takes every word");
    }
    HEXLOWER.encode(&Sha256::digest(said))
}

impl RuleSet {
    /// Since when a rule acts; `None` while it is in shadow mode.
    pub fn activated_since(&self, rule: &str) -> Option<Timestamp> {
        self.activated.get(rule).copied()
    }

    /// `<rule>/<step>` of every step of the rules that act.
    pub fn active_steps(&self) -> BTreeSet<String> {
        let active = self.rules.iter().filter(|rule| self.activated.contains_key(&rule.id));
        active.flat_map(|rule| rule.steps().map(|step| format!("{}/{step}", rule.id))).collect()
    }

    /// What became of each rule since `previous`: those of this set in the order of the file, then what is gone.
    pub fn changes_since(&self, previous: Option<&Self>) -> Vec<(String, RuleChange)> {
        let changed = |rule: &super::Rule| match previous.and_then(|set| set.rule(&rule.id)) {
            None => RuleChange::New,
            Some(before) if before.fingerprint == rule.fingerprint => RuleChange::Unchanged,
            Some(_) => RuleChange::Changed,
        };
        let here = self.rules.iter().map(|rule| (rule.id.clone(), changed(rule)));
        let before = previous.into_iter().flat_map(|set| &set.rules);
        let gone = before.filter(|rule| self.rule(&rule.id).is_none());
        here.chain(gone.map(|rule| (rule.id.clone(), RuleChange::Removed))).collect()
    }

    /// Since when the rules that say the same as in `previous` act. A new or changed one begins in shadow mode.
    pub fn activations_from(&self, previous: &Self) -> BTreeMap<String, Timestamp> {
        let changes = self.changes_since(Some(previous)).into_iter();
        changes
            .filter(|(_, change)| *change == RuleChange::Unchanged)
            .filter_map(|(rule, _)| {
                let since = previous.activated_since(&rule)?;
                Some((rule, since))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RuleSource, read_templates};
    use super::*;

    const TEMPLATES: &str = "
- name: hello
  template_id: '433001'
  purpose: care
  params: [who]
  price_vnd: {zns-phone: 200}
  on_unknown: drop
  preview: 'Chào <who>'
- name: other
  template_id: '433002'
  purpose: care
  params: []
  price_vnd: {zns-phone: 200}
  on_unknown: drop
  preview: Chào
";

    const RULE: &str = "- {id: a, on: order.made, within: 1h, goal: {metric: rating_mean, target: 4.5}, \
                        then: [{id: s, notify: {template: hello, params: {who: ơi}}}]}";

    fn set(yaml: &str, templates: &str, activated: &[&str]) -> RuleSet {
        let since: Timestamp = "2026-11-20T00:00:00+07:00".parse().unwrap();
        let source = RuleSource {
            version: 1,
            yaml: yaml.to_owned(),
            templates: read_templates(templates).unwrap(),
            programme: None,
            surveys: None,
            activated: activated.iter().map(|id| ((*id).to_owned(), since)).collect(),
        };
        RuleSet::compile(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn change(yaml: &str, templates: &str) -> RuleChange {
        let [(_, change)] =
            set(yaml, templates, &[]).changes_since(Some(&set(RULE, TEMPLATES, &[])))[..]
        else {
            panic!("one rule")
        };
        change
    }

    #[test]
    fn how_a_rule_is_written_changes_nothing() {
        let otherwise = "
# Hello.
- then:
    - notify:
        params: {who: 'ơi'}   # whoever
        template: \"hello\"
      id: s
  goal: {target: 4.50, metric: rating_mean}
  within: '1h'
  on: order.made
  id: a
";
        assert_eq!(change(otherwise, TEMPLATES), RuleChange::Unchanged);
        for (from, to) in [("zns-phone: 200", "zns-phone: 300"), ("preview: Chào", "preview: Hi")]
        {
            let change = change(RULE, &TEMPLATES.replacen(from, to, 1));
            assert_eq!(change, RuleChange::Unchanged, "a price, a template that it does not name");
        }
    }

    #[test]
    fn what_a_rule_or_its_template_says_changes_it() {
        for (from, to) in [
            ("order.made", "order.paid"),
            ("within: 1h", "within: 2h"),
            ("within: 1h, ", ""),
            ("4.5", "4.6"),
            ("ơi", "ai"),
            ("id: s", "id: t"),
            ("on: order.made", "on: order.made, when: 'true'"),
            ("{id: s,", "{id: w, wait: 1h}, {id: s,"),
        ] {
            assert!(RULE.contains(from));
            assert_eq!(change(&RULE.replace(from, to), TEMPLATES), RuleChange::Changed, "{to}");
        }
        for (from, to) in [
            ("433001", "433009"),
            ("Chào <who>", "Hi <who>"),
            ("drop", "resend"),
            ("purpose: care", "purpose: promotion"),
            ("{zns-phone: 200}", "{zns-phone: 200, zns-uid: 165}"),
            ("params: [who]", "params: [who]\n  timeout: 3h"),
        ] {
            let templates = TEMPLATES.replacen(from, to, 1);
            assert_ne!(templates, TEMPLATES);
            assert_eq!(change(RULE, &templates), RuleChange::Changed, "{to}");
        }
    }

    #[test]
    fn what_an_earning_says_changes_the_rules_that_award_it_and_no_others() {
        const PROGRAMME: &str = "
currencies: [{id: diem, name: điểm}]
earnings:
- {id: one, currency: diem, points: 5}
- {id: two, currency: diem, points: 5}
";
        let set = |programme: &str| {
            let yaml = "- {id: a, on: o.m, then: [{id: p, award: one}]}\n- {id: b, on: o.m, then: [{id: p, award: two}]}";
            let source = RuleSource {
                version: 1,
                yaml: yaml.to_owned(),
                templates: Vec::new(),
                programme: Some(programme.to_owned()),
                surveys: None,
                activated: BTreeMap::new(),
            };
            RuleSet::compile(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
        };
        let before = set(PROGRAMME);
        for (from, to, a) in [
            (
                "one, currency: diem, points: 5",
                "one, currency: diem, points: 6",
                RuleChange::Changed,
            ),
            (
                "one, currency: diem, points: 5",
                "one, currency: diem, points: 5, budget: 9",
                RuleChange::Changed,
            ),
            ("{id: one, currency: diem", "{currency: 'diem', id: one", RuleChange::Unchanged),
            ("name: điểm", "name: xu, expiry_months: 12", RuleChange::Unchanged),
        ] {
            assert!(PROGRAMME.contains(from));
            let after = set(&PROGRAMME.replace(from, to));
            let changes: Vec<_> =
                after.changes_since(Some(&before)).into_iter().map(|(_, change)| change).collect();
            assert_eq!(changes, [a, RuleChange::Unchanged], "{to}");
        }
    }

    /// What was stored before there were programmes reads as before, and is written as before: a version never changes.
    #[test]
    fn a_version_without_a_programme_is_the_same_text_as_ever() {
        let stored =
            r#"{"version":3,"yaml":"[]","templates":[],"activated":{"a":"2026-11-20T01:00:00Z"}}"#;
        let source: RuleSource = serde_json::from_str(stored).unwrap();
        assert_eq!(source.programme, None);
        assert_eq!(serde_json::to_string(&source).unwrap(), stored);
        assert!(RuleSet::compile(&source).unwrap().programme().is_none());
    }

    #[test]
    fn only_what_says_the_same_stays_activated_and_only_its_steps_are_active() {
        let step = |id: &str| format!("then: [{{id: {id}, wait: 1h}}]");
        let before = format!(
            "[{{id: a, on: o.m, {0}}}, {{id: b, on: o.m, {0}}}, {{id: c, on: o.m, {0}}}, {{id: d, on: o.m, {0}}}]",
            step("s")
        );
        let after = format!(
            "[{{id: e, on: o.m, {0}}}, {{id: c, on: o.m, {0}}}, {{id: b, on: o.m, {1}}}, {{id: a, on: o.m, {0}}}]",
            step("s"),
            step("t")
        );
        let before = set(&before, TEMPLATES, &["a", "b", "d"]);
        let after = set(&after, TEMPLATES, &[]);
        let changes = after.changes_since(Some(&before));
        let said: Vec<String> = changes.iter().map(|(id, c)| format!("{id} {c:?}")).collect();
        assert_eq!(said, ["e New", "c Unchanged", "b Changed", "a Unchanged", "d Removed"]);
        let carried = after.activations_from(&before);
        assert_eq!(carried.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(carried.get("a").copied(), before.activated_since("a"));
        assert_eq!(before.active_steps().into_iter().collect::<Vec<_>>(), ["a/s", "b/s", "d/s"]);
        assert_eq!(after.active_steps().len(), 0);
        assert!(after.changes_since(None).iter().all(|(_, change)| *change == RuleChange::New));
    }
}
