//! Token pairs over the embedded engine and the stand-in for Zalo: refreshed, lost, connected, for a year and by forty at once.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod year;
