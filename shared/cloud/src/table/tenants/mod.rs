#![doc = include_str!("TABLE.md")]

mod brake;
mod cache;
mod key;

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::Client;
use domain::{
    phone::Pepper,
    rule::{RuleSet, RuleSource},
    secret::Secret,
    source::Source,
    tenant::{Tenant, TenantSecrets},
    verify::Secrets,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{ROW_VERSION, StoreError, corrupt, item, row, text};
use crate::zalo::AccessToken;
use cache::Cache;
pub use key::ApiKey;

pub use brake::{Counted, Slice};

/// The `tenants` table, with what was read of it in the last minute.
#[derive(Debug)]
pub struct Tenants {
    client: Client,
    table: String,
    settings: Cache<String, Option<Arc<Settings>>>,
    active: Cache<String, Option<u32>>,
    rule_sets: Cache<(String, u32), Arc<RuleSet>>,
    tokens: Cache<(String, String), Option<Arc<AccessToken>>>,
}

/// What intake and the journeys need to know of a tenant.
#[derive(Debug)]
pub struct Settings {
    /// What its file says.
    pub tenant: Tenant,
    /// What makes keys of phone numbers.
    pub pepper: Pepper,
    /// Where words to its own people are posted.
    pub alert_url: Option<Secret>,
    sources: BTreeMap<String, Secrets>,
}

impl Settings {
    /// The secrets of one source; none at all when the tenant does not use it, which refuses every hook.
    pub fn secrets(&self, source: Source) -> Secrets {
        self.sources.get(source.as_str()).cloned().unwrap_or_default()
    }
}

/// What became of a tenant that was to be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// It is stored, and its rules judge from now on.
    Done,
    /// Other rules have this version's number, and events were judged by them: nothing was stored.
    VersionTaken,
}

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    pk: String,
    sk: String,
    v: u8,
    tenant: String,
    pepper: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_url: Option<String>,
    sources: BTreeMap<String, SourceRow>,
}

#[derive(Serialize, Deserialize)]
struct SourceRow {
    current: Option<String>,
    previous: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ActiveRow {
    pk: String,
    sk: String,
    v: u8,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct RuleRow {
    pk: String,
    sk: String,
    v: u8,
    rules: String,
}

#[derive(Serialize, Deserialize)]
struct OaRow {
    pk: String,
    sk: String,
    v: u8,
    access_token: String,
}

impl Tenants {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self {
            client: client.clone(),
            table: table.to_owned(),
            settings: Cache::default(),
            active: Cache::default(),
            rule_sets: Cache::default(),
            tokens: Cache::default(),
        }
    }

    /// TE1: What is known of a tenant; `None` when there is none of this name.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn settings(
        &self,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Settings>>, StoreError> {
        if let Some(known) = self.settings.get(&tenant.to_owned(), now) {
            return Ok(known);
        }
        let stored: Option<SettingsRow> = self.get("settings", tenant, "settings").await?;
        let settings =
            stored.map(|stored| read_settings(tenant, stored)).transpose()?.map(Arc::new);
        self.settings.put(tenant.to_owned(), settings.clone(), now);
        Ok(settings)
    }

    /// TE2: The number of the rule set that judges new events; `None` before the first was applied.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn active_version(
        &self,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        if let Some(known) = self.active.get(&tenant.to_owned(), now) {
            return Ok(known);
        }
        let stored: Option<ActiveRow> = self.get("active_version", tenant, "rules").await?;
        let version = stored.map(|stored| stored.version);
        self.active.put(tenant.to_owned(), version, now);
        Ok(version)
    }

    /// TE3: One version of the rules, compiled. A version never changes.
    ///
    /// # Errors
    /// When the database does not answer, or the version is missing or does not compile.
    pub async fn rule_set(
        &self,
        tenant: &str,
        version: u32,
        now: Timestamp,
    ) -> Result<Arc<RuleSet>, StoreError> {
        let key = (tenant.to_owned(), version);
        if let Some(known) = self.rule_sets.get(&key, now) {
            return Ok(known);
        }
        let sk = rules_key(version);
        let bad = |why: String| corrupt("rule_set", &format!("{tenant} {sk}"), why);
        let stored: Option<RuleRow> = self.get("rule_set", tenant, &sk).await?;
        let stored = stored.ok_or_else(|| bad("there is no such version".to_owned()))?;
        let source: RuleSource =
            serde_json::from_str(&stored.rules).map_err(|e| bad(e.to_string()))?;
        let compiled = RuleSet::compile(&source)
            .map_err(|problems| bad(format!("{} problems in stored rules", problems.len())))?;
        let compiled = Arc::new(compiled);
        self.rule_sets.put(key, compiled.clone(), now);
        Ok(compiled)
    }

    /// TE13: One version of the rules as it was written, with its templates; `None` when there is no such version.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn rules_as_written(
        &self,
        tenant: &str,
        version: u32,
    ) -> Result<Option<RuleSource>, StoreError> {
        let sk = rules_key(version);
        let stored: Option<RuleRow> = self.get("rules_as_written", tenant, &sk).await?;
        let bad = |e: serde_json::Error| {
            corrupt("rules_as_written", &format!("{tenant} {sk}"), e.to_string())
        };
        stored.map(|stored| serde_json::from_str(&stored.rules).map_err(bad)).transpose()
    }

    /// TE4: What an Official Account sends with; `None` before it was connected.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn access_token(
        &self,
        tenant: &str,
        oa: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        let key = (tenant.to_owned(), oa.to_owned());
        if let Some(known) = self.tokens.get(&key, now) {
            return Ok(known);
        }
        let stored: Option<OaRow> = self.get("access_token", tenant, &format!("oa#{oa}")).await?;
        let token = stored.map(|stored| {
            let token = AccessToken::new(&stored.access_token);
            token
                .map(Arc::new)
                .ok_or_else(|| corrupt("access_token", &format!("{tenant} oa#{oa}"), "the token"))
        });
        let token = token.transpose()?;
        self.tokens.put(key, token.clone(), now);
        Ok(token)
    }

    /// TE5: Stores a tenant whole: settings, secrets, accounts, and a version of its rules that becomes the active one.
    ///
    /// # Errors
    /// When the database does not answer; calling again repairs what is half done.
    pub async fn apply(
        &self,
        tenant: &Tenant,
        secrets: &TenantSecrets,
        rules: &RuleSource,
    ) -> Result<Applied, StoreError> {
        if self.put_version(&tenant.id, rules).await? == Applied::VersionTaken {
            return Ok(Applied::VersionTaken);
        }
        let sources = secrets.sources.iter().map(|(source, pair)| {
            let row = SourceRow {
                current: Some(pair.current.expose().to_owned()),
                previous: pair.previous.as_ref().map(|secret| secret.expose().to_owned()),
            };
            (source.clone(), row)
        });
        let settings = SettingsRow {
            pk: tenant.id.clone(),
            sk: "settings".to_owned(),
            v: ROW_VERSION,
            tenant: json(tenant),
            pepper: secrets.pepper.expose().to_owned(),
            alert_url: secrets.alert_url.as_ref().map(|url| url.expose().to_owned()),
            sources: sources.collect(),
        };
        self.put("apply", &settings).await?;
        for (oa, credentials) in &secrets.zalo {
            let credentials = OaRow {
                pk: tenant.id.clone(),
                sk: format!("oa#{oa}"),
                v: ROW_VERSION,
                access_token: credentials.access_token.expose().to_owned(),
            };
            self.put("apply", &credentials).await?;
        }
        let active = ActiveRow {
            pk: tenant.id.clone(),
            sk: "rules".to_owned(),
            v: ROW_VERSION,
            version: rules.version,
        };
        self.put("apply", &active).await?;
        Ok(Applied::Done)
    }

    /// Stores a version of the rules, unless another one has its number; the same again is stored.
    async fn put_version(&self, tenant: &str, rules: &RuleSource) -> Result<Applied, StoreError> {
        let version = RuleRow {
            pk: tenant.to_owned(),
            sk: rules_key(rules.version),
            v: ROW_VERSION,
            rules: json(rules),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item("apply", &version)?))
            .condition_expression("attribute_not_exists(pk) OR #rules = :rules")
            .expression_attribute_names("#rules", "rules")
            .expression_attribute_values(":rules", text(&version.rules));
        let Err(error) = put.send().await else { return Ok(Applied::Done) };
        match error.as_service_error() {
            Some(e) if e.is_conditional_check_failed_exception() => Ok(Applied::VersionTaken),
            Some(_) | None => Err(StoreError::database("apply", error)),
        }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        pk: &str,
        sk: &str,
    ) -> Result<Option<T>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table);
        let answer = answer.key("pk", text(pk)).key("sk", text(sk)).send().await;
        let answer = answer.map_err(|e| StoreError::database(operation, e))?;
        answer.item.map(|item| row(operation, item)).transpose()
    }

    async fn put(&self, operation: &'static str, new: &impl Serialize) -> Result<(), StoreError> {
        let new = item(operation, new)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(new)).send().await;
        put.map(drop).map_err(|e| StoreError::database(operation, e))
    }
}

fn read_settings(tenant: &str, stored: SettingsRow) -> Result<Settings, StoreError> {
    let bad = |why: &str| corrupt("settings", &format!("{tenant} settings"), why);
    let pepper =
        Pepper::new(stored.pepper.as_bytes()).ok_or_else(|| bad("the pepper is too short"))?;
    let sources = stored.sources.into_iter().map(|(source, pair)| {
        let secrets = Secrets {
            current: pair.current.map(Secret::new),
            previous: pair.previous.map(Secret::new),
        };
        (source, secrets)
    });
    let sources = sources.collect();
    let tenant = serde_json::from_str(&stored.tenant).map_err(|_| bad("the tenant document"))?;
    let alert_url = stored.alert_url.map(Secret::new);
    Ok(Settings { tenant, pepper, alert_url, sources })
}

fn rules_key(version: u32) -> String {
    format!("rules#{version:06}")
}

fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("a document of ours has only string keys")
}
