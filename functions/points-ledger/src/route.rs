//! Which question or order a request is. The routes themselves stand in the template and in `openapi.json`.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;

/// A door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The description of all others.
    Description,
    /// Whose an identity is.
    Lookup,
    /// How an account stands, or stood.
    Account,
    /// Its entries, the newest first.
    Entries,
    /// The same as a file.
    Statement,
    /// Where its points came from.
    Explain,
    /// The list of a board.
    Board,
    /// Where a member stands on a board.
    Rank,
    /// Level, badges and streaks.
    Standing,
    /// Under which name a member is shown.
    Choose,
    /// A posting at an account.
    Post(Action),
    /// Opening balances from a file.
    Import,
    /// What an operation came to.
    Operation,
    /// An operation undone.
    Reverse,
    /// A redemption given back.
    Cancel,
}

/// What is done at an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Earn,
    Spend,
    Hold,
    Capture,
    Release,
    Grant,
    Deduct,
    Transfer,
    Redeem,
}

/// What a key has to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Read,
    Write,
    Adjust,
}

const ACCOUNT: &str = "/v1/{tenant}/points/{currency}/accounts/{customer}";

impl Action {
    /// Every action with its name in the path.
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("earn", Self::Earn),
        ("spend", Self::Spend),
        ("hold", Self::Hold),
        ("capture", Self::Capture),
        ("release", Self::Release),
        ("grant", Self::Grant),
        ("deduct", Self::Deduct),
        ("transfer", Self::Transfer),
        ("redeem", Self::Redeem),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, action)| *action == self);
        named.map_or("", |(name, _)| name)
    }
}

impl Scope {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "points:read",
            Self::Write => "points:write",
            Self::Adjust => "points:adjust",
        }
    }
}

impl Route {
    pub(crate) fn of(request: &ApiGatewayV2httpRequest) -> Option<Self> {
        let key = request.route_key.as_deref().unwrap_or_default();
        let (method, path) = key.split_once(' ')?;
        let rest = path.strip_prefix(ACCOUNT);
        Some(match (method, path, rest) {
            ("GET", "/v1/{tenant}/points/openapi.json", _) => Self::Description,
            ("POST", "/v1/{tenant}/points/lookup", _) => Self::Lookup,
            ("GET", "/v1/{tenant}/points/boards/{board}", _) => Self::Board,
            ("GET", "/v1/{tenant}/points/boards/{board}/members/{customer}", _) => Self::Rank,
            ("GET", _, Some("/standing")) => Self::Standing,
            ("PUT", _, Some("/member")) => Self::Choose,
            ("GET", _, Some("")) => Self::Account,
            ("GET", _, Some("/entries")) => Self::Entries,
            ("GET", _, Some("/statement.csv")) => Self::Statement,
            ("GET", _, Some("/explain")) => Self::Explain,
            ("POST", _, Some("/{action}")) => {
                let name = request.path_parameters.get("action")?;
                let found = Action::ALL.iter().find(|(action, _)| action == name);
                Self::Post(found.map(|(_, action)| *action)?)
            }
            ("POST", "/v1/{tenant}/points/imports", _) => Self::Import,
            ("GET", "/v1/{tenant}/points/operations/{operation}", _) => Self::Operation,
            ("POST", "/v1/{tenant}/points/operations/{operation}/reverse", _) => Self::Reverse,
            ("POST", "/v1/{tenant}/points/operations/{operation}/cancel", _) => Self::Cancel,
            _ => return None,
        })
    }

    /// What a key has to open; `None` for what anybody may see.
    pub(crate) fn scope(self) -> Option<Scope> {
        match self {
            Self::Description => None,
            Self::Lookup
            | Self::Account
            | Self::Entries
            | Self::Statement
            | Self::Explain
            | Self::Board
            | Self::Rank
            | Self::Standing
            | Self::Operation => Some(Scope::Read),
            Self::Post(Action::Grant | Action::Deduct) | Self::Import | Self::Reverse => {
                Some(Scope::Adjust)
            }
            Self::Post(
                Action::Earn
                | Action::Spend
                | Action::Hold
                | Action::Capture
                | Action::Release
                | Action::Transfer
                | Action::Redeem,
            )
            | Self::Choose
            | Self::Cancel => Some(Scope::Write),
        }
    }
}
