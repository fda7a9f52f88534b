//! What people do in a recorded day: a customer answers on the pages of a survey, staff closes a case. Both as a browser does it
//! without script: by the links and forms of the pages that they are shown.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use crate::{
    http::PlainResponse,
    stack::{Stack, request},
};

/// Most pages of one visit: more than the longest survey has questions.
const PAGES_MAX: usize = 40;

/// A customer follows the link of the newest message that brought one, and answers to the end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Whose phone: `phone:84912345678`.
    pub to: String,
    /// What is chosen or written, by the id of the question; what is not named is passed over.
    pub answers: BTreeMap<String, Vec<String>>,
}

/// Staff closes the newest case on the console.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// What was done.
    pub done: String,
}

/// What kept somebody from their end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// No message to them has a link.
    #[error("no link was sent there")]
    NoLink,
    /// A page is not what it was taken for.
    #[error("{page} has no {what}")]
    Page {
        /// Its path.
        page: String,
        /// What is not on it.
        what: &'static str,
    },
    /// A form was not taken.
    #[error("{page} answers {status}")]
    Refused {
        /// Where it went, without the word of a link.
        page: String,
        /// The answer.
        status: u16,
    },
    /// The pages do not end.
    #[error("it does not end")]
    Endless,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.answers.iter().map(|(id, said)| format!("{id}: {}", said.join(", ")));
        write!(f, "page {}", said.collect::<Vec<_>>().join("; "))
    }
}

/// Answers on the pages; the status of the last one.
pub(super) async fn answer(stack: &mut Stack, visit: &Answered) -> Result<u16, Stopped> {
    let messages = stack.stand_in().messages();
    let linked = messages.iter().rev().filter(|message| message.to == visit.to);
    let path = linked.map(|message| message.text.as_str()).find_map(link);
    let path = path.ok_or(Stopped::NoLink)?;
    let mut browser = Browser { stack, cookies: Vec::new() };
    let mut page = browser.get(&path).await;
    for _ in 0..PAGES_MAX {
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let Some(question) = value(&html, "q") else { return Ok(page.status.as_u16()) };
        let seal =
            value(&html, "f").ok_or(Stopped::Page { page: "/s/…".to_owned(), what: "seal" })?;
        let said = visit.answers.get(question).into_iter().flatten();
        let fixed = [("q", question), ("f", seal), ("lang", "vi")];
        let fields: Vec<(&str, &str)> =
            fixed.into_iter().chain(said.map(|said| ("a", said.as_str()))).collect();
        page = browser.send(&path, &fields).await?;
    }
    Err(Stopped::Endless)
}

/// Closes the newest case; the status of the page that shows it closed.
pub(super) async fn close(stack: &mut Stack, closed: &Closed) -> Result<u16, Stopped> {
    let (tenant, key) = (stack.tenant().to_owned(), stack.api_key());
    let mut browser = Browser { stack, cookies: Vec::new() };
    browser.send("/console/login", &[("tenant", &tenant), ("key", &key)]).await?;
    let list = browser.get("/console/cases").await;
    let list = String::from_utf8_lossy(&list.body).into_owned();
    let case = list.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let case = case.map(str::to_owned).find(|href| href.starts_with("/console/cases/"));
    let none = || Stopped::Page { page: "/console/cases".to_owned(), what: "case" };
    let case = case.ok_or_else(none)?;
    let page = browser.get(&case).await;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let token = value(&page, "token").ok_or_else(none)?;
    let fields = [("token", token), ("text", closed.done.as_str())];
    let shown = browser.send(&format!("{case}/close"), &fields).await?;
    Ok(shown.status.as_u16())
}

/// What a browser remembers.
struct Browser<'s> {
    stack: &'s mut Stack,
    cookies: Vec<String>,
}

impl Browser<'_> {
    async fn get(&mut self, target: &str) -> PlainResponse {
        self.ask("GET", target, "").await
    }

    /// Sends a form and follows where it leads.
    async fn send(
        &mut self,
        target: &str,
        fields: &[(&str, &str)],
    ) -> Result<PlainResponse, Stopped> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let answer = self.ask("POST", target, &form.extend_pairs(fields).finish()).await;
        let place = answer.headers.get("location").and_then(|place| place.to_str().ok());
        let Some(place) = place.filter(|_| answer.status.as_u16() == 303).map(str::to_owned) else {
            let page = if target.starts_with("/s/") { "/s/…" } else { target };
            return Err(Stopped::Refused { page: page.to_owned(), status: answer.status.as_u16() });
        };
        Ok(self.get(&place).await)
    }

    async fn ask(&mut self, method: &str, target: &str, body: &str) -> PlainResponse {
        let mut headers = BTreeMap::from([(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )]);
        if !self.cookies.is_empty() {
            headers.insert("cookie".to_owned(), self.cookies.join("; "));
        }
        let answer = self.stack.request(request(method, target, &headers, body)).await;
        let set = answer.headers.get_all("set-cookie").iter();
        let set = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        self.cookies.extend(set.map(str::to_owned));
        answer
    }
}

/// The path of the link in a text.
fn link(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("/s/")?;
    let word: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    (!word.is_empty()).then(|| format!("/s/{word}"))
}

/// The value of a form's first field of this name.
fn value<'h>(html: &'h str, name: &str) -> Option<&'h str> {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next()
}
