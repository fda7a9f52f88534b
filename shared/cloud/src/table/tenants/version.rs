//! The versions of a tenant's rules and the pointer to the one that judges.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{Delete, Put, TransactWriteItem, Update},
};
use domain::{
    rule::{RuleSet, RuleSource},
    tenant::{Tenant, TenantSecrets},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    ActiveRow, OaRow, RATED, ROW_VERSION, RatedRow, RuleRow, StoreError, Tenants, json, read_rules,
    rules_key,
    settings::{accounts, settings_row},
};
use crate::table::{Item, corrupt, item, number, row, text};

/// The version that judges, as far as its events and messages have to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// Its number.
    pub version: u32,
    /// `<rule>/<step>` of every step of the rules that are activated. What a rule that has gone had planned is not sent.
    pub steps: BTreeSet<String>,
}

/// Who changes a tenant, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in a few words.
    pub note: Option<String>,
    /// The version that was active when this change was made up: with another one active now nothing is stored.
    pub base: Option<u32>,
}

/// One version, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// Its number.
    pub version: u32,
    /// When it was stored.
    pub at: Timestamp,
    /// Who stored it.
    pub by: String,
    /// Why.
    pub note: Option<String>,
}

/// A business whose customers give stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// Its name.
    pub tenant: String,
    /// Zalo's ids of the templates under which they do.
    pub templates: Vec<String>,
}

/// What became of a tenant that was to be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// It is stored, and its rules judge from now on.
    Done,
    /// Other rules have this version's number: nothing was stored.
    VersionTaken,
    /// Another version than [`Change::base`] is active: somebody else was faster, and nothing was stored.
    Moved,
    /// The rules do not compile: nothing was stored.
    Wrong,
}

/// What became of a version that was to judge again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum RolledBack {
    /// It judges from now on.
    Done,
    /// There is no such version: nothing was changed.
    NoSuchVersion,
}

#[derive(Deserialize)]
struct InfoRow {
    sk: String,
    at: i64,
    by: String,
    note: Option<String>,
}

impl Tenants {
    /// TE5: Stores a tenant whole: settings, secrets, accounts, and a version of its rules that becomes the active one; all of
    /// it or nothing.
    ///
    /// # Errors
    /// When the database does not answer; calling again stores the same.
    pub async fn apply(
        &self,
        tenant: &Tenant,
        secrets: &TenantSecrets,
        rules: &RuleSource,
        change: &Change,
    ) -> Result<Applied, StoreError> {
        let Ok(compiled) = RuleSet::compile(rules) else { return Ok(Applied::Wrong) };
        let put = |item: Item| Put::builder().table_name(&self.table).set_item(Some(item));
        let built = |put: aws_sdk_dynamodb::types::builders::PutBuilder| {
            let put = put.build().expect("table and item are set");
            TransactWriteItem::builder().put(put).build()
        };
        let pointer = item("apply", &pointer_row(&tenant.id, rules.version, &compiled))?;
        let pointer = put(pointer)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", number(rules.version));
        let pointer = match change.base {
            None => pointer.condition_expression("attribute_not_exists(pk) OR #version = :version"),
            Some(base) => pointer
                .condition_expression("#version = :base OR #version = :version")
                .expression_attribute_values(":base", number(base)),
        };
        // The order in which the answer names what was refused.
        let mut transaction = vec![self.version(&tenant.id, rules, change), built(pointer)];
        transaction.push(built(put(item("apply", &settings_row(tenant, secrets))?)));
        transaction.push(self.rated(&tenant.id, rules)?);
        for account in accounts(tenant, secrets) {
            // What a person has connected by consent is refreshed by now: a file would bring back a token that is over.
            let known: Option<OaRow> = self.get_now("apply", &tenant.id, &account.sk).await?;
            if known.is_some_and(|known| known.refresh_token.is_some()) {
                continue;
            }
            let put = put(item("apply", &account)?);
            transaction
                .push(built(put.condition_expression("attribute_not_exists(refresh_token)")));
        }
        let sent = self.client.transact_write_items().set_transact_items(Some(transaction));
        let Err(error) = sent.send().await else { return Ok(Applied::Done) };
        match refused_parts(error.as_service_error()).first() {
            Some(0) => Ok(Applied::VersionTaken),
            Some(_) => Ok(Applied::Moved),
            None => Err(StoreError::database("apply", error)),
        }
    }

    /// The row by which those are found whose customers give stars, put or taken away.
    fn rated(&self, tenant: &str, rules: &RuleSource) -> Result<TransactWriteItem, StoreError> {
        let rated = rules.templates.iter().filter(|template| template.rated);
        let templates: Vec<String> = rated.map(|template| template.template_id.clone()).collect();
        if !templates.is_empty() {
            let (pk, sk) = (RATED.to_owned(), tenant.to_owned());
            let row = RatedRow { pk, sk, v: ROW_VERSION, templates };
            let put = Put::builder().table_name(&self.table).set_item(Some(item("apply", &row)?));
            let put = put.build().expect("table and item are set");
            return Ok(TransactWriteItem::builder().put(put).build());
        }
        let delete = Delete::builder().table_name(&self.table);
        let delete = delete.key("pk", text(RATED)).key("sk", text(tenant));
        let delete = delete.build().expect("table and key are set");
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// TE20: The businesses whose customers give stars.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn rated_tenants(&self) -> Result<Vec<Rated>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let query = self.client.query().table_name(&self.table);
            let query = query
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(RATED))
                .set_exclusive_start_key(start.take());
            let page = query.send().await.map_err(|e| StoreError::database("rated_tenants", e))?;
            for one in page.items.unwrap_or_default() {
                let RatedRow { sk, templates, .. } = row("rated_tenants", one)?;
                found.push(Rated { tenant: sk, templates });
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// TE10: The version that judges new events, with the steps that may send; `None` before the first was applied.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn active(
        &self,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Active>>, StoreError> {
        self.pointer("active", tenant, now).await
    }

    /// TE11: The newest versions, the newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn versions(
        &self,
        tenant: &str,
        newest: usize,
    ) -> Result<Vec<VersionInfo>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < newest {
            let limit = i32::try_from(newest - found.len()).unwrap_or(i32::MAX);
            let query = self.client.query().table_name(&self.table).consistent_read(true);
            let query = query
                .key_condition_expression("pk = :pk AND begins_with(sk, :rules)")
                .projection_expression("v, sk, #at, #by, note")
                .expression_attribute_names("#at", "at")
                .expression_attribute_names("#by", "by")
                .expression_attribute_values(":pk", text(tenant))
                .expression_attribute_values(":rules", text("rules#"))
                .scan_index_forward(false)
                .limit(limit)
                .set_exclusive_start_key(start.take());
            let page = query.send().await.map_err(|e| StoreError::database("versions", e))?;
            for one in page.items.unwrap_or_default() {
                found.push(read_info(tenant, one)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// TE12: One version as it was stored; `None` when there is no such version.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn source(
        &self,
        tenant: &str,
        version: u32,
    ) -> Result<Option<RuleSource>, StoreError> {
        let stored: Option<RuleRow> = self.get_now("source", tenant, &rules_key(version)).await?;
        stored.map(|stored| read_rules("source", tenant, &stored)).transpose()
    }

    /// TE13: Lets an earlier version judge again. Settings and secrets stay as they are.
    ///
    /// # Errors
    /// When the database does not answer, or the version is corrupt.
    pub async fn rollback(
        &self,
        tenant: &str,
        version: u32,
        by: &str,
        at: Timestamp,
    ) -> Result<RolledBack, StoreError> {
        let sk = rules_key(version);
        let stored: Option<RuleRow> = self.get_now("rollback", tenant, &sk).await?;
        let Some(stored) = stored else { return Ok(RolledBack::NoSuchVersion) };
        let source = read_rules("rollback", tenant, &stored)?;
        let compiled = RuleSet::compile(&source).map_err(|problems| {
            corrupt("rollback", &format!("{tenant} {sk}"), counted(&problems))
        })?;
        let pointer = ActiveRow {
            rolled_back_by: Some(by.to_owned()),
            rolled_back_at: Some(at.as_millisecond()),
            ..pointer_row(tenant, version, &compiled)
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item("rollback", &pointer)?)).send().await;
        put.map(|_| RolledBack::Done).map_err(|e| StoreError::database("rollback", e))
    }

    /// What stands at the pointer, read at most once a minute.
    pub(super) async fn pointer(
        &self,
        operation: &'static str,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Active>>, StoreError> {
        if let Some(known) = self.active.get(&tenant.to_owned(), now) {
            return Ok(known);
        }
        let stored: Option<ActiveRow> = self.get(operation, tenant, "rules").await?;
        let active = stored.map(|stored| {
            Arc::new(Active { version: stored.version, steps: stored.steps.into_iter().collect() })
        });
        self.active.put(tenant.to_owned(), active.clone(), now);
        Ok(active)
    }

    /// Puts a version unless other rules have its number. The same again changes nothing: who and when stay those of the first.
    fn version(&self, tenant: &str, rules: &RuleSource, change: &Change) -> TransactWriteItem {
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(tenant))
            .key("sk", text(rules_key(rules.version)))
            .condition_expression("attribute_not_exists(pk) OR #rules = :rules")
            .expression_attribute_names("#rules", "rules")
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#by", "by")
            .expression_attribute_values(":rules", text(json(rules)))
            .expression_attribute_values(":v", number(ROW_VERSION))
            .expression_attribute_values(":at", number(change.at.as_millisecond()))
            .expression_attribute_values(":by", text(&change.by));
        let mut set = "SET v = :v, #rules = :rules, #at = if_not_exists(#at, :at), \
                       #by = if_not_exists(#by, :by)"
            .to_owned();
        if let Some(note) = &change.note {
            set.push_str(", note = if_not_exists(note, :note)");
            update = update.expression_attribute_values(":note", text(note));
        }
        let update = update.update_expression(set).build().expect("key and expression are set");
        TransactWriteItem::builder().update(update).build()
    }
}

fn pointer_row(tenant: &str, version: u32, rules: &RuleSet) -> ActiveRow {
    ActiveRow {
        pk: tenant.to_owned(),
        sk: "rules".to_owned(),
        v: ROW_VERSION,
        version,
        steps: rules.active_steps().into_iter().collect(),
        rolled_back_by: None,
        rolled_back_at: None,
    }
}

fn read_info(tenant: &str, found: Item) -> Result<VersionInfo, StoreError> {
    let stored: InfoRow = row("versions", found)?;
    let bad = |why: &str| corrupt("versions", &format!("{tenant} {}", stored.sk), why);
    let version = stored.sk.strip_prefix("rules#").and_then(|digits| digits.parse().ok());
    Ok(VersionInfo {
        version: version.ok_or_else(|| bad("the number in sk"))?,
        at: Timestamp::from_millisecond(stored.at).map_err(|_| bad("at"))?,
        by: stored.by,
        note: stored.note,
    })
}

fn counted(problems: &[domain::rule::Problem]) -> String {
    format!("{} problems in stored rules", problems.len())
}

/// Which parts of a transaction a condition refused; none when it failed for any other reason, which may pass.
pub(super) fn refused_parts(error: Option<&TransactWriteItemsError>) -> Vec<usize> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error else {
        return Vec::new();
    };
    let codes = cancelled.cancellation_reasons().iter().map(|reason| reason.code());
    let codes: Vec<&str> = codes.map(|code| code.unwrap_or("None")).collect();
    if codes.iter().any(|code| !["None", "ConditionalCheckFailed"].contains(code)) {
        return Vec::new();
    }
    (0..).zip(codes).filter(|(_, code)| *code != "None").map(|(part, _)| part).collect()
}
