//! Which page or action a request asks for. The template sends everything below `/console` here.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::{
    id::{CustomerId, EffectId},
    notification::State,
    points::Currency,
    subject::Subject,
    survey::CaseKey,
};
use http::Method;

use crate::form;

/// Something that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Style,
    /// The overview with a slash behind it.
    Slash,
    LoginForm,
    Login,
    Logout,
    Overview,
    Search,
    Customer(CustomerId),
    /// The whole phone number, once.
    Number(CustomerId),
    Unmute(CustomerId),
    /// A thing that is to be given to a customer: what waits for it, and who it may be.
    Attach(Subject),
    /// Somebody is looked for to give a thing to.
    Find(Subject),
    /// The programme of points.
    Programme,
    /// The surveys.
    Surveys,
    /// What was answered to one.
    Survey(String),
    /// The answers one by one.
    Answers(String),
    /// A person says how the one at a place sounds.
    Judge(String, String),
    /// The cases.
    Cases,
    Case(CaseKey),
    ActOnCase(CaseKey, CaseVerb),
    /// A board of it.
    Board(String),
    /// An account of points.
    Account(CustomerId, Currency),
    /// Where its points came from.
    Explain(CustomerId, Currency),
    Notification(EffectId),
    Act(EffectId, Verb),
    List(List),
    Rules,
    Rule(String),
    Pause,
    Resume,
    /// A path that leads nowhere, with the code that says what was missed.
    Nowhere(&'static str),
}

/// What can be done with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Cancel,
    Resend,
    Release,
}

impl Verb {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Resend => "resend",
            Self::Release => "release",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Cancel, Self::Resend, Self::Release].into_iter().find(|verb| verb.as_str() == text)
    }
}

/// What can be done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaseVerb {
    Take,
    Note,
    Close,
}

impl CaseVerb {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "take" => Some(Self::Take),
            "note" => Some(Self::Note),
            "close" => Some(Self::Close),
            _ => None,
        }
    }
}

/// One of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Held,
    Failed,
    Unknown,
    Refused,
    Shadow,
    Stuck,
    Parked,
    Conflict,
}

impl List {
    pub(crate) const ALL: [Self; 8] = [
        Self::Held,
        Self::Failed,
        Self::Unknown,
        Self::Refused,
        Self::Shadow,
        Self::Stuck,
        Self::Parked,
        Self::Conflict,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Shadow => "shadow",
            Self::Stuck => "stuck",
            Self::Parked => "parked",
            Self::Conflict => "conflict",
        }
    }

    /// The states of notifications that stand on it; `None` for a list that is kept row by row.
    pub(crate) fn states(self) -> Option<&'static [State]> {
        match self {
            Self::Held => Some(&[State::Planned, State::Held]),
            Self::Failed => Some(&[State::Failed, State::Expired]),
            Self::Unknown => Some(&[State::Unknown, State::Claimed]),
            Self::Refused => Some(&[State::Suppressed, State::Cancelled]),
            Self::Shadow => Some(&[State::Shadow]),
            Self::Stuck | Self::Parked | Self::Conflict => None,
        }
    }
}

impl Route {
    pub(crate) fn of(request: &ApiGatewayV2httpRequest) -> Self {
        let path = request.raw_path.as_deref().unwrap_or_default();
        let Some(rest) = path.strip_prefix("/console") else { return Self::Nowhere("not_found") };
        if !rest.is_empty() && !rest.starts_with('/') {
            return Self::Nowhere("not_found");
        }
        let parts: Vec<&str> = rest.split('/').skip(1).filter(|part| !part.is_empty()).collect();
        match request.request_context.http.method {
            Method::GET if rest == "/" => Self::Slash,
            Method::GET => Self::page(&parts, request),
            Method::POST => Self::action(&parts, request),
            _ => Self::Nowhere("not_found"),
        }
    }

    fn page(parts: &[&str], request: &ApiGatewayV2httpRequest) -> Self {
        match parts {
            [] => Self::Overview,
            ["style.css"] => Self::Style,
            ["login"] => Self::LoginForm,
            ["search"] => Self::Search,
            // The address of an action that somebody has reloaded.
            ["customers", id] | ["customers", id, "number" | "unmute"] => {
                CustomerId::parse(id).map_or(Self::Nowhere("unknown_customer"), Self::Customer)
            }
            ["customers", id, "points", currency] => Self::of_account(id, currency, Self::Account),
            ["customers", id, "points", currency, "explain"] => {
                Self::of_account(id, currency, Self::Explain)
            }
            ["surveys"] => Self::Surveys,
            ["surveys", id] => Self::Survey((*id).to_owned()),
            // The address of an action that somebody has reloaded, too.
            ["surveys", id, "answers"] | ["surveys", id, "answers", _] => {
                Self::Answers((*id).to_owned())
            }
            ["cases"] => Self::Cases,
            // The address of an action that somebody has reloaded, too.
            ["cases", key] | ["cases", key, _] => {
                key.parse().map_or(Self::Nowhere("unknown_case"), Self::Case)
            }
            ["points"] => Self::Programme,
            ["points", "boards", board] => Self::Board((*board).to_owned()),
            ["notifications", id] | ["notifications", id, _] => EffectId::parse(id)
                .map_or(Self::Nowhere("unknown_notification"), Self::Notification),
            // The address of a search that somebody has reloaded, too.
            ["attach"] | ["attach", "find"] => Self::of_thing(request, Self::Attach),
            ["lists", name] => List::ALL
                .into_iter()
                .find(|list| list.as_str() == *name)
                .map_or(Self::Nowhere("not_found"), Self::List),
            ["rules"] => Self::Rules,
            ["rules", id] => Self::Rule((*id).to_owned()),
            _ => Self::Nowhere("not_found"),
        }
    }

    fn action(parts: &[&str], request: &ApiGatewayV2httpRequest) -> Self {
        match parts {
            ["login"] => Self::Login,
            ["logout"] => Self::Logout,
            ["customers", id, "number"] => {
                CustomerId::parse(id).map_or(Self::Nowhere("unknown_customer"), Self::Number)
            }
            ["customers", id, "unmute"] => {
                CustomerId::parse(id).map_or(Self::Nowhere("unknown_customer"), Self::Unmute)
            }
            ["notifications", id, verb] => match (EffectId::parse(id), Verb::parse(verb)) {
                (Some(id), Some(verb)) => Self::Act(id, verb),
                (None, _) => Self::Nowhere("unknown_notification"),
                (_, None) => Self::Nowhere("not_found"),
            },
            ["surveys", id, "answers", place] => Self::Judge((*id).to_owned(), (*place).to_owned()),
            ["cases", key, verb] => match (key.parse(), CaseVerb::parse(verb)) {
                (Ok(key), Some(verb)) => Self::ActOnCase(key, verb),
                (Err(_), _) => Self::Nowhere("unknown_case"),
                (_, None) => Self::Nowhere("not_found"),
            },
            ["attach"] => Self::of_thing(request, Self::Attach),
            ["attach", "find"] => Self::of_thing(request, Self::Find),
            ["pause"] => Self::Pause,
            ["resume"] => Self::Resume,
            _ => Self::Nowhere("not_found"),
        }
    }

    fn of_account(
        id: &str,
        currency: &str,
        route: impl FnOnce(CustomerId, Currency) -> Self,
    ) -> Self {
        match (CustomerId::parse(id), Currency::parse(currency)) {
            (Some(id), Some(currency)) => route(id, currency),
            (None, _) => Self::Nowhere("unknown_customer"),
            (_, None) => Self::Nowhere("unknown_currency"),
        }
    }

    /// The thing that the query names. An identity is no thing: it belongs to somebody already.
    fn of_thing(request: &ApiGatewayV2httpRequest, route: impl FnOnce(Subject) -> Self) -> Self {
        let thing = Subject::parse(form::query(request).get("thing"));
        thing.filter(|thing| !thing.is_identity()).map_or(Self::Nowhere("not_parked"), route)
    }
}
