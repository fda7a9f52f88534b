//! The standings of the demo tenant's members, from the entries that the ledger's stream brings.

mod crash;
mod due;
mod follow;
mod setup;
