//! Which moves there are: one total function over every state and every input.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Rank;

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Decided, to be sent as soon as somebody comes.
    Planned,
    /// To be sent later, for a reason.
    Held,
    /// One owner is sending it.
    Claimed,
    /// Sent or not: nobody can say yet.
    Unknown,
    /// Zalo has it.
    Sent,
    /// On the phone.
    Delivered,
    /// Looked at.
    Seen,
    /// A button was pressed.
    Clicked,
    /// No channel is left, or nobody knows and it is not worth a second try.
    Failed,
    /// Its deadline passed.
    Expired,
    /// Not allowed: consent.
    Suppressed,
    /// Called off.
    Cancelled,
    /// Decided by a rule that is only looked at: never sent.
    Shadow,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Planned,
        Self::Held,
        Self::Claimed,
        Self::Unknown,
        Self::Sent,
        Self::Delivered,
        Self::Seen,
        Self::Clicked,
        Self::Failed,
        Self::Expired,
        Self::Suppressed,
        Self::Cancelled,
        Self::Shadow,
    ];

    /// As it stands in rows, filters and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Held => "held",
            Self::Claimed => "claimed",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Seen => "seen",
            Self::Clicked => "clicked",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Suppressed => "suppressed",
            Self::Cancelled => "cancelled",
            Self::Shadow => "shadow",
        }
    }
}

/// What can happen to a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// An owner starts an attempt.
    Claim,
    /// Not now.
    Hold,
    /// Zalo took it.
    Accepted,
    /// The outcome of the attempt is not known, or its owner is dead.
    Lost,
    /// This channel will not do, and another is permitted.
    NextChannel,
    /// The grace of an unknown outcome is over, and it is worth a second try.
    Resend,
    /// Nothing more can be tried.
    Fail,
    /// The deadline passed.
    Expire,
    /// The customer has not agreed to it.
    Suppress,
    /// Somebody called it off.
    Cancel,
    /// A receipt.
    Received(Rank),
}

impl Input {
    /// Every input.
    pub const ALL: [Self; 13] = [
        Self::Claim,
        Self::Hold,
        Self::Accepted,
        Self::Lost,
        Self::NextChannel,
        Self::Resend,
        Self::Fail,
        Self::Expire,
        Self::Suppress,
        Self::Cancel,
        Self::Received(Rank::Delivered),
        Self::Received(Rank::Seen),
        Self::Received(Rank::Clicked),
    ];
}

/// A move that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct IllegalMove {
    /// Where the notification stands.
    pub state: State,
    /// What was to happen.
    pub input: Input,
}

impl fmt::Display for IllegalMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a notification that is {} does not take {:?}", self.state.as_str(), self.input)
    }
}

/// The state after `input`.
///
/// A receipt tells the truth whatever we believed: it moves every state forward and none back. A late answer to the sender
/// changes nothing that a receipt has settled.
///
/// # Errors
/// When there is no such move; the row stays as it is.
pub fn next(state: State, input: Input) -> Result<State, IllegalMove> {
    use State::{
        Cancelled, Claimed, Clicked, Delivered, Expired, Failed, Held, Planned, Seen, Sent, Shadow,
        Suppressed, Unknown,
    };
    let after = match (input, state) {
        (Input::Received(rank), _) => Some(state.max_rank(rank)),

        (Input::Claim, Planned | Held) => Some(Claimed),
        (Input::Hold, Planned | Held | Claimed) => Some(Held),
        (Input::Accepted, Claimed | Unknown | Sent) => Some(Sent),
        (Input::Accepted, Delivered | Seen | Clicked) => Some(state),
        (Input::Lost, Claimed | Unknown) => Some(Unknown),
        (Input::NextChannel, Claimed | Sent | Unknown) => Some(Planned),
        (Input::Resend, Unknown) => Some(Planned),
        (Input::Fail, Planned | Held | Claimed | Unknown) => Some(Failed),
        (Input::Expire, Planned | Held) => Some(Expired),
        (Input::Suppress, Planned | Held) => Some(Suppressed),
        (Input::Cancel, Planned | Held) => Some(Cancelled),

        (Input::Claim, Claimed | Unknown)
        | (Input::Hold, Unknown)
        | (Input::Accepted, Planned | Held)
        | (Input::Lost, Planned | Held)
        | (Input::NextChannel, Planned | Held)
        | (Input::Resend, Planned | Held | Claimed)
        | (Input::Expire | Input::Suppress | Input::Cancel, Claimed | Unknown)
        | (Input::Claim | Input::Hold | Input::Lost | Input::Resend | Input::Fail, Sent)
        | (Input::Expire | Input::Suppress | Input::Cancel, Sent)
        | (
            Input::Claim
            | Input::Hold
            | Input::Lost
            | Input::NextChannel
            | Input::Resend
            | Input::Fail
            | Input::Expire
            | Input::Suppress
            | Input::Cancel,
            Delivered | Seen | Clicked,
        )
        | (
            Input::Claim
            | Input::Hold
            | Input::Accepted
            | Input::Lost
            | Input::NextChannel
            | Input::Resend
            | Input::Fail
            | Input::Expire
            | Input::Suppress
            | Input::Cancel,
            Failed | Expired | Suppressed | Cancelled | Shadow,
        ) => None,
    };
    after.ok_or(IllegalMove { state, input })
}

impl State {
    /// The state that a receipt of `rank` leads to: never back.
    fn max_rank(self, rank: Rank) -> Self {
        let reached = match rank {
            Rank::Delivered => Self::Delivered,
            Rank::Seen => Self::Seen,
            Rank::Clicked => Self::Clicked,
        };
        match self {
            Self::Delivered | Self::Seen | Self::Clicked => self.max(reached),
            Self::Planned
            | Self::Held
            | Self::Claimed
            | Self::Unknown
            | Self::Sent
            | Self::Failed
            | Self::Expired
            | Self::Suppressed
            | Self::Cancelled
            | Self::Shadow => reached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the whole table of state x input is what the picture says. Method: the table as people read it, one row per
    /// state, `.` where there is no move.
    #[test]
    fn the_full_table_of_moves() {
        let columns = [
            "claim",
            "hold",
            "accepted",
            "lost",
            "next",
            "resend",
            "fail",
            "expire",
            "suppress",
            "cancel",
            "delivered",
            "seen",
            "clicked",
        ];
        let table = "
            planned    claimed held . . . . failed expired suppressed cancelled delivered seen clicked
            held       claimed held . . . . failed expired suppressed cancelled delivered seen clicked
            claimed    . held sent unknown planned . failed . . . delivered seen clicked
            unknown    . . sent unknown planned planned failed . . . delivered seen clicked
            sent       . . sent . planned . . . . . delivered seen clicked
            delivered  . . delivered . . . . . . . delivered seen clicked
            seen       . . seen . . . . . . . seen seen clicked
            clicked    . . clicked . . . . . . . clicked clicked clicked
            failed     . . . . . . . . . . delivered seen clicked
            expired    . . . . . . . . . . delivered seen clicked
            suppressed . . . . . . . . . . delivered seen clicked
            cancelled  . . . . . . . . . . delivered seen clicked
            shadow     . . . . . . . . . . delivered seen clicked";
        let rows: Vec<Vec<&str>> =
            table.trim().lines().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(rows.len(), State::ALL.len());
        for (row, state) in rows.iter().zip(State::ALL) {
            assert_eq!(row[0], state.as_str());
            assert_eq!(row.len() - 1, Input::ALL.len());
            for ((cell, input), column) in row[1..].iter().zip(Input::ALL).zip(columns) {
                let found = next(state, input).map_or(".", State::as_str);
                assert_eq!(found, *cell, "{} + {column}", state.as_str());
            }
        }
    }
}
