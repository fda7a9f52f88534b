//! What was judged: first evaluations, timeline, windows, effects that send nothing, and what nobody could handle.

use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use domain::{
    id::{CustomerId, EffectId, EventId},
    subject::Subject,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Customers, Item, ROW_VERSION, StoreError, corrupt, identity::condition_failed, item, row, text,
};

/// What the first evaluation of an event saw; every later one judges by it.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstEvaluation {
    /// When it was.
    pub at: Timestamp,
    /// The rule set of that time; `None` before the tenant had one.
    pub version: Option<u32>,
    /// What the event was about.
    pub subject: Subject,
    /// The vendor's time.
    pub time: Timestamp,
    /// What its body was.
    pub body_hash: String,
}

/// Whether this evaluation is the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Judged {
    /// Yes.
    First,
    /// No: so it was seen.
    Before(FirstEvaluation),
}

/// Whether an event holds a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Won {
    /// Yes, now or since an earlier try.
    Yes,
    /// Another event holds it.
    No,
}

/// Who holds a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// The event.
    pub event: EventId,
    /// The voucher's code that it got with the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// One line of a customer's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// When it happened.
    pub time: Timestamp,
    /// The event.
    pub event: EventId,
    /// `shipment.delivered`.
    pub kind: String,
    /// What it was about.
    pub subject: Subject,
    /// A short text for people, without numbers.
    pub line: String,
    /// What each rule made of it: `payment-received: notify`, `welcome: shadow`.
    pub decisions: Vec<String>,
}

/// An effect that sends nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRow {
    /// Its id.
    pub id: EffectId,
    /// The event that caused it.
    pub event: EventId,
    /// The rule.
    pub rule: String,
    /// The rule's step.
    pub step: String,
    /// `invite`, `wait`, `notify` ...
    pub kind: String,
    /// What it would have done: the survey, the template.
    pub detail: String,
    /// `refused(cool_down)`, `shadow`, `once`, `no_address` ...
    pub outcome: String,
    /// What it is about, for people: `DH0001`.
    pub about: String,
    /// When it would have happened, in ms.
    pub planned_for_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct FirstRow {
    pk: String,
    sk: String,
    v: u8,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    subject: Subject,
    time: i64,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct OnceRow {
    pk: String,
    sk: String,
    v: u8,
    #[serde(flatten)]
    once: Once,
}

#[derive(Serialize, Deserialize)]
struct LineRow {
    pk: String,
    sk: String,
    v: u8,
    kind: String,
    subject: Subject,
    line: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    decisions: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredEffect {
    pk: String,
    sk: String,
    v: u8,
    #[serde(flatten)]
    effect: EffectRow,
}

#[derive(Serialize)]
struct ListedRow<'a> {
    pk: String,
    sk: String,
    v: u8,
    at: i64,
    why: &'a str,
    record: &'a str,
}

impl Customers {
    /// CU1: Marks the first evaluation of an event; a later one gets what the first saw.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn evaluate_first(
        &self,
        tenant: &str,
        event: &EventId,
        seen: &FirstEvaluation,
    ) -> Result<Judged, StoreError> {
        let marker = FirstRow {
            pk: format!("{tenant}#event#{event}"),
            sk: "first".to_owned(),
            v: ROW_VERSION,
            at: seen.at.as_millisecond(),
            version: seen.version,
            subject: seen.subject.clone(),
            time: seen.time.as_millisecond(),
            body: seen.body_hash.clone(),
        };
        let Some(present) = self.put_if_absent("evaluate_first", &marker).await? else {
            return Ok(Judged::First);
        };
        Ok(Judged::Before(read_first("evaluate_first", present)?))
    }

    /// CU40: What the first evaluation of an event saw; `None` when nobody has evaluated it.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn first_evaluation(
        &self,
        tenant: &str,
        event: &EventId,
    ) -> Result<Option<FirstEvaluation>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = answer.key("pk", text(format!("{tenant}#event#{event}")));
        let answer = answer.key("sk", text("first")).send().await;
        let answer = answer.map_err(|e| StoreError::database("first_evaluation", e))?;
        answer.item.map(|found| read_first("first_evaluation", found)).transpose()
    }

    /// CU14: Puts a line on the customer's timeline.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note(
        &self,
        tenant: &str,
        customer: &CustomerId,
        line: &TimelineRow,
    ) -> Result<(), StoreError> {
        let stored = LineRow {
            pk: format!("{tenant}#{customer}"),
            sk: line_key(line.time, &line.event),
            v: ROW_VERSION,
            kind: line.kind.clone(),
            subject: line.subject.clone(),
            line: line.line.clone(),
            decisions: line.decisions.clone(),
        };
        self.put("note", &stored).await
    }

    /// CU15: Takes a window of a rule for `event`, unless another event holds it, here or at a customer that is this one.
    ///
    /// # Errors
    /// When the database does not answer, or was busy with the same window.
    pub async fn win_once(
        &self,
        tenant: &str,
        customer: &CustomerId,
        merged: &[CustomerId],
        marker: &str,
        event: &EventId,
    ) -> Result<Won, StoreError> {
        if merged.is_empty() {
            let once = OnceRow {
                pk: format!("{tenant}#{customer}"),
                sk: format!("once#{marker}"),
                v: ROW_VERSION,
                once: Once { event: event.clone(), code: None },
            };
            let present = self.put_if_absent("win_once", &once).await?;
            let present = present.map(|found| row::<OnceRow>("win_once", found)).transpose()?;
            let won = present.is_none_or(|present| present.once.event == *event);
            return Ok(if won { Won::Yes } else { Won::No });
        }
        let once = Once { event: event.clone(), code: None };
        let writes = self.once_writes("win_once", tenant, customer, merged, marker, &once)?;
        let transaction = self.client.transact_write_items().set_transact_items(Some(writes));
        let Err(error) = transaction.send().await else { return Ok(Won::Yes) };
        if condition_failed(error.as_service_error()) {
            return Ok(Won::No);
        }
        Err(StoreError::database("win_once", error))
    }

    /// The operations by which `once` takes a window in a transaction: refused when another event holds it, here or at a customer
    /// that is this one.
    pub(crate) fn once_writes(
        &self,
        operation: &'static str,
        tenant: &str,
        customer: &CustomerId,
        merged: &[CustomerId],
        marker: &str,
        once: &Once,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let sk = format!("once#{marker}");
        let row = OnceRow {
            pk: format!("{tenant}#{customer}"),
            sk: sk.clone(),
            v: ROW_VERSION,
            once: once.clone(),
        };
        let ours = "attribute_not_exists(pk) OR #event = :event";
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item(operation, &row)?))
            .condition_expression(ours)
            .expression_attribute_names("#event", "event")
            .expression_attribute_values(":event", text(once.event.as_str()))
            .build()
            .expect("every part is set");
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        for other in merged {
            let absent = ConditionCheck::builder()
                .table_name(&self.table)
                .key("pk", text(format!("{tenant}#{other}")))
                .key("sk", text(&sk))
                .condition_expression(ours)
                .expression_attribute_names("#event", "event")
                .expression_attribute_values(":event", text(once.event.as_str()))
                .build()
                .expect("every part is set");
            writes.push(TransactWriteItem::builder().condition_check(absent).build());
        }
        Ok(writes)
    }

    /// Who holds a window; part of [`Rewards::take`](crate::table::Rewards::take).
    pub(crate) async fn held(
        &self,
        tenant: &str,
        customer: &CustomerId,
        marker: &str,
    ) -> Result<Option<Once>, StoreError> {
        let pk = format!("{tenant}#{customer}");
        let stored: Option<OnceRow> = self.get("take", &pk, &format!("once#{marker}")).await?;
        Ok(stored.map(|stored| stored.once))
    }

    /// CU16: Keeps an effect that sends nothing, under the customer, or under the subject of an event that concerns nobody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record_effect(
        &self,
        tenant: &str,
        under: &str,
        effect: &EffectRow,
    ) -> Result<(), StoreError> {
        let stored = StoredEffect {
            pk: format!("{tenant}#{under}"),
            sk: format!("effect#{}", effect.id),
            v: ROW_VERSION,
            effect: effect.clone(),
        };
        self.put("record_effect", &stored).await
    }

    /// CU17: Lists a stream record that nobody can handle, so that it blocks nothing and is not lost.
    ///
    /// # Errors
    /// When the database does not answer: then the record must come again.
    pub async fn stick(
        &self,
        tenant: &str,
        function: &str,
        record: &str,
        why: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let listed = ListedRow {
            pk: format!("{tenant}#stuck"),
            sk: format!("{function}#{record}"),
            v: ROW_VERSION,
            at: at.as_millisecond(),
            why,
            record,
        };
        self.put("stick", &listed).await
    }

    /// CU18: Lists a known event id that came with another subject or body.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_conflict(
        &self,
        tenant: &str,
        event: &EventId,
        body_hash: &str,
        why: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let listed = ListedRow {
            pk: format!("{tenant}#conflict"),
            sk: format!("{event}#{body_hash}"),
            v: ROW_VERSION,
            at: at.as_millisecond(),
            why,
            record: event.as_str(),
        };
        self.put("list_conflict", &listed).await
    }

    /// CU19: The newest lines of a customer's timeline, or those older than the line at `before`.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn timeline(
        &self,
        tenant: &str,
        customer: &CustomerId,
        before: Option<(Timestamp, &EventId)>,
        limit: i32,
    ) -> Result<Vec<TimelineRow>, StoreError> {
        let pk = format!("{tenant}#{customer}");
        let before = before.map(|(time, event)| line_key(time, event));
        let before = before.as_deref();
        let found = self.begins_before("timeline", &pk, "t#", Some(limit), before).await?;
        found
            .items
            .into_iter()
            .map(|found| {
                let stored: LineRow = row("timeline", found)?;
                let key = format!("{} {}", stored.pk, stored.sk);
                let bad = || corrupt("timeline", &key, "sk");
                let mut parts = stored.sk.splitn(3, '#').skip(1);
                let time = parts.next().and_then(|ms| ms.parse().ok()).ok_or_else(bad)?;
                let event = parts.next().and_then(EventId::parse).ok_or_else(bad)?;
                Ok(TimelineRow {
                    time: Timestamp::from_millisecond(time).map_err(|_| bad())?,
                    event,
                    kind: stored.kind,
                    subject: stored.subject,
                    line: stored.line,
                    decisions: stored.decisions,
                })
            })
            .collect()
    }

    /// CU20: The effects of a customer that sent nothing.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn effects(
        &self,
        tenant: &str,
        customer: &CustomerId,
        limit: i32,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let pk = format!("{tenant}#{customer}");
        let found = self.begins("effects", &pk, "effect#", Some(limit)).await?;
        found
            .items
            .into_iter()
            .map(|found| Ok(row::<StoredEffect>("effects", found)?.effect))
            .collect()
    }
}

/// Where a line stands on its timeline.
fn line_key(time: Timestamp, event: &EventId) -> String {
    format!("t#{:013}#{event}", time.as_millisecond())
}

fn read_first(operation: &'static str, found: Item) -> Result<FirstEvaluation, StoreError> {
    let stored: FirstRow = row(operation, found)?;
    let key = format!("{} {}", stored.pk, stored.sk);
    let bad = |_| corrupt(operation, &key, "a time");
    Ok(FirstEvaluation {
        at: Timestamp::from_millisecond(stored.at).map_err(bad)?,
        version: stored.version,
        subject: stored.subject,
        time: Timestamp::from_millisecond(stored.time).map_err(bad)?,
        body_hash: stored.body,
    })
}
