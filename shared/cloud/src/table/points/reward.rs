//! Rewards for points: what goes out and what is paid for it are one transaction, and so is taking both back.

use domain::{
    id::OperationId,
    points::{AccountId, Points as Amount, Posting},
};

use crate::table::Rewards;

use super::{
    Ask, Order, Points, PostError, Receipt,
    row::{put_entry, put_operation},
    write::{Turn, put, raced, undoing},
};

impl Points {
    /// PO10: Spends points for one code of a pool, of those that are free.
    ///
    /// # Errors
    /// As of [`Points::post`]; [`PostError::SoldOut`] when the pool has no free code.
    pub async fn redeem(
        &self,
        ask: &Ask<'_>,
        account: &AccountId,
        price: Amount,
        rewards: &Rewards,
        pool: &str,
    ) -> Result<Receipt, PostError> {
        let order = Order {
            account: account.clone(),
            posting: Posting::Spend { amount: price },
            occurred_at: ask.now,
        };
        let start = ask.operation.to_string().bytes().map(usize::from).sum::<usize>();
        self.in_turn(ask, async || {
            let state = self.account(ask.tenant, account).await?;
            let Some(entry) = self.next(ask, &state, &order).await? else {
                return Ok(Turn::Again(raced()));
            };
            let free = rewards.free(ask.tenant, pool).await?;
            let seq = usize::try_from(entry.seq).unwrap_or_default();
            let code = free.get((start + seq) % free.len().max(1)).ok_or(PostError::SoldOut)?;
            let (operation, receipt) = put_operation(
                &self.table,
                ask.tenant,
                account,
                &entry,
                price,
                ask.body,
                ask.cause,
                Some((pool, code)),
            )?;
            let entry = put_entry(&self.table, ask.tenant, account, &entry)?;
            let mut items = vec![put(operation), put(entry)];
            items.extend(rewards.hand_out(
                ask.tenant,
                pool,
                code,
                &account.customer,
                ask.operation,
            )?);
            let written = self.write(items).await?;
            self.turn(ask, written, receipt)
        })
        .await
    }

    /// PO11: Takes a redemption back: the points are restored, and the code is free again.
    ///
    /// # Errors
    /// As of [`Points::reverse`]; [`PostError::NoSuchOperation`] too when the operation gave no code.
    pub async fn cancel(
        &self,
        ask: &Ask<'_>,
        rewards: &Rewards,
        redemption: OperationId,
    ) -> Result<Receipt, PostError> {
        self.in_turn(ask, async || {
            let original = self.operation(ask.tenant, redemption).await?;
            let original = original.ok_or(PostError::NoSuchOperation)?;
            let (Some(pool), Some(code)) = (&original.pool, &original.receipt.code) else {
                return Err(PostError::NoSuchOperation);
            };
            let id = original.receipt.account.clone();
            let account = self.account(ask.tenant, &id).await?;
            let Some(entry) = self.next(ask, &account, &undoing(&original, None)).await? else {
                return Ok(Turn::Again(raced()));
            };
            let amount = original.original.amount();
            let (operation, receipt) = put_operation(
                &self.table,
                ask.tenant,
                &id,
                &entry,
                amount,
                ask.body,
                ask.cause,
                None,
            )?;
            let reversal = self.reversal(ask, &original, amount)?;
            let entry = put_entry(&self.table, ask.tenant, &id, &entry)?;
            let mut items = vec![put(operation), put(entry), put(reversal)];
            items.extend(rewards.take_in(ask.tenant, pool, code)?);
            let written = self.write(items).await?;
            self.turn(ask, written, receipt)
        })
        .await
    }
}
