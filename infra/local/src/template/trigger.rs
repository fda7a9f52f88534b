//! What calls functions besides HTTP: the streams of tables, and the clock.
//!
//! Bounds: those of AWS Lambda for DynamoDB event source mappings (`CreateEventSourceMapping`, read 2026-11): a batch of 1
//! to 10,000, 1 to 10 batches of a shard at once, -1 (for ever) to 10,000 retries, at most 5 filters.

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::{
    Filter, Function, Table, TemplateError,
    resource::{Resource, only},
    table::table_arn,
};

/// A stream that calls a function.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamTrigger {
    /// What the template calls it.
    pub logical_id: String,
    /// The name of the table, as in [`Table::name`].
    pub table: String,
    /// The folder name of the function, as in [`Function::name`].
    pub function: String,
    /// A record goes to the function when one of these matches; all records when there is none.
    pub filters: Vec<Filter>,
    /// Most records of one invocation.
    pub batch_size: usize,
    /// Whether the function's answer may name the records that failed.
    pub report_batch_item_failures: bool,
    /// Whether a batch that failed as a whole is halved.
    pub bisect_on_error: bool,
    /// How often a failed record comes again; `None` is for as long as the stream holds it.
    pub retries: Option<u32>,
    /// Batches of one shard at the same time, each with keys of its own.
    pub parallelization_factor: usize,
}

/// A function that is called by the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// What the template calls it.
    pub logical_id: String,
    /// Whole minutes.
    pub every: SignedDuration,
    /// The folder name of the function, as in [`Function::name`].
    pub function: String,
    /// The payload of every invocation.
    pub input: Value,
}

/// The ARN of the stream of a table with this name.
pub(super) fn stream_arn(table: &str) -> String {
    format!("{}/stream/local", table_arn(table))
}

/// Records of a batch when the template names no number.
const BATCH_SIZE_DEFAULT: i64 = 100;

/// Most filters of one trigger, unless AWS raises the quota.
const FILTERS_MAX: usize = 5;

impl StreamTrigger {
    /// Whether the function is called for `record`.
    pub fn wants(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }

    pub(super) fn read(
        resource: &Resource,
        tables: &[Table],
        functions: &[Function],
    ) -> Result<Self, TemplateError> {
        let arn = resource.text("EventSourceArn")?;
        let table = tables.iter().find(|table| stream_arn(&table.name) == arn);
        let table =
            table.ok_or_else(|| resource.must_be("EventSourceArn", "the stream of a table"))?;
        let function = Function::find(functions, resource.text("FunctionName")?)
            .ok_or_else(|| resource.must_be("FunctionName", "a function of this template"))?;
        let fits = "the bounds of these numbers fit";
        let retries = resource.number("MaximumRetryAttempts", (-1, 10_000), -1)?;
        let batch_size = resource.number("BatchSize", (1, 10_000), BATCH_SIZE_DEFAULT)?;
        let parallelization_factor = resource.number("ParallelizationFactor", (1, 10), 1)?;
        Ok(Self {
            logical_id: resource.id.clone(),
            table: table.name.clone(),
            function: function.name.clone(),
            filters: filters(resource, table)?,
            batch_size: usize::try_from(batch_size).expect(fits),
            report_batch_item_failures: reports_failures(resource)?,
            bisect_on_error: resource.switch("BisectBatchOnFunctionError")?,
            retries: u32::try_from(retries).ok(),
            parallelization_factor: usize::try_from(parallelization_factor).expect(fits),
        })
    }
}

fn reports_failures(resource: &Resource) -> Result<bool, TemplateError> {
    let property = "FunctionResponseTypes";
    let Some(value) = resource.get(property) else { return Ok(false) };
    let types = value.as_array().map(Vec::as_slice).unwrap_or_default();
    match types {
        [only] if only == "ReportBatchItemFailures" => Ok(true),
        _ => Err(resource.must_be(property, "[ReportBatchItemFailures]")),
    }
}

fn filters(resource: &Resource, table: &Table) -> Result<Vec<Filter>, TemplateError> {
    let Some(criteria) = resource.object("FilterCriteria", &["Filters"])? else {
        return Ok(Vec::new());
    };
    let list = criteria.get("Filters").and_then(Value::as_array).map(Vec::as_slice);
    let list = list.unwrap_or_default();
    if list.len() > FILTERS_MAX {
        return Err(resource.must_be("FilterCriteria.Filters", "at most 5"));
    }
    let view = table.create["StreamSpecification"]["StreamViewType"].as_str().unwrap_or_default();
    list.iter()
        .map(|filter| {
            let none = Map::new();
            let filter = filter.as_object().unwrap_or(&none);
            only(&resource.id, "FilterCriteria.Filters", filter, &["Pattern"])?;
            let pattern = filter.get("Pattern").and_then(Value::as_str).unwrap_or_default();
            Filter::read(pattern)
                .and_then(|filter| filter.of_stream(view))
                .map_err(|problem| resource.must_be("FilterCriteria.Filters.Pattern", problem))
        })
        .collect()
}

impl Schedule {
    pub(super) fn read(resource: &Resource, functions: &[Function]) -> Result<Self, TemplateError> {
        let window = resource.object("FlexibleTimeWindow", &["Mode"])?;
        if window.and_then(|window| window.get("Mode")) != Some(&Value::from("OFF")) {
            return Err(resource.must_be("FlexibleTimeWindow.Mode", "OFF"));
        }
        let keys = ["Arn", "RoleArn", "Input", "RetryPolicy"];
        let target =
            resource.object("Target", &keys)?.ok_or_else(|| resource.must_be("Target", "set"))?;
        let function = target
            .get("Arn")
            .and_then(Value::as_str)
            .and_then(|arn| Function::find(functions, arn))
            .ok_or_else(|| resource.must_be("Target.Arn", "the ARN of a function"))?;
        let input = target.get("Input").and_then(Value::as_str).unwrap_or("{}");
        let input = serde_json::from_str(input)
            .map_err(|_| resource.must_be("Target.Input", "JSON text"))?;
        let expression = resource.text("ScheduleExpression")?;
        let wanted = "rate(1 minute), rate(N minutes), rate(1 hour) or rate(N hours)";
        let every =
            rate(expression).ok_or_else(|| resource.must_be("ScheduleExpression", wanted))?;
        Ok(Self { logical_id: resource.id.clone(), every, function: function.name.clone(), input })
    }
}

/// The period of a rate. One takes the singular, more the plural; AWS refuses the rest, and no linter says so.
fn rate(expression: &str) -> Option<SignedDuration> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let is_plain = count.starts_with(|first: char| matches!(first, '1'..='9'));
    let count: u32 = count.parse().ok().filter(|_| is_plain)?;
    match (count, unit) {
        (1, "minute") | (2.., "minutes") => Some(SignedDuration::from_mins(count.into())),
        (1, "hour") | (2.., "hours") => Some(SignedDuration::from_hours(count.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_more_are_plural() {
        for (expression, minutes) in [
            ("rate(1 minute)", Some(1)),
            ("rate(5 minutes)", Some(5)),
            ("rate(1 hour)", Some(60)),
            ("rate(12 hours)", Some(720)),
            ("rate(1 minutes)", None),
            ("rate(5 minute)", None),
            ("rate(0 minutes)", None),
            ("rate(05 minutes)", None),
            ("rate(-1 minutes)", None),
            ("rate(+1 minute)", None),
            ("rate(1 second)", None),
            ("rate(1  minute)", None),
            ("rate(1 minute", None),
            ("cron(0 12 * * ? *)", None),
        ] {
            assert_eq!(rate(expression), minutes.map(SignedDuration::from_mins), "{expression}");
        }
    }
}
