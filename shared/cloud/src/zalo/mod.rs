//! Sends one message through Zalo and says what its answer means.
//!
//! Source: Zalo ZBS template message API and OA OpenAPI v3.0, read 2026-11. A failure normally arrives as HTTP 200 with a
//! non-zero `error`, so the body is judged and not the status; a gateway can still answer 401, 429, 5xx or HTML.
//! Bounds: one request, the client's time-out, an answer of [`ANSWER_BYTES_MAX`]. Retries: none here, since Zalo does not
//! promise to know a repeated `tracking_id` again. Not here: what follows from an answer, which `domain` decides.

mod account;
mod code;
mod oauth;
mod ratings;
mod wire;

use std::{collections::BTreeMap, fmt, time::Duration};

use domain::{event::Tracking, notification::Class, phone::Phone, secret::Secret};
use jiff::Timestamp;
use reqwest::{Proxy, StatusCode, Url, header::HeaderValue};
use serde::Serialize;

pub use account::{AccountInfo, MessageQuota, TemplateInfo};
pub use code::{Host, NO_ACCOUNT, class, meaning};
pub use oauth::{App, EXCHANGE_TIMEOUT, Given};
pub use ratings::{RATINGS_PAGE, RatingsAsked};

use crate::{
    config::{MalformedVariable, optional},
    telemetry,
};

/// What a send is given: the time-out of the client that [`Zalo::new`] takes. Zalo promises no time; most answers take well
/// under 1 s, and a message cut off here is one whose outcome is unknown.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// More than any answer of Zalo's send calls, which are below 1 KB; a longer one is somebody else's page.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where Zalo is. Settable for the stand-in and for an outbound proxy (Zalo limits some calls to Vietnamese addresses).
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Base URL for templates to phone numbers, without a slash at its end.
    pub business: String,
    /// Base URL for templates to Zalo ids and for replies, without a slash at its end.
    pub oa: String,
    /// Base URL for consents and tokens, without a slash at its end.
    pub oauth: String,
    /// Base URL for calls that bring personal data, which Zalo answers to Vietnamese addresses alone; without a slash at its end.
    pub profile: String,
    /// An HTTP proxy in Vietnam for these calls, `http://host:port` with a user where it wants one.
    pub profile_proxy: Option<Secret>,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            business: "https://business.openapi.zalo.me".to_owned(),
            oa: "https://openapi.zalo.me".to_owned(),
            oauth: "https://oauth.zaloapp.com".to_owned(),
            profile: "https://openapi.zalo.me".to_owned(),
            profile_proxy: None,
        }
    }
}

impl Hosts {
    /// Reads where messages go: `ZALO_BUSINESS_URL` and `ZALO_OA_URL`. What is not set is Zalo itself.
    ///
    /// # Errors
    /// Names the variable that is not an HTTP URL with nothing but host, port and path.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, MalformedVariable> {
        let zalo = Self::default();
        let business = base(&get, "ZALO_BUSINESS_URL", zalo.business)?;
        let oa = base(&get, "ZALO_OA_URL", zalo.oa)?;
        Ok(Self { business, profile: oa.clone(), oa, ..Self::default() })
    }

    /// With where consents and tokens are, of `ZALO_OAUTH_URL`, for whoever refreshes them.
    ///
    /// # Errors
    /// When it is not such a URL.
    pub fn with_oauth(
        self,
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, MalformedVariable> {
        let oauth = base(get, "ZALO_OAUTH_URL", self.oauth)?;
        Ok(Self { oauth, ..self })
    }

    /// With the way to personal data, of `ZALO_PROFILE_URL` and `ZALO_PROFILE_PROXY`; it is that of messages unless it is set.
    ///
    /// # Errors
    /// Names the variable that is not such a URL, or not that of an HTTP proxy.
    pub fn with_profile(
        self,
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, MalformedVariable> {
        let profile = base(&get, "ZALO_PROFILE_URL", self.profile)?;
        let name = "ZALO_PROFILE_PROXY";
        let proxy = optional(&get, name).map(|text| {
            let rule = "the URL of an HTTP proxy";
            let is_one = Proxy::all(&text).is_ok() && text.starts_with("http");
            is_one.then(|| Secret::new(text)).ok_or(MalformedVariable { name, rule })
        });
        Ok(Self { profile, profile_proxy: proxy.transpose()?, ..self })
    }

    /// The base URLs that messages go to, for [`crate::http::warm`].
    pub fn urls(&self) -> [String; 2] {
        [self.business.clone(), self.oa.clone()]
    }
}

fn base(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
    default: String,
) -> Result<String, MalformedVariable> {
    let Some(text) = optional(get, name) else {
        return Ok(default);
    };
    let plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    let url = Url::parse(&text).ok().filter(plain);
    let rule = "an HTTP URL with nothing but host, port and path";
    let url = url.ok_or(MalformedVariable { name, rule })?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The token that lets us speak for an Official Account. It prints as dots, and lines of the log never show it.
#[derive(Clone)]
pub struct AccessToken {
    token: HeaderValue,
    proof: Option<HeaderValue>,
}

impl AccessToken {
    /// Takes the token; `None` when it is empty or holds what no header can carry.
    pub fn new(token: &str) -> Option<Self> {
        let visible = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
        let mut value = HeaderValue::from_str(token).ok().filter(|_| visible)?;
        value.set_sensitive(true);
        telemetry::hide(token);
        Some(Self { token: value, proof: None })
    }

    /// Sends this proof of the app along. What no header can carry is not sent.
    pub fn with_proof(self, proof: &str) -> Self {
        let mut proof = HeaderValue::from_str(proof).ok();
        proof.iter_mut().for_each(|proof| proof.set_sensitive(true));
        Self { proof, ..self }
    }

    /// The token itself, for who stores it or signs it.
    pub fn expose(&self) -> &str {
        self.token.to_str().unwrap_or_default()
    }

    /// Puts it on a request.
    fn on(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.header("access_token", &self.token);
        match &self.proof {
            Some(proof) => request.header("appsecret_proof", proof),
            None => request,
        }
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// One message to one person. Has no `Debug`: all of it is the customer's.
#[derive(Clone, Copy)]
pub enum Outgoing<'a> {
    /// An approved template to a phone number.
    PhoneTemplate {
        /// Whose Zalo it goes to.
        phone: &'a Phone,
        /// Zalo's id of the template.
        template_id: &'a str,
        /// Every parameter that the template registers, in NFC.
        params: &'a BTreeMap<String, String>,
        /// Comes back in the receipt.
        tracking: &'a Tracking,
    },
    /// The same template to a Zalo id. Nothing of ours comes back: keep the message id.
    UserTemplate {
        /// The person as the sending Official Account knows them.
        user: &'a str,
        /// Zalo's id of the template.
        template_id: &'a str,
        /// Every parameter that the template registers, in NFC.
        params: &'a BTreeMap<String, String>,
    },
    /// A text to someone who wrote to the Official Account in the last 7 days.
    Reply {
        /// The person as the sending Official Account knows them.
        user: &'a str,
        /// At most 2,000 characters.
        text: &'a str,
    },
}

/// Zalo took the message. Whether it arrives, a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Zalo's id; receipts and ratings carry it.
    pub message_id: String,
    /// Zalo's time, where the answer has one.
    pub sent_at: Option<Timestamp>,
    /// What the quota allows in all (by phone: this day), where the answer says.
    pub quota_total: Option<u64>,
    /// What is left of it, where the answer says.
    pub quota_left: Option<u64>,
}

/// Why a message was not accepted. Each variant is a different next step.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The request never left: no name, no connection, no handshake. Safe to try again.
    #[error("the request was not sent")]
    NotSent {
        /// What failed, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// It left, and no answer says what became of it. Never retried here: a receipt or the grace time decides.
    #[error("the outcome is not known")]
    Unknown {
        /// What came instead of an answer.
        #[source]
        source: NoAnswer,
    },
    /// Zalo answered with a code; its class says what follows.
    #[error("Zalo refused: {host} code {code}")]
    Refused {
        /// Who refused: the hosts number their errors differently.
        host: Host,
        /// Zalo's negative code; 401 or 429 when a gateway said so and no code could be read.
        code: i64,
        /// What the code means for the message.
        class: Class,
    },
}

/// What came instead of an answer. None of it quotes what was sent or received.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// A time-out or a broken connection.
    #[error("the connection failed after the request left")]
    Transport {
        /// What failed, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// More than [`ANSWER_BYTES_MAX`].
    #[error("HTTP {status} with more than {ANSWER_BYTES_MAX} bytes")]
    TooLarge {
        /// The HTTP status.
        status: u16,
    },
    /// HTML, an empty body, or JSON without a whole number `error`.
    #[error("HTTP {status} without an error code")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// Accepted, without an id that a receipt could be matched with.
    #[error("accepted without a message id")]
    NoMessageId,
}

/// The way to Zalo's two hosts.
#[derive(Clone, Debug)]
pub struct Zalo {
    http: reqwest::Client,
    hosts: Hosts,
    /// The client for calls that bring personal data.
    profile: reqwest::Client,
    exchange_timeout: Duration,
}

impl Zalo {
    /// Takes the client, whose time-out is that of a send.
    pub fn new(http: reqwest::Client, hosts: Hosts) -> Self {
        let profile = match &hosts.profile_proxy {
            Some(proxy) => crate::http::client_through(SEND_TIMEOUT, proxy),
            None => http.clone(),
        };
        Self { http, hosts, profile, exchange_timeout: EXCHANGE_TIMEOUT }
    }

    /// Gives exchanges of tokens less time than [`EXCHANGE_TIMEOUT`].
    pub fn exchanging_within(self, exchange_timeout: Duration) -> Self {
        Self { exchange_timeout: exchange_timeout.min(EXCHANGE_TIMEOUT), ..self }
    }

    /// The client, for what is not Zalo's and has the same time-out.
    pub fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// Sends one message, once.
    ///
    /// # Errors
    /// Only after [`SendError::NotSent`] is it sure that the message did not reach Zalo.
    pub async fn send(
        &self,
        token: &AccessToken,
        outgoing: &Outgoing<'_>,
    ) -> Result<Accepted, SendError> {
        match *outgoing {
            Outgoing::PhoneTemplate { phone, template_id, params, tracking } => {
                let body = wire::PhoneTemplate {
                    phone: phone.digits(),
                    template_id,
                    template_data: params,
                    tracking_id: tracking.to_string(),
                };
                self.post(Host::Business, "/message/template", token, &body).await
            }
            Outgoing::UserTemplate { user, template_id, params } => {
                let body = wire::UserTemplate { user_id: user, template_id, template_data: params };
                self.post(Host::Oa, "/v3.0/oa/message/template", token, &body).await
            }
            Outgoing::Reply { user, text } => {
                let body = wire::Reply {
                    recipient: wire::User { user_id: user },
                    message: wire::Text { text },
                };
                self.post(Host::Oa, "/v3.0/oa/message/cs", token, &body).await
            }
        }
    }

    async fn post(
        &self,
        host: Host,
        path: &str,
        token: &AccessToken,
        body: &impl Serialize,
    ) -> Result<Accepted, SendError> {
        let base = match host {
            Host::Business => &self.hosts.business,
            Host::Oa => &self.hosts.oa,
        };
        let request = token.on(self.http.post(format!("{base}{path}")));
        let response = request.json(body).send().await.map_err(not_answered)?;
        let status = response.status();
        match body_of(response).await {
            Ok(bytes) => judge(host, status, &bytes),
            Err(no_answer) => {
                Err(by_status(host, status).unwrap_or(SendError::Unknown { source: no_answer }))
            }
        }
    }
}

/// Sorts a request that got no response: did it leave?
fn not_answered(error: reqwest::Error) -> SendError {
    let never_left = error.is_connect() || error.is_builder();
    let source = error.without_url();
    if never_left {
        SendError::NotSent { source }
    } else {
        SendError::Unknown { source: NoAnswer::Transport { source } }
    }
}

async fn body_of(mut response: reqwest::Response) -> Result<Vec<u8>, NoAnswer> {
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(bytes),
            Ok(Some(chunk)) if bytes.len() + chunk.len() > ANSWER_BYTES_MAX => {
                return Err(NoAnswer::TooLarge { status });
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => return Err(NoAnswer::Transport { source: error.without_url() }),
        }
    }
}

/// Says what an answer means: Zalo's code first, then a gateway's 401 or 429, then nothing is known.
fn judge(host: Host, status: StatusCode, bytes: &[u8]) -> Result<Accepted, SendError> {
    let Some(answer) = wire::Answer::read(bytes) else {
        let unreadable = NoAnswer::Unreadable { status: status.as_u16() };
        return Err(by_status(host, status).unwrap_or(SendError::Unknown { source: unreadable }));
    };
    if answer.error != 0 {
        let (code, class) = (answer.error, class(host, answer.error));
        let refused = SendError::Refused { host, code, class };
        // A code without a row may be a gateway's own: then its status says more.
        return Err(match meaning(host, code) {
            Some(_) => refused,
            None => by_status(host, status).unwrap_or(refused),
        });
    }
    let message_id =
        answer.message_id().ok_or(SendError::Unknown { source: NoAnswer::NoMessageId })?;
    Ok(Accepted {
        message_id,
        sent_at: answer.sent_at(),
        quota_total: answer.quota(["dailyQuota", "total"]),
        quota_left: answer.quota(["remainingQuota", "remain"]),
    })
}

/// The two statuses with which a gateway refuses before Zalo sees the message.
fn by_status(host: Host, status: StatusCode) -> Option<SendError> {
    let class = match status {
        StatusCode::UNAUTHORIZED => Class::Auth,
        StatusCode::TOO_MANY_REQUESTS => Class::Backoff,
        _ => return None,
    };
    Some(SendError::Refused { host, code: i64::from(status.as_u16()), class })
}

#[cfg(test)]
mod tests;
