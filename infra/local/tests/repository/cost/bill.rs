//! A month's bill, line by line; and the least that the same month could cost.

use super::{
    measured::{Described, Idle, MONTH_MINUTES, Order},
    prices::{PARTS, Prices},
};

/// DynamoDB keeps a table's key for so long before it asks KMS again (DynamoDB developer guide, read 2026-11).
const KEY_MINUTES: u128 = 5;
/// Bytes of a gigabyte, counted small: the bill errs high.
const GIGABYTE: u128 = 1_000_000_000;
/// Of each message dispatch logs a line, and runner one of its plan.
const LINES_OF_A_MESSAGE: u128 = 2;

/// What is known of a month apart from its orders.
pub(super) struct Facts {
    pub(super) order: Order,
    pub(super) idle: Idle,
    pub(super) described: Described,
    pub(super) prices: Prices,
}

/// One line: the price's name, and how much in millionths of its unit.
pub(super) type Bought = (&'static str, u128);

impl Facts {
    /// What a month with so many orders buys, with `Size=small`.
    pub(super) fn month(&self, orders: u128) -> Vec<Bought> {
        let Self { order, idle, described, .. } = self;
        let assumed = |name| self.prices.assumed(name);
        let (hooks, messages) = (orders * order.hooks, orders * order.messages);
        // Intake and runner for each hook, dispatch for each message; batches of one.
        let runs = 2 * hooks + messages;
        let run_ms = hooks * (assumed("hook_ms") + assumed("event_ms"))
            + messages * assumed("message_ms")
            + idle.ticks * assumed("tick_ms");
        let logged = (runs + idle.ticks) * assumed("start_report_bytes")
            + (hooks + LINES_OF_A_MESSAGE * messages) * assumed("log_line_bytes")
            + hooks * assumed("access_line_bytes");
        let months = assumed("month_of_age");
        let event_months = months.min(described.raw_days.div_ceil(30));
        let rows = orders * (order.event_bytes * event_months + order.other_bytes * months);
        vec![
            ("write_units", orders * order.writes),
            ("read_units", orders * order.reads + idle.reads),
            ("table_storage", gigabytes(rows)),
            ("table_recovery", gigabytes(rows)),
            ("stream_reads", (runs - hooks) * PARTS),
            ("function_requests", (runs + idle.ticks) * PARTS),
            ("function_time", self.gb_seconds(run_ms)),
            ("http_requests", hooks * PARTS),
            ("schedule_calls", idle.ticks * PARTS),
            ("log_intake", gigabytes(logged)),
            ("log_storage", gigabytes(logged * described.log_days / 30)),
            ("alarms", described.alarm_metrics * PARTS),
            ("transfer_out", gigabytes(self.sent_bytes(hooks, messages))),
        ]
    }

    /// The same with `Size=standard`.
    pub(super) fn standard(&self, orders: u128) -> Vec<Bought> {
        let own = [
            ("own_key", PARTS),
            ("key_requests", self.key_requests(orders * self.order.hooks) * PARTS),
            ("dashboard", PARTS),
        ];
        [self.month(orders), own.to_vec()].concat()
    }

    /// The least: one write for each event and each notification, one invocation for each hook, and the wait for Zalo's answer.
    pub(super) fn least(&self, orders: u128) -> Vec<Bought> {
        let (hooks, messages) = (orders * self.order.hooks, orders * self.order.messages);
        let assumed = |name| self.prices.assumed(name);
        let run_ms = hooks * assumed("hook_ms") + messages * assumed("message_ms");
        vec![
            ("write_units", (hooks + messages) * PARTS),
            ("function_requests", hooks * PARTS),
            ("function_time", self.gb_seconds(run_ms)),
            ("http_requests", hooks * PARTS),
            ("transfer_out", gigabytes(self.sent_bytes(hooks, messages))),
        ]
    }

    /// In picodollars.
    pub(super) fn sum(&self, bought: &[Bought]) -> u128 {
        bought.iter().map(|(name, parts)| self.prices.price(name).of(*parts)).sum()
    }

    /// The same, after what an account does not pay.
    pub(super) fn sum_beyond_free(&self, bought: &[Bought]) -> u128 {
        bought.iter().map(|(name, parts)| self.prices.price(name).beyond_free(*parts)).sum()
    }

    fn gb_seconds(&self, run_ms: u128) -> u128 {
        run_ms * self.described.memory_mb * (PARTS / 1_000) / 1_024
    }

    fn sent_bytes(&self, hooks: u128, messages: u128) -> u128 {
        let assumed = |name| self.prices.assumed(name);
        hooks * assumed("hook_out_bytes") + messages * assumed("message_out_bytes")
    }

    /// Each function asks once for each of its tables in five minutes in which it uses it; the ticks do so all month.
    fn key_requests(&self, hooks: u128) -> u128 {
        let Described { watched_tables, function_tables, .. } = self.described;
        let spans = MONTH_MINUTES / KEY_MINUTES;
        let others = function_tables - watched_tables;
        watched_tables * spans + (hooks * others).min(others * spans)
    }
}

/// In millionths.
fn gigabytes(bytes: u128) -> u128 {
    bytes * PARTS / GIGABYTE
}
