//! The credentials of Official Accounts: one row each, of which every write is conditional on the version that it has read.
//!
//! The protocol is `domain::custody`; here its steps become requests. A pair that was replaced is kept until the next one comes,
//! together with the answer that brought the present one, sealed by a key that is derived from the tenant's pepper.

use std::fmt;

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{Delete, Put, TransactWriteItem},
};
use domain::{
    custody::{Claim, Ended, Lease, Release, Standing, TRIES_MAX},
    secret::Secret,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Tenants, version::refused_parts};
use crate::{
    table::{ROW_VERSION, StoreError, corrupt, item, number, row, text},
    zalo::AccessToken,
};

/// Where all accounts stand that are connected; no business has such a name.
const CONNECTED: &str = "#accounts";

/// What Zalo said to an exchange that brought no pair, until one does.
const NO_TROUBLE: i64 = 0;

#[derive(Serialize, Deserialize)]
pub(super) struct OaRow {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) v: u8,
    pub(super) access_token: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_issued_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease_owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease_until: Option<i64>,
    #[serde(default, skip_serializing_if = "is_none")]
    tries: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connected_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connected_at: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(version: &u64) -> bool {
    *version == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(tries: &u8) -> bool {
    *tries == 0
}

impl OaRow {
    /// An access token that somebody typed into the tenant's file.
    pub(super) fn typed(tenant: &str, oa: &str, access_token: &str) -> Self {
        Self {
            pk: tenant.to_owned(),
            sk: key(oa),
            v: ROW_VERSION,
            access_token: access_token.to_owned(),
            version: 0,
            refresh_token: None,
            issued_at: None,
            expires_at: None,
            refresh_issued_at: None,
            lease_owner: None,
            lease_until: None,
            tries: 0,
            retry_at: None,
            ended: None,
            trouble: None,
            before: None,
            connected_by: None,
            connected_at: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ConnectedRow {
    pk: String,
    sk: String,
    v: u8,
}

/// What an account is spoken for with. Its tokens print as dots.
#[derive(Clone)]
pub struct Credential {
    /// All that is known of the pair but the tokens.
    pub standing: Standing,
    /// Sent with every call.
    pub access: AccessToken,
    /// Good for one exchange.
    pub refresh: Option<Secret>,
    /// What Zalo said when it last refused to exchange it for a reason that people have to mend.
    pub trouble: Option<i64>,
    /// Who connected it and when; `None` for a token from the tenant's file.
    pub connected: Option<(String, Timestamp)>,
    /// The pair before and the answer that brought this one, sealed.
    pub before: Option<Vec<u8>>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("standing", &self.standing).finish_non_exhaustive()
    }
}

/// A pair that is to be stored.
#[derive(Clone, Debug)]
pub struct NewPair {
    /// Sent with every call.
    pub access: Secret,
    /// Good for one exchange; `None` keeps the one that is there.
    pub refresh: Option<Secret>,
    /// When it came.
    pub issued_at: Timestamp,
    /// How long its access token lives; `None` where nobody said.
    pub life: Option<SignedDuration>,
    /// The pair before and the answer that brought this one, sealed.
    pub before: Option<Vec<u8>>,
}

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Conditional {
    /// It is stored.
    Done,
    /// Another version is there, or another owner.
    Refused,
}

/// An account that is connected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connected {
    /// The business.
    pub tenant: String,
    /// The account.
    pub oa: String,
}

impl Tenants {
    /// TE21: What an account is spoken for with, past every cache; `None` before it was connected.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn credential(
        &self,
        tenant: &str,
        oa: &str,
    ) -> Result<Option<Credential>, StoreError> {
        let stored: Option<OaRow> = self.get_now("credential", tenant, &key(oa)).await?;
        stored.map(|stored| read("credential", stored)).transpose()
    }

    /// TE22: Takes the lease and writes down that the refresh token is about to be used.
    ///
    /// # Errors
    /// When the database does not answer: it may be stored all the same.
    pub async fn claim(
        &self,
        tenant: &str,
        oa: &str,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<Conditional, StoreError> {
        let set = "SET lease_owner = :owner, lease_until = :until, tries = :tries";
        let tries = if claim.tries_before == 0 {
            "(attribute_not_exists(tries) OR tries = :before)"
        } else {
            "tries = :before"
        };
        let condition = format!(
            "version = :version AND {tries} AND attribute_not_exists(ended) \
             AND (attribute_not_exists(lease_until) OR lease_until <= :now)"
        );
        let update =
            self.account(tenant, oa).update_expression(set).condition_expression(condition);
        let update = update
            .expression_attribute_values(":owner", text(&claim.lease.owner))
            .expression_attribute_values(":until", ms(claim.lease.until))
            .expression_attribute_values(":tries", number(claim.tries_before + 1))
            .expression_attribute_values(":before", number(claim.tries_before))
            .expression_attribute_values(":version", number(claim.version))
            .expression_attribute_values(":now", ms(now));
        written("claim", update).await
    }

    /// TE23: Puts a new pair in the place of this version, whoever holds the lease.
    ///
    /// # Errors
    /// When the database does not answer: it may be stored all the same.
    pub async fn swap(
        &self,
        tenant: &str,
        oa: &str,
        version: u64,
        pair: &NewPair,
    ) -> Result<Conditional, StoreError> {
        let mut set = "SET access_token = :access, version = :next, issued_at = :at".to_owned();
        let mut remove =
            "REMOVE lease_owner, lease_until, tries, retry_at, ended, trouble".to_owned();
        let mut update = self
            .account(tenant, oa)
            .condition_expression("version = :version")
            .expression_attribute_values(":version", number(version))
            .expression_attribute_values(":next", number(version + 1))
            .expression_attribute_values(":at", ms(pair.issued_at))
            .expression_attribute_values(":access", text(pair.access.expose()));
        match pair.life {
            Some(life) => {
                set += ", expires_at = :expires";
                let expires = ms(pair.issued_at + life);
                update = update.expression_attribute_values(":expires", expires);
            }
            None => remove += ", expires_at",
        }
        if let Some(refresh) = &pair.refresh {
            set += ", refresh_token = :refresh, refresh_issued_at = :at";
            update = update.expression_attribute_values(":refresh", text(refresh.expose()));
        }
        match &pair.before {
            Some(before) => {
                // The word is one of DynamoDB's own.
                set += ", #before = :before";
                let sealed = aws_sdk_dynamodb::primitives::Blob::new(before.clone());
                let sealed = aws_sdk_dynamodb::types::AttributeValue::B(sealed);
                update = update.expression_attribute_values(":before", sealed);
            }
            None => remove += ", #before",
        }
        let update = update.expression_attribute_names("#before", "before");
        let done = written("swap", update.update_expression(format!("{set} {remove}"))).await?;
        self.forget_token(tenant, oa);
        Ok(done)
    }

    /// TE24: Gives the lease back and writes down what is known.
    ///
    /// # Errors
    /// When the database does not answer: it may be stored all the same.
    pub async fn release(
        &self,
        tenant: &str,
        oa: &str,
        release: &Release,
        owner: &str,
    ) -> Result<Conditional, StoreError> {
        let set = "SET tries = :tries, retry_at = :retry, trouble = :trouble \
                   REMOVE lease_owner, lease_until";
        let update = self
            .account(tenant, oa)
            .update_expression(set)
            .condition_expression("version = :version AND lease_owner = :owner")
            .expression_attribute_values(":tries", number(release.tries))
            .expression_attribute_values(":retry", ms(release.retry_at))
            .expression_attribute_values(":trouble", number(release.code.unwrap_or(NO_TROUBLE)))
            .expression_attribute_values(":version", number(release.version))
            .expression_attribute_values(":owner", text(owner));
        written("release", update).await
    }

    /// TE25: Writes down that a person has to consent, unless another version is there.
    ///
    /// # Errors
    /// When the database does not answer: it may be stored all the same.
    pub async fn bury(
        &self,
        tenant: &str,
        oa: &str,
        version: u64,
        ended: Ended,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Conditional, StoreError> {
        let update = self
            .account(tenant, oa)
            .update_expression("SET ended = :ended REMOVE lease_owner, lease_until")
            .condition_expression(
                "version = :version AND (lease_owner = :owner OR (tries >= :most \
                 AND (attribute_not_exists(lease_until) OR lease_until <= :now)))",
            )
            .expression_attribute_values(":ended", text(ended.as_str()))
            .expression_attribute_values(":version", number(version))
            .expression_attribute_values(":owner", text(&lease.owner))
            .expression_attribute_values(":most", number(TRIES_MAX))
            .expression_attribute_values(":now", ms(now));
        written("bury", update).await
    }

    /// TE26: Connects an account by a pair that a person has brought, in the place of the version that was seen: `None` where
    /// there was nothing, 0 for a token of the tenant's file.
    ///
    /// # Errors
    /// When the database does not answer; calling again meets what the first call may have left.
    pub async fn connect(
        &self,
        tenant: &str,
        oa: &str,
        seen: Option<u64>,
        pair: &NewPair,
        by: &str,
    ) -> Result<Conditional, StoreError> {
        let at = pair.issued_at.as_millisecond();
        let stored = OaRow {
            version: seen.unwrap_or_default() + 1,
            refresh_token: pair.refresh.as_ref().map(|token| token.expose().to_owned()),
            issued_at: Some(at),
            expires_at: pair.life.map(|life| (pair.issued_at + life).as_millisecond()),
            refresh_issued_at: pair.refresh.as_ref().map(|_| at),
            before: pair.before.clone().map(ByteBuf::from),
            connected_by: Some(by.to_owned()),
            connected_at: Some(at),
            ..OaRow::typed(tenant, oa, pair.access.expose())
        };
        let put = Put::builder().table_name(&self.table);
        let put = put.set_item(Some(item("connect", &stored)?));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(0) => put.condition_expression("attribute_not_exists(version)"),
            Some(version) => put
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(version)),
        };
        let (pk, sk) = (CONNECTED.to_owned(), format!("{tenant}#{oa}"));
        let listed = item("connect", &ConnectedRow { pk, sk, v: ROW_VERSION })?;
        let listed = Put::builder().table_name(&self.table).set_item(Some(listed));
        let both = [put, listed].map(|put| {
            let put = put.build().expect("table and item are set");
            TransactWriteItem::builder().put(put).build()
        });
        self.both("connect", tenant, oa, both).await
    }

    /// TE27: Forgets what an account is spoken for with. What is not there goes anyway.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn disconnect(&self, tenant: &str, oa: &str) -> Result<Conditional, StoreError> {
        let (listed, account) = (format!("{tenant}#{oa}"), key(oa));
        let both = [(tenant, account.as_str()), (CONNECTED, listed.as_str())].map(|(pk, sk)| {
            let delete = Delete::builder().table_name(&self.table);
            let delete = delete.key("pk", text(pk)).key("sk", text(sk));
            let delete = delete.build().expect("table and key are set");
            TransactWriteItem::builder().delete(delete).build()
        });
        self.both("disconnect", tenant, oa, both).await
    }

    async fn both(
        &self,
        operation: &'static str,
        tenant: &str,
        oa: &str,
        both: [TransactWriteItem; 2],
    ) -> Result<Conditional, StoreError> {
        let sent = self.client.transact_write_items().set_transact_items(Some(both.into())).send();
        let sent = sent.await;
        self.forget_token(tenant, oa);
        let Err(error) = sent else { return Ok(Conditional::Done) };
        match refused_parts(error.as_service_error()).is_empty() {
            true => Err(StoreError::database(operation, error)),
            false => Ok(Conditional::Refused),
        }
    }

    /// TE28: Every account of every business that is connected.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn connected(&self) -> Result<Vec<Connected>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let query = self.client.query().table_name(&self.table);
            let query = query
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(CONNECTED))
                .set_exclusive_start_key(start.take());
            let page = query.send().await.map_err(|e| StoreError::database("connected", e))?;
            for one in page.items.unwrap_or_default() {
                let ConnectedRow { sk, .. } = row("connected", one)?;
                let parts = sk.split_once('#');
                let (tenant, oa) = parts.ok_or_else(|| corrupt("connected", &sk, "its key"))?;
                found.push(Connected { tenant: tenant.to_owned(), oa: oa.to_owned() });
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    fn account(&self, tenant: &str, oa: &str) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table);
        update.key("pk", text(tenant)).key("sk", text(key(oa)))
    }
}

async fn written(
    operation: &'static str,
    update: UpdateItemFluentBuilder,
) -> Result<Conditional, StoreError> {
    let Err(error) = update.send().await else { return Ok(Conditional::Done) };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Conditional::Refused),
        Some(_) | None => Err(StoreError::database(operation, error)),
    }
}

pub(super) fn read(operation: &'static str, stored: OaRow) -> Result<Credential, StoreError> {
    let place = format!("{} {}", stored.pk, stored.sk);
    let bad = |what: &str| corrupt(operation, &place, what);
    let time = |name: &str, ms: Option<i64>| {
        ms.map(|ms| Timestamp::from_millisecond(ms).map_err(|_| bad(name))).transpose()
    };
    let access = AccessToken::new(&stored.access_token).ok_or_else(|| bad("the token"))?;
    let until = time("lease_until", stored.lease_until)?;
    let lease = stored.lease_owner.zip(until).map(|(owner, until)| Lease { owner, until });
    let ended = stored.ended.map(|word| Ended::parse(&word).ok_or_else(|| bad("ended")));
    let connected_at = time("connected_at", stored.connected_at)?;
    let refresh = stored.refresh_token.map(|token| {
        crate::telemetry::hide(&token);
        Secret::new(token)
    });
    let standing = Standing {
        version: stored.version,
        issued_at: time("issued_at", stored.issued_at)?.unwrap_or(Timestamp::UNIX_EPOCH),
        expires_at: time("expires_at", stored.expires_at)?,
        refresh_issued_at: time("refresh_issued_at", stored.refresh_issued_at)?
            .filter(|_| refresh.is_some()),
        lease,
        tries: stored.tries,
        retry_at: time("retry_at", stored.retry_at)?,
        ended: ended.transpose()?,
    };
    Ok(Credential {
        standing,
        access,
        refresh,
        trouble: stored.trouble.filter(|code| *code != NO_TROUBLE),
        connected: stored.connected_by.zip(connected_at),
        before: stored.before.map(ByteBuf::into_vec),
    })
}

pub(super) fn key(oa: &str) -> String {
    format!("oa#{oa}")
}

fn ms(at: Timestamp) -> aws_sdk_dynamodb::types::AttributeValue {
    number(at.as_millisecond())
}
