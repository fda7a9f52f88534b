//! Attaching by hand: what waits is listed, also after people were told; who it is given to is said once.

use cloud::table::customers::{Attach, DueKind, TimelineRow};
use domain::{
    event::{Identity, Strength},
    id::CustomerId,
    phone::Phone,
    subject::Subject,
};
use jiff::SignedDuration;
use local::demo::state::{DEMO, secrets};
use serde_json::json;

use crate::setup::*;

fn order(code: &str) -> Subject {
    Subject::Order(code.to_owned())
}

fn page_of(code: &str) -> String {
    format!("/console/attach?thing=order%3A{code}")
}

impl Browser {
    /// A payment for an order that nobody has spoken of.
    async fn parks(&self, n: u32, code: &str) {
        let payment = Subject::Payment { source: "sepay".to_owned(), id: n.to_string() };
        let key = json!({"pk": format!("{DEMO}#{payment}"), "sk": format!("1#{}", event(n))});
        let key = serde_json::from_value(key).unwrap();
        let until = start() + SignedDuration::from_hours(24) + SignedDuration::from_secs(n.into());
        let customers = self.customers();
        customers.park(DEMO, &order(code), &event(n), later(n.into()), &key, until).await.unwrap();
    }

    /// People are told of all that is parked.
    async fn told_of_all(&self) {
        let later = start() + SignedDuration::from_hours(48);
        for due in self.customers().due(DueKind::Parked, later).await.unwrap() {
            self.customers().told_of(&due).await.unwrap();
        }
    }

    async fn said_of(&self, code: &str) -> Option<Attach> {
        self.customers().to_attach(DEMO, &order(code)).await.unwrap()
    }
}

#[tokio::test]
async fn what_waits_stays_on_the_list_after_people_were_told() {
    let mut browser = Browser::logged_in().await;
    for n in 0..30 {
        browser.parks(n, &format!("DH9{n:03}")).await;
    }
    let waiting = browser.get("/console/lists/parked").await;
    assert_eq!(waiting.body.matches("href=\"/console/attach?thing=").count(), 30);
    assert!(!waiting.body.contains("Quá hạn, đã báo") && waiting.body.contains("Đang chờ"));
    browser.told_of_all().await;
    browser.parks(40, "DH9040").await;
    let body = browser.get("/console").await.body;
    assert!(body.contains("<b>26+</b><a href=\"/console/lists/parked\">"), "{body}");
    let told = browser.get("/console/lists/parked").await;
    assert_eq!(told.body.matches("Quá hạn, đã báo").count(), 25);
    assert_eq!(told.body.matches("href=\"/console/attach?thing=").count(), 26);
    let older = browser.get(&told.older().unwrap()).await;
    assert_eq!(older.body.matches("Quá hạn, đã báo").count(), 5);
    assert_eq!(older.older(), None);
    assert!(older.body.contains(&page_of("DH9029")), "{}", older.body);
    let bad = browser.get("/console/lists/parked?cursor=cA").await;
    assert_eq!((bad.status, bad.code()), (400, "bad_cursor"));
}

#[tokio::test]
async fn a_customer_is_looked_for_and_chosen_and_a_second_click_changes_nothing() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.parks(1, "DH0009").await;
    browser.parks(2, "DH0009").await;
    browser.told_of_all().await;
    let page = browser.get(&page_of("DH0009")).await.body;
    assert!(page.contains("Gắn vào khách: Đơn hàng DH0009"), "{page}");
    assert_eq!(page.matches("<time>").count(), 2, "what waits");
    for asked in ["nguyen lan", "0912345678", "2468458835291979221", "DH0001"] {
        let find = "/console/attach/find?thing=order%3ADH0009";
        let got = browser.act(find, &[("q", asked)]).await;
        assert_eq!(got.status, 200);
        let choice = format!("name=\"customer\" value=\"{}\"", lan());
        assert!(got.body.contains(&choice), "{asked}: {}", got.body);
        assert!(!got.body.contains("Khách mới"), "{asked}");
    }
    for minutes in [0, 5] {
        browser.now = later(60 * minutes);
        let id = lan().to_string();
        let got = browser.act(&page_of("DH0009"), &[("customer", &id)]).await;
        assert_eq!(got.place, "/console/lists/parked?done=attached");
    }
    let said = browser.said_of("DH0009").await.unwrap();
    assert_eq!((&said.customer, said.by.as_str(), said.at), (&lan(), "quay", start()));
    assert!(matches!(said.identity, Subject::Phone(_)), "messages reach a number");
    assert_eq!(said.event, event(1));
    let page = browser.get(&page_of("DH0009")).await.body;
    assert!(page.contains("Đang gắn vào khách") && page.contains("quay, 20/11/2026"), "{page}");
    assert!(!page.contains("name=\"q\" type=\"search\" maxlength=\"100\" required"), "no form");
    let list = browser.get("/console/lists/parked?done=attached").await.body;
    assert!(list.contains("Sẽ gắn vào khách trong phút tới."));
}

#[tokio::test]
async fn somebody_elses_choice_stands_and_so_does_what_an_event_says() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let minh = CustomerId::of(DEMO, "minh");
    let zalo = Subject::Zalo { oa: "2893352839501541173".to_owned(), user: "77".to_owned() };
    let identity = Identity { subject: zalo, phone: None };
    browser.customers().link_first(DEMO, &identity, &minh, Strength::Proven).await.unwrap();
    browser.parks(1, "DH0009").await;
    let (lan_id, minh_id) = (lan().to_string(), minh.to_string());
    browser.act(&page_of("DH0009"), &[("customer", &minh_id)]).await;
    let got = browser.act(&page_of("DH0009"), &[("customer", &lan_id)]).await;
    assert_eq!((got.status, got.code()), (409, "already_attached"));
    assert_eq!(browser.said_of("DH0009").await.unwrap().customer, minh);
    // DH0001 is Lan's: whoever comes late with the same is done, and with another is told so.
    let got = browser.act(&page_of("DH0001"), &[("customer", &lan_id)]).await;
    assert_eq!((got.status, got.place.as_str()), (303, "/console/lists/parked?done=attached"));
    let got = browser.act(&page_of("DH0001"), &[("customer", &minh_id)]).await;
    assert_eq!((got.status, got.code()), (409, "has_customer"));
    let page = browser.get(&page_of("DH0001")).await.body;
    assert!(page.contains("Đã thuộc về một khách") && page.contains(&lan_id));
    assert_eq!(browser.said_of("DH0001").await, None);
}

#[tokio::test]
async fn a_number_that_nobody_has_becomes_a_customer() {
    let mut browser = Browser::logged_in().await;
    browser.parks(1, "DH0009").await;
    let find = "/console/attach/find?thing=order%3ADH0009";
    let got = browser.act(find, &[("q", "0987 654 321")]).await;
    assert!(got.body.contains("Khách mới với số này, đuôi 321"), "{}", got.body);
    for _ in 0..2 {
        let got = browser.act(&page_of("DH0009"), &[("phone", "+84987654321")]).await;
        assert_eq!((got.status, got.place.as_str()), (303, "/console/lists/parked?done=attached"));
    }
    let phone = Phone::parse("0987654321").unwrap();
    let key = Subject::Phone(secrets().pepper().unwrap().key(&phone));
    let link = browser.customers().link(DEMO, &key).await.unwrap().unwrap();
    assert_eq!((link.phone, link.strength), (Some(phone), Strength::Proven));
    let said = browser.said_of("DH0009").await.unwrap();
    assert_eq!((said.identity, said.customer), (key, link.customer));
}

#[tokio::test]
async fn the_timeline_says_who_has_attached_what() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    let row = TimelineRow {
        time: start(),
        event: event(1),
        kind: "thing.attached".to_owned(),
        subject: order("DH0009"),
        line: "quay".to_owned(),
        decisions: Vec::new(),
    };
    browser.customers().note(DEMO, &lan(), &row).await.unwrap();
    let body = browser.get(&format!("/console/customers/{}", lan())).await.body;
    assert!(body.contains("<b>Đã gắn vào khách bằng tay</b>"), "{body}");
    assert!(body.contains("<p>Đơn hàng DH0009 (quay)</p>"), "{body}");
}

#[tokio::test]
async fn what_is_no_thing_no_customer_or_no_form_of_ours_attaches_nothing() {
    let mut browser = Browser::logged_in().await;
    browser.with_lan().await;
    browser.parks(1, "DH0009").await;
    let phone = format!("phone%3A{}", "0".repeat(32));
    for thing in ["", "DH0009", "fax%3A1", "order%3A", "order%3ADH0008", &phone] {
        let got = browser.get(&format!("/console/attach?thing={thing}")).await;
        assert_eq!((got.status, got.code()), (404, "not_parked"), "{thing}");
        let fields = [("customer", lan().to_string())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let got = browser.act(&format!("/console/attach?thing={thing}"), &fields).await;
        assert_eq!((got.status, got.code()), (404, "not_parked"), "{thing}");
    }
    let nobody = CustomerId::of(DEMO, "nobody");
    let claimed = CustomerId::of(DEMO, "claimed");
    let zalo = Subject::Zalo { oa: "2893352839501541173".to_owned(), user: "78".to_owned() };
    let customers = browser.customers();
    customers.note_identity(DEMO, &claimed, &zalo, Strength::Claimed).await.unwrap();
    for (customer, status, code) in [
        ("x".to_owned(), 404, "unknown_customer"),
        (nobody.to_string(), 404, "unknown_customer"),
        (claimed.to_string(), 409, "no_identity"),
    ] {
        let got = browser.act(&page_of("DH0009"), &[("customer", &customer)]).await;
        assert_eq!((got.status, got.code()), (status, code));
    }
    let id = lan().to_string();
    let got = browser.post(&page_of("DH0009"), &[("customer", &id)]).await;
    assert_eq!((got.status, got.code()), (403, "csrf_mismatch"));
    assert_eq!(browser.said_of("DH0009").await, None);
}
