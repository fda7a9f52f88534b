//! What references mean: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, and no other intrinsic.
//!
//! Everything that is read locally is resolved to plain JSON first, so ARNs and names are compared as text, as AWS does.
//! Source: AWS CloudFormation user guide, intrinsic function reference, read 2026-11.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::TemplateError;

/// The region of every local name and ARN: the one nearest to Vietnam.
pub const REGION: &str = "ap-southeast-1";
/// The account of every local ARN; no real account has this number.
pub const ACCOUNT: &str = "000000000000";

/// What the parts of a template are called, and how to resolve a reference to them.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// What `Ref` gives, by parameter, pseudo parameter or logical id.
    pub(super) references: BTreeMap<String, String>,
    /// What `Fn::GetAtt` gives, by logical id and attribute.
    pub(super) attributes: BTreeMap<(String, String), String>,
}

impl Scope {
    /// A scope that knows AWS's own names and the template's parameters.
    pub(super) fn new(parameters: BTreeMap<String, String>) -> Self {
        let mut references = parameters;
        for (name, value) in [
            ("AWS::AccountId", ACCOUNT),
            ("AWS::Partition", "aws"),
            ("AWS::Region", REGION),
            ("AWS::StackName", "cham-local"),
            ("AWS::URLSuffix", "amazonaws.com"),
        ] {
            references.insert(name.to_owned(), value.to_owned());
        }
        Self { references, attributes: BTreeMap::new() }
    }

    /// Replaces every reference inside `value`, which belongs to the resource `id`.
    pub(super) fn resolve(&self, id: &str, value: &Value) -> Result<Value, TemplateError> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
            Value::Array(items) => items
                .iter()
                .map(|item| self.resolve(id, item))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Value::Object(map) => match intrinsic(map) {
                Some((name, argument)) => self.call(id, name, argument).map(Value::String),
                None => map
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), self.resolve(id, item)?)))
                    .collect::<Result<_, _>>()
                    .map(Value::Object),
            },
        }
    }

    fn call(&self, id: &str, name: &str, argument: &Value) -> Result<String, TemplateError> {
        let malformed = || TemplateError::malformed(id, name);
        match name {
            "Ref" => self.reference(id, argument.as_str().ok_or_else(malformed)?),
            "Fn::GetAtt" => {
                let parts = argument.as_array().map(Vec::as_slice).ok_or_else(malformed)?;
                let [Value::String(resource), Value::String(attribute)] = parts else {
                    return Err(malformed());
                };
                self.attribute(id, resource, attribute)
            }
            "Fn::Sub" => self.substitute(id, argument.as_str().ok_or_else(malformed)?),
            "Fn::Join" => {
                let parts = argument.as_array().map(Vec::as_slice).ok_or_else(malformed)?;
                let [Value::String(between), Value::Array(items)] = parts else {
                    return Err(malformed());
                };
                let mut texts = Vec::new();
                for item in items {
                    match self.resolve(id, item)? {
                        Value::String(text) => texts.push(text),
                        Value::Null
                        | Value::Bool(_)
                        | Value::Number(_)
                        | Value::Array(_)
                        | Value::Object(_) => return Err(malformed()),
                    }
                }
                Ok(texts.join(between))
            }
            other => Err(TemplateError::Intrinsic { id: id.to_owned(), name: other.to_owned() }),
        }
    }

    fn reference(&self, id: &str, to: &str) -> Result<String, TemplateError> {
        self.references
            .get(to)
            .cloned()
            .ok_or_else(|| TemplateError::Reference { id: id.to_owned(), to: to.to_owned() })
    }

    fn attribute(
        &self,
        id: &str,
        resource: &str,
        attribute: &str,
    ) -> Result<String, TemplateError> {
        let key = (resource.to_owned(), attribute.to_owned());
        self.attributes.get(&key).cloned().ok_or_else(|| TemplateError::Reference {
            id: id.to_owned(),
            to: format!("{resource}.{attribute}"),
        })
    }

    /// `${Name}` and `${Name.Attribute}`; `${!text}` stands for `${text}` as it is.
    fn substitute(&self, id: &str, text: &str) -> Result<String, TemplateError> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| TemplateError::malformed(id, "Fn::Sub"))?;
            result.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else if let Some((resource, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(id, resource, attribute)?);
            } else {
                result.push_str(&self.reference(id, name)?);
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// The name and argument when `map` is a call of an intrinsic, known or not.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    let is_call = name == "Ref" || name == "Condition" || name.starts_with("Fn::");
    is_call.then_some((name.as_str(), argument))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::new(BTreeMap::from([("Stage".to_owned(), "dev".to_owned())]));
        scope.references.insert("T".into(), "cham-dev-t".into());
        scope.attributes.insert(("T".into(), "Arn".into()), "arn:t".into());
        scope
    }

    #[test]
    fn references_are_resolved_at_any_depth() {
        let value = json!({
            "a": {"Ref": "T"},
            "b": [{"Fn::GetAtt": ["T", "Arn"]}, 1],
            "c": {"Fn::Sub": "${Stage}/${T}/${T.Arn}/${!T}/${AWS::Region}/$T"},
            "d": {"Fn::Join": ["-", ["x", {"Ref": "Stage"}]]},
        });
        assert_eq!(
            scope().resolve("R", &value).unwrap(),
            json!({
                "a": "cham-dev-t",
                "b": ["arn:t", 1],
                "c": "dev/cham-dev-t/arn:t/${T}/ap-southeast-1/$T",
                "d": "x-dev",
            })
        );
    }

    #[test]
    fn what_is_unknown_is_named_with_the_resource_that_uses_it() {
        for (value, sentence) in [
            (json!({"Ref": "Nobody"}), "R refers to Nobody, which is not read here"),
            (
                json!({"Fn::GetAtt": ["T", "Colour"]}),
                "R refers to T.Colour, which is not read here",
            ),
            (json!({"Fn::Sub": "${Nobody}"}), "R refers to Nobody, which is not read here"),
            (json!([{"Fn::If": ["C", 1, 2]}]), "R uses Fn::If, which is not read here"),
            (json!({"Fn::ImportValue": "x"}), "R uses Fn::ImportValue, which is not read here"),
            (json!({"Ref": "AWS::NoValue"}), "R refers to AWS::NoValue, which is not read here"),
            (json!({"Fn::Sub": "${Open"}), "R: Fn::Sub is malformed"),
            (json!({"Fn::Sub": ["${x}", {"x": "y"}]}), "R: Fn::Sub is malformed"),
        ] {
            assert_eq!(scope().resolve("R", &value).unwrap_err().to_string(), sentence);
        }
    }
}
