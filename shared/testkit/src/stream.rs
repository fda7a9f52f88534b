//! What a table's stream holds, as the records that Lambda hands to a function.
//!
//! Source: AWS Lambda "Using Lambda with DynamoDB", shape of a record. A reader only moves forward; its position can be stored
//! and taken up again, also by another process on the same file or by a fork.

use serde_json::{Value, json};

use crate::engine::{Engine, EngineError, REGION};

/// A place in one table's stream.
pub struct StreamReader {
    engine: Engine,
    table: String,
    arn: String,
    shard: String,
    after: Option<String>,
}

impl StreamReader {
    /// Reads on after the record with this sequence number, or from the beginning; `None` when the table has no stream.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn from_position(
        engine: &Engine,
        table: &str,
        position: Option<&str>,
    ) -> Result<Option<Self>, EngineError> {
        let described = engine.run("DescribeTable", &json!({"TableName": table}))?;
        let Some(arn) = described["Table"]["LatestStreamArn"].as_str() else { return Ok(None) };
        let stream = engine.run("DescribeStream", &json!({"StreamArn": arn}))?;
        let shard = stream["StreamDescription"]["Shards"][0]["ShardId"].as_str();
        Ok(Some(Self {
            engine: engine.clone(),
            table: table.to_owned(),
            arn: arn.to_owned(),
            shard: shard.unwrap_or_default().to_owned(),
            after: position.map(str::to_owned),
        }))
    }

    /// The table that is read.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The stream as triggers name it.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The sequence number of the last record that was read; `None` before the first.
    pub fn position(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Everything since the last time, oldest first.
    ///
    /// # Panics
    /// When the table was deleted meanwhile or the database file is broken: nothing that a test or a demo can go on from.
    pub fn read(&mut self) -> Vec<Value> {
        self.try_read().expect("the table and its stream were there when the reader was made")
    }

    fn try_read(&mut self) -> Result<Vec<Value>, EngineError> {
        let mut request = json!({
            "StreamArn": self.arn,
            "ShardId": self.shard,
            "ShardIteratorType": "TRIM_HORIZON",
        });
        if let Some(after) = &self.after {
            request["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
            request["SequenceNumber"] = json!(after);
        }
        let mut iterator = self.engine.run("GetShardIterator", &request)?["ShardIterator"].take();
        let mut records = Vec::new();
        loop {
            let mut page = self.engine.run("GetRecords", &json!({"ShardIterator": iterator}))?;
            let Value::Array(found) = page["Records"].take() else { break };
            if found.is_empty() {
                break;
            }
            records.extend(found);
            iterator = page["NextShardIterator"].take();
        }
        for record in &mut records {
            record["eventSourceARN"] = json!(self.arn);
            record["awsRegion"] = json!(REGION);
            if let Some(now_s) = self.engine.stamp() {
                record["dynamodb"]["ApproximateCreationDateTime"] = json!(now_s);
            }
        }
        if let Some(last) = records.last() {
            self.after = last["dynamodb"]["SequenceNumber"].as_str().map(str::to_owned);
        }
        Ok(records)
    }
}
