//! Tables: what is in them can be restored, is not deleted by mistake, and goes when its time is over.

use serde_json::{Value, json};

use super::{all, each_is_found, written};
use crate::template::Template;

/// Tables whose rows stay for good, and why.
const KEEPS_ALL: [(&str, &str); 5] = [
    ("NotificationsTable", "a row says that a message was sent, and a second time finds it"),
    ("PointsTable", "an account is all its entries, and an operation is asked for once for ever"),
    ("RewardsTable", "a code that was given away must not be free again"),
    ("SurveysTable", "what somebody has answered is kept until the person is erased"),
    ("StandingsTable", "a level and a place on a board are kept for as long as the points are"),
];

pub(super) fn breaches(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    for (id, table) in written(template, "AWS::DynamoDB::Table") {
        let properties = &table["Properties"];
        let own_key = json!({"Fn::If": [
            "IsStandard",
            {"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["TableKey", "Arn"]}},
            {"Ref": "AWS::NoValue"},
        ]});
        for (property, wanted) in [
            ("PointInTimeRecoverySpecification", json!({"PointInTimeRecoveryEnabled": true})),
            ("DeletionProtectionEnabled", json!({"Fn::If": ["TablesAreProtected", true, false]})),
            // Anything else would be the key that AWS manages in the account, whose requests are paid for.
            ("SSESpecification", own_key),
        ] {
            if properties[property] != wanted {
                found.push(format!("{id}: {property} must be {wanted}"));
            }
        }
        let ttl = &properties["TimeToLiveSpecification"];
        match KEEPS_ALL.iter().find(|(table, _)| *table == id) {
            Some((_, why)) if !ttl.is_null() => {
                found.push(format!("{id}: no TimeToLiveSpecification, since {why}"));
            }
            None if *ttl != json!({"AttributeName": "ttl", "Enabled": true}) => {
                found.push(format!("{id}: TimeToLiveSpecification must be on, by ttl"));
            }
            Some(_) | None => {}
        }
    }
    for (id, key) in written(template, "AWS::KMS::Key") {
        if key["Properties"]["EnableKeyRotation"] != true {
            found.push(format!("{id}: EnableKeyRotation must be true"));
        }
        if key["Condition"] != "IsStandard" {
            found.push(format!("{id}: a key is paid for, and only for the size standard"));
        }
    }
    found.extend(all(template).filter_map(|(id, resource)| outlives(id, resource)));
    found
}

/// A deleted stack leaves its data and what is needed to read them, and nothing else.
fn outlives(id: &str, resource: &Value) -> Option<String> {
    let is_data =
        ["AWS::DynamoDB::Table", "AWS::KMS::Key"].iter().any(|kind| resource["Type"] == *kind);
    let policies = ["DeletionPolicy", "UpdateReplacePolicy"].map(|name| resource[name].as_str());
    match policies {
        [Some("RetainExceptOnCreate"), Some("Retain")] if is_data => None,
        [None | Some("Delete"), None | Some("Delete")] if !is_data => None,
        _ if is_data => Some(format!(
            "{id}: DeletionPolicy must be RetainExceptOnCreate and UpdateReplacePolicy Retain"
        )),
        _ => Some(format!("{id}: it is no data, so nothing of it may outlive the stack")),
    }
}

#[test]
fn each_law_about_tables_is_found_broken() {
    each_is_found(&[
        (
            "{PointInTimeRecoveryEnabled: true}",
            "{PointInTimeRecoveryEnabled: false}",
            r#"EventsTable: PointInTimeRecoverySpecification must be {"PointInTimeRecoveryEnabled":true}"#,
        ),
        (
            "!If [TablesAreProtected, true, false]",
            "false",
            r#"EventsTable: DeletionProtectionEnabled must be {"Fn::If":["TablesAreProtected",true,false]}"#,
        ),
        (
            "- !Ref AWS::NoValue",
            "- {SSEEnabled: true}",
            r#"EventsTable: SSESpecification must be {"Fn::If":["IsStandard",{"KMSMasterKeyId":{"Fn::GetAtt":["TableKey","Arn"]},"SSEEnabled":true,"SSEType":"KMS"},{"Ref":"AWS::NoValue"}]}"#,
        ),
        (
            "      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}\n",
            "",
            "EventsTable: TimeToLiveSpecification must be on, by ttl",
        ),
        (
            "      TableName: !Sub cham-${Stage}-rewards\n",
            "      TableName: !Sub cham-${Stage}-rewards\n      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}\n",
            "RewardsTable: no TimeToLiveSpecification, since a code that was given away must not be free again",
        ),
        (
            "DeletionPolicy: RetainExceptOnCreate",
            "DeletionPolicy: Delete",
            "EventsTable: DeletionPolicy must be RetainExceptOnCreate and UpdateReplacePolicy Retain",
        ),
        (
            "UpdateReplacePolicy: Retain",
            "UpdateReplacePolicy: Delete",
            "EventsTable: DeletionPolicy must be RetainExceptOnCreate and UpdateReplacePolicy Retain",
        ),
        (
            "DeletionPolicy: Delete",
            "DeletionPolicy: Retain",
            "WebhookIntakeLogs: it is no data, so nothing of it may outlive the stack",
        ),
        (
            "EnableKeyRotation: true",
            "EnableKeyRotation: false",
            "TableKey: EnableKeyRotation must be true",
        ),
        (
            "    Type: AWS::KMS::Key\n    Condition: IsStandard\n",
            "    Type: AWS::KMS::Key\n",
            "TableKey: a key is paid for, and only for the size standard",
        ),
    ]);
}
