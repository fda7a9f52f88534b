#![doc = include_str!("TABLE.md")]

mod case;
mod row;

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{
        AttributeValue, Put, ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld,
        TransactWriteItem, Update,
    },
};
use data_encoding::HEXLOWER;
use domain::{
    explain::Language,
    id::{CustomerId, EffectId, EventId},
    survey::{Answer, Answers, CaseKey, Link},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::{
    Item, ROW_VERSION, RowKey, StoreError, StoredRow, corrupt, fields, item, number,
    row as read_row,
    stored::{delete_rows, rows_under},
    text,
};
pub use case::{CaseSaved, Cases, OpenedCase, StoredCase};
use row::{AskedRow, DUE_SHARD, ListRow, ResponseRow, customer_pk, quota_pk, response_pk};

/// Most rows of one page of what is over.
const DUE_ROWS_MAX: i32 = 100;

/// As many of a customer's invitations are looked at as may be open at once.
const LAST_INVITATIONS: i32 = 10;

/// The `surveys` table.
#[derive(Clone, Debug)]
pub struct Surveys {
    client: Client,
    table: String,
}

/// Somebody who is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The business.
    pub tenant: String,
    /// What is asked.
    pub survey: String,
    /// The version of the rules that the survey belongs to.
    pub version: u32,
    /// The id of the effect that invites.
    pub id: EffectId,
    /// What opens it.
    pub link: Link,
    /// Who is asked.
    pub customer: CustomerId,
    /// The event that brought it about.
    pub event: EventId,
    /// What it is about, for people: `DH0001`.
    pub about: String,
    /// What is carried along.
    pub hidden: BTreeMap<String, String>,
    /// When.
    pub at: Timestamp,
    /// Until when it can be answered.
    pub open_until: Timestamp,
    /// Whether who is asked must not be kept with the answers.
    pub is_anonymous: bool,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// It stands, now or since an earlier try.
    Yes,
    /// The customer was asked something not long ago.
    TooSoon,
}

/// What a customer was asked, and whether they wait for something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// When the customer was last asked anything, and by which invitation.
    pub last: Option<(Timestamp, EffectId)>,
    /// The case of theirs that is open.
    pub open_case: Option<CaseKey>,
}

/// How far a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Asked; perhaps some questions are answered.
    Invited,
    /// Answered to the end.
    Answered,
    /// The link is over before the last answer came.
    Expired,
}

/// An invitation and what was answered to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The hash of its link's word.
    pub key: String,
    /// The business.
    pub tenant: String,
    /// What is asked.
    pub survey: String,
    /// The version of the rules that the survey belongs to.
    pub version: u32,
    /// The id of the effect that invited.
    pub id: EffectId,
    /// Who was asked; `None` when nobody may know.
    pub customer: Option<CustomerId>,
    /// The event that brought the invitation about.
    pub event: Option<EventId>,
    /// What it is about, for people.
    pub about: String,
    /// How far it is.
    pub state: State,
    /// When the customer was asked.
    pub invited_at: Timestamp,
    /// Until when it can be answered.
    pub open_until: Timestamp,
    /// When the last answer came.
    pub answered_at: Option<Timestamp>,
    /// The language of the last answer.
    pub language: Option<Language>,
    /// What was answered so far, and what is carried along.
    pub answers: Answers,
}

/// How much a read has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Whatever is at hand: half the price.
    Eventual,
    /// Everything that was written before.
    Consistent,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// It stands; the response as it is now.
    Yes(Box<Response>),
    /// The response is over, or is none: nothing was written.
    Over,
}

/// What became of the last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completed {
    /// The response stands.
    Yes,
    /// The survey has as many responses as it wants.
    Full,
    /// Somebody answered at the same time, or the response is over: read again.
    Raced,
    /// Many complete at once: try again a little later.
    Busy,
}

impl Response {
    /// The free texts that were written, in the order of `survey`, one after the other.
    pub fn texts(&self, survey: &domain::survey::Survey) -> String {
        let given = survey.questions.iter().filter_map(|q| self.answers.given.get(&q.id));
        let texts = given.filter_map(|answer| match answer {
            Answer::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The answer to the question that is the score, and the most that it may be.
    pub fn score(&self, survey: &domain::survey::Survey) -> Option<(u8, u8)> {
        let question = survey.question(survey.score.as_ref()?)?;
        let Some(Answer::Place(place)) = self.answers.given.get(&question.id) else { return None };
        Some((*place, *question.kind.scale()?.end()))
    }

    /// Whether it can be answered at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == State::Invited && now < self.open_until
    }

    /// When it ended: with its last answer, or with its link.
    pub fn ended_at(&self) -> Timestamp {
        self.answered_at.unwrap_or(self.open_until)
    }

    /// A word for how it stands: who was told it knows whether it reads the same.
    pub fn mark(&self) -> String {
        Self::mark_of(self.state, &self.answers)
    }

    /// The [`mark`](Self::mark) of a response in this state, with these answers.
    pub fn mark_of(state: State, answers: &Answers) -> String {
        let given = serde_json::to_string(&(state, &answers.given));
        let hash = Sha256::digest(given.unwrap_or_default());
        HEXLOWER.encode(&hash[..4])
    }

    /// The response of a record of the stream; `None` when the row is another one.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn from_image(image: serde_dynamo::Item) -> Result<Option<Self>, StoreError> {
        let stored: Item = image.into();
        let sort = stored.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str);
        if sort != Some("response") {
            return Ok(None);
        }
        read_row::<ResponseRow>("response", stored)?.response().map(Some)
    }
}

impl Surveys {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// SU1: Invites, unless the customer was asked anything within `cool_down`. The same invitation again is found as it was left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn invite(
        &self,
        invitation: &Invitation,
        cool_down: SignedDuration,
    ) -> Result<Invited, StoreError> {
        let Invitation { tenant, customer, at, .. } = invitation;
        let asked = AskedRow {
            pk: customer_pk(tenant, customer),
            sk: "asked".to_owned(),
            v: ROW_VERSION,
            at: at.as_millisecond(),
            id: invitation.id.clone(),
        };
        let since = at.checked_sub(cool_down).unwrap_or(Timestamp::MIN);
        let asked = self
            .put(item("invite", &asked)?)
            .condition_expression("attribute_not_exists(pk) OR #at <= :since")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":since", number(since.as_millisecond()));
        let response = self.put(item("invite", &ResponseRow::new(invitation))?);
        let response = response.condition_expression("attribute_not_exists(pk)");
        let mut puts = vec![asked, response];
        if !invitation.is_anonymous {
            puts.push(self.put(item("invite", &ListRow::new(invitation))?));
        }
        let puts = puts.into_iter().map(|put| {
            let put = put.build().expect("every part is set");
            TransactWriteItem::builder().put(put).build()
        });
        let transaction = self.client.transact_write_items();
        let transaction = transaction.set_transact_items(Some(puts.collect()));
        let Err(error) = transaction.send().await else { return Ok(Invited::Yes) };
        let reasons = reasons(&error);
        // Its own earlier try left both.
        if reasons.get(1).is_some_and(|reason| reason == "ConditionalCheckFailed") {
            return Ok(Invited::Yes);
        }
        if reasons.first().is_some_and(|reason| reason == "ConditionalCheckFailed") {
            return Ok(Invited::TooSoon);
        }
        Err(StoreError::database("invite", error))
    }

    /// SU19: Stores a response that came by another door than the page, once for each invitation of this id; nobody was asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn answered(
        &self,
        invitation: &Invitation,
        answers: &Answers,
    ) -> Result<(), StoreError> {
        let row = ResponseRow::answered(invitation, answers);
        let response = self.put(item("answered", &row)?);
        let response = response.condition_expression("attribute_not_exists(pk)");
        let mut puts = vec![response];
        if !invitation.is_anonymous {
            puts.push(self.put(item("answered", &ListRow::new(invitation))?));
        }
        let puts = puts.into_iter().map(|put| {
            let put = put.build().expect("every part is set");
            TransactWriteItem::builder().put(put).build()
        });
        let transaction = self.client.transact_write_items();
        let transaction = transaction.set_transact_items(Some(puts.collect()));
        let Err(error) = transaction.send().await else { return Ok(()) };
        // Its own earlier try left it.
        if reasons(&error).first().is_some_and(|reason| reason == "ConditionalCheckFailed") {
            return Ok(());
        }
        Err(StoreError::database("answered", error))
    }

    /// SU20: The last invitations of a customer, the newest first: the survey and the id of each.
    ///
    /// # Errors
    /// When the database does not answer, or a row cannot be read.
    pub async fn last_invitations(
        &self,
        tenant: &str,
        customer: &CustomerId,
    ) -> Result<Vec<(String, EffectId)>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :list)")
            .expression_attribute_values(":pk", text(customer_pk(tenant, customer)))
            .expression_attribute_values(":list", text("i#"))
            .scan_index_forward(false)
            .limit(LAST_INVITATIONS);
        let answer = query.send().await.map_err(|e| StoreError::database("last_invitations", e))?;
        let read = |found| {
            let ListRow { survey, id, .. } = read_row("last_invitations", found)?;
            Ok((survey, id))
        };
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    /// SU8: When a customer was last asked anything, and which case of theirs is open.
    ///
    /// # Errors
    /// When the database does not answer, or a row cannot be read.
    pub async fn asked(&self, tenant: &str, customer: &CustomerId) -> Result<Asked, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :asked AND :cases")
            .expression_attribute_values(":pk", text(customer_pk(tenant, customer)))
            .expression_attribute_values(":asked", text("asked"))
            .expression_attribute_values(":cases", text("cases"));
        let answer = query.send().await.map_err(|e| StoreError::database("asked", e))?;
        let mut asked = Asked::default();
        for found in answer.items.unwrap_or_default() {
            let sort = found.get("sk").and_then(|sk| sk.as_s().ok());
            if sort.is_some_and(|sk| sk == "cases") {
                asked.open_case = case::open_of(found)?;
            } else {
                let AskedRow { pk, at, id, .. } = read_row("asked", found)?;
                let at =
                    Timestamp::from_millisecond(at).map_err(|_| corrupt("asked", &pk, "at"))?;
                asked.last = Some((at, id));
            }
        }
        Ok(asked)
    }

    /// SU2: Reads the response that a link opens.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn response(
        &self,
        link: &Link,
        freshness: Freshness,
    ) -> Result<Option<Response>, StoreError> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.consistent_read(freshness == Freshness::Consistent);
        let get = get.set_key(Some(response_key(&link.key())));
        let answer = get.send().await.map_err(|e| StoreError::database("response", e))?;
        let Some(found) = answer.item else { return Ok(None) };
        read_row::<ResponseRow>("response", found)?.response().map(Some)
    }

    /// SU3: Keeps the answer to one question of an open response.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn answer(
        &self,
        link: &Link,
        question: &str,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Saved, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .set_key(Some(response_key(&link.key())))
            .update_expression("SET given.#question = :answer")
            .condition_expression("#state = :invited AND open_until > :now")
            .expression_attribute_names("#question", question)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":answer", value("answer", answer)?)
            .expression_attribute_values(":invited", text("invited"))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .return_values(ReturnValue::AllNew);
        match update.send().await {
            Ok(written) => {
                let stored = written.attributes.unwrap_or_default();
                let response = read_row::<ResponseRow>("answer", stored)?.response()?;
                Ok(Saved::Yes(Box::new(response)))
            }
            Err(error) if is_refused(&error) => Ok(Saved::Over),
            Err(error) => Err(StoreError::database("answer", error)),
        }
    }

    /// SU4: Ends a response with `answers`, if it is as it was read and the survey wants more than there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn complete(
        &self,
        link: &Link,
        read: &Response,
        answers: &Answers,
        language: Language,
        quota: Option<u32>,
        now: Timestamp,
    ) -> Result<Completed, StoreError> {
        const SET: &str = "SET #state = :answered, given = :given, answered_at = :now, \
                           #language = :language";
        const UNLESS: &str = "#state = :invited AND given = :read AND open_until > :now";
        let values = [
            (":answered", text("answered")),
            (":invited", text("invited")),
            (":given", value("complete", &answers.given)?),
            (":now", number(now.as_millisecond())),
            (":language", text(language.as_str())),
            (":read", value("complete", &read.answers.given)?),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        let values: Item = values.into_iter().collect();
        let names = [("#state", "state"), ("#language", "language")];
        let names = names.map(|(name, field)| (name.to_owned(), field.to_owned()));
        let names: std::collections::HashMap<_, _> = names.into_iter().collect();
        let Some(quota) = quota else {
            let update = self.client.update_item().table_name(&self.table);
            let update = update
                .set_key(Some(response_key(&link.key())))
                .update_expression(SET)
                .condition_expression(UNLESS)
                .set_expression_attribute_names(Some(names))
                .set_expression_attribute_values(Some(values))
                .return_values_on_condition_check_failure(AllOld);
            let Err(error) = update.send().await else { return Ok(Completed::Yes) };
            let refused = match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => refused,
                Some(_) | None => return Err(StoreError::database("complete", error)),
            };
            return Ok(raced_or_done(refused.item(), answers, now));
        };
        let response = Update::builder()
            .table_name(&self.table)
            .set_key(Some(response_key(&link.key())))
            .update_expression(SET)
            .condition_expression(UNLESS)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(AllOld)
            .build()
            .expect("every part is set");
        let count = Update::builder()
            .table_name(&self.table)
            .key("pk", text(quota_pk(&read.tenant, &read.survey)))
            .key("sk", text("quota"))
            .update_expression("SET v = :v, responses = if_not_exists(responses, :none) + :one")
            .condition_expression("attribute_not_exists(responses) OR responses < :quota")
            .expression_attribute_values(":v", number(ROW_VERSION))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":quota", number(quota))
            .build()
            .expect("every part is set");
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().update(response).build())
            .transact_items(TransactWriteItem::builder().update(count).build());
        let Err(error) = transaction.send().await else { return Ok(Completed::Yes) };
        let reasons = reasons(&error);
        let failed = |n: usize| {
            reasons.get(n).is_some_and(|reason: &String| reason == "ConditionalCheckFailed")
        };
        if failed(0) {
            return Ok(raced_or_done(stands(&error), answers, now));
        }
        if failed(1) {
            return Ok(Completed::Full);
        }
        if reasons.iter().any(|reason| reason == "TransactionConflict") {
            return Ok(Completed::Busy);
        }
        Err(StoreError::database("complete", error))
    }

    /// SU5: How many responses a survey with a quota has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, tenant: &str, survey: &str) -> Result<u32, StoreError> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.key("pk", text(quota_pk(tenant, survey))).key("sk", text("quota"));
        let answer = get.send().await.map_err(|e| StoreError::database("count", e))?;
        let Some(found) = answer.item else { return Ok(0) };
        let row: QuotaRow = read_row("count", found)?;
        Ok(row.responses)
    }

    /// SU6: What a customer was asked, what was answered to it, and the cases of theirs: every row, as it stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn asked_of(
        &self,
        tenant: &str,
        customer: &CustomerId,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let pk = customer_pk(tenant, customer);
        let keep = |found| Some(StoredRow::of(found));
        let mut rows = rows_under(&self.client, &self.table, "asked_of", pk, keep).await?;
        let keys: Vec<String> = rows
            .iter()
            .filter_map(|row| row.key.sort().strip_prefix("i#")?.split_once('#'))
            .map(|(_, key)| format!("link#{key}"))
            .collect();
        for pk in keys {
            rows.extend(rows_under(&self.client, &self.table, "asked_of", pk, keep).await?);
        }
        let cases = rows.iter().filter(|row| row.key.sort() == "cases");
        let cases: Vec<String> = cases.flat_map(|row| case::keys_of(&row.fields)).collect();
        for sk in cases {
            rows.extend(self.case_row(tenant, &sk).await?.map(StoredRow::of));
        }
        Ok(rows)
    }

    /// SU7: Deletes rows that [`asked_of`](Self::asked_of) has found.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete(&self, keys: &[RowKey]) -> Result<(), StoreError> {
        delete_rows(&self.client, &self.table, "delete", keys).await
    }

    /// SU9: The keys of responses whose link is over by `now`, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer, or a key cannot be read.
    pub async fn over(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("due");
        let query = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(DUE_SHARD))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .limit(DUE_ROWS_MAX);
        let answer = query.send().await.map_err(|e| StoreError::database("over", e))?;
        let read = |found: Item| {
            let KeyRow { pk } = fields("over", found)?;
            let key = pk.strip_prefix("link#").map(str::to_owned);
            key.ok_or_else(|| corrupt("over", &pk, "pk"))
        };
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    /// SU11: Reads the response of a key that [`over`](Self::over) gave.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn one_over(&self, key: &str) -> Result<Option<Response>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.set_key(Some(response_key(key)));
        let answer = get.send().await.map_err(|e| StoreError::database("one_over", e))?;
        let Some(found) = answer.item else { return Ok(None) };
        read_row::<ResponseRow>("one_over", found)?.response().map(Some)
    }

    /// SU10: Takes a response whose link is over off the list; one that was not answered to the end is expired then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn expire(&self, key: &str) -> Result<(), StoreError> {
        let update = || {
            let update = self.client.update_item().table_name(&self.table);
            let update = update.set_key(Some(response_key(key)));
            update.expression_attribute_names("#state", "state")
        };
        let expire = update()
            .update_expression("SET #state = :expired REMOVE due_shard, due_at")
            .condition_expression("#state = :invited")
            .expression_attribute_values(":expired", text("expired"))
            .expression_attribute_values(":invited", text("invited"));
        match expire.send().await {
            Ok(_) => return Ok(()),
            Err(error) if is_refused(&error) => {}
            Err(error) => return Err(StoreError::database("expire", error)),
        }
        let done = update()
            .update_expression("REMOVE due_shard, due_at")
            .condition_expression("attribute_exists(#state)");
        match done.send().await {
            Ok(_) => Ok(()),
            // Erased meanwhile.
            Err(error) if is_refused(&error) => Ok(()),
            Err(error) => Err(StoreError::database("expire", error)),
        }
    }

    fn put(&self, row: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(row))
    }
}

#[derive(Deserialize)]
struct KeyRow {
    pk: String,
}

#[derive(Deserialize)]
struct QuotaRow {
    responses: u32,
}

fn response_key(key: &str) -> Item {
    let key = [("pk", text(response_pk(key))), ("sk", text("response"))];
    key.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// A part of a row.
fn value(operation: &'static str, part: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(part).map_err(|error| StoreError::Corrupt {
        operation,
        key: "(a new row)".to_owned(),
        source: Box::new(error),
    })
}

/// What a refused end comes to: its own earlier try stands, or somebody was faster.
fn raced_or_done(stands: Option<&Item>, answers: &Answers, now: Timestamp) -> Completed {
    let stands = stands.and_then(|row| read_row::<ResponseRow>("complete", row.clone()).ok());
    let is_own = stands.is_some_and(|row| {
        row.state == State::Answered
            && row.answered_at == Some(now.as_millisecond())
            && row.given == answers.given
    });
    if is_own { Completed::Yes } else { Completed::Raced }
}

/// The row that the first condition of a transaction met.
fn stands(error: &SdkError<TransactWriteItemsError>) -> Option<&Item> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().first()?.item()
        }
        Some(_) | None => None,
    }
}

fn is_refused(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

/// Why each item of a transaction was not written.
fn reasons(error: &SdkError<TransactWriteItemsError>) -> Vec<String> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons().iter();
            reasons.map(|reason| reason.code().unwrap_or("None").to_owned()).collect()
        }
        Some(_) | None => Vec::new(),
    }
}
