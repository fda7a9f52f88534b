//! What has to be true of `infra/template.yaml` itself: the part that no linter sees.
//!
//! A law is a function from a template to sentences about what breaks it. The real template has none; every law also has a
//! change of the real template that breaks it, so that a law that sees nothing is seen itself.

mod access;
mod functions;
mod tables;
mod watch;

use std::{collections::BTreeSet, path::Path};

use jiff::SignedDuration;
use serde_json::Value;

use super::*;

/// Crate folder -> repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

pub(super) fn text() -> String {
    std::fs::read_to_string(repository().join("infra/template.yaml")).unwrap()
}

fn template() -> Template {
    Template::read(&text()).unwrap()
}

/// The resources of one type as written, with their ids.
fn written<'t>(
    template: &'t Template,
    kind: &'t str,
) -> impl Iterator<Item = (&'t str, &'t Value)> {
    all(template).filter(move |(_, resource)| resource["Type"] == kind)
}

/// Every resource as written, with its id.
fn all(template: &Template) -> impl Iterator<Item = (&str, &Value)> {
    let resources = template.document()["Resources"].as_object().unwrap();
    resources.iter().map(|(id, resource)| (id.as_str(), resource))
}

/// What of `template` breaks a law, in sentences.
fn breaches(template: &Template) -> Vec<String> {
    let mut found = tables::breaches(template);
    found.extend(functions::breaches(template));
    found.extend(access::breaches(template));
    found.extend(watch::breaches(template));
    found
}

/// What breaks a law after the first `from` of the real template has become `to`.
fn broken(from: &str, to: &str) -> Vec<String> {
    let text = text();
    assert!(text.contains(from), "{from}");
    let template = Template::read(&text.replacen(from, to, 1));
    breaches(&template.unwrap_or_else(|error| panic!("{to}: {error}")))
}

/// Each change breaks one law, and its sentence is found and no other.
fn each_is_found(changes: &[(&str, &str, &str)]) {
    for (from, to, sentence) in changes {
        assert_eq!(broken(from, to), [*sentence], "{from}");
    }
}

#[test]
fn the_template_breaks_no_law() {
    assert_eq!(breaches(&template()), Vec::<String>::new());
}

#[test]
fn each_function_folder_has_its_resource_and_the_reverse() {
    let folders: BTreeSet<String> = std::fs::read_dir(repository().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let template = template();
    let resources = template.functions().iter().map(|function| function.name.clone()).collect();
    assert_eq!(folders, resources);
}

#[test]
fn references_in_an_environment_are_resolved() {
    let template = template();
    let intake = template.functions().iter().find(|f| f.name == "webhook-intake").unwrap();
    let resolved = |name: &str| intake.environment[name].as_str();
    assert_eq!(resolved("EVENTS_TABLE"), "cham-dev-events");
    assert_eq!(resolved("RAW_DAYS"), "180");
    assert_eq!(intake.timeout_s, 10);
}

#[test]
fn parameters_can_be_set() {
    let set = [("ZaloOaUrl", "http://127.0.0.1:1"), ("Stage", "local")];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let template = Template::read_with(&text(), &set).unwrap();
    let dispatch = template.functions().iter().find(|f| f.name == "zns-dispatch").unwrap();
    assert_eq!(dispatch.environment["ZALO_OA_URL"], "http://127.0.0.1:1");
    assert_eq!(dispatch.environment["TENANTS_TABLE"], "cham-local-tenants");
}

#[test]
fn only_new_events_entries_planned_notifications_and_ended_responses_call_functions() {
    let template = template();
    let [events, notifications, points, surveys] = template.streams() else {
        panic!("four triggers")
    };
    let record = |name: &str, state: &str| serde_json::json!({"eventName": name, "dynamodb": {"NewImage": {"state": {"S": state}}}});
    assert!(events.wants(&record("INSERT", "any")) && !events.wants(&record("REMOVE", "any")));
    assert!(notifications.wants(&record("INSERT", "planned")));
    let entry = |sk: &str| serde_json::json!({"eventName": "INSERT", "dynamodb": {"Keys": {"sk": {"S": sk}}}});
    assert!(points.wants(&entry("e#0000000001")) && !points.wants(&entry("op")));
    let ended = |state: &str, due: bool| {
        let mut record = record("MODIFY", state);
        if due {
            record["dynamodb"]["NewImage"]["due_at"] = serde_json::json!({"N": "1"});
        }
        record
    };
    assert!(surveys.wants(&ended("answered", true)) && surveys.wants(&ended("expired", false)));
    assert!(
        surveys.wants(&record("INSERT", "answered"))
            && !surveys.wants(&record("INSERT", "invited"))
    );
    assert!(surveys.wants(&record("INSERT", "open")) && surveys.wants(&ended("closed", false)));
    assert!(!surveys.wants(&ended("open", true)) && !surveys.wants(&ended("taken", true)));
    // What leaves the list after it was answered has been told and counted.
    assert!(!surveys.wants(&ended("answered", false)) && !surveys.wants(&ended("invited", true)));
    for (name, state) in [("INSERT", "refused"), ("MODIFY", "planned"), ("REMOVE", "planned")] {
        assert!(!notifications.wants(&record(name, state)), "{name} {state}");
    }
}

#[test]
fn the_clock_calls_who_has_rows_that_become_due() {
    let template = template();
    let called: Vec<_> = template
        .schedules()
        .iter()
        .map(|tick| (tick.function.as_str(), tick.every, tick.input["tick"].as_str().unwrap()))
        .collect();
    let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
    assert_eq!(
        called,
        [
            ("journey-runner", minute, "minute"),
            ("points-standings", hour, "hour"),
            ("survey-results", hour, "hour"),
            ("token-refresh", hour, "hour"),
            ("zns-dispatch", minute, "minute"),
        ]
    );
}

#[test]
fn the_engine_makes_every_table_as_described() {
    let engine = testkit::engine::Engine::memory(jiff::Timestamp::UNIX_EPOCH).unwrap();
    let template = template();
    for table in template.tables() {
        engine.create_table(table.create.clone()).unwrap();
        let request = serde_json::json!({"TableName": table.name});
        let made = engine.run("DescribeTable", &request).unwrap();
        assert_eq!(made["Table"]["KeySchema"], table.create["KeySchema"], "{}", table.name);
        let stream = &made["Table"]["StreamSpecification"];
        assert_eq!(stream, &table.create["StreamSpecification"], "{}", table.name);
        let index = &made["Table"]["GlobalSecondaryIndexes"][0];
        let wanted = &table.create["GlobalSecondaryIndexes"][0];
        assert_eq!(index["KeySchema"], wanted["KeySchema"], "{}", table.name);
        assert_eq!(index["Projection"], wanted["Projection"], "{}", table.name);
    }
}

#[test]
fn every_route_calls_its_function() {
    let template = template();
    let routes: Vec<String> = template.routes().iter().map(Route::key).collect();
    assert_eq!(
        routes,
        [
            "GET /",
            "GET /console",
            "GET /oa/callback/{tenant}",
            "GET /oa/connect/{tenant}",
            "GET /s/{link}",
            "POST /s/{link}",
            "POST /v1/{tenant}/events",
            "GET /v1/{tenant}/points/openapi.json",
            "POST /v1/{tenant}/points/imports",
            "POST /v1/{tenant}/points/lookup",
            "GET /v1/{tenant}/points/boards/{board}",
            "GET /v1/{tenant}/points/operations/{operation}",
            "POST /v1/{tenant}/points/operations/{operation}/cancel",
            "POST /v1/{tenant}/points/operations/{operation}/reverse",
            "GET /v1/{tenant}/points/boards/{board}/members/{customer}",
            "GET /v1/{tenant}/points/{currency}/accounts/{customer}",
            "GET /v1/{tenant}/points/{currency}/accounts/{customer}/entries",
            "GET /v1/{tenant}/points/{currency}/accounts/{customer}/explain",
            "GET /v1/{tenant}/points/{currency}/accounts/{customer}/standing",
            "GET /v1/{tenant}/points/{currency}/accounts/{customer}/statement.csv",
            "PUT /v1/{tenant}/points/{currency}/accounts/{customer}/member",
            "POST /v1/{tenant}/points/{currency}/accounts/{customer}/{action}",
            "POST /hooks/{tenant}/{source}",
            "POST /hooks/{tenant}/{source}/{secret}",
            "GET /console/{page+}",
            "POST /console/{page+}",
            "GET /{file}",
        ]
    );
    for route in template.routes() {
        let expected = match route.pattern.as_str() {
            pattern if pattern.starts_with("/console") => "console",
            pattern if pattern.starts_with("/s/") => "feedback-survey",
            pattern if pattern.starts_with("/oa/") => "token-refresh",
            pattern if pattern.starts_with("/v1/{tenant}/points/") => "points-ledger",
            _ => "webhook-intake",
        };
        assert_eq!(route.function, expected);
    }
}
