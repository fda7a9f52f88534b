#![doc = include_str!("TABLE.md")]

mod listed;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem},
};
use domain::survey::Tally;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Item, ROW_VERSION, StoreError, corrupt, item, number, row as read_row, text};

pub use listed::{Listed, ListedPage};

/// Most seconds of one transaction: with the day's row they stay below the hundred items that it may have.
pub const SECONDS_MAX: usize = 90;

/// How often a lost race is run again before the records have to come again.
const RACES_MAX: usize = 10;

/// Characters of a response's key by which it is known among those of its second: 48 bits.
const MARK_CHARS: usize = 12;

/// How long it is known who was counted: longer than any link is open, after which every answered response is looked at once more.
const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Most days of one look.
const DAYS_MAX: i32 = 400;

/// The `survey_results` table.
#[derive(Clone, Debug)]
pub struct SurveyResults {
    client: Client,
    table: String,
}

/// A response that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The hash of its link's word.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct DayRow {
    pk: String,
    sk: String,
    v: u8,
    revision: u64,
    /// As JSON: it is read and put whole.
    tally: String,
}

#[derive(Serialize, Deserialize)]
struct CountedRow {
    pk: String,
    sk: String,
    v: u8,
    revision: u64,
    /// The marks, one after the other.
    marks: String,
    ttl: i64,
}

impl SurveyResults {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// SR1: Counts responses that ended on `day`, each once however often it comes: `count` adds the one at a place of `ended`. At
    /// most [`SECONDS_MAX`] of them end in different seconds.
    ///
    /// # Errors
    /// When the database does not answer, or others count at the same time again and again: calling again goes on.
    pub async fn count(
        &self,
        tenant: &str,
        survey: &str,
        day: Date,
        ended: &[Ended],
        count: impl Fn(&mut Tally, usize),
    ) -> Result<(), StoreError> {
        for _ in 0..RACES_MAX {
            let seconds: BTreeSet<i64> = ended.iter().map(|one| one.at.as_second()).collect();
            let (day_row, mut counted) = self.read(tenant, survey, day, &seconds).await?;
            let mut tally = match &day_row {
                Some(row) => serde_json::from_str(&row.tally)
                    .map_err(|error| corrupt("count", &row.pk, error.to_string()))?,
                None => Tally::default(),
            };
            let mut touched = BTreeSet::new();
            for (place, one) in ended.iter().enumerate() {
                let second = one.at.as_second();
                let row = counted.entry(second).or_insert_with(|| CountedRow {
                    pk: counted_pk(tenant, survey),
                    sk: second_sk(second),
                    v: ROW_VERSION,
                    revision: 0,
                    marks: String::new(),
                    ttl: (one.at + COUNTED_FOR).as_second(),
                });
                let mark = one.key.get(..MARK_CHARS).unwrap_or(&one.key);
                let mut known = row.marks.as_bytes().chunks(MARK_CHARS);
                if !known.any(|known| known == mark.as_bytes()) {
                    row.marks.push_str(mark);
                    touched.insert(second);
                    count(&mut tally, place);
                }
            }
            if touched.is_empty() {
                return Ok(());
            }
            let day_row = DayRow {
                pk: results_pk(tenant, survey),
                sk: day_sk(day),
                v: ROW_VERSION,
                revision: day_row.map_or(0, |row| row.revision),
                tally: serde_json::to_string(&tally).expect("counts are JSON"),
            };
            let mut puts =
                vec![self.put(
                    day_row.revision,
                    &DayRow { revision: day_row.revision + 1, ..day_row },
                )?];
            for (_, row) in counted.into_iter().filter(|(second, _)| touched.contains(second)) {
                puts.push(
                    self.put(row.revision, &CountedRow { revision: row.revision + 1, ..row })?,
                );
            }
            let transaction = self.client.transact_write_items().set_transact_items(Some(puts));
            let Err(error) = transaction.send().await else { return Ok(()) };
            let raced = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let known = ["None", "ConditionalCheckFailed", "TransactionConflict"];
                    let reasons = cancelled.cancellation_reasons();
                    reasons.iter().all(|reason| known.contains(&reason.code().unwrap_or("None")))
                }
                Some(_) | None => false,
            };
            if !raced {
                return Err(StoreError::database("count", error));
            }
        }
        Err(StoreError::Database { operation: "count", source: "raced too often".into() })
    }

    /// SR2: The tallies of the days from `from` to `until`, those that have one.
    ///
    /// # Errors
    /// When the database does not answer, or a row cannot be read.
    pub async fn days(
        &self,
        tenant: &str,
        survey: &str,
        from: Date,
        until: Date,
    ) -> Result<Vec<(Date, Tally)>, StoreError> {
        let query = self.client.query().table_name(&self.table).limit(DAYS_MAX);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :until")
            .expression_attribute_values(":pk", text(results_pk(tenant, survey)))
            .expression_attribute_values(":from", text(day_sk(from)))
            .expression_attribute_values(":until", text(day_sk(until)));
        let answer = query.send().await.map_err(|e| StoreError::database("days", e))?;
        let read = |found: Item| {
            let row: DayRow = read_row("days", found)?;
            let wrong = |why: String| corrupt("days", &row.pk, why);
            let day = row.sk.strip_prefix("day#").and_then(|day| day.parse().ok());
            let day = day.ok_or_else(|| wrong("sk".to_owned()))?;
            let tally =
                serde_json::from_str(&row.tally).map_err(|error| wrong(error.to_string()))?;
            Ok((day, tally))
        };
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    /// The day's row, and those of the seconds, as far as they are there.
    async fn read(
        &self,
        tenant: &str,
        survey: &str,
        day: Date,
        seconds: &BTreeSet<i64>,
    ) -> Result<(Option<DayRow>, BTreeMap<i64, CountedRow>), StoreError> {
        let of_day = [(results_pk(tenant, survey), day_sk(day))].into_iter();
        let of_seconds =
            seconds.iter().map(|second| (counted_pk(tenant, survey), second_sk(*second)));
        let mut keys: Vec<HashMap<String, AttributeValue>> = of_day
            .chain(of_seconds)
            .map(|(pk, sk)| Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]))
            .collect();
        let (mut found_day, mut counted) = (None, BTreeMap::new());
        while !keys.is_empty() {
            let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
            let wanted = wanted.build().expect("every part is set");
            let get = self.client.batch_get_item().request_items(&self.table, wanted);
            let answer = get.send().await.map_err(|e| StoreError::database("count", e))?;
            for found in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                let sort = found.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
                match sort.unwrap_or_default().parse() {
                    Ok(second) => drop(counted.insert(second, read_row("count", found)?)),
                    Err(_) => found_day = Some(read_row("count", found)?),
                }
            }
            let left = answer.unprocessed_keys.unwrap_or_default().into_values();
            keys = left.flat_map(|left| left.keys).collect();
        }
        Ok((found_day, counted))
    }

    fn put(&self, read: u64, row: &impl Serialize) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(item("count", row)?));
        let put = if read == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("revision = :read")
                .expression_attribute_values(":read", number(read))
        };
        let put = put.build().expect("every part is set");
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn results_pk(tenant: &str, survey: &str) -> String {
    format!("{tenant}#{survey}")
}

fn counted_pk(tenant: &str, survey: &str) -> String {
    format!("{tenant}#{survey}#counted")
}

fn day_sk(day: Date) -> String {
    format!("day#{day}")
}

fn second_sk(second: i64) -> String {
    second.to_string()
}
