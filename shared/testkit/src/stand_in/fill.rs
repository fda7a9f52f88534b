//! A template with its values, as the customer sees it.
//!
//! Source: ZBS template parameters, read 2026-11: values are texts, each with a greatest length. Assumption: Zalo counts characters
//! as sent, so text that was not composed to NFC runs into the limit sooner.

use serde_json::{Map, Value};

use super::settings::StandInTemplate;

/// Why a template cannot be filled in.
pub(super) enum Problem {
    NoData,
    NotText,
    Missing,
    TooLong,
}

/// The template as the customer sees it.
pub(super) fn fill(template: &StandInTemplate, data: &Value) -> Result<String, Problem> {
    let nothing = Map::new();
    let data = match data {
        Value::Object(data) => data,
        Value::Null if template.params.is_empty() => &nothing,
        _ => return Err(Problem::NoData),
    };
    if data.is_empty() && template.params.iter().any(|param| param.required) {
        return Err(Problem::NoData);
    }
    for param in &template.params {
        match data.get(&param.name) {
            Some(Value::String(text)) if text.chars().count() > param.max_length => {
                return Err(Problem::TooLong);
            }
            Some(Value::String(text)) if !text.is_empty() || !param.required => {}
            None if !param.required => {}
            Some(Value::String(_) | Value::Null) | None => return Err(Problem::Missing),
            Some(_) => return Err(Problem::NotText),
        }
    }
    Ok(filled(&template.text, |name| data.get(name).and_then(Value::as_str)))
}

/// Puts values in place of `{{name}}` and `<name>`, in one pass: a value is never read as a name.
fn filled<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['<', '{']) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let name = rest
            .strip_prefix("{{")
            .and_then(|inner| inner.split_once("}}"))
            .or_else(|| rest.strip_prefix('<').and_then(|inner| inner.split_once('>')));
        match name.and_then(|(name, after)| Some((value(name.trim())?, after))) {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_once_and_everything_else_stays() {
        let value = |name: &str| match name {
            "a" => Some("<b>"),
            "b" => Some("{{a}}"),
            _ => None,
        };
        for (text, expected) in [
            ("<a> {{b}} {{ a }}", "<b> {{a}} <b>"),
            ("1 < 2 {x} <c> {{c}} <a", "1 < 2 {x} <c> {{c}} <a"),
            ("{{{b}}}", "{{{a}}}"),
            ("ă<a>ơ", "ă<b>ơ"),
            ("", ""),
        ] {
            assert_eq!(filled(text, value), expected, "{text}");
        }
    }
}
