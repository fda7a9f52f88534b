//! What a customer said last: consent. The later event wins, whichever comes first. And what we note of a customer:
//! that a person has taken over, and the tags of rules.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    consent::{Consent, Purpose},
    id::{CustomerId, EventId},
};
use serde::Serialize;

use super::{
    Customers, LastOrder, Mute, ROW_VERSION, StoreError, identity::is_refused, number, text,
};

#[derive(Serialize)]
struct TagRow {
    pk: String,
    sk: String,
    v: u8,
    event: EventId,
}

impl Customers {
    /// CU7: Books the customer's word on one purpose, unless a later one stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn consent(
        &self,
        tenant: &str,
        customer: &CustomerId,
        purpose: Purpose,
        word: &Consent,
    ) -> Result<(), StoreError> {
        let earlier = if word.given { "#at < :at" } else { "#at <= :at" };
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text(format!("about#consent#{}", purpose.as_str())))
            .update_expression("SET given = :given, #event = :event, #at = :at, v = :v")
            .condition_expression(format!("attribute_not_exists(pk) OR {earlier}"))
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#event", "event")
            .expression_attribute_values(":given", AttributeValue::Bool(word.given))
            .expression_attribute_values(":event", text(word.event.as_str()))
            .expression_attribute_values(":at", number(word.at.as_millisecond()))
            .expression_attribute_values(":v", number(ROW_VERSION));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(StoreError::database("consent", e)),
        }
    }

    /// CU21: A person takes over; a mute that lasts longer stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mute(
        &self,
        tenant: &str,
        customer: &CustomerId,
        mute: &Mute,
    ) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text("about#mute"))
            .update_expression("SET #until = :until, #event = :event, v = :v")
            .condition_expression("attribute_not_exists(pk) OR #until < :until")
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":event", text(mute.event.as_str()))
            .expression_attribute_values(":until", number(mute.until.as_millisecond()))
            .expression_attribute_values(":v", number(ROW_VERSION));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(StoreError::database("mute", e)),
        }
    }

    /// CU32: Nobody has taken over any longer; gone already is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unmute(&self, tenant: &str, customer: &CustomerId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text("about#mute"))
            .send()
            .await;
        delete.map(drop).map_err(|e| StoreError::database("unmute", e))
    }

    /// CU29: Notes the order that the customer was last heard of with.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ordered(
        &self,
        tenant: &str,
        customer: &CustomerId,
        last: &LastOrder,
    ) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text("about#order"))
            .update_expression("SET #order = :order, #at = :at, v = :v")
            .condition_expression("attribute_not_exists(pk) OR #at < :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#order", "order")
            .expression_attribute_values(":order", text(last.order.to_string()))
            .expression_attribute_values(":at", number(last.at.as_millisecond()))
            .expression_attribute_values(":v", number(ROW_VERSION));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(StoreError::database("ordered", e)),
        }
    }

    /// CU22: Marks a customer with a tag.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tag(
        &self,
        tenant: &str,
        customer: &CustomerId,
        tag: &str,
        event: &EventId,
    ) -> Result<(), StoreError> {
        let stored = TagRow {
            pk: format!("{tenant}#{customer}"),
            sk: format!("about#tag#{tag}"),
            v: ROW_VERSION,
            event: event.clone(),
        };
        self.put_if_absent("tag", &stored).await.map(drop)
    }
}
