//! Asks a customer a survey: the invitation is stored first, then its message is planned, both under the id of the effect.

use cloud::{
    stream::RecordError,
    table::surveys::{Freshness, Invitation, Invited},
};
use domain::{
    explain::Language,
    id::CustomerId,
    notification::State,
    rule::{Came, Effect},
    survey::{Link, NotInvited, Survey},
};
use serde_json::json;

use crate::{JourneyRunner, effect::Way, plan::Message, whose::Customer};

impl JourneyRunner {
    /// Invites, or keeps why not for people to see.
    pub(crate) async fn invite(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        survey: &str,
        customer: &Customer,
        state: State,
    ) -> Result<Came, RecordError> {
        let found = way.rules.surveys().and_then(|surveys| surveys.get(survey));
        // The rules were held against the surveys when both were stored.
        let asked = found.ok_or(RecordError::Never { code: "no_survey", source: None })?;
        let link = Link::of(&way.step.settings.pepper, &effect.id);
        let mut facts = self.facts(way.step, Some(customer), way.fired, None, way.rules).await?;
        let address = format!("{}/s/{}", self.public_url, link.as_str());
        let title = asked.title(Language::default());
        facts.survey = json!({"id": asked.id, "title": title, "link": address});
        let notify = match asked.invite(&facts, effect.planned_for) {
            Ok(Some(notify)) => notify,
            Ok(None) => return Err(RecordError::Never { code: "no_invitation", source: None }),
            Err(failure) => {
                self.record(way, rule, effect, "invite", survey, failure.code).await?;
                return Ok(Came::Refused(failure.code.to_owned()));
            }
        };
        if state != State::Shadow {
            let invitation = Invitation {
                tenant: way.step.tenant.to_owned(),
                survey: survey.to_owned(),
                version: way.rules.version,
                id: effect.id.clone(),
                link,
                customer: customer.id.clone(),
                event: way.step.event.id.clone(),
                about: crate::effect::about(way),
                hidden: asked.hidden_of(&facts),
                at: effect.planned_for,
                open_until: effect
                    .planned_for
                    .checked_add(asked.open_for)
                    .unwrap_or(jiff::Timestamp::MAX),
                is_anonymous: asked.is_anonymous,
            };
            if let Some(why) = self.keeps_from(asked, &invitation, &customer.about.merged).await? {
                self.record(way, rule, effect, "invite", survey, why.as_str()).await?;
                return Ok(Came::Refused(why.as_str().to_owned()));
            }
        }
        self.plan(way, rule, &effect.step, &effect.id, Message::template(notify), state).await
    }

    /// Stores the invitation, or says why nobody is asked. One that stands already stands, whatever has changed since.
    async fn keeps_from(
        &self,
        survey: &Survey,
        invitation: &Invitation,
        merged: &[CustomerId],
    ) -> Result<Option<NotInvited>, RecordError> {
        let why = match self.unasked(survey, invitation, merged).await? {
            Some(why) => Some(why),
            None => match self.surveys.invite(invitation, survey.cool_down).await? {
                Invited::Yes => None,
                Invited::TooSoon => Some(NotInvited::CoolDown),
            },
        };
        let Some(why) = why else { return Ok(None) };
        let stands = self.surveys.response(&invitation.link, Freshness::Consistent).await?;
        Ok(stands.is_none().then_some(why))
    }

    /// Why the survey asks this customer nothing now.
    async fn unasked(
        &self,
        survey: &Survey,
        invitation: &Invitation,
        merged: &[CustomerId],
    ) -> Result<Option<NotInvited>, RecordError> {
        let tenant = &invitation.tenant;
        if !survey.invites_at(invitation.at) {
            return Ok(Some(NotInvited::Closed));
        }
        if !survey.samples(&invitation.customer) {
            return Ok(Some(NotInvited::NotSampled));
        }
        for one in merged.iter().chain([&invitation.customer]) {
            let asked = self.surveys.asked(tenant, one).await?;
            if asked.open_case.is_some() {
                return Ok(Some(NotInvited::OpenCase));
            }
            let recent = |at| invitation.at.duration_since(at) < survey.cool_down;
            if asked.last.is_some_and(|(at, id)| id != invitation.id && recent(at)) {
                return Ok(Some(NotInvited::CoolDown));
            }
        }
        if let Some(quota) = survey.quota
            && self.surveys.count(tenant, &survey.id).await? >= quota
        {
            return Ok(Some(NotInvited::Enough));
        }
        Ok(None)
    }
}
