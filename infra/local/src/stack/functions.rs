//! The functions by the folder name that the template gives, each with the settings that the template gives it.
//!
//! This is where a new function is made known to the local stack: one field, one line where it is made, one where it is called.

use std::{
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    streams::DynamoDbEventResponse,
};
use aws_sdk_dynamodb::Client;
use cloud::{http::client, invocation::Invocation, zalo::Zalo};
use console::Console;
use feedback_survey::FeedbackSurvey;
use jiff::SignedDuration;
use journey_runner::JourneyRunner;
use points_ledger::PointsLedger;
use points_standings::PointsStandings;
use serde_json::Value;
use survey_results::Results;
use token_refresh::TokenRefresh;
use webhook_intake::Intake;
use zns_dispatch::ZnsDispatch;

use super::{StackError, instant};
use crate::template::Function;

/// What the functions keep between calls.
pub(super) struct Functions {
    console: Console,
    intake: Intake,
    journey: JourneyRunner,
    surveys: FeedbackSurvey,
    ledger: PointsLedger,
    standings: PointsStandings,
    results: Results,
    tokens: TokenRefresh,
    dispatch: ZnsDispatch,
    timeouts: Vec<(String, SignedDuration)>,
}

impl Functions {
    pub(super) fn new(
        functions: &[Function],
        dynamodb: impl Fn(&str) -> Client,
        zalo_timeout: Duration,
    ) -> Result<Self, StackError> {
        let settings = |name: &str| {
            let function = functions.iter().find(|function| function.name == name);
            let missing = || StackError::Function(format!("the template has no function {name}"));
            let environment = function.ok_or_else(missing)?.environment.clone();
            Ok::<_, StackError>(move |variable: &str| environment.get(variable).cloned())
        };
        let wrong = |name: &'static str| {
            move |error: cloud::config::BadVariable| {
                StackError::Function(format!("{name}: {error}"))
            }
        };
        let console = console::Config::from_vars(settings("console")?);
        let intake = webhook_intake::Config::from_vars(settings("webhook-intake")?);
        let journey = journey_runner::Config::from_vars(settings("journey-runner")?);
        let surveys = feedback_survey::Config::from_vars(settings("feedback-survey")?);
        let ledger = points_ledger::Config::from_vars(settings("points-ledger")?);
        let standings = points_standings::Config::from_vars(settings("points-standings")?);
        let results = survey_results::Config::from_vars(settings("survey-results")?);
        let dispatch = zns_dispatch::Config::from_vars(settings("zns-dispatch")?);
        let dispatch = dispatch.map_err(wrong("zns-dispatch"))?;
        let zalo = Zalo::new(client(zalo_timeout), dispatch.hosts.clone());
        let results = results.map_err(wrong("survey-results"))?;
        let rated = Zalo::new(client(zalo_timeout), results.hosts.clone());
        let tokens = token_refresh::Config::from_vars(settings("token-refresh")?);
        let tokens = tokens.map_err(wrong("token-refresh"))?;
        let oauth = Zalo::new(client(zalo_timeout), tokens.hosts.clone());
        Ok(Self {
            console: Console::new(&dynamodb("console"), &console.map_err(wrong("console"))?),
            intake: Intake::new(
                &dynamodb("webhook-intake"),
                intake.map_err(wrong("webhook-intake"))?,
            ),
            journey: JourneyRunner::new(
                &dynamodb("journey-runner"),
                &journey.map_err(wrong("journey-runner"))?,
            ),
            surveys: FeedbackSurvey::new(
                &dynamodb("feedback-survey"),
                &surveys.map_err(wrong("feedback-survey"))?,
            ),
            ledger: PointsLedger::new(
                &dynamodb("points-ledger"),
                &ledger.map_err(wrong("points-ledger"))?,
            ),
            standings: PointsStandings::new(
                &dynamodb("points-standings"),
                &standings.map_err(wrong("points-standings"))?,
            ),
            results: Results::new(&dynamodb("survey-results"), rated, &results),
            tokens: TokenRefresh::new(&dynamodb("token-refresh"), oauth, tokens),
            dispatch: ZnsDispatch::new(&dynamodb("zns-dispatch"), zalo, &dispatch),
            timeouts: functions
                .iter()
                .map(|f| (f.name.clone(), SignedDuration::from_secs(i64::from(f.timeout_s))))
                .collect(),
        })
    }

    /// Calls a function that answers HTTP.
    pub(super) async fn http(
        &self,
        function: &str,
        event: ApiGatewayV2httpRequest,
        invocation: &Invocation,
    ) -> Result<ApiGatewayV2httpResponse, String> {
        let now = invocation.now();
        match function {
            // Boxed: a page is a deep future.
            "console" => Ok(Box::pin(console::handle(&self.console, &event, now)).await),
            "feedback-survey" => Ok(feedback_survey::handle(&self.surveys, &event, now).await),
            "points-ledger" => Ok(Box::pin(points_ledger::handle(&self.ledger, &event, now)).await),
            "token-refresh" => Ok(token_refresh::http(&self.tokens, &event, invocation).await),
            "webhook-intake" => Ok(webhook_intake::handle(&self.intake, &event, now).await),
            other => Err(format!("{other} answers no HTTP")),
        }
    }

    /// Calls a function with the payload of a stream or a schedule; the sequence number of the first record that failed.
    pub(super) async fn event(
        &self,
        function: &str,
        payload: Value,
        invocation: &Invocation,
    ) -> Result<Option<String>, String> {
        let response = match function {
            "journey-runner" => {
                let trigger = read(payload)?;
                let handled = journey_runner::handle(&self.journey, &trigger, invocation).await;
                handled.map_err(|error| cloud::stream::chain(&error))?
            }
            "points-standings" => {
                let trigger = read(payload)?;
                let handled = points_standings::handle(&self.standings, &trigger, invocation).await;
                handled.map_err(|error| cloud::stream::chain(&error))?
            }
            "survey-results" => {
                let trigger = read(payload)?;
                let handled = survey_results::handle(&self.results, &trigger, invocation).await;
                handled.map_err(|error| cloud::stream::chain(&error))?
            }
            "token-refresh" => {
                let trigger = read(payload)?;
                let handled = token_refresh::handle(&self.tokens, &trigger, invocation).await;
                handled.map_err(|error| cloud::stream::chain(&error))?;
                return Ok(None);
            }
            "zns-dispatch" => {
                let trigger = read(payload)?;
                let handled = zns_dispatch::handle(&self.dispatch, &trigger, invocation).await;
                handled.map_err(|error| cloud::stream::chain(&error))?
            }
            other => return Err(format!("{other} takes no events")),
        };
        Ok(first_failure(response))
    }

    /// A new invocation of `function`, with an id of its own and its time-out as deadline.
    pub(super) fn invocation(
        &self,
        function: &str,
        clock: Arc<AtomicI64>,
    ) -> Result<Invocation, StackError> {
        let known = self.timeouts.iter().find(|(name, _)| name == function);
        let missing = || StackError::Function(format!("the template has no function {function}"));
        let (_, timeout) = known.ok_or_else(missing)?;
        let now = instant(&clock);
        let deadline = u64::try_from((now + *timeout).as_millisecond()).unwrap_or_default();
        let id = format!("{function}-{}", now.as_millisecond());
        Ok(Invocation::new(id, deadline, Arc::new(move || instant(&clock))))
    }
}

fn read<T: serde::de::DeserializeOwned>(payload: Value) -> Result<T, String> {
    serde_json::from_value(payload)
        .map_err(|error| format!("the payload is not for this function: {error}"))
}

fn first_failure(response: DynamoDbEventResponse) -> Option<String> {
    response.batch_item_failures.into_iter().next().map(|f| f.item_identifier.unwrap_or_default())
}
