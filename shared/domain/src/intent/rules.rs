//! What an intent sounds like, and what only looks like one.
//!
//! The groups stand in order of priority: the first that is found and not excepted is the intent.

mod club;
mod talk;
mod trade;

use super::Intent;

/// One intent, at one priority.
pub(super) struct Group {
    pub(super) intent: Intent,
    /// Terms that only this group does not see.
    pub(super) masks: &'static [&'static str],
    /// Each alone is enough.
    pub(super) asks: &'static [&'static str],
    /// Anywhere in the text, each alone is too much.
    pub(super) unless: &'static [&'static str],
}

/// In order of priority.
pub(super) const GROUPS: &[Group] = &[
    talk::STOP,
    talk::DELETE_DATA,
    talk::PERSON,
    club::VOUCHER_CODE,
    club::TIER,
    club::POINTS,
    trade::ORDER_STATUS,
    club::VOUCHER,
    trade::PRICE,
    trade::PRICE_AMOUNT,
    club::VOUCHER_HINT,
    talk::GREETING,
];
