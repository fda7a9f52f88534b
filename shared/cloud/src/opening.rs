//! Opening balances posted: each row of a file under its own reference, so that the same file again posts nothing twice.
//!
//! A row is for a customer that is known; none is made here, since a slip of the pen must not make an account.

use std::fmt;

use domain::{
    event::Strength,
    id::{CustomerId, OperationId},
    phone::Pepper,
    points::{AccountId, Posting, programme::Programme},
    sheet::{BadRow, BadSheet, Opening, Openings, Whose, earned_at},
    subject::Subject,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::table::{
    Customers, Points, StoreError,
    points::{Ask, Cause, Order, PostError},
};

/// Why they are posted, in the words of statements.
const REASON: &str = "opening balance";

/// Steps from another system's id to a person: as many as events take.
const HOPS_MAX: usize = 4;

/// What a row is refused with when the database did not answer: the same file again goes on.
pub const TRY_AGAIN: &str = "try_again";

/// Rows that are posted at the same time: each waits for the database five times.
const LANES: usize = 4;

/// What opening balances are posted with.
#[derive(Clone, Copy, Debug)]
pub struct Importer<'a> {
    /// Whose identities lead where.
    pub customers: &'a Customers,
    /// The ledger.
    pub points: &'a Points,
    /// The business.
    pub tenant: &'a str,
    /// What makes keys of its customers' numbers.
    pub pepper: &'a Pepper,
    /// What it says of its currencies.
    pub programme: &'a Programme,
    /// Who does it.
    pub actor: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What became of a file: every row is in one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Rows that were posted.
    pub posted: u64,
    /// Rows that had been posted before, with the same words.
    pub repeated: u64,
    /// Rows that were not, by line.
    pub refused: Vec<Refused>,
}

/// A row that was not posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its line in the file.
    pub line: u64,
    /// A stable word.
    pub code: &'static str,
    /// What is wrong.
    pub detail: String,
}

/// How one row went.
enum Went {
    Posted,
    Repeated,
    Refused(BadRow),
    /// The database did not answer.
    Failed(StoreError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, code, detail } = self;
        write!(f, "line {line}: {detail} ({code})")
    }
}

impl From<BadRow> for Refused {
    fn from(BadRow { line, code, detail }: BadRow) -> Self {
        Self { line, code, detail }
    }
}

impl Importer<'_> {
    /// Posts a file of at most `rows_max` rows. When the database fails, what is left is refused as [`TRY_AGAIN`].
    ///
    /// # Errors
    /// The file has another header or too many rows: nothing was posted.
    pub async fn import(&self, file: &[u8], rows_max: usize) -> Result<Imported, BadSheet> {
        let rows = Openings::read(file, self.pepper, rows_max)?;
        Ok(self.post(rows).await)
    }

    /// Posts rows that were read.
    pub async fn post(&self, rows: Openings) -> Imported {
        let Openings { good, bad } = rows;
        // The rows of one customer go one after the other, in the order of the file.
        let lane_of =
            |row: &Opening| row.whose.to_string().bytes().map(usize::from).sum::<usize>() % LANES;
        let lane = |n| good.iter().filter(move |row| lane_of(row) == n);
        let lanes: [_; LANES] = tokio::join!(
            self.lane(lane(0)),
            self.lane(lane(1)),
            self.lane(lane(2)),
            self.lane(lane(3))
        )
        .into();
        let mut all = Imported::default();
        for lane in lanes {
            all.posted += lane.posted;
            all.repeated += lane.repeated;
            all.refused.extend(lane.refused);
        }
        all.refused.extend(bad.into_iter().map(Refused::from));
        all.refused.sort_by_key(|row| row.line);
        all
    }

    /// Posts rows one after the other, until the database fails.
    async fn lane(&self, rows: impl Iterator<Item = &Opening>) -> Imported {
        let mut all = Imported::default();
        let mut failed = false;
        for row in rows {
            if !failed {
                match self.one(row).await {
                    Went::Posted => all.posted += 1,
                    Went::Repeated => all.repeated += 1,
                    Went::Refused(bad) => all.refused.push(bad.into()),
                    Went::Failed(error) => {
                        failed = true;
                        tracing::warn!(
                            line = row.line,
                            error = crate::stream::chain(&error),
                            "an import stopped"
                        );
                    }
                }
            }
            if failed {
                let why = "the database did not answer; send the file again";
                all.refused.push(row.refused(TRY_AGAIN, why).into());
            }
        }
        all
    }

    async fn one(&self, row: &Opening) -> Went {
        let terms = self.programme.currency(&row.currency);
        let Some(policy) = terms.map(|terms| terms.policy) else {
            let why = "the programme has no such currency";
            return Went::Refused(row.refused("unknown_currency", why));
        };
        let customer = match self.customer(&row.whose).await {
            Ok(Some(customer)) => customer,
            Ok(None) => {
                let why = "there is no such customer";
                return Went::Refused(row.refused("unknown_customer", why));
            }
            Err(error) => return failed(row, error),
        };
        let operation = OperationId::of_key(self.tenant, &row.key());
        let before = match self.points.operation(self.tenant, operation).await {
            Ok(before) => before,
            Err(error) => return failed(row, error),
        };
        let occurred_at = match earned_at(row.expires, &policy, self.now) {
            Ok(at) => at,
            // As it was posted, whatever the programme says by now; other words are refused below.
            Err(_) if before.is_some() => self.now,
            Err(bad) => return Went::Refused(row.refused(bad.code(), bad)),
        };
        let cause = Cause {
            event: row.reference.clone(),
            rule: String::new(),
            reason: REASON.to_owned(),
            actor: self.actor.to_owned(),
        };
        let body = row.canonical();
        let ask = Ask {
            tenant: self.tenant,
            operation,
            body: &body,
            cause: &cause,
            policy: &policy,
            now: self.now,
        };
        let account = AccountId { customer, currency: row.currency.clone() };
        let posting = Posting::Grant { amount: row.points };
        match self.points.post(&ask, &Order { account, posting, occurred_at }).await {
            Ok(_) if before.is_some() => Went::Repeated,
            Ok(_) => Went::Posted,
            Err(PostError::Store(error)) => failed(row, error),
            Err(
                error @ (PostError::Refused(_)
                | PostError::OtherBody
                | PostError::NoSuchOperation
                | PostError::SoldOut
                | PostError::BudgetUsedUp
                | PostError::SameAccount),
            ) => Went::Refused(row.refused(error.code(), error)),
        }
    }

    /// The customer that a row names, at the end of all aliases; `None` when nobody is known by that.
    async fn customer(&self, whose: &Whose) -> Result<Option<CustomerId>, StoreError> {
        let named = match whose {
            Whose::Customer(id) => Some(id.clone()),
            Whose::Subject(subject) => self.owner(subject).await?,
        };
        let Some(named) = named else { return Ok(None) };
        let (id, about) = self.customers.person(self.tenant, &named).await?;
        Ok((!about.identities.is_empty()).then_some(id))
    }

    /// Whom an identity is proven to be, or whom another system's id leads to.
    async fn owner(&self, subject: &Subject) -> Result<Option<CustomerId>, StoreError> {
        let mut at = subject.clone();
        for _ in 0..HOPS_MAX {
            if at.is_identity() {
                let link = self.customers.link(self.tenant, &at).await?;
                let link = link.filter(|link| link.strength == Strength::Proven);
                return Ok(link.map(|link| link.customer));
            }
            let Some(owner) = self.customers.thing(self.tenant, &at).await?.owner else { break };
            at = owner;
        }
        Ok(None)
    }
}

/// A failure that may pass stops the import; what is stored badly is this row's alone.
fn failed(row: &Opening, error: StoreError) -> Went {
    if error.is_infrastructure() {
        return Went::Failed(error);
    }
    tracing::error!(line = row.line, error = crate::stream::chain(&error), "a row was not posted");
    Went::Refused(row.refused(error.code(), "what is stored about this row cannot be read"))
}
