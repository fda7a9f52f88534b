//! Links, forms and texts that nobody sends by mistake.

use domain::{
    id::{EffectId, EventId},
    phone::Pepper,
    survey::{Answer, Link},
};
use feedback_survey::FORM_BYTES_MAX;

use crate::setup::*;

const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)> \" ' & </main> {{ 7*7 }}";

#[tokio::test]
async fn links_that_nobody_was_given_lead_to_one_page_that_says_nothing() {
    let door = Door::new().await;
    door.invite(1).await;
    let invitation = EffectId::of(&EventId::of("t", "s", "k"), "r", "s");
    let other = Link::of(&Pepper::new(b"another-business-pepper").unwrap(), &invitation);
    let mut bodies = Vec::new();
    for link in [other.as_str(), "x", "aaaaaaaaaaa", "..%2f", "%00", &"a".repeat(3_000)] {
        let got = door.get(&format!("/s/{link}"), later(1)).await;
        assert_eq!((got.status, got.code()), (404, "unknown_link"), "{link}");
        bodies.push(got.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    let got = door.post_fields(&other, &[("q", "stars"), ("a", "5")], &[], later(1)).await;
    assert_eq!((got.status, got.code()), (404, "unknown_link"));
}

#[tokio::test]
async fn a_form_of_another_site_another_link_or_nobody_is_not_taken() {
    let door = Door::new().await;
    let (lan, minh) = (door.invite(1).await, door.invite(2).await);
    let of_minh = door.open(&minh, later(1)).await;
    let got = door.send(&lan, &of_minh, &[("a", "5")], later(2)).await;
    assert_eq!((got.status, got.code()), (403, "form_not_ours"));
    let mut page = door.open(&lan, later(3)).await;
    let (q, f) = (page.field("q"), page.field("f"));
    for fields in [
        vec![("q", q.as_str()), ("a", "5")],
        vec![("q", q.as_str()), ("f", ""), ("a", "5")],
        vec![("q", q.as_str()), ("f", "00"), ("a", "5")],
        vec![("q", "nps"), ("f", f.as_str()), ("a", "5")],
        vec![],
    ] {
        let got = door.post_fields(&lan, &fields, &[], later(4)).await;
        assert_eq!((got.status, got.code()), (403, "form_not_ours"), "{fields:?}");
    }
    let fields = [("q", q.as_str()), ("f", f.as_str()), ("a", "5")];
    for from in ["cross-site", "same-site"] {
        let got = door.post_fields(&lan, &fields, &[("sec-fetch-site", from)], later(5)).await;
        assert_eq!((got.status, got.code()), (403, "form_not_ours"), "{from}");
    }
    assert!(door.response(&lan).await.answers.given.is_empty());
    let got = door.post_fields(&lan, &fields, &[("sec-fetch-site", "same-origin")], later(6)).await;
    assert_eq!(got.status, 303);
    page.body.clear();
}

#[tokio::test]
async fn texts_are_shown_as_they_are_written_and_run_nothing() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let page = door.open(&link, later(1)).await;
    let page = door.send(&link, &page, &[("a", "5")], later(2)).await;
    door.send(&link, &page, &[("a", HOSTILE)], later(3)).await;
    let back = door.get(&format!("/s/{}?q=words", link.as_str()), later(4)).await;
    for broken in ["<script", "<img", "</main> {{"] {
        assert!(!back.says(broken), "{broken}");
    }
    assert!(back.says("&#60;script&#62;alert(1)"), "{}", back.body);
    assert_eq!(door.response(&link).await.answers.given["words"], Answer::Text(HOSTILE.to_owned()));
    // What was refused is shown again as well.
    let long = format!("{HOSTILE}{}", "a".repeat(500));
    let refused = door.send(&link, &back, &[("a", &long)], later(5)).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.says("<script") && refused.says("&#60;script"));
    for query in ["q=<script>", "lang=<script>", "r=<script>"] {
        assert!(
            !door.get(&format!("/s/{}?{query}", link.as_str()), later(6)).await.says("<script")
        );
    }
}

#[tokio::test]
async fn answers_that_are_none_are_refused_with_their_reason_and_nothing_is_kept() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let page = door.open(&link, later(1)).await;
    for value in ["", "0", "6", "-1", "1e9", "five", "5; DROP TABLE", "\u{0}"] {
        let got = door.send(&link, &page, &[("a", value)], later(2)).await;
        assert_eq!((got.status, got.question().as_str()), (422, "stars"), "{value}");
        assert!(got.says("role=\"alert\""), "{value}");
    }
    let large = "a".repeat(FORM_BYTES_MAX);
    let got = door.send(&link, &page, &[("a", &large)], later(3)).await;
    assert_eq!((got.status, got.code()), (413, "form_too_large"));
    let body = Some(b"\xff\xfe&&=&a=%zz".to_vec());
    let got = door.ask("POST", &format!("/s/{}", link.as_str()), body, &[], later(3)).await;
    assert_eq!(got.code(), "form_not_ours");
    assert!(door.response(&link).await.answers.given.is_empty());
}

#[tokio::test]
async fn every_page_keeps_to_itself_and_is_small() {
    let door = Door::new().await;
    let link = door.invite(1).await;
    let style = door.get("/s/style.css?v=1", later(1)).await;
    assert_eq!(
        (style.status, style.headers["content-type"].as_str()),
        (200, "text/css; charset=utf-8")
    );
    let page = door.open(&link, later(1)).await;
    let unknown = door.get("/s/x", later(1)).await;
    for got in [&page, &unknown] {
        let policy = &got.headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert_eq!(got.headers["cache-control"], "no-store");
        assert_eq!(got.headers["referrer-policy"], "no-referrer");
        assert!(!got.says("<script") && !got.says("http://") && !got.says("https://"));
        assert!(got.body.len() + style.body.len() < 30 * 1024);
    }
}
