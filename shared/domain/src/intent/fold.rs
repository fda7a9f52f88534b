//! Chat text to tokens: what can be written in several ways comes out in one.
//!
//! Composed or decomposed, upper or lower case, old or new place of the tone (`hoá`, `hóa`), `đ` or `d`, letters held down
//! (`shopppp`), Telex left undone (`ddoon`), words run together (`baonhieu`) and short forms (`bn`, `ko`) are one.
//! Bounds: [`CHARS_MAX`] characters are read, and a word keeps [`LETTERS_MAX`] letters.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::words::SHORT_FORMS;

/// What is beyond is not read. A question of a thousand characters has said by then what it wants, and the bound keeps the
/// cost of the longest message below a few milliseconds.
pub const CHARS_MAX: usize = 1000;

/// Longer than any word, short enough that a word of a thousand letters costs nothing to take apart.
const LETTERS_MAX: usize = 24;

/// Behind these `bn` is a friend and no "how much".
const CALLING: [&str; 7] = ["chào", "hello", "hi", "alo", "ơn", "các", "nhờ"];

/// A word with its marks and without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word {
    /// Letters with circumflex, breve and horn, then the tone as a combining mark of its own; `đ` is `d`.
    marked: String,
    /// Letters alone. Equal to `marked` where nothing is marked.
    plain: String,
}

/// One piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    /// Begins with a digit: `2`, `500k`, `2/9`.
    Number,
    /// A comma or the like: ends a clause.
    Comma,
    /// A full stop or the like: ends a sentence.
    Stop,
    /// A word that a mask has taken: matches nothing.
    Masked,
}

impl Word {
    /// `raw` is one word, in any case and any normal form.
    pub(super) fn new(raw: &str) -> Self {
        let (mut marked, mut plain, mut tone) = (String::new(), String::new(), None);
        for c in raw.chars().flat_map(char::to_lowercase).nfd() {
            match c {
                '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tone = Some(c),
                '\u{302}' | '\u{306}' | '\u{31b}' => marked.push(c),
                'đ' => {
                    marked.push('d');
                    plain.push('d');
                }
                _ if c.is_alphanumeric() => {
                    marked.push(c);
                    plain.push(c);
                }
                _ => {}
            }
        }
        // The horn is often left off the first of two: `đuợc`.
        let mut marked = marked.nfc().collect::<String>().replace("uơ", "ươ");
        marked.extend(tone);
        Self { marked, plain }
    }

    pub(super) fn into_marked(self) -> String {
        self.marked
    }

    pub(super) fn marked(&self) -> &str {
        &self.marked
    }

    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    pub(super) fn is_bare(&self) -> bool {
        self.marked == self.plain
    }

    /// Whether a typed word is this keyword: with any mark it must have all of them, without marks it may be any.
    pub(super) fn is_typed_as(&self, typed: &Word) -> bool {
        if typed.is_bare() { self.plain == typed.plain } else { self.marked == typed.marked }
    }

    /// `shopppp` is `shop`: three letters or more in a row are one, and so are two at the end.
    fn without_held_letters(&self) -> Word {
        let once = |text: &str| {
            let letters: Vec<char> = text.chars().collect();
            let mut kept = String::new();
            for run in letters.chunk_by(|a, b| a == b) {
                kept.push(run[0]);
                if run.len() == 2 && !text.ends_with(&[run[0]; 2].iter().collect::<String>()) {
                    kept.push(run[0]);
                }
            }
            kept
        };
        let (tone, letters): (String, String) =
            self.marked.chars().partition(|c| ('\u{300}'..'\u{370}').contains(c));
        Word { marked: once(&letters) + &tone, plain: once(&self.plain) }
    }

    /// Reads keys of the Telex method that were left as they are: `ddoon` is `đơn` without its horn, `hangj` is `hạng`.
    fn telex_read(&self) -> Option<Word> {
        if !self.is_bare() {
            return None;
        }
        let (mut letters, mut tone) = (String::new(), None);
        let mut vowel_seen = false;
        for c in self.plain.chars() {
            let mark = match c {
                's' => '\u{301}',
                'f' => '\u{300}',
                'r' => '\u{309}',
                'x' => '\u{303}',
                'j' => '\u{323}',
                'a' | 'e' | 'o' if letters.ends_with(c) => '\u{302}',
                'w' if letters.ends_with('a') => '\u{306}',
                'w' if letters.ends_with(['o', 'u']) => '\u{31b}',
                'd' if letters == "d" => continue,
                _ => {
                    vowel_seen |= is_vowel(c);
                    letters.push(c);
                    continue;
                }
            };
            match mark {
                '\u{302}' | '\u{306}' | '\u{31b}' => letters.push(mark),
                _ if vowel_seen => tone = Some(mark),
                _ => letters.push(c),
            }
        }
        letters.extend(tone);
        Some(Word::new(&letters)).filter(|word| word != self)
    }
}

fn is_vowel(plain: char) -> bool {
    matches!(plain, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// The words that the patterns know, for what must not be guessed at freely.
pub(super) struct Vocabulary {
    marked: HashSet<String>,
    plain: HashSet<String>,
}

impl Vocabulary {
    pub(super) fn new(words: impl Iterator<Item = Word>) -> Self {
        let (marked, plain) = words.map(|word| (word.marked, word.plain)).unzip();
        Self { marked, plain }
    }

    fn knows(&self, word: &Word) -> bool {
        if word.is_bare() {
            self.plain.contains(&word.plain)
        } else {
            self.marked.contains(&word.marked)
        }
    }

    /// The two known words that are run together in `word`. One syllable is never cut.
    fn cut(&self, word: &Word, raw: &str) -> Option<[Word; 2]> {
        let vowels: Vec<bool> = word.plain.chars().map(is_vowel).collect();
        let groups = vowels.chunk_by(|a, b| a == b).filter(|group| group[0]).count();
        if groups < 2 {
            return None;
        }
        (2..raw.chars().count().saturating_sub(1)).find_map(|at| {
            let (at, _) = raw.char_indices().nth(at)?;
            let halves = [Word::new(&raw[..at]), Word::new(&raw[at..])];
            let whole = |half: &Word| half.plain.chars().count() > 1 && self.knows(half);
            halves.iter().all(whole).then_some(halves)
        })
    }
}

/// Reads the first [`CHARS_MAX`] characters of `text`.
pub(super) fn tokens(text: &str, vocabulary: &Vocabulary) -> Vec<Token> {
    let text: String = text.chars().take(CHARS_MAX).filter(|c| !is_invisible(*c)).nfc().collect();
    let mut tokens = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = word_length(rest);
        if length == 0 {
            match first {
                '.' | '!' | '?' | ';' | '\n' => tokens.push(Token::Stop),
                ',' | ':' | '…' | '(' | ')' => tokens.push(Token::Comma),
                // The spoken form is written as two words.
                '%' => tokens.extend(["phần", "trăm"].map(|word| Token::Word(Word::new(word)))),
                _ => {}
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (raw, after) = rest.split_at(length);
        if first.is_ascii_digit() {
            tokens.push(Token::Number);
        } else {
            read_word(raw, after, vocabulary, &mut tokens);
        }
        rest = after;
    }
    tokens
}

/// Bytes of the word or number at the start of `text`; a full stop or slash between digits belongs to the number.
fn word_length(text: &str) -> usize {
    let number = text.starts_with(|c: char| c.is_ascii_digit());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next_is_digit = chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        let inside = c.is_alphanumeric()
            || unicode_normalization::char::is_combining_mark(c) && at > 0
            || (number && next_is_digit && matches!(c, '.' | ',' | '/' | ':'));
        if !inside {
            return at;
        }
    }
    text.len()
}

fn read_word(raw: &str, after: &str, vocabulary: &Vocabulary, tokens: &mut Vec<Token>) {
    let raw: String = raw.chars().take(LETTERS_MAX).collect();
    let typed = Word::new(&raw);
    // `5 k` and `mấy k` are money, `5 km` is a way.
    let after_number = match tokens.last() {
        Some(Token::Number) => true,
        Some(Token::Word(word)) => *word == Word::new("mấy"),
        Some(Token::Comma | Token::Stop | Token::Masked) | None => false,
    };
    // `chào bn` greets somebody, `giá bn` asks how much.
    let called = match tokens.last() {
        Some(Token::Word(word)) => {
            CALLING.iter().any(|calling| Word::new(calling).is_typed_as(word))
        }
        Some(Token::Number | Token::Comma | Token::Stop | Token::Masked) | None => false,
    };
    let found = if called && typed.plain == "bn" {
        vec![Word::new("bạn")]
    } else if let Some(long) = short_form(&typed, after, after_number) {
        long
    } else if vocabulary.knows(&typed) {
        vec![typed]
    } else if let Some(word) = typed.telex_read().filter(|word| vocabulary.knows(word)) {
        vec![word]
    } else {
        let word = typed.without_held_letters();
        match short_form(&word, after, after_number) {
            Some(long) => long,
            None if vocabulary.knows(&word) => vec![word],
            None => vocabulary.cut(&typed, &raw).map_or_else(|| vec![word], Vec::from),
        }
    };
    tokens.extend(found.into_iter().map(Token::Word));
}

/// What a short form stands for.
fn short_form(word: &Word, after: &str, after_number: bool) -> Option<Vec<Word>> {
    // `bn ơi` calls somebody.
    let plain = word.plain.as_str();
    if after_number && matches!(plain, "k" | "km" | "h" | "m") {
        return None;
    }
    let calls = Word::new(after.split_whitespace().next().unwrap_or_default()).plain == "oi";
    let long = match plain {
        "bn" if calls => "bạn",
        _ => SHORT_FORMS.get(word.marked.as_str())?,
    };
    Some(long.split(' ').map(Word::new).collect())
}

/// Drawn as nothing: zero-width and directional characters, soft hyphens, selectors of a picture's variant.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
