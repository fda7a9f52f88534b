//! Tables, as requests to make them.

use serde_json::{Map, Value, json};

use super::{ACCOUNT, REGION, TemplateError, resource::Resource};

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What the template calls it.
    pub logical_id: String,
    /// What DynamoDB and the functions' environments call it.
    pub name: String,
    /// The body of the `CreateTable` request.
    pub create: Value,
    /// The attribute that holds the second after which a row may go.
    pub ttl_attribute: Option<String>,
}

/// The ARN of a table with this name.
pub(super) fn table_arn(name: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

impl Table {
    pub(super) fn read(resource: &Resource) -> Result<Self, TemplateError> {
        let name = match resource.get("TableName") {
            Some(_) => resource.text("TableName")?.to_owned(),
            None => resource.id.clone(),
        };
        let mut create = Map::new();
        create.insert("TableName".into(), name.clone().into());
        for property in
            ["AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes"]
        {
            if let Some(value) = resource.get(property) {
                create.insert(property.into(), value.clone());
            }
        }
        // CloudFormation turns a stream on by its view type alone; the API asks for a switch as well.
        if let Some(stream) = resource.object("StreamSpecification", &["StreamViewType"])? {
            let view = stream.get("StreamViewType").cloned().unwrap_or_default();
            create.insert(
                "StreamSpecification".into(),
                json!({"StreamEnabled": true, "StreamViewType": view}),
            );
        }
        let ttl = resource.object("TimeToLiveSpecification", &["AttributeName", "Enabled"])?;
        let ttl_attribute = match ttl {
            Some(ttl) if ttl.get("Enabled") == Some(&Value::Bool(true)) => {
                let attribute = ttl.get("AttributeName").and_then(Value::as_str);
                let missing = || resource.must_be("TimeToLiveSpecification.AttributeName", "text");
                Some(attribute.ok_or_else(missing)?.to_owned())
            }
            Some(_) | None => None,
        };
        Ok(Self { logical_id: resource.id.clone(), name, create: create.into(), ttl_attribute })
    }
}
