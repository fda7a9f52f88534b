//! The template and the code say the same: what a function is told is what it reads, what it may do is what it does.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use local::{demo::TEMPLATE, template::Template};

/// What telemetry reads for every function.
const OF_ALL: [&str; 1] = ["LOG_LEVEL"];

#[test]
fn each_function_is_told_what_its_config_reads_and_nothing_else() {
    let template = Template::read(TEMPLATE).unwrap();
    for function in template.functions() {
        let asked = RefCell::new(BTreeSet::from(OF_ALL.map(str::to_owned)));
        let get = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            function.environment.get(name).cloned()
        };
        let read = match function.name.as_str() {
            "console" => console::Config::from_vars(get).err(),
            "webhook-intake" => webhook_intake::Config::from_vars(get).err(),
            "journey-runner" => journey_runner::Config::from_vars(get).err(),
            "zns-dispatch" => zns_dispatch::Config::from_vars(get).err(),
            other => panic!("{other} has no Config here"),
        };
        assert_eq!(read, None, "{}", function.name);
        let told: BTreeSet<String> = function.environment.keys().cloned().collect();
        assert_eq!(told, asked.into_inner(), "{}", function.name);
    }
}

/// Operations per (function, table), as the charts of the tables' `TABLE.md` say.
fn charted() -> BTreeMap<(String, String), BTreeSet<String>> {
    let template = Template::read(TEMPLATE).unwrap();
    let streamed: Vec<String> = template.streams().iter().map(|s| s.function.clone()).collect();
    let functions: Vec<&str> = template.functions().iter().map(|f| f.name.as_str()).collect();
    let mut charted: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for table in ["customers", "events", "notifications", "rewards", "tenants"] {
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
            for caller in callers {
                let operations = charted.entry((caller, table.to_owned())).or_default();
                operations.extend(actions(cells[4]));
            }
        }
    }
    charted
}

/// The actions that an operation needs. A transaction is its parts: puts, and checks unless it is puts alone.
fn actions(operation: &str) -> Vec<String> {
    let mut actions = Vec::new();
    let words: Vec<&str> = operation.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for name in ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"] {
        if words.contains(&name) {
            actions.push(name.to_owned());
        }
    }
    if operation.contains("TransactWriteItems") {
        actions.push("PutItem".to_owned());
        if !operation.contains("puts alone") {
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
    let table = ["Customers", "Events", "Notifications", "Rewards", "Tenants"];
    let table = table.into_iter().find(|name| resource.contains(&format!("{name}Table")));
    table.unwrap_or_else(|| panic!("{resource} is no table")).to_lowercase()
}

#[test]
fn each_function_may_do_what_the_charts_of_its_tables_say_and_nothing_else() {
    assert_eq!(allowed(), charted());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}
