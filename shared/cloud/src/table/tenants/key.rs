//! API keys: what a person or a program of the business proves itself by. Only a hash is stored.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ROW_VERSION, StoreError, Tenants, corrupt, item, row, text};

/// An API key as it is known after it was shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// What people call it.
    pub name: String,
    /// What it opens: `console`.
    pub scopes: BTreeSet<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it.
    pub by: String,
}

impl ApiKey {
    /// Whether the key opens this.
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}

#[derive(Serialize, Deserialize)]
struct KeyRow {
    pk: String,
    sk: String,
    v: u8,
    name: String,
    scopes: BTreeSet<String>,
    created: i64,
    by: String,
}

impl Tenants {
    /// TE15: Stores a key by its hash. One that is stored already is replaced.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_key(
        &self,
        tenant: &str,
        presented: &str,
        key: &ApiKey,
    ) -> Result<(), StoreError> {
        let stored = KeyRow {
            pk: tenant.to_owned(),
            sk: sort_key(presented),
            v: ROW_VERSION,
            name: key.name.clone(),
            scopes: key.scopes.clone(),
            created: key.created.as_millisecond(),
            by: key.by.clone(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item("put_key", &stored)?)).send().await;
        put.map(drop).map_err(|e| StoreError::database("put_key", e))
    }

    /// TE16: The key that somebody presents; `None` when there is none. It is found by its hash, so the time tells nothing of it.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn key(&self, tenant: &str, presented: &str) -> Result<Option<ApiKey>, StoreError> {
        let stored: Option<KeyRow> = self.get_now("key", tenant, &sort_key(presented)).await?;
        stored.map(|stored| read_key("key", stored)).transpose()
    }

    /// TE17: All keys of a tenant, by name.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn keys(&self, tenant: &str) -> Result<Vec<ApiKey>, StoreError> {
        let stored = self.key_rows("keys", tenant).await?.into_iter();
        let keys: Result<Vec<_>, _> = stored.map(|stored| read_key("keys", stored)).collect();
        let mut keys = keys?;
        keys.sort_by(|one, other| (&one.name, one.created).cmp(&(&other.name, other.created)));
        Ok(keys)
    }

    /// TE18: The key of this name; `None` once it was taken away.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn key_named(&self, tenant: &str, name: &str) -> Result<Option<ApiKey>, StoreError> {
        let mut stored = self.key_rows("key_named", tenant).await?.into_iter();
        let found = stored.find(|stored| stored.name == name);
        found.map(|stored| read_key("key_named", stored)).transpose()
    }

    /// TE19: Takes every key of this name away; how many there were.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt; calling again takes the rest away.
    pub async fn revoke_key(&self, tenant: &str, name: &str) -> Result<usize, StoreError> {
        let mut revoked = 0;
        for stored in self.key_rows("revoke_key", tenant).await? {
            if stored.name != name {
                continue;
            }
            let delete = self.client.delete_item().table_name(&self.table);
            let delete = delete.key("pk", text(&stored.pk)).key("sk", text(&stored.sk));
            delete.send().await.map_err(|e| StoreError::database("revoke_key", e))?;
            revoked += 1;
        }
        Ok(revoked)
    }

    async fn key_rows(
        &self,
        operation: &'static str,
        tenant: &str,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let query = self.client.query().table_name(&self.table).consistent_read(true);
            let query = query
                .key_condition_expression("pk = :pk AND begins_with(sk, :key)")
                .expression_attribute_values(":pk", text(tenant))
                .expression_attribute_values(":key", text("key#"))
                .set_exclusive_start_key(start);
            let page = query.send().await.map_err(|e| StoreError::database(operation, e))?;
            for one in page.items.unwrap_or_default() {
                found.push(row(operation, one)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }
}

fn read_key(operation: &'static str, stored: KeyRow) -> Result<ApiKey, StoreError> {
    let created = Timestamp::from_millisecond(stored.created);
    let bad = |_| corrupt(operation, &format!("{} {}", stored.pk, stored.sk), "created");
    Ok(ApiKey {
        name: stored.name,
        scopes: stored.scopes,
        created: created.map_err(bad)?,
        by: stored.by,
    })
}

fn sort_key(presented: &str) -> String {
    format!("key#{}", HEXLOWER.encode(&Sha256::digest(presented)))
}
