//! The ledger's door for the business: how accounts stand, and what is posted on them.
//!
//! Every order carries an `Idempotency-Key`: asked again under the same key it gives the first result, for ever; with another
//! body it is refused. A file of opening balances has a reference in each row instead. Award steps of rules do not come this way: journey-runner posts them through the same table.

mod answer;
mod board;
mod body;
mod config;
mod import;
mod read;
mod route;
mod write;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cloud::table::{
    Customers, Points, Rewards, Standings, StoreError, Tenants,
    points::PostError,
    tenants::{ApiKey, Settings},
};
use domain::{
    id::CustomerId,
    points::{AccountId, Broken, Currency, programme::Programme},
    sheet::BadSheet,
};
use http::header;
use jiff::Timestamp;

pub use config::Config;
use route::{Route, Scope};

/// What keys can open here: reading, posting, and what a person decides by hand.
pub const SCOPES: [&str; 3] = [Scope::Read.as_str(), Scope::Write.as_str(), Scope::Adjust.as_str()];

/// Largest body that is looked at: an order has a few hundred bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// Longest tenant id, in bytes, as its file is checked.
const TENANT_BYTES_MAX: usize = 48;

/// The description of the API.
const DESCRIPTION: &str = include_str!("../openapi.json");

/// What the function keeps between requests.
#[derive(Debug)]
pub struct PointsLedger {
    customers: Customers,
    points: Points,
    rewards: Rewards,
    standings: Standings,
    tenants: Tenants,
}

/// Why a request is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is nothing here")]
    NoRoute,
    #[error("the business or the key is not right")]
    UnknownTenant,
    #[error("the business or the key is not right")]
    KeyRefused,
    #[error("the key does not open {0}")]
    OutOfScope(&'static str),
    #[error("a customer is named by 26 characters of lower-case base32")]
    BadCustomer,
    #[error("there is no such customer")]
    UnknownCustomer,
    #[error("the programme has no such currency")]
    UnknownCurrency,
    #[error("the programme has no such reward")]
    UnknownReward,
    #[error("the programme has no such board, or it has no such season")]
    UnknownBoard,
    #[error("the member is busy")]
    Busy,
    #[error("an operation is named by 26 characters of lower-case base32")]
    BadOperation,
    #[error("{0}")]
    BadQuery(&'static str),
    #[error("{0}")]
    BadBody(String),
    #[error("the body is larger than {BODY_BYTES_MAX} bytes")]
    BodyTooLarge,
    #[error("the body is not base64 as announced")]
    BodyEncoding,
    #[error("an import is `text/csv` in UTF-8")]
    NotCsv,
    #[error(transparent)]
    Sheet(#[from] BadSheet),
    #[error("an order needs the header Idempotency-Key")]
    NoKey,
    #[error("the header Idempotency-Key has 1 to 64 visible ASCII characters")]
    BadKey,
    #[error(transparent)]
    Post(#[from] PostError),
    #[error("a table did not do it")]
    Store(#[from] StoreError),
    #[error("the account cannot be trusted")]
    Broken(#[from] Broken),
    #[error("the answer could not be written")]
    Written(#[source] serde_json::Error),
}

/// Somebody whose key is right, and what they are asking about.
pub(crate) struct Caller<'r> {
    pub(crate) tenant: String,
    pub(crate) settings: Arc<Settings>,
    pub(crate) key: ApiKey,
    pub(crate) request: &'r ApiGatewayV2httpRequest,
    pub(crate) now: Timestamp,
}

impl PointsLedger {
    /// Works on the tables that `config` names.
    pub fn new(client: &aws_sdk_dynamodb::Client, config: &Config) -> Self {
        let customers = Customers::new(client, &config.customers_table);
        let rewards = Rewards::new(client, &config.rewards_table, &customers);
        Self {
            points: Points::new(client, &config.points_table),
            standings: Standings::new(client, &config.standings_table),
            rewards,
            customers,
            tenants: Tenants::new(client, &config.tenants_table),
        }
    }
}

/// Answers one HTTP request. Never fails: what goes wrong is an answer too.
pub async fn handle(
    ledger: &PointsLedger,
    request: &ApiGatewayV2httpRequest,
    now: Timestamp,
) -> ApiGatewayV2httpResponse {
    let answered = answer_to(ledger, request, now).await;
    answered.unwrap_or_else(|problem| answer::problem(&problem))
}

async fn answer_to(
    ledger: &PointsLedger,
    request: &ApiGatewayV2httpRequest,
    now: Timestamp,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let route = Route::of(request).ok_or(Problem::NoRoute)?;
    let Some(scope) = route.scope() else {
        return Ok(answer::text("application/json", DESCRIPTION.to_owned()));
    };
    let caller = ledger.caller(request, now).await?;
    if !caller.key.allows(scope.as_str()) {
        return Err(Problem::OutOfScope(scope.as_str()));
    }
    match route {
        Route::Description => Err(Problem::NoRoute),
        Route::Lookup => ledger.lookup(&caller).await,
        Route::Account => ledger.account(&caller).await,
        Route::Entries => ledger.entries(&caller).await,
        Route::Statement => ledger.statement(&caller).await,
        Route::Explain => ledger.explain(&caller).await,
        Route::Operation => ledger.operation(&caller).await,
        Route::Board => ledger.board(&caller).await,
        Route::Rank => ledger.rank(&caller).await,
        Route::Standing => ledger.standing(&caller).await,
        Route::Choose => ledger.choose(&caller).await,
        Route::Post(action) => ledger.post(&caller, action).await,
        Route::Import => ledger.import(&caller).await,
        Route::Reverse => ledger.reverse(&caller).await,
        Route::Cancel => ledger.cancel(&caller).await,
    }
}

impl PointsLedger {
    /// Who presents which key. The business is not said to be there to who has none.
    async fn caller<'r>(
        &self,
        request: &'r ApiGatewayV2httpRequest,
        now: Timestamp,
    ) -> Result<Caller<'r>, Problem> {
        let tenant = request.path_parameters.get("tenant").cloned().unwrap_or_default();
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if tenant.len() > TENANT_BYTES_MAX || !tenant.split('-').all(is_word) {
            return Err(Problem::UnknownTenant);
        }
        let presented = request.headers.get(header::AUTHORIZATION);
        let presented = presented.and_then(|value| value.to_str().ok());
        let presented = presented.and_then(|value| value.strip_prefix("Bearer "));
        let presented = presented.filter(|key| !key.is_empty()).ok_or(Problem::KeyRefused)?;
        let key = self.tenants.key(&tenant, presented).await?.ok_or(Problem::KeyRefused)?;
        let settings = self.tenants.settings(&tenant, now).await?;
        let settings = settings.ok_or(Problem::UnknownTenant)?;
        Ok(Caller { tenant, settings, key, request, now })
    }
}

impl Caller<'_> {
    pub(crate) fn part(&self, name: &str) -> &str {
        self.request.path_parameters.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.request.query_string_parameters.first(name)
    }

    /// A number of the query; `why` says what it should be.
    pub(crate) fn whole(&self, name: &str, why: &'static str) -> Result<Option<u32>, Problem> {
        let number = self.query(name).map(str::parse::<u32>).transpose();
        number.map_err(|_| Problem::BadQuery(why))
    }

    pub(crate) fn customer(&self) -> Result<CustomerId, Problem> {
        CustomerId::parse(self.part("customer")).ok_or(Problem::BadCustomer)
    }

    /// The account that the path names.
    pub(crate) fn account(&self) -> Result<AccountId, Problem> {
        let currency = Currency::parse(self.part("currency")).ok_or(Problem::UnknownCurrency)?;
        Ok(AccountId { customer: self.customer()?, currency })
    }

    /// The bytes of the body.
    pub(crate) fn body(&self) -> Result<Vec<u8>, Problem> {
        let text = self.request.body.as_deref().unwrap_or_default();
        if text.len() > BODY_BYTES_MAX / 3 * 4 + 4 {
            return Err(Problem::BodyTooLarge);
        }
        let body = if self.request.is_base64_encoded {
            data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| Problem::BodyEncoding)?
        } else {
            text.as_bytes().to_vec()
        };
        if body.len() > BODY_BYTES_MAX { Err(Problem::BodyTooLarge) } else { Ok(body) }
    }
}

impl PointsLedger {
    /// The account that a customer's points are in: customers who were found to be one have one.
    pub(crate) async fn holder(
        &self,
        caller: &Caller<'_>,
        id: AccountId,
    ) -> Result<AccountId, Problem> {
        let (customer, about) = self.customers.person(&caller.tenant, &id.customer).await?;
        let own = AccountId { customer, ..id };
        Ok(self.points.holder(&caller.tenant, &own, &about.merged).await?)
    }

    /// The programme of the version that judges now.
    pub(crate) async fn programme(&self, caller: &Caller<'_>) -> Result<Arc<Programme>, Problem> {
        let version = self.tenants.active_version(&caller.tenant, caller.now).await?;
        let version = version.ok_or(Problem::UnknownCurrency)?;
        let rules = self.tenants.rule_set(&caller.tenant, version).await?;
        let found = rules.programme().cloned();
        found.ok_or(Problem::UnknownCurrency)
    }
}
