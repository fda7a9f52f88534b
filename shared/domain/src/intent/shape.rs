//! The shape of a sentence: each word is replaced by what kind of word it is, and words of no kind in a row are one.
//!
//! `sơn gel bao nhiêu 1 bộ vậy shop` and `bánh gai nhiêu 1 hộp thế em` have one shape, so what was learnt of the one holds for the other:
//! a shop sells what no list of sentences has named.

use std::{collections::HashMap, sync::LazyLock};

use super::fold::{Token, Word};

/// The kinds, each with its words; `_` joins the words of one term. The first kind that has a word counts, and a term goes before a word.
const KINDS: [(&str, &str); 27] = [
    ("how-much", "bao_nhiêu nhiêu bi_nhiêu"),
    ("how-many", "mấy"),
    (
        "money",
        "tiền xiền tìn k ngàn nghìn nghin trăm triệu tr củ xị lít chai lúa cành vé đồng xu đô usd tỷ tỉ chục trăm_nghìn vnd \
         tờ",
    ),
    (
        "time",
        "ngày tháng tuần năm giờ phút giây buổi tiết hôm bữa mùa quý đêm lâu lần lượt tuổi kỳ",
    ),
    (
        "counted",
        "người bé bạn học_sinh học_viên khách trẻ chỗ trang bài tập viên vỉ gói hộp cái chiếc con quyển cuốn bộ đôi ly chén \
         phần suất tô bó bông cây chậu lọ thùng bao cuộn tấm món màu tầng ngăn chân răng mũi liều phòng giường chuyến vòng \
         bước câu chữ đề môn lớp cơ_sở chi_nhánh loại size số mẫu kiểu điểm sao phần_trăm",
    ),
    (
        "measured",
        "kg ký kí cân gam gram g mg ml m mét m2 m3 cm mm km inch w oát wat watt v mah gb tb độ sợi hp cc ha sào tấn tạ yến \
         lạng chỉ lượng",
    ),
    (
        "who",
        "shop em anh chị cô chú bác dì thầy mẹ ad page cậu cháu ông bà quán tiệm nhà_thuốc trung_tâm bác_sĩ thím mợ o",
    ),
    ("particle", "ạ vậy thế nhỉ nha nhé hả hở dạ ơi á à đó đấy hè hỉ nhể ta rứa"),
    ("this", "này kia ấy đây nọ"),
    ("price", "giá bảng_giá báo_giá giá_cả đơn_giá"),
    ("fee", "phí học_phí chi_phí cước lệ_phí viện_phí tiền_công phụ_phí"),
    ("dear", "đắt mắc rẻ chát"),
    ("not", "không chưa đâu chẳng chả khỏi đừng"),
    ("done", "rồi đã vừa mới"),
    ("ask", "gì nào thế_nào như_thế_nào hay chi"),
    ("please", "xin cho giúp giùm hộ hỏi báo gửi xem check coi biết nhắn với"),
    ("pay", "chuyển chuyển_khoản trả nộp đóng thanh_toán cọc đặt_cọc quét"),
    ("trade", "bán mua lấy lấy_lại pass sang thuê đặt đặt_hàng order may làm sửa thay"),
    ("cost", "hết tốn mất tính ra lên khoảng tầm cỡ chừng tổng tổng_cộng"),
    ("deliver", "ship giao giao_hàng vận_chuyển freeship"),
    ("me", "mình tôi tui tớ tao"),
    ("is", "là thì có được"),
    ("each", "một mỗi nửa"),
    ("degree", "quá lắm ghê dữ thật hơn nhất"),
    ("say", "nói bảo kêu kể nghe đọc thấy"),
    ("off", "giảm giảm_giá khuyến_mãi voucher mã sale ưu_đãi bớt"),
    ("how", "sao"),
];

/// What stands for words of no kind.
const OTHER: &str = "~";

struct Term {
    kind: &'static str,
    words: Vec<Word>,
}

/// By the first word without marks, the longest first.
static TERMS: LazyLock<HashMap<String, Vec<Term>>> = LazyLock::new(|| {
    let mut terms: HashMap<String, Vec<Term>> = HashMap::new();
    for (kind, written) in KINDS {
        for term in written.split_whitespace() {
            let words: Vec<Word> = term.split('_').map(Word::new).collect();
            terms.entry(words[0].plain().to_owned()).or_default().push(Term { kind, words });
        }
    }
    // Stable: among terms of one length the kinds keep their order.
    terms.values_mut().for_each(|of| of.sort_by_key(|term| std::cmp::Reverse(term.words.len())));
    terms
});

/// The shape of a sentence, its ends included.
pub(super) fn shape(tokens: &[Token]) -> Vec<&'static str> {
    let mut shape = vec!["^"];
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        let mut used = 1;
        let kind = match token {
            Token::Number => "#",
            Token::Comma => ",",
            Token::Stop => ".",
            Token::Masked => "_",
            Token::Word(word) => {
                let terms = TERMS.get(word.plain()).into_iter().flatten();
                let mut fits = terms.filter(|term| is_at(&term.words, rest));
                fits.next().map_or(OTHER, |term| {
                    used = term.words.len();
                    term.kind
                })
            }
        };
        if kind != OTHER || shape.last() != Some(&OTHER) {
            shape.push(kind);
        }
        rest = &after[used - 1..];
    }
    shape.push("$");
    shape
}

/// Whether these words are what the tokens begin with.
fn is_at(words: &[Word], tokens: &[Token]) -> bool {
    words.len() <= tokens.len()
        && words.iter().zip(tokens).all(|(word, token)| match token {
            Token::Word(typed) => word.is_typed_as(typed),
            Token::Number | Token::Comma | Token::Stop | Token::Masked => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{RULES, fold::tokens};

    fn of(text: &str) -> String {
        shape(&tokens(text, &RULES.vocabulary)).join(" ")
    }

    #[test]
    fn sentences_about_other_goods_have_one_shape() {
        assert_eq!(of("sơn gel bao nhiêu 1 bộ vậy shop"), "^ ~ how-much # counted particle who $");
        assert_eq!(of("bánh gai nhiêu 1 hộp thế em"), of("sơn gel bao nhiêu 1 bộ vậy shop"));
        assert_eq!(of("banh gai bn 1 hop the em"), of("sơn gel bao nhiêu 1 bộ vậy shop"));
    }

    #[test]
    fn a_word_with_other_marks_is_of_no_kind() {
        assert_eq!(of("giá nồi"), "^ price ~ $");
        assert_eq!(of("già nồi"), "^ ~ $");
    }
}
