//! What a rule has brought about: its notifications by the time at which they were planned, and many rows at once.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{id::EffectId, notification::Notification};
use jiff::Timestamp;

use super::{Notifications, StoreError, due::read_key, key, read};
use crate::table::{BadRow, corrupt, number, text};

/// Most rows of one BatchGetItem (AWS, DynamoDB API reference, read 2026-11).
const BATCH_ROWS_MAX: usize = 100;

/// Most calls for one batch. A call answers at most 16 MB, and our rows are small: what is still missing then is missing because
/// the database is overloaded.
const BATCH_CALLS_MAX: usize = 5;

/// The newest notifications of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePage {
    /// The newest first.
    pub ids: Vec<EffectId>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<RuleCursor>,
}

/// A place among the notifications of a rule. Prints as `1795137600000.<notification id>`, for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCursor {
    planned_ms: i64,
    id: EffectId,
}

impl RuleCursor {
    /// When the one was planned that it stands behind, in ms.
    pub fn planned_ms(&self) -> i64 {
        self.planned_ms
    }

    /// Reads a place as it prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (planned_ms, id) = text.split_once('.')?;
        Some(Self { planned_ms: planned_ms.parse().ok()?, id: EffectId::parse(id)? })
    }
}

impl fmt::Display for RuleCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.planned_ms, self.id)
    }
}

/// Where a look at the notifications of a rule begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulePlace {
    /// At the newest.
    Newest,
    /// At the newest that were planned by then.
    Until(Timestamp),
    /// After the last one of another look.
    Before(RuleCursor),
}

impl Notifications {
    /// NO7: The newest notifications of a rule, `limit` of them, or those from a place on.
    ///
    /// # Errors
    /// When the database does not answer or a key is corrupt.
    pub async fn of_rule(
        &self,
        tenant: &str,
        rule: &str,
        limit: i32,
        from: &RulePlace,
    ) -> Result<RulePage, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("rule");
        let query = query
            .expression_attribute_values(":rule", text(rule_key(tenant, rule)))
            .scan_index_forward(false)
            .limit(limit);
        let query = match from {
            RulePlace::Newest => query.key_condition_expression("rule_key = :rule"),
            RulePlace::Until(until) => query
                .key_condition_expression("rule_key = :rule AND planned <= :until")
                .expression_attribute_values(":until", number(until.as_millisecond())),
            RulePlace::Before(place) => query
                .key_condition_expression("rule_key = :rule")
                .exclusive_start_key("rule_key", text(rule_key(tenant, rule)))
                .exclusive_start_key("planned", number(place.planned_ms))
                .exclusive_start_key("pk", text(key(tenant, &place.id))),
        };
        let answer = query.send().await.map_err(|e| StoreError::database("of_rule", e))?;
        let ids = answer.items.unwrap_or_default().into_iter();
        let ids = ids.map(|found| Ok(read_key("of_rule", found)?.id)).collect::<Result<_, _>>()?;
        let next = answer.last_evaluated_key.map(|last| {
            let planned = last.get("planned").and_then(|v| v.as_n().ok()?.parse().ok());
            let planned_ms = planned.ok_or_else(|| corrupt("of_rule", rule, "planned"))?;
            Ok(RuleCursor { planned_ms, id: read_key("of_rule", last)?.id })
        });
        Ok(RulePage { ids, next: next.transpose()? })
    }

    /// NO8: Looks at many, in the order of `ids`; who is not there is left out.
    ///
    /// # Errors
    /// When the database does not answer, or not in full, or a row is corrupt.
    pub async fn find_many(
        &self,
        tenant: &str,
        ids: &[EffectId],
    ) -> Result<Vec<Notification>, StoreError> {
        let mut found = HashMap::new();
        // A batch must not name a row twice.
        let once: BTreeSet<&EffectId> = ids.iter().collect();
        let once: Vec<&EffectId> = once.into_iter().collect();
        for batch in once.chunks(BATCH_ROWS_MAX) {
            let keys =
                batch.iter().map(|id| HashMap::from([("pk".to_owned(), text(key(tenant, id)))]));
            for row in self.batch(keys.collect()).await? {
                found.insert(row.id.clone(), row);
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Asks again for what an answer leaves out.
    async fn batch(
        &self,
        mut keys: Vec<HashMap<String, AttributeValue>>,
    ) -> Result<Vec<Notification>, StoreError> {
        let mut found = Vec::new();
        for _ in 0..BATCH_CALLS_MAX {
            if keys.is_empty() {
                return Ok(found);
            }
            let asked = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
            let asked = asked.build().expect("the keys are set");
            let answer =
                self.client.batch_get_item().request_items(&self.table, asked).send().await;
            let answer = answer.map_err(|e| StoreError::database("find_many", e))?;
            for row in answer.responses.unwrap_or_default().into_values().flatten() {
                found.push(read("find_many", row)?);
            }
            let left = answer.unprocessed_keys.unwrap_or_default();
            keys = left.into_values().flat_map(|left| left.keys).collect();
        }
        if keys.is_empty() {
            return Ok(found);
        }
        let source = Box::new(BadRow(format!("{} rows were not answered", keys.len())));
        Err(StoreError::Database { operation: "find_many", source })
    }
}

/// What a notification stands under on the index `rule`.
pub(super) fn rule_key(tenant: &str, rule: &str) -> String {
    format!("{tenant}#{rule}")
}
