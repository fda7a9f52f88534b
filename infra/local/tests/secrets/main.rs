//! A process of its own: what is logged is decided once for all threads, and another test's thread might log nothing.

#[cfg(test)]
mod secrets;
#[cfg(test)]
#[path = "../it/variation.rs"]
#[expect(dead_code, reason = "the journeys need more of it")]
mod variation;
