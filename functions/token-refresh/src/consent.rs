//! An admin's consent: out to Zalo by a signed link, back with a code that is exchanged once.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use cloud::{
    custody::new_pair,
    invocation::Invocation,
    seal::random,
    stream::chain,
    table::{
        StoreError,
        tenants::{Conditional, Consenting, Settings},
    },
    zalo::{App, Given},
};
use data_encoding::HEXLOWER;
use domain::{
    custody::{BadLink, ConsentLink, Exchanged, Verifier},
    secret::Secret,
    tenant::AppSecrets,
};

use crate::{TokenRefresh, answer};

/// The one consent at a time of an app whose challenge is saved in Zalo's console: Zalo makes the link, and brings no state back.
const FIXED: &str = "fixed";

/// Longest text of a query that is looked at: Zalo's codes are the longest, at a few hundred characters.
const TEXT_MAX: usize = 2_048;

/// Who has connected it, in the words of the console.
const BY: &str = "consent";

/// How often a race with a refresh is run again.
const RACES_MAX: usize = 3;

/// What an admin is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is no such page")]
    NoPage,
    #[error("the link is not ours")]
    NotOurs,
    #[error("the link is over")]
    Over,
    #[error("the app's secret is not set")]
    NoApp,
    #[error("the consent was not begun here, is over, or was ended before")]
    NoConsent,
    #[error("the admin has not agreed")]
    Declined,
    #[error("the account is not one of the business's")]
    OtherAccount(String),
    #[error("Zalo refuses the code: {0}")]
    Refused(i64),
    #[error("Zalo does not answer")]
    Silent,
    #[error("another consent was faster")]
    Raced,
    #[error("the database does not answer")]
    Store(#[from] StoreError),
}

impl TokenRefresh {
    pub(crate) async fn answer(
        &self,
        request: &ApiGatewayV2httpRequest,
        invocation: &Invocation,
    ) -> ApiGatewayV2httpResponse {
        let path = request.raw_path.as_deref().unwrap_or_default();
        let query = Query::read(request.raw_query_string.as_deref().unwrap_or_default());
        let answered = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "oa", "connect", tenant] => {
                self.connect(tenant, &query, invocation).await.map(|place| answer::see(&place))
            }
            ["", "oa", "callback", tenant] => {
                let connected = self.callback(tenant, &query, invocation).await;
                connected.map(|oa| answer::connected(&oa))
            }
            _ => Err(Problem::NoPage),
        };
        answered.unwrap_or_else(|problem| {
            tracing::warn!(error = chain(&problem), "no consent");
            answer::problem(&problem)
        })
    }

    /// Where an admin goes to consent.
    async fn connect(
        &self,
        tenant: &str,
        query: &Query,
        invocation: &Invocation,
    ) -> Result<String, Problem> {
        let now = invocation.now();
        let settings = self.tenants.settings(tenant, now).await?.ok_or(Problem::NotOurs)?;
        let (until, proof) = (query.get("until"), query.get("proof"));
        ConsentLink::prove(&settings.pepper, tenant, until, proof, now).map_err(
            |bad| match bad {
                BadLink::NotOurs => Problem::NotOurs,
                BadLink::Over => Problem::Over,
            },
        )?;
        let app = app(&settings)?;
        let fixed = app.code_verifier.as_ref().and_then(|text| Verifier::parse(text.expose()));
        let state = match fixed {
            Some(_) => FIXED.to_owned(),
            None => HEXLOWER.encode(&random::<16>()),
        };
        let verifier = fixed.unwrap_or_else(|| Verifier::new(&random()));
        let challenge = verifier.challenge();
        let redirect_uri = format!("{}/oa/callback/{tenant}", self.public_url);
        let app_id = &settings.tenant.zalo.app_id;
        let place = self.zalo.permission_url(app_id, &redirect_uri, &challenge, &state);
        let consenting = Consenting { state, verifier, redirect_uri };
        self.tenants.begin_consent(tenant, &consenting, now).await?;
        Ok(place)
    }

    /// Exchanges the code that an admin brings back; which account is connected.
    async fn callback(
        &self,
        tenant: &str,
        query: &Query,
        invocation: &Invocation,
    ) -> Result<String, Problem> {
        let now = invocation.now();
        let settings = self.tenants.settings(tenant, now).await?.ok_or(Problem::NoConsent)?;
        let app = app(&settings)?;
        let (code, oa) = (query.get("code"), query.get("oa_id"));
        if code.is_empty() || oa.is_empty() {
            return Err(Problem::Declined);
        }
        if !settings.tenant.zalo.oas.iter().any(|ours| ours == oa) {
            return Err(Problem::OtherAccount(oa.to_owned()));
        }
        let state = match query.get("state") {
            "" if app.code_verifier.is_some() => FIXED,
            state => state,
        };
        // Taken away before it is used: nobody ends it twice.
        let consenting = self.tenants.end_consent(tenant, state, now).await?;
        let Consenting { verifier, .. } = consenting.ok_or(Problem::NoConsent)?;
        let code = Secret::new(code);
        let given = Given::Code { code: &code, verifier: &verifier };
        let asks = App { id: &settings.tenant.zalo.app_id, secret: &app.secret };
        let (exchanged, bytes) = self.zalo.exchange(asks, given).await;
        let grant = match exchanged {
            Exchanged::Granted(grant) => grant,
            Exchanged::Rejected { code } | Exchanged::Refused { code } => {
                return Err(Problem::Refused(code));
            }
            Exchanged::NotSent | Exchanged::Doubtful => return Err(Problem::Silent),
        };
        // A refresh that ends at this moment is one of the pair before: the consent wins.
        for _ in 0..RACES_MAX {
            let seen = self.tenants.credential(tenant, oa).await?;
            let pair = new_pair(&settings, oa, &grant, seen.as_ref(), &bytes, now);
            let version = seen.map(|seen| seen.standing.version);
            match self.tenants.connect(tenant, oa, version, &pair, BY).await? {
                Conditional::Done => {
                    tracing::info!(tenant, oa, "connected by consent");
                    return Ok(oa.to_owned());
                }
                Conditional::Refused => {}
            }
        }
        Err(Problem::Raced)
    }
}

fn app(settings: &Settings) -> Result<&AppSecrets, Problem> {
    settings.zalo_app.as_ref().ok_or(Problem::NoApp)
}

/// The fields of a query; the first of a name counts.
struct Query(Vec<(String, String)>);

impl Query {
    fn read(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes()).into_owned();
        Self(pairs.filter(|(_, value)| value.len() <= TEXT_MAX).collect())
    }

    /// Its value; empty where there is none.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value)
    }
}
