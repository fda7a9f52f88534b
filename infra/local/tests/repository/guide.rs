//! The operations guides, held to the template, to `cham`, to the console's words, and to each other.

use std::{collections::BTreeSet, fs};

use clap::Command;
use domain::explain::{Label, Language};
use local::{demo::TEMPLATE, template::Template};
use serde_json::Value;

use crate::members::repository;

/// The guides, and the language of each.
const GUIDES: [(&str, Language); 2] =
    [("docs/operations.vi.md", Language::Vi), ("docs/operations.en.md", Language::En)];

fn guides() -> Vec<(&'static str, String)> {
    let read = |(name, _): (&'static str, Language)| {
        let text = fs::read_to_string(repository().join(name));
        (name, text.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    GUIDES.map(read).to_vec()
}

/// The fenced blocks of one kind, as they stand.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(named) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if named == kind {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

/// The text without its fenced blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What stands between `mark` and the next one.
fn between<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    text.split(mark).skip(1).step_by(2).collect()
}

/// Each heading's level and anchor.
fn headings(name: &str, text: &str) -> Vec<(usize, String)> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with("##"));
    let read = |line: &str| {
        let level = line.chars().take_while(|c| *c == '#').count();
        let anchor = line.split_once("<a id=\"").and_then(|(_, rest)| rest.strip_suffix("\"></a>"));
        (level, anchor.unwrap_or_else(|| panic!("{name}: `{line}` has no anchor")).to_owned())
    };
    headings.map(read).collect()
}

/// The words of a command line, as a shell would split it; quotes keep words together, redirections end it.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
            continue;
        }
        for word in part.split_whitespace() {
            if ["<", ">", "|"].contains(&word) {
                return words;
            }
            words.push(word.to_owned());
        }
    }
    words
}

/// The subcommands at the beginning of `words`, and whether they end in one that does something.
fn subcommands(command: &Command, words: &[String]) -> (Vec<String>, bool) {
    let mut command = command;
    let mut path = Vec::new();
    for word in words {
        let Some(next) = command.find_subcommand(word) else { break };
        path.push(word.clone());
        command = next;
    }
    (path, !command.has_subcommands())
}

/// Every subcommand that does something, with those that it stands under.
fn leaves(command: &Command, under: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for sub in command.get_subcommands() {
        let path = [under, &[sub.get_name().to_owned()]].concat();
        match sub.has_subcommands() {
            true => all.extend(leaves(sub, &path)),
            false => all.push(path),
        }
    }
    all
}

fn template() -> Value {
    Template::read(TEMPLATE).unwrap().document().clone()
}

fn names(section: &Value) -> BTreeSet<String> {
    section.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn both_guides_have_the_same_sections_and_the_same_commands() {
    let [(vi, vietnamese), (en, english)] = guides().try_into().unwrap();
    let sections = headings(vi, &vietnamese);
    assert_eq!(sections, headings(en, &english));
    let anchors: BTreeSet<&String> = sections.iter().map(|(_, anchor)| anchor).collect();
    assert_eq!(anchors.len(), sections.len(), "an anchor stands twice");
    for kind in ["sh", "yaml", "json"] {
        let commands = blocks(&vietnamese, kind);
        assert!(!commands.is_empty(), "{kind}");
        assert_eq!(commands, blocks(&english, kind), "{kind}");
    }
    for (name, text) in guides() {
        for link in text.split("](#").skip(1) {
            let anchor = link.split_once(')').unwrap().0.to_owned();
            assert!(anchors.contains(&anchor), "{name}: #{anchor} leads nowhere");
        }
    }
}

#[test]
fn every_alarm_has_a_section_and_every_section_of_an_alarm_its_alarm() {
    let document = template();
    let resources = document["Resources"].as_object().unwrap();
    let alarms = resources.iter().filter(|(_, one)| one["Type"] == "AWS::CloudWatch::Alarm");
    let alarms: BTreeSet<String> = alarms.map(|(id, _)| id.clone()).collect();
    assert!(!alarms.is_empty());
    for (name, text) in guides() {
        let sections = headings(name, &text);
        let after = sections.into_iter().skip_while(|(_, anchor)| anchor != "alarms").skip(1);
        let described: BTreeSet<String> =
            after.take_while(|(level, _)| *level == 3).map(|(_, anchor)| anchor).collect();
        assert_eq!(described, alarms, "{name}");
    }
}

#[test]
fn every_parameter_and_output_is_in_its_table() {
    let document = template();
    for (name, text) in guides() {
        for (section, of) in [("parameters", "Parameters"), ("outputs", "Outputs")] {
            let (_, rest) = text.split_once(&format!("<a id=\"{section}\"></a>")).unwrap();
            let rest = rest.split_once("\n##").map_or(rest, |(own, _)| own);
            let rows = rest.lines().filter_map(|line| line.strip_prefix("| `"));
            let listed: BTreeSet<String> =
                rows.map(|row| row.split_once('`').unwrap().0.to_owned()).collect();
            assert_eq!(listed, names(&document[of]), "{name}: {section}");
        }
    }
}

/// A table that is left out when the others are taken over is made anew, and empty.
#[test]
fn every_table_is_taken_over() {
    let template = Template::read(TEMPLATE).unwrap();
    let tables = template.tables().iter();
    let tables: BTreeSet<(String, String)> =
        tables.map(|table| (table.logical_id.clone(), table.name.clone())).collect();
    for (name, text) in guides() {
        let list: Value = serde_json::from_str(&blocks(&text, "json")[0]).unwrap();
        let field = |value: &Value| value.as_str().unwrap().to_owned();
        let named = list.as_array().unwrap().iter().map(|one| {
            (field(&one["LogicalResourceId"]), field(&one["ResourceIdentifier"]["TableName"]))
        });
        assert_eq!(named.collect::<BTreeSet<_>>(), tables, "{name}");
    }
}

/// Goal: what the guides say to type works. Method: the program's own reader of command lines takes every one of them.
#[test]
fn cham_reads_every_command_of_the_guides_and_each_of_its_own_is_in_them() {
    let command = admin::cli::command();
    for (name, text) in guides() {
        let mut shown: BTreeSet<Vec<String>> = BTreeSet::new();
        for line in blocks(&text, "sh").iter().flat_map(|block| block.lines()) {
            let words = words(line);
            if words.first().is_some_and(|word| word == "cham") {
                let read = command.clone().try_get_matches_from(&words);
                assert!(read.is_ok(), "{name}: {line}\n{}", read.unwrap_err());
                shown.insert(subcommands(&command, &words[1..]).0);
            }
        }
        let all: BTreeSet<Vec<String>> = leaves(&command, &[]).into_iter().collect();
        assert_eq!(shown, all, "{name}");
        for code in between(&prose(&text), "`") {
            if let Some(rest) = code.strip_prefix("cham ") {
                let (path, does_something) = subcommands(&command, &words(rest));
                assert!(!path.is_empty() && does_something, "{name}: `{code}` is no command");
            }
        }
    }
}

/// A template that is deployed as it is written would upload sources in place of binaries.
#[test]
fn the_guides_deploy_what_was_built() {
    for (name, text) in guides() {
        let mut is_built = false;
        let mut deployed = 0;
        for line in blocks(&text, "sh").iter().flat_map(|block| block.lines()) {
            is_built |= line.starts_with("sam build --template-file infra/template.yaml");
            if line.starts_with("sam deploy ") {
                deployed += 1;
                // Without a template it takes what `sam build` left.
                assert!(is_built && !line.contains("--template"), "{name}: {line}");
            }
        }
        assert!(deployed > 2, "{name}");
    }
}

/// Bold words are what a person looks for on the pages.
#[test]
fn what_the_guides_name_on_the_console_is_on_the_console() {
    for ((name, text), (_, language)) in guides().into_iter().zip(GUIDES) {
        let labels: BTreeSet<&str> = Label::ALL.iter().map(|label| label.of(language)).collect();
        let prose = prose(&text);
        let bold = between(&prose, "**");
        assert!(!bold.is_empty(), "{name}");
        for word in bold {
            assert!(labels.contains(word), "{name}: the console says nowhere “{word}”");
        }
    }
}
