//! What has to be true of `infra/template.yaml` itself: the part that no linter sees.

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
fn written<'t>(template: &'t Template, kind: &str) -> Vec<(&'t String, &'t Value)> {
    let resources = template.document()["Resources"].as_object().unwrap();
    let found: Vec<_> = resources.iter().filter(|(_, resource)| resource["Type"] == kind).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

/// Every statement of every policy, with the id of its resource.
fn statements(template: &Template) -> Vec<(&String, &Value)> {
    let of = |kind: &str, inner: &'static str| {
        written(template, kind).into_iter().flat_map(move |(id, resource)| {
            let policies = resource["Properties"]["Policies"].as_array().into_iter().flatten();
            policies.flat_map(move |policy| {
                let policy = if inner.is_empty() { policy } else { &policy[inner] };
                policy["Statement"].as_array().into_iter().flatten().map(move |one| (id, one))
            })
        })
    };
    of("AWS::Serverless::Function", "").chain(of("AWS::IAM::Role", "PolicyDocument")).collect()
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
fn no_permission_is_wider_than_single_actions_on_single_resources() {
    let template = template();
    let statements = statements(&template);
    assert!(statements.len() > 10);
    for (id, statement) in statements {
        let actions = statement["Action"].as_array().unwrap();
        for action in actions {
            let action = action.as_str().unwrap();
            assert!(!action.contains('*'), "{id}: {action}");
        }
        let resource = &statement["Resource"];
        assert!(resource.is_object(), "{id}: one reference, not {resource}");
        // Every stream of one table: ListStreams knows no single one.
        let lists = actions.len() == 1 && actions[0] == "dynamodb:ListStreams";
        if !lists {
            assert!(!resource.to_string().contains('*'), "{id}: {resource}");
        } else {
            assert!(resource["Fn::Sub"].as_str().unwrap().ends_with(".Arn}/stream/*"), "{id}");
        }
    }
}

#[test]
fn a_function_may_touch_exactly_the_tables_in_its_environment() {
    let template = template();
    for function in template.functions() {
        let mut granted = BTreeSet::new();
        for (_, statement) in
            statements(&template).iter().filter(|(id, _)| **id == function.logical_id)
        {
            let resource = statement["Resource"].to_string();
            let table = template.tables().iter().find(|table| resource.contains(&table.logical_id));
            granted.insert(table.unwrap().name.clone());
        }
        let named = function.environment.iter().filter(|(name, _)| name.ends_with("_TABLE"));
        let named: BTreeSet<String> = named.map(|(_, value)| value.clone()).collect();
        assert_eq!(granted, named, "{}", function.name);
    }
}

#[test]
fn every_stream_trigger_reports_single_failures_and_may_read_its_stream() {
    let template = template();
    let triggers: Vec<_> =
        template.streams().iter().map(|t| (t.table.as_str(), t.function.as_str())).collect();
    assert_eq!(
        triggers,
        [("cham-dev-events", "journey-runner"), ("cham-dev-notifications", "zns-dispatch")]
    );
    for trigger in template.streams() {
        assert!(trigger.report_batch_item_failures && trigger.bisect_on_error);
        assert!(!trigger.filters.is_empty(), "{}", trigger.logical_id);
        let table = template.tables().iter().find(|table| table.name == trigger.table).unwrap();
        let function = template.functions().iter().find(|f| f.name == trigger.function).unwrap();
        let stream = serde_json::json!({"Fn::GetAtt": [table.logical_id, "StreamArn"]});
        let reads = statements(&template).iter().any(|(id, statement)| {
            **id == function.logical_id
                && statement["Resource"] == stream
                && statement["Action"].as_array().unwrap().len() == 3
        });
        assert!(reads, "{}", trigger.logical_id);
    }
    assert_eq!(template.streams()[0].retries, None, "an event has no second way to its rules");
}

#[test]
fn only_new_events_and_planned_notifications_call_functions() {
    let template = template();
    let [events, notifications] = template.streams() else { panic!("two triggers") };
    let record = |name: &str, state: &str| serde_json::json!({"eventName": name, "dynamodb": {"NewImage": {"state": {"S": state}}}});
    assert!(events.wants(&record("INSERT", "any")) && !events.wants(&record("REMOVE", "any")));
    assert!(notifications.wants(&record("INSERT", "planned")));
    for (name, state) in [("INSERT", "refused"), ("MODIFY", "planned"), ("REMOVE", "planned")] {
        assert!(!notifications.wants(&record(name, state)), "{name} {state}");
    }
}

#[test]
fn the_minute_calls_who_has_rows_that_become_due() {
    let template = template();
    let called: Vec<&str> =
        template.schedules().iter().map(|tick| tick.function.as_str()).collect();
    assert_eq!(called, ["journey-runner", "zns-dispatch"]);
    for tick in template.schedules() {
        assert_eq!(tick.every, SignedDuration::from_mins(1));
        assert_eq!(tick.input, serde_json::json!({"tick": "minute"}));
    }
}

#[test]
fn every_table_can_be_restored_and_is_not_deleted() {
    let template = template();
    for (id, table) in written(&template, "AWS::DynamoDB::Table") {
        let properties = &table["Properties"];
        let recovery =
            &properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(recovery, true, "{id}");
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{id}");
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
        assert_eq!(table["DeletionPolicy"], "Retain", "{id}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{id}");
    }
}

#[test]
fn rows_that_go_by_themselves_are_events_and_what_counts_hours_and_days() {
    let template = template();
    let ttl =
        template.tables().iter().filter_map(|t| Some((&*t.name, t.ttl_attribute.as_deref()?)));
    let goes = ["cham-dev-customers", "cham-dev-events", "cham-dev-tenants"];
    assert_eq!(ttl.collect::<Vec<_>>(), goes.map(|table| (table, "ttl")));
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
fn every_route_calls_its_function_and_may() {
    let template = template();
    let routes: Vec<String> = template.routes().iter().map(Route::key).collect();
    assert_eq!(
        routes,
        [
            "GET /",
            "GET /console",
            "POST /v1/{tenant}/events",
            "POST /hooks/{tenant}/{source}",
            "POST /hooks/{tenant}/{source}/{secret}",
            "GET /console/{page+}",
            "POST /console/{page+}",
            "GET /{file}",
        ]
    );
    for route in template.routes() {
        let of_console = route.pattern.starts_with("/console");
        let expected = if of_console { "console" } else { "webhook-intake" };
        assert_eq!(route.function, expected);
        let function = template.functions().iter().find(|f| f.name == route.function).unwrap();
        let of_function = serde_json::json!({"Fn::GetAtt": [function.logical_id, "Arn"]});
        let permitted =
            written(&template, "AWS::Lambda::Permission").iter().any(|(_, permission)| {
                let properties = &permission["Properties"];
                properties["FunctionName"] == of_function
                    && properties["Principal"] == "apigateway.amazonaws.com"
            });
        assert!(permitted, "{}", route.key());
    }
}

#[test]
fn the_access_log_names_routes_and_never_paths() {
    let template = template();
    for (id, stage) in written(&template, "AWS::ApiGatewayV2::Stage") {
        let format = stage["Properties"]["AccessLogSettings"]["Format"].as_str().unwrap();
        assert!(format.contains("$context.routeKey"), "{id}");
        assert!(!format.contains("ath"), "{id}: {format}");
        serde_json::from_str::<Value>(format).unwrap();
        let settings = &stage["Properties"]["DefaultRouteSettings"];
        assert!(settings["ThrottlingRateLimit"].is_number(), "{id}");
        assert!(settings["ThrottlingBurstLimit"].is_number(), "{id}");
    }
}

#[test]
fn every_function_logs_json_that_does_not_stay_for_ever() {
    let template = template();
    for (id, function) in written(&template, "AWS::Serverless::Function") {
        let logging = &function["Properties"]["LoggingConfig"];
        assert_eq!(logging["LogFormat"], "JSON", "{id}");
        let group = logging["LogGroup"]["Ref"].as_str().unwrap();
        let group = &template.document()["Resources"][group];
        assert!(group["Properties"]["RetentionInDays"].is_object(), "{id}");
    }
}

#[test]
fn an_events_stream_that_stands_for_an_hour_raises_an_alarm() {
    let template = template();
    let alarms = written(&template, "AWS::CloudWatch::Alarm");
    let age =
        alarms.iter().find(|(_, a)| a["Properties"]["MetricName"] == "IteratorAge").unwrap().1;
    let properties = &age["Properties"];
    assert_eq!(properties["Threshold"], 3_600_000);
    assert_eq!(properties["Dimensions"][0]["Value"]["Ref"], "JourneyRunner");
    assert!(properties["AlarmDescription"].as_str().unwrap().ends_with('.'));
}
