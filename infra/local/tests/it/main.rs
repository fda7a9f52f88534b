//! The journeys: the recorded day through the real handlers, the real SDK and a real HTTP stand-in, and everything that may go
//! wrong on the way.

#[cfg(test)]
mod answered;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod day;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod imported;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod rated;
#[cfg(test)]
mod steering;
#[cfg(test)]
mod template;
#[cfg(test)]
mod variation;
