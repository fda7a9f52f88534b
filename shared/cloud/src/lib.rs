//! All that knows AWS, HTTP or the process: the tables, the Zalo client, settings, telemetry, stream batches.
#![warn(missing_docs)]

pub mod alert;
pub mod config;
pub mod custody;
pub mod http;
pub mod invocation;
pub mod opening;
pub mod privacy;
pub mod seal;
pub mod stream;
pub mod table;
pub mod telemetry;
pub mod zalo;
