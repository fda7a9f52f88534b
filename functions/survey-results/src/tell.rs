//! What is told of an answered survey: an event of the customer, which drives rules as a hook does.

use cloud::table::{StoreError, events::Arrived, surveys::Response};
use domain::{
    source::OwnEvent,
    survey::{Answer, Survey},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Results;

impl Results {
    /// Puts `survey.answered` among the events, once for each response. Nothing is told of an anonymous one: nobody may know whose it is.
    pub(crate) async fn tell(
        &self,
        response: &Response,
        survey: &Survey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (Some(customer), Some(time)) = (&response.customer, response.answered_at) else {
            return Ok(());
        };
        let own = OwnEvent {
            kind: "survey.answered".to_owned(),
            customer: customer.clone(),
            time,
            data: data(response, survey),
        };
        let (head, body) = (own.head(&response.tenant, &response.key), own.body());
        let arrived = Arrived::own(&response.tenant, &head, &body, now, self.raw_for);
        self.events.record(&arrived).await.map(drop)
    }
}

/// What rules see of it: the survey, the answers by question, the score where there is one, the first free text, and what the
/// invitation was about.
fn data(response: &Response, survey: &Survey) -> Value {
    let given = &response.answers.given;
    let answers: Map<String, Value> =
        given.iter().map(|(id, answer)| (id.clone(), answer.to_json())).collect();
    let mut data = json!({"survey": response.survey, "answers": answers, "about": response.about});
    let score = survey.score.as_ref().and_then(|id| given.get(id));
    if let Some(Answer::Place(place)) = score {
        data["score"] = json!(place);
    }
    let texts = survey.questions.iter().filter_map(|question| given.get(&question.id));
    let text = texts.filter_map(|answer| match answer {
        Answer::Text(text) => Some(text.as_str()),
        _ => None,
    });
    if let Some(text) = text.into_iter().next() {
        data["text"] = json!(text);
    }
    if let Some(event) = &response.event {
        data["cause"] = json!(event);
    }
    data
}
