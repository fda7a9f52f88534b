//! What a tenant's files say besides the rules, as rows; and what of it differs from the rows that are there.

use std::collections::BTreeMap;

use domain::{
    secret::Secret,
    tenant::{SourceSecrets, Tenant, TenantSecrets, Webhook},
};

use super::{
    AppRow, OaRow, ROW_VERSION, SettingsRow, SourceRow, StoreError, Tenants, WebhookRow, corrupt,
    json,
};

/// One setting or secret that is not what is stored. Its value is not told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// `tenant.name`, `secrets.sources.ghn`.
    pub name: String,
    /// How it differs.
    pub how: Differs,
}

/// How something differs from what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Differs {
    /// It is not stored yet.
    New,
    /// It is stored with another value.
    Changed,
    /// It is stored and no longer given.
    Removed,
}

impl Tenants {
    /// TE14: What of a tenant's settings and secrets differs from what is stored, by name; `None` when nothing is stored.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn differences(
        &self,
        tenant: &Tenant,
        secrets: &TenantSecrets,
    ) -> Result<Option<Vec<Difference>>, StoreError> {
        let stored: Option<SettingsRow> =
            self.get_now("differences", &tenant.id, "settings").await?;
        let Some(stored) = stored else { return Ok(None) };
        let key = format!("{} settings", tenant.id);
        let before = serde_json::from_str::<Tenant>(&stored.tenant)
            .map_err(|_| corrupt("differences", &key, "the tenant document"))?;
        let mut before = flat(&before, &parts_of(&stored));
        let mut now = flat(tenant, &parts_of(&settings_row(tenant, secrets)));
        for account in accounts(tenant, secrets) {
            let stored: Option<OaRow> =
                self.get_now("differences", &tenant.id, &account.sk).await?;
            // What a person has connected by consent is not the file's any more.
            if stored.as_ref().is_some_and(|stored| stored.refresh_token.is_some()) {
                continue;
            }
            let name = account.sk.replacen("oa#", "secrets.zalo.", 1);
            before.extend(stored.map(|stored| (name.clone(), stored.access_token)));
            now.insert(name, account.access_token);
        }
        let new_or_changed = now.iter().filter_map(|(name, value)| {
            let how = match before.get(name) {
                None => Differs::New,
                Some(was) if Secret::new(was.as_str()).matches(value) => return None,
                Some(_) => Differs::Changed,
            };
            Some(Difference { name: name.clone(), how })
        });
        let removed = before.keys().filter(|name| !now.contains_key(*name));
        let removed = removed.map(|name| Difference { name: name.clone(), how: Differs::Removed });
        let mut differences: Vec<Difference> = new_or_changed.chain(removed).collect();
        differences.sort_unstable();
        Ok(Some(differences))
    }
}

pub(super) fn settings_row(tenant: &Tenant, secrets: &TenantSecrets) -> SettingsRow {
    let source = |(source, pair): (&String, &SourceSecrets)| {
        let row = SourceRow {
            current: Some(pair.current.expose().to_owned()),
            previous: pair.previous.as_ref().map(|secret| secret.expose().to_owned()),
        };
        (source.clone(), row)
    };
    let webhook = |(name, Webhook { url, secret }): (&String, &Webhook)| {
        let (url, secret) = (url.expose().to_owned(), secret.expose().to_owned());
        (name.clone(), WebhookRow { url, secret })
    };
    SettingsRow {
        pk: tenant.id.clone(),
        sk: "settings".to_owned(),
        v: ROW_VERSION,
        tenant: json(tenant),
        pepper: secrets.pepper.expose().to_owned(),
        sources: secrets.sources.iter().map(source).collect(),
        alert_url: secrets.alert_url.as_ref().map(|url| url.expose().to_owned()),
        webhooks: secrets.webhooks.iter().map(webhook).collect(),
        zalo_app: secrets.zalo_app.as_ref().map(|app| AppRow {
            secret: app.secret.expose().to_owned(),
            code_verifier: app.code_verifier.as_ref().map(|v| v.expose().to_owned()),
            proves_calls: app.proves_calls,
        }),
    }
}

pub(super) fn accounts(tenant: &Tenant, secrets: &TenantSecrets) -> Vec<OaRow> {
    let account = |(oa, credentials): (&String, &domain::tenant::ZaloSecrets)| {
        OaRow::typed(&tenant.id, oa, credentials.access_token.expose())
    };
    secrets.zalo.iter().map(account).collect()
}

/// The secrets of a settings row by name.
fn parts_of(row: &SettingsRow) -> Vec<(String, String)> {
    let mut parts = vec![("secrets.pepper".to_owned(), row.pepper.clone())];
    parts.extend(row.alert_url.iter().map(|url| ("secrets.alert_url".to_owned(), url.clone())));
    for (name, WebhookRow { url, secret }) in &row.webhooks {
        parts.push((format!("secrets.webhooks.{name}"), json(&(url, secret))));
    }
    if let Some(AppRow { secret, code_verifier, proves_calls }) = &row.zalo_app {
        let all = json(&(secret, code_verifier, proves_calls));
        parts.push(("secrets.zalo_app".to_owned(), all));
    }
    for (source, pair) in &row.sources {
        let both = json(&(&pair.current, &pair.previous));
        parts.push((format!("secrets.sources.{source}"), both));
    }
    parts
}

/// The settings of a tenant by name, and its secrets.
fn flat(tenant: &Tenant, secrets: &[(String, String)]) -> BTreeMap<String, String> {
    let mut flat: BTreeMap<String, String> = secrets.iter().cloned().collect();
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(tenant) {
        flat.extend(
            fields.into_iter().map(|(name, value)| (format!("tenant.{name}"), value.to_string())),
        );
    }
    flat
}
