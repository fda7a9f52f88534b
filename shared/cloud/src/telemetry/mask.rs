//! Finds what must not be read in a line of the log: secrets by their text, tokens and phone numbers by their look.
//!
//! Left alone, since they are needed to follow a message: times in ms (13 digits), Zalo's ids (19 digits), hex ids and
//! hashes, request ids, our own ids. A few harmless numbers that look like a Vietnamese phone are masked as well.

use std::sync::{PoisonError, RwLock};

use domain::phone::Phone;

/// Stands for what was taken out.
const MASK: &str = "***";

/// The same where a JSON number stood.
const MASK_QUOTED: &str = "\"***\"";

/// Secrets that are known by their text, oldest first.
static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Secrets kept: the tokens of some hundred Official Accounts. Beyond that the oldest is forgotten, and its look must do.
const SECRETS_MAX: usize = 256;

/// Shortest secret that is looked for: a shorter one would be found in half of all words.
const SECRET_BYTES_MIN: usize = 8;

/// Longest opaque word that is left alone, in bytes. A SHA-256 in hex has 64; Zalo's tokens have hundreds.
const WORD_BYTES_MAX: usize = 80;

/// Names that a secret follows, in lower case.
const NAMES: [&str; 6] =
    ["bearer", "access_token", "refresh_token", "secret_key", "appsecret_proof", "x-api-key"];

/// Shortest word after such a name that is taken for the secret, in bytes.
const NAMED_BYTES_MIN: usize = 8;

/// Makes a secret known, so that no line shows it. Shorter than 8 bytes it is not looked for.
pub fn hide(secret: &str) {
    if secret.len() < SECRET_BYTES_MIN {
        return;
    }
    // As it stands within JSON.
    let escaped = serde_json::Value::from(secret).to_string();
    let escaped = &escaped[1..escaped.len() - 1];
    for form in [secret, escaped] {
        let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
        if secrets.iter().any(|known| known == form) {
            continue;
        }
        if secrets.len() == SECRETS_MAX {
            secrets.remove(0);
        }
        secrets.push(form.to_owned());
    }
}

/// The line as it may be read.
pub(super) fn masked(line: &str) -> String {
    let mut text = line.to_owned();
    for secret in SECRETS.read().unwrap_or_else(PoisonError::into_inner).iter() {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), MASK);
        }
    }
    without_phones(&without_named(&text))
}

/// Takes out the word after `Bearer`, `access_token=`, `"secret_key":"` and their like.
fn without_named(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<(usize, usize)> = NAMES
        .iter()
        .flat_map(|name| lower.match_indices(name).map(|(at, name)| at + name.len()))
        .filter_map(|at| {
            let rest = &text[at..];
            let start = at
                + (rest.len()
                    - rest.trim_start_matches(['"', '\'', '\\', ':', '=', ' ', '(']).len());
            let rest = &text[start..];
            let end = rest.find(|c: char| !is_of_secret(c)).unwrap_or(rest.len());
            (start > at && end >= NAMED_BYTES_MIN).then_some((start, start + end))
        })
        .collect();
    found.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in found {
        if start >= done {
            clean.push_str(&text[done..start]);
            clean.push_str(MASK);
            done = end;
        }
    }
    clean.push_str(&text[done..]);
    clean
}

fn is_of_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '+' | '/' | '=' | '-')
}

/// Takes out phone numbers and overlong opaque words.
fn without_phones(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let taken =
            if !is_of_token(before) && is_of_token(first) { token(rest) } else { Take::Nothing };
        let taken = match taken {
            Take::Nothing if !before.is_ascii_digit() && first.is_ascii_digit() => {
                phone_bytes(rest).map_or(Take::Nothing, Take::Mask)
            }
            other => other,
        };
        let bytes = match taken {
            Take::Mask(bytes) => {
                // A number of JSON, not part of a text: the line has to stay JSON.
                let bare = clean.ends_with("\":") && !clean.ends_with("\\\":");
                clean.push_str(if bare { MASK_QUOTED } else { MASK });
                bytes
            }
            Take::Leave(bytes) => {
                clean.push_str(&rest[..bytes]);
                bytes
            }
            Take::Nothing => {
                clean.push(first);
                first.len_utf8()
            }
        };
        before = rest[..bytes].chars().next_back().unwrap_or(' ');
        rest = &rest[bytes..];
    }
    clean
}

/// What is done with the next bytes.
enum Take {
    Mask(usize),
    Leave(usize),
    Nothing,
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Looks at the word that `rest` begins with.
fn token(rest: &str) -> Take {
    let word = &rest[..rest.find(|c| !is_of_token(c)).unwrap_or(rest.len())];
    if word.len() > WORD_BYTES_MAX {
        return Take::Mask(word.len());
    }
    if is_uuid(word) || is_hex_id(word) {
        return Take::Leave(word.len());
    }
    Take::Nothing
}

fn is_uuid(word: &str) -> bool {
    let parts =
        word.split('-').map(|part| (part.len(), part.bytes().all(|b| b.is_ascii_hexdigit())));
    parts.eq([(8, true), (4, true), (4, true), (4, true), (12, true)])
}

/// Zalo's message ids, keys of numbers, hashes: 20 and more lower-case hex digits, at least one of them a letter.
fn is_hex_id(word: &str) -> bool {
    word.len() >= 20
        && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// How many bytes of `rest`, which begins with a digit, are a phone number.
fn phone_bytes(rest: &str) -> Option<usize> {
    let run = rest.bytes().take_while(u8::is_ascii_digit).count();
    let digits = &rest[..run];
    let national = digits.starts_with('0') || digits.starts_with("84");
    if matches!(run, 10..=12) && national || matches!(run, 13..=14) && digits.starts_with("0084") {
        return Some(run);
    }
    (run <= GROUP_DIGITS_MAX && national).then(|| grouped_bytes(rest)).flatten()
}

/// Most digits between two separators of a phone number as people write it.
const GROUP_DIGITS_MAX: usize = 4;

/// The same for a number in groups: `0912 345 678`, `84.912.345.678`, `028) 3823-4567`. The longest reading counts.
fn grouped_bytes(rest: &str) -> Option<usize> {
    let mut digits = String::new();
    let mut longest = None;
    let mut at = 0;
    loop {
        let run = rest[at..].bytes().take_while(u8::is_ascii_digit).count();
        if run == 0 || run > GROUP_DIGITS_MAX {
            return longest;
        }
        digits.push_str(&rest[at..at + run]);
        at += run;
        if Phone::parse(&digits).is_ok() {
            longest = Some(at);
        }
        let next = rest[at..].trim_start_matches([' ', '.', '-', '(', ')', '\u{a0}']);
        let separators = rest[at..].chars().count() - next.chars().count();
        if !matches!(separators, 1..=2) {
            return longest;
        }
        at = rest.len() - next.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_masked() {
        for number in [
            "0912345678",
            "84912345678",
            "840912345678",
            "0084912345678",
            "02838234567",
            "842838234567",
            "0912 345 678",
            "0912.345.678",
            "091-234-5678",
            "09 12 34 56 78",
            "84 912 345 678",
            "0912\u{a0}345\u{a0}678",
        ] {
            let line = format!("{{\"phone\":\"{number}\",\"n\":1}}");
            assert_eq!(masked(&line), "{\"phone\":\"***\",\"n\":1}");
            assert_eq!(masked(&format!("gọi {number} nhé")), "gọi *** nhé");
            assert_eq!(masked(&format!("sdt{number}")), "sdt***");
            assert_eq!(masked(&format!("\\n{number}\\n")), "\\n***\\n", "next to a line break");
        }
        assert_eq!(masked("+84912345678"), "+***");
        assert_eq!(masked("+84 (0)912 345 678"), "+***");
        assert_eq!(masked("(028) 3823-4567"), "(***");
    }

    #[test]
    fn a_hundred_thousand_mobiles_leave_no_trace() {
        for n in 0..100_000u32 {
            let number = format!("09{:08}", n * 991);
            let line = masked(&format!("recipient {number}: refused"));
            assert_eq!(line, "recipient ***: refused");
        }
    }

    #[test]
    fn what_is_needed_to_follow_a_message_stays() {
        for line in [
            r#"{"timestamp":"2026-11-20T08:00:00.123456Z","level":"INFO","sent_time":"1626926349402"}"#,
            r#"{"event.subject":"zalo:2893352839501541173:2468458835291979221"}"#,
            r#"{"subject":"sent:a4d0243feee163bd3af2","also":"sent:15a00912345678bd4ce4"}"#,
            r#"{"subject":"phone:0123456789abcdef0123456789abcdef"}"#,
            r#"{"request.id":"8476cd1e-0912-3456-7890-084912345678"}"#,
            r#"{"notification.id":"k3xw2mzb5n7a4c6d2e3f5g7h2j01","zns.code":-1121,"amount_vnd":350000}"#,
            r#"{"sha256":"59987ad90ff2fd0247530fb37e6a436a614099cade6cadfa22617930a659e43e"}"#,
            r#"{"table":"cham-events","duration_ms":12.5,"date":"2026-11-20 08:00:00"}"#,
            r#"{"amount":"350.000.000 đ","ip":"10.0.12.255","epoch_s":1795136400}"#,
            "thời gian 22:00 - 06:00, ngày 20/11/2026",
        ] {
            assert_eq!(masked(line), line);
        }
    }

    #[test]
    fn a_token_is_masked_by_its_name_and_by_its_length() {
        for (line, clean) in [
            ("Authorization: Bearer abc.DEF-123_456", "Authorization: Bearer ***"),
            ("access_token=aBcDeFgHiJ&x=1", "access_token=***&x=1"),
            (r#"{"refresh_token":"aBcDeFgHiJ","e":0}"#, r#"{"refresh_token":"***","e":0}"#),
            (r#""{\"secret_key\":\"aBcDeFgHiJ\"}""#, r#""{\"secret_key\":\"***\"}""#),
            ("headers: {ACCESS_TOKEN: aBcDeFgHiJ}", "headers: {ACCESS_TOKEN: ***}"),
            ("the access_token is old", "the access_token is old"),
            (r#"{"seen":"{\"phone\":84912345678}"}"#, r#"{"seen":"{\"phone\":***}"}"#),
        ] {
            assert_eq!(masked(line), clean);
        }
        let token = "aB3_-".repeat(40);
        assert_eq!(masked(&format!("answer {token} end")), "answer *** end");
    }

    #[test]
    fn a_secret_that_was_made_known_is_never_shown() {
        hide("test_oa_secret_key");
        assert_eq!(masked("mac of test_oa_secret_key."), "mac of ***.");
        hide("short");
        assert_eq!(masked("a short one"), "a short one");
    }

    #[test]
    fn any_text_is_masked_without_harm() {
        for line in
            ["", "0", "é0912345678é", "0912345678", "0.", "84-", "08.4", "\u{a0}", "0 (", "+"]
        {
            let clean = masked(line);
            assert!(!clean.contains("345678"), "{clean}");
        }
    }
}
