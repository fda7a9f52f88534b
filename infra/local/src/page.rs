//! A first plain page, locally only: the customers, one customer's timeline, and the phone as the customer sees it.

use askama::Template;
use axum::http::{Method, StatusCode};
use cloud::table::{Customers, customers::TimelineRow};
use domain::{event::Strength, id::CustomerId};
use testkit::{fault::Faults, stand_in::PhoneMessage};

use crate::{
    http::PlainRequest,
    replay::{clock, rows, text},
    stack::Stack,
};

/// Most lines of a timeline that are shown.
const LINES_MAX: i32 = 200;

/// One of the pages.
pub enum Page {
    /// `GET /local`.
    Customers,
    /// `GET /local/{customer}`.
    Customer(CustomerId),
}

/// The page that a request asks for; `None` when it is for the functions.
pub fn of(request: &PlainRequest) -> Option<Page> {
    if request.method != Method::GET {
        return None;
    }
    match request.path.strip_prefix("/local")? {
        "" | "/" => Some(Page::Customers),
        rest => CustomerId::parse(rest.strip_prefix('/')?).map(Page::Customer),
    }
}

#[derive(Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    customers: Vec<Listed>,
    phones: Vec<Phone>,
}

struct Listed {
    id: String,
    name: String,
    identities: Vec<String>,
}

struct Phone {
    owner: String,
    messages: Vec<Shown>,
}

struct Shown {
    at: String,
    channel: String,
    text: String,
}

#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerPage {
    name: String,
    identities: Vec<String>,
    consents: Vec<String>,
    lines: Vec<LineShown>,
    effects: Vec<EffectShown>,
}

struct LineShown {
    at: String,
    kind: String,
    line: String,
    decisions: Vec<String>,
}

struct EffectShown {
    at: String,
    what: String,
    outcome: String,
}

impl Page {
    /// The page as HTML, with its status.
    pub async fn show(&self, stack: &Stack) -> (StatusCode, String) {
        let shown = match self {
            Self::Customers => customers(stack),
            Self::Customer(id) => customer(stack, id).await,
        };
        match shown {
            Ok(page) => (StatusCode::OK, page),
            Err(error) => {
                tracing::error!(error = cloud::stream::chain(error.as_ref()), "no page");
                (StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown".to_owned())
            }
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn customers(stack: &Stack) -> Result<String, Failure> {
    let mut customers: Vec<Listed> = Vec::new();
    for row in rows(stack, "CustomersTable")? {
        let (pk, sk) = (text(&row, "pk"), text(&row, "sk"));
        let id = pk.split_once('#').map_or("", |(_, id)| id);
        if CustomerId::parse(id).is_none() || !sk.starts_with("about#") {
            continue;
        }
        let known = customers.iter_mut().find(|customer| customer.id == id);
        let listed = match known {
            Some(listed) => listed,
            None => {
                customers.push(Listed {
                    id: id.to_owned(),
                    name: String::new(),
                    identities: Vec::new(),
                });
                customers.last_mut().ok_or("a pushed element is there")?
            }
        };
        if let Some(identity) = sk.strip_prefix("about#id#") {
            listed.identities.push(identity.to_owned());
        }
        if sk == "about#profile" {
            text(&row, "name").clone_into(&mut listed.name);
        }
    }
    let mut phones: Vec<Phone> = Vec::new();
    for message in stack.stand_in().messages() {
        let shown = shown(&message);
        match phones.iter_mut().find(|phone| phone.owner == message.to) {
            Some(phone) => phone.messages.push(shown),
            None => phones.push(Phone { owner: message.to, messages: vec![shown] }),
        }
    }
    Ok(CustomersPage { customers, phones }.render()?)
}

fn shown(message: &PhoneMessage) -> Shown {
    Shown { at: clock(message.at), channel: message.channel.clone(), text: message.text.clone() }
}

async fn customer(stack: &Stack, id: &CustomerId) -> Result<String, Failure> {
    let table = stack.table("CustomersTable").ok_or("the template has no CustomersTable")?;
    let tenant = stack.tenant();
    let customers = Customers::new(&stack.engine().client(&Faults::new()), table);
    let (id, about) = customers.person(tenant, id).await?;
    let mut lines = customers.timeline(tenant, &id, LINES_MAX).await?;
    // What is only claimed leads nowhere else, but looking is not sharing.
    for (identity, strength) in &about.identities {
        if *strength == Strength::Claimed
            && let Some(link) = customers.link(tenant, identity).await?
        {
            let claimed = customers.timeline(tenant, &link.customer, LINES_MAX).await?;
            lines.extend(claimed.into_iter().map(|line| TimelineRow {
                line: format!("({identity}, chưa xác nhận) {}", line.line),
                ..line
            }));
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.time));
    let effects = customers.effects(tenant, &id, LINES_MAX).await?;
    let page = CustomerPage {
        name: about.name.unwrap_or_else(|| id.to_string()),
        identities: about
            .identities
            .iter()
            .map(|(identity, strength)| format!("{identity} ({strength:?})"))
            .collect(),
        consents: about
            .consents
            .iter()
            .map(|(purpose, word)| {
                format!("{}: {}", purpose.as_str(), if word.given { "có" } else { "không" })
            })
            .collect(),
        lines: lines
            .into_iter()
            .map(|line| LineShown {
                at: clock(line.time),
                kind: line.kind,
                line: line.line,
                decisions: line.decisions,
            })
            .collect(),
        effects: effects
            .into_iter()
            .map(|effect| EffectShown {
                at: jiff::Timestamp::from_millisecond(effect.planned_for_ms)
                    .map(clock)
                    .unwrap_or_default(),
                what: format!("{} {} ({})", effect.kind, effect.detail, effect.about),
                outcome: effect.outcome,
            })
            .collect(),
    };
    Ok(page.render()?)
}
