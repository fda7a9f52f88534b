//! Functions, with what they find in their environment.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{ACCOUNT, REGION, TemplateError, intrinsic::Scope, resource::Resource};

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What the template calls it.
    pub logical_id: String,
    /// The last folder of its `CodeUri`: the name of its crate, binary and folder. Triggers and routes use this name.
    pub name: String,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// Seconds until an invocation is stopped.
    pub timeout_s: u32,
    /// How other resources refer to it.
    pub(super) arn: String,
    /// What `Ref` gives.
    pub(super) reference: String,
}

/// The ARN of a function with this name.
pub(super) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// Seconds that SAM takes for an absent `Timeout`, and Lambda's most (AWS Lambda quotas, read 2026-11).
const TIMEOUT_S: (i64, (i64, i64)) = (3, (1, 900));

impl Function {
    pub(super) fn read(resource: &Resource, scope: &Scope) -> Result<Self, TemplateError> {
        let code = resource.text("CodeUri")?;
        let name = code.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(resource.must_be("CodeUri", "a folder named after the function"));
        }
        let timeout = resource.number("Timeout", TIMEOUT_S.1, TIMEOUT_S.0)?;
        let reference = scope.references.get(&resource.id).cloned().unwrap_or_default();
        Ok(Self {
            logical_id: resource.id.clone(),
            name,
            environment: environment(resource)?,
            timeout_s: u32::try_from(timeout).expect("the bounds of a time-out fit"),
            arn: function_arn(&reference),
            reference,
        })
    }

    /// The function that a trigger names by ARN or by name.
    pub(super) fn find<'f>(functions: &'f [Self], named: &str) -> Option<&'f Self> {
        functions.iter().find(|function| function.arn == named || function.reference == named)
    }
}

fn environment(resource: &Resource) -> Result<BTreeMap<String, String>, TemplateError> {
    let Some(object) = resource.object("Environment", &["Variables"])? else {
        return Ok(BTreeMap::new());
    };
    let none = Map::new();
    let variables = object.get("Variables").and_then(Value::as_object).unwrap_or(&none);
    variables
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), text.clone())),
            Value::Bool(_) | Value::Number(_) => Ok((name.clone(), value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(resource.must_be(&format!("Environment.Variables.{name}"), "text"))
            }
        })
        .collect()
}
