//! What was answered to one question, checked against it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Choice, Kind, Question};
use crate::text::{clean, shortened};

/// Longest free text, in characters.
pub const TEXT_CHARS_MAX: usize = 1_000;

/// Longest value that an invitation carries along, in characters.
const CARRIED_CHARS_MAX: usize = 64;

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Passed over.
    #[serde(rename = "skipped")]
    Skipped,
    /// A place of the scale.
    #[serde(rename = "n")]
    Place(u8),
    /// The id of an option.
    #[serde(rename = "c")]
    Choice(String),
    /// The ids of options, in the order of the survey.
    #[serde(rename = "m")]
    Choices(Vec<String>),
    /// Free text, in NFC.
    #[serde(rename = "t")]
    Text(String),
    /// A place of the scale for each line that was rated, from 1 on.
    #[serde(rename = "g")]
    Matrix(BTreeMap<String, u8>),
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// There is none, and there has to be one.
    Required,
    /// It is no place of the scale and no option.
    Unknown,
    /// Too many options.
    TooMany,
    /// Too many characters.
    TooLong,
}

impl Invalid {
    /// A stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Required => "answer_required",
            Self::Unknown => "answer_unknown",
            Self::TooMany => "answer_too_many",
            Self::TooLong => "answer_too_long",
        }
    }
}

impl Answer {
    /// As conditions and texts see it.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Skipped => Json::Null,
            Self::Place(place) => json!(place),
            Self::Choice(id) => json!(id),
            Self::Choices(ids) => json!(ids),
            Self::Text(text) => json!(text),
            Self::Matrix(places) => json!(places),
        }
    }
}

impl Question {
    /// Reads an answer from the values of a form: `value` gives those of a name. The one of the question is `a`, the one of a
    /// line of a matrix `a.<line>`.
    ///
    /// # Errors
    /// What is wrong with it; nothing may be stored then.
    pub fn answer(&self, values: impl Fn(&str) -> Vec<String>) -> Result<Answer, Invalid> {
        let given: Vec<String> =
            values("a").into_iter().filter(|value| !value.is_empty()).collect();
        let answer = match &self.kind {
            Kind::Nps | Kind::Csat(_) | Kind::Ces => {
                let Some(place) = given.first() else { return self.none() };
                let place = place.parse().map_err(|_| Invalid::Unknown)?;
                let known = self.kind.scale().is_some_and(|scale| scale.contains(&place));
                Answer::Place(known.then_some(place).ok_or(Invalid::Unknown)?)
            }
            Kind::Choice(options) => {
                let Some(id) = given.first() else { return self.none() };
                known(options, id)?;
                Answer::Choice(id.clone())
            }
            Kind::Choices { options, most } => {
                given.iter().try_for_each(|id| known(options, id))?;
                let ids = options.iter().map(|option| &option.id);
                let chosen: Vec<String> = ids.filter(|id| given.contains(id)).cloned().collect();
                match chosen.len() {
                    0 => return self.none(),
                    count if count > *most => return Err(Invalid::TooMany),
                    _ => Answer::Choices(chosen),
                }
            }
            Kind::Text(most) => {
                let text = clean(given.first().map_or("", String::as_str));
                match text.chars().count() {
                    0 => return self.none(),
                    count if count > *most => return Err(Invalid::TooLong),
                    _ => Answer::Text(text),
                }
            }
            Kind::Matrix { rows, scale } => {
                let mut places = BTreeMap::new();
                for row in rows {
                    let value = values(&format!("a.{}", row.id));
                    let Some(value) = value.first().filter(|value| !value.is_empty()) else {
                        continue;
                    };
                    let place: u8 = value.parse().map_err(|_| Invalid::Unknown)?;
                    if !(1..=scale.len()).contains(&usize::from(place)) {
                        return Err(Invalid::Unknown);
                    }
                    places.insert(row.id.clone(), place);
                }
                if places.is_empty() || (self.is_required && places.len() < rows.len()) {
                    return self.none();
                }
                Answer::Matrix(places)
            }
        };
        Ok(answer)
    }

    fn none(&self) -> Result<Answer, Invalid> {
        if self.is_required { Err(Invalid::Required) } else { Ok(Answer::Skipped) }
    }

    /// Whether an answer that is kept is one to this question: the survey may have been another when it was given.
    pub(super) fn fits(&self, answer: &Answer) -> bool {
        match (answer, &self.kind) {
            (Answer::Skipped, _) => !self.is_required,
            (Answer::Place(place), kind) => kind.scale().is_some_and(|scale| scale.contains(place)),
            (Answer::Choice(id), Kind::Choice(options)) => known(options, id).is_ok(),
            (Answer::Choices(ids), Kind::Choices { options, most }) => {
                ids.len() <= *most && ids.iter().all(|id| known(options, id).is_ok())
            }
            (Answer::Text(_), Kind::Text(_)) => true,
            (Answer::Matrix(places), Kind::Matrix { rows, scale }) => {
                places.iter().all(|(id, place)| {
                    known(rows, id).is_ok() && (1..=scale.len()).contains(&usize::from(*place))
                })
            }
            _ => false,
        }
    }
}

fn known(options: &[Choice], id: &str) -> Result<(), Invalid> {
    let found = options.iter().any(|option| option.id == id);
    found.then_some(()).ok_or(Invalid::Unknown)
}

/// A fact as an invitation carries it along; `None` for what is neither a text nor a whole number.
pub(super) fn carried(fact: &Json) -> Option<String> {
    let text = match fact {
        Json::String(text) => clean(text),
        Json::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    let text = shortened(&text, CARRIED_CHARS_MAX);
    (!text.is_empty()).then_some(text)
}
