//! What a stand-in stands in for.

use std::path::PathBuf;

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

/// Vietnam's clock: UTC+7 without summer time. Source: Zalo names no zone for its night; Asia/Ho_Chi_Minh is assumed.
pub(super) fn vietnam() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(7))
}

/// Life of an access token in seconds: 25 h. Source: OAuth v4, `expires_in` is the text `"90000"`.
pub(super) const ACCESS_TOKEN_LIFE_S: i64 = 90_000;

/// Life of a refresh token in seconds: three months. Source: OAuth v4.
pub(super) const REFRESH_TOKEN_LIFE_S: i64 = 90 * 86_400;

/// One app and its Official Account.
#[derive(Clone)]
pub struct StandInSettings {
    /// The time at the start, until the first `set_now`.
    pub now: Timestamp,
    /// The Zalo app.
    pub app_id: String,
    /// `secret_key` of token calls; not checked when `None`.
    pub app_secret: Option<String>,
    /// The Official Account.
    pub oa_id: String,
    /// Signs hooks.
    pub oa_secret: String,
    /// Where hooks go: `/hooks/<tenant>/zalo-oa`.
    pub hook_path: String,
    /// The first access token.
    pub access_token: String,
    /// How long the first access token is good for, in seconds; for ever when `None`, for runs in which nobody refreshes.
    pub access_token_life_s: Option<i64>,
    /// The first refresh token; none is accepted when `None`.
    pub refresh_token: Option<String>,
    /// What may be sent.
    pub templates: Vec<StandInTemplate>,
    /// Messages to phones in one day of Vietnam.
    pub daily_quota: u64,
    /// From accepting a message to its receipt, in seconds.
    pub receipt_delay_s: i64,
    /// Whether the list of ratings is asked for by POST alone, as the document has it; else GET does too.
    pub ratings_by_post: bool,
    /// The callback that the app's console knows; any, when `None`.
    pub callback_url: Option<String>,
    /// As customers see the account.
    pub name: String,
    /// The billing account that pays for templates.
    pub billing: Option<String>,
    /// Whether calls have to carry `appsecret_proof`; one that is there is looked at in any case.
    pub requires_proof: bool,
    /// Whether personal data is told to Vietnamese addresses alone. Who uses the stand-in as an HTTP proxy counts as one.
    pub personal_data_in_vietnam: bool,
    /// A folder for the log of accepted messages, pending hooks and rotated tokens.
    pub data: Option<PathBuf>,
}

impl StandInSettings {
    /// An account without templates, with Zalo's own lives and limits; fields are there to be changed.
    pub fn new(now: Timestamp, app_id: &str, oa_id: &str, oa_secret: &str) -> Self {
        Self {
            now,
            app_id: app_id.to_owned(),
            app_secret: None,
            oa_id: oa_id.to_owned(),
            oa_secret: oa_secret.to_owned(),
            hook_path: "/hooks/zalo-oa".to_owned(),
            access_token: "stand-in-access-token".to_owned(),
            access_token_life_s: Some(ACCESS_TOKEN_LIFE_S),
            refresh_token: None,
            templates: Vec::new(),
            daily_quota: 20_000,
            receipt_delay_s: 5,
            ratings_by_post: false,
            callback_url: None,
            name: "Stand-in".to_owned(),
            billing: Some("1234567890".to_owned()),
            requires_proof: false,
            personal_data_in_vietnam: false,
            data: None,
        }
    }

    pub(super) fn template(&self, id: &str) -> Option<&StandInTemplate> {
        self.templates.iter().find(|template| template.template_id == id)
    }
}

/// An approved template.
#[derive(Clone, Debug, Deserialize)]
pub struct StandInTemplate {
    /// `"433555"`.
    pub template_id: String,
    /// As the business calls it.
    pub name: String,
    /// `TRANSACTION`, `CUSTOMER_CARE`, `PROMOTION` or `OTP`.
    pub tag: String,
    /// As the customer sees it, with `{{param}}` or `<param>` in it.
    pub text: String,
    /// What has to be filled in.
    pub params: Vec<StandInParam>,
    /// Price of a message to a phone.
    pub price_sdt: u64,
    /// Price of a message to a UID.
    pub price_uid: u64,
    /// Not delivered later than this.
    pub timeout_ms: u64,
}

/// A parameter of a template.
#[derive(Clone, Debug, Deserialize)]
pub struct StandInParam {
    /// As it stands in the text.
    pub name: String,
    /// In characters as sent.
    pub max_length: usize,
    /// Whether a message without it is refused.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}
