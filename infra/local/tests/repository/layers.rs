//! Which crate may depend on which, told by cargo itself: the arrows of the code map, held by machine.
//!
//! Reads `cargo tree` for this machine, without the network: what is asked about has just been built. `deny.toml` says the
//! part of it that cargo-deny can say.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::Mutex,
};

use crate::members::{functions, is_named, members, repository, sources};

/// What `cargo tree` prints, without versions, each name with its depth. Asked once for each set of arguments: an answer
/// takes a good part of a second.
fn tree(arguments: &str) -> Vec<(usize, String)> {
    static ASKED: Mutex<BTreeMap<String, Vec<(usize, String)>>> = Mutex::new(BTreeMap::new());
    let mut asked = ASKED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(answer) = asked.get(arguments) {
        return answer.clone();
    }
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--prefix", "depth", "--format", " {p}"])
        .args(arguments.split(' '))
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let answer: Vec<(usize, String)> = lines
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
        })
        .collect();
    asked.insert(arguments.to_owned(), answer.clone());
    answer
}

/// All that is compiled into `package`, itself left out.
fn compiled_into(package: &str) -> BTreeSet<String> {
    let lines = tree(&format!("-p {package} -e normal"));
    let names: BTreeSet<String> =
        lines.into_iter().filter(|(depth, _)| *depth > 0).map(|(_, name)| name).collect();
    assert!(names.len() > 10, "{package}: {names:?}");
    names
}

/// What `package` names in its manifest, under one of cargo's kinds.
fn named_by(package: &str, kind: &str) -> BTreeSet<String> {
    let lines = tree(&format!("-p {package} -e {kind}"));
    lines.into_iter().filter(|(depth, _)| *depth == 1).map(|(_, name)| name).collect()
}

#[test]
fn the_domain_is_compiled_without_runtime_network_aws_or_chance() {
    let barred = ["aws", "lambda", "tokio", "hyper", "reqwest", "axum", "dynoxide", "rusqlite"];
    let chance = ["rand", "getrandom", "fastrand"];
    for name in compiled_into("domain") {
        assert!(!barred.iter().any(|start| name.starts_with(start)), "{name}");
        assert!(!chance.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn arrows_between_our_crates_point_inwards() {
    let ours: BTreeSet<String> = members().into_keys().collect();
    let arrows = |name: &str, kind: &str| -> BTreeSet<String> {
        named_by(name, kind).intersection(&ours).cloned().collect()
    };
    let only = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let domain: BTreeSet<String> = only(&["domain"]);
    let both: BTreeSet<String> = only(&["cloud", "domain"]);
    assert_eq!(arrows("domain", "normal"), BTreeSet::new());
    assert_eq!(arrows("domain", "dev"), BTreeSet::new());
    assert_eq!(arrows("cloud", "normal"), domain);
    assert!(arrows("testkit", "normal").is_subset(&both));
    for function in functions() {
        assert!(arrows(&function, "normal").is_subset(&both), "{function}");
        let for_tests: BTreeSet<String> = only(&["testkit", "local"]);
        assert!(arrows(&function, "dev").is_subset(&for_tests), "{function}");
    }
}

#[test]
fn no_function_carries_the_engine_the_stand_in_or_another_function() {
    let functions = functions();
    for function in &functions {
        let compiled = compiled_into(function);
        for barred in ["testkit", "local", "dynoxide-rs", "rusqlite", "axum", "clap", "proptest"] {
            assert!(!compiled.contains(barred), "{function} carries {barred}");
        }
        for other in &functions {
            assert!(!compiled.contains(other), "{function} carries {other}");
        }
    }
}

/// One TLS library, and C only where the local engine needs it.
#[test]
fn there_is_one_tls_library() {
    let lines = tree("--workspace -e normal,build,dev");
    let all: BTreeSet<&str> = lines.iter().map(|(_, name)| name.as_str()).collect();
    assert!(all.contains("ring") && all.contains("libsqlite3-sys"));
    for barred in ["aws-lc-sys", "aws-lc-rs", "openssl-sys", "openssl", "native-tls"] {
        assert!(!all.contains(barred), "{barred}");
    }
    for function in functions() {
        assert!(!compiled_into(&function).contains("libsqlite3-sys"), "{function}");
    }
}

/// The database is spoken to in `cloud` alone; a function hands the client on and knows nothing else of it.
#[test]
fn only_the_tables_speak_to_the_database() {
    let allowed = [
        "aws-sdk-dynamodb",
        "admin",
        "bare-put",
        "cloud",
        "postings",
        "serde_dynamo",
        "testkit",
        "local",
    ];
    let functions = functions();
    let direct = tree("--workspace -i aws-sdk-dynamodb -e normal,dev --depth 1");
    assert!(direct.iter().any(|(_, name)| name == "cloud"));
    for (_, name) in direct {
        assert!(allowed.contains(&name.as_str()) || functions.contains(&name), "{name}");
    }
    for function in functions {
        let text = sources(&repository().join("functions").join(&function).join("src"));
        assert!(!text.is_empty());
        let types = text.replace("aws_sdk_dynamodb::Client", "");
        assert!(!types.contains("aws_sdk_dynamodb"), "{function} uses more than the client");
    }
}

#[test]
fn every_dependency_is_used() {
    // What a dependency is called in code, where that is not its own name.
    let renamed = |name: &str| match name {
        "dynoxide-rs" => "dynoxide".to_owned(),
        other => other.replace('-', "_"),
    };
    let mut unused = Vec::new();
    for (member, folder) in members() {
        let code = sources(&folder.join("src"));
        let tests = sources(&folder.join("tests"));
        for name in named_by(&member, "normal") {
            if !is_named(&code, &renamed(&name)) {
                unused.push(format!("{member}: {name}"));
            }
        }
        for name in named_by(&member, "dev") {
            if !is_named(&code, &renamed(&name)) && !is_named(&tests, &renamed(&name)) {
                unused.push(format!("{member}: {name} (dev)"));
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn every_version_in_the_root_manifest_is_taken_by_a_crate() {
    let root = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let (_, versions) = root.split_once("[workspace.dependencies]\n").unwrap();
    let (versions, _) = versions.split_once("\n[").unwrap();
    let manifests: String = members()
        .values()
        .map(|folder| std::fs::read_to_string(folder.join("Cargo.toml")).unwrap())
        .collect();
    let names: Vec<&str> =
        versions.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert!(names.len() > 20, "{names:?}");
    let unused: Vec<&&str> = names
        .iter()
        .filter(|name| !manifests.contains(&format!("\n{name}.workspace = true")))
        .filter(|name| !manifests.contains(&format!("\n{name} = {{ workspace = true")))
        .collect();
    assert_eq!(unused, Vec::<&&str>::new());
}

/// `cargo deny` is not everywhere, so that a list that was forgotten would be seen late.
#[test]
fn the_bans_name_every_function_and_all_that_take_the_testkit() {
    let bans = std::fs::read_to_string(repository().join("deny.toml")).unwrap();
    for function in functions() {
        let named = [format!("crate = \"{function}\""), format!("crate = \"{function}@0.0.0\"")];
        assert!(named.iter().any(|named| bans.contains(named)), "{function}");
    }
    let (_, wrappers) = bans.split_once("crate = \"testkit\", wrappers = [").unwrap();
    let (wrappers, _) = wrappers.split_once(']').unwrap();
    let listed: BTreeSet<String> =
        wrappers.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let taken: BTreeSet<String> = members()
        .into_iter()
        .filter(|(member, _)| {
            let named = |kind| named_by(member, kind).contains("testkit");
            named("normal") || named("dev")
        })
        .map(|(member, _)| member)
        .collect();
    assert_eq!(listed, taken);
}
