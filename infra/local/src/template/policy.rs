//! What the policies allow each function to do with tables.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::role::{Permission, Role};

use super::Template;

impl Template {
    /// The role of a function: the DynamoDB actions of its policies, each on a table or an index. Streams are read by Lambda itself
    /// and not by the function's calls.
    pub fn role(&self, function: &str) -> Role {
        let known = self.functions().iter().find(|known| known.name == function);
        let policies =
            known.map(
                |known| &self.document()["Resources"][&known.logical_id]["Properties"]["Policies"],
            );
        let policies = policies.and_then(Value::as_array).into_iter().flatten();
        let statements = policies.filter_map(|policy| policy["Statement"].as_array()).flatten();
        let mut allowed = BTreeSet::new();
        for statement in statements {
            let actions = statement["Action"].as_array().into_iter().flatten();
            let actions = actions.filter_map(|action| action.as_str()?.strip_prefix("dynamodb:"));
            let Some(resource) = self.named(&statement["Resource"]) else { continue };
            allowed.extend(actions.map(|action| Permission {
                action: action.to_owned(),
                resource: resource.clone(),
            }));
        }
        Role::new(function, allowed)
    }

    /// The table or index that a resource of a policy names; `None` for a stream and what is no table.
    fn named(&self, resource: &Value) -> Option<String> {
        let table = |id: &str| {
            let table = self.tables().iter().find(|table| table.logical_id == id)?;
            Some(table.name.clone())
        };
        if let Some(of) = resource["Fn::GetAtt"].as_array() {
            let (id, attribute) = (of.first()?.as_str()?, of.get(1)?.as_str()?);
            return (attribute == "Arn").then(|| table(id))?;
        }
        let written = resource["Fn::Sub"].as_str()?.strip_prefix("${")?;
        let (id, rest) = written.split_once(".Arn}")?;
        let index = rest.strip_prefix("/index/")?;
        Some(format!("{}/index/{index}", table(id)?))
    }
}
