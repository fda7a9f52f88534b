//! What a caller may do: the permissions of its role, enforced at every call and noted when they are used.
//!
//! Source: AWS "Actions, resources, and condition keys for Amazon DynamoDB", read 2026-11: a transaction needs the permission of each
//! of its parts, a query of an index that of the index. Notes go to the folder in the environment's `CHAM_CALLS`, a file for each
//! process, so that all test binaries of a run can write theirs.

use std::{
    collections::BTreeSet,
    fmt,
    fs::OpenOptions,
    io::Write as _,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex},
};

use serde_json::Value;

/// One action on one table or index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// DynamoDB's name: `PutItem`.
    pub action: String,
    /// `cham-dev-events`, or `cham-dev-customers/index/due`.
    pub resource: String,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action, self.resource)
    }
}

impl Permission {
    /// Reads what [`Display`](fmt::Display) prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (action, resource) = text.split_once(' ')?;
        Some(Self { action: action.to_owned(), resource: resource.to_owned() })
    }
}

/// A function's role.
#[derive(Clone, Debug)]
pub struct Role {
    name: Arc<str>,
    allowed: Arc<BTreeSet<Permission>>,
}

/// Where uses are noted, if anywhere.
static NOTES: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os("CHAM_CALLS").map(PathBuf::from));

/// What this process has noted.
static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Role {
    /// The role of the function `name`.
    pub fn new(name: &str, allowed: BTreeSet<Permission>) -> Self {
        Self { name: name.into(), allowed: Arc::new(allowed) }
    }

    /// The function.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All that it may do.
    pub fn allowed(&self) -> &BTreeSet<Permission> {
        &self.allowed
    }

    /// The first permission that a call needs and the role lacks. What is allowed is noted as used.
    pub(crate) fn lacks(&self, operation: &str, asked: &Value) -> Option<Permission> {
        let needed = needed(operation, asked);
        let lacking = needed.difference(&self.allowed).next().cloned();
        if lacking.is_none() {
            needed.iter().for_each(|permission| self.note(permission));
        }
        lacking
    }

    /// # Panics
    /// When the folder cannot be written: a run that notes nothing would pass for one that needs nothing.
    fn note(&self, permission: &Permission) {
        let Some(folder) = NOTES.as_ref() else { return };
        let line = format!("{} {permission}\n", self.name);
        let mut noted = NOTED.lock().expect("nothing panics while it holds the lock");
        if !noted.insert(line.clone()) {
            return;
        }
        let file = folder.join(std::process::id().to_string());
        let file = OpenOptions::new().create(true).append(true).open(file);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the folder in CHAM_CALLS can be written");
    }
}

/// What a call needs.
pub fn needed(operation: &str, asked: &Value) -> BTreeSet<Permission> {
    let permission = |action: &str, resource: &str| Permission {
        action: action.to_owned(),
        resource: resource.to_owned(),
    };
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = asked["TransactItems"].as_array().into_iter().flatten();
            parts
                .filter_map(|part| {
                    let (name, part) = part.as_object()?.iter().next()?;
                    let action = match name.as_str() {
                        "ConditionCheck" => "ConditionCheckItem".to_owned(),
                        name => format!("{name}Item"),
                    };
                    Some(permission(&action, part["TableName"].as_str()?))
                })
                .collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = asked["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| permission(operation, table)).collect()
        }
        _ => {
            let table = asked["TableName"].as_str().unwrap_or_default();
            let resource = match asked["IndexName"].as_str() {
                Some(index) => format!("{table}/index/{index}"),
                None => table.to_owned(),
            };
            [permission(operation, &resource)].into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(operation: &str, asked: &Value) -> Vec<String> {
        needed(operation, asked).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_call_needs_its_action_on_its_table_or_index() {
        assert_eq!(of("GetItem", &json!({"TableName": "t"})), ["GetItem t"]);
        let query = json!({"TableName": "t", "IndexName": "due"});
        assert_eq!(of("Query", &query), ["Query t/index/due"]);
        let batch = json!({"RequestItems": {"a": [], "b": []}});
        assert_eq!(of("BatchWriteItem", &batch), ["BatchWriteItem a", "BatchWriteItem b"]);
        let transaction = json!({"TransactItems": [
            {"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}, {"Put": {"TableName": "a"}},
        ]});
        assert_eq!(of("TransactWriteItems", &transaction), ["ConditionCheckItem b", "PutItem a"]);
    }

    #[test]
    fn a_role_lacks_what_it_was_not_given() {
        let role = Role::new("intake", [Permission::parse("PutItem t").unwrap()].into());
        assert_eq!(role.lacks("PutItem", &json!({"TableName": "t"})), None);
        let lacking = role.lacks("GetItem", &json!({"TableName": "t"}));
        assert_eq!(lacking, Permission::parse("GetItem t"));
        assert!(role.lacks("PutItem", &json!({"TableName": "u"})).is_some());
    }
}
