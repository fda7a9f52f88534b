//! The rules as sentences; `score` counts on the labelled ones.

use super::*;

#[expect(clippy::float_arithmetic, reason = "chances are no money")]
mod learn;
mod score;

/// Each sentence, and the name of its intent or `none`.
fn check(cases: &[(&str, &str)]) {
    for (sentence, expected) in cases {
        let found = because(sentence);
        let name = found.as_ref().map_or("none", |(intent, _)| intent.as_str());
        assert_eq!(name, *expected, "{sentence}: {found:?}");
    }
}

/// A word with any mark must have the right ones; a word without marks may be any.
#[test]
fn marks_are_optional_and_wrong_ones_count() {
    check(&[
        ("giá bao nhiêu", "price"),
        ("gia bao nhieu", "price"),
        ("giá bao nhieu", "price"),
        ("cho xin giá", "price"),
        ("cho xin gia", "price"),
        ("cho xin giã", "none"),
        ("cho xin giả", "none"),
        ("cho xin già", "none"),
        ("cho xin gìa", "none"),
        ("Dạ giã từ nhé", "none"),
        ("cua giã nhỏ nấu canh", "none"),
        ("đừng nhắn nữa", "stop"),
        ("dừng nhắn nữa", "stop"),
        ("dung nhan nua", "stop"),
        ("dựng nhắn nữa", "none"),
        ("xóa tài khoản", "delete_data"),
        ("xoa tai khoan", "delete_data"),
        ("xõa tài khoản", "none"),
    ]);
}

#[test]
fn the_place_of_the_tone_the_bar_of_the_d_and_the_case_do_not_matter() {
    check(&[
        ("xoá dữ liệu của tôi", "delete_data"),
        ("xóa dữ liệu của tôi", "delete_data"),
        ("huỷ nhận tin", "stop"),
        ("hủy nhận tin", "stop"),
        ("gía bao nhiêu", "price"),
        ("don hàng của em tới dâu rồi", "order_status"),
        ("ĐƠN HÀNG CỦA EM TỚI ĐÂU RỒI", "order_status"),
        ("GIÁ BAO NHIÊU Ạ", "price"),
    ]);
}

#[test]
fn decomposed_text_is_read_as_composed() {
    let decomposed = "gia\u{301} bao nhie\u{302}u a\u{323}";
    assert_eq!(intent(decomposed), Some(Intent::Price));
    assert_eq!(intent("cho xin gia\u{303}"), None);
}

#[test]
fn short_forms_slips_and_held_letters_are_read() {
    check(&[
        ("gia bn z shop", "price"),
        ("chào bn", "greeting"),
        ("cảm ơn bn nha", "none"),
        ("nhiu v ad", "price"),
        ("bi nhiêu 1 kg", "price"),
        ("shopppp ơiiii giáaaa bao nhiêuuu", "price"),
        ("baonhieu tien shop", "price"),
        ("gias bao nhieeu shop", "price"),
        ("ddonw hàng em tới đâu r", "order_status"),
        ("đơn e đi chưa", "order_status"),
        ("chưa nhận đc hàng", "order_status"),
        ("mk có bn điểm", "points"),
        ("hangj của e là j", "tier"),
        ("có km j k", "voucher"),
        ("xin vou vs", "voucher"),
        ("cho mk gặp nv vs ạ", "person"),
        ("k nhận tn nữa", "stop"),
        ("xoas tk giùm tui", "delete_data"),
    ]);
}

#[test]
fn pictures_signs_and_invisible_characters_change_nothing() {
    check(&[
        ("🥺 giá bao nhiêu 🥺", "price"),
        ("g\u{200b}i\u{200d}á bao\u{ad} nhiêu\u{feff}", "price"),
        ("giá bao nhiêu???!!!", "price"),
        ("👋👋 shop ơi", "greeting"),
        ("🙏", "none"),
        ("", "none"),
        ("...?!", "none"),
    ]);
}

#[test]
fn a_greeting_before_a_question_is_the_question() {
    check(&[
        ("chào shop", "greeting"),
        ("chào shop, giá bao nhiêu ạ", "price"),
        ("shop ơi đơn của em đâu rồi", "order_status"),
        ("alo cho gặp nhân viên", "person"),
        ("cảm ơn shop", "none"),
    ]);
}

#[test]
fn the_same_word_in_another_meaning_is_no_intent() {
    check(&[
        ("giá đỗ xào tỏi nha quán", "none"),
        ("cái giá đỡ này chắc ghê", "none"),
        ("giá rẻ quá", "none"),
        ("điểm hẹn ở quán nha", "none"),
        ("bé được 9 điểm toán", "none"),
        ("hạng mục thi công gồm gì", "none"),
        ("đơn thuốc hôm qua em làm mất", "none"),
        ("bao nhiêu người học một lớp", "none"),
        ("máy này công suất bao nhiêu", "none"),
        ("dừng xe ở đâu được vậy", "none"),
        ("em lỡ xóa tin nhắn rồi", "none"),
        ("đừng gọi em giờ này", "none"),
        ("giao tới thì gọi cho em nhé", "none"),
    ]);
}

/// Thanks, stories, what others say, and what is put off; a word that asks makes it a question again.
#[test]
fn a_statement_with_the_words_of_a_question_is_no_intent() {
    check(&[
        ("cảm ơn shop đã tặng voucher", "none"),
        ("để em hỏi lại giá đã", "none"),
        ("mẹ em bảo giá vậy là được", "none"),
        ("mẹ em bảo hỏi giá bao nhiêu", "price"),
        ("hôm qua shop tặng voucher xinh ghê", "none"),
        ("em đóng học phí bằng thẻ được không", "none"),
        ("học phí đóng một tháng bao nhiêu", "price"),
    ]);
}

/// What may not be missed stands first, and what was asked about decides between the others.
#[test]
fn of_two_intents_the_first_in_priority_wins() {
    check(&[
        ("đừng gửi tin khuyến mãi nữa", "stop"),
        ("xóa tài khoản, cho gặp nhân viên", "delete_data"),
        ("đơn của em đâu, cho gặp nhân viên", "person"),
        ("lên hạng vàng cần bao nhiêu điểm", "tier"),
        ("điểm đổi được voucher gì", "points"),
        ("voucher giảm bao nhiêu", "voucher"),
        ("giá bao nhiêu, có bớt không", "price"),
    ]);
    let order: Vec<Intent> = GROUPS.iter().map(|group| group.intent).collect();
    assert_eq!(order[..3], [Intent::Stop, Intent::DeleteData, Intent::Person]);
    assert_eq!(order.last(), Some(&Intent::Greeting));
}

#[test]
fn what_is_found_says_why() {
    let (intent, reasons) = because("giá nhiêu").unwrap();
    assert_eq!(intent, Intent::Price);
    assert_eq!(reasons[0], "<price> ~9 <how-much>");
    assert!(reasons[1..].contains(&"P:price".to_owned()), "{reasons:?}");
    assert!(reasons.len() <= 1 + REASONS_MAX, "{reasons:?}");
}

#[test]
fn names_read_back() {
    for intent in Intent::ALL {
        assert_eq!(Intent::parse(intent.as_str()), Some(intent));
    }
    assert_eq!(Intent::parse("none"), None);
}

#[test]
fn what_is_beyond_the_bound_is_not_read() {
    let at = |characters: usize| intent(&format!("{}giá bao nhiêu", "ý ".repeat(characters / 2)));
    assert_eq!(at(CHARS_MAX - 20), Some(Intent::Price));
    assert_eq!(at(CHARS_MAX), None);
}

/// Reads every table: an unknown class or a gap without a length would panic here.
#[test]
fn no_class_is_empty_and_every_pattern_has_words() {
    assert!(classes().values().all(|words| !words.is_empty()));
    let rules = &*RULES;
    let asks = rules.groups.iter().flat_map(|group| &group.asks);
    for pattern in rules.masks.iter().chain(asks) {
        assert!(pattern.words().next().is_some(), "{}", pattern.written);
    }
}

/// Long words, floods of marks, and the worst that patterns could be given: all are read, and none takes long.
#[test]
fn hostile_messages_are_read_like_others() {
    let floods = [
        "a\u{301}",
        "\u{301}",
        "giá ",
        "không ",
        "đơn hàng ",
        "x",
        "0.",
        ",",
        "\u{200b}",
        "ﷺ",
        "İ",
        "🏳️‍🌈",
    ];
    for flood in floods {
        let text = flood.repeat(100_000 / flood.len());
        intent(&text);
        intent(&format!("{text} giá bao nhiêu"));
    }
    // What is drawn as nothing uses up the bound too, or it would not bound the work.
    assert_eq!(intent(&format!("{}giá bao nhiêu", "\u{200b}".repeat(CHARS_MAX))), None);
}

/// Words of the fixtures in any order, with anything between: no panic, the same answer twice, and marks in either form.
#[test]
fn fuzz_intent() {
    let words: Vec<&str> = score::OPEN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    bolero::check!()
        .with_test_time(std::time::Duration::from_millis(300))
        .with_type::<(Vec<(u16, bool)>, String)>()
        .for_each(|(picks, noise)| {
            let mut text = String::new();
            for (pick, with_noise) in picks {
                text += words[usize::from(*pick) % words.len()];
                text += if *with_noise { noise } else { " " };
            }
            let found = because(&text);
            let decomposed: String =
                unicode_normalization::UnicodeNormalization::nfd(text.as_str()).collect();
            if decomposed.chars().count() < CHARS_MAX {
                assert_eq!(because(&decomposed), found, "{text:?}");
            }
        });
}
