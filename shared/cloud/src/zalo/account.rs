//! What Zalo says about an account itself: who it is, what it may send, how its templates stand. Nothing is changed by asking.
//!
//! Source: OA OpenAPI "get OA information", ZBS "quota", "quality" and "template detail", OA "user detail", read 2026-11. Answers are
//! read leniently: what is missing is `None`, and what an account lacks never stops the rest.

use reqwest::{Method, Url};
use serde_json::Value;

use super::{AccessToken, Host, NoAnswer, SendError, Zalo, body_of, by_status, not_answered, wire};
use crate::zalo::class;

/// Who an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Its id.
    pub oa: String,
    /// As customers see it.
    pub name: String,
    /// Whether Zalo has verified it; only then may it send templates.
    pub is_verified: Option<bool>,
    /// Its package.
    pub package: Option<String>,
    /// The billing account that pays for templates.
    pub billing: Option<String>,
}

/// How much an account may send in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageQuota {
    /// In all.
    pub total: Option<i64>,
    /// What is left of it.
    pub left: Option<i64>,
}

/// A template as Zalo has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateInfo {
    /// `ENABLE`, `PENDING_REVIEW`, `REJECT`, `DISABLE`.
    pub status: String,
    /// `HIGH`, `MEDIUM`, `LOW` or `UNDEFINED`.
    pub quality: Option<String>,
    /// The names of its parameters, in order.
    pub params: Vec<String>,
    /// Price of one message to a phone, in đồng.
    pub price_phone_vnd: Option<i64>,
}

impl Zalo {
    /// Who the account of this token is.
    ///
    /// # Errors
    /// As [`Zalo::send`]; asking can be repeated.
    pub async fn account_info(&self, token: &AccessToken) -> Result<AccountInfo, SendError> {
        let url = format!("{}/v2.0/oa/getoa", self.hosts.oa);
        let data = self.get(&self.http, Host::Oa, &url, &[], token).await?;
        let text = |names: &[&str]| names.iter().find_map(|name| wire::scalar(data.get(*name)?));
        Ok(AccountInfo {
            oa: text(&["oa_id", "oaid"]).unwrap_or_default(),
            name: text(&["name"]).unwrap_or_default(),
            is_verified: data.get("is_verified").and_then(truth),
            package: text(&["package_name"]),
            billing: text(&["linked_ZCA", "linked_zca"]).filter(|one| !one.is_empty()),
        })
    }

    /// What it may send today.
    ///
    /// # Errors
    /// As [`Zalo::send`]; asking can be repeated.
    pub async fn message_quota(&self, token: &AccessToken) -> Result<MessageQuota, SendError> {
        let url = format!("{}/message/quota", self.hosts.business);
        let data = self.get(&self.http, Host::Business, &url, &[], token).await?;
        let number = |name: &str| data.get(name).and_then(wire::whole);
        Ok(MessageQuota { total: number("dailyQuota"), left: number("remainingQuota") })
    }

    /// How its messages of the last 48 hours were taken: `HIGH`, `MEDIUM`, `LOW` or `UNDEFINED`; `None` where Zalo does not say.
    ///
    /// # Errors
    /// As [`Zalo::send`]; asking can be repeated.
    pub async fn quality(&self, token: &AccessToken) -> Result<Option<String>, SendError> {
        let url = format!("{}/quality", self.hosts.business);
        let data = self.get(&self.http, Host::Business, &url, &[], token).await?;
        Ok(data.get("oaCurrentQuality").and_then(wire::scalar))
    }

    /// How a template stands.
    ///
    /// # Errors
    /// As [`Zalo::send`]; asking can be repeated.
    pub async fn template_info(
        &self,
        token: &AccessToken,
        template_id: &str,
    ) -> Result<TemplateInfo, SendError> {
        let url = format!("{}/template/info/v2", self.hosts.business);
        let query = [("template_id", template_id)];
        let data = self.get(&self.http, Host::Business, &url, &query, token).await?;
        let text = |name: &str| data.get(name).and_then(wire::scalar);
        let params = data.get("listParams").and_then(Value::as_array).into_iter().flatten();
        Ok(TemplateInfo {
            status: text("status").unwrap_or_default(),
            quality: text("templateQuality"),
            params: params.filter_map(|one| wire::scalar(one.get("name")?)).collect(),
            price_phone_vnd: ["price_sdt", "price"]
                .iter()
                .find_map(|name| data.get(*name).and_then(wire::whole)),
        })
    }

    /// Whether Zalo tells personal data to this address: it answers -501 outside Vietnam. Asked for nobody, whom it does not know.
    ///
    /// # Errors
    /// As [`Zalo::send`], but for what is said of nobody; asking can be repeated.
    pub async fn tells_personal_data(&self, token: &AccessToken) -> Result<bool, SendError> {
        let query = [("data", r#"{"user_id":"0"}"#)];
        let url = format!("{}/v3.0/oa/user/detail", self.hosts.profile);
        match self.get(&self.profile, Host::Oa, &url, &query, token).await {
            Ok(_) => Ok(true),
            Err(SendError::Refused { code: -501, .. }) => Ok(false),
            // It would have told, had there been somebody.
            Err(SendError::Refused { code: -201 | -213 | -210, .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn get(
        &self,
        http: &reqwest::Client,
        host: Host,
        url: &str,
        query: &[(&str, &str)],
        token: &AccessToken,
    ) -> Result<Value, SendError> {
        let url = Url::parse_with_params(url, query).expect("a base URL was read as one");
        let response = token.on(http.request(Method::GET, url)).send().await;
        let response = response.map_err(not_answered)?;
        let status = response.status();
        let bytes = body_of(response).await.map_err(|source| SendError::Unknown { source })?;
        let Some(answer) = wire::Answer::read(&bytes) else {
            let source = NoAnswer::Unreadable { status: status.as_u16() };
            return Err(by_status(host, status).unwrap_or(SendError::Unknown { source }));
        };
        if answer.error != 0 {
            let (code, class) = (answer.error, class(host, answer.error));
            return Err(SendError::Refused { host, code, class });
        }
        Ok(answer.data())
    }
}

/// A truth, written as one, as 0 or 1, or as a text.
fn truth(value: &Value) -> Option<bool> {
    match wire::scalar(value).as_deref() {
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        Some(_) => None,
        None => value.as_bool(),
    }
}
