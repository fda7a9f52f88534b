//! The rows of members, and where everything stands.

use domain::points::{
    AccountId, Member,
    board::{BoardId, Node},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PARTS;
use crate::table::ROW_VERSION;

/// The partition of the `due` index.
pub(super) const DUE_SHARD: &str = "member#0";

#[derive(Serialize, Deserialize)]
pub(super) struct MemberRow {
    pub(super) pk: String,
    sk: String,
    v: u8,
    pub(super) revision: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) due_at: Option<i64>,
    pub(super) member: Member,
}

#[derive(Deserialize)]
pub(super) struct KeyRow {
    pub(super) pk: String,
}

impl MemberRow {
    pub(super) fn new(
        tenant: &str,
        id: &AccountId,
        revision: u64,
        member: Member,
        due_at: Option<Timestamp>,
    ) -> Self {
        Self {
            pk: member_pk(tenant, id),
            sk: "member".to_owned(),
            v: ROW_VERSION,
            revision,
            due_shard: due_at.map(|_| DUE_SHARD.to_owned()),
            due_at: due_at.map(Timestamp::as_millisecond),
            member,
        }
    }
}

/// Where a member stands.
pub(super) fn member_pk(tenant: &str, id: &AccountId) -> String {
    format!("{tenant}#{id}")
}

/// Where the list of a board stands.
pub(super) fn board_pk(tenant: &str, board: &BoardId) -> String {
    format!("{tenant}#board#{board}")
}

/// Where the parts of a node stand.
pub(super) fn node_pk(tenant: &str, board: &BoardId, node: Node) -> String {
    format!("{tenant}#board#{board}#{node}")
}

/// The part of each node that counts this account.
pub(super) fn part_of(id: &AccountId) -> u8 {
    let sum: u32 = id.to_string().bytes().map(u32::from).sum();
    u8::try_from(sum % u32::from(PARTS)).unwrap_or_default()
}
