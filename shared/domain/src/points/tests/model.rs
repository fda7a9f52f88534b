//! The same programme in the plainest way: every grain of points by itself, nothing merged, every rule written out.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Open,
    Pending(Day),
    Held(u32),
}

#[derive(Clone, Copy, Debug)]
struct Grain {
    month: Month,
    place: Place,
    amount: u64,
}

/// What a model account did under one operation, as far as it can be undone.
#[derive(Clone, Debug)]
pub(super) enum Did {
    Earned { month: Month, day: Option<Day>, amount: u64, occurred: Timestamp, reversed: u64 },
    Spent { parts: Vec<(Month, u64)>, reversed: u64 },
    Granted { month: Month, amount: u64, reversed: u64 },
    Deducted { parts: Vec<(Month, u64)>, reversed: u64 },
}

/// One account.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    grains: Vec<Grain>,
    holds: BTreeMap<u32, Timestamp>,
    pub(super) debt: u64,
    earned: BTreeMap<Month, u64>,
    used: BTreeMap<(Day, u32), u64>,
}

/// What can be compared with an account.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    open: BTreeMap<Month, u64>,
    pending: BTreeMap<(Day, Month), u64>,
    held: BTreeMap<(u32, Month), u64>,
    debt: u64,
    earned: BTreeMap<Month, u64>,
}

impl Picture {
    pub(super) fn of(tail: &Tail, now: Timestamp) -> Self {
        let parts = tail.holds.iter().flat_map(|hold| {
            hold.parts.iter().map(|part| ((hold.seq, part.month), part.amount.get()))
        });
        let pending = tail.pending.iter().map(|p| ((p.day, p.month), p.amount.get()));
        let earned = tail.earned.iter().map(|e| (e.month, e.amount.get()));
        Self {
            open: tail.lots.iter().map(|lot| (lot.month, lot.amount.get())).collect(),
            pending: pending.collect(),
            held: parts.collect(),
            debt: tail.debt.get(),
            earned: earned.filter(|(month, _)| Month::of(now).since(*month) < 13).collect(),
        }
    }
}

impl Model {
    pub(super) fn picture(&self, now: Timestamp) -> Picture {
        let (mut open, mut pending, mut held) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for grain in &self.grains {
            match grain.place {
                Place::Open => *open.entry(grain.month).or_default() += grain.amount,
                Place::Pending(day) => {
                    *pending.entry((day, grain.month)).or_default() += grain.amount;
                }
                Place::Held(seq) => *held.entry((seq, grain.month)).or_default() += grain.amount,
            }
        }
        let recent = |month: &Month| Month::of(now).since(*month) < 13;
        let earned = self.earned.iter().filter(|(month, n)| recent(month) && **n > 0);
        let earned = earned.map(|(month, n)| (*month, *n)).collect();
        Picture { open, pending, held, debt: self.debt, earned }
    }

    fn open(&self) -> u64 {
        self.in_order().iter().map(|n| self.grains[*n].amount).sum()
    }

    pub(super) fn held(&self, seq: u32) -> Option<u64> {
        self.holds.get(&seq)?;
        let held = self.grains.iter().filter(|grain| grain.place == Place::Held(seq));
        Some(held.map(|grain| grain.amount).sum())
    }

    pub(super) fn lots(&self) -> usize {
        let months = self.in_order().into_iter().map(|n| self.grains[n].month);
        months.collect::<std::collections::BTreeSet<_>>().len()
    }

    pub(super) fn pending_places(&self) -> usize {
        self.picture(Timestamp::UNIX_EPOCH).pending.len()
    }

    pub(super) fn held_parts(&self) -> (usize, usize) {
        (self.holds.len(), self.picture(Timestamp::UNIX_EPOCH).held.len())
    }

    /// What can be spent, what ends first first.
    fn in_order(&self) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.grains.len())
            .filter(|n| self.grains[*n].place == Place::Open && self.grains[*n].amount > 0)
            .collect();
        open.sort_by_key(|n| self.grains[*n].month);
        open
    }

    /// Takes from what can be spent, `first` before the others; says from where, and how many are missing.
    fn take(&mut self, amount: u64, first: Option<Month>) -> (Vec<(Month, u64)>, u64) {
        let mut order = self.in_order();
        order.sort_by_key(|n| Some(self.grains[*n].month) != first);
        let (mut left, mut parts) = (amount, Vec::<(Month, u64)>::new());
        for n in order {
            let taken = self.grains[n].amount.min(left);
            if taken == 0 {
                continue;
            }
            self.grains[n].amount -= taken;
            left -= taken;
            match parts.last_mut() {
                Some((month, amount)) if *month == self.grains[n].month => *amount += taken,
                _ => parts.push((self.grains[n].month, taken)),
            }
        }
        self.grains.retain(|grain| grain.amount > 0);
        (parts, left)
    }

    fn put(&mut self, month: Month, place: Place, amount: u64) {
        if amount > 0 {
            self.grains.push(Grain { month, place, amount });
        }
    }

    fn repay(&mut self, now: Timestamp) {
        while self.debt > 0 {
            let living = self.in_order().into_iter();
            let Some(n) = living.into_iter().find(|n| self.grains[*n].month.end() > now) else {
                return;
            };
            let paid = self.grains[n].amount.min(self.debt);
            self.grains[n].amount -= paid;
            self.debt -= paid;
            self.grains.retain(|grain| grain.amount > 0);
        }
    }

    /// Everything that falls due up to `now`, one thing after the other.
    pub(super) fn pass(&mut self, now: Timestamp) {
        loop {
            let dues = self.grains.iter().map(|grain| match grain.place {
                Place::Held(seq) => (self.holds[&seq], 0, u64::from(seq), grain.month, grain.place),
                Place::Pending(day) => {
                    (day.start(), 1, u64::from(day.number()), grain.month, grain.place)
                }
                Place::Open => (grain.month.end(), 2, 0, grain.month, grain.place),
            });
            let next = dues.min_by_key(|(at, class, n, month, _)| (*at, *class, *n, *month));
            let Some((at, _, _, month, place)) = next.filter(|(at, ..)| *at <= now) else { break };
            for grain in &mut self.grains {
                if grain.month == month && grain.place == place {
                    match place {
                        Place::Open => grain.amount = 0,
                        Place::Held(_) | Place::Pending(_) => grain.place = Place::Open,
                    }
                }
            }
            self.grains.retain(|grain| grain.amount > 0);
            self.holds
                .retain(|seq, _| self.grains.iter().any(|grain| grain.place == Place::Held(*seq)));
            self.repay(at);
        }
    }

    fn lot(policy: &Policy, occurred: Timestamp, now: Timestamp) -> Result<Month, &'static str> {
        let Some(months) = policy.expiry_months else { return Ok(Month::NEVER) };
        let month = Month::of(occurred).plus(months);
        if month.end() <= now { Err("expired_on_arrival") } else { Ok(month) }
    }

    pub(super) fn earn(
        &mut self,
        asked: u64,
        cap: Option<RuleCap>,
        policy: &Policy,
        occurred: Timestamp,
        now: Timestamp,
    ) -> Result<Did, &'static str> {
        let today = Day::of(now);
        let mut limits = Vec::new();
        limits.extend(policy.per_day_max.map(|max| (0, max.get())));
        limits.extend(cap.map(|cap| (cap.cap, cap.per_day_max.get())));
        let left = limits.iter().map(|(cap, max)| {
            max.saturating_sub(self.used.get(&(today, *cap)).copied().unwrap_or(0))
        });
        let amount = left.min().unwrap_or(asked).min(asked);
        if amount == 0 {
            return Err("cap_reached");
        }
        let mut day = Day::of(occurred).plus(policy.pending_days);
        let step = policy.pending_days.div_ceil(7).max(1);
        while !day.number().is_multiple_of(step) {
            day = day.plus(1);
        }
        let waits = Some(day).filter(|day| policy.pending_days > 0 && day.start() > now);
        let month = match waits {
            None => Self::lot(policy, occurred, now)?,
            // The last day of the same step decides, whenever in it something happened.
            Some(day) => {
                let last = (0..).map(|n| Day::of(occurred).plus(n));
                let mut last = last.take_while(|d| d.plus(policy.pending_days) <= day);
                let last = last.by_ref().last().unwrap().start().max(occurred);
                Self::lot(policy, last, now)?.max(Month::of(day.start()))
            }
        };
        for (cap, _) in limits {
            *self.used.entry((today, cap)).or_default() += amount;
        }
        self.put(month, waits.map_or(Place::Open, Place::Pending), amount);
        if Month::of(now).since(Month::of(occurred)) < 13 {
            *self.earned.entry(Month::of(occurred)).or_default() += amount;
        }
        self.repay(now);
        Ok(Did::Earned { month, day: waits, amount, occurred, reversed: 0 })
    }

    fn parts(&mut self, amount: u64) -> Result<Vec<(Month, u64)>, &'static str> {
        if amount > self.open() {
            Err("insufficient_points")
        } else {
            Ok(self.take(amount, None).0)
        }
    }

    pub(super) fn spend(&mut self, amount: u64) -> Result<Did, &'static str> {
        Ok(Did::Spent { parts: self.parts(amount)?, reversed: 0 })
    }

    pub(super) fn give(&mut self, amount: u64) -> Result<Vec<(Month, u64)>, &'static str> {
        self.parts(amount)
    }

    pub(super) fn receive(&mut self, parts: &[(Month, u64)], now: Timestamp) {
        for (month, amount) in parts {
            self.put(*month, Place::Open, *amount);
        }
        self.repay(now);
    }

    pub(super) fn grant(
        &mut self,
        amount: u64,
        policy: &Policy,
        occurred: Timestamp,
        now: Timestamp,
    ) -> Result<Did, &'static str> {
        let month = Self::lot(policy, occurred, now)?;
        self.put(month, Place::Open, amount);
        self.repay(now);
        Ok(Did::Granted { month, amount, reversed: 0 })
    }

    pub(super) fn deduct(&mut self, amount: u64) -> Result<Did, &'static str> {
        Ok(Did::Deducted { parts: self.parts(amount)?, reversed: 0 })
    }

    pub(super) fn hold(
        &mut self,
        seq: u32,
        amount: u64,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        if until <= now || until > now + SignedDuration::from_hours(24 * 366) {
            return if amount > self.open() {
                Err("insufficient_points")
            } else {
                Err("bad_hold_end")
            };
        }
        for (month, amount) in self.parts(amount)? {
            self.put(month, Place::Held(seq), amount);
        }
        let mut minute = until.as_second() / 60;
        while Timestamp::from_second(minute * 60).unwrap() < until {
            minute += 1;
        }
        self.holds.insert(seq, Timestamp::from_second(minute * 60).unwrap());
        Ok(())
    }

    /// Spends so much of a hold and puts the rest back.
    pub(super) fn capture(
        &mut self,
        seq: u32,
        amount: Option<u64>,
        now: Timestamp,
    ) -> Result<Did, &'static str> {
        let held = self.held(seq).ok_or("no_such_hold")?;
        let mut left = amount.unwrap_or(held);
        if left > held {
            return Err("over_capture");
        }
        let mut order: Vec<usize> =
            (0..self.grains.len()).filter(|n| self.grains[*n].place == Place::Held(seq)).collect();
        order.sort_by_key(|n| self.grains[*n].month);
        let mut parts = Vec::new();
        for n in order {
            let taken = self.grains[n].amount.min(left);
            left -= taken;
            self.grains[n].amount -= taken;
            self.grains[n].place = Place::Open;
            if taken > 0 {
                parts.push((self.grains[n].month, taken));
            }
        }
        self.grains.retain(|grain| grain.amount > 0);
        self.holds.remove(&seq);
        // What is put back can be over by now.
        self.pass(now);
        self.repay(now);
        Ok(Did::Spent { parts, reversed: 0 })
    }

    pub(super) fn reverse(
        &mut self,
        did: &mut Did,
        amount: Option<u64>,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let (total, reversed) = match did {
            Did::Earned { amount, reversed, .. } | Did::Granted { amount, reversed, .. } => {
                (*amount, reversed)
            }
            Did::Spent { parts, reversed } | Did::Deducted { parts, reversed } => {
                (parts.iter().map(|(_, n)| n).sum(), reversed)
            }
        };
        let left = total - *reversed;
        let undo = amount.unwrap_or(left);
        if undo > left || left == 0 {
            return Err("over_reversal");
        }
        let before = *reversed;
        match &*did {
            Did::Earned { month, day, occurred, .. } => {
                let mut open = undo;
                for grain in &mut self.grains {
                    let is_it = day.is_some_and(|day| grain.place == Place::Pending(day));
                    if is_it && grain.month == *month {
                        let taken = grain.amount.min(open);
                        grain.amount -= taken;
                        open -= taken;
                    }
                }
                self.grains.retain(|grain| grain.amount > 0);
                let (_, missing) = self.take(open, Some(*month));
                if missing > 0 && !policy.debt_allowed {
                    return Err("already_spent");
                }
                self.debt += missing;
                if let Some(earned) = self.earned.get_mut(&Month::of(*occurred)) {
                    *earned = earned.saturating_sub(undo);
                }
            }
            Did::Granted { month, .. } => {
                let (_, missing) = self.take(undo, Some(*month));
                if missing > 0 {
                    return Err("already_spent");
                }
            }
            Did::Spent { parts, .. } | Did::Deducted { parts, .. } => {
                // Point by point from the last one back, past those that are back already.
                let grains = parts.iter().rev().flat_map(|(month, n)| (0..*n).map(move |_| *month));
                let skip = usize::try_from(before).unwrap();
                let mut back = BTreeMap::<Month, u64>::new();
                for month in grains.skip(skip).take(usize::try_from(undo).unwrap()) {
                    *back.entry(month).or_default() += 1;
                }
                for (month, amount) in back {
                    self.put(month, Place::Open, amount);
                }
            }
        }
        match did {
            Did::Earned { reversed, .. }
            | Did::Granted { reversed, .. }
            | Did::Spent { reversed, .. }
            | Did::Deducted { reversed, .. } => *reversed += undo,
        }
        self.pass(now);
        self.repay(now);
        Ok(())
    }
}
