//! `cham oa`: connecting an Official Account, and finding out what is wrong with one that is.
//!
//! The way through Zalo's consoles and every finding is said in the words of `domain::explain::account`. A check asks Zalo and
//! changes nothing; what is green in it is what a first message needs.

use std::{collections::BTreeMap, time::Duration};

use cloud::{
    custody::{Access, Custody},
    invocation::Invocation,
    table::tenants::{Conditional, NewPair, Settings},
    zalo::{AccessToken, SendError, TemplateInfo, Zalo},
};
use domain::{
    channel::Channel,
    custody::{ConsentLink, LIFE},
    explain::{Language, Words, account as say, clock},
    rule::Template,
    secret::Secret,
    source::Source,
};
use jiff::{SignedDuration, Timestamp};

use crate::{Failure, stage::Stage};

/// How far back a check looks for hooks.
const DAYS: i64 = 14;

/// How long a link opens.
const LINK_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What the events of Zalo's switches are read as.
const SWITCHES: [(&str, &str); 8] = [
    ("user_send_text", "customer.wrote"),
    ("follow", "customer.followed"),
    ("unfollow", "customer.unfollowed"),
    ("user_submit_info", "customer.info_submitted"),
    ("user_received_message", "notification.delivered"),
    ("user_feedback", "notification.rated"),
    ("change_oa_daily_quota", "oa.quota_changed"),
    ("change_template_quality", "template.quality_changed"),
];

/// Whose accounts, and where Zalo and Cham are.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The tables.
    pub stage: &'a Stage,
    /// The way to Zalo.
    pub zalo: &'a Zalo,
    /// The business.
    pub tenant: &'a str,
    /// Where Cham answers, without a slash at its end.
    pub url: &'a str,
    /// In which language.
    pub language: Language,
    /// Now.
    pub now: Timestamp,
}

/// What a check found of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Pass,
    Fail,
    /// Nothing that stops a message.
    Note,
}

struct Findings {
    lines: Vec<String>,
    failed: usize,
}

impl Findings {
    fn add(&mut self, mark: Mark, what: &str, said: &str) {
        let sign = match mark {
            Mark::Pass => "✔",
            Mark::Fail => "✘",
            Mark::Note => "·",
        };
        self.failed += usize::from(mark == Mark::Fail);
        let colon = if said.is_empty() { "" } else { ": " };
        self.lines.push(format!("{sign} {what}{colon}{said}"));
    }

    fn pass_or(&mut self, passes: bool, what: &str, fix: &str) {
        match passes {
            true => self.add(Mark::Pass, what, ""),
            false => self.add(Mark::Fail, what, fix),
        }
    }
}

impl Desk<'_> {
    async fn settings(&self) -> Result<std::sync::Arc<Settings>, Failure> {
        let found = self.stage.tenants.settings(self.tenant, self.now).await?;
        found.ok_or_else(|| Failure::refused(format!("{}: there is no such tenant", self.tenant)))
    }

    fn say(&self, words: Words, values: &[(&str, &str)]) -> String {
        words.with(self.language, values)
    }

    /// The whole way through Zalo's consoles, numbered, with the link at its end.
    ///
    /// # Errors
    /// A tenant that there is not, or the database.
    pub async fn steps(&self) -> Result<Vec<String>, Failure> {
        let settings = self.settings().await?;
        let link = self.link(&settings);
        let app = settings.tenant.zalo.app_id.as_str();
        let values =
            [("url", self.url), ("tenant", self.tenant), ("app", app), ("link", link.as_str())];
        let step =
            |(n, words): (usize, &Words)| format!("{}. {}", n + 1, self.say(*words, &values));
        Ok(say::STEPS.iter().enumerate().map(step).collect())
    }

    fn link(&self, settings: &Settings) -> String {
        let tenant = self.tenant.to_owned();
        let query = ConsentLink { tenant, until: self.now + LINK_FOR }.query(&settings.pepper);
        format!("{}/oa/connect/{}?{query}", self.url, self.tenant)
    }

    /// The versions of the pairs that are there.
    ///
    /// # Errors
    /// A tenant that there is not, or the database.
    pub async fn versions(&self) -> Result<BTreeMap<String, u64>, Failure> {
        let settings = self.settings().await?;
        let mut versions = BTreeMap::new();
        for oa in &settings.tenant.zalo.oas {
            if let Some(found) = self.stage.tenants.credential(self.tenant, oa).await? {
                versions.insert(oa.clone(), found.standing.version);
            }
        }
        Ok(versions)
    }

    /// Waits until an admin has agreed, looking `looks` times with `pause` between; which account is connected.
    ///
    /// # Errors
    /// Nobody has, or the database.
    pub async fn await_consent(
        &self,
        before: &BTreeMap<String, u64>,
        looks: u32,
        pause: Duration,
    ) -> Result<Vec<String>, Failure> {
        for _ in 0..looks {
            let present = self.versions().await?;
            if let Some((oa, _)) =
                present.iter().find(|(oa, version)| before.get(*oa) != Some(version))
            {
                return Ok(vec![self.say(say::CONNECTED, &[("oa", oa)])]);
            }
            tokio::time::sleep(pause).await;
        }
        Err(Failure::refused(self.say(say::NOT_CONNECTED, &[])))
    }

    /// Connects an account by a pair that Zalo's API explorer has handed out: JSON as it stands there.
    ///
    /// # Errors
    /// What is no pair, an account that is not the business's, or the database.
    pub async fn pair(&self, oa: &str, text: &str, by: &str) -> Result<Vec<String>, Failure> {
        let settings = self.settings().await?;
        if !settings.tenant.zalo.oas.iter().any(|ours| ours == oa) {
            return Err(Failure::refused(format!("{oa} is not in tenant.yaml")));
        }
        let given: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let token = |name: &str| {
            let text = given.get(name).and_then(serde_json::Value::as_str);
            text.filter(|text| AccessToken::new(text).is_some()).map(Secret::new)
        };
        let (Some(access), Some(refresh)) = (token("access_token"), token("refresh_token")) else {
            let why =
                "it is JSON with access_token and refresh_token, as the API explorer shows it";
            return Err(Failure::refused(why));
        };
        let pair = NewPair {
            access,
            refresh: Some(refresh),
            issued_at: self.now,
            life: Some(LIFE),
            before: None,
        };
        let seen = self.stage.tenants.credential(self.tenant, oa).await?;
        let seen = seen.map(|seen| seen.standing.version);
        match self.stage.tenants.connect(self.tenant, oa, seen, &pair, by).await? {
            Conditional::Done => Ok(vec![self.say(say::CONNECTED, &[("oa", oa)])]),
            Conditional::Refused => Err(Failure::refused("somebody else was faster; try again")),
        }
    }

    /// Forgets what an account is spoken for with.
    ///
    /// # Errors
    /// The database.
    pub async fn disconnect(&self, oa: &str) -> Result<Vec<String>, Failure> {
        match self.stage.tenants.disconnect(self.tenant, oa).await? {
            Conditional::Done => Ok(vec![format!("{oa} is disconnected")]),
            Conditional::Refused => Err(Failure::refused("somebody else was faster; try again")),
        }
    }

    /// Looks at everything that a message needs, and says what to mend.
    ///
    /// # Errors
    /// [`Failure::Refused`] with all findings when something fails; the database.
    pub async fn check(&self) -> Result<Vec<String>, Failure> {
        let settings = self.settings().await?;
        let mut found = Findings { lines: Vec::new(), failed: 0 };
        self.secrets(&settings, &mut found);
        self.domain(&mut found).await;
        self.hooks(&settings, &mut found).await?;
        for oa in &settings.tenant.zalo.oas {
            if let Some(token) = self.token(&settings, oa, &mut found).await? {
                self.account(&token, &mut found).await;
                self.templates(&token, &mut found).await?;
            }
        }
        let Findings { mut lines, failed } = found;
        if failed > 0 {
            lines.push(self.say(say::RED, &[("n", &failed.to_string())]));
            return Err(Failure::Refused(lines));
        }
        lines.push(self.say(say::GREEN, &[]));
        Ok(lines)
    }

    fn secrets(&self, settings: &Settings, found: &mut Findings) {
        let app = settings.zalo_app.as_ref().map(|app| &app.secret);
        let fix = self.say(say::APP_SECRET_FIX, &[]);
        found.pass_or(app.is_some(), &self.say(say::APP_SECRET, &[]), &fix);
        let hooks = settings.secrets(Source::ZaloOa).current;
        let what = self.say(say::HOOK_SECRET, &[]);
        match (&hooks, app) {
            (None, _) => found.add(Mark::Fail, &what, &self.say(say::HOOK_SECRET_FIX, &[])),
            (Some(hooks), Some(app)) if hooks.matches(app.expose()) => {
                found.add(Mark::Note, &what, &self.say(say::SAME_SECRET, &[]));
            }
            (Some(_), _) => found.add(Mark::Pass, &what, ""),
        }
    }

    async fn domain(&self, found: &mut Findings) {
        let what = self.say(say::DOMAIN, &[("url", self.url)]);
        let page = match self.zalo.http().get(format!("{}/", self.url)).send().await {
            Ok(page) => page.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let has_tag = page.contains("zalo-platform-site-verification");
        found.pass_or(has_tag, &what, &self.say(say::DOMAIN_FIX, &[]));
    }

    async fn hooks(&self, settings: &Settings, found: &mut Findings) -> Result<(), Failure> {
        let since = self.now - SignedDuration::from_hours(24 * DAYS);
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        let mut next = None;
        loop {
            let page = self.stage.events.received_since(Some(self.tenant), since, next).await?;
            for row in page.rows.iter().filter(|row| row.source == Source::ZaloOa) {
                *kinds.entry(row.kind.clone()).or_default() += 1;
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        let (n, days) = (kinds.values().sum::<usize>().to_string(), DAYS.to_string());
        let values = [("n", n.as_str()), ("days", days.as_str())];
        let what = self.say(say::HOOKS, &[]);
        let app = settings.zalo_app.as_ref().map(|app| app.secret.expose());
        let hooks = settings.secrets(Source::ZaloOa).current;
        let is_app = hooks.zip(app).is_some_and(|(hooks, app)| hooks.matches(app));
        match (kinds.is_empty(), is_app) {
            (true, _) => found.add(Mark::Fail, &what, &self.say(say::HOOKS_FIX, &[])),
            (false, true) => found.add(Mark::Pass, &what, &self.say(say::PROVEN_BY_APP, &values)),
            (false, false) => found.add(Mark::Pass, &what, &self.say(say::PROVEN_BY_OA, &values)),
        }
        for (switch, kind) in SWITCHES {
            let what = self.say(say::SWITCH, &[("switch", switch)]);
            match kinds.contains_key(kind) {
                true => found.add(Mark::Pass, &what, &self.say(say::SEEN, &[])),
                false => found.add(Mark::Note, &what, &self.say(say::UNSEEN, &values)),
            }
        }
        Ok(())
    }

    /// The pair; the token that there is to ask Zalo with.
    async fn token(
        &self,
        settings: &Settings,
        oa: &str,
        found: &mut Findings,
    ) -> Result<Option<AccessToken>, Failure> {
        let what = self.say(say::TOKEN, &[("oa", oa)]);
        let fix = self.say(say::TOKEN_FIX, &[("tenant", self.tenant)]);
        let Some(known) = self.stage.tenants.credential(self.tenant, oa).await? else {
            found.add(Mark::Fail, &what, &fix);
            return Ok(None);
        };
        match (known.standing.ended, known.standing.refresh_at(), &known.refresh) {
            (Some(ended), _, _) => {
                found.add(Mark::Fail, &what, &format!("{} · {fix}", ended.as_str()));
            }
            (None, Some(at), Some(_)) => {
                let (version, at) = (known.standing.version.to_string(), clock(at));
                let values = [("version", version.as_str()), ("refresh", at.as_str())];
                found.add(Mark::Pass, &what, &self.say(say::TOKEN_WELL, &values));
            }
            (None, _, _) => found.add(Mark::Note, &what, &self.say(say::TOKEN_TYPED, &[])),
        }
        // With the proof of the app where the business wants one, and refreshed when it is over.
        let deadline = (self.now + SignedDuration::from_mins(1)).as_millisecond();
        let now = self.now;
        let invocation = Invocation::new(
            "cham-oa-check",
            u64::try_from(deadline).unwrap_or_default(),
            std::sync::Arc::new(move || now),
        );
        let custody = Custody::new(&self.stage.tenants, self.zalo);
        match custody.token(settings, oa, &invocation).await? {
            Access::Token(token, _) => Ok(Some(token)),
            Access::Wait(_) | Access::Person | Access::NotConnected => Ok(None),
        }
    }

    async fn account(&self, token: &AccessToken, found: &mut Findings) {
        let what = self.say(say::ACCOUNT, &[]);
        match self.zalo.account_info(token).await {
            Ok(info) => {
                let verified = info.is_verified != Some(false);
                let what = format!("{what} {} ({})", info.name, info.oa);
                found.pass_or(verified, &what, &self.say(say::ACCOUNT_FIX, &[]));
                let billing = self.say(say::BILLING, &[]);
                let fix = self.say(say::BILLING_FIX, &[]);
                found.pass_or(info.billing.is_some(), &billing, &fix);
            }
            Err(error) => found.add(Mark::Fail, &what, &self.refused(&error)),
        }
        let what = self.say(say::QUOTA, &[]);
        match self.zalo.message_quota(token).await {
            Ok(quota) => {
                let text = |n: Option<i64>| n.map_or("?".to_owned(), |n| n.to_string());
                let (left, total) = (text(quota.left), text(quota.total));
                let values = [("left", left.as_str()), ("total", total.as_str())];
                match quota.left {
                    Some(0) => found.add(Mark::Fail, &what, &self.say(say::QUOTA_FIX, &[])),
                    _ => found.add(Mark::Pass, &what, &self.say(say::QUOTA_LEFT, &values)),
                }
            }
            Err(error) => found.add(Mark::Fail, &what, &self.refused(&error)),
        }
        let what = self.say(say::QUALITY, &[]);
        match self.zalo.quality(token).await {
            Ok(Some(quality)) if quality == "LOW" => {
                found.add(Mark::Fail, &what, &self.say(say::QUALITY_FIX, &[]));
            }
            Ok(quality) => found.add(Mark::Pass, &what, &quality.unwrap_or_default()),
            Err(error) => found.add(Mark::Note, &what, &self.refused(&error)),
        }
        let what = self.say(say::PERSONAL, &[]);
        match self.zalo.tells_personal_data(token).await {
            Ok(true) => found.add(Mark::Pass, &what, ""),
            Ok(false) => found.add(Mark::Note, &what, &self.say(say::PERSONAL_FIX, &[])),
            Err(error) => found.add(Mark::Note, &what, &self.refused(&error)),
        }
    }

    async fn templates(&self, token: &AccessToken, found: &mut Findings) -> Result<(), Failure> {
        for template in self.templates_of().await? {
            let values = [("name", template.name.as_str()), ("id", template.template_id.as_str())];
            let what = self.say(say::TEMPLATE, &values);
            match self.zalo.template_info(token, &template.template_id).await {
                Ok(info) => {
                    let (mark, said) = self.template(&template, &info);
                    found.add(mark, &what, &said);
                }
                Err(error) => {
                    let fix = self.say(say::TEMPLATE_FIX, &[]);
                    found.add(Mark::Fail, &what, &format!("{} · {fix}", self.refused(&error)));
                }
            }
        }
        Ok(())
    }

    fn template(&self, ours: &Template, info: &TemplateInfo) -> (Mark, String) {
        if info.status != "ENABLE" {
            let said = self.say(say::TEMPLATE_STATUS, &[("status", &info.status)]);
            return (Mark::Fail, said);
        }
        let (mut theirs, mut known) = (info.params.clone(), ours.params.clone());
        theirs.sort();
        known.sort();
        if theirs != known {
            let said = self.say(say::TEMPLATE_PARAMS, &[("params", &theirs.join(", "))]);
            return (Mark::Fail, said);
        }
        let price = info.price_phone_vnd.map_or("?".to_owned(), |price| price.to_string());
        (Mark::Pass, self.say(say::TEMPLATE_WELL, &[("price", &price)]))
    }

    async fn templates_of(&self) -> Result<Vec<Template>, Failure> {
        let Some(active) = self.stage.tenants.active(self.tenant, self.now).await? else {
            return Ok(Vec::new());
        };
        let source = self.stage.tenants.source(self.tenant, active.version).await?;
        Ok(source.map(|source| source.templates).unwrap_or_default())
    }

    /// How a first message is sent, by the first template.
    ///
    /// # Errors
    /// The database.
    pub async fn first_message(&self) -> Result<Vec<String>, Failure> {
        let all = self.templates_of().await?;
        let by_phone = |one: &&Template| one.price_vnd.contains_key(&Channel::ZnsPhone);
        let template = all.iter().find(by_phone).or(all.first());
        let Some(template) = template else { return Ok(Vec::new()) };
        let params = template.params.iter().map(|name| format!("--param {name}=..."));
        let params = params.collect::<Vec<_>>().join(" ");
        let values =
            [("tenant", self.tenant), ("template", template.name.as_str()), ("params", &params)];
        Ok(vec![self.say(say::FIRST_MESSAGE, &values)])
    }

    fn refused(&self, error: &SendError) -> String {
        match error {
            SendError::Refused { code, .. } => {
                self.say(say::REFUSED, &[("code", &code.to_string())])
            }
            SendError::NotSent { .. } | SendError::Unknown { .. } => self.say(say::SILENT, &[]),
        }
    }
}
