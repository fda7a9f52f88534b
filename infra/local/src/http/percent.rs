//! Percent-decoding of paths and queries.

use std::collections::HashMap;

/// Decodes `%C3%A0`; what is no escape stays as it is, and bytes that are no UTF-8 become `U+FFFD`.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The parameters of a query, decoded. API Gateway joins the values of a repeated name by commas and the reader of events
/// splits them there again, so a comma inside a value splits it too.
pub(super) fn query(query: &str) -> HashMap<String, Vec<String>> {
    let mut parameters: HashMap<String, Vec<String>> = HashMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |text: &str| decode(&text.replace('+', " "));
        let values = parameters.entry(plain(name)).or_default();
        values.extend(plain(value).split(',').map(str::to_owned));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_nothing_else() {
        for (text, decoded) in [
            ("c%C3%A0%20ph%c3%aa", "cà phê"),
            ("a+b", "a+b"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%%41", "%A"),
            ("%2541", "%41"),
            ("%FF", "\u{FFFD}"),
            ("à%C3%A0", "àà"),
            ("", ""),
        ] {
            assert_eq!(decode(text), decoded, "{text}");
        }
    }

    #[test]
    fn repeated_names_and_commas_give_several_values() {
        let mut parameters: Vec<_> = query("a=1&b=x+y%2B&a=2,3&c&=d&&").into_iter().collect();
        parameters.sort();
        let one = |name: &str, values: &[&str]| {
            (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        };
        let wanted =
            [one("", &["d"]), one("a", &["1", "2", "3"]), one("b", &["x y+"]), one("c", &[""])];
        assert_eq!(parameters, wanted);
    }
}
