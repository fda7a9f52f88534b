#![doc = include_str!("TABLE.md")]

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{ConditionCheck, Delete, Put, Select, TransactWriteItem},
};
use domain::{
    id::{CustomerId, EventId, OperationId},
    voucher::Code,
};
use serde::{Deserialize, Serialize};

use super::{
    Customers, Item, ROW_VERSION, StoreError, corrupt, customers::Once, fields, item, text,
};

/// Codes of one transaction: two operations each, of at most a hundred.
const CODES_PER_TRANSACTION: usize = 50;

/// Free codes that one look proposes: as many askers at once as rarely want the same one.
const PROPOSED: i32 = 25;

/// How often a lost race for a code is run again before the event has to come again.
const RACES_MAX: usize = 10;

/// Most pages of one count, each 1 MB read: some 20,000 free codes or 8,000 used ones.
const COUNT_PAGES_MAX: usize = 4;

/// The `rewards` table, with the customers whose markers stand in the same transactions.
#[derive(Clone, Debug)]
pub struct Rewards {
    client: Client,
    table: String,
    customers: Customers,
}

/// What became of codes that were to be imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// They are free now.
    pub added: usize,
    /// They were there before, free or used.
    pub known: usize,
}

/// How many codes a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCount {
    /// Not given to anybody yet.
    pub free: Counted,
    /// Given away.
    pub used: Counted,
}

/// A count that stops somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// So many were counted.
    pub rows: usize,
    /// Whether there are more.
    pub more: bool,
}

/// What an event got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// This code, now or since an earlier try.
    Code(String),
    /// Another event holds the window.
    Held,
    /// The pool has no free code: nothing was written.
    Empty,
}

#[derive(Serialize)]
struct FreeRow {
    pk: String,
    sk: String,
    v: u8,
}

#[derive(Serialize)]
struct UsedRow<'a> {
    pk: String,
    sk: String,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    customer: &'a CustomerId,
}

#[derive(Deserialize)]
struct KeyRow {
    sk: String,
}

impl Rewards {
    /// The table of this name.
    pub fn new(client: &Client, table: &str, customers: &Customers) -> Self {
        Self { client: client.clone(), table: table.to_owned(), customers: customers.clone() }
    }

    /// RE1: Puts codes into a pool. Those that are there, free or used, stay as they are.
    ///
    /// # Errors
    /// When the database does not answer: calling again goes on where it stopped.
    pub async fn import(
        &self,
        tenant: &str,
        pool: &str,
        codes: &[Code],
    ) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        for chunk in codes.chunks(CODES_PER_TRANSACTION) {
            let mut rest: Vec<&Code> = Vec::with_capacity(chunk.len());
            for code in chunk {
                if !rest.contains(&code) {
                    rest.push(code);
                }
            }
            imported.known += chunk.len() - rest.len();
            while !rest.is_empty() {
                let known = self.import_together(tenant, pool, &rest).await?;
                if known.is_empty() {
                    imported.added += rest.len();
                    break;
                }
                imported.known += known.len();
                let mut at = 0..;
                rest.retain(|_| at.next().is_none_or(|n| !known.contains(&n)));
            }
        }
        Ok(imported)
    }

    /// Puts all of them or none; says by position which ones are known.
    async fn import_together(
        &self,
        tenant: &str,
        pool: &str,
        codes: &[&Code],
    ) -> Result<Vec<usize>, StoreError> {
        let mut transaction = self.client.transact_write_items();
        for code in codes {
            let unused = ConditionCheck::builder()
                .table_name(&self.table)
                .key("pk", text(format!("{tenant}#{pool}")))
                .key("sk", text(format!("used#{code}")))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .expect("every part is set");
            let free = FreeRow {
                pk: format!("{tenant}#{pool}"),
                sk: format!("free#{code}"),
                v: ROW_VERSION,
            };
            let free = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item("import", &free)?))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .expect("every part is set");
            transaction = transaction
                .transact_items(TransactWriteItem::builder().condition_check(unused).build())
                .transact_items(TransactWriteItem::builder().put(free).build());
        }
        let Err(error) = transaction.send().await else { return Ok(Vec::new()) };
        let reasons = reasons(error.as_service_error());
        let failed =
            reasons.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
        let mut known: Vec<usize> = failed.map(|(n, _)| n / 2).collect();
        known.dedup();
        if known.is_empty() {
            return Err(StoreError::database("import", error));
        }
        Ok(known)
    }

    /// RE2: Gives `event` one free code of the pool, unless another event holds the marker, here or at a customer that is this
    /// one: marker, code and use are one transaction.
    ///
    /// # Errors
    /// When the database does not answer, or the same codes were wanted by too many at once: calling again gives the same code.
    pub async fn take(
        &self,
        tenant: &str,
        pool: &str,
        customer: &CustomerId,
        merged: &[CustomerId],
        marker: &str,
        event: &EventId,
    ) -> Result<Taken, StoreError> {
        let start = event.as_str().bytes().map(usize::from).sum::<usize>();
        let mut raced = None;
        for race in 0..RACES_MAX {
            for one in std::iter::once(customer).chain(merged) {
                match self.customers.held(tenant, one, marker).await? {
                    None => {}
                    Some(held) if held.event != *event => return Ok(Taken::Held),
                    Some(Once { code: Some(code), .. }) => return Ok(Taken::Code(code)),
                    Some(_) => {
                        return Err(corrupt("take", &format!("{tenant}#{one}"), "no code"));
                    }
                }
            }
            let free = self.free(tenant, pool).await?;
            let Some(code) = free.get((start + race) % free.len().max(1)) else {
                return Ok(Taken::Empty);
            };
            match self.hand_over(tenant, pool, code, customer, merged, marker, event).await? {
                None => return Ok(Taken::Code(code.clone())),
                Some(lost) => raced = Some(lost),
            }
        }
        Err(raced.unwrap_or_else(|| corrupt("take", tenant, "no race was run")))
    }

    /// RE3: Counts the codes of a pool, up to a bound: no counter is kept that every code given away would have to pass.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, tenant: &str, pool: &str) -> Result<PoolCount, StoreError> {
        let free = self.count_of(tenant, pool, "free#").await?;
        Ok(PoolCount { free, used: self.count_of(tenant, pool, "used#").await? })
    }

    async fn count_of(
        &self,
        tenant: &str,
        pool: &str,
        prefix: &str,
    ) -> Result<Counted, StoreError> {
        let mut counted = Counted::default();
        let mut start = None;
        for _ in 0..COUNT_PAGES_MAX {
            let query = self.client.query().table_name(&self.table).select(Select::Count);
            let query = query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", text(format!("{tenant}#{pool}")))
                .expression_attribute_values(":prefix", text(prefix))
                .set_exclusive_start_key(start.take());
            let answer = query.send().await.map_err(|e| StoreError::database("count", e))?;
            counted.rows += usize::try_from(answer.count).unwrap_or_default();
            start = answer.last_evaluated_key;
            counted.more = start.is_some();
            if !counted.more {
                break;
            }
        }
        Ok(counted)
    }

    /// The free codes that come first.
    pub(in crate::table) async fn free(
        &self,
        tenant: &str,
        pool: &str,
    ) -> Result<Vec<String>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :free)")
            .expression_attribute_values(":pk", text(format!("{tenant}#{pool}")))
            .expression_attribute_values(":free", text("free#"))
            .limit(PROPOSED);
        let answer = query.send().await.map_err(|e| StoreError::database("take", e))?;
        let mut codes = Vec::new();
        for found in answer.items.unwrap_or_default() {
            let KeyRow { sk } = fields("take", found)?;
            codes.extend(sk.strip_prefix("free#").map(str::to_owned));
        }
        Ok(codes)
    }

    /// The writes that give a free code to who paid points for it.
    pub(in crate::table) fn hand_out(
        &self,
        tenant: &str,
        pool: &str,
        code: &str,
        customer: &CustomerId,
        operation: OperationId,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let used = UsedRow {
            pk: format!("{tenant}#{pool}"),
            sk: format!("used#{code}"),
            v: ROW_VERSION,
            event: None,
            operation: Some(operation.to_string()),
            customer,
        };
        Ok([self.deletes(tenant, pool, &format!("free#{code}")), self.puts(item("redeem", &used)?)])
    }

    /// The writes that make a code free again.
    pub(in crate::table) fn take_in(
        &self,
        tenant: &str,
        pool: &str,
        code: &str,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let free =
            FreeRow { pk: format!("{tenant}#{pool}"), sk: format!("free#{code}"), v: ROW_VERSION };
        Ok([self.deletes(tenant, pool, &format!("used#{code}")), self.puts(item("cancel", &free)?)])
    }

    fn deletes(&self, tenant: &str, pool: &str, sk: &str) -> TransactWriteItem {
        let delete = Delete::builder()
            .table_name(&self.table)
            .key("pk", text(format!("{tenant}#{pool}")))
            .key("sk", text(sk))
            .condition_expression("attribute_exists(pk)")
            .build()
            .expect("every part is set");
        TransactWriteItem::builder().delete(delete).build()
    }

    fn puts(&self, row: Item) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("every part is set");
        TransactWriteItem::builder().put(put).build()
    }

    /// Marker, code and use in one transaction; gives the error back when somebody was faster.
    #[expect(clippy::too_many_arguments, reason = "each is a part of one transaction")]
    async fn hand_over(
        &self,
        tenant: &str,
        pool: &str,
        code: &str,
        customer: &CustomerId,
        merged: &[CustomerId],
        marker: &str,
        event: &EventId,
    ) -> Result<Option<StoreError>, StoreError> {
        let pk = format!("{tenant}#{pool}");
        let used = UsedRow {
            pk,
            sk: format!("used#{code}"),
            v: ROW_VERSION,
            event: Some(event),
            operation: None,
            customer,
        };
        let used = self.puts(item("take", &used)?);
        let free = self.deletes(tenant, pool, &format!("free#{code}"));
        let once = Once { event: event.clone(), code: Some(code.to_owned()) };
        let marker = self.customers.once_writes("take", tenant, customer, merged, marker, &once)?;
        let transaction = self
            .client
            .transact_write_items()
            .set_transact_items(Some(marker))
            .transact_items(free)
            .transact_items(used);
        let Err(error) = transaction.send().await else { return Ok(None) };
        let lost = ["ConditionalCheckFailed", "TransactionConflict"];
        let reasons = reasons(error.as_service_error());
        let is_race = reasons.iter().any(|code| *code != "None")
            && reasons.iter().all(|code| *code == "None" || lost.contains(code));
        let error_of = StoreError::database("take", error);
        if is_race { Ok(Some(error_of)) } else { Err(error_of) }
    }
}

/// Why each operation of a transaction was refused, by position; empty when the trouble was another.
fn reasons(error: Option<&TransactWriteItemsError>) -> Vec<&str> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error else {
        return Vec::new();
    };
    let reasons = cancelled.cancellation_reasons().iter();
    reasons.map(|reason| reason.code().unwrap_or("None")).collect()
}
