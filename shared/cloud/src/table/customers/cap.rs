//! How much of one purpose a customer gets in a day: a marker for each notification.

use domain::{
    consent::Purpose,
    id::{CustomerId, EffectId},
    notification::Window,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Customers, ROW_VERSION, StoreError, row};

/// How long a marker is kept after its day, for people who ask what happened.
const MARKER_KEPT: SignedDuration = SignedDuration::from_hours(48);

#[derive(Serialize, Deserialize)]
struct CapRow {
    pk: String,
    sk: String,
    v: u8,
    notification: EffectId,
    ttl: i64,
}

impl Customers {
    /// CU30: Takes one of the `most` places that `day` has for this purpose; one that the notification holds already is its own.
    ///
    /// Returns whether it has a place.
    ///
    /// # Errors
    /// When the database does not answer or a row is corrupt.
    pub async fn take_place(
        &self,
        tenant: &str,
        customer: &CustomerId,
        purpose: Purpose,
        day: &Window,
        most: u32,
        notification: &EffectId,
    ) -> Result<bool, StoreError> {
        for place in 1..=most {
            let marker = CapRow {
                pk: format!("{tenant}#{customer}"),
                sk: format!("cap#{}#{}#{place}", purpose.as_str(), day.key),
                v: ROW_VERSION,
                notification: notification.clone(),
                ttl: (day.ends + MARKER_KEPT).as_second(),
            };
            let Some(present) = self.put_if_absent("take_place", &marker).await? else {
                return Ok(true);
            };
            let present: CapRow = row("take_place", present)?;
            if present.notification == *notification {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
