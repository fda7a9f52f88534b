//! A survey with branches, somebody who is invited to it, and a browser that follows redirects.

use std::collections::BTreeMap;

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings::Body,
};
use cloud::table::{
    Surveys,
    surveys::{Freshness, Invitation, Invited, Response},
};
use domain::{
    id::{CustomerId, EffectId, EventId},
    rule::RuleSource,
    survey::Link,
};
use feedback_survey::{Config, FeedbackSurvey, handle};
use jiff::{SignedDuration, Timestamp};
use local::demo::state::{self, DEMO, DemoState, secrets};
use serde_json::json;

pub const SURVEY: &str = "
- id: csat
  title: {vi: Ý kiến của bạn, en: Your opinion}
  intro: 'Về đơn {{ hidden.order | default(\"hàng\") }}'
  hidden: {order: order.id}
  invitation: {template: survey-invitation, params: {customer_name: bạn, order_id: '1', link: '{{ survey.link }}'}}
  questions:
    - {id: stars, kind: csat, text: {vi: Bạn hài lòng không?, en: Are you content?}}
    - id: why
      kind: choices
      when: answers.stars <= 3
      text: Điều gì chưa ổn?
      options: [{id: late, text: Giao muộn}, {id: broken, text: Hỏng}, {id: rude, text: Thái độ}]
      most: 2
    - {id: words, kind: text, required: false, text: 'Bạn chấm {{ answers.stars | default(\"chưa\") }}. Nhắn gì thêm?', chars: 500}
    - {id: nps, kind: nps, text: Giới thiệu quán?}
  thanks:
    - {when: answers.stars >= 4, text: Hẹn gặp lại!}
    - {text: Quán xin lỗi bạn.}
";

pub fn start() -> Timestamp {
    "2026-11-20T17:30:00+07:00".parse().unwrap()
}

pub fn later(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// What a browser got in the end.
#[derive(Debug)]
pub struct Got {
    pub status: i64,
    /// Where the last redirect led; empty when there was none.
    pub place: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    /// What stands in a hidden field of the form.
    pub fn field(&self, name: &str) -> String {
        let opens = format!("name=\"{name}\" value=\"");
        let after = self.body.split_once(&opens);
        after.map(|(_, rest)| rest.split('"').next().unwrap().to_owned()).unwrap_or_default()
    }

    /// Which question is asked; empty when none is.
    pub fn question(&self) -> String {
        self.field("q")
    }

    /// The stable code of a page that asks nothing.
    pub fn code(&self) -> &str {
        let after = self.body.split_once("<p class=\"code\">");
        after.map_or("", |(_, rest)| rest.split('<').next().unwrap())
    }

    pub fn says(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    /// Where the link back leads.
    pub fn back(&self) -> String {
        let after = self.body.split_once("<a class=\"button\" href=\"");
        let place = after.map_or("", |(_, rest)| rest.split('"').next().unwrap());
        place.replace("&#38;", "&")
    }
}

/// The function over a database of its own.
pub struct Door {
    pub state: DemoState,
    door: FeedbackSurvey,
}

impl Door {
    pub async fn new() -> Self {
        Self::with(SURVEY).await
    }

    /// With these surveys in place of the demo's.
    pub async fn with(surveys: &str) -> Self {
        let state = DemoState::fresh(start(), start()).await;
        let rules = RuleSource { surveys: Some(surveys.to_owned()), ..state::rules("[]", start()) };
        state.apply(&state::tenant(), &secrets(), rules).await;
        let config = Config::from_vars(state.environment("feedback-survey")).unwrap();
        let door = FeedbackSurvey::new(&state.client_of("feedback-survey"), &config);
        Self { state, door }
    }

    pub fn surveys(&self) -> Surveys {
        Surveys::new(&self.state.client(), &self.state.table("SURVEYS_TABLE"))
    }

    /// Invites the nth customer; the link opens for a day.
    pub async fn invite(&self, n: u32) -> Link {
        let id = EffectId::of(&EventId::of(DEMO, "test", &n.to_string()), "rule", "ask");
        let link = Link::of(&secrets().pepper().unwrap(), &id);
        let invitation = Invitation {
            tenant: DEMO.to_owned(),
            survey: "csat".to_owned(),
            version: 2,
            id,
            link: link.clone(),
            customer: CustomerId::of(DEMO, &n.to_string()),
            event: EventId::of(DEMO, "test", &n.to_string()),
            about: "DH0001".to_owned(),
            hidden: BTreeMap::from([("order".to_owned(), "DH0001".to_owned())]),
            at: start(),
            open_until: later(24 * 3_600),
            is_anonymous: false,
        };
        let invited = self.surveys().invite(&invitation, SignedDuration::from_hours(1)).await;
        assert_eq!(invited.unwrap(), Invited::Yes);
        link
    }

    pub async fn response(&self, link: &Link) -> Response {
        self.surveys().response(link, Freshness::Consistent).await.unwrap().unwrap()
    }

    pub async fn get(&self, target: &str, now: Timestamp) -> Got {
        self.ask("GET", target, None, &[], now).await
    }

    pub async fn open(&self, link: &Link, now: Timestamp) -> Got {
        self.get(&format!("/s/{}", link.as_str()), now).await
    }

    /// Sends the form of `page` with this answer, and follows where it leads.
    pub async fn send(
        &self,
        link: &Link,
        page: &Got,
        values: &[(&str, &str)],
        now: Timestamp,
    ) -> Got {
        let got = self.post(link, page, values, now).await;
        if got.status == 303 { self.get(&got.place.clone(), now).await } else { got }
    }

    /// The same, without following.
    pub async fn post(
        &self,
        link: &Link,
        page: &Got,
        values: &[(&str, &str)],
        now: Timestamp,
    ) -> Got {
        let (q, f, lang) = (page.field("q"), page.field("f"), page.field("lang"));
        let mut fields = vec![("q", q.as_str()), ("f", f.as_str()), ("lang", lang.as_str())];
        fields.extend_from_slice(values);
        self.post_fields(link, &fields, &[], now).await
    }

    pub async fn post_fields(
        &self,
        link: &Link,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
        now: Timestamp,
    ) -> Got {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let target = format!("/s/{}", link.as_str());
        self.ask("POST", &target, Some(body.finish().into_bytes()), headers, now).await
    }

    /// One request, as API Gateway hands it over: a form's body comes as base64.
    pub async fn ask(
        &self,
        method: &str,
        target: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
        now: Timestamp,
    ) -> Got {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: BTreeMap<&str, &str> = headers.iter().copied().collect();
        let request = json!({
            "version": "2.0", "routeKey": format!("{method} /s/{{link}}"), "rawPath": path,
            "rawQueryString": query, "headers": headers,
            "pathParameters": {"link": path.strip_prefix("/s/").unwrap_or_default()},
            "requestContext": {
                "stage": "$default", "domainName": "abc.execute-api.example",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            },
            "body": body.as_ref().map(|body| data_encoding::BASE64.encode(body)),
            "isBase64Encoded": body.is_some(),
        });
        let request: ApiGatewayV2httpRequest = serde_json::from_value(request).unwrap();
        got(handle(&self.door, &request, now).await)
    }
}

fn got(response: ApiGatewayV2httpResponse) -> Got {
    let headers: BTreeMap<String, String> = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let body = match response.body {
        Some(Body::Text(text)) => text,
        Some(_) | None => String::new(),
    };
    let place = headers.get("location").cloned().unwrap_or_default();
    Got { status: response.status_code, place, headers, body }
}
