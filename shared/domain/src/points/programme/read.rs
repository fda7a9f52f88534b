//! Reads `programme.yaml`.

use jiff::civil::{Date, Weekday};

use super::{
    Amount, CAPPED_MAX, CURRENCIES_MAX, ENTRIES_MAX, Earning, Factor, Kind, Programme, Reward,
    Round, Tiers, earning::cap_of, tier::Level,
};
use crate::{
    points::{Currency, LOTS_MAX, Points, Policy},
    rule::{Condition, Fields, Node, Problem, Problems, quoted},
    text::clean,
};

/// Longest time that points are pending, in days: a season.
const PENDING_DAYS_MAX: u64 = 92;

/// Longest life of points, in months: those of a year and the month itself are as many lots as an account has.
const EXPIRY_MONTHS_MAX: u64 = LOTS_MAX as u64 - 1;

/// Largest factor, in hundredths: a hundred times.
const FACTOR_MAX: u64 = 10_000;

/// Longest name that customers see, in characters.
const NAME_CHARS_MAX: usize = 60;

struct Reader {
    problems: Problems,
    currencies: Vec<Kind>,
}

pub(super) fn programme(yaml: &str) -> Result<Programme, Vec<Problem>> {
    let node = Node::read(yaml)?;
    let mut reader = Reader { problems: Problems::default(), currencies: Vec::new() };
    let known = ["currencies", "earnings", "tiers", "rewards"];
    let fields = Fields::of(&node, "a programme", &known, &mut reader.problems);
    let Some(fields) = fields else {
        return Err(reader.problems.none_or(()).expect_err("it is no map"));
    };
    reader.currencies = reader.each(&fields, "currencies", CURRENCIES_MAX, Reader::currency);
    if reader.currencies.is_empty() {
        reader.problems.add("missing_field", node.line, "a programme has at least one currency");
    }
    let earnings = reader.each(&fields, "earnings", ENTRIES_MAX, Reader::earning);
    reader.capped(&earnings, node.line);
    let rewards = reader.each(&fields, "rewards", ENTRIES_MAX, Reader::reward);
    let tiers = fields.optional("tiers").and_then(|node| reader.tiers(node));
    let Reader { problems, currencies } = reader;
    problems.none_or(Programme { currencies, earnings, tiers, rewards })
}

impl Reader {
    /// The entries of a list that may be left out, each with an id of its own.
    fn each<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        max: usize,
        read: impl Fn(&mut Self, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = fields.optional(name) else { return Vec::new() };
        let entries = node.list(&format!("`{name}`"), &mut self.problems);
        if entries.len() > max {
            self.problems.add("too_long", node.line, format!("`{name}` has at most {max} entries"));
        }
        let mut ids: Vec<String> = Vec::new();
        let mut found = Vec::new();
        for entry in entries {
            let Some(all) = entry.map("an entry", &mut self.problems) else { continue };
            let id = all.iter().find(|(key, _)| key.name == "id");
            let Some((_, id)) = id else {
                self.problems.add("missing_field", entry.line, "an entry needs `id`");
                continue;
            };
            let Some(id) = id.text("`id`", &mut self.problems) else { continue };
            if ids.iter().any(|other| other == id) {
                let message = format!("there is another {} in `{name}`", quoted(id));
                self.problems.add("duplicate_id", entry.line, message);
            }
            ids.push(id.to_owned());
            if !crate::rule::is_id(id) {
                let message = "`id` must be 1 to 48 lower-case letters, digits and single dashes";
                self.problems.add("bad_id", entry.line, message);
                continue;
            }
            found.extend(read(self, entry, id));
        }
        found
    }

    fn currency(&mut self, node: &Node, id: &str) -> Option<Kind> {
        let known = [
            "id",
            "name",
            "expiry_months",
            "pending_days",
            "debt",
            "per_operation_max",
            "per_day_max",
        ];
        let fields = Fields::of(node, "a currency", &known, &mut self.problems)?;
        let currency = Currency::parse(id);
        if currency.is_none() {
            let message = "a currency has 1 to 12 lower-case letters and digits, a letter first";
            self.problems.add("bad_id", node.line, message);
        }
        let name = self.name(&fields);
        let expiry = self.number(&fields, "expiry_months", 1, EXPIRY_MONTHS_MAX);
        let pending = self.number(&fields, "pending_days", 0, PENDING_DAYS_MAX);
        let debt = self.word(&fields, "debt", &[("allowed", true), ("refused", false)]);
        let per_operation_max = self.points(&fields, "per_operation_max");
        let per_day_max = self.points(&fields, "per_day_max");
        let pending_days = u32::try_from(pending?.unwrap_or(0)).ok()?;
        let expiry_months = expiry?.map(u16::try_from).transpose().ok()?;
        // Else points could end in the month in which they begin to be spent.
        if expiry_months.is_some_and(|months| u32::from(months) * 28 < pending_days) {
            let message = "points would be pending for longer than they live";
            self.problems.add("bad_number", node.line, message);
        }
        Some(Kind {
            id: currency?,
            name: name?,
            policy: Policy {
                expiry_months,
                pending_days,
                debt_allowed: debt?.unwrap_or(false),
                per_operation_max: per_operation_max?,
                per_day_max: per_day_max?,
            },
        })
    }

    fn earning(&mut self, node: &Node, id: &str) -> Option<Earning> {
        let known = [
            "id",
            "currency",
            "points",
            "per_vnd",
            "multiply",
            "happy_hours",
            "round",
            "times",
            "per_day_max",
            "budget",
            "from",
            "until",
        ];
        let fields = Fields::of(node, "an earning", &known, &mut self.problems)?;
        let currency = self.known_currency(&fields);
        let amount = self.amount(&fields);
        let mut factors = self.list(&fields, "multiply", Self::multiply);
        factors.extend(self.list(&fields, "happy_hours", Self::happy));
        let rounds = [("down", Round::Down), ("nearest", Round::Nearest), ("up", Round::Up)];
        let round = self.word(&fields, "round", &rounds);
        let first_time = self.word(&fields, "times", &[("once", true)]);
        let per_day_max = self.points(&fields, "per_day_max");
        let budget = self.points(&fields, "budget");
        let (from, until) = (self.date(&fields, "from"), self.date(&fields, "until"));
        let (from, until) = (from?, until?);
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            self.problems.add("bad_date", node.line, "`from` is after `until`");
        }
        Some(Earning {
            id: id.to_owned(),
            currency: currency?,
            amount: amount?,
            factors,
            round: round?.unwrap_or_default(),
            first_time: first_time?.unwrap_or(false),
            per_day_max: per_day_max?,
            budget: budget?,
            from,
            until,
        })
    }

    fn amount(&mut self, fields: &Fields<'_>) -> Option<Amount> {
        match (fields.optional("points"), fields.optional("per_vnd")) {
            (Some(_), None) => Some(Amount::Fixed(self.points(fields, "points")??)),
            (None, Some(node)) => {
                let fields = Fields::of(node, "`per_vnd`", &["vnd", "of"], &mut self.problems)?;
                let vnd = self.number(&fields, "vnd", 1, 1_000_000_000);
                let of = fields.required_text("of", &mut self.problems)?;
                let path: Vec<&str> = of.split('.').collect();
                let leads = path.len() == 2 && matches!(path[0], "order" | "payment" | "event");
                if !leads && !(path.len() == 3 && path[..2] == ["event", "data"]) {
                    let message = format!(
                        "{} is no amount: it is such as order.amount_vnd or event.data.amount_vnd",
                        quoted(of)
                    );
                    self.problems.add("unknown_name", node.line, message);
                }
                let of = path.into_iter().map(str::to_owned).collect();
                Some(Amount::PerVnd { vnd: vnd??, of })
            }
            (Some(_), Some(_)) | (None, None) => {
                let message = "an earning has either `points` or `per_vnd`";
                self.problems.add("missing_field", fields.line, message);
                None
            }
        }
    }

    fn multiply(&mut self, node: &Node) -> Option<Factor> {
        let fields = Fields::of(node, "`multiply`", &["by", "when"], &mut self.problems)?;
        let by = self.factor(&fields);
        let when = fields.required_text("when", &mut self.problems)?;
        match Condition::compile(when, "payment.matched") {
            Ok(condition) => Some(Factor::When { by: by?, condition }),
            Err(wrong) => {
                for (code, message) in wrong {
                    self.problems.add(code, node.line, format!("`when`: {message}"));
                }
                None
            }
        }
    }

    fn happy(&mut self, node: &Node) -> Option<Factor> {
        let known = ["days", "from", "until", "by"];
        let fields = Fields::of(node, "`happy_hours`", &known, &mut self.problems)?;
        let by = self.factor(&fields);
        let days = self.list(&fields, "days", |reader, node| {
            let day = node.text("a day", &mut reader.problems)?;
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let at = days.iter().position(|known| *known == day);
            if at.is_none() {
                let message = format!("{} is no day; there are {}", quoted(day), days.join(", "));
                reader.problems.add("unknown_name", node.line, message);
            }
            Weekday::from_monday_zero_offset(i8::try_from(at?).ok()?).ok()
        });
        let (from, until) = (self.minute(&fields, "from"), self.minute(&fields, "until"));
        let (from_min, until_min) = (from?, until?);
        if from_min >= until_min {
            let message = "`from` is before `until`; hours over midnight are two entries";
            self.problems.add("bad_time", node.line, message);
        }
        Some(Factor::Happy { by: by?, days, from_min, until_min })
    }

    /// A factor such as 2 or 1.5, in hundredths.
    fn factor(&mut self, fields: &Fields<'_>) -> Option<u64> {
        let node = fields.required("by", &mut self.problems)?;
        let text = node.decimal("`by`", &mut self.problems)?;
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let fits = !whole.is_empty() && digits(whole) && digits(part) && part.len() <= 2;
        let hundredths = fits.then(|| format!("{whole}{part:0<2}").parse::<u64>().ok()).flatten();
        let hundredths = hundredths.filter(|n| (1..=FACTOR_MAX).contains(n));
        if hundredths.is_none() {
            let message = "`by` is from 0.01 to 100, with at most two digits after the point";
            self.problems.add("bad_number", node.line, message);
        }
        hundredths
    }

    /// `14:30` as minutes of the day; `24:00` is its end.
    fn minute(&mut self, fields: &Fields<'_>, name: &str) -> Option<u16> {
        let node = fields.required(name, &mut self.problems)?;
        let text = node.text(&format!("`{name}`"), &mut self.problems)?;
        let minute = text.split_once(':').and_then(|(hour, minute)| {
            let two = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            let fits = two(hour) && two(minute);
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            let at = hour * 60 + minute;
            (fits && minute < 60 && at <= 24 * 60).then_some(at)
        });
        if minute.is_none() {
            let message = format!("`{name}` is a time of day such as \"14:30\"");
            self.problems.add("bad_time", node.line, message);
        }
        minute
    }

    fn date(&mut self, fields: &Fields<'_>, name: &str) -> Option<Option<Date>> {
        fields.optional_as(name, |node| {
            let date = node.text(&format!("`{name}`"), &mut self.problems)?.parse().ok();
            if date.is_none() {
                let message = format!("`{name}` is a day such as \"2026-12-31\"");
                self.problems.add("bad_date", node.line, message);
            }
            date
        })
    }

    fn tiers(&mut self, node: &Node) -> Option<Tiers> {
        let known = ["currency", "window_months", "grace_days", "levels"];
        let fields = Fields::of(node, "`tiers`", &known, &mut self.problems)?;
        let currency = self.known_currency(&fields);
        let window = self.number(&fields, "window_months", 1, 12);
        let grace = self.number(&fields, "grace_days", 0, 366);
        let levels = self.each(&fields, "levels", ENTRIES_MAX, Self::level);
        let ascending = levels.is_sorted_by(|a, b| a.from < b.from);
        if levels.first().is_none_or(|first| !first.from.is_zero()) || !ascending {
            let message = "`levels` ascend, and the first begins at 0";
            self.problems.add("bad_number", node.line, message);
        }
        Some(Tiers {
            currency: currency?,
            window_months: u16::try_from(window?.unwrap_or(12)).ok()?,
            grace_days: u32::try_from(grace?.unwrap_or(0)).ok()?,
            levels,
        })
    }

    fn level(&mut self, node: &Node, id: &str) -> Option<Level> {
        let fields =
            Fields::of(node, "a tier", &["id", "name", "from", "retain"], &mut self.problems)?;
        let name = self.name(&fields);
        let from = self.number(&fields, "from", 0, super::super::POINTS_MAX);
        let retain = self.number(&fields, "retain", 0, super::super::POINTS_MAX);
        let from = Points::new(from?.unwrap_or(0))?;
        let retain = retain?.and_then(Points::new).unwrap_or(from);
        if retain > from {
            self.problems.add("bad_number", node.line, "`retain` is at most `from`");
        }
        Some(Level { id: id.to_owned(), name: name?, from, retain })
    }

    fn reward(&mut self, node: &Node, id: &str) -> Option<Reward> {
        let known = ["id", "name", "currency", "price", "pool"];
        let fields = Fields::of(node, "a reward", &known, &mut self.problems)?;
        let (name, currency) = (self.name(&fields), self.known_currency(&fields));
        fields.required("price", &mut self.problems);
        let price = self.points(&fields, "price");
        let pool = fields.optional_as("pool", |_| fields.id("pool", &mut self.problems));
        let pool = pool?.map(str::to_owned);
        Some(Reward { id: id.to_owned(), name: name?, currency: currency?, price: price??, pool })
    }

    fn name(&mut self, fields: &Fields<'_>) -> Option<String> {
        let name = clean(fields.required_text("name", &mut self.problems)?);
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let message = format!("`name` has 1 to {NAME_CHARS_MAX} characters");
            self.problems.add("bad_name", fields.line, message);
        }
        Some(name)
    }

    fn known_currency(&mut self, fields: &Fields<'_>) -> Option<Currency> {
        let node = fields.required("currency", &mut self.problems)?;
        let text = node.text("`currency`", &mut self.problems)?;
        let known = self.currencies.iter().find(|kind| kind.id.as_str() == text);
        if known.is_none() {
            let message = format!("there is no currency {}", quoted(text));
            self.problems.add("unknown_name", node.line, message);
        }
        known.map(|kind| kind.id.clone())
    }

    /// A number of points, at least 1.
    fn points(&mut self, fields: &Fields<'_>, name: &str) -> Option<Option<Points>> {
        let number = self.number(fields, name, 1, super::super::POINTS_MAX)?;
        Some(number.and_then(Points::new))
    }

    fn number(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        min: u64,
        max: u64,
    ) -> Option<Option<u64>> {
        fields.optional_as(name, |node| {
            let number = node.whole_number(&format!("`{name}`"), &mut self.problems)?;
            if !(min..=max).contains(&number) {
                let message = format!("`{name}` is from {min} to {max}");
                self.problems.add("bad_number", node.line, message);
                return None;
            }
            Some(number)
        })
    }

    fn word<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        words: &[(&str, T)],
    ) -> Option<Option<T>> {
        fields.optional_as(name, |node| {
            let text = node.text(&format!("`{name}`"), &mut self.problems)?;
            let found = words.iter().find(|(word, _)| *word == text);
            if found.is_none() {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let message = format!("`{name}` is {}", known.join(" or "));
                self.problems.add("unknown_name", node.line, message);
            }
            found.map(|(_, value)| *value)
        })
    }

    fn list<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = fields.optional(name) else { return Vec::new() };
        let entries = node.list(&format!("`{name}`"), &mut self.problems);
        entries.iter().filter_map(|entry| read(self, entry)).collect()
    }

    /// An account has room for few limits of a day, and tells them apart by a hash.
    fn capped(&mut self, earnings: &[Earning], line: usize) {
        for kind in self.currencies.clone() {
            let of =
                |earning: &&Earning| earning.currency == kind.id && earning.per_day_max.is_some();
            let mut caps: Vec<u32> = earnings.iter().filter(of).map(|e| cap_of(&e.id)).collect();
            if caps.len() > CAPPED_MAX {
                let message = format!(
                    "at most {CAPPED_MAX} earnings of {} have `per_day_max`",
                    quoted(kind.id.as_str())
                );
                self.problems.add("too_long", line, message);
            }
            let all = caps.len();
            caps.sort_unstable();
            caps.dedup();
            if caps.len() < all {
                let message = "two earnings with `per_day_max` need other ids";
                self.problems.add("duplicate_id", line, message);
            }
        }
    }
}
