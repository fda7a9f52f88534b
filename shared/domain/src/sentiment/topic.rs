//! What a text is about, by words that speak of little else.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::words::{Word, words};

/// What a customer speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How it was brought.
    Delivery,
    /// What it was wrapped in.
    Packaging,
    /// What it costs.
    Price,
    /// What was bought, or done, itself.
    Quality,
    /// The people.
    Staff,
    /// The time that it takes.
    Waiting,
    /// The rooms.
    Place,
    /// Giving back, changing, repairing.
    Returns,
    /// The application, the page, the payment.
    App,
}

impl Topic {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::Delivery,
        Self::Packaging,
        Self::Price,
        Self::Quality,
        Self::Staff,
        Self::Waiting,
        Self::Place,
        Self::Returns,
        Self::App,
    ];

    /// As it stands in rows, rules and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Packaging => "packaging",
            Self::Price => "price",
            Self::Quality => "quality",
            Self::Staff => "staff",
            Self::Waiting => "waiting",
            Self::Place => "place",
            Self::Returns => "returns",
            Self::App => "app",
        }
    }

    /// Phrases that speak of it; an empty one masks what only looks like it.
    fn phrases(self) -> &'static str {
        match self {
            Self::Delivery => {
                "giao hàng|giao nhanh|giao chậm|giao trễ|giao đúng|giao sai|giao thiếu|giao nhầm|ship|shipper|giao tận|vận chuyển|đơn vị vận chuyển|bưu tá|giao tới|giao đến"
            }
            Self::Packaging => {
                "đóng gói|gói hàng|gói kỹ|gói quà|bao bì|thùng|hộp móp|hộp bị móp|móp méo|xốp|băng keo|bọc kỹ|chống sốc"
            }
            Self::Price => {
                "giá|giá cả|đắt|mắc quá|hơi mắc|mắc hơn|rẻ|đáng tiền|tiền nào|phí|học phí|viện phí|phụ thu|tính tiền|khuyến mãi|giảm giá|túi tiền|chặt chém"
            }
            Self::Quality => {
                "chất lượng|ngon|dở|thơm|tươi|hỏng|hư|bền|lỗi|vải|mùi|vị|hàng giả|đúng mô tả|giống hình|hiệu quả|kích ứng|cà phê|món ăn|đồ ăn|thức ăn"
            }
            Self::Staff => {
                "nhân viên|phục vụ|thái độ|bác sĩ|thầy|giáo viên|lễ tân|y tá|thu ngân|bảo vệ|tư vấn|chủ quán|chị chủ|anh chủ|nhiệt tình|niềm nở|cọc cằn"
            }
            Self::Waiting => {
                "chờ|đợi|chờ lâu|đợi lâu|xếp hàng|lấy số|tới lượt|đến lượt|trễ hẹn|mất cả buổi|nửa tiếng|cả tiếng"
            }
            Self::Place => {
                "không gian|quán đẹp|chỗ ngồi|chỗ để xe|bãi xe|giữ xe|máy lạnh|nhà vệ sinh|toilet|ồn ào|chật chội|phòng ốc|phòng tập|view|trang trí|sạch sẽ|bàn ghế"
            }
            Self::Returns => {
                "đổi trả|đổi hàng|trả hàng|hoàn tiền|bảo hành|đổi mới|đổi cái mới|đổi size|trả lại|sửa chữa|hoàn hàng"
            }
            Self::App => {
                "app|ứng dụng|đăng nhập|website|trang web|web|thanh toán|quét mã|mã qr|chuyển khoản|cập nhật|otp|tài khoản"
            }
        }
    }
}

/// Phrases that share a word with a topic and speak of something else.
const MASKS: &str = "giá như|giá mà|đánh giá|giá trị|giá đỗ|kệ giá|mùi vị|đơn giản|vị trí|đơn vị|quý vị|thú vị|rẻ rúng|\
    tàu chợ|chờ xíu|mong chờ|đáng chờ đợi|phí thời gian|phí công|lãng phí|miễn phí|chi phí ăn ở|app store|thùng rác|thầy bói|tư vấn tâm lý";

enum Phrase {
    Of(Topic),
    Mask,
}

struct Phrases {
    marked: HashMap<Vec<String>, Phrase>,
    plain: HashMap<Vec<String>, Phrase>,
}

impl Phrases {
    fn all() -> Self {
        let mut all = Self { marked: HashMap::new(), plain: HashMap::new() };
        let masks = MASKS.split('|').map(|mask| (mask, None));
        let topics = Topic::ALL.into_iter();
        let topics =
            topics.flat_map(|topic| topic.phrases().split('|').map(move |p| (p, Some(topic))));
        for (phrase, topic) in masks.chain(topics) {
            let of = || topic.map_or(Phrase::Mask, Phrase::Of);
            let words = words(phrase);
            let plain: Vec<String> = words.iter().map(|word| word.plain.clone()).collect();
            // A single word without its marks is too much else: `gia`, `vi`, `phi`.
            if plain.len() > 1 || words.iter().all(|word| !word.is_marked()) {
                all.plain.entry(plain).or_insert_with(of);
            }
            let marked = words.into_iter().map(|word| word.marked).collect();
            all.marked.entry(marked).or_insert_with(of);
        }
        all
    }
}

/// Longest phrase, in words.
const WORDS_MAX: usize = 4;

/// What `text` is about; nothing when no word says so surely.
pub fn topics(text: &str) -> BTreeSet<Topic> {
    static PHRASES: LazyLock<Phrases> = LazyLock::new(Phrases::all);
    let words = words(text);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < words.len() {
        let lengths = (1..=WORDS_MAX.min(words.len() - at)).rev();
        let hit = lengths.map(|length| &words[at..at + length]).find_map(|some| {
            let marked: Vec<String> = some.iter().map(|word| word.marked.clone()).collect();
            let is_plain = some.iter().all(|word| !word.is_marked());
            let plain = || some.iter().map(|word: &Word| word.plain.clone()).collect::<Vec<_>>();
            let known = PHRASES.marked.get(&marked);
            let known = known.or_else(|| PHRASES.plain.get(&plain()).filter(|_| is_plain));
            known.map(|phrase| (phrase, some.len()))
        });
        match hit {
            Some((Phrase::Of(topic), length)) => {
                found.insert(*topic);
                at += length;
            }
            Some((Phrase::Mask, length)) => at += length,
            None => at += 1,
        }
    }
    found
}
