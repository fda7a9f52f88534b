//! Functions and what calls them: time-outs that fit the caller, batches that fit the time, and nothing that piles up.

use serde_json::{Value, json};

use super::{each_is_found, written};
use crate::template::{Function, Template};

/// An HTTP API gives a function 30 s (API Gateway quotas, read 2026-11); its own time-out has to come first to be logged as one.
const HTTP_TIMEOUT_S: u32 = 29;
/// What each record of a batch may take on average: one call of Zalo takes 5 s at most, and few take that.
const RECORD_S: usize = 2;

pub(super) fn breaches(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    for function in template.functions() {
        let id = &function.logical_id;
        let properties = &template.document()["Resources"][id]["Properties"];
        let crate_of = format!("../functions/{}/", function.name);
        let method = &template.document()["Resources"][id]["Metadata"]["BuildMethod"];
        if properties["CodeUri"] != crate_of || method != "rust-cargolambda" {
            found.push(format!("{id}: CodeUri must be its crate, built by rust-cargolambda"));
        }
        let is_routed = template.routes().iter().any(|route| route.function == function.name);
        if is_routed && function.timeout_s > HTTP_TIMEOUT_S {
            found.push(format!(
                "{id}: Timeout must be at most {HTTP_TIMEOUT_S}, since HTTP waits no longer"
            ));
        }
        if let Some(tick) = template.schedules().iter().find(|tick| tick.function == function.name)
        {
            let every = u64::try_from(tick.every.as_secs()).unwrap();
            if u64::from(function.timeout_s) > every {
                found.push(format!("{id}: Timeout must be at most the {every} s of its schedule"));
            }
            let wanted = json!({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": every});
            if properties["EventInvokeConfig"] != wanted {
                found.push(format!(
                    "{id}: EventInvokeConfig must be {wanted}: missed minutes must not pile up"
                ));
            }
        }
        let reserved = &properties["ReservedConcurrentExecutions"];
        let may_be_none = reserved["Fn::If"][2] == json!({"Ref": "AWS::NoValue"});
        if !reserved.is_null() && !may_be_none {
            found.push(format!(
                "{id}: ReservedConcurrentExecutions must be off by default, since a new account cannot reserve any"
            ));
        }
        found.extend(logging(template, function, &properties["LoggingConfig"]));
    }
    let reserves = &template.document()["Parameters"]["IntakeReserved"]["Default"];
    if *reserves != 0 {
        found.push(format!("IntakeReserved: the default must be 0, not {reserves}"));
    }
    found.extend(triggers(template));
    found.extend(permissions(template));
    found
}

fn logging(template: &Template, function: &Function, logging: &Value) -> Vec<String> {
    let id = &function.logical_id;
    let group = logging["LogGroup"]["Ref"].as_str().unwrap_or_default();
    let group = &template.document()["Resources"][group]["Properties"];
    let mut found = Vec::new();
    if logging["LogFormat"] != "JSON" {
        found.push(format!("{id}: LogFormat must be JSON"));
    }
    let wanted = json!({"Fn::Sub": format!("/aws/lambda/cham-${{Stage}}-{}", function.name)});
    if group["LogGroupName"] != wanted || group["RetentionInDays"] != json!({"Ref": "LogDays"}) {
        found.push(format!("{id}: it needs a log group of its own name that is kept for LogDays"));
    }
    found
}

fn triggers(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    for trigger in template.streams() {
        let id = &trigger.logical_id;
        if !trigger.report_batch_item_failures || !trigger.bisect_on_error {
            found.push(format!(
                "{id}: one record must not fail its batch: report single failures and bisect"
            ));
        }
        if trigger.filters.is_empty() {
            found.push(format!("{id}: a filter must say which records are meant"));
        }
        let function = template.functions().iter().find(|f| f.name == trigger.function).unwrap();
        if trigger.batch_size * RECORD_S > usize::try_from(function.timeout_s).unwrap() {
            found.push(format!(
                "{id}: BatchSize must leave each record {RECORD_S} s of its function's Timeout"
            ));
        }
        let ticks = template.schedules().iter().any(|tick| tick.function == trigger.function);
        // The hour finds an answered survey only when its link is over.
        let is_alone =
            ["-events", "-points", "-surveys"].iter().any(|table| trigger.table.ends_with(table));
        match (is_alone, trigger.retries) {
            (true, Some(_)) => {
                found.push(format!(
                    "{id}: MaximumRetryAttempts must be -1, since its rows have no second way"
                ));
            }
            (false, None) => {
                found.push(format!(
                    "{id}: MaximumRetryAttempts must be bounded, since the minute is a second way"
                ));
            }
            (false, Some(_)) if !ticks => {
                found.push(format!("{id}: what is given up needs a schedule that finds it"));
            }
            (true, None) | (false, Some(_)) => {}
        }
        let table = template.tables().iter().find(|table| table.name == trigger.table).unwrap();
        let stream = json!({"Fn::GetAtt": [table.logical_id, "StreamArn"]});
        let policies =
            &template.document()["Resources"][&function.logical_id]["Properties"]["Policies"];
        let statements = policies.as_array().into_iter().flatten();
        let mut statements =
            statements.filter_map(|policy| policy["Statement"].as_array()).flatten();
        let reads =
            json!(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]);
        if !statements.any(|one| one["Resource"] == stream && one["Action"] == reads) {
            found.push(format!("{id}: its function may not read the stream"));
        }
    }
    found
}

/// API Gateway may call what a route leads to.
fn permissions(template: &Template) -> Vec<String> {
    let permitted = |function: &Function| {
        let arn = json!({"Fn::GetAtt": [function.logical_id, "Arn"]});
        written(template, "AWS::Lambda::Permission").any(|(_, permission)| {
            let properties = &permission["Properties"];
            properties["FunctionName"] == arn
                && properties["Principal"] == "apigateway.amazonaws.com"
                && properties["SourceArn"]["Fn::Sub"]
                    .as_str()
                    .is_some_and(|arn| arn.contains("${Api}"))
        })
    };
    let routed = |function: &&Function| {
        template.routes().iter().any(|route| route.function == function.name)
    };
    let refused =
        template.functions().iter().filter(routed).filter(|function| !permitted(function));
    refused
        .map(|function| format!("{}: no permission for the API to call it", function.logical_id))
        .collect()
}

#[test]
fn each_law_about_functions_is_found_broken() {
    each_is_found(&[
        (
            "CodeUri: ../functions/console/",
            "CodeUri: ../target/console/",
            "Console: CodeUri must be its crate, built by rust-cargolambda",
        ),
        (
            "    Metadata: {BuildMethod: rust-cargolambda}\n",
            "",
            "WebhookIntake: CodeUri must be its crate, built by rust-cargolambda",
        ),
        (
            "Timeout: 15",
            "Timeout: 30",
            "Console: Timeout must be at most 29, since HTTP waits no longer",
        ),
        (
            "Timeout: 60",
            "Timeout: 61",
            "JourneyRunner: Timeout must be at most the 60 s of its schedule",
        ),
        (
            "{MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}",
            "{MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60}",
            r#"JourneyRunner: EventInvokeConfig must be {"MaximumEventAgeInSeconds":60,"MaximumRetryAttempts":0}: missed minutes must not pile up"#,
        ),
        (
            "!If [ReservesIntake, !Ref IntakeReserved, !Ref AWS::NoValue]",
            "10",
            "WebhookIntake: ReservedConcurrentExecutions must be off by default, since a new account cannot reserve any",
        ),
        (
            "    Type: Number\n    Default: 0\n",
            "    Type: Number\n    Default: 10\n",
            "IntakeReserved: the default must be 0, not 10",
        ),
        ("LogFormat: JSON", "LogFormat: Text", "WebhookIntake: LogFormat must be JSON"),
        (
            "LogGroup: !Ref ZnsDispatchLogs",
            "LogGroup: !Ref JourneyRunnerLogs",
            "ZnsDispatch: it needs a log group of its own name that is kept for LogDays",
        ),
        (
            "      RetentionInDays: !Ref LogDays\n",
            "",
            "WebhookIntake: it needs a log group of its own name that is kept for LogDays",
        ),
        (
            "      FunctionResponseTypes: [ReportBatchItemFailures]\n",
            "",
            "EventsToJourneyRunner: one record must not fail its batch: report single failures and bisect",
        ),
        (
            "      BisectBatchOnFunctionError: true\n",
            "",
            "EventsToJourneyRunner: one record must not fail its batch: report single failures and bisect",
        ),
        (
            "      FilterCriteria:\n        Filters:\n          - Pattern: '{\"eventName\": [\"INSERT\"]}'\n",
            "",
            "EventsToJourneyRunner: a filter must say which records are meant",
        ),
        (
            "BatchSize: 25",
            "BatchSize: 31",
            "EventsToJourneyRunner: BatchSize must leave each record 2 s of its function's Timeout",
        ),
        (
            "MaximumRetryAttempts: -1",
            "MaximumRetryAttempts: 3",
            "EventsToJourneyRunner: MaximumRetryAttempts must be -1, since its rows have no second way",
        ),
        (
            "MaximumRetryAttempts: 3",
            "MaximumRetryAttempts: -1",
            "NotificationsToZnsDispatch: MaximumRetryAttempts must be bounded, since the minute is a second way",
        ),
        (
            "Resource: !GetAtt NotificationsTable.StreamArn",
            "Resource: !GetAtt NotificationsTable.Arn",
            "NotificationsToZnsDispatch: its function may not read the stream",
        ),
        (
            "FunctionName: !GetAtt WebhookIntake.Arn",
            "FunctionName: !GetAtt ZnsDispatch.Arn",
            "WebhookIntake: no permission for the API to call it",
        ),
    ]);
}
