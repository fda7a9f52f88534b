//! Boards, which show who has earned the most in a season, and contests, which give the first of them something.

use jiff::{Timestamp, civil::Date};

use super::{
    CurrencyTerms,
    hours::{local, midnight},
    read::{currency, date, each, flag, id, in_order, name, whole},
};
use crate::{
    points::{Currency, Month, board},
    rule::{Fields, Node, Problems, quoted},
};

/// Most boards of a programme: each is counted anew with every point that is earned, all in one transaction.
const BOARDS_MAX: usize = board::BOARDS_MAX;
/// Most contests of a programme.
const CONTESTS_MAX: usize = 20;
/// Most kinds of prizes of a contest.
const PRIZES_MAX: usize = 20;
/// The last rank that may have a prize: winners are read one by one.
const RANK_MAX: u32 = 1_000;

/// One board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Unique among them.
    pub id: String,
    /// What customers call it.
    pub name: String,
    /// The points that count.
    pub currency: Currency,
    /// From when to when.
    pub season: Season,
    /// Whether customers are on it only when they ask to be.
    pub opt_in: bool,
}

/// The time that a board counts; the next one begins with nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// A month of the calendar.
    Month,
    /// Three of them.
    Quarter,
    /// Twelve of them.
    Year,
    /// From the first day to the last.
    Dates {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
}

/// What the first of a board get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// Unique among them.
    pub id: String,
    /// Whose season it is.
    pub board: String,
    /// By rank, the first ones first.
    pub prizes: Vec<Prize>,
}

/// What some ranks get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prize {
    /// The first rank that gets it.
    pub rank_from: u32,
    /// The last one.
    pub rank_to: u32,
    /// The reward.
    pub reward: String,
    /// There are so many: more than one may have the same rank.
    pub stock: u32,
}

impl Season {
    /// Names the season in which an instant lies, `2026-11`, `2026-q4`, `2026`, `2026-11-01`; `None` outside its dates.
    pub fn key(self, at: Timestamp) -> Option<String> {
        let day = local(at).date();
        let (year, month) = (day.year(), day.month());
        match self {
            Self::Month => Some(format!("{year:04}-{month:02}")),
            Self::Quarter => Some(format!("{year:04}-q{}", (month - 1) / 3 + 1)),
            Self::Year => Some(format!("{year:04}")),
            Self::Dates { from, until } => (from..=until).contains(&day).then(|| from.to_string()),
        }
    }
}

impl Season {
    /// When the season ends in which an instant lies; `None` outside its dates.
    pub fn end(self, at: Timestamp) -> Option<Timestamp> {
        let day = local(at).date();
        let months = match self {
            Self::Month => 1,
            Self::Quarter => 3 - (day.month() - 1) % 3,
            Self::Year => 13 - day.month(),
            Self::Dates { from, until } => {
                let after = until.tomorrow().ok().filter(|_| (from..=until).contains(&day))?;
                return midnight(after);
            }
        };
        Some(Month::of(at).plus(u16::try_from(months).ok()?).start())
    }
}

impl Contest {
    /// What a list brings, the highest first: each of those who get something, with the prize. Of more who share a rank than
    /// there are pieces, those who came first get one.
    pub fn winners(
        &self,
        ranked: impl IntoIterator<Item = u64>,
    ) -> impl Iterator<Item = Option<&Prize>> {
        let mut left: Vec<u32> = self.prizes.iter().map(|prize| prize.stock).collect();
        ranked.into_iter().map(move |rank| {
            let is_of = |prize: &Prize| {
                (u64::from(prize.rank_from)..=u64::from(prize.rank_to)).contains(&rank)
            };
            let place = self.prizes.iter().position(is_of)?;
            let stock = left.get_mut(place).filter(|stock| **stock > 0)?;
            *stock -= 1;
            self.prizes.get(place)
        })
    }

    /// The last rank that has a prize.
    pub fn last_rank(&self) -> u64 {
        self.prizes.last().map_or(0, |prize| u64::from(prize.rank_to))
    }
}

/// What contests may name.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub boards: &'a [&'a str],
    pub rewards: &'a [&'a str],
}

pub(super) fn read(
    fields: &Fields<'_>,
    currencies: &[CurrencyTerms],
    problems: &mut Problems,
) -> Vec<Board> {
    let mut ids = Vec::new();
    each(fields, "boards", BOARDS_MAX, problems, |node, problems| {
        let known = ["id", "name", "currency", "season", "opt_in"];
        let fields = Fields::of(node, "a board", &known, problems)?;
        let id = id(&fields, &mut ids, problems);
        let name = name(&fields, problems);
        let currency = currency(&fields, currencies, problems);
        let season = fields.required("season", problems).and_then(|node| season(node, problems));
        let opt_in = flag(&fields, "opt_in", problems);
        Some(Board {
            id: id?.to_owned(),
            name: name?,
            currency: currency?,
            season: season?,
            opt_in: opt_in?,
        })
    })
}

fn season(node: &Node, problems: &mut Problems) -> Option<Season> {
    if !node.is_map() {
        let word = node.text("`season`", problems)?;
        let known =
            [("month", Season::Month), ("quarter", Season::Quarter), ("year", Season::Year)];
        let season = known.into_iter().find(|(name, _)| *name == word);
        if season.is_none() {
            let message = format!(
                "`season` is month, quarter, year or {{from, until}}, not {}",
                quoted(word)
            );
            problems.add("unknown_name", node.line, message);
        }
        return season.map(|(_, season)| season);
    }
    let fields = Fields::of(node, "`season`", &["from", "until"], problems)?;
    let from = fields.required("from", problems);
    let from = from.and_then(|node| date(node, "`from`", problems));
    let until = fields.required("until", problems);
    let until = until.and_then(|node| date(node, "`until`", problems));
    let (from, until) = (from?, until?);
    in_order(from, until, node.line, problems);
    Some(Season::Dates { from, until })
}

pub(super) fn read_contests(
    fields: &Fields<'_>,
    names: Names<'_>,
    problems: &mut Problems,
) -> Vec<Contest> {
    let mut ids = Vec::new();
    each(fields, "contests", CONTESTS_MAX, problems, |node, problems| {
        let fields = Fields::of(node, "a contest", &["id", "board", "prizes"], problems)?;
        let id = id(&fields, &mut ids, problems);
        let board = known(&fields, "board", names.boards, problems);
        fields.required("prizes", problems);
        let mut last = 0;
        let prizes = each(&fields, "prizes", PRIZES_MAX, problems, |node, problems| {
            let prize = prize(node, names.rewards, problems)?;
            if prize.rank_to < prize.rank_from || prize.rank_from <= last {
                let message = "prizes go from the first rank on, and no rank has two";
                problems.add("ranks", node.line, message);
            }
            last = prize.rank_to;
            Some(prize)
        });
        Some(Contest { id: id?.to_owned(), board: board?, prizes })
    })
}

fn prize(node: &Node, rewards: &[&str], problems: &mut Problems) -> Option<Prize> {
    let all = ["rank_from", "rank_to", "reward", "stock"];
    let fields = Fields::of(node, "a prize", &all, problems)?;
    let mut number = |name: &str| {
        let node = fields.required(name, problems)?;
        whole(node, &format!("`{name}`"), 1..=RANK_MAX, problems)
    };
    let (rank_from, rank_to, stock) = (number("rank_from"), number("rank_to"), number("stock"));
    let reward = known(&fields, "reward", rewards, problems);
    Some(Prize { rank_from: rank_from?, rank_to: rank_to?, reward: reward?, stock: stock? })
}

/// A name of something that the programme has.
fn known(
    fields: &Fields<'_>,
    what: &str,
    names: &[&str],
    problems: &mut Problems,
) -> Option<String> {
    let node = fields.required(what, problems)?;
    let name = node.text(&format!("`{what}`"), problems)?;
    if !names.contains(&name) {
        let message = format!("there is no {what} {}", quoted(name));
        problems.add("unknown_name", node.line, message);
        return None;
    }
    Some(name.to_owned())
}
