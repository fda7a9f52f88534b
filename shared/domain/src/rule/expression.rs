//! What may stand in a condition: known facts and functions, and nothing whose cost grows beyond its text and the facts.
//!
//! Bounds: one walk over a list at a time and none that builds a new list; patterns are written out and small. Every
//! function here works without recursion, since 1 KB of expression can be 500 levels deep.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue};

use super::{Wrong, document::quoted, facts::knows};

/// Longest regular expression in a condition, in bytes; it is compiled at every evaluation.
const PATTERN_BYTES_MAX: usize = 128;
/// Largest compiled regular expression, in bytes: `(a{1000}){1000}` would take 35 ms to be refused by the default.
const PATTERN_COMPILED_BYTES_MAX: usize = 64 * 1_024;

/// The functions that a condition may call: what `int('7')` and `size(list)` are for, and nothing that builds lists.
const FUNCTIONS: &[&str] = &[
    "_?_:_",
    "_&&_",
    "_||_",
    "!_",
    "-_",
    "_+_",
    "_-_",
    "_*_",
    "_/_",
    "_%_",
    "_==_",
    "_!=_",
    "_<_",
    "_<=_",
    "_>_",
    "_>=_",
    "@in",
    "_[_]",
    "_[?_]",
    "_?._",
    "bool",
    "contains",
    "double",
    "endsWith",
    "hasValue",
    "int",
    "matches",
    "or",
    "orValue",
    "size",
    "startsWith",
    "string",
    "value",
];

/// Walks the whole expression and says what may not be used.
pub fn wrong_parts(root: &IdedExpr) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut ahead: Vec<(&IdedExpr, Option<&ComprehensionExpr>)> = vec![(root, None)];
    while let Some((node, walk)) = ahead.pop() {
        match &node.expr {
            Expr::Unspecified | Expr::Struct(_) => {
                wrong.push(("condition_syntax", "this cannot be used in a condition".to_owned()));
            }
            Expr::Literal(_) => {}
            Expr::Ident(name) => {
                let own = walk.is_some_and(|walk| {
                    *name == walk.iter_var
                        || *name == walk.accu_var
                        || walk.iter_var2.as_ref() == Some(name)
                });
                if !own && !knows(&[name.as_str()]) {
                    let known = "event, customer, order, shipment, payment";
                    let message = format!("there is no {}; there are {known}", quoted(name));
                    wrong.push(("unknown_name", message));
                }
            }
            Expr::Select(select) => {
                if let Some(path) = path(node).filter(|path| {
                    // A loop's own variable may be called like a fact; what it holds is open.
                    walk.is_none_or(|walk| path[0] != walk.iter_var)
                        && !knows(path)
                        && knows(&path[..1])
                }) {
                    wrong
                        .push(("unknown_name", format!("there is no {}", quoted(&path.join(".")))));
                }
                ahead.push((&select.operand, walk));
            }
            Expr::Call(call) => {
                wrong.extend(wrong_call(call, walk.is_some()));
                ahead.extend(call.target.iter().map(|target| (&**target, walk)));
                ahead.extend(call.args.iter().map(|arg| (arg, walk)));
            }
            Expr::List(list) => ahead.extend(list.elements.iter().map(|item| (item, walk))),
            Expr::Map(map) => {
                for entry in &map.entries {
                    match &entry.expr {
                        EntryExpr::MapEntry(entry) => {
                            ahead.extend([(&entry.key, walk), (&entry.value, walk)]);
                        }
                        EntryExpr::StructField(field) => ahead.push((&field.value, walk)),
                    }
                }
            }
            Expr::Comprehension(inner) => {
                if walk.is_some() || contains_walk(&inner.iter_range) {
                    let message = "a walk over a list cannot stand in another one";
                    wrong.push(("condition_too_deep", message.to_owned()));
                    continue;
                }
                if matches!(inner.accu_init.expr, Expr::List(_) | Expr::Map(_)) {
                    let message = "`map` and `filter` build lists; use exists, all or exists_one";
                    wrong.push(("unknown_function", message.to_owned()));
                    continue;
                }
                ahead.push((&inner.iter_range, None));
                let inside = [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result];
                ahead.extend(inside.map(|node| (node, Some(&**inner))));
            }
        }
    }
    wrong
}

/// What is wrong with a call by itself, whatever its arguments hold.
fn wrong_call(call: &CallExpr, in_walk: bool) -> Option<Wrong> {
    let name = call.func_name.as_str();
    let known = FUNCTIONS.contains(&name) || (in_walk && name == "@not_strictly_false");
    if !known {
        return Some(("unknown_function", format!("there is no function {}", quoted(name))));
    }
    if name != "matches" {
        return None;
    }
    let pattern = match call.args.last().map(|arg| &arg.expr) {
        Some(Expr::Literal(LiteralValue::String(text))) => text.inner(),
        Some(_) | None => {
            let message = "the pattern of `matches` must stand in the condition itself";
            return Some(("condition_pattern", message.to_owned()));
        }
    };
    let fits = pattern.len() <= PATTERN_BYTES_MAX
        && regex::RegexBuilder::new(pattern).size_limit(PATTERN_COMPILED_BYTES_MAX).build().is_ok();
    let message = "the pattern of `matches` is not a regular expression, or too large a one";
    (!fits).then(|| ("condition_pattern", message.to_owned()))
}

/// Whether a walk over a list stands anywhere in an expression.
fn contains_walk(root: &IdedExpr) -> bool {
    let mut ahead = vec![root];
    while let Some(node) = ahead.pop() {
        match &node.expr {
            Expr::Comprehension(_) => return true,
            Expr::Unspecified | Expr::Struct(_) | Expr::Literal(_) | Expr::Ident(_) => {}
            Expr::Select(select) => ahead.push(&select.operand),
            Expr::Call(call) => {
                ahead.extend(call.target.iter().map(|target| &**target));
                ahead.extend(&call.args);
            }
            Expr::List(list) => ahead.extend(&list.elements),
            Expr::Map(map) => {
                for entry in &map.entries {
                    match &entry.expr {
                        EntryExpr::MapEntry(entry) => ahead.extend([&entry.key, &entry.value]),
                        EntryExpr::StructField(field) => ahead.push(&field.value),
                    }
                }
            }
        }
    }
    false
}

/// `customer.consent.care` as its parts; `None` for what is not a chain of names.
fn path(node: &IdedExpr) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut expr = &node.expr;
    loop {
        match expr {
            Expr::Select(select) => {
                parts.push(select.field.as_str());
                expr = &select.operand.expr;
            }
            Expr::Ident(name) => {
                parts.push(name.as_str());
                parts.reverse();
                return Some(parts);
            }
            Expr::Unspecified
            | Expr::Call(_)
            | Expr::Comprehension(_)
            | Expr::List(_)
            | Expr::Literal(_)
            | Expr::Map(_)
            | Expr::Struct(_) => return None,
        }
    }
}
