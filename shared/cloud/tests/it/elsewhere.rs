//! The same tests against another DynamoDB: the one at the address in `CHAM_DYNAMODB`, over HTTP.
//!
//! It has to take an access key of twelve digits for an account, as MiniStack does: each test has one of its own. What MiniStack
//! does that AWS documents otherwise is listed here, and the list is held to be true; a step of `.ci/run`.

use std::{
    collections::BTreeSet,
    env,
    process::{self, Command},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use testkit::engine::{Engine, REGION};
use tokio::runtime::{Builder, Runtime};

/// What another engine cannot be asked.
const LEFT_OUT: [(&str, &str); 1] = [(
    "events::a_hook_may_go_when_its_time_is_over_and_not_before",
    "the clock that rows expire by is not ours",
)];

/// The tests in which MiniStack 1.5.33 does not do what AWS documents; `docs/dynamodb-engines.md` has the pages.
const DISAGREES: [(&str, &str); 17] = [
    ("cases::a_case_costs_what_the_chart_says", IN_ALL),
    ("documented::a_batch_get_brings_16_mb_and_names_the_rest", ALL_AT_ONCE),
    ("documented::a_batch_get_costs_what_its_rows_cost_one_by_one", NO_UNITS),
    ("documented::a_number_weighs_a_byte_for_two_digits_and_one_more", PAIRS),
    ("documented::a_query_costs_by_started_4_kb_of_all_that_it_reads", ANY_SIZE),
    ("documented::a_read_of_one_row_costs_by_started_4_kb_and_half_when_it_may_be_late", ANY_SIZE),
    ("documented::a_sum_keeps_38_digits", "a sum keeps 28 digits"),
    (
        "documented::an_index_is_not_asked_for_what_it_does_not_hold",
        "the question is answered with what is projected",
    ),
    (
        "notification_units::a_notification_stays_within_a_kilobyte_up_to_a_bound_on_its_parameters",
        PAIRS,
    ),
    (
        "notifications::a_look_takes_the_hundred_that_are_due_longest_and_the_next_goes_on_behind_them",
        ANY_SIZE,
    ),
    ("notifications::many_are_found_in_the_order_asked_and_each_takes_one_unit", NO_UNITS),
    ("notifications::what_a_batch_leaves_out_is_asked_for_again", ALL_AT_ONCE),
    ("rewards::a_pool_is_counted_page_by_page_and_up_to_a_bound", ANY_SIZE),
    ("standings::a_rank_costs_the_same_at_any_size", NO_UNITS),
    ("surveys::pages_cost_what_the_chart_says", IN_ALL),
    (
        "tenants::every_part_is_read_once_a_minute_for_half_a_unit_and_a_version_of_the_rules_once",
        ANY_SIZE,
    ),
    (
        "tenants::versions_say_who_when_and_why_and_the_first_to_store_one_stays_its_author",
        ANY_SIZE,
    ),
];
const ALL_AT_ONCE: &str = "a batch get brings everything, however large";
const ANY_SIZE: &str = "a read costs one unit or half of one, however large";
const IN_ALL: &str = "a transaction tells no unit for an index";
const NO_UNITS: &str = "a batch get says nothing of its units";
const PAIRS: &str = "a round number weighs a byte more";

/// Where the other DynamoDB is; without one the tests make their own.
static URL: LazyLock<Option<String>> = LazyLock::new(|| env::var("CHAM_DYNAMODB").ok());

/// The client of the functions, and what drives it: connections outlive the test that made them.
static HTTP: LazyLock<(reqwest::Client, Runtime)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    (cloud::http::client(Duration::from_secs(30)), runtime)
});

/// Whether the tests run elsewhere.
pub fn is_given() -> bool {
    URL.is_some()
}

/// An account of the other DynamoDB that nobody has used.
pub fn database() -> Option<Engine> {
    static ACCOUNTS: AtomicU32 = AtomicU32::new(0);
    let url = URL.as_deref()?;
    let account = format!("{:07}{:05}", process::id(), ACCOUNTS.fetch_add(1, Ordering::Relaxed));
    Some(Engine::elsewhere(move |operation, body| ask(url, &account, operation, body)))
}

/// One call, whole before the next one of its thread begins. Its signature has the account and proves nothing.
fn ask(url: &str, account: &str, operation: &str, body: &[u8]) -> (u16, Value) {
    let service = match operation {
        "DescribeStream" | "GetRecords" | "GetShardIterator" => "DynamoDBStreams",
        _ => "DynamoDB",
    };
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={account}/20261120/{REGION}/dynamodb/aws4_request, \
         SignedHeaders=host, Signature=0"
    );
    let (http, runtime) = &*HTTP;
    let request = http
        .post(url)
        .header("x-amz-target", format!("{service}_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", signed)
        .body(body.to_vec());
    let exchange = async {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok::<_, reqwest::Error>((status, answer.json().await?))
    };
    // A thread of its own, since the test's is inside a runtime already.
    let answer = thread::scope(|scope| scope.spawn(|| runtime.block_on(exchange)).join());
    answer.unwrap().unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// Goal: the lists are true, so that a disagreement that is new or gone is seen. Method: elsewhere, this program runs all its other
/// tests and looks which fail; at home it has only the names to look at.
#[test]
fn what_is_listed_is_a_test_and_elsewhere_just_that_fails() {
    let listed = |list: &[(&str, &str)]| -> BTreeSet<String> {
        list.iter().map(|(test, _)| (*test).to_owned()).collect()
    };
    let (left_out, disagreeing) = (listed(&LEFT_OUT), listed(&DISAGREES));
    let (_, all) = run(&["--list"], ": test");
    let unknown: Vec<_> =
        left_out.union(&disagreeing).filter(|test| !all.contains(*test)).collect();
    assert_eq!(unknown, Vec::<&String>::new());

    let Some(url) = &*URL else { return };
    let mut arguments = vec!["--skip", "elsewhere::"];
    left_out.iter().for_each(|test| arguments.extend(["--skip", test]));
    let (output, held) = run(&arguments, " ... ok");
    let failed = results(&output, " ... FAILED");
    println!(
        "{url}: {} tests hold, {} disagree, {} left out",
        held.len(),
        failed.len(),
        left_out.len(),
    );
    let unexpected: Vec<_> = failed.symmetric_difference(&disagreeing).collect();
    assert!(unexpected.is_empty(), "{output}\nnot as listed: {unexpected:#?}");
    assert!(held.len() > 150, "{output}");
}

/// Every question and every test on the lists has its row in the page, and the page names no other.
#[test]
fn the_page_of_the_engines_names_all_questions_and_all_that_is_listed() {
    let page = include_str!("../../../../docs/dynamodb-engines.md");
    let (_, all) = run(&["--list"], ": test");
    let is_name =
        |word: &str| word.contains('_') && word.chars().all(|c| c == '_' || c.is_alphanumeric());
    let named: BTreeSet<&str> = page.split('`').filter(|word| is_name(word)).collect();
    let listed = LEFT_OUT.iter().chain(&DISAGREES).map(|(test, _)| *test);
    let questions = all.iter().map(String::as_str).filter(|test| test.starts_with("documented::"));
    let due = listed.chain(questions).map(|test| test.rsplit(':').next().unwrap()).collect();
    assert_eq!(named, due);
}

/// What this program prints with these arguments, and the tests with this result.
fn run(arguments: &[&str], result: &str) -> (String, BTreeSet<String>) {
    let output = Command::new(env::current_exe().unwrap()).args(arguments).output().unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let tests = results(&output, result);
    (output, tests)
}

fn results(output: &str, result: &str) -> BTreeSet<String> {
    let tests = output.lines().filter_map(|line| line.strip_suffix(result));
    tests.map(|test| test.trim_start_matches("test ").to_owned()).collect()
}
