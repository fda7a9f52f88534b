//! Cases: opened by a rule, one at a time for a customer, and put whole whenever one changes.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{
        AttributeValue, ConditionCheck, ReturnValuesOnConditionCheckFailure::AllOld,
        TransactWriteItem, Update,
    },
};
use domain::{
    id::{CustomerId, EffectId},
    survey::{Case, CaseKey, CaseState},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    DUE_ROWS_MAX, Item, ROW_VERSION, StoreError, Surveys, corrupt, customer_pk, fields, item,
    number, read_row, reasons, stands, text,
};

/// The partition of the `due` index that cases wait in.
const DUE_SHARD: &str = "case#0";

/// What stands before the key of a case.
const PREFIX: &str = "c#";

/// A case as it is stored, and how often it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCase {
    /// The business.
    pub tenant: String,
    /// The case.
    pub case: Case,
    /// How often it was stored: whoever stores it next must have read this one.
    pub revision: u32,
}

/// What became of a case that a rule opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenedCase {
    /// It stands, now or since an earlier try.
    Yes,
    /// It joined that one at an earlier try.
    Joined(CaseKey),
    /// The customer has an open one, which it can join.
    Joins(CaseKey),
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseSaved {
    /// It stands.
    Yes,
    /// Somebody else was faster: read again.
    Raced,
}

/// A page of cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cases {
    /// The newest first.
    pub cases: Vec<StoredCase>,
    /// Where the next page begins; `None` behind the last.
    pub next: Option<CaseKey>,
}

#[derive(Serialize, Deserialize)]
struct CaseRow {
    pk: String,
    sk: String,
    v: u8,
    /// As the case says, where the stream can be filtered by it.
    state: CaseState,
    tenant: String,
    revision: u32,
    case: Case,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
}

/// What a complaint became that met an open case.
#[derive(Serialize, Deserialize)]
struct JoinedRow {
    pk: String,
    sk: String,
    v: u8,
    to: CaseKey,
}

/// The cases of a customer.
#[derive(Deserialize)]
struct CustomerCasesRow {
    #[serde(default)]
    open: Option<CaseKey>,
}

impl StoredCase {
    /// One that is to be opened.
    pub fn new(tenant: &str, case: Case) -> Self {
        Self { tenant: tenant.to_owned(), case, revision: 0 }
    }

    /// The case of a record of the stream; `None` when the row is another one.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn from_image(image: &serde_dynamo::Item) -> Result<Option<Self>, StoreError> {
        let stored: Item = image.clone().into();
        let sort = stored.get("sk").and_then(|sk| sk.as_s().ok());
        if !sort.is_some_and(|sk| sk.starts_with(PREFIX)) {
            return Ok(None);
        }
        Self::read("case", stored).map(Some)
    }

    fn read(operation: &'static str, stored: Item) -> Result<Self, StoreError> {
        let CaseRow { tenant, case, revision, .. } = read_row(operation, stored)?;
        Ok(Self { tenant, case, revision })
    }

    /// What a refused change comes to: its own earlier try stands, or somebody was faster.
    fn own_or_raced(&self, stands: Option<&Item>) -> CaseSaved {
        let stands = stands.and_then(|row| Self::read("save_case", row.clone()).ok());
        let is_own = stands
            .is_some_and(|stands| stands.revision == self.revision + 1 && stands.case == self.case);
        if is_own { CaseSaved::Yes } else { CaseSaved::Raced }
    }

    fn row(&self) -> CaseRow {
        let due_at = self.case.remind_at.map(Timestamp::as_millisecond);
        CaseRow {
            pk: cases_pk(&self.tenant),
            sk: case_sk(&self.case.key),
            v: ROW_VERSION,
            state: self.case.state,
            tenant: self.tenant.clone(),
            revision: self.revision + 1,
            case: self.case.clone(),
            due_shard: due_at.map(|_| DUE_SHARD.to_owned()),
            due_at,
        }
    }
}

impl Surveys {
    /// SU12: Opens a case, unless its customer has one that is open. The same effect again finds what it has left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_case(
        &self,
        new: &StoredCase,
        id: &EffectId,
    ) -> Result<OpenedCase, StoreError> {
        const OPERATION: &str = "open_case";
        let case = &new.case;
        let stands = self.put(item(OPERATION, &new.row())?);
        let stands = stands.condition_expression("attribute_not_exists(pk)");
        let stands = stands.build().expect("every part is set");
        let own = customer_pk(&new.tenant, &case.customer);
        let joined = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key(&own, &joined_sk(id))))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("every part is set");
        let mark = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&own, "cases")))
            .update_expression("SET v = :v, #open = :key ADD cases :keys")
            .condition_expression("attribute_not_exists(#open)")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":v", number(ROW_VERSION))
            .expression_attribute_values(":key", text(case.key.to_string()))
            .expression_attribute_values(":keys", AttributeValue::Ss(vec![case.key.to_string()]))
            .build()
            .expect("every part is set");
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(stands).build())
            .transact_items(TransactWriteItem::builder().condition_check(joined).build())
            .transact_items(TransactWriteItem::builder().update(mark).build());
        let Err(error) = transaction.send().await else { return Ok(OpenedCase::Yes) };
        let reasons = reasons(&error);
        let failed = |n: usize| {
            reasons.get(n).is_some_and(|reason: &String| reason == "ConditionalCheckFailed")
        };
        if failed(0) {
            return Ok(OpenedCase::Yes);
        }
        if failed(1) {
            let found = self.one(OPERATION, key(&own, &joined_sk(id))).await?;
            let JoinedRow { to, .. } = read_row(OPERATION, found.unwrap_or_default())?;
            return Ok(OpenedCase::Joined(to));
        }
        if failed(2) {
            let asked = self.asked(&new.tenant, &case.customer).await?;
            // Closed between the two: the caller tries again.
            return match asked.open_case {
                Some(open) => Ok(OpenedCase::Joins(open)),
                None => Err(StoreError::database(OPERATION, error)),
            };
        }
        Err(StoreError::database(OPERATION, error))
    }

    /// SU13: Stores an open case with what the effect `id` has brought to it, once for each effect.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn join_case(
        &self,
        changed: &StoredCase,
        customer: &CustomerId,
        id: &EffectId,
    ) -> Result<CaseSaved, StoreError> {
        const OPERATION: &str = "join_case";
        let joined = JoinedRow {
            pk: customer_pk(&changed.tenant, customer),
            sk: joined_sk(id),
            v: ROW_VERSION,
            to: changed.case.key.clone(),
        };
        let joined = self.put(item(OPERATION, &joined)?);
        let joined = joined.condition_expression("attribute_not_exists(pk)");
        let joined = joined.build().expect("every part is set");
        let joined = TransactWriteItem::builder().put(joined).build();
        self.save_with(OPERATION, changed, joined, CaseSaved::Yes).await
    }

    /// SU14: A case.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn case(&self, tenant: &str, of: &CaseKey) -> Result<Option<StoredCase>, StoreError> {
        let found = self.one("case", key(&cases_pk(tenant), &case_sk(of))).await?;
        found.map(|found| StoredCase::read("case", found)).transpose()
    }

    /// SU15: Cases of a business that were opened at `since` or later, the newest first, from `after` on.
    ///
    /// # Errors
    /// When the database does not answer, or a row cannot be read.
    pub async fn cases(
        &self,
        tenant: &str,
        since: Timestamp,
        after: Option<&CaseKey>,
        limit: i32,
    ) -> Result<Cases, StoreError> {
        let pk = cases_pk(tenant);
        let query = self.client.query().table_name(&self.table);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :since AND :end")
            .expression_attribute_values(":pk", text(&pk))
            .expression_attribute_values(
                ":since",
                text(format!("{PREFIX}{:013}", since.as_millisecond().max(0))),
            )
            .expression_attribute_values(":end", text("c$"))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(after.map(|after| key(&pk, &case_sk(after))));
        let answer = query.send().await.map_err(|e| StoreError::database("cases", e))?;
        let more = answer.last_evaluated_key.is_some();
        let found = answer.items.unwrap_or_default().into_iter();
        let cases: Vec<StoredCase> =
            found.map(|found| StoredCase::read("cases", found)).collect::<Result<_, _>>()?;
        let next = cases.last().filter(|_| more).map(|last| last.case.key.clone());
        Ok(Cases { cases, next })
    }

    /// SU16: Stores a case that is still open, if it is as it was read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save_case(&self, changed: &StoredCase) -> Result<CaseSaved, StoreError> {
        const OPERATION: &str = "save_case";
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item(OPERATION, &changed.row())?))
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", number(changed.revision))
            .return_values_on_condition_check_failure(AllOld);
        let Err(error) = put.send().await else { return Ok(CaseSaved::Yes) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                Ok(changed.own_or_raced(refused.item()))
            }
            Some(_) | None => Err(StoreError::database(OPERATION, error)),
        }
    }

    /// SU17: Stores a case that is closed, if it is as it was read; its customer has no open one then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn close_case(&self, closed: &StoredCase) -> Result<CaseSaved, StoreError> {
        let case = &closed.case;
        let mark = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&customer_pk(&closed.tenant, &case.customer), "cases")))
            .update_expression("REMOVE #open")
            .condition_expression("#open = :key")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":key", text(case.key.to_string()))
            .build()
            .expect("every part is set");
        let mark = TransactWriteItem::builder().update(mark).build();
        self.save_with("close_case", closed, mark, CaseSaved::Raced).await
    }

    /// SU18: Cases of which staff is to be reminded by `now`, the earliest first: the business and the key of each.
    ///
    /// # Errors
    /// When the database does not answer, or a key cannot be read.
    pub async fn overdue(&self, now: Timestamp) -> Result<Vec<(String, CaseKey)>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(DUE_SHARD))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(DUE_ROWS_MAX);
        let answer = query.send().await.map_err(|e| StoreError::database("overdue", e))?;
        let read = |found: Item| {
            let DueRow { pk, sk } = fields("overdue", found)?;
            let tenant = pk.strip_suffix("#cases");
            let key = sk.strip_prefix(PREFIX).and_then(|key| key.parse().ok());
            match (tenant, key) {
                (Some(tenant), Some(key)) => Ok((tenant.to_owned(), key)),
                _ => Err(corrupt("overdue", &pk, "the key of a case")),
            }
        };
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    /// Stores a case together with something else; `otherwise` is what it comes to when that is refused.
    async fn save_with(
        &self,
        operation: &'static str,
        changed: &StoredCase,
        other: TransactWriteItem,
        otherwise: CaseSaved,
    ) -> Result<CaseSaved, StoreError> {
        let put = self.put(item(operation, &changed.row())?);
        let put = put
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", number(changed.revision))
            .return_values_on_condition_check_failure(AllOld)
            .build()
            .expect("every part is set");
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(other);
        let Err(error) = transaction.send().await else { return Ok(CaseSaved::Yes) };
        let reasons = reasons(&error);
        let failed = |n: usize| {
            reasons.get(n).is_some_and(|reason: &String| reason == "ConditionalCheckFailed")
        };
        if failed(0) && changed.own_or_raced(stands(&error)) == CaseSaved::Yes {
            return Ok(CaseSaved::Yes);
        }
        if failed(1) {
            return Ok(otherwise);
        }
        if failed(0) {
            return Ok(CaseSaved::Raced);
        }
        Err(StoreError::database(operation, error))
    }

    /// A case as it stands; a part of SU6.
    pub(super) async fn case_row(
        &self,
        tenant: &str,
        sk: &str,
    ) -> Result<Option<Item>, StoreError> {
        self.one("asked_of", key(&cases_pk(tenant), sk)).await
    }

    async fn one(&self, operation: &'static str, of: Item) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = get.set_key(Some(of)).send().await;
        Ok(answer.map_err(|e| StoreError::database(operation, e))?.item)
    }
}

#[derive(Deserialize)]
struct DueRow {
    pk: String,
    sk: String,
}

/// The case of a customer that is open, as the row of their cases says.
pub(super) fn open_of(found: Item) -> Result<Option<CaseKey>, StoreError> {
    let CustomerCasesRow { open } = read_row("asked", found)?;
    Ok(open)
}

/// The keys of the rows of cases that the row of a customer names.
pub(super) fn keys_of(fields: &serde_json::Map<String, serde_json::Value>) -> Vec<String> {
    let keys = fields.get("cases").and_then(serde_json::Value::as_array);
    keys.into_iter()
        .flatten()
        .filter_map(|key| Some(format!("{PREFIX}{}", key.as_str()?)))
        .collect()
}

/// Where the cases of a business stand.
pub(super) fn cases_pk(tenant: &str) -> String {
    format!("{tenant}#cases")
}

fn case_sk(key: &CaseKey) -> String {
    format!("{PREFIX}{key}")
}

fn joined_sk(id: &EffectId) -> String {
    format!("j#{id}")
}

fn key(pk: &str, sk: &str) -> Item {
    [("pk", text(pk)), ("sk", text(sk))].map(|(n, value)| (n.to_owned(), value)).into()
}
