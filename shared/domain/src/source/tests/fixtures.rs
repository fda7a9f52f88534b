//! Every body in `fixtures/<source>/` beside what it becomes.

use std::{fs, path::Path};

use super::*;

/// The bodies of a source, by name.
pub(super) fn bodies(source: Source) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(source.as_str());
    let mut bodies: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    bodies.sort();
    assert!(!bodies.is_empty());
    bodies
}

#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    for source in Source::ALL {
        for (name, body) in bodies(source) {
            let (head, events) = stored(source, &body);
            snapshot(source.as_str(), &name, &(head.id, events));
        }
    }
}

#[test]
fn a_repeat_has_the_same_id_and_no_two_fixtures_share_one() {
    for source in Source::ALL {
        let mut seen = std::collections::BTreeMap::new();
        for (name, body) in bodies(source) {
            let (arrival, _) = both_with(source, &body, &name);
            let Ok(Arrival::Store(head)) = arrival else { panic!("{name}") };
            let (again, _) = both_with(source, &body, &name);
            assert_eq!(again, Ok(Arrival::Store(head.clone())));
            // The SePay fixtures are one transfer told in several ways.
            let before = seen.insert(head.id, name.clone());
            assert!(before.is_none() || source == Source::Sepay, "{name} and {before:?}");
        }
    }
}

#[test]
fn no_number_of_a_phone_reaches_a_subject_or_what_rules_see() {
    for source in Source::ALL {
        for (name, body) in bodies(source) {
            for event in stored(source, &body).1 {
                let seen = format!("{} {}", event.subject, event.data);
                for number in ["912345678", "987654321"] {
                    assert!(!seen.contains(number), "{source:?} {name}: {seen}");
                }
            }
        }
    }
}
