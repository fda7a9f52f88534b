//! Orders: one posting each, under the key that the caller gave it.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use cloud::table::points::{Ask, Cause, Order as Posted};
use domain::{
    id::{CustomerId, OperationId},
    points::{AccountId, Currency, Policy, Posting, programme::Programme},
};

use crate::{
    Caller, PointsLedger, Problem, answer,
    body::{Order, canonical},
    route::Action,
};

/// Longest key of an order, in bytes.
const KEY_BYTES_MAX: usize = 64;

/// The key of an order, and its body in the one way that it can be written.
struct Keyed {
    operation: OperationId,
    body: String,
    order: Order,
}

impl PointsLedger {
    /// One posting at one account.
    pub(crate) async fn post(
        &self,
        caller: &Caller<'_>,
        action: Action,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let account = caller.account()?;
        let keyed = keyed(caller, &format!("{} {account}", action.as_str()))?;
        let programme = self.programme(caller).await?;
        let policy = policy_of(&programme, &account.currency)?;
        self.known(caller, &account.customer).await?;
        // The words of an order name the account as the caller did: a retry may find the customer joined with another.
        let account = self.holder(caller, account).await?;
        let cause = keyed.cause(caller);
        let ask = keyed.ask(caller, &cause, &policy);
        let receipt = match action {
            Action::Transfer => {
                keyed.order.only(&["points", "to"])?;
                let to = Order::needed("to", keyed.order.to.as_deref())?;
                let customer = CustomerId::parse(to).ok_or(Problem::BadCustomer)?;
                self.known(caller, &customer).await?;
                let amount = Order::needed("points", keyed.order.amount()?)?;
                let to = AccountId { customer, currency: account.currency.clone() };
                let to = self.holder(caller, to).await?;
                self.points.transfer(&ask, &account, &to, amount).await?
            }
            Action::Redeem => {
                keyed.order.only(&["reward"])?;
                let id = Order::needed("reward", keyed.order.reward.as_deref())?;
                let mut rewards = programme.rewards.iter();
                let reward = rewards.find(|r| r.id == id && r.currency == account.currency);
                let reward = reward.ok_or(Problem::UnknownReward)?;
                let cause = Cause { rule: reward.id.clone(), ..cause.clone() };
                let ask = Ask { cause: &cause, ..ask };
                match reward.taken_from() {
                    Some(pool) => {
                        self.points
                            .redeem(&ask, &account, reward.price, &self.rewards, &pool)
                            .await?
                    }
                    // As many as are asked for.
                    None => {
                        let posting = Posting::Spend { amount: reward.price };
                        let order = Posted { account, posting, occurred_at: caller.now };
                        self.points.post(&ask, &order).await?
                    }
                }
            }
            Action::Earn
            | Action::Spend
            | Action::Hold
            | Action::Capture
            | Action::Release
            | Action::Grant
            | Action::Deduct => {
                let posting = keyed.order.posting(action)?;
                let occurred_at = keyed.order.occurred_at.unwrap_or(caller.now);
                self.points.post(&ask, &Posted { account, posting, occurred_at }).await?
            }
        };
        tracing::info!(operation.id = %keyed.operation, entry.seq = receipt.seq, "posted");
        keyed.answer(&receipt)
    }

    /// An operation undone, wholly or in part.
    pub(crate) async fn reverse(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let original = operation_of(caller)?;
        let keyed = keyed(caller, &format!("reverse {original}"))?;
        keyed.order.only(&["points"])?;
        keyed.order.reasoned()?;
        let amount = keyed.order.amount()?;
        let (cause, policy) = (keyed.cause(caller), self.policy_of(caller, original).await?);
        let ask = keyed.ask(caller, &cause, &policy);
        let receipt = self.points.reverse(&ask, original, amount).await?;
        keyed.answer(&receipt)
    }

    /// A redemption given back.
    pub(crate) async fn cancel(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let original = operation_of(caller)?;
        let keyed = keyed(caller, &format!("cancel {original}"))?;
        keyed.order.only(&[])?;
        let (cause, policy) = (keyed.cause(caller), self.policy_of(caller, original).await?);
        let ask = keyed.ask(caller, &cause, &policy);
        let receipt = self.points.cancel(&ask, &self.rewards, original).await?;
        keyed.answer(&receipt)
    }

    /// What the programme says of the currency of an operation.
    async fn policy_of(
        &self,
        caller: &Caller<'_>,
        operation: OperationId,
    ) -> Result<Policy, Problem> {
        let found = self.points.operation(&caller.tenant, operation).await?;
        let found = found.ok_or(cloud::table::points::PostError::NoSuchOperation)?;
        let programme = self.programme(caller).await?;
        policy_of(&programme, &found.receipt.account.currency)
    }

    /// Refuses a customer that nobody has heard of: a slip of the pen must not make an account.
    async fn known(&self, caller: &Caller<'_>, customer: &CustomerId) -> Result<(), Problem> {
        let (_, about) = self.customers.person(&caller.tenant, customer).await?;
        if about.identities.is_empty() { Err(Problem::UnknownCustomer) } else { Ok(()) }
    }
}

impl Keyed {
    fn cause(&self, caller: &Caller<'_>) -> Cause {
        Cause {
            event: self.order.about.clone(),
            rule: String::new(),
            reason: self.order.reason.clone(),
            actor: caller.key.name.clone(),
        }
    }

    fn ask<'a>(&'a self, caller: &'a Caller<'_>, cause: &'a Cause, policy: &'a Policy) -> Ask<'a> {
        let Self { operation, body, .. } = self;
        Ask { tenant: &caller.tenant, operation: *operation, body, cause, policy, now: caller.now }
    }

    fn answer(
        &self,
        receipt: &cloud::table::points::Receipt,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        #[derive(serde::Serialize)]
        struct Answer<'r> {
            operation: String,
            #[serde(flatten)]
            receipt: &'r cloud::table::points::Receipt,
        }
        answer::json(&Answer { operation: self.operation.to_string(), receipt })
    }
}

/// Reads the key and the body of an order. `what` tells orders of the same body apart.
fn keyed(caller: &Caller<'_>, what: &str) -> Result<Keyed, Problem> {
    let key = caller.request.headers.get("idempotency-key").ok_or(Problem::NoKey)?;
    let key = key.to_str().map_err(|_| Problem::BadKey)?;
    let is_visible = key.bytes().all(|b| b.is_ascii_graphic());
    if key.is_empty() || key.len() > KEY_BYTES_MAX || !is_visible {
        return Err(Problem::BadKey);
    }
    let bytes = caller.body()?;
    let order = Order::read(&bytes)?;
    let body = format!("{what} {}", canonical(&bytes)?);
    Ok(Keyed { operation: OperationId::of_key(&caller.tenant, key), body, order })
}

pub(crate) fn operation_of(caller: &Caller<'_>) -> Result<OperationId, Problem> {
    OperationId::parse(caller.part("operation")).ok_or(Problem::BadOperation)
}

/// What the programme says of a currency.
fn policy_of(programme: &Programme, currency: &Currency) -> Result<Policy, Problem> {
    programme.currency(currency).map(|terms| terms.policy).ok_or(Problem::UnknownCurrency)
}
