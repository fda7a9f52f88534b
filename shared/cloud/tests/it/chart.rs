//! Every TABLE.md against its sources: patterns, methods and callers are the same in both.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// One row of a chart.
#[derive(Debug)]
struct Row {
    id: String,
    method: String,
    callers: Vec<String>,
}

/// What a chart calls parts of Cham that are not functions, and where their sources are.
const WORDS: [(&str, &str); 6] = [
    ("custody", "shared/cloud/src/custody.rs"),
    ("cham", "infra/admin/src"),
    ("stream functions", "shared/cloud/src/stream.rs"),
    ("erasure", "shared/cloud/src/privacy"),
    ("import", "shared/cloud/src/opening.rs"),
    ("the local stack", "infra/local/src"),
];

/// Stands behind a caller in a chart that is named before it is built.
const TO_COME: &str = " (to come)";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folders of the tables, each with its chart.
fn tables() -> Vec<PathBuf> {
    let folder = root().join("shared/cloud/src/table");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut tables: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    tables.sort();
    tables
}

/// The text of every Rust source below `path`, or of the one file that it is.
fn sources(path: &Path) -> Vec<String> {
    if path.is_file() {
        return vec![fs::read_to_string(path).unwrap()];
    }
    let mut texts = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "rs") {
            texts.extend(sources(&path));
        }
    }
    texts
}

/// The rows of the chart under "Access patterns".
fn rows(table: &Path) -> Vec<Row> {
    let text = fs::read_to_string(table.join("TABLE.md")).unwrap();
    let (_, chart) = text.split_once("# Access patterns").unwrap();
    let (chart, _) = chart.split_once("\n# ").unwrap();
    let lines = chart.lines().filter(|line| line.starts_with('|')).skip(2);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [id, _, method, _, _, _, _, _, callers] = cells.as_slice() else {
                panic!("{}: not nine cells: {line}", table.display())
            };
            Row {
                id: (*id).to_owned(),
                method: method.trim_matches('`').to_owned(),
                callers: callers.split(", ").map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// The ids of all patterns of all tables.
pub fn pattern_ids() -> Vec<String> {
    tables().iter().flat_map(|table| rows(table)).map(|row| row.id).collect()
}

/// The methods whose doc begins with the id of a pattern: `/// EV1: ...` and the next `pub async fn`.
fn methods(table: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for text in sources(table) {
        let mut id = None;
        for line in text.lines().map(str::trim) {
            let doc = line.strip_prefix("/// ").and_then(|doc| doc.split_once(": "));
            if let Some((word, _)) = doc.filter(|(word, _)| is_id(word)) {
                assert_eq!(id, None, "{word} follows an id without a method");
                id = Some(word.to_owned());
            }
            if let Some(name) = line.strip_prefix("pub async fn ") {
                let name = name.split(['(', '<']).next().unwrap().to_owned();
                found.push((id.take().unwrap_or_default(), name));
            }
        }
        assert_eq!(id, None, "an id without a method in {}", table.display());
    }
    found.sort();
    found
}

fn is_id(word: &str) -> bool {
    let (letters, digits) = word.split_at_checked(2).unwrap_or_default();
    letters.bytes().all(|b| b.is_ascii_uppercase())
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn every_pattern_is_one_method_and_every_method_one_pattern() {
    for table in tables() {
        let mut charted: Vec<(String, String)> =
            rows(&table).into_iter().map(|row| (row.id, row.method)).collect();
        charted.sort();
        assert_eq!(charted, methods(&table), "{}", table.display());
    }
}

#[test]
fn ids_are_counted_from_one_under_two_letters_of_the_table() {
    for table in tables() {
        let name = table.file_name().unwrap().to_str().unwrap().to_uppercase();
        // A name of two words has the first letter of each.
        let letters = match name.split_once('_') {
            Some((first, second)) => format!("{}{}", &first[..1], &second[..1]),
            None => name[..2].to_owned(),
        };
        for (n, row) in rows(&table).iter().enumerate() {
            assert_eq!(row.id, format!("{letters}{}", n + 1));
        }
    }
    assert!(pattern_ids().len() >= 50, "the charts are read");
}

#[test]
fn every_caller_is_there_and_calls_and_nobody_else_does() {
    let mut callers: BTreeMap<String, PathBuf> =
        WORDS.iter().map(|(word, path)| ((*word).to_owned(), root().join(path))).collect();
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.is_dir() {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            callers.insert(name, folder.join("src"));
        }
    }
    let texts: BTreeMap<&str, String> =
        callers.iter().map(|(name, path)| (name.as_str(), sources(path).concat())).collect();
    for table in tables() {
        let field = table.file_name().unwrap().to_str().unwrap().to_owned();
        for row in rows(&table) {
            let to_come = |name: &str| row.callers.contains(&format!("{name}{TO_COME}"));
            for name in &row.callers {
                let name = name.trim_end_matches(TO_COME);
                assert!(texts.contains_key(name), "{}: there is no {name}", row.id);
            }
            for (name, text) in &texts {
                let is_charted = row.callers.iter().any(|caller| caller == name);
                // Two words stand for one folder: who is not charted there may be the other one.
                let is_shared = callers[*name].ends_with("infra/local/src");
                if to_come(name) || (is_shared && !is_charted) {
                    continue;
                }
                let calls = calls(text, &field, &row.method);
                assert_eq!(calls, is_charted, "{} `{}` and {name}", row.id, row.method);
            }
        }
    }
}

/// Whether a source calls `field.method(`, wherever the line breaks. A function keeps a table as a field of the table's name.
fn calls(text: &str, field: &str, method: &str) -> bool {
    let dense: String = text.split_whitespace().collect();
    dense.contains(&format!("{field}.{method}("))
}
