//! What people do. Each action can be posted twice: the second finds what the first has left.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use cloud::table::notifications::Saved;
use domain::{
    channel::Channel,
    event::Strength,
    id::{CustomerId, EffectId},
    notification::{IllegalMove, Notification, Recipient, Scope},
    sentiment::Sentiment,
    subject::Subject,
};

use crate::{
    Console, Problem, SESSION_COOKIE, Visit, answer,
    form::Fields,
    page,
    route::{CaseVerb, Route, Verb},
    ui::back,
};

/// How often a race with a receipt or another person is run again.
pub(crate) const RACES_MAX: usize = 8;

/// Carries out an action and leads back.
pub(crate) async fn act(
    console: &Console,
    visit: &Visit,
    route: Route,
    form: &Fields,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let to = form.get("back");
    match route {
        Route::Logout => {
            let mut response = answer::see("/console/login?done=logged-out");
            response.cookies.push(answer::cookie(SESSION_COOKIE, "", 0, false));
            Ok(response)
        }
        Route::Number(id) => Ok(answer::page(200, page::number(console, visit, &id).await?)),
        Route::Unmute(id) => {
            console.unmute(visit, &id).await?;
            Ok(answer::see(&back(to, &format!("/console/customers/{id}"), "unmuted")))
        }
        Route::Find(thing) => {
            Ok(answer::page(200, page::find(console, visit, &thing, form.get("q")).await?))
        }
        Route::Attach(thing) => {
            console.attach(visit, &thing, form).await?;
            Ok(answer::see(&back(to, "/console/lists/parked", "attached")))
        }
        Route::Act(id, verb) => {
            let (shown, done) = match verb {
                Verb::Cancel => (console.cancel(visit, &id).await?, "cancelled"),
                Verb::Release => (console.release(visit, &id).await?, "released"),
                Verb::Resend => (console.resend(visit, &id).await?, "resent"),
            };
            Ok(answer::see(&back(to, &format!("/console/notifications/{shown}"), done)))
        }
        Route::ActOnCase(key, verb) => {
            let done = match verb {
                CaseVerb::Take => console.take_case(visit, &key, form.get("owner")).await?,
                CaseVerb::Note => console.note_case(visit, &key, form.get("text")).await?,
                CaseVerb::Close => console.close_case(visit, &key, form.get("text")).await?,
            };
            Ok(answer::see(&back(to, &format!("/console/cases/{key}"), done)))
        }
        Route::Judge(survey, place) => {
            console.judge(visit, &survey, &place, form.get("sentiment")).await?;
            let fallback = format!("/console/surveys/{survey}/answers");
            Ok(answer::see(&back(to, &fallback, "judged")))
        }
        Route::Pause => {
            let scope = scope(form)?;
            let (by, now) = (&visit.claim.key, visit.now);
            console.tenants.pause(&visit.tenant, &scope, by, now).await?;
            tracing::info!(pause.scope = %scope, key = by, "paused by hand");
            Ok(answer::see(&back(to, "/console/rules", "paused")))
        }
        Route::Resume => {
            let scope = scope(form)?;
            console.tenants.resume(&visit.tenant, &scope).await?;
            tracing::info!(pause.scope = %scope, key = visit.claim.key, "resumed by hand");
            Ok(answer::see(&back(to, "/console/rules", "resumed")))
        }
        Route::Nowhere(code) => Err(Problem::NotFound(code)),
        Route::Style
        | Route::Slash
        | Route::LoginForm
        | Route::Login
        | Route::Overview
        | Route::Programme
        | Route::Surveys
        | Route::Survey(_)
        | Route::Answers(_)
        | Route::Cases
        | Route::Case(_)
        | Route::Board(_)
        | Route::Account(..)
        | Route::Explain(..)
        | Route::Search
        | Route::Customer(_)
        | Route::Notification(_)
        | Route::List(_)
        | Route::Rules
        | Route::Rule(_) => Err(Problem::NotFound("not_found")),
    }
}

/// What a form wants to pause or let go.
fn scope(form: &Fields) -> Result<Scope, Problem> {
    Scope::parse(form.get("scope")).ok_or(Problem::NotFound("not_found"))
}

impl Console {
    async fn unmute(&self, visit: &Visit, id: &CustomerId) -> Result<(), Problem> {
        let (id, about) = self.customers.person(&visit.tenant, id).await?;
        for one in std::iter::once(&id).chain(&about.merged) {
            self.customers.unmute(&visit.tenant, one).await?;
        }
        tracing::info!(customer.id = %id, key = visit.claim.key, "unmuted by hand");
        Ok(())
    }

    /// Says how an answer sounds; said twice it sounds the same.
    async fn judge(
        &self,
        visit: &Visit,
        survey: &str,
        place: &str,
        said: &str,
    ) -> Result<(), Problem> {
        let sentiment = Sentiment::parse(said).ok_or(Problem::NotFound("not_found"))?;
        let surveys = self.surveys(visit).await?;
        if surveys.is_none_or(|surveys| surveys.get(survey).is_none()) {
            return Err(Problem::NotFound("unknown_survey"));
        }
        // A place stands in an address with a dash.
        let place = place.replacen('-', "#", 1);
        let tenant = &visit.tenant;
        let judged = self.survey_results.judge(tenant, survey, &place, sentiment).await?;
        if judged { Ok(()) } else { Err(Problem::NotFound("unknown_answer")) }
    }

    async fn cancel(&self, visit: &Visit, id: &EffectId) -> Result<EffectId, Problem> {
        let by = format!("by_staff({})", visit.claim.key);
        let done = |n: &Notification| n.reason.as_deref() == Some(&by);
        self.change(visit, id, done, |n| n.cancel(&visit.claim.key)).await
    }

    async fn release(&self, visit: &Visit, id: &EffectId) -> Result<EffectId, Problem> {
        // Due already, or gone out meanwhile: that is what was asked for.
        let done = |n: &Notification| n.due_at.is_none_or(|due_at| due_at <= visit.now);
        self.change(visit, id, done, |n| n.release(visit.now)).await
    }

    /// Makes one move and stores it, unless it is `done` already; on what somebody else has left when they were faster.
    async fn change(
        &self,
        visit: &Visit,
        id: &EffectId,
        done: impl Fn(&Notification) -> bool,
        step: impl Fn(&mut Notification) -> Result<(), IllegalMove>,
    ) -> Result<EffectId, Problem> {
        let mut found = self.notification(visit, id).await?;
        for _ in 0..RACES_MAX {
            if let Err(illegal) = step(&mut found) {
                if done(&found) {
                    return Ok(id.clone());
                }
                tracing::warn!(notification.id = %id, error = %illegal, "not done by hand");
                return Err(Problem::NotPossible("not_possible"));
            }
            match self.notifications.save(&mut found).await? {
                Saved::Done => {
                    let state = found.state.as_str();
                    tracing::info!(notification.id = %id, notification.state = state, key = visit.claim.key, "moved by hand");
                    return Ok(id.clone());
                }
                Saved::Superseded(present) => found = *present,
            }
        }
        Err(Problem::Raced)
    }

    /// Plans another one in its place; asked twice, it finds the one that it has planned.
    async fn resend(&self, visit: &Visit, id: &EffectId) -> Result<EffectId, Problem> {
        let found = self.notification(visit, id).await?;
        let recipient = self.recipient(visit, &found).await?;
        let new = found.resend(recipient, visit.now);
        let new = new.map_err(|_| Problem::NotPossible("not_possible"))?;
        let reachable = new.channels.iter().any(|channel| match channel {
            Channel::ZnsPhone => new.recipient.phone.is_some(),
            Channel::ZnsUid | Channel::OaCs => new.recipient.user.is_some(),
            Channel::Alert | Channel::Webhook => true,
        });
        if !reachable {
            return Err(Problem::NotPossible("no_address"));
        }
        self.notifications.plan(&new).await?;
        tracing::info!(notification.id = %new.id, was = %id, key = visit.claim.key, "planned by hand");
        Ok(new.id)
    }

    async fn notification(&self, visit: &Visit, id: &EffectId) -> Result<Notification, Problem> {
        let found = self.notifications.find(&visit.tenant, id).await?;
        found.ok_or(Problem::NotFound("unknown_notification"))
    }

    /// Where it can go now: the number is forgotten once a notification is over, so it is looked up among what is proven to be
    /// the customer's.
    async fn recipient(&self, visit: &Visit, n: &Notification) -> Result<Recipient, Problem> {
        let mut recipient = n.recipient.clone();
        let Some(customer) = &n.customer else { return Ok(recipient) };
        let (_, about) = self.customers.person(&visit.tenant, customer).await?;
        for (identity, sure) in &about.identities {
            let is_phone = matches!(identity, Subject::Phone(_));
            if recipient.phone.is_none() && is_phone && *sure == Strength::Proven {
                let link = self.customers.link(&visit.tenant, identity).await?;
                recipient.phone = link.and_then(|link| link.phone);
            }
        }
        Ok(recipient)
    }
}
