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

    /// What the policies allow and `notes` do not name, as `<function> <action> <resource>`; a note is a line of the same form.
    pub fn unused<'n>(&self, notes: impl IntoIterator<Item = &'n str>) -> Vec<String> {
        let used: BTreeSet<&str> = notes.into_iter().collect();
        let allowed = self.functions().iter().flat_map(|function| {
            let role = self.role(&function.name);
            let lines =
                role.allowed().iter().map(|permission| format!("{} {permission}", function.name));
            lines.collect::<Vec<_>>()
        });
        allowed.filter(|line| !used.contains(line.as_str())).collect()
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

#[cfg(test)]
mod tests {
    use crate::{demo::TEMPLATE, template::Template};

    #[test]
    fn what_a_policy_allows_and_nobody_does_is_reported() {
        let template = Template::read(TEMPLATE).unwrap();
        let role = template.role("webhook-intake");
        let lines: Vec<String> = role
            .allowed()
            .iter()
            .map(|permission| format!("webhook-intake {permission}"))
            .collect();
        assert_eq!(
            lines,
            ["webhook-intake GetItem cham-dev-tenants", "webhook-intake PutItem cham-dev-events",]
        );
        let of_intake = |unused: Vec<String>| {
            unused.into_iter().filter(|line| line.starts_with("webhook-intake")).collect::<Vec<_>>()
        };
        assert_eq!(of_intake(template.unused([lines[0].as_str()])), [lines[1].clone()]);
        assert!(of_intake(template.unused(lines.iter().map(String::as_str))).is_empty());
    }

    #[test]
    fn every_function_has_permissions_and_none_of_them_is_on_a_stream() {
        let template = Template::read(TEMPLATE).unwrap();
        for function in template.functions() {
            let role = template.role(&function.name);
            assert!(!role.allowed().is_empty(), "{}", function.name);
            for permission in role.allowed() {
                assert!(!permission.resource.contains("stream"), "{permission}");
            }
        }
    }
}
