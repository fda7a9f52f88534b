//! Counts what has ended, by survey and day.

use std::collections::BTreeMap;

use cloud::table::{
    StoreError,
    survey_results::{Ended, SECONDS_MAX},
    surveys::{Response, State},
};
use domain::{sentiment::topics, survey::Survey};
use jiff::{civil::Date, tz};

use crate::Results;

/// What scores are compared by, besides what invitations carry along.
const SENTIMENT: &str = "sentiment";
const TOPIC: &str = "topic";

impl Results {
    /// Counts the responses of one batch: one write for each survey and day.
    pub(crate) async fn count(&self, ended: &[Response]) -> Result<(), StoreError> {
        let mut groups: BTreeMap<(&str, &str, Date), Vec<&Response>> = BTreeMap::new();
        for response in ended {
            let day = tz::offset(7).to_datetime(response.ended_at()).date();
            let group = (response.tenant.as_str(), response.survey.as_str(), day);
            groups.entry(group).or_default().push(response);
        }
        for ((tenant, survey, day), responses) in groups {
            for some in responses.chunks(SECONDS_MAX) {
                let mut surveys = Vec::new();
                for response in some {
                    let rules = self.tenants.rule_set(tenant, response.version).await?;
                    surveys.push(rules.surveys().and_then(|all| all.get(survey)).cloned());
                }
                let ended: Vec<Ended> = some
                    .iter()
                    .map(|one| Ended { key: one.key.clone(), at: one.ended_at() })
                    .collect();
                let counted =
                    self.survey_results.count(tenant, survey, day, &ended, |tally, place| {
                        let (response, survey): (&Response, Option<&Survey>) =
                            (some[place], surveys[place].as_deref());
                        // Without the survey the record was listed as stuck and did not come here.
                        let Some(survey) = survey else { return };
                        match response.state {
                            State::Answered => {
                                let text = response.texts(survey);
                                let felt = crate::tell::felt_of(response, survey, &text);
                                let topics = topics(&text);
                                let felt = felt.map(|felt| (SENTIMENT, felt.sentiment.as_str()));
                                let topics = topics.iter().map(|topic| (TOPIC, topic.as_str()));
                                let beside: Vec<_> = felt.into_iter().chain(topics).collect();
                                tally.answer_beside(survey, &response.answers, &beside);
                            }
                            State::Invited | State::Expired => {
                                tally.expire(survey, &response.answers)
                            }
                        }
                    });
                counted.await?;
            }
        }
        Ok(())
    }
}
