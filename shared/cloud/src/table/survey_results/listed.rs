//! Answered responses one by one, as people read them and as they are exported.

use std::collections::BTreeSet;

use domain::{
    id::CustomerId,
    moderation::Flag,
    sentiment::{Felt, Sentiment, Topic},
    survey::Answers,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Item, ROW_VERSION, StoreError, SurveyResults, item, read_row, text};
use crate::table::{RowKey, stored::delete_rows};

/// One answered response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// When it was answered.
    pub at: Timestamp,
    /// The hash of its link's word.
    pub key: String,
    /// Who has answered; `None` of an anonymous survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What it is about, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What was answered, and what was carried along.
    pub answers: Answers,
    /// The place of the question that is the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// The free texts, one after the other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How the texts sound; `None` of no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub felt: Option<Felt>,
    /// What they are about.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub topics: BTreeSet<Topic>,
    /// What is in them that people should look at before others see it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
}

/// A page of responses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedPage {
    /// The newest first.
    pub responses: Vec<Listed>,
    /// Where the next page begins: a sort key; `None` behind the last.
    pub next: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ListedRow {
    pk: String,
    sk: String,
    v: u8,
    response: Listed,
}

impl Listed {
    /// Where it stands among those of its survey.
    pub fn place(&self) -> String {
        place(self.at, &self.key)
    }
}

impl SurveyResults {
    /// SR3: Lists an answered response, once: what people have said of it since stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(
        &self,
        tenant: &str,
        survey: &str,
        response: &Listed,
    ) -> Result<(), StoreError> {
        let row = ListedRow {
            pk: listed_pk(tenant, survey),
            sk: response.place(),
            v: ROW_VERSION,
            response: response.clone(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("list", &row)?))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::database("list", error)),
        }
    }

    /// SR4: The responses that were answered from `from` on and before `until`, the newest first, from `after` on.
    ///
    /// # Errors
    /// When the database does not answer, or a row cannot be read.
    pub async fn listed(
        &self,
        tenant: &str,
        survey: &str,
        from: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: i32,
    ) -> Result<ListedPage, StoreError> {
        let pk = listed_pk(tenant, survey);
        let start = after.map(|after| {
            let key = [("pk", text(&pk)), ("sk", text(after))];
            key.map(|(name, value)| (name.to_owned(), value)).into()
        });
        let query = self.client.query().table_name(&self.table);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :until")
            .expression_attribute_values(":pk", text(&pk))
            .expression_attribute_values(":from", text(place(from, "")))
            .expression_attribute_values(":until", text(place(until, "")))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start);
        let answer = query.send().await.map_err(|e| StoreError::database("listed", e))?;
        let more = answer.last_evaluated_key.is_some();
        let read = |found: Item| {
            let ListedRow { response, .. } = read_row("listed", found)?;
            Ok(response)
        };
        let found = answer.items.unwrap_or_default().into_iter();
        let responses: Vec<Listed> = found.map(read).collect::<Result<_, StoreError>>()?;
        let next = responses.last().filter(|_| more).map(Listed::place);
        Ok(ListedPage { responses, next })
    }

    /// SR5: A person says how the response at a place sounds; whether it is there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn judge(
        &self,
        tenant: &str,
        survey: &str,
        place: &str,
        sentiment: Sentiment,
    ) -> Result<bool, StoreError> {
        let felt = Felt { sentiment, confidence_percent: 100 };
        let felt = serde_dynamo::to_attribute_value(felt).map_err(|error| StoreError::Corrupt {
            operation: "judge",
            key: place.to_owned(),
            source: Box::new(error),
        })?;
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(listed_pk(tenant, survey)))
            .key("sk", text(place))
            .update_expression("SET #response.felt = :felt")
            .expression_attribute_names("#response", "response")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":felt", felt);
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::database("judge", error)),
        }
    }

    /// SR6: Takes responses off the lists. The tallies stay: they name nobody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unlist(&self, keys: &[RowKey]) -> Result<(), StoreError> {
        delete_rows(&self.client, &self.table, "unlist", keys).await
    }

    /// Where the response of this survey, answered at `at`, is listed.
    pub fn listed_key(tenant: &str, survey: &str, at: Timestamp, key: &str) -> RowKey {
        RowKey { pk: listed_pk(tenant, survey), sk: Some(place(at, key)) }
    }
}

fn listed_pk(tenant: &str, survey: &str) -> String {
    format!("{tenant}#{survey}#listed")
}

fn place(at: Timestamp, key: &str) -> String {
    format!("{:013}#{key}", at.as_millisecond().max(0))
}
