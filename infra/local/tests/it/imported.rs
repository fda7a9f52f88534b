//! What comes as a file: people to be asked, and answers that another tool has gathered.

use admin::{
    event::{Import, import},
    stage::Stage,
};
use domain::consent::Purpose;
use jiff::{SignedDuration, Timestamp};
use local::stack::Stack;
use testkit::fault::Faults;

use crate::variation::{run, settings};

const PEOPLE: usize = 40;

fn hour(stack: &Stack, n: i64) -> Timestamp {
    stack.now() + SignedDuration::from_hours(n)
}

async fn imported(stack: &Stack, kind: &str, file: &str) -> String {
    let stage = Stage::new(&stack.engine().client(&Faults::new()), "dev");
    let asked = Import {
        tenant: stack.tenant(),
        kind,
        name: "november",
        at: Some("2026-11-20T08:30:00+07:00".parse().unwrap()),
        skip_bad: false,
        keep_for: SignedDuration::from_hours(24),
    };
    let lines = import(&stage, file.as_bytes(), &asked, stack.now(), |_, _| {}).await.unwrap();
    lines.last().unwrap().clone()
}

#[test]
fn everybody_of_a_file_is_asked_once_however_often_it_is_imported() {
    run(async {
        let mut settings = settings();
        let given_by = &mut settings.business.tenant.consent_given_by;
        given_by.insert("newsletter.joined".to_owned(), vec![Purpose::Care]);
        let mut stack = Stack::start(settings).await.unwrap();
        stack.advance(hour(&stack, 9)).await.unwrap();
        let rows = (0..PEOPLE).map(|n| format!("v{n},09100000{n:02}\n"));
        let file = format!("id,phone\n{}", rows.collect::<String>());
        // Nobody is asked who has not agreed to be.
        imported(&stack, "newsletter.joined", &file).await;
        stack.advance(hour(&stack, 1)).await.unwrap();
        let said = imported(&stack, "store.visited", &file).await;
        assert!(said.contains("40 store.visited added, 0 known"), "{said}");
        stack.advance(hour(&stack, 1)).await.unwrap();
        let said = imported(&stack, "store.visited", &file).await;
        assert!(said.contains("0 store.visited added, 40 known"), "{said}");
        stack.advance(hour(&stack, 1)).await.unwrap();
        let mut asked: Vec<String> =
            stack.stand_in().messages().into_iter().map(|message| message.to).collect();
        let all = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!((all, asked.len()), (PEOPLE, PEOPLE));
    });
}

#[test]
fn reviews_of_a_file_are_answers_with_a_sentiment() {
    run(async {
        let mut stack = Stack::start(settings()).await.unwrap();
        stack.advance(hour(&stack, 9)).await.unwrap();
        let file = "id,time,phone,score:number,text\n\
                    a,2026-11-20T08:00:00+07:00,0910000001,5,\"Cà phê rất ngon, cảm ơn quán\"\n\
                    b,2026-11-20T09:00:00+07:00,0910000002,1,\"Giao trễ, cà phê nguội ngắt, thất vọng\"\n";
        for _ in 0..2 {
            imported(&stack, "review.received", file).await;
            stack.advance(hour(&stack, 1)).await.unwrap();
        }
        let stage = Stage::new(&stack.engine().client(&Faults::new()), "dev");
        let (from, until) = ("2026-11-01T00:00:00Z".parse().unwrap(), hour(&stack, 1));
        let listed =
            stage.survey_results.listed(stack.tenant(), "zalo-stars", from, until, None, 100);
        let mut told: Vec<_> = listed
            .await
            .unwrap()
            .responses
            .into_iter()
            .map(|one| (one.score, one.felt.map(|felt| felt.sentiment.as_str())))
            .collect();
        told.sort();
        assert_eq!(told, [(Some(1), Some("negative")), (Some(5), Some("positive"))]);
    });
}
