//! The papers that name things of the code, held to it: access patterns, environments, the code map's tests and files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::members::{functions, is_named, members, repository, sources};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of each row of the Markdown tables in `text`.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").map(str::trim).collect())
}

/// Whether `text` is the id of an access pattern: two capitals and a number.
fn is_pattern(text: &str) -> bool {
    text.len() > 2
        && text.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && text.bytes().skip(2).all(|b| b.is_ascii_digit())
}

/// Every word of `text` that is a pattern's id.
fn patterns_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| is_pattern(word)).map(str::to_owned).collect()
}

/// The folders of the tables.
fn tables() -> Vec<std::path::PathBuf> {
    let folder = repository().join("shared/cloud/src/table");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let tables: Vec<_> = entries.filter(|path| path.join("TABLE.md").exists()).collect();
    assert!(tables.len() >= 4, "{tables:?}");
    tables
}

/// Who calls each access pattern of all tables, by its id.
fn charts() -> BTreeMap<String, String> {
    let mut charts = BTreeMap::new();
    for table in tables() {
        for cells in rows(&read(&table.join("TABLE.md"))) {
            if is_pattern(cells[0]) {
                let callers = (*cells.last().unwrap()).to_owned();
                let before = charts.insert(cells[0].to_owned(), callers);
                assert!(before.is_none(), "{} stands twice", cells[0]);
            }
        }
    }
    charts
}

#[test]
fn each_function_lists_the_access_patterns_that_name_it() {
    for function in functions() {
        let readme = read(&repository().join("functions").join(&function).join("README.md"));
        let (_, section) = readme.split_once("## Access patterns\n").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let code = sources(&repository().join("functions").join(&function).join("src"));
        let takes_streams = code.contains("each(event");
        let names_it = |callers: &str| {
            callers.contains(&function) || (callers.contains("stream functions") && takes_streams)
        };
        let charted = charts().into_iter().filter(|(_, callers)| names_it(callers));
        let charted: BTreeSet<String> = charted.map(|(id, _)| id).collect();
        assert_eq!(patterns_in(section), charted, "{function}");
    }
}

#[test]
fn each_function_lists_the_variables_that_it_reads() {
    for function in functions() {
        let folder = repository().join("functions").join(&function);
        let config = read(&folder.join("src/config.rs"));
        let is_variable = |word: &&str| {
            word.contains('_') && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        let read_there: BTreeSet<&str> = config.split(['"', '`']).filter(is_variable).collect();
        let readme = read(&folder.join("README.md"));
        let listed: BTreeSet<&str> =
            rows(&readme).map(|cells| cells[0].trim_matches('`')).filter(is_variable).collect();
        assert_eq!(listed, read_there, "{function}");
    }
}

/// The README's tables name tests and files; a name that leads nowhere is worse than none.
#[test]
fn the_readme_names_tests_and_files_that_there_are() {
    let readme = read(&repository().join("README.md"));
    let code: String = members().values().map(|folder| sources(folder)).collect();
    let (_, invariants) = readme.split_once("### Invariants\n").unwrap();
    let (invariants, _) = invariants.split_once("\n## ").unwrap();
    let mut names = 0;
    for cells in rows(invariants).skip(2) {
        for name in cells[2].split('`').skip(1).step_by(2) {
            if name.contains('/') || name.contains('…') {
                continue;
            }
            names += 1;
            assert!(is_named(&code, &format!("fn {name}")), "{name}");
        }
    }
    assert!(names > 15, "{names}");
    for path in readme.split('`').skip(1).step_by(2).filter(|word| {
        ["shared/", "functions/", "infra/", "docs/", ".ci/"].iter().any(|top| word.starts_with(top))
            && !word.contains(['*', ' '])
    }) {
        assert!(repository().join(path).exists(), "{path}");
    }
}
