//! What intake does without its job: the same event in, the same bytes put by the same client. What the bench compares a warm
//! event with.
//!
//! Not here: the proof, the tenant, the condition of the write, and telemetry.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use cloud::{
    config::{process, required},
    http::{AwsSettings, OverReqwest, dynamodb, warm},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let table = required(process, "EVENTS_TABLE")?;
    let aws = AwsSettings::from_vars(process)?;
    let http = cloud::http::client(aws.operation_timeout);
    let client = &dynamodb(OverReqwest(http.clone()), &aws);
    warm(&http, [aws.endpoint()]).await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let number = |value: &str| AttributeValue::N(value.to_owned());

    run(service_fn(async |event: LambdaEvent<ApiGatewayV2httpRequest>| {
        let request = event.payload;
        let id = request.headers.get("webhook-id").ok_or("an event has an id")?.to_str()?;
        // Attribute by attribute as long as a stored order's.
        client
            .put_item()
            .table_name(&table)
            .item("pk", text("ca-phe-som#phone:0123456789abcdef0123456789abcdef"))
            .item("sk", text(&format!("2026-11-20T01:20:00.000Z#standard:{id}")))
            .item("v", number("1"))
            .item("source", text("standard"))
            .item("kind", text("order.created"))
            .item("received", number("1795137600000"))
            .item("raw", AttributeValue::B(Blob::new(request.body.unwrap_or_default())))
            .item("ttl", number("1810689600"))
            .send()
            .await?;
        Ok::<_, Error>("stored")
    }))
    .await
}
