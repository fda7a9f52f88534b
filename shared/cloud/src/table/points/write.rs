//! Postings: one transaction each, and again until one of those at the same account has won.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use domain::{
    id::OperationId,
    points::{
        Account, AccountId, Entry, Leg, Next, Part, Points as Amount, Policy, Posting, Refusal,
        Request, post,
    },
};
use jiff::Timestamp;

use super::{
    Met, Points,
    budget::Budget,
    row::{
        Cause, Operation, PostError, Receipt, body_hash, met, put_entry, put_operation,
        put_reversal,
    },
};
use crate::table::{StoreError, corrupt};

/// How often a lost race for the next entry is run again: more at one account at once have to ask again.
const RACES_MAX: usize = 100;

/// Something asked for, with what makes it the same when it is asked for again.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The business.
    pub tenant: &'a str,
    /// Under which id.
    pub operation: OperationId,
    /// What is asked for, in words that are the same each time: other words under the same id are refused.
    pub body: &'a str,
    /// Why.
    pub cause: &'a Cause,
    /// What the programme says of the currency.
    pub policy: &'a Policy,
    /// Now.
    pub now: Timestamp,
}

/// A posting at one account.
#[derive(Clone, Debug)]
pub struct Order {
    /// The account.
    pub account: AccountId,
    /// What is asked for.
    pub posting: Posting,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// How a transaction ended.
pub(super) enum Written {
    Done,
    /// Somebody else wrote the next entry first.
    Raced(StoreError),
    /// The operation was there before: so it stands.
    Met(Met),
}

/// What follows from a transaction.
pub(super) enum Turn<T> {
    Done(T),
    Again(StoreError),
}

impl Points {
    /// PO7: Posts at one account, once for each operation id.
    ///
    /// # Errors
    /// Why not: what is refused may do later; after a failure of the database the same may be asked for again.
    pub async fn post(&self, ask: &Ask<'_>, order: &Order) -> Result<Receipt, PostError> {
        self.post_of(ask, order, None).await
    }

    /// PO13: The same, within what a campaign may give in all.
    ///
    /// # Errors
    /// As of [`Points::post`]; [`PostError::BudgetUsedUp`] when so much is not left.
    pub async fn post_within(
        &self,
        ask: &Ask<'_>,
        order: &Order,
        budget: &Budget,
    ) -> Result<Receipt, PostError> {
        self.post_of(ask, order, Some(budget)).await
    }

    async fn post_of(
        &self,
        ask: &Ask<'_>,
        order: &Order,
        budget: Option<&Budget>,
    ) -> Result<Receipt, PostError> {
        self.in_turn(ask, async || {
            let account = self.account(ask.tenant, &order.account).await?;
            let Some(entry) = self.next(ask, &account, order).await? else {
                return Ok(Turn::Again(raced()));
            };
            let amount = moved(&entry, &order.posting);
            let (operation, receipt) = put_operation(
                &self.table,
                ask.tenant,
                &order.account,
                &entry,
                amount,
                ask.body,
                ask.cause,
                None,
            )?;
            let entry = put_entry(&self.table, ask.tenant, &order.account, &entry)?;
            let mut items = vec![put(operation), put(entry)];
            if let Some(budget) = budget {
                let taken = self.take_from_budget(ask.tenant, budget, &order.account, amount);
                let Some(taken) = taken.await? else { return Ok(Turn::Again(raced())) };
                items.push(taken);
            }
            let written = self.write(items).await?;
            self.turn(ask, written, receipt)
        })
        .await
    }

    /// PO8: Undoes an operation, wholly or in part.
    ///
    /// # Errors
    /// As of [`Points::post`]; [`PostError::NoSuchOperation`] when there is none of this id.
    pub async fn reverse(
        &self,
        ask: &Ask<'_>,
        original: OperationId,
        amount: Option<Amount>,
    ) -> Result<Receipt, PostError> {
        self.in_turn(ask, async || {
            let original = self.operation(ask.tenant, original).await?;
            let original = original.ok_or(PostError::NoSuchOperation)?;
            let id = original.receipt.account.clone();
            let account = self.account(ask.tenant, &id).await?;
            let order = undoing(&original, amount);
            let Some(entry) = self.next(ask, &account, &order).await? else {
                return Ok(Turn::Again(raced()));
            };
            let left = original.original.amount().minus(original.original.reversed);
            let amount = amount.or(left).unwrap_or_default();
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
            let written = self.write(vec![put(operation), put(entry), put(reversal)]).await?;
            self.turn(ask, written, receipt)
        })
        .await
    }

    /// PO9: Moves points from one account to another, with the time that they have left.
    ///
    /// # Errors
    /// As of [`Points::post`].
    pub async fn transfer(
        &self,
        ask: &Ask<'_>,
        from: &AccountId,
        to: &AccountId,
        amount: Amount,
    ) -> Result<Receipt, PostError> {
        if from == to || from.currency != to.currency {
            return Err(PostError::SameAccount);
        }
        self.in_turn(ask, async || {
            let giver = self.account(ask.tenant, from).await?;
            let give = Order {
                account: from.clone(),
                posting: Posting::Give { amount },
                occurred_at: ask.now,
            };
            let Some(given) = self.next(ask, &giver, &give).await? else {
                return Ok(Turn::Again(raced()));
            };
            let taker = self.account(ask.tenant, to).await?;
            let posting = Posting::Receive { parts: parts_of(&given) };
            let receive = Order { account: to.clone(), posting, occurred_at: ask.now };
            let Some(received) = self.next(ask, &taker, &receive).await? else {
                return Ok(Turn::Again(raced()));
            };
            let (operation, receipt) = put_operation(
                &self.table,
                ask.tenant,
                from,
                &given,
                amount,
                ask.body,
                ask.cause,
                None,
            )?;
            let given = put_entry(&self.table, ask.tenant, from, &given)?;
            let received = put_entry(&self.table, ask.tenant, to, &received)?;
            let written = self.write(vec![put(operation), put(given), put(received)]).await?;
            self.turn(ask, written, receipt)
        })
        .await
    }

    /// Runs a turn until it wins or is refused. What is refused may have been done before: then that is the answer.
    pub(super) async fn in_turn(
        &self,
        ask: &Ask<'_>,
        turn: impl AsyncFn() -> Result<Turn<Receipt>, PostError>,
    ) -> Result<Receipt, PostError> {
        let mut lost = raced();
        for _ in 0..RACES_MAX {
            match turn().await {
                Ok(Turn::Done(receipt)) => return Ok(receipt),
                Ok(Turn::Again(error)) => lost = error,
                Err(
                    refused
                    @ (PostError::Refused(_) | PostError::SoldOut | PostError::BudgetUsedUp),
                ) => {
                    return match self.operation(ask.tenant, ask.operation).await? {
                        Some(before) => same(ask, before),
                        None => Err(refused),
                    };
                }
                Err(error) => return Err(error),
            }
        }
        Err(PostError::Store(lost))
    }

    /// The entry that was asked for. What had fallen due and needs entries of its own is written first: `None` when somebody was
    /// faster.
    pub(super) async fn next(
        &self,
        ask: &Ask<'_>,
        account: &Account,
        order: &Order,
    ) -> Result<Option<Entry>, PostError> {
        let mut account = account.clone();
        let Order { posting, occurred_at, .. } = order;
        let request = Request {
            operation: ask.operation,
            posting: posting.clone(),
            occurred_at: *occurred_at,
        };
        loop {
            let due = match post(ask.tenant, &account, &request, ask.policy, ask.now)? {
                Next::Entry(entry) => return Ok(Some(entry)),
                Next::DueFirst(entry) => entry,
            };
            let cause = Cause::default();
            let (operation, _) = put_operation(
                &self.table,
                ask.tenant,
                &order.account,
                &due,
                Amount::ZERO,
                "due",
                &cause,
                None,
            )?;
            let entry = put_entry(&self.table, ask.tenant, &order.account, &due)?;
            match self.write(vec![put(operation), put(entry)]).await? {
                Written::Done => account = Account::after(order.account.clone(), &due),
                Written::Raced(_) | Written::Met(_) => return Ok(None),
            }
        }
    }

    /// Puts all of it or nothing. The first put is the operation, the second the entry, all others decide for themselves.
    pub(super) async fn write(&self, items: Vec<TransactWriteItem>) -> Result<Written, StoreError> {
        let transaction = self.client.transact_write_items().set_transact_items(Some(items));
        let Err(error) = transaction.send().await else { return Ok(Written::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(StoreError::database("post", error));
        };
        let reasons = cancelled.cancellation_reasons();
        let failed = |n: &usize| reasons[*n].code() == Some("ConditionalCheckFailed");
        let met = |n: usize| Written::Met(reasons[n].item().cloned());
        // Who meets the operation has its answer, whatever else it met.
        if reasons.len() > 1 && failed(&0) {
            return Ok(met(0));
        }
        let known = ["None", "ConditionalCheckFailed", "TransactionConflict"];
        if reasons.iter().any(|reason| !known.contains(&reason.code().unwrap_or("None"))) {
            return Err(StoreError::database("post", error));
        }
        Ok(Written::Raced(StoreError::database("post", error)))
    }

    /// What a transaction's end means for who asked.
    pub(super) fn turn(
        &self,
        ask: &Ask<'_>,
        written: Written,
        receipt: Receipt,
    ) -> Result<Turn<Receipt>, PostError> {
        match written {
            Written::Done => Ok(Turn::Done(receipt)),
            Written::Raced(error) => Ok(Turn::Again(error)),
            Written::Met(item) => match met("post", ask.operation, super::old(&item))? {
                Some(before) => same(ask, before).map(Turn::Done),
                None => Err(PostError::Store(corrupt(
                    "post",
                    "(an operation)",
                    "it was not given back",
                ))),
            },
        }
    }

    /// The row that keeps two partial reversals from undoing more than there was.
    pub(super) fn reversal(
        &self,
        ask: &Ask<'_>,
        original: &Operation,
        amount: Amount,
    ) -> Result<Put, PostError> {
        let reversed = original.original.reversed.plus(amount).ok_or(Refusal::TooMuch)?;
        Ok(put_reversal(&self.table, ask.tenant, original, ask.operation, reversed)?)
    }
}

/// The posting that undoes an operation.
pub(super) fn undoing(original: &Operation, amount: Option<Amount>) -> Order {
    Order {
        account: original.receipt.account.clone(),
        posting: Posting::Reverse { original: original.original.clone(), amount },
        occurred_at: original.original.occurred_at,
    }
}

pub(super) fn put(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

/// What was asked for before, if it was the same.
fn same(ask: &Ask<'_>, before: Operation) -> Result<Receipt, PostError> {
    if before.body == body_hash(ask.body) { Ok(before.receipt) } else { Err(PostError::OtherBody) }
}

/// Before the first race is run.
pub(super) fn raced() -> StoreError {
    StoreError::Database { operation: "post", source: "the account was busy".into() }
}

/// How many points an entry moved of what was asked for.
fn moved(entry: &Entry, posting: &Posting) -> Amount {
    let counts = |leg: &&Leg| match posting {
        Posting::Earn { .. } => matches!(leg, Leg::Earn { .. } | Leg::Pend { .. }),
        Posting::Spend { .. } => matches!(leg, Leg::Spend { .. }),
        Posting::Hold { .. } => matches!(leg, Leg::Hold { .. }),
        Posting::Capture { hold, .. } => matches!(leg, Leg::Capture { hold: of, .. } if of == hold),
        Posting::Release { hold } => matches!(leg, Leg::Release { hold: of, .. } if of == hold),
        Posting::Grant { .. } => matches!(leg, Leg::Grant { .. }),
        Posting::Deduct { .. } => matches!(leg, Leg::Deduct { .. }),
        Posting::Give { .. } => matches!(leg, Leg::Give { .. }),
        Posting::Receive { .. } => matches!(leg, Leg::Receive { .. }),
        Posting::Reverse { .. } | Posting::Settle => false,
    };
    let all = entry.legs.iter().filter(counts).map(|leg| leg.amount().get()).sum();
    Amount::new(all).unwrap_or_default()
}

/// The lots that a giver's entry gave from.
fn parts_of(given: &Entry) -> Vec<Part> {
    let part = |leg: &Leg| match *leg {
        Leg::Give { month, amount } => Some(Part { month, amount }),
        _ => None,
    };
    given.legs.iter().filter_map(part).collect()
}
