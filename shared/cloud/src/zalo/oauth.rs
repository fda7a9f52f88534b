//! Zalo's token endpoint: a refresh token or a code for a new pair.
//!
//! Source: OAuth v4 for Official Accounts, read 2026-11. Form-encoded; the app's secret goes in a header of its own. Bounds: one
//! request of at most [`EXCHANGE_TIMEOUT`]. Retries: none here; `domain::custody` says when one is allowed.

use std::time::Duration;

use domain::{
    custody::{Exchanged, Verifier, read_exchange},
    secret::Secret,
};
use reqwest::Url;

use super::{SendError, Zalo, body_of, not_answered};
use crate::telemetry;

/// What an exchange is given.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(8);

/// What is exchanged for a pair.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// A refresh token, which works once.
    Refresh(&'a Secret),
    /// The code of an admin's consent, which works once within 10 minutes.
    Code {
        /// The code.
        code: &'a Secret,
        /// What its challenge was made of.
        verifier: &'a Verifier,
    },
}

/// The app that asks.
#[derive(Clone, Copy, Debug)]
pub struct App<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its secret key.
    pub secret: &'a Secret,
}

impl Zalo {
    /// Exchanges what is given, once. Besides what it came to, the answer as it was, for who has to mend something by hand.
    pub async fn exchange(&self, app: App<'_>, given: Given<'_>) -> (Exchanged, Vec<u8>) {
        let app_id = ("app_id", app.id);
        let form = match given {
            Given::Refresh(token) => {
                form(&[("refresh_token", token.expose()), app_id, ("grant_type", "refresh_token")])
            }
            Given::Code { code, verifier } => form(&[
                ("code", code.expose()),
                app_id,
                ("grant_type", "authorization_code"),
                ("code_verifier", verifier.expose()),
            ]),
        };
        let url = format!("{}/v4/oa/access_token", self.hosts.oauth);
        let request = self
            .http
            .post(url)
            .timeout(self.exchange_timeout)
            .header("secret_key", app.secret.expose())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                return match not_answered(error) {
                    SendError::NotSent { .. } => (Exchanged::NotSent, Vec::new()),
                    SendError::Unknown { .. } | SendError::Refused { .. } => {
                        (Exchanged::Doubtful, Vec::new())
                    }
                };
            }
        };
        let status = response.status().as_u16();
        let Ok(body) = body_of(response).await else { return (Exchanged::Doubtful, Vec::new()) };
        let exchanged = read_exchange(status, &body);
        if let Exchanged::Granted(grant) = &exchanged {
            telemetry::hide(grant.access.expose());
            grant.refresh.iter().for_each(|token| telemetry::hide(token.expose()));
        }
        (exchanged, body)
    }

    /// Whether the token endpoint answers at all. An empty refresh token uses nothing up.
    pub async fn answers(&self, app: App<'_>) -> bool {
        let nothing = Secret::new("");
        let (exchanged, _) = self.exchange(app, Given::Refresh(&nothing)).await;
        match exchanged {
            Exchanged::Rejected { .. } => true,
            Exchanged::Refused { code } => code != 429,
            Exchanged::Granted(_) | Exchanged::NotSent | Exchanged::Doubtful => false,
        }
    }

    /// Where an admin consents. Source: OAuth v4, "request permission".
    pub fn permission_url(
        &self,
        app_id: &str,
        redirect_uri: &str,
        challenge: &str,
        state: &str,
    ) -> String {
        let fields = [
            ("app_id", app_id),
            ("redirect_uri", redirect_uri),
            ("code_challenge", challenge),
            ("state", state),
        ];
        format!("{}/v4/oa/permission?{}", self.hosts.oauth, form(&fields))
    }
}

/// Fields as a form or a query has them.
fn form(fields: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("form:", fields).expect("a fixed address");
    url.query().unwrap_or_default().to_owned()
}
