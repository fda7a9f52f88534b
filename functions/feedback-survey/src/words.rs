//! What the pages say besides the survey's own texts. It is for customers, so that it stands here and not with what is said to staff.

use domain::{
    explain::{Language, Words},
    survey::Invalid,
};

macro_rules! words {
    ($($name:ident: $vi:literal, $en:literal;)*) => {
        $(pub(crate) const $name: Words = Words { vi: $vi, en: $en };)*
    };
}

words! {
    SWITCH: "English", "Tiếng Việt";
    NEXT: "Tiếp tục", "Next";
    SEND: "Gửi", "Send";
    BACK: "Quay lại", "Back";
    OPTIONAL: "Không bắt buộc", "Optional";
    UP_TO: "Chọn nhiều nhất {most}", "Choose at most {most}";
    CHARACTERS: "Nhiều nhất {most} ký tự", "At most {most} characters";
    PROGRESS: "Câu {n} trên {of}", "Question {n} of {of}";
    NPS_LOW: "Không bao giờ", "Not at all likely";
    NPS_HIGH: "Rất sẵn lòng", "Extremely likely";
    CES_LOW: "Rất khó", "Very difficult";
    CES_HIGH: "Rất dễ", "Very easy";
    STAR: "{n} sao", "{n} of 5 stars";
    THANKS: "Cảm ơn bạn", "Thank you";
    SAVED: "Câu trả lời được lưu sau mỗi câu: bạn có thể đóng trang và mở lại sau.", "Each answer is saved at once: you can close the page and come back later.";
    UNKNOWN_TITLE: "Không tìm thấy khảo sát", "No such survey";
    UNKNOWN: "Đường dẫn không đúng. Bạn hãy mở lại đường dẫn trong tin nhắn nhé.", "The link is not right. Please open it again from the message.";
    EXPIRED_TITLE: "Khảo sát đã hết hạn", "The survey is over";
    EXPIRED: "Đường dẫn này đã hết hạn. Cảm ơn bạn đã quan tâm.", "This link has expired. Thank you for your interest.";
    FULL_TITLE: "Khảo sát đã đủ người trả lời", "The survey has enough answers";
    FULL: "Đã có đủ người trả lời khảo sát này. Cảm ơn bạn đã sẵn lòng góp ý.", "Enough people have answered this survey. Thank you for being willing to help.";
    CLOSED_TITLE: "Khảo sát đã đóng", "The survey is closed";
    CLOSED: "Khảo sát này không còn nhận câu trả lời. Cảm ơn bạn đã quan tâm.", "This survey takes no more answers. Thank you for your interest.";
    NOT_OURS_TITLE: "Không nhận được câu trả lời", "The answer was not taken";
    NOT_OURS: "Câu trả lời không đến từ trang của chúng tôi. Bạn hãy mở lại đường dẫn trong tin nhắn nhé.", "The answer did not come from our page. Please open the link again from the message.";
    TOO_LARGE: "Câu trả lời quá dài.", "The answer is too long.";
    BUSY_TITLE: "Bạn thử lại giúp nhé", "Please try again";
    BUSY: "Hệ thống đang bận, câu trả lời cuối cùng chưa được lưu. Bạn tải lại trang sau ít phút nhé.", "We are busy, and your last answer was not saved. Please load the page again in a few minutes.";
    REQUIRED: "Bạn hãy trả lời câu này để tiếp tục.", "Please answer this question to go on.";
    ANSWER_UNKNOWN: "Câu trả lời không có trong các lựa chọn.", "The answer is none of the options.";
    ANSWER_TOO_MANY: "Bạn chọn quá nhiều.", "Too many are chosen.";
    ANSWER_TOO_LONG: "Câu trả lời dài quá.", "The answer is too long.";
}

/// The faces of a rating, from the worst on, with what a screen reader says.
pub(crate) const FACES: [(&str, Words); 5] = [
    ("😞", Words { vi: "Rất không hài lòng", en: "Very unhappy" }),
    ("🙁", Words { vi: "Không hài lòng", en: "Unhappy" }),
    ("😐", Words { vi: "Bình thường", en: "Neither happy nor unhappy" }),
    ("🙂", Words { vi: "Hài lòng", en: "Happy" }),
    ("😄", Words { vi: "Rất hài lòng", en: "Very happy" }),
];

/// Why an answer was not taken.
pub(crate) fn invalid(why: Invalid) -> Words {
    match why {
        Invalid::Required => REQUIRED,
        Invalid::Unknown => ANSWER_UNKNOWN,
        Invalid::TooMany => ANSWER_TOO_MANY,
        Invalid::TooLong => ANSWER_TOO_LONG,
    }
}

/// A text with its values.
pub(crate) fn filled(words: Words, language: Language, values: &[(&str, usize)]) -> String {
    values.iter().fold(words.of(language).to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), &value.to_string())
    })
}
