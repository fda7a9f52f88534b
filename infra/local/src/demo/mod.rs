//! The demo tenant and its recorded day, compiled in: `cargo run` needs no file beside it.

pub mod hook;
pub mod state;

use std::collections::BTreeMap;

use domain::{
    consent::Purpose,
    rule::{Problem, RuleSet, RuleSource, Template as MessageTemplate, read_templates},
    tenant::{Tenant, TenantSecrets},
    voucher::Code,
};
use jiff::Timestamp;
use testkit::stand_in::{StandInParam, StandInSettings, StandInTemplate};

/// The one description of the infrastructure.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The recorded day of the demo tenant, one hook a line.
pub const DAY: &str = include_str!("../../demo/day.jsonl");

/// What must come of the day.
pub const DAY_EXPECTED: &str = include_str!("../../demo/day.expected.json");

/// The same day with a rating of the customer's at its end.
pub const DAY_POINTS: &str = include_str!("../../demo/day-points.jsonl");

/// What must come of that.
pub const DAY_POINTS_EXPECTED: &str = include_str!("../../demo/day-points.expected.json");

/// The same day once more, with answers on a page and a case that staff closes.
pub const DAY_SURVEY: &str = include_str!("../../demo/day-survey.jsonl");

/// What must come of that.
pub const DAY_SURVEY_EXPECTED: &str = include_str!("../../demo/day-survey.expected.json");

/// Longest value of a template's parameter that the stand-in takes: Zalo's longest type, an address.
const PARAM_CHARS_MAX: usize = 200;

/// A tenant as its files say, checked.
#[derive(Clone, Debug)]
pub struct Business {
    /// `tenant.yaml`.
    pub tenant: Tenant,
    /// `templates.yaml`.
    pub templates: Vec<MessageTemplate>,
    /// `programme.yaml`.
    pub programme: Option<String>,
    /// `surveys.yaml`.
    pub surveys: Option<String>,
    /// `rules.yaml`.
    pub rules: String,
    /// `secrets.yaml`.
    pub secrets: TenantSecrets,
    /// The codes of its vouchers, by pool.
    pub pools: BTreeMap<String, Vec<Code>>,
}

impl Business {
    /// The coffee shop "Cà Phê Sớm".
    ///
    /// # Errors
    /// What its files break; a test holds them to nothing.
    pub fn demo() -> Result<Self, Vec<Problem>> {
        Ok(Self {
            tenant: Tenant::read(include_str!("../../demo/ca-phe-som/tenant.yaml"))?,
            templates: read_templates(include_str!("../../demo/ca-phe-som/templates.yaml"))?,
            programme: Some(include_str!("../../demo/ca-phe-som/programme.yaml").to_owned()),
            surveys: Some(include_str!("../../demo/ca-phe-som/surveys.yaml").to_owned()),
            rules: include_str!("../../demo/ca-phe-som/rules.yaml").to_owned(),
            secrets: TenantSecrets::read(include_str!("../../demo/ca-phe-som/secrets.yaml"))?,
            pools: BTreeMap::from([(
                "hoi-gia".to_owned(),
                codes(include_str!("../../demo/ca-phe-som/vouchers/hoi-gia.csv")),
            )]),
        })
    }

    /// Version 1 of its rules, every one of them activated at `at`.
    ///
    /// # Errors
    /// What the rules break.
    pub fn activated(&self, at: Timestamp) -> Result<RuleSource, Vec<Problem>> {
        let mut source = RuleSource {
            version: 1,
            yaml: self.rules.clone(),
            templates: self.templates.clone(),
            programme: self.programme.clone(),
            surveys: self.surveys.clone(),
            activated: BTreeMap::new(),
        };
        let compiled = RuleSet::compile(&source)?;
        source.activated = compiled.rules().iter().map(|rule| (rule.id.clone(), at)).collect();
        Ok(source)
    }

    /// What the stand-in must know of it: the app, the account, what signs its hooks, and the approved templates.
    pub fn stand_in(&self, now: Timestamp) -> StandInSettings {
        let zalo = &self.tenant.zalo;
        let oa = zalo.oas.first().map_or("", String::as_str);
        let secret = self.secrets.sources.get("zalo-oa").map_or("", |pair| pair.current.expose());
        let mut settings = StandInSettings::new(now, &zalo.app_id, oa, secret);
        settings.hook_path = format!("/hooks/{}/zalo-oa", self.tenant.id);
        if let Some(credentials) = self.secrets.zalo.get(oa) {
            settings.access_token = credentials.access_token.expose().to_owned();
        }
        let app = self.secrets.zalo_app.as_ref();
        settings.app_secret = app.map(|app| app.secret.expose().to_owned());
        // The token of the file has nobody who refreshes it, and outlives the day.
        settings.access_token_life_s = None;
        settings.templates = self.templates.iter().map(stand_in_template).collect();
        settings
    }
}

/// The codes of a file with one column.
fn codes(csv: &str) -> Vec<Code> {
    csv.lines().skip(1).filter_map(|line| Code::parse(line).ok()).collect()
}

fn stand_in_template(template: &MessageTemplate) -> StandInTemplate {
    use domain::channel::Channel;
    let price = |channel| template.price_vnd.get(&channel).copied().unwrap_or_default();
    let param = |name: &String| StandInParam {
        name: name.clone(),
        max_length: PARAM_CHARS_MAX,
        required: true,
    };
    StandInTemplate {
        template_id: template.template_id.clone(),
        name: template.name.clone(),
        tag: match template.purpose {
            Purpose::Otp => "OTP",
            Purpose::Transaction | Purpose::Reply | Purpose::Staff => "TRANSACTION",
            Purpose::Care => "CUSTOMER_CARE",
            Purpose::Promotion => "PROMOTION",
        }
        .to_owned(),
        text: template.preview.clone(),
        params: template.params.iter().map(param).collect(),
        price_sdt: price(Channel::ZnsPhone),
        price_uid: price(Channel::ZnsUid),
        timeout_ms: u64::try_from(template.timeout_s).unwrap_or_default() * 1_000,
    }
}
