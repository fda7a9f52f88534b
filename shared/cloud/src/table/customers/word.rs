//! What a customer said last: consent and name. The later event wins, whichever comes first.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    consent::{Consent, Purpose},
    id::CustomerId,
};
use jiff::Timestamp;

use super::{Customers, ROW_VERSION, StoreError, identity::is_refused, number, text};

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

    /// CU8: Books the name that the customer goes by, unless a later event gave one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn name(
        &self,
        tenant: &str,
        customer: &CustomerId,
        name: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key("pk", text(format!("{tenant}#{customer}")))
            .key("sk", text("about#profile"))
            .update_expression("SET #name = :name, #at = :at, v = :v")
            .condition_expression("attribute_not_exists(pk) OR #at < :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(name))
            .expression_attribute_values(":at", number(at.as_millisecond()))
            .expression_attribute_values(":v", number(ROW_VERSION));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(StoreError::database("name", e)),
        }
    }
}
