//! The catalogue against the code: what can be stored has a sentence, in both languages, with the same values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use regex::Regex;

use super::{
    Label, Language, Words,
    code::{CALLS, EFFECTS, FAILURES, FAULTS, METRICS, PROBLEMS, REASONS, REFUSALS},
    kind::{KINDS, purpose_words},
    sentence::{came_words, channel_words, said_words, state_words},
    *,
};
use crate::{
    channel::Channel,
    consent::Purpose,
    id::{CustomerId, EffectId, EventId},
    notification::{
        Attempt, AttemptOutcome, Cause, Content, Notification, Recipient, SAFETY_NET, State,
    },
    phone::Phone,
    points::{Currency, Points},
    rule::{Came, OnUnknown, Said, Trace},
};

fn at() -> Timestamp {
    "2026-11-20T08:30:00+07:00".parse().unwrap()
}

fn effect() -> EffectId {
    EffectId::of(&EventId::of("t", "s", "k"), "rule", "step")
}

/// One of every outcome of a step.
fn all_steps() -> Vec<Came> {
    vec![
        Came::Notify(effect()),
        Came::Once,
        Came::Waits(at()),
        Came::Voucher("gia".to_owned()),
        Came::PoolEmpty("gia".to_owned()),
        Came::Tagged("vip".to_owned()),
        Came::Awarded {
            points: Points::new(350).unwrap(),
            currency: Currency::parse("diem").unwrap(),
        },
        Came::HandedOff(at()),
        Came::Refused("cool_down".to_owned()),
        Came::Shadow,
    ]
}

fn all_said() -> Vec<Said> {
    let steps = all_steps().into_iter().map(|came| ("a".to_owned(), came)).collect();
    vec![
        Said::ConditionFalse,
        Said::TooOld,
        Said::BeforeActivation,
        Said::Failed("text_missing".to_owned()),
        Said::Steps(steps),
    ]
}

/// Every text of the catalogue, by a name for the message of a failed test.
fn catalogue() -> Vec<(String, Words)> {
    let mut all = Vec::new();
    for table in [REASONS, REFUSALS, EFFECTS, FAILURES, FAULTS, PROBLEMS, CALLS, METRICS, KINDS] {
        all.extend(table.iter().map(|(code, words)| ((*code).to_owned(), *words)));
    }
    all.extend(Label::ALL.iter().map(|label| (format!("{label:?}"), label.words())));
    for state in State::ALL {
        let (name, sentence) = state_words(state);
        all.push((format!("{state:?}"), name));
        all.push((format!("{state:?}, the sentence"), sentence));
    }
    all.extend(Channel::ALL.map(|channel| (channel.to_string(), channel_words(channel))));
    let purposes = [
        Purpose::Otp,
        Purpose::Transaction,
        Purpose::Reply,
        Purpose::Care,
        Purpose::Promotion,
        Purpose::Staff,
    ];
    all.extend(purposes.map(|purpose| (purpose.as_str().to_owned(), purpose_words(purpose))));
    all.extend(all_said().iter().map(|said| (format!("{said:?}"), said_words(said))));
    for came in all_steps() {
        all.push((format!("{came:?}"), came_words(&came, Language::Vi).0));
    }
    all
}

fn marks(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|rest| rest.split_once('}').expect("a closed mark").0).collect()
}

#[test]
fn both_languages_say_something_and_with_the_same_values() {
    let all = catalogue();
    assert!(all.len() > 200, "{}", all.len());
    for (name, words) in all {
        for language in Language::ALL {
            let text = words.of(language);
            assert!(!text.trim().is_empty(), "{name}");
            assert_eq!(crate::text::clean(text), text, "{name}: NFC, and no blanks around it");
        }
        assert_eq!(marks(words.vi), marks(words.en), "{name}");
    }
}

#[test]
fn no_code_stands_twice_in_its_table() {
    for table in [REASONS, REFUSALS, EFFECTS, FAILURES, FAULTS, PROBLEMS, CALLS, METRICS, KINDS] {
        let codes: BTreeSet<&str> = table.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), table.len());
    }
}

/// The sources below `folder` without their test modules, by path.
fn sources(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            if !["tests", "explain"].contains(&name.as_str()) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && !name.contains("tests") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            // One line, so that a call that was broken into several is found.
            found.insert(path, code.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// What `patterns` find in the code that decides and stores.
fn produced(patterns: &[&str], least: usize) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut code = BTreeMap::new();
    for folder in ["shared/domain/src", "shared/cloud/src", "functions"] {
        sources(&root.join(folder), &mut code);
    }
    let mut codes = BTreeSet::new();
    for pattern in patterns {
        let pattern = Regex::new(pattern).unwrap();
        let found: Vec<String> = code
            .values()
            .flat_map(|text| pattern.captures_iter(text).map(|found| found[1].to_owned()))
            .collect();
        codes.extend(found);
    }
    assert!(codes.len() >= least, "{codes:?}: they are written in another way now");
    codes
}

/// Goal: nothing that can be stored lacks its sentence. Method: the codes are taken from the places in the code that produce
/// them, not from a second list.
#[test]
fn every_reason_that_the_code_gives_has_a_sentence() {
    for (table, least, patterns) in [
        (
            REASONS,
            12,
            &[
                r#"/// [^"]+\. [A-Z_]+ = "([a-z_]+)";"#,
                r#"reason: "([a-z_]+)""#,
                r#"Suppress\("([a-z_]+)"\)"#,
                r#"Input::[A-Za-z]+, "([a-z_]+)""#,
                r#"backoff\(now, "([a-z_]+)""#,
                r#"next_channel\("([a-z_]+)""#,
                r#"reason = Some\("([a-z_]+)"\.to_owned"#,
            ] as &[&str],
        ),
        (FAILURES, 8, &[r#"Failure::new\( ?"([a-z_]+)""#]),
        (
            REFUSALS,
            6,
            &[
                r#"Came::Refused\( ?"([a-z_]+)""#,
                r#"Self::(?:NoPoints|TooManyPoints|NoAmount|OutsideDates|Closed|NotSampled|CoolDown|Enough|OpenCase|NoScore) => "([a-z_]+)""#,
            ],
        ),
        (
            FAULTS,
            8,
            &[
                r#"RecordError::Never \{ code: "([a-z_]+)""#,
                r#"list_conflict\([^;]*"([a-z_]+)""#,
                r#"Self::[A-Z][a-z]+ \{ \.\. \} => "([a-z_]+_row|database)""#,
            ],
        ),
    ] {
        let known: BTreeSet<String> = table.iter().map(|(code, _)| (*code).to_owned()).collect();
        let without: Vec<String> = produced(patterns, least).difference(&known).cloned().collect();
        assert_eq!(without, Vec::<String>::new(), "{patterns:?}");
    }
}

#[test]
fn every_metric_of_a_goal_has_a_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = fs::read_to_string(root.join("src/rule/check.rs")).unwrap();
    let (_, list) = check.split_once("const METRICS: &[&str] = &[").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    for name in list.split('"').skip(1).step_by(2) {
        assert!(find(METRICS, name).is_some(), "{name}");
    }
}

fn planned(state: State, reason: Option<&str>) -> Notification {
    Notification {
        id: effect(),
        tenant: "ca-phe-som".to_owned(),
        customer: Some(CustomerId::of("t", "a")),
        cause: Cause {
            event: EventId::of("t", "s", "k"),
            rule: "guide".to_owned(),
            version: 1,
            step: "tell".to_owned(),
        },
        purpose: Purpose::Care,
        content: Content::Text("Chào 0912345678".to_owned()),
        price_vnd: BTreeMap::new(),
        channels: vec![Channel::ZnsPhone],
        oa: "1".to_owned(),
        recipient: Recipient {
            phone: Some(Phone::parse("0912345678").unwrap()),
            user: Some("2468458835291979221".to_owned()),
        },
        planned_at: at(),
        deadline: None,
        on_unknown: OnUnknown::Drop,
        state,
        reason: reason.map(str::to_owned),
        due_at: Some(at() + SAFETY_NET),
        attempts: vec![Attempt {
            channel: Channel::ZnsPhone,
            at: at(),
            owner: "o".to_owned(),
            lease_until: at(),
            outcome: Some(AttemptOutcome::Accepted),
            message_id: Some("m".to_owned()),
        }],
        channels_used: 0,
        revision: 0,
    }
}

#[test]
fn no_sentence_about_a_notification_holds_a_number_or_an_open_mark() {
    let digits = Regex::new(r"\d{8,}").unwrap();
    for state in State::ALL {
        for (code, _) in REASONS {
            for language in Language::ALL {
                let said = notification(&planned(state, Some(code)), language);
                assert!(!digits.is_match(&said), "{said}");
                assert!(!said.contains(['{', '}', '…']) || code.contains('('), "{said}");
                assert!(said.ends_with('.'), "{said}");
            }
        }
        let said = notification(&planned(state, None), Language::Vi);
        assert!(!said.contains(": ."), "{said}");
    }
}

#[test]
fn a_notification_says_why_it_went_and_why_it_did_not() {
    let mut n = planned(State::Delivered, None);
    assert_eq!(
        notification(&n, Language::Vi),
        "Đã gửi qua ZNS đến số điện thoại lúc 20/11/2026 08:30 vì quy tắc “guide” quyết định, và đã đến máy khách."
    );
    n = planned(State::Suppressed, Some("no_consent"));
    assert_eq!(
        notification(&n, Language::En),
        "Not sent: the customer has not agreed to this kind of message."
    );
    n = planned(State::Held, Some("paused(rule:guide)"));
    assert_eq!(
        notification(&n, Language::En),
        "Not sent yet, looked at again at 20/11/2026 08:32: sending is paused (the rule “guide”)."
    );
    n = planned(State::Failed, Some("of_tomorrow"));
    assert_eq!(
        notification(&n, Language::En),
        "It could not be sent: code of_tomorrow, without an explanation yet."
    );
}

#[test]
fn a_trace_is_one_sentence() {
    for (line, vi, en) in [
        (
            "guide: condition_false",
            "Quy tắc “guide” không làm gì: điều kiện không đúng.",
            "The rule “guide” does nothing: its condition does not hold.",
        ),
        (
            "guide: failed(text_missing)",
            "Quy tắc “guide” không chạy được: tin cần điều không có trong sự kiện.",
            "The rule “guide” could not be worked out: the message asks for what is not there.",
        ),
        (
            "gia: code=voucher(gia) rest=waits(2026-11-20T10:30:00Z) ask=refused(cool_down)",
            "Quy tắc “gia”: tặng một mã từ kho “gia”; chờ đến 20/11/2026 17:30; chưa làm: khách vừa được hỏi ý kiến cách đây không lâu.",
            "The rule “gia”: gives a code of the pool “gia”; waits until 20/11/2026 17:30; not carried out: the customer was asked something not long ago.",
        ),
    ] {
        let read = Trace::parse(line).unwrap();
        assert_eq!(trace(&read, Language::Vi), vi);
        assert_eq!(trace(&read, Language::En), en);
    }
}

#[test]
fn a_value_is_never_read_as_a_mark() {
    let line = Trace { rule: "{came}{rule}".to_owned(), said: Said::ConditionFalse };
    assert!(trace(&line, Language::En).contains("“{came}{rule}”"));
}

#[test]
fn money_and_time_are_written_as_people_here_read_them() {
    assert_eq!(dong(0), "0 đ");
    assert_eq!(dong(350_000), "350.000 đ");
    assert_eq!(dong(1_234_567), "1.234.567 đ");
    assert_eq!(clock(at()), "20/11/2026 08:30");
}
