//! From the first question to the thanks: by every way that a person takes.

use cloud::table::surveys::State;
use domain::survey::Answer;

use crate::setup::*;

#[tokio::test]
async fn a_content_customer_is_asked_three_questions_and_thanked() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let first = door.open(&link, later(60)).await;
    assert_eq!((first.status, first.question().as_str()), (200, "stars"));
    assert!(first.says("Về đơn DH0001") && first.says("Câu 1 trên 3"), "{}", first.body);
    assert!(first.back().is_empty());
    let second = door.send(&link, &first, &[("a", "5")], later(61)).await;
    assert_eq!(second.question(), "words");
    assert!(second.says("Bạn chấm 5. Nhắn gì thêm?") && second.says("Câu 2 trên 3"));
    let third = door.send(&link, &second, &[("a", " Ca\u{300} phê ")], later(62)).await;
    assert_eq!(third.question(), "nps");
    assert!(third.says(">Gửi<"), "{}", third.body);
    let thanks = door.send(&link, &third, &[("a", "10")], later(63)).await;
    assert!(thanks.says("Hẹn gặp lại!"), "{}", thanks.body);
    let response = door.response(&link).await;
    assert_eq!((response.state, response.answered_at), (State::Answered, Some(later(63))));
    assert_eq!(response.answers.given["words"], Answer::Text("Cà phê".to_owned()));
    // Whoever opens it again is thanked again.
    assert!(door.open(&link, later(99_999_999)).await.says("Hẹn gặp lại!"));
}

#[tokio::test]
async fn who_is_not_content_is_asked_why() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let page = door.open(&link, later(1)).await;
    let page = door.send(&link, &page, &[("a", "2")], later(2)).await;
    assert_eq!(page.question(), "why");
    assert!(page.says("Chọn nhiều nhất 2") && page.says("Câu 2 trên 4"));
    let wrong =
        door.send(&link, &page, &[("a", "late"), ("a", "broken"), ("a", "rude")], later(3)).await;
    assert_eq!((wrong.status, wrong.question().as_str()), (422, "why"));
    assert!(wrong.says("Bạn chọn quá nhiều.") && wrong.says("value=\"rude\" checked"));
    let page = door.send(&link, &wrong, &[("a", "late"), ("a", "broken")], later(4)).await;
    let page = door.send(&link, &page, &[], later(5)).await;
    let thanks = door.send(&link, &page, &[("a", "0")], later(6)).await;
    assert!(thanks.says("Quán xin lỗi bạn."));
    let answers = door.response(&link).await.answers.given;
    assert_eq!(answers["words"], Answer::Skipped);
}

#[tokio::test]
async fn what_was_answered_is_there_when_the_page_is_opened_again() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let page = door.open(&link, later(1)).await;
    door.send(&link, &page, &[("a", "4")], later(2)).await;
    let again = door.open(&link, later(3_600)).await;
    assert_eq!(again.question(), "words");
    // A step back shows the answer, and another one takes another way.
    let back = door.get(&again.back(), later(3_601)).await;
    assert_eq!(back.question(), "stars");
    assert!(back.says("value=\"4\" checked"), "{}", back.body);
    let why = door.send(&link, &back, &[("a", "1")], later(3_602)).await;
    assert_eq!(why.question(), "why");
    // Nobody gets ahead of the questions.
    let ahead = door.get(&format!("/s/{}?q=nps", link.as_str()), later(3_603)).await;
    assert_eq!(ahead.question(), "why");
    assert!(door.send(&link, &why, &[("a", "late")], later(3_604)).await.question() == "words");
    let back = door.get(&format!("/s/{}?q=stars", link.as_str()), later(3_605)).await;
    let page = door.send(&link, &back, &[("a", "5")], later(3_606)).await;
    let page = door.send(&link, &page, &[], later(3_607)).await;
    door.send(&link, &page, &[("a", "9")], later(3_608)).await;
    let kept = door.response(&link).await.answers.given;
    assert_eq!(
        kept.keys().collect::<Vec<_>>(),
        ["nps", "stars", "words"],
        "why was not asked after all"
    );
}

#[tokio::test]
async fn the_page_is_there_in_english_and_stays_so() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let page = door.get(&format!("/s/{}?lang=en", link.as_str()), later(1)).await;
    assert!(
        page.says("<html lang=\"en\">")
            && page.says("Are you content?")
            && page.says("Question 1 of 3")
    );
    let page = door.send(&link, &page, &[("a", "5")], later(2)).await;
    // What is not translated is asked in Vietnamese, on an English page.
    assert!(page.says("<html lang=\"en\">") && page.says("Nhắn gì thêm?") && page.says("Optional"));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_kept_once() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let first = door.open(&link, later(1)).await;
    let second = door.send(&link, &first, &[("a", "5")], later(2)).await;
    assert_eq!(door.send(&link, &first, &[("a", "5")], later(3)).await.question(), "words");
    let third = door.send(&link, &second, &[], later(4)).await;
    door.send(&link, &third, &[("a", "9")], later(5)).await;
    let rows = door.state.rows_of(&door.state.table("SURVEYS_TABLE"));
    for page in [&first, &second, &third] {
        let again = door.send(&link, page, &[("a", "1")], later(6)).await;
        assert!(again.says("Hẹn gặp lại!"), "{}", again.body);
    }
    assert_eq!(door.state.rows_of(&door.state.table("SURVEYS_TABLE")), rows);
}

#[tokio::test]
async fn two_devices_with_one_link_fill_in_one_response() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let (phone, desk) = (door.open(&link, later(1)).await, door.open(&link, later(1)).await);
    let phone = door.send(&link, &phone, &[("a", "5")], later(2)).await;
    let desk = door.send(&link, &desk, &[("a", "2")], later(3)).await;
    assert_eq!((phone.question().as_str(), desk.question().as_str()), ("words", "why"));
    // The phone is on a way on which it has not been asked why.
    let phone = door.send(&link, &phone, &[("a", "Từ điện thoại")], later(4)).await;
    assert_eq!(phone.question(), "why");
    let desk = door.send(&link, &desk, &[("a", "late")], later(5)).await;
    assert_eq!(desk.question(), "nps");
    let (a, b) = tokio::join!(
        door.send(&link, &desk, &[("a", "3")], later(6)),
        door.send(&link, &desk, &[("a", "4")], later(6)),
    );
    assert!(a.says("Quán xin lỗi bạn.") && b.says("Quán xin lỗi bạn."));
    let response = door.response(&link).await;
    assert_eq!(response.state, State::Answered);
    assert_eq!(response.answers.given["words"], Answer::Text("Từ điện thoại".to_owned()));
}

#[tokio::test]
async fn a_link_that_is_over_says_so_even_in_the_middle() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let page = door.open(&link, later(1)).await;
    let over = later(24 * 3_600);
    let got = door.send(&link, &page, &[("a", "5")], over).await;
    assert_eq!((got.status, got.code()), (410, "link_over"));
    let got = door.open(&link, over).await;
    assert_eq!((got.status, got.code()), (410, "link_over"));
    assert!(door.response(&link).await.answers.given.is_empty());
}

#[tokio::test]
async fn a_quota_lets_nobody_begin_or_end_what_is_one_too_many() {
    let door = Door::with(&SURVEY.replace("title:", "quota: 1\n  title:")).await;
    let (lan, minh, hoa) = (door.invite(1).await, door.invite(2).await, door.invite(3).await);
    let to_the_last = async |link| {
        let page = door.open(link, later(1)).await;
        let page = door.send(link, &page, &[("a", "5")], later(2)).await;
        door.send(link, &page, &[], later(3)).await
    };
    let (of_lan, of_minh) = (to_the_last(&lan).await, to_the_last(&minh).await);
    assert!(door.send(&lan, &of_lan, &[("a", "9")], later(4)).await.says("Hẹn gặp lại!"));
    let full = door.send(&minh, &of_minh, &[("a", "9")], later(5)).await;
    assert_eq!((full.status, full.code()), (410, "survey_full"));
    assert!(!door.response(&minh).await.answers.given.contains_key("nps"));
    let full = door.open(&hoa, later(6)).await;
    assert_eq!((full.status, full.code()), (410, "survey_full"));
    assert!(door.open(&lan, later(7)).await.says("Hẹn gặp lại!"));
}

#[tokio::test]
async fn a_page_costs_at_most_two_units_and_the_last_one_of_a_quota_six() {
    let door = Door::with(&SURVEY.replace("title:", "quota: 9\n  title:")).await;
    let link = door.invite(1).await;
    // The tenant and its rules are read once and kept.
    let mut page = door.open(&link, later(1)).await;
    let mut spent = Vec::new();
    for (n, value) in [(2, "5"), (3, "Ngon"), (4, "9")] {
        let mark = door.state.faults.mark();
        page = door.send(&link, &page, &[("a", value)], later(n)).await;
        let units = door.state.faults.units_since(mark);
        spent.push(units.write + units.read);
    }
    assert!(page.says("Hẹn gặp lại!"));
    assert_eq!(spent, [2.0, 2.0, 5.0]);
}
