//! The dispatcher as its stream and its clock call it, against Zalo's stand-in over real HTTP.

#[cfg(test)]
mod brake;
#[cfg(test)]
mod cap;
#[cfg(test)]
mod channel;
#[cfg(test)]
mod claim;
#[cfg(test)]
mod code;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod morning;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod tick;
#[cfg(test)]
mod timeout;
#[cfg(test)]
mod token;
#[cfg(test)]
mod webhook;
