//! What tests and the local stack stand on: the embedded DynamoDB engine under the real SDK, faults between the two, signed
//! hooks, and a stand-in for Zalo over real HTTP.
//!
//! Nothing here reads the wall clock: who runs it says what time it is. Never a dependency of a function.
#![warn(missing_docs)]

pub mod connector;
pub mod crash;
pub mod engine;
pub mod fault;
pub mod present;
pub mod role;
pub mod sign;
pub mod stand_in;
pub mod stream;
pub mod turns;
