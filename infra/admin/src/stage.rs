//! The tables of one stage.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use cloud::{
    http::{AwsSettings, OverReqwest, client, dynamodb},
    table::{
        Customers, Events, Notifications, Points, Rewards, Standings, SurveyResults, Surveys,
        Tenants,
    },
};

use crate::Failure;

/// Where `--local` finds the database of `cargo run`.
pub const LOCAL: &str = "http://127.0.0.1:9402";

/// Longest that one request may take: a person waits here, and a page of a scan is a megabyte.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The tables of one stage.
#[derive(Debug)]
pub struct Stage {
    /// `cham-<stage>-customers`.
    pub customers: Customers,
    /// `cham-<stage>-events`.
    pub events: Events,
    /// `cham-<stage>-notifications`.
    pub notifications: Notifications,
    /// `cham-<stage>-points`.
    pub points: Points,
    /// `cham-<stage>-rewards`.
    pub rewards: Rewards,
    /// `cham-<stage>-standings`.
    pub standings: Standings,
    /// `cham-<stage>-survey_results`.
    pub survey_results: SurveyResults,
    /// `cham-<stage>-surveys`.
    pub surveys: Surveys,
    /// `cham-<stage>-tenants`.
    pub tenants: Tenants,
}

impl Stage {
    /// The tables of the stage `name`.
    pub fn new(client: &Client, name: &str) -> Self {
        let table = |subject: &str| format!("cham-{name}-{subject}");
        let customers = Customers::new(client, &table("customers"));
        let rewards = Rewards::new(client, &table("rewards"), &customers);
        Self {
            events: Events::new(client, &table("events")),
            notifications: Notifications::new(client, &table("notifications")),
            points: Points::new(client, &table("points")),
            rewards,
            standings: Standings::new(client, &table("standings")),
            survey_results: SurveyResults::new(client, &table("survey_results")),
            surveys: Surveys::new(client, &table("surveys")),
            tenants: Tenants::new(client, &table("tenants")),
            customers,
        }
    }

    /// The same over the network: `endpoint` with made-up credentials, else AWS as the environment says.
    ///
    /// # Errors
    /// [`Failure::Misuse`] when a variable is missing.
    pub fn connect(
        name: &str,
        endpoint: Option<&str>,
        variables: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let get = |variable: &str| match (endpoint, variable) {
            (None, _) => variables(variable),
            (Some(url), "AWS_ENDPOINT_URL_DYNAMODB") => Some(url.to_owned()),
            (Some(_), "AWS_REGION") => Some("ap-southeast-1".to_owned()),
            (Some(_), "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY") => Some("local".to_owned()),
            (Some(_), _) => None,
        };
        let mut settings = AwsSettings::from_vars(get)
            .map_err(|error| Failure::Misuse(format!("{error} (or say --local)")))?;
        // A person is more patient than a vendor's hook.
        settings.attempt_timeout = REQUEST_TIMEOUT;
        settings.operation_timeout = 3 * REQUEST_TIMEOUT;
        let http = OverReqwest(client(REQUEST_TIMEOUT));
        Ok(Self::new(&dynamodb(http, &settings), name))
    }
}
