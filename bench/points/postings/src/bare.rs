//! What a posting cannot do without: the last row read, and two rows of the same size put in one transaction.

use aws_sdk_dynamodb::{
    Client,
    primitives::Blob,
    types::{AttributeValue, Put, TransactWriteItem},
};

/// Bytes of a usual entry, and of the texts of its operation.
const ENTRY_BYTES: usize = 150;
const OPERATION_BYTES: usize = 230;

/// One bare posting.
pub(crate) async fn post(client: &Client, table: &str, account: &str, n: u32) {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let read = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("pk = :pk AND begins_with(sk, :entry)")
        .expression_attribute_values(":pk", text(account))
        .expression_attribute_values(":entry", text("e#"))
        .scan_index_forward(false)
        .limit(1);
    read.send().await.expect("the engine answers");
    let put = |pk: &str, sk: &str, rest: (&str, AttributeValue)| {
        let put = Put::builder()
            .table_name(table)
            .item("pk", text(pk))
            .item("sk", text(sk))
            .item("v", AttributeValue::N("1".to_owned()))
            .item(rest.0, rest.1)
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("every part is set");
        TransactWriteItem::builder().put(put).build()
    };
    let entry = AttributeValue::B(Blob::new(vec![7_u8; ENTRY_BYTES]));
    let operation = text(&"o".repeat(OPERATION_BYTES));
    client
        .transact_write_items()
        .transact_items(put(&format!("bench#op#{account}{n:020}"), "op", ("text", operation)))
        .transact_items(put(account, &format!("e#{n:010}"), ("b", entry)))
        .send()
        .await
        .expect("nothing stands there");
}
