//! The engine and its faults through the real SDK, and the stand-in for Zalo through a real HTTP client.

#[cfg(test)]
mod engine;
#[cfg(test)]
mod fault;
#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod zalo_fault;
