//! A rule's `when`: one CEL expression that is true or false of the facts.
//!
//! Bounds: [`CONDITION_BYTES_MAX`] before it is parsed, and what may stand in it (`expression`), since the language itself
//! has no limit of steps, time or memory.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use cel::{Context, Env, ExecutionError, Program};

use super::{
    Failure, Wrong,
    document::quoted,
    expression::wrong_parts,
    facts::{Facts, to_cel},
};
use crate::text::shortened;

/// Longest condition, in bytes. The parser works by recursion: 1 KB of any nesting was seen to fit a 2 MB stack, 8 KB not.
pub const CONDITION_BYTES_MAX: usize = 1_024;
/// The language with its standard functions; built once, since it costs as much as a compilation.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A compiled condition.
pub struct Condition {
    source: String,
    program: Program,
}

/// The facts as conditions see them, made once for all rules of one event.
pub struct ConditionFacts(Context<'static, 'static>);

impl ConditionFacts {
    /// Takes the facts over.
    ///
    /// # Errors
    /// A list or map has too many entries to be walked.
    pub fn new(facts: &Facts) -> Result<Self, Failure> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        for (name, fact) in facts.named() {
            let value = to_cel(fact).ok_or_else(|| {
                Failure::new("facts_too_long", format!("`{name}` has a list with too many entries"))
            })?;
            context.add_variable_from_value(name, value);
        }
        Ok(Self(context))
    }
}

impl Condition {
    /// Compiles `source` and tries it on what an event of `kind` might bring.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(source: &str, kind: &str) -> Result<Self, Vec<Wrong>> {
        let condition = Self::parse(source)?;
        match condition.try_on(&Facts::sample(kind)) {
            Ok(()) => Ok(condition),
            // What the sample lacks may be there in time.
            Err(("condition_missing", _)) => Ok(condition),
            Err(wrong) => Err(vec![wrong]),
        }
    }

    /// Compiles `source` and tries it on `sample`, which has all that there can be.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile_on(source: &str, sample: &Facts) -> Result<Self, Vec<Wrong>> {
        let condition = Self::parse(source)?;
        condition.try_on(sample).map_err(|wrong| vec![wrong])?;
        Ok(condition)
    }

    fn parse(source: &str) -> Result<Self, Vec<Wrong>> {
        if source.len() > CONDITION_BYTES_MAX {
            let message = format!("a condition has at most {CONDITION_BYTES_MAX} bytes");
            return Err(vec![("too_long", message)]);
        }
        let program = LANGUAGE.compile(source).map_err(|errors| {
            let first = errors.errors.first().map_or("", |error| error.msg.as_str());
            let first = first.lines().next().unwrap_or_default();
            vec![("condition_syntax", format!("not a CEL expression: {}", shortened(first, 120)))]
        })?;
        let wrong = wrong_parts(program.expression());
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self { source: source.to_owned(), program })
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// It asks for what is not there, or its types do not fit. The rule does nothing then, visibly.
    pub fn holds(&self, facts: &ConditionFacts) -> Result<bool, Failure> {
        match self.program.execute(&facts.0) {
            Ok(cel::Value::Bool(truth)) => Ok(truth),
            Ok(_) => Err(Failure::new("condition_not_a_truth", "the condition gives no yes or no")),
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// The facts' values stand in the language's own messages, so these are not passed on.
    fn failure(&self, error: &ExecutionError) -> Failure {
        match error {
            ExecutionError::NoSuchKey(name) if self.source.contains(name.as_str()) => {
                Failure::new("condition_missing", format!("there is no {}", quoted(name)))
            }
            ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_) => {
                Failure::new("condition_missing", "the condition asks for what is not there")
            }
            ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..) => {
                Failure::new("condition_arithmetic", "a number is too large, or divided by zero")
            }
            _ => Failure::new("condition_types", "the types in the condition do not fit together"),
        }
    }

    /// One evaluation finds what a type checker would.
    fn try_on(&self, sample: &Facts) -> Result<(), Wrong> {
        let facts =
            ConditionFacts::new(sample).map_err(|failure| (failure.code, failure.message))?;
        self.holds(&facts).map(drop).map_err(|failure| (failure.code, failure.message))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({:?})", self.source)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn facts() -> ConditionFacts {
        let mut facts = Facts::sample("order.created");
        facts.order = json!({"id": "DH0001", "lines": [{"n": 1}, {"n": 2}], "amount_vnd": 350_000});
        facts.payment = json!(null);
        ConditionFacts::new(&facts).unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    fn check(source: &str) -> String {
        match Condition::compile(source, "order.created") {
            Err(wrong) => {
                wrong.iter().map(|(code, text)| format!("refused {code}: {text}\n")).collect()
            }
            Ok(condition) => match condition.holds(&facts()) {
                Ok(truth) => format!("{truth}\n"),
                Err(failure) => format!("fails {}: {}\n", failure.code, failure.message),
            },
        }
    }

    #[test]
    fn conditions_and_what_they_give() {
        let table: String = [
            "order.id == 'DH0001' && customer.consent.care",
            "order.amount_vnd + 1 > 350000",
            "order.lines.exists(line, line.n == 2)",
            "order.lines.all(event, event.n > 0) && event.kind == 'order.created'",
            "order.lines.exists(line, order.lines.exists(other, other.n > line.n))",
            "order.lines.filter(line, line.n == 2).exists(line, true)",
            "size(order.lines.map(line, line.n)) > 0",
            "has(event.data.note) && event.data.note == 'x'",
            "event.data.?note.orValue('none') == 'none'",
            "event.data.note == 'x'",
            "payment.verdict == 'matched'",
            "order.id.matches('^DH[0-9]{4}$')",
            "order.id.matches(event.kind)",
            "order.id.matches('(a{1000}){1000}')",
            "order.id.matches('(')",
            "evnt.kind == 'x'",
            "customer.consent.caer",
            "event.nope == 1 || evnt == 2",
            "frobnicate(1) == 1",
            "customer.name > 1",
            "order.amount_vnd",
            "'yes'",
            "1 / 0 == 1",
            "order.amount_vnd * 9223372036854775807 > 0",
            "order.lines[9].n == 1",
            "order.id ==",
            "",
            "Thing{a: 1} == 1",
            "type(order) == map",
        ]
        .iter()
        .map(|source| format!("{source}\n    {}", check(source)))
        .collect();
        insta::assert_snapshot!(table, @r#"
        order.id == 'DH0001' && customer.consent.care
            true
        order.amount_vnd + 1 > 350000
            true
        order.lines.exists(line, line.n == 2)
            true
        order.lines.all(event, event.n > 0) && event.kind == 'order.created'
            true
        order.lines.exists(line, order.lines.exists(other, other.n > line.n))
            refused condition_too_deep: a walk over a list cannot stand in another one
        order.lines.filter(line, line.n == 2).exists(line, true)
            refused condition_too_deep: a walk over a list cannot stand in another one
        size(order.lines.map(line, line.n)) > 0
            refused unknown_function: `map` and `filter` build lists; use exists, all or exists_one
        has(event.data.note) && event.data.note == 'x'
            false
        event.data.?note.orValue('none') == 'none'
            true
        event.data.note == 'x'
            fails condition_missing: there is no `note`
        payment.verdict == 'matched'
            fails condition_types: the types in the condition do not fit together
        order.id.matches('^DH[0-9]{4}$')
            true
        order.id.matches(event.kind)
            refused condition_pattern: the pattern of `matches` must stand in the condition itself
        order.id.matches('(a{1000}){1000}')
            refused condition_pattern: the pattern of `matches` is not a regular expression, or too large a one
        order.id.matches('(')
            refused condition_pattern: the pattern of `matches` is not a regular expression, or too large a one
        evnt.kind == 'x'
            refused unknown_name: there is no `evnt`; there are event, customer, order, shipment, payment
        customer.consent.caer
            refused unknown_name: there is no `customer.consent.caer`
        event.nope == 1 || evnt == 2
            refused unknown_name: there is no `evnt`; there are event, customer, order, shipment, payment
        refused unknown_name: there is no `event.nope`
        frobnicate(1) == 1
            refused unknown_function: there is no function `frobnicate`
        customer.name > 1
            refused condition_types: the types in the condition do not fit together
        order.amount_vnd
            refused condition_not_a_truth: the condition gives no yes or no
        'yes'
            refused condition_not_a_truth: the condition gives no yes or no
        1 / 0 == 1
            refused condition_arithmetic: a number is too large, or divided by zero
        order.amount_vnd * 9223372036854775807 > 0
            refused condition_arithmetic: a number is too large, or divided by zero
        order.lines[9].n == 1
            fails condition_missing: the condition asks for what is not there
        order.id ==
            refused condition_syntax: not a CEL expression: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_…

            refused condition_syntax: not a CEL expression: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_…
        Thing{a: 1} == 1
            refused condition_syntax: this cannot be used in a condition
        type(order) == map
            refused unknown_name: there is no `map`; there are event, customer, order, shipment, payment
        refused unknown_function: there is no function `type`
        "#);
    }

    #[test]
    fn a_failure_never_tells_what_the_facts_hold() {
        let mut secret = Facts::sample("a.b");
        secret.event["data"] = json!({"phone": "84912345678"});
        let facts = ConditionFacts::new(&secret).unwrap_or_else(|failure| panic!("{failure:?}"));
        for source in [
            "event.data.phone > 1",
            "event.data[event.data.phone] == 1",
            "int(event.data.phone + 'x') > 1",
            "event.data.phone",
        ] {
            let condition = Condition::compile(source, "a.b").unwrap_or_else(|w| panic!("{w:?}"));
            let failure = condition.holds(&facts).unwrap_err();
            assert!(!format!("{failure:?}").contains("849"), "{source}: {failure:?}");
        }
    }

    /// Goal: nothing of the allowed length ends the process, as longer texts do. Method: what was seen to break the
    /// parser, cut at the limit, on a thread with the 2 MB stack of a worker.
    #[test]
    fn hostile_conditions_are_answered() {
        let sources = [
            "(".repeat(1_024),
            format!("{}1{} == 1", "(".repeat(500), ")".repeat(500)),
            format!("1{} > 0", "+1".repeat(509)),
            format!("order{} == 1", "[0]".repeat(330)),
            format!("order{} == 1", ".a".repeat(505)),
            "[".repeat(1_024),
            format!("{}{}", "[".repeat(512), "]".repeat(512)),
            "size(".repeat(200),
            format!("{}1{} == 1", "-(".repeat(340), ")".repeat(340)),
            format!("{}true", "!".repeat(1_000)),
            format!("{}true", "true||".repeat(169)),
            format!("{}1 == 1", "true?1:".repeat(140)),
            "{".repeat(1_024),
            "'".repeat(1_023),
            "\u{0}\u{1}\u{fffd}".to_owned(),
        ];
        let worker = std::thread::Builder::new().stack_size(2 * 1_024 * 1_024);
        let answers = worker.spawn(move || sources.map(|source| check(&source).len())).unwrap();
        assert!(answers.join().unwrap().iter().all(|answer| *answer > 0));
        assert!(check(&" ".repeat(CONDITION_BYTES_MAX + 1)).starts_with("refused too_long"));
    }

    /// Random sentences of the language: refused or compiled, never a panic. `BOLERO_RANDOM_TEST_TIME_MS` lengthens it.
    #[test]
    fn fuzz_conditions() {
        const WORDS: &[&str] = &[
            "event",
            ".data",
            ".kind",
            "order",
            ".id",
            "customer",
            ".consent",
            ".care",
            "payment",
            "[0]",
            "[?0]",
            ".?a",
            ".orValue(",
            "(",
            ")",
            "1",
            "0",
            "-",
            "+",
            "*",
            "/",
            "%",
            "'a'",
            "\"",
            "&&",
            "||",
            "!",
            "==",
            "<",
            ">=",
            "?",
            ":",
            " in ",
            "[",
            "]",
            "{",
            "}",
            ",",
            ".exists(x,",
            ".all(x,",
            ".map(x,",
            "x",
            "has(",
            "size(",
            ".matches('a+')",
            "true",
            "null",
            "9223372036854775807",
            "1u",
            "1.5",
            "b'a'",
            "//",
            "\n",
            "ạ",
            "\\",
            "int(",
        ];
        bolero::check!()
            .with_type::<Vec<u8>>()
            .with_test_time(Duration::from_millis(300))
            .for_each(|bytes| {
                let words = bytes.iter().map(|b| WORDS[usize::from(*b) % WORDS.len()]);
                let mut source: String = words.collect();
                source.truncate(source.floor_char_boundary(CONDITION_BYTES_MAX));
                assert!(!check(&source).is_empty());
            });
    }
}
