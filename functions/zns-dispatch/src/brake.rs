//! Whether the limits have room for one more: of its rule in this hour, of the day's money, of the customer's day.

use std::sync::atomic::Ordering;

use cloud::{
    stream::RecordError,
    table::tenants::{Counted, Settings, Slice},
};
use domain::{
    channel::Channel,
    id::CustomerId,
    notification::{Alarm, Hold, Notification, OWN_RULE, Window, next_morning, reason},
};
use jiff::Timestamp;

use crate::{
    ZnsDispatch,
    run::{Room, Run, Taken},
};

/// One limit as it stands now.
struct Limit<'a> {
    counted: Counted<'a>,
    window: &'a Window,
    /// What one notification takes.
    amount: u64,
    most: u64,
}

impl ZnsDispatch {
    /// Takes what the notification needs of every limit; a hold when one has no room.
    pub(crate) async fn room(
        &self,
        found: &Notification,
        channel: Channel,
        customer: Option<&CustomerId>,
        settings: &Settings,
        run: &Run<'_>,
    ) -> Result<Result<Taken, Hold>, RecordError> {
        let mut taken = Taken::default();
        // A limit keeps people from being told too much, and systems are none.
        if !found.has_brakes() || channel == Channel::Webhook {
            return Ok(Ok(taken));
        }
        let (now, limits) = (run.invocation.now(), &settings.tenant.limits);
        let (hour, day) = (Window::hour(now), Window::day(now));
        if found.cause.rule != OWN_RULE {
            let (rule, most) = (found.cause.rule.as_str(), limits.burst_per_hour);
            let counted = Counted::Burst { rule };
            let limit = Limit { counted, window: &hour, amount: 1, most: most.into() };
            if !self.has_room(found, &limit, run, &mut taken).await? {
                run.give_back(taken);
                self.tell(found, Alarm::Burst { rule, most, hour: &hour }, run).await?;
                let until = hour.share_of_next_hour(found);
                return Ok(Err(Hold { until, reason: reason::BURST }));
            }
        }
        let price = found.price_vnd.get(&channel).copied().unwrap_or_default();
        if let Some(most_vnd) = limits.daily_budget_vnd.filter(|_| price > 0) {
            let counted = Counted::Budget;
            let limit = Limit { counted, window: &day, amount: price, most: most_vnd };
            if !self.has_room(found, &limit, run, &mut taken).await? {
                run.give_back(taken);
                self.tell(found, Alarm::Budget { most_vnd, day: &day }, run).await?;
                return Ok(Err(Hold { until: day.ends, reason: reason::BUDGET }));
            }
        }
        let most = limits.per_customer_a_day.get(&found.purpose);
        if let (Some(most), Some(customer)) = (most, customer) {
            let (tenant, purpose) = (&found.tenant, found.purpose);
            let place =
                self.customers.take_place(tenant, customer, purpose, &day, *most, &found.id);
            if !place.await? {
                run.give_back(taken);
                let until = next_morning(now, found, limits.morning_spread);
                return Ok(Err(Hold { until, reason: reason::CAP }));
            }
        }
        Ok(Ok(taken))
    }

    async fn has_room(
        &self,
        found: &Notification,
        limit: &Limit<'_>,
        run: &Run<'_>,
        taken: &mut Taken,
    ) -> Result<bool, RecordError> {
        let Limit { counted, window, amount, most } = *limit;
        let rule_key = rule_key(found);
        let name = match counted {
            Counted::Burst { .. } => format!("burst#{rule_key}#{}", window.key),
            Counted::Budget => format!("budget#{}#{}", found.tenant, window.key),
        };
        let units = match run.take(&name, &rule_key, amount, taken) {
            Room::Taken => return Ok(true),
            Room::None => return Ok(false),
            Room::Lease(units) => units,
        };
        let slice = Slice { lease: &self.lease(run), unit: amount, units, limit: most };
        let granted = self.tenants.take_slice(&found.tenant, counted, window, slice).await?;
        run.leased(&name, amount, granted);
        Ok(run.take(&name, &rule_key, amount, taken) == Room::Taken)
    }

    /// Names a lease: a run by its id and its deadline, since a run that is tried again has the id of the first.
    fn lease(&self, run: &Run<'_>) -> String {
        let number = self.leases.fetch_add(1, Ordering::Relaxed);
        let deadline_ms = run.invocation.deadline.as_millisecond();
        format!("{}.{deadline_ms}.{number}", run.invocation.id)
    }

    /// Tells people that something has stopped, once.
    pub(crate) async fn tell(
        &self,
        found: &Notification,
        alarm: Alarm<'_>,
        run: &Run<'_>,
    ) -> Result<(), RecordError> {
        let now: Timestamp = run.invocation.now();
        let alert = alarm.notification(&found.tenant, &found.oa, now);
        if run.tells(alert.id.as_str()) {
            self.notifications.plan(&alert).await?;
        }
        Ok(())
    }
}

/// The rule of a notification, as the index names it.
pub(crate) fn rule_key(found: &Notification) -> String {
    format!("{}#{}", found.tenant, found.cause.rule)
}
