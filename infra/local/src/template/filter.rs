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

    /// The same filter, if a record of a stream with this view can have all that it names: a misspelt field would never match,
    /// and AWS takes it without a word.
    pub(super) fn of_stream(self, view: &str) -> Result<Self, &'static str> {
        let fits = self.0.iter().all(|(key, node)| match (key.as_str(), node) {
            ("eventName", Node::OneOf(tests)) => tests.iter().all(is_event_name),
            ("dynamodb", Node::Inside(change)) => {
                change.iter().all(|part| is_of_change(part, view))
            }
            (name, Node::OneOf(_)) => OF_RECORD.contains(&name),
            (_, Node::Inside(_)) => false,
        });
        fits.then_some(self).ok_or("made of what a record of its stream has")
    }

    /// Whether `record`, as Lambda gets it, matches.
    pub fn matches(&self, record: &Value) -> bool {
        all(&self.0, Some(record))
    }
}

/// Fields of a record beside its name and its change, of a change beside keys and images, and how values are typed.
const OF_RECORD: [&str; 4] = ["awsRegion", "eventID", "eventSource", "eventVersion"];
const OF_CHANGE: [&str; 4] =
    ["ApproximateCreationDateTime", "SequenceNumber", "SizeBytes", "StreamViewType"];
const TYPES: [&str; 10] = ["B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"];

fn is_event_name(test: &Test) -> bool {
    match test {
        Test::Equals(name) => ["INSERT", "MODIFY", "REMOVE"].iter().any(|known| name == known),
        Test::Prefix(_) | Test::Exists(_) => true,
    }
}

fn is_of_change((name, node): (&String, &Node), view: &str) -> bool {
    let is_there = match name.as_str() {
        "Keys" => true,
        "NewImage" => ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"].contains(&view),
        "OldImage" => ["OLD_IMAGE", "NEW_AND_OLD_IMAGES"].contains(&view),
        other => return OF_CHANGE.contains(&other) && matches!(node, Node::OneOf(_)),
    };
    let is_typed = |value: &Node| match value {
        Node::Inside(types) => types.keys().all(|kind| TYPES.contains(&kind.as_str())),
        Node::OneOf(_) => false,
    };
    match node {
        Node::Inside(attributes) => is_there && attributes.values().all(is_typed),
        Node::OneOf(_) => false,
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
    fn a_pattern_names_only_what_a_record_of_its_stream_has() {
        let fits = |pattern: Value, view: &str| {
            Filter::read(&pattern.to_string()).unwrap().of_stream(view).is_ok()
        };
        let image = |name: &str| json!({"dynamodb": {name: {"state": {"S": ["planned"]}}}});
        for (name, view, expected) in [
            ("NewImage", "NEW_IMAGE", true),
            ("NewImage", "NEW_AND_OLD_IMAGES", true),
            ("OldImage", "NEW_AND_OLD_IMAGES", true),
            ("OldImage", "NEW_IMAGE", false),
            ("NewImage", "KEYS_ONLY", false),
            ("Keys", "KEYS_ONLY", true),
            ("newImage", "NEW_IMAGE", false),
        ] {
            assert_eq!(fits(image(name), view), expected, "{name} of {view}");
        }
        for (pattern, expected) in [
            (json!({"eventName": ["INSERT"]}), true),
            (json!({"eventName": ["CREATE"]}), false),
            (json!({"eventname": ["INSERT"]}), false),
            (json!({"eventSource": ["aws:dynamodb"]}), true),
            (json!({"dynamodb": ["INSERT"]}), false),
            (json!({"dynamodb": {"SizeBytes": ["1"]}}), true),
            (json!({"dynamodb": {"NewImage": {"state": ["planned"]}}}), false),
            (json!({"dynamodb": {"NewImage": {"state": {"String": ["planned"]}}}}), false),
            (json!({"body": {"state": ["planned"]}}), false),
        ] {
            assert_eq!(fits(pattern.clone(), "NEW_IMAGE"), expected, "{pattern}");
        }
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
