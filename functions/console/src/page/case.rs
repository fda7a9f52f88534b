//! Cases: what customers are not content with, who sees to it, and how fast it is made good.

use askama::Template;
use cloud::table::surveys::{Cases, StoredCase};
use domain::{
    explain::{Label, clock},
    survey::{CASE_TEXT_MAX, Case, CaseKey, CaseState, DONE_MAX, Loop, OWNER_MAX},
};
use jiff::{SignedDuration, Timestamp};

use crate::{Console, Problem, Visit, cursor::Kind, ui::Ui, written};

/// Cases of one page.
const ROWS: i32 = 20;

/// The days that the loop is counted over.
const LOOP_DAYS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Cases of one read, and most reads: more than these are not counted.
const READ: i32 = 100;
const READS_MAX: usize = 5;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage<'a> {
    ui: &'a Ui,
    counted: Loop,
    /// More were opened than were counted.
    more: bool,
    rows: Vec<Row>,
    next: Option<String>,
    paged: bool,
}

struct Row {
    key: String,
    at: String,
    text: String,
    about: String,
    owner: Option<String>,
    state: Label,
    tone: &'static str,
    due: String,
    overdue: bool,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    ui: &'a Ui,
    case: &'a Case,
    row: Row,
    notes: Vec<(String, String, String)>,
    closed_at: Option<String>,
    owner_max: usize,
    text_max: usize,
    done_max: usize,
}

impl Row {
    fn of(stored: &StoredCase, now: Timestamp) -> Self {
        let case = &stored.case;
        let (state, tone) = match case.state {
            CaseState::Open => (Label::CaseOpen, "bad"),
            CaseState::Taken => (Label::CaseTaken, "wait"),
            CaseState::Closed => (Label::CaseClosed, "good"),
        };
        Self {
            key: case.key.to_string(),
            at: clock(case.opened_at),
            text: case.text.clone(),
            about: case.about.clone(),
            owner: case.owner.clone(),
            state,
            tone,
            due: clock(case.due_at),
            overdue: case.closed_at.unwrap_or(now) > case.due_at,
        }
    }
}

impl CasesPage<'_> {
    fn median(&self) -> String {
        // A beginning hour counts: nobody is told that nothing took no time.
        let hours = |open: SignedDuration| (open.as_mins() + 59) / 60;
        self.counted.median.map_or("–".to_owned(), |open| {
            format!("{} {}", hours(open), self.ui.say(Label::Hours))
        })
    }

    fn share(&self) -> String {
        self.counted.percent().map_or("–".to_owned(), |percent| format!("{percent} %"))
    }
}

/// All of them, the newest first, with how the loop is closed.
pub(super) async fn all(console: &Console, visit: &Visit, cursor: &str) -> Result<String, Problem> {
    let after = Kind::Cases.read(cursor, |text| text.parse::<CaseKey>().ok())?;
    let (tenant, ever) = (&visit.tenant, Timestamp::UNIX_EPOCH);
    let Cases { cases, next } = console.surveys.cases(tenant, ever, after.as_ref(), ROWS).await?;
    let (counted, more) = console.counted(visit).await?;
    written(&CasesPage {
        ui: &visit.ui,
        counted,
        more,
        rows: cases.iter().map(|stored| Row::of(stored, visit.now)).collect(),
        next: next.map(|key| Kind::Cases.write(&key.to_string())),
        paged: after.is_some(),
    })
}

/// One of them, with what can be done.
pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    key: &CaseKey,
) -> Result<String, Problem> {
    let stored = console.case(visit, key).await?;
    let notes = stored.case.notes.iter();
    written(&CasePage {
        ui: &visit.ui,
        row: Row::of(&stored, visit.now),
        notes: notes.map(|note| (clock(note.at), note.by.clone(), note.text.clone())).collect(),
        closed_at: stored.case.closed_at.map(clock),
        case: &stored.case,
        owner_max: OWNER_MAX,
        text_max: CASE_TEXT_MAX,
        done_max: DONE_MAX,
    })
}

impl Console {
    /// The loop of the last days, and whether there were more cases than were counted.
    async fn counted(&self, visit: &Visit) -> Result<(Loop, bool), Problem> {
        let since = visit.now.checked_sub(LOOP_DAYS).unwrap_or(Timestamp::UNIX_EPOCH);
        let (mut all, mut after) = (Vec::new(), None);
        for _ in 0..READS_MAX {
            let page = self.surveys.cases(&visit.tenant, since, after.as_ref(), READ).await?;
            all.extend(page.cases.into_iter().map(|stored| stored.case));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok((Loop::of(&all), after.is_some()))
    }
}
