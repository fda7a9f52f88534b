//! The command line as people and scripts meet it: the real binary.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

fn cham(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cham-local")).args(arguments).output().unwrap()
}

fn demo(file: &str) -> String {
    format!("{}/demo/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn written(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

#[test]
fn replaying_the_day_as_expected_ends_with_0() {
    let (day, expected) = (demo("day.jsonl"), demo("day.expected.json"));
    let output = cham(&["replay", &day, "--expect", &expected]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    for word in ["Bạn thấy đơn hàng thế nào?", "đồng", "write units"] {
        assert!(table.contains(word), "{word}");
    }
}

#[test]
fn a_message_that_is_missing_ends_with_1_and_is_named() {
    let unpaid: Vec<&str> =
        local::demo::DAY.lines().filter(|line| !line.contains("transferType\\\":\\\"in")).collect();
    let (_folder, day) = written("day.jsonl", &unpaid.join("\n"));
    let output = cham(&["replay", &day, "--expect", &demo("day.expected.json")]);
    assert_eq!(output.status.code(), Some(1));
    let problems = String::from_utf8(output.stderr).unwrap();
    assert!(problems.contains("“payment received” is missing"), "{problems}");
}

#[test]
fn a_status_that_differs_ends_with_1() {
    let line = local::demo::DAY
        .lines()
        .next()
        .unwrap()
        .replace("\"expect_status\": 200", "\"expect_status\": 401");
    let (_folder, path) = written("day.jsonl", &line);
    let output = cham(&["replay", &path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("was answered 200 instead of 401"));
}

#[test]
fn status_0_is_anything_but_5xx() {
    let line = local::demo::DAY
        .lines()
        .nth(13)
        .unwrap()
        .replace("\"expect_status\": 401", "\"expect_status\": 0");
    let (_folder, path) = written("day.jsonl", &line);
    assert_eq!(cham(&["replay", &path]).status.code(), Some(0));
}

#[test]
fn misuse_is_a_sentence_and_2() {
    let (_a, empty) = written("empty.jsonl", "\n");
    let (_b, broken) = written("broken.jsonl", "{\"at\": \"yesterday\"}\n");
    let (_c, no_json) = written("expected.json", "nothing");
    let day = demo("day.jsonl");
    for (arguments, sentence) in [
        (vec!["replay", "/nowhere/day.jsonl"], "/nowhere/day.jsonl"),
        (vec!["replay", &empty], "the file has no lines"),
        (vec!["replay", &broken], "line 1"),
        (vec!["replay", &day, "--expect", &no_json], "the expected file cannot be read"),
        (vec!["dance"], "dance"),
    ] {
        let output = cham(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(sentence), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_taken_port_is_a_sentence_and_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = cham(&["serve", "--port", &port.to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains(&format!("port {port} cannot be used"))
    );
}

#[test]
fn json_is_json() {
    let output = cham(&["replay", &demo("day.jsonl"), "--json"]);
    let played: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(played["messages"].as_array().map(Vec::len), Some(12));
}

/// A process that ends with the test, however the test ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Sends one request to `address` and gives the answer as text.
fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_is_served_answers_hooks_and_shows_its_pages() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cham-local"));
    let child = command.args(["serve", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut served = Served(child);
    let mut said = BufReader::new(served.0.stdout.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    let address = first.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let carrier = "POST /hooks/ca-phe-som/ghn/ghn-day-path-secret HTTP/1.1\r\nhost: local\r\n\
        content-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    let taken = asked(address, carrier);
    assert!(taken.starts_with("HTTP/1.1 200"), "{taken}");
    let stranger = carrier.replace("ca-phe-som", "nobody");
    assert!(asked(address, &stranger).contains("unknown_tenant"));
    let get = |path: &str| {
        asked(address, &format!("GET {path} HTTP/1.1\r\nhost: local\r\nconnection: close\r\n\r\n"))
    };
    let page = get("/console/login");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Đăng nhập"), "{page}");
    let phones = get("/local/phones");
    assert!(phones.starts_with("HTTP/1.1 200") && phones.contains("Điện thoại"), "{phones}");
}
