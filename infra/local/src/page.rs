//! The phones as their owners see them, locally only: what the stand-in for Zalo brought to each.
//!
//! No function knows of it, and no page of a function leads here.

use askama::Template;
use axum::http::{Method, StatusCode};
use testkit::stand_in::PhoneMessage;

use crate::{http::PlainRequest, replay::clock, stack::Stack};

/// Where the page stands on the front.
pub const PHONES: &str = "/local/phones";

/// Whether a request asks for the page; the functions get all others.
pub fn is_asked(request: &PlainRequest) -> bool {
    request.method == Method::GET && request.path == PHONES
}

#[derive(Template)]
#[template(path = "phones.html")]
struct PhonesPage {
    phones: Vec<Phone>,
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

/// The page as HTML, with its status.
pub fn show(stack: &Stack) -> (StatusCode, String) {
    let mut phones: Vec<Phone> = Vec::new();
    for message in stack.stand_in().messages() {
        let shown = shown(&message);
        match phones.iter_mut().find(|phone| phone.owner == message.to) {
            Some(phone) => phone.messages.push(shown),
            None => phones.push(Phone { owner: message.to, messages: vec![shown] }),
        }
    }
    match (PhonesPage { phones }).render() {
        Ok(page) => (StatusCode::OK, page),
        Err(error) => {
            tracing::error!(error = cloud::stream::chain(&error), "no page");
            (StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown".to_owned())
        }
    }
}

fn shown(message: &PhoneMessage) -> Shown {
    Shown { at: clock(message.at), channel: message.channel.clone(), text: message.text.clone() }
}
