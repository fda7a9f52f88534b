#![doc = include_str!("TABLE.md")]

mod budget;
mod reward;
mod row;
mod write;

use aws_sdk_dynamodb::{
    Client, operation::query::builders::QueryFluentBuilder, types::AttributeValue,
};
use domain::{
    id::{CustomerId, OperationId},
    points::{Account, AccountId, Entry},
};
use jiff::Timestamp;

pub use budget::Budget;
pub use row::{Cause, Operation, PostError, Receipt};
pub use write::{Ask, Order};

use super::{Item, StoreError, text};
use row::{account_after, account_of, account_pk, entry, entry_sk, operation, operation_pk};

/// Entries of one page: at most one page of DynamoDB's 1 MB, and 25 read units when all are as large as they can be.
pub const PAGE_ENTRIES_MAX: u16 = 100;

/// The `points` table.
#[derive(Clone, Debug)]
pub struct Points {
    client: Client,
    table: String,
}

/// Where a walk over all accounts goes on.
pub type Place = Option<super::RowKey>;

impl Points {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// PO1: Reads an account by its last entry.
    ///
    /// # Errors
    /// When the database does not answer, or the entry cannot be read.
    pub async fn account(&self, tenant: &str, id: &AccountId) -> Result<Account, StoreError> {
        let query = self.entries(tenant, id).scan_index_forward(false).limit(1);
        let last = self.page("account", query).await?;
        Ok(account_after(id, last.first()))
    }

    /// PO2: Reads an operation, and how far it is undone.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn operation(
        &self,
        tenant: &str,
        id: OperationId,
    ) -> Result<Option<Operation>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(operation_pk(tenant, id)));
        let answer = query.send().await.map_err(|e| StoreError::database("operation", e))?;
        operation("operation", id, answer.items.unwrap_or_default())
    }

    /// PO3: Reads the newest entries of an account, those before `before` when it is given.
    ///
    /// # Errors
    /// When the database does not answer, or an entry cannot be read.
    pub async fn newest(
        &self,
        tenant: &str,
        id: &AccountId,
        before: Option<u32>,
        limit: u16,
    ) -> Result<Vec<Entry>, StoreError> {
        let query = match before {
            None => self.entries(tenant, id),
            Some(before) => self.between(tenant, id, 0, before.saturating_sub(1)),
        };
        let limit = i32::from(limit.clamp(1, PAGE_ENTRIES_MAX));
        self.page("newest", query.scan_index_forward(false).limit(limit)).await
    }

    /// PO4: Reads the entries of an account from `first` on, in their order, one page of them.
    ///
    /// # Errors
    /// When the database does not answer, or an entry cannot be read.
    pub async fn entries_from(
        &self,
        tenant: &str,
        id: &AccountId,
        first: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let query = self.between(tenant, id, first, u32::MAX);
        self.page("entries_from", query.limit(i32::from(PAGE_ENTRIES_MAX))).await
    }

    /// PO5: Reads an account as its last entry up to `at` left it, by halves: one entry for each doubling of their number.
    ///
    /// # Errors
    /// When the database does not answer, or an entry cannot be read.
    pub async fn account_at(
        &self,
        tenant: &str,
        id: &AccountId,
        at: Timestamp,
    ) -> Result<Account, StoreError> {
        let last = self.entries(tenant, id).scan_index_forward(false).limit(1);
        let Some(last) = self.page("account_at", last).await?.pop() else {
            return Ok(Account::new(id.clone()));
        };
        if last.recorded_at <= at {
            return Ok(Account::after(id.clone(), &last));
        }
        // The entries up to `low` were recorded by then, those from `high` on were not.
        let (mut low, mut high, mut found) = (0, last.seq, None);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let query = self.between(tenant, id, middle, middle);
            let Some(entry) = self.page("account_at", query).await?.pop() else {
                let key = format!("{} {}", account_pk(tenant, id), entry_sk(middle));
                return Err(super::corrupt("account_at", &key, "the entry is missing"));
            };
            if entry.recorded_at <= at {
                low = middle;
                found = Some(entry);
            } else {
                high = middle;
            }
        }
        Ok(account_after(id, found.as_ref()))
    }

    /// PO6: Walks over all accounts of a business, a page of the table at a time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn accounts(
        &self,
        tenant: &str,
        after: Place,
    ) -> Result<(Vec<AccountId>, Place), StoreError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        let scan = scan
            .filter_expression("sk = :first AND begins_with(pk, :tenant)")
            .expression_attribute_values(":first", text(entry_sk(1)))
            .expression_attribute_values(":tenant", text(format!("{tenant}#")))
            .set_exclusive_start_key(after.map(super::RowKey::into_item));
        let answer = scan.send().await.map_err(|e| StoreError::database("accounts", e))?;
        let found = answer.items.unwrap_or_default();
        let found = found.iter().filter_map(|one| account_of(one.get("pk")?, tenant)).collect();
        Ok((found, answer.last_evaluated_key.map(|key| super::StoredRow::of(key).key)))
    }

    /// PO12: An operation no longer says what and whose it was for; how many and when stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_cause(
        &self,
        tenant: &str,
        operation: &Operation,
    ) -> Result<(), StoreError> {
        let Operation { id, cause, .. } = operation;
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(operation_pk(tenant, *id)))
            .key("sk", text("op"))
            .update_expression("SET #event = :kind REMOVE #reason")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#reason", "reason")
            .expression_attribute_values(":kind", text(cause.kind()))
            .send()
            .await;
        update.map(drop).map_err(|e| StoreError::database("forget_cause", e))
    }

    /// PO14: The account of a person who has been several customers: the customer's own, unless only another one has entries.
    ///
    /// # Errors
    /// When the database does not answer, or an entry cannot be read.
    pub async fn holder(
        &self,
        tenant: &str,
        id: &AccountId,
        merged: &[CustomerId],
    ) -> Result<AccountId, StoreError> {
        let of = |customer: &CustomerId| AccountId { customer: customer.clone(), ..id.clone() };
        // Who has always been one customer has one account.
        let all = [&id.customer].into_iter().chain(merged).filter(|_| !merged.is_empty());
        for customer in all {
            let own = of(customer);
            if self.account(tenant, &own).await?.seq > 0 {
                return Ok(own);
            }
        }
        Ok(id.clone())
    }

    /// All entries of an account.
    fn entries(&self, tenant: &str, id: &AccountId) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :entry)")
            .expression_attribute_values(":pk", text(account_pk(tenant, id)))
            .expression_attribute_values(":entry", text("e#"))
    }

    /// The entries of an account from `first` to `last`.
    fn between(&self, tenant: &str, id: &AccountId, first: u32, last: u32) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(account_pk(tenant, id)))
            .expression_attribute_values(":first", text(entry_sk(first)))
            .expression_attribute_values(":last", text(entry_sk(last)))
    }

    async fn page(
        &self,
        name: &'static str,
        query: QueryFluentBuilder,
    ) -> Result<Vec<Entry>, StoreError> {
        let answer = query.send().await.map_err(|e| StoreError::database(name, e))?;
        answer.items.unwrap_or_default().into_iter().map(|found| entry(name, found)).collect()
    }
}

/// What a put of a transaction has met.
type Met = Option<std::collections::HashMap<String, AttributeValue>>;

/// An item as it is given back.
fn old(met: &Met) -> Option<&Item> {
    met.as_ref().filter(|item| !item.is_empty())
}
