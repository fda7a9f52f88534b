//! An answer that stands in a chat message: stars, or one of the words on the faces.

use crate::text::without_marks;

/// Longest message that is looked at, in characters: who writes more tells a story.
const CHARS_MAX: usize = 100;

/// What may stand before stars.
const LEADS: &[&str] = &[
    "cho", "cham", "danh gia", "vote", "rate", "em", "minh", "toi", "chi", "anh", "quan", "shop",
    "la", "duoc", "xin", "a", "da", "vang", "tang", "diem",
];

/// What may stand behind the words on a face.
const TAILS: &[&str] = &["a", "nhe", "nha", "shop", "quan", "em", "luon", "ban", "nhen", "nhoa"];

/// The words on the faces, without marks.
const FACES: &[(&str, u8)] = &[
    ("rat hai long", 5),
    ("qua hai long", 5),
    ("tuyet voi", 5),
    ("hai long", 4),
    ("kha hai long", 4),
    ("binh thuong", 3),
    ("tam duoc", 3),
    ("tam on", 3),
    ("khong hai long", 2),
    ("ko hai long", 2),
    ("k hai long", 2),
    ("khong hai long lam", 2),
    ("chua hai long", 2),
    ("chua hai long lam", 2),
    ("rat khong hai long", 1),
    ("that vong", 1),
    ("rat that vong", 1),
    ("rat te", 1),
    ("qua te", 1),
];

/// Numbers in words.
const NUMBERS: &[(&str, u8)] = &[("mot", 1), ("hai", 2), ("ba", 3), ("bon", 4), ("nam", 5)];

/// The stars from 1 to 5 that a message gives: `5 sao`, `cho quán 4*`, `⭐⭐⭐`, `hài lòng ạ`. `None` for everything else: a question, a
/// hotel of five stars, a story.
pub fn stars_said(text: &str) -> Option<u8> {
    if text.contains('?') || text.chars().count() > CHARS_MAX {
        return None;
    }
    let plain = without_marks(text).to_lowercase();
    let is_star = |c: char| matches!(c, '⭐' | '★' | '🌟');
    // A star may be followed by a selector of its look.
    let drawn: Vec<char> =
        plain.chars().filter(|c| !c.is_whitespace() && *c != '\u{fe0f}').collect();
    if !drawn.is_empty() && drawn.iter().all(|c| is_star(*c)) {
        return u8::try_from(drawn.len()).ok().filter(|stars| (1..=5).contains(stars));
    }
    let mut words = Vec::new();
    for c in plain.chars() {
        match c {
            '*' | '⭐' | '★' | '🌟' => words.push("sao".to_owned()),
            c if c.is_alphanumeric() => {
                let fits = |word: &mut String| {
                    let last = word.chars().last()?;
                    (last.is_ascii_digit() == c.is_ascii_digit() && word != "sao")
                        .then(|| word.push(c))
                };
                let open = words.last_mut().filter(|word| !word.is_empty());
                if open.and_then(fits).is_none() {
                    words.push(c.to_string());
                }
            }
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    face(&words).or_else(|| stars(&words))
}

/// `5 sao` after nothing but what leads there; what follows does not matter.
fn stars(words: &[&str]) -> Option<u8> {
    let at = words.iter().position(|word| ["sao", "star", "stars"].contains(word))?;
    let number = words[..at].last()?;
    let known = NUMBERS.iter().find(|(word, _)| word == number).map(|(_, stars)| *stars);
    let stars = known.or_else(|| number.parse().ok()).filter(|stars| (1..=5).contains(stars))?;
    let mut leads = words[..at - 1].to_vec();
    while let Some(last) = leads.last() {
        let two = leads.len().checked_sub(2).map(|from| leads[from..].join(" "));
        if LEADS.contains(last) {
            leads.pop();
        } else if two.is_some_and(|two| LEADS.contains(&two.as_str())) {
            leads.truncate(leads.len() - 2);
        } else {
            return None;
        }
    }
    // “5 sao” is no answer when it goes on to say what has so many stars.
    let another = words[at + 1..].contains(&"sao");
    (!another).then_some(stars)
}

/// The words on a face, and nothing but courtesy behind them.
fn face(words: &[&str]) -> Option<u8> {
    let mut words = words;
    while let [before @ .., last] = words {
        if !TAILS.contains(last) || before.is_empty() {
            break;
        }
        words = before;
    }
    let said = words.join(" ");
    FACES.iter().find(|(face, _)| *face == said).map(|(_, stars)| *stars)
}

#[cfg(test)]
mod tests {
    use super::stars_said;

    #[test]
    fn stars_and_faces_are_answers() {
        for (text, stars) in [
            ("5 sao", 5),
            ("5sao", 5),
            ("5*", 5),
            ("5 ⭐", 5),
            ("⭐⭐⭐⭐", 4),
            ("⭐️ ⭐️", 2),
            ("★★★★★", 5),
            ("1 sao!", 1),
            ("Cho quán 4 sao nhé", 4),
            ("em cho 5 sao, giao nhanh lắm ạ", 5),
            ("đánh giá 3 sao", 3),
            ("năm sao", 5),
            ("mot sao", 1),
            ("5 stars", 5),
            ("Hài lòng", 4),
            ("hai long a", 4),
            ("Rất hài lòng ạ", 5),
            ("không hài lòng", 2),
            ("ko hài lòng", 2),
            ("Rất thất vọng", 1),
            ("bình thường", 3),
            ("Tạm được nha shop", 3),
            ("Rất không hài lòng", 1),
        ] {
            assert_eq!(stars_said(text), Some(stars), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_stays_a_message() {
        for text in [
            "",
            "sao",
            "sao lâu vậy",
            "5",
            "0 sao",
            "6 sao",
            "10 sao",
            "khách sạn 5 sao",
            "mua 5 sao được giảm không?",
            "5 sao thì được gì?",
            "sao đơn 5 chưa giao",
            "đơn 5 sao chưa giao",
            "máy 5 sao năng lượng",
            "⭐⭐⭐⭐⭐⭐",
            "hài lòng với giá nhưng giao chậm",
            "mình hài lòng nhưng mà hộp móp",
            "1 sao 2 sao gì cũng được",
            "a",
            "bình thường mấy giờ mở cửa",
            &"5 sao ".repeat(30),
        ] {
            assert_eq!(stars_said(text), None, "{text}");
        }
    }
}
