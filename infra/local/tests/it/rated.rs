//! The recorded day with a rating that the stand-in is ordered to send.

use local::{
    demo::DAY_POINTS,
    replay::{Day, play, print},
    stack::Stack,
};

use crate::variation::{run, settings};

#[test]
fn a_rating_that_comes_twice_is_one_line_of_the_customers_timeline() {
    run(async {
        let day = Day::read(DAY_POINTS).unwrap();
        let mut stack = Stack::start(settings()).await.unwrap();
        let played = play(&mut stack, &day, None).await.unwrap();
        assert_eq!(played.wrong_statuses(), Vec::<String>::new());
        let rows = stack.engine().scan_all(stack.table("CustomersTable").unwrap()).unwrap();
        let lines = |kind: &str| -> Vec<_> {
            let lines =
                rows.iter().filter(|row| row["sk"]["S"].as_str().unwrap().starts_with("t#"));
            lines.filter(|row| row["kind"]["S"] == kind).cloned().collect()
        };
        let (rated, ordered) = (lines("notification.rated"), lines("order.created"));
        assert_eq!((rated.len(), ordered.len()), (1, 1));
        assert_eq!(rated[0]["pk"], ordered[0]["pk"], "Lan's, who has ordered");
        assert_eq!(rated[0]["line"]["S"], "★5 Tôi rất hài lòng");
        let scenes: Vec<_> = played.scenes.iter().filter(|s| s.came.starts_with('★')).collect();
        assert_eq!(scenes.iter().map(|scene| scene.status).collect::<Vec<_>>(), [Some(200); 2]);
        assert!(!scenes[0].decided.is_empty() && scenes[1].decided.is_empty(), "{scenes:#?}");
        assert!(print(&played).contains("★5 guide"));
    });
}

#[test]
fn a_rating_of_a_message_that_did_not_come_is_told() {
    let rating = |line: &&str| line.contains("stand_in");
    let line = DAY_POINTS.lines().find(rating).unwrap();
    run(async {
        let mut stack = Stack::start(settings()).await.unwrap();
        let played = play(&mut stack, &Day::read(line).unwrap(), None).await.unwrap();
        let [problem] = &played.wrong_statuses()[..] else { panic!("one problem") };
        assert!(problem.contains("was not answered"), "{problem}");
        assert!(played.scenes[0].came.contains("no such message"), "{}", played.scenes[0].came);
    });
}
