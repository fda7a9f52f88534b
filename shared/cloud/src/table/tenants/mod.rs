#![doc = include_str!("TABLE.md")]

mod account;
mod brake;
mod cache;
mod consent;
mod key;
mod settings;
mod version;

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::Client;
use domain::{
    phone::Pepper,
    rule::{RuleSet, RuleSource},
    secret::Secret,
    source::Source,
    tenant::{AppSecrets, Tenant, Webhook},
    verify::Secrets,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{ROW_VERSION, StoreError, corrupt, item, row, text};
use account::OaRow;
pub use account::{Conditional, Connected, Credential, NewPair};
pub use brake::{Counted, Slice};
use cache::{Cache, Kept};
pub use consent::Consenting;
pub use key::ApiKey;
pub use settings::{Difference, Differs};
pub use version::{Active, Applied, Change, Rated, RolledBack, VersionInfo};

/// The `tenants` table, with what was read of it before.
#[derive(Debug)]
pub struct Tenants {
    client: Client,
    table: String,
    settings: Cache<String, Option<Arc<Settings>>>,
    active: Cache<String, Option<Arc<Active>>>,
    rule_sets: Kept<(String, u32), Arc<RuleSet>>,
    tokens: Cache<(String, String), Option<Arc<Credential>>>,
}

/// What intake and the journeys need to know of a tenant.
#[derive(Debug)]
pub struct Settings {
    /// What its file says.
    pub tenant: Tenant,
    /// What makes keys of phone numbers.
    pub pepper: Pepper,
    /// Where words to the business's own people are posted.
    pub alert_url: Option<Secret>,
    /// What the Zalo app proves itself by, where accounts are connected by consent.
    pub zalo_app: Option<AppSecrets>,
    /// Which systems of the business are told, by name.
    pub webhooks: BTreeMap<String, Webhook>,
    sources: BTreeMap<String, Secrets>,
}

impl Settings {
    /// The secrets of one source; none at all when the tenant does not use it, which refuses every hook.
    pub fn secrets(&self, source: Source) -> Secrets {
        self.sources.get(source.as_str()).cloned().unwrap_or_default()
    }
}

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    pk: String,
    sk: String,
    v: u8,
    tenant: String,
    pepper: String,
    sources: BTreeMap<String, SourceRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alert_url: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    webhooks: BTreeMap<String, WebhookRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zalo_app: Option<AppRow>,
}

#[derive(Serialize, Deserialize)]
struct AppRow {
    secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code_verifier: Option<String>,
    #[serde(default)]
    proves_calls: bool,
}

#[derive(Serialize, Deserialize)]
struct WebhookRow {
    url: String,
    secret: String,
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
    steps: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rolled_back_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rolled_back_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct RuleRow {
    pk: String,
    sk: String,
    v: u8,
    rules: String,
    at: i64,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Where the businesses stand whose customers give stars; no business has such a name.
const RATED: &str = "#rated";

#[derive(Serialize, Deserialize)]
struct RatedRow {
    pk: String,
    sk: String,
    v: u8,
    /// Zalo's ids.
    templates: Vec<String>,
}

impl Tenants {
    /// The table of this name.
    pub fn new(client: &Client, table: &str) -> Self {
        Self {
            client: client.clone(),
            table: table.to_owned(),
            settings: Cache::default(),
            active: Cache::default(),
            rule_sets: Kept::versions(),
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
        let active = self.pointer("active_version", tenant, now).await?;
        Ok(active.map(|active| active.version))
    }

    /// TE3: One version of the rules, compiled. A version never changes.
    ///
    /// # Errors
    /// When the database does not answer, or the version is missing or does not compile.
    pub async fn rule_set(&self, tenant: &str, version: u32) -> Result<Arc<RuleSet>, StoreError> {
        let key = (tenant.to_owned(), version);
        if let Some(known) = self.rule_sets.get(&key) {
            return Ok(known);
        }
        let sk = rules_key(version);
        let bad = |why: String| corrupt("rule_set", &format!("{tenant} {sk}"), why);
        let stored: Option<RuleRow> = self.get("rule_set", tenant, &sk).await?;
        let stored = stored.ok_or_else(|| bad("there is no such version".to_owned()))?;
        let source = read_rules("rule_set", tenant, &stored)?;
        let compiled = RuleSet::compile(&source)
            .map_err(|problems| bad(format!("{} problems in stored rules", problems.len())))?;
        let compiled = Arc::new(compiled);
        self.rule_sets.put(key, compiled.clone());
        Ok(compiled)
    }

    /// TE4: What an Official Account sends with, as it was known up to a minute ago; `None` before it was connected.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn access_token(
        &self,
        tenant: &str,
        oa: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Credential>>, StoreError> {
        let key = (tenant.to_owned(), oa.to_owned());
        if let Some(known) = self.tokens.get(&key, now) {
            return Ok(known);
        }
        let stored: Option<OaRow> = self.get("access_token", tenant, &account::key(oa)).await?;
        let read = stored.map(|stored| account::read("access_token", stored)).transpose()?;
        let read = read.map(Arc::new);
        self.tokens.put(key, read.clone(), now);
        Ok(read)
    }

    /// The next [`Tenants::access_token`] reads again.
    pub(crate) fn forget_token(&self, tenant: &str, oa: &str) {
        self.tokens.forget(&(tenant.to_owned(), oa.to_owned()));
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

    /// The same past every cache and every lag: for who changes what he reads.
    async fn get_now<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        pk: &str,
        sk: &str,
    ) -> Result<Option<T>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = answer.key("pk", text(pk)).key("sk", text(sk)).send().await;
        let answer = answer.map_err(|e| StoreError::database(operation, e))?;
        answer.item.map(|item| row(operation, item)).transpose()
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
    let webhooks = stored.webhooks.into_iter().map(|(name, WebhookRow { url, secret })| {
        (name, Webhook { url: Secret::new(url), secret: Secret::new(secret) })
    });
    let webhooks = webhooks.collect();
    let zalo_app =
        stored.zalo_app.map(|AppRow { secret, code_verifier, proves_calls }| AppSecrets {
            secret: Secret::new(secret),
            code_verifier: code_verifier.map(Secret::new),
            proves_calls,
        });
    Ok(Settings { tenant, pepper, alert_url, zalo_app, webhooks, sources })
}

fn read_rules(
    operation: &'static str,
    tenant: &str,
    stored: &RuleRow,
) -> Result<RuleSource, StoreError> {
    serde_json::from_str(&stored.rules)
        .map_err(|e| corrupt(operation, &format!("{tenant} {}", stored.sk), e.to_string()))
}

fn rules_key(version: u32) -> String {
    format!("rules#{version:06}")
}

fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("a document of ours has only string keys")
}
