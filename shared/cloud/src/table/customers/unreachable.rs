//! Numbers that a channel cannot reach: known for a month, so that nobody asks Zalo of each message anew.
//!
//! The row stands under the number's key, and so goes with the number when the person is erased.

use domain::{channel::Channel, phone::PhoneKey};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Customers, ROW_VERSION, StoreError, corrupt, item, row, text};

/// How long a number counts as one without Zalo. Who installs it is reached by this channel within so long; a one-time password
/// asks in any case.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Serialize, Deserialize)]
struct UnreachableRow {
    pk: String,
    sk: String,
    v: u8,
    until: i64,
    ttl: i64,
}

impl Customers {
    /// CU45: Notes that `channel` does not reach this number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_unreachable(
        &self,
        tenant: &str,
        phone: &PhoneKey,
        channel: Channel,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let until = now + KEPT;
        let (pk, sk) = key(tenant, phone, channel);
        let (until, ttl) = (until.as_millisecond(), until.as_second());
        let noted = UnreachableRow { pk, sk, v: ROW_VERSION, until, ttl };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item("note_unreachable", &noted)?)).send().await;
        put.map(drop).map_err(|e| StoreError::database("note_unreachable", e))
    }

    /// CU46: Whether it is known that `channel` does not reach this number.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn is_unreachable(
        &self,
        tenant: &str,
        phone: &PhoneKey,
        channel: Channel,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (pk, sk) = key(tenant, phone, channel);
        let place = format!("{pk} {sk}");
        let get = self.client.get_item().table_name(&self.table);
        let get = get.key("pk", text(pk)).key("sk", text(sk)).send().await;
        let get = get.map_err(|e| StoreError::database("is_unreachable", e))?;
        let Some(found) = get.item else { return Ok(false) };
        let noted: UnreachableRow = row("is_unreachable", found)?;
        let until = Timestamp::from_millisecond(noted.until);
        // The database takes its time with rows that are over.
        Ok(now < until.map_err(|_| corrupt("is_unreachable", &place, "its end"))?)
    }
}

fn key(tenant: &str, phone: &PhoneKey, channel: Channel) -> (String, String) {
    (format!("{tenant}#phone:{}", phone.as_str()), format!("unreachable#{channel}"))
}
