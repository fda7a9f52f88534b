//! The rules: what is written, how it runs, what came of it.

use std::collections::BTreeSet;

use askama::Template;
use cloud::table::{
    notifications::{RuleCursor, RulePlace},
    rewards::Counted,
};
use domain::{
    channel::Channel,
    explain::{self, Label, clock},
    notification::{OWN_RULE, Scope, State},
    rule::{RuleSet, RuleSource},
};

use super::{
    Brake, Row,
    goal::{Reached, Sample},
    survey::SPAN,
};
use crate::{Console, Problem, Visit, cursor::Kind, ui::Ui, written};

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage<'a> {
    ui: &'a Ui,
    rules: Vec<Line>,
    pools: Vec<Pool>,
    brakes: Vec<Brake>,
}

/// A pool of codes, with how many it has.
struct Pool {
    name: String,
    free: String,
    /// Whether there is none left to give.
    is_empty: bool,
    used: String,
}

struct Line {
    id: String,
    on: String,
    since: Option<String>,
    paused: bool,
}

#[derive(Template)]
#[template(path = "rule.html")]
struct RulePage<'a> {
    ui: &'a Ui,
    id: &'a str,
    on: String,
    since: Option<String>,
    goal: Option<Reached>,
    sample: Sample,
    pools: Vec<Pool>,
    brake: Brake,
    yaml: &'a str,
    rows: Vec<Row>,
    /// What it would have sent while it was on trial.
    trial: Vec<Row>,
    path: String,
    next: Option<String>,
    paged: bool,
}

/// What Cham itself has told the business's own people: a rule that nobody has written.
#[derive(Template)]
#[template(path = "own.html")]
struct OwnPage<'a> {
    ui: &'a Ui,
    rows: Vec<Row>,
    path: String,
    next: Option<String>,
    paged: bool,
}

/// Notifications of one page of a rule.
const LINES: i32 = 25;

/// One page of the notifications of a rule.
struct Newest {
    acted: Vec<Row>,
    /// What it would have sent while it was on trial.
    trial: Vec<Row>,
    next: Option<String>,
    paged: bool,
}

pub(super) async fn all(console: &Console, visit: &Visit) -> Result<String, Problem> {
    let language = visit.language();
    let pauses = console.tenants.pauses(&visit.tenant).await?;
    let mut scopes = vec![Scope::Tenant];
    scopes.extend(Channel::TO_CUSTOMERS.map(Scope::Channel));
    let known = console.rules(visit).await?;
    if let Some((source, _)) = &known {
        let templates = source.templates.iter();
        scopes.extend(templates.map(|template| Scope::Template(template.name.clone())));
    }
    let brakes = scopes.iter().map(|scope| Brake::of(scope, &pauses, language)).collect();
    let sets = known.iter().flat_map(|(_, set)| set.rules());
    let pools = console.pools(visit, sets.flat_map(|rule| rule.pools())).await?;
    let rules = match known {
        None => Vec::new(),
        Some((source, set)) => set
            .rules()
            .iter()
            .map(|rule| Line {
                id: rule.id.clone(),
                on: explain::kind(&rule.on, language),
                since: source.activated.get(&rule.id).map(|since| clock(*since)),
                paused: pauses.0.contains_key(&Scope::Rule(rule.id.clone())),
            })
            .collect(),
    };
    written(&RulesPage { ui: &visit.ui, rules, pools, brakes })
}

pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    id: &str,
    cursor: &str,
) -> Result<String, Problem> {
    let language = visit.language();
    if id == OWN_RULE {
        let newest = console.newest_of(visit, id, cursor).await?;
        let (next, paged) = (newest.next, newest.paged);
        let path = format!("/console/rules/{id}");
        return written(&OwnPage { ui: &visit.ui, rows: newest.acted, path, next, paged });
    }
    let unknown = || Problem::NotFound("unknown_rule");
    let (source, set) = console.rules(visit).await?.ok_or_else(unknown)?;
    let rule = set.rule(id).ok_or_else(unknown)?;
    let pauses = console.tenants.pauses(&visit.tenant).await?;
    let brake = Brake::of(&Scope::Rule(rule.id.clone()), &pauses, language);
    let newest = console.newest_of(visit, &rule.id, cursor).await?;
    let sample = console.sample(visit, &rule.id).await?;
    let asked = rule.survey().and_then(|id| set.surveys()?.get(id)).cloned();
    let answers = match (&rule.goal, asked) {
        (Some(_), Some(survey)) => {
            let (_, tally) = console.tallies(visit, &survey, SPAN).await?;
            Some((survey, tally))
        }
        (None, _) | (_, None) => None,
    };
    written(&RulePage {
        ui: &visit.ui,
        id: &rule.id,
        on: explain::kind(&rule.on, language),
        since: source.activated.get(&rule.id).map(|since| clock(*since)),
        goal: rule.goal.as_ref().map(|goal| sample.reach(goal, answers.as_ref(), language)),
        sample,
        pools: console.pools(visit, rule.pools()).await?,
        yaml: written_rule(&source.yaml, &rule.id),
        brake,
        rows: newest.acted,
        trial: newest.trial,
        path: format!("/console/rules/{}", rule.id),
        next: newest.next,
        paged: newest.paged,
    })
}

/// A count, with a plus sign where there are more.
fn counted(count: Counted) -> String {
    format!("{}{}", count.rows, if count.more { "+" } else { "" })
}

impl Console {
    /// How many codes each pool has, by its name.
    async fn pools<'p>(
        &self,
        visit: &Visit,
        names: impl Iterator<Item = &'p str>,
    ) -> Result<Vec<Pool>, Problem> {
        let mut pools = Vec::new();
        for name in names.collect::<BTreeSet<_>>() {
            let count = self.rewards.count(&visit.tenant, name).await?;
            let is_empty = count.free.rows == 0;
            let (free, used) = (counted(count.free), counted(count.used));
            pools.push(Pool { name: name.to_owned(), free, is_empty, used });
        }
        Ok(pools)
    }

    async fn newest_of(&self, visit: &Visit, rule: &str, cursor: &str) -> Result<Newest, Problem> {
        let before = Kind::Rule.read(cursor, RuleCursor::parse)?;
        let paged = before.is_some();
        let from = before.map_or(RulePlace::Newest, RulePlace::Before);
        let page = self.notifications.of_rule(&visit.tenant, rule, LINES, &from).await?;
        let found = self.notifications.find_many(&visit.tenant, &page.ids).await?;
        let (trial, acted): (Vec<_>, Vec<_>) = found.iter().partition(|n| n.state == State::Shadow);
        let rows = |of: Vec<_>| of.into_iter().map(|n| Row::of(n, visit.language())).collect();
        let next = page.next.map(|next| Kind::Rule.write(&next.to_string()));
        Ok(Newest { acted: rows(acted), trial: rows(trial), next, paged })
    }

    /// The active version of the rules, as written and compiled; `None` before the first.
    pub(super) async fn rules(
        &self,
        visit: &Visit,
    ) -> Result<Option<(RuleSource, std::sync::Arc<RuleSet>)>, Problem> {
        let (tenant, now) = (&visit.tenant, visit.now);
        let Some(version) = self.tenants.active_version(tenant, now).await? else {
            return Ok(None);
        };
        let source = self.tenants.source(tenant, version).await?;
        let set = self.tenants.rule_set(tenant, version).await?;
        Ok(source.map(|source| (source, set)))
    }
}

/// The part of the file that holds one rule: from the line that begins it to the next rule, comments before that left out.
///
/// A file that is written in another way is shown whole.
fn written_rule<'y>(yaml: &'y str, id: &str) -> &'y str {
    let begins = |line: &str| {
        let name = line.strip_prefix("- id:").map(str::trim);
        name.is_some_and(|name| name.trim_matches(['\'', '"']) == id)
    };
    let mut at = 0;
    let mut start = None;
    for line in yaml.split_inclusive('\n') {
        if start.is_none() && begins(line) {
            start = Some(at);
        } else if let Some(start) = start.filter(|_| line.starts_with("- ")) {
            return yaml[start..at].trim_end();
        }
        at += line.len();
    }
    start.map_or(yaml, |start| yaml[start..].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_is_cut_out_of_its_file() {
        let yaml = "# All.\n\n- id: a\n  on: x.y\n\n- id: 'b'\n  on: x.z\n  then:\n    - {id: c}\n";
        assert_eq!(written_rule(yaml, "a"), "- id: a\n  on: x.y");
        assert_eq!(written_rule(yaml, "b"), "- id: 'b'\n  on: x.z\n  then:\n    - {id: c}");
        assert_eq!(written_rule("[{id: a}]", "a"), "[{id: a}]");
    }
}
