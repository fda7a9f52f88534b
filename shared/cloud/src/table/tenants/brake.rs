//! Brakes: what people have paused, what Zalo has stopped, and the slices in which invocations lease what an hour or a day has room for.
//!
//! Bounds: never above a limit. An invocation that ends before it has used a slice leaves the rest unused, so that a limit may
//! be missed by one slice.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::ReturnValuesOnConditionCheckFailure,
};
use domain::notification::{Pause, Pauses, Scope, Stop, Window};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Tenants;
use crate::table::{Item, ROW_VERSION, StoreError, corrupt, item, key_of, number, row, text};

/// How long a counter is kept after its hour or day, for people who ask what happened.
const COUNTER_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// Most tries for one slice, each with what the last one found left: more means that many want the same rest.
const SLICE_TRIES: usize = 4;

/// What is counted against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted<'a> {
    /// The notifications of a rule in an hour.
    Burst {
        /// The rule.
        rule: &'a str,
    },
    /// The đồng of a day.
    Budget,
}

/// What an invocation wants to use of a limit.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// Names this very lease, so that a repeated request takes nothing twice.
    pub lease: &'a str,
    /// What comes together: 1 notification, or the price of one.
    pub unit: u64,
    /// How many of these are wanted.
    pub units: u64,
    /// What the hour or day has room for in all.
    pub limit: u64,
}

#[derive(Serialize, Deserialize)]
struct PauseRow {
    pk: String,
    sk: String,
    v: u8,
    by: String,
    at: i64,
    /// What Zalo said, where it is a stop; then all three are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe_at: Option<i64>,
}

impl PauseRow {
    fn of(tenant: &str, scope: &Scope, pause: &Pause) -> Self {
        Self {
            pk: tenant.to_owned(),
            sk: pause_key(scope),
            v: ROW_VERSION,
            by: pause.by.clone(),
            at: pause.at.as_millisecond(),
            code: pause.stop.map(|stop| stop.code),
            probes: pause.stop.map(|stop| stop.probes),
            probe_at: pause.stop.map(|stop| stop.probe_at.as_millisecond()),
        }
    }
}

#[derive(Deserialize)]
struct CounterRow {
    taken: u64,
    lease: String,
    granted: u64,
}

impl Tenants {
    /// TE6: Pauses what `scope` says; who paused it first stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pause(
        &self,
        tenant: &str,
        scope: &Scope,
        by: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let pause = Pause { by: by.to_owned(), at, stop: None };
        self.put_pause("pause", tenant, scope, pause).await.map(drop)
    }

    /// TE31: Writes that Zalo takes nothing of `scope`; what stands there already stays, and is returned.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn stop(
        &self,
        tenant: &str,
        scope: &Scope,
        stop: Pause,
    ) -> Result<Pause, StoreError> {
        self.put_pause("stop", tenant, scope, stop).await
    }

    async fn put_pause(
        &self,
        operation: &'static str,
        tenant: &str,
        scope: &Scope,
        pause: Pause,
    ) -> Result<Pause, StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item(operation, &PauseRow::of(tenant, scope, &pause))?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(pause) };
        let present = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(e)) => e.item.clone(),
            Some(_) | None => return Err(StoreError::database(operation, error)),
        };
        let key = format!("{tenant} {}", pause_key(scope));
        let present = present.ok_or_else(|| corrupt(operation, &key, "no row came back"))?;
        read_pause(present).map(|(_, pause)| pause)
    }

    /// TE32: Takes the probe that is due of a stop; whether nobody else has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_probe(
        &self,
        tenant: &str,
        scope: &Scope,
        seen: &Stop,
        next: &Stop,
    ) -> Result<bool, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(tenant))
            .key("sk", text(pause_key(scope)))
            .update_expression("SET probes = :probes, probe_at = :next")
            .condition_expression("probe_at = :seen")
            .expression_attribute_values(":probes", number(next.probes))
            .expression_attribute_values(":next", number(next.probe_at.as_millisecond()))
            .expression_attribute_values(":seen", number(seen.probe_at.as_millisecond()));
        let Err(error) = update.send().await else { return Ok(true) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Some(_) | None => Err(StoreError::database("take_probe", error)),
        }
    }

    /// TE33: Zalo has taken a probe: the stop whose probe this was goes. One that began anew stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lift(&self, tenant: &str, scope: &Scope, stop: &Stop) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key("pk", text(tenant))
            .key("sk", text(pause_key(scope)))
            .condition_expression("probe_at = :mine")
            .expression_attribute_values(":mine", number(stop.probe_at.as_millisecond()));
        let Err(error) = delete.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => Ok(()),
            Some(_) | None => Err(StoreError::database("lift", error)),
        }
    }

    /// TE7: Lets go what `scope` says; what is not paused goes anyway.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn resume(&self, tenant: &str, scope: &Scope) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("pk", text(tenant)).key("sk", text(pause_key(scope))).send().await;
        delete.map(drop).map_err(|e| StoreError::database("resume", e))
    }

    /// TE8: Everything that is paused or stopped at this moment.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn pauses(&self, tenant: &str) -> Result<Pauses, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(tenant))
            .expression_attribute_values(":prefix", text(PAUSE_PREFIX));
        let answer = query.send().await.map_err(|e| StoreError::database("pauses", e))?;
        if answer.last_evaluated_key.is_some() {
            return Err(corrupt("pauses", tenant, "more pauses than a page holds"));
        }
        let paused = answer.items.unwrap_or_default().into_iter().map(read_pause);
        Ok(Pauses(paused.collect::<Result<BTreeMap<_, _>, _>>()?))
    }

    /// TE9: Takes what is wanted of the room in `window`, or what is left of it in whole units; 0 when there is none.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn take_slice(
        &self,
        tenant: &str,
        counted: Counted<'_>,
        window: &Window,
        slice: Slice<'_>,
    ) -> Result<u64, StoreError> {
        let mut room = slice.limit;
        for _ in 0..SLICE_TRIES {
            let wanted = slice.units.min(room / slice.unit.max(1)) * slice.unit;
            if wanted == 0 {
                return Ok(0);
            }
            let sk = counter_key(counted, window);
            match self.try_slice(tenant, &sk, window, slice, wanted).await? {
                Tried::Taken => return Ok(wanted),
                Tried::Before(granted) => return Ok(granted),
                Tried::Full { taken } => room = slice.limit.saturating_sub(taken),
            }
        }
        Ok(0)
    }

    async fn try_slice(
        &self,
        tenant: &str,
        sk: &str,
        window: &Window,
        slice: Slice<'_>,
        wanted: u64,
    ) -> Result<Tried, StoreError> {
        let kept_until = (window.ends + COUNTER_KEPT).as_second();
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(tenant))
            .key("sk", text(sk))
            .update_expression(
                "SET taken = if_not_exists(taken, :none) + :wanted, granted = :wanted, \
                 #lease = :lease, #ttl = :ttl, v = :v",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR (taken <= :most AND #lease <> :lease)",
            )
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":wanted", number(wanted))
            .expression_attribute_values(":most", number(slice.limit - wanted))
            .expression_attribute_values(":lease", text(slice.lease))
            .expression_attribute_values(":ttl", number(kept_until))
            .expression_attribute_values(":v", number(ROW_VERSION))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = update.send().await else { return Ok(Tried::Taken) };
        let present = match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(e)) => e.item.clone(),
            Some(_) | None => return Err(StoreError::database("take_slice", error)),
        };
        let key = format!("{tenant} {sk}");
        let present = present.ok_or_else(|| corrupt("take_slice", &key, "no row came back"))?;
        let present: CounterRow = row("take_slice", present)?;
        if present.lease == slice.lease {
            return Ok(Tried::Before(present.granted));
        }
        Ok(Tried::Full { taken: present.taken })
    }
}

/// What became of a try for a slice.
enum Tried {
    Taken,
    /// By an earlier request for the same lease, whose reply was lost.
    Before(u64),
    Full {
        taken: u64,
    },
}

const PAUSE_PREFIX: &str = "brake#pause#";

fn pause_key(scope: &Scope) -> String {
    format!("{PAUSE_PREFIX}{scope}")
}

fn counter_key(counted: Counted<'_>, window: &Window) -> String {
    match counted {
        Counted::Burst { rule } => format!("brake#burst#{rule}#{}", window.key),
        Counted::Budget => format!("brake#budget#{}", window.key),
    }
}

fn read_pause(found: Item) -> Result<(Scope, Pause), StoreError> {
    let key = key_of(&found);
    let stored: PauseRow = row("pauses", found)?;
    let scope = stored.sk.strip_prefix(PAUSE_PREFIX).and_then(Scope::parse);
    let at = Timestamp::from_millisecond(stored.at).ok();
    let (Some(scope), Some(at)) = (scope, at) else {
        return Err(corrupt("pauses", &key, "its scope or its time"));
    };
    let probe_at = stored.probe_at.map(Timestamp::from_millisecond).transpose();
    let stop = match (stored.code, stored.probes, probe_at) {
        (None, None, Ok(None)) => None,
        (Some(code), Some(probes), Ok(Some(probe_at))) => Some(Stop { code, probes, probe_at }),
        _ => return Err(corrupt("pauses", &key, "its stop")),
    };
    Ok((scope, Pause { by: stored.by, at, stop }))
}
