//! Follows each response that has ended: an answered one becomes the event `survey.answered`, and all of them are counted. What
//! happens to a case becomes an event too: `case.opened`, `case.overdue`, `case.closed`.
//!
//! Woken by the stream when a response ends, and every hour by the clock, for links that are over: what was not answered ends then,
//! and the stream brings it here; what was answered is looked at once more, in case the stream has lost it. The clock also finds the
//! cases whose deadline is over, and at night asks Zalo for stars whose hook was lost (`rating`). `tell` and `case` make the events, `count` the tallies.
//!
//! A record that comes twice puts the same event, and is counted once. Records of one batch are counted together, so that a tally
//! is written once for all of them.

mod case;
mod config;
mod count;
mod rating;
mod tell;

use std::{cell::RefCell, collections::HashSet, sync::Arc};

use aws_lambda_events::{
    dynamodb::EventRecord,
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use cloud::{
    invocation::Invocation,
    stream::{RecordError, chain, each},
    table::{
        Customers, Events, StoreError, SurveyResults, Surveys, Tenants,
        surveys::{Response, State, StoredCase},
    },
    zalo::Zalo,
};
use domain::survey::Survey;
use jiff::{SignedDuration, Timestamp};

pub use cloud::stream::{Tick, Trigger};
pub use config::Config;

/// What ending one response or reminding of one case may need at most: none is begun when the invocation has less left.
const ONE_TIME: SignedDuration = SignedDuration::from_secs(5);

/// What the function keeps between batches.
#[derive(Debug)]
pub struct Results {
    customers: Customers,
    events: Events,
    surveys: Surveys,
    survey_results: SurveyResults,
    tenants: Tenants,
    zalo: Zalo,
    raw_for: SignedDuration,
}

impl Results {
    /// Works on the tables that `config` names, and asks `zalo`.
    pub fn new(client: &aws_sdk_dynamodb::Client, zalo: Zalo, config: &Config) -> Self {
        Self {
            customers: Customers::new(client, &config.customers_table),
            events: Events::new(client, &config.events_table),
            surveys: Surveys::new(client, &config.surveys_table),
            survey_results: SurveyResults::new(client, &config.survey_results_table),
            tenants: Tenants::new(client, &config.tenants_table),
            zalo,
            raw_for: config.raw_for,
        }
    }
}

/// Handles one wake-up.
///
/// # Errors
/// A tick fails when the database does not answer; the next one comes in an hour. A stream batch reports its failures.
pub async fn handle(
    results: &Results,
    trigger: &Trigger,
    invocation: &Invocation,
) -> Result<DynamoDbEventResponse, StoreError> {
    let Trigger::Stream(event) = trigger else {
        results.tick(invocation).await?;
        return Ok(DynamoDbEventResponse::default());
    };
    let ended = RefCell::new(Vec::new());
    let one = async |record: &EventRecord| -> Result<(), RecordError> {
        if let Some(response) = results.follow(record, invocation).await? {
            ended.borrow_mut().push(response);
        }
        Ok(())
    };
    let mut answer = each(event, "survey-results", &results.customers, invocation, one).await;
    if let Err(error) = results.count(&ended.into_inner()).await {
        // What was told is told once more, under the same ids.
        tracing::warn!(error = chain(&error), "comes again");
        let first = event.records.first().and_then(|record| record.change.sequence_number.clone());
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = first;
        answer.batch_item_failures = vec![failure];
    }
    Ok(answer)
}

impl Results {
    /// The response of a record, told if it was answered; `None` for one that has not ended, or that nobody can count.
    async fn follow(
        &self,
        record: &EventRecord,
        invocation: &Invocation,
    ) -> Result<Option<Response>, RecordError> {
        let image = &record.change.new_image;
        if let Some(stored) = StoredCase::from_image(image)? {
            self.tell_case(&stored, invocation.now()).await?;
            return Ok(None);
        }
        let Some(response) = Response::from_image(image.clone())? else { return Ok(None) };
        let survey = self.survey(&response).await?;
        let survey = survey.ok_or(RecordError::Never { code: "no_survey", source: None })?;
        match response.state {
            State::Invited => return Ok(None),
            State::Answered => self.tell(&response, &survey, invocation.now()).await?,
            State::Expired => {}
        }
        Ok(Some(response))
    }

    /// The survey as it was when somebody was invited.
    pub(crate) async fn survey(
        &self,
        response: &Response,
    ) -> Result<Option<Arc<Survey>>, StoreError> {
        let rules = self.tenants.rule_set(&response.tenant, response.version).await?;
        Ok(rules.surveys().and_then(|surveys| surveys.get(&response.survey)).cloned())
    }

    /// Ends what is over, as long as there is time. A row that cannot be read does not stop the others.
    async fn tick(&self, invocation: &Invocation) -> Result<(), StoreError> {
        self.remind(invocation).await?;
        // Boxed: the way of a rating is a deep future.
        Box::pin(self.reconcile(invocation)).await?;
        let mut seen = HashSet::new();
        loop {
            let mut over = self.surveys.over(invocation.now()).await?;
            over.retain(|key| seen.insert(key.clone()));
            if over.is_empty() {
                return Ok(());
            }
            for key in over {
                if !invocation.time_for(ONE_TIME) {
                    return Ok(());
                }
                if let Err(error) = self.end(&key, invocation.now()).await {
                    tracing::error!(response.key = key, error = chain(&error), "stuck");
                    if error.is_infrastructure() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Takes one off the list, told and counted before if it was answered: who dies here finds it there again.
    async fn end(&self, key: &str, now: Timestamp) -> Result<(), StoreError> {
        if let Some(response) = self.surveys.one_over(key).await?
            && response.state == State::Answered
            && let Some(survey) = self.survey(&response).await?
        {
            self.tell(&response, &survey, now).await?;
            self.count(&[response]).await?;
        }
        self.surveys.expire(key).await
    }
}
