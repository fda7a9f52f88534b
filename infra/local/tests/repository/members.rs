//! The repository as files: its crates and their sources.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Crate folder -> repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// The crates of the repository: name and folder. Folder and name are the same word.
pub(crate) fn members() -> BTreeMap<String, PathBuf> {
    let mut members = BTreeMap::new();
    for group in ["shared", "functions", "infra", "bench/points", "bench/start"] {
        for entry in std::fs::read_dir(repository().join(group)).unwrap() {
            let path = entry.unwrap().path();
            let manifest = path.join("Cargo.toml");
            if manifest.exists() {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                let text = std::fs::read_to_string(manifest).unwrap();
                assert!(text.contains(&format!("name = \"{name}\"\n")), "{name}");
                members.insert(name, path);
            }
        }
    }
    members
}

/// The crates in `functions`.
pub(crate) fn functions() -> Vec<String> {
    let folder = repository().join("functions");
    let functions: Vec<String> = members()
        .into_iter()
        .filter(|(_, path)| path.starts_with(&folder))
        .map(|(name, _)| name)
        .collect();
    assert!(functions.len() >= 3, "{functions:?}");
    functions
}

/// The Rust sources below `folder`, as one text.
pub(crate) fn sources(folder: &Path) -> String {
    let Ok(entries) = std::fs::read_dir(folder) else { return String::new() };
    let mut text = String::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    text
}

/// Whether `name` stands in `text` as a word of its own.
pub(crate) fn is_named(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
    })
}
