//! What many responses to one survey come to: counts per question, where people stopped, and the score by what invitations carry
//! along. Counts name nobody, so that they stay when a person is erased.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Answer, Answers, Kind, Mean, Nps, Share, Survey};

/// Most values of one hidden field that are told apart; what comes after them counts under [`OTHER`].
pub const VALUES_MAX: usize = 50;

/// The values that are not told apart.
pub const OTHER: &str = "…";

/// Who gives so many stars is content: 4 or 5 of 5.
const CONTENT_FROM: u8 = 4;

/// Fewest answers of which a score is told.
pub const SAMPLE_MIN: u64 = 5;

/// How often something was said, by what was said.
pub type Counts = BTreeMap<String, u64>;

/// The counts of some responses to one survey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Responses that were answered to the end.
    pub answered: u64,
    /// Links that were over before anybody had answered anything.
    pub unopened: u64,
    /// Links that were over in the middle, by the question that was not answered.
    pub left: Counts,
    /// What was answered, by question: a place of the scale, an option, `<line>=<place>`, `text` or `skipped`.
    pub questions: BTreeMap<String, Counts>,
    /// The places of the score, by hidden field and value.
    pub by: BTreeMap<String, BTreeMap<String, Counts>>,
}

/// A score with the interval in which it lies in 95 of 100 such surveys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// Of an NPS question.
    Nps(Nps),
    /// Of stars or faces: the share of 4 and 5, and the mean.
    Csat(Share, Mean),
    /// Of a CES question.
    Ces(Mean),
}

impl Score {
    /// How high it is on its scale, in parts of `whole`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::float_arithmetic,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a bar of a chart"
    )]
    pub fn height(&self, whole: u64) -> u64 {
        let share = match self {
            Self::Nps(nps) => (nps.score + 100.0) / 200.0,
            Self::Csat(share, _) => share.value,
            Self::Ces(mean) => (mean.value - 1.0) / 6.0,
        };
        (share.clamp(0.0, 1.0) * whole as f64).round() as u64
    }

    /// Of how many answers.
    pub fn answers(&self) -> u64 {
        match self {
            Self::Nps(nps) => nps.answers,
            Self::Csat(share, _) => share.answers,
            Self::Ces(mean) => mean.answers,
        }
    }
}

/// Under which name a response keeps by which door it came: the kind of the event. Responses of the page have none.
pub const DOOR: &str = "door";

impl Tally {
    /// Counts a response that was answered to the end.
    pub fn answer(&mut self, survey: &Survey, answers: &Answers) {
        self.answer_beside(survey, answers, &[]);
    }

    /// Counts one, and compares its score by more than what was carried along: by how its texts sound, by what they are about.
    pub fn answer_beside(&mut self, survey: &Survey, answers: &Answers, beside: &[(&str, &str)]) {
        self.answered += 1;
        for (id, answer) in &answers.given {
            let counts = self.questions.entry(id.clone()).or_default();
            for said in said(answer) {
                *counts.entry(said).or_default() += 1;
            }
        }
        let score = survey.score.as_ref().and_then(|id| answers.given.get(id));
        let Some(Answer::Place(place)) = score else { return };
        let carried = answers.hidden.iter();
        let carried = carried
            .filter(|(field, _)| *field == DOOR || survey.compare_by.iter().any(|by| by == *field));
        let carried = carried.map(|(field, value)| (field.as_str(), value.as_str()));
        for (field, value) in carried.chain(beside.iter().copied()) {
            let values = self.by.entry(field.to_owned()).or_default();
            let is_new = !values.contains_key(value);
            let value = if is_new && values.len() >= VALUES_MAX { OTHER } else { value };
            let counts = values.entry(value.to_owned()).or_default();
            *counts.entry(place.to_string()).or_default() += 1;
        }
    }

    /// Counts a response whose link was over first.
    pub fn expire(&mut self, survey: &Survey, answers: &Answers) {
        match survey.next(answers) {
            _ if answers.given.is_empty() => self.unopened += 1,
            Some(question) => *self.left.entry(question.id.clone()).or_default() += 1,
            // All was answered, and the last answer found the survey full.
            None => *self.left.entry(OTHER.to_owned()).or_default() += 1,
        }
    }

    /// Adds the counts of other responses.
    pub fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.unopened += other.unopened;
        add(&mut self.left, &other.left);
        for (id, counts) in &other.questions {
            add(self.questions.entry(id.clone()).or_default(), counts);
        }
        for (field, values) in &other.by {
            let own = self.by.entry(field.clone()).or_default();
            for (value, counts) in values {
                add(own.entry(value.clone()).or_default(), counts);
            }
        }
    }

    /// The score of the question that the survey scores by; `None` without answers or such a question.
    pub fn score(&self, survey: &Survey) -> Option<Score> {
        let question = survey.question(survey.score.as_deref()?)?;
        score(&question.kind, self.questions.get(&question.id)?)
    }
}

/// The score of an NPS, CSAT or CES question whose places were chosen so often.
pub fn score(kind: &Kind, counts: &Counts) -> Option<Score> {
    let of = |place: u8| counts.get(&place.to_string()).copied().unwrap_or_default();
    let places: Vec<u64> = kind.scale()?.map(of).collect();
    match kind {
        Kind::Nps => Nps::of(places.as_slice().try_into().ok()?).map(Score::Nps),
        Kind::Csat(_) => {
            let content = (CONTENT_FROM..=5).map(of).sum();
            let share = Share::of(content, places.iter().sum())?;
            Some(Score::Csat(share, Mean::of(&places)?))
        }
        _ => Mean::of(&places).map(Score::Ces),
    }
}

fn add(own: &mut Counts, other: &Counts) {
    for (said, count) in other {
        *own.entry(said.clone()).or_default() += count;
    }
}

/// What an answer counts as.
fn said(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Skipped => vec!["skipped".to_owned()],
        Answer::Place(place) => vec![place.to_string()],
        Answer::Choice(id) => vec![id.clone()],
        Answer::Choices(ids) => ids.clone(),
        Answer::Text(_) => vec!["text".to_owned()],
        Answer::Matrix(places) => {
            places.iter().map(|(line, place)| format!("{line}={place}")).collect()
        }
    }
}
