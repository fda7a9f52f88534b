//! Posts a text to the address that a business named for its own people, or a fact to one of its systems, and says what the answer
//! means.
//!
//! People: the address names the form: `https://…` gets `{"text": "…"}`, which is what Slack's incoming webhooks take (Slack, incoming
//! webhooks, read 2026-11) and others commonly do; `teams+https://…` gets an Adaptive Card, the one thing that a Workflow of Microsoft
//! Teams takes (Microsoft Learn, "Create incoming webhooks with Workflows", read 2026-11). Assumption: an answer of 2xx means
//! that people will see it, and no receipt ever comes. The address often carries a key: it stands in no log and no error.
//!
//! Systems get Standard Webhooks (1.0.0, read 2026-11): the same `webhook-id` in every try, so that who gets one twice can tell.
//! Bounds: one request, the client's time-out; the answer's body is not read. Retries: none here.

use domain::{
    notification::{Broken, Class},
    secret::Secret,
    tenant::Webhook,
    verify::standard_signature,
};
use jiff::Timestamp;
use reqwest::{StatusCode, Url, header::CONTENT_TYPE};
use serde_json::{Value, json};

/// Why a text was not taken. Each variant is a different next step.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// The request never left. Safe to try again.
    #[error("the request was not sent")]
    NotSent {
        /// What failed, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// It left, and no answer says what became of it.
    #[error("the outcome is not known")]
    Unknown {
        /// What failed, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// The other side is in trouble and may have shown it or not.
    #[error("the outcome is not known: HTTP {status}")]
    Trouble {
        /// The HTTP status.
        status: u16,
    },
    /// The other side does not take it; its class says what follows.
    #[error("refused: HTTP {status}")]
    Refused {
        /// The HTTP status; 0 when the address is none.
        status: u16,
        /// What it means for the message.
        class: Class,
    },
}

/// The way to the addresses of all businesses.
#[derive(Clone, Debug)]
pub struct Alerts {
    http: reqwest::Client,
}

impl Alerts {
    /// Takes the client, whose time-out is that of a post.
    pub fn new(http: reqwest::Client) -> Self {
        Self { http }
    }

    /// Posts one text, once.
    ///
    /// # Errors
    /// Only after [`AlertError::NotSent`] and [`AlertError::Refused`] is it sure that nobody has seen it.
    pub async fn post(&self, address: &Secret, text: &str) -> Result<(), AlertError> {
        let (url, body) = match address.expose().strip_prefix("teams+") {
            Some(url) => (url, card(text)),
            None => (address.expose(), json!({ "text": text })),
        };
        let request = self.http.post(web_address(url)?).json(&body);
        Self::told(request).await
    }

    /// Posts one fact, once. `id` is the same in every try.
    ///
    /// # Errors
    /// As [`Alerts::post`].
    pub async fn deliver(
        &self,
        webhook: &Webhook,
        id: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<(), AlertError> {
        let at = now.as_second();
        let signature = standard_signature(&webhook.secret, id, at, body.as_bytes());
        let signature = signature.ok_or(NO_ADDRESS)?;
        let request = self.http.post(web_address(webhook.url.expose())?);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature)
            .body(body.to_owned());
        Self::told(request).await
    }

    async fn told(request: reqwest::RequestBuilder) -> Result<(), AlertError> {
        match request.send().await {
            Ok(response) => judge(response.status()),
            Err(error) => {
                let never_left = error.is_connect() || error.is_builder();
                let source = error.without_url();
                Err(if never_left {
                    AlertError::NotSent { source }
                } else {
                    AlertError::Unknown { source }
                })
            }
        }
    }
}

/// Nobody can be told there, or not as it has to be.
const NO_ADDRESS: AlertError =
    AlertError::Refused { status: 0, class: Class::Config(Broken::Address) };

fn web_address(text: &str) -> Result<Url, AlertError> {
    let url = Url::parse(text).map_err(|_| NO_ADDRESS)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(NO_ADDRESS) }
}

/// A text as an Adaptive Card, as a Workflow takes it.
fn card(text: &str) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [{"type": "TextBlock", "text": text, "wrap": true}],
            },
        }],
    })
}

/// Says what a status means. An address that sends us elsewhere is not followed: people have to look at it.
fn judge(status: StatusCode) -> Result<(), AlertError> {
    if status.is_success() {
        return Ok(());
    }
    let (is_ours, status) = (status.is_client_error() || status.is_redirection(), status.as_u16());
    Err(match (is_ours, status) {
        (true, 429) => AlertError::Refused { status, class: Class::Backoff },
        (true, _) => AlertError::Refused { status, class: Class::Config(Broken::Address) },
        (false, _) => AlertError::Trouble { status },
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        let judged = |status: u16| match judge(StatusCode::from_u16(status).unwrap()) {
            Ok(()) => "taken",
            Err(AlertError::Refused { class: Class::Backoff, .. }) => "later",
            Err(AlertError::Refused { class: Class::Config(_), .. }) => "people",
            Err(AlertError::Trouble { .. }) => "unknown",
            Err(other) => panic!("{other}"),
        };
        for (status, meaning) in [
            (200, "taken"),
            (204, "taken"),
            (301, "people"),
            (400, "people"),
            (401, "people"),
            (404, "people"),
            (429, "later"),
            (500, "unknown"),
            (503, "unknown"),
        ] {
            assert_eq!(judged(status), meaning, "{status}");
        }
    }

    #[tokio::test]
    async fn an_address_with_its_key_stands_in_no_error() {
        let alerts = Alerts::new(crate::http::client(Duration::from_secs(1)));
        for address in [
            "http://127.0.0.1:9/hooks/key-4711",
            "teams+http://127.0.0.1:9/hooks/key-4711",
            "key-4711",
            "ftp://127.0.0.1/key-4711",
        ] {
            let error = alerts.post(&Secret::new(address), "chào").await.unwrap_err();
            let said = format!("{error:?} {}", crate::stream::chain(&error));
            assert!(!said.contains("4711"), "{said}");
            let never_left = matches!(error, AlertError::NotSent { .. });
            assert_eq!(never_left, address.contains("http:"), "{address}");
        }
    }
}
