//! Wiring for [`feedback_survey`]: no logic here.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use cloud::{
    config::process,
    http::{AwsSettings, OverReqwest, dynamodb, warm},
};
use feedback_survey::{Config, FeedbackSurvey, handle};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::telemetry::init();
    let config = Config::from_vars(process)?;
    let aws = AwsSettings::from_vars(process)?;
    let http = cloud::http::client(aws.operation_timeout);
    let client = dynamodb(OverReqwest(http.clone()), &aws);
    warm(&http, [aws.endpoint()]).await;
    let surveys = &FeedbackSurvey::new(&client, &config);

    run(service_fn(async |event: LambdaEvent<ApiGatewayV2httpRequest>| {
        Ok::<_, Error>(handle(surveys, &event.payload, Timestamp::now()).await)
    }))
    .await
}
