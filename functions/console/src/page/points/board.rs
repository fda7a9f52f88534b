//! A board: who has earned the most in the season that is on.

use domain::{
    explain::{Label, clock},
    points::board::{Alias, BoardId, Ladder, Place},
};

use super::{Cell, PointsPage, Section, plain};
use crate::{Console, Problem, Visit, cursor::Kind};

/// Places of one page.
const PLACES: u16 = 20;

pub(crate) async fn show(
    console: &Console,
    visit: &Visit,
    name: &str,
    cursor: &str,
) -> Result<String, Problem> {
    let unknown = || Problem::NotFound("unknown_board");
    let programme = console.programme(visit).await?.ok_or_else(unknown)?;
    let board = programme.boards.iter().find(|board| board.id == name).ok_or_else(unknown)?;
    let after: Option<Place> = Kind::Places.read(cursor, Place::parse)?;
    let path = format!("/console/points/boards/{name}");
    let mut page = PointsPage::new(&visit.ui, board.name.clone(), path);
    let language = visit.language();
    page.links = vec![("/console/points".to_owned(), Label::Programme.of(language).to_owned())];
    let heads = [Label::Rank, Label::Score, Label::ShownName, Label::Customer, Label::At];
    let mut list = Section::new(Label::Board, heads, Label::BoardEmpty);
    let season = board.season.key(visit.now);
    let Some(id) = season.as_ref().and_then(|season| BoardId::new(&board.id, season)) else {
        page.note = Some(Label::SeasonOver);
        return page.html();
    };
    let tenant = &visit.tenant;
    let places = console.standings.places(tenant, &id, after.as_ref(), false, PLACES).await?;
    let mut ladder = match places.places.first() {
        Some(first) if after.is_some() => {
            let rank = console.standings.rank(tenant, &id, first.score).await?;
            Ladder::at(first.score, rank)
        }
        Some(_) | None => Ladder::top(),
    };
    let accounts: Vec<_> = places.places.iter().map(|place| place.account.clone()).collect();
    let names = console.standings.aliases(tenant, &accounts).await?;
    for place in &places.places {
        let customer = &place.account.customer;
        let account = format!("/console/customers/{customer}/points/{}", place.account.currency);
        list.row([
            plain(ladder.next(place.score)),
            plain(place.score.get()),
            plain(Alias::shown(names.get(&place.account))),
            Cell::link(Label::OpenCustomer.of(language), account),
            plain(clock(place.reached_at)),
        ]);
    }
    page.numbers = vec![(Label::Season, season.unwrap_or_default())];
    page.sections.push(list);
    let last = places.places.last().filter(|_| places.more);
    page.next = last.map(|place| Kind::Places.write(&place.to_string()));
    page.paged = after.is_some();
    page.html()
}
