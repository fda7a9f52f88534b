//! Permissions: single actions on single resources, and no table that a function is not told of.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{each_is_found, written};
use crate::template::Template;

/// Where a `*` may stand in a resource, and why. Everywhere else it is refused.
const WIDE_RESOURCES: [(&str, &str); 2] = [
    ("dynamodb:ListStreams", "the streams of one table: the action knows no single one"),
    ("kms:*", "in a key's own policy it is the key"),
];
/// Where a `*` may stand in an action, and why.
const WIDE_ACTIONS: [(&str, &str, &str); 1] = [(
    "TableKey",
    "kms:*",
    "the account decides by IAM; without it nobody could ever change the key again",
)];

/// A statement of a policy, with the id of its resource.
type Statement<'t> = (&'t str, &'t Value);

fn statements(template: &Template) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    for (id, function) in written(template, "AWS::Serverless::Function") {
        let policies = function["Properties"]["Policies"].as_array().into_iter().flatten();
        found.extend(policies.flat_map(|policy| of(id, policy)));
    }
    for (id, role) in written(template, "AWS::IAM::Role") {
        let policies = role["Properties"]["Policies"].as_array().into_iter().flatten();
        found.extend(policies.flat_map(|policy| of(id, &policy["PolicyDocument"])));
    }
    for (id, policy) in written(template, "AWS::IAM::Policy") {
        found.extend(of(id, &policy["Properties"]["PolicyDocument"]));
    }
    for (id, key) in written(template, "AWS::KMS::Key") {
        found.extend(of(id, &key["Properties"]["KeyPolicy"]));
    }
    found
}

fn of<'t>(id: &'t str, policy: &'t Value) -> impl Iterator<Item = Statement<'t>> {
    let statements =
        policy["Statement"].as_array().unwrap_or_else(|| panic!("{id}: no statements"));
    statements.iter().map(move |statement| (id, statement))
}

fn actions(statement: &Value) -> Vec<&str> {
    let list = statement["Action"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}

pub(super) fn breaches(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    for (id, statement) in statements(template) {
        let actions = actions(statement);
        if actions.is_empty() {
            found.push(format!("{id}: Action must be a list, action by action"));
        }
        for action in &actions {
            let is_listed = WIDE_ACTIONS.iter().any(|(at, wide, _)| *at == id && wide == action);
            if action.contains('*') && !is_listed {
                found.push(format!("{id}: {action} is more than one action"));
            }
        }
        let resource = statement["Resource"].to_string();
        let is_listed = WIDE_RESOURCES.iter().any(|(only, _)| actions == [*only]);
        if resource.contains('*') && !is_listed || statement["Resource"].is_array() {
            found.push(format!("{id}: {resource} is more than one resource"));
        }
        let through =
            json!({"kms:ViaService": {"Fn::Sub": "dynamodb.${AWS::Region}.amazonaws.com"}});
        if id == "TableKeyUse" && statement["Condition"]["StringEquals"] != through {
            found.push(format!("{id}: the key may be used by way of DynamoDB only"));
        }
    }
    found.extend(tables(template));
    found.extend(callers(template));
    found
}

/// A function may touch the tables in its environment and no others; all may use the key of the tables.
fn tables(template: &Template) -> Vec<String> {
    let statements = statements(template);
    let mut found = Vec::new();
    let mut roles = BTreeSet::new();
    for function in template.functions() {
        let id = function.logical_id.as_str();
        let own = statements.iter().filter(|(of, _)| *of == id);
        let granted: BTreeSet<&str> = own
            .filter_map(|(_, statement)| {
                let resource = statement["Resource"].to_string();
                let table =
                    template.tables().iter().find(|table| resource.contains(&table.logical_id));
                table.map(|table| table.name.as_str())
            })
            .collect();
        let named = function.environment.iter().filter(|(name, _)| name.ends_with("_TABLE"));
        let named: BTreeSet<&str> = named.map(|(_, value)| value.as_str()).collect();
        for table in granted.symmetric_difference(&named) {
            found.push(format!(
                "{id}: {table} is in its policy or in its environment, and not in both"
            ));
        }
        roles.insert(format!("{id}Role"));
    }
    for (id, policy) in written(template, "AWS::IAM::Policy") {
        let attached = policy["Properties"]["Roles"].as_array().into_iter().flatten();
        let attached: BTreeSet<String> =
            attached.filter_map(|role| role["Ref"].as_str()).map(str::to_owned).collect();
        for role in roles.symmetric_difference(&attached) {
            found.push(format!("{id}: {role} is no function's or is left out"));
        }
    }
    found
}

/// The role of a schedule may call the function of this schedule and nothing else.
fn callers(template: &Template) -> Vec<String> {
    let statements = statements(template);
    let mut found = Vec::new();
    for (id, schedule) in written(template, "AWS::Scheduler::Schedule") {
        let target = &schedule["Properties"]["Target"];
        let role = target["RoleArn"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
        let may: Vec<_> = statements.iter().filter(|(of, _)| *of == role).collect();
        let calls = |statement: &Value| {
            actions(statement) == ["lambda:InvokeFunction"]
                && statement["Resource"] == target["Arn"]
        };
        if may.len() != 1 || !calls(may[0].1) {
            found.push(format!(
                "{id}: its role must be allowed to call its function and nothing else"
            ));
        }
    }
    found
}

#[test]
fn each_law_about_permissions_is_found_broken() {
    each_is_found(&[
        (
            "Action: [dynamodb:PutItem]",
            "Action: dynamodb:PutItem",
            "WebhookIntake: Action must be a list, action by action",
        ),
        (
            "Action: [dynamodb:PutItem]",
            "Action: [\"dynamodb:*\"]",
            "WebhookIntake: dynamodb:* is more than one action",
        ),
        ("- kms:Decrypt", "- kms:*", "TableKeyUse: kms:* is more than one action"),
        (
            "Resource: !Sub ${CustomersTable.Arn}/index/due",
            "Resource: !Sub ${CustomersTable.Arn}/index/*",
            r#"JourneyRunner: {"Fn::Sub":"${CustomersTable.Arn}/index/*"} is more than one resource"#,
        ),
        (
            "Resource: !GetAtt TableKey.Arn",
            "Resource: \"*\"",
            r#"TableKeyUse: "*" is more than one resource"#,
        ),
        (
            "          TENANTS_TABLE: !Ref TenantsTable\n          RAW_DAYS",
            "          RAW_DAYS",
            "WebhookIntake: cham-dev-tenants is in its policy or in its environment, and not in both",
        ),
        (
            "\"kms:ViaService\"",
            "\"kms:CallerAccount\"",
            "TableKeyUse: the key may be used by way of DynamoDB only",
        ),
        (
            "        - !Ref ConsoleRole\n",
            "",
            "TableKeyUse: ConsoleRole is no function's or is left out",
        ),
        (
            "                Resource: !GetAtt JourneyRunner.Arn",
            "                Resource: !GetAtt ZnsDispatch.Arn",
            "JourneyRunnerMinute: its role must be allowed to call its function and nothing else",
        ),
    ]);
}
