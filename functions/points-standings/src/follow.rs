//! The way of one account: the entries since last time, what they make of the member, what is to be told.

use std::sync::Arc;

use cloud::{
    stream::RecordError,
    table::{StoreError, events::Arrived, standings::Moved},
};
use domain::{
    points::{Account, AccountId, programme::Programme},
    source::OwnEvent,
};
use jiff::Timestamp;

use crate::PointsStandings;

/// How often a member is read again when somebody was faster, before the record has to come again.
const RACES_MAX: usize = 10;

impl PointsStandings {
    /// Follows the account up to its last entry. `seq` is the entry that is known to be there; when it is counted already, nothing
    /// else is read.
    pub(crate) async fn follow(
        &self,
        tenant: &str,
        id: &AccountId,
        seq: u32,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let mut races = 0;
        while races < RACES_MAX {
            let read = self.standings.member(tenant, id).await?;
            if seq <= read.member.applied {
                return Ok(());
            }
            let entries = self.points.entries_from(tenant, id, read.member.applied + 1).await?;
            let programme = self.programme(tenant, now).await?;
            let followed = read.member.follow(id, &programme, &entries);
            let Some(last) = entries.iter().find(|entry| entry.seq == followed.member.applied)
            else {
                // The stream is ahead of what is stored, which is never so: the record comes again.
                return Err(raced());
            };
            // First what is told: who dies here tells it again, under the same ids.
            for (key, event) in &followed.events {
                self.tell(tenant, key, event, now).await?;
            }
            self.note_closes(tenant, &programme, &followed.shifts, &entries).await?;
            let account = Account::after(id.clone(), last);
            let due_at = followed.member.next_due(&programme, &account);
            let saved =
                self.standings.save(tenant, id, &read, &followed.member, due_at, &followed.shifts);
            match saved.await? {
                Moved::Yes => {}
                Moved::Raced => races += 1,
            }
        }
        Err(raced())
    }

    /// The programme of the rules that are active; an empty one where there is none.
    pub(crate) async fn programme(
        &self,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Arc<Programme>, StoreError> {
        let Some(version) = self.tenants.active_version(tenant, now).await? else {
            return Ok(Arc::default());
        };
        let rules = self.tenants.rule_set(tenant, version).await?;
        Ok(rules.programme().cloned().unwrap_or_default())
    }

    /// Puts what was found out among the events, as a hook is put there.
    pub(crate) async fn tell(
        &self,
        tenant: &str,
        key: &str,
        event: &OwnEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (head, body) = (event.head(tenant, key), event.body());
        let arrived = Arrived::own(tenant, &head, &body, now, self.raw_for);
        self.events.record(&arrived).await.map(drop)
    }
}

/// A member that is busy time and again is a passing trouble: the record comes again.
pub(crate) fn raced() -> RecordError {
    RecordError::Later(StoreError::Database {
        operation: "points-standings",
        source: "raced too often".into(),
    })
}
