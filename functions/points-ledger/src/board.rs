//! Boards and levels: who stands where, and under which name.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use cloud::table::standings::{Moved, PLACES_MAX};
use domain::points::{
    AccountId, Points,
    board::{Alias, BoardId, Ladder, Place, Score},
    programme::{Board, Programme, Projection},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Caller, PointsLedger, Problem, answer,
    body::{Member, parse},
};

/// Places of one answer.
const PAGE: u16 = 20;
/// Neighbours above and below a member.
const NEIGHBOURS: u16 = 2;
/// Most of them.
const NEIGHBOURS_MAX: u16 = 20;
/// How often a member is read again when somebody was faster.
const RACES_MAX: usize = 10;

#[derive(Serialize)]
struct List<'p> {
    board: &'p str,
    name: &'p str,
    season: String,
    places: Vec<Shown>,
    /// What to ask for to see those below.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

/// A line of a board: never who it is, only the name that the member has chosen.
#[derive(Serialize)]
struct Shown {
    rank: u64,
    score: u64,
    name: String,
    reached_at: Timestamp,
    /// Whether it is the member who is asked about.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    own: bool,
}

#[derive(Serialize)]
struct Own<'p> {
    board: &'p str,
    season: String,
    /// How many are on the board.
    members: u64,
    /// Nothing when the member is not on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u64>,
    score: u64,
    /// How many have this very score.
    tied: u64,
    neighbours: Vec<Shown>,
}

#[derive(Serialize)]
struct Standing<'p> {
    currency: String,
    /// Nothing where the programme has no levels of this currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<Tier<'p>>,
    badges: Vec<ShownBadge<'p>>,
    streaks: Vec<ShownStreak<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    /// Nothing when the member has not said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_boards: Option<bool>,
}

#[derive(Serialize)]
struct Tier<'p> {
    level: &'p str,
    name: &'p str,
    since: Timestamp,
    /// What was earned in the window.
    earned: Points,
    projection: ShownProjection<'p>,
}

#[derive(Serialize)]
struct ShownProjection<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Points>,
    /// The day at whose begin the level is lost if nothing more is earned.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_on: Option<String>,
}

#[derive(Serialize)]
struct ShownBadge<'p> {
    badge: &'p str,
    name: &'p str,
    count: u32,
    of: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    earned_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct ShownStreak<'p> {
    streak: &'p str,
    name: &'p str,
    length: u32,
    best: u32,
}

impl PointsLedger {
    /// The list of a board, from the top or on from `after`.
    pub(crate) async fn board(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let programme = self.programme(caller).await?;
        let (board, season, id) = board_of(caller, &programme)?;
        let limit = whole(caller, "limit", PAGE, PLACES_MAX)?;
        let bad = || Problem::BadQuery("`after` is what an answer gave");
        let after = caller.query("after").map(|after| {
            let bytes = data_encoding::BASE64URL_NOPAD.decode(after.as_bytes()).ok()?;
            Place::parse(std::str::from_utf8(&bytes).ok()?)
        });
        let after = after.map(|after| after.ok_or_else(bad)).transpose()?;
        let page = self.standings.places(&caller.tenant, &id, after.as_ref(), false, limit).await?;
        let ladder = match page.places.first() {
            Some(first) if after.is_some() => {
                let rank = self.standings.rank(&caller.tenant, &id, first.score).await?;
                Ladder::at(first.score, rank)
            }
            Some(_) | None => Ladder::top(),
        };
        let next = page.places.last().filter(|_| page.more);
        let after =
            next.map(|last| data_encoding::BASE64URL_NOPAD.encode(last.to_string().as_bytes()));
        let places = self.shown(caller, ladder, &page.places, None).await?;
        answer::json(&List { board: &board.id, name: &board.name, season, places, after })
    }

    /// Where a member stands on a board, with those around.
    pub(crate) async fn rank(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let programme = self.programme(caller).await?;
        let (board, season, id) = board_of(caller, &programme)?;
        let beside = whole(caller, "neighbours", NEIGHBOURS, NEIGHBOURS_MAX)?;
        let account = AccountId { customer: caller.customer()?, currency: board.currency.clone() };
        let tenant = &caller.tenant;
        let member = self.standings.member(tenant, &account).await?.member;
        let Some(place) = member.place(&account, &id) else {
            let of = self.standings.rank(tenant, &id, lowest()).await?.of;
            let (board, neighbours) = (board.id.as_str(), Vec::new());
            return answer::json(&Own {
                board,
                season,
                members: of,
                rank: None,
                score: 0,
                tied: 0,
                neighbours,
            });
        };
        let rank = self.standings.rank(tenant, &id, place.score).await?;
        let above = self.standings.places(tenant, &id, Some(&place), true, beside).await?;
        let below = self.standings.places(tenant, &id, Some(&place), false, beside).await?;
        let mut places = above.places;
        places.push(place.clone());
        places.extend(below.places);
        let ladder = match places.first() {
            Some(first) if first.score != place.score => {
                Ladder::at(first.score, self.standings.rank(tenant, &id, first.score).await?)
            }
            Some(_) | None => Ladder::at(place.score, rank),
        };
        let neighbours = self.shown(caller, ladder, &places, Some(&account)).await?;
        answer::json(&Own {
            board: &board.id,
            season,
            members: rank.of,
            rank: Some(rank.rank),
            score: place.score.get(),
            tied: rank.tied,
            neighbours,
        })
    }

    /// The level of an account, and how far its customer is with badges and streaks.
    pub(crate) async fn standing(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let programme = self.programme(caller).await?;
        let id = self.holder(caller, caller.account()?).await?;
        programme.currency(&id.currency).ok_or(Problem::UnknownCurrency)?;
        let tenant = &caller.tenant;
        let member = self.standings.member(tenant, &id).await?.member;
        let account = self.points.account(tenant, &id).await?;
        let now = caller.now.max(account.recorded_at);
        let progress = self.standings.progress(tenant, &id.customer).await?.progress;
        let tiers = programme.tiers.as_ref().filter(|tiers| tiers.currency == id.currency);
        let tier = tiers.and_then(|tiers| {
            let standing = tiers.tier_at(&account.tail, member.tier.as_ref(), now);
            let Projection { next, lost_on } = tiers.projection(&account.tail, &standing, now);
            let missing = next.as_ref().map(|next| next.missing);
            let next = next.and_then(|next| tiers.level(&next.level));
            let level = tiers.level(&standing.level)?;
            let is_lowest = tiers.rank(&level.id) == Some(1);
            Some(Tier {
                level: &level.id,
                name: &level.name,
                since: standing.since,
                earned: account.tail.earned_in(tiers.window_months, now),
                projection: ShownProjection {
                    next: next.map(|next| next.name.as_str()),
                    missing,
                    lost_on: lost_on.filter(|_| !is_lowest).map(|day| day.to_string()),
                },
            })
        });
        let badge = |badge: &'_ domain::points::programme::Badge| {
            let of = progress.badges.get(&badge.id).cloned().unwrap_or_default();
            (of.count, of.earned_at)
        };
        let badges = programme.badges.iter().map(|one| {
            let (count, earned_at) = badge(one);
            ShownBadge { badge: &one.id, name: &one.name, count, of: one.count, earned_at }
        });
        let streaks = programme.streaks.iter().map(|one| {
            let of = progress.streaks.get(&one.id).cloned().unwrap_or_default();
            let length = of.length_at(one, now);
            ShownStreak { streak: &one.id, name: &one.name, length, best: of.best }
        });
        answer::json(&Standing {
            currency: id.currency.to_string(),
            tier,
            badges: badges.collect(),
            streaks: streaks.collect(),
            alias: member.alias.map(|alias| alias.as_str().to_owned()),
            on_boards: member.wants,
        })
    }

    /// The name that a member is shown with, and whether on boards at all. What is left out stays as it is; null takes it back.
    pub(crate) async fn choose(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let programme = self.programme(caller).await?;
        let id = self.holder(caller, caller.account()?).await?;
        programme.currency(&id.currency).ok_or(Problem::UnknownCurrency)?;
        let Member { alias, on_boards } = parse(&caller.body()?)?;
        let bad = || {
            let said = "`alias` has 1 to 24 characters and at most 6 digits";
            Problem::BadBody(said.to_owned())
        };
        let alias = match alias {
            None => None,
            Some(None) => Some(None),
            Some(Some(raw)) => Some(Some(Alias::parse(&raw).ok_or_else(bad)?)),
        };
        for _ in 0..RACES_MAX {
            let read = self.standings.member(&caller.tenant, &id).await?;
            let alias = alias.clone().unwrap_or_else(|| read.member.alias.clone());
            let wants = on_boards.unwrap_or(read.member.wants);
            let (member, shifts) = read.member.choose(&id, &programme, alias, wants);
            let saved =
                self.standings.save(&caller.tenant, &id, &read, &member, read.due_at, &shifts);
            if saved.await? == Moved::Yes {
                return answer::json(&serde_json::json!({
                    "alias": member.alias, "on_boards": member.wants,
                }));
            }
        }
        Err(Problem::Busy)
    }

    /// Places with their ranks and names.
    async fn shown(
        &self,
        caller: &Caller<'_>,
        mut ladder: Ladder,
        places: &[Place],
        own: Option<&AccountId>,
    ) -> Result<Vec<Shown>, Problem> {
        let accounts: Vec<AccountId> = places.iter().map(|place| place.account.clone()).collect();
        let names = self.standings.aliases(&caller.tenant, &accounts).await?;
        let line = |place: &Place| Shown {
            rank: ladder.next(place.score),
            score: place.score.get(),
            name: Alias::shown(names.get(&place.account)).to_owned(),
            reached_at: place.reached_at,
            own: own == Some(&place.account),
        };
        Ok(places.iter().map(line).collect())
    }
}

/// The board that the path names, in the season that is asked for, else in the present one.
fn board_of<'p>(
    caller: &Caller<'_>,
    programme: &'p Programme,
) -> Result<(&'p Board, String, BoardId), Problem> {
    let board = programme.boards.iter().find(|board| board.id == caller.part("board"));
    let board = board.ok_or(Problem::UnknownBoard)?;
    let season = match caller.query("season") {
        Some(season) => Some(season.to_owned()),
        None => board.season.key(caller.now),
    };
    let season = season.ok_or(Problem::UnknownBoard)?;
    let id = BoardId::new(&board.id, &season);
    let id = id.ok_or(Problem::BadQuery("`season` is what an answer names, such as 2026-11"))?;
    Ok((board, season, id))
}

fn whole(caller: &Caller<'_>, name: &str, usual: u16, max: u16) -> Result<u16, Problem> {
    let number = caller.query(name).map_or(Some(usual), |text| text.parse().ok());
    number.filter(|number| (1..=max).contains(number)).ok_or(match name {
        "limit" => Problem::BadQuery("`limit` is from 1 to 100"),
        _ => Problem::BadQuery("`neighbours` is from 1 to 20"),
    })
}

fn lowest() -> Score {
    Points::new(1).and_then(Score::new).expect("one point is a score")
}
