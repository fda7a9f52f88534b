//! Hooks to the demo tenant, signed as their senders sign them, as API Gateway hands them to the intake.

use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::sign;

use super::state::{DEMO, secrets, tenant};
use crate::template::Template;

/// One HTTP request. What is wrong with a hostile one is put in after it was signed.
#[derive(Clone, Debug)]
pub struct DemoHook {
    /// `POST` unless changed.
    pub method: String,
    /// With a path secret, where the source has one.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As signed.
    pub body: Vec<u8>,
}

impl DemoHook {
    /// A request without any proof.
    pub fn bare(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { method: "POST".to_owned(), path: path.to_owned(), headers, body: body.into() }
    }

    /// Of the Official Account. `body` gets the demo's `app_id`; it has to bring its `timestamp`.
    ///
    /// # Panics
    /// When it brings none.
    pub fn zalo(mut body: Value) -> Self {
        body["app_id"] = json!(tenant().zalo.app_id);
        Self::zalo_bytes(body.to_string())
    }

    /// The same over any bytes that hold a `timestamp`.
    ///
    /// # Panics
    /// When they hold none.
    pub fn zalo_bytes(body: impl Into<Vec<u8>>) -> Self {
        let hook = Self::bare(&format!("/hooks/{DEMO}/zalo-oa"), body);
        let signed = sign::zalo_oa(&tenant().zalo.app_id, &secret("zalo-oa"), &hook.body);
        let signed = signed.expect("a body with a timestamp");
        hook.with("x-zevent-signature", &signed)
    }

    /// Of SePay, signed at `at`.
    pub fn sepay(body: impl Into<Vec<u8>>, at: Timestamp) -> Self {
        let hook = Self::bare(&format!("/hooks/{DEMO}/sepay"), body);
        let signed = sign::sepay(&secret("sepay"), at.as_second(), &hook.body);
        hook.with("x-sepay-timestamp", &at.as_second().to_string())
            .with("x-sepay-signature", &signed)
    }

    /// Of GHN, with the secret in its path.
    pub fn ghn(body: impl Into<Vec<u8>>) -> Self {
        Self::bare(&format!("/hooks/{DEMO}/ghn/{}", secret("ghn")), body)
    }

    /// Of the business itself, signed at `at` under the delivery's `id`.
    ///
    /// # Panics
    /// When the demo's secret is broken.
    pub fn standard(id: &str, body: impl Into<Vec<u8>>, at: Timestamp) -> Self {
        let hook = Self::bare(&format!("/v1/{DEMO}/events"), body);
        let signed = sign::standard(&secret("standard"), id, at.as_second(), &hook.body);
        let signed = signed.expect("the demo's secret is one of Standard Webhooks");
        hook.with("webhook-id", id)
            .with("webhook-timestamp", &at.as_second().to_string())
            .with("webhook-signature", &signed)
    }

    /// With one header set, or set anew.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without one header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self
    }

    /// The event of API Gateway's payload format 2.0. A body that is no text goes as base64, as API Gateway sends it.
    ///
    /// Source: AWS "Lambda proxy integrations for HTTP APIs", read 2026-11. A request that no route of the template takes gets
    /// none here either; API Gateway would answer 404 itself.
    pub fn event(&self, template: &Template) -> Value {
        let matching = template
            .routes()
            .iter()
            .find_map(|route| Some((route.key(), route.matches(&self.method, &self.path)?)));
        let (key, parameters) = matching.unwrap_or_else(|| ("$default".to_owned(), Vec::new()));
        let parameters: serde_json::Map<String, Value> =
            parameters.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let (body, is_base64) = match std::str::from_utf8(&self.body) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (data_encoding::BASE64.encode(&self.body), true),
        };
        json!({
            "version": "2.0",
            "routeKey": key,
            "rawPath": self.path,
            "rawQueryString": "",
            "headers": headers,
            "pathParameters": parameters,
            "requestContext": {
                "routeKey": key,
                "stage": "$default",
                "http": {"method": self.method, "path": self.path, "protocol": "HTTP/1.1"},
            },
            "body": body,
            "isBase64Encoded": is_base64,
        })
    }
}

/// What the demo tenant and one of its sources share.
///
/// # Panics
/// When it has no such source.
pub fn secret(source: &str) -> String {
    secrets().sources[source].current.expose().to_owned()
}
