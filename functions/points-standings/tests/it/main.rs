//! The standings of the demo tenant's members, from the entries that the ledger's stream brings.

#[cfg(test)]
mod close;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod due;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod setup;
