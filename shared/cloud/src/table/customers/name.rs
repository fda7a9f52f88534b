//! The name that a customer goes by, and finding customers by it, with or without marks: one small row per word.
//!
//! A word is kept without Vietnamese marks and in lower case, so that `Nguyễn`, `nguyen` and `NGUYỄN` are one. The rows of one
//! word stand together, sorted by the whole name.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use domain::{id::CustomerId, text::without_marks};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Customers, ROW_VERSION, StoreError, corrupt, identity::condition_failed, item, number, row,
    text,
};
use crate::table::stored::RowKey;

/// Most words of a name that it is found by: Vietnamese names have two to five.
const WORDS_MAX: usize = 8;

/// Longest word or name in a key, in characters.
const KEY_CHARS_MAX: usize = 60;

/// Most customers that one search gives.
const FOUND_MAX: usize = 25;

/// Most rows of one word that one search reads.
const ROWS_READ_MAX: i32 = 200;

/// Customers of a name, and whether there are more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Each with the name that it is known by.
    pub customers: Vec<(CustomerId, String)>,
    /// Whether the search saw only a part.
    pub more: bool,
}

#[derive(Serialize, Deserialize)]
struct NameRow {
    pk: String,
    sk: String,
    v: u8,
    customer: CustomerId,
    name: String,
}

/// A text as names are compared: lower case, without marks, single blanks.
fn folded(text: &str) -> String {
    let plain = without_marks(text).to_lowercase();
    let letters = plain.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' });
    letters.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    text.chars().take(KEY_CHARS_MAX).collect()
}

fn words(folded: &str) -> BTreeSet<String> {
    folded.split(' ').filter(|word| !word.is_empty()).take(WORDS_MAX).map(cut).collect()
}

fn key(tenant: &str, word: &str, folded: &str, customer: &CustomerId) -> (String, String) {
    (format!("{tenant}#name#{word}"), format!("{}#{customer}", cut(folded)))
}

/// Where a customer of this name stands in the index.
pub(crate) fn name_keys(tenant: &str, customer: &CustomerId, name: &str) -> Vec<RowKey> {
    let folded = folded(name);
    let key = |word: String| {
        let (pk, sk) = key(tenant, &word, &folded, customer);
        RowKey { pk, sk: Some(sk) }
    };
    words(&folded).into_iter().map(key).collect()
}

impl Customers {
    /// CU8: Books the name that the customer goes by, unless a later event gave one, and what it is found by: all of it or
    /// nothing. `before` is the name that it takes the place of.
    ///
    /// # Errors
    /// When the database does not answer, or was busy with the same name.
    pub async fn name(
        &self,
        tenant: &str,
        customer: &CustomerId,
        name: &str,
        at: Timestamp,
        before: Option<&str>,
    ) -> Result<(), StoreError> {
        let profile = Update::builder()
            .table_name(&self.table)
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text("about#profile"))
            .update_expression("SET #name = :name, #at = :at, v = :v")
            .condition_expression("attribute_not_exists(pk) OR #at < :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(name))
            .expression_attribute_values(":at", number(at.as_millisecond()))
            .expression_attribute_values(":v", number(ROW_VERSION))
            .build()
            .expect("every part is set");
        let mut parts = vec![TransactWriteItem::builder().update(profile).build()];
        let new = folded(name);
        let new_keys: BTreeSet<_> =
            words(&new).iter().map(|word| key(tenant, word, &new, customer)).collect();
        let old = before.map(folded).unwrap_or_default();
        let old_keys = words(&old).into_iter().map(|word| key(tenant, &word, &old, customer));
        for (pk, sk) in old_keys.filter(|old| !new_keys.contains(old)) {
            let delete = Delete::builder().table_name(&self.table);
            let delete = delete.key("pk", text(pk)).key("sk", text(sk)).build();
            let delete = delete.expect("every part is set");
            parts.push(TransactWriteItem::builder().delete(delete).build());
        }
        for (pk, sk) in new_keys {
            let (customer, name) = (customer.clone(), name.to_owned());
            let stored = item("name", &NameRow { pk, sk, v: ROW_VERSION, customer, name })?;
            let put = Put::builder().table_name(&self.table).set_item(Some(stored)).build();
            let put = put.expect("every part is set");
            parts.push(TransactWriteItem::builder().put(put).build());
        }
        let transaction = self.client.transact_write_items().set_transact_items(Some(parts));
        match transaction.send().await {
            Ok(_) => Ok(()),
            Err(e) if condition_failed(e.as_service_error()) => Ok(()),
            Err(e) => Err(StoreError::database("name", e)),
        }
    }

    /// CU31: The customers whose names have the longest word of `asked`, and a word that begins with each of the others.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn named(&self, tenant: &str, asked: &str) -> Result<Named, StoreError> {
        let asked = words(&folded(asked));
        let Some(longest) = asked.iter().max_by_key(|word| word.chars().count()) else {
            return Ok(Named::default());
        };
        let query = self.client.query().table_name(&self.table);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(format!("{tenant}#name#{longest}")))
            .limit(ROWS_READ_MAX);
        let answer = query.send().await.map_err(|e| StoreError::database("named", e))?;
        let mut found = Named { more: answer.last_evaluated_key.is_some(), ..Named::default() };
        for stored in answer.items.unwrap_or_default() {
            let stored: NameRow = row("named", stored)?;
            let known = stored.sk.rsplit_once('#').map(|(name, _)| words(name));
            let known = known.ok_or_else(|| corrupt("named", &stored.sk, "sk"))?;
            let begins = |word: &String| known.iter().any(|known| known.starts_with(word.as_str()));
            if !asked.iter().all(begins) {
                continue;
            }
            if found.customers.len() == FOUND_MAX {
                found.more = true;
                break;
            }
            found.customers.push((stored.customer, stored.name));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_with_and_without_marks() {
        for name in [
            "Nguyễn Thị Lan",
            "nguyen thi lan",
            "  NGUYỄN  THỊ-LAN ",
            "Nguye\u{302}\u{303}n Thị Lan",
        ] {
            assert_eq!(folded(name), "nguyen thi lan", "{name}");
        }
        assert_eq!(folded("Đặng ***"), "dang");
        assert_eq!(folded("!!"), "");
    }

    #[test]
    fn words_are_bounded_in_number_and_length() {
        let long = format!("{} {}", "a".repeat(5_000), "b c d e f g h i j k l");
        let words = words(&folded(&long));
        assert_eq!(words.len(), WORDS_MAX);
        assert!(words.iter().all(|word| word.chars().count() <= KEY_CHARS_MAX));
    }
}
