//! A batch goes on past what nobody can handle, and stops where the database does.

use serde_json::json;
use testkit::fault::Fault;

use crate::setup::*;

both_ways! {
    async fn a_broken_record_is_listed_once_and_the_others_go_on(journey) {
        journey.arrives(&followed(LAN, at(0)), at(0)).await;
        journey.arrives(&followed(MINH, at(0)), at(0)).await;
        journey.arrives(&wrote(LAN, "m1", at(1)), at(1)).await;
        let mut batch = journey.state.batch(FUNCTION);
        for (n, broken) in [
            json!({}),
            json!({"pk": {"S": "ca-phe-som"}}),
            json!({"pk": {"S": "ca-phe-som#oa:1"}, "sk": {"S": "x"}, "v": {"N": "1"}}),
        ]
        .into_iter()
        .enumerate()
        {
            let mut record = batch["Records"][0].clone();
            record["eventID"] = json!(format!("broken-{n}"));
            record["dynamodb"]["NewImage"] = broken;
            batch["Records"].as_array_mut().unwrap().insert(1, record);
        }
        let mut of_the_future = batch["Records"][0].clone();
        of_the_future["eventID"] = json!("broken-3");
        of_the_future["dynamodb"]["NewImage"]["v"]["N"] = json!("2");
        batch["Records"].as_array_mut().unwrap().insert(2, of_the_future);
        journey.follow(&batch, at(0)).await;
        let stuck = journey.listed("stuck");
        assert_eq!(stuck.len(), 4, "{stuck:?}");
        assert!(stuck.iter().all(|row| row["why"]["S"] == "corrupt_row"), "{stuck:?}");
        assert_eq!(journey.kinds(&zalo(LAN)).await, ["customer.followed", "customer.wrote"]);
        assert_eq!(journey.kinds(&zalo(MINH)).await, ["customer.followed"]);
    }

    async fn an_unknown_tenant_is_listed_under_its_name(journey) {
        journey.arrives(&followed(LAN, at(0)), at(0)).await;
        journey.arrives(&followed(MINH, at(0)), at(0)).await;
        let mut batch = journey.state.batch(FUNCTION);
        let stranger = json!({"S": format!("nobody#{}", zalo(LAN))});
        batch["Records"][0]["dynamodb"]["NewImage"]["pk"] = stranger.clone();
        batch["Records"][0]["dynamodb"]["Keys"]["pk"] = stranger;
        journey.follow(&batch, at(0)).await;
        let stuck = journey.rows("journey-runner#");
        assert_eq!(stuck.len(), 1);
        assert_eq!((&stuck[0]["pk"]["S"], &stuck[0]["why"]["S"]), (&json!("nobody#stuck"), &json!("unknown_tenant")));
        assert_eq!(journey.kinds(&zalo(MINH)).await, ["customer.followed"]);
    }

    /// A customer whose rows are broken is stuck alone.
    async fn a_broken_row_of_one_customer_harms_no_other(journey) {
        journey.takes(&followed(LAN, at(0)), at(0)).await;
        let id = journey.id(&zalo(LAN)).await;
        let broken = json!({
            "TableName": journey.state.table("CUSTOMERS_TABLE"),
            "Item": {"pk": {"S": format!("ca-phe-som#{id}")}, "sk": {"S": "about#consent#karma"}},
        });
        journey.state.engine.run("PutItem", &broken).unwrap();
        journey.arrives(&wrote(LAN, "m1", at(1)), at(1)).await;
        journey.arrives(&wrote(MINH, "m2", at(1)), at(1)).await;
        journey.follows(at(1)).await;
        assert_eq!(journey.listed("stuck").iter().filter(|row| row["why"]["S"] == "corrupt_row").count(), journey.listed("stuck").len());
        assert!(!journey.listed("stuck").is_empty());
        assert_eq!(journey.kinds(&zalo(MINH)).await, ["customer.wrote"]);
    }

    async fn a_database_that_fails_gives_back_that_record_and_all_after_it(journey) {
        for user in [LAN, MINH, "333"] {
            journey.arrives(&followed(user, at(0)), at(0)).await;
        }
        let batch = journey.state.batch(FUNCTION);
        for call in 1..=3 {
            journey.state.faults.plan(call, Fault::Throttle);
        }
        let failures = journey.run(&batch, at(0)).await;
        let first = batch["Records"][0]["dynamodb"]["SequenceNumber"].as_str().unwrap();
        assert_eq!(failures, [first]);
        assert!(journey.rows("").is_empty());
        journey.follow(&batch, at(1)).await;
        assert_eq!(journey.planned().await.len(), 3);
    }

    async fn no_record_is_begun_that_might_not_end(journey) {
        journey.arrives(&followed(LAN, at(0)), at(0)).await;
        let batch = journey.state.batch(FUNCTION);
        let event = serde_json::from_value(batch.clone()).unwrap();
        let invocation = journey.state.invocation(FUNCTION, "run", at(0));
        let deadline = invocation.deadline;
        let late = cloud::invocation::Invocation::new(
            "late",
            u64::try_from(deadline.as_millisecond()).unwrap(),
            std::sync::Arc::new(move || deadline - jiff::SignedDuration::from_secs(1)),
        );
        let response = journey_runner::handle(&journey.runner, &event, &late).await.unwrap();
        assert_eq!(response.batch_item_failures.len(), 1);
        assert!(journey.rows("").is_empty());
    }
}
