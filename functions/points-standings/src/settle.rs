//! An account of which something has fallen due by itself: what is due is posted, and the member is judged at this hour.

use cloud::{
    stream::RecordError,
    table::{
        points::{Ask, Cause, Order, PostError},
        standings::Moved,
    },
};
use domain::{
    id::OperationId,
    points::{AccountId, Policy, Posting},
};
use jiff::Timestamp;

use crate::{PointsStandings, follow::raced};

/// For an account of a currency that the programme has no more: what is due does not ask for it.
const NO_POLICY: Policy = Policy {
    expiry_months: None,
    pending_days: 0,
    debt_allowed: true,
    per_operation_max: None,
    per_day_max: None,
};

impl PointsStandings {
    /// Posts what has fallen due, follows the account, and notes when it is due again.
    pub(crate) async fn settle(
        &self,
        tenant: &str,
        id: &AccountId,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let programme = self.programme(tenant, now).await?;
        let policy = programme.currency(&id.currency).map_or(&NO_POLICY, |terms| &terms.policy);
        let account = self.points.account(tenant, id).await?;
        let mut seq = account.seq;
        if account.tail.next_due().is_some_and(|due| due <= now) {
            let cause = Cause::default();
            let ask = Ask {
                tenant,
                operation: OperationId::of_due(tenant, &id.to_string(), account.seq),
                body: "due",
                cause: &cause,
                policy,
                now,
            };
            let (account, posting) = (id.clone(), Posting::Settle);
            let order = Order { account, posting, occurred_at: now };
            match self.points.post(&ask, &order).await {
                Ok(receipt) => seq = receipt.seq,
                Err(PostError::Store(error)) => return Err(error.into()),
                Err(refused) => {
                    return Err(RecordError::Never { code: refused.code(), source: None });
                }
            }
        }
        self.follow(tenant, id, seq, now).await?;
        let read = self.standings.member(tenant, id).await?;
        let account = self.points.account(tenant, id).await?;
        if read.member.applied != account.seq {
            // Somebody has posted meanwhile, and the stream brings it.
            return Ok(());
        }
        let member = read.member.at(&programme, &account, now);
        let due_at = member.next_due(&programme, &account);
        match self.standings.save(tenant, id, &read, &member, due_at, &[]).await? {
            Moved::Yes => Ok(()),
            Moved::Raced => Err(raced()),
        }
    }
}
