//! Every kind of thing that is not read is refused by name, with the id of the resource that has it.

use std::collections::BTreeMap;

use super::{Template, law::text};

/// The sentence with which the real template is refused after `from` has become `to`.
fn refusal(from: &str, to: &str) -> String {
    let text = text();
    assert!(text.contains(from), "{from}");
    Template::read(&text.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn an_unknown_resource_type() {
    assert_eq!(
        refusal("  Api:\n", "  Queue:\n    Type: AWS::SQS::Queue\n  Api:\n"),
        "Queue is of type AWS::SQS::Queue, which is not read here"
    );
}

#[test]
fn an_unknown_section() {
    assert_eq!(refusal("Outputs:", "Mappings: {}\nOutputs:"), "section Mappings is not read here");
    assert_eq!(
        refusal("Globals:\n", "Globals:\n  HttpApi: {}\n"),
        "section Globals.HttpApi is not read here"
    );
    assert_eq!(
        refusal("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"),
        "section Transform is not read here"
    );
}

#[test]
fn an_unknown_property_of_each_type_that_is_read() {
    for (from, to, sentence) in [
        (
            "      TableName: !Sub cham-${Stage}-events\n",
            "      TableName: e\n      LocalSecondaryIndexes: []\n",
            "EventsTable has LocalSecondaryIndexes, which is not read here",
        ),
        (
            "Enabled: true}\n      PointInTime",
            "Enabled: true, Grace: 1}\n      PointInTime",
            "EventsTable has TimeToLiveSpecification.Grace, which is not read here",
        ),
        (
            "      Timeout: 10\n",
            "      Timeout: 10\n      VpcConfig: {}\n",
            "WebhookIntake has VpcConfig, which is not read here",
        ),
        (
            "    MemorySize: 256\n",
            "    MemorySize: 256\n    Layers: []\n",
            "Console has Layers, which is not read here",
        ),
        (
            "      BatchSize: 25\n",
            "      BatchSize: 25\n      TumblingWindowInSeconds: 60\n",
            "EventsToJourneyRunner has TumblingWindowInSeconds, which is not read here",
        ),
        (
            // Of queues, not of streams.
            "      BatchSize: 25\n",
            "      BatchSize: 25\n      ScalingConfig: {MaximumConcurrency: 1}\n",
            "EventsToJourneyRunner has ScalingConfig, which is not read here",
        ),
        (
            "      ScheduleExpression: rate(1 minute)\n",
            "      ScheduleExpression: rate(1 minute)\n      State: DISABLED\n",
            "JourneyRunnerMinute has State, which is not read here",
        ),
        (
            "        Input: '{\"tick\": \"minute\"}'\n",
            "        SqsParameters: {}\n",
            "JourneyRunnerMinute has Target.SqsParameters, which is not read here",
        ),
        (
            "      ProtocolType: HTTP\n",
            "      ProtocolType: HTTP\n      CorsConfiguration: {}\n",
            "Api has CorsConfiguration, which is not read here",
        ),
        (
            "      AutoDeploy: true\n",
            "      AutoDeploy: true\n      StageVariables: {a: b}\n",
            "ApiStage has StageVariables, which is not read here",
        ),
        (
            "      PayloadFormatVersion: \"2.0\"\n",
            "      PayloadFormatVersion: \"2.0\"\n      RequestParameters: {}\n",
            "WebhookIntakeIntegration has RequestParameters, which is not read here",
        ),
        (
            "      RouteKey: GET /\n",
            "      RouteKey: GET /\n      AuthorizationType: JWT\n",
            "DomainRoute has AuthorizationType, which is not read here",
        ),
        (
            "  Api:\n",
            "  Api:\n    Condition: HasAlarmTopic\n",
            "Api has Condition, which is not read here",
        ),
    ] {
        assert_eq!(refusal(from, to), sentence);
    }
}

#[test]
fn an_unknown_intrinsic_or_reference() {
    assert_eq!(
        refusal("RAW_DAYS: !Ref RawDays", "RAW_DAYS: !If [HasAlarmTopic, 1, 2]"),
        "WebhookIntake uses Fn::If, which is not read here"
    );
    assert_eq!(
        refusal("RAW_DAYS: !Ref RawDays", "RAW_DAYS: !Ref Days"),
        "WebhookIntake refers to Days, which is not read here"
    );
    // A table without a stream has no stream to be called by.
    assert_eq!(
        refusal("EventSourceArn: !GetAtt EventsTable", "EventSourceArn: !GetAtt CustomersTable"),
        "EventsToJourneyRunner refers to CustomersTable.StreamArn, which is not read here"
    );
}

#[test]
fn a_value_that_is_not_possible() {
    for (from, to, sentence) in [
        (
            "BillingMode: PAY_PER_REQUEST",
            "BillingMode: PROVISIONED",
            "EventsTable: BillingMode must be PAY_PER_REQUEST",
        ),
        (
            "Runtime: provided.al2023",
            "Runtime: python3.13",
            "Console: Runtime must be provided.al2023",
        ),
        ("Timeout: 10", "Timeout: 901", "WebhookIntake: Timeout must be a number from 1 to 900"),
        (
            "BatchSize: 25",
            "BatchSize: 100000",
            "EventsToJourneyRunner: BatchSize must be a number from 1 to 10000",
        ),
        (
            "ParallelizationFactor: 4",
            "ParallelizationFactor: 11",
            "EventsToJourneyRunner: ParallelizationFactor must be a number from 1 to 10",
        ),
        (
            "StartingPosition: TRIM_HORIZON",
            "StartingPosition: LATEST",
            "EventsToJourneyRunner: StartingPosition must be TRIM_HORIZON",
        ),
        (
            "[ReportBatchItemFailures]",
            "[ReportAll]",
            "EventsToJourneyRunner: FunctionResponseTypes must be [ReportBatchItemFailures]",
        ),
        (
            r#"'{"eventName": ["INSERT"]}'"#,
            r#"'{"eventName": [{"anything-but": "REMOVE"}]}'"#,
            "EventsToJourneyRunner: FilterCriteria.Filters.Pattern must be made of text, null, exists and prefix only",
        ),
        (
            r#"'{"eventName": ["INSERT"]}'"#,
            "'{eventName: [INSERT]}'",
            "EventsToJourneyRunner: FilterCriteria.Filters.Pattern must be JSON text",
        ),
        (
            r#"'{"eventName": ["INSERT"]}'"#,
            r#"'{"eventname": ["INSERT"]}'"#,
            "EventsToJourneyRunner: FilterCriteria.Filters.Pattern must be made of what a record of its stream has",
        ),
        (
            "rate(1 minute)",
            "rate(1 minutes)",
            "JourneyRunnerMinute: ScheduleExpression must be rate(1 minute), rate(N minutes), rate(1 hour) or rate(N hours)",
        ),
        (
            "rate(1 minute)",
            "cron(* * * * *)",
            "JourneyRunnerMinute: ScheduleExpression must be rate(1 minute), rate(N minutes), rate(1 hour) or rate(N hours)",
        ),
        (
            r#"Mode: "OFF""#,
            "Mode: FLEXIBLE",
            "JourneyRunnerMinute: FlexibleTimeWindow.Mode must be OFF",
        ),
        ("StageName: $default", "StageName: v1", "ApiStage: StageName must be $default"),
        (
            "PayloadFormatVersion: \"2.0\"",
            "PayloadFormatVersion: \"1.0\"",
            "WebhookIntakeIntegration: PayloadFormatVersion must be 2.0",
        ),
        (
            "RouteKey: GET /{file}",
            "RouteKey: GET /zalo_verifier{code}.html",
            "DomainFileRoute: RouteKey must be one method and a path of whole segments",
        ),
        (
            "RouteKey: GET /{file}",
            "RouteKey: GET /{file+}/x",
            "DomainFileRoute: RouteKey must be one method and a path of whole segments",
        ),
        (
            "RouteKey: GET /{file}",
            "RouteKey: $default",
            "DomainFileRoute: RouteKey must be one method and a path of whole segments",
        ),
        (
            "RouteKey: GET /{file}",
            "RouteKey: GET /",
            "DomainRoute: RouteKey must be that of one route only",
        ),
        (
            "IntegrationUri: !GetAtt WebhookIntake.Arn",
            "IntegrationUri: https://example.com",
            "WebhookIntakeIntegration: IntegrationUri must be the ARN of a function",
        ),
        (
            "Target: !Sub integrations/${WebhookIntakeIntegration}",
            "Target: !Sub integrations/${Api}",
            "HookRoute: Target must be integrations/ and an integration",
        ),
    ] {
        assert_eq!(refusal(from, to), sentence);
    }
}

#[test]
fn a_parameter_without_a_value_or_with_a_wrong_one() {
    assert_eq!(refusal("    Default: dev\n", ""), "parameter Stage needs a value");
    for (name, value, sentence) in [
        ("Architecture", "riscv", "parameter Architecture has a value that is not allowed"),
        ("Colour", "red", "parameter Colour is not in the template"),
    ] {
        let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert_eq!(Template::read_with(&text(), &given).unwrap_err().to_string(), sentence);
    }
}

#[test]
fn text_that_is_no_template() {
    for (text, sentence) in [
        ("a: [", "the template is not valid YAML"),
        ("[]", "the template: the document is malformed"),
        ("Resources: []", "the template: Resources is malformed"),
        ("Resources: {A: {}}", "A is of type , which is not read here"),
        ("Resources: {A: 1}", "A: the resource is malformed"),
    ] {
        assert_eq!(Template::read(text).unwrap_err().to_string(), sentence);
    }
}
