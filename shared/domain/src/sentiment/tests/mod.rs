#[expect(clippy::float_arithmetic, reason = "weights are no money")]
mod learn;
mod score;

use std::{collections::BTreeSet, time::Duration};

use super::*;

fn sounds(text: &str) -> Sentiment {
    felt(text, None).unwrap().sentiment
}

#[test]
fn what_a_negation_stands_before_is_turned() {
    for (text, sentiment) in [
        ("ngon", Sentiment::Positive),
        ("không ngon", Sentiment::Negative),
        ("ko ngon", Sentiment::Negative),
        ("không hề ngon chút nào", Sentiment::Negative),
        ("không tệ chút nào, sẽ quay lại", Sentiment::Positive),
        ("không có gì để chê", Sentiment::Positive),
        ("không có gì để khen", Sentiment::Negative),
        ("Hài lòng", Sentiment::Positive),
        ("chưa hài lòng", Sentiment::Negative),
    ] {
        assert_eq!(sounds(text), sentiment, "{text}");
    }
}

#[test]
fn marks_stretched_letters_and_case_change_nothing() {
    for text in
        ["Rất hài lòng", "rat hai long", "RẤT HÀI LÒNG", "rất hài lòngggg", "rất hài lo\u{300}ng"]
    {
        assert_eq!(sounds(text), Sentiment::Positive, "{text}");
    }
}

#[test]
fn neither_praise_nor_blame_is_neutral() {
    for text in ["bình thường", "tạm được", "không ý kiến", "Shop mở cửa mấy giờ vậy?"]
    {
        assert_eq!(sounds(text), Sentiment::Neutral, "{text}");
    }
}

#[test]
fn signs_speak_too() {
    assert_eq!(sounds("👍👍"), Sentiment::Positive);
    assert_eq!(sounds("😡"), Sentiment::Negative);
}

#[test]
fn stars_lean_a_text_that_says_little_and_a_clear_one_stands() {
    let one = felt("tạm được", Some((1, 5))).unwrap();
    let none = felt("tạm được", None).unwrap();
    assert!(
        one.sentiment == Sentiment::Negative || one.confidence_percent < none.confidence_percent
    );
    let clear = "Thất vọng, giao trễ, hàng hỏng, không ai trả lời tin nhắn";
    assert_eq!(felt(clear, Some((5, 5))).unwrap().sentiment, Sentiment::Negative);
    let of = |text, stars| felt(text, Some((stars, 5))).unwrap().sentiment;
    assert_eq!((of("phòng", 1), of("phòng", 3)), (Sentiment::Negative, Sentiment::Neutral));
    assert_eq!(of("món ăn ở đây", 5), Sentiment::Positive);
    for odd in [(0, 5), (9, 5), (1, 1), (0, 0)] {
        assert!(felt("ok", Some(odd)).is_some());
    }
}

#[test]
fn nothing_said_sounds_like_nothing() {
    for text in ["", "  \n\t", "\u{200d}\u{fe0f}"] {
        assert_eq!(felt(text, Some((1, 5))), None, "{text:?}");
    }
}

#[test]
fn a_text_is_about_what_its_words_speak_of() {
    use Topic::{App, Delivery, Packaging, Place, Price, Quality, Returns, Staff, Waiting};
    for (text, about) in [
        ("Giao hàng quá chậm", &[Delivery][..]),
        ("giao hang cham qua", &[Delivery]),
        ("shipper thân thiện", &[Delivery]),
        ("Đóng gói kỹ, giao nhanh", &[Delivery, Packaging]),
        ("hộp bị móp", &[Packaging]),
        ("Bao bì đẹp", &[Packaging]),
        ("dong goi so sai", &[Packaging]),
        ("Giá hơi cao", &[Price]),
        ("đắt quá", &[Price]),
        ("rẻ mà ngon", &[Price, Quality]),
        ("học phí tăng hoài", &[Price]),
        ("Chất lượng tốt", &[Quality]),
        ("chat luong tot", &[Quality]),
        ("Cà phê thơm", &[Quality]),
        ("vải mỏng", &[Quality]),
        ("Hàng giả rồi", &[Quality]),
        ("Nhân viên nhiệt tình", &[Staff]),
        ("nhan vien de thuong", &[Staff]),
        ("Bác sĩ khám kỹ", &[Staff]),
        ("thái độ lồi lõm", &[Staff]),
        ("phục vụ kém", &[Staff]),
        ("Chờ lâu quá", &[Waiting]),
        ("cho lau qua", &[Waiting]),
        ("phải lấy số từ 6 giờ sáng", &[Waiting]),
        ("xếp hàng mỏi chân", &[Waiting]),
        ("Không gian đẹp", &[Place]),
        ("máy lạnh hư", &[Place, Quality]),
        ("nhà vệ sinh dơ", &[Place]),
        ("chỗ để xe chật", &[Place]),
        ("bãi xe xa", &[Place]),
        ("Đổi trả dễ", &[Returns]),
        ("bảo hành nhanh", &[Returns]),
        ("hoàn tiền lâu", &[Returns]),
        ("doi tra kho khan", &[Returns]),
        ("App hay lag", &[App]),
        ("ứng dụng đăng nhập không được", &[App]),
        ("thanh toán quét mã tiện", &[App]),
        ("website chậm", &[App]),
        ("Giao trễ, nhân viên cọc cằn", &[Delivery, Staff]),
        ("Quán đẹp, phục vụ tốt", &[Staff, Place]),
        // What only looks like one.
        ("đánh giá 5 sao", &[]),
        ("giá như có thêm size", &[]),
        ("giá mà mở thêm chi nhánh", &[]),
        ("đơn giản mà đẹp", &[]),
        ("vị trí thuận lợi", &[]),
        ("lãng phí", &[]),
        ("phí thời gian", &[]),
        ("quý vị", &[]),
        ("trải nghiệm thú vị", &[]),
        ("mong chờ ngày gặp lại", &[]),
        ("giá trị nhân văn", &[]),
        ("gia dinh minh thich", &[]),
        ("vi sao vay", &[]),
        ("anh ay gioi", &[]),
        ("thích lắm", &[]),
        ("ok", &[]),
        ("", &[]),
        ("!!!", &[]),
        ("tam duoc", &[]),
        ("mai quay lại", &[]),
    ] {
        let about: BTreeSet<Topic> = about.iter().copied().collect();
        assert_eq!(topics(text), about, "{text}");
    }
}

#[test]
fn fuzz_sentiment() {
    bolero::check!()
        .with_type::<(String, Option<(u8, u8)>)>()
        .with_test_time(Duration::from_millis(300))
        .for_each(|(text, stars)| {
            if let Some(felt) = felt(text, *stars) {
                assert!((33..=100).contains(&felt.confidence_percent));
            }
            drop(topics(text));
        });
}
