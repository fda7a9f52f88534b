//! Stars whose hook was lost: Zalo is asked for them once a night, and each becomes the hook that should have come.

use cloud::{
    invocation::Invocation,
    stream::chain,
    table::{StoreError, events::Arrived, tenants::Rated},
    zalo::{AccessToken, RATINGS_PAGE, RatingsAsked},
};
use domain::{
    source::{ListedRating, Source},
    subject::Subject,
    tenant::Tenant,
};
use jiff::{SignedDuration, Timestamp, tz};

use crate::{ONE_TIME, Results};

/// The hour of Vietnam at which Zalo is asked, when few people write.
const HOUR: i8 = 3;

/// How far back is asked: a night that was missed is made up for by the next one.
const BACK: SignedDuration = SignedDuration::from_hours(48);

/// How long a hook may still be on its way: what is younger is not looked at. Zalo repeats a hook for about two hours.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_hours(2);

impl Results {
    /// Asks for the stars of every business, as long as there is time. What one business cannot be asked does not stop the others.
    pub(crate) async fn reconcile(&self, invocation: &Invocation) -> Result<(), StoreError> {
        let now = invocation.now();
        if tz::offset(7).to_datetime(now).hour() != HOUR {
            return Ok(());
        }
        for Rated { tenant, templates } in self.tenants.rated_tenants().await? {
            let Some(settings) = self.tenants.settings(&tenant, now).await? else { continue };
            for oa in &settings.tenant.zalo.oas {
                let Some(known) = self.tenants.access_token(&tenant, oa, now).await? else {
                    continue;
                };
                for template in &templates {
                    let of = Of { tenant: &settings.tenant, oa, token: &known.access, template };
                    self.reconcile_one(&of, invocation).await?;
                }
            }
        }
        Ok(())
    }

    async fn reconcile_one(&self, of: &Of<'_>, invocation: &Invocation) -> Result<(), StoreError> {
        let now = invocation.now();
        let (from, to) = (now - BACK, now - ON_ITS_WAY);
        let mut offset = 0;
        loop {
            if !invocation.time_for(ONE_TIME) {
                tracing::warn!(tenant = of.tenant.id, "no time left to ask for stars");
                return Ok(());
            }
            let asked = RatingsAsked { template_id: of.template, from, to, offset };
            let (found, unreadable) = match self.zalo.ratings(of.token, &asked).await {
                Ok(page) => page,
                Err(error) => {
                    // Among several accounts a template is known to one of them.
                    let (tenant, oa, template) = (&of.tenant.id, of.oa, of.template);
                    tracing::warn!(tenant, oa, template, error = chain(&error), "no stars");
                    return Ok(());
                }
            };
            if unreadable > 0 {
                tracing::warn!(tenant = of.tenant.id, unreadable, "stars that nobody can read");
            }
            let seen = found.len() + unreadable;
            for rating in &found {
                self.make_up_for(of, rating, now).await?;
            }
            offset += seen;
            if seen < RATINGS_PAGE {
                return Ok(());
            }
        }
    }

    /// Puts the hook of a rating among the events, unless it is there.
    async fn make_up_for(
        &self,
        of: &Of<'_>,
        rating: &ListedRating,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tenant = &of.tenant.id;
        let Some((head, body)) = rating.hook(of.tenant, of.oa, now) else {
            tracing::warn!(tenant, "stars that no hook could tell of");
            return Ok(());
        };
        // Should the list write the time otherwise than the hook did, its id would be another one.
        let subject = Subject::Sent(rating.message_id.clone());
        let is_there = |row: &cloud::table::StoredRow| row.text("kind") == head.kind;
        if !self.events.rows_under(tenant, &subject, is_there).await?.is_empty() {
            return Ok(());
        }
        let arrived = Arrived {
            tenant,
            source: Source::ZaloOa,
            head: &head,
            body: &body,
            received: now,
            keep_until: now + self.raw_for,
        };
        self.events.record(&arrived).await?;
        tracing::info!(tenant, event.id = %head.id, "a lost hook was made up for");
        Ok(())
    }
}

/// Whose stars are asked for.
struct Of<'a> {
    tenant: &'a Tenant,
    oa: &'a str,
    token: &'a AccessToken,
    template: &'a str,
}
