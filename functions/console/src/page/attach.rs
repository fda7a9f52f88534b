//! A thing of which nobody knows whose it is: what waits for it, and who it may be given to.

use askama::Template;
use cloud::table::customers::Attach;
use domain::{
    explain::{self, Label, clock},
    id::CustomerId,
    phone::Phone,
    subject::Subject,
};

use super::search;
use crate::{Console, Problem, Visit, form::encoded, ui::Ui, written};

#[derive(Template)]
#[template(path = "attach.html")]
struct AttachPage<'a> {
    ui: &'a Ui,
    thing: String,
    /// Where the forms go, with the thing.
    path: String,
    find: String,
    waiting: Vec<Line>,
    /// Whose it is by now.
    owner: Option<CustomerId>,
    /// Who has just said whose it is.
    said: Option<Said>,
    /// What was looked for, and who was found.
    asked: &'a str,
    searched: Option<search::Searched>,
    /// A number that nobody has yet: the number, and its end.
    new: Option<(String, String)>,
}

struct Line {
    at: String,
    about: String,
}

struct Said {
    by: String,
    at: String,
    customer: CustomerId,
}

impl Said {
    fn of(attach: Attach) -> Self {
        Self { by: attach.by, at: clock(attach.at), customer: attach.customer }
    }
}

/// The address of the page.
pub(super) fn path(thing: &Subject) -> String {
    format!("/console/attach?thing={}", encoded(&thing.to_string()))
}

pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    thing: &Subject,
) -> Result<String, Problem> {
    console.attach_page(visit, thing, "").await
}

/// The page with those who were found. Numbers are posted, so that none stands in an address.
pub(crate) async fn find(
    console: &Console,
    visit: &Visit,
    thing: &Subject,
    asked: &str,
) -> Result<String, Problem> {
    console.attach_page(visit, thing, asked).await
}

impl Console {
    async fn attach_page(
        &self,
        visit: &Visit,
        thing: &Subject,
        asked: &str,
    ) -> Result<String, Problem> {
        let (tenant, language) = (&visit.tenant, visit.language());
        let waiting = self.customers.parked(tenant, thing).await?;
        let owner = self.owner(tenant, thing).await?;
        if waiting.is_empty() && owner.is_none() {
            return Err(Problem::NotFound("not_parked"));
        }
        let said = self.customers.to_attach(tenant, thing).await?;
        let searched = match asked {
            "" => None,
            asked => Some(self.search(visit, asked).await?),
        };
        // A number that has led to somebody is that customer's.
        let known = searched.as_ref().is_some_and(|searched| searched.by_code);
        let new = Phone::parse(asked).ok().filter(|_| !known);
        let new = new.map(|phone| {
            let digits = phone.digits();
            (format!("+{digits}"), digits[digits.len().saturating_sub(3)..].to_owned())
        });
        let about = |subject: Option<Subject>| {
            explain::subject(subject.as_ref().unwrap_or(thing), language)
        };
        written(&AttachPage {
            ui: &visit.ui,
            thing: explain::subject(thing, language),
            path: path(thing),
            find: path(thing).replacen("/attach?", "/attach/find?", 1),
            waiting: waiting
                .iter()
                .map(|parked| Line { at: clock(parked.time), about: about(parked.key.subject()) })
                .collect(),
            owner,
            said: said.map(Said::of),
            asked,
            searched,
            new,
        })
    }
}
