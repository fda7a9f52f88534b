//! Budgets of campaigns: so many points are given in all and not one more, without a row that every award would have to pass.
//!
//! What may be given is leased to slices in parts, and an award takes from the slice of its account, in its own transaction. When
//! the budget is leased out, a slice takes what it lacks from the others: the last point can be given.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::points::{AccountId, Points as Amount};
use serde::Deserialize;

use super::{Points, PostError, write::Written};
use crate::table::{ROW_VERSION, StoreError, number, row, text};

/// Slices of a budget: as many awards at once as rarely want the same one.
const SLICES: u8 = 8;

/// Leases that a whole budget is worth, so that the main row is passed rarely.
const LEASES: u64 = 64;

/// What an earning may give in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The earning.
    pub earning: String,
    /// So many points.
    pub total: Amount,
}

#[derive(Deserialize)]
struct MainRow {
    leased: u64,
}

#[derive(Deserialize)]
struct SliceRow {
    sk: String,
    left: u64,
}

impl Budget {
    fn pk(&self, tenant: &str) -> String {
        format!("{tenant}#budget#{}", self.earning)
    }
}

/// The slice that an account takes from.
fn slice_of(account: &AccountId) -> String {
    let sum: u32 = account.to_string().bytes().map(u32::from).sum();
    slice_sk(u8::try_from(sum % u32::from(SLICES)).unwrap_or_default())
}

fn slice_sk(slice: u8) -> String {
    format!("slice#{slice}")
}

impl Points {
    /// Sees to it that the slice of `account` has `amount`, and gives the write that takes it; `None` when somebody was faster.
    ///
    /// # Errors
    /// [`PostError::BudgetUsedUp`] when so much is not left of the budget.
    pub(super) async fn take_from_budget(
        &self,
        tenant: &str,
        budget: &Budget,
        account: &AccountId,
        amount: Amount,
    ) -> Result<Option<TransactWriteItem>, PostError> {
        let (pk, own, amount) = (budget.pk(tenant), slice_of(account), amount.get());
        let slices = self.slices(&pk).await?;
        let left_of = |sk: &str| slices.iter().find(|s| s.sk == sk).map_or(0, |s| s.left);
        if left_of(&own) >= amount {
            let take = self.take(&pk, &own, amount);
            return Ok(Some(take));
        }
        let lacks = amount - left_of(&own);
        let leased = self.leased(&pk).await?;
        let free = budget.total.get().saturating_sub(leased);
        let moves = if free >= lacks {
            let lease = lacks.max(budget.total.get() / LEASES).min(free);
            let most = budget.total.get() - lease;
            let main = Update::builder()
                .table_name(&self.table)
                .key("pk", text(&pk))
                .key("sk", text("main"))
                .update_expression("SET v = :v ADD leased :n")
                .condition_expression("attribute_not_exists(leased) OR leased <= :most")
                .expression_attribute_values(":v", number(ROW_VERSION))
                .expression_attribute_values(":n", number(lease))
                .expression_attribute_values(":most", number(most))
                .build()
                .expect("every part is set");
            vec![TransactWriteItem::builder().update(main).build(), self.add(&pk, &own, lease)]
        } else {
            // What is left lies in the slices of others.
            let (mut wanted, mut moves) = (lacks, Vec::new());
            for other in slices.iter().filter(|slice| slice.sk != own && slice.left > 0) {
                let part = other.left.min(wanted);
                moves.push(self.take(&pk, &other.sk, part));
                wanted -= part;
                if wanted == 0 {
                    break;
                }
            }
            if wanted > 0 {
                return Err(PostError::BudgetUsedUp);
            }
            moves.push(self.add(&pk, &own, lacks));
            moves
        };
        match self.write(moves).await? {
            // Met means that a condition failed: somebody took of the same row.
            Written::Done | Written::Raced(_) | Written::Met(_) => Ok(None),
        }
    }

    async fn slices(&self, pk: &str) -> Result<Vec<SliceRow>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :slice)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":slice", text("slice#"));
        let answer = query.send().await.map_err(|e| StoreError::database("post", e))?;
        answer.items.unwrap_or_default().into_iter().map(|found| row("post", found)).collect()
    }

    async fn leased(&self, pk: &str) -> Result<u64, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(pk)).key("sk", text("main"));
        let answer = get.send().await.map_err(|e| StoreError::database("post", e))?;
        let found: Option<MainRow> = answer.item.map(|found| row("post", found)).transpose()?;
        Ok(found.map_or(0, |main| main.leased))
    }

    fn add(&self, pk: &str, slice: &str, points: u64) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(slice))
            .update_expression("SET v = :v ADD #f :n")
            .expression_attribute_names("#f", "left")
            .expression_attribute_values(":v", number(ROW_VERSION))
            .expression_attribute_values(":n", number(points))
            .build()
            .expect("every part is set");
        TransactWriteItem::builder().update(update).build()
    }

    fn take(&self, pk: &str, slice: &str, points: u64) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(slice))
            .update_expression("SET #f = #f - :n")
            .condition_expression("#f >= :n")
            .expression_attribute_names("#f", "left")
            .expression_attribute_values(":n", number(points))
            .build()
            .expect("every part is set");
        TransactWriteItem::builder().update(update).build()
    }
}
