//! What orders look like. A field that is not known is refused, so that a slip of the pen does not post something else.

use domain::points::{Points, Posting};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Problem, route::Action};

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 80;

/// Longest reference, in characters.
const ABOUT_CHARS_MAX: usize = 48;

/// What an order says, whatever it is about. Fields that an action does not take are refused.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Order {
    /// Whole points.
    pub(crate) points: Option<u64>,
    /// The end of a hold.
    until: Option<Timestamp>,
    /// The entry that holds.
    hold: Option<u32>,
    /// Who receives a transfer.
    pub(crate) to: Option<String>,
    /// The id of a reward.
    pub(crate) reward: Option<String>,
    /// When it happened.
    pub(crate) occurred_at: Option<Timestamp>,
    /// What it is for, for people: an order's code.
    pub(crate) about: String,
    /// Why, for people; needed where a person decides.
    pub(crate) reason: String,
}

/// How a member is shown. What is left out stays; null takes it back.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Member {
    #[serde(deserialize_with = "given")]
    pub(crate) alias: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub(crate) on_boards: Option<Option<bool>>,
}

/// Tells a field that is null from one that is left out.
fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

impl Order {
    /// Reads a body; an empty one is an order without fields.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Problem> {
        let order: Self = if body.is_empty() { Self::default() } else { parse(body)? };
        if order.reason.chars().count() > REASON_CHARS_MAX {
            return Err(Problem::BadBody("`reason` has at most 80 characters".to_owned()));
        }
        if order.about.chars().count() > ABOUT_CHARS_MAX {
            return Err(Problem::BadBody("`about` has at most 48 characters".to_owned()));
        }
        if order.reason.chars().chain(order.about.chars()).any(char::is_control) {
            return Err(Problem::BadBody(
                "`reason` and `about` have no control characters".to_owned(),
            ));
        }
        Ok(order)
    }

    /// Refuses fields that are not in `allowed`.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), Problem> {
        let given = [
            ("points", self.points.is_some()),
            ("until", self.until.is_some()),
            ("hold", self.hold.is_some()),
            ("to", self.to.is_some()),
            ("reward", self.reward.is_some()),
            ("occurred_at", self.occurred_at.is_some()),
        ];
        let stray = given.iter().find(|(name, is_given)| *is_given && !allowed.contains(name));
        match stray {
            Some((name, _)) => Err(Problem::BadBody(format!("`{name}` has no meaning here"))),
            None => Ok(()),
        }
    }

    pub(crate) fn needed<T>(name: &str, value: Option<T>) -> Result<T, Problem> {
        value.ok_or_else(|| Problem::BadBody(format!("`{name}` is missing")))
    }

    /// The number of points, when one is given.
    pub(crate) fn amount(&self) -> Result<Option<Points>, Problem> {
        let too_many = || Problem::BadBody("`points` is from 1 to 10,000,000,000".to_owned());
        let amount = self.points.map(|n| Points::new(n).filter(|n| !n.is_zero()));
        amount.map(|amount| amount.ok_or_else(too_many)).transpose()
    }

    /// The posting that an action asks for; those that need more than one account or a reward are made elsewhere.
    pub(crate) fn posting(&self, action: Action) -> Result<Posting, Problem> {
        let amount = || Self::needed("points", self.amount()?);
        Ok(match action {
            Action::Earn => {
                self.only(&["points", "occurred_at"])?;
                Posting::Earn { amount: amount()?, cap: None }
            }
            Action::Spend => {
                self.only(&["points"])?;
                Posting::Spend { amount: amount()? }
            }
            Action::Hold => {
                self.only(&["points", "until"])?;
                Posting::Hold { amount: amount()?, until: Self::needed("until", self.until)? }
            }
            Action::Capture => {
                self.only(&["points", "hold"])?;
                let hold = Self::needed("hold", self.hold)?;
                Posting::Capture { hold, amount: self.amount()? }
            }
            Action::Release => {
                self.only(&["hold"])?;
                Posting::Release { hold: Self::needed("hold", self.hold)? }
            }
            Action::Grant => {
                self.only(&["points"])?;
                self.reasoned()?;
                Posting::Grant { amount: amount()? }
            }
            Action::Deduct => {
                self.only(&["points"])?;
                self.reasoned()?;
                Posting::Deduct { amount: amount()? }
            }
            Action::Transfer | Action::Redeem => return Err(Problem::NoRoute),
        })
    }

    /// What a person decides has a reason.
    pub(crate) fn reasoned(&self) -> Result<(), Problem> {
        let has = !self.reason.trim().is_empty();
        has.then_some(()).ok_or_else(|| Problem::BadBody("`reason` is missing".to_owned()))
    }
}

/// Whose an identity is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// `phone:0912345678` or `zalo:<oa>:<user>`.
    pub(crate) identity: String,
}

pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A list of the fields' values in their order would be taken too.
    if body.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(Problem::BadBody("the body is an object".to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| {
        // The parser names fields and places, never values.
        let what = match error.classify() {
            serde_json::error::Category::Data => "a field is missing, unknown or not of its kind",
            _ => "the body is not JSON",
        };
        Problem::BadBody(format!("{what} (line {}, column {})", error.line(), error.column()))
    })
}

/// A body in the one way that it can be written, so that spaces and the order of fields make no other order.
pub(crate) fn canonical(body: &[u8]) -> Result<String, Problem> {
    if body.is_empty() {
        return Ok("{}".to_owned());
    }
    Ok(parse::<Value>(body)?.to_string())
}
