//! A JSON document written again as other programs write it: the same values in the same order, other spaces and escapes.

use std::fmt::Write as _;

/// How a document is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub spaces: Spaces,
    pub escapes: Escapes,
    /// Whether `/` is written `\/`, as PHP does.
    pub slashes: bool,
}

/// What stands between values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spaces {
    None,
    /// One behind `,` and `:`, as Python does.
    One,
    /// A line for each value, indented by so many.
    Lines(usize),
}

/// Which characters are escaped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Escapes {
    None,
    /// All that are not ASCII, as `\uXXXX`.
    All,
}

/// The document in this style; `None` for what is no JSON.
pub(super) fn rewritten(text: &str, style: Style) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len());
    let mut depth = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                // The string as it stands, its escapes included, is a document of its own.
                let mut raw = String::from('"');
                let mut escaped = false;
                for c in rest.by_ref() {
                    raw.push(c);
                    match c {
                        '"' if !escaped => break,
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
                string(&mut out, &serde_json::from_str::<String>(&raw).ok()?, style);
            }
            '{' | '[' => {
                out.push(c);
                while rest.peek().is_some_and(char::is_ascii_whitespace) {
                    rest.next();
                }
                if rest.peek().is_some_and(|next| matches!(next, '}' | ']')) {
                    out.extend(rest.next());
                } else {
                    depth += 1;
                    line(&mut out, depth, style);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth, style);
                out.push(c);
            }
            ',' => {
                out.push(c);
                match style.spaces {
                    Spaces::One => out.push(' '),
                    Spaces::None | Spaces::Lines(_) => line(&mut out, depth, style),
                }
            }
            ':' => out.push_str(if matches!(style.spaces, Spaces::None) { ":" } else { ": " }),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

/// The document with the keys of every object in order; `None` for what is no JSON.
pub(super) fn sorted(text: &str) -> Option<String> {
    // A map of this library is ordered by its keys.
    serde_json::from_str::<serde_json::Value>(text).ok().map(|value| value.to_string())
}

fn line(out: &mut String, depth: usize, style: Style) {
    if let Spaces::Lines(indent) = style.spaces {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent * depth));
    }
}

fn string(out: &mut String, text: &str, style: Style) {
    let plain = serde_json::to_string(text).unwrap_or_default();
    for c in plain.chars() {
        match (c, style.escapes) {
            ('/', _) if style.slashes => out.push_str("\\/"),
            (c, Escapes::All) if !c.is_ascii() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            (c, _) => out.push(c),
        }
    }
}
