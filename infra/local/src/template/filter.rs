//! Which records of a stream a function is called for: a listed subset of Lambda's event filter patterns.
//!
//! Source: AWS Lambda developer guide, "Using event filtering with a DynamoDB event source", and EventBridge's comparison
//! operators, read 2026-11. Read are equality with text and null, `exists` and `prefix`; the rest (`anything-but`,
//! `numeric`, `suffix`, `equals-ignore-case`, `$or`) is refused. Numbers of a stream record are text, `{"N": "5"}`, so
//! equality with text is what compares them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A pattern: every key in it has to match.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(BTreeMap<String, Node>);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Inside(BTreeMap<String, Node>),
    /// One of them has to hold.
    OneOf(Vec<Test>),
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Equals(Value),
    Prefix(String),
    Exists(bool),
}

impl Filter {
    /// Reads a pattern; the error ends the sentence "the pattern must be".
    pub(super) fn read(pattern: &str) -> Result<Self, &'static str> {
        let pattern: Value = serde_json::from_str(pattern).map_err(|_| "JSON text")?;
        let pattern = pattern.as_object().ok_or("an object")?;
        inside(pattern).map(Self)
    }

    /// Whether `record`, as Lambda gets it, matches.
    pub fn matches(&self, record: &Value) -> bool {
        all(&self.0, Some(record))
    }
}

fn inside(pattern: &Map<String, Value>) -> Result<BTreeMap<String, Node>, &'static str> {
    if pattern.is_empty() {
        return Err("an object with keys");
    }
    pattern
        .iter()
        .map(|(key, value)| {
            let node = match value {
                _ if key.starts_with('$') => return Err("without $or"),
                Value::Object(object) => Node::Inside(inside(object)?),
                Value::Array(tests) if !tests.is_empty() => {
                    Node::OneOf(tests.iter().map(test).collect::<Result<_, _>>()?)
                }
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_) => {
                    return Err("an object whose leaves are lists of tests");
                }
            };
            Ok((key.clone(), node))
        })
        .collect()
}

fn test(test: &Value) -> Result<Test, &'static str> {
    match test {
        Value::String(_) | Value::Null => Ok(Test::Equals(test.clone())),
        Value::Object(operator) => match operator.iter().next().filter(|_| operator.len() == 1) {
            Some((name, Value::Bool(exists))) if name == "exists" => Ok(Test::Exists(*exists)),
            Some((name, Value::String(prefix))) if name == "prefix" => {
                Ok(Test::Prefix(prefix.clone()))
            }
            Some(_) | None => Err("made of text, null, exists and prefix only"),
        },
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err("made of text, null, exists and prefix only")
        }
    }
}

fn all(nodes: &BTreeMap<String, Node>, value: Option<&Value>) -> bool {
    nodes.iter().all(|(key, node)| {
        let found = value.and_then(|value| value.get(key));
        match node {
            Node::Inside(nodes) => all(nodes, found),
            Node::OneOf(tests) => tests.iter().any(|test| holds(test, found)),
        }
    })
}

fn holds(test: &Test, found: Option<&Value>) -> bool {
    // A list matches when one of its items does.
    let any = |holds: &dyn Fn(&Value) -> bool| match found {
        Some(Value::Array(items)) => items.iter().any(holds),
        Some(value) => holds(value),
        None => false,
    };
    match test {
        Test::Equals(wanted) => any(&|value| value == wanted),
        Test::Prefix(prefix) => {
            any(&|value| value.as_str().is_some_and(|text| text.starts_with(prefix.as_str())))
        }
        // Only leaves exist; an object in that place does not.
        Test::Exists(wanted) => found.is_some_and(|value| !value.is_object()) == *wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(pattern: &Value, record: &Value) -> bool {
        Filter::read(&pattern.to_string()).unwrap().matches(record)
    }

    fn record(name: &str, state: &str) -> Value {
        json!({
            "eventName": name,
            "dynamodb": {"Keys": {"pk": {"S": "t#1"}}, "NewImage": {"state": {"S": state}, "n": {"N": "5"}}},
        })
    }

    #[test]
    fn every_key_has_to_match_and_one_value_of_a_list() {
        let pattern = json!({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"state": {"S": ["planned"]}}}});
        assert!(check(&pattern, &record("INSERT", "planned")));
        assert!(check(&pattern, &record("MODIFY", "planned")));
        assert!(!check(&pattern, &record("REMOVE", "planned")));
        assert!(!check(&pattern, &record("INSERT", "held")));
        assert!(!check(&pattern, &json!({"eventName": "REMOVE", "dynamodb": {"Keys": {}}})));
        assert!(!check(&pattern, &json!("INSERT")));
    }

    #[test]
    fn prefixes_look_at_text_only() {
        let pattern = json!({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "t#"}]}}}});
        assert!(check(&pattern, &record("INSERT", "x")));
        assert!(!check(&pattern, &json!({"dynamodb": {"Keys": {"pk": {"S": "u#1"}}}})));
        assert!(!check(&pattern, &json!({"dynamodb": {"Keys": {"pk": {"S": 5}}}})));
    }

    #[test]
    fn what_exists_is_a_leaf() {
        let due =
            |exists: bool| json!({"dynamodb": {"NewImage": {"due": {"N": [{"exists": exists}]}}}});
        let with = json!({"dynamodb": {"NewImage": {"due": {"N": "1"}}}});
        let without = json!({"dynamodb": {"NewImage": {}}});
        assert!(check(&due(true), &with) && !check(&due(false), &with));
        assert!(check(&due(false), &without) && !check(&due(true), &without));
        let image = |exists: bool| json!({"dynamodb": {"NewImage": [{"exists": exists}]}});
        assert!(check(&image(false), &with) && !check(&image(true), &with));
    }

    #[test]
    fn numbers_of_a_record_are_text() {
        assert!(check(
            &json!({"dynamodb": {"NewImage": {"n": {"N": ["5"]}}}}),
            &record("INSERT", "x")
        ));
    }

    #[test]
    fn other_patterns_are_refused() {
        for pattern in [
            "",
            "[]",
            "{}",
            r#"{"a": "x"}"#,
            r#"{"a": []}"#,
            r#"{"a": {}}"#,
            r#"{"a": [5]}"#,
            r#"{"a": [true]}"#,
            r#"{"a": [["x"]]}"#,
            r#"{"a": [{"anything-but": ["x"]}]}"#,
            r#"{"a": [{"numeric": [">", 5]}]}"#,
            r#"{"a": [{"exists": "yes"}]}"#,
            r#"{"a": [{"prefix": "x", "exists": true}]}"#,
            r#"{"$or": [{"a": ["x"]}]}"#,
        ] {
            assert!(Filter::read(pattern).is_err(), "{pattern}");
        }
    }
}
