//! Orders, payments and parcels, in every order in which they can come.

use serde_json::json;

use crate::setup::*;

/// What an order is said to be and how its payments are judged, for a rule to listen to.
const EVERY_PAYMENT: &str = "
- {id: matched, on: payment.matched, then: [{id: x, invite: {survey: over}}]}
- {id: underpaid, on: payment.underpaid, then: [{id: x, invite: {survey: over}}]}
- {id: overpaid, on: payment.overpaid, then: [{id: x, invite: {survey: over}}]}
- {id: unmatched, on: payment.unmatched, then: [{id: x, invite: {survey: over}}]}
";

/// Which rules fired, by the effects that they left.
fn fired(journey: &Journey) -> Vec<String> {
    let mut rules: Vec<String> = journey
        .rows("effect#")
        .iter()
        .map(|row| row["rule"]["S"].as_str().unwrap().to_owned())
        .collect();
    rules.sort();
    rules
}

both_ways! {
    async fn a_payment_before_its_order_waits_and_is_released_once(journey) {
        journey.takes(&paid(1, "DH0001", 350_000, at(0)), at(0)).await;
        assert_eq!(journey.rows("parked#").len(), 1);
        assert!(journey.planned().await.is_empty());
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        assert_eq!(journey.planned().await, ["payment-received/tell"]);
        assert!(journey.is_tidy());
        let told = journey.notifications().await.remove(0);
        assert_eq!(told.param("customer_name"), Some("Nguyễn Thị Lan"));
        assert_eq!(told.recipient.phone.unwrap().digits(), "84912345678");
        assert_eq!(journey.kinds(&phone(PHONE)).await, ["payment.received", "order.created"]);
        journey.takes(&ordered("d1", "DH0001", 350_000, at(2)), at(2)).await;
        assert_eq!(journey.planned().await.len(), 1);
    }

    async fn a_parcel_before_its_order_waits_through_two_hops(journey) {
        // First a status that names only the parcel, then one that names the order, then the order.
        let nameless = json!({
            "OrderCode": "Z82BS", "Status": "picked", "Time": at(0).to_string(), "Type": "switch_status",
        });
        journey.takes(&local::demo::hook::DemoHook::ghn(nameless.to_string()), at(0)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "delivering", at(1)), at(1)).await;
        assert_eq!(journey.rows("parked#").len(), 2);
        journey.takes(&ordered("d1", "DH0001", 350_000, at(2)), at(2)).await;
        assert!(journey.is_tidy(), "{:?}", journey.rows("parked#"));
        let kinds = journey.kinds(&phone(PHONE)).await;
        assert_eq!(kinds, ["shipment.picked", "shipment.out_for_delivery", "order.created"]);
        assert_eq!(journey.planned().await, ["on-its-way/tell"]);
    }

    async fn the_chain_from_parcel_to_person_is_followed(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "ready_to_pick", at(1)), at(1)).await;
        let nameless = json!({
            "OrderCode": "Z82BS", "Status": "delivering", "Time": at(2).to_string(), "Type": "switch_status",
        });
        journey.takes(&local::demo::hook::DemoHook::ghn(nameless.to_string()), at(2)).await;
        let told = journey.notifications().await;
        assert_eq!(journey.planned().await, ["on-its-way/tell"]);
        assert_eq!(told[0].param("shipment_code"), Some("Z82BS"));
        assert_eq!(told[0].param("customer_name"), Some("Nguyễn Thị Lan"), "the parcel is known");
    }

    /// Goal: whoever is second sees the first. Method: both records in one batch, in both orders.
    async fn park_and_link_meet_in_both_orders(journey) {
        for order_first in [true, false] {
            let mut journey = Journey::begin(journey.delivery).await;
            journey.arrives(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
            journey.arrives(&paid(1, "DH0001", 350_000, at(0)), at(0)).await;
            let mut batch = journey.state.batch(FUNCTION);
            if !order_first {
                batch["Records"].as_array_mut().unwrap().reverse();
            }
            journey.follow(&batch, at(1)).await;
            assert_eq!(journey.planned().await, ["payment-received/tell"], "{order_first}");
            assert!(journey.is_tidy());
        }
    }

    async fn only_the_payment_that_completes_the_sum_says_paid(journey) {
        journey.rules(EVERY_PAYMENT).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 100_000, at(1)), at(1)).await;
        assert_eq!(fired(journey), ["underpaid"]);
        journey.takes(&paid(2, "DH0001", 250_000, at(2)), at(2)).await;
        assert_eq!(fired(journey), ["matched", "underpaid"]);
        journey.takes(&paid(3, "DH0001", 1, at(3)), at(3)).await;
        assert_eq!(fired(journey), ["matched", "overpaid", "underpaid"]);
        // SePay sends one of them again, days later.
        journey.takes(&paid(2, "DH0001", 250_000, at(2)), at(4)).await;
        assert_eq!(fired(journey).len(), 3);
    }

    async fn money_without_an_order_is_unmatched_and_waits_for_nobody(journey) {
        journey.rules(EVERY_PAYMENT).await;
        journey.takes(&paid(1, "cảm ơn shop", 50_000, at(0)), at(0)).await;
        assert_eq!(fired(journey), ["unmatched"]);
        assert!(journey.is_tidy());
        // An order whose amount nobody has said.
        let data = json!({"order_id": "DH0002", "phone": PHONE});
        journey.takes(&said("d1", "order.created", data, at(1)), at(1)).await;
        journey.takes(&paid(2, "DH0002", 50_000, at(2)), at(2)).await;
        assert_eq!(fired(journey), ["unmatched", "unmatched"]);
    }

    async fn too_much_at_once_is_not_paid(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001", 350_001, at(1)), at(1)).await;
        assert!(journey.planned().await.is_empty());
    }

    async fn a_late_status_fires_nothing_and_moves_nothing_back(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "delivered", at(10)), at(10)).await;
        let before = journey.rows("thing").len();
        journey.takes(&parcel("DH0001", "Z82BS", "delivering", at(5)), at(11)).await;
        journey.takes(&parcel("DH0001", "Z82BS", "delivering", at(12)), at(12)).await;
        assert!(journey.planned().await.is_empty(), "on-its-way after the delivery");
        assert_eq!(journey.rows("thing").len(), before);
        assert_eq!(journey.kinds(&phone(PHONE)).await.len(), 4, "yet each is a line");
        let parcel = journey.rows("thing");
        let parcel = parcel.iter().find(|row| row["pk"]["S"].as_str().unwrap().contains("shipment"));
        assert_eq!(parcel.unwrap()["thing"]["M"]["shipment"]["M"]["state"]["S"], "delivered");
    }

    async fn a_repeated_status_fires_once(journey) {
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        for minute in [1, 1, 3] {
            let status = parcel("DH0001", "Z82BS", "delivering", at(minute));
            journey.takes(&status, at(4)).await;
        }
        assert_eq!(journey.planned().await, ["on-its-way/tell"]);
    }

    async fn a_return_is_the_only_way_on_from_delivered(journey) {
        journey.rules("[{id: back, on: shipment.returning, then: [{id: x, invite: {survey: over}}]}]").await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(0)), at(0)).await;
        for (minute, status) in [(1, "delivered"), (2, "return"), (3, "returned"), (4, "delivering")] {
            journey.takes(&parcel("DH0001", "Z82BS", status, at(minute)), at(minute)).await;
        }
        assert_eq!(fired(journey), ["back"]);
    }

    async fn what_an_order_said_last_stands_whenever_it_comes(journey) {
        let says = |id: &str, amount: u64, minute| {
            let data = json!({"order_id": "DH0001", "phone": PHONE, "amount_vnd": amount, "note": amount});
            said(id, "order.updated", data, at(minute))
        };
        journey.takes(&says("d1", 100_000, 0), at(0)).await;
        journey.takes(&says("d3", 300_000, 2), at(2)).await;
        // The one in between is late, and the first is delivered once more.
        journey.takes(&says("d2", 200_000, 1), at(3)).await;
        let first = says("d1", 100_000, 0);
        journey.takes(&first, at(4)).await;
        journey.takes(&paid(1, "DH0001", 300_000, at(5)), at(5)).await;
        assert_eq!(journey.planned().await, ["payment-received/tell"]);
    }

    async fn one_transfer_for_two_orders_belongs_to_the_one_that_is_known(journey) {
        journey.takes(&ordered("d1", "DH0002", 350_000, at(0)), at(0)).await;
        journey.takes(&paid(1, "DH0001 DH0002", 350_000, at(1)), at(1)).await;
        assert_eq!(journey.planned().await, ["payment-received/tell"]);
        assert!(journey.is_tidy());
    }

    async fn one_that_cannot_be_read_any_more_does_not_hold_up_its_order(journey) {
        journey.takes(&paid(1, "DH0001", 350_000, at(0)), at(0)).await;
        let table = journey.state.table("EVENTS_TABLE");
        let row = journey.state.rows_of(&table).remove(0);
        let broken = json!({
            "TableName": table, "Key": {"pk": row["pk"], "sk": row["sk"]},
            "UpdateExpression": "REMOVE #raw",
            "ExpressionAttributeNames": {"#raw": "raw"},
        });
        journey.state.engine.run("UpdateItem", &broken).unwrap();
        journey.takes(&paid(2, "DH0001", 350_000, at(0)), at(0)).await;
        journey.takes(&ordered("d1", "DH0001", 350_000, at(1)), at(1)).await;
        assert_eq!(journey.planned().await, ["payment-received/tell"]);
        assert_eq!(journey.listed("stuck").len(), 1);
        assert!(journey.rows("parked#").is_empty());
    }
}
