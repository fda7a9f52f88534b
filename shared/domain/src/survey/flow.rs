//! Which question comes next, and what is said where: by the answers so far alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Answer, Choice, Kind, Question, Survey, Text};
use crate::{
    explain::Language,
    rule::{Condition, ConditionFacts, Facts, Failure, Notify, WordingFacts},
};

/// What was answered so far, and what the invitation carries along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// By the id of the question.
    pub given: BTreeMap<String, Answer>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hidden: BTreeMap<String, String>,
}

impl Answers {
    /// As conditions and texts see them: `answers`, with null for a question that has none, and `hidden`.
    fn facts(&self, survey: &Survey) -> Facts {
        let answer = |question: &Question| {
            let given = self.given.get(&question.id);
            (question.id.clone(), given.map_or(Json::Null, Answer::to_json))
        };
        let hidden = |(name, _): &(String, String)| {
            let value = self.hidden.get(name).cloned();
            (name.clone(), value.map_or(Json::Null, Json::String))
        };
        Facts {
            answers: Json::Object(survey.questions.iter().map(answer).collect::<Map<_, _>>()),
            hidden: Json::Object(survey.hidden.iter().map(hidden).collect::<Map<_, _>>()),
            ..Facts::default()
        }
    }
}

impl Survey {
    /// What somebody has said elsewhere, as answers: the place of the question that is the score, and the text of the first question
    /// that takes one, as much of it as that takes. Nothing where there is no score.
    pub fn said_elsewhere(&self, score: u8, text: Option<&str>) -> BTreeMap<String, Answer> {
        let score = self.score.clone().map(|id| (id, Answer::Place(score)));
        let takes = self.questions.iter().find_map(|question| match question.kind {
            Kind::Text(chars) => Some((question.id.clone(), chars)),
            _ => None,
        });
        let text = text
            .zip(takes)
            .map(|(text, (id, chars))| (id, Answer::Text(text.chars().take(chars).collect())));
        score.into_iter().chain(text).collect()
    }

    /// The questions that these answers lead to, in order, the answered ones too: each whose condition holds for the answers of
    /// those before it. A condition that cannot be worked out, since a question it names was not asked, does not hold.
    pub fn path(&self, answers: &Answers) -> Vec<&Question> {
        let mut before = Answers { hidden: answers.hidden.clone(), ..Answers::default() };
        let mut path = Vec::new();
        for question in &self.questions {
            if !question.when.as_ref().is_none_or(|when| self.holds(when, &before)) {
                continue;
            }
            path.push(question);
            if let Some(answer) = answers.given.get(&question.id).filter(|a| question.fits(a)) {
                before.given.insert(question.id.clone(), answer.clone());
            }
        }
        path
    }

    /// The first question of the path that has no answer; `None` when all have one.
    pub fn next(&self, answers: &Answers) -> Option<&Question> {
        let open = |question: &&Question| {
            answers.given.get(&question.id).is_none_or(|answer| !question.fits(answer))
        };
        self.path(answers).into_iter().find(open)
    }

    /// The answers without those to questions that are not asked after all.
    pub fn kept(&self, answers: &Answers) -> Answers {
        let path = self.path(answers);
        let on_path = |id: &str| path.iter().any(|question| question.id == id);
        let given = answers.given.iter().filter(|(id, _)| on_path(id));
        Answers {
            given: given.map(|(id, answer)| (id.clone(), answer.clone())).collect(),
            hidden: answers.hidden.clone(),
        }
    }

    /// What is said at the end.
    pub fn thanks(&self, language: Language, answers: &Answers) -> String {
        let holds = |when: &Option<Condition>| when.as_ref().is_none_or(|w| self.holds(w, answers));
        let found = self.thanks.iter().find(|thanks| holds(&thanks.when));
        found.map(|thanks| self.say(&thanks.text, language, answers)).unwrap_or_default()
    }

    /// What a question asks.
    pub fn asks(&self, question: &Question, language: Language, answers: &Answers) -> String {
        self.say(&question.text, language, answers)
    }

    /// What an option is called.
    pub fn names(&self, choice: &Choice, language: Language, answers: &Answers) -> String {
        self.say(&choice.text, language, answers)
    }

    /// The message that invites, with `facts` filled in; `None` where the survey has none.
    ///
    /// # Errors
    /// A fact is missing or no text.
    pub fn invite(&self, facts: &Facts, planned_for: Timestamp) -> Result<Option<Notify>, Failure> {
        let Some(message) = &self.invitation else { return Ok(None) };
        message.write(&self.wordings, &WordingFacts::new(facts), planned_for).map(Some)
    }

    pub(super) fn say(&self, text: &Text, language: Language, answers: &Answers) -> String {
        let wording = match (language, &text.en) {
            (Language::En, Some(en)) => en,
            (Language::Vi | Language::En, _) => &text.vi,
        };
        // Checked on a survey without any answer, so that nothing can be missing here.
        let facts = WordingFacts::new(&answers.facts(self));
        self.wordings.write(wording, &facts).unwrap_or_default()
    }

    fn holds(&self, condition: &Condition, answers: &Answers) -> bool {
        let facts = ConditionFacts::new(&answers.facts(self));
        facts.and_then(|facts| condition.holds(&facts)).unwrap_or(false)
    }
}
