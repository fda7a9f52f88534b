//! The hour: every connected account is looked at, and people are told of what only they can mend.

use cloud::{
    invocation::Invocation,
    stream::chain,
    table::{
        StoreError,
        tenants::{Connected, Settings},
    },
};
use domain::{
    channel::Channel,
    consent::Purpose,
    custody::{ConsentLink, End, Why},
    id::{EffectId, EventId},
    notification::{Cause, Content, Notification, OWN_RULE, Recipient, SAFETY_NET, State},
    rule::OnUnknown,
};
use jiff::{SignedDuration, Timestamp, tz};

use crate::TokenRefresh;

/// What one account may need at most: none is begun when the invocation has less left.
const ONE_TIME: SignedDuration = SignedDuration::from_secs(22);

/// Accounts that are looked at at the same time: each waits for Zalo.
const LANES: usize = 4;

/// How long the link in an alert opens: whoever reads it after a weekend can still follow it.
const LINK_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Zalo's refresh tokens live three months. One so old means that no answer has brought a new one: people are told in time.
const OLD: SignedDuration = SignedDuration::from_hours(75 * 24);

impl TokenRefresh {
    /// Looks at every account, as long as there is time. One that cannot be read does not stop the others.
    pub(crate) async fn tick(&self, invocation: &Invocation) -> Result<(), StoreError> {
        let all = &self.tenants.connected().await?;
        let lane = |n: usize| self.lane(all.iter().skip(n).step_by(LANES), invocation);
        let lanes: [_; LANES] = tokio::join!(lane(0), lane(1), lane(2), lane(3)).into();
        lanes.into_iter().collect()
    }

    /// Looks at accounts one after the other.
    async fn lane(
        &self,
        accounts: impl Iterator<Item = &Connected>,
        invocation: &Invocation,
    ) -> Result<(), StoreError> {
        for Connected { tenant, oa } in accounts {
            if !invocation.time_for(ONE_TIME) {
                tracing::warn!(tenant, oa, "no time left to look at this account");
                return Ok(());
            }
            if let Err(error) = self.look_at(tenant, oa, invocation).await {
                tracing::error!(tenant, oa, error = chain(&error), "stuck");
                if error.is_infrastructure() {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn look_at(
        &self,
        tenant: &str,
        oa: &str,
        invocation: &Invocation,
    ) -> Result<(), StoreError> {
        let now = invocation.now();
        let Some(settings) = self.tenants.settings(tenant, now).await? else { return Ok(()) };
        let end = self.custody().refresh(&settings, oa, Why::Schedule, invocation).await?;
        let link = || self.link(&settings, now);
        let told = match end {
            End::Person(ended) => {
                tracing::error!(tenant, oa, code = ended.as_str(), "a person has to consent");
                Some((
                    ended.as_str(),
                    format!(
                        "Zalo OA {oa} cần quản trị viên cho phép lại, nếu không tin sẽ ngừng: {}",
                        link()
                    ),
                ))
            }
            End::Refused(code) => Some((
                "refused",
                format!(
                    "Zalo không làm mới token của OA {oa} (mã {code}). Hãy kiểm tra app secret và trạng thái ứng dụng, rồi chạy `cham oa check`."
                ),
            )),
            End::Use | End::Refreshed => self.old(tenant, oa, now).await?.then(|| {
                (
                    "old",
                    format!(
                        "Token của Zalo OA {oa} sắp hết hạn ba tháng. Hãy cho phép lại: {}",
                        link()
                    ),
                )
            }),
            End::Wait(_) | End::Gone | End::Unread => None,
        };
        match told {
            Some((what, text)) => self.tell(&settings, oa, what, text, now).await,
            None => Ok(()),
        }
    }

    async fn old(&self, tenant: &str, oa: &str, now: Timestamp) -> Result<bool, StoreError> {
        let known = self.tenants.access_token(tenant, oa, now).await?;
        let since = known.and_then(|known| known.standing.refresh_issued_at);
        Ok(since.is_some_and(|since| since + OLD <= now))
    }

    /// The link by which an admin consents.
    fn link(&self, settings: &Settings, now: Timestamp) -> String {
        // A whole second, and the same for a whole day: a second tick writes the same words.
        let day = SignedDuration::from_hours(24).as_secs();
        let until = (now + LINK_FOR).as_second() / day * day;
        let until = Timestamp::from_second(until).unwrap_or(now);
        let tenant = settings.tenant.id.clone();
        let query = ConsentLink { tenant, until }.query(&settings.pepper);
        format!("{}/oa/connect/{}?{query}", self.public_url, settings.tenant.id)
    }

    /// Plans an alert to the business's own people, once a day for each account and reason.
    async fn tell(
        &self,
        settings: &Settings,
        oa: &str,
        what: &str,
        text: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tenant = &settings.tenant.id;
        let day = tz::offset(7).to_datetime(now).date();
        let event = EventId::of(tenant, OWN_RULE, &format!("account#{oa}#{what}#{day}"));
        let version = self.tenants.active_version(tenant, now).await?.unwrap_or_default();
        let notification = Notification {
            id: EffectId::of(&event, OWN_RULE, "account"),
            tenant: tenant.clone(),
            customer: None,
            cause: Cause { event, rule: OWN_RULE.to_owned(), version, step: "account".to_owned() },
            purpose: Purpose::Staff,
            content: Content::Text(text),
            price_vnd: [].into(),
            channels: vec![Channel::Alert],
            oa: oa.to_owned(),
            recipient: Recipient::default(),
            planned_at: now,
            deadline: None,
            on_unknown: OnUnknown::Resend,
            state: State::Planned,
            reason: None,
            due_at: Some(now + SAFETY_NET),
            attempts: Vec::new(),
            channels_used: 0,
            revision: 0,
        };
        self.notifications.plan(&notification).await.map(drop)
    }
}
