//! The rows of the ledger: entries, and the operations that they were asked for under.

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure};
use domain::{
    id::OperationId,
    points::{Account, AccountId, Entry, Leg, Original, Points, Refusal},
    text::shortened,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::table::{Item, ROW_VERSION, StoreError, corrupt, item, key_of, row, text};

/// Longest word of a cause, in characters: with all of them an operation stays one write unit.
const WORD_CHARS_MAX: usize = 48;
/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 80;

/// Why something was posted, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What happened: the kind of an event and what it was about, `payment.matched DH0001`; empty when a person or a program asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// The earning rule or the reward.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What a person gave as the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who asked: the name of an API key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actor: String,
}

impl Cause {
    /// The kind of what happened.
    pub fn kind(&self) -> &str {
        self.event.split(' ').next().unwrap_or_default()
    }

    /// Whether it says something that could lead to a person: an order, or a person's words.
    pub fn is_personal(&self) -> bool {
        self.kind() != self.event || !self.reason.is_empty()
    }
}

/// What a posting came to: the same however often it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The account; of a transfer the giver's.
    #[serde(skip)]
    pub account: AccountId,
    /// Its entry; a hold is named by it.
    pub seq: u32,
    /// How many points moved: less than asked for where a limit of the day cut it.
    pub amount: Points,
    /// What can be spent after it.
    pub available: Points,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The code that was given with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Why a posting did not come about.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The ledger refuses it; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The operation was asked for before, with other words.
    #[error("this operation was asked for before, with another body")]
    OtherBody,
    /// There is no such operation.
    #[error("there is no such operation")]
    NoSuchOperation,
    /// So much is not left of the campaign's budget.
    #[error("so much is not left of the campaign's budget")]
    BudgetUsedUp,
    /// Nothing is left of the reward.
    #[error("nothing is left of this reward")]
    SoldOut,
    /// A transfer to the account that it comes from.
    #[error("a transfer goes to another account of the same currency")]
    SameAccount,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PostError {
    /// A stable word for answers, lists and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::OtherBody => "operation_with_other_body",
            Self::NoSuchOperation => "no_such_operation",
            Self::BudgetUsedUp => "budget_used_up",
            Self::SoldOut => "sold_out",
            Self::SameAccount => "same_account",
            Self::Store(error) => error.code(),
        }
    }
}

/// An operation as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it came to.
    pub receipt: Receipt,
    /// Why.
    pub cause: Cause,
    /// What undoing it would undo.
    pub original: Original,
    /// Where the code that was given with it came from.
    pub pool: Option<String>,
    pub(super) body: String,
    /// How often a part of it was undone.
    pub(super) reversals: u32,
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    pk: String,
    sk: String,
    v: u8,
    b: ByteBuf,
}

#[derive(Serialize, Deserialize)]
struct OperationRow {
    pk: String,
    sk: String,
    v: u8,
    account: String,
    seq: u32,
    amount: Points,
    available: Points,
    at_ms: i64,
    occurred_ms: i64,
    /// Hash of what was asked for.
    body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    /// The legs that undoing it would undo, coded as in an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legs: Option<ByteBuf>,
    #[serde(flatten)]
    cause: Cause,
}

#[derive(Serialize, Deserialize)]
struct ReversalRow {
    pk: String,
    sk: String,
    v: u8,
    operation: String,
    /// What is undone so far, this time included.
    reversed: Points,
}

/// Where the entries of an account stand.
pub(super) fn account_pk(tenant: &str, account: &AccountId) -> String {
    format!("{tenant}#{account}")
}

/// Where an entry stands under its account.
pub(super) fn entry_sk(seq: u32) -> String {
    format!("e#{seq:010}")
}

/// Where an operation stands.
pub(super) fn operation_pk(tenant: &str, id: OperationId) -> String {
    format!("{tenant}#op#{id}")
}

/// The hash of what was asked for, in short.
pub(super) fn body_hash(body: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(body.as_bytes())[..16])
}

fn put(operation: &'static str, table: &str, row: &impl Serialize) -> Result<Put, StoreError> {
    Ok(Put::builder()
        .table_name(table)
        .set_item(Some(item(operation, row)?))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .expect("every part is set"))
}

/// The entry, where none stands yet.
pub(super) fn put_entry(
    table: &str,
    tenant: &str,
    account: &AccountId,
    entry: &Entry,
) -> Result<Put, StoreError> {
    let row = EntryRow {
        pk: account_pk(tenant, account),
        sk: entry_sk(entry.seq),
        v: ROW_VERSION,
        b: ByteBuf::from(entry.to_bytes()),
    };
    put("post", table, &row)
}

/// The operation, where none stands yet; and what its receipt says.
#[expect(clippy::too_many_arguments, reason = "each is a part of one row")]
pub(super) fn put_operation(
    table: &str,
    tenant: &str,
    account: &AccountId,
    entry: &Entry,
    amount: Points,
    body: &str,
    cause: &Cause,
    reward: Option<(&str, &str)>,
) -> Result<(Put, Receipt), StoreError> {
    let receipt = Receipt {
        account: account.clone(),
        seq: entry.seq,
        amount,
        available: entry.tail.open(),
        recorded_at: entry.recorded_at,
        code: reward.map(|(_, code)| code.to_owned()),
    };
    let legs = Original::bytes_of(entry);
    let row = OperationRow {
        pk: operation_pk(tenant, entry.operation),
        sk: "op".to_owned(),
        v: ROW_VERSION,
        account: account.to_string(),
        seq: receipt.seq,
        amount,
        available: receipt.available,
        at_ms: entry.recorded_at.as_millisecond(),
        occurred_ms: entry.occurred_at.as_millisecond(),
        body: body_hash(body),
        code: receipt.code.clone(),
        pool: reward.map(|(pool, _)| pool.to_owned()),
        legs: legs.map(ByteBuf::from),
        cause: Cause {
            event: shortened(&cause.event, WORD_CHARS_MAX),
            rule: shortened(&cause.rule, WORD_CHARS_MAX),
            reason: shortened(&cause.reason, REASON_CHARS_MAX),
            actor: shortened(&cause.actor, WORD_CHARS_MAX),
        },
    };
    Ok((put("post", table, &row)?, receipt))
}

/// The next reversal of `original`, where none stands yet.
pub(super) fn put_reversal(
    table: &str,
    tenant: &str,
    original: &Operation,
    by: OperationId,
    reversed: Points,
) -> Result<Put, StoreError> {
    let row = ReversalRow {
        pk: operation_pk(tenant, original.id),
        sk: format!("r#{:04}", original.reversals + 1),
        v: ROW_VERSION,
        operation: by.to_string(),
        reversed,
    };
    put("reverse", table, &row)
}

/// Reads an entry.
pub(super) fn entry(operation: &'static str, found: Item) -> Result<Entry, StoreError> {
    let key = key_of(&found);
    let EntryRow { sk, b, .. } = row(operation, found)?;
    let entry = Entry::from_bytes(&b).map_err(|error| StoreError::Corrupt {
        operation,
        key: key.clone(),
        source: Box::new(error),
    })?;
    if entry_sk(entry.seq) != sk {
        return Err(corrupt(operation, &key, "the entry is another one"));
    }
    Ok(entry)
}

/// Reads an operation and how far it is undone, from the rows of its partition.
pub(super) fn operation(
    name: &'static str,
    id: OperationId,
    found: Vec<Item>,
) -> Result<Option<Operation>, StoreError> {
    let mut of = None;
    let (mut reversed, mut reversals) = (Points::ZERO, 0);
    for one in found {
        let key = key_of(&one);
        let is_operation = one.get("sk") == Some(&text("op"));
        if is_operation {
            of = Some((key, row::<OperationRow>(name, one)?));
        } else {
            reversed = row::<ReversalRow>(name, one)?.reversed;
            reversals += 1;
        }
    }
    let Some((key, row)) = of else { return Ok(None) };
    let bad = |what: &str| corrupt(name, &key, format!("its {what} cannot be read"));
    let time = |ms: i64| Timestamp::from_millisecond(ms).map_err(|_| bad("time"));
    let legs: Vec<Leg> = match &row.legs {
        Some(bytes) => Original::legs_from(bytes).map_err(|_| bad("legs"))?,
        None => Vec::new(),
    };
    let original = Original { legs, occurred_at: time(row.occurred_ms)?, reversed };
    let receipt = Receipt {
        account: AccountId::parse(&row.account).ok_or_else(|| bad("account"))?,
        seq: row.seq,
        amount: row.amount,
        available: row.available,
        recorded_at: time(row.at_ms)?,
        code: row.code,
    };
    let OperationRow { cause, body, pool, .. } = row;
    Ok(Some(Operation { id, receipt, cause, original, pool, body, reversals }))
}

/// Reads the operation that a refused put has met.
pub(super) fn met(
    name: &'static str,
    id: OperationId,
    old: Option<&Item>,
) -> Result<Option<Operation>, StoreError> {
    old.map_or(Ok(None), |old| operation(name, id, vec![old.clone()]))
}

/// The first entry of an account in a scan: its key says whose.
pub(super) fn account_of(pk: &AttributeValue, tenant: &str) -> Option<AccountId> {
    AccountId::parse(pk.as_s().ok()?.strip_prefix(tenant)?.strip_prefix('#')?)
}

/// The account as an entry left it, or as it begins.
pub(super) fn account_after(id: &AccountId, last: Option<&Entry>) -> Account {
    match last {
        Some(entry) => Account::after(id.clone(), entry),
        None => Account::new(id.clone()),
    }
}
