//! Reads a tenant's YAML into a tree that knows its lines, so that everything wrong with a file is said at once.
//!
//! Bounds: [`DOCUMENT_BYTES_MAX`], [`DEPTH_MAX`], [`NODES_MAX`]; no anchors or aliases, so nothing can be repeated into a
//! flood. Not here: what the fields mean.

use std::{borrow::Cow, fmt};

use jiff::SignedDuration;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

use super::fields::{DAYS_MAX, duration};
use crate::text::shortened;

/// Longest file, in bytes: rules and templates of one version together stay below the 400 KB of one stored item.
pub const DOCUMENT_BYTES_MAX: usize = 128 * 1024;
/// Deepest nesting; a rule's parameters stand at level 7.
const DEPTH_MAX: usize = 12;
/// Most values in one file: 200 rules of 100 values each.
const NODES_MAX: usize = 20_000;
/// Most problems that one check reports: a person mends the first ones and checks again.
pub const PROBLEMS_MAX: usize = 50;

/// One thing wrong with a tenant's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable name of the kind of problem.
    pub code: &'static str,
    /// Where in the file, counted from 1.
    pub line: usize,
    /// A sentence for the person who wrote the file.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {} ({})", self.line, self.message, self.code)
    }
}

/// What a check has found so far.
#[derive(Default)]
pub struct Problems {
    found: Vec<Problem>,
    quiet: bool,
}

impl Problems {
    /// For a file of secrets: what stands at an unexpected place is not quoted.
    pub fn quiet() -> Self {
        Self { found: Vec::new(), quiet: true }
    }

    /// A name that should not stand there, as it may be said.
    pub fn stray(&self, name: &str) -> String {
        if self.quiet { "of this name".to_owned() } else { quoted(name) }
    }

    /// Notes one problem; beyond [`PROBLEMS_MAX`] nothing more is noted.
    pub fn add(&mut self, code: &'static str, line: usize, message: impl Into<String>) {
        if self.found.len() < PROBLEMS_MAX {
            self.found.push(Problem { code, line, message: message.into() });
        }
    }

    /// `value` when nothing was found, else the problems by line.
    pub fn none_or<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.sort_by_key(|problem| problem.line);
        Err(self.found)
    }
}

/// A word of the file, short enough to stand in a sentence.
pub fn quoted(word: &str) -> String {
    format!("`{}`", shortened(word, 60))
}

/// A value and where it stands.
pub struct Node {
    /// Counted from 1.
    pub line: usize,
    value: Value,
}

enum Value {
    Null,
    Bool(bool),
    Whole(u64),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key and where it stands.
pub struct Key {
    /// Counted from 1.
    pub line: usize,
    /// As written.
    pub name: String,
}

impl Node {
    /// Reads a whole file. The one problem of a file that is no YAML is returned as such, without quoting the file.
    pub fn read(yaml: &str) -> Result<Self, Vec<Problem>> {
        let fail = |code, line, message: String| Err(vec![Problem { code, line, message }]);
        if yaml.len() > DOCUMENT_BYTES_MAX {
            return fail(
                "too_long",
                1,
                format!("the file has more than {DOCUMENT_BYTES_MAX} bytes"),
            );
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_aliases: 0,
                max_anchors: 0,
                max_depth: DEPTH_MAX,
                max_documents: 1,
                max_merge_keys: 0,
                max_nodes: NODES_MAX,
                max_total_scalar_bytes: DOCUMENT_BYTES_MAX,
            },
            reject_unsupported_tags: true,
            // Else `y`, `no` and `on` would be truths and no ids.
            strict_booleans: true,
        };
        match serde_saphyr::from_str_with_options(yaml, options) {
            Ok(node) => Ok(node),
            Err(error) => {
                let line = error.location().map_or(1, |place| line(place.line()));
                fail("yaml", line, yaml_message(error.without_snippet()))
            }
        }
    }

    /// The entries of a list; a problem when it is none.
    pub fn list(&self, what: &str, problems: &mut Problems) -> &[Self] {
        match &self.value {
            Value::List(nodes) => nodes,
            Value::Null
            | Value::Bool(_)
            | Value::Whole(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Map(_) => {
                problems.add("not_a_list", self.line, format!("{what} must be a list"));
                &[]
            }
        }
    }

    /// The entries of a map; a problem when it is none.
    pub fn map(&self, what: &str, problems: &mut Problems) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Null
            | Value::Bool(_)
            | Value::Whole(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_) => {
                problems.add("not_a_map", self.line, format!("{what} must have named fields"));
                None
            }
        }
    }

    /// A text; a problem when it is none.
    pub fn text(&self, what: &str, problems: &mut Problems) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Whole(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Map(_) => {
                let message = format!("{what} must be a text (a number needs quotes)");
                problems.add("not_text", self.line, message);
                None
            }
        }
    }

    /// A finite number; a problem when it is none.
    pub fn number(&self, what: &str, problems: &mut Problems) -> Option<f64> {
        let number = match &self.value {
            Value::Number(number) => Some(*number),
            Value::Whole(number) => u32::try_from(*number).ok().map(f64::from),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        };
        let finite = number.filter(|number| number.is_finite());
        if finite.is_none() {
            problems.add("not_a_number", self.line, format!("{what} must be a number"));
        }
        finite
    }

    /// A whole number, zero or more; a problem when it is none.
    pub fn whole_number(&self, what: &str, problems: &mut Problems) -> Option<u64> {
        match &self.value {
            Value::Whole(number) => Some(*number),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => {
                problems.add("not_a_number", self.line, format!("{what} must be a whole number"));
                None
            }
        }
    }

    /// A number with at most two digits behind the point, in hundredths; a problem when it is none.
    pub fn hundredths(&self, what: &str, problems: &mut Problems) -> Option<u64> {
        let written = match &self.value {
            Value::Whole(number) => Some(number.to_string()),
            // The shortest decimal that means the number is the one that was written: nothing is calculated with it.
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        };
        let hundredths = written.as_deref().and_then(hundredths);
        if hundredths.is_none() {
            let message =
                format!("{what} must be a number with at most two digits behind the point");
            problems.add("not_a_number", self.line, message);
        }
        hundredths
    }

    /// `true` or `false`; a problem when it is neither.
    pub fn truth(&self, what: &str, problems: &mut Problems) -> Option<bool> {
        match &self.value {
            Value::Bool(truth) => Some(*truth),
            Value::Null
            | Value::Whole(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => {
                problems.add("not_a_truth", self.line, format!("{what} must be true or false"));
                None
            }
        }
    }

    /// Whether it has named fields, where something else may stand as well.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// A duration as `30m`, `24h` or `7d`; a problem when it is none.
    pub fn duration(&self, what: &str, problems: &mut Problems) -> Option<SignedDuration> {
        let duration = duration(self.text(what, problems)?);
        if duration.is_none() {
            let message =
                format!("{what} must be a duration such as 30m, 24h or 7d, at most {DAYS_MAX}d");
            problems.add("bad_duration", self.line, message);
        }
        duration
    }

    /// What it says, whatever the lines, the order of fields, the quotes and the zeros: equal texts mean the same.
    pub fn canonical(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(truth) => truth.to_string(),
            Value::Whole(number) => number.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => quoted(text),
            Value::List(nodes) => {
                let nodes: Vec<String> = nodes.iter().map(Self::canonical).collect();
                format!("[{}]", nodes.join(","))
            }
            Value::Map(entries) => {
                let field = |(key, node): &(Key, Self)| {
                    format!("{}:{}", quoted(&key.name), node.canonical())
                };
                let mut fields: Vec<String> = entries.iter().map(field).collect();
                fields.sort_unstable();
                format!("{{{}}}", fields.join(","))
            }
        }
    }
}

/// Reads `1.25` as 125.
fn hundredths(decimal: &str) -> Option<u64> {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if part.len() > 2 || whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(format!("{part:0<2}").parse().ok()?)
}

fn line(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What the parser says, in one line and without the file's own words: a file of secrets is read here as well.
fn yaml_message(error: &serde_saphyr::Error) -> String {
    let limits =
        "anchors, aliases and merge keys are not used here, and nesting and length are bounded";
    match error {
        serde_saphyr::Error::Budget { .. } => limits.to_owned(),
        serde_saphyr::Error::DuplicateMappingKey { .. } => {
            "the same field stands here twice".into()
        }
        _ => "this is not well-formed YAML (look at indentation, quotes and tabs)".to_owned(),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { line: line(spanned.referenced.line()), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "only a negative one comes here: no field is exact there"
    )]
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or(Value::Number(number as f64), Value::Whole))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, node)) = fields.next_entry::<Spanned<Cow<'de, str>>, Node>()? {
            let name = key.value.into_owned();
            entries.push((Key { line: line(key.referenced.line()), name }, node));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(yaml: &str) -> String {
        Node::read(yaml).err().map(|problems| problems[0].to_string()).unwrap_or_default()
    }

    #[test]
    fn every_value_and_key_knows_its_line() {
        let node = Node::read("a: 1\nb:\n  - x\n  - c: y\n").unwrap();
        let mut problems = Problems::default();
        let map = node.map("", &mut problems).unwrap();
        let keys: Vec<_> = map.iter().map(|(k, n)| (k.line, k.name.as_str(), n.line)).collect();
        assert_eq!(keys, [(1, "a", 1), (2, "b", 3)]);
        let lines: Vec<_> = map[1].1.list("", &mut problems).iter().map(|n| n.line).collect();
        assert_eq!(lines, [3, 4]);
        problems.none_or(()).unwrap();
    }

    #[test]
    fn no_and_on_stay_words() {
        let node = Node::read("- no\n- on\n- y\n").unwrap();
        let mut problems = Problems::default();
        let words: Vec<_> = node
            .list("", &mut problems)
            .iter()
            .map(|n| matches!(n.value, Value::Text(_)))
            .collect();
        assert_eq!(words, [true; 3]);
    }

    #[test]
    fn a_factor_is_read_as_it_is_written() {
        for (yaml, hundredths) in [
            ("2", Some(200)),
            ("1.5", Some(150)),
            ("1.50", Some(150)),
            ("1.25", Some(125)),
            ("0.29", Some(29)),
            ("4.35", Some(435)),
            ("1.255", None),
            ("-1", None),
            ("-1.5", None),
            ("1e400", None),
            (".nan", None),
            ("184467440737095517", None),
            ("'2'", None),
            ("true", None),
        ] {
            let mut problems = Problems::default();
            let Ok(node) = Node::read(yaml) else {
                assert_eq!(hundredths, None, "{yaml}");
                continue;
            };
            assert_eq!(node.hundredths("it", &mut problems), hundredths, "{yaml}");
            assert_eq!(problems.none_or(()).is_ok(), hundredths.is_some(), "{yaml}");
        }
    }

    #[test]
    fn truths_are_told_apart() {
        let said = |yaml: &str| {
            let node = Node::read(yaml).unwrap();
            (node.truth("it", &mut Problems::default()), node.canonical())
        };
        assert_eq!(said("true"), (Some(true), "true".to_owned()));
        assert_eq!(said("false"), (Some(false), "false".to_owned()));
        assert_eq!(said("yes"), (None, "\"yes\"".to_owned()));
    }

    #[test]
    fn a_flood_is_refused_before_it_unfolds() {
        let laughs = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n";
        assert!(problem(laughs).ends_with("(yaml)"), "{}", problem(laughs));
        assert!(problem(&"[".repeat(5_000)).ends_with("(yaml)"));
        assert!(problem(&"- ".repeat(5_000)).ends_with("(yaml)"));
        assert!(problem(&"- a\n".repeat(NODES_MAX + 1)).ends_with("(yaml)"));
        assert!(problem(&"x".repeat(DOCUMENT_BYTES_MAX + 1)).ends_with("(too_long)"));
    }

    #[test]
    fn what_is_no_yaml_is_said_with_its_line_and_without_its_words() {
        for (yaml, line) in [
            ("a: 1\n\tb: hush", "line 1:"),
            ("a: 'hush", "line 1:"),
            ("a: 1\na: hush", "line 2:"),
            ("a: !hush 1", "line 1:"),
            ("a: 1\n---\nb: hush", "line "),
        ] {
            let problem = problem(yaml);
            assert!(problem.starts_with(line), "{yaml}: {problem}");
            assert!(problem.ends_with("(yaml)") && !problem.contains("hush"), "{yaml}: {problem}");
        }
    }
}
