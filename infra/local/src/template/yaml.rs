//! YAML with CloudFormation's short tags, read into JSON with the long names.
//!
//! `!Ref Table` becomes `{"Ref": "Table"}`, `!GetAtt Table.Arn` becomes `{"Fn::GetAtt": ["Table", "Arn"]}`, and any other
//! `!Name x` becomes `{"Fn::Name": x}`. Whether an intrinsic is known is not decided here.

use std::fmt;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

/// Reads a document.
///
/// # Errors
///
/// The text is no YAML, or repeats a key.
pub fn parse(text: &str) -> Result<Value, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options::<Node>(text, options()).map(|node| node.0)
}

/// `N`, the type of a number attribute, is text, as CloudFormation reads it; the reader's default makes it `false`.
/// The words `on`, `off`, `yes` and `no` become text too where CloudFormation sees a switch: its linter finds those.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

/// A value whose tag, if any, has become part of it.
struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Untagged(value), tag) = Tagged::<Untagged>::deserialize(deserializer)?;
        Ok(Self(match tag {
            Some(tag) => with_tag(&tag, value),
            None => value,
        }))
    }
}

fn with_tag(tag: &str, value: Value) -> Value {
    let Some(name) = tag.strip_prefix('!').filter(|name| !name.is_empty()) else {
        return value;
    };
    match name {
        "Ref" | "Condition" => json!({name: value}),
        "GetAtt" => {
            let parts = value.as_str().and_then(|text| text.split_once('.'));
            let parts = parts.map(|(resource, attribute)| json!([resource, attribute]));
            json!({"Fn::GetAtt": parts.unwrap_or(value)})
        }
        _ => json!({format!("Fn::{name}"): value}),
    }
}

/// A value without regard to its own tag; its children keep theirs.
struct Untagged(Value);

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(Self)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Node::deserialize(deserializer).map(|node| node.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Node(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Node(value))) = entries.next_entry::<String, Node>()? {
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (Node(_), variant) = data.variant::<Node>()?;
        variant.newtype_variant::<Node>().map(|node| node.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_become_long_names() {
        let document = parse(
            "a: !Ref T\nb: !GetAtt T.Arn\nc: !Sub x-${T}\nd: !Join [':', [!Ref A, b]]\ne: [!If [C, !Ref A, 1]]\nf: !Condition C",
        )
        .unwrap();
        assert_eq!(
            document,
            json!({
                "a": {"Ref": "T"},
                "b": {"Fn::GetAtt": ["T", "Arn"]},
                "c": {"Fn::Sub": "x-${T}"},
                "d": {"Fn::Join": [":", [{"Ref": "A"}, "b"]]},
                "e": [{"Fn::If": ["C", {"Ref": "A"}, 1]}],
                "f": {"Condition": "C"},
            })
        );
    }

    #[test]
    fn quotes_decide_between_text_and_numbers() {
        let document =
            parse("a: 25\nb: '25'\nc: true\nd: 'true'\ne: 2.5\nf:\ng: 2012-10-17\nh: N").unwrap();
        assert_eq!(
            document,
            json!({"a": 25, "b": "25", "c": true, "d": "true", "e": 2.5, "f": null, "g": "2012-10-17", "h": "N"})
        );
    }

    #[test]
    fn a_repeated_key_is_an_error() {
        assert!(parse("a: 1\na: 2").is_err());
    }
}
