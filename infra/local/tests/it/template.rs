//! The template and the code say the same: what a function is told is what it reads, what it may do is what it does.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use local::{demo::TEMPLATE, template::Template};

/// What telemetry reads for every function.
const OF_ALL: [&str; 1] = ["LOG_LEVEL"];

/// What of a template and the code says not the same about environments, in sentences.
fn told_otherwise(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    for function in template.functions() {
        let asked = RefCell::new(BTreeSet::from(OF_ALL.map(str::to_owned)));
        let get = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            function.environment.get(name).cloned()
        };
        let read = match function.name.as_str() {
            "console" => console::Config::from_vars(get).err(),
            "webhook-intake" => webhook_intake::Config::from_vars(get).err(),
            "feedback-survey" => feedback_survey::Config::from_vars(get).err(),
            "journey-runner" => journey_runner::Config::from_vars(get).err(),
            "points-ledger" => points_ledger::Config::from_vars(get).err(),
            "points-standings" => points_standings::Config::from_vars(get).err(),
            "survey-results" => survey_results::Config::from_vars(get).err(),
            "token-refresh" => token_refresh::Config::from_vars(get).err(),
            "zns-dispatch" => zns_dispatch::Config::from_vars(get).err(),
            other => panic!("{other} has no Config here"),
        };
        if let Some(error) = read {
            // It reads no further, so nothing is known of the rest.
            found.push(format!("{} does not start: {error}", function.name));
            continue;
        }
        let told: BTreeSet<String> = function.environment.keys().cloned().collect();
        let asked = asked.into_inner();
        for name in told.symmetric_difference(&asked) {
            let name_of = &function.name;
            found.push(match told.contains(name) {
                true => format!("{name_of} is told {name} and does not read it"),
                false => format!("{name_of} reads {name} and is not told"),
            });
        }
    }
    found
}

/// What of a template and the code says not the same about routes, in sentences. A handler that answers what no route leads
/// to would be dead code, and a route that no handler answers a 404 that we pay for.
fn routed_otherwise(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    let source = |function: &str| {
        let sources = root().join("functions").join(function).join("src");
        let route = std::fs::read_to_string(sources.join("route.rs"));
        route.or_else(|_| std::fs::read_to_string(sources.join("lib.rs"))).unwrap()
    };
    // Intake asks for the key of the route by its text.
    let code = source("webhook-intake");
    let methods = ["GET ", "POST ", "PUT ", "DELETE "];
    let is_key = |text: &&str| methods.iter().any(|method| text.starts_with(method));
    let mut answered: BTreeSet<(&str, String)> =
        code.split('"').filter(is_key).map(|key| ("webhook-intake", key.to_owned())).collect();
    // The console takes pages by GET and actions by POST, and reads the rest of the path itself.
    let code = source("console");
    for (method, keys) in [
        ("GET", ["GET /console", "GET /console/{page+}"].as_slice()),
        ("POST", &["POST /console/{page+}"]),
    ] {
        if code.contains(&format!("Method::{method} =>")) {
            answered.extend(keys.iter().map(|key| ("console", (*key).to_owned())));
        }
    }
    // A survey's page is got and posted at one place, whatever the link.
    let code = source("feedback-survey");
    if code.contains("path_parameters.get(\"link\")") && code.contains("Method::POST") {
        let keys = ["GET /s/{link}", "POST /s/{link}"];
        answered.extend(keys.map(|key| ("feedback-survey", key.to_owned())));
    }
    // An account is connected by two pages, told apart by the word before the business.
    let consent = root().join("functions/token-refresh/src/consent.rs");
    let code = std::fs::read_to_string(consent).unwrap();
    for step in ["connect", "callback"] {
        if code.contains(&format!("\"oa\", \"{step}\", tenant]")) {
            answered.insert(("token-refresh", format!("GET /oa/{step}/{{tenant}}")));
        }
    }
    // The ledger's routes are those of its description, by a test of its own.
    let ours = template.routes().iter().filter(|route| route.function != "points-ledger");
    let routed: BTreeSet<(&str, String)> =
        ours.map(|route| (route.function.as_str(), route.key())).collect();
    for (function, key) in answered.difference(&routed) {
        found.push(format!("{function} answers {key}, and no route leads there"));
    }
    for (function, key) in routed.difference(&answered) {
        found.push(format!("{key} leads to {function}, which does not answer it"));
    }
    found
}

/// What `check` finds after the first `from` of the real template has become `to`.
fn broken(check: fn(&Template) -> Vec<String>, from: &str, to: &str) -> Vec<String> {
    assert!(TEMPLATE.contains(from), "{from}");
    check(&Template::read(&TEMPLATE.replacen(from, to, 1)).unwrap())
}

#[test]
fn each_function_is_told_what_its_config_reads_and_nothing_else() {
    assert_eq!(told_otherwise(&Template::read(TEMPLATE).unwrap()), Vec::<String>::new());
    for (from, to, sentence) in [
        ("          RAW_DAYS: !Ref RawDays\n", "", "webhook-intake reads RAW_DAYS and is not told"),
        (
            "          EVENTS_TABLE: !Ref EventsTable\n",
            "",
            "webhook-intake does not start: variable EVENTS_TABLE is not set",
        ),
        (
            "          RAW_DAYS: !Ref RawDays\n",
            "          RAW_DAYS: !Ref RawDays\n          OLD_DAYS: 1\n",
            "webhook-intake is told OLD_DAYS and does not read it",
        ),
    ] {
        assert_eq!(broken(told_otherwise, from, to), [sentence]);
    }
}

#[test]
fn a_route_leads_to_every_path_that_is_answered_and_to_no_other() {
    assert_eq!(routed_otherwise(&Template::read(TEMPLATE).unwrap()), Vec::<String>::new());
    for (from, to, sentences) in [
        (
            "RouteKey: GET /{file}",
            "RouteKey: GET /{name}",
            vec![
                "webhook-intake answers GET /{file}, and no route leads there",
                "GET /{name} leads to webhook-intake, which does not answer it",
            ],
        ),
        (
            "RouteKey: GET /console\n",
            "RouteKey: PUT /console\n",
            vec![
                "console answers GET /console, and no route leads there",
                "PUT /console leads to console, which does not answer it",
            ],
        ),
    ] {
        assert_eq!(broken(routed_otherwise, from, to), sentences);
    }
}

/// Operations per (function, table), as the charts of the tables' `TABLE.md` say.
fn charted() -> BTreeMap<(String, String), BTreeSet<String>> {
    let template = Template::read(TEMPLATE).unwrap();
    let streamed: Vec<String> = template.streams().iter().map(|s| s.function.clone()).collect();
    let functions: Vec<&str> = template.functions().iter().map(|f| f.name.as_str()).collect();
    let mut charted: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for table in [
        "customers",
        "events",
        "notifications",
        "points",
        "rewards",
        "standings",
        "surveys",
        "survey_results",
        "tenants",
    ] {
        let chart = root().join("shared/cloud/src/table").join(table).join("TABLE.md");
        let chart = std::fs::read_to_string(chart).unwrap();
        for row in chart.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let is_pattern = cells.len() > 9
                && cells[1].starts_with(|c: char| c.is_ascii_uppercase())
                && cells[1].ends_with(|c: char| c.is_ascii_digit());
            if !is_pattern {
                continue;
            }
            let mut callers: Vec<String> = functions
                .iter()
                .filter(|name| cells[9].contains(**name))
                .map(|n| (*n).to_owned())
                .collect();
            if cells[9].contains("stream function") {
                callers.extend(streamed.clone());
            }
            if cells[9].contains("custody") {
                callers.extend(
                    functions.iter().filter(|name| refreshes(name)).map(|n| (*n).to_owned()),
                );
            }
            for caller in callers {
                // What the same transaction does at another table stands behind its name.
                let (here, there) = match cells[4].split_once("; in `") {
                    None => (cells[4], None),
                    Some((here, there)) => (here, there.split_once('`')),
                };
                for (table, operation) in [(table, here)].into_iter().chain(there) {
                    let operations = charted.entry((caller.clone(), table.to_owned())).or_default();
                    operations.extend(actions(operation));
                }
            }
        }
    }
    charted
}

/// Whether a function keeps token pairs by `cloud::custody`, which calls the tables for it.
fn refreshes(function: &str) -> bool {
    let sources = std::fs::read_dir(root().join("functions").join(function).join("src")).unwrap();
    sources
        .map(|source| source.unwrap().path())
        .filter(|path| path.is_file())
        .any(|path| std::fs::read_to_string(path).unwrap().contains("Custody::new("))
}

/// The actions that an operation needs. A transaction is its parts: puts, and checks unless it is puts alone; or updates alone.
fn actions(operation: &str) -> Vec<String> {
    let mut actions = Vec::new();
    let words: Vec<&str> = operation.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for name in ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"] {
        if words.contains(&name) {
            actions.push(name.to_owned());
        }
    }
    if operation.contains("TransactWriteItems") && !operation.contains("updates alone") {
        actions.push("PutItem".to_owned());
        if !operation.contains("puts alone") && !operation.contains("without checks") {
            actions.push("ConditionCheckItem".to_owned());
        }
    }
    assert!(!actions.is_empty(), "no known operation in “{operation}”");
    actions
}

/// Actions per (function, table), as the policies of the template allow.
fn allowed() -> BTreeMap<(String, String), BTreeSet<String>> {
    let template = Template::read(TEMPLATE).unwrap();
    let resources = &template.document()["Resources"];
    let mut allowed: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for function in template.functions() {
        let policies = &resources[&function.logical_id]["Properties"]["Policies"];
        let statements = policies
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|policy| policy["Statement"].as_array().unwrap().iter());
        for statement in statements {
            let resource = statement["Resource"].to_string();
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap().strip_prefix("dynamodb:").unwrap();
                if action.contains("Stream")
                    || action == "GetRecords"
                    || action == "GetShardIterator"
                {
                    continue;
                }
                allowed
                    .entry((function.name.clone(), table_of(&resource)))
                    .or_default()
                    .insert(action.to_owned());
            }
        }
    }
    allowed
}

fn table_of(resource: &str) -> String {
    let table = [
        "Customers",
        "Events",
        "Notifications",
        "Points",
        "Rewards",
        "Standings",
        "SurveyResults",
        "Surveys",
        "Tenants",
    ];
    let table = table.into_iter().find(|name| resource.contains(&format!("{name}Table")));
    let table = table.unwrap_or_else(|| panic!("{resource} is no table"));
    if table == "SurveyResults" { "survey_results".to_owned() } else { table.to_lowercase() }
}

#[test]
fn each_function_may_do_what_the_charts_of_its_tables_say_and_nothing_else() {
    assert_eq!(allowed(), charted());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}
