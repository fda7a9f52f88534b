//! What the ledger keeps of a person: entries stay, under ids that name nobody; what they were for is given or taken away.

use domain::{
    id::CustomerId,
    points::{AccountId, Currency, programme::Programme},
};
use serde_json::{Map, json};

use super::{Erased, Privacy, export::Document};
use crate::table::{Points, Standings, StoreError, standings::Moved};

/// The accounts of a business.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The entries and operations.
    pub points: Points,
    /// The members.
    pub standings: Standings,
    /// The kinds of points that its accounts may have.
    pub currencies: Vec<Currency>,
}

/// How often a member is read again when somebody was faster.
const RACES_MAX: usize = 10;

impl Privacy {
    /// The statements of a person's accounts, the oldest entry first.
    pub(super) async fn statements(
        &self,
        tenant: &str,
        customers: &[CustomerId],
    ) -> Result<Vec<Document>, StoreError> {
        let Ledger { points, .. } = &self.ledger;
        let mut lines = Vec::new();
        for id in self.accounts(customers) {
            let mut first = 1;
            loop {
                let entries = points.entries_from(tenant, &id, first).await?;
                let Some(last) = entries.last() else { break };
                first = last.seq + 1;
                for entry in entries {
                    let operation = points.operation(tenant, entry.operation).await?;
                    let line = json!({
                        "currency": id.currency,
                        "entry": entry.seq,
                        "at": entry.recorded_at,
                        "change": entry.change(),
                        "balance": entry.tail.balance(),
                        "cause": operation.map(|operation| operation.cause),
                    });
                    lines.push(match line {
                        serde_json::Value::Object(line) => line,
                        _ => Map::new(),
                    });
                }
            }
        }
        Ok(lines)
    }

    /// Takes away what entries were for, the places and names on boards, and the progress to badges.
    pub(super) async fn forget_points(
        &self,
        tenant: &str,
        customers: &[CustomerId],
        erased: &mut Erased,
    ) -> Result<(), StoreError> {
        let Ledger { points, standings, .. } = &self.ledger;
        for id in self.accounts(customers) {
            let mut first = 1;
            loop {
                let entries = points.entries_from(tenant, &id, first).await?;
                let Some(last) = entries.last() else { break };
                first = last.seq + 1;
                for entry in &entries {
                    let operation = points.operation(tenant, entry.operation).await?;
                    let Some(operation) = operation else { continue };
                    if operation.cause.is_personal() {
                        points.forget_cause(tenant, &operation).await?;
                        erased.points += 1;
                    }
                }
            }
            erased.standings += self.leave_boards(tenant, &id).await?;
        }
        for customer in customers {
            erased.standings += usize::from(standings.forget(tenant, customer).await?);
        }
        Ok(())
    }

    /// How many places that takes away.
    async fn leave_boards(&self, tenant: &str, id: &AccountId) -> Result<usize, StoreError> {
        let Ledger { standings, .. } = &self.ledger;
        for _ in 0..RACES_MAX {
            let read = standings.member(tenant, id).await?;
            // Who wants to be on no board is on none, whatever the programme says.
            let (member, shifts) = read.member.choose(id, &Programme::default(), None, Some(false));
            if read.member.applied == 0 || member == read.member {
                return Ok(0);
            }
            let saved = standings.save(tenant, id, &read, &member, read.due_at, &shifts).await?;
            if saved == Moved::Yes {
                return Ok(shifts.len());
            }
        }
        let source = "a member was busy time and again".into();
        Err(StoreError::Database { operation: "save", source })
    }

    fn accounts(&self, customers: &[CustomerId]) -> impl Iterator<Item = AccountId> {
        customers.iter().flat_map(|customer| {
            self.ledger.currencies.iter().map(|currency| AccountId {
                customer: customer.clone(),
                currency: currency.clone(),
            })
        })
    }
}
