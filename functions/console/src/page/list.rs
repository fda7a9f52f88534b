//! The lists of what a person may have to look at.

use std::cmp::Reverse;

use askama::Template;
use cloud::table::{
    customers::{DueKind, Ownerless, OwnerlessPlace},
    notifications::RulePlace,
};
use domain::{
    explain::{self, Label, clock},
    notification::Notification,
};
use jiff::SignedDuration;

use super::{Row, attach, walk::Place};
use crate::{Console, Problem, Visit, cursor::Kind, route::List, ui::Ui, written};

/// Lines of one page of a list that is kept row by row.
const LINES: i32 = 25;

/// How many of each rule's notifications are looked at at once: a page of a few rules stays below a hundred reads.
pub(super) const PER_RULE: i32 = 25;

/// How far ahead parked events are looked for: longer than any business lets them wait before its people are told.
const PARKED_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 367);

/// As many rows of the index as one look takes; so many may not be all.
const DUE_ROWS: usize = 100;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    ui: &'a Ui,
    name: Label,
    lead: Label,
    path: String,
    rows: Option<Vec<Row>>,
    parked: Option<Vec<ParkedLine>>,
    lines: Vec<Line>,
    /// Whether more events may wait than one look at the index finds.
    partial: bool,
    next: Option<String>,
    paged: bool,
}

struct Line {
    at: String,
    record: String,
    function: String,
    why: String,
}

/// An event that waits for its customer.
struct ParkedLine {
    at: String,
    thing: String,
    /// Whether people were told, because it has waited too long.
    told: bool,
    path: String,
}

impl ParkedLine {
    fn of(event: &Ownerless, told: bool, visit: &Visit) -> Self {
        Self {
            at: clock(event.time),
            thing: explain::subject(&event.thing, visit.language()),
            told,
            path: attach::path(&event.thing),
        }
    }
}

/// A page of the events that wait for their customer.
struct ParkedPage {
    lines: Vec<ParkedLine>,
    /// Whether there may be more that still have time.
    more: bool,
    next: Option<OwnerlessPlace>,
}

pub(super) fn name(list: List) -> Label {
    match list {
        List::Held => Label::Held,
        List::Failed => Label::Failed,
        List::Unknown => Label::Unknown,
        List::Refused => Label::Refused,
        List::Shadow => Label::Shadow,
        List::Stuck => Label::Stuck,
        List::Parked => Label::Parked,
        List::Conflict => Label::Conflict,
    }
}

pub(super) fn lead(list: List) -> Label {
    match list {
        List::Held => Label::HeldLead,
        List::Failed => Label::FailedLead,
        List::Unknown => Label::UnknownLead,
        List::Refused => Label::RefusedLead,
        List::Shadow => Label::ShadowLead,
        List::Stuck => Label::StuckLead,
        List::Parked => Label::ParkedLead,
        List::Conflict => Label::ConflictLead,
    }
}

pub(super) async fn show(
    console: &Console,
    visit: &Visit,
    list: List,
    cursor: &str,
) -> Result<String, Problem> {
    let language = visit.language();
    let mut page = ListPage {
        ui: &visit.ui,
        name: name(list),
        lead: lead(list),
        path: format!("/console/lists/{}", list.as_str()),
        rows: None,
        parked: None,
        lines: Vec::new(),
        partial: false,
        next: None,
        paged: false,
    };
    if let Some(states) = list.states() {
        let from = Kind::States.read(cursor, Place::parse)?;
        let walked = console.walk(visit, states, from.as_ref()).await?;
        page.rows = Some(walked.notifications.iter().map(|n| Row::of(n, language)).collect());
        page.next = walked.next.map(|next| Kind::States.write(&next.to_string()));
        page.paged = from.is_some();
        return written(&page);
    }
    if list == List::Parked {
        let from = Kind::Parked.read(cursor, OwnerlessPlace::parse)?;
        let parked = console.parked(visit, from.as_ref()).await?;
        page.parked = Some(parked.lines);
        page.partial = parked.more;
        page.next = parked.next.map(|next| Kind::Parked.write(&next.to_string()));
        page.paged = from.is_some();
        return written(&page);
    }
    let after = Kind::Listed.read(cursor, |sk| Some(sk.to_owned()).filter(|sk| !sk.is_empty()))?;
    let look = console.customers.listed(&visit.tenant, list.as_str(), LINES, after.as_deref());
    let listed = look.await?;
    let lines = listed.lines.into_iter().map(|line| Line {
        at: clock(line.at),
        record: line.record,
        function: line.function,
        why: explain::fault(&line.why, language),
    });
    page.lines = lines.collect();
    page.next = listed.next.map(|next| Kind::Listed.write(&next));
    page.paged = after.is_some();
    written(&page)
}

/// The newest notifications of all rules.
pub(super) struct Newest {
    /// The newest first.
    pub(super) notifications: Vec<Notification>,
    /// Whether some rule has more than were looked at.
    pub(super) partial: bool,
}

impl Console {
    /// How many stand on a list that is kept row by row, and whether there are more.
    pub(super) async fn listed(&self, visit: &Visit, list: List) -> Result<(usize, bool), Problem> {
        if list == List::Parked {
            let page = self.parked(visit, None).await?;
            return Ok((page.lines.len(), page.more || page.next.is_some()));
        }
        let page = self.customers.listed(&visit.tenant, list.as_str(), LINES, None).await?;
        Ok((page.lines.len(), page.next.is_some()))
    }

    /// The events that wait for their customer: those first that people were told of. Those that still have time stand on the
    /// first page alone, as far as one look reaches, since the index holds those of every business.
    async fn parked(
        &self,
        visit: &Visit,
        from: Option<&OwnerlessPlace>,
    ) -> Result<ParkedPage, Problem> {
        let told = self.customers.ownerless(&visit.tenant, LINES, from).await?;
        let lines = told.events.iter().map(|event| ParkedLine::of(event, true, visit));
        let mut page = ParkedPage { lines: lines.collect(), more: false, next: told.next };
        if from.is_none() {
            let due = self.customers.due(DueKind::Parked, visit.now + PARKED_AHEAD).await?;
            page.more = due.len() >= DUE_ROWS;
            let ours = due.into_iter().filter(|row| row.tenant == visit.tenant);
            let ours = ours.filter_map(|row| Ownerless::of(&row.under, &row.sk));
            page.lines.extend(ours.map(|event| ParkedLine::of(&event, false, visit)));
        }
        Ok(page)
    }

    /// The newest notifications of each rule of the active version.
    pub(super) async fn newest(&self, visit: &Visit) -> Result<Newest, Problem> {
        let mut ids = Vec::new();
        let mut partial = false;
        for rule in self.rule_names(visit).await? {
            let look = RulePlace::Newest;
            let page = self.notifications.of_rule(&visit.tenant, &rule, PER_RULE, &look).await?;
            partial |= page.next.is_some();
            ids.extend(page.ids);
        }
        let mut notifications = self.notifications.find_many(&visit.tenant, &ids).await?;
        notifications.sort_by_key(|n| Reverse(n.planned_at));
        Ok(Newest { notifications, partial })
    }
}
