//! A JSON object of which only the parts that are asked for are read.
//!
//! Numbers keep their literal digits: Zalo's ids have nineteen, and a floating-point number would lose the last ones. A key
//! that stands twice makes the object unreadable, so no two parts of Cham can see different values. Bounds: what is not
//! asked for is passed over without recursion, so depth costs nothing; a deeper reading is bounded by `serde_json` at 128.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The fields of an object, unread.
#[derive(Debug)]
pub(crate) struct Object<'a>(BTreeMap<String, &'a RawValue>);

/// Why a text is not an [`Object`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadJson {
    NotJson,
    NotObject,
    KeyRepeated,
}

impl<'a> Object<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, BadJson> {
        let fields: Fields<'a> = serde_json::from_slice(body)
            .map_err(|error| if error.is_data() { BadJson::NotObject } else { BadJson::NotJson })?;
        fields.0.map(Self).ok_or(BadJson::KeyRepeated)
    }

    /// An object without fields.
    pub(crate) fn empty() -> Self {
        Self(BTreeMap::new())
    }

    /// The literal text of a field; `null` counts as absent.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }

    /// A field that is an object.
    pub(crate) fn object(&self, key: &str) -> Option<Self> {
        Self::parse(self.raw(key)?.as_bytes()).ok()
    }

    /// A field that is an object; one without fields when it is absent or something else.
    pub(crate) fn object_or_empty(&self, key: &str) -> Self {
        self.object(key).unwrap_or_else(Self::empty)
    }

    /// A field that is a string, or the digits of a whole number.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        text(self.raw(key)?)
    }

    /// A field as the id of a thing or person.
    pub(crate) fn id(&self, key: &str) -> Option<String> {
        super::outside_id(&self.text(key)?)
    }

    /// A field that is a list of ids; all of them or none.
    pub(crate) fn ids(&self, key: &str) -> Option<Vec<String>> {
        let items: Vec<&RawValue> = serde_json::from_str(self.raw(key)?).ok()?;
        items.into_iter().map(|item| super::outside_id(&text(item.get())?)).collect()
    }

    /// The texts of a list, cleaned and cut, at most `max` of them; what is no text is left out.
    pub(crate) fn texts(&self, key: &str, max: usize, chars: usize) -> Vec<String> {
        let items = self.raw(key).and_then(|raw| serde_json::from_str::<Vec<&RawValue>>(raw).ok());
        let texts = items.into_iter().flatten().filter_map(|item| text(item.get()));
        texts
            .map(|raw| super::bounded(&raw, chars))
            .filter(|text| !text.is_empty())
            .take(max)
            .collect()
    }

    /// A field as rules see it, when it is a short scalar: cleaned text, a whole number or a truth value.
    pub(crate) fn scalar(&self, key: &str) -> Option<serde_json::Value> {
        match serde_json::from_str(self.raw(key)?).ok()? {
            serde_json::Value::String(raw) => Some(super::bounded(&raw, super::TEXT_CHARS_MAX))
                .filter(|s| !s.is_empty())
                .map(serde_json::Value::String),
            serde_json::Value::Number(number) => {
                (number.is_u64() || number.is_i64()).then(|| number.into())
            }
            serde_json::Value::Bool(truth) => Some(truth.into()),
            serde_json::Value::Null
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        }
    }
}

fn text(raw: &str) -> Option<String> {
    if raw.starts_with('"') {
        serde_json::from_str(raw).ok()
    } else {
        raw.bytes().all(|b| b.is_ascii_digit()).then(|| raw.to_owned())
    }
}

/// `None` inside when a key stands twice.
struct Fields<'a>(Option<BTreeMap<String, &'a RawValue>>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        let mut repeated = false;
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            repeated |= fields.insert(key, value).is_some();
        }
        Ok(Fields((!repeated).then_some(fields)))
    }

    fn visit_seq<A>(self, _: A) -> Result<Self::Value, A::Error>
    where
        A: serde::de::SeqAccess<'de>,
    {
        Err(A::Error::custom("a list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<Object<'_>, BadJson> {
        Object::parse(text.as_bytes())
    }

    #[test]
    fn a_number_keeps_all_its_digits() {
        let body = r#"{"a":2893352839501541173123,"b":"12","c":1.0,"d":1e5,"e":-1,"f":null}"#;
        let body = object(body).unwrap();
        assert_eq!(body.text("a").as_deref(), Some("2893352839501541173123"));
        assert_eq!(body.text("b").as_deref(), Some("12"));
        for key in ["c", "d", "e", "f", "g"] {
            assert_eq!(body.text(key), None, "{key}");
        }
    }

    #[test]
    fn what_is_not_an_object_says_why() {
        for (text, why) in [
            ("", BadJson::NotJson),
            ("{", BadJson::NotJson),
            ("{} x", BadJson::NotJson),
            (r#"{"a":1,}"#, BadJson::NotJson),
            ("[]", BadJson::NotObject),
            ("1", BadJson::NotObject),
            (r#"{"a":1,"\u0061":2}"#, BadJson::KeyRepeated),
        ] {
            assert_eq!(object(text).err(), Some(why), "{text}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}").err(), Some(BadJson::NotJson));
    }

    #[test]
    fn depth_that_nobody_asks_for_costs_nothing() {
        let deep = format!(r#"{{"a":{}1{},"b":"x"}}"#, "[".repeat(5_000), "]".repeat(5_000));
        let body = object(&deep).unwrap();
        assert_eq!(body.text("b").as_deref(), Some("x"));
        assert_eq!((body.scalar("a"), body.ids("a")), (None, None));
    }

    #[test]
    fn a_list_of_ids_is_taken_whole_or_not_at_all() {
        let body = object(r#"{"a":["x",12],"b":["x",""],"c":"x"}"#).unwrap();
        assert_eq!(body.ids("a"), Some(vec!["x".to_owned(), "12".to_owned()]));
        assert_eq!((body.ids("b"), body.ids("c")), (None, None));
    }
}
