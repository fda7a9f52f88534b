//! Whole sentences: why a notification was sent or not, and what a rule made of an event.

use jiff::{Timestamp, tz::Offset};

use super::{
    Language, Words,
    code::{failure, reason, refusal},
    words,
};
use crate::{
    channel::Channel,
    notification::{AttemptOutcome, Notification, Scope, State},
    rule::{Came, Said, Trace},
};

/// Vietnam keeps +07:00 the whole year, since 1975.
const VIETNAM: Offset = jiff::tz::offset(7);

/// An instant as people here read it: `20/11/2026 23:10`.
pub fn clock(at: Timestamp) -> String {
    VIETNAM.to_datetime(at).strftime("%d/%m/%Y %H:%M").to_string()
}

/// The day in Vietnam that an instant lies in: `20/11/2026`.
pub fn day(at: Timestamp) -> String {
    VIETNAM.to_datetime(at).strftime("%d/%m/%Y").to_string()
}

/// Whole đồng with points between the thousands: `350.000 đ`.
pub fn dong(amount_vnd: u64) -> String {
    let digits = amount_vnd.to_string();
    let mut said = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            said.push('.');
        }
        said.push(digit);
    }
    said.push_str(" đ");
    said
}

/// A state as one or two words, for a column.
pub fn state(state: State, language: Language) -> &'static str {
    state_words(state).0.of(language)
}

/// The name of a state, and the sentence about a notification that is in it.
pub(super) fn state_words(state: State) -> (Words, Words) {
    match state {
        State::Planned => (
            words("Sắp gửi", "Planned"),
            words(
                "Sắp gửi: quy tắc “{rule}” đã quyết định lúc {planned}{because}.",
                "About to be sent: the rule “{rule}” decided it at {planned}{because}.",
            ),
        ),
        State::Held => (
            words("Đang giữ", "Held"),
            words(
                "Chưa gửi, sẽ xem lại lúc {due}{because}.",
                "Not sent yet, looked at again at {due}{because}.",
            ),
        ),
        State::Claimed => (
            words("Đang gửi", "Being sent"),
            words(
                "Đang gửi qua {channel}, theo quy tắc “{rule}”{because}.",
                "Being sent by {channel}, as the rule “{rule}” says{because}.",
            ),
        ),
        State::Unknown => (
            words("Chưa rõ", "Unknown"),
            words(
                "Đã gửi đi qua {channel} lúc {sent} nhưng chưa biết khách nhận được chưa, chờ báo nhận đến {due}{because}.",
                "It left by {channel} at {sent} and nobody can say yet whether it arrived; a receipt is awaited until {due}{because}.",
            ),
        ),
        State::Sent => (
            words("Đã gửi", "Sent"),
            words(
                "Đã gửi qua {channel} lúc {sent} vì quy tắc “{rule}” quyết định; chưa có báo đến máy{because}.",
                "Sent by {channel} at {sent} because the rule “{rule}” decided it; no receipt from the phone yet{because}.",
            ),
        ),
        State::Delivered => (
            words("Đã đến máy", "Delivered"),
            words(
                "Đã gửi qua {channel} lúc {sent} vì quy tắc “{rule}” quyết định, và đã đến máy khách{because}.",
                "Sent by {channel} at {sent} because the rule “{rule}” decided it, and it reached the phone{because}.",
            ),
        ),
        State::Seen => (
            words("Đã xem", "Seen"),
            words(
                "Đã gửi qua {channel} lúc {sent} vì quy tắc “{rule}” quyết định, và khách đã xem{because}.",
                "Sent by {channel} at {sent} because the rule “{rule}” decided it, and the customer has looked at it{because}.",
            ),
        ),
        State::Clicked => (
            words("Đã bấm", "Clicked"),
            words(
                "Đã gửi qua {channel} lúc {sent} vì quy tắc “{rule}” quyết định, và khách đã bấm vào{because}.",
                "Sent by {channel} at {sent} because the rule “{rule}” decided it, and the customer pressed a button{because}.",
            ),
        ),
        State::Failed => (
            words("Không gửi được", "Failed"),
            words("Không gửi được{because}.", "It could not be sent{because}."),
        ),
        State::Expired => {
            (words("Quá hạn", "Expired"), words("Không gửi{because}.", "Not sent{because}."))
        }
        State::Suppressed => (
            words("Không được gửi", "Suppressed"),
            words("Không gửi{because}.", "Not sent{because}."),
        ),
        State::Cancelled => (
            words("Đã hủy", "Cancelled"),
            words("Không gửi, đã hủy{because}.", "Not sent, it was called off{because}."),
        ),
        State::Shadow => (
            words("Chạy thử", "Trial"),
            words(
                "Không gửi: quy tắc “{rule}” đang chạy thử, lẽ ra đã gửi lúc {planned}{because}.",
                "Not sent: the rule “{rule}” runs on trial and would have sent it at {planned}{because}.",
            ),
        ),
    }
}

/// A way of sending, as people call it.
pub fn channel(channel: Channel, language: Language) -> &'static str {
    channel_words(channel).of(language)
}

pub(super) fn channel_words(channel: Channel) -> Words {
    match channel {
        Channel::ZnsPhone => words("ZNS đến số điện thoại", "ZNS to the phone number"),
        Channel::ZnsUid => words("ZNS đến Zalo", "ZNS to the Zalo id"),
        Channel::OaCs => {
            words("tin tư vấn của Official Account", "a message of the Official Account")
        }
        Channel::Alert => words("tin báo nhân viên", "a staff alert"),
        Channel::Webhook => {
            words("webhook đến hệ thống của cửa hàng", "a webhook to a system of the business")
        }
    }
}

/// What is paused, as people call it.
pub fn scope(scope: &Scope, language: Language) -> String {
    let (words, name, channel) = match scope {
        Scope::Tenant => (words("toàn bộ tin", "everything"), "", None),
        Scope::Rule(rule) => (words("quy tắc “{name}”", "the rule “{name}”"), rule.as_str(), None),
        Scope::Template(template) => {
            (words("mẫu tin “{name}”", "the template “{name}”"), template.as_str(), None)
        }
        Scope::Channel(channel) => (words("{channel}", "{channel}"), "", Some(*channel)),
        Scope::TemplateOn(template, channel) => {
            let words =
                words("mẫu tin “{name}” qua {channel}", "the template “{name}” by {channel}");
            (words, template.as_str(), Some(*channel))
        }
        Scope::AccountOn(oa, channel) => {
            let words = words(
                "Official Account {name} qua {channel}",
                "the Official Account {name} by {channel}",
            );
            (words, oa.as_str(), Some(*channel))
        }
    };
    let channel = channel.map_or("", |channel| channel_words(channel).of(language));
    words.with(language, &[("name", name), ("channel", channel)])
}

/// Who has stopped it, when it was Zalo.
pub fn by_zalo(code: i64, language: Language) -> String {
    words("Zalo từ chối, mã {code}", "Zalo refuses it, code {code}")
        .with(language, &[("code", &code.to_string())])
}

/// Why it was sent, or why not, in one sentence.
pub fn notification(notification: &Notification, language: Language) -> String {
    let (_, sentence) = state_words(notification.state);
    let because = match &notification.reason {
        Some(code) => format!(": {}", reason(code, language)),
        None => String::new(),
    };
    let never = words("chưa định", "no time that is set").of(language);
    let at = |time: Option<Timestamp>| time.map_or_else(|| never.to_owned(), clock);
    let accepted = |outcome| outcome == Some(AttemptOutcome::Accepted);
    // What went out is the accepted attempt; before there is one, the last.
    let attempts = &notification.attempts;
    let made = attempts.iter().rfind(|made| accepted(made.outcome)).or(attempts.last());
    let channel = made.map(|made| made.channel).or_else(|| notification.channel());
    let channel = channel.map_or(words("không kênh nào", "no channel"), channel_words);
    sentence.with(
        language,
        &[
            ("rule", &notification.cause.rule),
            ("planned", &clock(notification.planned_at)),
            ("due", &at(notification.due_at)),
            ("sent", &at(made.map(|made| made.at))),
            ("channel", channel.of(language)),
            ("because", &because),
        ],
    )
}

/// What a rule made of an event, in one sentence.
pub fn trace(trace: &Trace, language: Language) -> String {
    let rule = trace.rule.as_str();
    match &trace.said {
        Said::ConditionFalse => said_words(&trace.said).with(language, &[("rule", rule)]),
        Said::TooOld | Said::BeforeActivation => {
            said_words(&trace.said).with(language, &[("rule", rule)])
        }
        Said::Failed(code) => {
            let why = failure(code, language);
            said_words(&trace.said).with(language, &[("rule", rule), ("why", &why)])
        }
        Said::Steps(steps) => {
            let steps: Vec<String> = steps.iter().map(|(_, came)| step(came, language)).collect();
            let came = steps.join("; ");
            said_words(&trace.said).with(language, &[("rule", rule), ("came", &came)])
        }
    }
}

pub(super) fn said_words(said: &Said) -> Words {
    match said {
        Said::ConditionFalse => words(
            "Quy tắc “{rule}” không làm gì: điều kiện không đúng.",
            "The rule “{rule}” does nothing: its condition does not hold.",
        ),
        Said::TooOld => words(
            "Quy tắc “{rule}” không làm gì: sự kiện đã quá cũ khi đến.",
            "The rule “{rule}” does nothing: the event was too old when it came.",
        ),
        Said::BeforeActivation => words(
            "Quy tắc “{rule}” không làm gì: sự kiện xảy ra trước khi quy tắc được bật.",
            "The rule “{rule}” does nothing: the event happened before the rule was activated.",
        ),
        Said::Failed(_) => words(
            "Quy tắc “{rule}” không chạy được: {why}.",
            "The rule “{rule}” could not be worked out: {why}.",
        ),
        Said::Steps(_) => words("Quy tắc “{rule}”: {came}.", "The rule “{rule}”: {came}."),
    }
}

/// What came of one step, as part of a sentence.
pub fn step(came: &Came, language: Language) -> String {
    let (words, value) = came_words(came, language);
    words.with(language, &[("value", &value)])
}

pub(super) fn came_words(came: &Came, language: Language) -> (Words, String) {
    match came {
        Came::Notify(_) => (words("lập một thông báo", "plans a notification"), String::new()),
        Came::Once => (
            words(
                "dừng ở đây vì khách đã có lượt trong kỳ này",
                "stops here because the customer has had their turn in this period",
            ),
            String::new(),
        ),
        Came::Waits(until) => (words("chờ đến {value}", "waits until {value}"), clock(*until)),
        Came::Voucher(pool) => (
            words("tặng một mã từ kho “{value}”", "gives a code of the pool “{value}”"),
            pool.clone(),
        ),
        Came::PoolEmpty(pool) => (
            words(
                "dừng ở đây vì kho mã “{value}” đã hết",
                "stops here because the pool “{value}” has no code left",
            ),
            pool.clone(),
        ),
        Came::Tagged(tag) => (words("gắn nhãn “{value}”", "puts the tag “{value}”"), tag.clone()),
        Came::Awarded { points, currency } => {
            let given = words("cộng {value}", "adds {value}");
            (given, format!("{points} {currency}"))
        }
        Came::Answered(survey) => (
            words(
                "tính là trả lời khảo sát “{value}”",
                "counts as an answer to the survey “{value}”",
            ),
            survey.clone(),
        ),
        Came::Case(_) => (words("mở một vụ việc", "opens a case"), String::new()),
        Came::Joined(_) => {
            (words("ghi thêm vào vụ việc đang mở", "joins the open case"), String::new())
        }
        Came::HandedOff(until) => (
            words(
                "chuyển cho nhân viên, tin tự động im đến {value}",
                "hands over to a person, automatic messages are silent until {value}",
            ),
            clock(*until),
        ),
        Came::Refused(why) => {
            (words("chưa làm: {value}", "not carried out: {value}"), refusal(why, language))
        }
        Came::Shadow => (words("chạy thử, không làm gì", "on trial, does nothing"), String::new()),
    }
}
