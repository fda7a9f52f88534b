//! What is found in what a customer writes, in words.

use super::{Language, words};
use crate::{
    moderation::Flag,
    sentiment::{Sentiment, Topic},
};

/// How a text sounds.
pub fn sentiment(sentiment: Sentiment, language: Language) -> &'static str {
    let said = match sentiment {
        Sentiment::Negative => words("chưa hài lòng", "not content"),
        Sentiment::Neutral => words("bình thường", "neither"),
        Sentiment::Positive => words("hài lòng", "content"),
    };
    said.of(language)
}

/// What it is about.
pub fn topic(topic: Topic, language: Language) -> &'static str {
    let said = match topic {
        Topic::Delivery => words("giao hàng", "delivery"),
        Topic::Packaging => words("đóng gói", "packaging"),
        Topic::Price => words("giá", "price"),
        Topic::Quality => words("chất lượng", "quality"),
        Topic::Staff => words("nhân viên", "staff"),
        Topic::Waiting => words("chờ đợi", "waiting"),
        Topic::Place => words("không gian", "the place"),
        Topic::Returns => words("đổi trả", "returns"),
        Topic::App => words("ứng dụng", "the app"),
    };
    said.of(language)
}

/// What should be looked at in it.
pub fn flag(flag: Flag, language: Language) -> &'static str {
    let said = match flag {
        Flag::Phone => words("có số điện thoại", "a phone number"),
        Flag::Email => words("có địa chỉ e-mail", "an e-mail address"),
        Flag::Link => words("có đường dẫn", "a link"),
        Flag::Profanity => words("lời thô tục", "rude words"),
        Flag::IdNumber => words("có số giấy tờ", "an identity number"),
        Flag::CardNumber => words("có số thẻ hoặc tài khoản", "a card or account number"),
    };
    said.of(language)
}
