//! Surveys: what a business asks its customers, by message and page, and what they answer.
//!
//! A survey is an entry of the tenant's file `surveys.yaml`, checked whole before it is stored, and belongs to a version of the
//! rules: an invitation is answered as the survey was when it was sent. Questions are asked one by one. Which one comes next is
//! a function of the answers so far ([`Survey::path`]), so that a reload, a second device or a step back always meet the same
//! survey. Not here: who is invited when, where answers are kept, and what pages look like.

mod answer;
mod case;
mod chat;
mod flow;
mod link;
mod read;
#[expect(clippy::float_arithmetic, reason = "scores are no money")]
mod score;
mod tally;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp, civil::Date, tz};

pub use answer::{Answer, Invalid, TEXT_CHARS_MAX};
pub use case::{
    BadCaseKey, CASE_TEXT_MAX, Case, CaseKey, CaseState, CaseUnchanged, DONE_MAX, Loop, NOTES_MAX,
    Note, OWNER_MAX, REMIND_AFTER,
};
pub use chat::stars_said;
pub use flow::Answers;
pub use link::{LINK_CHARS, Link};
pub use read::SURVEYS_BYTES_MAX;
pub use score::{Mean, Nps, Share};
pub use tally::{Counts, DOOR, OTHER, SAMPLE_MIN, Score, Tally, VALUES_MAX, score};

use crate::{
    explain::Language,
    rule::{Condition, Facts, Message, Wording, Wordings},
};

/// The surveys of one version of a tenant's rules.
#[derive(Debug, Default)]
pub struct Surveys {
    list: Vec<Arc<Survey>>,
}

impl Surveys {
    /// Every survey in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Survey>> {
        self.list.iter()
    }

    /// The survey of that id.
    pub fn get(&self, id: &str) -> Option<&Arc<Survey>> {
        self.list.iter().find(|survey| survey.id == id)
    }
}

/// One survey.
pub struct Survey {
    /// Unique among them; the results of all versions are kept under it.
    pub id: String,
    /// Everything that its entry says, to tell whether it has changed.
    pub said: String,
    /// How long a link is open.
    pub open_for: SignedDuration,
    /// The first day on which somebody is invited, in Vietnam.
    pub from: Option<Date>,
    /// The last day on which somebody is invited.
    pub until: Option<Date>,
    /// Most responses, of all versions together.
    pub quota: Option<u32>,
    /// How long a customer who was asked anything is not asked this.
    pub cool_down: SignedDuration,
    /// Of a hundred customers so many are asked, always the same.
    pub sample: u8,
    /// Whether nothing that names a customer is kept with the answers.
    pub is_anonymous: bool,
    /// What an invitation carries along: a name, and the fact that it is.
    pub hidden: Vec<(String, String)>,
    /// What of it scores are compared by: nothing that would name an order or a person.
    pub compare_by: Vec<String>,
    /// What is asked, in order.
    pub questions: Vec<Question>,
    /// The question whose answers are the score.
    pub score: Option<String>,
    pub(crate) invitation: Option<Message>,
    title: Text,
    intro: Option<Text>,
    thanks: Vec<Thanks>,
    wordings: Wordings,
}

/// One question.
#[derive(Debug)]
pub struct Question {
    /// Unique in the survey; answers are kept under it.
    pub id: String,
    /// What an answer is.
    pub kind: Kind,
    /// Whether it cannot be passed over.
    pub is_required: bool,
    text: Text,
    when: Option<Condition>,
}

/// What an answer is.
#[derive(Debug)]
pub enum Kind {
    /// How likely somebody is to recommend: 0 to 10.
    Nps,
    /// How content somebody is: 1 to 5, as stars or as faces.
    Csat(Look),
    /// How easy it was: 1 to 7.
    Ces,
    /// One of some options.
    Choice(Vec<Choice>),
    /// Some of some options.
    Choices {
        /// The options.
        options: Vec<Choice>,
        /// Most that are chosen.
        most: usize,
    },
    /// Free text of at most so many characters.
    Text(usize),
    /// Several lines, each rated on one scale.
    Matrix {
        /// What is rated.
        rows: Vec<Choice>,
        /// What the places of the scale are called, from the first on.
        scale: Vec<Choice>,
    },
}

/// How a rating from 1 to 5 looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// ★ to ★★★★★.
    Stars,
    /// From a sad face to a happy one.
    Faces,
}

/// Why somebody is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotInvited {
    /// The survey has not begun, or is over.
    Closed,
    /// The customer is not one of those who are asked.
    NotSampled,
    /// The customer was asked something not long ago.
    CoolDown,
    /// There are as many responses as the survey wants.
    Enough,
    /// The customer has an open case: first it is seen to.
    OpenCase,
}

impl NotInvited {
    /// As it stands in rows and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "survey_closed",
            Self::NotSampled => "not_sampled",
            Self::CoolDown => "cool_down",
            Self::Enough => "survey_full",
            Self::OpenCase => "open_case",
        }
    }
}

/// One of several things that can be chosen or rated.
#[derive(Debug)]
pub struct Choice {
    /// Unique among them; kept in answers.
    pub id: String,
    text: Text,
}

/// A text in the languages that it is there in.
#[derive(Debug)]
struct Text {
    vi: Wording,
    en: Option<Wording>,
}

#[derive(Debug)]
struct Thanks {
    when: Option<Condition>,
    text: Text,
}

impl Kind {
    /// The places of a scale, the lowest first; `None` where an answer is no place of one.
    pub fn scale(&self) -> Option<std::ops::RangeInclusive<u8>> {
        match self {
            Self::Nps => Some(0..=10),
            Self::Csat(_) => Some(1..=5),
            Self::Ces => Some(1..=7),
            Self::Choice(_) | Self::Choices { .. } | Self::Text(_) | Self::Matrix { .. } => None,
        }
    }

    /// The word for it in files and rows.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Nps => "nps",
            Self::Csat(_) => "csat",
            Self::Ces => "ces",
            Self::Choice(_) => "choice",
            Self::Choices { .. } => "choices",
            Self::Text(_) => "text",
            Self::Matrix { .. } => "matrix",
        }
    }
}

impl Survey {
    /// Whether the survey invites anybody at `now`.
    pub fn invites_at(&self, now: Timestamp) -> bool {
        let day = tz::offset(7).to_datetime(now).date();
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the customer is one of those who are asked; the same for ever.
    pub fn samples(&self, customer: &crate::id::CustomerId) -> bool {
        link::share_of_hundred(&self.id, customer.as_str()) < self.sample
    }

    /// What an invitation carries along, of the facts that there are.
    pub fn hidden_of(&self, facts: &Facts) -> BTreeMap<String, String> {
        let found = |(name, path): &(String, String)| {
            let value = answer::carried(facts.find(path)?)?;
            Some((name.clone(), value))
        };
        self.hidden.iter().filter_map(found).collect()
    }

    /// The question of that id.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The languages that it is there in.
    pub fn languages(&self) -> &'static [Language] {
        if self.title.en.is_some() { &Language::ALL } else { &[Language::Vi] }
    }

    /// What the survey is called.
    pub fn title(&self, language: Language) -> String {
        self.say(&self.title, language, &Answers::default())
    }

    /// What stands before the first question.
    pub fn intro(&self, language: Language, answers: &Answers) -> Option<String> {
        self.intro.as_ref().map(|text| self.say(text, language, answers))
    }
}

impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.questions.iter().map(|question| question.id.as_str()).collect();
        f.debug_struct("Survey").field("id", &self.id).field("questions", &ids).finish()
    }
}
