//! Cases as staff see to them.

use cloud::table::{
    Surveys,
    surveys::{OpenedCase, StoredCase},
};
use domain::{
    id::{CustomerId, EffectId},
    survey::{Case, CaseKey, CaseState},
};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::DEMO;

use crate::setup::*;

fn surveys(browser: &Browser) -> Surveys {
    Surveys::new(&browser.state.client(), &browser.state.table("SURVEYS_TABLE"))
}

async fn opened(browser: &Browser, n: u32, customer: &CustomerId, text: &str) -> CaseKey {
    let id = EffectId::of(&event(n), "unhappy", "open");
    let opened_at = start() - SignedDuration::from_hours(30) + SignedDuration::from_secs(n.into());
    let due_at = opened_at + SignedDuration::from_hours(24);
    let case = Case {
        key: CaseKey::of(&id, opened_at),
        customer: customer.clone(),
        event: event(n),
        rule: "unhappy".to_owned(),
        about: "DH0001".to_owned(),
        text: text.to_owned(),
        state: CaseState::Open,
        owner: None,
        opened_at,
        due_at,
        remind_at: Some(due_at),
        reminded: 0,
        notes: Vec::new(),
        closed_at: None,
        done: None,
    };
    let key = case.key.clone();
    let stored = StoredCase::new(DEMO, case);
    assert_eq!(surveys(browser).open_case(&stored, &id).await.unwrap(), OpenedCase::Yes);
    key
}

async fn found(browser: &Browser, key: &CaseKey) -> Case {
    surveys(browser).case(DEMO, key).await.unwrap().unwrap().case
}

#[tokio::test]
async fn a_case_is_taken_noted_and_closed_once_however_often_it_is_asked() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let key = opened(&browser, 1, &lan(), "1★ <b>Hộp móp</b>").await;
    let path = format!("/console/cases/{key}");
    let page = browser.get(&path).await.body;
    for said in ["1★ &#60;b&#62;Hộp móp", "mới mở", "quá hạn", "chưa ai", "DH0001"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let customer = browser.get(&format!("/console/customers/{}", lan())).await.body;
    assert!(customer.contains(&path), "{customer}");
    for _ in 0..2 {
        let got = browser.act(&format!("{path}/take"), &[("owner", "chị Mai")]).await;
        assert_eq!(got.place, format!("{path}?done=taken"));
        let got = browser.act(&format!("{path}/note"), &[("text", "Đã gọi <i>khách</i>")]).await;
        assert_eq!(got.place, format!("{path}?done=noted"));
    }
    for _ in 0..2 {
        let got = browser.act(&format!("{path}/close"), &[("text", "Đã gửi hộp mới.")]).await;
        assert_eq!(got.place, format!("{path}?done=closed"));
    }
    let case = found(&browser, &key).await;
    assert_eq!((case.state, case.owner.as_deref()), (CaseState::Closed, Some("chị Mai")));
    assert_eq!((case.notes.len(), case.done.as_deref()), (1, Some("Đã gửi hộp mới.")));
    let page = browser.get(&format!("{path}?lang=en")).await.body;
    assert!(page.contains("closed") && page.contains("Đã gọi &#60;i&#62;"), "{page}");
    assert!(!page.contains("<textarea"), "a closed case takes nothing more");
    let got = browser.act(&format!("{path}/note"), &[("text", "nữa")]).await;
    assert_eq!((got.status, got.code()), (409, "case_closed"));
    let got = browser.act(&format!("{path}/close"), &[("text", "Khác")]).await;
    assert_eq!((got.status, got.code()), (409, "case_closed"));
}

#[tokio::test]
async fn the_list_shows_the_newest_first_and_how_the_loop_is_closed() {
    let mut browser = Browser::logged_in().await;
    let empty = browser.get("/console/cases").await;
    assert!(empty.status == 200 && empty.body.contains("Chưa có vụ việc nào."));
    let mut keys = Vec::new();
    for n in 1..=25 {
        let customer = CustomerId::of(DEMO, &n.to_string());
        keys.push(opened(&browser, n, &customer, &format!("Góp ý số {n}.")).await);
    }
    for key in &keys[..5] {
        let path = format!("/console/cases/{key}/close");
        assert_eq!(browser.act(&path, &[("text", "Đã xong.")]).await.status, 303);
    }
    let list = browser.get("/console/cases").await;
    for said in ["<b>25</b>Mở trong 30 ngày", "<b>20 %</b>Đã đóng", "<b>0</b>", "<b>30 giờ</b>"]
    {
        assert!(list.body.contains(said), "{said}: {}", list.body);
    }
    assert!(list.body.find("Góp ý số 25.").unwrap() < list.body.find("Góp ý số 6.").unwrap());
    assert!(!list.body.contains("Góp ý số 5."));
    let older = list.older().unwrap();
    let older = browser.get(&older).await.body;
    assert!(older.contains("Góp ý số 5.") && older.contains("Góp ý số 1."), "{older}");
}

#[tokio::test]
async fn what_is_empty_too_long_or_of_another_business_changes_nothing() {
    let mut browser = Browser::logged_in().await;
    let key = opened(&browser, 1, &lan(), "Chậm").await;
    let path = format!("/console/cases/{key}");
    let long = "ạ".repeat(201);
    for (verb, field, value, code) in [
        ("take", "owner", " ", "case_word_missing"),
        ("note", "text", "", "case_word_missing"),
        ("close", "text", "", "case_word_missing"),
        ("close", "text", long.as_str(), "case_word_too_long"),
    ] {
        let got = browser.act(&format!("{path}/{verb}"), &[(field, value)]).await;
        assert_eq!((got.status, got.code()), (409, code), "{verb}");
    }
    for (path, code) in [
        ("/console/cases/x/note".to_owned(), "unknown_case"),
        (format!("{}/note", path.replacen("/1", "/2", 1)), "unknown_case"),
        (format!("{path}/burn"), "not_found"),
    ] {
        let got = browser.act(&path, &[("text", "x")]).await;
        assert_eq!((got.status, got.code()), (404, code), "{path}");
    }
    let token = [("text", "x")];
    let got = browser.post(&format!("{path}/close"), &token).await;
    assert_eq!((got.status, got.code()), (403, "csrf_mismatch"));
    let case = found(&browser, &key).await;
    assert_eq!(
        (case.state, case.notes.len(), case.opened_at > Timestamp::MIN),
        (CaseState::Open, 0, true)
    );
}
