//! The runner as its stream calls it: hooks through the real intake, records from the engine's stream.
//!
//! Every test runs twice, the second time with each record delivered twice.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod attach;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod points;
#[cfg(test)]
mod rated;
#[cfg(test)]
mod receipt;
#[cfg(test)]
mod repeat;
#[cfg(test)]
mod rule;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod thing;
#[cfg(test)]
mod waiting;
