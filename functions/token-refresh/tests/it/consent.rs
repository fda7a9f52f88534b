//! An admin follows the link, agrees at Zalo and comes back; and everybody who is no such admin.

use aws_lambda_events::{apigw::ApiGatewayV2httpRequest, encodings::Body};
use domain::custody::{ConsentLink, End, Why};
use http::header::LOCATION;
use jiff::SignedDuration;
use local::demo::state::{DEMO, secrets};
use serde_json::json;
use testkit::stand_in::{StandInSettings, ZaloFault};
use token_refresh::http;

use crate::setup::*;

/// What an admin sees: the status, where it goes on to, and the page.
struct Seen {
    status: i64,
    place: String,
    page: String,
}

impl Office {
    async fn get(&self, address: &str) -> Seen {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let path_and_query = rest.find('/').map_or("/", |at| &rest[at..]);
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let event = json!({"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {}, "isBase64Encoded": false,
            "requestContext": {"http": {"method": "GET", "path": path}}});
        let request: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
        let answer = http(&self.function(), &request, &self.invocation("admin")).await;
        let place = answer.headers.get(LOCATION).map(|place| place.to_str().unwrap().to_owned());
        let page = match answer.body {
            Some(Body::Text(page)) => page,
            _ => String::new(),
        };
        Seen { status: answer.status_code, place: place.unwrap_or_default(), page }
    }

    fn link(&self) -> String {
        let until = self.now() + hours(24);
        let query =
            ConsentLink { tenant: DEMO.to_owned(), until }.query(&secrets().pepper().unwrap());
        format!("/oa/connect/{DEMO}?{query}")
    }

    /// As far as Zalo's button.
    async fn agreed(&self) -> String {
        let out = self.get(&self.link()).await;
        assert_eq!(out.status, 302, "{}", out.page);
        self.zalo.agree(&out.place).unwrap()
    }

    #[track_caller]
    fn refused(seen: &Seen, status: i64, code: &str) {
        assert!(seen.status == status && seen.page.contains(code), "{} {}", seen.status, seen.page);
        assert!(seen.page.contains("<h1>") && seen.page.contains("lang=\"vi\""));
    }
}

#[tokio::test]
async fn an_admin_who_agrees_has_connected_the_account_and_the_pair_before_is_over() {
    let office = Office::new().await;
    let back = office.agreed().await;
    assert!(
        back.starts_with("http://") && back.contains("/oa/callback/ca-phe-som?code="),
        "{back}"
    );
    let seen = office.get(&back).await;
    assert_eq!(seen.status, 200, "{}", seen.page);
    assert!(seen.page.contains(OA) && !seen.page.contains("code="));
    let found = office.credential().await;
    assert_eq!((found.standing.version, found.connected.unwrap().0.as_str()), (2, "consent"));
    assert!(office.works().await);
    office.pass(hours(12));
    assert_eq!(office.refresh(Why::Schedule).await, End::Refreshed);
    // The chain before the consent is no longer known.
    assert_eq!(office.granted(), 2);
}

#[tokio::test]
async fn a_code_and_a_consent_work_once() {
    let office = Office::new().await;
    let back = office.agreed().await;
    assert_eq!(office.get(&back).await.status, 200);
    Office::refused(&office.get(&back).await, 410, "consent_over");
    assert_eq!(office.exchanges().len(), 1, "nothing is asked of Zalo the second time");
}

#[tokio::test]
async fn who_has_not_begun_here_ends_nothing() {
    let office = Office::new().await;
    let back = office.agreed().await;
    let state = back.split("state=").nth(1).unwrap();
    let forged = back.replace(state, "0123456789abcdef0123456789abcdef");
    Office::refused(&office.get(&forged).await, 410, "consent_over");
    let without = back.split("&state=").next().unwrap();
    Office::refused(&office.get(without).await, 410, "consent_over");
    let elsewhere = back.replace(DEMO, "ca-phe-trua");
    Office::refused(&office.get(&elsewhere).await, 410, "consent_over");
    assert_eq!(office.exchanges().len(), 0);
    assert_eq!(office.credential().await.standing.version, 1);
    // Half an hour later the right one is over too.
    office.pass(SignedDuration::from_mins(31));
    Office::refused(&office.get(&back).await, 410, "consent_over");
}

#[tokio::test]
async fn a_link_that_is_not_ours_or_over_leads_nowhere() {
    let office = Office::new().await;
    let link = office.link();
    let hostile = [
        link.replace("proof=", "proof=0"),
        link.replace(DEMO, "ca-phe-trua"),
        format!("/oa/connect/{DEMO}"),
        format!("/oa/connect/{DEMO}?until=x&proof=y"),
        format!("/oa/connect/{DEMO}?{}", "a=b&".repeat(5_000)),
        "/oa/connect/%00?until=1&proof=00".to_owned(),
    ];
    for link in hostile {
        Office::refused(&office.get(&link).await, 403, "link_not_ours");
    }
    for page in ["/oa/connect", "/oa/other/ca-phe-som", "/oa/connect/a/b"] {
        Office::refused(&office.get(page).await, 404, "unknown_page");
    }
    office.pass(hours(24));
    Office::refused(&office.get(&link).await, 410, "link_over");
}

#[tokio::test]
async fn what_goes_wrong_at_zalo_is_said_with_what_to_do() {
    let office = Office::new().await;
    let back = office.agreed().await;
    office.pass(SignedDuration::from_mins(11));
    Office::refused(&office.get(&back).await, 502, "zalo_refused");
    let back = office.agreed().await;
    office.zalo.plan(1, ZaloFault::HtmlWithoutEffect);
    Office::refused(&office.get(&back).await, 502, "zalo_silent");
    let declined = format!("/oa/callback/{DEMO}?error=access_denied");
    Office::refused(&office.get(&declined).await, 400, "consent_declined");
    let back = office.agreed().await.replace(OA, "1234");
    let seen = office.get(&back).await;
    Office::refused(&seen, 409, "other_account");
    assert!(seen.page.contains("1234"));
    let hostile = back.replace("1234", "%3Cscript%3E");
    assert!(!office.get(&hostile).await.page.contains("<script>"));
    assert_eq!(office.credential().await.access.expose(), FIRST.0, "nothing is overwritten");
}

/// Source: some consoles save one challenge and make the link themselves, which brings no state back.
#[tokio::test]
async fn a_challenge_that_zalos_console_keeps_is_spoken_too() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let office = Office::new().await;
    let tenant = local::demo::state::tenant();
    let mut secrets = secrets();
    let app = secrets.zalo_app.as_mut().unwrap();
    app.code_verifier = Some(domain::secret::Secret::new(verifier));
    let rules = local::demo::state::rules("[]", start());
    office.state.apply(&tenant, &secrets, rules).await;
    let out = office.get(&office.link()).await;
    assert!(out.place.contains("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    let back = office.zalo.agree(&out.place).unwrap();
    let stateless = back.split("&state=").next().unwrap();
    assert_eq!(office.get(stateless).await.status, 200);
    Office::refused(&office.get(stateless).await, 410, "consent_over");
}

#[tokio::test]
async fn a_callback_that_zalos_console_does_not_know_is_refused_there() {
    let known = |settings: &mut StandInSettings| {
        settings.callback_url = Some("https://cham.example/oa/callback/ca-phe-som".to_owned());
    };
    let office = Office::with(known).await;
    let out = office.get(&office.link()).await;
    assert!(office.zalo.agree(&out.place).unwrap_err().contains("-14003"));
}

#[tokio::test]
async fn a_person_who_consents_while_somebody_refreshes_wins() {
    let office = Office::new().await;
    office.pass(hours(12));
    // A refresh that has begun and whose owner is dead.
    office.zalo.plan(1, ZaloFault::HtmlWithEffect);
    assert!(matches!(office.refresh(Why::Schedule).await, End::Wait(_)));
    let back = office.agreed().await;
    assert_eq!(office.get(&back).await.status, 200);
    let found = office.credential().await;
    assert_eq!((found.standing.version, found.standing.tries, found.standing.ended), (2, 0, None));
    assert!(office.works().await);
}
