//! The overview: what has to be looked at, and the numbers of today.

use askama::Template;
use domain::{
    explain::{Label, account::credential, day, dong},
    notification::{Notification, State},
};

use super::{
    Brake, list,
    notification::{cost, is_sent},
};
use crate::{Console, Problem, Visit, route::List, ui::Ui, written};

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    ui: &'a Ui,
    numbers: Vec<(Label, String)>,
    lists: Vec<Line>,
    brakes: Vec<Brake>,
    /// Each Official Account, with what is known of its tokens.
    accounts: Vec<(String, String)>,
    /// Whether some rule has more notifications than were counted.
    partial: bool,
}

struct Line {
    path: String,
    name: Label,
    lead: Label,
    /// With a plus sign where there may be more.
    count: String,
}

pub(super) async fn show(console: &Console, visit: &Visit) -> Result<String, Problem> {
    let newest = console.newest(visit).await?;
    let mut lists = Vec::new();
    for list in List::ALL {
        let (count, more) = match list.states() {
            Some(states) => {
                let all = newest.notifications.iter();
                (all.filter(|n| states.contains(&n.state)).count(), newest.partial)
            }
            None => console.listed(visit, list).await?,
        };
        lists.push(Line {
            path: format!("/console/lists/{}", list.as_str()),
            name: list::name(list),
            lead: list::lead(list),
            count: format!("{count}{}", if more && count > 0 { "+" } else { "" }),
        });
    }
    let today = day(visit.now);
    let of_today = newest.notifications.iter().filter(|n| day(n.planned_at) == today);
    let numbers = numbers(&of_today.collect::<Vec<_>>());
    let pauses = console.tenants.pauses(&visit.tenant).await?;
    let paused = pauses.0.keys().map(|scope| Brake::of(scope, &pauses, visit.language()));
    let brakes = paused.collect();
    let mut accounts = Vec::new();
    for oa in &visit.settings.tenant.zalo.oas {
        let known = console.tenants.credential(&visit.tenant, oa).await?;
        let standing = known.as_ref().map(|known| &known.standing);
        accounts.push((oa.clone(), credential(standing, visit.language(), visit.now)));
    }
    let partial = newest.partial;
    written(&OverviewPage { ui: &visit.ui, numbers, lists, brakes, accounts, partial })
}

fn numbers(today: &[&Notification]) -> Vec<(Label, String)> {
    let count =
        |wanted: fn(State) -> bool| today.iter().filter(|n| wanted(n.state)).count().to_string();
    let spent = today.iter().fold(0u64, |sum, n| sum.saturating_add(cost(n)));
    vec![
        (Label::Planned, count(|state| state != State::Shadow)),
        (Label::SentToday, count(is_sent)),
        (Label::DeliveredToday, count(|state| is_sent(state) && state != State::Sent)),
        (Label::NotSentToday, count(is_not_sent)),
        (Label::CostToday, dong(spent)),
    ]
}

/// Whether it is over without having gone out.
fn is_not_sent(state: State) -> bool {
    match state {
        State::Failed | State::Expired | State::Suppressed | State::Cancelled => true,
        State::Planned
        | State::Held
        | State::Claimed
        | State::Unknown
        | State::Sent
        | State::Delivered
        | State::Seen
        | State::Clicked
        | State::Shadow => false,
    }
}
