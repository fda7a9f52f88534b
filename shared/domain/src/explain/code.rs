//! Stable codes and what they mean: reasons of notifications, what a step came to, why a rule failed, problems of requests.

use super::{Language, Words, find, sentence::scope, words};
use crate::notification::Scope;

/// Why a notification stands where it stands. An argument in brackets is a value of the sentence.
pub(super) const REASONS: &[(&str, Words)] = &[
    // Held back before it went.
    (
        "night",
        words(
            "ban đêm, từ 22:00 đến 06:00, không gửi tin chăm sóc và khuyến mãi",
            "care and promotion are not sent at night, from 22:00 to 06:00",
        ),
    ),
    (
        "muted",
        words(
            "nhân viên đang trò chuyện với khách, tin tự động tạm im",
            "a person is talking with the customer, so automatic messages are silent",
        ),
    ),
    (
        "burst",
        words(
            "quy tắc này đã gửi quá nhiều tin trong một giờ",
            "this rule has sent too many messages within an hour",
        ),
    ),
    ("budget", words("ngân sách trong ngày đã hết", "the budget of the day is used up")),
    (
        "cap",
        words(
            "khách đã nhận đủ số tin trong ngày",
            "the customer has had as many messages as a day allows",
        ),
    ),
    ("quota", words("Zalo đã hết hạn mức gửi trong ngày", "Zalo's quota of the day is used up")),
    (
        "pace",
        words(
            "đang gửi lần lượt để không vượt tốc độ Zalo cho phép",
            "messages go one after another, no faster than Zalo allows",
        ),
    ),
    ("paused", words("đang tạm dừng ({arg})", "sending is paused ({arg})")),
    (
        "stopped",
        words(
            "Zalo chưa nhận {arg}, cần người sửa; Cham tự thử lại và gửi tiếp khi được",
            "Zalo takes nothing of {arg} until a person mends it; Cham tries by itself and goes on",
        ),
    ),
    (
        "not_connected",
        words("Official Account chưa được kết nối", "the Official Account is not connected"),
    ),
    ("window", words("chưa đến giờ được gửi", "it is not yet the hour at which it may go")),
    // Held back because of an answer.
    (
        "not_sent",
        words(
            "chưa kết nối được với Zalo, sẽ thử lại",
            "Zalo could not be reached, it will be tried again",
        ),
    ),
    (
        "token",
        words(
            "Zalo không nhận mã truy cập của Official Account, sẽ thử lại",
            "Zalo does not take the account's access token, it will be tried again",
        ),
    ),
    ("backoff", words("Zalo đang bận, sẽ thử lại", "Zalo is busy, it will be tried again")),
    (
        "deferred",
        words(
            "Zalo hoãn đến giờ khác, sẽ thử lại",
            "Zalo puts it off, it will be tried again at another hour",
        ),
    ),
    (
        "config",
        words(
            "mẫu tin, Official Account hoặc địa chỉ cần người sửa, sẽ tự thử lại",
            "the template, the account or the address needs mending by a person, it will be tried again",
        ),
    ),
    (
        "fallback",
        words(
            "kênh trước không đến được khách, chuyển sang kênh tiếp theo",
            "the channel before did not reach the customer, the next one follows",
        ),
    ),
    (
        "resend_after_unknown",
        words(
            "lần trước không rõ kết quả, gửi lại một lần",
            "the outcome of the last attempt is not known, it is sent once more",
        ),
    ),
    // Ended.
    (
        "outcome_unknown",
        words(
            "Zalo không trả lời rõ là đã nhận hay chưa",
            "Zalo did not say whether it took the message",
        ),
    ),
    (
        "no_consent",
        words(
            "khách chưa đồng ý nhận loại tin này",
            "the customer has not agreed to this kind of message",
        ),
    ),
    (
        "deadline",
        words(
            "đã quá hạn, gửi nữa không còn ích gì",
            "its deadline has passed, it is no longer worth sending",
        ),
    ),
    (
        "no_address",
        words(
            "không có số điện thoại hoặc Zalo nào của khách để gửi đến",
            "there is no number or Zalo id of the customer to send it to",
        ),
    ),
    (
        "recipient",
        words(
            "khách không nhận được tin qua kênh nào được phép",
            "no permitted channel reaches this customer",
        ),
    ),
    ("payload", words("Zalo không nhận nội dung này", "Zalo does not take this content")),
    (
        "attempts_exhausted",
        words("đã thử đủ số lần cho phép", "as many attempts were made as are allowed"),
    ),
    ("rule_removed", words("quy tắc hoặc bước này đã bị gỡ", "the rule or the step was removed")),
    (
        "reply_window",
        words(
            "đã quá thời gian được trả lời tin của khách",
            "the time in which the customer may be answered is over",
        ),
    ),
    (
        "duplicate",
        words("khách đã được báo việc này rồi", "the customer has been told this before"),
    ),
    (
        "no_alert_url",
        words(
            "chưa có địa chỉ nhận tin báo cho nhân viên",
            "there is no address to which staff alerts are posted",
        ),
    ),
    ("by_staff", words("theo yêu cầu của {arg}", "asked for by {arg}")),
];

/// Why a step was not carried out.
pub(super) const REFUSALS: &[(&str, Words)] = &[
    (
        "survey_closed",
        words("khảo sát chưa mở hoặc đã đóng", "the survey has not begun, or is over"),
    ),
    ("survey_full", words("khảo sát đã đủ người trả lời", "the survey has enough answers")),
    (
        "not_sampled",
        words(
            "khách này không thuộc nhóm được hỏi",
            "this customer is not among those who are asked",
        ),
    ),
    (
        "cool_down",
        words(
            "khách vừa được hỏi ý kiến cách đây không lâu",
            "the customer was asked something not long ago",
        ),
    ),
    (
        "no_score",
        words(
            "câu trả lời không nằm trong thang điểm của khảo sát",
            "the answer is no place of the survey's scale",
        ),
    ),
    (
        "no_open_invitation",
        words(
            "khách không có lời mời nào của khảo sát này đang mở",
            "the customer has no open invitation of this survey",
        ),
    ),
    (
        "open_case",
        words("khách đang có vụ việc chưa xong", "the customer has a case that is not closed"),
    ),
    ("no_points", words("không đủ để được điểm nào", "it comes to no point")),
    (
        "too_many_points",
        words("nhiều điểm hơn mức một tài khoản được có", "more points than an account may have"),
    ),
    (
        "no_amount",
        words("sự kiện không có số tiền để tính điểm", "the amount that earns points is not there"),
    ),
    (
        "outside_dates",
        words(
            "không nằm trong thời gian được tích điểm",
            "it happened outside the days on which points are earned",
        ),
    ),
    ("no_customer", words("sự kiện không thuộc về khách nào", "the event concerns no customer")),
    ("no_account", words("khách không có tài khoản điểm", "the customer has no account of points")),
];

/// What became of a step that sends nothing.
pub(super) const EFFECTS: &[(&str, Words)] = &[
    // Points that a rule would have awarded.
    ("bad_amount", words("số điểm tính ra không hợp lệ", "it comes to no whole number of points")),
    ("over_limit", words("vượt số điểm tối đa một lần", "it is more than one posting may have")),
    (
        "cap_reached",
        words("khách đã tích đủ điểm trong ngày", "the customer has earned all that a day allows"),
    ),
    (
        "too_much",
        words("vượt quá số điểm một tài khoản giữ được", "an account cannot hold so many points"),
    ),
    ("too_many_lots", words("tài khoản có quá nhiều lô điểm", "the account has too many lots")),
    (
        "too_many_pending",
        words(
            "tài khoản có quá nhiều khoản đang chờ",
            "too many points are pending in the account",
        ),
    ),
    (
        "too_many_caps",
        words(
            "tài khoản có quá nhiều giới hạn trong ngày",
            "too many limits of the day count in the account",
        ),
    ),
    ("too_many_legs", words("bút toán quá dài", "the entry would be too long")),
    ("account_full", words("tài khoản đã đầy", "the account is full")),
    (
        "expired_on_arrival",
        words("điểm đã hết hạn khi sự kiện đến", "the points had ended when the event came"),
    ),
    ("bad_time", words("thời điểm của sự kiện không hợp lệ", "the time of the event cannot be")),
    (
        "budget_used_up",
        words("ngân sách của chương trình đã hết", "the campaign's budget is used up"),
    ),
    (
        "operation_with_other_body",
        words(
            "điểm này đã được ghi với nội dung khác",
            "these points were posted before, for something else",
        ),
    ),
    ("refused", words("chưa làm: {arg}", "not carried out: {arg}")),
    ("shadow", words("chạy thử, không làm gì", "on trial, does nothing")),
    (
        "once",
        words("khách đã có lượt trong kỳ này", "the customer has had their turn in this period"),
    ),
];

/// Why a condition or a text could not be worked out.
pub(super) const FAILURES: &[(&str, Words)] = &[
    ("facts_too_long", words("dữ liệu của sự kiện quá dài", "the event's data are too long")),
    (
        "condition_not_a_truth",
        words("điều kiện không cho ra đúng hay sai", "the condition gives no yes or no"),
    ),
    (
        "condition_missing",
        words(
            "điều kiện hỏi điều không có trong sự kiện",
            "the condition asks for what is not there",
        ),
    ),
    (
        "condition_arithmetic",
        words(
            "phép tính trong điều kiện không thực hiện được",
            "a calculation in the condition cannot be done",
        ),
    ),
    (
        "condition_types",
        words(
            "kiểu dữ liệu trong điều kiện không khớp",
            "the types in the condition do not fit together",
        ),
    ),
    ("text_empty", words("một nội dung của tin bị trống", "a text of the message came out empty")),
    ("text_too_long", words("một nội dung của tin quá dài", "a text of the message is too long")),
    (
        "text_missing",
        words("tin cần điều không có trong sự kiện", "the message asks for what is not there"),
    ),
    (
        "text_types",
        words(
            "tin cần chữ hoặc số mà sự kiện có kiểu khác",
            "the message needs a text or a number and the event has neither",
        ),
    ),
];

/// Why a record is stuck or an event conflicts.
pub(super) const FAULTS: &[(&str, Words)] = &[
    ("bad_key", words("khóa của dòng không đọc được", "the row's key cannot be read")),
    ("bad_record", words("bản ghi không đọc được", "the record cannot be read")),
    ("corrupt_row", words("một dòng đã lưu không đọc được", "a stored row cannot be read")),
    ("refused_row", words("cơ sở dữ liệu không nhận dòng này", "the database refuses the row")),
    ("database", words("cơ sở dữ liệu không trả lời", "the database did not answer")),
    (
        "thing_of_another_kind",
        words("mã này đã dùng cho một loại khác", "this code belongs to a thing of another kind"),
    ),
    (
        "owners_without_end",
        words("các mã thuộc về nhau thành vòng", "these things belong to each other in a circle"),
    ),
    (
        "no_survey",
        words("bộ quy tắc này không có khảo sát được nêu", "the rules have no survey of that name"),
    ),
    (
        "no_invitation",
        words("khảo sát không có tin mời", "the survey says of no message that invites"),
    ),
    (
        "no_official_account",
        words("doanh nghiệp chưa có Official Account", "the business has no Official Account"),
    ),
    ("no_identity", words("sự kiện không nói về ai", "the event names nobody")),
    ("unknown_tenant", words("không có doanh nghiệp này", "this business is not known")),
    (
        "known_id",
        words("cùng mã sự kiện nhưng nói điều khác", "a known event id that says something else"),
    ),
    (
        "other_body",
        words("cùng mã sự kiện nhưng nội dung khác", "a known event id with another body"),
    ),
    (
        "parked_too_long",
        words(
            "chờ quá lâu mà chưa biết của khách nào",
            "it has waited too long for its customer to be known",
        ),
    ),
];

/// What the pages answer when something is wrong with a request.
pub(super) const PROBLEMS: &[(&str, Words)] = &[
    ("not_found", words("Không có trang này.", "There is no such page.")),
    ("unknown_customer", words("Không có khách hàng này.", "There is no such customer.")),
    ("unknown_notification", words("Không có thông báo này.", "There is no such notification.")),
    ("unknown_rule", words("Không có quy tắc này.", "There is no such rule.")),
    (
        "unknown_currency",
        words("Chương trình không có loại điểm này.", "The programme has no such points."),
    ),
    ("unknown_survey", words("Không có khảo sát này.", "There is no such survey.")),
    ("unknown_answer", words("Không có câu trả lời này.", "There is no such answer.")),
    ("unknown_case", words("Không có vụ việc này.", "There is no such case.")),
    ("case_closed", words("Vụ việc này đã đóng.", "The case is closed.")),
    (
        "case_word_missing",
        words("Hãy viết một lời trước khi lưu.", "Please write a word before you save."),
    ),
    (
        "case_word_too_long",
        words(
            "Lời báo cho khách dài quá, hãy viết ngắn hơn.",
            "What the customer is told is too long, please write less.",
        ),
    ),
    (
        "case_full",
        words("Vụ việc này đã có đủ ghi chú.", "The case has as many notes as it can keep."),
    ),
    ("unknown_board", words("Không có bảng xếp hạng này.", "There is no such board.")),
    (
        "key_refused",
        words(
            "Doanh nghiệp hoặc khóa API không đúng.",
            "The business or the API key is not right.",
        ),
    ),
    (
        "session_over",
        words(
            "Phiên làm việc đã hết, hãy đăng nhập lại.",
            "Your session is over, please log in again.",
        ),
    ),
    (
        "csrf_mismatch",
        words(
            "Biểu mẫu này không còn hiệu lực, hãy mở lại trang rồi thử lại.",
            "This form is no longer valid, please open the page again.",
        ),
    ),
    (
        "not_parked",
        words("Không có gì đang chờ gắn vào khách ở đây.", "Nothing waits for a customer here."),
    ),
    (
        "has_customer",
        words("Việc này đã thuộc về một khách khác.", "It belongs to another customer by now."),
    ),
    (
        "already_attached",
        words(
            "Đã có người gắn việc này vào một khách khác.",
            "Somebody has attached it to another customer.",
        ),
    ),
    (
        "no_identity",
        words(
            "Chưa biết chắc số điện thoại hay Zalo nào của khách này.",
            "No phone number and no Zalo id of this customer is known for sure.",
        ),
    ),
    (
        "bad_cursor",
        words(
            "Địa chỉ này không dẫn tới trang nào của danh sách; hãy bắt đầu lại từ trang đầu.",
            "This address leads to no page of the list; please begin again at its first page.",
        ),
    ),
    ("body_too_large", words("Biểu mẫu quá lớn.", "The form is too large.")),
    ("body_encoding", words("Biểu mẫu không đọc được.", "The form cannot be read.")),
    (
        "not_possible",
        words(
            "Việc này không còn làm được ở trạng thái hiện tại.",
            "This can no longer be done in the present state.",
        ),
    ),
    (
        "no_address",
        words(
            "Không còn số điện thoại hoặc Zalo nào để gửi đến.",
            "There is no number or Zalo id left to send it to.",
        ),
    ),
    (
        "raced",
        words(
            "Có người khác vừa thay đổi, hãy thử lại.",
            "Somebody else has just changed it, please try again.",
        ),
    ),
    (
        "try_again",
        words(
            "Hệ thống đang bận, hãy thử lại sau ít phút.",
            "The system is busy, please try again in a few minutes.",
        ),
    ),
    (
        "corrupt",
        words(
            "Một dòng đã lưu không đọc được; đã ghi vào nhật ký.",
            "A stored row cannot be read; it has been logged.",
        ),
    ),
];

/// What came of one call of the outside.
pub(super) const CALLS: &[(&str, Words)] = &[
    ("running", words("đang chạy", "running")),
    ("accepted", words("Zalo đã nhận", "Zalo took it")),
    ("not_sent", words("không gửi được đi", "it never left")),
    ("refused", words("Zalo từ chối, mã {arg}", "Zalo refused it, code {arg}")),
    ("unknown", words("không rõ kết quả", "outcome not known")),
];

/// What a rule can be there to achieve.
pub(super) const METRICS: &[(&str, Words)] = &[
    ("delivered_rate", words("tỉ lệ tin đến máy", "share of messages delivered")),
    ("rating_mean", words("điểm đánh giá trung bình", "mean rating")),
    ("response_rate", words("tỉ lệ khách trả lời", "share of customers who answer")),
    ("click_rate", words("tỉ lệ khách bấm", "share of customers who click")),
];

/// The code, and what stands in its brackets: `paused(rule:guide)`.
pub(super) fn split(code: &str) -> (&str, &str) {
    match code.split_once('(') {
        Some((code, argument)) => (code, argument.strip_suffix(')').unwrap_or(argument)),
        None => (code, ""),
    }
}

fn said(table: &[(&str, Words)], code: &str, language: Language) -> String {
    let (name, argument) = split(code);
    match find(table, name) {
        Some(words) => words.with(language, &[("arg", argument)]),
        None => words("mã {arg}, chưa có lời giải thích", "code {arg}, without an explanation yet")
            .with(language, &[("arg", code)]),
    }
}

/// Why a notification stands where it stands, as part of a sentence.
pub fn reason(code: &str, language: Language) -> String {
    if let (why @ ("paused" | "stopped"), argument) = split(code)
        && let Some(paused) = Scope::parse(argument)
    {
        let named = format!("{why}({})", scope(&paused, language));
        return said(REASONS, &named, language);
    }
    said(REASONS, code, language)
}

/// Why a step was not carried out.
pub(super) fn refusal(code: &str, language: Language) -> String {
    // What follows a wait may fail like a rule at its beginning.
    if find(FAILURES, code).is_some() {
        return failure(code, language);
    }
    said(REFUSALS, code, language)
}

/// What became of a step that sends nothing: `refused(cool_down)`.
pub fn effect(outcome: &str, language: Language) -> String {
    let (name, argument) = split(outcome);
    match find(EFFECTS, name) {
        Some(words) => words.with(language, &[("arg", &refusal(argument, language))]),
        None => said(EFFECTS, outcome, language),
    }
}

/// Why a condition or a text could not be worked out.
pub(super) fn failure(code: &str, language: Language) -> String {
    said(FAILURES, code, language)
}

/// Why a record is stuck, or an event conflicts with another.
pub fn fault(code: &str, language: Language) -> String {
    said(FAULTS, code, language)
}

/// What came of an attempt: `accepted`, `refused(-201)`.
pub fn outcome_of_call(code: &str, language: Language) -> String {
    said(CALLS, code, language)
}

/// The name of a goal's metric.
pub fn metric(name: &str, language: Language) -> String {
    said(METRICS, name, language)
}

/// The sentence for a problem with a request; `None` for a code that no page gives.
pub fn problem(code: &str, language: Language) -> Option<&'static str> {
    find(PROBLEMS, code).map(|words| words.of(language))
}
