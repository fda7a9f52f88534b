//! The patterns in which intents are written, and how one is found in a sentence.
//!
//! | in a pattern | matches |
//! | --- | --- |
//! | `giá` | the word: typed with marks it must have these, typed without it need not |
//! | `'giá` | the word, typed with its marks |
//! | `giá\|đơn_giá` | either; `_` joins the words of one alternative |
//! | `<much>` | the class of `words` |
//! | `có?` | the word, or nothing |
//! | `#` | a number |
//! | `~3`, `~~3` | at most three words of the same clause; of any clause |
//! | `=3` | at most three words of the same clause, none of which asks |
//! | `^`, `$` | the start and the end of a clause, but for words of address and courtesy |
//! | `^^`, `$$` | the same of the whole text |
//!
//! The time to look for a pattern is linear in the text: gaps are short, and nothing repeats without bound.

use std::{collections::HashMap, ops::Range};

use super::fold::{Token, Word};

/// One pattern, read.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As it was written, to say why.
    pub(super) written: &'static str,
    elements: Vec<Element>,
}

#[derive(Debug)]
enum Element {
    Either(Vec<Alternative>),
    /// At most so many tokens.
    Gap(usize, Over),
}

/// What a gap may pass over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// Words of one clause.
    Clause,
    /// Words of one clause that do not ask.
    Quiet,
    /// Anything: the ends of clauses count as tokens.
    Text,
}

#[derive(Debug)]
enum Alternative {
    /// A run of words; an empty one is "or nothing".
    Words(Vec<Keyword>),
    Number,
    Start {
        of_text: bool,
    },
    End {
        of_text: bool,
    },
}

#[derive(Debug)]
struct Keyword {
    word: Word,
    /// Typed without marks it is not meant.
    with_marks: bool,
}

impl Keyword {
    fn new(written: &str) -> Self {
        let (word, with_marks) =
            written.strip_prefix('\'').map_or((written, false), |word| (word, true));
        let word = Word::new(word);
        Self { with_marks: with_marks && !word.is_bare(), word }
    }

    fn is(&self, token: &Token) -> bool {
        match token {
            Token::Word(typed) => {
                self.word.is_typed_as(typed) && !(self.with_marks && typed.is_bare())
            }
            Token::Number | Token::Comma | Token::Stop | Token::Masked => false,
        }
    }
}

/// Classes by name, each with its alternatives.
pub(super) type Classes = HashMap<&'static str, Vec<&'static str>>;

impl Pattern {
    /// # Panics
    ///
    /// When the pattern names an unknown class: patterns are constants, and a test reads them all.
    pub(super) fn new(written: &'static str, classes: &Classes) -> Self {
        let elements = written.split_whitespace().map(|part| Element::new(part, classes)).collect();
        Self { written, elements }
    }

    /// Any member of a class.
    pub(super) fn of_class(name: &'static str, classes: &Classes) -> Self {
        let members = classes[name].iter().copied().map(Alternative::new).collect();
        Self { written: name, elements: vec![Element::Either(members)] }
    }

    /// Every keyword of the pattern.
    pub(super) fn words(&self) -> impl Iterator<Item = &Word> {
        let alternatives = self.elements.iter().flat_map(|element| match element {
            Element::Either(alternatives) => alternatives.as_slice(),
            Element::Gap(..) => &[],
        });
        alternatives.flat_map(Alternative::words)
    }

    /// Masks every place where the pattern stands.
    pub(super) fn mask(&self, sentence: &mut Sentence) {
        let mut from = 0;
        while let Some(found) = self.find(sentence, from) {
            from = found.end;
            sentence.tokens[found].fill(Token::Masked);
        }
    }

    /// The first place where the pattern stands at or behind `from`.
    pub(super) fn find(&self, sentence: &Sentence, from: usize) -> Option<Range<usize>> {
        (from..=sentence.tokens.len()).find_map(|start| {
            let end = stands(&self.elements, sentence, start)?;
            Some(start..end)
        })
    }
}

impl Element {
    fn new(part: &str, classes: &Classes) -> Self {
        if let Some(count) = part.strip_prefix('~') {
            let over = if count.starts_with('~') { Over::Text } else { Over::Clause };
            let count = count.trim_start_matches('~').parse().expect("a gap has a length");
            return Self::Gap(count, over);
        }
        if let Some(count) = part.strip_prefix('=') {
            return Self::Gap(count.parse().expect("a gap has a length"), Over::Quiet);
        }
        let (part, or_nothing) = part.strip_suffix('?').map_or((part, false), |part| (part, true));
        let mut alternatives = Vec::new();
        for alternative in part.split('|') {
            match alternative.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
                Some(name) => {
                    let class = classes.get(name).expect("a pattern names a class that exists");
                    alternatives.extend(class.iter().copied().map(Alternative::new));
                }
                None => alternatives.push(Alternative::new(alternative)),
            }
        }
        if or_nothing {
            alternatives.push(Alternative::Words(Vec::new()));
        }
        Self::Either(alternatives)
    }
}

impl Alternative {
    fn new(written: &str) -> Self {
        match written {
            "#" => Self::Number,
            "^" | "^^" => Self::Start { of_text: written == "^^" },
            "$" | "$$" => Self::End { of_text: written == "$$" },
            words => Self::Words(words.split('_').map(Keyword::new).collect()),
        }
    }

    fn words(&self) -> impl Iterator<Item = &Word> {
        let keywords = match self {
            Self::Words(keywords) => keywords.as_slice(),
            Self::Number | Self::Start { .. } | Self::End { .. } => &[],
        };
        keywords.iter().map(|keyword| &keyword.word)
    }

    /// How many tokens it takes at `at`, if it stands there.
    fn length(&self, sentence: &Sentence, at: usize) -> Option<usize> {
        let (stands_here, length) = match self {
            Self::Words(keywords) => {
                let typed = sentence.tokens.get(at..at + keywords.len())?;
                let equal = keywords.iter().zip(typed).all(|(keyword, token)| keyword.is(token));
                (equal, keywords.len())
            }
            Self::Number => (sentence.tokens.get(at) == Some(&Token::Number), 1),
            Self::Start { of_text: true } => (at <= sentence.opening, 0),
            Self::Start { of_text: false } => (sentence.starts[at], 0),
            Self::End { of_text: true } => (at >= sentence.closing, 0),
            Self::End { of_text: false } => (sentence.ends[at], 0),
        };
        stands_here.then_some(length)
    }
}

/// Where the match of `elements` that begins at `at` ends.
fn stands(elements: &[Element], sentence: &Sentence, at: usize) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else { return Some(at) };
    match element {
        Element::Either(alternatives) => alternatives
            .iter()
            .find_map(|alternative| stands(rest, sentence, at + alternative.length(sentence, at)?)),
        Element::Gap(length, over) => {
            let within = |at: &usize| {
                let ends = matches!(sentence.tokens[*at], Token::Comma | Token::Stop);
                match over {
                    Over::Text => true,
                    Over::Clause => !ends,
                    Over::Quiet => !ends && !sentence.asking[*at],
                }
            };
            let longest = (at..sentence.tokens.len()).take(*length).take_while(within).count();
            (0..=longest).find_map(|skipped| stands(rest, sentence, at + skipped))
        }
    }
}

/// Tokens, with what the anchors ask about each place between two of them.
#[derive(Clone)]
pub(super) struct Sentence {
    pub(super) tokens: Vec<Token>,
    /// Whether the token asks.
    asking: Vec<bool>,
    /// Whether nothing but courtesy stands between the clause's start and the place.
    starts: Vec<bool>,
    /// The same up to the clause's end.
    ends: Vec<bool>,
    /// The last place before which nothing but courtesy was said.
    opening: usize,
    /// The first place behind which nothing but courtesy is said.
    closing: usize,
}

impl Sentence {
    pub(super) fn new(
        tokens: Vec<Token>,
        courtesy: impl Fn(&Word) -> bool,
        asks: impl Fn(&Word) -> bool,
    ) -> Self {
        let empty = |token: &Token| match token {
            Token::Word(word) => courtesy(word),
            Token::Comma | Token::Stop => true,
            Token::Number | Token::Masked => false,
        };
        let asking =
            tokens.iter().map(|token| matches!(token, Token::Word(word) if asks(word))).collect();
        let breaks = |token: &Token| matches!(token, Token::Comma | Token::Stop);
        let mut starts = vec![true];
        for (at, token) in tokens.iter().enumerate() {
            starts.push(breaks(token) || starts[at] && empty(token));
        }
        let mut ends = vec![true];
        for (at, token) in tokens.iter().rev().enumerate() {
            ends.push(breaks(token) || ends[at] && empty(token));
        }
        ends.reverse();
        let opening = tokens.iter().take_while(|token| empty(token)).count();
        let closing = tokens.len() - tokens.iter().rev().take_while(|token| empty(token)).count();
        Self { tokens, asking, starts, ends, opening, closing }
    }
}
