//! What the log shows of every failure: a process of its own, since only one can listen to all that is logged.

#[cfg(test)]
mod secrets;
#[cfg(test)]
#[path = "../it/setup.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod setup;
