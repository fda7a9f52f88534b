//! A business: its Official Accounts, what its events mean for consent, how its order codes look; and its secrets.
//!
//! Bounds: a file has at most 128 KB, the pattern of an order code 128 bytes.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

pub use crate::rule::{Problem, read_templates};
use crate::{
    consent::Purpose,
    custody::Verifier,
    phone::Pepper,
    rule::{Fields, Node, Problems, is_id, is_kind, quoted},
    secret::Secret,
    text::clean,
    verify::standard_signature,
};

/// Longest name of a business, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Longest pattern of an order code, in bytes.
const PATTERN_BYTES_MAX: usize = 128;
/// Largest compiled pattern, in bytes: it runs over the text of every bank transfer.
const PATTERN_COMPILED_BYTES_MAX: usize = 64 * 1_024;
/// Most Official Accounts of one business.
const OAS_MAX: usize = 20;
/// Longest morning: what goes later than 18:00 is no morning release.
const MORNING_SPREAD_MAX: SignedDuration = SignedDuration::from_hours(12);
/// Longest secret, in bytes: Zalo's access tokens are the longest, at about 600.
const SECRET_BYTES_MAX: usize = 2_048;

/// What a tenant's file `tenant.yaml` says. Secrets stand elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Lower-case letters, digits and dashes: part of URLs and keys.
    pub id: String,
    /// As customers know it.
    pub name: String,
    /// The Zalo app and the accounts that it serves.
    pub zalo: ZaloApp,
    /// A regular expression for the shop's order codes, without marks and spaces: `DH\d{4}`.
    pub order_code: String,
    /// Which event kinds give consent for what, `customer.followed: [care, promotion]`.
    #[serde(default)]
    pub consent_given_by: BTreeMap<String, Vec<Purpose>>,
    /// How long replies, care and promotion are silent after a person has taken over.
    #[serde(default = "mute_for")]
    pub mute_for: SignedDuration,
    /// How long an event waits for its owner before the business's own people are told.
    #[serde(default = "park_for")]
    pub park_for: SignedDuration,
    /// How long after a customer's message a reply may go.
    #[serde(default = "reply_window")]
    pub reply_window: SignedDuration,
    /// What keeps a mistake small.
    #[serde(default)]
    pub limits: Limits,
}

/// How much may be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most notifications of one rule in an hour.
    pub burst_per_hour: u32,
    /// Most that all messages of a day in Vietnam may cost, in đồng; `None` for no bound.
    pub daily_budget_vnd: Option<u64>,
    /// Most notifications of a purpose that one customer gets in a day.
    pub per_customer_a_day: BTreeMap<Purpose, u32>,
    /// What the night held back goes out within this time after 06:00.
    pub morning_spread: SignedDuration,
    /// The hour of Vietnam at which Zalo's quotas begin anew. Assumption: midnight, since Zalo documents none.
    pub quota_resets_h: i8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            burst_per_hour: 200,
            daily_budget_vnd: None,
            per_customer_a_day: BTreeMap::new(),
            // Long enough that neither Zalo nor the phones are hit by all of it in one second.
            morning_spread: SignedDuration::from_mins(30),
            quota_resets_h: 0,
        }
    }
}

/// A day: by then somebody has answered.
fn mute_for() -> SignedDuration {
    SignedDuration::from_hours(24)
}

/// A day: an order that has not come by then does not come.
fn park_for() -> SignedDuration {
    SignedDuration::from_hours(24)
}

/// Consultation messages are free within 48 h of the customer's last word (Zalo OA guide, read 2026-11).
fn reply_window() -> SignedDuration {
    SignedDuration::from_hours(48)
}

/// The Zalo side of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZaloApp {
    /// The app at developers.zalo.me.
    pub app_id: String,
    /// The Official Accounts, by id; the first one sends when an event names none.
    pub oas: Vec<String>,
}

impl Tenant {
    /// Reads `tenant.yaml`.
    ///
    /// # Errors
    /// Everything that is wrong with the file, by line.
    pub fn read(yaml: &str) -> Result<Self, Vec<Problem>> {
        let node = Node::read(yaml)?;
        let mut problems = Problems::default();
        let tenant = tenant(&node, &mut problems);
        problems.none_or(tenant)?.ok_or_else(unreadable)
    }

    /// The order codes' pattern, compiled. A tenant that [`Tenant::read`] made always has one.
    ///
    /// # Errors
    /// The stored pattern is not a regular expression, or too large a one.
    pub fn order_code_pattern(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.order_code).size_limit(PATTERN_COMPILED_BYTES_MAX).build()
    }
}

/// What is said when nothing was found wrong and yet nothing was read: a bug, which must not become a panic.
fn unreadable() -> Vec<Problem> {
    vec![Problem { code: "yaml", line: 1, message: "the file could not be read".to_owned() }]
}

fn tenant(node: &Node, problems: &mut Problems) -> Option<Tenant> {
    let known = [
        "id",
        "name",
        "zalo",
        "order_code",
        "consent_given_by",
        "mute_for",
        "park_for",
        "reply_window",
        "limits",
    ];
    let fields = Fields::of(node, "a tenant", &known, problems)?;
    let id = fields.id("id", problems);
    let name = fields.required("name", problems).and_then(|node| {
        let name = clean(node.text("`name`", problems)?);
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let message = format!("`name` must have 1 to {NAME_CHARS_MAX} characters");
            problems.add("too_long", node.line, message);
        }
        Some(name)
    });
    let zalo = fields.required("zalo", problems).and_then(|node| zalo_app(node, problems));
    let order_code = order_code(&fields, problems);
    let consents = fields.optional_as("consent_given_by", |node| consents(node, problems));
    let mut time = |name: &'static str| {
        fields.optional_as(name, |node| node.duration(&format!("`{name}`"), problems))
    };
    let (mute, park, reply) = (time("mute_for"), time("park_for"), time("reply_window"));
    let limits = fields.optional_as("limits", |node| limits(node, problems));
    Some(Tenant {
        id: id?.to_owned(),
        name: name?,
        zalo: zalo?,
        order_code: order_code?,
        consent_given_by: consents?.unwrap_or_default(),
        mute_for: mute?.unwrap_or_else(mute_for),
        park_for: park?.unwrap_or_else(park_for),
        reply_window: reply?.unwrap_or_else(reply_window),
        limits: limits?.unwrap_or_default(),
    })
}

fn limits(node: &Node, problems: &mut Problems) -> Option<Limits> {
    let known = [
        "burst_per_hour",
        "daily_budget_vnd",
        "per_customer_a_day",
        "morning_spread",
        "quota_resets_h",
    ];
    let fields = Fields::of(node, "`limits`", &known, problems)?;
    let mut limits = Limits::default();
    let burst = fields.optional("burst_per_hour");
    if let Some(most) = burst.and_then(|node| count(node, "`burst_per_hour`", problems)) {
        limits.burst_per_hour = most;
    }
    let budget = fields.optional("daily_budget_vnd");
    limits.daily_budget_vnd =
        budget.and_then(|node| node.whole_number("`daily_budget_vnd`", problems));
    if let Some(node) = fields.optional("morning_spread")
        && let Some(spread) = node.duration("`morning_spread`", problems)
    {
        if spread > MORNING_SPREAD_MAX {
            let message = "`morning_spread` is at most 12h: what goes later is no morning release";
            problems.add("bad_duration", node.line, message);
        }
        limits.morning_spread = spread;
    }
    if let Some(node) = fields.optional("quota_resets_h")
        && let Some(hour) = node.whole_number("`quota_resets_h`", problems)
    {
        match i8::try_from(hour) {
            Ok(hour) if hour < 24 => limits.quota_resets_h = hour,
            Ok(_) | Err(_) => {
                let message = "`quota_resets_h` is an hour of the day, 0 to 23";
                problems.add("bad_number", node.line, message);
            }
        }
    }
    let caps = fields.optional("per_customer_a_day");
    let caps = caps.and_then(|node| node.map("`per_customer_a_day`", problems));
    for (key, node) in caps.into_iter().flatten() {
        let capped = [Purpose::Care, Purpose::Promotion];
        match capped.into_iter().find(|one| one.as_str() == key.name) {
            Some(purpose) => {
                if let Some(most) = count(node, "a cap", problems) {
                    limits.per_customer_a_day.insert(purpose, most);
                }
            }
            None => {
                problems.add("unknown_name", key.line, "only care and promotion can be capped");
            }
        }
    }
    Some(limits)
}

/// A number of messages: 1 to a million.
fn count(node: &Node, what: &str, problems: &mut Problems) -> Option<u32> {
    let number = node.whole_number(what, problems)?;
    match u32::try_from(number) {
        Ok(number) if (1..=1_000_000).contains(&number) => Some(number),
        Ok(_) | Err(_) => {
            problems.add("bad_number", node.line, format!("{what} must be 1 to 1000000"));
            None
        }
    }
}

fn zalo_app(node: &Node, problems: &mut Problems) -> Option<ZaloApp> {
    let fields = Fields::of(node, "`zalo`", &["app_id", "oas"], problems)?;
    let app_id = fields.required("app_id", problems).and_then(|node| zalo_id(node, problems));
    let list = fields.required("oas", problems)?;
    let nodes = list.list("`oas`", problems);
    if !(1..=OAS_MAX).contains(&nodes.len()) {
        let message = format!("`oas` names 1 to {OAS_MAX} Official Accounts");
        problems.add("too_long", list.line, message);
    }
    let mut oas: Vec<String> = Vec::new();
    for node in nodes {
        let Some(id) = zalo_id(node, problems) else { continue };
        if oas.contains(&id) {
            problems.add("duplicate_id", node.line, format!("{} stands here twice", quoted(&id)));
        }
        oas.push(id);
    }
    Some(ZaloApp { app_id: app_id?, oas })
}

/// An id that Zalo gave: digits, in quotes since they are too many for a number.
fn zalo_id(node: &Node, problems: &mut Problems) -> Option<String> {
    let id = node.text("an id of Zalo", problems)?;
    if !is_zalo_id(id) {
        problems.add("bad_id", node.line, "an id of Zalo is 1 to 24 digits");
        return None;
    }
    Some(id.to_owned())
}

fn is_zalo_id(id: &str) -> bool {
    (1..=24).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

fn order_code(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let node = fields.required("order_code", problems)?;
    let pattern = node.text("`order_code`", problems)?;
    let compiled = RegexBuilder::new(pattern).size_limit(PATTERN_COMPILED_BYTES_MAX).build();
    let message = match compiled {
        Ok(_) if pattern.len() > PATTERN_BYTES_MAX => "is too long",
        Ok(compiled) if compiled.is_match("") => "must not match the empty text",
        Ok(_) => return Some(pattern.to_owned()),
        Err(_) => "is not a regular expression, or too large a one",
    };
    problems.add("order_code", node.line, format!("`order_code` {message}"));
    None
}

fn consents(node: &Node, problems: &mut Problems) -> Option<BTreeMap<String, Vec<Purpose>>> {
    let known = [Purpose::Transaction, Purpose::Care, Purpose::Promotion];
    let mut consents = BTreeMap::new();
    for (key, node) in node.map("`consent_given_by`", problems)? {
        if !is_kind(&key.name) {
            let message = format!("{} is not an event kind", quoted(&key.name));
            problems.add("bad_kind", key.line, message);
        }
        let mut purposes = Vec::new();
        for node in node.list("the purposes of a consent", problems) {
            let Some(word) = node.text("a purpose", problems) else { continue };
            match known.into_iter().find(|purpose| purpose.as_str() == word) {
                Some(purpose) if !purposes.contains(&purpose) => purposes.push(purpose),
                Some(_) => {
                    let message = format!("{} stands here twice", quoted(word));
                    problems.add("duplicate_id", node.line, message);
                }
                None => {
                    let message = "consent is given for transaction, care or promotion";
                    problems.add("unknown_name", node.line, message);
                }
            }
        }
        consents.insert(key.name.clone(), purposes);
    }
    Some(consents)
}

/// What a tenant's file `secrets.yaml` says.
#[derive(Clone, Debug)]
pub struct TenantSecrets {
    /// Turns phone numbers into keys; never changes.
    pub pepper: Secret,
    /// What each source proves itself by.
    pub sources: BTreeMap<String, SourceSecrets>,
    /// What we prove ourselves by to Zalo, for each Official Account that is not connected by consent.
    pub zalo: BTreeMap<String, ZaloSecrets>,
    /// What the Zalo app proves itself by, where accounts are connected.
    pub zalo_app: Option<AppSecrets>,
    /// Where words to the business's own people are posted; such addresses often carry a key.
    pub alert_url: Option<Secret>,
    /// Which of the business's own systems are told of what rules say, by name.
    pub webhooks: BTreeMap<String, Webhook>,
}

/// A system of the business that is told as Standard Webhooks have it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Where; such addresses often carry a key.
    pub url: Secret,
    /// What we prove ourselves by: `whsec_` and base64.
    pub secret: Secret,
}

/// A source's secret, and the one before it while the source is being changed over.
#[derive(Clone, Debug)]
pub struct SourceSecrets {
    /// What the source uses from now on.
    pub current: Secret,
    /// What it may still use.
    pub previous: Option<Secret>,
}

/// The credentials of one Official Account.
#[derive(Clone, Debug)]
pub struct ZaloSecrets {
    /// Sent with every call.
    pub access_token: Secret,
}

/// What a Zalo app proves itself by.
#[derive(Clone, Debug)]
pub struct AppSecrets {
    /// The app's secret key.
    pub secret: Secret,
    /// The verifier whose challenge is saved in Zalo's console; without one, each consent has its own.
    pub code_verifier: Option<Secret>,
    /// Whether calls carry `appsecret_proof`.
    pub proves_calls: bool,
}

impl TenantSecrets {
    /// Reads `secrets.yaml`.
    ///
    /// # Errors
    /// Everything that is wrong with the file, by line; no secret is quoted.
    pub fn read(yaml: &str) -> Result<Self, Vec<Problem>> {
        let node = Node::read(yaml)?;
        let mut problems = Problems::quiet();
        let secrets = secrets(&node, &mut problems);
        problems.none_or(secrets)?.ok_or_else(unreadable)
    }

    /// The pepper for phone numbers; `None` when the stored one is too short, which [`TenantSecrets::read`] refuses.
    pub fn pepper(&self) -> Option<Pepper> {
        Pepper::new(self.pepper.expose().as_bytes())
    }
}

const SECRET_FIELDS: &[&str] = &["pepper", "sources", "zalo", "zalo_app", "alert_url", "webhooks"];

fn secrets(node: &Node, problems: &mut Problems) -> Option<TenantSecrets> {
    let fields = Fields::of(node, "the file", SECRET_FIELDS, problems)?;
    let pepper = fields.required("pepper", problems).and_then(|node| {
        let pepper = secret(node, problems)?;
        if Pepper::new(pepper.expose().as_bytes()).is_none() {
            let message = format!("`pepper` must have at least {} bytes", Pepper::BYTES_MIN);
            problems.add("too_short", node.line, message);
        }
        Some(pepper)
    });
    let sources = fields.required("sources", problems).and_then(|node| {
        let mut sources = BTreeMap::new();
        for (key, node) in node.map("`sources`", problems)? {
            if !is_id(&key.name) {
                problems.add("bad_id", key.line, "a source's name is letters, digits and dashes");
            }
            sources.insert(key.name.clone(), source(node, problems)?);
        }
        Some(sources)
    });
    let zalo = fields.required("zalo", problems).and_then(|node| {
        let mut accounts = BTreeMap::new();
        for (key, node) in node.map("`zalo`", problems)? {
            if !is_zalo_id(&key.name) {
                problems.add("bad_id", key.line, "an id of Zalo is 1 to 24 digits");
            }
            let fields = Fields::of(node, "an account", &["access_token"], problems)?;
            let token = fields.required("access_token", problems);
            let access_token = token.and_then(|node| secret(node, problems))?;
            accounts.insert(key.name.clone(), ZaloSecrets { access_token });
        }
        Some(accounts)
    });
    let app = fields.optional_as("zalo_app", |node| app_secrets(node, problems));
    let alert_url = fields.optional_as("alert_url", |node| {
        let url = secret(node, problems)?;
        if !is_alert_url(url.expose()) {
            let message = "`alert_url` must begin with https:// or teams+https://, or be zalo:, an account, : and a user";
            problems.add("bad_url", node.line, message);
            return None;
        }
        Some(url)
    });
    let webhooks = fields.optional_as("webhooks", |node| webhooks(node, problems));
    Some(TenantSecrets {
        pepper: pepper?,
        sources: sources?,
        zalo: zalo?,
        zalo_app: app?,
        alert_url: alert_url?,
        webhooks: webhooks?.unwrap_or_default(),
    })
}

fn app_secrets(node: &Node, problems: &mut Problems) -> Option<AppSecrets> {
    let known = ["secret", "code_verifier", "proves_calls"];
    let fields = Fields::of(node, "`zalo_app`", &known, problems)?;
    let key = fields.required("secret", problems).and_then(|node| secret(node, problems));
    let code_verifier = fields.optional_as("code_verifier", |node| {
        let verifier = secret(node, problems)?;
        if Verifier::parse(verifier.expose()).is_none() {
            let message = "`code_verifier` must be 43 to 128 letters, digits and -._~";
            problems.add("bad_secret", node.line, message);
            return None;
        }
        Some(verifier)
    });
    let proves_calls =
        fields.optional_as("proves_calls", |node| node.truth("`proves_calls`", problems));
    Some(AppSecrets {
        secret: key?,
        code_verifier: code_verifier?,
        proves_calls: proves_calls?.unwrap_or_default(),
    })
}

fn webhooks(node: &Node, problems: &mut Problems) -> Option<BTreeMap<String, Webhook>> {
    let mut webhooks = BTreeMap::new();
    for (key, node) in node.map("`webhooks`", problems)? {
        if !is_id(&key.name) {
            problems.add("bad_id", key.line, "a webhook's name is letters, digits and dashes");
        }
        let fields = Fields::of(node, "a webhook", &["url", "secret"], problems)?;
        let url = fields.required("url", problems).and_then(|node| {
            let url = secret(node, problems)?;
            if !is_web_url(url.expose()) {
                problems.add("bad_url", node.line, "`url` must begin with https://");
                return None;
            }
            Some(url)
        });
        let proof = fields.required("secret", problems).and_then(|node| {
            let secret = secret(node, problems)?;
            if standard_signature(&secret, "a", 0, b"").is_none() {
                let message = "`secret` must be whsec_ and the base64 of 24 to 64 bytes";
                problems.add("bad_secret", node.line, message);
                return None;
            }
            Some(secret)
        });
        if let (Some(url), Some(secret)) = (url, proof) {
            webhooks.insert(key.name.clone(), Webhook { url, secret });
        }
    }
    Some(webhooks)
}

/// Whether staff alerts may go there: over TLS, to this very machine, or to somebody's Zalo by an account of the business.
fn is_alert_url(url: &str) -> bool {
    if let Some(staff) = url.strip_prefix("zalo:") {
        return staff.split_once(':').is_some_and(|(oa, user)| is_zalo_id(oa) && is_zalo_id(user));
    }
    is_web_url(url.strip_prefix("teams+").unwrap_or(url))
}

/// Whether something may be posted there: over TLS, or to this very machine.
fn is_web_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://");
    let local = ["http://127.0.0.1:", "http://localhost:"];
    let rest = rest.or_else(|| local.iter().find_map(|start| url.strip_prefix(start)));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}

fn source(node: &Node, problems: &mut Problems) -> Option<SourceSecrets> {
    let fields = Fields::of(node, "a source", &["current", "previous"], problems)?;
    let current = fields.required("current", problems).and_then(|node| secret(node, problems));
    let previous = fields.optional_as("previous", |node| secret(node, problems));
    Some(SourceSecrets { current: current?, previous: previous? })
}

fn secret(node: &Node, problems: &mut Problems) -> Option<Secret> {
    let secret = node.text("a secret", problems)?;
    if !(1..=SECRET_BYTES_MAX).contains(&secret.len()) {
        let message = format!("a secret must have 1 to {SECRET_BYTES_MAX} bytes");
        problems.add("too_long", node.line, message);
        return None;
    }
    Some(Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(problems: &[Problem]) -> String {
        problems.iter().map(|problem| format!("{problem}\n")).collect()
    }

    #[test]
    fn everything_wrong_with_a_tenant_is_said_at_once() {
        let yaml = r"
id: Cà Phê
name: ''
zalo: {app_id: 2074138120372622546, oas: ['28x', '1', '1']}
order_code: '\d*'
consent_given_by:
  followed: [care]
  customer.followed: [care, staff, care]
mute_for: a day
limits:
  burst_per_hour: 0
  daily_budget_vnd: much
  per_customer_a_day: {transaction: 1, care: 1000001}
  morning_spread: 13h
  quota_resets_h: 24
  per_month: 3
phone: '0912345678'
";
        insta::assert_snapshot!(said(&Tenant::read(yaml).unwrap_err()), @r#"
        line 2: `id` must be 1 to 48 lower-case letters, digits and single dashes (bad_id)
        line 3: `name` must have 1 to 100 characters (too_long)
        line 4: an id of Zalo must be a text (a number needs quotes) (not_text)
        line 4: an id of Zalo is 1 to 24 digits (bad_id)
        line 4: `1` stands here twice (duplicate_id)
        line 5: `order_code` must not match the empty text (order_code)
        line 7: `followed` is not an event kind (bad_kind)
        line 8: consent is given for transaction, care or promotion (unknown_name)
        line 8: `care` stands here twice (duplicate_id)
        line 9: `mute_for` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 11: `burst_per_hour` must be 1 to 1000000 (bad_number)
        line 12: `daily_budget_vnd` must be a whole number (not_a_number)
        line 13: only care and promotion can be capped (unknown_name)
        line 13: a cap must be 1 to 1000000 (bad_number)
        line 14: `morning_spread` is at most 12h: what goes later is no morning release (bad_duration)
        line 15: `quota_resets_h` is an hour of the day, 0 to 23 (bad_number)
        line 16: `limits` has no field `per_month`; it has burst_per_hour, daily_budget_vnd, per_customer_a_day, morning_spread, quota_resets_h (unknown_field)
        line 17: a tenant has no field `phone`; it has id, name, zalo, order_code, consent_given_by, mute_for, park_for, reply_window, limits (unknown_field)
        "#);
    }

    #[test]
    fn what_a_tenant_does_not_say_has_a_sound_value() {
        let short = "{id: a, name: A, zalo: {app_id: '1', oas: ['2']}, order_code: A}";
        let tenant = Tenant::read(short).unwrap();
        assert_eq!(tenant.mute_for, SignedDuration::from_hours(24));
        assert_eq!(tenant.reply_window, SignedDuration::from_hours(48));
        assert_eq!(tenant.limits, Limits::default());
        let long = short.replace(
            "}, order",
            "}, mute_for: 2h, limits: {burst_per_hour: 5, \
             daily_budget_vnd: 900, per_customer_a_day: {care: 2}, morning_spread: 1h, quota_resets_h: 7}, order",
        );
        let tenant = Tenant::read(&long).unwrap();
        assert_eq!(tenant.mute_for, SignedDuration::from_hours(2));
        let limits = Limits {
            burst_per_hour: 5,
            daily_budget_vnd: Some(900),
            per_customer_a_day: [(Purpose::Care, 2)].into(),
            morning_spread: SignedDuration::from_hours(1),
            quota_resets_h: 7,
        };
        assert_eq!(tenant.limits, limits);
        let stored = serde_json::to_string(&tenant).unwrap();
        assert_eq!(serde_json::from_str::<Tenant>(&stored).unwrap(), tenant);
    }

    #[test]
    fn staff_alerts_are_posted_over_tls_or_to_this_machine() {
        for (url, fits) in [
            ("https://hooks.example.com/a", true),
            ("http://127.0.0.1:9401/alerts", true),
            ("http://hooks.example.com/a", false),
            ("http://127.0.0.1.example.com/a", false),
            ("https://", false),
            ("https://a b", false),
            ("teams+https://prod-1.logic.example.com/a", true),
            ("teams+http://hooks.example.com/a", false),
            ("zalo:2893352839501541173:2468458835291979221", true),
            ("zalo:2893352839501541173", false),
            ("zalo:x:y", false),
            ("mailto:a@example.com", false),
        ] {
            assert_eq!(is_alert_url(url), fits, "{url}");
        }
    }

    #[test]
    fn a_system_of_the_business_has_an_address_and_a_secret_of_standard_webhooks() {
        let read = |webhooks: &str| {
            TenantSecrets::read(&format!(
                "{{pepper: hush-hush-hush-hush, sources: {{}}, zalo: {{}}, webhooks: {webhooks}}}"
            ))
        };
        let good = "whsec_ZGF5LXN0YW5kYXJkLXdlYmhvb2tzLXNlY3JldC0zMmI=";
        let secrets =
            read(&format!("{{crm: {{url: 'https://a.vn/h', secret: '{good}'}}}}")).unwrap();
        assert_eq!(secrets.webhooks["crm"].url.expose(), "https://a.vn/h");
        assert!(!format!("{secrets:?}").contains("a.vn"), "{secrets:?}");
        let bad = read(
            "{Crm: {url: 'http://a.vn/h', secret: whsec_c2hvcnQ=}, erp: {url: 'https://a.vn'}}",
        );
        insta::assert_snapshot!(said(&bad.unwrap_err()), @r"
        line 1: a webhook's name is letters, digits and dashes (bad_id)
        line 1: `url` must begin with https:// (bad_url)
        line 1: `secret` must be whsec_ and the base64 of 24 to 64 bytes (bad_secret)
        line 1: a webhook needs `secret` (missing_field)
        ");
    }

    #[test]
    fn a_pattern_that_matches_nothing_or_anything_is_refused() {
        let tenant = |pattern: &str| {
            let pattern = serde_json::to_string(pattern).unwrap();
            let yaml = format!(
                "{{id: a, name: A, zalo: {{app_id: '1', oas: ['2']}}, order_code: {pattern}}}"
            );
            Tenant::read(&yaml)
        };
        for bad in ["(", "", ".*", "(a{1000}){1000}", &"a".repeat(129)] {
            assert_eq!(tenant(bad).unwrap_err()[0].code, "order_code", "{bad}");
        }
        let tenant = tenant(r"DH\d{4}").unwrap();
        assert!(tenant.order_code_pattern().unwrap().is_match("DH0001"));
        let stored = serde_json::to_string(&tenant).unwrap();
        assert_eq!(serde_json::from_str::<Tenant>(&stored).unwrap(), tenant);
    }

    #[test]
    fn no_secret_is_printed_or_quoted() {
        let yaml = "
pepper: hush
sources:
  Zalo OA: {current: hush-hush}
  ghn: {current: '', hush: x}
zalo:
  '12': {access_token: [hush]}
";
        let said = said(&TenantSecrets::read(yaml).unwrap_err());
        assert!(!said.contains("hush"), "{said}");
        insta::assert_snapshot!(said, @r#"
        line 2: `pepper` must have at least 16 bytes (too_short)
        line 4: a source's name is letters, digits and dashes (bad_id)
        line 5: a source has no field of this name; it has current, previous (unknown_field)
        line 5: a secret must have 1 to 2048 bytes (too_long)
        line 7: a secret must be a text (a number needs quotes) (not_text)
        "#);
        let yaml = "{pepper: hush-hush-hush-hush, sources: {ghn: {current: hush}}, zalo: {}}";
        let secrets = TenantSecrets::read(yaml).unwrap();
        assert_eq!(secrets.sources["ghn"].current.expose(), "hush");
        assert!(secrets.pepper().is_some());
        assert!(!format!("{secrets:?}").contains("hush"), "{secrets:?}");
    }
}
