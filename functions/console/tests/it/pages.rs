//! Each page, in both languages, and what it says.

use cloud::table::customers::EffectRow;
use domain::{
    event::{Identity, Strength},
    id::EffectId,
    notification::State,
    subject::Subject,
};
use local::demo::state::DEMO;

use crate::setup::*;

/// Largest page, in bytes.
const PAGE_BYTES_MAX: usize = 60_000;

#[tokio::test]
async fn every_page_is_there_in_both_languages() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let id = browser.planned(1, State::Held, Some("night")).await;
    let decision = format!("payment-received: tell=notify({id})");
    browser.wrote(1, "chào quán", &[&decision]).await;
    let customer = format!("/console/customers/{}", lan());
    let account = format!("{customer}/points/diem");
    let explained = format!("{account}/explain");
    let notification = format!("/console/notifications/{id}");
    for (path, vi, en) in [
        ("/console", "Tổng quan", "Overview"),
        ("/console/search?q=lan", "Tìm khách hàng", "Find a customer"),
        (&customer, "Dòng thời gian", "Timeline"),
        (&notification, "Nội dung khách nhận", "What the customer gets"),
        ("/console/points", "Chương trình điểm", "Points programme"),
        ("/console/points/boards/top-month", "Bảng xếp hạng", "Board"),
        (&account, "Sao kê", "Statement"),
        (&explained, "Hai phía của sổ", "Both sides of the books"),
        ("/console/rules", "Quy tắc", "Rules"),
        ("/console/rules/payment-received", "Quy tắc như đã viết", "The rule as written"),
        ("/console/rules/cham", "Cham báo cho", "What Cham tells"),
        ("/console/lists/held", "Đang giữ", "Held"),
        ("/console/lists/failed", "Không gửi được", "Failed"),
        ("/console/lists/unknown", "Chưa rõ kết quả", "Outcome unknown"),
        ("/console/lists/refused", "Không được gửi", "Suppressed"),
        ("/console/lists/shadow", "Chạy thử", "On trial"),
        ("/console/lists/stuck", "Bị kẹt", "Stuck"),
        ("/console/lists/parked", "Chưa rõ khách", "Without a customer"),
        ("/console/lists/conflict", "Mâu thuẫn", "Conflicting"),
    ] {
        let join = if path.contains('?') { '&' } else { '?' };
        for (language, heading) in [("vi", vi), ("en", en)] {
            let got = browser.get(&format!("{path}{join}lang={language}")).await;
            assert_eq!(got.status, 200, "{path}");
            assert!(got.body.contains(&format!("<html lang=\"{language}\">")), "{path}");
            assert!(got.body.contains(heading), "{path}: {heading}");
            assert!(got.body.len() < PAGE_BYTES_MAX, "{path}: {}", got.body.len());
            assert_eq!(got.body.matches("<h1>").count(), 1, "{path}");
        }
    }
}

#[tokio::test]
async fn the_language_that_was_chosen_stays() {
    let mut browser = Browser::logged_in().await;
    assert!(browser.get("/console").await.body.contains("Tổng quan"));
    browser.get("/console?lang=en").await;
    let got = browser.get("/console/search?q=a%20b%26").await;
    assert!(got.body.contains("Nobody was found"), "{}", got.body);
    assert!(
        got.body.contains("/console/search?q=a+b%26&#38;lang=vi"),
        "the switch keeps the search"
    );
    browser.get("/console?lang=fr").await;
    assert!(browser.get("/console").await.body.contains("Overview"));
}

#[tokio::test]
async fn a_customer_is_found_by_number_code_zalo_id_and_name() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let link = format!("/console/customers/{}", lan());
    for asked in [
        "0912345678",
        "0912 345 678",
        "%2B84912345678",
        "84 912.345.678",
        "DH0001",
        "dh0001",
        "Z82BS",
        "z82bs",
        "2468458835291979221",
        "Lan",
        "lan",
        "NGUYEN+th",
        "nguy%E1%BB%85n+lan",
        "thi%20lan",
    ] {
        let got = browser.get(&format!("/console/search?q={asked}")).await;
        assert!(got.body.contains(&link), "{asked}: {}", got.body);
    }
    for nobody in ["0987654321", "DH0002", "an", "ngu", "lann", "hoa", "2468458835291979222"] {
        let got = browser.get(&format!("/console/search?q={nobody}")).await;
        assert!(got.body.contains("Không tìm thấy ai"), "{nobody}");
    }
    assert!(browser.get("/console/search?q=").await.body.contains("ít nhất hai chữ"));
}

#[tokio::test]
async fn a_customers_page_says_who_what_and_why_and_shows_three_digits() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let id = browser.planned(1, State::Held, Some("night")).await;
    let decision = format!("payment-received: tell=notify({id})");
    browser.wrote(1, "cho mình hỏi", &[&decision, "welcome: condition_false"]).await;
    let effect = EffectRow {
        id: EffectId::of(&event(1), "guide", "ask"),
        event: event(1),
        rule: "guide".to_owned(),
        step: "ask".to_owned(),
        kind: "invite".to_owned(),
        detail: "csat".to_owned(),
        outcome: "refused(cool_down)".to_owned(),
        about: "DH0001".to_owned(),
        planned_for_ms: start().as_millisecond(),
    };
    browser.customers().record_effect(DEMO, lan().as_str(), &effect).await.unwrap();
    let got = browser.get(&format!("/console/customers/{}", lan())).await;
    for said in [
        "đuôi 678, đã xác nhận",
        "Khách nhắn tin",
        "cho mình hỏi",
        "Quy tắc “payment-received”: lập một thông báo.",
        "ban đêm, từ 22:00 đến 06:00",
        "Quy tắc “welcome” không làm gì: điều kiện không đúng.",
        "chưa làm: khách vừa được hỏi ý kiến cách đây không lâu",
    ] {
        assert!(got.body.contains(said), "{said}");
    }
    assert!(!got.body.contains("912345678"), "a whole number");
}

#[tokio::test]
async fn a_notifications_page_shows_the_text_as_the_customer_gets_it() {
    let mut browser = Browser::logged_in().await;
    let id = browser.planned(1, State::Failed, Some("payload")).await;
    let got = browser.get(&format!("/console/notifications/{id}")).await;
    for said in [
        "Đã nhận thanh toán",
        "Chào Lan, Cà Phê Sớm đã nhận 350000 đồng cho đơn hàng DH&#60;1&#62;.",
        "Không gửi được: Zalo không nhận nội dung này.",
    ] {
        assert!(got.body.contains(said), "{said}: {}", got.body);
    }
}

#[tokio::test]
async fn a_timeline_is_read_page_by_page_and_nothing_stands_twice() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    for n in 0..45 {
        browser.wrote(n, &format!("tin số {n:03}"), &[]).await;
    }
    let mut target = format!("/console/customers/{}", lan());
    let mut seen = Vec::new();
    for _ in 0..3 {
        let got = browser.get(&target).await;
        seen.extend(
            got.body
                .match_indices("tin số ")
                .map(|(at, word)| got.body[at + word.len()..at + word.len() + 3].to_owned()),
        );
        let (_, rest) = got.body.rsplit_once("?cursor=").unwrap_or_default();
        let cursor = rest.split('"').next().unwrap_or_default();
        target = format!("/console/customers/{}?cursor={cursor}", lan());
    }
    let expected: Vec<String> = (0..45).rev().map(|n| format!("{n:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_overview_and_the_lists_count_what_there_is() {
    let mut browser = Browser::logged_in().await;
    browser.planned(1, State::Held, Some("night")).await;
    browser.planned(2, State::Failed, Some("payload")).await;
    browser.planned(3, State::Shadow, None).await;
    browser.customers().stick(DEMO, "zns-dispatch", "r1", "bad_key", start()).await.unwrap();
    let body = browser.get("/console").await.body;
    for (count, list) in [(1, "held"), (1, "failed"), (0, "unknown"), (1, "shadow"), (1, "stuck")] {
        let line = format!("<b>{count}</b><a href=\"/console/lists/{list}\">");
        assert!(body.contains(&line), "{line}");
    }
    assert!(
        browser.get("/console/lists/stuck").await.body.contains("khóa của dòng không đọc được")
    );
    assert!(browser.get("/console/lists/failed").await.body.contains("Gửi lại"));
    let rule = browser.get("/console/rules/payment-received").await.body;
    assert!(rule.contains("Lẽ ra đã gửi khi chạy thử") && rule.contains("- id: payment-received"));
    assert!(!rule.contains("- id: welcome"), "another rule");
}

#[tokio::test]
async fn a_rule_with_many_notifications_says_that_only_the_newest_are_counted() {
    let mut browser = Browser::logged_in().await;
    for n in 0..30 {
        browser.planned(n, State::Failed, Some("payload")).await;
    }
    let body = browser.get("/console").await.body;
    assert!(body.contains("<b>25+</b><a href=\"/console/lists/failed\">"), "{body}");
    assert!(body.contains("Chỉ tính các thông báo mới nhất"));
    for path in ["/console/lists/failed", "/console/rules/payment-received"] {
        let newest = browser.get(path).await;
        assert!(newest.body.len() < PAGE_BYTES_MAX, "{path}: {}", newest.body.len());
        assert_eq!(notifications(&newest).len(), 25, "{path}");
        let older = browser.get(&newest.older().unwrap()).await;
        assert_eq!(notifications(&older).len(), 5, "{path}");
        assert_eq!(older.older(), None, "{path}");
        assert!(older.body.contains("Về mới nhất"));
    }
}

/// The notifications that a page links to, in its order.
fn notifications(got: &Got) -> Vec<String> {
    let links = got.body.split("<a href=\"/console/notifications/").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Goal: a list over many rules, many of whose notifications were planned in one instant, shows each of them once and the
/// newest first. Method: page by page, as links lead on; among those that stand on the list lie others.
#[tokio::test]
async fn a_list_is_read_to_its_end_and_nothing_stands_twice() {
    let mut browser = Browser::logged_in().await;
    let mut expected = Vec::new();
    for n in 0..220 {
        let state = if n % 3 == 0 { State::Sent } else { State::Failed };
        let mut planned = notification(n, state, None);
        planned.cause.rule = ["payment-received", "welcome", "cham"][n as usize % 3].to_owned();
        // Sixty in one instant.
        planned.planned_at = later(i64::from(if (80..140).contains(&n) { 100 } else { n }));
        browser.notifications().plan(&planned).await.unwrap();
        if state == State::Failed {
            expected.push((std::cmp::Reverse(planned.planned_at), planned.id.to_string()));
        }
    }
    expected.sort();
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut next = Some("/console/lists/failed".to_owned());
    while let Some(path) = next {
        let got = browser.get(&path).await;
        assert_eq!(got.status, 200);
        found.extend(notifications(&got));
        next = got.older();
        pages += 1;
    }
    assert_eq!(found, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    assert_eq!(pages, 6);
}

/// Goal: who looks for something rare is shown a page in time, and the way on.
#[tokio::test]
async fn a_list_whose_newest_are_all_of_other_states_says_so_and_leads_on() {
    let mut browser = Browser::logged_in().await;
    let rare = browser.planned(0, State::Unknown, None).await;
    for n in 1..560 {
        browser.planned(n, State::Delivered, None).await;
    }
    let got = browser.get("/console/lists/unknown").await;
    assert!(got.body.contains("Chưa thấy gì trong phần đã xem"), "{}", got.body);
    let older = browser.get(&got.older().unwrap()).await;
    assert_eq!((notifications(&older), older.older()), (vec![rare.to_string()], None));
}

#[tokio::test]
async fn the_overview_has_one_address() {
    let mut browser = Browser::logged_in().await;
    for (path, place) in [
        ("/console/", "/console"),
        ("/console/?lang=en", "/console?lang=en"),
        ("/console/?q=a%20b%26&done=paused", "/console?q=a+b%26&done=paused"),
    ] {
        let got = browser.get(path).await;
        assert_eq!((got.status, got.place.as_str()), (308, place), "{path}");
    }
}

#[tokio::test]
async fn what_cham_tells_by_itself_has_its_page() {
    let mut browser = Browser::logged_in().await;
    let mut alarm = notification(1, State::Failed, Some("payload"));
    alarm.cause.rule = "cham".to_owned();
    browser.notifications().plan(&alarm).await.unwrap();
    let list = browser.get("/console/lists/failed").await;
    assert!(notifications(&list) == [alarm.id.to_string()]);
    let one = browser.get(&format!("/console/notifications/{}", alarm.id)).await.body;
    assert!(one.contains("href=\"/console/rules/cham\""), "{one}");
    let own = browser.get("/console/rules/cham").await;
    assert_eq!((own.status, notifications(&own)), (200, vec![alarm.id.to_string()]));
    assert!(own.body.contains("Cham báo cho người của doanh nghiệp"));
}

#[tokio::test]
async fn the_rules_say_how_many_codes_their_pools_have() {
    let mut browser = Browser::logged_in().await;
    let left = |body: &str, left: usize, given: usize| {
        let left = format!("data-label=\"Mã còn lại\"><b>{left}</b>");
        let given = format!("data-label=\"Mã đã phát\">{given}</td>");
        assert!(body.contains(&left) && body.contains(&given), "{left} {given}: {body}");
    };
    let free = browser.codes_left("hoi-gia");
    assert!(free > 3);
    for path in ["/console/rules", "/console/rules/price-asked"] {
        left(&browser.get(path).await.body, free, 0);
    }
    assert!(!browser.get("/console/rules/welcome").await.body.contains("Kho mã"));
    let rewards = browser.rewards();
    for n in 0..2 {
        let marker = format!("m{n}");
        rewards.take(DEMO, "hoi-gia", &lan(), &[], &marker, &event(n)).await.unwrap();
    }
    left(&browser.get("/console/rules/price-asked").await.body, free - 2, 2);
    browser
        .rules("[{id: a, on: customer.followed, then: [{id: b, voucher: {pool: trong}}]}]")
        .await;
    let empty = browser.get("/console/rules").await.body;
    left(&empty, 0, 0);
    assert!(empty.contains("hết mã"));
}

const WITH_GOALS: &str = "
- id: payment-received
  goal: {metric: delivered_rate, target: 0.95}
  on: payment.matched
  then: [{id: a, tag: a}]
- id: welcome
  goal: {metric: rating_mean, target: 4.5}
  on: customer.followed
  then: [{id: a, tag: a}]
- id: on-its-way
  goal: {metric: response_rate, target: 30}
  on: shipment.delivered
  then: [{id: a, invite: {survey: csat-delivery}}]
";

#[tokio::test]
async fn a_goal_is_measured_on_the_last_five_hundred_or_says_why_not() {
    let mut browser = Browser::logged_in().await;
    browser.rules(WITH_GOALS).await;
    let rule = "/console/rules/payment-received";
    let none = browser.get(rule).await.body;
    assert!(
        none.contains("<dd>95 %</dd>") && none.contains("chưa đo được: chưa gửi tin nào"),
        "{none}"
    );
    for n in 0..520 {
        // The oldest twenty would spoil the rate, and are not counted.
        let state = match n {
            0..20 => State::Sent,
            20..120 => State::Shadow,
            120..140 => State::Sent,
            140..150 => State::Failed,
            _ => State::Delivered,
        };
        browser.planned(n, state, None).await;
    }
    let got = browser.get(rule).await.body;
    for said in [
        "<dd>500 (những tin mới nhất; tin cũ hơn không tính)</dd>",
        "<dt>Đã quyết định gửi</dt><dd>400</dd>",
        "<dt>Đã gửi</dt><dd>390</dd>",
        "<dt>Đã đến máy</dt><dd>370</dd>",
        "<b>94.8 %</b>",
    ] {
        assert!(got.contains(said), "{said}: {got}");
    }
    for (rule, target, why) in [
        ("welcome", "<dd>4.5</dd>", "quy tắc này không hỏi khảo sát nào"),
        ("on-its-way", "<dd>30 %</dd>", "30 ngày qua chưa đủ câu trả lời"),
    ] {
        let got = browser.get(&format!("/console/rules/{rule}")).await.body;
        assert!(got.contains(target) && got.contains(why), "{got}");
    }
}

#[tokio::test]
async fn what_is_only_claimed_is_shown_and_says_so() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let claimed = Subject::Zalo { oa: "2893352839501541173".to_owned(), user: "77".to_owned() };
    let identity = Identity { subject: claimed.clone(), phone: None };
    let other = domain::id::CustomerId::of(DEMO, "other");
    browser.customers().link_first(DEMO, &identity, &other, Strength::Proven).await.unwrap();
    let noted = browser.customers();
    noted.note_identity(DEMO, &lan(), &claimed, Strength::Claimed).await.unwrap();
    let body = browser.get(&format!("/console/customers/{}", lan())).await.body;
    assert!(body.contains("khách tự khai"), "{body}");
    assert!(body.contains(&format!("/console/customers/{other}")), "the way to whose it is");
}
