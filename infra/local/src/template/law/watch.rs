//! What people look at: names with their stage, alarms with their sentence, logs without secrets.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{all, each_is_found, repository, written};
use crate::template::Template;

/// A stream forgets after 24 hours: the rest of them is for whoever gets the alarm.
const AGE_MS_MAX: u64 = 60 * 60 * 1_000;
/// Properties that name something in the account.
const NAMES: [&str; 6] =
    ["AlarmName", "DashboardName", "FunctionName", "LogGroupName", "Name", "TableName"];
/// Types that name themselves by [`NAMES`]; the others are only told of somebody else's name, or have none.
const NAMED: [&str; 7] = [
    "AWS::ApiGatewayV2::Api",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::Scheduler::Schedule",
    "AWS::Serverless::Function",
];

pub(super) fn breaches(template: &Template) -> Vec<String> {
    let mut found: Vec<String> =
        all(template).flat_map(|(id, resource)| without_stage(id, resource)).collect();
    found.extend(
        written(template, "AWS::CloudWatch::Alarm").flat_map(|(id, alarm)| badly_said(id, alarm)),
    );
    found.extend(unwatched(template));
    found.extend(own_metrics(template));
    found.extend(
        written(template, "AWS::CloudWatch::Dashboard")
            .flat_map(|(id, board)| dashboard(id, board)),
    );
    found.extend(
        written(template, "AWS::ApiGatewayV2::Stage").flat_map(|(id, stage)| front(id, stage)),
    );
    found
}

/// Two stages stand side by side, so each name holds its stage. Roles, keys and mappings get theirs from CloudFormation.
fn without_stage(id: &str, resource: &Value) -> Vec<String> {
    let properties = &resource["Properties"];
    let mut names = Vec::new();
    if NAMED.iter().any(|kind| resource["Type"] == *kind) {
        names.extend(NAMES.into_iter().filter(|name| !properties[*name].is_null()));
        if names.is_empty() {
            return vec![format!("{id}: it needs a name")];
        }
    }
    names.extend(["RoleName", "AliasName"].into_iter().filter(|name| !properties[*name].is_null()));
    let has_stage = |name: &&str| {
        properties[*name]["Fn::Sub"].as_str().is_some_and(|text| text.contains("cham-${Stage}"))
    };
    let without = names.into_iter().filter(|name| !has_stage(name));
    without.map(|name| format!("{id}: {name} must have cham-${{Stage}} in it")).collect()
}

fn badly_said(id: &str, alarm: &Value) -> Vec<String> {
    let properties = &alarm["Properties"];
    let mut found = Vec::new();
    let said = properties["AlarmDescription"].as_str().unwrap_or_default();
    // A sentence that says what it means, and after it what to do.
    if !said.ends_with('.') || !said.contains([';', ',']) {
        found.push(format!("{id}: AlarmDescription must say what it means and what to do"));
    }
    let told =
        json!({"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]});
    if properties["AlarmActions"] != told {
        found.push(format!("{id}: AlarmActions must be {told}"));
    }
    let too_late = properties["Threshold"].as_u64().is_none_or(|age| age > AGE_MS_MAX);
    if properties["MetricName"] == "IteratorAge" && too_late {
        found.push(format!("{id}: Threshold must be an hour at most, since a stream forgets"));
    }
    let missing =
        if properties["MetricName"] == "Invocations" { "breaching" } else { "notBreaching" };
    if properties["TreatMissingData"] != missing {
        found.push(format!("{id}: TreatMissingData must be {missing}"));
    }
    found
}

/// Every way to call a function is watched, and every function that is called by no HTTP is watched for errors itself.
fn unwatched(template: &Template) -> Vec<String> {
    let alarms: Vec<&Value> = written(template, "AWS::CloudWatch::Alarm")
        .map(|(_, alarm)| &alarm["Properties"])
        .collect();
    let watched = |metric: &str, dimension: &str, of: &str| {
        alarms.iter().any(|alarm| {
            alarm["MetricName"] == metric
                && alarm["Dimensions"] == json!([{"Name": dimension, "Value": {"Ref": of}}])
        })
    };
    let mut found = Vec::new();
    let mut want = |metric: &str, dimension: &str, of: &str| {
        if !watched(metric, dimension, of) {
            found.push(format!("{of}: no alarm watches {metric}"));
        }
    };
    for function in template.functions() {
        let id = &function.logical_id;
        let is_routed = template.routes().iter().any(|route| route.function == function.name);
        if template.streams().iter().any(|stream| stream.function == function.name) {
            want("IteratorAge", "FunctionName", id);
        }
        if template.schedules().iter().any(|tick| tick.function == function.name) {
            want("Invocations", "FunctionName", id);
        }
        if !is_routed {
            want("Errors", "FunctionName", id);
        }
    }
    for (id, _) in written(template, "AWS::ApiGatewayV2::Api") {
        want("5xx", "ApiId", id);
    }
    if !alarms
        .iter()
        .any(|alarm| alarm["MetricName"] == "Throttles" && alarm["Dimensions"].is_null())
    {
        found.push("no alarm watches Throttles of the account".to_owned());
    }
    found
}

/// A metric of our own is made from lines that a function really writes.
fn own_metrics(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    let mut made = BTreeSet::new();
    for (id, filter) in written(template, "AWS::Logs::MetricFilter") {
        let properties = &filter["Properties"];
        let pattern = properties["FilterPattern"].as_str().unwrap_or_default();
        let word =
            pattern.strip_prefix("{ $.message = \"").and_then(|rest| rest.strip_suffix("\" }"));
        let group = properties["LogGroupName"]["Ref"].as_str().unwrap_or_default();
        let logs =
            |function: &&crate::template::Function| format!("{}Logs", function.logical_id) == group;
        let writes =
            template.functions().iter().find(logs).zip(word).is_some_and(|(function, word)| {
                sources(&format!("functions/{}/src", function.name))
                    .contains(&format!("\"{word}\""))
            });
        if !writes {
            found.push(format!("{id}: no function writes such a line into {group}"));
        }
        for made_here in properties["MetricTransformations"].as_array().into_iter().flatten() {
            made.insert(format!("{} {}", made_here["MetricNamespace"], made_here["MetricName"]));
            if !made_here["DefaultValue"].is_null() {
                found.push(format!("{id}: a DefaultValue is paid for in every hour"));
            }
        }
    }
    for (id, alarm) in written(template, "AWS::CloudWatch::Alarm") {
        let Value::Object(namespace) = &alarm["Properties"]["Namespace"] else { continue };
        let metric = format!("{} {}", json!(namespace), alarm["Properties"]["MetricName"]);
        if !made.contains(&metric) {
            found.push(format!("{id}: nothing makes the metric {metric}"));
        }
    }
    found
}

/// The code in a folder, tests in it left out by their name only.
fn sources(folder: &str) -> String {
    let entries = std::fs::read_dir(repository().join(folder)).unwrap();
    let files =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some());
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn dashboard(id: &str, board: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if board["Condition"] != "IsStandard" {
        found.push(format!("{id}: a dashboard is paid for, and only for the size standard"));
    }
    let body = board["Properties"]["DashboardBody"]["Fn::Sub"].as_str().unwrap_or_default();
    if serde_json::from_str::<Value>(body).is_err() {
        found.push(format!("{id}: DashboardBody must be JSON"));
    }
    found
}

fn front(id: &str, stage: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let properties = &stage["Properties"];
    let format = properties["AccessLogSettings"]["Format"].as_str().unwrap_or_default();
    // The path of a source may end in its secret, the key of its route does not.
    let is_safe = format.contains("$context.routeKey") && !format.contains("ath");
    if !is_safe || serde_json::from_str::<Value>(format).is_err() {
        found.push(format!("{id}: the access log must be JSON and name routes, never paths"));
    }
    let limits = &properties["DefaultRouteSettings"];
    if !limits["ThrottlingRateLimit"].is_number() || !limits["ThrottlingBurstLimit"].is_number() {
        found.push(format!("{id}: DefaultRouteSettings must limit rate and burst"));
    }
    found
}

#[test]
fn each_law_about_names_alarms_and_logs_is_found_broken() {
    each_is_found(&[
        (
            "Name: !Sub cham-${Stage}-journey-runner-minute",
            "Name: cham-journey-runner-minute",
            "JourneyRunnerMinute: Name must have cham-${Stage} in it",
        ),
        (
            "      Name: !Sub cham-${Stage}\n      ProtocolType",
            "      ProtocolType",
            "Api: it needs a name",
        ),
        (
            "    Type: AWS::IAM::Role\n    Properties:\n",
            "    Type: AWS::IAM::Role\n    Properties:\n      RoleName: cham-minute\n",
            "JourneyRunnerMinuteRole: RoleName must have cham-${Stage} in it",
        ),
        (
            "after which only `cham redrive --since` brings them back.",
            "and so on",
            "EventsAgeAlarm: AlarmDescription must say what it means and what to do",
        ),
        (
            "      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]\n",
            "",
            r#"EventsAgeAlarm: AlarmActions must be {"Fn::If":["HasAlarmTopic",[{"Ref":"AlarmTopicArn"}],{"Ref":"AWS::NoValue"}]}"#,
        ),
        (
            "Threshold: 3600000",
            "Threshold: 36000000",
            "EventsAgeAlarm: Threshold must be an hour at most, since a stream forgets",
        ),
        (
            "TreatMissingData: breaching",
            "TreatMissingData: notBreaching",
            "JourneyRunnerMinuteAlarm: TreatMissingData must be breaching",
        ),
        (
            "MetricName: IteratorAge",
            "MetricName: Age",
            "JourneyRunner: no alarm watches IteratorAge",
        ),
        ("MetricName: Errors", "MetricName: Faults", "JourneyRunner: no alarm watches Errors"),
        (
            "MetricName: 5xx\n      Dimensions:\n        - {Name: ApiId, ",
            "MetricName: 5xx\n      Dimensions:\n        - {Name: ApiName, ",
            "Api: no alarm watches 5xx",
        ),
        (
            "MetricName: Throttles",
            "MetricName: Throttled",
            "no alarm watches Throttles of the account",
        ),
        (
            "{ $.message = \"stuck\" }",
            "{ $.message = \"stands\" }",
            "JourneyRunnerStuck: no function writes such a line into JourneyRunnerLogs",
        ),
        (
            "MetricValue: \"1\"}",
            "MetricValue: \"1\", DefaultValue: 0}",
            "JourneyRunnerStuck: a DefaultValue is paid for in every hour",
        ),
        (
            "      MetricName: stuck\n",
            "      MetricName: stood\n",
            r#"StuckAlarm: nothing makes the metric {"Fn::Sub":"cham-${Stage}"} "stood""#,
        ),
        (
            "    Type: AWS::CloudWatch::Dashboard\n    Condition: IsStandard\n",
            "    Type: AWS::CloudWatch::Dashboard\n",
            "Dashboard: a dashboard is paid for, and only for the size standard",
        ),
        ("{\"widgets\": [\n", "{\"widgets\": [,\n", "Dashboard: DashboardBody must be JSON"),
        (
            "$context.routeKey",
            "$context.path",
            "ApiStage: the access log must be JSON and name routes, never paths",
        ),
        (
            "{ThrottlingBurstLimit: 200, ThrottlingRateLimit: 100}",
            "{ThrottlingBurstLimit: 200}",
            "ApiStage: DefaultRouteSettings must limit rate and burst",
        ),
    ]);
}
