//! Why each message of the day was sent or not, and why rules said no, as people read it.

use std::collections::BTreeSet;

use cloud::table::Notifications;
use domain::{
    explain::{self, Language},
    id::EffectId,
    rule::Trace,
};
use local::{demo::state::DEMO, replay::play, stack::Stack};
use testkit::fault::Faults;

use crate::variation::{day, expected, run, settings, told};

#[test]
fn every_notification_of_the_day_is_explained_in_one_sentence_in_both_languages() {
    run(async {
        let mut stack = Stack::start(settings()).await.unwrap();
        play(&mut stack, &day(), Some(&expected())).await.unwrap();
        let client = stack.engine().client(&Faults::new());
        let table = Notifications::new(&client, stack.table("NotificationsTable").unwrap());
        let mut explained = BTreeSet::new();
        for row in stack.engine().scan_all(stack.table("NotificationsTable").unwrap()).unwrap() {
            let pk = row["pk"]["S"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
            let Some(id) = EffectId::parse(&pk) else { continue };
            let found = table.find(DEMO, &id).await.unwrap().unwrap();
            let [vi, en] = Language::ALL.map(|language| explain::notification(&found, language));
            for sentence in [&vi, &en] {
                assert!(sentence.ends_with('.'), "{sentence}");
                assert!(!sentence.trim_end_matches('.').contains(". "), "one sentence: {sentence}");
                assert!(!sentence.contains("912345678"), "{sentence}");
                assert!(!sentence.contains('{'), "{sentence}");
            }
            assert_ne!(vi, en);
            explained.insert(format!("{}: {vi} | {en}", found.cause.rule));
        }
        assert_eq!(explained.len(), 13, "{explained:#?}");
        told(&explained.into_iter().collect::<Vec<_>>().join("\n"));
        let mut outcomes = 0;
        for row in stack.engine().scan_all(stack.table("CustomersTable").unwrap()).unwrap() {
            for line in row["decisions"]["L"].as_array().into_iter().flatten() {
                let line = line["S"].as_str().unwrap();
                let trace = Trace::parse(line).unwrap_or_else(|| panic!("{line}"));
                let [vi, en] = Language::ALL.map(|language| explain::trace(&trace, language));
                assert!(!vi.is_empty() && !en.is_empty() && vi != en, "{line}: {vi} | {en}");
                outcomes += 1;
            }
        }
        assert!(outcomes > 20, "{outcomes}");
    });
}
