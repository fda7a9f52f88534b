//! What AWS documents of DynamoDB and the tables rely on, asked of the engine itself: `docs/dynamodb-engines.md` has the page of
//! each, and what an engine does instead that does not agree.

use std::thread;

use serde_json::{Value, json};
use testkit::{engine::Engine, stream::StreamReader};

use crate::{elsewhere, stage};

const TABLE: &str = "probe";

/// An engine with one table, keyed by `pk` and by `sk` of this type, and with a sparse index.
struct Probe(Engine);

impl Probe {
    fn new(sort_key_type: &str) -> Self {
        let engine = stage::engine();
        let attribute =
            |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        let definition = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                attribute("pk", "S"), attribute("sk", sort_key_type),
                attribute("due_class", "S"), attribute("due_at", "N"),
            ],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": "due",
                "KeySchema": [key("due_class", "HASH"), key("due_at", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        });
        engine.create_table(definition).unwrap();
        Self(engine)
    }

    /// Runs an operation: its answer, or the error.
    fn ask(&self, operation: &str, request: &Value) -> Result<Value, Value> {
        let mut request = request.clone();
        request["ReturnConsumedCapacity"] = json!("INDEXES");
        let (status, answer) = self.0.answer(operation, request.to_string().as_bytes());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        if status == 200 { Ok(answer) } else { Err(answer) }
    }

    /// Runs an operation of this table.
    fn on_table(&self, operation: &str, request: &Value) -> Result<Value, Value> {
        let mut request = request.clone();
        request["TableName"] = json!(TABLE);
        self.ask(operation, &request)
    }

    fn put(&self, item: &Value) -> Result<Value, Value> {
        self.on_table("PutItem", &json!({"Item": item}))
    }

    fn get(&self, sk: &str) -> Value {
        let request = json!({"Key": key(sk), "ConsistentRead": true});
        self.on_table("GetItem", &request).unwrap()["Item"].take()
    }

    fn update(&self, sk: &str, expression: &str, values: &Value) -> Result<Value, Value> {
        let request = json!({
            "Key": key(sk), "UpdateExpression": expression, "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_NEW",
        });
        self.on_table("UpdateItem", &request)
    }

    fn transact(&self, parts: &[Value]) -> Result<Value, Value> {
        self.ask("TransactWriteItems", &json!({"TransactItems": parts}))
    }

    /// The sort keys of the partition, in the engine's order.
    fn order(&self) -> Vec<Value> {
        let mut found = self.on_table("Query", &all()).unwrap();
        let Value::Array(items) = found["Items"].take() else { panic!("{found}") };
        items.into_iter().map(|mut item| item["sk"].take()).collect()
    }
}

fn key(sk: &str) -> Value {
    json!({"pk": {"S": "a"}, "sk": {"S": sk}})
}

/// The row `sk` with one attribute more.
fn row(sk: &str, name: &str, value: Value) -> Value {
    let mut row = key(sk);
    row[name] = value;
    row
}

/// The whole partition.
fn all() -> Value {
    json!({
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
        "ConsistentRead": true,
    })
}

/// A text of so many bytes.
fn text(bytes: usize) -> Value {
    json!({"S": "x".repeat(bytes)})
}

/// A part of a transaction that puts a row.
fn put(item: &Value) -> Value {
    json!({"Put": {"TableName": TABLE, "Item": item}})
}

/// The same, if the row is new; a refusal brings the row that is there.
fn put_new(item: &Value) -> Value {
    json!({"Put": {
        "TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }})
}

/// The short name of an error.
#[track_caller]
fn refused(answer: Result<Value, Value>) -> String {
    let error = answer.unwrap_err();
    let name = error["__type"].as_str().unwrap();
    name.rsplit('#').next().unwrap().to_owned()
}

const INVALID: &str = "ValidationException";

/// The units of an answer, those of its indexes included.
#[track_caller]
fn units(answer: Result<Value, Value>) -> f64 {
    let answer = answer.unwrap();
    let consumed = &answer["ConsumedCapacity"];
    let one = consumed.get(0).unwrap_or(consumed);
    one["CapacityUnits"].as_f64().unwrap_or_else(|| panic!("no units in {answer}"))
}

/// What AWS documents, where the embedded engine is known to say something else.
fn documented<T>(aws: T, embedded: T) -> T {
    if elsewhere::is_given() { aws } else { embedded }
}

#[test]
fn a_refused_write_brings_the_row_that_is_there_if_asked() {
    let probe = Probe::new("S");
    let stored = row("1", "n", json!({"N": "7"}));
    probe.put(&stored).unwrap();
    let writes = [
        ("PutItem", json!({"Item": key("1")})),
        ("DeleteItem", json!({"Key": key("1")})),
        ("UpdateItem", json!({"Key": key("1"), "UpdateExpression": "REMOVE n"})),
    ];
    for (operation, mut write) in writes {
        write["ConditionExpression"] = json!("attribute_not_exists(pk)");
        let error = probe.on_table(operation, &write).unwrap_err();
        assert!(error["Item"].is_null(), "{operation}: {error}");
        write["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
        let error = probe.on_table(operation, &write).unwrap_err();
        assert_eq!(error["Item"], stored, "{operation}");
        assert_eq!(refused(Err(error)), "ConditionalCheckFailedException");
    }
}

#[test]
fn numbers_are_compared_by_value_and_never_with_a_text() {
    let probe = Probe::new("S");
    probe.put(&row("1", "n", json!({"N": "1"}))).unwrap();
    for (value, holds) in [(json!({"N": "1.0"}), true), (json!({"S": "1"}), false)] {
        let request = json!({
            "Key": key("1"), "UpdateExpression": "REMOVE gone", "ConditionExpression": "n = :n",
            "ExpressionAttributeValues": {":n": value},
        });
        assert_eq!(probe.on_table("UpdateItem", &request).is_ok(), holds, "{value}");
    }
}

#[test]
fn a_cancelled_transaction_has_a_reason_for_each_part_in_order_and_does_nothing() {
    let probe = Probe::new("S");
    let stored = row("2", "n", json!({"N": "7"}));
    probe.put(&stored).unwrap();
    let there = json!({"ConditionCheck": {
        "TableName": TABLE, "Key": key("3"), "ConditionExpression": "attribute_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }});
    let error = probe.transact(&[put(&key("1")), put_new(&key("2")), there]).unwrap_err();
    let reasons = &error["CancellationReasons"];
    let codes: Vec<_> = (0..3).map(|n| reasons[n]["Code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]);
    assert_eq!((&reasons[1]["Item"], &reasons[2]["Item"]), (&stored, &Value::Null));
    assert_eq!(refused(Err(error)), "TransactionCanceledException");
    assert_eq!(probe.get("1"), Value::Null);
}

#[test]
fn a_token_stands_for_one_transaction_which_is_done_once() {
    let probe = Probe::new("S");
    let add = |n: &str| {
        let update = json!({"Update": {
            "TableName": TABLE, "Key": key("1"), "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": n}},
        }});
        let request = json!({"TransactItems": [update], "ClientRequestToken": "token"});
        probe.ask("TransactWriteItems", &request)
    };
    assert_eq!(units(add("1")), 2.0);
    let again = add("1").unwrap();
    assert_eq!(again["ConsumedCapacity"][0]["ReadCapacityUnits"], 2.0, "a replay reads: {again}");
    assert_eq!(refused(add("2")), "IdempotentParameterMismatchException");
    assert_eq!(probe.get("1")["n"]["N"], "1");
}

#[test]
fn the_token_of_a_cancelled_transaction_may_be_used_again() {
    let probe = Probe::new("S");
    let request = json!({"TransactItems": [put_new(&key("1"))], "ClientRequestToken": "token"});
    let ask = || probe.ask("TransactWriteItems", &request);
    probe.put(&key("1")).unwrap();
    assert_eq!(refused(ask()), "TransactionCanceledException");
    probe.on_table("DeleteItem", &json!({"Key": key("1")})).unwrap();
    ask().unwrap();
}

#[test]
fn a_transaction_names_a_row_once() {
    let probe = Probe::new("S");
    let check = json!({"ConditionCheck": {
        "TableName": TABLE, "Key": key("1"), "ConditionExpression": "attribute_not_exists(pk)",
    }});
    assert_eq!(refused(probe.transact(&[put(&key("1")), check])), INVALID);
}

#[test]
fn a_transaction_has_a_hundred_parts_at_most() {
    let probe = Probe::new("S");
    let parts: Vec<Value> = (0..101).map(|n| put(&key(&n.to_string()))).collect();
    assert_eq!(refused(probe.transact(&parts)), INVALID);
    probe.transact(&parts[..100]).unwrap();
    let gets: Vec<Value> = (0..101)
        .map(|n| json!({"Get": {"TableName": TABLE, "Key": key(&n.to_string())}}))
        .collect();
    let get = |gets: &[Value]| probe.ask("TransactGetItems", &json!({"TransactItems": gets}));
    assert_eq!(refused(get(&gets)), INVALID);
    assert_eq!(get(&gets[..100]).unwrap()["Responses"].as_array().unwrap().len(), 100);
}

#[test]
fn a_transaction_weighs_4_mb_at_most() {
    let probe = Probe::new("S");
    let parts: Vec<Value> =
        (0..11).map(|n| put(&row(&n.to_string(), "t", text(400_000)))).collect();
    assert_eq!(refused(probe.transact(&parts)), INVALID);
    probe.transact(&parts[..10]).unwrap();
}

#[test]
fn a_row_weighs_400_kb_at_most_with_its_names() {
    let probe = Probe::new("S");
    let rest = "pk".len() + "a".len() + "sk".len() + "1".len() + "t".len();
    probe.put(&row("1", "t", text(400 * 1024 - rest))).unwrap();
    assert_eq!(refused(probe.put(&row("1", "t", text(400 * 1024 - rest + 1)))), INVALID);
    let one_more = probe.update("1", "SET u = :u", &json!({":u": {"S": ""}}));
    assert_eq!(refused(one_more), INVALID);
}

#[test]
fn a_number_has_38_digits_and_no_zeros_that_say_nothing() {
    let probe = Probe::new("S");
    let nines = "9".repeat(38);
    let whole = format!("{nines}0");
    for (written, kept) in [
        (nines.as_str(), nines.as_str()),
        (&whole, &whole),
        ("-0.00000000000000000000000000000000000001", "-0.00000000000000000000000000000000000001"),
        ("007", "7"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
    ] {
        probe.put(&row("1", "n", json!({"N": written}))).unwrap();
        assert_eq!(probe.get("1")["n"]["N"], kept, "{written}");
    }
    for wrong in [format!("{nines}9").as_str(), "1e126", "1e-131", "", "one", "NaN"] {
        assert_eq!(refused(probe.put(&row("1", "n", json!({"N": wrong})))), INVALID, "{wrong}");
    }
}

#[test]
fn a_sum_keeps_38_digits() {
    let probe = Probe::new("S");
    let digits = "12345678901234567890123456789012345678";
    probe.put(&row("1", "n", json!({"N": digits}))).unwrap();
    probe.update("1", "ADD n :n", &json!({":n": {"N": "1"}})).unwrap();
    assert_eq!(probe.get("1")["n"]["N"], "12345678901234567890123456789012345679");
}

#[test]
fn a_number_weighs_a_byte_for_two_digits_and_one_more() {
    // The text fills the row up to its last byte: pk, a, sk, 1, t and n are 8 bytes, the number is 3.
    let probe = Probe::new("S");
    for (number, weight) in [("12", 2), ("123", 3), ("-12", 3), ("120", 2), ("1763600400000", 5)] {
        let fits = |bytes: usize| {
            let mut item = row("1", "n", json!({"N": number}));
            item["t"] = text(1024 - 8 - bytes);
            units(probe.put(&item)) == 1.0
        };
        probe.on_table("DeleteItem", &json!({"Key": key("1")})).unwrap();
        assert!(fits(weight), "{number} weighs more than {weight}");
        assert!(!fits(weight - 1), "{number} weighs less than {weight}");
    }
}

#[test]
fn a_key_is_not_empty_and_other_attributes_may_be() {
    for (kind, empty) in [("S", json!({"S": ""})), ("B", json!({"B": ""}))] {
        let probe = Probe::new(kind);
        let item = json!({"pk": {"S": "a"}, "sk": empty});
        assert_eq!(refused(probe.put(&item)), INVALID, "{kind}");
    }
    let probe = Probe::new("S");
    for empty in [json!({"S": ""}), json!({"B": ""}), json!({"L": []}), json!({"M": {}})] {
        probe.put(&row("1", "e", empty.clone())).unwrap();
        assert_eq!(probe.get("1")["e"], empty);
    }
    assert_eq!(refused(probe.put(&row("1", "e", json!({"SS": []})))), INVALID);
    let mut indexed = row("1", "due_class", json!({"S": ""}));
    indexed["due_at"] = json!({"N": "1"});
    assert_eq!(refused(probe.put(&indexed)), INVALID, "the key of an index");
}

#[test]
fn a_partition_key_has_2048_bytes_and_a_sort_key_1024() {
    let probe = Probe::new("S");
    let item = |pk: usize, sk: usize| json!({"pk": text(pk), "sk": text(sk)});
    probe.put(&item(2048, 1024)).unwrap();
    assert_eq!(refused(probe.put(&item(2049, 1))), INVALID);
    assert_eq!(refused(probe.put(&item(1, 1025))), INVALID);
    // Bytes of UTF-8 and not characters.
    let long = json!({"pk": {"S": "a"}, "sk": {"S": "ạ".repeat(342)}});
    assert_eq!(refused(probe.put(&long)), INVALID);
}

#[test]
fn a_query_brings_numbers_by_value_and_the_rest_by_unsigned_bytes() {
    let sorted = [
        ("N", vec!["-100", "-10.5", "-2", "0", "1.5", "2", "10", "1000000000000000000000"]),
        // In UTF-16 the last two would stand the other way round.
        ("S", vec!["A", "AA", "B", "a", "ạ", "\u{ff5e}", "\u{1f600}"]),
        // 00, 01, 01 00, 7f, 80, ff.
        ("B", vec!["AA==", "AQ==", "AQA=", "fw==", "gA==", "/w=="]),
    ];
    for (kind, values) in sorted {
        let probe = Probe::new(kind);
        let sorted: Vec<Value> = values.iter().map(|value| json!({kind: value})).collect();
        for sk in sorted.iter().rev() {
            probe.put(&json!({"pk": {"S": "a"}, "sk": sk})).unwrap();
        }
        assert_eq!(probe.order(), sorted);
    }
}

#[test]
fn a_limit_counts_what_is_read_and_a_page_without_rows_may_have_a_next() {
    let probe = Probe::new("S");
    for n in 0..5 {
        probe.put(&row(&n.to_string(), "n", json!({"N": n.to_string()}))).unwrap();
    }
    let mut request = all();
    request["Limit"] = json!(2);
    request["FilterExpression"] = json!("n = :four");
    request["ExpressionAttributeValues"][":four"] = json!({"N": "4"});
    let mut pages = Vec::new();
    loop {
        let page = probe.on_table("Query", &request).unwrap();
        pages.push((page["Count"].clone(), page["ScannedCount"].clone()));
        if page["LastEvaluatedKey"].is_null() {
            break;
        }
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
    }
    assert_eq!(pages, [(json!(0), json!(2)), (json!(0), json!(2)), (json!(1), json!(1))]);
}

#[test]
fn a_query_goes_on_behind_a_row_that_is_gone() {
    let probe = Probe::new("S");
    for n in 0..3 {
        probe.put(&key(&n.to_string())).unwrap();
    }
    probe.on_table("DeleteItem", &json!({"Key": key("1")})).unwrap();
    let mut request = all();
    request["ExclusiveStartKey"] = key("1");
    let page = probe.on_table("Query", &request).unwrap();
    assert_eq!(page["Items"], json!([key("2")]));
}

#[test]
fn of_sixteen_at_once_one_is_first_and_no_sum_is_lost() {
    let probe = Probe::new("S");
    let new = json!({"Item": key("new"), "ConditionExpression": "attribute_not_exists(pk)"});
    let one = json!({":n": {"N": "1"}});
    let first: usize = thread::scope(|scope| {
        let writer = || {
            probe.update("sum", "ADD n :n", &one).unwrap();
            usize::from(probe.on_table("PutItem", &new).is_ok())
        };
        let writers: Vec<_> = (0..16).map(|_| scope.spawn(writer)).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!((first, &probe.get("sum")["n"]["N"]), (1, &json!("16")));
}

#[test]
fn a_page_is_1_mb_before_the_filter() {
    let probe = Probe::new("S");
    for n in 0..6 {
        probe.put(&row(&n.to_string(), "t", text(300_000))).unwrap();
    }
    let mut request = all();
    request["FilterExpression"] = json!("attribute_exists(u)");
    let page = probe.on_table("Query", &request).unwrap();
    assert_eq!((&page["Count"], &page["LastEvaluatedKey"]), (&json!(0), &key("2")));
    // The embedded engine also counts the row that did not fit any more.
    assert_eq!(page["ScannedCount"], documented(3, 4));
}

#[test]
fn a_read_of_one_row_costs_by_started_4_kb_and_half_when_it_may_be_late() {
    let probe = Probe::new("S");
    probe.put(&row("1", "t", text(9_000))).unwrap();
    let get = |sk: &str, consistent: bool| {
        let request = json!({"Key": key(sk), "ConsistentRead": consistent});
        units(probe.on_table("GetItem", &request))
    };
    assert_eq!((get("none", true), get("none", false)), (1.0, 0.5));
    assert_eq!((get("1", true), get("1", false)), (3.0, 1.5));
}

#[test]
fn a_query_costs_by_started_4_kb_of_all_that_it_reads() {
    let probe = Probe::new("S");
    for n in 0..9 {
        probe.put(&row(&n.to_string(), "t", text(1_000))).unwrap();
    }
    let mut request = all();
    assert_eq!(units(probe.on_table("Query", &request)), 3.0);
    request["FilterExpression"] = json!("attribute_exists(u)");
    assert_eq!(units(probe.on_table("Query", &request)), 3.0, "what is filtered out is read");
    request["ConsistentRead"] = json!(false);
    assert_eq!(units(probe.on_table("Query", &request)), 1.5);
}

#[test]
fn a_batch_get_costs_what_its_rows_cost_one_by_one() {
    let probe = Probe::new("S");
    for n in 0..3 {
        probe.put(&row(&n.to_string(), "t", text(4_500))).unwrap();
    }
    let keys: Vec<Value> = (0..4).map(|n| key(&n.to_string())).collect();
    let request = json!({"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": true}}});
    assert_eq!(units(probe.ask("BatchGetItem", &request)), 7.0);
}

#[test]
fn a_batch_write_costs_what_its_rows_cost_one_by_one() {
    let probe = Probe::new("S");
    let put = |n: i32| json!({"PutRequest": {"Item": row(&n.to_string(), "t", text(1_500))}});
    let puts: Vec<Value> = (0..3).map(put).collect();
    let request = json!({"RequestItems": {TABLE: puts}});
    assert_eq!(units(probe.ask("BatchWriteItem", &request)), 6.0);
}

#[test]
fn a_transaction_costs_twice() {
    let probe = Probe::new("S");
    assert_eq!(units(probe.transact(&[put(&row("1", "t", text(1_500)))])), 4.0);
    let check = json!({"ConditionCheck": {
        "TableName": TABLE, "Key": key("1"), "ConditionExpression": "attribute_exists(pk)",
    }});
    assert_eq!(units(probe.transact(&[check, put(&key("2"))])), 6.0);
    let gets = json!({"TransactItems": [{"Get": {"TableName": TABLE, "Key": key("1")}}]});
    assert_eq!(units(probe.ask("TransactGetItems", &gets)), 2.0);
}

#[test]
fn a_write_costs_by_started_kb_of_the_larger_of_old_and_new() {
    let probe = Probe::new("S");
    assert_eq!(units(probe.put(&row("1", "t", text(1_500)))), 2.0);
    assert_eq!(units(probe.update("1", "SET n = :n", &json!({":n": {"N": "1"}}))), 2.0);
    assert_eq!(units(probe.put(&key("1"))), 2.0);
    let delete = || units(probe.on_table("DeleteItem", &json!({"Key": key("1")})));
    assert_eq!((delete(), delete()), (1.0, 1.0), "also of what is not there");
}

#[test]
fn an_index_costs_when_its_entry_comes_changes_or_goes() {
    let probe = Probe::new("S");
    let set = |expression: &str, values: Value| {
        let mut request = json!({"Key": key("1"), "UpdateExpression": expression});
        if !values.is_null() {
            request["ExpressionAttributeValues"] = values;
        }
        let answer = probe.on_table("UpdateItem", &request).unwrap();
        let index = &answer["ConsumedCapacity"]["GlobalSecondaryIndexes"]["due"]["CapacityUnits"];
        index.as_f64().unwrap_or_default()
    };
    assert_eq!(set("SET due_at = :at", json!({":at": {"N": "1"}})), 0.0, "half a key");
    assert_eq!(set("SET due_class = :c", json!({":c": {"S": "care"}})), 1.0, "a new entry");
    assert_eq!(set("SET n = :n", json!({":n": {"N": "1"}})), 0.0, "not projected");
    assert_eq!(set("SET due_at = :at", json!({":at": {"N": "2"}})), 2.0, "another key");
    assert_eq!(set("REMOVE due_at", Value::Null), 1.0, "gone");
}

#[test]
fn an_index_holds_the_rows_that_have_its_key_and_of_them_what_is_projected() {
    let probe = Probe::new("S");
    for (sk, at) in [("1", Some("2")), ("2", Some("1")), ("3", None)] {
        let mut item = row(sk, "due_class", json!({"S": "care"}));
        item["n"] = json!({"N": "7"});
        if let Some(at) = at {
            item["due_at"] = json!({"N": at});
        }
        probe.put(&item).unwrap();
    }
    let mut request = json!({
        "IndexName": "due",
        "KeyConditionExpression": "due_class = :c",
        "ExpressionAttributeValues": {":c": {"S": "care"}},
    });
    let found = probe.on_table("Query", &request).unwrap();
    let entry = |sk: &str, at: &str| {
        let mut entry = row(sk, "due_class", json!({"S": "care"}));
        entry["due_at"] = json!({"N": at});
        entry
    };
    assert_eq!(found["Items"], json!([entry("2", "1"), entry("1", "2")]));
    request["Limit"] = json!(1);
    let page = probe.on_table("Query", &request).unwrap();
    assert_eq!(page["LastEvaluatedKey"], entry("2", "1"), "a place in an index has all four keys");
    request["ConsistentRead"] = json!(true);
    assert_eq!(refused(probe.on_table("Query", &request)), INVALID);
    let wrong = row("4", "due_class", json!({"N": "1"}));
    assert_eq!(refused(probe.put(&wrong)), INVALID, "the key of an index has its type");
}

#[test]
fn an_index_is_not_asked_for_what_it_does_not_hold() {
    let probe = Probe::new("S");
    let mut request = json!({
        "IndexName": "due",
        "KeyConditionExpression": "due_class = :c",
        "ExpressionAttributeValues": {":c": {"S": "care"}},
    });
    request["Select"] = json!("ALL_ATTRIBUTES");
    assert_eq!(refused(probe.on_table("Query", &request)), INVALID);
}

#[test]
fn a_batch_get_brings_16_mb_and_names_the_rest() {
    let probe = Probe::new("S");
    let keys: Vec<Value> = (0..60).map(|n| key(&format!("{n:02}"))).collect();
    for key in &keys {
        probe.put(&row(key["sk"]["S"].as_str().unwrap(), "t", text(300 * 1024))).unwrap();
    }
    let request = json!({"RequestItems": {TABLE: {"Keys": keys}}});
    let answer = probe.ask("BatchGetItem", &request).unwrap();
    let found = answer["Responses"][TABLE].as_array().unwrap().len();
    let rest = answer["UnprocessedKeys"][TABLE]["Keys"].as_array().map_or(0, Vec::len);
    assert!(found < 60, "{found}");
    assert_eq!(found + rest, 60);
}

#[test]
fn a_batch_is_a_hundred_reads_or_25_writes_of_different_rows() {
    let probe = Probe::new("S");
    let keys: Vec<Value> = (0..101).map(|n| key(&n.to_string())).collect();
    let get = |keys: &[Value]| {
        probe.ask("BatchGetItem", &json!({"RequestItems": {TABLE: {"Keys": keys}}}))
    };
    assert_eq!(refused(get(&keys)), INVALID);
    assert_eq!(refused(get(&[key("1"), key("1")])), INVALID);
    get(&keys[..100]).unwrap();
    let puts: Vec<Value> = keys.iter().map(|key| json!({"PutRequest": {"Item": key}})).collect();
    let write =
        |puts: &[Value]| probe.ask("BatchWriteItem", &json!({"RequestItems": {TABLE: puts}}));
    assert_eq!(refused(write(&puts[..26])), INVALID);
    let delete = json!({"DeleteRequest": {"Key": key("0")}});
    assert_eq!(refused(write(&[puts[0].clone(), delete])), INVALID);
    write(&puts[..25]).unwrap();
}

#[test]
fn a_reserved_word_needs_a_placeholder_and_a_placeholder_needs_a_use() {
    let probe = Probe::new("S");
    let update = |expression: &str, names: Value, values: Value| {
        let mut request = json!({"Key": key("1"), "UpdateExpression": expression});
        for (name, part) in
            [("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)]
        {
            if !part.is_null() {
                request[name] = part;
            }
        }
        probe.on_table("UpdateItem", &request)
    };
    let one = json!({":v": {"N": "1"}});
    for word in ["status", "Name", "ttl", "source", "state", "owner"] {
        let bare = update(&format!("SET {word} = :v"), Value::Null, one.clone());
        assert_eq!(refused(bare), INVALID, "{word}");
        update("SET #w = :v", json!({"#w": word}), one.clone()).unwrap();
    }
    assert_eq!(refused(update("SET n = :v", json!({"#w": "n"}), one.clone())), INVALID, "unused");
    assert_eq!(refused(update("SET #n = :v", Value::Null, one.clone())), INVALID, "undefined name");
    assert_eq!(refused(update("REMOVE n", Value::Null, one)), INVALID, "unused value");
    assert_eq!(refused(update("SET n = :v", Value::Null, Value::Null)), INVALID, "undefined value");
}

#[test]
fn an_expression_has_4_kb_at_most() {
    let probe = Probe::new("S");
    let set = |bytes: usize| {
        let name = "n".repeat(100);
        let padding = bytes - "SET  = :v".len() - name.len();
        let expression = format!("SET {name} = :v{}", " ".repeat(padding));
        assert_eq!(expression.len(), bytes);
        probe.update("1", &expression, &json!({":v": {"N": "1"}}))
    };
    set(4096).unwrap();
    assert_eq!(refused(set(4097)), INVALID);
}

#[test]
fn an_update_leaves_the_key_alone_and_makes_the_row_that_is_not_there() {
    let probe = Probe::new("S");
    assert_eq!(refused(probe.update("1", "SET sk = :v", &json!({":v": {"S": "2"}}))), INVALID);
    let inside = probe.update("1", "SET m.n = :v", &json!({":v": {"N": "2"}}));
    assert_eq!(refused(inside), INVALID, "a map that is not there");
    let made = probe.update(
        "1",
        "SET n = if_not_exists(n, :v), l = list_append(if_not_exists(l, :l), :l) ADD c :v",
        &json!({":v": {"N": "2"}, ":l": {"L": [{"S": "x"}]}}),
    );
    let mut expected = row("1", "n", json!({"N": "2"}));
    expected["l"] = json!({"L": [{"S": "x"}, {"S": "x"}]});
    expected["c"] = json!({"N": "2"});
    assert_eq!(made.unwrap()["Attributes"], expected);
}

#[test]
fn a_write_that_changes_nothing_is_not_in_the_stream() {
    let probe = Probe::new("S");
    let mut stream = StreamReader::from_position(&probe.0, TABLE, None).unwrap().unwrap();
    let two = json!({":n": {"N": "2"}});
    probe.put(&row("1", "n", json!({"N": "1"}))).unwrap();
    probe.put(&row("1", "n", json!({"N": "1"}))).unwrap();
    probe.update("1", "SET n = :n", &two).unwrap();
    probe.update("1", "SET n = :n", &two).unwrap();
    for _ in 0..2 {
        probe.on_table("DeleteItem", &json!({"Key": key("1")})).unwrap();
    }
    let names: Vec<Value> =
        stream.read().iter().map(|record| record["eventName"].clone()).collect();
    // The embedded engine streams every write of a row that was there.
    let aws = vec!["INSERT", "MODIFY", "REMOVE"];
    let embedded = vec!["INSERT", "MODIFY", "MODIFY", "MODIFY", "REMOVE"];
    assert_eq!(names, documented(aws, embedded));
}

#[test]
fn the_setting_of_expiry_is_read_back_and_an_expired_row_is_read_until_it_goes() {
    let probe = Probe::new("S");
    let setting = json!({"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": true}});
    probe.on_table("UpdateTimeToLive", &setting).unwrap();
    let described = probe.on_table("DescribeTimeToLive", &json!({})).unwrap();
    let described = &described["TimeToLiveDescription"];
    assert_eq!(described["AttributeName"], "ttl");
    let status = described["TimeToLiveStatus"].as_str().unwrap();
    assert!(["ENABLING", "ENABLED"].contains(&status), "{status}");
    probe.put(&row("1", "ttl", json!({"N": "1"}))).unwrap();
    assert_eq!(probe.get("1")["ttl"]["N"], "1");
}
