//! Wiring for [`token_refresh`]: no logic here.

use std::sync::Arc;

use cloud::{
    config::process,
    http::{AwsSettings, OverReqwest, dynamodb, warm},
    invocation::Invocation,
    zalo::{SEND_TIMEOUT, Zalo},
};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use token_refresh::{Config, TokenRefresh, Trigger, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::telemetry::init();
    let config = Config::from_vars(process)?;
    let aws = AwsSettings::from_vars(process)?;
    let http = cloud::http::client(aws.operation_timeout);
    let client = dynamodb(OverReqwest(http.clone()), &aws);
    warm(&http, [aws.endpoint()]).await;
    let zalo = Zalo::new(cloud::http::client(SEND_TIMEOUT), config.hosts.clone());
    let refresh = &TokenRefresh::new(&client, zalo, config);

    run(service_fn(async |event: LambdaEvent<Trigger>| {
        let invocation = Invocation::new(
            &event.context.request_id,
            event.context.deadline,
            Arc::new(Timestamp::now),
        );
        Ok::<_, Error>(handle(refresh, &event.payload, &invocation).await?)
    }))
    .await
}
