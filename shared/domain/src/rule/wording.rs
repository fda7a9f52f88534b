//! A text in a rule: plain words with facts in `{{ }}`, in the MiniJinja language.
//!
//! Only facts and a few filters: no loops, conditions, calls, arithmetic or includes, so that a text costs no more than its
//! length. A missing or empty fact is an error, never a message with a hole in it.

use std::io;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, filters,
    machinery::ast::{CallArg, Expr, Filter, Stmt},
    value::{Serde, ValueKind},
};
use serde_json::{Map, Value as Json};

use super::{
    Failure, Wrong,
    document::quoted,
    facts::{Facts, knows},
};
use crate::text::clean;

/// Longest source of a text, in bytes.
pub const WORDING_BYTES_MAX: usize = 1_024;
/// Longest value of a parameter, in characters: the longest paragraph of a template.
const VALUE_CHARS_MAX: usize = 400;
/// Most bytes that are written before [`VALUE_CHARS_MAX`] is looked at: four a character, and as many again to be cleaned.
const OUTPUT_BYTES_MAX: usize = 8 * VALUE_CHARS_MAX;
/// Deepest path and longest chain of filters.
const CHAIN_MAX: usize = 8;
/// The filters that a text may use.
const FILTERS: &[&str] = &["default", "lower", "title", "trim", "upper"];

/// All texts of a rule set, parsed once.
pub struct Wordings(Environment<'static>);

/// One text among [`Wordings`].
#[derive(Debug)]
pub struct Wording(String);

/// The facts as texts see them, made once for all texts of one event.
pub struct WordingFacts(Value);

impl WordingFacts {
    /// Takes the facts over.
    pub fn new(facts: &Facts) -> Self {
        let named = facts.named().map(|(name, fact)| (name.to_owned(), fact.clone()));
        Self(Value::from(Serde(&Json::Object(Map::from_iter(named)))))
    }
}

impl Wordings {
    /// No texts yet.
    pub fn new() -> Self {
        let mut language = Environment::empty();
        language.set_undefined_behavior(UndefinedBehavior::Strict);
        language.set_auto_escape_callback(|_| AutoEscape::None);
        language.set_fuel(Some(10_000));
        language.add_filter("default", default);
        language.add_filter("lower", filters::lower);
        language.add_filter("title", filters::title);
        language.add_filter("trim", filters::trim);
        language.add_filter("upper", filters::upper);
        language.set_formatter(|out, _, value| match value.kind() {
            ValueKind::String | ValueKind::Number => Ok(out.write_str(&value.to_string())?),
            ValueKind::Undefined | ValueKind::None => Err(ErrorKind::UndefinedError.into()),
            _ => Err(Error::new(ErrorKind::InvalidOperation, "neither a text nor a number")),
        });
        Self(language)
    }

    /// Checks and parses `source`; `name` must be unique among the texts.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn add(&mut self, name: String, source: &str) -> Result<Wording, Vec<Wrong>> {
        if source.len() > WORDING_BYTES_MAX {
            let message = format!("a text has at most {WORDING_BYTES_MAX} bytes");
            return Err(vec![("too_long", message)]);
        }
        let syntax = |error: &Error| {
            let detail = error.detail().unwrap_or("unknown");
            vec![("text_syntax", format!("not a text with facts in {{{{ }}}}: {detail}"))]
        };
        let parsed = minijinja::machinery::parse(source, "", Default::default());
        let wrong = wrong_parts(&parsed.map_err(|error| syntax(&error))?);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        self.0
            .add_template_owned(name.clone(), source.to_owned())
            .map_err(|error| syntax(&error))?;
        Ok(Wording(name))
    }

    /// The text with its facts filled in: NFC, trimmed, neither empty nor too long.
    ///
    /// # Errors
    /// A fact is missing or no text, or the text came out empty or too long. The values are not told.
    pub fn write(&self, wording: &Wording, facts: &WordingFacts) -> Result<String, Failure> {
        let mut out = Bounded(Vec::new());
        let template = self.0.get_template(&wording.0).map_err(|error| failure(&error))?;
        template.render_captured_to(facts.0.clone(), &mut out).map_err(|error| failure(&error))?;
        let text = clean(&String::from_utf8_lossy(&out.0));
        match text.chars().count() {
            0 => Err(Failure::new("text_empty", "the text came out empty")),
            1..=VALUE_CHARS_MAX => Ok(text),
            _ => Err(too_long()),
        }
    }
}

fn too_long() -> Failure {
    Failure::new("text_too_long", format!("the text has more than {VALUE_CHARS_MAX} characters"))
}

/// A value stands in some of the language's own messages, so these are not passed on.
fn failure(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::UndefinedError => {
            Failure::new("text_missing", "the text asks for what is not there")
        }
        ErrorKind::WriteFailure => too_long(),
        _ => Failure::new("text_types", "the text asks for what is neither a text nor a number"),
    }
}

/// What is missing, null or empty becomes `other`.
fn default(value: Value, other: String) -> Value {
    let empty = match value.kind() {
        ValueKind::Undefined | ValueKind::None => true,
        ValueKind::String => value.as_str().is_some_and(|text| text.trim().is_empty()),
        _ => false,
    };
    if empty { Value::from(other) } else { value }
}

/// Stops a text that grows beyond [`OUTPUT_BYTES_MAX`].
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_BYTES_MAX {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says what a text may not hold.
fn wrong_parts(root: &Stmt<'_>) -> Vec<Wrong> {
    let Stmt::Template(template) = root else {
        return vec![refused()];
    };
    let wrong = template.children.iter().filter_map(|part| match part {
        Stmt::EmitRaw(_) => None,
        Stmt::EmitExpr(emit) => wrong_expression(&emit.expr, 0),
        _ => Some(refused()),
    });
    wrong.collect()
}

fn refused() -> Wrong {
    let filters = FILTERS.join(", ");
    let message =
        format!("a text holds only facts, `{{{{ order.id }}}}`, and the filters {filters}");
    ("text_refused", message)
}

fn wrong_expression(expression: &Expr<'_>, depth: usize) -> Option<Wrong> {
    if depth > CHAIN_MAX {
        return Some(refused());
    }
    match expression {
        Expr::Filter(filter) => match &filter.expr {
            Some(inner) => wrong_filter(filter).or_else(|| wrong_expression(inner, depth + 1)),
            None => Some(refused()),
        },
        Expr::Var(_) | Expr::GetAttr(_) => match path(expression) {
            Some(path) if path.len() > CHAIN_MAX => Some(refused()),
            Some(path) if !knows(&path) => {
                Some(("unknown_name", format!("there is no {}", quoted(&path.join(".")))))
            }
            Some(_) => None,
            None => Some(refused()),
        },
        _ => Some(refused()),
    }
}

fn wrong_filter(filter: &Filter<'_>) -> Option<Wrong> {
    if !FILTERS.contains(&filter.name) {
        let (name, filters) = (quoted(filter.name), FILTERS.join(", "));
        let message = format!("there is no filter {name}; there are {filters}");
        return Some(("unknown_function", message));
    }
    let text = |arg: &CallArg<'_>| match arg {
        CallArg::Pos(Expr::Const(value)) => value.value.as_str().is_some(),
        _ => false,
    };
    let fits = match (filter.name, filter.args.as_slice()) {
        ("default", [arg]) => text(arg),
        ("default", _) => false,
        (_, args) => args.is_empty(),
    };
    let message = "`default` takes one text, the other filters take nothing";
    (!fits).then(|| ("text_refused", message.to_owned()))
}

/// `order.customer_name` as its parts; `None` for what is not a chain of names.
fn path<'t>(expression: &Expr<'t>) -> Option<Vec<&'t str>> {
    let mut parts = Vec::new();
    let mut expression = expression;
    loop {
        match expression {
            Expr::GetAttr(attribute) => {
                parts.push(attribute.name);
                expression = &attribute.expr;
            }
            Expr::Var(variable) => {
                parts.push(variable.id);
                parts.reverse();
                return Some(parts);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn check(source: &str) -> String {
        let mut facts = Facts::sample("a.b");
        facts.event["data"] = json!({
            "none": null, "empty": " ", "list": [1], "yes": true, "long": "a".repeat(401),
            "marks": "Nguye\u{0302}\u{0303}n", "jinja": "{{ 1 }}<b>", "flood": "a".repeat(200_000),
        });
        facts.payment = json!(null);
        let mut wordings = Wordings::new();
        match wordings.add("text".to_owned(), source) {
            Err(wrong) => {
                wrong.iter().map(|(code, text)| format!("refused {code}: {text}\n")).collect()
            }
            Ok(wording) => match wordings.write(&wording, &WordingFacts::new(&facts)) {
                Ok(text) => format!("{text}\n"),
                Err(failure) => format!("fails {}: {}\n", failure.code, failure.message),
            },
        }
    }

    #[test]
    fn texts_and_what_becomes_of_them() {
        let table: String = [
            "Chào {{ customer.name }}, đơn {{ order.id }}: {{ order.amount_vnd }}đ",
            "{{ order.id | lower | upper | trim }} {{ shipment.carrier|title }}",
            "{{ event.data.marks }} {{ event.data.jinja }}",
            "{{ event.data.missing | default('bạn') }}",
            "{{ event.data.none | default('bạn') }} {{ event.data.empty | default('ơi') }}",
            "{{ payment.verdict | default('chưa rõ') }}",
            "{{ event.data.missing }}",
            "{{ event.data.none }}",
            "{{ event.data.empty }}",
            "{{ event.data.list }}",
            "{{ event.data.yes }}",
            "{{ event.data.long }}",
            "{{ event.data.flood }}",
            "{{ payment.verdict }}",
            "",
            "{{ oder.id }}",
            "{{ customer.nmae }}",
            "{{ order.id | reverse }} {{ order.id | default }} {{ order.id | trim('a') }}",
            "{{ 'x' * 100000000 }}",
            "{{ order.id * 100000000 }}",
            "{{ order.id ~ order.id }}",
            "{{ order['id'] }}",
            "{{ range(10) }}",
            "{{ order.id.upper() }}",
            "{% for x in range(100000) %}x{% endfor %}",
            "{% if customer %}x{% endif %}",
            "{% set a = 1 %}",
            "{% include 'a' %}",
            "{% macro a() %}{% endmacro %}",
            "{{ order.id",
            "{{ }}",
            "{{ order.id if order }}",
            "{# said to nobody #}ok",
        ]
        .iter()
        .map(|source| format!("{source}\n    {}", check(source)))
        .collect();
        insta::assert_snapshot!(table, @r#"
        Chào {{ customer.name }}, đơn {{ order.id }}: {{ order.amount_vnd }}đ
            Chào Nguyễn Thị Lan, đơn A1: 350000đ
        {{ order.id | lower | upper | trim }} {{ shipment.carrier|title }}
            A1 Ghn
        {{ event.data.marks }} {{ event.data.jinja }}
            Nguyễn {{ 1 }}<b>
        {{ event.data.missing | default('bạn') }}
            bạn
        {{ event.data.none | default('bạn') }} {{ event.data.empty | default('ơi') }}
            bạn ơi
        {{ payment.verdict | default('chưa rõ') }}
            chưa rõ
        {{ event.data.missing }}
            fails text_missing: the text asks for what is not there
        {{ event.data.none }}
            fails text_missing: the text asks for what is not there
        {{ event.data.empty }}
            fails text_empty: the text came out empty
        {{ event.data.list }}
            fails text_types: the text asks for what is neither a text nor a number
        {{ event.data.yes }}
            fails text_types: the text asks for what is neither a text nor a number
        {{ event.data.long }}
            fails text_too_long: the text has more than 400 characters
        {{ event.data.flood }}
            fails text_too_long: the text has more than 400 characters
        {{ payment.verdict }}
            fails text_missing: the text asks for what is not there

            fails text_empty: the text came out empty
        {{ oder.id }}
            refused unknown_name: there is no `oder.id`
        {{ customer.nmae }}
            refused unknown_name: there is no `customer.nmae`
        {{ order.id | reverse }} {{ order.id | default }} {{ order.id | trim('a') }}
            refused unknown_function: there is no filter `reverse`; there are default, lower, title, trim, upper
        refused text_refused: `default` takes one text, the other filters take nothing
        refused text_refused: `default` takes one text, the other filters take nothing
        {{ 'x' * 100000000 }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {{ order.id * 100000000 }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {{ order.id ~ order.id }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {{ order['id'] }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {{ range(10) }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {{ order.id.upper() }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {% for x in range(100000) %}x{% endfor %}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {% if customer %}x{% endif %}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {% set a = 1 %}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {% include 'a' %}
            refused text_syntax: not a text with facts in {{ }}: unknown statement include
        {% macro a() %}{% endmacro %}
            refused text_syntax: not a text with facts in {{ }}: unknown statement macro
        {{ order.id
            refused text_syntax: not a text with facts in {{ }}: unexpected end of input, expected end of variable block
        {{ }}
            refused text_syntax: not a text with facts in {{ }}: unexpected end of variable block
        {{ order.id if order }}
            refused text_refused: a text holds only facts, `{{ order.id }}`, and the filters default, lower, title, trim, upper
        {# said to nobody #}ok
            ok
        "#);
    }

    #[test]
    fn hostile_texts_are_answered() {
        let sources = [
            "{{".repeat(512),
            format!("{{{{ {}", "(".repeat(1_000)),
            format!("{{{{ order{} }}}}", ".a".repeat(500)),
            format!("{{{{ order.id{} }}}}", "|upper".repeat(160)),
            format!("{{{{ {}1 }}}}", "-".repeat(1_000)),
            format!("{{{{ {}1 }}}}", "not ".repeat(250)),
            format!("{{{{ {} }}}}", "[".repeat(1_000)),
            format!("{{{{ 1{} }}}}", "+1".repeat(500)),
            "{% if x %}".repeat(100),
            "{{ order.id }}".repeat(73),
        ];
        let worker = std::thread::Builder::new().stack_size(2 * 1_024 * 1_024);
        let answers = worker.spawn(move || sources.map(|source| check(&source).len())).unwrap();
        assert!(answers.join().unwrap().iter().all(|answer| *answer > 0));
        assert!(check(&"x".repeat(WORDING_BYTES_MAX + 1)).starts_with("refused too_long"));
    }

    /// Random sentences of the language: refused or written, never a panic. `BOLERO_RANDOM_TEST_TIME_MS` lengthens it.
    #[test]
    fn fuzz_texts() {
        const WORDS: &[&str] = &[
            "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "order", ".id", "event", ".data",
            "|", "upper", "default", "(", ")", "'a'", "\"", "[", "]", "0", "1.5", "*", "~", "for",
            "in", "if", "endif", "set", "x", "=", "raw", "endraw", "\n", "ạ", "\\", ",", ":",
            "not",
        ];
        bolero::check!()
            .with_type::<Vec<u8>>()
            .with_test_time(Duration::from_millis(300))
            .for_each(|bytes| {
                let words = bytes.iter().map(|b| WORDS[usize::from(*b) % WORDS.len()]);
                let source: String = words.collect();
                assert!(!check(&source).is_empty());
            });
    }
}
