//! The real binary, over real HTTP to the embedded engine: every command once, and its exit code.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use local::{database, http};

use crate::setup::{TENANT, engine};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../local/demo/ca-phe-som");

/// Serves a fresh engine until the test's process ends; its address.
fn served() -> String {
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let engine = engine();
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            told.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
            http::serve(listener, move |request| {
                let engine = engine.clone();
                async move { database::answer(&engine, &request) }
            })
            .await
            .unwrap();
        });
    });
    address.recv().unwrap()
}

struct Cham {
    endpoint: String,
}

impl Cham {
    fn run(&self, arguments: &[&str]) -> Output {
        self.told(arguments, "")
    }

    fn told(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cham"))
            .args(["--endpoint", &self.endpoint, "--by", "lan"])
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs it and gives what went to stdout; it must end with 0.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let reason = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {reason}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it and gives what went to stderr; it must end with `code`.
    #[track_caller]
    fn not_done(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let reason = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {reason}");
        assert!(!reason.contains("panicked"), "{reason}");
        reason
    }
}

#[test]
fn a_business_is_set_up_from_its_folder_to_its_first_message() {
    let cham = Cham { endpoint: served() };
    assert_eq!(cham.done(&["tenant", "check", DEMO]), "ca-phe-som: in order\n");
    assert!(
        cham.done(&["tenant", "diff", DEMO]).starts_with("ca-phe-som: nothing is stored yet\n")
    );
    assert_eq!(
        cham.not_done(1, &["tenant", "versions", TENANT]),
        "cham: ca-phe-som: there is no such tenant\n"
    );
    let applied =
        cham.done(&["tenant", "apply", DEMO, "--activate", "all", "--note", "the beginning"]);
    assert!(applied.ends_with("ca-phe-som: version 1 is active now\n"), "{applied}");
    let applied = cham.done(&["tenant", "apply", DEMO]);
    assert!(applied.contains("version 1 stays active"), "{applied}");
    let versions = cham.done(&["tenant", "versions", TENANT]);
    assert!(
        versions.starts_with("*     1  ") && versions.ends_with("lan              the beginning\n"),
        "{versions}"
    );
    assert!(
        cham.done(&["tenant", "rollback", TENANT, "--to", "1"]).contains("version 1 is active")
    );
    cham.not_done(1, &["tenant", "rollback", TENANT, "--to", "2"]);

    let key = cham.done(&["keys", "add", TENANT, "--name", "till", "--scope", "console"]);
    assert!(key.starts_with("cham_ca-phe-som_"), "{key}");
    let checked = cham.told(&["keys", "check", TENANT], &key);
    assert_eq!(checked.status.code(), Some(0));
    assert!(cham.done(&["keys", "list", TENANT]).starts_with("till "));
    cham.not_done(1, &["keys", "add", TENANT, "--name", "till", "--scope", "console"]);
    cham.done(&["keys", "revoke", TENANT, "--name", "till"]);
    assert_eq!(cham.told(&["keys", "check", TENANT], &key).status.code(), Some(1));

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let good = file("good.csv", "code\nA-1\nA-2\n");
    let bad = file("bad.csv", "code\nA-3\nA 4\n");
    for counted in ["2 added, 0 known, 0 bad", "0 added, 2 known, 0 bad"] {
        let imported = cham.done(&["vouchers", "import", TENANT, "tet", &good]);
        assert_eq!(imported, format!("ca-phe-som/tet: {counted}\n"));
    }
    let refused = cham.not_done(1, &["vouchers", "import", TENANT, "tet", &bad]);
    assert!(refused.starts_with("cham: line 3: "), "{refused}");
    cham.done(&["vouchers", "import", TENANT, "tet", &bad, "--skip-bad"]);

    let stocked = cham.done(&["points", "stock", TENANT, "cup", "3"]);
    assert_eq!(stocked, "ca-phe-som/stock-cup: 3 added, 0 known, 0 bad\n");
    let balances = file("balances.csv", "subject,currency,points,ref\nphone:0912345678,diem,5,a\n");
    let refused = cham.not_done(1, &["points", "import", TENANT, &balances]);
    assert!(refused.contains("line 2: there is no such customer"), "{refused}");
    cham.not_done(2, &["points", "import", TENANT, "no-such.csv"]);
    let nobody = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    cham.not_done(1, &["points", "export", TENANT, nobody, "diem"]);

    let send = ["test-send", TENANT, "--template", "tier-up", "--no-wait", "--to"];
    let planned = cham.done(&[&send[..], &["0912345678", "--param", "tier=Priority"]].concat());
    assert!(planned.ends_with(" planned\n"), "{planned}");
    let refused =
        cham.not_done(1, &[&send[..], &["0912345678", "--param", "tir=Priority"]].concat());
    assert_eq!(
        refused,
        "cham: the template needs --param tier=...\ncham: the template has no parameter tir\n"
    );
    let since = ["--since", "2026-11-20T00:00:00+07:00"];
    for command in
        [&["redrive", TENANT][..], &["redrive", "--all"], &["reread", TENANT, "--kind", "a.b"]]
    {
        let said = cham.done(&[command, &since].concat());
        assert_eq!(said, "0 looked at, 0 found, 0 stored again, 0 unreadable\n");
    }
}

#[test]
fn misuse_is_a_sentence_and_2() {
    let cham = Cham { endpoint: "http://127.0.0.1:9".to_owned() };
    for (arguments, sentence) in [
        (&["tenant", "check", "/nowhere"][..], "/nowhere/tenant.yaml"),
        (&["redrive", "--since", "2026-11-20T00:00:00Z"], "--all"),
        (&["redrive", TENANT, "--since", "yesterday"], "yesterday"),
        (&["dance"], "dance"),
        (&["test-send", TENANT, "--template", "t", "--to", "1", "--param", "x"], "NAME=VALUE"),
    ] {
        let said = cham.not_done(2, arguments);
        assert!(said.contains(sentence), "{said}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_cham"))
        .args(["keys", "list", TENANT])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "cham: variable AWS_ACCESS_KEY_ID is not set (or say --local)\n");
    assert!(Path::new(DEMO).is_dir());
}

#[test]
fn what_is_no_operation_is_refused_in_the_words_of_the_protocol() {
    let engine = engine();
    let request = |target: Option<&str>, body: &str| {
        let headers = target.map(|target| ("x-amz-target".to_owned(), target.to_owned()));
        let headers = headers.into_iter().collect();
        local::stack::request("POST", "/", &headers, body)
    };
    for (target, name) in [
        (None, "UnknownOperationException"),
        (Some("DynamoDB_20120810.Dance"), "UnsupportedOperation"),
        (Some("DynamoDB_20120810.ListTables"), ""),
    ] {
        let answer = database::answer(&engine, &request(target, "{}"));
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status.is_success(), name.is_empty(), "{body}");
        let said = body["__type"].as_str().unwrap_or_default();
        assert!(said.ends_with(name), "{body}");
    }
    let missing = r#"{"TableName": "nothing", "Key": {"pk": {"S": "a"}}}"#;
    let answer = database::answer(&engine, &request(Some("DynamoDB_20120810.GetItem"), missing));
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status.as_u16(), 400);
    assert!(body["__type"].as_str().unwrap().ends_with("#ResourceNotFoundException"), "{body}");
}
