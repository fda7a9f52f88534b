//! A new user connects an account, following only what `cham oa connect` says, checks it and sends a first message.

use std::{collections::BTreeMap, time::Duration};

use admin::{Failure, oa::Desk, stage::Stage, test_send};
use cloud::zalo::{Hosts, SEND_TIMEOUT, Zalo};
use domain::explain::Language;
use jiff::{SignedDuration, Timestamp};
use local::{
    demo::Business,
    http::PlainResponse,
    stack::{Stack, StackSettings, request},
};
use testkit::{fault::Faults, stand_in::ZaloFault};

use crate::setup::{TENANT, start};

/// Where the template's own address is, which nobody serves here.
const URL: &str = "http://127.0.0.1:9400";

struct Office {
    stack: Stack,
    stage: Stage,
    zalo: Zalo,
}

impl Office {
    async fn new() -> Self {
        let stack =
            Stack::start(StackSettings::new(Business::demo().unwrap(), start())).await.unwrap();
        let stage = Stage::new(&stack.engine().client(&Faults::new()), "dev");
        let url = stack.stand_in().url();
        let hosts = Hosts {
            business: url.clone(),
            oa: url.clone(),
            oauth: url.clone(),
            profile: url,
            profile_proxy: None,
        };
        Self { stack, stage, zalo: Zalo::new(cloud::http::client(SEND_TIMEOUT), hosts) }
    }

    fn desk<'a>(&'a self, url: &'a str, language: Language) -> Desk<'a> {
        let now = self.stack.now();
        Desk { stage: &self.stage, zalo: &self.zalo, tenant: TENANT, url, language, now }
    }

    /// What a browser does with an address of Cham.
    async fn browse(&mut self, address: &str) -> PlainResponse {
        let rest = address.strip_prefix(URL).unwrap_or(address);
        self.stack.request(request("GET", rest, &BTreeMap::new(), "")).await
    }
}

fn lines(checked: Result<Vec<String>, Failure>) -> (bool, Vec<String>) {
    match checked {
        Ok(lines) => (true, lines),
        Err(Failure::Refused(lines)) => (false, lines),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn following_only_the_steps_ends_with_a_connected_account_and_a_message() {
    let mut office = Office::new().await;
    let steps = office.desk(URL, Language::Vi).steps().await.unwrap();
    assert_eq!(steps.len(), 9);
    let named = ["/oa/callback/ca-phe-som", "/hooks/ca-phe-som/zalo-oa", "2074138120372622546"];
    for named in named {
        assert!(steps.iter().any(|step| step.contains(named)), "{named}: {steps:#?}");
    }
    assert!(!steps.concat().contains('…'), "every blank is filled: {steps:#?}");
    let link = steps[8].lines().last().unwrap().trim().to_owned();
    let before = office.desk(URL, Language::Vi).versions().await.unwrap();
    let out = office.browse(&link).await;
    let back = office.stack.stand_in().agree(out.headers["location"].to_str().unwrap()).unwrap();
    assert_eq!(office.browse(&back).await.status, 200);
    let waited = office.desk(URL, Language::Vi).await_consent(&before, 1, Duration::ZERO).await;
    assert_eq!(waited.unwrap(), ["OA 2893352839501541173 đã được kết nối"]);
    let template = test_send::Message {
        tenant: TENANT,
        template: "payment-received",
        to: "0912345678",
        params: [("customer_name", "Lan"), ("order_id", "DH0001"), ("amount_vnd", "350000")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let now = office.stack.now();
    test_send::plan(&office.stage, &template, now).await.unwrap();
    office.stack.advance(now + SignedDuration::from_mins(2)).await.unwrap();
    let sent = office.stack.stand_in().messages();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].text.contains("350000"));
}

#[tokio::test]
async fn a_check_says_what_passes_what_fails_and_what_to_do() {
    let office = Office::new().await;
    let url = office.stack.stand_in().url();
    let (is_green, found) = lines(office.desk(&url, Language::Vi).check().await);
    // Nobody has sent a hook yet, and the stand-in is no front of ours.
    assert!(!is_green);
    let red: Vec<&String> = found.iter().filter(|line| line.starts_with('✘')).collect();
    assert_eq!(red.len(), 2, "{found:#?}");
    assert!(red[0].contains("ZaloVerifiers") && red[1].contains("cham hook verify"), "{red:?}");
    assert!(found.iter().any(|line| line.starts_with("✔ mẫu tin guide (433555)")), "{found:#?}");
    let (_, english) = lines(office.desk(&url, Language::En).check().await);
    assert_eq!(english.len(), found.len());
    assert!(english.iter().any(|line| line.contains("quota of the day: 20000 of 20000 left")));
    // A Zalo that refuses is quoted by its number, and one that is silent by that.
    for (fault, said) in
        [(ZaloFault::Refuse(-117), "-117"), (ZaloFault::HtmlWithoutEffect, "không trả lời")]
    {
        office.stack.stand_in().plan(6, fault);
        let (_, found) = lines(office.desk(&url, Language::Vi).check().await);
        assert!(found.iter().any(|line| line.contains(said)), "{fault:?} {found:#?}");
        office.stack.stand_in().behave();
    }
}

#[tokio::test]
async fn a_pasted_pair_connects_and_what_is_none_does_not() {
    let office = Office::new().await;
    let desk = office.desk(URL, Language::Vi);
    let oa = "2893352839501541173";
    for bad in
        ["", "{}", "[]", r#"{"access_token":"a"}"#, r#"{"access_token":"a b","refresh_token":"r"}"#]
    {
        assert!(matches!(desk.pair(oa, bad, "lan").await, Err(Failure::Refused(_))), "{bad}");
    }
    let pair = r#"{"access_token": "a", "refresh_token": "r", "expires_in": "90000"}"#;
    assert!(matches!(desk.pair("1", pair, "lan").await, Err(Failure::Refused(_))));
    desk.pair(oa, pair, "lan").await.unwrap();
    let found = office.stage.tenants.credential(TENANT, oa).await.unwrap().unwrap();
    assert_eq!((found.access.expose(), found.standing.version), ("a", 1));
    desk.disconnect(oa).await.unwrap();
    assert_eq!(desk.versions().await.unwrap(), BTreeMap::new());
    let nobody = Desk { tenant: "nobody", ..office.desk(URL, Language::Vi) };
    assert!(matches!(nobody.check().await, Err(Failure::Refused(_))));
    assert!(office.stack.now() >= Timestamp::UNIX_EPOCH);
}
