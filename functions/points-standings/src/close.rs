//! A season that is over: those of its board who have a prize in a contest are told.

use std::collections::BTreeSet;

use cloud::table::{StoreError, standings::PLACES_MAX};
use domain::{
    points::{
        Entry, Shift,
        board::{BoardId, Ladder, Place},
        programme::{Contest, Programme},
    },
    source::OwnEvent,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::PointsStandings;

/// Prizes wait so long after the end: events of the last evening may still be under way.
const AFTER_THE_END: SignedDuration = SignedDuration::from_hours(24);

impl PointsStandings {
    /// Sees to it that the seasons are looked at which a member has come to, where a contest is held in them.
    pub(crate) async fn note_closes(
        &self,
        tenant: &str,
        programme: &Programme,
        shifts: &[Shift],
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        let held: BTreeSet<&str> = programme.contests.iter().map(|c| c.board.as_str()).collect();
        for shift in shifts.iter().filter(|shift| shift.old.is_none()) {
            let name = shift.board.board();
            let board = programme.boards.iter().find(|board| board.id == name);
            let Some(board) = board.filter(|_| held.contains(name)) else { continue };
            let season = Some(shift.board.season());
            let mut within = entries.iter().map(|entry| entry.occurred_at);
            let within = within.find(|at| board.season.key(*at).as_deref() == season);
            if let Some(end) = within.and_then(|at| board.season.end(at)) {
                self.standings.note_close(tenant, &shift.board, end + AFTER_THE_END).await?;
            }
        }
        Ok(())
    }

    /// Gives the prizes of every contest of the board: an event for each winner, once, however often this is called.
    pub(crate) async fn close(
        &self,
        tenant: &str,
        board: &BoardId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let programme = self.programme(tenant, now).await?;
        let of_board = programme.contests.iter().filter(|one| one.board == board.board());
        for contest in of_board {
            let ranked = self.ranked(tenant, board, contest).await?;
            let winners = contest.winners(ranked.iter().map(|(rank, _)| *rank));
            for (prize, (rank, place)) in winners.zip(&ranked) {
                let Some(prize) = prize else { continue };
                let reward = programme.rewards.iter().find(|reward| reward.id == prize.reward);
                let event = OwnEvent {
                    kind: "contest.won".to_owned(),
                    customer: place.account.customer.clone(),
                    time: now,
                    data: json!({
                        "contest": contest.id,
                        "board": board.board(),
                        "season": board.season(),
                        "rank": rank,
                        "points": place.score.get(),
                        "reward": prize.reward,
                        "reward_name": reward.map(|reward| reward.name.as_str()),
                    }),
                };
                let key = format!("contest {} {board} {}", contest.id, place.account);
                self.tell(tenant, &key, &event, now).await?;
            }
        }
        self.standings.closed(tenant, board).await
    }

    /// The places that may have a prize, with their ranks, the highest first.
    async fn ranked(
        &self,
        tenant: &str,
        board: &BoardId,
        contest: &Contest,
    ) -> Result<Vec<(u64, Place)>, StoreError> {
        let (mut ranked, mut ladder) = (Vec::<(u64, Place)>::new(), Ladder::top());
        loop {
            let after = ranked.last().map(|(_, place)| place.clone());
            let page =
                self.standings.places(tenant, board, after.as_ref(), false, PLACES_MAX).await?;
            for place in page.places {
                let rank = ladder.next(place.score);
                if rank > contest.last_rank() {
                    return Ok(ranked);
                }
                ranked.push((rank, place));
            }
            if !page.more {
                return Ok(ranked);
            }
        }
    }
}
