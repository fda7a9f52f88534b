//! Points that a rule awards: posted here and now, under the id of the effect, so that a second delivery finds them there.

use cloud::{
    stream::RecordError,
    table::points::{Ask, Budget, Cause, Order, PostError},
};
use domain::{
    id::OperationId,
    points::{AccountId, Currency, Policy, Posting},
    rule::{Award, Came, Effect},
};

use serde_json::Value;

use crate::{JourneyRunner, effect::Way, journey::Step, whose::Customer};

impl JourneyRunner {
    /// Posts an award. What the ledger refuses is kept for people to see; a failure of the database comes again.
    pub(crate) async fn award(
        &self,
        way: &Way<'_>,
        rule: &str,
        effect: &Effect,
        award: &Award,
        customer: &Customer,
    ) -> Result<Came, RecordError> {
        let tenant = way.step.tenant;
        let id = self.account(way.step, customer, &award.currency).await?;
        let operation = if award.once {
            OperationId::of_first(tenant, &id.to_string(), &award.earning)
        } else {
            OperationId::of_effect(&effect.id)
        };
        // Neither the account nor the amount: a retry may find the customer joined with another, or the order changed.
        let body = format!("award {} {}", award.earning, way.step.event.id);
        let cause = Cause { event: cause_of(way), rule: award.earning.clone(), ..Cause::default() };
        let ask = Ask {
            tenant,
            operation,
            body: &body,
            cause: &cause,
            policy: &award.policy,
            now: way.step.now,
        };
        let order = Order {
            account: id,
            posting: Posting::Earn { amount: award.points, cap: award.cap },
            occurred_at: way.occurrence.time,
        };
        let posted = match award.budget {
            None => self.points.post(&ask, &order).await,
            Some(total) => {
                let budget = Budget { earning: award.earning.clone(), total };
                self.points.post_within(&ask, &order, &budget).await
            }
        };
        match posted {
            Ok(receipt) => {
                Ok(Came::Awarded { points: receipt.amount, currency: award.currency.clone() })
            }
            // The first time was another event.
            Err(PostError::OtherBody) if award.once => Ok(Came::Once),
            Err(PostError::Store(error)) => Err(error.into()),
            Err(refused) => {
                let (code, earning) = (refused.code(), award.earning.as_str());
                self.record(way, rule, effect, "award", earning, code).await?;
                Ok(Came::Refused(code.to_owned()))
            }
        }
    }
}

/// Points that go from one account of a person to another are under no limit.
const NO_LIMITS: Policy = Policy {
    expiry_months: None,
    pending_days: 0,
    debt_allowed: true,
    per_operation_max: None,
    per_day_max: None,
};

impl JourneyRunner {
    /// The account of a customer; what lies in accounts of customers that were found to be this one is brought there.
    pub(crate) async fn account(
        &self,
        step: &Step<'_>,
        customer: &Customer,
        currency: &Currency,
    ) -> Result<AccountId, RecordError> {
        let (tenant, merged) = (step.tenant, &customer.about.merged);
        let own = AccountId { customer: customer.id.clone(), currency: currency.clone() };
        let holder = self.points.holder(tenant, &own, merged).await?;
        for other in merged.iter().chain([&customer.id]) {
            let from = AccountId { customer: other.clone(), currency: currency.clone() };
            if merged.is_empty() || from == holder {
                continue;
            }
            let account = self.points.account(tenant, &from).await?;
            let amount = account.view(step.now).available;
            if amount.is_zero() {
                continue;
            }
            let operation = OperationId::of_key(tenant, &format!("join {from} {}", account.seq));
            let cause = Cause { event: "join".to_owned(), ..Cause::default() };
            let policy = &NO_LIMITS;
            let ask = Ask { tenant, operation, body: "join", cause: &cause, policy, now: step.now };
            match self.points.transfer(&ask, &from, &holder, amount).await {
                Ok(_) => {}
                Err(PostError::Store(error)) => return Err(error.into()),
                // What cannot be brought stays where it is.
                Err(refused) => {
                    tracing::warn!(account.id = %from, code = refused.code(), "points stay behind");
                }
            }
        }
        Ok(holder)
    }
}

/// What happened, for people: the kind, and the order that it was about. Never who: an operation outlives an erasure.
fn cause_of(way: &Way<'_>) -> String {
    let order = way.fired.order.as_ref().and_then(|order| order.get("id")).and_then(Value::as_str);
    let kind = way.occurrence.kind;
    order.map_or_else(|| kind.to_owned(), |order| format!("{kind} {order}"))
}
