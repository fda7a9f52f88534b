//! A member: what the standings know of one account, and what the next entries make of it.
//!
//! Everything is a function of the member, the entries and the programme, and each entry is judged at the instant at which it
//! was recorded: who follows the same entries again finds the same levels, scores and events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Account, AccountId, Entry, Leg, Points,
    board::{Alias, BOARDS_MAX, BoardId, Place, Score},
    programme::{Board, Programme, Standing, Tiers},
};
use crate::source::OwnEvent;

/// Seasons of one board that a member remembers: a year of months, and the one that has begun. What is older stays as it is.
pub const SEASONS_KEPT: usize = 13;

/// A member as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The last entry that is counted; 0 before the first.
    pub applied: u32,
    /// The level, where the programme counts this currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Standing>,
    /// What was earned in each season.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<BoardId, Earnings>,
    /// The name that the customer has chosen to be shown with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Alias>,
    /// Whether the customer wants to be on boards; `None` when nobody has said so, and the board decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wants: Option<bool>,
}

/// What a member has earned in one season of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earnings {
    /// Points earned, less those that were undone.
    pub points: i64,
    /// When it came to this.
    pub reached_at: Timestamp,
    /// Whether it is counted on the board.
    pub counted: bool,
}

/// How a member's place on a board changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Which board and season.
    pub board: BoardId,
    /// The place so far.
    pub old: Option<Place>,
    /// The place from now on.
    pub new: Option<Place>,
}

/// What comes of entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The member after them.
    pub member: Member,
    /// The boards on which the place changes, at most [`BOARDS_MAX`].
    pub shifts: Vec<Shift>,
    /// What is to be told, each with the key that names it: levels that were reached.
    pub events: Vec<(String, OwnEvent)>,
}

impl Entry {
    /// What the entry earned, less what it undid of something earned: what tiers and boards count.
    pub fn earned(&self) -> i64 {
        let earned = |leg: &Leg| {
            let amount = i64::try_from(leg.amount().get()).unwrap_or(i64::MAX);
            match leg {
                Leg::Earn { .. } | Leg::Pend { .. } => amount,
                Leg::TakeBack { .. } | Leg::TakeBackPending { .. } | Leg::Owe { .. } => -amount,
                Leg::Mature { .. }
                | Leg::Spend { .. }
                | Leg::Hold { .. }
                | Leg::Release { .. }
                | Leg::Capture { .. }
                | Leg::Expire { .. }
                | Leg::Repay { .. }
                | Leg::Refund { .. }
                | Leg::Grant { .. }
                | Leg::Deduct { .. }
                | Leg::Give { .. }
                | Leg::Receive { .. }
                | Leg::Count { .. } => 0,
            }
        };
        self.legs.iter().map(earned).sum()
    }
}

impl Member {
    /// Follows entries of its account, in their order, as far as one transaction holds; `entries` begin after
    /// [`Member::applied`].
    pub fn follow(&self, id: &AccountId, programme: &Programme, entries: &[Entry]) -> Followed {
        let (mut member, mut events) = (self.clone(), Vec::new());
        let tiers = programme.tiers.as_ref().filter(|tiers| tiers.currency == id.currency);
        let boards: Vec<&Board> =
            programme.boards.iter().filter(|board| board.currency == id.currency).collect();
        for entry in entries {
            let mut next = member.clone();
            next.score(&boards, entry);
            if self.shifts(id, &next).len() > BOARDS_MAX {
                break;
            }
            next.applied = entry.seq;
            if let Some(tiers) = tiers {
                events.extend(next.rise(id, tiers, entry));
            }
            member = next;
        }
        let shifts = self.shifts(id, &member);
        Followed { member, shifts, events }
    }

    /// The member at `now`, when the time alone has passed: a level that is not kept is lost, and nobody is told.
    #[must_use]
    pub fn at(&self, programme: &Programme, account: &Account, now: Timestamp) -> Self {
        let tiers = programme.tiers.as_ref();
        let tiers = tiers.filter(|tiers| tiers.currency == account.id.currency);
        let tier = tiers.map(|tiers| tiers.tier_at(&account.tail, self.tier.as_ref(), now));
        Self { tier, ..self.clone() }
    }

    /// When something about the account changes by itself: a lot, a hold or pending points fall due, or a level is lost.
    pub fn next_due(&self, programme: &Programme, account: &Account) -> Option<Timestamp> {
        let tiers = programme.tiers.as_ref();
        let tiers = tiers.filter(|tiers| tiers.currency == account.id.currency);
        let lost = self.tier.as_ref().zip(tiers).and_then(|(standing, tiers)| {
            let now = account.recorded_at.max(standing.judged_at);
            let place = tiers.rank(&standing.level)?;
            // Who has the lowest level has nothing to lose.
            (place > 1).then(|| tiers.projection(&account.tail, standing, now).lost_on)?
        });
        account.tail.next_due().into_iter().chain(lost.map(super::Day::start)).min()
    }

    /// The member with another name, another wish, or both as they are; and what that changes on the boards. At most the newest
    /// [`BOARDS_MAX`] seasons change: older ones are over.
    pub fn choose(
        &self,
        id: &AccountId,
        programme: &Programme,
        alias: Option<Alias>,
        wants: Option<bool>,
    ) -> (Self, Vec<Shift>) {
        let mut member = Self { alias, wants, ..self.clone() };
        let mut seasons: Vec<BoardId> = member.scores.keys().cloned().collect();
        seasons.sort_by(|one, other| other.season().cmp(one.season()));
        for season in seasons.into_iter().take(BOARDS_MAX) {
            let board = programme.boards.iter().find(|board| board.id == season.board());
            let counted = board.is_some_and(|board| member.is_on(board));
            if let Some(earnings) = member.scores.get_mut(&season) {
                earnings.counted = counted;
            }
        }
        let shifts = self.shifts(id, &member);
        (member, shifts)
    }

    /// Where the member stands on a board.
    pub fn place(&self, id: &AccountId, board: &BoardId) -> Option<Place> {
        let Earnings { points, reached_at, counted } = *self.scores.get(board)?;
        let score = u64::try_from(points).ok().and_then(Points::new).and_then(Score::new);
        let account = id.clone();
        score.filter(|_| counted).map(|score| Place { score, reached_at, account })
    }

    /// What has to change on the boards so that this member becomes `next`.
    fn shifts(&self, id: &AccountId, next: &Self) -> Vec<Shift> {
        let shift = |board: &BoardId| {
            let (old, new) = (self.place(id, board), next.place(id, board));
            (old != new).then(|| Shift { board: board.clone(), old, new })
        };
        next.scores.keys().filter_map(shift).collect()
    }

    fn is_on(&self, board: &Board) -> bool {
        self.wants.unwrap_or(!board.opt_in)
    }

    /// Counts what an entry earned, in the season in which it happened: where what is undone later was counted too.
    fn score(&mut self, boards: &[&Board], entry: &Entry) {
        let earned = entry.earned();
        if earned == 0 {
            return;
        }
        for board in boards {
            let Some(season) = board.season.key(entry.occurred_at) else { continue };
            let Some(id) = BoardId::new(&board.id, &season) else { continue };
            let counted = self.is_on(board);
            let before = self.scores.get(&id);
            let points = before.map_or(0, |before| before.points) + earned;
            let counted = before.map_or(counted, |before| before.counted);
            self.scores.insert(id, Earnings { points, reached_at: entry.recorded_at, counted });
            let of_board: Vec<BoardId> =
                self.scores.keys().filter(|one| one.board() == board.id).cloned().collect();
            // Seasons order as their names do.
            for gone in of_board.iter().take(of_board.len().saturating_sub(SEASONS_KEPT)) {
                self.scores.remove(gone);
            }
        }
    }

    /// Judges the level after an entry; a higher one than before is an event.
    fn rise(&mut self, id: &AccountId, tiers: &Tiers, entry: &Entry) -> Option<(String, OwnEvent)> {
        let standing = tiers.tier_at(&entry.tail, self.tier.as_ref(), entry.recorded_at);
        let earned = entry.tail.earned_in(tiers.window_months, entry.recorded_at);
        let before = match &self.tier {
            // A level that the programme has no more was no lower one.
            Some(before) => tiers.rank(&before.level),
            // Nobody had looked: what was earned before this entry says it.
            None => {
                let earned = i64::try_from(earned.get()).unwrap_or(i64::MAX) - entry.earned();
                let earned = u64::try_from(earned).ok().and_then(Points::new).unwrap_or_default();
                tiers.rank(&tiers.reached_with(earned)?.id)
            }
        };
        let after = tiers.rank(&standing.level);
        let level = |rank: usize| tiers.levels.get(rank - 1);
        let event = before.zip(after).filter(|(before, after)| after > before);
        let event = event.and_then(|(before, after)| {
            let data = json!({
                "currency": id.currency,
                "from": level(before)?.name,
                "to": level(after)?.name,
                "level": level(after)?.id,
                "rank_from": before,
                "rank_to": after,
                "points": earned,
            });
            let (kind, customer) = ("tier.upgraded".to_owned(), id.customer.clone());
            let event = OwnEvent { kind, customer, time: entry.recorded_at, data };
            Some((format!("tier {id} {}", entry.seq), event))
        });
        self.tier = Some(standing);
        event
    }
}
