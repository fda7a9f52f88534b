//! Text as Cham keeps it: NFC, without control characters, of bounded length.
//!
//! Source: Zalo counts characters of template parameters, and decomposed Vietnamese text is about 28 % longer
//! (Zalo ZBS limits, read 2026-11), so everything is composed before it is stored, compared or counted.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Composes `raw` to NFC, drops control characters but line breaks and tabs, and trims the ends.
pub fn clean(raw: &str) -> String {
    // First the control characters: what stood on both sides of one may compose.
    let text: String =
        raw.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).nfc().collect();
    text.trim().to_owned()
}

/// Takes away Vietnamese marks: `Đặng` becomes `Dang`.
pub fn without_marks(text: &str) -> String {
    let plain = |c: char| match c {
        'đ' => 'd',
        'Đ' => 'D',
        other => other,
    };
    text.nfd().filter(|c| !is_combining_mark(*c)).map(plain).collect()
}

/// The first `max` characters of `text`: for one-line summaries, never for what is sent.
pub fn shortened(text: &str, max: usize) -> String {
    let mut short: String = text.chars().take(max).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decomposed_text_is_composed() {
        assert_eq!(clean("Nguye\u{0302}\u{0303}n"), "Nguyễn");
    }

    #[test]
    fn control_characters_go_and_line_breaks_stay() {
        assert_eq!(clean(" a\u{0}b\nc\u{7f} "), "ab\nc");
    }

    #[test]
    fn cleaning_twice_changes_nothing_more() {
        let once = clean("a\0\u{301}");
        assert_eq!((once.as_str(), clean(&once).as_str()), ("á", "á"));
    }

    #[test]
    fn marks_are_taken_away_in_both_forms() {
        assert_eq!(without_marks("Đặng Thị Lan"), "Dang Thi Lan");
        assert_eq!(without_marks("a\u{0323}\u{0302}"), "a");
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shortened("cà phê", 2), "cà…");
        assert_eq!(shortened("cà", 2), "cà");
    }
}
