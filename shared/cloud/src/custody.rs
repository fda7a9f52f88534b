//! The token pair of an Official Account: always one that works, while Zalo answers and nobody has to consent.
//!
//! The protocol is `domain::custody`; here its steps are carried out, on the `tenants` table and at Zalo's token endpoint. Whoever
//! needs a token asks here, and whoever is told that one is not taken says so here.

use std::time::Duration;

use domain::{
    custody::{End, Ended, Exchanged, Grant, Lease, Refresher, Step, Told, Why, Written, proof_of},
    secret::Secret,
    tenant::AppSecrets,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    invocation::Invocation,
    seal,
    stream::chain,
    table::{
        StoreError, Tenants,
        tenants::{Conditional, Credential, NewPair, Settings},
    },
    zalo::{AccessToken, App, Given, Zalo},
};

/// What a whole refresh may take: none is begun when the invocation has less left.
pub const REFRESH_TIME: SignedDuration = SignedDuration::from_secs(20);

/// What one more write of a new pair may take.
const SWAP_TIME: SignedDuration = SignedDuration::from_secs(2);

/// How long is waited for somebody else's refresh, and how often is looked.
const OTHERS_LOOKS: usize = 10;
const OTHERS_PAUSE: Duration = Duration::from_millis(300);

/// Before a new pair is written once more.
const SWAP_PAUSE: Duration = Duration::from_millis(100);

/// How long nobody asks again when there was no time.
const NO_TIME_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// Keeps the pairs of all accounts.
#[derive(Clone, Copy, Debug)]
pub struct Custody<'a> {
    tenants: &'a Tenants,
    zalo: &'a Zalo,
}

/// What there is to send with.
#[derive(Clone, Debug)]
pub enum Access {
    /// A token, and the version of its pair.
    Token(AccessToken, u64),
    /// None before then.
    Wait(Timestamp),
    /// None before somebody has consented, or mended what Zalo refuses.
    Person,
    /// The account was never connected.
    NotConnected,
}

/// The pair that was replaced, and the answer that replaced it.
#[derive(Serialize, Deserialize)]
pub struct Before {
    /// The access token.
    pub access: String,
    /// The refresh token, used up.
    pub refresh: Option<String>,
    /// What Zalo answered, byte for byte where it was text.
    pub answer: String,
}

impl<'a> Custody<'a> {
    /// Keeps what `tenants` stores, and asks `zalo`.
    pub fn new(tenants: &'a Tenants, zalo: &'a Zalo) -> Self {
        Self { tenants, zalo }
    }

    /// What to send with now; what is over is refreshed.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn token(
        &self,
        settings: &Settings,
        oa: &str,
        invocation: &Invocation,
    ) -> Result<Access, StoreError> {
        let (tenant, now) = (&settings.tenant.id, invocation.now());
        let Some(known) = self.tenants.access_token(tenant, oa, now).await? else {
            return Ok(Access::NotConnected);
        };
        if known.standing.is_over(now) {
            return self.get(settings, oa, Why::Needed, invocation).await;
        }
        Ok(access(settings, &known))
    }

    /// What to send with after Zalo has refused the access token of `version`.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn renewed(
        &self,
        settings: &Settings,
        oa: &str,
        version: u64,
        invocation: &Invocation,
    ) -> Result<Access, StoreError> {
        self.get(settings, oa, Why::Refused(version), invocation).await
    }

    async fn get(
        &self,
        settings: &Settings,
        oa: &str,
        why: Why,
        invocation: &Invocation,
    ) -> Result<Access, StoreError> {
        let tenant = &settings.tenant.id;
        self.tenants.forget_token(tenant, oa);
        let mut end = self.refresh(settings, oa, why, invocation).await?;
        for _ in 0..OTHERS_LOOKS {
            let End::Wait(until) = end else { break };
            let Some(seen) = self.tenants.credential(tenant, oa).await? else {
                return Ok(Access::NotConnected);
            };
            // Only for who is at it at this moment: a pause after a failure is longer than anybody can wait.
            if seen.standing.next(why, invocation.now()) == domain::custody::Next::Use {
                return Ok(access(settings, &seen));
            }
            if seen.standing.lease.is_none() || !invocation.time_for(REFRESH_TIME) {
                return Ok(Access::Wait(until));
            }
            tokio::time::sleep(OTHERS_PAUSE).await;
            end = self.refresh(settings, oa, why, invocation).await?;
        }
        Ok(match end {
            End::Use | End::Refreshed => match self.tenants.credential(tenant, oa).await? {
                Some(fresh) => access(settings, &fresh),
                None => Access::NotConnected,
            },
            End::Wait(until) => Access::Wait(until),
            End::Unread => Access::Wait(invocation.now() + NO_TIME_PAUSE),
            End::Refused(_) | End::Person(_) => Access::Person,
            End::Gone => Access::NotConnected,
        })
    }

    /// Refreshes the pair if `why` asks for it: at most one exchange, by nobody but us.
    ///
    /// # Errors
    /// When a row is corrupt, or the database refuses a write for ever. That it does not answer is [`End::Unread`] or
    /// [`End::Wait`].
    pub async fn refresh(
        &self,
        settings: &Settings,
        oa: &str,
        why: Why,
        invocation: &Invocation,
    ) -> Result<End, StoreError> {
        if !invocation.time_for(REFRESH_TIME) {
            return Ok(End::Wait(invocation.now() + NO_TIME_PAUSE));
        }
        // No other run has this name, in this invocation or another.
        let run = data_encoding::HEXLOWER.encode(&seal::random::<8>());
        let lease =
            Lease { owner: format!("{}-{run}", invocation.id), until: invocation.lease_until() };
        let account = Account { custody: self, settings, oa, invocation, lease: lease.clone() };
        let mut refresher = Refresher::new(lease, why);
        let mut seen = None;
        let mut brought = None;
        loop {
            let step = refresher.step();
            let told = match step {
                Step::Over(end) => {
                    self.log(settings, oa, end);
                    return Ok(end);
                }
                Step::Read => match account.read().await? {
                    Some(row) => {
                        let standing = row.as_ref().map(|row| row.standing.clone());
                        seen = row.or(seen);
                        Told::Row(standing)
                    }
                    None => Told::Unread,
                },
                Step::Probe => Told::Answers(account.answers().await),
                Step::Claim(claim) => {
                    let (tenants, now) = (self.tenants, invocation.now());
                    Told::Written(written(tenants.claim(account.tenant(), oa, &claim, now).await)?)
                }
                Step::Exchange => {
                    let (exchanged, pair) = account.exchange(seen.as_ref()).await;
                    brought = pair;
                    Told::Exchanged(exchanged)
                }
                Step::Swap { version } => {
                    let Some(pair) = &brought else { return Ok(End::Unread) };
                    if !invocation.time_for(SWAP_TIME) {
                        let tenant = account.tenant();
                        tracing::error!(tenant, oa, "a new token pair could not be stored");
                        return Ok(End::Unread);
                    }
                    let done =
                        written(self.tenants.swap(account.tenant(), oa, version, pair).await)?;
                    if done == Written::Unknown {
                        tokio::time::sleep(SWAP_PAUSE).await;
                    }
                    Told::Written(done)
                }
                Step::Release(release) => {
                    let owner = &account.lease.owner;
                    let tenants = self.tenants;
                    Told::Written(written(
                        tenants.release(account.tenant(), oa, &release, owner).await,
                    )?)
                }
                Step::Bury { version, ended } => {
                    Told::Written(written(account.bury(version, ended).await)?)
                }
            };
            refresher.told(&told, invocation.now());
        }
    }

    fn log(&self, settings: &Settings, oa: &str, end: End) {
        let tenant = &settings.tenant.id;
        match end {
            End::Use | End::Gone | End::Wait(_) => {}
            End::Refreshed => tracing::info!(tenant, oa, "token pair refreshed"),
            End::Refused(code) => tracing::error!(tenant, oa, code, "Zalo refuses to refresh"),
            End::Person(ended) => {
                tracing::error!(tenant, oa, code = ended.as_str(), "nobody can refresh it");
            }
            End::Unread => tracing::warn!(tenant, oa, "the database does not answer"),
        }
    }
}

/// One account in the hands of one run.
struct Account<'a> {
    custody: &'a Custody<'a>,
    settings: &'a Settings,
    oa: &'a str,
    invocation: &'a Invocation,
    lease: Lease,
}

impl Account<'_> {
    fn tenant(&self) -> &str {
        &self.settings.tenant.id
    }

    fn secrets(&self) -> Option<&AppSecrets> {
        self.settings.zalo_app.as_ref()
    }

    /// The row; `None` when the database does not answer.
    async fn read(&self) -> Result<Option<Option<Credential>>, StoreError> {
        match self.custody.tenants.credential(self.tenant(), self.oa).await {
            Ok(row) => Ok(Some(row)),
            Err(error) if error.is_infrastructure() => {
                tracing::warn!(error = chain(&error), "a credential could not be read");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn answers(&self) -> bool {
        let Some(secrets) = self.secrets() else { return true };
        let app = App { id: &self.settings.tenant.zalo.app_id, secret: &secrets.secret };
        self.custody.zalo.answers(app).await
    }

    async fn exchange(&self, seen: Option<&Credential>) -> (Exchanged, Option<NewPair>) {
        let before = seen.and_then(|seen| Some((seen, seen.refresh.as_ref()?)));
        let (Some((seen, refresh)), Some(secrets)) = (before, self.secrets()) else {
            // Nothing is sent without the app's secret.
            return (Exchanged::Refused { code: 0 }, None);
        };
        if !self.invocation.time_for(REFRESH_TIME / 2) {
            return (Exchanged::NotSent, None);
        }
        let app = App { id: &self.settings.tenant.zalo.app_id, secret: &secrets.secret };
        let (exchanged, answer) = self.custody.zalo.exchange(app, Given::Refresh(refresh)).await;
        let pair = match &exchanged {
            Exchanged::Granted(grant) => Some(new_pair(
                self.settings,
                self.oa,
                grant,
                Some(seen),
                &answer,
                self.invocation.now(),
            )),
            Exchanged::Rejected { .. }
            | Exchanged::Refused { .. }
            | Exchanged::NotSent
            | Exchanged::Doubtful => None,
        };
        (exchanged, pair)
    }

    async fn bury(&self, version: u64, ended: Ended) -> Result<Conditional, StoreError> {
        let (tenants, now) = (self.custody.tenants, self.invocation.now());
        tenants.bury(self.tenant(), self.oa, version, ended, &self.lease, now).await
    }
}

/// What Zalo granted, as it is stored: with what it replaces and the answer itself, sealed.
pub fn new_pair(
    settings: &Settings,
    oa: &str,
    grant: &Grant,
    seen: Option<&Credential>,
    answer: &[u8],
    now: Timestamp,
) -> NewPair {
    let before = Before {
        access: seen.map(|seen| seen.access.expose().to_owned()).unwrap_or_default(),
        refresh: seen.and_then(|seen| Some(seen.refresh.as_ref()?.expose().to_owned())),
        answer: String::from_utf8_lossy(answer).into_owned(),
    };
    let plain = serde_json::to_vec(&before).expect("texts are JSON");
    let (key, about) = sealed_by(settings, oa);
    NewPair {
        access: grant.access.clone(),
        refresh: grant.refresh.clone(),
        issued_at: now,
        life: Some(grant.life),
        before: Some(seal::seal(&key, &about, &plain)),
    }
}

/// The pair before the present one, for who has to mend something by hand; `None` when there is none, or not of this business.
pub fn before(settings: &Settings, oa: &str, credential: &Credential) -> Option<Before> {
    let (key, about) = sealed_by(settings, oa);
    let plain = seal::open(&key, &about, credential.before.as_ref()?)?;
    serde_json::from_slice(&plain).ok()
}

fn sealed_by(settings: &Settings, oa: &str) -> ([u8; 32], String) {
    (settings.pepper.derive("custody"), format!("{}#{oa}", settings.tenant.id))
}

/// The token as it is sent, with the proof of the app where the business wants one.
fn access(settings: &Settings, known: &Credential) -> Access {
    let app = settings.zalo_app.as_ref().filter(|app| app.proves_calls);
    let token = match app {
        Some(app) => {
            let token = Secret::new(known.access.expose());
            known.access.clone().with_proof(&proof_of(&app.secret, &token))
        }
        None => known.access.clone(),
    };
    Access::Token(token, known.standing.version)
}

/// What a write came to. Only what will never be written is an error.
fn written(done: Result<Conditional, StoreError>) -> Result<Written, StoreError> {
    match done {
        Ok(Conditional::Done) => Ok(Written::Done),
        Ok(Conditional::Refused) => Ok(Written::Refused),
        Err(error) if error.is_infrastructure() => {
            tracing::warn!(error = chain(&error), "a credential may not be stored");
            Ok(Written::Unknown)
        }
        Err(error) => Err(error),
    }
}
