//! What the standings make of entries: levels, scores, events.

use super::*;
use crate::points::{
    board::{Alias, BOARDS_MAX},
    programme::Programme,
};

const PROGRAMME: &str = "
currencies: [{id: diem, name: điểm, expiry_months: 12, debt: allowed}, {id: xu, name: xu}]
tiers:
  currency: diem
  window_months: 12
  grace_days: 0
  levels: [{id: a, name: A, from: 0}, {id: b, name: B, from: 400}, {id: c, name: C, from: 1000}]
boards:
  - {id: month, name: Tháng, currency: diem, season: month}
  - {id: year, name: Năm, currency: diem, season: year, opt_in: true}
  - {id: other, name: Khác, currency: xu, season: year}
";

/// An account with its entries and its member.
struct Followed {
    programme: Programme,
    account: Account,
    entries: Vec<Entry>,
    member: Member,
}

impl Followed {
    fn new() -> Self {
        Self {
            programme: Programme::read(PROGRAMME).unwrap(),
            account: account("lan"),
            entries: Vec::new(),
            member: Member::default(),
        }
    }

    fn post(&mut self, posting: Posting, time: &str) {
        let operation = operation(self.entries.len() as u64);
        let request = Request { operation, posting, occurred_at: at(time) };
        let policy = Policy { debt_allowed: true, ..PLAIN };
        let next = post("t", &self.account, &request, &policy, at(time)).unwrap();
        let Next::Entry(entry) = next else { panic!("too much is due") };
        self.account = Account::after(self.account.id.clone(), &entry);
        self.entries.push(entry);
    }

    fn earn(&mut self, amount: u64, time: &str) {
        self.post(Posting::Earn { amount: points(amount), cap: None }, time);
    }

    /// Follows what is new; the words of each event, and the boards that changed.
    fn follow(&mut self) -> (Vec<String>, Vec<String>) {
        let applied = self.member.applied;
        let new: Vec<Entry> =
            self.entries.iter().filter(|entry| entry.seq > applied).cloned().collect();
        let followed = self.member.follow(&self.account.id, &self.programme, &new);
        self.member = followed.member;
        let word = |field: &str, event: &crate::source::OwnEvent| event.data[field].to_string();
        let told = followed.events.iter().map(|(_, event)| {
            format!("{} {} to {}", event.kind, word("from", event), word("to", event))
        });
        let score = |place: &Option<board::Place>| place.as_ref().map_or(0, |p| p.score.get());
        let moved = followed
            .shifts
            .iter()
            .map(|shift| format!("{} {}-{}", shift.board, score(&shift.old), score(&shift.new)));
        (told.collect(), moved.collect())
    }
}

#[test]
fn a_level_that_is_reached_is_told_once_and_one_that_is_lost_is_not() {
    let mut lan = Followed::new();
    lan.earn(399, "2026-01-05T10:00:00Z");
    assert_eq!(lan.follow().0, [""; 0]);
    lan.earn(1, "2026-01-06T10:00:00Z");
    assert_eq!(lan.follow().0, [r#"tier.upgraded "A" to "B""#]);
    assert_eq!(lan.follow().0, [""; 0], "nothing new");
    lan.earn(700, "2026-01-07T10:00:00Z");
    lan.earn(1, "2026-01-08T10:00:00Z");
    assert_eq!(lan.follow().0, [r#"tier.upgraded "B" to "C""#]);
    // A year later nothing of it counts any more.
    let later = at("2027-02-01T00:00:00+07:00");
    assert_eq!(lan.member.next_due(&lan.programme, &lan.account), Some(at("2026-12-31T17:00:00Z")));
    let member = lan.member.at(&lan.programme, &lan.account, later);
    assert_eq!(member.tier.as_ref().unwrap().level, "a");
    lan.member = member;
    // Who climbs again is told again.
    lan.earn(400, "2027-02-02T10:00:00Z");
    assert_eq!(lan.follow().0, [r#"tier.upgraded "A" to "B""#]);
}

#[test]
fn one_entry_over_two_levels_is_told_as_one_step_and_each_event_has_a_key_of_its_own() {
    let mut lan = Followed::new();
    lan.earn(2_000, "2026-01-05T10:00:00Z");
    let followed = lan.member.follow(&lan.account.id, &lan.programme, &lan.entries);
    let [(key, event)] = followed.events.as_slice() else { panic!("{:?}", followed.events) };
    assert_eq!(*key, format!("tier {} 1", lan.account.id));
    assert_eq!(event.time, lan.entries[0].recorded_at);
    assert_eq!(
        event.data.to_string(),
        r#"{"currency":"diem","from":"A","level":"c","points":2000,"rank_from":1,"rank_to":3,"to":"C"}"#
    );
}

/// Levels that begin when there are entries already congratulate nobody on what was reached long ago.
#[test]
fn who_had_reached_a_level_before_anybody_looked_is_not_told() {
    let mut lan = Followed::new();
    lan.earn(500, "2026-01-05T10:00:00Z");
    lan.earn(10, "2026-01-06T10:00:00Z");
    lan.member.applied = 1;
    assert_eq!(lan.follow().0, [""; 0]);
    assert_eq!(lan.member.tier.unwrap().level, "b");
}

#[test]
fn a_score_is_what_was_earned_in_a_season_and_what_is_undone_leaves_it() {
    let mut lan = Followed::new();
    lan.earn(100, "2026-11-30T16:59:59Z");
    lan.earn(50, "2026-11-30T17:00:00Z");
    assert_eq!(lan.follow().1, ["month.2026-11 0-100", "month.2026-12 0-50"]);
    lan.post(Posting::Spend { amount: points(120) }, "2026-12-01T10:00:00Z");
    lan.post(Posting::Grant { amount: points(500) }, "2026-12-01T10:00:00Z");
    assert_eq!(lan.follow(), (vec![], vec![]), "what is spent or given by hand was not earned");
    // Half of November's is undone in December, though it is spent.
    let legs = Original::legs_from(&Original::bytes_of(&lan.entries[0]).unwrap()).unwrap();
    let occurred_at = lan.entries[0].occurred_at;
    let original = Original { legs, occurred_at, reversed: Points::ZERO };
    let posting = Posting::Reverse { original, amount: Some(points(40)) };
    lan.post(posting, "2026-12-05T10:00:00Z");
    assert_eq!(lan.follow().1, ["month.2026-11 100-60"]);
}

#[test]
fn who_leaves_the_boards_counts_nowhere_and_comes_back_with_all_of_it() {
    let mut lan = Followed::new();
    lan.earn(100, "2026-11-20T10:00:00Z");
    lan.follow();
    let (id, programme) = (lan.account.id.clone(), &lan.programme);
    let year = board::BoardId::new("year", "2026").unwrap();
    assert_eq!(lan.member.place(&id, &year), None, "this board has to be asked for");
    let (asked, shifts) = lan.member.choose(&id, programme, Alias::parse("Lan"), Some(true));
    assert_eq!(shifts.len(), 1);
    assert_eq!(asked.place(&id, &year).unwrap().score.get(), 100);
    let (gone, shifts) = asked.choose(&id, programme, None, Some(false));
    assert_eq!((shifts.len(), gone.alias.clone()), (2, None));
    assert!(shifts.iter().all(|shift| shift.new.is_none()));
    lan.member = gone;
    lan.earn(11, "2026-11-21T10:00:00Z");
    assert_eq!(lan.follow().1, [""; 0]);
    let (back, shifts) = lan.member.choose(&id, &lan.programme, None, Some(true));
    assert_eq!((shifts.len(), back.place(&id, &year).unwrap().score.get()), (2, 111));
}

#[test]
fn more_seasons_than_one_transaction_holds_are_followed_in_turns() {
    let mut lan = Followed::new();
    for month in 1..=12 {
        lan.earn(month, &format!("2026-{month:02}-10T10:00:00Z"));
    }
    assert_eq!(lan.follow().1.len(), BOARDS_MAX);
    assert_eq!(lan.member.applied, 8);
    assert_eq!(lan.follow().1.len(), 4);
    for month in 1..=12 {
        lan.earn(1, &format!("2027-{month:02}-10T10:00:00Z"));
        lan.follow();
    }
    let months = lan.member.scores.keys().filter(|one| one.board() == "month");
    assert_eq!(months.count(), SEASONS_KEPT);
}
