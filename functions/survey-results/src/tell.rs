//! What is told of an answered survey: an event of the customer, which drives rules as a hook does, and a row on the list of its
//! survey, with how its texts sound, what they are about and what should be looked at.

use cloud::table::{StoreError, events::Arrived, survey_results::Listed, surveys::Response};
use domain::{
    moderation::flags,
    sentiment::{Felt, felt, topics},
    source::OwnEvent,
    survey::{DOOR, Survey},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Results;

/// The most of a scale of stars or faces.
const STARS: u8 = 5;

impl Results {
    /// Lists the response, and puts `survey.answered` among the events, once for each response. No event tells of an anonymous one:
    /// nobody may know whose it is.
    pub(crate) async fn tell(
        &self,
        response: &Response,
        survey: &Survey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(time) = response.answered_at else { return Ok(()) };
        let listed = listed(response, survey, time);
        let (tenant, id) = (&response.tenant, &response.survey);
        self.survey_results.list(tenant, id, &listed).await?;
        let Some(customer) = &response.customer else { return Ok(()) };
        let own = OwnEvent {
            kind: "survey.answered".to_owned(),
            customer: customer.clone(),
            time,
            data: data(response, &listed),
        };
        let (head, body) = (own.head(&response.tenant, &response.key), own.body());
        let arrived = Arrived::own(&response.tenant, &head, &body, now, self.raw_for);
        self.events.record(&arrived).await.map(drop)
    }
}

/// How the texts of a response sound beside its stars.
pub(crate) fn felt_of(response: &Response, survey: &Survey, text: &str) -> Option<Felt> {
    // How easy it was, and whether somebody recommends, begin at other ends: only stars lean a text.
    felt(text, response.score(survey).filter(|(_, of)| *of == STARS))
}

/// What is kept of it for people.
fn listed(response: &Response, survey: &Survey, at: Timestamp) -> Listed {
    let text = response.texts(survey);
    let score = response.score(survey);
    Listed {
        at,
        key: response.key.clone(),
        customer: response.customer.clone(),
        about: response.about.clone(),
        answers: response.answers.clone(),
        score: score.map(|(score, _)| score),
        felt: felt_of(response, survey, &text),
        topics: topics(&text),
        flags: flags(&text),
        text,
    }
}

/// What rules see of it: the survey, the answers by question, the score and the text where there are any, how the text sounds, what
/// it is about, and what the invitation was about.
fn data(response: &Response, listed: &Listed) -> Value {
    let given = &response.answers.given;
    let answers: Map<String, Value> =
        given.iter().map(|(id, answer)| (id.clone(), answer.to_json())).collect();
    let text = Some(&listed.text).filter(|text| !text.is_empty());
    json!({
        "survey": response.survey,
        "answers": answers,
        "about": response.about,
        "score": listed.score,
        "text": text,
        "sentiment": listed.felt.map(|felt| felt.sentiment),
        "is_sure": listed.felt.is_some_and(|felt| felt.is_sure()),
        "topics": listed.topics,
        "flags": listed.flags,
        "cause": response.event,
        "door": response.answers.hidden.get(DOOR),
    })
}
