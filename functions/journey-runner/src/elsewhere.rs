//! What a customer has said elsewhere than on a page, as an answer to a survey: stars under a message, a word in the chat, a review
//! that the business's own events bring.

use std::{collections::BTreeMap, sync::Arc};

use cloud::{
    stream::RecordError,
    table::surveys::{Completed, Freshness, Invitation, Response, State},
};
use domain::{
    explain::Language,
    rule::{Came, Effect},
    survey::{Answers, DOOR, Link, Survey},
};
use jiff::Timestamp;

use crate::{
    JourneyRunner,
    effect::{Way, about},
    raced,
    whose::Customer,
};

/// How often a race with the customer's own page, or with others who end at once, is run again.
const RACES_MAX: usize = 8;

/// What was said.
pub(crate) struct Said<'a> {
    pub(crate) survey: &'a str,
    pub(crate) score: u8,
    pub(crate) text: Option<&'a str>,
    pub(crate) invited: bool,
}

/// An invitation that is answered elsewhere.
struct Invited {
    link: Link,
    response: Response,
    survey: Arc<Survey>,
}

impl JourneyRunner {
    /// Keeps it as a response, once for each effect.
    pub(crate) async fn answer(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        said: &Said<'_>,
        customer: &Customer,
    ) -> Result<Came, RecordError> {
        let found = way.rules.surveys().and_then(|surveys| surveys.get(said.survey));
        // The rules were held against the surveys when both were stored.
        let survey = found.ok_or(RecordError::Never { code: "no_survey", source: None })?;
        if said.invited {
            return self.answer_invited(way, rule, effect, said, customer).await;
        }
        let given = survey.said_elsewhere(said.score, said.text);
        let invitation = Invitation {
            tenant: way.step.tenant.to_owned(),
            survey: survey.id.clone(),
            version: way.rules.version,
            id: effect.id.clone(),
            link: Link::of(&way.step.settings.pepper, &effect.id),
            customer: customer.id.clone(),
            event: way.step.event.id.clone(),
            about: about(way),
            hidden: BTreeMap::from([(DOOR.to_owned(), way.occurrence.kind.to_owned())]),
            at: effect.planned_for,
            open_until: effect.planned_for,
            is_anonymous: survey.is_anonymous,
        };
        let answers = Answers { given, hidden: BTreeMap::new() };
        self.surveys.answered(&invitation, &answers).await?;
        Ok(Came::Answered(survey.id.clone()))
    }

    /// Ends the newest invitation to the survey that is open.
    async fn answer_invited(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        said: &Said<'_>,
        customer: &Customer,
    ) -> Result<Came, RecordError> {
        let now = effect.planned_for;
        for _ in 0..RACES_MAX {
            let Some(found) = self.invited_to(way, said, customer, now).await? else {
                return self.refuse(way, rule, effect, said, "no_open_invitation").await;
            };
            let Invited { link, response, survey } = found;
            let mut answers = response.answers.clone();
            answers.given.extend(survey.said_elsewhere(said.score, said.text));
            // A second delivery finds what the first has ended.
            if response.state == State::Answered {
                return Ok(Came::Answered(survey.id.clone()));
            }
            let (surveys, quota) = (&self.surveys, survey.quota);
            match surveys.complete(&link, &response, &answers, Language::Vi, quota, now).await? {
                Completed::Yes => return Ok(Came::Answered(survey.id.clone())),
                Completed::Full => {
                    return self.refuse(way, rule, effect, said, "survey_full").await;
                }
                Completed::Raced | Completed::Busy => {}
            }
        }
        Err(raced("complete"))
    }

    async fn refuse(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        said: &Said<'_>,
        why: &str,
    ) -> Result<Came, RecordError> {
        self.record(way, rule, effect, "answer", said.survey, why).await?;
        Ok(Came::Refused(why.to_owned()))
    }

    /// The newest invitation to the survey that is open, or that was ended by this very answer.
    async fn invited_to(
        &self,
        way: &Way<'_>,
        said: &Said<'_>,
        customer: &Customer,
        now: Timestamp,
    ) -> Result<Option<Invited>, RecordError> {
        let tenant = way.step.tenant;
        for one in std::iter::once(&customer.id).chain(&customer.about.merged) {
            for (survey, id) in self.surveys.last_invitations(tenant, one).await? {
                if survey != said.survey {
                    continue;
                }
                let link = Link::of(&way.step.settings.pepper, &id);
                let response = self.surveys.response(&link, Freshness::Consistent).await?;
                let Some(response) = response else { continue };
                if !response.is_open(now) && response.answered_at != Some(now) {
                    continue;
                }
                let rules = self.tenants.rule_set(tenant, response.version).await?;
                let survey = rules.surveys().and_then(|surveys| surveys.get(&survey)).cloned();
                if let Some(survey) = survey {
                    return Ok(Some(Invited { link, response, survey }));
                }
            }
        }
        Ok(None)
    }
}
