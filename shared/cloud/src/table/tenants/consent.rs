//! Consents that were begun and not ended: what the code will have to be exchanged with, each for one use.

use domain::custody::Verifier;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Tenants;
use crate::table::{ROW_VERSION, StoreError, corrupt, item, row, text};

/// How long an admin has: Zalo's code lives 10 minutes, and the page before it has to be read and logged in to.
const CONSENT_FOR: SignedDuration = SignedDuration::from_mins(30);

#[derive(Serialize, Deserialize)]
struct ConsentRow {
    pk: String,
    sk: String,
    v: u8,
    verifier: String,
    redirect_uri: String,
    until: i64,
    ttl: i64,
}

/// A consent that was begun.
#[derive(Clone, Debug)]
pub struct Consenting {
    /// What Zalo brings back; no other request knows it.
    pub state: String,
    /// What the code is exchanged with.
    pub verifier: Verifier,
    /// Where Zalo was asked to go on to.
    pub redirect_uri: String,
}

impl Tenants {
    /// TE29: Keeps a consent that begins now, for half an hour.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_consent(
        &self,
        tenant: &str,
        consenting: &Consenting,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let until = now + CONSENT_FOR;
        let stored = ConsentRow {
            pk: tenant.to_owned(),
            sk: key(&consenting.state),
            v: ROW_VERSION,
            verifier: consenting.verifier.expose().to_owned(),
            redirect_uri: consenting.redirect_uri.clone(),
            until: until.as_millisecond(),
            ttl: until.as_second(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item("begin_consent", &stored)?)).send().await;
        put.map(drop).map_err(|e| StoreError::database("begin_consent", e))
    }

    /// TE30: Takes a consent away, so that nobody else ends it; `None` when there is none, or it is over.
    ///
    /// # Errors
    /// When the database does not answer: it may be gone all the same, and the admin begins again.
    pub async fn end_consent(
        &self,
        tenant: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<Option<Consenting>, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("pk", text(tenant)).key("sk", text(key(state)));
        let delete = delete.return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld);
        let answer = delete.send().await.map_err(|e| StoreError::database("end_consent", e))?;
        let Some(stored) = answer.attributes else { return Ok(None) };
        let stored: ConsentRow = row("end_consent", stored)?;
        if stored.until <= now.as_millisecond() {
            return Ok(None);
        }
        let verifier = Verifier::parse(&stored.verifier)
            .ok_or_else(|| corrupt("end_consent", &format!("{tenant} consent"), "the verifier"))?;
        let (state, redirect_uri) = (state.to_owned(), stored.redirect_uri);
        Ok(Some(Consenting { state, verifier, redirect_uri }))
    }
}

fn key(state: &str) -> String {
    format!("consent#{state}")
}
