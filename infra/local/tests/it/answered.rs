//! The day on which a customer answers on a page and by stars, and a case is opened and closed.

use jiff::SignedDuration;
use local::{
    demo::{DAY_SURVEY, DAY_SURVEY_EXPECTED},
    replay::{Day, Expected, What},
};

use crate::variation::{messages, played_until, run, settings, with_a_crash_after};

fn day() -> Day {
    Day::read(DAY_SURVEY).unwrap()
}

fn expected() -> Expected {
    Expected::read(DAY_SURVEY_EXPECTED).unwrap()
}

fn by_people(day: &Day) -> Vec<usize> {
    let is_ours = |what: &What| matches!(what, What::Page(_) | What::Staff(_));
    (0..day.lines.len()).filter(|n| is_ours(&day.lines[*n].what)).collect()
}

#[test]
fn the_day_with_answers_brings_exactly_what_is_expected() {
    let played = run(played_until(&day(), &expected(), settings()));
    assert_eq!(expected().problems(&played), Vec::<String>::new());
    assert_eq!(played.wrong_statuses(), Vec::<String>::new());
    assert_eq!((played.unknown, played.cases.len()), (0, 1));
}

#[test]
fn everything_that_people_do_twice_brings_the_same() {
    let mut lines = Vec::new();
    for line in day().lines {
        lines.extend([line.clone(), line]);
    }
    let played = run(played_until(&Day { lines }, &expected(), settings()));
    assert_eq!(expected().problems(&played), Vec::<String>::new());
    assert_eq!(played.wrong_statuses(), Vec::<String>::new());
}

#[test]
fn a_crash_after_whatever_people_do_brings_the_same() {
    let undisturbed = run(played_until(&day(), &expected(), settings()));
    let day = day();
    for line in by_people(&day) {
        for after in [line, line + 1] {
            let folder = tempfile::tempdir().unwrap();
            let played = run(with_a_crash_after(&day, &expected(), after, folder.path()));
            assert_eq!(messages(&played), messages(&undisturbed), "after line {after}");
            assert_eq!(played.cases, undisturbed.cases, "after line {after}");
        }
    }
}

/// With lagging lanes a message comes later, and nothing else changes.
#[test]
fn twenty_seeds_of_lagging_lanes_bring_the_same() {
    let undisturbed = run(played_until(&day(), &expected(), settings()));
    for seed in 0..20 {
        let mut settings = settings();
        settings.seed = Some(seed);
        let played = run(played_until(&day(), &expected(), settings));
        assert_eq!(messages(&played), messages(&undisturbed), "seed {seed}");
        assert_eq!(played.cases, undisturbed.cases, "seed {seed}");
    }
}

/// What is not closed in time is reminded of, each day.
#[test]
fn a_case_that_nobody_closes_is_reminded_of_each_day() {
    let mut day = day();
    day.lines.retain(|line| !matches!(&line.what, What::Staff(_)));
    let last = day.lines.iter().rposition(|line| matches!(line.what, What::Page(_))).unwrap();
    day.lines.remove(last);
    let played = run(played_until(&day, &expected(), settings()));
    let reminded: Vec<_> =
        played.messages.iter().filter(|message| message.text.contains("đã quá hạn")).collect();
    let opened = played.cases.iter().map(|case| case.state.as_str()).collect::<Vec<_>>();
    assert_eq!((opened, reminded.len()), (vec!["open"], 1), "{reminded:?}");
    let asked = day.lines.iter().find(|line| matches!(line.what, What::Page(_))).unwrap().at;
    let late = reminded[0].at.duration_since(asked);
    let hours = SignedDuration::from_hours;
    assert!((hours(24)..hours(26)).contains(&late), "{late:?}");
    assert!(!played.messages.iter().any(|message| message.text.contains("Quán đã nghe bạn")));
}
