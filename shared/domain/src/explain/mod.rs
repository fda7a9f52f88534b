//! Everything that Cham says to the people who run it, in Vietnamese and in English, in one catalogue.
//!
//! A sentence is found by what is stored: a state, a reason, a rule's outcome, an error's code. What is stored stays a stable
//! code, and its wording can change at any time. A code that no table knows is shown as it is, inside a sentence that says so.
//! Not here: what customers are told (the tenant's templates), and what log lines say.

pub mod account;
mod code;
mod hook;
mod kind;
mod label;
mod said;
mod score;
mod sentence;

#[cfg(test)]
mod tests;

pub use code::{effect, fault, metric, outcome_of_call, problem, reason};
pub use hook::hook;
pub use kind::{consent, kind, subject};
pub use label::Label;
pub use said::{flag, sentiment, topic};
pub use score::score;
pub use sentence::{by_zalo, channel, clock, day, dong, notification, scope, state, step, trace};

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese, unless somebody asks for another.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// As it stands in `lang="…"` and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// Reads a language as it prints.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == text)
    }

    /// The other one, for the switch.
    pub fn other(self) -> Self {
        match self {
            Self::Vi => Self::En,
            Self::En => Self::Vi,
        }
    }
}

/// One text in both languages. `{name}` is where a value comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Words {
    /// The text as it stands, for one without values.
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Vi => self.vi,
            Language::En => self.en,
        }
    }

    /// The text with its values. A value is never read as a mark.
    pub fn with(self, language: Language, values: &[(&str, &str)]) -> String {
        let mut said = String::new();
        let mut rest = self.of(language);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            said.push_str(before);
            let value = values.iter().find(|(known, _)| *known == name);
            said.push_str(value.map_or("…", |(_, value)| *value));
            rest = after;
        }
        said.push_str(rest);
        said
    }
}

const fn words(vi: &'static str, en: &'static str) -> Words {
    Words { vi, en }
}

/// The words of a code in one of the tables.
fn find(table: &[(&str, Words)], code: &str) -> Option<Words> {
    table.iter().find(|(known, _)| *known == code).map(|(_, words)| *words)
}
