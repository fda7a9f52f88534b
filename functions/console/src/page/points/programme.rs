//! The programme that is active, in tables.

use domain::{
    explain::Label,
    points::programme::{Every, Season},
};

use super::{Cell, PointsPage, Section, plain};
use crate::{Console, Problem, Visit};

pub(crate) async fn show(console: &Console, visit: &Visit) -> Result<String, Problem> {
    let language = visit.language();
    let title = Label::Programme.of(language).to_owned();
    let mut page = PointsPage::new(&visit.ui, title, "/console/points".to_owned());
    let Some(programme) = console.programme(visit).await? else {
        page.note = Some(Label::NoProgramme);
        return page.html();
    };
    let say = |label: Label| label.of(language);
    let section = |title, heads: &[Label]| Section {
        title,
        heads: heads.to_vec(),
        rows: Vec::new(),
        empty: Label::NothingThere,
    };

    let mut currencies = section(Label::Currencies, &[Label::Code, Label::Name, Label::Expiry]);
    for terms in &programme.currencies {
        let expiry = match terms.policy.expiry_months {
            Some(months) => format!("{months} {}", say(Label::Months)),
            None => say(Label::NoExpiry).to_owned(),
        };
        currencies.row([plain(&terms.id), plain(&terms.name), plain(expiry)]);
    }
    let mut earnings = section(Label::Earnings, &[Label::Code, Label::What]);
    for earning in &programme.earnings {
        earnings.row([plain(&earning.id), plain(earning.said())]);
    }
    let heads = [Label::Name, Label::ReachedWith, Label::KeptWith];
    let mut tiers = section(Label::Tiers, &heads);
    for level in programme.tiers.iter().flat_map(|tiers| &tiers.levels) {
        tiers.row([plain(&level.name), plain(level.from), plain(level.retain)]);
    }
    let heads = [Label::Name, Label::Event, Label::EventsNeeded];
    let mut badges = section(Label::Badges, &heads);
    for badge in &programme.badges {
        badges.row([plain(&badge.name), plain(&badge.on), plain(badge.count)]);
    }
    let heads = [Label::Name, Label::Event, Label::Every, Label::Goals];
    let mut streaks = section(Label::Streaks, &heads);
    for streak in &programme.streaks {
        let every = match streak.every {
            Every::Day => Label::DayPeriod,
            Every::Week => Label::WeekPeriod,
        };
        let goals: Vec<String> = streak.goals.iter().map(ToString::to_string).collect();
        streaks.row([
            plain(&streak.name),
            plain(&streak.on),
            plain(say(every)),
            plain(goals.join(", ")),
        ]);
    }
    let mut boards = section(Label::Boards, &[Label::Name, Label::Season]);
    for board in &programme.boards {
        let season = match board.season {
            Season::Dates { from, until } => format!("{from} – {until}"),
            season @ (Season::Month | Season::Quarter | Season::Year) => {
                season.key(visit.now).unwrap_or_default()
            }
        };
        let href = format!("/console/points/boards/{}", board.id);
        boards.row([Cell::link(&board.name, href), plain(season)]);
    }
    let heads = [Label::Name, Label::Price, Label::Stock];
    let mut rewards = section(Label::RewardsForPoints, &heads);
    for reward in &programme.rewards {
        let stock = match (&reward.pool, reward.stock) {
            (Some(pool), _) => pool.clone(),
            (None, Some(stock)) => stock.to_string(),
            (None, None) => say(Label::AsManyAsWanted).to_owned(),
        };
        rewards.row([plain(&reward.name), plain(reward.price), plain(stock)]);
    }
    page.sections = vec![currencies, earnings, tiers, badges, streaks, boards, rewards];
    page.html()
}
